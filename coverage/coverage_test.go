package coverage

import (
	"context"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"vedette/exposure"
	"vedette/frontier"
	"vedette/geo"
	"vedette/grid"
	"vedette/terrain"
	"vedette/viewshed"
)

var zone = geo.Zone{Number: 37}

// level is an area on flat ground at the zone's central meridian, where the
// grid's scale and turn are least: a frontier of about 10 km from west to east,
// the own side in the south, and three kilometres of strip on either side.
func level(sites ...frontier.Site) Plan {
	middle := geo.XY{X: 500_000, Y: 3_800_000}
	at := func(dx, dy float64) geo.Point { return zone.Unproject(geo.XY{X: middle.X + dx, Y: middle.Y + dy}) }
	area := &frontier.Area{
		Settings: frontier.Settings{DepthFarKM: 3, DepthOwnKM: 3, TargetHeightM: 1.7, Curvature: .85714, VisibilityKM: 20, DustVisibilityKM: 2},
		Frontier: frontier.Frontier{OwnSide: "right", Line: []geo.Point{at(-5000, 0), at(5000, 0)}},
		Sites:    sites,
	}
	f := grid.Frame{CRS: grid.UTM(zone), X0: middle.X - 8000, Y0: middle.Y + 5000, DX: 50, DY: 50, Cols: 320, Rows: 200}
	ter := &terrain.Terrain{Frame: f, Ground: grid.NewTiled(f, float32(math.NaN())), Cover: grid.NewTiled[uint8](f, 0), Class: grid.NewTiled[uint8](f, 0)}
	for row := range f.Rows {
		for col := range f.Cols {
			ter.Ground.Set(col, row, 100)
		}
	}
	return Plan{Area: area, Terrain: ter, Conditions: exposure.Standard(area.Settings)}
}

// tower is one so many metres from the middle of the frontier.
func tower(id string, dx, dy, reach float64) frontier.Site {
	return frontier.Site{
		Named: frontier.Named{ID: id}, HeightM: 20, At: zone.Unproject(geo.XY{X: 500_000 + dx, Y: 3_800_000 + dy}),
		Sensors: []frontier.Sensor{{Type: "thermal", RangeM: reach}},
	}
}

