package terrain

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"path/filepath"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"vedette/frontier"
	"vedette/geo"
	"vedette/grid"
)

// Options say how an area's terrain is opened. Zero values take the area's own
// settings.
type Options struct {
	DEM      []string // files or folders, instead of the area's terrain
	BaseDir  string   // against which the area names its files
	Cell     float64  // metres
	Cubic    bool     // cubic interpolation instead of bilinear
	Progress func(done, total int)
}

// maxAcross bounds the working grid's box; its tiles are what costs memory.
const maxAcross = 200_000

// Open lays the terrain of an area on its working grid, on all cores.
func Open(ctx context.Context, area *frontier.Area, o Options) (*Terrain, error) {
	zone, err := zoneOf(area)
	if err != nil {
		return nil, fmt.Errorf("open the terrain: %w", err)
	}
	cell := o.Cell
	if cell == 0 {
		cell = area.Settings.CellM
	}
	frame, err := frameOf(area, zone, cell)
	if err != nil {
		return nil, fmt.Errorf("open the terrain: %w", err)
	}
	t := &Terrain{
		Frame:  frame,
		Ground: grid.NewTiled(frame, nan),
		Cover:  grid.NewTiled[uint8](frame, 0),
		Class:  grid.NewTiled[uint8](frame, 0),
		Walls:  walls(area, zone),
	}
	if err := t.fill(ctx, area, zone, o); err != nil {
		return nil, fmt.Errorf("open the terrain: %w", err)
	}
	t.lay(area, zone)
	t.Info.Bytes = t.Ground.Bytes() + t.Cover.Bytes() + t.Class.Bytes()
	return t, nil
}

// zoneOf is the UTM zone of the middle of the area's box.
func zoneOf(area *frontier.Area) (geo.Zone, error) {
	box := area.Settings.Box
	zone, err := geo.ZoneOf(geo.Point{Lat: (box[1] + box[3]) / 2, Lon: (box[0] + box[2]) / 2})
	if err != nil {
		return zone, err
	}
	for _, lon := range []float64{box[0], box[2]} {
		if math.Abs(lon-zone.CentralMeridian()) > 6 {
			return zone, fmt.Errorf("box: longitude %g lies more than 6 degrees from %g, the middle of UTM zone %v; split the area", lon, zone.CentralMeridian(), zone)
		}
	}
	return zone, nil
}

// FrameOf is the working grid of an area, with cells of the area's size or, if
// cell is not zero, of that many metres.
func FrameOf(area *frontier.Area, cell float64) (grid.Frame, error) {
	zone, err := zoneOf(area)
	if err != nil {
		return grid.Frame{}, fmt.Errorf("lay the grid: %w", err)
	}
	if cell == 0 {
		cell = area.Settings.CellM
	}
	return frameOf(area, zone, cell)
}

// frameOf is the frame of the area's box with square cells, its corner on a
// whole number of cells.
func frameOf(area *frontier.Area, zone geo.Zone, cell float64) (grid.Frame, error) {
	west, south, east, north := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	box := area.Settings.Box
	const steps = 32 // the box's edges are curves on the plane
	for i := range steps + 1 {
		at := func(from, to float64) float64 { return from + (to-from)*float64(i)/steps }
		lon, lat := at(box[0], box[2]), at(box[1], box[3])
		for _, p := range []geo.Point{{Lat: box[1], Lon: lon}, {Lat: box[3], Lon: lon}, {Lat: lat, Lon: box[0]}, {Lat: lat, Lon: box[2]}} {
			xy := zone.Project(p)
			west, east = min(west, xy.X), max(east, xy.X)
			south, north = min(south, xy.Y), max(north, xy.Y)
		}
	}
	f := grid.Frame{CRS: grid.UTM(zone), X0: math.Floor(west/cell) * cell, Y0: math.Ceil(north/cell) * cell, DX: cell, DY: cell}
	cols, rows := math.Ceil((east-f.X0)/cell), math.Ceil((f.Y0-south)/cell)
	if !(cols <= maxAcross && rows <= maxAcross) {
		return f, fmt.Errorf("cell_m: cells of %g m make a grid of %.0f by %.0f; use larger cells", cell, cols, rows)
	}
	f.Cols, f.Rows = int(cols), int(rows)
	return f, nil
}

