package crossing

import (
	"math"

	"vedette/mobility"
)

// lateKilometres adds to the kilometres that can be crossed after the critical
// point the paths on which detection counts beyond the frontier only. One search
// of the slack serves all quantiles and variants.
func (s *solver) lateKilometres(variants int) {
	l := &s.late
	l.Net, l.Sides, l.Backward, l.Shift, l.Track = s.m.net, mobility.Far, true, 11, true
	if s.m.side.pursuit {
		l.Floor = s.slack.Floor
	}
	l.Reset()
	for km := range s.m.side.passes {
		if s.seedLate(km) {
			l.Run()
			s.lateTrails(km, variants)
		}
		l.Forget()
	}
}

// seedLate starts the search at the passes of a kilometre that end late, and
// tells whether there are any.
func (s *solver) seedLate(km int) bool {
	last := s.least[quantiles-1]
	s.late.Limit = last
	any := false
	for _, p := range s.m.side.passes[km] {
		if s.slack.Label[p.to] >= last {
			continue
		}
		any = true
		if ms := s.m.net.Time(p.from, int(p.arc)); ms != mobility.Closed {
			if m := max(uint64(s.slack.Label[p.to])+uint64(ms), uint64(s.floorAt(p.from))); m <= uint64(last) {
				s.late.Seed(p.from, uint32(m))
			}
		}
	}
	return any
}

func (s *solver) floorAt(n mobility.Node) uint32 {
	if s.late.Floor == nil {
		return 0
	}
	return s.late.Floor[n]
}

// exitArc is the arc by which a path leaves the timely ground: to a far node
// in the late zone, or over the frontier if pass is set.
type exitArc struct {
	cost uint64
	from mobility.Node // None: the path starts in the late zone, at to
	to   mobility.Node
	arc  uint8
	pass bool
}

// lateTrails finds for every quantile, and for the middle one in every variant,
// the arc into the late zone that costs least, and follows its path.
func (s *solver) lateTrails(km, variants int) {
	best := make([]exitArc, quantiles+variants)
	for i := range best {
		best[i].cost = math.MaxUint64
	}
	for _, p := range s.m.side.passes[km] {
		s.offerArc(best, exitArc{from: p.from, to: p.to, arc: p.arc, pass: true}, s.slack.Label[p.to])
	}
	for _, n := range s.late.Touched {
		for k := range mobility.Arcs {
			if u := s.m.net.Neighbour(n, k); u != mobility.None && s.m.net.Side(u) == mobility.Far {
				s.offerArc(best, exitArc{from: u, to: n, arc: uint8(mobility.Back(k))}, s.late.Label[n])
			}
		}
	}
	for _, n := range s.m.side.starts {
		if s.late.Label[n] != mobility.Unreached {
			s.offerStart(best, n)
		}
	}
	for i, e := range best {
		if e.cost < math.MaxUint64 {
			s.add(km, s.lateTrail(&s.beyond[variantOf(i)], e, km))
		}
	}
}

// variantOf is the variant of an index into best: those after the quantiles are
// the variants but the first.
func variantOf(i int) int { return max(0, i-quantiles) }

func quantileOf(i int) int {
	if i < quantiles {
		return i
	}
	return quantiles / 2
}

// offerArc tries an arc whose end has the given slack for all searches in
// which it leaves the timely ground.
func (s *solver) offerArc(best []exitArc, e exitArc, slack uint32) {
	from := s.late.Label[e.from]
	if slack >= s.least[quantiles-1] || from < s.least[0] {
		return
	}
	var units uint64
	var ms uint32
	for i := range best {
		least := s.least[quantileOf(i)]
		f := s.beyond[variantOf(i)].label[e.from]
		if slack >= least || from < least || f == mobility.Unreached || uint64(f) >= best[i].cost {
			continue
		}
		if ms == 0 {
			var ok bool
			if units, ms, ok = s.m.net.Exposure(e.from, int(e.arc), s.mean); !ok {
				return
			}
		}
		e.cost = uint64(f) + timelyPart(units, ms, least-slack)
		if e.cost < best[i].cost {
			best[i] = e
		}
	}
}

// offerStart tries a start that lies in the late zone: nothing is timely then.
func (s *solver) offerStart(best []exitArc, n mobility.Node) {
	for i := range best {
		if s.late.Label[n] < s.least[quantileOf(i)] && best[i].cost > 0 {
			best[i] = exitArc{from: mobility.None, to: n}
		}
	}
}

// lateTrail follows a path that crosses late.
func (s *solver) lateTrail(f *reached, e exitArc, km int) *trail {
	t := &trail{nodes: []mobility.Node{e.to}}
	n := e.to
	if e.from != mobility.None {
		t = s.toFrontier(f, e.from)
		if e.pass {
			t.cross = len(t.nodes)
		}
		t.step(e.arc, e.to)
	}
	if !e.pass {
		n = s.toPass(t, n, km)
	}
	s.toExit(t, n)
	return t
}

// toPass goes on from a far node in the late zone over the frontier, and gives
// the own node it comes to.
func (s *solver) toPass(t *trail, n mobility.Node, km int) mobility.Node {
	for {
		before, arc := s.late.Before(n)
		if own, passArc, m := s.passFrom(n, km); own != mobility.None && (before == mobility.None || m <= uint64(s.late.Label[n])) {
			t.cross = len(t.nodes)
			t.step(passArc, own)
			return own
		}
		if before == mobility.None {
			return n
		}
		t.step(uint8(mobility.Back(arc)), before)
		n = before
	}
}

// passFrom is the arc over the frontier, in a kilometre, from a far node that
// leaves responders least time, and the slack of taking it.
func (s *solver) passFrom(n mobility.Node, km int) (own mobility.Node, arc uint8, m uint64) {
	own, m = mobility.None, math.MaxUint64
	g := s.m.net.Ground
	for k := range mobility.Arcs {
		v := g.Neighbour(n, k)
		if v == mobility.None || g.Side(v) != mobility.Own || s.slack.Label[v] == mobility.Unreached || s.m.side.kilometre(g, v) != km {
			continue
		}
		ms := s.m.net.Time(n, k)
		if sum := max(uint64(s.slack.Label[v])+uint64(ms), uint64(s.floorAt(n))); ms != mobility.Closed && sum < m {
			own, arc, m = v, uint8(k), sum
		}
	}
	return own, arc, m
}
