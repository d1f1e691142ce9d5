package viewshed

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"vedette/geo"
	"vedette/grid"
)

// modes that every property holds for.
var modes = []Mode{Ray, GDAL, Exact}

// drawn is terrain drawn as text, in cells of 30 m.
func drawn(text string) *grid.Raster[float32] {
	r := grid.Parse(text, 30)
	r.CRS = 32637
	return r
}

// TestDrawn compares viewsheds of drawn terrain with drawn answers: a digit is
// ten metres, # is seen, @ the observer. Rewrite them with -rewrite.
func TestDrawn(t *testing.T) {
	var ground *grid.Raster[float32]
	datadriven.Walk(t, "testdata/drawn", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd == "terrain" {
				ground = drawn(d.Input)
				return fmt.Sprintf("%d x %d\n", ground.Cols, ground.Rows)
			}
			return draw(t, d, ground)
		})
	})
}

func draw(t *testing.T, d *datadriven.TestData, ground *grid.Raster[float32]) string {
	o, p := Observer{MaxRange: 3000}, Params{Curvature: .85714}
	var mode string
	d.ScanArgs(t, "col", &o.Col)
	d.ScanArgs(t, "row", &o.Row)
	for name, v := range map[string]*float64{
		"height": &o.Height, "range": &o.MaxRange, "least": &o.MinRange, "from": &o.ArcFrom, "to": &o.ArcTo,
		"low": &o.MinElevation, "high": &o.MaxElevation, "target": &p.Target, "curvature": &p.Curvature,
	} {
		scan(t, d, name, v)
	}
	d.MaybeScanArgs(t, "mode", &mode)
	p.Mode = Mode(mode)
	s := Surface{Ground: ground, Screen: ground}
	if d.HasArg("wall") {
		var height float64
		scan(t, d, "wall", &height)
		x := ground.X0 + 6*30 // a wall from north to south between columns 5 and 6
		s.Walls = []grid.Wall{{A: geo.XY{X: x, Y: ground.Y0}, B: geo.XY{X: x, Y: ground.Y0 - 30*float64(ground.Rows)}, Height: height}}
	}
	seen, err := Compute(s, o, p)
	if err != nil {
		return err.Error() + "\n"
	}
	return picture(seen, o, ground.Frame)
}

func scan(t *testing.T, d *datadriven.TestData, name string, v *float64) {
	var text string
	if d.MaybeScanArgs(t, name, &text); text != "" {
		if _, err := fmt.Sscan(text, v); err != nil {
			t.Fatal(err)
		}
	}
}

