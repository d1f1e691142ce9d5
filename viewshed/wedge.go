package viewshed

import (
	"math"
)

// sheet is rows of heights with a stride.
type sheet struct {
	data   []float32
	stride int
}

// wedge is a quarter of the window, between two diagonals: the rows that lead
// away from the observer, row j holding the cells -j to j across. The two
// halves of a row are treated as one orientation, counted outwards from the
// middle, so that mirrored ground gives mirrored bits.
//
// Heights are slopes: height above the eye, lowered by curvature, by row. The
// line of sight is then a level, and a horizon is carried outwards unchanged.
type wedge struct {
	*view
	ground, screen sheet
	bare           bool    // screen is ground
	turned         bool    // rows are the columns of the surface
	along, across  float64 // metres from row to row and from cell to cell
	dir            int     // rows go up (-1) or down (1)
	row, col       int     // the observer's, in the sheets
	width, height  int     // of the sheets
}

// rows is the number of rows in range and on the sheet.
func (w *wedge) rows() int {
	n := w.row
	if w.dir > 0 {
		n = w.height - 1 - w.row
	}
	for n > 0 && float64(n)*w.along > w.o.MaxRange {
		n--
	}
	return n
}

// edge is the last cell of the sheet on a side, counted from the middle.
func (w *wedge) edge(side int) int {
	if side < 0 {
		return w.col
	}
	return w.width - 1 - w.col
}

// cells is the number of cells in half of row j: in range, on the sheet, and
// up to the diagonal, which belongs to both wedges.
func (w *wedge) cells(j, side int) int {
	y := float64(j) * w.along
	limit := w.o.MaxRange * w.o.MaxRange
	inside := func(k int) bool {
		x := float64(k) * w.across
		return float64(x*x)+float64(y*y) <= limit
	}
	k := min(j, w.edge(side), int(math.Sqrt(math.Max(0, limit-y*y))/w.across)+1)
	for k > 0 && !inside(k) {
		k--
	}
	return k + 1
}

// slopes fills dst with the first cells of half of row j of a sheet.
func (w *wedge) slopes(dst []float64, s sheet, j, side int, bend []float64) {
	row := s.data[(w.row+w.dir*j)*s.stride:][:w.width]
	y := float64(j) * w.along
	fall := w.lowering * (y * y)
	per := 1 / float64(j)
	if side > 0 {
		slopeAhead(dst, row[w.col:], bend, w.eye+fall, per)
	} else {
		slopeBack(dst, row[w.col+1-len(dst):w.col+1], bend, w.eye+fall, per)
	}
	if j < len(dst) { // on the diagonal, both wedges must give the same bits
		z := float64(row[w.col+side*j])
		dst[j] = float64(z-w.eye-(fall+bend[j])) * per
	}
}

// slopeAhead turns heights into slopes: eye is the height of the eyes plus the
// fall of the row, bend the fall across, per one by the row.
func slopeAhead(dst []float64, z []float32, bend []float64, eye, per float64) {
	z, bend = z[:len(dst)], bend[:len(dst)]
	for i := range dst {
		dst[i] = (float64(z[i]) - eye - bend[i]) * per
	}
}

// slopeBack is slopeAhead with z counted from its end.
func slopeBack(dst []float64, z []float32, bend []float64, eye, per float64) {
	z, bend = z[:len(dst)], bend[:len(dst)]
	for i, k := 0, len(z)-1; i < len(dst); i, k = i+1, k-1 {
		dst[i] = (float64(z[k]) - eye - bend[i]) * per
	}
}

// scratch is the memory of half a wedge.
type scratch struct {
	bend    []float64 // fall across the row by curvature
	ground  []float64 // slopes of the row
	screen  []float64
	before  []float64 // screen of the row before
	horizon []float64
	need    []float64 // height above ground from which each cell is seen
	fans    []fan
}

// fit makes room for n cells across a wedge.
func (s *scratch) fit(n int, w *wedge) {
	s.bend = resize(s.bend, n)
	s.ground = resize(s.ground, n)
	s.screen = resize(s.screen, n)
	s.before = resize(s.before, n)
	s.horizon = resize(s.horizon, n)
	s.need = resize(s.need, n)
	for k := range s.bend {
		x := float64(k) * w.across
		s.bend[k] = w.lowering * (x * x)
	}
}

// wedge gives the need of every cell of a wedge to out.
func (c *Computer) wedge(w *wedge, out sink) {
	rows := w.rows()
	m := &c.sides
	m.fit(rows+3, w)
	for _, side := range [2]int{-1, 1} {
		if w.p.Mode == GDAL {
			w.planes(m, rows, side, out)
		} else {
			w.rays(m, rows, side, out)
		}
	}
}
