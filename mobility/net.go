package mobility

import "math"

// Paces are tabled by slope in steps of 1/slopeSteps up to 45 degrees either
// way: that rounds a pace by at most 0.09 % (Tobler's 3.5/4096).
const (
	slopeSteps = 2048
	slopeRows  = 2*slopeSteps + 1
)

// Net is the ground as one mover finds it: what every arc costs. It is safe
// for concurrent reading.
type Net struct {
	*Ground
	Mover Mover
	pace  [classes]paces
	delay []uint32 // of each mix, milliseconds; closed if it cannot pass
	line  []uint32 // of each mix, exposure to line sensors
	// passable has a bit for each class that the mover crosses where it is level.
	passable uint32
	// fastest is the least pace of any class on slopes up to a step.
	fastest [slopeSteps + 1]float32
}

// paces are milliseconds per half metre, by slope; 0 is closed.
type paces [slopeRows]float32

// closed is the delay of a work that the mover cannot pass.
const closed = math.MaxUint32

// ExposureUnit is one unit of exposure in whole numbers, HazardUnit one of
// hazard in 1/s.
const (
	ExposureUnit = 1e-7
	HazardUnit   = 1e-8
)

// LineSensor gives the exposure of crossing a barrier of the area, by its
// index, as the search takes it.
type LineSensor func(barrier int) float64

// NewNet prepares the ground for a mover. LineSensor may be nil.
func NewNet(g *Ground, m Mover, sensor LineSensor) *Net {
	n := &Net{Ground: g, Mover: m}
	for c := range n.pace {
		n.pace[c].fill(m, uint8(c))
		if n.pace[c][slopeSteps] != 0 {
			n.passable |= 1 << c
		}
	}
	n.findFastest()
	for _, mix := range g.mixes {
		delay, exposure := 0., 0.
		for _, p := range mix {
			delay += n.workDelay(p)
			if b := g.works[p.work].index; b >= 0 && sensor != nil && !n.through(p) {
				exposure += sensor(b)
			}
		}
		n.delay = append(n.delay, whole(delay*1000))
		n.line = append(n.line, whole(exposure/ExposureUnit))
	}
	return n
}

func (p *paces) fill(m Mover, class uint8) {
	for i := range p {
		if pace := m.Pace(class, float64(i-slopeSteps)/slopeSteps); pace < 1000 {
			p[i] = float32(pace * 500)
		}
	}
}

func (n *Net) findFastest() {
	least := float32(math.Inf(1))
	for i := range n.fastest {
		for c := range n.pace {
			for _, p := range [2]float32{n.pace[c][slopeSteps+i], n.pace[c][slopeSteps-i]} {
				if p > 0 {
					least = min(least, p)
				}
			}
		}
		n.fastest[i] = least
	}
}

func whole(v float64) uint32 {
	if !(v < closed/4) {
		return closed
	}
	return uint32(math.Round(v))
}

// through tells whether the mover fits through the gap.
func (n *Net) through(p passed) bool { return p.gap > 0 && p.gap >= n.Mover.Width }

func (n *Net) workDelay(p passed) float64 {
	w := &n.works[p.work]
	switch {
	case n.through(p):
		return 0
	case w.barrier == nil:
		return n.Mover.Swim * w.width
	}
	return n.Mover.Delay(w.barrier)
}

// Crossed gives the barriers of the area that an arc crosses, by index, where
// the mover finds no gap.
func (n *Net) Crossed(from Node, arc int) (barriers []int) {
	for _, p := range n.mixes[n.mix(from, arc)] {
		if b := n.works[p.work].index; b >= 0 && !n.through(p) {
			barriers = append(barriers, b)
		}
	}
	return barriers
}

// Closed is the time of an arc that cannot be passed.
const Closed = math.MaxUint32

// Time is the milliseconds of an arc, the delay of works on it with it; Closed
// where the mover cannot go.
func (n *Net) Time(from Node, arc int) uint32 {
	ground, delay, ok := n.parts(from, arc)
	if !ok {
		return Closed
	}
	return ground + delay
}

// parts are the milliseconds of an arc on the ground and at works.
func (n *Net) parts(from Node, arc int) (ground, delay uint32, ok bool) {
	to := n.Neighbour(from, arc)
	if to == None || n.Side(to) == Outside || n.Side(from) == Outside {
		return 0, 0, false
	}
	metres := n.Metres(arc)
	ground = n.onGround(from, to, float32(metres), float32(1/metres*slopeSteps))
	delay = n.delay[n.mix(from, arc)]
	return ground, delay, ground != 0 && delay != closed && n.free(from, arc)
}

// Exposure is what an arc costs a search with this hazard, and its
// milliseconds; ok is false where the mover cannot go.
func (n *Net) Exposure(from Node, arc int, h *Hazard) (units uint64, ms uint32, ok bool) {
	ground, delay, ok := n.parts(from, arc)
	if !ok {
		return 0, 0, false
	}
	units = h.on(from, n.Neighbour(from, arc), arc, ground, delay) + uint64(n.line[n.mix(from, arc)])
	return units, ground + delay, true
}

// Delay is the milliseconds of works on an arc, and Exposure what their line
// sensors give, in units; both are part of what Time and a search count.
func (n *Net) Delay(from Node, arc int) (ms, exposure uint32) {
	m := n.mix(from, arc)
	return n.delay[m], n.line[m]
}

// free tells whether the cells that a knight's move passes between are open to
// the mover.
func (n *Net) free(from Node, arc int) bool {
	a, b := n.Between(from, arc)
	return arc < 8 || a != None && b != None && n.open(a) && n.open(b)
}

func (n *Net) open(c Node) bool { return n.opens(n.cells[c]) }

// opens tells whether the mover can be in a cell at all.
func (n *Net) opens(c cell) bool { return c.side&sideBits != 0 && n.passable>>c.class&1 != 0 }

// onGround is the milliseconds between two neighbours so many metres apart, 0
// if it is too steep or closed ground; perMetre is slope steps per metre of
// rise, negative against the arc.
func (n *Net) onGround(from, to Node, metres, perMetre float32) uint32 {
	row := slopeIndex((n.cells[to].height - n.cells[from].height) * perMetre)
	a, b := n.pace[n.cells[from].class][row], n.pace[n.cells[to].class][row]
	if a == 0 || b == 0 {
		return 0
	}
	return milliseconds(a+b, metres)
}

func milliseconds(pace, metres float32) uint32 { return max(1, uint32(pace*metres+.5)) }

// slopeIndex is the row of a slope in steps; those beyond 45 degrees count as
// 45 degrees.
func slopeIndex(steps float32) int {
	i := int(steps + slopeSteps + .5)
	if uint(i) >= slopeRows {
		i = min(max(i, 0), slopeRows-1)
	}
	return i
}
