package exercise

import (
	"math"
	"math/rand/v2"

	"vedette/mobility"
)

// The ways in which other paths are made.
const (
	straight = "straight" // from the far edge to the own one
	fastest  = "fastest"  // the least time through a place on the frontier
	detour   = "detour"   // the computed path with a stretch led elsewhere
)

// reach is how far a detour's places lie apart, metres; tries the number of
// times that a way is drawn until one is passable.
const (
	reach = 1500
	tries = 20
)

// other makes the i-th other path through a kilometre.
func (s *stage) other(r *rand.Rand, k *Kilometre, i int) (kind string, p Path, ok bool) {
	kinds := []string{straight, fastest, detour}
	if len(k.Path.Nodes) == 0 {
		kinds = kinds[:2]
	}
	kind = kinds[i%len(kinds)]
	for range tries {
		switch kind {
		case straight:
			p, ok = s.straight(r, k.Number)
		case fastest:
			p, ok = s.fastest(r, k.Number)
		default:
			p, ok = s.detour(r, k)
		}
		if ok {
			return kind, p, true
		}
	}
	return kind, p, false
}

// pass draws an arc over the frontier that the intruder can take.
func (s *stage) pass(r *rand.Rand, km int) (p pass, to mobility.Node, ok bool) {
	all := s.passes[km]
	if len(all) == 0 {
		return p, 0, false
	}
	p = all[r.IntN(len(all))]
	if s.net.Time(p.from, int(p.arc)) == mobility.Closed {
		return p, 0, false
	}
	return p, s.net.Neighbour(p.from, int(p.arc)), true
}

// join goes one way, over the frontier, and on another way.
func join(far Path, p pass, own Path) Path {
	return Path{
		Nodes: append(append([]mobility.Node(nil), far.Nodes...), own.Nodes...),
		Arcs:  append(append(append([]uint8(nil), far.Arcs...), p.arc), own.Arcs...),
	}
}

// fastest goes from the nearest start to the nearest exit through a drawn
// place.
func (s *stage) fastest(r *rand.Rand, km int) (Path, bool) {
	p, to, ok := s.pass(r, km)
	if !ok {
		return Path{}, false
	}
	before, ok1 := s.there.path(p.from)
	after, ok2 := s.away.path(to)
	return join(before, p, after), ok1 && ok2
}

// straight goes from a drawn place of the far edge, not far off along the line,
// to a drawn place of the frontier and on to one of the own edge.
func (s *stage) straight(r *rand.Rand, km int) (Path, bool) {
	p, to, ok := s.pass(r, km)
	if !ok {
		return Path{}, false
	}
	start, ok1 := draw(r, s.starts, km)
	end, ok2 := draw(r, s.ends, km)
	if !ok1 || !ok2 {
		return Path{}, false
	}
	before, ok1 := s.walkTo(start, p.from, mobility.Far)
	after, ok2 := s.walkTo(to, end, mobility.Own)
	return join(before, p, s.untilExit(after)), ok1 && ok2
}

// draw takes a node of a kilometre nearby.
func draw(r *rand.Rand, nodes [][]mobility.Node, km int) (mobility.Node, bool) {
	const around = 6 // kilometres
	all := nodes[min(len(nodes)-1, max(0, km+r.IntN(2*around+1)-around))]
	if len(all) == 0 {
		return mobility.None, false
	}
	return all[r.IntN(len(all))], true
}

// untilExit ends a path where it first comes to an exit.
func (s *stage) untilExit(p Path) Path {
	for i, n := range p.Nodes {
		if s.exit[n] {
			return Path{Nodes: p.Nodes[:i+1], Arcs: p.Arcs[:i]}
		}
	}
	return p
}

// walkTo goes by the arcs that lead to a place with the least detour, on one
// side; it does not go round anything.
func (s *stage) walkTo(n, goal mobility.Node, side mobility.Side) (p Path, ok bool) {
	g := s.plan.Ground
	to := g.At(goal)
	p.Nodes = append(p.Nodes, n)
	for n != goal {
		best, next, least := -1, n, math.Inf(1)
		at := g.At(n)
		rest := math.Hypot(to.X-at.X, to.Y-at.Y)
		for k := range mobility.Arcs {
			v := s.net.Neighbour(n, k)
			if v == mobility.None || g.Side(v) != side || s.net.Time(n, k) == mobility.Closed {
				continue
			}
			q := g.At(v)
			left := math.Hypot(to.X-q.X, to.Y-q.Y)
			if detour := left + math.Hypot(q.X-at.X, q.Y-at.Y); left < rest && detour < least {
				best, next, least = k, v, detour
			}
		}
		if best < 0 {
			return p, false
		}
		n = next
		p.Nodes, p.Arcs = append(p.Nodes, n), append(p.Arcs, uint8(best))
	}
	return p, true
}