func picture(seen *Seen, o Observer, f grid.Frame) string {
	var b strings.Builder
	for row := range f.Rows {
		for col := range f.Cols {
			switch {
			case col == o.Col && row == o.Row:
				b.WriteByte('@')
			case seen.At(col, row):
				b.WriteByte('#')
			default:
				b.WriteByte('.')
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// rough is ground of smooth noise with a few spikes, different for each seed.
func rough(t *rapid.T, most int) *grid.Raster[float32] {
	f := grid.Frame{CRS: 32637, X0: 500_000, Y0: 3_800_000, DX: 30, DY: 30}
	f.Cols, f.Rows = rapid.IntRange(3, most).Draw(t, "cols"), rapid.IntRange(3, most).Draw(t, "rows")
	r := grid.New[float32](f)
	seed := rapid.Uint64().Draw(t, "seed")
	tall := rapid.SampledFrom([]float64{3, 20, 150}).Draw(t, "relief")
	for i := range r.Data {
		r.Data[i] = float32(tall * noise(seed, float64(i%f.Cols), float64(i/f.Cols)))
	}
	return r
}

func noise(seed uint64, x, y float64) float64 {
	at := func(i, j int) float64 {
		h := seed + uint64(i)*0x9e3779b97f4a7c15 + uint64(j)*0xc2b2ae3d27d4eb4f
		h = (h ^ h>>31) * 0xbf58476d1ce4e5b9
		h = (h ^ h>>27) * 0x94d049bb133111eb
		return float64(h>>40) / (1 << 24)
	}
	sum, amp := 0., 1.
	for wave := 16.; wave >= 2; wave /= 2 {
		i, j := math.Floor(x/wave), math.Floor(y/wave)
		fx, fy := x/wave-i, y/wave-j
		a := at(int(i), int(j)) + fx*(at(int(i)+1, int(j))-at(int(i), int(j)))
		b := at(int(i), int(j)+1) + fx*(at(int(i)+1, int(j)+1)-at(int(i), int(j)+1))
		sum += amp * (a + fy*(b-a))
		amp /= 1.8
	}
	return sum
}

func anyObserver(t *rapid.T, f grid.Frame) Observer {
	return Observer{
		Col:      rapid.IntRange(0, f.Cols-1).Draw(t, "col"),
		Row:      rapid.IntRange(0, f.Rows-1).Draw(t, "row"),
		Height:   rapid.Float64Range(0, 40).Draw(t, "height"),
		MaxRange: rapid.Float64Range(30, 3000).Draw(t, "range"),
	}
}

func anyParams(t *rapid.T) Params {
	return Params{
		Mode:      rapid.SampledFrom(modes).Draw(t, "mode"),
		Target:    rapid.SampledFrom([]float64{0, 1.7, 3, 10}).Draw(t, "target"),
		Curvature: rapid.SampledFrom([]float64{0, .75, .85714, 1}).Draw(t, "curvature"),
	}
}

// bruteForce is the definition of sight: every row and column of cell centres
// that the line crosses, heights linear between them.
func bruteForce(g *grid.Raster[float32], o Observer, p Params, col, row int) bool {
	dc, dr := float64(col-o.Col), float64(row-o.Row)
	length := math.Hypot(dc*g.DX, dr*g.DY)
	if length > o.MaxRange {
		return false
	}
	from := float64(g.At(o.Col, o.Row)) + o.Height
	to := float64(g.At(col, row)) + p.Target
	lowered := p.Curvature / (2 * geo.SemiMajorAxis)
	clear := func(t float64, z float64) bool {
		d := t * length
		// Everything is lowered by the square of its distance from the observer.
		sight := from + t*(to-lowered*length*length-from)
		return z-lowered*d*d <= sight+1e-9
	}
	for c := min(o.Col, col) + 1; c < max(o.Col, col); c++ {
		t := float64(c-o.Col) / dc
		y := float64(o.Row) + t*dr
		j := math.Floor(y + 1e-9)
		z := float64(g.At(c, int(j)))
		if y-j > 1e-9 {
			z += (y - j) * (float64(g.At(c, int(j)+1)) - z)
		}
		if !clear(t, z) {
			return false
		}
	}
	for r := min(o.Row, row) + 1; r < max(o.Row, row); r++ {
		t := float64(r-o.Row) / dr
		x := float64(o.Col) + t*dc
		i := math.Floor(x + 1e-9)
		z := float64(g.At(int(i), r))
		if x-i > 1e-9 {
			z += (x - i) * (float64(g.At(int(i)+1, r)) - z)
		}
		if !clear(t, z) {
			return false
		}
	}
	return true
}

func TestExactIsBruteForceEverywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := rough(t, 70)
		o, p := anyObserver(t, g.Frame), anyParams(t)
		p.Mode = Exact
		seen, err := Compute(Surface{Ground: g, Screen: g}, o, p)
		if err != nil {
			t.Fatal(err)
		}
		for row := range g.Rows {
			for col := range g.Cols {
				if want := bruteForce(g, o, p, col, row); seen.At(col, row) != want {
					t.Fatalf("cell %d, %d: exact says %v, brute force %v", col, row, !want, want)
				}
			}
		}
	})
}

func TestExactSightIsMutual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := rough(t, 40)
		s := Surface{Ground: g, Screen: g, Walls: anyWalls(t, g.Frame)}
		o := anyObserver(t, g.Frame)
		p := anyParams(t)
		p.Mode, p.Target = Exact, o.Height
		seen, err := Compute(s, o, p)
		if err != nil {
			t.Fatal(err)
		}
		var c Computer
		for i := 0; i < len(g.Data); i += 7 {
			back := o
			back.Col, back.Row = i%g.Cols, i/g.Cols
			other, err := c.Compute(s, back, p)
			if err != nil {
				t.Fatal(err)
			}
			if seen.At(back.Col, back.Row) != other.At(o.Col, o.Row) {
				t.Fatalf("%d, %d and %d, %d do not agree", o.Col, o.Row, back.Col, back.Row)
			}
		}
	})
}

