package mobility

import "math"

// Arcs is the number of arcs from a cell: the eight moves of a king and the
// eight of a knight. An arc and its reverse differ in the lowest bit.
const Arcs = 16

// step is one move in columns and rows. Those from 8 on jump over two cells,
// which must be passable too: sides gives them.
type step struct {
	dx, dy int
	sides  [2][2]int // the cells beside the middle of a knight's move
}

var steps = [Arcs]step{
	{dx: 1}, {dx: -1}, {dy: -1}, {dy: 1},
	{dx: 1, dy: -1}, {dx: -1, dy: 1}, {dx: -1, dy: -1}, {dx: 1, dy: 1},
	knight(2, -1), knight(-2, 1), knight(2, 1), knight(-2, -1),
	knight(1, -2), knight(-1, 2), knight(-1, -2), knight(1, 2),
}

// knight jumps between two cells: of (2, 1) those are (1, 0) and (1, 1).
func knight(dx, dy int) step {
	if dx == 2 || dx == -2 {
		return step{dx, dy, [2][2]int{{dx / 2, 0}, {dx / 2, dy}}}
	}
	return step{dx, dy, [2][2]int{{0, dy / 2}, {dx, dy / 2}}}
}

func (s step) length() float64 { return math.Hypot(float64(s.dx), float64(s.dy)) }

// offset is the difference of nodes within a tile.
func offset(dx, dy int) int32 { return int32(dy*tileSide + dx) }

var offsets, sideA, sideB = func() (o, a, b [Arcs]int32) {
	for k, s := range steps {
		o[k] = offset(s.dx, s.dy)
		a[k] = offset(s.sides[0][0], s.sides[0][1])
		b[k] = offset(s.sides[1][0], s.sides[1][1])
	}
	return
}()

// Back is the arc that leads the other way.
func Back(arc int) int { return arc ^ 1 }

// Neighbour is the node at the end of an arc, or None beyond the strip's
// tiles.
func (g *Ground) Neighbour(n Node, arc int) Node {
	return g.shifted(n, steps[arc].dx, steps[arc].dy)
}

// Between are the two nodes that a knight's move passes between; None twice
// for the others, which pass between no cells.
func (g *Ground) Between(n Node, arc int) (a, b Node) {
	if arc < 8 {
		return None, None
	}
	s := steps[arc].sides
	return g.shifted(n, s[0][0], s[0][1]), g.shifted(n, s[1][0], s[1][1])
}

func (g *Ground) shifted(n Node, dx, dy int) Node {
	c, r := int(n)&(tileSide-1)+dx, int(n)>>tileShift&(tileSide-1)+dy
	across, down := 1, 1
	switch {
	case c < 0:
		across, c = 0, c+tileSide
	case c >= tileSide:
		across, c = 2, c-tileSide
	}
	switch {
	case r < 0:
		down, r = 0, r+tileSide
	case r >= tileSide:
		down, r = 2, r-tileSide
	}
	s := g.tiles[n>>tileUp].near[3*down+across]
	if s < 0 {
		return None
	}
	return Node(int(s)<<tileUp | r<<tileShift | c)
}

// Metres is the length of an arc on the ground.
func (g *Ground) Metres(arc int) float64 {
	return steps[arc].length() * g.Frame.DX / g.scale
}

// Step is an arc's move east and north, in cells.
func Step(arc int) (east, north float64) {
	return float64(steps[arc].dx), -float64(steps[arc].dy)
}
