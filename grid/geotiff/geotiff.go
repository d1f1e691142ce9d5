// Package geotiff reads and writes rasters as GeoTIFF.
//
// Reading takes a file and gives heights in metres on a grid.Frame, piece by
// piece, as float32: whole numbers are exact up to 16 million. A void is NaN.
// Read are strips and tiles, classic and BigTIFF, either
// byte order; samples of 8, 16 and 32 bit whole numbers and of 32 and 64 bit
// floats; deflate, LZW, zstd, PackBits and none, with every predictor;
// reference systems WGS 84 in degrees and UTM, and ETRS89 and NAD83 as the
// same. Anything else is an error that names what was found and how to
// convert it. A damaged or hostile file gives an error: what it can ask for
// is bounded by its own size and by 400 MB for one block.
//
// Writing takes a frame and a function that gives cells, and makes a
// cloud-optimised GeoTIFF (COG): tiles, deflate, overviews, and the overviews
// first, so that a map can show it without reading it all.
package geotiff

import (
	"fmt"
	"image"
	"io"
	"math"
	"os"

	"vedette/grid"
)

// File is an open GeoTIFF. It may be read from several goroutines at once,
// and keeps up to 64 MB of decoded blocks.
type File struct {
	source    *source
	layout    *layout
	frame     grid.Frame
	info      Info
	bands     []meaning
	overviews []directory
	cache     *cache
	closer    io.Closer
}

var _ grid.Source = (*File)(nil)

// Open opens a GeoTIFF on disk and reads its header.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	t, err := New(f, st.Size())
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	t.closer = f
	return t, nil
}

// New reads the header of a GeoTIFF of size bytes. r stays the caller's, who
// closes it after the last Read.
func New(r io.ReaderAt, size int64) (*File, error) {
	s, first, err := openSource(r, size)
	if err != nil {
		return nil, err
	}
	all, err := s.directories(first)
	if err != nil {
		return nil, err
	}
	f := &File{source: s, cache: newCache()}
	d := all[0]
	if f.layout, err = readLayout(d); err != nil {
		return nil, err
	}
	ref, err := readReference(d)
	if err != nil {
		return nil, err
	}
	if f.frame, err = readFrame(d, f.layout, ref); err != nil {
		return nil, err
	}
	if err := f.describe(d, ref); err != nil {
		return nil, err
	}
	return f, f.others(all)
}

// others sorts the images after the first: overviews, and what is not read.
func (f *File) others(all []directory) error {
	for _, d := range all[1:] {
		kind, err := d.number(tagSubfileType, 0)
		if err != nil {
			return err
		}
		switch {
		case kind&subfileMask != 0:
			f.info.note("a mask of valid cells is in the file and not read; burn it in with gdalwarp -dstnodata -32768 in.tif out.tif")
		case kind&subfileReduced == 0:
			f.info.note("another image is in the file and not read")
		default:
			cols, err := d.number(tagWidth, 0)
			if err != nil {
				return err
			}
			rows, err := d.number(tagHeight, 0)
			if err != nil {
				return err
			}
			if cols < 1 || rows < 1 || cols > f.layout.cols || rows > f.layout.rows {
				return fmt.Errorf("overview %d: %d by %d cells; the file is damaged", len(f.overviews), cols, rows)
			}
			f.overviews = append(f.overviews, d)
			f.info.Overviews = append(f.info.Overviews, image.Pt(cols, rows))
		}
	}
	f.info.COG = f.cloudOptimised(all)
	return nil
}

// cloudOptimised tells whether the file is tiled, has overviews unless it is
// small, and all its directories before its tiles.
func (f *File) cloudOptimised(all []directory) bool {
	if !f.layout.tiled || len(f.overviews) == 0 && max(f.layout.cols, f.layout.rows) > 512 {
		return false
	}
	data := uint64(math.MaxUint64)
	for _, o := range f.layout.offsets {
		if o != 0 {
			data = min(data, o)
		}
	}
	for _, d := range all {
		if d.at > data {
			return false
		}
	}
	return true
}

// Frame tells where the cells lie.
func (f *File) Frame() grid.Frame { return f.frame }