func anyWalls(t *rapid.T, f grid.Frame) []grid.Wall {
	var walls []grid.Wall
	west, south, east, north := f.Extent()
	for range rapid.IntRange(0, 4).Draw(t, "walls") {
		at := func() geo.XY {
			return geo.XY{X: rapid.Float64Range(west, east).Draw(t, "x"), Y: rapid.Float64Range(south, north).Draw(t, "y")}
		}
		walls = append(walls, grid.Wall{A: at(), B: at(), Height: rapid.Float64Range(1, 30).Draw(t, "wall height")})
	}
	return walls
}

func TestAHigherEyeNeverSeesLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := rough(t, 50)
		s := Surface{Ground: g, Screen: g}
		o, p := anyObserver(t, g.Frame), anyParams(t)
		low, err := Compute(s, o, p)
		if err != nil {
			t.Fatal(err)
		}
		o.Height += rapid.Float64Range(.01, 30).Draw(t, "higher")
		high, err := Compute(s, o, p)
		if err != nil {
			t.Fatal(err)
		}
		for i := range g.Data {
			if col, row := i%g.Cols, i/g.Cols; low.At(col, row) && !high.At(col, row) {
				t.Fatalf("%s: %d, %d is lost from higher up", p.Mode, col, row)
			}
		}
	})
}

// mirrors are the ways to mirror a square: where a cell goes.
var mirrors = map[string]func(col, row, n int) (int, int){
	"east and west exchanged":   func(col, row, n int) (int, int) { return n - 1 - col, row },
	"north and south exchanged": func(col, row, n int) (int, int) { return col, n - 1 - row },
	"rows and columns":          func(col, row, _ int) (int, int) { return row, col },
}

func TestAMirroredGroundHasTheMirroredViewshed(t *testing.T) {
	for name, to := range mirrors {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				g := rough(t, 50)
				n := min(g.Cols, g.Rows)
				a, b := square(g, n), square(g, n)
				for i := range a.Data {
					col, row := to(i%n, i/n, n)
					b.Set(col, row, a.Data[i])
				}
				o, p := anyObserver(t, a.Frame), anyParams(t)
				one, err := Compute(Surface{Ground: a, Screen: a}, o, p)
				if err != nil {
					t.Fatal(err)
				}
				o.Col, o.Row = to(o.Col, o.Row, n)
				other, err := Compute(Surface{Ground: b, Screen: b}, o, p)
				if err != nil {
					t.Fatal(err)
				}
				for i := range a.Data {
					col, row := to(i%n, i/n, n)
					if one.At(i%n, i/n) != other.At(col, row) {
						t.Fatalf("%s: cell %d, %d differs in the mirror", p.Mode, i%n, i/n)
					}
				}
			})
		})
	}
}

// square is the upper left n by n cells.
func square(g *grid.Raster[float32], n int) *grid.Raster[float32] {
	f := g.Frame
	f.Cols, f.Rows = n, n
	s := grid.New[float32](f)
	for row := range n {
		copy(s.Row(row), g.Row(row)[:n])
	}
	return s
}