func compute(t *testing.T, p Plan) *Result {
	t.Helper()
	res, err := Compute(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestTheStripIsItsLengthTimesItsDepth(t *testing.T) {
	res := compute(t, level())
	whole := res.Views[0].Whole
	// 10 km by 6 km in cells of 50 m; the grid shrinks lengths by .9996.
	if want := 10_000 * 6000 / 2500.; math.Abs(float64(whole.Cells)-want) > .02*want {
		t.Errorf("%d cells, want about %.0f", whole.Cells, want)
	}
	if whole.Seen != 0 || whole.Ratio() != 0 {
		t.Errorf("without sites %d cells are seen", whole.Seen)
	}
	for _, s := range res.Views[0].ByDistance {
		if want := 10_000 * 1000 / 2500.; math.Abs(float64(s.Cells)-want) > .03*want {
			t.Errorf("from %g to %g km lie %d cells, want about %.0f", s.From, s.To, s.Cells, want)
		}
	}
	if d := float64(res.Strip.Distance.At(160, 60)); math.Abs(d+1975) > 5 { // the cell's centre lies 1975 m north: far
		t.Errorf("distance %g", d)
	}
}

func TestATowerOnFlatGroundSeesItsDisc(t *testing.T) {
	res := compute(t, level(tower("a", 0, 0, 2000)))
	seen := res.Views[0].Whole.Seen
	if want := math.Pi * 2000 * 2000 / 2500; math.Abs(float64(seen)-want) > .02*want { // cells at the rim
		t.Errorf("%d cells seen, want about %.0f", seen, want)
	}
	if res.Views[0].Whole.Twice != 0 {
		t.Error("one tower sees cells twice")
	}
}

func TestDustShortensWhatIsSeen(t *testing.T) {
	res := compute(t, level(tower("a", 0, 0, 2500)))
	day, dust := res.Views[0].Whole.Seen, res.Views[2].Whole.Seen
	// Visibility 2 km leaves a reach of 1384.5 m: see exposure.
	want := float64(day) * 1384.5 * 1384.5 / (2500 * 2500)
	if math.Abs(float64(dust)-want) > .03*want {
		t.Errorf("%d cells in dust, want about %.0f", dust, want)
	}
}

func TestCountsAreTheSumOfTheSites(t *testing.T) {
	res := compute(t, level(tower("a", -800, -200, 2000), tower("b", 900, 300, 1500), tower("c", 0, -2500, 2500)))
	for i, view := range res.Views {
		for row := range res.Frame.Rows {
			for col := range res.Frame.Cols {
				if res.Strip.KM.At(col, row) < 0 {
					if n := view.Count.At(col, row); n != NotSolved {
						t.Fatalf("outside the strip the count is %d", n)
					}
					continue
				}
				want := uint8(0)
				for _, s := range res.Sites {
					w := s.Window
					if col >= w.Min.X && col < w.Max.X && row >= w.Min.Y && row < w.Max.Y {
						want += s.Seen[(row-w.Min.Y)*w.Dx()+col-w.Min.X] >> i & 1
					}
				}
				if got := view.Count.At(col, row); got != want {
					t.Fatalf("%s: cell %d, %d counts %d, its sites %d", view.Condition.Name, col, row, got, want)
				}
			}
		}
	}
}

func TestTheSharesAddUp(t *testing.T) {
	res := compute(t, level(tower("a", -800, -200, 2000), tower("b", 900, 300, 1500)))
	for _, view := range res.Views {
		for name, parts := range map[string][]Share{"kilometres": view.ByKM, "distances": view.ByDistance} {
			var sum Share
			for _, s := range parts {
				sum.Cells += s.Cells
				sum.Seen += s.Seen
				sum.Twice += s.Twice
			}
			if sum.Cells != view.Whole.Cells || sum.Seen != view.Whole.Seen || sum.Twice != view.Whole.Twice {
				t.Errorf("%s, %s: %+v, the whole is %+v", view.Condition.Name, name, sum, view.Whole)
			}
		}
		alone := 0
		for _, l := range view.Loss {
			alone += l.Cells
		}
		if alone != view.Whole.Seen-view.Whole.Twice {
			t.Errorf("%d cells are lost one by one, %d are seen once", alone, view.Whole.Seen-view.Whole.Twice)
		}
	}
}

func TestLosingASiteLosesWhatItAloneSaw(t *testing.T) {
	a, b := tower("a", -800, -200, 2000), tower("b", 900, 300, 1500)
	both := compute(t, level(a, b)).Views[0]
	b.State = "down"
	one := compute(t, level(a, b)).Views[0]
	for _, l := range both.Loss {
		if l.Site == 1 && l.Cells != both.Whole.Seen-one.Whole.Seen {
			t.Errorf("the loss says %d cells, without it there are %d fewer", l.Cells, both.Whole.Seen-one.Whole.Seen)
		}
	}
	if both.Loss[0].Cells < both.Loss[1].Cells {
		t.Error("the worst loss does not come first")
	}
}

func TestAnArcIsOfTrueBearings(t *testing.T) {
	s := tower("a", 0, 0, 2000)
	from, to := 0., 90.
	s.Sensors[0].ArcFromDeg, s.Sensors[0].ArcToDeg = &from, &to
	res := compute(t, level(s))
	v := res.Sites[0]
	side := v.Window.Dx()
	at := func(dx, dy int) bool { return v.Seen[(side/2+dy)*side+side/2+dx]&1 != 0 }
	if !at(10, -10) || at(-10, -10) || at(10, 10) || at(-10, 10) {
		t.Errorf("north-east %v, north-west %v, south-east %v, south-west %v", at(10, -10), at(-10, -10), at(10, 10), at(-10, 10))
	}
}

func TestPostsSeeEachOtherUnlessSomethingStandsBetween(t *testing.T) {
	p := level(tower("a", -1000, 0, 500), tower("b", 1000, 0, 500), tower("c", 0, -1000, 500))
	if m := compute(t, p).Mutual; !m[0][1] || !m[1][0] || m[0][0] {
		t.Errorf("%v", m)
	}
	middle := geo.XY{X: 500_010, Y: 3_800_000}
	p.Terrain.Walls = []grid.Wall{{A: geo.XY{X: middle.X, Y: middle.Y - 200}, B: geo.XY{X: middle.X, Y: middle.Y + 200}, Height: 40}}
	if m := compute(t, p).Mutual; m[0][1] || !m[0][2] {
		t.Errorf("behind a wall: %v", m)
	}
}

func TestTheResultDoesNotDependOnTheCores(t *testing.T) {
	p := level(tower("a", -800, -200, 2000), tower("b", 900, 300, 1500), tower("c", 0, -2500, 2500))
	p.Mode = viewshed.Ray
	one := func(procs int) *Result {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		return compute(t, p)
	}
	a, b := one(1), one(4)
	if !reflect.DeepEqual(a.Views, b.Views) || !reflect.DeepEqual(a.Sites, b.Sites) || !reflect.DeepEqual(a.Mutual, b.Mutual) {
		t.Error("one core and four cores differ")
	}
}

func TestASiteInAVoidIsRefused(t *testing.T) {
	p := level(tower("a", 0, 0, 2000), tower("b", 500, 0, 2000), tower("c", 0, 0, 2000))
	col, row, _ := p.Terrain.Frame.Cell(geo.XY{X: 500_000, Y: 3_800_000})
	p.Terrain.Ground.Set(col, row, float32(math.NaN()))
	_, err := Compute(context.Background(), p)
	if err == nil || !strings.Contains(err.Error(), `"a"`) || !strings.Contains(err.Error(), `"c"`) || strings.Contains(err.Error(), `"b"`) {
		t.Errorf("error is %v", err)
	}
}

func TestAWorkThatIsCancelledStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Compute(ctx, level(tower("a", 0, 0, 2000))); err == nil {
		t.Error("no error")
	}
}
