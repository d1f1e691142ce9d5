package geotiff

import (
	"fmt"
	"image"
	"math"

	"vedette/grid"
)

// Info is what a file says of itself.
type Info struct {
	Cols, Rows int
	Bands      int
	BandNames  []string // empty where a band has none
	Sample     string   // type of the samples: uint8, int16, float32, ...
	NoData     *float64 // the sample that stands for a void; nil if none is named

	COG         bool // cloud-optimised: tiled, overviews, directories first
	BigTIFF     bool
	BigEndian   bool
	Tiled       bool        // false: strips
	Block       image.Point // columns and rows of a tile or strip
	Planar      bool        // each band kept apart
	Compression string
	Predictor   int           // 1 none, 2 differences, 3 floating point
	Overviews   []image.Point // columns and rows of each

	CRS          grid.CRS
	PixelIsPoint bool // the file's coordinates are of centres; the frame's are of corners all the same

	VerticalCRS  int     // EPSG code of the heights' reference system; 0 if unsaid
	VerticalUnit float64 // metres in the file's unit of height; heights are given in metres
	Scale        float64 // height = (sample*Scale + Offset)*VerticalUnit, of the first band
	Offset       float64

	Description string
	Metadata    map[string]string
	Notes       []string // what a reader should know: systems taken as equal, parts not read
}

// Info tells what the file says of itself. Its slices and maps are shared.
func (f *File) Info() Info { return f.info }

func (i *Info) note(format string, args ...any) {
	i.Notes = append(i.Notes, fmt.Sprintf(format, args...))
}

// structure takes over how the cells are kept.
func (i *Info) structure(s *source, l *layout) {
	i.Cols, i.Rows, i.Bands, i.Sample = l.cols, l.rows, l.bands, l.sample()
	i.BigTIFF, i.BigEndian = s.big, s.order.Uint16([]byte{0, 1}) == 1
	i.Tiled, i.Block, i.Planar = l.tiled, image.Pt(l.wide, l.high), l.planar
	i.Compression, i.Predictor = compressionName(l.compression), l.predictor
}

// describe reads what the samples mean, and fills Info.
func (f *File) describe(d directory, ref reference) error {
	of, bands, err := readMetadata(d, f.layout.bands)
	if err != nil {
		return err
	}
	noData, err := readNoData(d)
	if err != nil {
		return err
	}
	description, err := d.text(tagDescription)
	if err != nil {
		return err
	}
	i := &f.info
	i.structure(f.source, f.layout)
	i.CRS, i.PixelIsPoint, i.VerticalCRS, i.VerticalUnit = ref.crs, ref.point, ref.vertical, ref.unit
	i.Scale, i.Offset = bands[0].scale, bands[0].offset
	i.NoData, i.Description, i.Metadata = noData, description, of
	if ref.note != "" {
		i.note("%s", ref.note)
	}
	return f.meanings(bands, noData)
}

// meanings finds out how the samples of each band become heights.
func (f *File) meanings(bands []band, noData *float64) error {
	i := &f.info
	void := f.void(noData)
	for n, b := range bands {
		unit := i.VerticalUnit
		if b.unit != "" {
			unit = unitByName(b.unit)
		}
		if unit == 0 {
			i.note("band %d: the unit %q is unknown and its values are given as they are", n, b.unit)
			unit = 1
		}
		if n == 0 {
			i.VerticalUnit = unit
		}
		f.bands = append(f.bands, meaning{noData: void, scale: b.scale * unit, offset: b.offset * unit})
		i.BandNames = append(i.BandNames, b.name)
	}
	if i.VerticalUnit != 1 {
		i.note("heights in feet (%.9g m) are converted to metres", i.VerticalUnit)
	}
	return nil
}

// void is the sample that means a void, as the samples' type rounds it. An
// int16 raster that names none has -32768, as SRTM does.
func (f *File) void(noData *float64) float64 {
	l := f.layout
	switch {
	case noData == nil && l.kind == kindInt && l.bits == 16:
		f.info.note("no void value is named; -32768 is read as void")
		return math.MinInt16
	case noData == nil:
		return math.NaN()
	case l.kind == kindFloat && l.bits == 32:
		return float64(float32(*noData))
	}
	return *noData
}
