package crossing

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// point is an arc with a sensor at its beginning: seconds, and the probability
// of detection there.
func point(to int, seconds, q float64) Arc {
	return Arc{To: to, Time: int64(1000 * seconds), Exposure: counts(-math.Log1p(-q)), Point: true}
}

// counts turns exposure into whole counts.
func counts(exposure float64) uint64 { return uint64(math.Round(exposure / ExposureUnit)) }

// Nodes of the check graph.
const (
	start = iota
	mid1
	mid2
	mid3
	target
)

// checkGraph has three routes of two tasks each, and a response of 70 s.
func checkGraph() *Graph {
	return &Graph{
		Arcs: [][]Arc{
			start: {point(mid1, 60, .3), point(mid2, 40, .1), point(mid3, 60, .6)},
			mid1:  {point(target, 30, .9)}, mid2: {point(target, 80, .5)}, mid3: {point(target, 20, .99)},
			target: nil,
		},
		Response: []int64{Never, Never, Never, Never, 70_000},
		Sources:  []int{start},
		Goals:    []int{target},
	}
}

// only keeps one of the routes.
func (g *Graph) only(route int) *Graph {
	g.Arcs[start] = g.Arcs[start][route : route+1]
	return g
}

// counting is the error that whole counts leave on a probability.
const counting = 2 * ExposureUnit

func TestTheCheckGraph(t *testing.T) {
	patrolled := func() *Graph {
		g := checkGraph()
		g.Response[mid1] = 0
		return g
	}
	// The spread grows with the time t that remains: t = M + 70 s.
	varying := func(slack int64) float64 {
		left := float64(slack)/1000 + 70
		return normal((left - 70) / math.Sqrt(400+.09*left*left))
	}
	for _, c := range []struct {
		name string
		got  float64
		want float64
	}{
		{"R1, neither the fastest nor the least detected, is the worst", checkGraph().Solve(0).P(), .30},
		{"R2 alone", checkGraph().only(1).Solve(0).P(), .55},
		{"R3 alone", checkGraph().only(2).Solve(0).P(), .60},
		{"a patrol on R1", patrolled().only(0).Solve(0).P(), .93},
		{"the intruder avoids it on R2", patrolled().Solve(0).P(), .55},
		{"the oracle agrees where the response does not vary", checkGraph().Oracle(step(0)).P, .30},
		{"a varying response", checkGraph().Oracle(varying).P, .238722},
		{"a varying response on R2", checkGraph().only(1).Oracle(varying).P, .370263},
	} {
		t.Run(c.name, func(t *testing.T) {
			if math.Abs(c.got-c.want) > 5e-7+counting { // six digits are given
				t.Errorf("P(I) %.6f, want %.6f", c.got, c.want)
			}
		})
	}
	nodes, arcs := patrolled().Solve(0).Route(start)
	if !slices.Equal(nodes, []int{start, mid2, target}) || !slices.Equal(arcs, []int{1, 0}) {
		t.Errorf("the route is %v by %v", nodes, arcs)
	}
}

// Neither the fastest route of the check graph nor the one with the least
// chance of any detection is the one on which interruption is least likely.
func TestTheFastestAndTheLeastDetectedRouteAreNotTheWorst(t *testing.T) {
	want := []struct {
		seconds           int64
		detected, stopped float64
	}{{90, .93, .30}, {120, .55, .55}, {80, .996, .60}}
	for i, w := range want {
		seconds, unseen := int64(0), 1.
		g := checkGraph().only(i)
		nodes, arcs := g.Solve(0).Route(start)
		for k, n := range nodes[:len(arcs)] {
			a := g.Arcs[n][arcs[k]]
			seconds, unseen = seconds+a.Time/1000, unseen*(1-a.detect())
		}
		if p := g.Solve(0).P(); seconds != w.seconds || math.Abs(1-unseen-w.detected) > counting || math.Abs(p-w.stopped) > counting {
			t.Errorf("R%d: %d s, P(D) %.4f, P(I) %.4f; want %d s, %.3f, %.2f", i+1, seconds, 1-unseen, p, w.seconds, w.detected, w.stopped)
		}
	}
}

// step is the response that does not vary.
func step(margin int64) func(int64) float64 {
	return func(slack int64) float64 {
		if slack >= margin {
			return 1
		}
		return 0
	}
}

