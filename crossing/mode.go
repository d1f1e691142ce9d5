package crossing

import (
	"math"
	"math/bits"

	"vedette/coverage"
	"vedette/exposure"
	"vedette/mobility"
	"vedette/response"
)

const (
	// background is the weight that keeps answers local, 1/s: it serves the
	// search only, and no score counts it.
	background = 2e-5
	// cap is the exposure beyond which a search stops: exp(-100) is nobody.
	exposureLimit = uint32(100 / mobility.ExposureUnit)
	// bias is added to slacks, in milliseconds, so that they are labels.
	bias = 1 << 27
)

// mode is one kind of intruder in one condition, ready to be searched.
type mode struct {
	kind   Kind
	view   int
	net    *mobility.Net
	watch  *coverage.Watch
	fields []*response.Field
	seen   []sight // of each watcher
	sigma  float64 // seconds
	busy   float64
	side   *sides
	hidden []uint16 // of each node: the arcs on which no radar sees; nil without radars
}

// sight is what a watcher adds to the hazard of nodes.
type sight struct {
	nodes       []mobility.Node
	eyes, radar []float32 // 1/s; radar is nil without one
}

// newMode prepares a mode without the assets that are out.
func (l *Line) newMode(kind Kind, view int) *mode {
	p := &l.plan
	m := &mode{kind: kind, view: view, sigma: l.sigma, busy: p.Area.Settings.BusyShare, side: l.sides}
	m.watch = p.Coverage.Watch(p.Area, view, kind.Target, kind.speed())
	for i := range m.watch.Watchers {
		w := &m.watch.Watchers[i]
		if l.out[w.ID] {
			w.Availability = 0
		}
	}
	for _, f := range l.fields[view] {
		if !l.out[f.Asset] {
			m.fields = append(m.fields, f)
		}
	}
	m.net = mobility.NewNet(p.Ground, l.mover(kind), l.lineSensor)
	m.seen = make([]sight, len(m.watch.Watchers))
	for i := range m.seen {
		if m.watch.Watchers[i].Availability > 0 {
			m.seen[i] = sightOf(p.Ground, &m.watch.Watchers[i])
		}
	}
	m.hide()
	return m
}

// hide finds the arcs on which radars do not see, because who walks them comes
// too slowly nearer or away. A node's bit for an arc stands where that holds
// both for leaving the node by it and for coming to it: so it holds on every
// arc whose two ends have it.
func (m *mode) hide() {
	for i := range m.seen {
		s, w := &m.seen[i], &m.watch.Watchers[i]
		if s.radar == nil {
			continue
		}
		if m.hidden == nil {
			m.hidden = make([]uint16, m.net.Nodes())
			for n := range m.hidden {
				m.hidden[n] = math.MaxUint16
			}
		}
		for k, n := range s.nodes {
			if s.radar[k] > 0 {
				m.hidden[n] &= m.hiddenFrom(w, n)
			}
		}
	}
}

// hiddenFrom is the arcs at a node on which one radar does not see.
func (m *mode) hiddenFrom(w *coverage.Watcher, n mobility.Node) (arcs uint16) {
	col, row := m.net.Cell(n)
	east, north, least := w.Radial(col, row)
	for arc := range mobility.Arcs {
		x, y := mobility.Step(arc)
		across := math.Abs(x*east+y*north) / math.Hypot(x, y)
		metres := m.net.Metres(arc)
		leaving := m.onGround(n, arc)
		coming := math.Inf(1)
		if before := m.net.Neighbour(n, mobility.Back(arc)); before != mobility.None {
			coming = m.onGround(before, arc)
		}
		if across*metres/min(leaving, coming) < least {
			arcs |= 1 << arc
		}
	}
	return arcs
}

// onGround is the seconds of an arc without works; +Inf where it is closed.
func (m *mode) onGround(n mobility.Node, arc int) float64 {
	all := m.net.Time(n, arc)
	if all == mobility.Closed {
		return math.Inf(1)
	}
	delay, _ := m.net.Delay(n, arc)
	return float64(all-delay) / 1000
}

// lineSensor is the exposure that a search counts for crossing a barrier.
func (l *Line) lineSensor(barrier int) float64 {
	b := &l.plan.Area.Barriers[barrier]
	if l.out[b.ID] {
		return 0
	}
	exposed, availability := exposure.LineHazard(*b)
	return exposed * availability
}

// sightOf lists the nodes of the strip that a watcher may detect at.
func sightOf(g *mobility.Ground, w *coverage.Watcher) (s sight) {
	radar := w.Radar()
	for row := w.Window.Min.Y; row < w.Window.Max.Y; row++ {
		for col := w.Window.Min.X; col < w.Window.Max.X; col++ {
			n := g.Node(col, row)
			if n == mobility.None || g.Side(n) == mobility.Outside {
				continue
			}
			eyes, echo := w.Hazard(col, row)
			if eyes+echo == 0 {
				continue
			}
			s.nodes = append(s.nodes, n)
			s.eyes = append(s.eyes, float32(eyes))
			if radar {
				s.radar = append(s.radar, float32(echo))
			}
		}
	}
	return s
}

// hazards lays the hazard of a variant on all nodes, in whole units: one
// watcher gives at most 1/s, so that forty of them fit.
func (m *mode) hazards(dst *mobility.Hazard, v variant) {
	base, own := units(background), units(background+m.watch.Report)
	dst.Background = base
	g := m.net.Ground
	for i := range dst.Still {
		if dst.Still[i] = base; g.Side(mobility.Node(i)) == mobility.Own {
			dst.Still[i] = own
		}
	}
	if dst.Hidden, dst.Echo = m.hidden, dst.Echo[:0]; m.hidden != nil {
		dst.Echo = zeros(dst.Echo, len(dst.Still))
	} else {
		dst.Echo = nil
	}
	for i, s := range m.seen {
		if v.weight[i] == 0 {
			continue
		}
		for k, n := range s.nodes {
			add(&dst.Still[n], v.weight[i]*float64(s.eyes[k]))
			if s.radar != nil {
				add(&dst.Echo[n], v.weight[i]*float64(s.radar[k]))
			}
		}
	}
}

// add adds a hazard in 1/s. Sums stay below half of what fits, so that those of
// eyes and radars together do.
func add(to *uint32, hazard float64) {
	*to = uint32(min(uint64(*to)+uint64(units(hazard)), math.MaxUint32/2))
}

func zeros(v []uint32, n int) []uint32 {
	if cap(v) < n {
		return make([]uint32, n)
	}
	v = v[:n]
	clear(v)
	return v
}

func units(hazard float64) uint32 { return uint32(hazard/mobility.HazardUnit + .5) }

// floors is the least slack of every node: bias - T on the ground where
// responders go, 0 elsewhere.
func (m *mode) floors(dst []uint32) {
	g := m.net.Ground
	for i := range dst {
		dst[i] = 0
		n := mobility.Node(i)
		if side := g.Side(n); side == mobility.Own || side == mobility.Far && m.side.pursuit {
			if t, _ := response.Least(m.fields, n, ""); t < bias {
				dst[i] = bias - t
			}
		}
	}
}

// shift is the size of a bucket for exposures: about the least arc in nothing
// but the background.
func (m *mode) shift() uint {
	ms := m.net.Metres(0) / 25 * 1000
	if m.kind.Mover == &mobility.Foot {
		ms = m.net.Metres(0) / 1.5 * 1000
	}
	least := ms / 1000 * background / mobility.ExposureUnit
	return uint(min(12, max(0, bits.Len(uint(least))-1)))
}