func TestATargetIsSeenFromItsMinimumHeightOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := rough(t, 40)
		o, p := anyObserver(t, g.Frame), anyParams(t)
		p.Mode = rapid.SampledFrom([]Mode{Ray, GDAL}).Draw(t, "mode with heights")
		sinkHoles(t, g, o)
		s := Surface{Ground: g, Screen: g, Walls: append(anyWalls(t, g.Frame), snappedWalls(t, g.Frame)...)}
		seen, err := Compute(s, o, p)
		if err != nil {
			t.Fatal(err)
		}
		least, err := Heights(s, o, p)
		if err != nil {
			t.Fatal(err)
		}
		for row := range least.Rows {
			for col := range least.Cols {
				h := float64(least.At(col, row))
				at := seen.Window.Min
				got := seen.At(at.X+col, at.Y+row)
				if !got && h <= p.Target || got && !(h <= float64(roundUp(p.Target))) {
					t.Fatalf("%s: %d, %d: seen at %g m is %v, but the least height is %g", p.Mode, col, row, p.Target, got, h)
				}
			}
		}
	})
}

func TestALeastHeightIsRoundedUp(t *testing.T) {
	// Behind a wall as high as the eyes a target must be as high as well. Float32
	// does not hold 1.7, so its least height is a hair more, and 1.5 it holds.
	g := flat(9, 30)
	x := g.Center(4, 4).X + 37.5
	for _, height := range []float64{1.5, 1.7} {
		s := Surface{Ground: g, Screen: g, Walls: []grid.Wall{{A: geo.XY{X: x, Y: g.Y0}, B: geo.XY{X: x, Y: g.Y0 - 270}, Height: height}}}
		o, p := Observer{Col: 4, Row: 4, Height: height, MaxRange: 1000}, Params{Target: height}
		seen, err := Compute(s, o, p)
		if err != nil {
			t.Fatal(err)
		}
		least, err := Heights(s, o, p)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := least.At(8, 4), roundUp(height); got != want || !seen.At(8, 4) {
			t.Errorf("%g m: the least height is %v, want %v, and seen is %v", height, got, want, seen.At(8, 4))
		}
	}
}

// flat is level ground.
func flat(side int, cell float64) *grid.Raster[float32] {
	return grid.New[float32](grid.Frame{CRS: 32637, X0: 500_000, Y0: 3_800_000, DX: cell, DY: cell, Cols: side, Rows: side})
}

func TestTheHorizonOfAFlatEarthIsWhereCurvaturePutsIt(t *testing.T) {
	// A 10 m eye and a 1.7 m target on the curved Earth: sqrt(2a h/cc) each,
	// 12,199 + 5,030 m for cc = .85714.
	g := flat(1201, 30)
	o := Observer{Col: 600, Row: 600, Height: 10, MaxRange: 17_990}
	for _, mode := range modes {
		seen, err := Compute(Surface{Ground: g, Screen: g}, o, Params{Mode: mode, Target: 1.7, Curvature: .85714})
		if err != nil {
			t.Fatal(err)
		}
		far := 0
		for seen.At(600+far+1, 600) {
			far++
		}
		if got := float64(far) * 30; math.Abs(got-17_229) > 30 { // a cell
			t.Errorf("%s: the horizon is %.0f m away, want 17,229 m", mode, got)
		}
	}
}

// hidden is how much ground a straight berm at a given angle hides from an
// observer that stands away metres off its middle.
func hidden(t *testing.T, mode Mode, angle float64) int {
	t.Helper()
	const side, cell, away = 161, 30., 450.
	g := flat(side, cell)
	o := Observer{Col: side / 2, Row: side / 2, Height: 4, MaxRange: 2000}
	at := g.Center(o.Col, o.Row)
	sin, cos := math.Sincos(angle * math.Pi / 180)
	middle := geo.XY{X: at.X + away*cos, Y: at.Y + away*sin}
	const half = 600.
	wall := grid.Wall{
		A: geo.XY{X: middle.X + half*sin, Y: middle.Y - half*cos}, B: geo.XY{X: middle.X - half*sin, Y: middle.Y + half*cos},
		Height: 2,
	}
	seen, err := Compute(Surface{Ground: g, Screen: g, Walls: []grid.Wall{wall}}, o, Params{Mode: mode, Target: 1})
	if err != nil {
		t.Fatal(err)
	}
	open, err := Compute(Surface{Ground: g, Screen: g}, o, Params{Mode: mode, Target: 1})
	if err != nil {
		t.Fatal(err)
	}
	return open.Count() - seen.Count()
}

