package crossing

import (
	"cmp"
	"math"
	"slices"

	"vedette/geo"
)

// path tells a walk as planned: where he is when, who may see him, and who
// can meet him where.
func (j *judge) path(w *walk) *Path {
	s := &j.scorer
	sc := j.m.asPlanned()
	s.times(w, sc)
	s.slacks(w, sc, 0)
	s.sweep(w, sc)
	g := j.m.net.Ground
	p := &Path{
		Nodes: w.trail.nodes, Arcs: w.trail.arcs, Cross: w.trail.cross, Critical: -1, MeetAt: -1,
		Unseen: append([]float64(nil), s.alive...), Slack: append([]float64(nil), s.slack...),
	}
	p.At, p.Seconds = make([]geo.Point, len(p.Nodes)), make([]float64, len(p.Nodes))
	for i, n := range p.Nodes {
		p.At[i] = g.Zone().Unproject(g.At(n))
		if i > 0 {
			p.Seconds[i] = p.Seconds[i-1] + s.seconds[i-1]
		}
		if p.Slack[i] >= 0 {
			p.Critical = i
		}
	}
	p.PUnseen = p.Unseen[len(p.Unseen)-1]
	for k := range w.seers {
		p.Exposure += s.exposure[k]
	}
	col, row := g.Cell(p.Nodes[p.Cross])
	p.CrossKM = j.l.chainage(col, row)
	j.meeting(p, w)
	p.Events = j.events(p, w)
	return p
}

// chainage is the place on the frontier nearest to a cell, km.
func (l *Line) chainage(col, row int) float64 {
	along, _ := l.sides.line.Nearest(l.plan.Ground.Frame.Center(col, row))
	return along / 1000
}

// meeting finds where, and by whom, he can be met when he is seen at the
// critical point: the place with the most time to spare.
func (j *judge) meeting(p *Path, w *walk) {
	if p.Critical < 0 {
		return
	}
	best := math.Inf(-1)
	for i := p.Critical; i < len(p.Nodes); i++ {
		for k, f := range w.fields {
			if spare := p.Seconds[i] - p.Seconds[p.Critical] - w.comes[k][i]; spare > best {
				best, p.MeetAt, p.Responder, p.Comes = spare, i, f.Name, w.comes[k][i]
			}
		}
	}
}

// events tells the way in order of time.
func (j *judge) events(p *Path, w *walk) []Event {
	last := len(p.Nodes) - 1
	events := []Event{p.event(0, "start", "")}
	for k := range w.seers {
		events = append(events, j.sightings(p, w, k)...)
	}
	for _, c := range w.works {
		b := &j.l.plan.Area.Barriers[c.barrier]
		e := p.event(c.arc, "barrier", nameOf(b.Named))
		e.Until = e.Seconds + c.seconds
		e.P = c.availability * (1 - math.Exp(-c.exposure))
		events = append(events, e)
	}
	events = append(events, p.event(p.Cross, "frontier", ""))
	if p.Critical >= 0 {
		events = append(events, p.event(p.Critical, "critical", ""))
	}
	if p.MeetAt >= 0 {
		e := p.event(p.MeetAt, "met", p.Responder)
		events = append(events, e)
	}
	events = append(events, p.event(last, "exit", ""))
	sortEvents(events)
	return events
}

func (p *Path) event(i int, what, who string) Event {
	return Event{Seconds: p.Seconds[i], At: p.At[i], What: what, Who: who}
}

// sightings is each stretch of the way on which a watcher may see him; breaks
// of less than a minute are none.
func (j *judge) sightings(p *Path, w *walk, k int) (events []Event) {
	const pause = 60 // seconds
	s := &w.seers[k]
	name := j.m.watch.Watchers[s.watcher].Name
	if name == "" {
		name = j.m.watch.Watchers[s.watcher].ID
	}
	exposed := 0.
	for i, h := range s.hazard {
		if h == 0 {
			continue
		}
		if n := len(events); n == 0 || p.Seconds[i]-events[n-1].Until > pause {
			events, exposed = append(events, p.event(i, "watched", name)), 0
		}
		e := &events[len(events)-1]
		exposed += h * (p.Seconds[i+1] - p.Seconds[i])
		e.Until = p.Seconds[i+1]
		e.P = s.availability * (1 - math.Exp(-exposed))
	}
	return events
}

func sortEvents(events []Event) {
	slices.SortStableFunc(events, func(a, b Event) int { return cmp.Compare(a.Seconds, b.Seconds) })
}
