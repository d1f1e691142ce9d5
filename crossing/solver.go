package crossing

import (
	"math"

	"vedette/mobility"
)

// quantiles is the number of response errors that are searched.
const quantiles = 9

// solver searches one mode. It keeps its arrays from mode to mode.
type solver struct {
	m      *mode
	slack  mobility.Search // backwards from the exits on own ground: bias + M
	late   mobility.Search // the same beyond the frontier, of one kilometre
	within mobility.Search // backwards from the late zone: exposure still to come
	out    mobility.Search // from the starts, on the far side: exposure so far
	beyond []reached       // what out found, of each variant
	hazard mobility.Hazard // of the variant at hand
	least  [quantiles]uint32
	rims   [quantiles][]mobility.Node // timely nodes with a late neighbour
	found  [][]*trail                 // of each kilometre
}

// reached is the labels of a search and its parents.
type reached struct {
	label  []uint32
	parent []uint8
}

// trail is a path as the searches found it.
type trail struct {
	nodes []mobility.Node
	arcs  []uint8
	cross int    // index of the first own node
	cost  uint64 // timely exposure, as the search weighed it
}

// start makes the solver ready for a mode and finds what all its searches share.
func (s *solver) start(m *mode) {
	s.m = m
	s.prepare()
	s.runSlack()
	s.findRims()
}

// batch is the number of searches whose labels are kept at once.
const batch = 6

// run searches and adds what it finds to the candidates of every kilometre.
func (s *solver) run(searches []search) {
	for len(searches) > 0 {
		n := min(batch, len(searches))
		s.runBatch(searches[:n])
		searches = searches[n:]
	}
}

func (s *solver) runBatch(searches []search) {
	for len(s.beyond) < len(searches) {
		s.beyond = append(s.beyond, reached{})
	}
	for i, v := range searches {
		s.m.hazards(&s.hazard, v.variant)
		s.runBeyond(&s.beyond[i])
		for _, q := range v.quantiles {
			s.runWithin(q)
			s.timely(&s.beyond[i], q)
		}
	}
	s.lateKilometres(searches)
}

// prepare sizes the arrays and sets the quantiles of the response error: the
// middles of nine equal shares of a normal distribution.
func (s *solver) prepare() {
	n := s.m.net.Nodes()
	if len(s.hazard.Still) != n {
		s.hazard.Still = make([]uint32, n)
		s.slack.Floor = make([]uint32, n)
		s.within.Parent = make([]uint8, n)
		s.late.Label = nil
	}
	for q := range quantiles {
		share := (float64(q) + .5) / quantiles
		z := math.Sqrt2 * math.Erfinv(2*share-1)
		s.least[q] = uint32(bias + int64(math.Round(1000*s.m.sigma*z)))
	}
	s.found = make([][]*trail, len(s.m.side.passes))
}

// runSlack finds M on the own side.
func (s *solver) runSlack() {
	s.m.floors(s.slack.Floor)
	s.slack.Net, s.slack.Sides, s.slack.Backward, s.slack.Shift = s.m.net, mobility.Own, true, 11
	s.slack.Reset()
	for _, n := range s.m.side.exits {
		s.slack.Seed(n, s.slack.Floor[n])
	}
	s.slack.Run()
}

// runBeyond finds the least exposure from the starts on the far side.
func (s *solver) runBeyond(r *reached) {
	f := &s.out
	if n := s.m.net.Nodes(); len(r.parent) != n {
		r.label, r.parent = make([]uint32, n), make([]uint8, n)
	}
	f.Label, f.Parent = r.label, r.parent
	f.Net, f.Sides, f.Hazard, f.Limit, f.Shift = s.m.net, mobility.Far, &s.hazard, exposureLimit, s.m.shift()
	f.Reset()
	for _, n := range s.m.side.starts {
		f.Seed(n, 0)
	}
	f.Run()
}

// runWithin finds the least exposure that is still timely, from every own cell
// out of the late zone or, where an exit is timely, up to it.
func (s *solver) runWithin(q int) {
	w := &s.within
	w.Net, w.Sides, w.Backward, w.Hazard, w.Limit, w.Shift = s.m.net, mobility.Own, true, &s.hazard, exposureLimit, s.m.shift()
	w.Gate, w.Least = s.slack.Label, s.least[q]
	w.Reset()
	for _, n := range s.m.side.exits {
		if s.slack.Label[n] >= w.Least {
			w.Seed(n, 0)
		}
	}
	for _, n := range s.rims[q] {
		if _, cost := s.leave(n, w.Least); cost <= uint64(exposureLimit) {
			w.Seed(n, uint32(cost))
		}
	}
	w.Run()
}

