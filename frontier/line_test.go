package frontier

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"vedette/geo"
)

// flat is a plane on which a degree is a kilometre: the plane's lengths are
// not the geodesic ones, so that a test sees which of them is used.
func flat(p geo.Point) geo.XY { return geo.XY{X: p.Lon * 1000, Y: p.Lat * 1000} }

func lineOf(side string, xy ...float64) *Line {
	f := Frontier{OwnSide: side}
	for i := 0; i < len(xy); i += 2 {
		f.Line = append(f.Line, geo.Point{Lon: xy[i], Lat: xy[i+1]})
	}
	return NewLine(f, flat)
}

func TestNearestOf(t *testing.T) {
	bend := []float64{0, 0, 1, 0, 1, 1}          // east, then north: a left turn
	hairpin := []float64{0, 0, 1, 0, 0, 1e-4}    // back beside itself, turning left
	nearly := []float64{0, 0, 1, 1e-13, 2, 2e-9} // as good as straight
	for _, c := range []struct {
		name string
		line []float64
		side string
		p    geo.XY
		want float64
	}{
		{"left of an eastward line is own when own is left", []float64{0, 0, 1, 0}, "left", geo.XY{X: 500, Y: 30}, 30},
		{"left of an eastward line is far when own is right", []float64{0, 0, 1, 0}, "right", geo.XY{X: 500, Y: 30}, -30},
		{"before the first vertex the first stretch is prolonged", []float64{0, 0, 1, 0}, "left", geo.XY{X: -30, Y: 40}, 50},
		{"beyond the last vertex the last stretch is prolonged", []float64{0, 0, 1, 0}, "left", geo.XY{X: 1030, Y: -40}, -50},
		{"inside a left bend is left", bend, "left", geo.XY{X: 990, Y: 20}, 10},
		{"outside a left bend, at its corner, is right", bend, "left", geo.XY{X: 1003, Y: -4}, -5},
		{"outside the corner but left of the second stretch prolonged is right", bend, "left", geo.XY{X: 1000, Y: -7}, -7},
		{"beyond a hairpin to the left is its outer side", hairpin, "left", geo.XY{X: 1003, Y: 4}, -5},
		{"beyond a hairpin to the right is its outer side", hairpin, "right", geo.XY{X: 1003, Y: -4}, 5},
		{"inside a hairpin is left", hairpin, "left", geo.XY{X: 500, Y: .01}, .01},
		{"far left of a vertex without a turn is left", nearly, "left", geo.XY{X: 1000, Y: 500}, 500},
		{"far right of a vertex without a turn is right", nearly, "left", geo.XY{X: 1000, Y: -500}, -500},
		{"on the line is neither side", bend, "right", geo.XY{X: 1000, Y: 0}, 0},
		{"a line of one place has a distance", []float64{1, 1}, "left", geo.XY{X: 1003, Y: 1004}, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, got := lineOf(c.side, c.line...).Nearest(c.p)
			if math.Abs(got-c.want) > 1e-6 || math.Signbit(got) != math.Signbit(c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestChainageIsGeodesic(t *testing.T) {
	// Al-Qaim to a place up the frontier, 42 777.22 m (WGS 84, GeographicLib).
	f := Frontier{OwnSide: "right", Line: []geo.Point{{Lat: 34.37, Lon: 41.09}, {Lat: 34.69, Lon: 40.83}}}
	zone, err := geo.ZoneOf(f.Line[0])
	if err != nil {
		t.Fatal(err)
	}
	l := NewLine(f, zone.Project)
	if math.Abs(l.Length()-42777.22) > 0.01 { // the reference has two decimals
		t.Errorf("length %.3f m", l.Length())
	}
	if l.Kilometres() != 43 {
		t.Errorf("%d kilometres, the last one being partial", l.Kilometres())
	}
	if got := l.At(l.Length()); got != zone.Project(f.Line[1]) {
		t.Errorf("the line ends at %v", got)
	}
	if got := l.At(-5); got != zone.Project(f.Line[0]) {
		t.Errorf("before the line is %v", got)
	}
}

func TestAnEmptyLineIsFarFromEverything(t *testing.T) {
	l := lineOf("left")
	if along, d := l.Nearest(geo.XY{}); along != 0 || !math.IsInf(d, 1) {
		t.Errorf("nearest is %v, %v", along, d)
	}
	if l.Length() != 0 || l.Kilometres() != 0 || l.At(3) != (geo.XY{}) {
		t.Error("an empty line has a place or a length")
	}
	if _, d := l.Near(0, 0, 1, 1).Nearest(geo.XY{}); !math.IsInf(d, 1) {
		t.Errorf("its part is %v away", d)
	}
}

// monotone draws a line that runs eastward, so that a place is left of it if
// and only if it lies north of it.
func monotone(t *rapid.T) (Frontier, func(x float64) float64) {
	n := rapid.IntRange(2, 12).Draw(t, "vertices")
	f := Frontier{OwnSide: rapid.SampledFrom([]string{"left", "right"}).Draw(t, "own side")}
	x := 0.
	for range n {
		f.Line = append(f.Line, geo.Point{Lon: x, Lat: rapid.Float64Range(-3, 3).Draw(t, "y")})
		x += rapid.Float64Range(.01, 2).Draw(t, "dx")
	}
	height := func(x float64) float64 {
		for i := 1; i < n; i++ {
			a, b := flat(f.Line[i-1]), flat(f.Line[i])
			if x <= b.X {
				return a.Y + (b.Y-a.Y)*(x-a.X)/(b.X-a.X)
			}
		}
		return math.NaN()
	}
	return f, height
}

func TestTheSideOfALineThatRunsEastIsNorthOrSouth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, height := monotone(t)
		l := NewLine(f, flat)
		x := rapid.Float64Range(1e-3, .999).Draw(t, "x") * flat(f.Line[len(f.Line)-1]).X
		p := geo.XY{X: x, Y: rapid.Float64Range(-5000, 5000).Draw(t, "y")}
		above := p.Y - height(x)
		if math.Abs(above) < 1e-6 {
			return
		}
		if _, d := l.Nearest(p); (d > 0) != ((above > 0) == (f.OwnSide == "left")) {
			t.Errorf("%v is %v m above the line, yet its distance is %v", p, above, d)
		}
	})
}

func TestNearestIsTheNearestOfManyPlacesOnTheLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, _ := monotone(t)
		l := NewLine(f, flat)
		p := geo.XY{X: rapid.Float64Range(-5000, 25000).Draw(t, "x"), Y: rapid.Float64Range(-5000, 5000).Draw(t, "y")}
		along, d := l.Nearest(p)
		at := l.At(along)
		if gap := math.Abs(math.Hypot(p.X-at.X, p.Y-at.Y) - math.Abs(d)); gap > 1e-6 {
			t.Errorf("the place at its chainage is %v m further than the distance", gap)
		}
		for i := range 500 {
			q := l.At(l.Length() * float64(i) / 499)
			if math.Hypot(p.X-q.X, p.Y-q.Y) < math.Abs(d)-1e-6 {
				t.Fatalf("%v of the line is nearer than %v", q, d)
			}
		}
	})
}