// Close closes what Open opened.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// Release lets go of the decoded blocks; the next Read decodes what it needs.
func (f *File) Release() { f.cache.clear() }

// Read fills dst, row by row, with the heights of the first band in the cells
// of r, which must lie in the frame. Heights are in metres, a void is NaN.
func (f *File) Read(dst []float32, r image.Rectangle) error { return f.ReadBand(dst, 0, r) }

// ReadBand is Read for any band; the first is 0.
func (f *File) ReadBand(dst []float32, band int, r image.Rectangle) error {
	if band < 0 || band >= f.layout.bands {
		return fmt.Errorf("read: band %d of %d; the first is 0", band, f.layout.bands)
	}
	if !r.In(f.frame.Bounds()) {
		return fmt.Errorf("read: window %v reaches beyond the raster's %v; cut it", r, f.frame.Bounds())
	}
	if len(dst) < r.Dx()*r.Dy() {
		return fmt.Errorf("read: room for %d cells, the window %v has %d", len(dst), r, r.Dx()*r.Dy())
	}
	if r.Empty() {
		return nil
	}
	l := f.layout
	for y := r.Min.Y / l.high; y <= (r.Max.Y-1)/l.high; y++ {
		for x := r.Min.X / l.wide; x <= (r.Max.X-1)/l.wide; x++ {
			b, err := f.block(band, y*l.across+x)
			if err != nil {
				return fmt.Errorf("read: block at column %d, row %d: %w", x*l.wide, y*l.high, err)
			}
			l.copy(dst, r, b, image.Pt(x*l.wide, y*l.high))
		}
	}
	return nil
}

// copy copies the cells that the window r shares with the block at a place.
func (l *layout) copy(dst []float32, r image.Rectangle, b *block, at image.Point) {
	part := image.Rectangle{Min: at, Max: at.Add(image.Pt(l.wide, l.high))}.Intersect(r)
	for y := part.Min.Y; y < part.Max.Y; y++ {
		to := dst[(y-r.Min.Y)*r.Dx()+part.Min.X-r.Min.X:][:part.Dx()]
		if b.cells != nil {
			copy(to, b.cells[(y-at.Y)*l.wide+part.Min.X-at.X:])
			continue
		}
		for i := range to {
			to[i] = b.fill
		}
	}
}

// block gives a decoded block of a band.
func (f *File) block(band, index int) (*block, error) {
	l := f.layout
	place := index
	if l.planar {
		place += band * l.across * l.down
	}
	cells := l.wide * l.blockRows(index)
	m := f.bands[band]
	if l.offsets[place] == 0 || l.counts[place] == 0 { // never written: void, or zero where no void is named (GDAL)
		if f.info.NoData == nil {
			return &block{fill: m.height(0)}, nil
		}
		return &block{fill: float32(math.NaN())}, nil
	}
	return f.cache.get(blockKey{l, band, index}, cells*4, func(b *block) error {
		raw, err := l.unpack(f.source, place)
		if err != nil {
			return err
		}
		b.cells = make([]float32, cells)
		l.heights(b.cells, raw, band, m)
		return nil
	})
}

// Overview opens a smaller version of the raster, of Info().Overviews: the
// same ground in fewer cells. It reads through f, and needs no closing.
func (f *File) Overview(i int) (*File, error) {
	if i < 0 || i >= len(f.overviews) {
		return nil, fmt.Errorf("overview %d: the file has %d", i, len(f.overviews))
	}
	l, err := readLayout(f.overviews[i])
	if err != nil {
		return nil, fmt.Errorf("overview %d: %w", i, err)
	}
	if l.bands != f.layout.bands {
		return nil, fmt.Errorf("overview %d: %d bands, the raster has %d; the file is damaged", i, l.bands, f.layout.bands)
	}
	o := &File{source: f.source, layout: l, frame: f.frame, info: f.info, bands: f.bands, cache: f.cache}
	o.frame.DX *= float64(f.frame.Cols) / float64(l.cols)
	o.frame.DY *= float64(f.frame.Rows) / float64(l.rows)
	o.frame.Cols, o.frame.Rows = l.cols, l.rows
	o.info.Overviews = nil
	o.info.structure(o.source, l)
	return o, nil
}
