package crossing

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
)

func TestWithoutSensorsNobodyIsInterrupted(t *testing.T) {
	s := newStage(3000, 2000, 60)
	s.conditions = exposure.Standard(s.area.Settings)
	s.kinds = []Kind{OnFoot, ByPickup}
	s.area.Bases = []frontier.Base{post("base", 0, -500, 60)}
	for _, m := range s.solve(t).Result().Modes {
		for _, k := range m.Kilometres {
			if !k.Passable || k.PI != 0 || k.P90 != 0 || k.Path.PUnseen != 1 {
				t.Errorf("%s %s, km %g: P(I) %g, P90 %g", m.Kind, m.Condition.Name, k.From, k.PI, k.P90)
			}
		}
	}
}

// A disk of one rate covers a kilometre and a little more of its neighbours:
// who crosses in it must be inside for as long as it takes from the nearest
// point of the disk's edge beyond the frontier and back out on this side.
func TestWhereNobodyPassesNothingIsCrossed(t *testing.T) {
	s := newStage(2000, 1500, 50)
	s.area.Sites = []frontier.Site{disk("a", 0, -300, 600, .01, .7)}
	s.area.Bases = []frontier.Base{post("b", 0, -1000, 60)}
	s.kinds = []Kind{ByBoat}
	for i, k := range s.solve(t).Result().Modes[0].Kilometres {
		if k.Passable || k.PI != 1 || k.Path != nil {
			t.Errorf("km %d on dry ground by boat: %+v", i, k)
		}
	}
}

func TestAGuardedKilometreBesideOpenOnesKeepsItsValue(t *testing.T) {
	s := newStage(3000, 2000, 20)
	const rate, radius = .004, 700
	s.area.Sites = []frontier.Site{disk("tower", 0, 0, radius, rate, 1)}
	s.area.Bases = []frontier.Base{post("base", 0, -700, 30)}
	s.area.Settings.ResponseSDS = 1
	km := s.solve(t).Result().Modes[0].Kilometres
	if km[0].PI != 0 || km[2].PI != 0 {
		t.Errorf("the open kilometres have %g and %g, want 0", km[0].PI, km[2].PI)
	}
	// The kilometre ends 500 m from the tower, 200 m inside the disk.
	want := 1 - math.Exp(-rate*2*200/.7785)
	if math.Abs(km[1].PI-want) > .04 { // its edge lies somewhere in a cell, and the way has a bend
		t.Errorf("the guarded kilometre has %.3f, want about %.3f", km[1].PI, want)
	}
}

// Two gaps in a wall: A is watched long by somebody who is there half of the
// time, B less by somebody who always is. Who forgets availability takes B.
func TestTheTwoCorridors(t *testing.T) {
	rates := [2]float64{.01, .01}
	never := math.Inf(1)
	solve := func() *Kilometre {
		s := newStage(1000, 2000, 20)
		s.area.Sites = []frontier.Site{disk("a", -400, 0, 250, rates[0], .5), disk("b", 400, 0, 250, rates[1], 1)}
		s.area.Bases = []frontier.Base{post("base", 0, -1000, 30)}
		s.area.Settings.ResponseSDS = 1
		s.area.Barriers = []frontier.Barrier{{Named: frontier.Named{ID: "wall"}, Type: "wall", HeightM: .1, FootDelayS: &never,
			Line:     []geo.Point{place(-600, 1), place(600, 1)},
			Openings: []frontier.Opening{{AtKM: .2, WidthM: 5}, {AtKM: 1, WidthM: 5}}}}
		return &s.solve(t).Result().Modes[0].Kilometres[0]
	}
	k := solve()
	// Set the rates so that the exposures are those of the example.
	rates[0] *= 3 / exposureThrough(k, true)
	rates[1] *= 2.5 / exposureThrough(k, false)
	k = solve()
	if got := k.Path.Exposure; math.Abs(got-3) > .02 {
		t.Fatalf("exposure %.3f, want 3", got)
	}
	if math.Abs(k.PI-.475) > .001 || math.Abs(k.RunnerUp-.918) > .003 {
		t.Errorf("P(I) %.4f and %.4f elsewhere, want .475 through A and .918 through B", k.PI, k.RunnerUp)
	}
	if at := zone.Project(k.Path.At[k.Path.Cross]); at.X > middle.X {
		t.Errorf("the weakest crossing is at B")
	}
}

// exposureThrough is the exposure at the first rates: of the path, or of the
// other corridor by its P(I).
func exposureThrough(k *Kilometre, a bool) float64 {
	if a {
		return k.Path.Exposure
	}
	return -math.Log(1 - k.RunnerUp)
}

func TestTheSameInputGivesTheSameResultOnAnyNumberOfCores(t *testing.T) {
	run := func(cores int) *Result {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		s := random(5, 50)
		s.kinds = []Kind{OnFoot, ByPickup}
		s.conditions = exposure.Standard(s.area.Settings)
		return s.solve(t).Result()
	}
	one, four := run(1), run(4)
	for i := range one.Modes {
		a, b := &one.Modes[i], &four.Modes[i]
		for k := range a.Kilometres {
			same(t, &a.Kilometres[k], &b.Kilometres[k])
		}
	}
}

// same holds two kilometres against each other, bit by bit.
func same(t *testing.T, a, b *Kilometre) {
	t.Helper()
	x, y := *a, *b
	if math.IsNaN(x.RunnerUp) && math.IsNaN(y.RunnerUp) {
		x.RunnerUp, y.RunnerUp = 0, 0
	}
	if !reflect.DeepEqual(x, y) {
		t.Errorf("km %g: P(I) %v and %v, or their paths, differ", a.From, a.PI, b.PI)
	}
}

