package exercise

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"vedette/crossing"
	"vedette/exposure"
	"vedette/frontier"
	"vedette/geo"
	"vedette/mobility"
)

// play runs the path due south, with its P(I), and gives what came of it.
func (s *scene) play(t *testing.T, pi func(p *Plan, path Path) float64) Trial {
	t.Helper()
	p := s.plan(t)
	path := south(&p, 25)
	p.Modes[0].Kilometres = []Kilometre{{Number: 1, PI: pi(&p, path), Path: path}}
	r, err := Run(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	return r.Modes[0].Kilometres[0]
}

func TestFrequenciesAreThoseOfClosedForms(t *testing.T) {
	const exitY = -depth + cell/2
	constant := func(v float64) func(*Plan, Path) float64 { return func(*Plan, Path) float64 { return v } }
	cases := []struct {
		name  string
		set   func(s *scene, total float64)
		value func(p *Plan, path Path) float64
	}{
		{"a constant hazard counts until the time of the response is left", func(s *scene, total float64) {
			s.area.Sites, s.area.Bases = []frontier.Site{disk(2e-4, 1)}, []frontier.Base{post(25, exitY, 1000)}
		}, func(p *Plan, path Path) float64 { return 1 - math.Exp(-2e-4*(walk(p, path)-1000)) }},
		{"a watcher who is up half of the time sees half of the intruders", func(s *scene, total float64) {
			s.area.Sites, s.area.Bases = []frontier.Site{disk(1, .5)}, []frontier.Base{post(25, exitY, 100)}
		}, constant(.5)},
		{"without slack half of the responses are in time", func(s *scene, total float64) {
			s.area.Sites, s.area.Bases = []frontier.Site{disk(1, 1)}, []frontier.Base{post(25, exitY, total-1)} // he is seen after a second
			s.area.Settings.ResponseSDS = 300
		}, constant(.5)},
		{"one error of slack is in time with 84 %", func(s *scene, total float64) {
			s.area.Sites, s.area.Bases = []frontier.Site{disk(1, 1)}, []frontier.Base{post(25, exitY, total-301)}
			s.area.Settings.ResponseSDS = 300
		}, constant(.8413447)},
		{"a line sensor sees once, if it works", func(s *scene, total float64) {
			up := .9
			s.area.Barriers = []frontier.Barrier{{Named: frontier.Named{ID: "cable"}, Type: "cable", PDetect: .4, Availability: &up, Line: []geo.Point{place(-1400, 210), place(1400, 230)}}}
			s.area.Bases = []frontier.Base{post(25, exitY, 100)}
		}, constant(.36)},
		{"a line sensor that is crossed too late helps nobody", func(s *scene, total float64) {
			s.area.Barriers = []frontier.Barrier{{Named: frontier.Named{ID: "cable"}, Type: "cable", PDetect: .4, Line: []geo.Point{place(-1400, 210), place(1400, 230)}}}
			s.area.Bases = []frontier.Base{post(25, exitY, 4000)}
		}, constant(0)},
		{"who is busy half of the time comes to half of the alarms", func(s *scene, total float64) {
			s.area.Sites, s.area.Bases = []frontier.Site{disk(1, 1)}, []frontier.Base{post(25, exitY, 100)}
			s.area.Settings.BusyShare = .5
		}, constant(.5)},
		{"nobody comes from no base", func(s *scene, total float64) { s.area.Sites = []frontier.Site{disk(1, 1)} }, constant(0)},
		{"inhabitants report on the own side only", func(s *scene, total float64) {
			s.area.Settings.ReportRatePerH = .5
			s.area.Bases = []frontier.Base{post(25, exitY, 1)}
		}, func(p *Plan, path Path) float64 { return 1 - math.Exp(-.5/3600*(walk(p, path)/2-1)) }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newScene()
			p := s.plan(t)
			c.set(s, walk(&p, south(&p, 25)))
			got := s.play(t, c.value)
			// A fixed seed: 3 standard errors, and .002 for the ends of the way.
			if want := got.PI; math.Abs(got.Frequency-want) > .002+3*math.Sqrt(want*(1-want)/4000) {
				t.Errorf("interrupted in %.4f of the runs, want %.4f", got.Frequency, want)
			}
		})
	}
}

