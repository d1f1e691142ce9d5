package viewshed

import (
	"fmt"
	"image"
	"math"
	"testing"

	"pgregory.net/rapid"

	"vedette/geo"
	"vedette/grid"
)

// seams are the directions of the rays that two halves of a fan share.
var seams = []image.Point{{X: 0, Y: -1}, {X: 1, Y: -1}, {X: 1, Y: 0}, {X: 1, Y: 1}, {X: 0, Y: 1}, {X: -1, Y: 1}, {X: -1, Y: 0}, {X: -1, Y: -1}}

// beside gives the place so many steps ahead along a seam and aside of it, to
// the right looking outwards, in cells of f seen from the centre of a cell.
func beside(f grid.Frame, o Observer, seam image.Point, ahead, aside float64) geo.XY {
	at := f.Center(o.Col, o.Row)
	x, y := float64(seam.X), float64(-seam.Y)
	return geo.XY{X: at.X + f.DX*(ahead*x+aside*y), Y: at.Y + f.DY*(ahead*y-aside*x)}
}

func TestAWallThatEndsOnASeamHidesAlongIt(t *testing.T) {
	// The wall comes from one side and ends on the ray; the eyes are as high as
	// the wall, so a target behind it must be as high as well.
	g := flat(11, 30)
	o := Observer{Col: 5, Row: 5, Height: 1, MaxRange: 1000}
	for _, seam := range seams {
		for _, aside := range []float64{-1.5, -.25, .25, 1.5} {
			s := Surface{Ground: g, Screen: g, Walls: []grid.Wall{{
				A: beside(g.Frame, o, seam, 2.25, aside), B: beside(g.Frame, o, seam, 1.25, 0), Height: 1,
			}}}
			t.Run(fmt.Sprintf("ahead %v, from %g", seam, aside), func(t *testing.T) {
				behind := image.Pt(o.Col, o.Row).Add(seam.Mul(4))
				hides(t, s, o, behind, 1)
			})
		}
	}
}

func TestAVoidBesideASeamTakesNoWallAway(t *testing.T) {
	// Straight on, the ground under a wall is that of the two cells it crosses
	// between; the cells beside them have no weight.
	o := Observer{Col: 5, Row: 5, Height: 1, MaxRange: 1000}
	for _, seam := range []image.Point{{X: 0, Y: -1}, {X: 1, Y: 0}, {X: 0, Y: 1}, {X: -1, Y: 0}} {
		right := image.Pt(-seam.Y, seam.X)
		for _, hole := range []image.Point{seam.Add(right), seam.Sub(right)} {
			t.Run(fmt.Sprintf("ahead %v, void at %v", seam, hole), func(t *testing.T) {
				g := flat(11, 30)
				g.Set(o.Col+hole.X, o.Row+hole.Y, float32(math.NaN()))
				s := Surface{Ground: g, Screen: g, Walls: []grid.Wall{{
					A: beside(g.Frame, o, seam, 1.25, -1), B: beside(g.Frame, o, seam, 1.25, 1), Height: 1,
				}}}
				hides(t, s, o, image.Pt(o.Col, o.Row).Add(seam.Mul(4)), 1)
			})
		}
	}
}

// hides wants a cell hidden in the ray and exact modes, and seen from a height
// on.
func hides(t *testing.T, s Surface, o Observer, behind image.Point, height float64) {
	t.Helper()
	for _, mode := range []Mode{Ray, Exact} {
		seen, err := Compute(s, o, Params{Mode: mode})
		if err != nil {
			t.Fatal(err)
		}
		if seen.At(behind.X, behind.Y) {
			t.Errorf("%s: %v is seen through the wall", mode, behind)
		}
	}
	least, err := Heights(s, o, Params{Mode: Ray})
	if err != nil {
		t.Fatal(err)
	}
	if got := float64(least.At(behind.X, behind.Y)); math.Abs(got-height) > 1e-6 { // the rounding of float32
		t.Errorf("%v: the least height is %g m, want %g", behind, got, height)
	}
}

