package crossing

import (
	"math"

	"vedette/exposure"
	"vedette/mobility"
	"vedette/response"
)

// walk is a path with all that its score needs: for every arc its time, the
// hazards on it by watcher, and the works it crosses; for every place when
// each responder can be there.
type walk struct {
	trail  *trail
	ground []float64 // seconds on the way, of each arc
	delay  []float64 // seconds at works, of each arc
	seers  []seer
	works  []crossed
	report []float64 // hazard by inhabitants, of each arc
	fields []*response.Field
	comes  [][]float64 // seconds, of each field at each node; +Inf where never
}

// seer is a watcher with the hazard that it gives on each arc, 1/s.
type seer struct {
	watcher      int
	availability float64
	class        class
	hazard       []float64
}

// crossed is a work on the way.
type crossed struct {
	arc          int
	barrier      int // index into the area
	seconds      float64
	exposure     float64 // of a line sensor
	availability float64
}

// class groups what is uncertain in common.
type class uint8

const (
	byEyes class = iota
	byRadar
	byPatrol
	byLine
	classCount
)

// newWalk looks up everything along a trail.
func (m *mode) newWalk(t *trail, l *Line) *walk {
	w := &walk{trail: t, fields: m.fields}
	n := len(t.arcs)
	w.ground, w.delay, w.report = make([]float64, n), make([]float64, n), make([]float64, n)
	speeds := make([][2]float64, n)
	for i, arc := range t.arcs {
		w.addArc(m, l, i)
		speeds[i] = m.velocity(int(arc), w.ground[i])
	}
	for i := range m.watch.Watchers {
		w.addSeer(m, i, speeds)
	}
	w.comes = make([][]float64, len(m.fields))
	for k, f := range m.fields {
		w.comes[k] = make([]float64, len(t.nodes))
		for i, n := range t.nodes {
			w.comes[k][i] = math.Inf(1)
			if i >= t.cross || m.side.pursuit {
				if ms := f.At(n); ms < bias {
					w.comes[k][i] = float64(ms) / 1000
				}
			}
		}
	}
	return w
}

// addArc sets the times of an arc, and what it crosses.
func (w *walk) addArc(m *mode, l *Line, i int) {
	from, arc := w.trail.nodes[i], int(w.trail.arcs[i])
	all := m.net.Time(from, arc)
	delay, _ := m.net.Delay(from, arc)
	w.ground[i], w.delay[i] = float64(all-delay)/1000, float64(delay)/1000
	if i >= w.trail.cross {
		w.report[i] = m.watch.Report
	}
	for _, b := range m.net.Crossed(from, arc) {
		barrier := &l.plan.Area.Barriers[b]
		if l.out[barrier.ID] {
			continue
		}
		exposed, availability := exposure.LineHazard(*barrier)
		w.works = append(w.works, crossed{i, b, m.net.Mover.Delay(barrier), exposed, availability})
	}
}

// velocity is the east and north speed along an arc, m/s.
func (m *mode) velocity(arc int, seconds float64) [2]float64 {
	east, north := mobility.Step(arc)
	metres := m.net.Metres(arc)
	long := math.Hypot(east, north)
	if seconds <= 0 {
		return [2]float64{}
	}
	return [2]float64{east / long * metres / seconds, north / long * metres / seconds}
}

// addSeer adds a watcher that sees something of the way.
func (w *walk) addSeer(m *mode, i int, speed [][2]float64) {
	watcher := &m.watch.Watchers[i]
	if watcher.Availability == 0 {
		return
	}
	s := seer{watcher: i, availability: watcher.Availability}
	switch {
	case watcher.Patrol:
		s.class = byPatrol
	case watcher.Radar():
		s.class = byRadar
	}
	g := m.net.Ground
	for k := range w.trail.arcs {
		h := 0.
		for _, n := range w.trail.nodes[k : k+2] {
			col, row := g.Cell(n)
			h += watcher.Moving(col, row, speed[k][0], speed[k][1]) / 2
		}
		if h > 0 && s.hazard == nil {
			s.hazard = make([]float64, len(w.trail.arcs))
		}
		if h > 0 {
			s.hazard[k] = h
		}
	}
	if s.hazard != nil {
		w.seers = append(w.seers, s)
	}
}

// scene is one state of what is not known, and of what is there.
type scene struct {
	pace     float64 // factor of times on the way
	delay    float64 // factor of delays
	response float64 // factor of response times
	hazard   [classCount]float64
	guard    float64 // factor of the availability of people; the product is at most 1
	without  string  // id of an asset that is gone
	sigma    float64 // seconds
	busy     float64
}

func (m *mode) asPlanned() scene {
	return scene{pace: 1, delay: 1, response: 1, hazard: [classCount]float64{1, 1, 1, 1}, guard: 1, sigma: m.sigma, busy: m.busy}
}
