package frontier

import (
	"math"
	"slices"
	"sort"

	"vedette/geo"
)

// Line is the frontier on a metric plane, with the chainage of every vertex:
// its geodesic distance from the first one along the line, in metres. It is
// safe for concurrent use.
type Line struct {
	stretches []stretch
	length    float64
	left      bool // the own side is left of the line's direction
}

// stretch is the straight piece between two vertices.
type stretch struct {
	a, b     geo.XY
	from, to float64 // chainage
	// The unit directions of the stretch before, its own and the one after,
	// for the side of a place that is nearest to a vertex. At the ends of the
	// line they are its own.
	before, along, after geo.XY
}

// NewLine lays the frontier on the plane that project leads to. Vertices that
// fall on the one before them are left out; without any vertex the line is
// empty: its length is zero and every place is infinitely far from it.
func NewLine(f Frontier, project func(geo.Point) geo.XY) *Line {
	l := &Line{left: f.OwnSide == "left"}
	for i := 1; i < len(f.Line); i++ {
		s := stretch{a: project(f.Line[i-1]), b: project(f.Line[i]), from: l.length}
		l.length += geo.Distance(f.Line[i-1], f.Line[i])
		s.to = l.length
		if s.a != s.b {
			l.stretches = append(l.stretches, s)
		}
	}
	if len(l.stretches) == 0 && len(f.Line) > 0 {
		at := project(f.Line[0])
		l.stretches = []stretch{{a: at, b: at}}
	}
	l.direct()
	return l
}

// direct sets the directions of all stretches.
func (l *Line) direct() {
	for i := range l.stretches {
		s := &l.stretches[i]
		s.along = unit(s.b.X-s.a.X, s.b.Y-s.a.Y)
		s.before, s.after = s.along, s.along
		if i > 0 {
			s.before = l.stretches[i-1].along
			l.stretches[i-1].after = s.along
		}
	}
}

func unit(x, y float64) geo.XY {
	if d := math.Hypot(x, y); d > 0 {
		return geo.XY{X: x / d, Y: y / d}
	}
	return geo.XY{}
}

// Length is the length of the whole line in metres, along the geodesics
// between its vertices.
func (l *Line) Length() float64 { return l.length }

// Kilometres is the number of kilometres of the line; the last one is partial
// unless the length is a whole number of them.
func (l *Line) Kilometres() int { return int(math.Ceil(l.length / 1000)) }

// At is the place at a chainage; before the line's beginning it is its first
// vertex, beyond its end its last. On a part of a line, as Near gives it, it
// is right only on the stretches that the part has.
func (l *Line) At(along float64) geo.XY {
	if len(l.stretches) == 0 {
		return geo.XY{}
	}
	i := sort.Search(len(l.stretches)-1, func(i int) bool { return along <= l.stretches[i].to })
	s := &l.stretches[i]
	if s.to <= s.from {
		return s.a
	}
	return s.at(min(1, max(0, (along-s.from)/(s.to-s.from))))
}

// Nearest gives the chainage of the point of the line nearest to p, and the
// distance from it on the plane: positive on the own side, negative on the far
// side. Of points equally near, the one first on the line counts. Beyond the
// line's ends the sides are those of its first and last stretch, prolonged. It
// does not allocate and costs a few operations for every stretch.
func (l *Line) Nearest(p geo.XY) (along, distance float64) {
	best, at, t := math.Inf(1), -1, 0.
	for i := range l.stretches {
		if d2, u := l.stretches[i].nearest(p); d2 < best {
			best, at, t = d2, i, u
		}
	}
	if at < 0 {
		return 0, math.Inf(1)
	}
	s := &l.stretches[at]
	distance = math.Sqrt(best)
	if side := s.side(p, t); side < 0 && l.left || side > 0 && !l.left {
		distance = -distance
	}
	return s.from + t*(s.to-s.from), distance
}

// Near is the line with only those stretches that can be nearest to a place of
// the rectangle: Nearest gives the very same for such places, sooner. Chainage
// and Length stay those of the whole line.
func (l *Line) Near(west, south, east, north float64) *Line {
	middle := geo.XY{X: (west + east) / 2, Y: (south + north) / 2}
	reach := math.Hypot(east-west, north-south) / 2
	_, d := l.Nearest(middle)
	// A place of the rectangle is within reach of the middle, so what is
	// nearest to it is within |d| + reach of it, and within reach more of the
	// middle. A millimetre covers the rounding of coordinates of 10 000 km.
	limit := math.Abs(d) + 2*reach + 1e-3
	part := &Line{length: l.length, left: l.left}
	part.stretches = slices.DeleteFunc(slices.Clone(l.stretches), func(s stretch) bool {
		d2, _ := s.nearest(middle)
		return d2 > limit*limit
	})
	return part
}

// at is the place at a share t of the stretch; its ends are exact, so that
// both stretches at a vertex are equally far from a place beyond it.
func (s *stretch) at(t float64) geo.XY {
	switch t {
	case 0:
		return s.a
	case 1:
		return s.b
	}
	return geo.XY{X: s.a.X + t*(s.b.X-s.a.X), Y: s.a.Y + t*(s.b.Y-s.a.Y)}
}

// nearest gives the squared distance to p, and the share of the stretch at
// which its nearest point lies.
func (s *stretch) nearest(p geo.XY) (d2, t float64) {
	dx, dy := s.b.X-s.a.X, s.b.Y-s.a.Y
	if l2 := dx*dx + dy*dy; l2 > 0 {
		t = min(1, max(0, ((p.X-s.a.X)*dx+(p.Y-s.a.Y)*dy)/l2))
	}
	at := s.at(t)
	ex, ey := p.X-at.X, p.Y-at.Y
	return ex*ex + ey*ey, t
}

// side is positive where p, whose nearest point lies at t of the stretch, is
// left of the line, and negative where it is right of it.
func (s *stretch) side(p geo.XY, t float64) float64 {
	switch t {
	case 0:
		return sideAt(s.before, s.along, geo.XY{X: p.X - s.a.X, Y: p.Y - s.a.Y})
	case 1:
		return sideAt(s.along, s.after, geo.XY{X: p.X - s.b.X, Y: p.Y - s.b.Y})
	}
	return cross(s.along, geo.XY{X: p.X - s.a.X, Y: p.Y - s.a.Y})
}

// sideAt is the side of a place that is nearest to a vertex, at w from it. It
// lies in the wedge that both stretches turn away from: at a sharp bend that is
// the outer side of the bend. At a slight one, where rounding decides which
// point is nearest, the mean direction tells.
func sideAt(in, out, w geo.XY) float64 {
	if in.X*out.X+in.Y*out.Y > 0 {
		return cross(geo.XY{X: in.X + out.X, Y: in.Y + out.Y}, w)
	}
	if turn := cross(in, out); turn != 0 {
		return -turn
	}
	return cross(in, w)
}

func cross(a, b geo.XY) float64 { return a.X*b.Y - a.Y*b.X }
