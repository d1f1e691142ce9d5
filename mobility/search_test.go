package mobility

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"vedette/frontier"
	"vedette/geo"
)

// heapOf is a plain priority queue for the plain search.
type heapOf []entry

func (h heapOf) Len() int           { return len(h) }
func (h heapOf) Less(i, j int) bool { return h[i].key < h[j].key }
func (h heapOf) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *heapOf) Push(v any)        { *h = append(*h, v.(entry)) }
func (h *heapOf) Pop() any {
	v := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return v
}

// plainly is Dijkstra's search by the book, over the arcs that Cost gives.
func plainly(s *Search, seeds ...Node) []uint32 {
	label := make([]uint32, s.Net.Nodes())
	for i := range label {
		label[i] = Unreached
	}
	var h heapOf
	for _, n := range seeds {
		label[n] = 0
		heap.Push(&h, entry{n, 0})
	}
	for h.Len() > 0 {
		e := heap.Pop(&h).(entry)
		for k := range Arcs {
			to, cost, ok := s.Cost(e.node, k)
			if !ok || label[e.node] != e.key || s.Gate != nil && s.Gate[to] < s.Least {
				continue
			}
			sum := uint64(e.key) + cost
			if s.Floor != nil {
				sum = max(sum, uint64(s.Floor[to]))
			}
			if sum < uint64(label[to]) {
				label[to] = uint32(sum)
				heap.Push(&h, entry{to, uint32(sum)})
			}
		}
	}
	return label
}

func TestTheSearchEqualsDijkstraByTheBook(t *testing.T) {
	p := &plain{cols: 150, rows: 140, cell: 30, height: rough(1)}
	p.area.Barriers = []frontier.Barrier{{Type: "wire", Line: []geo.Point{place(-1500, -300), place(0, 200), place(1500, -250)}, Openings: []frontier.Opening{{AtKM: 1, WidthM: 4}}, PDetect: .5}}
	p.area.Waters = []frontier.Water{{Named: frontier.Named{ID: "r"}, Type: "river", WidthM: 70, Line: []geo.Point{place(-400, 2000), place(300, -2000)}}}
	p.area.Bridges = []frontier.Bridge{{Over: "r", At: place(0, 0)}}
	g := p.ground()
	for _, m := range []Mover{Foot, Pickup} {
		n := NewNet(g, m, func(int) float64 { return .7 })
		random := rand.New(rand.NewPCG(3, 4))
		hazard, floor := make([]uint32, g.Nodes()), make([]uint32, g.Nodes())
		echo, hidden := make([]uint32, g.Nodes()), make([]uint16, g.Nodes())
		for i := range hazard {
			hazard[i] = 2000 + uint32(random.ExpFloat64()*1e5)
			echo[i], hidden[i] = uint32(random.ExpFloat64()*1e6), uint16(random.Uint32())
			floor[i] = random.Uint32N(4_000_000)
		}
		seed := p.node(g, -600, -900)
		for _, backward := range []bool{false, true} {
			for name, s := range map[string]*Search{
				"time": {}, "exposure": {Hazard: &Hazard{Still: hazard}}, "radar": {Hazard: &Hazard{hazard, echo, hidden, 2000}}, "floor": {Floor: floor},
			} {
				s.Net, s.Sides, s.Backward, s.Shift = n, Far|Own, backward, 10
				s.Reset()
				s.Seed(seed, 0)
				s.Run()
				want := plainly(s, seed)
				reached := 0
				for i := range want {
					if s.Label[i] != want[i] {
						t.Fatalf("%s, %s, backward %v: node %d has %d, want %d", m.Name, name, backward, i, s.Label[i], want[i])
					}
					if want[i] != Unreached {
						reached++
					}
				}
				if reached < 10_000 {
					t.Errorf("%s, %s: only %d nodes were reached", m.Name, name, reached)
				}
				if name != "floor" {
					follow(t, s, p.node(g, 1900, 1900), seed)
				}
			}
		}
	}
}

