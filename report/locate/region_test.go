package locate_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"vedette/frontier"
	"vedette/gazetteer"
	"vedette/geo"
	"vedette/outline"
	"vedette/report/locate"
)

func locator(t testing.TB, line ...geo.Point) *locate.Locator {
	t.Helper()
	g, err := gazetteer.Open()
	if err != nil {
		t.Fatal(err)
	}
	l := &locate.Locator{World: outline.Open(), Places: g}
	if len(line) > 0 {
		area := &frontier.Area{Frontier: frontier.Frontier{OwnSide: "right", Line: line}}
		if l.Watch, err = locate.NewWatch(area, l.World); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// the frontier near Al-Qaim, coarsely, from south-west to north-east.
var line = []geo.Point{{Lat: 34.33, Lon: 40.70}, {Lat: 34.40, Lon: 40.98}, {Lat: 34.65, Lon: 41.12}, {Lat: 34.80, Lon: 41.23}}

func one(t *testing.T, l *locate.Locator, text string) locate.Region {
	t.Helper()
	found := l.Regions(l.Read(text))
	if len(found) != 1 {
		t.Fatalf("%s: %d regions", text, len(found))
	}
	return found[0].Region
}

func TestASectorHasTheAreaOfASector(t *testing.T) {
	r := one(t, locator(t), "A camp lies 20 km north of Hajin, in Syria.")
	want := math.Pi / 4 * (27*27 - 13*13)
	if math.Abs(r.AreaKM2-want) > want*.01 { // chords of five degrees, and a sphere for the ellipsoid
		t.Errorf("%.1f km2, want %.1f", r.AreaKM2, want)
	}
	if north, _ := geo.Direct(*r.AnchorAt, 0, 20e3); !r.Ground.Contains(north) {
		t.Error("the place itself is outside")
	}
}

func TestTheFrontierIsTheAnchorOfWhatHasNone(t *testing.T) {
	l := locator(t, line...)
	if l.Watch.Own != "IQ" || l.Watch.Far != "SY" {
		t.Fatalf("own %s, far %s", l.Watch.Own, l.Watch.Far)
	}
	for text, side := range map[string]string{
		"They are five or six kilometres away, inside Syria.": "far",
		"They were 5 to 6 km inside Iraq.":                    "own",
		"They camp 5-6 km across the border.":                 "far",
	} {
		r := one(t, l, text)
		if r.Frontier == nil || r.Frontier.Side != side || r.Frontier.LeastKM < 2.5 || r.Frontier.MostKM > 8.8 {
			t.Errorf("%s: %+v %s", text, r.Frontier, r.Problem)
		}
	}
}

func TestWhatContradictsItselfIsSaidAloud(t *testing.T) {
	for _, text := range []string{
		"They are six kilometres from Baghdad, inside Syria.",
		"They are six kilometres away, inside Norway.",
	} {
		if r := one(t, locator(t, line...), text); len(r.Ground) != 0 || r.Problem == "" || r.AreaKM2 != 0 {
			t.Errorf("%s: %.1f km2, %q", text, r.AreaKM2, r.Problem)
		}
	}
	if r := one(t, locator(t), "They are six kilometres away."); r.Problem == "" {
		t.Error("nothing is said to measure from, and nobody says so")
	}
}

func TestGroundIsGeoJSON(t *testing.T) {
	r := one(t, locator(t), "A camp lies 20 km from Hajin, Syria.")
	text, err := json.Marshal(r)
	if err != nil || !strings.Contains(string(text), `"polygon":{"type":"Polygon","coordinates":[[[`) {
		t.Errorf("%s %v", text, err)
	}
}

func FuzzRegions(f *testing.F) {
	f.Add("five or six kilometres away, inside Syria")
	f.Add("على بعد خمسة كيلومترات شمال هجين")
	l := locator(f, line...)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			return
		}
		for _, r := range l.Regions(l.Read(text)) {
			if r.Region.LoKM < 0 || r.Region.HiKM < r.Region.LoKM || r.Span.End > len(text) || len(r.Region.Steps) == 0 {
				t.Fatalf("%+v", r)
			}
		}
	})
}

func TestSizesHaveNoExponent(t *testing.T) {
	for v, want := range map[float64]string{0: "0", .7854: "0.785", 46.27: "46.3", 1862: "1860", 185_999: "186000", 999.6: "1000"} {
		if got := locate.Rounded(v); got != want {
			t.Errorf("%v is written %q, want %q", v, got, want)
		}
	}
}
