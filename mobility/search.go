package mobility

import (
	"math"
	"slices"
)

// Unreached is the label of a node that a search did not reach.
const Unreached = math.MaxUint32

// Search is one least-cost pass over a net. Without Hazard it adds up
// milliseconds, with it exposure in units. It is a bucket queue with labels
// corrected inside a bucket: results are exact.
//
// Fields are set by the caller; Run reads them and fills Label. The slices hold
// a value for each node. A Search may be used again: it keeps its queue.
type Search struct {
	Net      *Net
	Sides    Side     // where it may go: Far, Own or both
	Backward bool     // arcs are walked against their direction
	Label    []uint32 // least cost, Unreached where there is none
	Hazard   *Hazard  // nil for time
	// Floor, if set, is the least a node's label can be: max(Floor, cost).
	Floor []uint32
	// Gate and Least, if set, keep the search to nodes whose Gate is Least or
	// more. They are set before Reset.
	Gate  []uint32
	Least uint32
	Limit uint32 // labels beyond it are not reached; 0 is no limit
	Shift uint   // a bucket holds 1<<Shift units
	// Parent, if set, takes the arc over which a node was reached, as the search
	// ran; of equals the lowest. Seeds have Seed. It is not kept with a Floor.
	Parent []uint8
	// Track keeps the reached nodes in Touched, some more than once.
	Track   bool
	Touched []Node
	// Settled counts the nodes that were relaxed, those corrected again.
	Settled int

	queue buckets
}

// Seed is the Parent of a node where a search started.
const Seed = 255

// Reset forgets all labels.
func (s *Search) Reset() {
	n := s.Net.Nodes()
	if len(s.Label) != n {
		s.Label = make([]uint32, n)
	}
	for i := range s.Label {
		s.Label[i] = Unreached
	}
	s.shut(barred)
	s.Touched = s.Touched[:0]
	s.queue.reset()
}

// barred is the label of nodes behind the gate while a search runs: no cost is
// lower, so that none is offered.
const barred = 0

// shut gives the nodes behind the gate a label.
func (s *Search) shut(label uint32) {
	for i, v := range s.Gate {
		if v < s.Least {
			s.Label[i] = label
		}
	}
}

// Forget is Reset at the cost of the nodes that a tracked search touched.
func (s *Search) Forget() {
	for _, n := range s.Touched {
		s.Label[n] = Unreached
	}
	s.Touched = s.Touched[:0]
	s.queue.reset()
}

// Seed starts the search at a node, which must not be Outside.
func (s *Search) Seed(n Node, cost uint32) {
	if cost < s.Label[n] {
		s.reach(n, cost, Seed)
	}
}

func (s *Search) reach(n Node, cost uint32, arc uint8) {
	if s.Track && s.Label[n] == Unreached {
		s.Touched = append(s.Touched, n)
	}
	s.Label[n] = cost
	if s.Parent != nil {
		s.Parent[n] = arc
	}
	s.queue.push(cost>>s.Shift, entry{n, cost})
}

// Run spreads from the seeds until nothing is left within the limit. Cost: 16
// arcs for each node, see bench/passes.
func (s *Search) Run() {
	defer s.shut(Unreached)
	if s.Limit == 0 {
		s.Limit = Unreached - 1
	}
	lanes := s.lanes()
	for {
		e, ok := s.queue.pop()
		if !ok {
			return
		}
		if s.Label[e.node] == e.key {
			s.relax(e, &lanes)
		}
	}
}

// lanes are what all arcs of one direction share.
type lanes struct {
	metres   [Arcs]float32
	perMetre [Arcs]float32  // slope steps per metre of rise, negative backwards
	least    [][Arcs]uint32 // of each tile: what no arc in it can cost less than
}

func (s *Search) lanes() (l lanes) {
	for k := range Arcs {
		metres := s.Net.Metres(k)
		l.metres[k] = float32(metres)
		l.perMetre[k] = float32(1 / metres * slopeSteps)
		if s.Backward {
			l.perMetre[k] = -l.perMetre[k]
		}
	}
	l.least = make([][Arcs]uint32, len(s.Net.tiles))
	for i := range l.least {
		hazard := s.leastHazard(i)
		for k := range Arcs {
			// One less, for the rounding of the sum of two paces.
			ms := max(2, uint32(2*s.Net.fastest[s.Net.tiles[i].steepest]*l.metres[k])) - 1
			if l.least[i][k] = ms; s.Hazard != nil {
				l.least[i][k] = uint32(min(closed, exposureOf(ms, hazard, hazard)))
			}
		}
	}
	return l
}

// leastHazard is that of a tile.
func (s *Search) leastHazard(tile int) uint32 {
	if s.Hazard == nil {
		return 0
	}
	return slices.Min(s.Hazard.Still[tile*tileCells:][:tileCells])
}

// relax offers its cost to all neighbours of a node.
func (s *Search) relax(e entry, l *lanes) {
	s.Settled++
	g := s.Net.Ground
	u := e.node
	inside := uint32(u&(tileSide-1))-2 < tileSide-4 && uint32(u>>tileShift&(tileSide-1))-2 < tileSide-4
	if inside && g.cells[u].side&edged == 0 {
		s.relaxInside(e, l)
		return
	}
	var mixes *[Arcs]uint16
	if g.cells[u].side&edged != 0 {
		mixes = &g.edges.arcs[g.edges.nodes[u]]
	}
	for k := range Arcs {
		v, a, b := s.around(u, k)
		if v == None || s.Label[v] <= e.key || s.Net.cells[v].side&s.Sides == 0 || k >= 8 && !(s.Net.open(a) && s.Net.open(b)) {
			continue
		}
		ms := s.Net.onGround(u, v, l.metres[k], l.perMetre[k])
		if ms == 0 {
			continue
		}
		var delay, line uint32
		if mixes != nil {
			m := mixes[k]
			if delay, line = s.Net.delay[m], s.Net.line[m]; delay == closed {
				continue
			}
		}
		cost := uint64(ms) + uint64(delay)
		if s.Hazard != nil {
			cost = s.Hazard.on(u, v, s.walked(k), ms, delay) + uint64(line)
		}
		s.offer(v, uint64(e.key)+cost, uint8(k))
	}
}

