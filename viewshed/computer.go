package viewshed

import (
	"fmt"
	"image"
	"math"

	"vedette/geo"
	"vedette/grid"
)

// Computer computes one viewshed after the other and keeps its scratch memory
// in between: about 12 bytes for each cell within range. The zero value is
// ready. It serves one goroutine at a time; what it returns is the caller's.
type Computer struct {
	view
	turned     [2][]float32 // ground and screen of the window, rows and columns exchanged
	turnedBits []uint64
	sides      scratch
	blocks     blocks
}

// view is an observer on its surface.
type view struct {
	s        Surface
	o        Observer
	p        Params
	window   image.Rectangle
	eye      float64 // height of the eyes
	lowering float64 // cc/(2a), per metre
}

// Compute is the viewshed of one observer, as the package's Compute.
func (c *Computer) Compute(s Surface, o Observer, p Params) (*Seen, error) {
	if err := check(s, o, p); err != nil {
		return nil, err
	}
	c.view = look(s, o, p)
	out := newSeen(c.window)
	if p.Mode == Exact {
		c.lines(out)
	} else {
		c.run(sink{seen: out, target: p.Target})
	}
	out.set(o.Col, o.Row)
	c.limit(out)
	c.view = view{}
	return out, nil
}

// Heights is as the package's Heights.
func (c *Computer) Heights(s Surface, o Observer, p Params) (*grid.Raster[float32], error) {
	if p.Mode == Exact {
		return nil, fmt.Errorf("minimum visible heights: mode %q gives verdicts only; use %q or %q", Exact, Ray, GDAL)
	}
	if err := check(s, o, p); err != nil {
		return nil, err
	}
	o.MinElevation, o.MaxElevation = 0, 0
	c.view = look(s, o, p)
	out := grid.New[float32](s.Ground.Window(c.window))
	for i := range out.Data {
		out.Data[i] = float32(math.NaN())
	}
	c.run(sink{heights: out})
	out.Set(o.Col-c.window.Min.X, o.Row-c.window.Min.Y, 0)
	whole := newSeen(c.window)
	whole.fill()
	c.limit(whole)
	for row := range out.Rows {
		for col := range out.Cols {
			if !whole.At(col+c.window.Min.X, row+c.window.Min.Y) {
				out.Set(col, row, float32(math.NaN()))
			}
		}
	}
	c.view = view{}
	return out, nil
}

func look(s Surface, o Observer, p Params) view {
	v := view{s: s, o: o, p: p}
	v.eye = float64(s.Ground.At(o.Col, o.Row)) + o.Height
	v.lowering = p.Curvature / (2 * geo.SemiMajorAxis)
	cols, rows := reach(o.MaxRange, s.Ground.DX, s.Ground.Cols), reach(o.MaxRange, s.Ground.DY, s.Ground.Rows)
	v.window = image.Rect(o.Col-cols, o.Row-rows, o.Col+cols+1, o.Row+rows+1).Intersect(s.Ground.Bounds())
	return v
}

// reach is the number of cells of a side within a distance, at most most.
func reach(distance, side float64, most int) int {
	n := int(math.Min(distance/side, float64(most)))
	for n > 0 && float64(n)*side > distance {
		n--
	}
	return n
}

// run gives the need of every cell within range to out, wedge by wedge.
func (c *Computer) run(out sink) {
	c.turn()
	stride := (c.window.Dy() + 63) / 64
	c.turnedBits = resize(c.turnedBits, stride*c.window.Dx())
	clear(c.turnedBits)
	at := image.Pt(c.o.Col, c.o.Row).Sub(c.window.Min)
	for _, dir := range [2]int{-1, 1} {
		c.wedge(c.upright(at, dir), out)
		c.wedge(c.sideways(at, dir), out.turn(c.turnedBits, stride))
	}
	if out.seen != nil {
		out.seen.turnInto(c.turnedBits, stride)
	}
}

// upright is the wedge to the north (dir -1) or south of the observer, on the
// rasters as they are.
func (c *Computer) upright(at image.Point, dir int) *wedge {
	f := c.s.Ground.Frame
	from := c.window.Min.Y*f.Cols + c.window.Min.X
	w := &wedge{view: &c.view, along: f.DY, across: f.DX, dir: dir, row: at.Y, col: at.X, width: c.window.Dx(), height: c.window.Dy()}
	w.ground = sheet{c.s.Ground.Data[from:], f.Cols}
	w.screen = sheet{c.s.Screen.Data[from:], f.Cols}
	w.bare = c.bare()
	return w
}

// sideways is the wedge to the west (dir -1) or east, on the turned copy.
func (c *Computer) sideways(at image.Point, dir int) *wedge {
	f := c.s.Ground.Frame
	w := &wedge{view: &c.view, turned: true, along: f.DX, across: f.DY, dir: dir, row: at.X, col: at.Y, width: c.window.Dy(), height: c.window.Dx()}
	w.ground = sheet{c.turned[0], w.width}
	w.screen = w.ground
	if w.bare = c.bare(); !w.bare {
		w.screen = sheet{c.turned[1], w.width}
	}
	return w
}

// bare tells whether nothing stands on the ground.
func (v *view) bare() bool { return v.s.Screen == v.s.Ground }

// turn copies what the wedges to the east and west need, with rows and columns
// exchanged, so that they too run along memory.
func (c *Computer) turn() {
	for i, r := range [2]*grid.Raster[float32]{c.s.Ground, c.s.Screen} {
		if i == 1 && c.bare() {
			return
		}
		c.turned[i] = resize(c.turned[i], c.window.Dx()*c.window.Dy())
		c.turnWindow(c.turned[i], r)
	}
}

// turnSide is the side of the blocks that turn copies: 32 rows of 128 bytes
// stay in the first level cache.
const turnSide = 32

func (c *Computer) turnWindow(dst []float32, src *grid.Raster[float32]) {
	w := c.window
	for row := w.Min.Y; row < w.Max.Y; row += turnSide {
		for col := w.Min.X; col < w.Max.X; col += turnSide {
			b := image.Rect(col, row, col+turnSide, row+turnSide).Intersect(w)
			if c.beside(b) {
				at := (b.Min.X-w.Min.X)*w.Dy() + b.Min.Y - w.Min.Y
				turnBlock(dst[at:], w.Dy(), src, b)
			}
		}
	}
}

// beside tells whether a block reaches into the wedges to the east or west,
// widened by the two cells that the rays look beyond them.
func (c *Computer) beside(b image.Rectangle) bool {
	farCol := max(c.o.Col-b.Min.X, b.Max.X-1-c.o.Col)
	nearRow := max(0, b.Min.Y-c.o.Row, c.o.Row-(b.Max.Y-1))
	return nearRow <= farCol+2
}

func turnBlock(dst []float32, stride int, src *grid.Raster[float32], b image.Rectangle) {
	for row := b.Min.Y; row < b.Max.Y; row++ {
		at := row - b.Min.Y
		for _, z := range src.Row(row)[b.Min.X:b.Max.X] {
			dst[at] = z
			at += stride
		}
	}
}

// resize gives a slice of n values, whose content is undefined.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
