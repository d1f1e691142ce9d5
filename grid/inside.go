package grid

import (
	"cmp"
	"image"
	"math"
	"slices"

	"vedette/geo"
)

// Inside visits the cells of f whose centres lie in a ring, row by row. A
// ring that crosses itself is inside where an odd number of turns surround it.
func Inside(f Frame, ring []geo.XY, visit func(col, row int)) {
	box := boxOf(f, ring)
	for row := box.Min.Y; row < box.Max.Y; row++ {
		cuts := cuts(f, ring, row)
		for i := 0; i+1 < len(cuts); i += 2 {
			from := max(box.Min.X, int(math.Ceil(cuts[i])))
			for col := from; col < box.Max.X && float64(col) < cuts[i+1]; col++ {
				visit(col, row)
			}
		}
	}
}

// boxOf is the cells of f that can lie in a ring.
func boxOf(f Frame, ring []geo.XY) image.Rectangle {
	var box image.Rectangle
	for i, p := range ring {
		c, r := f.Locate(p)
		at := image.Rect(int(math.Floor(c)), int(math.Floor(r)), int(math.Ceil(c))+1, int(math.Ceil(r))+1)
		if i == 0 {
			box = at
		}
		box = box.Union(at)
	}
	return box.Intersect(f.Bounds())
}

// cuts gives the fractional columns at which a ring crosses the middle of a
// row, in order.
func cuts(f Frame, ring []geo.XY, row int) []float64 {
	var cuts []float64
	y := f.Center(0, row).Y
	for i := range ring {
		a, b := ring[i], ring[(i+1)%len(ring)]
		if (a.Y > y) == (b.Y > y) {
			continue
		}
		x := a.X + (y-a.Y)/(b.Y-a.Y)*(b.X-a.X)
		col, _ := f.Locate(geo.XY{X: x, Y: y})
		cuts = append(cuts, col)
	}
	slices.SortFunc(cuts, cmp.Compare[float64])
	return cuts
}
