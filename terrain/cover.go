package terrain

import (
	"math"
	"slices"

	"vedette/frontier"
	"vedette/geo"
	"vedette/grid"
)

// lay puts the ground classes and their cover on the grid, the later of the
// area's features over the earlier.
func (t *Terrain) lay(area *frontier.Area, zone geo.Zone) {
	for i := range area.Grounds {
		g := &area.Grounds[i]
		class := uint8(1 + slices.Index(Classes, g.Class))
		cover := uint8(min(255, math.Round(g.CoverHeightM*10)))
		grid.Inside(t.Frame, project(g.Ring, zone), func(col, row int) {
			if !t.Ground.Has(col, row) {
				return
			}
			t.Class.Set(col, row, class)
			if cover > 0 || t.Cover.Has(col, row) {
				t.Cover.Set(col, row, cover)
			}
		})
	}
}

// Classes are the names of the ground classes; the raster holds 1 for the
// first and 0 where the area says nothing.
var Classes = []string{"village", "valley", "field", "palm", "sand", "gravel", "rock"}

func project(line []geo.Point, zone geo.Zone) []geo.XY {
	out := make([]geo.XY, len(line))
	for i, p := range line {
		out[i] = zone.Project(p)
	}
	return out
}

// walls gives the berms and walls as straight stretches between their
// openings. Wire and fences are seen through; a trench stands in the ground.
func walls(area *frontier.Area, zone geo.Zone) []grid.Wall {
	var all []grid.Wall
	for i := range area.Barriers {
		b := &area.Barriers[i]
		if b.Type != "berm" && b.Type != "wall" {
			continue
		}
		along := 0.
		for k := 1; k < len(b.Line); k++ {
			d := geo.Distance(b.Line[k-1], b.Line[k])
			w := grid.Wall{A: zone.Project(b.Line[k-1]), B: zone.Project(b.Line[k]), Height: b.HeightM}
			all = append(all, without(w, along, d, b.Openings)...)
			along += d
		}
	}
	return all
}

// without cuts the openings out of a stretch that starts along metres into
// its barrier and is long metres long.
func without(w grid.Wall, along, long float64, openings []frontier.Opening) []grid.Wall {
	rest := [][2]float64{{0, 1}}
	for _, o := range openings {
		from := (o.AtKM*1000 - o.WidthM/2 - along) / long
		to := (o.AtKM*1000 + o.WidthM/2 - along) / long
		var next [][2]float64
		for _, r := range rest {
			for _, part := range [][2]float64{{r[0], min(r[1], from)}, {max(r[0], to), r[1]}} {
				if part[1] > part[0] {
					next = append(next, part)
				}
			}
		}
		rest = next
	}
	var out []grid.Wall
	at := func(f float64) geo.XY { return geo.XY{X: w.A.X + f*(w.B.X-w.A.X), Y: w.A.Y + f*(w.B.Y-w.A.Y)} }
	for _, r := range rest {
		out = append(out, grid.Wall{A: at(r[0]), B: at(r[1]), Height: w.Height})
	}
	return out
}
