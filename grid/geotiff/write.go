package geotiff

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
	"os"
	"path/filepath"

	"vedette/grid"
)

// Sample is the type of the cells that are written.
type Sample interface {
	uint8 | uint16 | int16 | int32 | float32
}

// Resample is how a cell of an overview comes from the four under it. Average
// and Max leave voids out; where all are void, the overview is void.
type Resample string

const (
	Nearest Resample = "nearest" // the north-western one; for classes
	Average Resample = "average" // the mean; for heights and other quantities
	Max     Resample = "max"     // the largest; for what must not vanish from sight
)

// Options are how a raster is written. The zero value is one band without
// voids, in tiles of 512 cells, with overviews by Nearest.
type Options struct {
	Bands       int // 0 is 1
	BandNames   []string
	Unit        string   // of the samples of every band, like m or 1/s
	NoData      *float64 // the sample that stands for a void
	Description string
	Metadata    map[string]string
	Palette     color.Palette // of classes, for one band of uint8
	Resample    Resample
	TileSide    int  // a multiple of 16; 0 is 512
	BigTIFF     bool // even if the file would fit in 4 GB
}

// Write writes a raster as a cloud-optimised GeoTIFF, always the same bytes
// for the same cells. read fills dst, row by row, with the cells of r of a
// band, the first being 0; it is asked for every cell once, a tile at a time,
// in the goroutine of the caller. Bands are kept apart, so that one of many
// is read alone. Tiles that are wholly void, or wholly zero where no void is
// named, take no room.
//
// It holds a few tiles at a time. The packed tiles must wait until their
// places are known: up to 64 MB of them in memory, more in a file in the
// folder for temporary files. BenchmarkWrite gives the cost per cell.
func Write[T Sample](w io.Writer, f grid.Frame, o Options, read func(dst []T, band int, r image.Rectangle) error) error {
	p, err := newPyramid(f, o, read)
	if err != nil {
		return fmt.Errorf("write GeoTIFF: %w", err)
	}
	defer p.spool.close()
	if err := p.build(); err != nil {
		return fmt.Errorf("write GeoTIFF: %w", err)
	}
	if err := p.write(w); err != nil {
		return fmt.Errorf("write GeoTIFF: %w", err)
	}
	return nil
}

// WriteFile is Write to a file, which only its owner may read. It is written
// beside and renamed, so that path never holds half a raster.
func WriteFile[T Sample](path string, f grid.Frame, o Options, read func(dst []T, band int, r image.Rectangle) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // fails once it is renamed
	err = Write(tmp, f, o, read)
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// check fills in what is left out, and says what cannot be written.
func (o *Options) check(f grid.Frame) error {
	if o.Bands == 0 {
		o.Bands = 1
	}
	if o.TileSide == 0 {
		o.TileSide = 512
	}
	if o.Resample == "" {
		o.Resample = Nearest
	}
	if _, utm := f.CRS.Zone(); !utm && !f.CRS.Geographic() {
		return fmt.Errorf("frame: CRS %s; write in EPSG:4326 or a UTM zone", f.CRS)
	}
	for _, v := range []float64{f.X0, f.Y0, f.DX, f.DY} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("frame: %+v is not finite", f)
		}
	}
	switch {
	case f.Cols < 1 || f.Rows < 1 || f.Cols > math.MaxInt32 || f.Rows > math.MaxInt32 || f.DX <= 0 || f.DY <= 0:
		return fmt.Errorf("frame: %d by %d cells of %g by %g; all must be above zero", f.Cols, f.Rows, f.DX, f.DY)
	case o.Bands < 1 || o.Bands > math.MaxUint16:
		return fmt.Errorf("bands: %d; from 1 to %d can be written", o.Bands, math.MaxUint16)
	case len(o.BandNames) > o.Bands:
		return fmt.Errorf("band names: %d for %d bands", len(o.BandNames), o.Bands)
	case o.TileSide < 16 || o.TileSide > 4096 || o.TileSide%16 != 0:
		return fmt.Errorf("tile side: %d; take a multiple of 16 from 16 to 4096", o.TileSide)
	case o.Resample != Nearest && o.Resample != Average && o.Resample != Max:
		return fmt.Errorf("resample: %q; take nearest, average or max", o.Resample)
	case float64(f.Cols)*float64(f.Rows)*float64(o.Bands) > maxBlocks*float64(o.TileSide)*float64(o.TileSide):
		return fmt.Errorf("frame: %d by %d cells in %d bands are too many for tiles of %d; take larger ones", f.Cols, f.Rows, o.Bands, o.TileSide)
	}
	return nil
}

// checkFor says what cannot be written in samples of type T.
func checkFor[T Sample](o Options) error {
	if _, isByte := any(T(0)).(uint8); o.Palette != nil && (!isByte || o.Bands != 1 || len(o.Palette) > 256) {
		return errors.New("palette: only one band of uint8 can have one, of up to 256 colours")
	}
	if o.NoData == nil {
		return nil
	}
	if _, isFloat := any(T(0)).(float32); isFloat {
		return nil
	}
	low, high := limits[T]()
	if v := *o.NoData; !(v >= low && v <= high) || v != math.Trunc(v) {
		return fmt.Errorf("nodata: %g is no %T", v, T(0))
	}
	return nil
}

// limits are the least and the largest whole number of type T.
func limits[T Sample]() (low, high float64) {
	switch any(T(0)).(type) {
	case uint8:
		return 0, math.MaxUint8
	case uint16:
		return 0, math.MaxUint16
	case int16:
		return math.MinInt16, math.MaxInt16
	}
	return math.MinInt32, math.MaxInt32
}