// TestTheHalvesOfAWedgeAgreeOnTheirSeams runs each half on its own: what two of
// them say of a cell must be the same bits, on any ground, with voids, and with
// walls that lie on the corners and the centres of cells.
func TestTheHalvesOfAWedgeAgreeOnTheirSeams(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := rough(t, 40)
		g.DY = rapid.SampledFrom([]float64{30, 25}).Draw(t, "dy")
		o, p := anyObserver(t, g.Frame), anyParams(t)
		p.Mode = rapid.SampledFrom([]Mode{Ray, GDAL}).Draw(t, "mode with halves")
		sinkHoles(t, g, o)
		s := Surface{Ground: g, Screen: g, Walls: append(anyWalls(t, g.Frame), snappedWalls(t, g.Frame)...)}

		var c Computer
		c.view = look(s, o, p)
		c.turn()
		at := image.Pt(o.Col, o.Row).Sub(c.window.Min)
		first := map[image.Point]float32{}
		for _, dir := range [2]int{-1, 1} {
			for _, w := range []*wedge{c.upright(at, dir), c.sideways(at, dir)} {
				for _, side := range [2]int{-1, 1} {
					for cell, h := range halfHeights(&c, w, side) {
						if was, ok := first[cell]; ok && math.Float32bits(was) != math.Float32bits(h) {
							t.Fatalf("%s: %v, from %v: one half says %v, the other %v", p.Mode, cell, at, was, h)
						}
						first[cell] = h
					}
				}
			}
		}
	})
}

// halfHeights are the least heights by cell of one half of a wedge.
func halfHeights(c *Computer, w *wedge, side int) map[image.Point]float32 {
	nowhere := float32(math.Inf(-1))
	out := sink{heights: grid.New[float32](w.s.Ground.Window(w.window))}
	if w.turned {
		out = out.turn(nil, 0)
	}
	for i := range out.heights.Data {
		out.heights.Data[i] = nowhere
	}
	rows, m := w.rows(), &c.sides
	m.fit(rows+3, w)
	if w.p.Mode == GDAL {
		w.planes(m, rows, side, out)
	} else {
		w.rays(m, rows, side, out)
	}
	cells := map[image.Point]float32{}
	for i, h := range out.heights.Data {
		if h != nowhere {
			cells[image.Pt(i%out.heights.Cols, i/out.heights.Cols)] = h
		}
	}
	return cells
}

// sinkHoles makes some cells voids, but not the observer's.
func sinkHoles(t *rapid.T, g *grid.Raster[float32], o Observer) {
	for range rapid.IntRange(0, 6).Draw(t, "holes") {
		col, row := rapid.IntRange(0, g.Cols-1).Draw(t, "hole col"), rapid.IntRange(0, g.Rows-1).Draw(t, "hole row")
		if col != o.Col || row != o.Row {
			g.Set(col, row, float32(math.NaN()))
		}
	}
}

// snappedWalls are walls between corners, centres and middles of the sides of
// cells.
func snappedWalls(t *rapid.T, f grid.Frame) []grid.Wall {
	var walls []grid.Wall
	for range rapid.IntRange(0, 4).Draw(t, "snapped walls") {
		at := func() geo.XY {
			i, j := rapid.IntRange(0, 2*f.Cols).Draw(t, "half cols"), rapid.IntRange(0, 2*f.Rows).Draw(t, "half rows")
			return geo.XY{X: f.X0 + float64(i)*f.DX/2, Y: f.Y0 - float64(j)*f.DY/2}
		}
		walls = append(walls, grid.Wall{A: at(), B: at(), Height: float64(rapid.IntRange(0, 20).Draw(t, "whole height"))})
	}
	return walls
}

func TestAVoidBesideADiagonalMovesNoHorizonOnIt(t *testing.T) {
	// Rounding may place the diagonal ray a hair before its cell, where the slope
	// of a void beside it would show.
	const rows, j = 321, 161
	if reach := float64(dense * rows); reach*(j/reach) >= j {
		t.Fatal("rounding moves nothing here; choose another row")
	}
	g := flat(rows+1, 30)
	g.Set(j, j, 10)
	g.Set(j-1, j, float32(math.NaN()))
	g.Set(j, j-1, float32(math.NaN()))
	least, err := Heights(Surface{Ground: g, Screen: g}, Observer{Height: 2, MaxRange: 30_000}, Params{})
	if err != nil {
		t.Fatal(err)
	}
	want := 2 + 8*float64(rows)/j
	if got := float64(least.At(rows, rows)); math.Abs(got-want) > 1e-5 { // ten times the rounding of float32
		t.Errorf("behind the post the least height is %.6f m, want %.6f", got, want)
	}
}

func TestTheGroundUnderADiagonalKeepsItsBitsWhenTurned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := flat(4, 30)
		for i := range g.Data {
			g.Data[i] = rapid.Float32Range(-400, 4000).Draw(t, "height")
		}
		var c Computer
		c.view = look(Surface{Ground: g, Screen: g}, Observer{MaxRange: 1000}, Params{})
		c.turn()
		at := rapid.Float64Range(0, 3).Draw(t, "along the diagonal")
		upright, turned := c.upright(image.Point{}, 1).groundAt(at, at, 1), c.sideways(image.Point{}, 1).groundAt(at, at, 1)
		if upright != turned {
			t.Fatalf("the ground at %g, %g is %v m, turned %v m", at, at, upright, turned)
		}
	})
}
