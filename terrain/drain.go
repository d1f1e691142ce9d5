package terrain

import (
	"container/heap"
	"math"

	"vedette/geo"
)

// drainage is a net of wadis that run down to the rivers, or off the map where
// there are none: a jittered lattice of nodes, each draining the way that water
// would have found easiest through ground of random hardness (first-passage
// percolation, Hammersley and Welsh 1965), which branches as wadis do.
type drainage struct {
	west, south float64
	step        float64 // between nodes, metres
	cols, rows  int
	reaches     [][]reachOf // by the square of the lattice they touch
}

// reachOf is a straight stretch of a wadi, with the ground that drains through
// it as a part of the most there is.
type reachOf struct {
	a, b geo.XY
	size float64
}

// The least number of nodes that make a wadi, and the share of the lattice's
// step by which its course winds.
const (
	wadiNodes = 4
	winding   = .3
)

// maxNodes bounds the lattice.
const maxNodes = 4_000_000

// newDrainage finds the wadis of a rectangle in metres.
func (m *Made) newDrainage(west, south, east, north, step float64) *drainage {
	for (east-west)/step*(north-south)/step > maxNodes {
		step *= 2
	}
	d := &drainage{west: west - 4*step, south: south - 4*step, step: step}
	d.cols, d.rows = int((east-west)/step)+9, int((north-south)/step)+9
	d.reaches = make([][]reachOf, d.cols*d.rows)
	parent, order := m.flood(d)
	size := make([]int, len(parent))
	for i := len(order) - 1; i >= 0; i-- {
		node := order[i]
		size[node]++
		if p := parent[node]; p >= 0 {
			size[p] += size[node]
		}
	}
	most := math.Log(float64(len(parent)) / wadiNodes / 8)
	for node, p := range parent {
		if p >= 0 && size[node] >= wadiNodes {
			share := math.Log(float64(size[node])/wadiNodes*1.5) / most
			d.add(reachOf{m.node(d, node), m.node(d, p), min(1, .35+share)})
		}
	}
	return d
}

// node is the place of a node, moved off the lattice by up to a third of the
// step.
func (m *Made) node(d *drainage, i int) geo.XY {
	h := hash(uint64(i), 77, uint64(m.set.Seed))
	off := func(bits uint64) float64 { return (float64(bits&0xffff)/0x10000 - .5) * .66 }
	return geo.XY{
		X: d.west + (float64(i%d.cols)+off(h))*d.step,
		Y: d.south + (float64(i/d.cols)+off(h>>16))*d.step,
	}
}

// queue is the rim of what drains already, the easiest node first.
type queue struct {
	nodes []int
	ease  []float64
}

func (q *queue) Len() int { return len(q.nodes) }
func (q *queue) Less(i, j int) bool {
	a, b := q.nodes[i], q.nodes[j]
	if q.ease[a] != q.ease[b] {
		return q.ease[a] < q.ease[b]
	}
	return a < b
}
func (q *queue) Swap(i, j int) { q.nodes[i], q.nodes[j] = q.nodes[j], q.nodes[i] }
func (q *queue) Push(x any)    { q.nodes = append(q.nodes, x.(int)) }
func (q *queue) Pop() any {
	last := q.nodes[len(q.nodes)-1]
	q.nodes = q.nodes[:len(q.nodes)-1]
	return last
}

