package crossing

import (
	"cmp"
	"container/heap"
	"math"
)

// Worst is the way on which an intruder is least likely to be interrupted.
type Worst struct {
	P     float64 // of interruption, in [0, 1]; 1 where there is no way
	Nodes []int   // from a source to a goal; none where there is no way
	Arcs  []int   // the index of the arc taken from each node but the last
}

// Oracle finds that way when the response varies: inTime is the probability
// that an alarm leads to interruption, by its slack in milliseconds, and must
// not fall as the slack grows. Where nobody comes it is 0, and inTime is not
// asked. Every arc's exposure is met at its beginning, as if Point were set.
//
// It is exact, by label setting backwards from the goals. A label is a slack M
// and the probability W of interruption of an intruder who is undetected so
// far; before an arc with detection probability q it becomes
// W + q (inTime(M') - W), with M' the slack there. Neither falls when M or W
// grows, so a label is worth keeping only when no other of its node has both
// smaller; labels are settled in the order of M, and kept when their W is
// smaller than that of all before.
//
// The number of labels that a node keeps can grow with the number of ways to
// it: this is the judge of faster methods, not one of them. The graph is such
// as Check accepts.
func (g *Graph) Oracle(inTime func(slack int64) float64) Worst {
	o := &oracle{graph: g, inTime: inTime, into: g.reversed(), least: make([]float64, len(g.Arcs))}
	for v := range o.least {
		o.least[v] = math.Inf(1)
	}
	for _, v := range g.Goals {
		heap.Push(&o.open, &label{slack: -g.Response[v], node: v})
	}
	kept := make([]*label, len(g.Arcs)) // the last of a node has its least W
	for len(o.open) > 0 {
		l := heap.Pop(&o.open).(*label)
		if l.missed >= o.least[l.node] {
			continue
		}
		o.least[l.node], kept[l.node] = l.missed, l
		o.extend(l)
	}
	return g.worst(kept)
}

// label is one way from a node to a goal.
type label struct {
	slack  int64
	missed float64 // W: interrupted, when undetected up to here
	node   int
	arc    int    // taken from the node
	then   *label // at the end of that arc; nil at a goal
}

// oracle is the state of a search.
type oracle struct {
	graph  *Graph
	inTime func(slack int64) float64
	into   [][]arcRef
	least  []float64 // W of the label that a node kept last
	open   labels
}

// extend goes one arc back, on every arc that leads to the label's node. What
// is not better than the node's label with less slack is left out at once.
func (o *oracle) extend(l *label) {
	for _, r := range o.into[l.node] {
		a := o.graph.arc(r)
		m := o.graph.before(r.from, a, l.slack)
		w := l.missed + a.detect()*max(0, o.response(m)-l.missed)
		if w < o.least[r.from] {
			heap.Push(&o.open, &label{m, w, r.from, r.index, l})
		}
	}
}

// detect is the probability of detection on the whole arc.
func (a Arc) detect() float64 { return -math.Expm1(-float64(a.Exposure) * ExposureUnit) }

func (o *oracle) response(slack int64) float64 {
	if slack <= -Never {
		return 0
	}
	return o.inTime(slack)
}

// worst takes the best source for the intruder, and follows its label.
func (g *Graph) worst(kept []*label) Worst {
	var best *label
	for _, v := range g.Sources {
		if l := kept[v]; l != nil && (best == nil || l.missed < best.missed) {
			best = l
		}
	}
	if best == nil {
		return Worst{P: 1}
	}
	w := Worst{P: best.missed}
	for l := best; l != nil; l = l.then {
		w.Nodes = append(w.Nodes, l.node)
		if l.then != nil {
			w.Arcs = append(w.Arcs, l.arc)
		}
	}
	return w
}

// labels is a heap: the least slack first, then the least W, and of equal ones
// the lowest node and arc.
type labels []*label

func (q labels) Len() int      { return len(q) }
func (q labels) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q labels) Less(i, j int) bool {
	a, b := q[i], q[j]
	return cmp.Or(cmp.Compare(a.slack, b.slack), cmp.Compare(a.missed, b.missed),
		cmp.Compare(a.node, b.node), cmp.Compare(a.arc, b.arc)) < 0
}

// Push and Pop are for container/heap.
func (q *labels) Push(x any) { *q = append(*q, x.(*label)) }
func (q *labels) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}
