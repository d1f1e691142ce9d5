package grid

import (
	"math"

	"vedette/geo"
)

// touch is how near a line must pass to a cell to touch it, as a share of the
// cell's side. It lies well above the rounding of UTM and degree coordinates
// (about 2e-11 cells of 30 m), so that a line drawn through corners is found
// to go through them.
const touch = 1e-9

// Supercover visits every cell of f that the straight line from a to b
// touches, each once, in no promised order. Edges and corners belong to all
// the cells they bound: a line through a corner touches all four cells round
// it, and a line along an edge the cells on either side. So the cells are the
// same whichever way the line is drawn, and mirror with it. What lies outside
// the frame is left out, at no cost; ends that are not finite give nothing.
func Supercover(f Frame, a, b geo.XY, visit func(col, row int)) {
	x0, y0 := (a.X-f.X0)/f.DX, (f.Y0-a.Y)/f.DY
	x1, y1 := (b.X-f.X0)/f.DX, (f.Y0-b.Y)/f.DY
	if s := x0 + y0 + x1 + y1; math.IsNaN(s - s) {
		return
	}
	if math.Abs(y1-y0) > math.Abs(x1-x0) {
		cover(y0, x0, y1, x1, f.Rows, f.Cols, func(major, minor int) { visit(minor, major) })
		return
	}
	cover(x0, y0, x1, y1, f.Cols, f.Rows, visit)
}

// cover visits the cells that a line touches which runs mostly along x, in
// units of cells. In each column it takes the stretch of y that the line has
// above it; no stretch is longer than a cell, which keeps the rounding small.
func cover(x0, y0, x1, y1 float64, cols, rows int, visit func(x, y int)) {
	if x0 > x1 {
		x0, y0, x1, y1 = x1, y1, x0, y0
	}
	slope := 0.
	if x1 > x0 {
		slope = (y1 - y0) / (x1 - x0)
	}
	at := func(x float64) float64 {
		return y0 + (min(max(x, x0), x1)-x0)*slope
	}
	first, last := touched(x0, x1, cols)
	for x := first; x <= last; x++ {
		ya, yb := at(float64(x)), at(float64(x+1))
		low, high := touched(min(ya, yb), max(ya, yb), rows)
		for y := low; y <= high; y++ {
			visit(x, y)
		}
	}
}

// touched gives the first and last of n cells that the stretch from low to
// high touches; first is above last if there is none.
func touched(low, high float64, n int) (first, last int) {
	a := max(math.Ceil(low-touch)-1, 0)
	b := min(math.Floor(high+touch), float64(n-1))
	if a > b {
		return 0, -1
	}
	return int(a), int(b)
}
