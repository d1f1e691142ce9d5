package exercise

import (
	"math"

	"vedette/exposure"
	"vedette/frontier"
	"vedette/geo"
)

// work is a barrier or a river that a step may cross, on the grid's plane.
type work struct {
	line    []geo.XY
	cum     []float64         // metres along the line, at each vertex
	barrier *frontier.Barrier // nil for a river
	width   float64           // of a river, metres
	gaps    []gap
}

// gap is a place where a work lets through.
type gap struct {
	at    geo.XY
	width float64 // metres
}

// roadway is the width of a bridge, metres: two lanes, as the ground has it.
const roadway = 7

// worksOf lays the barriers that stand and the rivers without a ford on the
// plane.
func worksOf(area *frontier.Area, zone geo.Zone) (all []work) {
	for i := range area.Barriers {
		b := &area.Barriers[i]
		if b.State == "breached" && len(b.Openings) == 0 {
			continue
		}
		w := newWork(b.Line, zone)
		w.barrier = b
		for _, o := range b.Openings {
			w.gaps = append(w.gaps, gap{w.place(o.AtKM * 1000), o.WidthM})
		}
		all = append(all, w)
	}
	for _, r := range area.Waters {
		if r.Type != "river" || r.Ford {
			continue
		}
		w := newWork(r.Line, zone)
		w.width = r.WidthM
		for _, b := range area.Bridges {
			if b.Over == r.ID && (b.State == "" || b.State == "open") {
				w.gaps = append(w.gaps, gap{w.foot(zone.Project(b.At)), roadway})
			}
		}
		all = append(all, w)
	}
	return all
}

func newWork(line []geo.Point, zone geo.Zone) work {
	w := work{line: make([]geo.XY, len(line)), cum: make([]float64, len(line))}
	for i, p := range line {
		w.line[i] = zone.Project(p)
		if i > 0 {
			w.cum[i] = w.cum[i-1] + geo.Distance(line[i-1], p)
		}
	}
	return w
}

// place is the point so many metres along the work, its end beyond it.
func (w *work) place(metres float64) geo.XY {
	for i := 1; i < len(w.line); i++ {
		if long := w.cum[i] - w.cum[i-1]; metres <= w.cum[i] && long > 0 {
			return between(w.line[i-1], w.line[i], (metres-w.cum[i-1])/long)
		}
	}
	return w.line[len(w.line)-1]
}

// foot is the point of the work nearest to p.
func (w *work) foot(p geo.XY) (best geo.XY) {
	least := math.Inf(1)
	for i := 1; i < len(w.line); i++ {
		a, b := w.line[i-1], w.line[i]
		long := math.Hypot(b.X-a.X, b.Y-a.Y)
		if long == 0 {
			continue
		}
		f := ((p.X-a.X)*(b.X-a.X) + (p.Y-a.Y)*(b.Y-a.Y)) / (long * long)
		q := between(a, b, min(1, max(0, f)))
		if d := math.Hypot(p.X-q.X, p.Y-q.Y); d < least {
			least, best = d, q
		}
	}
	return best
}

func between(a, b geo.XY, f float64) geo.XY {
	return geo.XY{X: a.X + f*(b.X-a.X), Y: a.Y + f*(b.Y-a.Y)}
}

// meets gives where a straight step from p to q cuts the work: the shares of
// the step, in order of the work's stretches. Two cuts of one step are a corner
// that it passes by, and so none.
func (w *work) meets(p, q geo.XY) (shares []float64) {
	for i := 1; i < len(w.line); i++ {
		a, b := w.line[i-1], w.line[i]
		x, y, u, v := q.X-p.X, q.Y-p.Y, b.X-a.X, b.Y-a.Y
		det := x*v - y*u
		if det == 0 {
			continue
		}
		f := ((a.X-p.X)*v - (a.Y-p.Y)*u) / det
		s := ((a.X-p.X)*y - (a.Y-p.Y)*x) / det
		if f >= 0 && f < 1 && s >= 0 && s < 1 {
			shares = append(shares, f)
		}
	}
	if len(shares)%2 == 0 {
		return nil
	}
	return shares
}

// open tells whether who is so many metres wide finds a gap where a step cuts
// the work: the gap's middle lies within half its width and half a cell.
func (w *work) open(p, q geo.XY, shares []float64, cell, width float64) bool {
	for _, f := range shares {
		at := between(p, q, f)
		for _, g := range w.gaps {
			if g.width >= width && math.Hypot(at.X-g.at.X, at.Y-g.at.Y) <= (g.width+cell)/2 {
				return true
			}
		}
	}
	return false
}

// stop is a work on a step.
type stop struct {
	work         int     // which
	share        float64 // of the step, where it is met
	seconds      float64 // that it costs
	exposure     float64 // by the sensor along it
	availability float64 // of that sensor
}

// stops are the works that a mover meets between two places.
func (s *stage) stops(p, q geo.XY) (all []stop) {
	for i := range s.works {
		w := &s.works[i]
		at := w.meets(p, q)
		if at == nil || w.open(p, q, at, s.plan.Ground.Frame.DX, s.mover.Width) {
			continue
		}
		if w.barrier == nil {
			all = append(all, stop{work: i, share: at[0], seconds: s.mover.Swim * w.width})
			continue
		}
		seen, up := exposure.LineHazard(*w.barrier)
		all = append(all, stop{i, at[0], s.mover.Delay(w.barrier), seen, up})
	}
	return all
}