func TestAStraddlingArcCountsForItsTimelyPart(t *testing.T) {
	g := &Graph{Arcs: [][]Arc{{{To: 1, Time: 100_000, Exposure: 10_000_000}}, nil},
		Response: []int64{Never, 40_000}, Sources: []int{0}, Goals: []int{1}}
	for _, c := range []struct {
		margin int64
		want   uint64
	}{{0, 6_000_000}, {10_000, 5_000_000}, {-40_000, 10_000_000}, {-90_000, 10_000_000}, {60_000, 0}, {61_000, 0}} {
		if got := g.Solve(c.margin).Exposure[0]; got != c.want {
			t.Errorf("margin %d ms: %d counts, want %d", c.margin, got, c.want)
		}
	}
}

func TestEqualWaysTakeTheLowestArc(t *testing.T) {
	same := Arc{To: 1, Time: 1000, Exposure: 5}
	g := &Graph{Arcs: [][]Arc{{same, same, same}, nil}, Response: []int64{Never, 0}, Sources: []int{0}, Goals: []int{1}}
	for _, margin := range []int64{0, 5000} { // timely, then late
		if _, arcs := g.Solve(margin).Route(0); !slices.Equal(arcs, []int{0}) {
			t.Errorf("margin %d: arcs %v", margin, arcs)
		}
	}
}

func TestNoWayIsNoCrossing(t *testing.T) {
	g := &Graph{Arcs: [][]Arc{nil, nil}, Response: []int64{0, 0}, Sources: []int{0}, Goals: []int{1}}
	s, w := g.Solve(0), g.Oracle(step(0))
	if nodes, _ := s.Route(s.Source); s.P() != 1 || s.Source != -1 || nodes != nil {
		t.Errorf("P(I) %v from %d by %v", s.P(), s.Source, nodes)
	}
	if w.P != 1 || w.Nodes != nil {
		t.Errorf("the oracle: %+v", w)
	}
}

func TestTheSearchLeavesAvailabilityToTheScore(t *testing.T) {
	// A sensor of exposure 3 that works half the time is worth less than one of
	// 2.5 that always works; a search by exposure cannot know.
	exposure, works := []float64{3, 2.5}, []float64{.5, 1}
	g := &Graph{Arcs: [][]Arc{{{To: 1, Exposure: counts(3), Point: true}, {To: 1, Exposure: counts(2.5), Point: true}}, nil},
		Response: []int64{0, 0}, Sources: []int{0}, Goals: []int{1}}
	s := g.Solve(0)
	if _, arcs := s.Route(0); arcs[0] != 1 || math.Abs(s.P()-.918) > 5e-4 { // three digits
		t.Errorf("the search takes corridor %v with %.3f", arcs, s.P())
	}
	score := func(i int) float64 { return 1 - (1 - works[i] + works[i]*math.Exp(-exposure[i])) }
	if a, b := score(0), score(1); math.Abs(a-.475) > 5e-4 || math.Abs(b-.918) > 5e-4 {
		t.Errorf("the scores are %.3f and %.3f", a, b)
	}
}

func TestGraphCheckNamesTheField(t *testing.T) {
	g := &Graph{Arcs: [][]Arc{{{To: 9}, {To: 0, Time: -1}, {To: 0, Exposure: math.MaxUint64}}},
		Response: []int64{-5, 3}, Sources: []int{4}}
	err := g.Check()
	for _, want := range []string{"arcs[0][0].to: there is no node 9", "arcs[0][1].time: -1 ms", "arcs[0][2].exposure",
		"response: it has 2 times for 1 nodes", "response[0]: -5 ms", "sources[0]: there is no node 4", "goals: there is none"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant %q", err, want)
		}
	}
	if err := checkGraph().Check(); err != nil {
		t.Error(err)
	}
}

// randomGraph has eight nodes, cycles, arcs of no time and no exposure, and few
// different values, so that ties and the edges of lateness come up often. In
// some there are more sources and goals, and a node that is both.
func randomGraph(r *rand.Rand, spread bool) *Graph {
	const nodes = 8
	g := &Graph{Arcs: make([][]Arc, nodes), Response: make([]int64, nodes), Sources: []int{0}, Goals: []int{nodes - 1}}
	for u := range nodes {
		g.Response[u] = Never
		if u == nodes-1 || r.IntN(4) == 0 {
			g.Response[u] = int64(r.IntN(16))
		}
		for range 1 + r.IntN(3) {
			g.Arcs[u] = append(g.Arcs[u], Arc{To: r.IntN(nodes), Time: int64(r.IntN(8)),
				Exposure: uint64(r.IntN(6)) * 1_234_567, Point: !spread || r.IntN(2) == 0})
		}
	}
	if r.IntN(4) == 0 {
		g.Sources = append(g.Sources, r.IntN(nodes))
		g.Goals = append(g.Goals, r.IntN(nodes))
	}
	return g
}