// findRims finds for every quantile the timely nodes beside the late zone, in
// one look at all of them.
func (s *solver) findRims() {
	for q := range s.rims {
		s.rims[q] = s.rims[q][:0]
	}
	g := s.m.net.Ground
	for i, slack := range s.slack.Label {
		n := mobility.Node(i)
		if slack == mobility.Unreached || s.m.side.exit[n] || slack < s.least[0] {
			continue
		}
		latest := slack
		for k := range mobility.Arcs {
			if v := g.Neighbour(n, k); v != mobility.None {
				latest = min(latest, s.slack.Label[v])
			}
		}
		for q, least := range s.least {
			if latest < least && least <= slack {
				s.rims[q] = append(s.rims[q], n)
			}
		}
	}
}

// leave is the arc from a timely node into the late zone that costs least, and
// its cost: the timely part of its exposure.
func (s *solver) leave(n mobility.Node, least uint32) (best int, cost uint64) {
	best, cost = -1, math.MaxUint64
	for k := range mobility.Arcs {
		v := s.m.net.Neighbour(n, k)
		if v == mobility.None || s.m.net.Side(v) != mobility.Own || s.slack.Label[v] >= least {
			continue
		}
		if units, ms, ok := s.m.net.Exposure(n, k, &s.hazard); ok {
			if c := timelyPart(units, ms, least-s.slack.Label[v]); c < cost {
				best, cost = k, c
			}
		}
	}
	return best, cost
}

// timelyPart is the exposure on an arc before its slack falls below the error:
// its last lateMS milliseconds are too late.
func timelyPart(units uint64, ms, lateMS uint32) uint64 {
	if lateMS >= ms {
		return 0
	}
	return units * uint64(ms-lateMS) / uint64(ms)
}

// timely adds to every kilometre the best path whose crossing is timely.
func (s *solver) timely(f *reached, q int) {
	for km, passes := range s.m.side.passes {
		best, least := -1, uint64(math.MaxUint64)
		for i, p := range passes {
			e := s.within.Label[p.to]
			if e == mobility.Unreached || f.label[p.from] == mobility.Unreached || s.slack.Label[p.to] < s.least[q] {
				continue
			}
			units, _, ok := s.m.net.Exposure(p.from, int(p.arc), &s.hazard)
			if cost := uint64(f.label[p.from]) + units + uint64(e); ok && cost < least {
				best, least = i, cost
			}
		}
		if best >= 0 {
			t := s.timelyTrail(f, passes[best], q)
			t.cost = least
			s.add(km, t)
		}
	}
}

// timelyTrail follows a path through a timely crossing.
func (s *solver) timelyTrail(f *reached, p pass, q int) *trail {
	t := s.toFrontier(f, p.from)
	t.cross = len(t.nodes)
	t.step(p.arc, p.to)
	n := p.to
	for {
		before, arc := s.within.Before(n)
		if before == mobility.None {
			break
		}
		t.step(uint8(mobility.Back(arc)), before)
		n = before
	}
	if !s.m.side.exit[n] {
		arc, _ := s.leave(n, s.least[q])
		n = s.m.net.Neighbour(n, arc)
		t.step(uint8(arc), n)
	}
	s.toExit(t, n)
	return t
}

func (t *trail) step(arc uint8, to mobility.Node) {
	t.arcs = append(t.arcs, arc)
	t.nodes = append(t.nodes, to)
}

// toFrontier is the way from a start to a far node.
func (s *solver) toFrontier(f *reached, n mobility.Node) *trail {
	t := &trail{nodes: []mobility.Node{n}}
	for f.parent[n] != mobility.Seed {
		arc := f.parent[n]
		n = s.m.net.Neighbour(n, mobility.Back(int(arc)))
		t.nodes, t.arcs = append(t.nodes, n), append(t.arcs, arc)
	}
	reverse(t.nodes)
	reverse(t.arcs)
	return t
}

func reverse[T any](s []T) {
	for i, j := 0, len(s)-1; i < j; i, j = i+1, j-1 {
		s[i], s[j] = s[j], s[i]
	}
}

// toExit goes on from an own node the way that leaves responders least time.
func (s *solver) toExit(t *trail, n mobility.Node) {
	for !s.m.side.exit[n] {
		before, arc := s.slack.Before(n)
		if before == mobility.None {
			return
		}
		t.step(uint8(mobility.Back(arc)), before)
		n = before
	}
}

// add keeps a trail that is not there yet.
func (s *solver) add(km int, t *trail) {
	for _, o := range s.found[km] {
		if o.equal(t) {
			return
		}
	}
	s.found[km] = append(s.found[km], t)
}

func (t *trail) equal(o *trail) bool {
	if len(t.nodes) != len(o.nodes) {
		return false
	}
	for i, n := range t.nodes {
		if o.nodes[i] != n {
			return false
		}
	}
	return true
}
