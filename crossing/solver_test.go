package crossing

import (
	"math"
	"math/rand/v2"
	"testing"

	"vedette/coverage"
	"vedette/frontier"
	"vedette/geo"
	"vedette/mobility"
	"vedette/response"
)

// small is a mode on a few hundred cells of random ground with random hazards,
// one kilometre of frontier, and responders that come soon, late or never.
func small(t *testing.T, seed uint64, kind Kind, sigma float64) (*Line, *mode) {
	r := rand.New(rand.NewPCG(seed, 9))
	s := newStage(420, 300, 30)
	s.height = rough(seed)
	s.kinds = []Kind{kind}
	s.area.Bases = []frontier.Base{post("base", -200+400*r.Float64(), -100-150*r.Float64(), 1+300*r.Float64())}
	if seed%2 == 0 {
		s.area.Bases = append(s.area.Bases, post("other", 150, -250, 1+100*r.Float64()))
	}
	delay := 200 * r.Float64()
	s.area.Barriers = []frontier.Barrier{{Named: frontier.Named{ID: "wire"}, Type: "wire", FootDelayS: &delay, VehicleDelayS: &delay, PDetect: .8 * r.Float64(),
		Line: []geo.Point{place(-250, 120*r.Float64()-90), place(10, 40), place(250, -60)}, Openings: []frontier.Opening{{AtKM: .1 + .3*r.Float64(), WidthM: 4}}}}
	l := &Line{plan: s.plan(t), out: map[string]bool{}, sigma: sigma}
	l.sides = newSides(&l.plan)
	fields, err := response.Fields(t.Context(), l.plan.Ground, &s.area, s.conditions[0])
	if err != nil {
		t.Fatal(err)
	}
	l.fields = [][]*response.Field{fields}
	m := l.newMode(kind, 0)
	m.watch = &coverage.Watch{Watchers: []coverage.Watcher{{ID: "random", Availability: 1}}}
	m.seen = []sight{{}}
	for i := range m.net.Nodes() {
		if n := mobility.Node(i); m.net.Side(n) != mobility.Outside && r.Float64() < .7 {
			m.seen[0].nodes = append(m.seen[0].nodes, n)
			m.seen[0].eyes = append(m.seen[0].eyes, float32(.01*r.ExpFloat64()))
		}
	}
	return l, m
}

// graphOf is the mode as a general graph: the same arcs with their times and
// exposures, the frontier open one way only.
func graphOf(m *mode, hazard *mobility.Hazard) *Graph {
	g := &Graph{Arcs: make([][]Arc, m.net.Nodes()), Response: make([]int64, m.net.Nodes())}
	for i := range g.Arcs {
		n := mobility.Node(i)
		g.Response[i] = Never
		if m.net.Side(n) == mobility.Outside {
			continue
		}
		if ms, _ := response.Least(m.fields, n, ""); m.net.Side(n) == mobility.Own && ms != response.Never {
			g.Response[i] = int64(ms)
		}
		for k := range mobility.Arcs {
			to := m.net.Neighbour(n, k)
			units, ms, ok := uint64(0), uint32(0), false
			if to != mobility.None && m.net.Side(to) != mobility.Outside {
				units, ms, ok = m.net.Exposure(n, k, hazard)
			}
			if ok && (m.net.Side(n) == mobility.Far || m.net.Side(to) == mobility.Own) {
				g.Arcs[i] = append(g.Arcs[i], Arc{To: int(to), Time: int64(ms), Exposure: units})
			}
		}
	}
	for _, n := range m.side.starts {
		g.Sources = append(g.Sources, int(n))
	}
	for _, n := range m.side.exits {
		g.Goals = append(g.Goals, int(n))
	}
	return g
}