// margin is the ground kept around the strip and around each site, in metres.
const margin = 1000

// corridor gives the tiles that are needed: those the strip touches, and those
// on the sight lines from each site to the strip within its range and to the
// other sites within the visibility. Ground that is not there hides nothing,
// so a missing tile would let a site see through a hill.
func corridor(area *frontier.Area, zone geo.Zone, f grid.Frame) []image.Rectangle {
	line := frontier.NewLine(area.Frontier, zone.Project)
	set := area.Settings
	depth := 1000*max(set.DepthFarKM, set.DepthOwnKM) + margin
	t := newTiling(f)
	var strip []image.Rectangle
	for i := range t.needed {
		if r := t.rect(i); touches(line, f.Window(r), depth) {
			strip = append(strip, r)
			t.needed[i] = true
		}
	}
	places := make([]geo.XY, len(area.Sites))
	for i := range area.Sites {
		places[i] = zone.Project(area.Sites[i].At)
		t.around(places[i])
		for _, other := range places[:i] {
			if math.Hypot(other.X-places[i].X, other.Y-places[i].Y) <= 1000*set.VisibilityKM+margin {
				t.between(places[i], other)
			}
		}
	}
	for i := range area.Sites {
		for _, r := range strip {
			t.see(places[i], f.Window(r), longest(&area.Sites[i])+margin)
		}
	}
	var tiles []image.Rectangle
	for i, needed := range t.needed {
		if needed {
			tiles = append(tiles, t.rect(i))
		}
	}
	return tiles
}

// longest is the range of a site's farthest sensor, metres.
func longest(s *frontier.Site) (reach float64) {
	for _, sensor := range s.Sensors {
		reach = max(reach, sensor.RangeM)
		if sensor.NightRangeM != nil {
			reach = max(reach, *sensor.NightRangeM)
		}
	}
	return reach
}

// tiling marks the tiles of a frame that are needed.
type tiling struct {
	frame  grid.Frame
	coarse grid.Frame // of which a cell is a tile
	needed []bool
}

func newTiling(f grid.Frame) *tiling {
	c := f
	c.DX, c.DY = f.DX*grid.TileSide, f.DY*grid.TileSide
	c.Cols, c.Rows = (f.Cols+grid.TileSide-1)/grid.TileSide, (f.Rows+grid.TileSide-1)/grid.TileSide
	return &tiling{frame: f, coarse: c, needed: make([]bool, c.Cols*c.Rows)}
}

// rect is the cells of a tile.
func (t *tiling) rect(i int) image.Rectangle {
	at := image.Pt(i%t.coarse.Cols, i/t.coarse.Cols).Mul(grid.TileSide)
	return image.Rectangle{Min: at, Max: at.Add(image.Pt(grid.TileSide, grid.TileSide))}.Intersect(t.frame.Bounds())
}

func (t *tiling) between(a, b geo.XY) {
	grid.Supercover(t.coarse, a, b, func(col, row int) { t.needed[row*t.coarse.Cols+col] = true })
}

// around marks the tiles within the margin of a place.
func (t *tiling) around(p geo.XY) {
	for _, dx := range []float64{-margin, 0, margin} {
		t.between(geo.XY{X: p.X + dx, Y: p.Y - margin}, geo.XY{X: p.X + dx, Y: p.Y + margin})
	}
}

// see marks the tiles on the sight lines from a place to a tile of the strip
// that is within reach: those to its middle and its corners, between which no
// tile has room.
func (t *tiling) see(from geo.XY, tile grid.Frame, reach float64) {
	west, south, east, north := tile.Extent()
	middle := geo.XY{X: (west + east) / 2, Y: (south + north) / 2}
	if math.Hypot(middle.X-from.X, middle.Y-from.Y) > reach+math.Hypot(east-west, north-south)/2 {
		return
	}
	for _, to := range []geo.XY{middle, {X: west, Y: south}, {X: west, Y: north}, {X: east, Y: south}, {X: east, Y: north}} {
		t.between(from, to)
	}
}

// touches tells whether a frame may hold a place within depth of the line.
func touches(line *frontier.Line, f grid.Frame, depth float64) bool {
	west, south, east, north := f.Extent()
	_, d := line.Nearest(geo.XY{X: (west + east) / 2, Y: (south + north) / 2})
	return math.Abs(d) <= depth+math.Hypot(east-west, north-south)/2
}

