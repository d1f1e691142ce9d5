package main

import (
	"fmt"
	"image"
	"io"
	"math"

	"vedette/geo"
	"vedette/grid"
	"vedette/grid/geotiff"
	"vedette/terrain"
	"vedette/viewshed"
)

type viewshedCommand struct {
	DEM       []string      `name:"dem" required:"" help:"Height files or folders (GeoTIFF, SRTM, DTED)." placeholder:"FILE" type:"path"`
	At        *place        `help:"Where the observer stands: lat,lon, UTM or MGRS." placeholder:"LAT,LON" xor:"where"`
	XY        *pair         `name:"xy" help:"The same in the DEM's own coordinates." placeholder:"E,N" xor:"where"`
	Observers string        `help:"CSV file of observers: lat,lon or x,y, height_m, range_m, arc_from_deg, arc_to_deg." placeholder:"FILE" type:"existingfile" xor:"where"`
	Height    float64       `help:"Height of the eyes above the ground, metres." default:"2" placeholder:"M"`
	Target    float64       `help:"Height of the target above the ground, metres." default:"1.7" placeholder:"M"`
	Range     float64       `help:"How far to look, metres." default:"15000" placeholder:"M"`
	Arc       *pair         `help:"True bearings between which the observer looks, clockwise." placeholder:"FROM,TO"`
	Curvature float64       `help:"Curvature and refraction: a place at distance d is lowered by this times d²/(2a). 0.85714 is 1-1/7; 0 is a flat earth." default:"0.85714"`
	Cell      float64       `help:"Side of a cell in metres, for a DEM in degrees; its own posting if not given." placeholder:"M"`
	Mode      viewshed.Mode `help:"How sight is computed: ${enum}." enum:"ray,gdal,exact" default:"ray"`
	MinHeight bool          `help:"Write the minimum height above the ground at which a target is seen, instead of seen or not."`
	Out       string        `required:"" help:"The GeoTIFF to write." placeholder:"FILE" type:"path"`
}

func (viewshedCommand) Help() string {
	return `Writes a GeoTIFF with 255 where a target is seen and 0 where it is not, as gdal_viewshed does; with
--observers the number of observers that see each cell. A DEM in metres is used on its own grid, one in
degrees is projected to its UTM zone first.

Examples:
  vedette viewshed --dem N34E041.hgt --at 34.43,41.02 --height 15 --range 15000 --out v.tif
  vedette viewshed --dem utm.tif --xy 685000,3812000 --mode gdal --out v.tif
  vedette viewshed --dem utm.tif --observers posts.csv --out count.tif`
}

// sighting is what viewshed prints as JSON.
type sighting struct {
	Out         string   `json:"out"`
	Observers   int      `json:"observers"`
	CRS         string   `json:"crs"`
	CellM       float64  `json:"cell_m"`
	Cells       int      `json:"cells_in_range"`
	SeenCells   int      `json:"seen_cells"`
	SeenKM2     float64  `json:"seen_km2"`
	ResolutionM float64  `json:"true_resolution_m"`
	Warnings    []string `json:"warnings"`
}

func (c *viewshedCommand) Run(con *console) error {
	if err := c.check(); err != nil {
		return err
	}
	watchers, err := c.watchers()
	if err != nil {
		return err
	}
	dem, err := terrain.OpenDEM(c.DEM)
	if err != nil {
		return err
	}
	defer dem.Close()
	s, err := c.scene(con, dem, watchers)
	if err != nil {
		return err
	}
	result := sighting{
		Out: c.Out, Observers: len(watchers), CRS: s.heights.CRS.String(), CellM: s.heights.DX,
		ResolutionM: dem.Resolution(), Warnings: []string{},
	}
	if w := terrain.NotForSiting(dem.Resolution()); w != "" {
		result.Warnings = append(result.Warnings, w)
	}
	if err := c.write(con, s, &result); err != nil {
		return err
	}
	return con.print(result, result.text)
}

func (c *viewshedCommand) check() error {
	switch {
	case c.At == nil && c.XY == nil && c.Observers == "":
		return misuse("give the observer's place with --at, --xy or --observers")
	case !(c.Range > 0):
		return misuse("--range: %g is not a distance in metres", c.Range)
	case !(c.Height >= 0):
		return misuse("--height: %g is below the ground", c.Height)
	case !(c.Target >= 0):
		return misuse("--target: %g is below the ground", c.Target)
	case c.Cell < 0:
		return misuse("--cell: %g is not a length in metres", c.Cell)
	case c.MinHeight && c.Observers != "":
		return misuse("--min-height is for one observer; give --at or --xy")
	}
	return nil
}

func (r sighting) text(w io.Writer) {
	for _, warning := range r.Warnings {
		fmt.Fprintln(w, "WARNING:", warning)
	}
	fmt.Fprintf(w, "%s: %d observers, %s, cells of %.4g m\n", r.Out, r.Observers, r.CRS, r.CellM)
	fmt.Fprintf(w, "  seen: %d of %d cells in range (%.1f %%), %.2f km²\n",
		r.SeenCells, r.Cells, 100*float64(r.SeenCells)/float64(max(r.Cells, 1)), r.SeenKM2)
}

