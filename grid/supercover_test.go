package grid

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"vedette/geo"
)

// drawLine marks the cells of a line between two places given in cells from
// the north-west corner, on cells of 30 m.
func drawLine(t rapid.TB, cols, rows int, x0, y0, x1, y1 float64) *Raster[int] {
	f := Frame{X0: 300, Y0: 9000, DX: 30, DY: 30, Cols: cols, Rows: rows}
	r := New[int](f)
	at := func(x, y float64) geo.XY { return geo.XY{X: f.X0 + 30*x, Y: f.Y0 - 30*y} }
	Supercover(f, at(x0, y0), at(x1, y1), func(col, row int) { r.Set(col, row, r.At(col, row)+1) })
	for i, n := range r.Data {
		if n > 1 {
			t.Fatalf("cell %d, %d was visited %d times", i%cols, i/cols, n)
		}
	}
	return r
}

func mark(n int) rune { return []rune(".#")[n] }

func TestSupercover(t *testing.T) {
	cases := []struct {
		name           string
		x0, y0, x1, y1 float64
		want           string
	}{
		{"a level line inside a row", .5, 1.5, 4.5, 1.5, ".....\n#####\n.....\n.....\n"},
		{"a line along an edge touches both sides", 1.5, 2, 3.5, 2, ".....\n.###.\n.###.\n.....\n"},
		{"a diagonal through corners takes both neighbours of each", .5, .5, 3.5, 3.5, "##...\n###..\n.###.\n..##.\n"},
		{"the same the other way round", 3.5, 3.5, .5, .5, "##...\n###..\n.###.\n..##.\n"},
		{"a rising diagonal", .5, 3.5, 3.5, .5, "..##.\n.###.\n###..\n##...\n"},
		{"a gentle slope changes rows where it crosses", .5, .5, 4.5, 1.5, "###..\n..###\n.....\n.....\n"},
		{"a steep line", 2.25, -5, 2.75, 9, "..#..\n..#..\n..#..\n..#..\n"},
		{"a point inside one cell", 3.5, 2.5, 3.5, 2.5, ".....\n.....\n...#.\n.....\n"},
		{"a point on a corner touches four cells", 2, 2, 2, 2, ".....\n.##..\n.##..\n.....\n"},
		{"a line beyond the frame touches nothing", -3, -3, -3, 9, ".....\n.....\n.....\n.....\n"},
		{"a line along the frame's edge touches what is inside", 0, -9, 0, 9, "#....\n#....\n#....\n#....\n"},
		{"far ends cost nothing", -1e15, 1.5, 1e15, 1.5, ".....\n#####\n.....\n.....\n"},
		{"an end that is not finite gives nothing", .5, .5, math.Inf(1), .5, ".....\n.....\n.....\n.....\n"},
	}
	for _, c := range cases {
		if got := Draw(drawLine(t, 5, 4, c.x0, c.y0, c.x1, c.y1), mark); got != c.want {
			t.Errorf("%s:\n%swant\n%s", c.name, got, c.want)
		}
	}
}

// meets is the brute force: whether a segment meets the closed cell col, row.
// All the places are multiples of a quarter, so the products are exact.
func meets(x0, y0, x1, y1 float64, col, row int) bool {
	// Two convex shapes meet unless an axis parts them: x, y, or the normal
	// of the line.
	if max(x0, x1) < float64(col) || min(x0, x1) > float64(col+1) || max(y0, y1) < float64(row) || min(y0, y1) > float64(row+1) {
		return false
	}
	var above, below bool
	for _, c := range [4][2]int{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
		side := (x1-x0)*(float64(row+c[1])-y0) - (y1-y0)*(float64(col+c[0])-x0)
		above = above || side >= 0
		below = below || side <= 0
	}
	return above && below
}

func TestSupercoverIsEveryCellTheLineMeets(t *testing.T) {
	const cols, rows = 9, 8
	quarter := rapid.Map(rapid.IntRange(-12, 48), func(n int) float64 { return float64(n) / 4 })
	rapid.Check(t, func(t *rapid.T) {
		x0, y0, x1, y1 := quarter.Draw(t, "x0"), quarter.Draw(t, "y0"), quarter.Draw(t, "x1"), quarter.Draw(t, "y1")
		r := drawLine(t, cols, rows, x0, y0, x1, y1)
		for i, n := range r.Data {
			if want := meets(x0, y0, x1, y1, i%cols, i/cols); (n == 1) != want {
				t.Fatalf("cell %d, %d: visited %v, met %v\n%s", i%cols, i/cols, n == 1, want, Draw(r, mark))
			}
		}
	})
}
