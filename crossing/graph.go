package crossing

import (
	"container/heap"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// Never is the response time of a node that no responder reaches.
const Never = math.MaxInt64 / 2

// Unreached is the exposure of a node from which no goal can be reached.
const Unreached = math.MaxUint64

// ExposureUnit is what one count of exposure stands for: exposure is the
// integral of the detection hazard, and 10^7 counts leave exp(-1) undetected.
const ExposureUnit = 1e-7

// stuck is the slack of a node from which no goal can be reached.
const stuck = math.MaxInt64

// Bounds that keep the sums of eight million arcs from overflowing.
const (
	longestArc   = 1 << 36 // milliseconds, two years
	mostExposure = 1 << 40 // counts: undetected with exp(-109,951)
)

// Arc is a way to another node.
type Arc struct {
	To       int
	Time     int64  // milliseconds
	Exposure uint64 // in units of ExposureUnit, spread evenly over the time
	Point    bool   // all of the exposure is met at the arc's beginning
}

// Graph is a directed graph that an intruder crosses from a source to a goal.
// It may have cycles, arcs that take no time and several arcs between two nodes.
type Graph struct {
	Arcs     [][]Arc // by the node they leave
	Response []int64 // by node: milliseconds from an alarm until a responder stands there, or Never
	Sources  []int
	Goals    []int // crossing ends at the first goal
}

// Solution is the exposure before it is too late, from every node on, along the
// way that is worst for the defender.
type Solution struct {
	// Slack is by how much the best responder is early, in milliseconds, when
	// the intruder is detected at the node and then goes the way that leaves the
	// least of it; -Never where nobody comes.
	Slack    []int64
	Exposure []uint64 // in units of ExposureUnit; Unreached where no goal can be reached
	Source   int      // the first of the sources with the least exposure; -1 where none reaches a goal
	next     []int    // by node: the index of the arc taken; -1 at goals and where there is no way
	graph    *Graph
}

// Solve finds the way on which an intruder is least likely to be interrupted,
// with response times that do not vary. Detection counts where the slack is at
// least margin milliseconds; a spread arc on which the slack falls below margin
// counts for the part before.
//
// It is exact, in two passes of label setting (Dijkstra) backwards from the
// goals. The slack after detection at u is the larger of -T(u) and, along the
// arc taken, its time plus the slack at its end: the first pass finds the least
// slack of every node. Where it is below margin the intruder hurries, and
// nothing counts any more; before, all ways are timely, so that exposures add
// up and the second pass finds the least sum. Parts of an arc are rounded down
// to whole counts. Equal ways are told apart by the lowest index of the arc
// among those whose end was settled first, so the answer is the same each time.
//
// The graph is such as Check accepts. The cost is that of two shortest-path
// searches: (nodes + arcs) log(arcs).
func (g *Graph) Solve(margin int64) *Solution {
	s := newSolution(g)
	into := g.reversed()
	s.hurry(into)
	s.hide(into, margin)
	for _, v := range g.Sources {
		if e := s.Exposure[v]; e != Unreached && (s.Source < 0 || e < s.Exposure[s.Source]) {
			s.Source = v
		}
	}
	return s
}

func newSolution(g *Graph) *Solution {
	n := len(g.Arcs)
	s := &Solution{Slack: make([]int64, n), Exposure: make([]uint64, n), Source: -1, next: make([]int, n), graph: g}
	for v := range n {
		s.Slack[v], s.Exposure[v], s.next[v] = stuck, Unreached, -1
	}
	return s
}

// arcRef names an arc by the node that it leaves and its index there.
type arcRef struct{ from, index int }

// reversed gives for every node the arcs that lead to it.
func (g *Graph) reversed() [][]arcRef {
	into := make([][]arcRef, len(g.Arcs))
	for u, arcs := range g.Arcs {
		for i, a := range arcs {
			into[a.To] = append(into[a.To], arcRef{u, i})
		}
	}
	return into
}

func (g *Graph) arc(r arcRef) Arc { return g.Arcs[r.from][r.index] }

// before is the slack at node u when its arc a is taken and v's slack is given.
func (g *Graph) before(u int, a Arc, slack int64) int64 {
	if slack > -Never {
		slack += a.Time
	}
	return max(-g.Response[u], slack)
}

// timely is the exposure of an arc that counts, when the slack at its end is
// given and its beginning is timely.
func (a Arc) timely(slack, margin int64) uint64 {
	late := margin - slack // milliseconds at the end of the arc
	switch {
	case a.Point || late <= 0:
		return a.Exposure
	case late >= a.Time:
		return 0
	}
	high, low := bits.Mul64(a.Exposure, uint64(a.Time-late))
	part, _ := bits.Div64(high, low, uint64(a.Time))
	return part
}

// hurry finds the least slack of every node.
func (s *Solution) hurry(into [][]arcRef) {
	var q queue[int64]
	for _, v := range s.graph.Goals {
		s.Slack[v] = -s.graph.Response[v]
		q.push(s.Slack[v], v)
	}
	settled := make([]bool, len(into))
	for q.Len() > 0 {
		slack, v := q.pop()
		if settled[v] {
			continue
		}
		settled[v] = true
		for _, r := range into[v] {
			u := r.from
			if m := s.graph.before(u, s.graph.arc(r), slack); !settled[u] && s.better(r, m < s.Slack[u], m == s.Slack[u]) {
				s.Slack[u] = m
				q.push(m, u)
			}
		}
	}
}

// better notes the arc as the way on from its node when it is shorter than the
// one known, and says so; of equal ones the lowest index is noted.
func (s *Solution) better(r arcRef, shorter, equal bool) bool {
	if shorter || equal && s.next[r.from] > r.index {
		s.next[r.from] = r.index
	}
	return shorter
}

// hide finds the least exposure of every node. The late ones and the goals are
// its beginning; from the late ones the way of the first pass leads on.
func (s *Solution) hide(into [][]arcRef, margin int64) {
	settled := s.seed(margin)
	var q queue[uint64]
	for v, e := range s.Exposure {
		if e == 0 {
			q.push(0, v)
		}
	}
	for q.Len() > 0 {
		e, v := q.pop()
		if e > s.Exposure[v] {
			continue
		}
		settled[v] = true
		for _, r := range into[v] {
			u := r.from
			if settled[u] {
				continue
			}
			sum := e + s.graph.arc(r).timely(s.Slack[v], margin)
			if s.better(r, sum < s.Exposure[u], sum == s.Exposure[u]) {
				s.Exposure[u] = sum
				q.push(sum, u)
			}
		}
	}
}

// seed gives the late nodes and the goals no exposure, and marks them settled.
func (s *Solution) seed(margin int64) []bool {
	settled := make([]bool, len(s.Slack))
	for v, m := range s.Slack {
		if m == stuck {
			continue
		}
		if m < margin {
			s.Exposure[v], settled[v] = 0, true
		} else {
			s.next[v] = -1
		}
	}
	for _, v := range s.graph.Goals {
		s.Exposure[v], settled[v] = 0, true
	}
	return settled
}

// P is the probability that an intruder on the worst way is interrupted:
// 1-exp(-E) from the best source for him, and 1 where there is no way.
func (s *Solution) P() float64 {
	if s.Source < 0 {
		return 1
	}
	return -math.Expm1(-float64(s.Exposure[s.Source]) * ExposureUnit)
}

// Route gives the nodes of the worst way from node v to a goal, and the index
// of the arc taken from each but the last; nothing where there is no way.
func (s *Solution) Route(v int) (nodes, arcs []int) {
	if v < 0 || s.Exposure[v] == Unreached {
		return nil, nil
	}
	nodes = append(nodes, v)
	for s.next[v] >= 0 {
		arcs = append(arcs, s.next[v])
		v = s.graph.Arcs[v][s.next[v]].To
		nodes = append(nodes, v)
	}
	return nodes, arcs
}

// Check says all that keeps Solve from working with this graph.
func (g *Graph) Check() error {
	var wrong []error
	note := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if len(g.Response) != len(g.Arcs) {
		note("response: it has %d times for %d nodes; give one for each node", len(g.Response), len(g.Arcs))
	}
	for v, t := range g.Response {
		if t != Never && (t < 0 || t > longestArc) {
			note("response[%d]: %d ms is out of range; give 0 to %d, or Never", v, t, int64(longestArc))
		}
	}
	wrong = append(wrong, g.checkNodes("sources", g.Sources), g.checkNodes("goals", g.Goals))
	for u, arcs := range g.Arcs {
		for i, a := range arcs {
			wrong = append(wrong, g.checkArc(arcRef{u, i}, a))
		}
	}
	return errors.Join(wrong...)
}

func (g *Graph) checkNodes(field string, nodes []int) error {
	if len(nodes) == 0 {
		return fmt.Errorf("%s: there is none; name at least one node", field)
	}
	for i, v := range nodes {
		if v < 0 || v >= len(g.Arcs) {
			return fmt.Errorf("%s[%d]: there is no node %d; the nodes are 0 to %d", field, i, v, len(g.Arcs)-1)
		}
	}
	return nil
}

func (g *Graph) checkArc(r arcRef, a Arc) error {
	name := fmt.Sprintf("arcs[%d][%d]", r.from, r.index)
	switch {
	case a.To < 0 || a.To >= len(g.Arcs):
		return fmt.Errorf("%s.to: there is no node %d; the nodes are 0 to %d", name, a.To, len(g.Arcs)-1)
	case a.Time < 0 || a.Time > longestArc:
		return fmt.Errorf("%s.time: %d ms is out of range; give 0 to %d", name, a.Time, int64(longestArc))
	case a.Exposure > mostExposure:
		return fmt.Errorf("%s.exposure: %d is out of range; give at most %d", name, a.Exposure, uint64(mostExposure))
	}
	return nil
}

// queue gives the nodes with the least key first, and of those the lowest.
type queue[K int64 | uint64] []entry[K]

type entry[K int64 | uint64] struct {
	key  K
	node int
}

func (q queue[K]) Len() int      { return len(q) }
func (q queue[K]) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q queue[K]) Less(i, j int) bool {
	return q[i].key < q[j].key || q[i].key == q[j].key && q[i].node < q[j].node
}

// Push and Pop are for container/heap.
func (q *queue[K]) Push(x any) { *q = append(*q, x.(entry[K])) }
func (q *queue[K]) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

func (q *queue[K]) push(key K, node int) { heap.Push(q, entry[K]{key, node}) }

func (q *queue[K]) pop() (K, int) {
	e := heap.Pop(q).(entry[K])
	return e.key, e.node
}