// watcher is an observer before it is on a grid.
type watcher struct {
	at       *geo.Point // or, where nil,
	xy       geo.XY     // in the DEM's coordinates
	height   float64
	reach    float64
	arc      bool
	from, to float64 // true bearings
}

func (c *viewshedCommand) watchers() ([]watcher, error) {
	if c.Observers != "" {
		return readObservers(c.Observers, watcher{height: c.Height, reach: c.Range})
	}
	w := watcher{height: c.Height, reach: c.Range}
	if c.Arc != nil {
		w.arc, w.from, w.to = true, c.Arc[0], c.Arc[1]
	}
	if c.At != nil {
		w.at = &c.At.Point
	} else {
		w.xy = geo.XY{X: c.XY[0], Y: c.XY[1]}
	}
	return []watcher{w}, nil
}

// placed is an observer on the grid.
type placed struct {
	viewshed.Observer
	window image.Rectangle // the cells within its range
}

// scene is the metric raster around the observers, and them on it.
type scene struct {
	heights *grid.Raster[float32]
	placed  []placed
}

// scene gives the DEM's own cells around the observers, or, where it is in
// degrees, its projection to their UTM zone, and places the observers on it.
func (c *viewshedCommand) scene(con *console, dem *terrain.DEM, all []watcher) (scene, error) {
	if dem.Frame().CRS.Geographic() {
		return c.projected(con, dem, all)
	}
	return c.native(con, dem, all)
}

func (c *viewshedCommand) projected(con *console, dem *terrain.DEM, all []watcher) (s scene, err error) {
	for i := range all {
		if all[i].at == nil { // in the DEM's coordinates: degrees
			all[i].at = &geo.Point{Lat: all[i].xy.Y, Lon: all[i].xy.X}
		}
		all[i].xy = geo.XY{X: all[i].at.Lon, Y: all[i].at.Lat}
		if !dem.Covers(*all[i].at) {
			return s, outside(all[i], dem.Frame())
		}
	}
	zone, err := geo.ZoneOf(*all[0].at)
	if err != nil {
		return s, err
	}
	f := grid.Frame{CRS: grid.UTM(zone), DX: c.Cell, DY: c.Cell}
	if c.Cell == 0 {
		f.DX = math.Round(100*dem.Resolution()) / 100
		f.DY = f.DX
	}
	west, south, east, north := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for i, w := range all {
		all[i].xy = zone.Project(*w.at)
		west, east = min(west, all[i].xy.X-w.reach), max(east, all[i].xy.X+w.reach)
		south, north = min(south, all[i].xy.Y-w.reach), max(north, all[i].xy.Y+w.reach)
	}
	f.X0, f.Y0 = (math.Floor(west/f.DX)-1)*f.DX, (math.Ceil(north/f.DY)+1)*f.DY
	f.Cols, f.Rows = int(math.Ceil((east-f.X0)/f.DX))+1, int(math.Ceil((f.Y0-south)/f.DY))+1
	if s.heights, err = dem.Resample(con, f); err != nil {
		return s, err
	}
	return s, s.place(all, zone)
}

func (c *viewshedCommand) native(con *console, dem *terrain.DEM, all []watcher) (s scene, err error) {
	f := dem.Frame()
	zone, ok := f.CRS.Zone()
	if !ok {
		return s, fmt.Errorf("the heights are in %v; bring them to UTM or to degrees with gdalwarp -t_srs", f.CRS)
	}
	if c.Cell != 0 && c.Cell != f.DX {
		return s, fmt.Errorf("--cell: a DEM in metres is used on its own cells of %g m; leave --cell out, or resample it with gdalwarp -tr", f.DX)
	}
	var window image.Rectangle
	for i, w := range all {
		if w.at != nil {
			all[i].xy = zone.Project(*w.at)
		}
		col, row, ok := f.Cell(all[i].xy)
		if !ok {
			return s, outside(all[i], f)
		}
		window = window.Union(around(col, row, w.reach, f).Intersect(f.Bounds()))
	}
	if s.heights, err = dem.Native(con, window); err != nil {
		return s, err
	}
	return s, s.place(all, zone)
}

// around is the cells that may lie within reach of a cell.
func around(col, row int, reach float64, f grid.Frame) image.Rectangle {
	nx, ny := int(min(reach/f.DX, 1e6)), int(min(reach/f.DY, 1e6))
	return image.Rect(col-nx, row-ny, col+nx+1, row+ny+1)
}

func outside(w watcher, f grid.Frame) error {
	west, south, east, north := f.Extent()
	return fmt.Errorf("the observer at %.6g, %.6g stands outside the heights (%.6g to %.6g, %.6g to %.6g in %v); check the place and the order of its coordinates, or give the file that covers it",
		w.xy.X, w.xy.Y, west, east, south, north, f.CRS)
}

