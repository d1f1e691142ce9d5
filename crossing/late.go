package crossing

import (
	"math"

	"vedette/mobility"
)

// lateKilometres adds to the kilometres that can be crossed after the critical
// point the paths on which detection counts beyond the frontier only. One search
// of the slack serves all quantiles and variants.
func (s *solver) lateKilometres(searches []search) {
	s.m.hazards(&s.hazard, searches[0].variant)
	l := &s.late
	l.Net, l.Sides, l.Backward, l.Shift, l.Track = s.m.net, mobility.Far, true, 11, true
	if s.m.side.pursuit {
		l.Floor = s.slack.Floor
	}
	l.Reset()
	for km := range s.m.side.passes {
		if s.seedLate(km) {
			l.Run()
			s.lateTrails(km, searches)
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

// aim is one quantile of one search, and the best arc for it so far.
type aim struct {
	exitArc
	search   int
	quantile int
}

// lateTrails finds for every quantile of every search the arc into the late
// zone that costs least, and follows its path.
func (s *solver) lateTrails(km int, searches []search) {
	var aims []aim
	for i, v := range searches {
		for _, q := range v.quantiles {
			aims = append(aims, aim{exitArc{cost: math.MaxUint64}, i, q})
		}
	}
	for _, p := range s.m.side.passes[km] {
		s.offerArc(aims, exitArc{from: p.from, to: p.to, arc: p.arc, pass: true}, s.slack.Label[p.to])
	}
	for _, n := range s.late.Touched {
		for k := range mobility.Arcs {
			if u := s.m.net.Neighbour(n, k); u != mobility.None && s.m.net.Side(u) == mobility.Far {
				s.offerArc(aims, exitArc{from: u, to: n, arc: uint8(mobility.Back(k))}, s.late.Label[n])
			}
		}
	}
	for _, n := range s.m.side.starts {
		if s.late.Label[n] != mobility.Unreached {
			s.offerStart(aims, n)
		}
	}
	for _, a := range aims {
		if a.cost < math.MaxUint64 {
			t := s.lateTrail(&s.beyond[a.search], a.exitArc, km)
			t.cost = a.cost
			s.add(km, t)
		}
	}
}

// offerArc tries an arc whose end has the given slack for all aims in which it
// leaves the timely ground. The arc itself is weighed by the first search.
func (s *solver) offerArc(aims []aim, e exitArc, slack uint32) {
	from := s.late.Label[e.from]
	if slack >= s.least[quantiles-1] || from < s.least[0] {
		return
	}
	var units uint64
	var ms uint32
	for i := range aims {
		a := &aims[i]
		least := s.least[a.quantile]
		f := s.beyond[a.search].label[e.from]
		if slack >= least || from < least || f == mobility.Unreached || uint64(f) >= a.cost {
			continue
		}
		if ms == 0 {
			var ok bool
			if units, ms, ok = s.m.net.Exposure(e.from, int(e.arc), &s.hazard); !ok {
				return
			}
		}
		if e.cost = uint64(f) + timelyPart(units, ms, least-slack); e.cost < a.cost {
			a.exitArc = e
		}
	}
}

// offerStart tries a start that lies in the late zone: nothing is timely then.
func (s *solver) offerStart(aims []aim, n mobility.Node) {
	for i := range aims {
		if a := &aims[i]; s.late.Label[n] < s.least[a.quantile] && a.cost > 0 {
			a.exitArc = exitArc{from: mobility.None, to: n}
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