// flood gives each node the neighbour it drains to, -1 for those at a river or
// at the edge, and the nodes in the order in which the water reaches them.
func (m *Made) flood(d *drainage) (parent, order []int) {
	n := d.cols * d.rows
	parent = make([]int, n)
	seen := make([]bool, n)
	q := &queue{ease: make([]float64, n)}
	for i := range n {
		at := m.node(d, i)
		parent[i] = -1
		col, row := i%d.cols, i/d.cols
		edge := len(m.rivers) == 0 && (col == 0 || row == 0 || col == d.cols-1 || row == d.rows-1)
		if edge || m.riverAway(at) < floodPlain {
			seen[i] = true
			q.nodes = append(q.nodes, i)
		}
	}
	heap.Init(q)
	for q.Len() > 0 {
		i := heap.Pop(q).(int)
		order = append(order, i)
		for _, dir := range compass {
			col, row := i%d.cols+dir.X, i/d.cols+dir.Y
			j := row*d.cols + col
			if col < 0 || row < 0 || col >= d.cols || row >= d.rows || seen[j] {
				continue
			}
			seen[j], parent[j] = true, i
			q.ease[j] = q.ease[i] + m.hardness(d, i, j)
			heap.Push(q, j)
		}
	}
	return parent, order
}

// hardness is what water takes to cut from node j to node i: longer ways and
// rises against the fall of the smooth surface are harder.
func (m *Made) hardness(d *drainage, i, j int) float64 {
	a, b := m.node(d, i), m.node(d, j)
	random := float64(hash(uint64(j), 78, uint64(m.set.Seed))>>40) / (1 << 24)
	rise := max(0, m.spline.at(a)-m.spline.at(b)) // towards the river
	return math.Hypot(a.X-b.X, a.Y-b.Y)/d.step*(.4+3*random) + rise/10
}

func (m *Made) riverAway(at geo.XY) float64 {
	away := math.Inf(1)
	for _, r := range m.rivers {
		d, _ := r.nearest(at)
		away = min(away, d)
	}
	return away
}

// add enters a reach into the squares around it.
func (d *drainage) add(r reachOf) {
	c0, r0 := d.square(geo.XY{X: min(r.a.X, r.b.X) - d.step, Y: min(r.a.Y, r.b.Y) - d.step})
	c1, r1 := d.square(geo.XY{X: max(r.a.X, r.b.X) + d.step, Y: max(r.a.Y, r.b.Y) + d.step})
	for row := max(r0, 0); row <= min(r1, d.rows-1); row++ {
		for col := max(c0, 0); col <= min(c1, d.cols-1); col++ {
			d.reaches[row*d.cols+col] = append(d.reaches[row*d.cols+col], r)
		}
	}
}

func (d *drainage) square(p geo.XY) (col, row int) {
	return int(math.Floor((p.X - d.west) / d.step)), int(math.Floor((p.Y - d.south) / d.step))
}

// wadi is the depth of the wadis, from 0 between them to 1 in the bed of the
// largest: each as wide as half a lattice step for the largest.
func (m *Made) wadi(at geo.XY) float64 {
	d := m.wadis
	if d == nil {
		return 0
	}
	wave := d.step * 1.3
	at.X += float64(winding * d.step * 2 * m.noise(at.X/wave, at.Y/wave, 201))
	at.Y += float64(winding * d.step * 2 * m.noise(at.X/wave, at.Y/wave, 202))
	col, row := d.square(at)
	if col < 0 || row < 0 || col >= d.cols || row >= d.rows {
		return 0
	}
	deepest := 0.
	for _, r := range d.reaches[row*d.cols+col] {
		wide := float64((.12 + float64(.3*r.size)) * d.step)
		away, _ := along(at, r.a, r.b)
		if away < wide {
			t := away / wide
			bed := 1 - float64(t*t)
			deepest = max(deepest, float64(r.size*float64(bed*bed)))
		}
	}
	return deepest
}

// along gives the distance of a place from a stretch, and how far along it the
// nearest point lies, from 0 to 1.
func along(at, a, b geo.XY) (distance, t float64) {
	dx, dy := b.X-a.X, b.Y-a.Y
	if length2 := float64(dx*dx) + float64(dy*dy); length2 > 0 {
		t = min(1, max(0, (float64((at.X-a.X)*dx)+float64((at.Y-a.Y)*dy))/length2))
	}
	return math.Hypot(at.X-a.X-float64(t*dx), at.Y-a.Y-float64(t*dy)), t
}
