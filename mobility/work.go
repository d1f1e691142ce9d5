package mobility

import (
	"math"
	"slices"

	"vedette/frontier"
	"vedette/geo"
	"vedette/grid"
)

// work is a line that costs time to cross: a barrier or a river.
type work struct {
	line    []geo.XY
	gaps    []gap
	barrier *frontier.Barrier // nil for a river
	index   int               // of the barrier in the area
	width   float64           // of a river, metres
}

// gap is a place where a work lets through: an opening, a breach, a bridge.
type gap struct {
	at    geo.XY
	width float64
}

// bridgeWidth is that of a bridge's roadway, metres: two lanes.
const bridgeWidth = 7

// passed is one work that an arc crosses, and the width of the widest gap that
// it finds there, 0 for none.
type passed struct {
	work int
	gap  float64
}

func worksOf(area *frontier.Area, zone geo.Zone) []work {
	var all []work
	for i := range area.Barriers {
		b := &area.Barriers[i]
		if b.State == "breached" && len(b.Openings) == 0 {
			continue
		}
		w := work{barrier: b, index: i, line: project(b.Line, zone)}
		for _, o := range b.Openings {
			w.gaps = append(w.gaps, gap{along(b.Line, o.AtKM*1000, zone), o.WidthM})
		}
		all = append(all, w)
	}
	for i := range area.Waters {
		r := &area.Waters[i]
		if r.Type != "river" || r.Ford {
			continue
		}
		w := work{index: -1, line: project(r.Line, zone), width: r.WidthM}
		for _, b := range area.Bridges {
			if b.Over == r.ID && (b.State == "" || b.State == "open") {
				w.gaps = append(w.gaps, gap{nearestOn(w.line, zone.Project(b.At)), bridgeWidth})
			}
		}
		all = append(all, w)
	}
	return all
}

func project(line []geo.Point, zone geo.Zone) []geo.XY {
	out := make([]geo.XY, len(line))
	for i, p := range line {
		out[i] = zone.Project(p)
	}
	return out
}

// along is the place so many metres along a line; its end beyond it.
func along(line []geo.Point, metres float64, zone geo.Zone) geo.XY {
	for i := 1; i < len(line); i++ {
		d := geo.Distance(line[i-1], line[i])
		if metres <= d && d > 0 {
			a, b := zone.Project(line[i-1]), zone.Project(line[i])
			f := metres / d
			return geo.XY{X: a.X + f*(b.X-a.X), Y: a.Y + f*(b.Y-a.Y)}
		}
		metres -= d
	}
	return zone.Project(line[len(line)-1])
}

// nearestOn is the place on a line that is nearest to p.
func nearestOn(line []geo.XY, p geo.XY) geo.XY {
	best, at := math.Inf(1), line[0]
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		x, y := b.X-a.X, b.Y-a.Y
		f := 0.
		if long := x*x + y*y; long > 0 {
			f = min(1, max(0, ((p.X-a.X)*x+(p.Y-a.Y)*y)/long))
		}
		q := geo.XY{X: a.X + f*x, Y: a.Y + f*y}
		if d := math.Hypot(p.X-q.X, p.Y-q.Y); d < best {
			best, at = d, q
		}
	}
	return at
}

// edges holds what the arcs of edged nodes cross: for each such node, an index
// into Ground.mixes for each arc.
type edges struct {
	nodes map[Node]int32
	arcs  [][Arcs]uint16
}

// mix gives what an arc crosses, as an index into mixes.
func (g *Ground) mix(n Node, arc int) uint16 {
	if g.cells[n].side&edged == 0 {
		return 0
	}
	return g.edges.arcs[g.edges.nodes[n]][arc]
}

// findEdges intersects every work with the arcs near it.
func (g *Ground) findEdges() {
	g.edges.nodes = map[Node]int32{}
	g.mixes = [][]passed{nil}
	found := map[Node]*[Arcs][]passed{}
	for i := range g.works {
		g.crossed(i, found)
	}
	nodes := make([]Node, 0, len(found))
	for n := range found {
		nodes = append(nodes, n)
	}
	slices.Sort(nodes)
	for _, n := range nodes {
		var arcs [Arcs]uint16
		for k, p := range found[n] {
			arcs[k] = g.mixOf(p)
		}
		g.edges.nodes[n] = int32(len(g.edges.arcs))
		g.edges.arcs = append(g.edges.arcs, arcs)
		g.cells[n].side |= edged
	}
}

