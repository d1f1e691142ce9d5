package terrain

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"vedette/geo"
	"vedette/grid"
	"vedette/grid/geotiff"
	"vedette/grid/hgt"
)

// DEM is one or many height files as one. It reads them piece by piece, so
// that they need not fit in memory.
type DEM struct {
	paths   []string
	sources []grid.Source // of the paths, in the same order
	mosaics []*mosaic
}

// OpenDEM opens height files; a folder stands for all of those in it. They
// must share a reference system.
func OpenDEM(paths []string) (*DEM, error) {
	files, err := expand(paths)
	if err != nil {
		return nil, fmt.Errorf("open the heights: %w", err)
	}
	var sources []grid.Source
	closeAll := func() {
		for _, s := range sources {
			s.Close()
		}
	}
	for _, path := range files {
		s, err := openFile(path)
		if err != nil {
			closeAll()
			return nil, err
		}
		sources = append(sources, s)
		if crs := s.Frame().CRS; crs != sources[0].Frame().CRS {
			closeAll()
			return nil, fmt.Errorf("open the heights: %s is in %v and %s in %v; bring them into one with gdalwarp -t_srs", files[0], sources[0].Frame().CRS, path, crs)
		}
	}
	return &DEM{paths: files, sources: sources, mosaics: newMosaics(sources)}, nil
}

// heightFile tells by its name whether a file may hold heights.
func heightFile(path string) bool {
	name := strings.ToLower(path)
	return slices.ContainsFunc([]string{".tif", ".tiff", ".hgt", ".hgt.gz", ".hgt.zip", ".dt0", ".dt1", ".dt2"},
		func(end string) bool { return strings.HasSuffix(name, end) })
}

func expand(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, err
		}
		found := len(files)
		for _, e := range entries {
			if heightFile(e.Name()) {
				files = append(files, filepath.Join(path, e.Name()))
			}
		}
		if len(files) == found {
			return nil, fmt.Errorf("%s holds no height files (GeoTIFF, SRTM, DTED)", path)
		}
	}
	if len(files) == 0 {
		return nil, errors.New("no file is given; name GeoTIFF, SRTM or DTED files, or a folder of them")
	}
	return files, nil
}

func openFile(path string) (grid.Source, error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".hgt", ".gz", ".zip", ".dt0", ".dt1", ".dt2":
		return hgt.Open(path)
	}
	return geotiff.Open(path)
}

// Close closes the files.
func (d *DEM) Close() error {
	var all []error
	for _, m := range d.mosaics {
		all = append(all, m.Close())
	}
	return errors.Join(all...)
}

// Paths are the files, in the order in which they have the say.
func (d *DEM) Paths() []string { return d.paths }

// Frame is the frame of the first files that lie on one lattice.
func (d *DEM) Frame() grid.Frame { return d.mosaics[0].frame }

// Resolution is the coarsest distance between posts, in metres.
func (d *DEM) Resolution() float64 {
	coarsest := 0.
	for _, m := range d.mosaics {
		x, y := posting(m.frame)
		coarsest = max(coarsest, x, y)
	}
	return coarsest
}

// posting gives the sides of a frame's cells in metres, in its middle.
func posting(f grid.Frame) (x, y float64) {
	if !f.CRS.Geographic() {
		return f.DX, f.DY
	}
	c := f.Center(f.Cols/2, f.Rows/2)
	at := geo.Point{Lat: c.Y, Lon: c.X}
	return geo.Distance(at, geo.Point{Lat: c.Y, Lon: c.X + f.DX}), geo.Distance(at, geo.Point{Lat: c.Y + f.DY, Lon: c.X})
}

// maxNative bounds the rasters that are held whole: 400 million cells.
const maxNative = 400_000_000

// Native gives the cells of r of a metric DEM as they are, without resampling.
// Cells beyond the files are NaN.
func (d *DEM) Native(ctx context.Context, r image.Rectangle) (*grid.Raster[float32], error) {
	f := d.Frame()
	if f.CRS.Geographic() {
		return nil, errors.New("read the DEM's own cells: it is in degrees; project it")
	}
	if n := r.Dx() * r.Dy(); n > maxNative {
		return nil, fmt.Errorf("read the DEM's own cells: %d cells are more than %d; use a shorter range", n, maxNative)
	}
	out := grid.New[float32](f.Window(r))
	if err := d.mosaics[0].Read(out.Data, r); err != nil {
		return nil, err
	}
	return out, ctx.Err()
}

// sample fills a tile of a metric frame with heights, by interpolation
// between posts, or by averaging where the posts are finer than the cells.
// Small voids of the files are filled first; filled counts the cells whose
// nearest post was one.
func (d *DEM) sample(dst *grid.Raster[float32], zone geo.Zone, how resampler) (filled int, err error) {
	for i := range dst.Data {
		dst.Data[i] = nan
	}
	for _, m := range d.mosaics {
		n, err := m.sample(dst, zone, how)
		if err != nil {
			return filled, err
		}
		filled += n
	}
	return filled, nil
}

// every is the distance in cells between exactly projected places; between
// them the source's coordinates are interpolated, which is right to a
// thousandth of a cell.
const every = 16

// lattice holds the source's fractional columns and rows at every 16th cell.
type lattice struct {
	cols, rows int
	col, row   []float64
	window     image.Rectangle
	finer      int // posts in a cell's side
}