func TestABermHidesEquallyAtEveryAngle(t *testing.T) {
	for _, mode := range []Mode{Ray, Exact} {
		low, high := math.MaxInt, 0
		for angle := 0.; angle <= 90; angle += 7.5 {
			n := hidden(t, mode, angle)
			low, high = min(low, n), max(high, n)
		}
		t.Logf("%s: from %d to %d cells hidden", mode, low, high)
		if float64(high) > 1.1*float64(low) {
			t.Errorf("%s: a 2 m berm hides from %d to %d cells, depending on its angle", mode, low, high)
		}
	}
}

func TestRayIsNearTheTruthInMountains(t *testing.T) {
	g := flat(401, 30)
	for i := range g.Data {
		g.Data[i] = float32(900 * noise(11, float64(i%401)/6, float64(i/401)/6))
	}
	s := Surface{Ground: g, Screen: g}
	wrong, visible := 0, 0
	for _, at := range [][2]int{{200, 200}, {90, 300}, {310, 120}} {
		o := Observer{Col: at[0], Row: at[1], Height: 10, MaxRange: 6000}
		p := Params{Mode: Ray, Target: 1.7, Curvature: .85714}
		ray, err := Compute(s, o, p)
		if err != nil {
			t.Fatal(err)
		}
		p.Mode = Exact
		truth, err := Compute(s, o, p)
		if err != nil {
			t.Fatal(err)
		}
		visible += truth.Count()
		for i := range g.Data {
			if ray.At(i%401, i/401) != truth.At(i%401, i/401) {
				wrong++
			}
		}
	}
	t.Logf("%d of %d visible cells wrong: %.2f %%", wrong, visible, 100*float64(wrong)/float64(visible))
	if float64(wrong) > .015*float64(visible) {
		t.Errorf("%d of %d visible cells are wrong, more than 1.5 %%", wrong, visible)
	}
}

func TestWhatCannotBeIsRefused(t *testing.T) {
	g := flat(5, 30)
	hole := flat(5, 30)
	hole.Set(2, 2, float32(math.NaN()))
	degrees := flat(5, 30)
	degrees.CRS = grid.WGS84
	good := Observer{Col: 2, Row: 2, Height: 2, MaxRange: 100}
	for _, c := range []struct {
		name string
		s    Surface
		o    Observer
		p    Params
		want string
	}{
		{"an observer in a void", Surface{Ground: hole, Screen: hole}, good, Params{}, "void"},
		{"an observer outside", Surface{Ground: g, Screen: g}, Observer{Col: 9, MaxRange: 100}, Params{}, "outside"},
		{"degrees", Surface{Ground: degrees, Screen: degrees}, good, Params{}, "degrees"},
		{"an unknown mode", Surface{Ground: g, Screen: g}, good, Params{Mode: "xray"}, "xray"},
		{"no range", Surface{Ground: g, Screen: g}, Observer{Col: 2, Row: 2}, Params{}, "range"},
		{"two frames", Surface{Ground: g, Screen: flat(6, 30)}, good, Params{}, "frame"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Compute(c.s, c.o, c.p); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want %q in it", err, c.want)
			}
		})
	}
}

func TestNoPassAllocatesPerCell(t *testing.T) {
	g := flat(301, 30)
	s := Surface{Ground: g, Screen: g}
	o := Observer{Col: 150, Row: 150, Height: 10, MaxRange: 4000}
	for _, mode := range modes {
		var c Computer
		p := Params{Mode: mode, Target: 1.7}
		if _, err := c.Compute(s, o, p); err != nil {
			t.Fatal(err)
		}
		allocs := testing.AllocsPerRun(3, func() {
			if _, err := c.Compute(s, o, p); err != nil {
				t.Fatal(err)
			}
		})
		if allocs > 20 {
			t.Errorf("%s: %g allocations for %d cells", mode, allocs, len(g.Data))
		}
	}
}

