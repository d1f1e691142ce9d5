package crossing

import (
	"vedette/coverage"
	"vedette/frontier"
	"vedette/geo"
	"vedette/grid"
	"vedette/mobility"
)

// sides is what all modes share of the strip: where intruders start and end,
// and the arcs that lead over the frontier.
type sides struct {
	starts, exits []mobility.Node
	exit          []bool   // by node
	passes        [][]pass // of each kilometre
	pursuit       bool
	strip         *coverage.Strip
	line          *frontier.Line
}

// pass is an arc from the far side to the own one.
type pass struct {
	from, to mobility.Node
	arc      uint8
}

// edge is how near to the end of the strip counts as its end, in cells: a
// knight's move must not jump over it.
const edge = 2

// newSides finds the starts, the exits and the passes. Intruders enter the
// strip anywhere on its far edge, and from any source inside it; who reaches
// the own edge, or an exit inside the strip, is gone.
func newSides(p *Plan) *sides {
	s := &sides{exit: make([]bool, p.Ground.Nodes()), passes: make([][]pass, p.Coverage.Strip.Kilometres), pursuit: p.Area.Settings.Pursuit, strip: p.Coverage.Strip}
	s.line = frontier.NewLine(p.Area.Frontier, p.Ground.Zone().Project)
	g, set := p.Ground, p.Area.Settings
	far, own := -set.DepthFarKM*1000+edge*g.Frame.DX, set.DepthOwnKM*1000-edge*g.Frame.DX
	for i := range g.Nodes() {
		n := mobility.Node(i)
		side := g.Side(n)
		if side == mobility.Outside {
			continue
		}
		col, row := g.Cell(n)
		d := float64(p.Coverage.Strip.Distance.At(col, row))
		switch {
		case side == mobility.Far && d <= far:
			s.starts = append(s.starts, n)
		case side == mobility.Own && d >= own:
			s.addExit(n)
		}
		if side == mobility.Far {
			s.addPasses(g, n)
		}
	}
	for _, src := range p.Area.Sources {
		s.starts = append(s.starts, inside(g, src.Ring, mobility.Far)...)
	}
	for _, e := range p.Area.Exits {
		for _, n := range inside(g, e.Ring, mobility.Own) {
			s.addExit(n)
		}
	}
	return s
}

func (s *sides) addExit(n mobility.Node) {
	if !s.exit[n] {
		s.exit[n] = true
		s.exits = append(s.exits, n)
	}
}

// addPasses adds the arcs from a far cell to own ones, to the kilometre of the
// own cell.
func (s *sides) addPasses(g *mobility.Ground, n mobility.Node) {
	for arc := range mobility.Arcs {
		to := g.Neighbour(n, arc)
		if to == mobility.None || g.Side(to) != mobility.Own {
			continue
		}
		if km := s.kilometre(g, to); km >= 0 {
			s.passes[km] = append(s.passes[km], pass{n, to, uint8(arc)})
		}
	}
}

// kilometre is that of a node, negative outside the strip.
func (s *sides) kilometre(g *mobility.Ground, n mobility.Node) int {
	col, row := g.Cell(n)
	return int(s.strip.KM.At(col, row))
}

// inside is the nodes of a side in a ring, in their order.
func inside(g *mobility.Ground, ring []geo.Point, side mobility.Side) (nodes []mobility.Node) {
	line := make([]geo.XY, len(ring))
	for i, p := range ring {
		line[i] = g.Zone().Project(p)
	}
	grid.Inside(g.Frame, line, func(col, row int) {
		if n := g.Node(col, row); n != mobility.None && g.Side(n) == side {
			nodes = append(nodes, n)
		}
	})
	return nodes
}

// SourcesBeyond are the sources of which no cell lies in the strip.
func (l *Line) SourcesBeyond() (beyond []frontier.Source) {
	for _, s := range l.plan.Area.Sources {
		if len(inside(l.plan.Ground, s.Ring, mobility.Far)) == 0 {
			beyond = append(beyond, s)
		}
	}
	return beyond
}