// A search with a gate is one over the nodes before it only.
func TestASearchStaysBeforeItsGate(t *testing.T) {
	p := &plain{cols: 150, rows: 140, cell: 30, height: rough(5)}
	g := p.ground()
	random := rand.New(rand.NewPCG(5, 6))
	hazard, gate := make([]uint32, g.Nodes()), make([]uint32, g.Nodes())
	for i := range hazard {
		hazard[i], gate[i] = 2000+uint32(random.ExpFloat64()*1e5), random.Uint32N(10)
	}
	seed := p.node(g, 0, 1500)
	gate[seed] = 9
	for _, h := range []*Hazard{nil, {Still: hazard}} {
		s := &Search{Net: NewNet(g, Foot, nil), Sides: Far | Own, Hazard: h, Shift: 10, Gate: gate, Least: 2}
		s.Reset()
		s.Seed(seed, 0)
		s.Run()
		if want := plainly(s, seed); !slices.Equal(s.Label, want) {
			t.Error("the labels are not those of the search by the book")
		}
	}
}

// follow goes back from a node to the seed and adds up what its arcs cost.
func follow(t *testing.T, s *Search, from, seed Node) {
	t.Helper()
	sum := uint64(0)
	at := from
	for at != seed {
		before, arc := s.Before(at)
		if before == None {
			t.Fatalf("the trace ends at node %d", at)
		}
		_, cost, ok := s.Cost(before, arc)
		if !ok {
			t.Fatal("the trace uses an arc that is closed")
		}
		sum += cost
		at = before
	}
	if sum != uint64(s.Label[from]) {
		t.Errorf("the trace costs %d, the label is %d", sum, s.Label[from])
	}
}

// Straight lines on a grid of 16 neighbours are too long by at most 2.75 %,
// 1.44 % in the mean over all directions.
func TestStraightWalksAreAsLongAsTheyShould(t *testing.T) {
	p := &plain{cols: 400, rows: 400, cell: 30}
	g := p.ground()
	s := search(NewNet(g, Foot, nil), false)
	s.Seed(p.node(g, 15, 15), 0)
	s.Run()
	pace := Foot.Pace(0, 0) * 1000 / g.scale
	worst, sum, n := 0., 0., 0
	for a := 0.; a < 360; a += .5 {
		sin, cos := math.Sincos(a * math.Pi / 180)
		at := p.node(g, 15+5000*cos, 15+5000*sin)
		to := g.At(at)
		from := g.At(p.node(g, 15, 15))
		over := float64(s.Label[at])/(math.Hypot(to.X-from.X, to.Y-from.Y)*pace) - 1
		worst, sum, n = max(worst, over), sum+over, n+1
	}
	if mean := sum / float64(n); worst > .0276 || worst < .026 || mean < .0135 || mean > .0155 {
		t.Errorf("too long by at most %.2f %%, %.2f %% in the mean; want 2.75 and 1.44", 100*worst, 100*mean)
	}
}

// The shares by which the moves of a grid are too long for a straight line: the
// best two of them, in the worst direction and in the mean of all.
func TestMovesAreTooLongByTheKnownShares(t *testing.T) {
	for _, c := range []struct {
		moves       int
		worst, mean float64 // percent
	}{{8, 8.24, 5.48}, {16, 2.75, 1.44}} {
		worst, sum := 0., 0.
		const directions = 36_000
		for i := range directions {
			over := 100 * (inMoves(c.moves, 2*math.Pi*float64(i)/directions) - 1)
			worst, sum = max(worst, over), sum+over/directions
		}
		if math.Abs(worst-c.worst) > .005 || math.Abs(sum-c.mean) > .005 { // two digits are given
			t.Errorf("%d moves: %.3f %% at worst and %.3f %% in the mean, want %.2f and %.2f", c.moves, worst, sum, c.worst, c.mean)
		}
	}
}

// inMoves is the length of a way of 1 in a direction, made of the first moves.
func inMoves(moves int, direction float64) float64 {
	y, x := math.Sincos(direction)
	best := math.Inf(1)
	for _, a := range steps[:moves] {
		for _, b := range steps[:moves] {
			area := float64(a.dx*b.dy - a.dy*b.dx)
			if area <= 0 {
				continue
			}
			m, n := (x*float64(b.dy)-y*float64(b.dx))/area, (y*float64(a.dx)-x*float64(a.dy))/area
			if m >= -1e-12 && n >= -1e-12 { // rounding
				best = min(best, m*a.length()+n*b.length())
			}
		}
	}
	return best
}