// walked is the arc as it is walked.
func (s *Search) walked(arc int) int {
	if s.Backward {
		return Back(arc)
	}
	return arc
}

// relaxInside is relax for the many nodes whose arcs stay in their tile and
// cross no work. It does the same, written out for speed.
func (s *Search) relaxInside(e entry, l *lanes) {
	label, u, key := s.Label, e.node, uint64(e.key)
	least := &l.least[u>>tileUp]
	// Which arcs can help is written down without a branch: half of them can, in
	// no order that a processor could foresee.
	var open [Arcs]uint8
	count := 0
	for k := range Arcs {
		open[count&(Arcs-1)] = uint8(k)
		var helps int
		if uint64(label[u+Node(offsets[k])]) >= key+uint64(least[k]) {
			helps = 1
		}
		count += helps
	}
	s.relaxOpen(e, open[:count], l)
}

// relaxOpen offers the cost of a node along some of its arcs.
func (s *Search) relaxOpen(e entry, open []uint8, l *lanes) {
	n := s.Net
	cells, hazards := n.cells, s.Hazard
	against := 0
	if s.Backward {
		against = 1
	}
	u, key := e.node, uint64(e.key)
	here := cells[u]
	pace := &n.pace[here.class]
	for _, k := range open {
		k &= Arcs - 1
		v := u + Node(offsets[k])
		there := cells[v]
		if there.side&s.Sides == 0 {
			continue
		}
		if k >= 8 && !(n.opens(cells[u+Node(sideA[k])]) && n.opens(cells[u+Node(sideB[k])])) {
			continue
		}
		row := slopeIndex((there.height - here.height) * l.perMetre[k])
		pu := pace[row]
		pv := pu
		if there.class != here.class {
			pv = n.pace[there.class][row]
		}
		if pu == 0 || pv == 0 {
			continue
		}
		cost := uint64(milliseconds(pu+pv, l.metres[k]))
		if hazards != nil {
			arc := int(k) ^ against
			cost = exposureOf(uint32(cost), hazards.at(u, arc), hazards.at(v, arc))
		}
		if cost += key; cost <= uint64(s.Label[v]) {
			s.offer(v, cost, k)
		}
	}
}

// around finds the ends of an arc that may leave the tile. A knight's move
// beside cells that are not there is none.
func (s *Search) around(u Node, k int) (v, a, b Node) {
	v = s.Net.Neighbour(u, k)
	if k < 8 {
		return v, None, None
	}
	if a, b = s.Net.Between(u, k); a == None || b == None {
		return None, None, None
	}
	return v, a, b
}

// offer lowers the label of a node.
func (s *Search) offer(v Node, cost uint64, arc uint8) {
	if s.Floor != nil {
		cost = max(cost, uint64(s.Floor[v]))
	}
	if cost > uint64(s.Label[v]) || cost > uint64(s.Limit) {
		return
	}
	if cost < uint64(s.Label[v]) {
		s.reach(v, uint32(cost), arc)
	} else if s.Parent != nil && arc < s.Parent[v] && s.Parent[v] != Seed {
		s.Parent[v] = arc
	}
}

// Cost is what an arc from a node adds to a label when the search relaxes that
// node, and the node at its other end; ok is false where it cannot go.
func (s *Search) Cost(from Node, arc int) (to Node, cost uint64, ok bool) {
	to = s.Net.Neighbour(from, arc)
	if to == None || s.Net.cells[to].side&s.Sides == 0 {
		return None, 0, false
	}
	first, walked := from, s.walked(arc)
	if s.Backward {
		first = to
	}
	if s.Hazard != nil {
		units, _, ok := s.Net.Exposure(first, walked, s.Hazard)
		return to, units, ok
	}
	ms := s.Net.Time(first, walked)
	return to, uint64(ms), ms != Closed
}

// Before is the neighbour from which a node has its label, and the arc from it
// to the node as the search ran: of equals the one by the lowest arc. It is
// None for a seed, and for a node whose label is its Floor the neighbour that
// asks for least.
func (s *Search) Before(n Node) (before Node, arc int) {
	if s.Parent != nil {
		if s.Parent[n] == Seed {
			return None, 0
		}
		arc = int(s.Parent[n])
		return s.Net.Neighbour(n, Back(arc)), arc
	}
	before, least := None, uint64(math.MaxUint64)
	for k := range Arcs {
		m := s.Net.Neighbour(n, k)
		if m == None || s.Label[m] == Unreached || s.Label[m] >= s.Label[n] {
			continue
		}
		if s.Net.cells[m].side&s.Sides == 0 {
			continue
		}
		if _, cost, ok := s.Cost(m, Back(k)); ok && uint64(s.Label[m])+cost < least {
			before, arc, least = m, Back(k), uint64(s.Label[m])+cost
		}
	}
	if least > uint64(s.Label[n]) {
		return None, 0
	}
	return before, arc
}
