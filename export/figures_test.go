package export

import (
	"encoding/json"
	"image"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"vedette/coverage"
	"vedette/exposure"
	"vedette/frontier"
	"vedette/geo"
	"vedette/grid"
)

// small is a plan that can be counted by hand: two sites on a strip of two
// kilometres, four by three cells of a hundred metres.
//
//	strip   km     first sees   second sees
//	xxxx    0011   1100         0000
//	xxxx    0011   1110         0011
//	.xx.    .01.   1111         0111
func small() Plan {
	f := grid.Frame{CRS: grid.UTM(zone37), X0: 700e3, Y0: 3800e3, DX: 100, DY: 100, Cols: 4, Rows: 3}
	km := grid.NewTiled[int16](f, -1)
	for i, k := range []int16{0, 0, 1, 1, 0, 0, 1, 1, -1, 0, 1, -1} {
		km.Set(i%4, i/4, k)
	}
	sites := []frontier.Site{
		{Named: frontier.Named{ID: "a", Name: "North"}, Type: "control_tower", HeightM: 12, At: geo.Point{Lat: 34.3, Lon: 41.1}},
		{Named: frontier.Named{ID: "b"}, Type: "radar", HeightM: 3, At: geo.Point{Lat: 34.31, Lon: 41.11}},
	}
	return Plan{
		Area: &frontier.Area{Settings: frontier.Settings{Name: "Small", DepthFarKM: 1, DepthOwnKM: 2, TargetHeightM: 1.7, Curvature: .857}, Sites: sites},
		Result: &coverage.Result{
			Frame: f, Strip: &coverage.Strip{Kilometres: 2, KM: km},
			Sites: []coverage.SiteView{
				{Site: &sites[0], Window: f.Bounds(), Seen: []uint8{1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1}, GroundM: 175.26},
				// A window that reaches into the frame from its east.
				{Site: &sites[1], Window: image.Rect(1, 1, 4, 3), Seen: []uint8{0, 1, 1, 1, 1, 1}, GroundM: 180},
			},
			Views: []coverage.View{{
				Condition: exposure.Condition{Name: "day", SunElevation: 35, Visibility: 20e3},
				Whole:     coverage.Share{Cells: 10, Seen: 8, Twice: 3},
				ByKM:      []coverage.Share{{From: 0, To: 1, Cells: 5, Seen: 5, Twice: 1}, {From: 1, To: 1.6, Cells: 5, Seen: 3, Twice: 2}},
				Loss:      []coverage.Loss{{Site: 0, Cells: 4, WorstKM: 0, WorstCut: 4}, {Site: 1, Cells: 1, WorstKM: 1, WorstCut: 1}},
			}},
			Mutual: [][]bool{{false, true}, {true, false}},
		},
		Provenance: Provenance{By: "x", At: time.Unix(0, 0)},
	}
}

func TestFiguresCountedByHand(t *testing.T) {
	s := small().Figures()
	day := s.Conditions[0]
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"length of the frontier", s.FrontierKM, 1.6},
		{"strip", s.StripKM2, .1},
		{"watched", day.WatchedShare, .8},
		{"watched ground", day.WatchedKM2, .08},
		{"watched twice", day.TwiceShare, .3},
		{"weakest", *day.Weakest, StretchFigures{FromKM: 1, ToKM: 1.6, KM2: .05, WatchedShare: .6, TwiceShare: .4}},
		{"loss of the first", day.Losses[0], LossFigures{Site: "a", BlindKM2: .04, WorstFromKM: 0, WorstLossKM2: .04}},
		{"loss of the second", day.Losses[1], LossFigures{Site: "b", BlindKM2: .01, WorstFromKM: 1, WorstLossKM2: .01}},
		// 7 of the 9 cells that the first sees lie in the strip; both its others do not.
		{"what the first sees", s.Sites[0].Seen, []SiteSeen{{"day", .07, .04}}},
		{"what the second sees", s.Sites[1].Seen, []SiteSeen{{"day", .04, .01}}},
		{"whom the first sees", s.Sites[0].Sees, []string{"b"}},
		{"ground under the first", s.Sites[0].GroundM, 175.3},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestAPublicSummaryHoldsTheWholeAndNothingElse(t *testing.T) {
	p := small()
	p.Provenance.Public = true
	text, err := json.Marshal(p.Figures().Conditions)
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"name":"day","sun_elevation_deg":35,"visibility_m":20000,"cn2":0,"watched_share":0.8,"watched_twice_share":0.3,"watched_km2":0.08}]`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	if p.Figures().Sites != nil {
		t.Error("it lists the sites")
	}
}

func TestTheWeakestStretchIsTheFirstWithGround(t *testing.T) {
	all := []StretchFigures{{FromKM: 0, KM2: 1, WatchedShare: .5}, {FromKM: 1}, {FromKM: 2, KM2: 1, WatchedShare: .2}, {FromKM: 3, KM2: 1, WatchedShare: .2}}
	if w := weakest(all); w.FromKM != 2 {
		t.Errorf("km %g, want 2", w.FromKM)
	}
	if weakest(nil) != nil {
		t.Error("nothing has a weakest")
	}
}

func TestTheFrontierIsCutAtItsMarks(t *testing.T) {
	line := windingLine(rand.New(rand.NewPCG(3, 3)), 3)
	tr := newTrace(plane{zone37}, line)
	total := 0.0
	for km := 0.0; km < tr.length(); km++ {
		piece := tr.between(km, min(km+1, tr.length()))
		l := newTrace(plane{zone37}, piece).length()
		if want := min(1, tr.length()-km); l < want-.002 || l > want+.002 { // the plane's scale differs by less than 2 in 1000
			t.Errorf("km %g is %.4f km long, want %.4f", km, l, want)
		}
		total += l
	}
	if d := total - tr.length(); d > .001 || d < -.001 {
		t.Errorf("the pieces are %.4f km, the line %.4f km", total, tr.length())
	}
	if tr.at(-1) != line[0] || tr.at(1e6) != line[len(line)-1] {
		t.Error("marks beyond the ends are not the ends")
	}
}