// way is one simple path, as its nodes and the indices of its arcs.
type way struct{ nodes, arcs []int }

// simplePaths calls visit with every simple path from node to a goal, also
// those that go on through one.
func (g *Graph) simplePaths(w way, visit func(way)) {
	at := w.nodes[len(w.nodes)-1]
	if slices.Contains(g.Goals, at) {
		visit(w)
	}
	for i, a := range g.Arcs[at] {
		if !slices.Contains(w.nodes, a.To) {
			g.simplePaths(way{append(slices.Clip(w.nodes), a.To), append(slices.Clip(w.arcs), i)}, visit)
		}
	}
}

// exposureOf adds up the counts of one path from the definition: each arc's
// share of time at which a responder still comes first somewhere ahead.
func (g *Graph) exposureOf(w way, margin int64) uint64 {
	var sum uint64
	for i, k := range w.arcs {
		a := g.Arcs[w.nodes[i]][k]
		here, ahead := g.earliest(w, i), g.earliest(w, i+1)
		switch {
		case a.Point && here >= margin:
			sum += a.Exposure
		case !a.Point && a.Time > 0:
			sum += a.Exposure * uint64(min(a.Time, max(0, a.Time-(margin-ahead)))) / uint64(a.Time)
		case !a.Point && ahead >= margin:
			sum += a.Exposure
		}
	}
	return sum
}

// earliest is the most by which a responder is early from the path's node i on.
func (g *Graph) earliest(w way, i int) int64 {
	best, gone := int64(-Never), int64(0)
	for j := i; j < len(w.nodes); j++ {
		if t := g.Response[w.nodes[j]]; t != Never {
			best = max(best, gone-t)
		}
		if j < len(w.arcs) {
			gone += g.Arcs[w.nodes[j]][w.arcs[j]].Time
		}
	}
	return best
}

// interruptionOf is P(I) on one path with a response that varies: detected
// first on each arc in turn.
func (g *Graph) interruptionOf(w way, inTime func(int64) float64) float64 {
	p, unseen := 0., 1.
	for i, k := range w.arcs {
		q := 1 - math.Exp(-float64(g.Arcs[w.nodes[i]][k].Exposure)*ExposureUnit)
		if m := g.earliest(w, i); m > -Never {
			p += unseen * q * inTime(m)
		}
		unseen *= 1 - q
	}
	return p
}

// drawnGraphs is the number of graphs of every test on random ones; brute force
// is promised on 3,000 at least.
const drawnGraphs = 10_000

const _ uint = drawnGraphs - 3000

// drawn is the number of draws of a test, a tenth of them in a short run: with
// -race, which looks for other faults than wrong figures.
func drawn(n int) int {
	if testing.Short() {
		return (n + 9) / 10
	}
	return n
}

// eachGraph runs a check on graphs drawn from fixed seeds.
func eachGraph(t *testing.T, spread bool, check func(r *rand.Rand, g *Graph) error) {
	t.Helper()
	for seed := range uint64(drawn(drawnGraphs)) {
		r := rand.New(rand.NewPCG(seed, 7))
		g := randomGraph(r, spread)
		if err := g.Check(); err != nil {
			t.Fatal(err)
		}
		if err := check(r, g); err != nil {
			t.Fatalf("graph %d: %v\n%+v", seed, err, *g)
		}
	}
}

func TestSolveIsBruteForce(t *testing.T) {
	some := 0
	eachGraph(t, true, func(r *rand.Rand, g *Graph) error {
		margin := int64(r.IntN(9) - 4)
		s := g.Solve(margin)
		for v := range g.Arcs {
			least, slack := uint64(Unreached), int64(stuck)
			g.simplePaths(way{nodes: []int{v}}, func(w way) {
				least, slack = min(least, g.exposureOf(w, margin)), min(slack, g.earliest(w, 0))
			})
			if s.Exposure[v] != least || s.Slack[v] != slack {
				return fmt.Errorf("node %d: exposure %d and slack %d, want %d and %d", v, s.Exposure[v], s.Slack[v], least, slack)
			}
			if least != 0 && least != Unreached {
				some++
			}
			if nodes, arcs := s.Route(v); nodes != nil && g.exposureOf(way{nodes, arcs}, margin) != least {
				return fmt.Errorf("node %d: the route %v by %v is not worth %d", v, nodes, arcs, least)
			}
		}
		return nil
	})
	if some < drawn(drawnGraphs) {
		t.Errorf("only %d nodes are exposed; the graphs test too little", some)
	}
}