// mixOf is the number of a set of works.
func (g *Ground) mixOf(p []passed) uint16 {
	if len(p) == 0 {
		return 0
	}
	for i, m := range g.mixes {
		if slices.Equal(m, p) {
			return uint16(i)
		}
	}
	g.mixes = append(g.mixes, p)
	return uint16(len(g.mixes) - 1)
}

// crossed adds one work to the arcs that cross it. Crossing it twice, round a
// corner, is not crossing it.
func (g *Ground) crossed(i int, found map[Node]*[Arcs][]passed) {
	w := &g.works[i]
	type arc struct {
		n Node
		k int
	}
	hits := map[arc][]geo.XY{}
	for s := 1; s < len(w.line); s++ {
		a, b := w.line[s-1], w.line[s]
		seen := map[Node]bool{}
		grid.Supercover(g.Frame, a, b, func(col, row int) {
			for dy := -2; dy <= 2; dy++ {
				for dx := -2; dx <= 2; dx++ {
					n := g.Node(col+dx, row+dy)
					if n == None || seen[n] || g.Side(n) == Outside {
						continue
					}
					seen[n] = true
					for k := range Arcs {
						if at, ok := g.meets(n, k, a, b); ok {
							hits[arc{n, k}] = append(hits[arc{n, k}], at)
						}
					}
				}
			}
		})
	}
	for h, at := range hits {
		if len(at)%2 == 0 {
			continue
		}
		if found[h.n] == nil {
			found[h.n] = new([Arcs][]passed)
		}
		found[h.n][h.k] = append(found[h.n][h.k], passed{i, w.gapAt(at, g.Frame.DX)})
	}
}

// gapAt is the width of the widest gap within half a cell of a crossing.
func (w *work) gapAt(at []geo.XY, cell float64) (widest float64) {
	for _, p := range at {
		for _, o := range w.gaps {
			if math.Hypot(p.X-o.at.X, p.Y-o.at.Y) <= (o.width+cell)/2*(1+1e-9) {
				widest = max(widest, o.width)
			}
		}
	}
	return widest
}

// nudge moves the centres of cells, in cells, so that none lies on a work that
// was drawn through centres: a line through a centre would else be crossed by
// the arcs on both of its sides, or by none.
const (
	nudgeX = 1.37e-5
	nudgeY = 0.71e-5
)

// meets tells where an arc and a stretch of a work cross. An end on the other
// line counts to one side of it, always the same, so that a chain of stretches
// has no leak at its vertices.
func (g *Ground) meets(n Node, k int, a, b geo.XY) (geo.XY, bool) {
	col, row := g.Cell(n)
	p := g.Frame.Center(col, row)
	p.X += nudgeX * g.Frame.DX
	p.Y += nudgeY * g.Frame.DX
	q := geo.XY{X: p.X + float64(steps[k].dx)*g.Frame.DX, Y: p.Y - float64(steps[k].dy)*g.Frame.DX}
	sp, sq := turn(a, b, p), turn(a, b, q)
	if (sp >= 0) == (sq >= 0) {
		return geo.XY{}, false
	}
	// From the lower end of the two, so that an arc and its reverse agree.
	lo, hi := p, q
	if k&1 == 1 {
		lo, hi = q, p
	}
	if (turn(lo, hi, a) >= 0) == (turn(lo, hi, b) >= 0) {
		return geo.XY{}, false
	}
	f := sp / (sp - sq)
	return geo.XY{X: p.X + f*(q.X-p.X), Y: p.Y + f*(q.Y-p.Y)}, true
}

// turn is positive where c lies left of the line from a to b.
func turn(a, b, c geo.XY) float64 {
	return (b.X-a.X)*(c.Y-a.Y) - (b.Y-a.Y)*(c.X-a.X)
}
