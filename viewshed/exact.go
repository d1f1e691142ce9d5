package viewshed

import (
	"image"
	"math"

	"vedette/geo"
	"vedette/grid"
)

// The exact mode is its definition: the line from eye to target is cut where
// the screen, linear between neighbouring cell centres, stands above it at a
// row or column of centres between the two, or where a wall does. The line is
// always followed from the upper left of its two ends, in the same arithmetic,
// so that sight is mutual to the last bit. A crossing n of all steps from a is
// compared by
//
//	z*all + bulge*n*(all-n)/all > a.z*(all-n) + b.z*n
//
// with z*all the sum of the two cells' heights by whole parts: without
// divisions, heights of whole metres that just touch the line do so exactly, and
// mirroring exchanges the operands of sums only, which keeps every bit.
//
// What makes it fast is a table of the highest screen in blocks of cells:
// where the line passes above a whole block, its crossings are not looked at.

// blockSide is the side of a block of the table.
const blockSide = 16

// blocks is the highest screen of each block of a window, with the first row
// and column of the next.
type blocks struct {
	origin  image.Point
	across  int
	highest []float32
}

func (b *blocks) fit(s Surface, window image.Rectangle) {
	b.origin = window.Min
	b.across = (window.Dx() + blockSide - 1) / blockSide
	down := (window.Dy() + blockSide - 1) / blockSide
	b.highest = resize(b.highest, b.across*down)
	for i := range b.highest {
		at := window.Min.Add(image.Pt(i%b.across*blockSide, i/b.across*blockSide))
		r := image.Rectangle{Min: at, Max: at.Add(image.Pt(blockSide+1, blockSide+1))}.Intersect(window)
		b.highest[i] = highest(s.Screen, r)
	}
}

func highest(r *grid.Raster[float32], in image.Rectangle) float32 {
	top := float32(math.Inf(-1))
	for row := in.Min.Y; row < in.Max.Y; row++ {
		for _, z := range r.Row(row)[in.Min.X:in.Max.X] {
			if z > top {
				top = z
			}
		}
	}
	return top
}

// lines gives every cell in range its own line of sight.
func (c *Computer) lines(out *Seen) {
	c.blocks.fit(c.s, c.window)
	limit := c.o.MaxRange * c.o.MaxRange
	eye := end{image.Pt(c.o.Col, c.o.Row), c.eye}
	for row := c.window.Min.Y; row < c.window.Max.Y; row++ {
		for col := c.window.Min.X; col < c.window.Max.X; col++ {
			ground := float64(c.s.Ground.At(col, row))
			if ground != ground || c.distance2(col, row) > limit {
				continue
			}
			target := end{image.Pt(col, row), ground + c.p.Target}
			if l := c.line(eye, target); !l.cut(&c.blocks) {
				out.set(col, row)
			}
		}
	}
}

// end is an end of a line of sight: a cell and a height.
type end struct {
	at image.Point
	z  float64
}

// sightLine is a line of sight between two cells, from the upper left one.
type sightLine struct {
	s       *Surface
	a, b    end
	dc, dr  int
	bulge   float64 // the Earth's bulge in the middle, times four
	lengthM float64
}

func (v *view) line(a, b end) sightLine {
	if b.at.Y < a.at.Y || b.at.Y == a.at.Y && b.at.X < a.at.X {
		a, b = b, a
	}
	l := sightLine{s: &v.s, a: a, b: b, dc: b.at.X - a.at.X, dr: b.at.Y - a.at.Y}
	dx, dy := float64(l.dc)*v.s.Ground.DX, float64(l.dr)*v.s.Ground.DY
	d2 := float64(dx*dx) + float64(dy*dy)
	l.bulge, l.lengthM = v.lowering*d2, math.Sqrt(d2)
	return l
}

// height is that of the line at a part t of its length.
func (l *sightLine) height(t float64) float64 {
	return l.a.z + float64(t*(l.b.z-l.a.z)) - float64(l.bulge*float64(t*(1-t)))
}

// cut tells whether anything stands above the line.
func (l *sightLine) cut(b *blocks) bool {
	if l.dr >= abs(l.dc) {
		for from := l.a.at.Y; from < l.b.at.Y; from = nextBlock(from, b.origin.Y) {
			if l.cutRows(b, from, min(nextBlock(from, b.origin.Y), l.b.at.Y)) {
				return true
			}
		}
		return l.walled()
	}
	// Columns are walked from the left, whichever way the line runs.
	left, right := min(l.a.at.X, l.b.at.X), max(l.a.at.X, l.b.at.X)
	for from := left; from < right; from = nextBlock(from, b.origin.X) {
		if l.cutCols(b, from, min(nextBlock(from, b.origin.X), right)) {
			return true
		}
	}
	return l.walled()
}

func abs(n int) int { return max(n, -n) }

// nextBlock is where the block after the one that holds i begins.
func nextBlock(i, origin int) int { return ((i-origin)/blockSide+1)*blockSide + origin }

// cutRows looks at the stretch between two rows of one row of blocks.
func (l *sightLine) cutRows(b *blocks, from, to int) bool {
	t0, t1 := float64(from-l.a.at.Y)/float64(l.dr), float64(to-l.a.at.Y)/float64(l.dr)
	c0, c1 := l.colAt(from), l.colAt(to)
	west, east := min(c0, c1), max(c0, c1)+1
	if l.above(b, image.Rect(west, from, east, to), t0, t1) {
		return false
	}
	for row := from; row <= to; row++ {
		if l.cutAtRow(row) {
			return true
		}
	}
	for col := west; col <= east; col++ {
		if l.cutAtCol(col) {
			return true
		}
	}
	return false
}

