package response

import (
	"context"
	"math"
	"testing"

	"vedette/exposure"
	"vedette/frontier"
	"vedette/geo"
	"vedette/grid"
	"vedette/mobility"
	"vedette/terrain"
)

var (
	zone   = geo.Zone{Number: 37}
	middle = geo.XY{X: 500_000, Y: 3_800_000}
	day    = exposure.Condition{Name: "day", SunElevation: 45, Visibility: 20_000}
)

func place(x, y float64) geo.Point {
	return zone.Unproject(geo.XY{X: middle.X + x, Y: middle.Y + y})
}

// level is flat ground of 6 km by 6 km, own in the south.
func level(area *frontier.Area) *mobility.Ground {
	f := grid.Frame{CRS: grid.UTM(zone), X0: middle.X - 3000, Y0: middle.Y + 3000, DX: 50, DY: 50, Cols: 120, Rows: 120}
	t := &terrain.Terrain{Frame: f, Ground: grid.NewTiled(f, float32(0)), Class: grid.NewTiled[uint8](f, 0)}
	distance := grid.NewTiled(f, float32(math.NaN()))
	for row := range f.Rows {
		for col := range f.Cols {
			t.Ground.Set(col, row, 10)
			distance.Set(col, row, float32(middle.Y-f.Center(col, row).Y))
		}
	}
	area.Frontier = frontier.Frontier{OwnSide: "right", Line: []geo.Point{place(-3000, 0), place(3000, 0)}}
	area.Settings.HelicopterVisibilityKM = 3
	return mobility.NewGround(area, t, distance)
}

func node(g *mobility.Ground, x, y float64) mobility.Node {
	col, row, _ := g.Frame.Cell(geo.XY{X: middle.X + x, Y: middle.Y + y})
	return g.Node(col, row)
}

func fields(t *testing.T, area *frontier.Area, c exposure.Condition) (*mobility.Ground, []*Field) {
	t.Helper()
	g := level(area)
	all, err := Fields(context.Background(), g, area, c)
	if err != nil {
		t.Fatal(err)
	}
	return g, all
}

func base(id string, x, y float64, r ...frontier.Responder) frontier.Base {
	return frontier.Base{Named: frontier.Named{ID: id}, At: place(x, y), Responders: r}
}

func near(t *testing.T, what string, ms uint32, want float64) {
	t.Helper()
	if got := float64(ms) / 1000; math.Abs(got-want) > .01*want+2 { // a cell, and the grid's scale
		t.Errorf("%s: %.1f s, want %.1f s", what, got, want)
	}
}

func TestAResponderTakesAlarmMountAndDrive(t *testing.T) {
	pickup := frontier.Responder{Type: "pickup", Count: 1, AlarmS: 100, MountS: 200, SpeedKMH: 40}
	g, all := fields(t, &frontier.Area{Bases: []frontier.Base{base("b", 25, -1025, pickup)}}, day)
	// Open ground of which nothing is known: 25 km/h.
	near(t, "2 km to the east", all[0].At(node(g, 2025, -1025)), 300+2000/(25/3.6))
	if ms := all[0].At(node(g, 25, 525)); ms != Never {
		t.Errorf("beyond the frontier: %d ms, want never", ms)
	}
}

func TestAFasterResponderDrivesInProportion(t *testing.T) {
	fast := frontier.Responder{Type: "pickup", Count: 1, AlarmS: 1, MountS: 1, SpeedKMH: 80}
	g, all := fields(t, &frontier.Area{Bases: []frontier.Base{base("b", 25, -1025, fast)}}, day)
	near(t, "2 km at twice the speed", all[0].At(node(g, 2025, -1025)), 2+2000/(50/3.6))
}

func TestPursuitGoesBeyondTheFrontier(t *testing.T) {
	area := &frontier.Area{Bases: []frontier.Base{base("b", 25, -1025, frontier.Responder{Type: "foot", Count: 1, AlarmS: 1, MountS: 1})}}
	area.Settings.Pursuit = true
	g, all := fields(t, area, day)
	near(t, "2 km on foot over the frontier", all[0].At(node(g, 25, 975)), 2+2000/.7785)
}

func TestWhatIsLeftOutIsAPrior(t *testing.T) {
	g, all := fields(t, &frontier.Area{Bases: []frontier.Base{base("b", 25, -1025, frontier.Responder{Type: "armoured_car", Count: 1})}}, day)
	near(t, "at home", all[0].At(node(g, 25, -1025)), alarmPrior+mountPrior)
}

func TestPriorsLieInTheirRanges(t *testing.T) {
	for _, c := range []struct {
		name             string
		value, low, high float64
	}{
		{"alarm to order", alarmPrior, 60, 180},
		{"mounting at barracks", mountPrior, 120, 300},
		{"mounting of a patrol on the move", patrolPrior, 15, 30},
		{"launch of a helicopter, 15, 30 or 60 minutes", launchPrior, 15 * 60, 60 * 60},
		{"cruise of a helicopter", cruisePrior, 220, 260},
		{"speed of a pickup on a track, km/h", 3.6 / mobility.Pickup.Pace(mobility.Track, 0), 40 - 1e-9, 40 + 1e-9}, // rounding
		{"speed on a track to which that of a responder refers", trackSpeed, 40, 40},
	} {
		if c.value < c.low || c.value > c.high {
			t.Errorf("%s: %g, want %g to %g", c.name, c.value, c.low, c.high)
		}
	}
}