func TestTheClockAgreesWithTheTablesOfTheSearch(t *testing.T) {
	s := newScene()
	s.height = rough(3)
	s.area.Barriers = []frontier.Barrier{{Named: frontier.Named{ID: "berm"}, Type: "berm", HeightM: 2, Line: []geo.Point{place(-1400, -210), place(100, 130), place(1400, -230)}, Openings: []frontier.Opening{{AtKM: .7, WidthM: 30}}}}
	p := s.plan(t)
	for _, mover := range mobility.Movers[:4] {
		p.Modes[0].Mover = mover
		h, err := newHouse(context.Background(), &p)
		if err != nil {
			t.Fatal(err)
		}
		st := h.stage(&p.Modes[0])
		r := rand.New(rand.NewPCG(5, 6))
		compared, works, off := 0, 0, 0.
		for range 20000 {
			n, k := mobility.Node(r.IntN(p.Ground.Nodes())), r.IntN(mobility.Arcs)
			table := st.net.Time(n, k)
			if table == mobility.Closed {
				continue
			}
			got, err := st.step(n, p.Ground.Neighbour(n, k))
			if err != nil {
				t.Fatalf("%s: %v", mover.Name, err)
			}
			compared, works = compared+1, works+len(got.stops)
			// Half a row of the table of slopes: most where a slope nearly stops him.
			want := float64(table) / 1000
			if math.Abs(got.seconds-want) > .03*got.ground+.001 {
				t.Fatalf("%s from %d by %d: %.3f s, the table has %.3f s", mover.Name, n, k, got.seconds, want)
			}
			off += (got.seconds - want) / got.ground
		}
		if off /= float64(compared); math.Abs(off) > .001 {
			t.Errorf("%s: the tables differ by %.4f in the mean", mover.Name, off)
		}
		if compared < 1000 || works < 20 {
			t.Errorf("%s: %d arcs over %d works were compared", mover.Name, compared, works)
		}
	}
}

// watched is an area with towers that see a part, two bases and a berm.
func watched(seed uint64) *scene {
	s := newScene()
	s.height, s.others = rough(seed), 3
	s.area.Settings.ResponseSDS = 90
	r := rand.New(rand.NewPCG(seed, 2))
	between := func(low, high float64) float64 { return low + r.Float64()*(high-low) }
	for i := range 4 {
		site := disk(between(.001, .01), between(.4, 1))
		site.ID, site.At, site.HeightM = string(rune('a'+i)), place(between(-1400, 1400), between(-1200, 500)), between(3, 15)
		site.Sensors[0].RangeM = between(600, 1600)
		s.area.Sites = append(s.area.Sites, site)
	}
	s.area.Bases = []frontier.Base{post(between(-1000, 1000), between(-1500, -500), between(200, 600))}
	s.area.Barriers = []frontier.Barrier{{Named: frontier.Named{ID: "berm"}, Type: "berm", HeightM: 2, Line: []geo.Point{place(-1600, -210), place(1600, -130)}}}
	return s
}

// solved fills the plan with the computed weakest crossings.
func solved(t *testing.T, s *scene) Plan {
	t.Helper()
	p := s.plan(t)
	l, err := crossing.Solve(context.Background(), crossing.Plan{Area: p.Area, Ground: p.Ground, Coverage: p.Coverage, Kinds: []crossing.Kind{crossing.OnFoot, crossing.ByPickup}, Draws: 1})
	if err != nil {
		t.Fatal(err)
	}
	p.ResponseSD = l.Result().ResponseSD
	p.Modes = []Mode{{Mover: &mobility.Foot, Target: exposure.Person}, {Mover: &mobility.Pickup, Target: exposure.Pickup}}
	for i, m := range l.Result().Modes {
		for km, k := range m.Kilometres {
			p.Modes[i].Kilometres = append(p.Modes[i].Kilometres, Kilometre{km, k.PI, Path{k.Path.Nodes, k.Path.Arcs}})
		}
	}
	return p
}

func TestSolvedLinesPass(t *testing.T) {
	for seed := range uint64(3) {
		r, err := Run(context.Background(), solved(t, watched(seed)))
		if err != nil {
			t.Fatal(err)
		}
		if f := r.Failures(); len(f) > 0 {
			t.Errorf("seed %d:\n%s", seed, strings.Join(f, "\n"))
		}
		if r.Modes[0].Played != 3 || r.Modes[0].Others < 6 {
			t.Errorf("seed %d: %d kilometres and %d other paths were played", seed, r.Modes[0].Played, r.Modes[0].Others)
		}
	}
}