// heights fills a tile, and says how many of its cells lay in a void that was
// filled.
type heights func(dst *grid.Raster[float32]) (filled int, err error)

// fill reads or makes the heights of the corridor.
func (t *Terrain) fill(ctx context.Context, area *frontier.Area, zone geo.Zone, o Options) error {
	dem, heights, err := t.source(area, zone, o)
	if err != nil {
		return err
	}
	if dem != nil {
		defer dem.Close()
	}
	if err := t.fillTiles(ctx, area, zone, heights, o.Progress); err != nil || dem == nil {
		return err
	}
	if err := t.doubt(); err != nil {
		return err
	}
	g := t.findGaps(area, zone, dem)
	t.Info.Holes = g.holes * gapStep * gapStep
	return g.judge(dem)
}

// doubt refuses heights that cannot be on Earth.
func (t *Terrain) doubt() error {
	low, high := math.Inf(1), math.Inf(-1)
	for _, heights := range t.Ground.Tiles() {
		for _, h := range heights {
			if h == h {
				low, high = min(low, float64(h)), max(high, float64(h))
			}
		}
	}
	if notes := doubtful(low, high); low <= high && notes != nil {
		return errors.New(notes[0])
	}
	return nil
}

// fillTiles fills the tiles of the corridor.
func (t *Terrain) fillTiles(ctx context.Context, area *frontier.Area, zone geo.Zone, heights heights, progress func(done, total int)) error {
	tiles := corridor(area, zone, t.Frame)
	if len(tiles) == 0 {
		return errors.New("the frontier does not touch the area's box; check box and frontier")
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	var finished, voids atomic.Int64
	for _, r := range tiles {
		to := t.Ground.Tile(r.Min.X, r.Min.Y)
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			tile := grid.New[float32](t.Frame.Window(r))
			filled, err := heights(tile)
			if err != nil {
				return err
			}
			voids.Add(int64(filled))
			for row := range tile.Rows {
				copy(to[row*grid.TileSide:], tile.Row(row))
			}
			if progress != nil {
				progress(int(finished.Add(1)), len(tiles))
			}
			return nil
		})
	}
	err := group.Wait()
	t.Info.Voids = int(voids.Load())
	return err
}

// source chooses where the heights come from; dem is nil where they are made.
func (t *Terrain) source(area *frontier.Area, zone geo.Zone, o Options) (dem *DEM, from heights, err error) {
	files := o.DEM
	if len(files) == 0 {
		for _, name := range area.Settings.Terrain.Files {
			if !filepath.IsAbs(name) {
				name = filepath.Join(o.BaseDir, name)
			}
			files = append(files, name)
		}
	}
	if len(files) == 0 {
		from, err = t.made(area)
		return nil, from, err
	}
	if dem, err = OpenDEM(files); err != nil {
		return nil, nil, err
	}
	how := resampler(grid.Bilinear)
	t.Info.Resampling = "bilinear"
	if o.Cubic {
		how, t.Info.Resampling = grid.Cubic, "cubic"
	}
	t.Info.Sources = dem.Paths()
	t.Info.PostingM = dem.Resolution()
	t.Info.TrueResolutionM = max(t.Info.PostingM, area.Settings.TrueResolutionM)
	if t.Info.ResamplingRMSM, err = dem.leftOut(how); err != nil {
		return nil, nil, errors.Join(err, dem.Close())
	}
	return dem, func(dst *grid.Raster[float32]) (int, error) { return dem.sample(dst, zone, how) }, nil
}

func (t *Terrain) made(area *frontier.Area) (heights, error) {
	if area.Settings.Terrain.Made == nil {
		return nil, errors.New("the area names no heights; name DEM files in its settings (terrain.files), give them with --dem, or describe made terrain (terrain.made)")
	}
	made, err := NewMade(area)
	if err != nil {
		return nil, err
	}
	t.Info.Synthetic = true
	t.Info.Sources = []string{made.String()}
	t.Info.PostingM, t.Info.TrueResolutionM = t.Frame.DX, t.Frame.DX
	t.Info.Resampling = "none: computed for each cell"
	return func(dst *grid.Raster[float32]) (int, error) {
		made.Fill(dst)
		return 0, nil
	}, nil
}