func TestAHelicopterFliesStraightAndNotInDust(t *testing.T) {
	area := &frontier.Area{Bases: []frontier.Base{base("field", 0, -90_000, frontier.Responder{Type: "helicopter", Count: 1, AlarmS: 180, MountS: 1800, SpeedKMH: 230})}}
	g, all := fields(t, area, day)
	near(t, "90 km", all[0].At(node(g, 0, -25)), 1980+90_000/(230/3.6))
	if _, none := fields(t, area, exposure.Condition{SunElevation: 45, Visibility: 2000}); len(none) != 0 {
		t.Error("it flies with 2 km of visibility, where 3 are asked for")
	}
}

func TestAPatrolIsTakenAtItsWorstPlace(t *testing.T) {
	p := frontier.Patrol{Named: frontier.Named{ID: "p"}, Type: "foot", Mode: "back_and_forth", SpeedKMH: 4, Start: "06:00", End: "18:00",
		Line: []geo.Point{place(-2025, -525), place(-25, -525), place(1975, -525)}}
	area := &frontier.Area{Patrols: []frontier.Patrol{p}}
	g, all := fields(t, area, day)
	near(t, "at one end it may be at the other", all[0].At(node(g, -2025, -525)), alarmPrior+patrolPrior+4000/.7785)
	near(t, "in the middle", all[0].At(node(g, -25, -525)), alarmPrior+patrolPrior+2000/.7785)
	if _, none := fields(t, area, exposure.Condition{SunElevation: -30, Visibility: 20_000}); len(none) != 0 {
		t.Error("it is out at midnight")
	}
}

func TestResponderOutsideTheStripComesByADetour(t *testing.T) {
	g, all := fields(t, &frontier.Area{Bases: []frontier.Base{base("b", 25, -7000, frontier.Responder{Type: "pickup", Count: 1, AlarmS: 1, MountS: 1, SpeedKMH: 40})}}, day)
	// 4,025 m from the strip's last row, 1.3 times as long by track at 40 km/h.
	near(t, "at the strip's edge", all[0].At(node(g, 25, -2975)), 2+4025*detour/(40/3.6))
}

func TestBarriersStandInTheWayOfResponders(t *testing.T) {
	area := &frontier.Area{
		Bases: []frontier.Base{base("b", 25, -1025, frontier.Responder{Type: "pickup", Count: 1, AlarmS: 1, MountS: 1, SpeedKMH: 40})},
		Barriers: []frontier.Barrier{{Type: "berm", HeightM: 2, Line: []geo.Point{place(-3100, -510), place(3100, -510)},
			Openings: []frontier.Opening{{AtKM: 5.1, WidthM: 6}}}},
	}
	g, all := fields(t, area, day)
	// By the gap at x = 2000: there and back is longer than the 1 km straight.
	way := math.Hypot(2000, 515) + math.Hypot(2000, 485)
	if got := float64(all[0].At(node(g, 25, -25))) / 1000; got < 2+way/(25/3.6) || got > 1.03*(2+way/(25/3.6)) {
		t.Errorf("%.0f s by the gap, want about %.0f", got, 2+way/(25/3.6))
	}
}

func TestLeastAndRankedGoByTime(t *testing.T) {
	r := frontier.Responder{Type: "pickup", Count: 1, AlarmS: 1, MountS: 1}
	g, all := fields(t, &frontier.Area{Bases: []frontier.Base{base("far", 2025, -1025, r), base("near", 25, -1025, r)}}, day)
	n := node(g, 25, -525)
	ms, first := Least(all, n, "")
	if all[first].Asset != "near" || ms != all[1].At(n) {
		t.Errorf("first comes %s in %d ms", all[first].Asset, ms)
	}
	if _, next := Least(all, n, "near"); all[next].Asset != "far" {
		t.Error("without the near one the far one comes first")
	}
	if ranked := Ranked(all, n); len(ranked) != 2 || ranked[0] != ms || ranked[1] != all[0].At(n) {
		t.Errorf("ranked %v", ranked)
	}
	if _, none := Least(nil, n, ""); none != -1 {
		t.Error("nobody comes first where there is nobody")
	}
}

func TestBusyRespondersWeighTheirCovers(t *testing.T) {
	w := Weights(.3, 3)
	for i, want := range []float64{.7, .21, .063} { // (1-q) q^(j-1)
		if math.Abs(w[i]-want) > 1e-12 {
			t.Errorf("cover %d weighs %g, want %g", i+1, w[i], want)
		}
	}
}

func TestAFieldCostsTwoBytesACell(t *testing.T) {
	g, all := fields(t, &frontier.Area{Bases: []frontier.Base{base("b", 25, -1025, frontier.Responder{Type: "pickup", Count: 1})}}, day)
	if got := all[0].Bytes(); got > int64(2*g.Nodes()) || got == 0 {
		t.Errorf("%d bytes for %d cells", got, g.Nodes())
	}
}
