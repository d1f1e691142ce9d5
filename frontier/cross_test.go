package frontier

import (
	"bytes"
	"math"
	"testing"

	"pgregory.net/rapid"

	"vedette/geo"
)

func path(xy ...float64) []geo.Point {
	var ps []geo.Point
	for i := 0; i < len(xy); i += 2 {
		ps = append(ps, geo.Point{Lon: xy[i], Lat: xy[i+1]})
	}
	return ps
}

func TestSelfCrossing(t *testing.T) {
	for _, c := range []struct {
		name string
		at   []geo.Point
		ring bool
		want bool
		near geo.Point
	}{
		{"a straight line does not", path(0, 0, 1, 0, 2, 0), false, false, geo.Point{}},
		{"a loop crosses where its ends meet", path(0, 0, 2, 2, 2, 0, 0, 2), false, true, geo.Point{Lon: 1, Lat: 1}},
		{"a vertex on an earlier piece touches", path(0, 0, 2, 0, 2, 1, 1, 0), false, true, geo.Point{Lon: 1, Lat: 0}},
		{"a line back over itself does", path(0, 0, 2, 0, 1, 0), false, true, geo.Point{Lon: 2, Lat: 0}},
		{"a line along an earlier piece does", path(0, 0, 4, 0, 4, 1, 5, 0, 3, 0), false, true, geo.Point{Lon: 3, Lat: 0}},
		{"a hairpin with some width does not", path(0, 0, 2, 0, 0, 1e-9), false, false, geo.Point{}},
		{"an end on the beginning touches", path(0, 0, 1, 0, 1, 1, 0, 0), false, true, geo.Point{}},
		{"a ring may end where it began", path(0, 0, 1, 0, 1, 1), true, false, geo.Point{}},
		{"a ring shaped as a bow tie does", path(0, 0, 1, 1, 1, 0, 0, 1), true, true, geo.Point{Lon: .5, Lat: .5}},
		{"a ring of no width does", path(0, 0, 1, 0, 2, 0), true, true, geo.Point{}},
		{"a ring that folds back at its first vertex does", path(1, 0, 2, 0, 2, 2, 3, 0), true, true, geo.Point{Lon: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, _, done := selfCrossing(c.at, c.ring, maxWork)
			if !done || (found != nil) != c.want {
				t.Fatalf("got %+v", found)
			}
			if c.want && math.Hypot(found.near.Lon-c.near.Lon, found.near.Lat-c.near.Lat) > 1e-12 {
				t.Errorf("near %v, want %v", found.near, c.near)
			}
		})
	}
}

// onGrid draws lines on a small grid, where touching and folding back happen
// often and arithmetic is exact.
func onGrid(t *rapid.T) []geo.Point {
	at := make([]geo.Point, rapid.IntRange(3, 60).Draw(t, "vertices"))
	wide := rapid.IntRange(4, 4000).Draw(t, "grid")
	for i := range at {
		at[i] = geo.Point{Lon: float64(rapid.IntRange(0, wide).Draw(t, "x")), Lat: float64(rapid.IntRange(0, wide).Draw(t, "y"))}
		if i > 0 && at[i] == at[i-1] || i == len(at)-1 && at[i] == at[0] {
			at[i].Lon += float64(wide) + 1
		}
	}
	return at
}

func TestTheTreeFindsWhatComparingAllPiecesFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at, ring := onGrid(t), rapid.Bool().Draw(t, "ring")
		if rapid.Bool().Draw(t, "simple") { // a spiral-free line that runs east
			for i := range at {
				at[i].Lon = float64(i)
			}
			ring = false
		}
		l := &polyline{at: at, ring: ring, budget: maxWork}
		want := l.compare(0, l.pieces(), 0, l.pieces())
		found, _, done := selfCrossing(at, ring, maxWork)
		if !done || (found == nil) != (want == nil) {
			t.Fatalf("got %+v, want %+v", found, want)
		}
		if found != nil {
			if _, ok := l.meet(found.i, found.j); !ok || found.i >= found.j {
				t.Errorf("%+v do not meet", found)
			}
		}
	})
}

func TestACheckOfALongLineCostsLittle(t *testing.T) {
	at := make([]geo.Point, 100_000)
	for i := range at {
		s, c := math.Sincos(float64(i) / 300)
		at[i] = geo.Point{Lon: float64(i)/1e4 + .01*c, Lat: .3 * s}
	}
	found, spent, done := selfCrossing(at, false, maxWork)
	if found != nil || !done || spent > 100*len(at) {
		t.Errorf("found %+v after %d comparisons of %d pieces", found, spent, len(at))
	}
}

func TestAGivenUpCheckSaysSo(t *testing.T) {
	at := path(0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8, 0, 9, 0, 10, 0)
	if _, _, done := selfCrossing(at, false, 3); done {
		t.Error("a check without a budget is done")
	}
}

func TestAnyFrontierThatDoesNotCrossItselfSurvivesWriting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		area, err := Load("testdata/all-kinds.good.json")
		if err != nil {
			t.Fatal(err)
		}
		area.Frontier.Line = nil
		for i := range rapid.IntRange(2, 20).Draw(t, "vertices") {
			area.Frontier.Line = append(area.Frontier.Line, geo.Point{Lon: 10 + float64(i)/20, Lat: rapid.Float64Range(50, 51).Draw(t, "lat")})
		}
		area.Settings.CellM = rapid.Float64Range(1, 1000).Draw(t, "cell")
		area.Settings.Curvature = rapid.Float64Range(0, 2).Draw(t, "curvature")
		area.Sites[0].HeightM = rapid.Float64Range(0, 1000).Draw(t, "height")
		area.Sites[0].Note = rapid.StringMatching(`[a-z"<>&\\\n]{1,20}x`).Draw(t, "note")
		area.Frontier.ID = rapid.StringMatching(`[\p{L}0-9"]{1,20}-`).Draw(t, "id")
		same(t, area)
	})
}

// same is survives for a property.
func same(t *rapid.T, area *Area) {
	var first, second bytes.Buffer
	if err := Write(&first, area); err != nil {
		t.Fatal(err)
	}
	text := first.String()
	again, err := Read(&first)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if err := Write(&second, again); err != nil || second.String() != text {
		t.Errorf("written twice it differs (%v)", err)
	}
}
