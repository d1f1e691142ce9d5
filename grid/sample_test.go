package grid

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

const plain = `
	0123
	1234
	2345
	3456`

func TestBilinear(t *testing.T) {
	hole := Parse("000\n0?0\n009", 30)
	cases := []struct {
		name     string
		r        *Raster[float32]
		col, row float64
		want     float64
	}{
		{"a centre gives its cell", Parse(plain, 30), 2, 1, 30},
		{"between two centres the mean", Parse(plain, 30), 1.5, 1, 25},
		{"amid four centres the mean", Parse(plain, 30), .5, .5, 10},
		{"the outer half cell takes the nearest centres", Parse(plain, 30), -.5, 3.5, 30},
		{"the last centre", Parse(plain, 30), 3, 3, 60},
		{"beyond the frame is a void", Parse(plain, 30), -.51, 0, math.NaN()},
		{"beyond the south edge is a void", Parse(plain, 30), 0, 3.51, math.NaN()},
		{"not a number is a void", Parse(plain, 30), math.NaN(), 0, math.NaN()},
		{"a void cell is a void", hole, 1, 1, math.NaN()},
		{"nearer to a void than half its weight is a void", hole, 1.2, 1.2, math.NaN()},
		{"half of the weight is enough", hole, 1.5, 1, 0},
		{"a void cell without weight does not count", hole, 2, 2, 90},
		{"the other cells share the void's weight", hole, 1.5, 1.5, 30},
		{"a raster of one cell", Parse("7", 30), .2, -.3, 70},
		{"a raster without cells", Parse("", 30), 0, 0, math.NaN()},
	}
	for _, c := range cases {
		if got := float64(Bilinear(c.r, c.col, c.row)); !same(got, c.want, 1e-4) { // float32 near 100 m
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestCubic(t *testing.T) {
	step := Parse("0000aaaa", 30)
	cases := []struct {
		name     string
		r        *Raster[float32]
		col, row float64
		want     float64
	}{
		{"a centre gives its cell", Parse(plain, 30), 2, 1, 30},
		{"halfway up a step", step, 3.5, 0, 50},
		{"a quarter up a step: the spline's -t^3+3t^2/2+t/2", step, 3.25, 0, 20.3125},
		{"before a step it swings below by a sixteenth", step, 2.5, 0, -6.25},
		{"a hole beside it falls back to bilinear", Parse("00a?", 30), 1.5, 0, 50},
		{"a hole in the way is a void", Parse("00a?", 30), 2.9, 0, math.NaN()},
		{"beyond the frame is a void", step, 8, 0, math.NaN()},
		{"a raster of one cell", Parse("7", 30), .2, -.3, 70},
	}
	for _, c := range cases {
		if got := float64(Cubic(c.r, c.col, c.row)); !same(got, c.want, 1e-4) { // float32 near 100 m
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func same(a, b, tolerance float64) bool {
	return math.Abs(a-b) <= tolerance || a != a && b != b
}

func TestBothKeepPlanes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cols, rows := rapid.IntRange(1, 6).Draw(t, "cols"), rapid.IntRange(1, 6).Draw(t, "rows")
		a, b := rapid.Float64Range(-50, 50).Draw(t, "a"), rapid.Float64Range(-50, 50).Draw(t, "b")
		r := New[float32](Frame{DX: 1, DY: 1, Cols: cols, Rows: rows})
		for i := range r.Data {
			r.Data[i] = float32(a*float64(i%cols) + b*float64(i/cols))
		}
		col := rapid.Float64Range(0, float64(cols-1)).Draw(t, "col")
		row := rapid.Float64Range(0, float64(rows-1)).Draw(t, "row")
		want := a*col + b*row
		// Two float32 roundings of heights up to 500 m, and the weights'
		// overshoot, stay below a millimetre.
		if got := Bilinear(r, col, row); !same(float64(got), want, 1e-3) {
			t.Fatalf("bilinear %v, want %v", got, want)
		}
		if got := Cubic(r, col, row); !same(float64(got), want, 1e-3) {
			t.Fatalf("cubic %v, want %v", got, want)
		}
	})
}

func TestDrawnHeights(t *testing.T) {
	const text = "09a\nz?5\n"
	r := Parse(text, 30)
	if got := Draw(r, Height); got != text {
		t.Errorf("drawn %q, want %q", got, text)
	}
	if r.At(0, 1) != 350 || r.At(2, 1) != 50 || r.Center(0, 1).X != 15 || r.Center(0, 1).Y != 15 {
		t.Errorf("raster %+v", r)
	}
	if got := string([]rune{Height(-1), Height(99.9), Height(359), Height(360)}); got != "-9z+" {
		t.Errorf("marks %q", got)
	}
	for _, bad := range []string{"01\n0", "0A"} {
		if !panics(func() { Parse(bad, 30) }) {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}
