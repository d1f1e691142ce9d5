package exercise

import (
	"container/heap"
	"math"
	"slices"

	"vedette/mobility"
)

// ways is a plain search for the least time over a net (Dijkstra with a binary
// heap). It keeps its arrays from search to search.
type ways struct {
	net    *mobility.Net
	sides  mobility.Side // where it may go
	back   bool          // the times are to the seeds, not from them
	ms     []uint32      // milliseconds; far is not reached
	arc    []uint8       // over which a node was reached, as it is walked
	place  []int32       // in the heap, -1 once settled
	open   []mobility.Node
	marked []mobility.Node
}

const far = math.MaxUint32

func newWays(net *mobility.Net, sides mobility.Side, back bool) *ways {
	w := &ways{net: net, sides: sides, back: back}
	n := net.Nodes()
	w.ms, w.arc, w.place = make([]uint32, n), make([]uint8, n), make([]int32, n)
	for i := range w.ms {
		w.ms[i] = far
	}
	return w
}

// forget undoes a search, at the cost of what it reached.
func (w *ways) forget() {
	for _, n := range w.marked {
		w.ms[n] = far
	}
	w.marked, w.open = w.marked[:0], w.open[:0]
}

func (w *ways) seed(n mobility.Node) { w.offer(n, 0, mobility.Arcs) }

// run settles nodes in order of time until it comes to goal, which may be none.
func (w *ways) run(goal mobility.Node) {
	for len(w.open) > 0 {
		u := heap.Pop(w).(mobility.Node)
		if u == goal {
			return
		}
		for k := range mobility.Arcs {
			w.relax(u, k)
		}
	}
}

// relax tries an arc from a settled node or, backwards, to it.
func (w *ways) relax(u mobility.Node, k int) {
	v := w.net.Neighbour(u, k)
	if v == mobility.None || w.net.Side(v)&w.sides == 0 || w.ms[v] <= w.ms[u] {
		return
	}
	arc, ms := k, uint32(0)
	if w.back {
		arc = mobility.Back(k)
		ms = w.net.Time(v, arc)
	} else {
		ms = w.net.Time(u, arc)
	}
	if ms != mobility.Closed && uint64(w.ms[u])+uint64(ms) < far {
		w.offer(v, w.ms[u]+ms, uint8(arc))
	}
}

func (w *ways) offer(n mobility.Node, ms uint32, arc uint8) {
	if ms >= w.ms[n] {
		return
	}
	fresh := w.ms[n] == far
	w.ms[n], w.arc[n] = ms, arc
	if fresh {
		w.marked = append(w.marked, n)
		heap.Push(w, n)
	} else {
		heap.Fix(w, int(w.place[n]))
	}
}

// path is the way from a seed to a node, or backwards from the node to one.
func (w *ways) path(n mobility.Node) (p Path, ok bool) {
	if w.ms[n] == far {
		return p, false
	}
	p.Nodes = append(p.Nodes, n)
	for w.arc[n] != mobility.Arcs {
		arc := int(w.arc[n])
		if w.back {
			n = w.net.Neighbour(n, arc)
		} else {
			n = w.net.Neighbour(n, mobility.Back(arc))
		}
		p.Nodes, p.Arcs = append(p.Nodes, n), append(p.Arcs, uint8(arc))
	}
	if !w.back {
		slices.Reverse(p.Nodes)
		slices.Reverse(p.Arcs)
	}
	return p, true
}

// Len, Less, Swap, Push and Pop are for container/heap: the least time first,
// of equal ones the lowest node.
func (w *ways) Len() int { return len(w.open) }
func (w *ways) Less(i, j int) bool {
	a, b := w.open[i], w.open[j]
	return w.ms[a] < w.ms[b] || w.ms[a] == w.ms[b] && a < b
}
func (w *ways) Swap(i, j int) {
	w.open[i], w.open[j] = w.open[j], w.open[i]
	w.place[w.open[i]], w.place[w.open[j]] = int32(i), int32(j)
}
func (w *ways) Push(x any) {
	n := x.(mobility.Node)
	w.place[n] = int32(len(w.open))
	w.open = append(w.open, n)
}
func (w *ways) Pop() any {
	last := len(w.open) - 1
	n := w.open[last]
	w.open = w.open[:last]
	w.place[n] = -1
	return n
}