func BenchmarkCompute(b *testing.B) {
	g := flat(1001, 30)
	for i := range g.Data {
		g.Data[i] = float32(600 * noise(3, float64(i%1001)/5, float64(i/1001)/5))
	}
	s := Surface{Ground: g, Screen: g}
	o := Observer{Col: 500, Row: 500, Height: 10, MaxRange: 15_000}
	for _, mode := range modes {
		b.Run(string(mode), func(b *testing.B) {
			var c Computer
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Compute(s, o, Params{Mode: mode, Target: 1.7, Curvature: .85714}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/785_349, "ns/cell")
		})
	}
}

func TestAPostHidesBesideAVoid(t *testing.T) {
	g := drawn("000000000\n000000000\n000?5?000\n000000000\n000000000\n000000000\n")
	s := Surface{Ground: g, Screen: g}
	for _, mode := range []Mode{GDAL, Ray, Exact} {
		seen, err := Compute(s, Observer{Col: 4, Row: 5, Height: 2, MaxRange: 1000}, Params{Mode: mode})
		if err != nil {
			t.Fatal(err)
		}
		if seen.At(4, 0) {
			t.Errorf("%s: the cell straight behind the post is seen", mode)
		}
		if !seen.At(3, 3) || seen.At(3, 2) {
			t.Errorf("%s: the void hides what is before it, or is seen itself", mode)
		}
	}
}

func TestWholeMetresKeepTheirBitsInTheMirror(t *testing.T) {
	for name, to := range mirrors {
		rapid.Check(t, func(t *rapid.T) {
			n := rapid.IntRange(2, 25).Draw(t, "side")
			a, b := flat(n, 30), flat(n, 30)
			for i := range a.Data {
				a.Data[i] = float32(rapid.IntRange(0, 5).Draw(t, "height"))
				col, row := to(i%n, i/n, n)
				b.Set(col, row, a.Data[i])
			}
			o := Observer{Col: rapid.IntRange(0, n-1).Draw(t, "col"), Row: rapid.IntRange(0, n-1).Draw(t, "row"), Height: 2, MaxRange: 1e5}
			one, err := Compute(Surface{Ground: a, Screen: a}, o, Params{Mode: Exact, Target: 1})
			if err != nil {
				t.Fatal(err)
			}
			o.Col, o.Row = to(o.Col, o.Row, n)
			other, err := Compute(Surface{Ground: b, Screen: b}, o, Params{Mode: Exact, Target: 1})
			if err != nil {
				t.Fatal(err)
			}
			for i := range a.Data {
				col, row := to(i%n, i/n, n)
				if one.At(i%n, i/n) != other.At(col, row) {
					t.Fatalf("%s: cell %d, %d differs in the mirror", name, i%n, i/n)
				}
			}
		})
	}
}

func TestAWallHidesNoNeighbour(t *testing.T) {
	g := flat(9, 30)
	at := g.Center(4, 4) // the wall passes just beyond half a cell east of it, so it crosses the diagonals too
	wall := grid.Wall{A: geo.XY{X: at.X + 16, Y: at.Y - 90}, B: geo.XY{X: at.X + 16, Y: at.Y + 90}, Height: 50}
	for _, mode := range []Mode{Ray, Exact} {
		seen, err := Compute(Surface{Ground: g, Screen: g, Walls: []grid.Wall{wall}}, Observer{Col: 4, Row: 4, Height: 2, MaxRange: 1000}, Params{Mode: mode})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 9 {
			if !seen.At(3+i%3, 3+i/3) {
				t.Errorf("%s: neighbour %d, %d is not seen", mode, i%3-1, i/3-1)
			}
		}
		if seen.At(8, 4) {
			t.Errorf("%s: the wall hides nothing", mode)
		}
	}
}