// split cuts every spread arc into pieces of one millisecond, between new nodes
// that no responder reaches.
func (g *Graph) split() *Graph {
	c := g.clone()
	for _, arcs := range c.Arcs[:len(g.Arcs)] {
		for i := range arcs {
			for a := &arcs[i]; !a.Point && a.Time > 1; {
				piece := a.Exposure / uint64(a.Time)
				c.Arcs = append(c.Arcs, []Arc{{To: a.To, Time: a.Time - 1, Exposure: a.Exposure - piece}})
				c.Response = append(c.Response, Never)
				a.To, a.Time, a.Exposure = len(c.Arcs)-1, 1, piece
				a = &c.Arcs[len(c.Arcs)-1][0]
			}
		}
	}
	return c
}

func TestSplittingArcsChangesNothing(t *testing.T) {
	eachGraph(t, true, func(r *rand.Rand, g *Graph) error {
		for _, arcs := range g.Arcs {
			for i := range arcs {
				arcs[i].Exposure *= uint64(arcs[i].Time) // whole counts for every piece
			}
		}
		margin := int64(r.IntN(9) - 4)
		whole, pieces := g.Solve(margin), g.split().Solve(margin)
		if !slices.Equal(whole.Exposure, pieces.Exposure[:len(g.Arcs)]) {
			return fmt.Errorf("exposures %v, in pieces %v", whole.Exposure, pieces.Exposure[:len(g.Arcs)])
		}
		return nil
	})
}

func TestOracleIsBruteForce(t *testing.T) {
	between := 0
	eachGraph(t, false, func(r *rand.Rand, g *Graph) error {
		inTime := randomResponse(r)
		got := g.Oracle(inTime)
		least := 1.
		for _, v := range g.Sources {
			g.simplePaths(way{nodes: []int{v}}, func(w way) { least = min(least, g.interruptionOf(w, inTime)) })
		}
		if math.Abs(got.P-least) > 1e-12 { // rounding
			return fmt.Errorf("P(I) %v, want %v", got.P, least)
		}
		if got.Nodes != nil && math.Abs(g.interruptionOf(way{got.Nodes, got.Arcs}, inTime)-least) > 1e-12 {
			return fmt.Errorf("the way %v by %v is not worth %v", got.Nodes, got.Arcs, least)
		}
		if least > 0 && least < 1 {
			between++
		}
		return nil
	})
	if between < drawn(drawnGraphs)/4 {
		t.Errorf("only %d graphs have a chance between none and certainty", between)
	}
}

// randomResponse is a normal error, one that grows with the time left, or a
// staircase with some luck even where the responder is late.
func randomResponse(r *rand.Rand) func(int64) float64 {
	mu, sigma := 4*r.NormFloat64(), 1+4*r.Float64()
	switch r.IntN(3) {
	case 0:
		return func(m int64) float64 { return normal((float64(m) - mu) / sigma) }
	case 1:
		return func(m int64) float64 { return normal(float64(m) / math.Hypot(sigma, .3*max(0, float64(m)+12))) }
	}
	return func(m int64) float64 { return min(1, max(.1, math.Floor(float64(m)-mu)/8)) }
}

func TestOracleWithAStepIsSolve(t *testing.T) {
	eachGraph(t, false, func(r *rand.Rand, g *Graph) error {
		margin := int64(r.IntN(9) - 4)
		if a, b := g.Solve(margin).P(), g.Oracle(step(margin)).P; math.Abs(a-b) > 1e-12 { // rounding
			return fmt.Errorf("margin %d: solved %v, oracle %v", margin, a, b)
		}
		return nil
	})
}

// clone copies a graph so that a test can change it.
func (g *Graph) clone() *Graph {
	c := &Graph{Response: slices.Clone(g.Response), Sources: slices.Clone(g.Sources), Goals: slices.Clone(g.Goals)}
	for _, arcs := range g.Arcs {
		c.Arcs = append(c.Arcs, slices.Clone(arcs))
	}
	return c
}