func (m *mosaic) lattice(f grid.Frame, zone geo.Zone) lattice {
	l := lattice{cols: f.Cols/every + 2, rows: f.Rows/every + 2}
	west, east, north, south := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for j := range l.rows {
		for i := range l.cols {
			c, r := m.locate(f.Center(i*every, j*every), zone)
			l.col, l.row = append(l.col, c), append(l.row, r)
			west, east, north, south = min(west, c), max(east, c), min(north, r), max(south, r)
		}
	}
	x, y := posting(m.frame)
	l.finer = max(1, int(math.Round(f.DX/max(x, y))))
	const rim = 3 + fillRadius
	l.window = image.Rect(int(math.Floor(west))-rim-l.finer, int(math.Floor(north))-rim-l.finer,
		int(math.Ceil(east))+rim+l.finer, int(math.Ceil(south))+rim+l.finer).Intersect(m.frame.Bounds())
	return l
}

func (m *mosaic) locate(xy geo.XY, zone geo.Zone) (col, row float64) {
	if m.frame.CRS.Geographic() {
		p := zone.Unproject(xy)
		return m.frame.Locate(geo.XY{X: p.Lon, Y: p.Lat})
	}
	if other, _ := m.frame.CRS.Zone(); other != zone {
		xy = other.Project(zone.Unproject(xy))
	}
	return m.frame.Locate(xy)
}

func (l lattice) at(col, row int) (float64, float64) {
	i, j := col/every, row/every
	fx, fy := float64(col%every)/every, float64(row%every)/every
	k := j*l.cols + i
	mix := func(v []float64) float64 {
		a := v[k] + fx*(v[k+1]-v[k])
		b := v[k+l.cols] + fx*(v[k+l.cols+1]-v[k+l.cols])
		return a + fy*(b-a)
	}
	return mix(l.col), mix(l.row)
}

func (m *mosaic) sample(dst *grid.Raster[float32], zone geo.Zone, how resampler) (filled int, err error) {
	l := m.lattice(dst.Frame, zone)
	if l.window.Empty() {
		return 0, nil
	}
	if n := l.window.Dx() * l.window.Dy(); n > maxNative {
		return 0, fmt.Errorf("%d posts under one tile are more than %d; use smaller cells, or coarser heights (gdalwarp -tr)", n, maxNative)
	}
	src := grid.New[float32](m.frame.Window(l.window))
	if err := m.Read(src.Data, l.window); err != nil {
		return 0, err
	}
	void := fillSmall(src)
	for row := range dst.Rows {
		line := dst.Row(row)
		for col := range line {
			if line[col] != line[col] {
				c, r := l.at(col, row)
				c, r = c-float64(l.window.Min.X), r-float64(l.window.Min.Y)
				line[col] = how.at(src, c, r, l.finer)
				if void != nil && line[col] == line[col] && void[nearestPost(src, c, r)] {
					filled++
				}
			}
		}
	}
	return filled, nil
}

// nearestPost is the index of the post nearest to a place; one half a post
// beyond the edge still has the edge's.
func nearestPost(src *grid.Raster[float32], col, row float64) int {
	c := min(max(int(math.Round(col)), 0), src.Cols-1)
	r := min(max(int(math.Round(row)), 0), src.Rows-1)
	return r*src.Cols + c
}

// resampler interpolates between posts.
type resampler func(r *grid.Raster[float32], col, row float64) float32

// at interpolates once, or averages over a cell of several posts a side.
func (how resampler) at(src *grid.Raster[float32], col, row float64, finer int) float32 {
	if finer == 1 {
		return how(src, col, row)
	}
	sum, n := 0., 0
	for j := range finer {
		for i := range finer {
			off := func(k int) float64 { return float64(k) - float64(finer-1)/2 }
			if h := how(src, col+off(i), row+off(j)); h == h {
				sum, n = sum+float64(h), n+1
			}
		}
	}
	if n == 0 {
		return nan
	}
	return float32(sum / float64(n))
}

// Resample lays the heights on another, metric frame, on all cores: bilinear,
// or averaged where the posts are finer than the cells. Cells beyond the files
// are NaN.
func (d *DEM) Resample(ctx context.Context, f grid.Frame) (*grid.Raster[float32], error) {
	zone, ok := f.CRS.Zone()
	if !ok {
		return nil, fmt.Errorf("resample the heights: %v is no UTM zone", f.CRS)
	}
	if f.Cols > maxNative/max(f.Rows, 1) {
		return nil, fmt.Errorf("resample the heights: %d by %d cells are more than %d; use a shorter range or a larger cell", f.Cols, f.Rows, maxNative)
	}
	out := grid.New[float32](f)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for row := 0; row < f.Rows; row += grid.TileSide {
		group.Go(func() error {
			strip := image.Rect(0, row, f.Cols, min(row+grid.TileSide, f.Rows))
			part := &grid.Raster[float32]{Frame: f.Window(strip), Data: out.Data[row*f.Cols : strip.Max.Y*f.Cols]}
			if _, err := d.sample(part, zone, grid.Bilinear); err != nil {
				return err
			}
			return ctx.Err()
		})
	}
	return out, group.Wait()
}
