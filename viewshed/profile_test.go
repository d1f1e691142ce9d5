package viewshed

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vedette/geo"
	"vedette/grid"
)

// between is a line of sight between the centres of two cells.
func between(s Surface, o Observer, p Params, col, row int) Line {
	return Line{From: s.Ground.Center(o.Col, o.Row), To: s.Ground.Center(col, row), Eye: o.Height, Target: p.Target, Curvature: p.Curvature}
}

func TestALineOfSightIsClearWhereExactSees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := rough(t, 60)
		s := Surface{Ground: g, Screen: g}
		o, p := anyObserver(t, g.Frame), anyParams(t)
		p.Mode, o.MaxRange = Exact, 10_000
		seen, err := Compute(s, o, p)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(g.Data); i += 11 {
			col, row := i%g.Cols, i/g.Cols
			if max(abs(col-o.Col), abs(row-o.Row)) < 2 {
				continue
			}
			line, err := Trace(s, between(s, o, p, col, row))
			if err != nil {
				t.Fatal(err)
			}
			// Places are found in floating point here, so a touch may go either way.
			if touch := math.Abs(line.Samples[line.Worst].Spare()) < 1e-4; line.Clear != seen.At(col, row) && !touch {
				t.Fatalf("%d, %d: clear %v, exact sees %v, worst %g m", col, row, line.Clear, seen.At(col, row), line.Samples[line.Worst].Spare())
			}
		}
	})
}

func TestWhatIsMissingIsEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := rough(t, 60)
		s := Surface{Ground: g, Screen: g, Walls: anyWalls(t, g.Frame)}
		o, p := anyObserver(t, g.Frame), anyParams(t)
		line := between(s, o, p, rapid.IntRange(0, g.Cols-1).Draw(t, "to col"), rapid.IntRange(0, g.Rows-1).Draw(t, "to row"))
		first, err := Trace(s, line)
		if err != nil {
			t.Fatal(err)
		}
		if first.Clear != (first.RaiseEye == 0 && first.RaiseTarget == 0) {
			t.Fatalf("clear %v, but the eye would have to be %g m and the target %g m higher", first.Clear, first.RaiseEye, first.RaiseTarget)
		}
		eye, target := line, line
		eye.Eye += first.RaiseEye + 1e-6
		target.Target += first.RaiseTarget + 1e-6
		for _, higher := range []Line{eye, target} {
			if second, err := Trace(s, higher); err != nil || !second.Clear {
				t.Fatalf("still cut with %+v (%v)", higher, err)
			}
		}
	})
}

func TestAWallCutsALineAtItsPlace(t *testing.T) {
	g := flat(40, 30)
	at := func(x float64) geo.XY { return geo.XY{X: g.X0 + x, Y: g.Y0 - 600} }
	wall := at(400)
	s := Surface{Ground: g, Screen: g}
	s.Walls = []grid.Wall{{A: geo.XY{X: wall.X, Y: wall.Y - 100}, B: geo.XY{X: wall.X, Y: wall.Y + 100}, Height: 2.5}}
	line := Line{From: at(15), To: at(1015), Eye: 3, Target: 1}
	p, err := Trace(s, line)
	if err != nil {
		t.Fatal(err)
	}
	// The line falls by 2 m in 1000: 385 m from the eye it is 2.23 m high.
	if p.Clear || math.Abs(p.Samples[p.Cut].Distance-385) > 1e-6 || math.Abs(p.Samples[p.Cut].Spare()-(2.23-2.5)) > 1e-6 {
		t.Errorf("clear %v, cut at %+v", p.Clear, p.Samples[p.Cut])
	}
}

func TestALineThatEndsNowhereIsRefused(t *testing.T) {
	g := flat(10, 30)
	g.Set(3, 3, float32(math.NaN()))
	g.Set(2, 3, float32(math.NaN()))
	g.Set(3, 2, float32(math.NaN()))
	g.Set(2, 2, float32(math.NaN()))
	s := Surface{Ground: g, Screen: g}
	for name, l := range map[string]Line{
		"eye":    {From: geo.XY{X: 0, Y: 0}, To: g.Center(5, 5)},
		"target": {From: g.Center(5, 5), To: g.Center(2, 2)},
	} {
		if _, err := Trace(s, l); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}