// The changes that a defender can only lose, or only win, by.
var changes = []struct {
	name  string
	helps bool
	apply func(r *rand.Rand, g *Graph)
}{
	{"a sensor is removed", false, func(r *rand.Rand, g *Graph) { g.someArc(r).Exposure = 0 }},
	{"a responder is removed", false, func(r *rand.Rand, g *Graph) { g.Response[r.IntN(len(g.Response))] = Never }},
	{"a barrier is removed", false, func(r *rand.Rand, g *Graph) { a := g.someArc(r); a.Time, a.Exposure = a.Time/2, a.Exposure/2 }},
	{"a barrier is removed whole", false, func(r *rand.Rand, g *Graph) { a := g.someArc(r); a.Time, a.Exposure = 0, 0 }},
	{"a barrier's delay is doubled", true, func(r *rand.Rand, g *Graph) { g.someArc(r).Time *= 2 }},
	{"a watched barrier's delay is doubled", true, func(r *rand.Rand, g *Graph) { a := g.someArc(r); a.Time, a.Exposure = 2*a.Time, 2*a.Exposure }},
}

func (g *Graph) someArc(r *rand.Rand) *Arc {
	arcs := g.Arcs[r.IntN(len(g.Arcs))]
	return &arcs[r.IntN(len(arcs))]
}

func TestWhatHelpsTheDefenderNeverLowersInterruption(t *testing.T) {
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			eachGraph(t, true, func(r *rand.Rand, g *Graph) error {
				changed, margin, inTime := g.clone(), int64(r.IntN(9)-4), randomResponse(r)
				c.apply(r, changed)
				weak, strong := g, changed
				if !c.helps {
					weak, strong = changed, g
				}
				if a, b := weak.Solve(margin), strong.Solve(margin); a.P() > b.P() {
					return fmt.Errorf("solved: %v with less, %v with more", a.P(), b.P())
				}
				if a, b := weak.Oracle(inTime).P, strong.Oracle(inTime).P; a > b+1e-12 { // rounding
					return fmt.Errorf("oracle: %v with less, %v with more", a, b)
				}
				return nil
			})
		})
	}
}

// A delay that lies before every sensor stops nobody, however long it is.
func TestADelayThatNobodyWatchesIsWorthNothing(t *testing.T) {
	worth := func(wall Arc, sensor Arc) float64 {
		wall.To, sensor.To = 1, 2
		return (&Graph{Arcs: [][]Arc{{wall}, {sensor}, nil}, Response: []int64{Never, Never, 60_000}, Sources: []int{0}, Goals: []int{2}}).Solve(0).P()
	}
	for _, seconds := range []float64{0, 60, 600, 6000} {
		if p := worth(point(0, seconds, 0), point(0, 70, .4)); math.Abs(p-.4) > counting {
			t.Errorf("%g s before the only sensor: P(I) %.4f, want .4", seconds, p)
		}
		if p := worth(point(0, seconds, 0), point(0, 50, .4)); p != 0 {
			t.Errorf("%g s before a sensor that is too late: P(I) %.4f, want 0", seconds, p)
		}
	}
}

// The background keeps a search local. Counted as detection it would make a
// guarded line of a hole: .43 in six hours and .62 in nearly twelve of what a
// score without it gives .12.
func TestTheBackgroundIsNoDetection(t *testing.T) {
	for _, c := range []struct {
		seconds, counted float64
	}{{21_700, .43}, {42_000, .62}} {
		way := func(background float64) *Graph {
			sensor := Arc{To: 1, Time: int64(1000 * c.seconds), Exposure: counts(-math.Log(.88) + background*c.seconds), Point: true}
			return &Graph{Arcs: [][]Arc{{sensor}, nil}, Response: []int64{Never, 0}, Sources: []int{0}, Goals: []int{1}}
		}
		if p := way(background).Solve(0).P(); math.Abs(p-c.counted) > .005 { // two digits are given
			t.Errorf("%g s with the background: %.4f, want %.2f", c.seconds, p, c.counted)
		}
		if p := way(0).Solve(0).P(); math.Abs(p-.12) > counting {
			t.Errorf("%g s without it: %.6f, want .12", c.seconds, p)
		}
	}
}