// detour leads a stretch of the computed path through a drawn place: on one
// side, or over the frontier elsewhere in the kilometre.
func (s *stage) detour(r *rand.Rand, k *Kilometre) (Path, bool) {
	nodes := k.Path.Nodes
	cross := 0
	for s.plan.Ground.Side(nodes[cross]) == mobility.Far {
		cross++
	}
	if r.IntN(3) == 0 {
		return s.crossElsewhere(r, k, cross)
	}
	i, j, side := 0, cross-1, mobility.Far
	if r.IntN(2) == 0 {
		i, j, side = cross, len(nodes)-1, mobility.Own
	}
	i, j = s.stretch(r, nodes, i, j)
	via, ok := s.near(r, nodes[(i+j)/2], side)
	if !ok {
		return Path{}, false
	}
	a, ok1 := s.lead(nodes[i], via, side)
	b, ok2 := s.lead(via, nodes[j], side)
	if !ok1 || !ok2 {
		return Path{}, false
	}
	p := Path{Nodes: append([]mobility.Node(nil), nodes[:i]...), Arcs: append([]uint8(nil), k.Path.Arcs[:i]...)}
	p.Nodes, p.Arcs = append(p.Nodes, a.Nodes...), append(p.Arcs, a.Arcs...)
	p.Nodes, p.Arcs = append(p.Nodes, b.Nodes[1:]...), append(p.Arcs, b.Arcs...)
	p.Nodes, p.Arcs = append(p.Nodes, nodes[j+1:]...), append(p.Arcs, k.Path.Arcs[j:]...)
	return p, true
}

// stretch draws a stretch of a path between two of its places, that is not
// longer than a detour's reach.
func (s *stage) stretch(r *rand.Rand, nodes []mobility.Node, from, to int) (i, j int) {
	i = from + r.IntN(to-from+1)
	for j = i; j < to && s.metres(nodes[i], nodes[j+1]) < reach; j++ {
	}
	return i, j
}

func (s *stage) metres(a, b mobility.Node) float64 {
	p, q := s.plan.Ground.At(a), s.plan.Ground.At(b)
	return math.Hypot(p.X-q.X, p.Y-q.Y)
}

// near draws a node of a side within half a detour's reach.
func (s *stage) near(r *rand.Rand, n mobility.Node, side mobility.Side) (mobility.Node, bool) {
	g := s.plan.Ground
	col, row := g.Cell(n)
	cells := reach / g.Frame.DX
	at := func(v int) int { return v + int(math.Round((r.Float64()-.5)*cells)) }
	via := g.Node(at(col), at(row))
	return via, via != mobility.None && g.Side(via) == side
}

// crossElsewhere leads the path over another place of the same kilometre.
func (s *stage) crossElsewhere(r *rand.Rand, k *Kilometre, cross int) (Path, bool) {
	nodes := k.Path.Nodes
	p, to, ok := s.pass(r, k.Number)
	if !ok || s.metres(p.from, nodes[cross]) > reach {
		return Path{}, false
	}
	i, j := cross-1, cross
	for i > 0 && s.metres(nodes[i], nodes[cross]) < reach {
		i--
	}
	for j < len(nodes)-1 && s.metres(nodes[j], nodes[cross]) < reach {
		j++
	}
	before, ok1 := s.lead(nodes[i], p.from, mobility.Far)
	after, ok2 := s.lead(to, nodes[j], mobility.Own)
	if !ok1 || !ok2 {
		return Path{}, false
	}
	head := Path{
		Nodes: append(append([]mobility.Node(nil), nodes[:i]...), before.Nodes...),
		Arcs:  append(append([]uint8(nil), k.Path.Arcs[:i]...), before.Arcs...),
	}
	after.Nodes, after.Arcs = append(after.Nodes, nodes[j+1:]...), append(after.Arcs, k.Path.Arcs[j:]...)
	return join(head, p, after), true
}

// lead is the quickest way between two nodes of a side.
func (s *stage) lead(from, to mobility.Node, side mobility.Side) (Path, bool) {
	w := s.spare.Get().(*ways)
	defer s.spare.Put(w)
	w.forget()
	w.sides = side
	w.seed(from)
	w.run(to)
	return w.path(to)
}
