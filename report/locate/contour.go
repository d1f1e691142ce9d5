package locate

import (
	"vedette/geo"
	"vedette/outline"
)

// field is a function on a grid of places on a plane.
type field struct {
	west, south, step float64 // metres
	cols, rows        int
	values            []float64
}

// sample takes a function on a grid that covers a rectangle, at most cells
// wide and high; outside it counts as below zero.
func sample(west, south, east, north, step float64, most int, f func(geo.XY) float64) *field {
	step = max(step, (east-west)/float64(most), (north-south)/float64(most))
	g := &field{west: west - step, south: south - step, step: step,
		cols: int((east-west)/step) + 4, rows: int((north-south)/step) + 4}
	g.values = make([]float64, g.cols*g.rows)
	for r := range g.rows {
		for c := range g.cols {
			v := -1.0
			if r > 0 && c > 0 && r < g.rows-1 && c < g.cols-1 {
				v = f(geo.XY{X: g.west + float64(c)*g.step, Y: g.south + float64(r)*g.step})
			}
			g.values[r*g.cols+c] = v
		}
	}
	return g
}

// edge is a side of the grid between two places: the one at cell and the one
// east (or north) of it.
type edge struct {
	cell  int
	north bool
}

// contours are the closed lines on which the field is zero, with the ground
// where it is above on their left. Between places it is taken as linear.
func (g *field) contours() [][]geo.XY {
	next := map[edge]edge{}
	var order []edge
	for r := range g.rows - 1 {
		for c := range g.cols - 1 {
			for _, s := range g.segments(r*g.cols + c) {
				next[s[0]] = s[1]
				order = append(order, s[0])
			}
		}
	}
	var lines [][]geo.XY
	done := map[edge]bool{}
	for _, first := range order {
		if done[first] {
			continue
		}
		var line []geo.XY
		for at := first; !done[at]; at = next[at] {
			done[at] = true
			line = append(line, g.crossing(at))
		}
		if len(line) >= 3 {
			lines = append(lines, append(line, line[0]))
		}
	}
	return lines
}

// segments are the pieces of the contours within a cell, from edge to edge.
func (g *field) segments(sw int) [][2]edge {
	south, north := edge{sw, false}, edge{sw + g.cols, false}
	west, east := edge{sw, true}, edge{sw + 1, true}
	corner := func(i int, v int) int {
		if g.values[i] >= 0 {
			return v
		}
		return 0
	}
	switch corner(sw, 1) | corner(sw+1, 2) | corner(sw+g.cols+1, 4) | corner(sw+g.cols, 8) {
	case 1:
		return [][2]edge{{south, west}}
	case 2:
		return [][2]edge{{east, south}}
	case 3:
		return [][2]edge{{east, west}}
	case 4:
		return [][2]edge{{north, east}}
	case 5:
		return [][2]edge{{south, west}, {north, east}}
	case 6:
		return [][2]edge{{north, south}}
	case 7:
		return [][2]edge{{north, west}}
	case 8:
		return [][2]edge{{west, north}}
	case 9:
		return [][2]edge{{south, north}}
	case 10:
		return [][2]edge{{east, south}, {west, north}}
	case 11:
		return [][2]edge{{east, north}}
	case 12:
		return [][2]edge{{west, east}}
	case 13:
		return [][2]edge{{south, east}}
	case 14:
		return [][2]edge{{west, south}}
	}
	return nil
}

// crossing is where the field is zero on an edge.
func (g *field) crossing(e edge) geo.XY {
	far := e.cell + 1
	if e.north {
		far = e.cell + g.cols
	}
	a, b := g.values[e.cell], g.values[far]
	t := min(max(a/(a-b), .001), .999) // never on a grid point, where lines would touch
	at := geo.XY{X: g.west + float64(e.cell%g.cols)*g.step, Y: g.south + float64(e.cell/g.cols)*g.step}
	if e.north {
		at.Y += t * g.step
	} else {
		at.X += t * g.step
	}
	return at
}

// ground is where the field is above zero.
func (g *field) ground(place func(geo.XY) geo.Point) Ground {
	var out Ground
	var holes []outline.Ring
	for _, line := range g.contours() {
		ring := make(outline.Ring, len(line))
		for i, p := range line {
			ring[i] = place(p)
		}
		if turn(line) > 0 {
			out = append(out, outline.Polygon{ring})
		} else {
			holes = append(holes, ring)
		}
	}
	for _, hole := range holes {
		for i := range out {
			if (outline.Polygon{out[i][0]}).Contains(hole[0]) {
				out[i] = append(out[i], hole)
				break
			}
		}
	}
	return out
}

// turn is twice the area of a closed line: positive where it runs
// anticlockwise.
func turn(line []geo.XY) float64 {
	sum := 0.0
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		sum += a.X*b.Y - b.X*a.Y
	}
	return sum
}
