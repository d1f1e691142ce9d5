package export

import (
	"fmt"

	"vedette/geo"
)

// plane is the metric plane of a plan: its UTM zone.
type plane struct{ zone geo.Zone }

func (p plane) xy(q geo.Point) geo.XY    { return p.zone.Project(q) }
func (p plane) point(q geo.XY) geo.Point { return p.zone.Unproject(q) }

// convergence is what a grid bearing lacks to the true one, degrees.
func (p plane) convergence(q geo.Point) float64 { return p.zone.Convergence(q) }

// rough is a place to six decimals of a degree: a decimetre, far below a cell.
func rough(p geo.Point) geo.Point { return geo.Point{Lat: round(p.Lat, 6), Lon: round(p.Lon, 6)} }

// mgrs is a place to the metre, empty at the poles.
func mgrs(p geo.Point) string {
	ref, err := geo.MGRS(p, 5)
	if err != nil {
		return ""
	}
	return ref
}

// steps is how finely a line of latitude or longitude is drawn.
const steps = 16

func meridian(lon, south, north float64) []geo.Point {
	var line []geo.Point
	for i := range steps + 1 {
		line = append(line, geo.Point{Lat: south + (north-south)*float64(i)/steps, Lon: lon})
	}
	return line
}

func parallel(lat, west, east float64) []geo.Point {
	var line []geo.Point
	for i := range steps + 1 {
		line = append(line, geo.Point{Lat: lat, Lon: west + (east-west)*float64(i)/steps})
	}
	return line
}

func utmName(z geo.Zone) string {
	if z.South {
		return fmt.Sprintf("UTM zone %dS", z.Number)
	}
	return fmt.Sprintf("UTM zone %dN", z.Number)
}

// crossing is where a line crosses the west edge of the map (y), or the north
// edge (x).
func (c *cartographer) crossing(line []geo.Point, west bool) (at float64, ok bool) {
	for i := 1; i < len(line); i++ {
		x0, y0 := c.xy(line[i-1])
		x1, y1 := c.xy(line[i])
		edge := c.frame.x0
		if !west {
			x0, y0, x1, y1, edge = y0, x0, y1, x1, c.frame.y0
		}
		if (x0 < edge) != (x1 < edge) {
			return y0 + (edge-x0)/(x1-x0)*(y1-y0), true
		}
	}
	return 0, false
}
