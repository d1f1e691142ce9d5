package terrain

import (
	"errors"
	"fmt"
	"image"
	"math"

	"vedette/frontier"
	"vedette/geo"
	"vedette/grid"
)

// fillRadius is how far, in posts, a void looks for heights to be filled from.
// Holes wider than twice this stay open.
const fillRadius = 8

// compass is the eight directions in which a void looks for its rim.
var compass = [8]image.Point{{1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}, {-1, -1}, {0, -1}, {1, -1}}

// fillSmall gives the voids of src the mean of the heights found in the eight
// directions, weighted by inverse distance, where at least five find one; it
// marks what it filled.
func fillSmall(src *grid.Raster[float32]) (filled []bool) {
	var voids []int
	for i, h := range src.Data {
		if h != h {
			voids = append(voids, i)
		}
	}
	if len(voids) == 0 || len(voids) == len(src.Data) {
		return nil
	}
	filled = make([]bool, len(src.Data))
	heights := make([]float32, len(voids))
	for k, i := range voids {
		heights[k] = rim(src, image.Pt(i%src.Cols, i/src.Cols))
	}
	for k, i := range voids {
		src.Data[i] = heights[k]
		filled[i] = heights[k] == heights[k]
	}
	return filled
}

// rim is the mean of the heights around a void, NaN where there are too few.
func rim(src *grid.Raster[float32], at image.Point) float32 {
	sum, weights, found := 0., 0., 0
	for _, dir := range compass {
		p := at
		for n := 1; n <= fillRadius; n++ {
			if p = p.Add(dir); !p.In(src.Bounds()) {
				break
			}
			if h := src.At(p.X, p.Y); h == h {
				w := 1 / (float64(n) * math.Hypot(float64(dir.X), float64(dir.Y)))
				sum, weights, found = sum+w*float64(h), weights+w, found+1
				break
			}
		}
	}
	if found < 5 {
		return nan
	}
	return float32(sum / weights)
}

// gaps is what a DEM lacks in the strip: places beyond its files, and holes in
// them.
type gaps struct {
	strip, beyond, holes     int
	west, south, east, north float64 // of what lies beyond, degrees
}

// gapStep is the distance in cells between the places that are looked at.
const gapStep = 4

// findGaps looks at every fourth cell of the strip.
func (t *Terrain) findGaps(area *frontier.Area, zone geo.Zone, dem *DEM) gaps {
	line := frontier.NewLine(area.Frontier, zone.Project)
	set := area.Settings
	g := gaps{west: math.Inf(1), south: math.Inf(1), east: math.Inf(-1), north: math.Inf(-1)}
	for r, heights := range t.Ground.Tiles() {
		west, south, east, north := t.Frame.Window(r).Extent()
		near := line.Near(west, south, east, north)
		for row := r.Min.Y; row < r.Max.Y; row += gapStep {
			for col := r.Min.X; col < r.Max.X; col += gapStep {
				at := t.Frame.Center(col, row)
				_, d := near.Nearest(at)
				if d < -1000*set.DepthFarKM || d > 1000*set.DepthOwnKM {
					continue
				}
				if !inBox(set.Box, zone.Unproject(at)) {
					continue // the grid's frame reaches a little beyond the box
				}
				g.strip++
				if h := heights[(row-r.Min.Y)*grid.TileSide+col-r.Min.X]; h != h {
					g.add(zone.Unproject(at), dem.covers(at, zone))
				}
			}
		}
	}
	return g
}

// inBox tells whether a place lies in a box of west, south, east and north.
func inBox(box []float64, p geo.Point) bool {
	return p.Lon >= box[0] && p.Lon <= box[2] && p.Lat >= box[1] && p.Lat <= box[3]
}

func (g *gaps) add(p geo.Point, covered bool) {
	if covered {
		g.holes++
		return
	}
	g.beyond++
	g.west, g.east = min(g.west, p.Lon), max(g.east, p.Lon)
	g.south, g.north = min(g.south, p.Lat), max(g.north, p.Lat)
}

// Covers tells whether any file holds the place, be it in a void.
func (d *DEM) Covers(p geo.Point) bool {
	zone, err := geo.ZoneOf(p)
	return err == nil && d.covers(zone.Project(p), zone)
}

// covers tells whether any file holds the place, be it in a void.
func (d *DEM) covers(at geo.XY, zone geo.Zone) bool {
	for _, m := range d.mosaics {
		col, row := m.locate(at, zone)
		p := image.Pt(int(math.Round(col)), int(math.Round(row)))
		for i := range m.parts {
			if p.In(m.parts[i].at) {
				return true
			}
		}
	}
	return false
}

// judge makes an error of heights that do not cover the strip.
func (g gaps) judge(dem *DEM) error {
	if g.beyond == 0 {
		return nil
	}
	const mend = "give files that cover it (vedette terrain fetch AREA gets them), or make depth_far_km and depth_own_km smaller"
	if g.beyond == g.strip {
		return fmt.Errorf("the heights do not cover the area at all: they lie at %s, the area at %.3f to %.3f E, %.3f to %.3f N; check that latitude and longitude are not swapped, and %s",
			dem.where(), g.west, g.east, g.south, g.north, mend)
	}
	return fmt.Errorf("the heights miss %.1f %% of the strip along the frontier, between %.3f and %.3f E, %.3f and %.3f N; %s",
		100*float64(g.beyond)/float64(g.strip), g.west, g.east, g.south, g.north, mend)
}

// where says where the first files lie, in degrees.
func (d *DEM) where() string {
	f := d.Frame()
	west, south, east, north := f.Extent()
	if zone, ok := f.CRS.Zone(); ok {
		sw, ne := zone.Unproject(geo.XY{X: west, Y: south}), zone.Unproject(geo.XY{X: east, Y: north})
		west, south, east, north = sw.Lon, sw.Lat, ne.Lon, ne.Lat
	}
	return fmt.Sprintf("%.3f to %.3f E, %.3f to %.3f N", west, east, south, north)
}

// leftOut measures the error of interpolation: every other post around the
// middle of the heights is taken away and interpolated from the rest. That is
// at twice the posting, so it is more than the error of what was done.
func (d *DEM) leftOut(how resampler) (rms float64, err error) {
	m := d.mosaics[0]
	const side = 512
	middle := image.Pt(m.frame.Cols/2, m.frame.Rows/2)
	r := image.Rect(middle.X-side/2, middle.Y-side/2, middle.X+side/2, middle.Y+side/2).Intersect(m.frame.Bounds())
	full := grid.New[float32](m.frame.Window(r))
	if err := m.Read(full.Data, r); err != nil {
		return 0, err
	}
	half := grid.New[float32](grid.Frame{DX: 1, DY: 1, Cols: (full.Cols + 1) / 2, Rows: (full.Rows + 1) / 2})
	for row := range half.Rows {
		for col := range half.Cols {
			half.Set(col, row, full.At(2*col, 2*row))
		}
	}
	sum, n := 0., 0
	for row := 0; row < 2*half.Rows-1; row++ {
		for col := 1 - row%2; col < 2*half.Cols-1; col += 2 {
			e := float64(how(half, float64(col)/2, float64(row)/2) - full.At(col, row))
			if !math.IsNaN(e) {
				sum, n = sum+e*e, n+1
			}
		}
	}
	if n == 0 {
		return 0, errors.New("the middle of the heights is a void; give a file with heights")
	}
	return math.Sqrt(sum / float64(n)), nil
}