// place puts the observers on the grid.
func (s *scene) place(all []watcher, zone geo.Zone) error {
	f := s.heights.Frame
	for _, w := range all {
		col, row, ok := f.Cell(w.xy)
		if !ok {
			return outside(w, f)
		}
		if h := s.heights.At(col, row); h != h {
			return fmt.Errorf("the observer at %.6g, %.6g stands where the file has no height; move it, fill the voids (gdal_fillnodata), or give a file that covers it", w.xy.X, w.xy.Y)
		}
		o := viewshed.Observer{Col: col, Row: row, Height: w.height, MaxRange: w.reach}
		if w.arc {
			turn := zone.Convergence(zone.Unproject(w.xy))
			o.ArcFrom, o.ArcTo = w.from-turn, w.to-turn
		}
		s.placed = append(s.placed, placed{o, around(col, row, w.reach, f).Intersect(f.Bounds())})
	}
	return nil
}

func (c *viewshedCommand) params() viewshed.Params {
	return viewshed.Params{Mode: c.Mode, Target: c.Target, Curvature: c.Curvature}
}

// write computes what was asked for and writes it.
func (c *viewshedCommand) write(con *console, s scene, r *sighting) error {
	surface := viewshed.Surface{Ground: s.heights, Screen: s.heights}
	switch {
	case c.MinHeight:
		return c.writeHeights(surface, s.placed[0], r)
	case c.Observers == "":
		return c.writeSeen(surface, s.placed[0], r)
	}
	return c.writeCounts(con, surface, s.placed, r)
}

func (c *viewshedCommand) writeSeen(s viewshed.Surface, o placed, r *sighting) error {
	seen, err := viewshed.Compute(s, o.Observer, c.params())
	if err != nil {
		return err
	}
	out := grid.New[uint8](s.Ground.Window(o.window))
	for row := range out.Rows {
		for col := range out.Cols {
			if seen.At(col+o.window.Min.X, row+o.window.Min.Y) {
				out.Set(col, row, 255)
			}
		}
	}
	r.count(out, o)
	return writeRaster(c.Out, out, geotiff.Options{Description: c.describe("255 seen, 0 not")})
}

func (c *viewshedCommand) writeHeights(s viewshed.Surface, o placed, r *sighting) error {
	heights, err := viewshed.Heights(s, o.Observer, c.params())
	if err != nil {
		return err
	}
	ground := grid.New[uint8](heights.Frame)
	for i, h := range heights.Data {
		if float64(h) <= c.Target {
			ground.Data[i] = 255
		}
	}
	r.count(ground, o)
	void := math.NaN()
	return writeRaster(c.Out, heights, geotiff.Options{NoData: &void, Description: c.describe("least height above the ground at which a target is seen, metres")})
}

func (c *viewshedCommand) writeCounts(con *console, s viewshed.Surface, all []placed, r *sighting) error {
	out := grid.New[uint16](s.Ground.Frame)
	progress := newProgress(con.err)
	defer progress.end()
	var one viewshed.Computer
	for i, o := range all {
		if err := con.Err(); err != nil {
			return err
		}
		seen, err := one.Compute(s, o.Observer, c.params())
		if err != nil {
			return fmt.Errorf("observer %d: %w", i+1, err)
		}
		for row := o.window.Min.Y; row < o.window.Max.Y; row++ {
			for col := o.window.Min.X; col < o.window.Max.X; col++ {
				if seen.At(col, row) {
					out.Data[row*out.Cols+col]++
				}
			}
		}
		progress.step("viewsheds", i+1, len(all))
	}
	for _, n := range out.Data {
		if n > 0 {
			r.SeenCells++
		}
	}
	r.Cells = len(out.Data)
	r.SeenKM2 = float64(r.SeenCells) * out.DX * out.DY / 1e6
	return writeRaster(c.Out, out, geotiff.Options{Description: c.describe("number of observers that see the cell")})
}

func (c *viewshedCommand) describe(what string) string {
	return fmt.Sprintf("Viewshed (mode %s, target %g m, curvature %g): %s", c.Mode, c.Target, c.Curvature, what)
}

// count adds up what one observer sees within its range.
func (r *sighting) count(seen *grid.Raster[uint8], o placed) {
	for row := range seen.Rows {
		for col := range seen.Cols {
			dx := float64(col+o.window.Min.X-o.Col) * seen.DX
			dy := float64(row+o.window.Min.Y-o.Row) * seen.DY
			if dx*dx+dy*dy <= o.MaxRange*o.MaxRange {
				r.Cells++
			}
			if seen.At(col, row) != 0 {
				r.SeenCells++
			}
		}
	}
	r.SeenKM2 = float64(r.SeenCells) * seen.DX * seen.DY / 1e6
}

// writeRaster writes a raster as GeoTIFF, beside and renamed.
func writeRaster[T geotiff.Sample](path string, r *grid.Raster[T], o geotiff.Options) error {
	return geotiff.WriteFile(path, r.Frame, o, func(dst []T, _ int, w image.Rectangle) error {
		for row := w.Min.Y; row < w.Max.Y; row++ {
			copy(dst[(row-w.Min.Y)*w.Dx():], r.Row(row)[w.Min.X:w.Max.X])
		}
		return nil
	})
}