// The searches on the raster find what two passes over a general graph find,
// which brute force over all paths holds to: to the last unit, timely or late.
func TestTheRasterSolverEqualsTheGraph(t *testing.T) {
	late, timely := 0, 0
	for seed := range uint64(150) {
		kind := []Kind{OnFoot, ByPickup}[seed/2%2]
		_, m := small(t, seed, kind, 0)
		s := new(solver)
		s.start(m)
		s.run([]search{{m.mean(), []int{4}}})
		got := uint64(math.MaxUint64)
		for _, trail := range s.found[0] {
			got = min(got, trail.cost)
		}
		m.hazards(&s.hazard, m.mean())
		solution := graphOf(m, &s.hazard).Solve(0)
		if solution.Source < 0 {
			t.Fatalf("seed %d: the graph has no way", seed)
		}
		want := solution.Exposure[solution.Source]
		if got != want {
			t.Errorf("seed %d, %s: exposure %d, want %d", seed, kind.Mover.Name, got, want)
		}
		if s.slack.Label[s.found[0][0].nodes[s.found[0][0].cross]] < bias {
			late++
		} else {
			timely++
		}
	}
	if late < 10 || timely < 10 {
		t.Errorf("%d late crossings and %d timely ones: the test should see both", late, timely)
	}
}

// With a random response the nine quantiles come within .005 of the exact
// oracle, both scored alike.
func TestNineQuantilesComeNearTheOracle(t *testing.T) {
	excess, worst := 0., 0.
	const n = 40
	for seed := range uint64(n) {
		l, m := small(t, seed, OnFoot, 40)
		s := new(solver)
		s.start(m)
		s.run([]search{{m.mean(), allQuantiles}})
		score := scorer{m: m, l: l}
		got := math.Inf(1)
		for _, trail := range s.found[0] {
			got = min(got, score.score(handWalk(m, l, trail), m.asPlanned()))
		}
		m.hazards(&s.hazard, m.mean())
		oracle := graphOf(m, &s.hazard).Oracle(func(slack int64) float64 { return timelyChance(float64(slack)/1000, m.sigma) })
		want := score.score(handWalk(m, l, trailOf(m, oracle.Nodes)), m.asPlanned())
		excess += max(0, got-want) / n
		worst = max(worst, got-want)
	}
	t.Logf("excess over the oracle: %.5f in the mean, %.5f at most", excess, worst)
	if worst > within {
		t.Errorf("P(I) is up to %.4f above the oracle's", worst)
	}
}

// trailOf makes a trail of the nodes of a graph's route.
func trailOf(m *mode, route []int) *trail {
	t := &trail{}
	for i, n := range route {
		t.nodes = append(t.nodes, mobility.Node(n))
		if i == 0 {
			continue
		}
		from := t.nodes[i-1]
		for k := range mobility.Arcs {
			if m.net.Neighbour(from, k) == t.nodes[i] {
				t.arcs = append(t.arcs, uint8(k))
			}
		}
		if m.net.Side(from) == mobility.Far && m.net.Side(t.nodes[i]) == mobility.Own {
			t.cross = i
		}
	}
	return t
}

// handWalk is newWalk with the hazards that a test laid by hand.
func handWalk(m *mode, l *Line, t *trail) *walk {
	none := *m
	none.watch = &coverage.Watch{}
	w := none.newWalk(t, l)
	hazard := map[mobility.Node]float64{}
	for i, n := range m.seen[0].nodes {
		hazard[n] = float64(m.seen[0].eyes[i])
	}
	s := seer{availability: 1, hazard: make([]float64, len(t.arcs))}
	for i := range t.arcs {
		s.hazard[i] = (hazard[t.nodes[i]] + hazard[t.nodes[i+1]]) / 2
	}
	w.seers = []seer{s}
	return w
}

func TestBytesOfACell(t *testing.T) {
	_, m := small(t, 1, OnFoot, 30)
	s := new(solver)
	s.start(m)
	s.run([]search{{m.mean(), allQuantiles}})
	n := m.net.Nodes()
	one := 4*cap(s.hazard.Still) + 4*cap(s.slack.Label) + 4*cap(s.slack.Floor) + 4*cap(s.late.Label) +
		4*cap(s.within.Label) + cap(s.within.Parent)
	each := 4*cap(s.beyond[0].label) + cap(s.beyond[0].parent)
	// Hazard, slack, its floor, late slack: 4 each; labels and parents of the
	// exposure: 5 on the own side and 5 beyond for each search of a batch.
	if one != 21*n || each != 5*n {
		t.Errorf("%d and %d bytes for %d cells; want 21 a cell, and 5 for each of at most %d searches", one, each, n, batch)
	}
}
