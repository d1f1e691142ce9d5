package crossing

import (
	"math"

	"vedette/coverage"
	"vedette/response"
)

// scorer scores walks of one mode. It keeps its arrays from walk to walk.
type scorer struct {
	m        *mode
	l        *Line
	seconds  []float64
	slack    []float64
	alive    []float64
	exposure []float64 // of each seer so far
}

// score is the true P(I) of a walk in a scene: watchers are there or not for the
// whole of the crossing, radars see radial speed, and the common error of the
// response is normal. Cost: seers times arcs.
func (s *scorer) score(w *walk, sc scene) float64 {
	s.times(w, sc)
	p := 0.
	for rank, weight := range s.ranks(w, sc) {
		s.slacks(w, sc, rank)
		p += weight * s.sweep(w, sc)
	}
	return p
}

// ranks are the weights of the responders by how soon they come.
func (s *scorer) ranks(w *walk, sc scene) []float64 {
	if sc.busy == 0 || len(w.fields) == 0 {
		return []float64{1}
	}
	return response.Weights(sc.busy, min(3, len(w.fields)))
}

// times sets the seconds of every arc.
func (s *scorer) times(w *walk, sc scene) {
	s.seconds = resize(s.seconds, len(w.ground))
	for i := range s.seconds {
		s.seconds[i] = w.ground[i]*sc.pace + w.delay[i]*sc.delay
	}
	for _, c := range w.works {
		if sc.without != "" && s.l.plan.Area.Barriers[c.barrier].ID == sc.without {
			s.seconds[c.arc] -= c.seconds * sc.delay
		}
	}
}

func resize(v []float64, n int) []float64 {
	if cap(v) < n {
		return make([]float64, n)
	}
	return v[:n]
}

// slacks sets M at every node, for the responder of a rank.
func (s *scorer) slacks(w *walk, sc scene, rank int) {
	n := len(w.trail.nodes)
	s.slack = resize(s.slack, n)
	m := math.Inf(-1)
	for i := n - 1; i >= 0; i-- {
		if i < n-1 {
			m += s.seconds[i]
		}
		m = max(m, -s.comes(w, sc, i, rank)*sc.response)
		s.slack[i] = m
	}
}

// comes is the seconds until the responder of a rank stands at a node; +Inf if
// none does.
func (s *scorer) comes(w *walk, sc scene, node, rank int) float64 {
	soonest := [3]float64{math.Inf(1), math.Inf(1), math.Inf(1)}
	for k, f := range w.fields {
		if sc.without != "" && f.Asset == sc.without {
			continue
		}
		t := w.comes[k][node]
		for r := range soonest {
			if t < soonest[r] {
				t, soonest[r] = soonest[r], t
			}
		}
	}
	return soonest[rank]
}

// sweep goes along a walk and adds up, for every piece of it, the chance of
// first detection there times the chance that it is timely.
func (s *scorer) sweep(w *walk, sc scene) float64 {
	s.exposure = resize(s.exposure, len(w.seers)+1)
	clear(s.exposure)
	s.alive = resize(s.alive, len(w.trail.nodes))
	s.alive[0] = 1
	alive, lines, p, next := 1., 1., 0., 0
	for i := range w.trail.arcs {
		for ; next < len(w.works) && w.works[next].arc == i; next++ {
			if f := s.passLine(w.works[next], sc); f < 1 {
				p += alive * (1 - f) * timelyChance(s.slack[i+1]+s.seconds[i], sc.sigma)
				lines *= f
				alive *= f
			}
		}
		alive, p = s.along(w, sc, piece{i, s.seconds[i], s.slack[i+1], alive, lines, p})
		s.alive[i+1] = alive
	}
	return p
}

// passLine is the chance to cross a work unseen by its sensor.
func (s *scorer) passLine(c crossed, sc scene) float64 {
	if c.exposure == 0 || sc.without != "" && s.l.plan.Area.Barriers[c.barrier].ID == sc.without {
		return 1
	}
	return 1 - c.availability + c.availability*math.Exp(-c.exposure*sc.hazard[byLine])
}

// piece is an arc on the way of a sweep.
type piece struct {
	arc            int
	seconds, slack float64 // slack at its end
	alive, lines   float64
	p              float64
}

// along takes one arc in steps short against the response's error, so that the
// chance to be in time hardly changes in one; with no error it is cut where the
// slack ends.
func (s *scorer) along(w *walk, sc scene, a piece) (alive, p float64) {
	if !s.watched(w, sc, a.arc) {
		return a.alive, a.p
	}
	if sc.sigma == 0 {
		in := min(a.seconds, max(0, a.seconds+a.slack))
		s.expose(w, sc, a.arc, in)
		alive = s.unseen(w, sc) * a.lines
		p = a.p + a.alive - alive
		s.expose(w, sc, a.arc, a.seconds-in)
		return s.unseen(w, sc) * a.lines, p
	}
	steps := int(math.Ceil(a.seconds / (sc.sigma / 4)))
	alive, p = a.alive, a.p
	for k := range steps {
		s.expose(w, sc, a.arc, a.seconds/float64(steps))
		now := s.unseen(w, sc) * a.lines
		left := a.seconds * (1 - (float64(k)+.5)/float64(steps))
		p += (alive - now) * timelyChance(a.slack+left, sc.sigma)
		alive = now
	}
	return alive, p
}

// timelyChance is the chance that a normal error of the response is not above
// the slack.
func timelyChance(slack, sigma float64) float64 {
	if sigma == 0 {
		if slack >= 0 {
			return 1
		}
		return 0
	}
	return .5 * math.Erfc(-slack/sigma/math.Sqrt2)
}

func (s *scorer) watched(w *walk, sc scene, arc int) bool {
	if w.report[arc] > 0 {
		return true
	}
	for k := range w.seers {
		if w.seers[k].hazard[arc] > 0 && !s.gone(w, k, sc) {
			return true
		}
	}
	return false
}

func (s *scorer) gone(w *walk, k int, sc scene) bool {
	return sc.without != "" && s.watcher(w, k).ID == sc.without
}

func (s *scorer) watcher(w *walk, k int) *coverage.Watcher {
	return &s.m.watch.Watchers[w.seers[k].watcher]
}

// expose adds so many seconds on an arc to every seer's exposure.
func (s *scorer) expose(w *walk, sc scene, arc int, seconds float64) {
	for k := range w.seers {
		if h := w.seers[k].hazard[arc]; h > 0 {
			s.exposure[k] += h * seconds * sc.hazard[w.seers[k].class]
		}
	}
	s.exposure[len(w.seers)] += w.report[arc] * seconds
}

// unseen is the chance that no seer has seen him: each watches or does not.
func (s *scorer) unseen(w *walk, sc scene) float64 {
	u := math.Exp(-s.exposure[len(w.seers)])
	for k := range w.seers {
		if s.exposure[k] == 0 || s.gone(w, k, sc) {
			continue
		}
		a := min(1, w.seers[k].availability*sc.guard)
		u *= 1 - a + a*math.Exp(-s.exposure[k])
	}
	return u
}