func TestBlindThenBackIsAsBefore(t *testing.T) {
	l := random(6, 50).solve(t)
	before := l.Result()
	ctx := context.Background()
	for _, id := range []string{"a", "near", "berm"} {
		if err := l.Apply(ctx, Change{ID: id, Out: true}); err != nil {
			t.Fatal(err)
		}
		if reflect.DeepEqual(before.Modes[0].Kilometres, l.Result().Modes[0].Kilometres) {
			t.Errorf("nothing changes without %s", id)
		}
		if err := l.Apply(ctx, Change{ID: id}); err != nil {
			t.Fatal(err)
		}
		for k := range before.Modes[0].Kilometres {
			same(t, &before.Modes[0].Kilometres[k], &l.Result().Modes[0].Kilometres[k])
		}
	}
}

func TestAChangeOfNothingIsRefused(t *testing.T) {
	l := random(6, 100).solve(t)
	before := l.Result()
	err := l.Apply(context.Background(), Change{ID: "a", Out: true}, Change{ID: "nobody", Out: true})
	if err == nil || !strings.Contains(err.Error(), `"nobody"`) || l.Result() != before {
		t.Errorf("error %v", err)
	}
}

// Production is within .005 of monotone on rasters.
const within = .005

func TestLossesNeverHelpAndDelaysNeverHurt(t *testing.T) {
	for seed := range uint64(drawn(12)) {
		s := random(seed, 60)
		if seed%2 == 1 {
			s.kinds = []Kind{ByPickup}
		}
		l := s.solve(t)
		before := l.Result().Modes[0].Kilometres
		for _, id := range []string{"a", "b", "c", "d", "near", "other", "berm"} {
			if err := l.Apply(context.Background(), Change{ID: id, Out: true}); err != nil {
				t.Fatal(err)
			}
			for k, now := range l.Result().Modes[0].Kilometres {
				if now.PI > before[k].PI+within {
					t.Errorf("seed %d, km %d: without %s P(I) rises from %.4f to %.4f", seed, k, id, before[k].PI, now.PI)
				}
			}
			if err := l.Apply(context.Background(), Change{ID: id}); err != nil {
				t.Fatal(err)
			}
		}
		twice := 2 * s.kinds[0].Mover.Delay(&s.area.Barriers[0])
		s.area.Barriers[0].FootDelayS, s.area.Barriers[0].VehicleDelayS = &twice, &twice
		for k, now := range s.solve(t).Result().Modes[0].Kilometres {
			if now.PI < before[k].PI-within {
				t.Errorf("seed %d, km %d: with twice the delay P(I) falls from %.4f to %.4f", seed, k, before[k].PI, now.PI)
			}
		}
	}
}

// mirrored turns an area round its north-south axis.
func (s *stage) mirrored() *stage {
	m := *s
	flip := func(p geo.Point) geo.Point {
		at := zone.Project(p)
		return zone.Unproject(geo.XY{X: 2*middle.X - at.X, Y: at.Y})
	}
	m.height = func(x, y float64) float64 { return s.height(-x, y) }
	m.area.Sites, m.area.Bases, m.area.Barriers = nil, nil, nil
	for _, site := range s.area.Sites {
		site.At = flip(site.At)
		m.area.Sites = append(m.area.Sites, site)
	}
	for _, b := range s.area.Bases {
		b.At = flip(b.At)
		m.area.Bases = append(m.area.Bases, b)
	}
	for _, b := range s.area.Barriers {
		line := make([]geo.Point, len(b.Line))
		for i, p := range b.Line {
			line[i] = flip(p)
		}
		b.Line = line
		m.area.Barriers = append(m.area.Barriers, b)
	}
	return &m
}

func TestTheMirrorImageHasTheMirrorAnswer(t *testing.T) {
	for seed := range uint64(6) {
		s := random(seed, 50)
		a, b := s.solve(t).Result().Modes[0].Kilometres, s.mirrored().solve(t).Result().Modes[0].Kilometres
		for k := range a {
			if got, want := b[len(b)-1-k].PI, a[k].PI; math.Abs(got-want) > within {
				t.Errorf("seed %d, km %d: %.4f, its mirror image %.4f", seed, k, want, got)
			}
		}
	}
}

func TestCellsCutInFourChangeLittle(t *testing.T) {
	for seed := range uint64(4) {
		porosity := func(cell float64) (all []float64) {
			s := random(seed, cell)
			s.height = nil
			for i := range s.area.Sites { // a disk's edge lies in another cell when cells change
				s.area.Sites[i].Sensors[0].Model, s.area.Sites[i].Sensors[0].CubeM3PerS = "cube", 5e4
				s.area.Sites[i].Sensors[0].RangeM = 6000
			}
			for _, k := range s.solve(t).Result().Modes[0].Kilometres {
				all = append(all, k.Porosity())
			}
			return all
		}
		a, b := porosity(30), porosity(15)
		for k := range a {
			t.Logf("seed %d, km %d: %.4f %.4f", seed, k, a[k], b[k])
			if math.Abs(a[k]-b[k]) > .01 {
				t.Errorf("seed %d, km %d: porosity %.4f in cells of 30 m, %.4f in cells of 15 m", seed, k, a[k], b[k])
			}
		}
	}
}