// cutCols looks at the stretch between two columns of one column of blocks.
func (l *sightLine) cutCols(b *blocks, from, to int) bool {
	t0, t1 := float64(from-l.a.at.X)/float64(l.dc), float64(to-l.a.at.X)/float64(l.dc)
	r0, r1 := l.rowAt(from), l.rowAt(to)
	north, south := min(r0, r1), max(r0, r1)+1
	if l.above(b, image.Rect(from, north, to, south), min(t0, t1), max(t0, t1)) {
		return false
	}
	for col := from; col <= to; col++ {
		if l.cutAtCol(col) {
			return true
		}
	}
	for row := north; row <= south; row++ {
		if l.cutAtRow(row) {
			return true
		}
	}
	return false
}

// above tells whether the line passes above all cells of the blocks that r
// touches, between the parts t0 and t1 of its length. The line sags below its
// chord there by at most a quarter of the bulge's share; a micrometre allows
// for rounding.
func (l *sightLine) above(b *blocks, r image.Rectangle, t0, t1 float64) bool {
	dt := t1 - t0
	lowest := min(l.height(t0), l.height(t1)) - l.bulge*dt*dt/4 - 1e-6
	r = r.Sub(b.origin)
	for row := max(r.Min.Y, 0) / blockSide; row <= (r.Max.Y-1)/blockSide; row++ {
		for col := max(r.Min.X, 0) / blockSide; col <= (r.Max.X-1)/blockSide; col++ {
			if i := row*b.across + col; col < b.across && i < len(b.highest) && float64(b.highest[i]) > lowest {
				return false
			}
		}
	}
	return true
}

// colAt is the column at or west of the line in a row.
func (l *sightLine) colAt(row int) int {
	q, _ := floorDiv(l.dc*(row-l.a.at.Y), l.dr)
	return l.a.at.X + q
}

// rowAt is the row at or north of the line in a column.
func (l *sightLine) rowAt(col int) int {
	q, _ := floorDiv(l.dr*(col-l.a.at.X), l.dc)
	return l.a.at.Y + q
}

// floorDiv divides rounding down; rest has the sign of b.
func floorDiv(a, b int) (q, rest int) {
	q, rest = a/b, a%b
	if rest != 0 && (rest < 0) != (b < 0) {
		q, rest = q-1, rest+b
	}
	return q, rest
}

// cutAtRow tells whether the screen stands above the line where it crosses a
// row strictly between its ends.
func (l *sightLine) cutAtRow(row int) bool {
	n := row - l.a.at.Y
	if n <= 0 || n >= l.dr {
		return false
	}
	q, rest := floorDiv(l.dc*n, l.dr)
	line := l.s.Screen.Row(row)[l.a.at.X+q:]
	z := float64(float64(line[0]) * float64(l.dr-rest))
	if rest != 0 {
		z += float64(float64(line[1]) * float64(rest))
	}
	return l.below(z, n, l.dr)
}

// cutAtCol is cutAtRow for a column.
func (l *sightLine) cutAtCol(col int) bool {
	n := col - l.a.at.X
	if n == 0 || abs(n) >= abs(l.dc) || (n < 0) != (l.dc < 0) {
		return false
	}
	q, rest := floorDiv(l.dr*n, l.dc)
	s, all := l.s.Screen, abs(l.dc)
	rest = abs(rest)
	z := float64(float64(s.At(col, l.a.at.Y+q)) * float64(all-rest))
	if rest != 0 {
		z += float64(float64(s.At(col, l.a.at.Y+q+1)) * float64(rest))
	}
	return l.below(z, abs(n), all)
}

// below tells whether the line lies below a height, given times all, after n of
// all steps.
func (l *sightLine) below(z float64, n, all int) bool {
	left := all - n
	z += float64(l.bulge * (float64(n*left) / float64(all)))
	return z > float64(l.a.z*float64(left))+float64(l.b.z*float64(n))
}

// walled tells whether a wall stands above the line, further than half a cell
// from both ends.
func (l *sightLine) walled() bool {
	if len(l.s.Walls) == 0 || max(abs(l.dc), l.dr) <= 1 { // nothing hides a neighbour
		return false
	}
	g := l.s.Ground
	from, to := g.Center(l.a.at.X, l.a.at.Y), g.Center(l.b.at.X, l.b.at.Y)
	half := min(g.DX, g.DY) / 2
	for i := range l.s.Walls {
		w := &l.s.Walls[i]
		t, ok := crossing(from, to, w)
		if !ok || t*l.lengthM < half || (1-t)*l.lengthM < half {
			continue
		}
		col, row := float64(l.a.at.X)+t*float64(l.dc), float64(l.a.at.Y)+t*float64(l.dr)
		if float64(grid.Bilinear(g, col, row))+w.Height > l.height(t) {
			return true
		}
	}
	return false
}

// crossing gives the part of the way between two places at which a wall
// crosses it.
func crossing(from, to geo.XY, w *grid.Wall) (t float64, ok bool) {
	dx, dy := to.X-from.X, to.Y-from.Y
	wx, wy := w.B.X-w.A.X, w.B.Y-w.A.Y
	det := dx*wy - dy*wx
	if det == 0 {
		return 0, false
	}
	ax, ay := w.A.X-from.X, w.A.Y-from.Y
	t, u := (ax*wy-ay*wx)/det, (ax*dy-ay*dx)/det
	return t, t >= 0 && t <= 1 && u >= 0 && u <= 1
}