// Who searches with the background and scores without it is worse off by at
// most the background over the timely part of the best way.
func TestTheBackgroundCostsAtMostItsTimeOnTheBestWay(t *testing.T) {
	const weight = 300_000 // counts in a millisecond, as much as some sensors
	chosen := 0
	eachGraph(t, false, func(r *rand.Rand, g *Graph) error {
		laid := g.clone()
		for _, arcs := range laid.Arcs {
			for i := range arcs {
				arcs[i].Exposure += weight * uint64(arcs[i].Time)
			}
		}
		best, searched := g.Solve(0), laid.Solve(0)
		if best.Source < 0 {
			return nil
		}
		bestNodes, bestArcs := best.Route(best.Source)
		nodes, arcs := searched.Route(searched.Source)
		least := best.Exposure[best.Source]
		most := laid.exposureOf(way{bestNodes, bestArcs}, 0) // the best way, its background with it
		if got := g.exposureOf(way{nodes, arcs}, 0); got < least || got > most {
			return fmt.Errorf("the way found has exposure %d, want %d to %d", got, least, most)
		} else if got > least {
			chosen++
		}
		return nil
	})
	if chosen == 0 {
		t.Error("the background never led to another way; it is too small to test anything")
	}
}

// The quantiles of the response's error give ways and not their worth: scored
// exactly, the best of them is never below the oracle's, so that the error can
// only make a line look better. The mean response alone is far worse.
func TestQuantilesErrToOneSide(t *testing.T) {
	excess := func(quantiles int) (mean, worst float64) {
		eachGraph(t, false, func(r *rand.Rand, g *Graph) error {
			sigma := 1 + 4*r.Float64()
			inTime := func(m int64) float64 { return normal(float64(m) / sigma) }
			got := 1.
			for i := range quantiles {
				share := (float64(i) + .5) / float64(quantiles)
				s := g.Solve(int64(math.Ceil(sigma * math.Sqrt2 * math.Erfinv(2*share-1))))
				if nodes, arcs := s.Route(s.Source); nodes != nil {
					got = min(got, g.interruptionOf(way{nodes, arcs}, inTime))
				}
			}
			over := got - g.Oracle(inTime).P
			if over < -1e-12 { // rounding
				return fmt.Errorf("%d quantiles find %v less than the oracle", quantiles, -over)
			}
			mean, worst = mean+over/drawnGraphs, max(worst, over)
			return nil
		})
		return mean, worst
	}
	nine, most := excess(9)
	one, mostOfOne := excess(1)
	t.Logf("excess with nine quantiles %.5f in the mean and %.4f at most; with one %.5f and %.4f", nine, most, one, mostOfOne)
	if nine > .001 || most > .1 || one < 10*nine {
		t.Errorf("nine quantiles exceed the oracle by %.5f and at most %.4f, one by %.5f", nine, most, one)
	}
}

// mirrored numbers the nodes from the other end.
func (g *Graph) mirrored() *Graph {
	m, last := g.clone(), len(g.Arcs)-1
	slices.Reverse(m.Arcs)
	slices.Reverse(m.Response)
	for _, arcs := range m.Arcs {
		slices.Reverse(arcs)
		for i := range arcs {
			arcs[i].To = last - arcs[i].To
		}
	}
	for i, v := range m.Sources {
		m.Sources[i] = last - v
	}
	for i, v := range m.Goals {
		m.Goals[i] = last - v
	}
	return m
}

func TestTheMirroredGraphHasTheMirroredAnswer(t *testing.T) {
	eachGraph(t, true, func(r *rand.Rand, g *Graph) error {
		margin, inTime := int64(r.IntN(9)-4), randomResponse(r)
		a, b := g.Solve(margin), g.mirrored().Solve(margin)
		if a.P() != b.P() {
			return fmt.Errorf("P(I) %v, mirrored %v", a.P(), b.P())
		}
		slices.Reverse(b.Exposure)
		slices.Reverse(b.Slack)
		if !slices.Equal(a.Exposure, b.Exposure) || !slices.Equal(a.Slack, b.Slack) {
			return fmt.Errorf("exposures %v, mirrored %v", a.Exposure, b.Exposure)
		}
		if p, q := g.Oracle(inTime).P, g.mirrored().Oracle(inTime).P; math.Abs(p-q) > 1e-12 { // rounding
			return fmt.Errorf("oracle %v, mirrored %v", p, q)
		}
		return nil
	})
}

func TestBlindAndBackIsTheSame(t *testing.T) {
	eachGraph(t, true, func(r *rand.Rand, g *Graph) error {
		before, a := g.Solve(0), g.someArc(r)
		was := a.Exposure
		a.Exposure = 0
		g.Solve(0)
		a.Exposure = was
		after := g.Solve(0)
		if !slices.Equal(before.Exposure, after.Exposure) || !slices.Equal(before.Slack, after.Slack) || !slices.Equal(before.next, after.next) {
			return fmt.Errorf("%v, then %v", before, after)
		}
		return nil
	})
}
