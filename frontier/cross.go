package frontier

import (
	"math"

	"vedette/geo"
)

// polyline is a line, or a ring that closes behind its last vertex, in
// degrees. Its pieces run from vertex i to the next.
type polyline struct {
	at     []geo.Point
	ring   bool
	boxes  []bounds // of runs of pieces, a binary tree; the root is boxes[1]
	budget int      // comparisons of pieces that are left
}

// crossing is where a line meets itself: pieces i and j, near a place.
type crossing struct {
	i, j int
	near geo.Point
}

// selfCrossing finds a place where a line crosses or touches itself, but for
// pieces that follow on each other. It halves the line again and again and
// compares only halves whose boxes meet, which costs about n log n for lines
// as they are drawn on maps. spent is the number of comparisons; a line so
// tangled that it would take more than the budget is given up: done is false.
func selfCrossing(at []geo.Point, ring bool, budget int) (found *crossing, spent int, done bool) {
	l := &polyline{at: at, ring: ring, budget: budget}
	n := l.pieces()
	if n < 2 {
		return nil, 0, true
	}
	size := 1
	for size*run < n {
		size *= 2
	}
	l.boxes = make([]bounds, 2*size)
	l.bound(1, 0, size*run)
	found = l.within(1, 0, size*run)
	return found, budget - l.budget, found != nil || l.budget > 0
}

// run is how many pieces a leaf of the tree holds.
const run = 8

func (l *polyline) pieces() int {
	if l.ring {
		return len(l.at)
	}
	return len(l.at) - 1
}

func (l *polyline) piece(i int) (a, b geo.Point) { return l.at[i], l.at[(i+1)%len(l.at)] }

// bounds is a box in degrees.
type bounds struct{ west, south, east, north float64 }

func nowhere() bounds {
	return bounds{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
}

func (b bounds) with(o bounds) bounds {
	return bounds{min(b.west, o.west), min(b.south, o.south), max(b.east, o.east), max(b.north, o.north)}
}

func (b bounds) meets(o bounds) bool {
	return b.west <= o.east && o.west <= b.east && b.south <= o.north && o.south <= b.north
}

func around(a, b geo.Point) bounds {
	return bounds{min(a.Lon, b.Lon), min(a.Lat, b.Lat), max(a.Lon, b.Lon), max(a.Lat, b.Lat)}
}

// bound sets the box of a node, which holds the pieces from lo to hi, and of
// all below it.
func (l *polyline) bound(node, lo, hi int) bounds {
	box := nowhere()
	if hi-lo > run {
		mid := (lo + hi) / 2
		box = l.bound(2*node, lo, mid).with(l.bound(2*node+1, mid, hi))
	} else {
		for i := lo; i < min(hi, l.pieces()); i++ {
			box = box.with(around(l.piece(i)))
		}
	}
	l.boxes[node] = box
	return box
}

// within looks for a crossing among the pieces of a node.
func (l *polyline) within(node, lo, hi int) *crossing {
	if lo >= l.pieces() {
		return nil
	}
	if hi-lo <= run {
		return l.compare(lo, hi, lo, hi)
	}
	mid := (lo + hi) / 2
	if c := l.within(2*node, lo, mid); c != nil {
		return c
	}
	if c := l.within(2*node+1, mid, hi); c != nil {
		return c
	}
	return l.between(2*node, lo, mid, 2*node+1, mid, hi)
}

// between looks for a crossing between the pieces of two nodes of one level.
func (l *polyline) between(a, alo, ahi, b, blo, bhi int) *crossing {
	if l.budget--; l.budget <= 0 || blo >= l.pieces() || !l.boxes[a].meets(l.boxes[b]) {
		return nil
	}
	if ahi-alo <= run {
		return l.compare(alo, ahi, blo, bhi)
	}
	amid, bmid := (alo+ahi)/2, (blo+bhi)/2
	for _, p := range [4][6]int{
		{2 * a, alo, amid, 2 * b, blo, bmid}, {2 * a, alo, amid, 2*b + 1, bmid, bhi},
		{2*a + 1, amid, ahi, 2 * b, blo, bmid}, {2*a + 1, amid, ahi, 2*b + 1, bmid, bhi},
	} {
		if c := l.between(p[0], p[1], p[2], p[3], p[4], p[5]); c != nil {
			return c
		}
	}
	return nil
}

func (l *polyline) compare(alo, ahi, blo, bhi int) *crossing {
	n := l.pieces()
	for i := alo; i < min(ahi, n); i++ {
		for j := max(blo, i+1); j < min(bhi, n); j++ {
			l.budget--
			if near, ok := l.meet(i, j); ok {
				return &crossing{i, j, near}
			}
		}
	}
	return nil
}

// meet tells whether pieces i < j cross or touch, other than by following on
// each other, and where.
func (l *polyline) meet(i, j int) (geo.Point, bool) {
	a, b := l.piece(i)
	c, d := l.piece(j)
	n := l.pieces()
	switch {
	case j == i+1:
		return b, foldsBack(a, b, d)
	case l.ring && i == 0 && j == n-1:
		return a, foldsBack(c, a, b)
	}
	return meet(a, b, c, d)
}

// turnOf is positive where a, b, c turn left.
func turnOf(a, b, c geo.Point) float64 {
	return (b.Lon-a.Lon)*(c.Lat-a.Lat) - (b.Lat-a.Lat)*(c.Lon-a.Lon)
}

// meet tells whether the pieces a-b and c-d cross or touch, and where.
func meet(a, b, c, d geo.Point) (geo.Point, bool) {
	if !around(a, b).meets(around(c, d)) {
		return geo.Point{}, false
	}
	tc, td := turnOf(a, b, c), turnOf(a, b, d)
	ta, tb := turnOf(c, d, a), turnOf(c, d, b)
	switch {
	case tc == 0 && holds(a, b, c):
		return c, true
	case td == 0 && holds(a, b, d):
		return d, true
	case ta == 0 && holds(c, d, a):
		return a, true
	case tb == 0 && holds(c, d, b):
		return b, true
	}
	if tc*td >= 0 || ta*tb >= 0 {
		return geo.Point{}, false
	}
	t := ta / (ta - tb)
	return geo.Point{Lat: a.Lat + t*(b.Lat-a.Lat), Lon: a.Lon + t*(b.Lon-a.Lon)}, true
}

// holds tells whether p, which lies on the straight line through a and b, lies
// between them.
func holds(a, b, p geo.Point) bool { return around(a, b).meets(around(p, p)) }

// foldsBack tells whether a-b-c runs back over itself at b.
func foldsBack(a, b, c geo.Point) bool {
	return turnOf(a, b, c) == 0 && (b.Lon-a.Lon)*(c.Lon-b.Lon)+(b.Lat-a.Lat)*(c.Lat-b.Lat) < 0
}

// repeated finds a vertex that is the same as the one before it, of a ring
// also of the last; -1 if there is none.
func repeated(at []geo.Point, ring bool) int {
	for i := 1; i < len(at); i++ {
		if at[i] == at[i-1] {
			return i
		}
	}
	if ring && len(at) > 1 && at[0] == at[len(at)-1] {
		return 0
	}
	return -1
}
