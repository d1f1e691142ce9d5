package mobility

import (
	"math"
	"testing"
	"unsafe"

	"vedette/frontier"
	"vedette/geo"
	"vedette/terrain"
)

func TestWalkingSpeedsAreThePublishedOnes(t *testing.T) {
	for _, c := range []struct {
		name         string
		got, want, e float64
	}{
		{"Tobler on level path, km/h", Tobler(true, 0) * 3.6, 5.0367, 5e-5},
		{"Tobler on level ground off the path, km/h", Tobler(false, 0) * 3.6, 3.0220, 5e-5},
		{"Tobler is fastest gently downhill, km/h", Tobler(true, -.05) * 3.6, 6, 1e-12},
		{"Irmischer-Clarke on level path, m/s", IrmischerClarke(true, 0), 1.0962, 5e-5},
		{"Irmischer-Clarke on level ground off the path", IrmischerClarke(false, 0), .7785, 5e-5},
		{"Irmischer-Clarke 5 % down on the path", IrmischerClarke(true, -.05), 1.1100, 5e-5},
		{"Irmischer-Clarke 5 % down off the path", IrmischerClarke(false, -.05), .7767, 5e-5},
		// (s+5)^2 is 100 up and 0 down: the sign of a slope counts.
		{"Irmischer-Clarke 5 % up on the path", IrmischerClarke(true, .05), .11 + math.Exp(-100./1800), 1e-12},
		{"Langmuir, a level kilometre, s", Langmuir(1000, 0), 720, 1e-9},
		{"Langmuir, 100 m up", Langmuir(1000, 100), 1320, 1e-9},
		{"Langmuir, 150 m down", Langmuir(1000, -150), 420, .04}, // 1.9998, not 2
		{"Langmuir, 300 m down", Langmuir(1000, -300), 1320, .07},
	} {
		if math.Abs(c.got-c.want) > c.e {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestVehiclesAreCappedByGroundAndSlope(t *testing.T) {
	for _, c := range []struct {
		name  string
		class uint8
		slope float64
		want  float64 // km/h
	}{
		{"road", Paved, 0, 80}, {"track", Track, 0, 40}, {"firm gravel", Gravel, 0, 30}, {"soft sand", Sand, 0, 12},
		{"a road so steep that the engine limits: (40-20)/(60/120)", Paved, .2, 40},
		{"downhill counts half", Paved, -.4, 40},
		{"sand steeper than it climbs", Sand, .18, 0}, {"firm ground steeper than it climbs", Gravel, .4, 0},
		{"water", Water, 0, 0},
	} {
		got := 3.6 / Pickup.Pace(c.class, c.slope)
		if math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %.2f km/h, want %.2f", c.name, got, c.want)
		}
	}
}

// A vehicle's way to the interior of ten kilometres of firm gravel.
func TestTenKilometresOfGravelAreTwentyMinutes(t *testing.T) {
	if got := 10_000 * Pickup.Pace(Gravel, 0); math.Abs(got-1200) > 1e-9 { // rounding
		t.Errorf("%.1f s, want 1200", got)
	}
}

func TestGradeabilityLiesInItsRange(t *testing.T) {
	for _, m := range []Mover{Motorcycle, Pickup, ArmouredCar} {
		for _, c := range []struct {
			class     uint8
			goes, not float64 // slopes
		}{{Gravel, .29, .46}, {Sand, .14, .21}} {
			if math.IsInf(m.Pace(c.class, c.goes), 1) || !math.IsInf(m.Pace(c.class, c.not), 1) {
				t.Errorf("%s on class %d: %g s/m at %g, %g at %g", m.Name, c.class, m.Pace(c.class, c.goes), c.goes, m.Pace(c.class, c.not), c.not)
			}
		}
	}
}

// Exposure is hazard times time: who is slowed by the ground is seen longer.
func TestSlowGroundRaisesExposure(t *testing.T) {
	p := &plain{cols: 16, rows: 16, cell: 30}
	g := p.ground()
	hazard := make([]uint32, g.Nodes())
	for i := range hazard {
		hazard[i] = 1_000_000
	}
	n := NewNet(g, Foot, nil)
	half := Foot.Faster(.5)
	slow := NewNet(g, half, nil)
	at := p.node(g, 15, 15)
	for k := range Arcs {
		fast, _, ok1 := n.Exposure(at, k, &Hazard{Still: hazard})
		late, _, ok2 := slow.Exposure(at, k, &Hazard{Still: hazard})
		want := 1e6 * HazardUnit * n.Metres(k) / .7785 / ExposureUnit
		if !ok1 || !ok2 || math.Abs(float64(fast)/want-1) > 1e-3 || math.Abs(float64(late)/float64(fast)-2) > 1e-3 { // times are whole milliseconds
			t.Errorf("arc %d: %d units and %d at half the speed, want %.0f and twice that", k, fast, late, want)
		}
	}
}

func TestClassesAreThoseOfTheTerrain(t *testing.T) {
	for i, name := range []string{"village", "valley", "field", "palm", "sand", "gravel", "rock"} {
		if terrain.Classes[i] != name || int(Track) != len(terrain.Classes)+1 {
			t.Fatalf("class %d is %q", i+1, terrain.Classes[i])
		}
	}
}

func TestDelaysLieInThePriors(t *testing.T) {
	given := 77.
	for _, c := range []struct {
		name    string
		mover   string
		barrier frontier.Barrier
		want    Delay
	}{
		{"a berm of 1 m on foot", "foot", frontier.Barrier{Type: "berm", HeightM: 1}, Delay{29, 20, 45}},
		{"a berm of 2 m on foot", "foot", frontier.Barrier{Type: "berm", HeightM: 2}, Delay{58, 40, 90}},
		{"a berm of 3 m on foot", "foot", frontier.Barrier{Type: "berm", HeightM: 3}, Delay{87, 60, 135}},
		{"a fence, from the trained to the unskilled", "foot", frontier.Barrier{Type: "fence"}, Delay{15, 3, 60}},
		{"triple concertina on foot, 1 to 3 min", "foot", frontier.Barrier{Type: "wire"}, Delay{104, 60, 180}},
		{"triple concertina in a 4x4, 2 to 10 min", "4x4", frontier.Barrier{Type: "wire"}, Delay{268, 120, 600}},
		{"a trench on foot, 30 to 90 s", "foot", frontier.Barrier{Type: "trench", DepthM: 2}, Delay{52, 30, 90}},
		{"a trench in a 4x4 with planks, 5 to 15 min", "4x4", frontier.Barrier{Type: "trench", DepthM: 2}, Delay{520, 300, 900}},
		{"a berm of .6 m in a 4x4, which it drives over", "4x4", frontier.Barrier{Type: "berm", HeightM: .6}, Delay{5, 2, 12}},
		{"a berm of 1 m in a 4x4, which must be dug through by hand", "4x4", frontier.Barrier{Type: "berm", HeightM: 1}, Delay{7200, 3600, 14_400}},
		{"single concertina on a low berm in a 4x4, 30 to 120 s more", "4x4", frontier.Barrier{Type: "berm", HeightM: .5, Topped: "wire"}, Delay{65, 32, 132}},
		{"a low berm in a 4x4", "4x4", frontier.Barrier{Type: "berm", HeightM: .5}, Delay{5, 2, 12}},
		{"a high berm must be dug through", "4x4", frontier.Barrier{Type: "berm", HeightM: 2}, wheelDig},
		{"single concertina on a berm, 20 to 60 s more", "foot", frontier.Barrier{Type: "berm", HeightM: 1, Topped: "wire"}, Delay{64, 40, 105}},
		{"a cable delays nobody", "4x4", frontier.Barrier{Type: "cable"}, Delay{}},
		{"the area's own figure", "foot", frontier.Barrier{Type: "trench", FootDelayS: &given}, Delay{77, 38.5, 154}},
		{"which is not the vehicle's", "4x4", frontier.Barrier{Type: "trench", FootDelayS: &given}, wheelTrench},
	} {
		if got := DelayOf(c.mover, &c.barrier); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestReversingASlopeSwapsUpAndDown(t *testing.T) {
	up := &plain{cols: 64, rows: 64, cell: 30, height: func(x, _ float64) float64 { return x / 8 }}
	down := &plain{cols: 64, rows: 64, cell: 30, height: func(x, _ float64) float64 { return -x / 8 }}
	for _, m := range Movers[:4] {
		a, b := NewNet(up.ground(), *m, nil), NewNet(down.ground(), *m, nil)
		n := up.node(a.Ground, 15, 15)
		for k := range Arcs {
			to := a.Neighbour(n, k)
			if got, want := a.Time(n, k), b.Time(to, Back(k)); got != want {
				t.Errorf("%s, arc %d: %d up, %d back on the reversed slope", m.Name, k, got, want)
			}
		}
	}
}

// ring is a closed square of berm, turned by an angle, with or without a lane
// in the middle of its first side.
func ring(degrees, half, lane float64) frontier.Barrier {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	corner := func(x, y float64) geo.Point { return place(x*cos-y*sin+3, x*sin+y*cos+4) }
	b := frontier.Barrier{Type: "berm", HeightM: 2, Line: []geo.Point{corner(-half, -half), corner(half, -half), corner(half, half), corner(-half, half), corner(-half, -half)}}
	if lane > 0 {
		b.Openings = []frontier.Opening{{AtKM: half / 1000, WidthM: lane}}
	}
	return b
}

// intoRing is the seconds of a walk from the north to the middle of a ring.
func intoRing(b *frontier.Barrier, cell float64) float64 {
	p := &plain{cols: 60, rows: 60, cell: cell}
	if b != nil {
		p.area.Barriers = []frontier.Barrier{*b}
	}
	g := p.ground()
	s := search(NewNet(g, Foot, nil), false)
	s.Seed(p.node(g, cell/2, 25*cell), 0)
	s.Run()
	return float64(s.Label[p.node(g, cell/2, -cell/2)]) / 1000
}

func TestAClosedRingIsPaidForAtEveryAngle(t *testing.T) {
	for _, cell := range []float64{30, 120} {
		open := intoRing(nil, cell)
		for degrees := 0.; degrees <= 90; degrees++ {
			whole := ring(degrees, 10*cell, 0)
			if over := intoRing(&whole, cell) - open; math.Abs(over-58) > .01 {
				t.Errorf("cells of %g m, ring at %g degrees: the walk in costs %.2f s more, want the berm's 58 s once", cell, degrees, over)
			}
		}
	}
}

func TestALaneIsFoundAtEveryAngle(t *testing.T) {
	for _, cell := range []float64{30, 120} {
		for degrees := 0.; degrees <= 90; degrees++ {
			// On foot 58 s buy a short way, so a berm that nobody climbs.
			closed, lane := ring(degrees, 10*cell, 0), ring(degrees, 10*cell, 3)
			never := 80_000.
			closed.FootDelayS, lane.FootDelayS = &never, &never
			if t0 := intoRing(&closed, cell); t0 < never {
				t.Errorf("cells of %g m, ring at %g degrees: a closed ring is entered in %.0f s", cell, degrees, t0)
			}
			if t1 := intoRing(&lane, cell); t1 > never/2 {
				t.Errorf("cells of %g m, ring at %g degrees: the lane is not found: %.0f s", cell, degrees, t1)
			}
		}
	}
}

func TestALaneOfThreeMetresIsNoneForATank(t *testing.T) {
	wide, narrow := NewNet((&plain{cols: 8, rows: 8, cell: 30}).ground(), ArmouredCar, nil), passed{gap: 2}
	if wide.through(narrow) || !wide.through(passed{gap: 3}) || wide.through(passed{}) {
		t.Error("an armoured car is 2.6 m wide")
	}
}

func TestARiverIsCrossedAtItsBridge(t *testing.T) {
	p := &plain{cols: 80, rows: 80, cell: 30}
	p.area.Waters = []frontier.Water{{Named: frontier.Named{ID: "r"}, Type: "river", WidthM: 20, Line: []geo.Point{place(-5000, 100), place(5000, 95)}}}
	p.area.Bridges = []frontier.Bridge{{Over: "r", At: place(700, 98)}}
	cross := func() uint32 {
		g := p.ground()
		s := search(NewNet(g, Pickup, nil), false)
		s.Seed(p.node(g, -700, 700), 0)
		s.Run()
		return s.Label[p.node(g, -700, -700)]
	}
	open := cross()
	if open == Unreached {
		t.Fatal("the bridge is not found")
	}
	p.area.Bridges[0].State = "destroyed"
	if cross() != Unreached {
		t.Error("a pickup crosses the river without a bridge")
	}
	p.area.Waters[0].Ford = true
	if ford := cross(); ford >= open {
		t.Errorf("the ford takes %d ms, the bridge %d", ford, open)
	}
}

// A walker of 1.4 m/s passes a tower at 500 m on a straight line of 6 km; the
// closed forms hold for any size of cell and along the diagonal too.
func TestTheWalkPastATower(t *testing.T) {
	walker := Mover{Name: "walker", Pace: func(uint8, float64) float64 { return 1 / 1.4 }, Delay: Foot.Delay}
	for _, c := range []struct {
		name   string
		hazard func(r float64) float64
		want   float64
	}{
		{"1000/r2", func(r float64) float64 { return 1000 / (r * r) }, 4.016136},
		{"inverse cube", func(r float64) float64 { return 5e5 / (r * r * r) }, 2.818268},
	} {
		for _, cell := range []float64{10, 30, 60} {
			for arc, name := range map[int]string{0: "straight", 4: "diagonal", 8: "by knight's moves"} {
				if got := pastTower(walker, cell, arc, c.hazard); math.Abs(got/c.want-1) > .01 {
					t.Errorf("%s in cells of %g m, %s: %.4f, want %.4f within 1 %%", c.name, cell, name, got, c.want)
				}
			}
		}
	}
}

// pastTower walks 6 km along one arc and adds up what its arcs cost.
func pastTower(m Mover, cell float64, arc int, hazard func(r float64) float64) float64 {
	n := int(6600/cell) &^ 1
	p := &plain{cols: n, rows: n, cell: cell}
	g := p.ground()
	net := NewNet(g, m, nil)
	east, north := Step(arc)
	long := math.Hypot(east, north)
	east, north = east/long, north/long
	start := p.node(g, -3000*east+cell/2, -3000*north+cell/2)
	first := g.At(start)
	// The tower stands 500 m to the side of the middle of the way that is walked.
	arcs := int(math.Round(6000 / net.Metres(arc)))
	half := float64(arcs) * net.Metres(arc) * g.scale / 2
	tower := geo.XY{X: first.X + half*east - 500*g.scale*north, Y: first.Y + half*north + 500*g.scale*east}
	values := make([]uint32, g.Nodes())
	for i := range values {
		at := g.At(Node(i))
		values[i] = uint32(hazard(max(1, math.Hypot(at.X-tower.X, at.Y-tower.Y)/g.scale)) / HazardUnit)
	}
	sum := 0.
	for at := start; arcs > 0; arcs-- {
		units, _, ok := net.Exposure(at, arc, &Hazard{Still: values})
		if !ok {
			panic("the way leaves the ground")
		}
		sum += float64(units) * ExposureUnit
		at = g.Neighbour(at, arc)
	}
	return sum
}

func TestBytesOfACell(t *testing.T) {
	g := (&plain{cols: 256, rows: 256, cell: 30}).ground()
	bytes := cap(g.cells) * int(unsafe.Sizeof(cell{}))
	if got := float64(bytes) / float64(g.Nodes()); got != BytesPerCell {
		t.Errorf("%g bytes a cell, want %d", got, BytesPerCell)
	}
	s := search(NewNet(g, Foot, nil), false)
	if got := 4 * cap(s.Label) / g.Nodes(); got != 4 {
		t.Errorf("a search takes %d bytes a cell for its labels, want 4", got)
	}
}

func TestABoatPassesUnderABridge(t *testing.T) {
	p := &plain{cols: 80, rows: 80, cell: 30}
	p.area.Waters = []frontier.Water{{Named: frontier.Named{ID: "r"}, Type: "river", WidthM: 200, Line: []geo.Point{place(-1500, 100), place(1500, 95)}}}
	p.area.Roads = []frontier.Road{{Type: "paved", Line: []geo.Point{place(10, -1500), place(12, 1500)}}}
	p.area.Bridges = []frontier.Bridge{{Over: "r", At: place(11, 98)}}
	g := p.ground()
	for _, c := range []struct {
		mover    Mover
		from, to Node
	}{{Boat, p.node(g, -700, 100), p.node(g, 700, 100)}, {Pickup, p.node(g, 10, 700), p.node(g, 10, -700)}} {
		s := search(NewNet(g, c.mover, nil), false)
		s.Seed(c.from, 0)
		s.Run()
		if s.Label[c.to] == Unreached {
			t.Errorf("%s does not pass the bridge", c.mover.Name)
		}
	}
}