func TestFalseFiguresFail(t *testing.T) {
	p := solved(t, watched(1))
	k := p.Modes[0].Kilometres
	k[0].PI = min(1, k[0].PI+.2)
	k[1].PI = max(0, k[1].PI-.2)
	r, err := Run(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	f := strings.Join(r.Failures(), "\n")
	for _, want := range []string{"foot by day, km 0 to 1: interrupted", "foot by day, km 1 to 2: interrupted", "km 0 to 1: a path ("} {
		if !strings.Contains(f, want) {
			t.Errorf("no %q in\n%s", want, f)
		}
	}
}

func TestTheReportIsTheSameOnAnyNumberOfCores(t *testing.T) {
	p := solved(t, watched(2))
	p.Runs = 300
	var reports []*Report
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	for _, n := range []int{1, 4} {
		runtime.GOMAXPROCS(n)
		r, err := Run(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		reports = append(reports, r)
	}
	if !reflect.DeepEqual(reports[0], reports[1]) {
		t.Errorf("one core:\n%+v\nfour:\n%+v", reports[0], reports[1])
	}
	p.Seed = 2
	if r, err := Run(context.Background(), p); err != nil || reflect.DeepEqual(r.Modes, reports[0].Modes) {
		t.Errorf("another seed gives the same runs; %v", err)
	}
}

func TestABadPlanIsRefused(t *testing.T) {
	s := newScene()
	good := func() Plan {
		p := s.plan(t)
		p.Modes[0].Kilometres = []Kilometre{{Number: 1, PI: .5, Path: south(&p, 25)}}
		return p
	}
	for _, c := range []struct {
		name string
		harm func(p *Plan)
		want string
	}{
		{"no runs", func(p *Plan) { p.Runs = 0 }, "runs: 0 are none"},
		{"others below zero", func(p *Plan) { p.Others = -1 }, "others: -1 is below zero"},
		{"an error that is no number", func(p *Plan) { p.ResponseSD = math.NaN() }, "response sd: NaN"},
		{"no modes", func(p *Plan) { p.Modes = nil }, "modes: there are none"},
		{"a condition that is not there", func(p *Plan) { p.Modes[0].View = 4 }, "modes[0].view: 4"},
		{"a kilometre beyond the line", func(p *Plan) { p.Modes[0].Kilometres[0].Number = 40 }, "the frontier has 3 kilometres"},
		{"no probability", func(p *Plan) { p.Modes[0].Kilometres[0].PI = 1.5 }, "P(I) 1.5 is no probability"},
		{"an arc too few", func(p *Plan) { a := &p.Modes[0].Kilometres[0].Path.Arcs; *a = (*a)[1:] }, "an arc for every node but the last"},
		{"an arc elsewhere", func(p *Plan) { p.Modes[0].Kilometres[0].Path.Arcs[5] = 1 }, "arc 5 of the path does not lead to the next place"},
		{"a node outside", func(p *Plan) { p.Modes[0].Kilometres[0].Path.Nodes[5] = 1 << 30 }, "place 5 of the path lies outside the strip"},
		{"a way back", func(p *Plan) {
			path := &p.Modes[0].Kilometres[0].Path
			for i, j := 0, len(path.Nodes)-1; i < j; i, j = i+1, j-1 {
				path.Nodes[i], path.Nodes[j] = path.Nodes[j], path.Nodes[i]
			}
			for i := range path.Arcs {
				path.Arcs[i] = 2
			}
		}, "back over the frontier"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := good()
			if err := p.Check(); err != nil {
				t.Fatal(err)
			}
			c.harm(&p)
			if _, err := Run(context.Background(), p); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestAStoppedExerciseEnds(t *testing.T) {
	s := newScene()
	p := s.plan(t)
	p.Modes[0].Kilometres = []Kilometre{{Number: 1, PI: .5, Path: south(&p, 25)}}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Run(ctx, p); err == nil {
		t.Error("no error")
	}
}

func TestWilsonsInterval(t *testing.T) {
	// 10 of 100: 0.0552 to 0.1744; 0 of 20: up to 0.1611 (R. G. Newcombe, 1998).
	for _, c := range []struct {
		hits, runs int
		low, high  float64
	}{{10, 100, .0552, .1744}, {0, 20, 0, .1611}, {20, 20, .8389, 1}} {
		low, high := wilson(c.hits, c.runs)
		if math.Abs(low-c.low) > 5e-5 || math.Abs(high-c.high) > 5e-5 {
			t.Errorf("%d of %d: %.4f to %.4f, want %.4f to %.4f", c.hits, c.runs, low, high, c.low, c.high)
		}
	}
}

func TestTheBoundIsThatOfTheBinomial(t *testing.T) {
	chances := make([]float64, 20)
	for i := range chances {
		chances[i] = .05
	}
	// P(N <= 4) = .9974, P(N <= 5) = .9997 of 20 with .05 each.
	if got := most(chances, .999); got != 5 {
		t.Errorf("at most %d, want 5", got)
	}
	if got := most(nil, .999); got != 0 {
		t.Errorf("of none at most %d", got)
	}
}