func BenchmarkPass(b *testing.B) {
	p := &plain{cols: 1400, rows: 1400, cell: 30, height: rough(2)}
	g := p.ground()
	hazard := make([]uint32, g.Nodes())
	for i := range hazard {
		hazard[i] = 2000 + uint32(i%977)*100
	}
	for _, c := range []struct {
		name   string
		mover  Mover
		hazard *Hazard
		shift  uint
	}{{"foot", Foot, nil, 11}, {"4x4", Pickup, nil, 10}, {"exposure", Foot, &Hazard{Still: hazard}, 12}, {"exposure-4x4", Pickup, &Hazard{Still: hazard}, 10}} {
		b.Run(c.name, func(b *testing.B) {
			s := &Search{Net: NewNet(g, c.mover, nil), Sides: Far | Own, Hazard: c.hazard, Shift: c.shift}
			for b.Loop() {
				s.Reset()
				s.Seed(p.node(g, 0, 0), 0)
				s.Run()
			}
			b.ReportMetric(float64(1400*1400*b.N)/b.Elapsed().Seconds()/1e6, "Mcells/s")
			b.ReportMetric(float64(s.Settled)/float64(b.N)/1400/1400, "settled/cell")
		})
	}
}

// Least exposures that are known in closed form, over fields that fall with the
// distance from the middle, in a square of 10 km or more: a grid of 16 neighbours is
// too long by a little that does not vanish with the size of its cells.
func TestLeastExposuresOfKnownFields(t *testing.T) {
	const unit = 5000. // metres
	walker := Mover{Name: "walker", Pace: func(uint8, float64) float64 { return 1 }, Delay: Foot.Delay}
	for _, c := range []struct {
		name     string
		power    float64
		from, to [2]float64
		want     float64
		exact    float64
		half     float64 // of the square's side; the way under 1/r2 reaches out to 1.21
		over     float64 // of the grid, percent
	}{
		{"1/r from (1,0) to (0,1)", 1, [2]float64{1, 0}, [2]float64{0, 1}, 1.570796, math.Pi / 2, 1, .71},
		{"1/r2 from (1,0) to (0,1)", 2, [2]float64{1, 0}, [2]float64{0, 1}, 1.414214, math.Sqrt2, 1.3, .69},
		// Meguerdichian and others, Exposure in wireless ad-hoc sensor networks, 2001.
		{"1/r from corner to corner of the square", 1, [2]float64{1, -1}, [2]float64{-1, 1}, 3.333544, math.Pi/2 + 2*math.Asinh(1), 1, .33},
	} {
		if math.Abs(c.exact-c.want) > 5e-7 { // six digits are given
			t.Errorf("%s: %.6f in closed form, want %.6f", c.name, c.exact, c.want)
		}
		for _, cell := range []float64{50, 25} {
			p := &plain{cols: int(2*c.half*unit/cell) + 1, rows: int(2*c.half*unit/cell) + 1, cell: cell}
			g := p.ground()
			hazard := make([]uint32, g.Nodes())
			for i := range hazard {
				at := g.At(Node(i))
				r := max(cell/2, math.Hypot(at.X-middle.X, at.Y-middle.Y)) / unit
				hazard[i] = uint32(math.Pow(r, -c.power) / unit * g.scale / HazardUnit)
			}
			s := &Search{Net: NewNet(g, walker, nil), Sides: Far | Own, Hazard: &Hazard{Still: hazard}, Shift: 10}
			s.Reset()
			s.Seed(p.node(g, c.from[0]*unit, c.from[1]*unit), 0)
			s.Run()
			got := float64(s.Label[p.node(g, c.to[0]*unit, c.to[1]*unit)]) * ExposureUnit
			// What the cells add to the excess of the moves is a few parts in ten thousand.
			if over := 100 * (got/c.want - 1); math.Abs(over-c.over) > .02 {
				t.Errorf("%s in cells of %g m: %.4f, %+.3f %% of %.6f; want %+.2f %%", c.name, cell, got, over, c.want, c.over)
			} else {
				t.Logf("%s in cells of %g m: %+.3f %%", c.name, cell, over)
			}
		}
	}
}