func TestTheOtherOwnSideTurnsTheSign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, _ := monotone(t)
		p := geo.XY{X: rapid.Float64Range(-5000, 25000).Draw(t, "x"), Y: rapid.Float64Range(-5000, 5000).Draw(t, "y")}
		f.OwnSide = "left"
		_, left := NewLine(f, flat).Nearest(p)
		f.OwnSide = "right"
		if _, right := NewLine(f, flat).Nearest(p); left != -right && left != 0 {
			t.Errorf("%v with the own side left, %v with it right", left, right)
		}
	})
}

func TestAPartAnswersAsTheWholeInItsRectangle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, _ := monotone(t)
		// Any line will do here: this one may cross itself.
		for range rapid.IntRange(0, 20).Draw(t, "more") {
			f.Line = append(f.Line, geo.Point{Lon: rapid.Float64Range(0, 20).Draw(t, "lon"), Lat: rapid.Float64Range(-5, 5).Draw(t, "lat")})
		}
		l := NewLine(f, flat)
		west, south := rapid.Float64Range(-5000, 25000).Draw(t, "west"), rapid.Float64Range(-9000, 9000).Draw(t, "south")
		w, h := rapid.Float64Range(0, 4000).Draw(t, "width"), rapid.Float64Range(0, 4000).Draw(t, "height")
		part := l.Near(west, south, west+w, south+h)
		if part.Length() != l.Length() {
			t.Errorf("the part is %v long, the whole %v", part.Length(), l.Length())
		}
		for range 20 {
			p := geo.XY{X: west + w*rapid.Float64Range(0, 1).Draw(t, "u"), Y: south + h*rapid.Float64Range(0, 1).Draw(t, "v")}
			a, d := l.Nearest(p)
			if pa, pd := part.Nearest(p); pa != a || pd != d {
				t.Fatalf("at %v the whole gives %v, %v and the part %v, %v", p, a, d, pa, pd)
			}
		}
	})
}

func TestAPartOfALongLineIsShort(t *testing.T) {
	f := Frontier{OwnSide: "left"}
	for i := range 1001 {
		f.Line = append(f.Line, geo.Point{Lon: float64(i) / 10})
	}
	if part := NewLine(f, flat).Near(50_000, 500, 51_000, 1500); len(part.stretches) > 60 {
		t.Errorf("the part has %d of 1000 stretches", len(part.stretches))
	}
}

func BenchmarkNearest(b *testing.B) {
	f := Frontier{OwnSide: "left"}
	for i := range 1001 {
		f.Line = append(f.Line, geo.Point{Lon: float64(i) / 10, Lat: float64(i % 2)})
	}
	l := NewLine(f, flat)
	b.ReportAllocs()
	for b.Loop() {
		l.Nearest(geo.XY{X: 500, Y: 700})
	}
}
