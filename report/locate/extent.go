package locate

import (
	"fmt"
	"math"
	"slices"

	"vedette/gazetteer"
	"vedette/geo"
	"vedette/outline"
	"vedette/report"
	"vedette/report/intake"
)

// unitExtent is a rough outline of a unit within a country: the ground that
// lies nearer to one of its places than to one of the country's other units,
// cut to the country. Open outlines of units that may be shipped are not at
// hand.
func (l *Locator) unitExtent(p *gazetteer.Place, country Ground) (Ground, string) {
	in, beside := l.Places.Within(p.Country, p.Admin1)
	own, others := towns(in), towns(beside)
	if len(own) < 3 || len(others) == 0 {
		return sector(p.At, 0, 20, 0, 180), "rough: 20 km around its middle"
	}
	g := nearer(own, others)
	const how = "rough: what lies nearer to its places than to those of other units"
	if cut, err := g.clip(country); err == nil && len(cut) > 0 {
		return cut, how
	}
	return g, how
}

func towns(all []gazetteer.Place) []geo.Point {
	var out []geo.Point
	for _, p := range all {
		if !p.Kind.Area() {
			out = append(out, p.At)
		}
	}
	return out
}

// unitMarginKM is how far the ground of a unit may reach beyond its outermost
// places.
const unitMarginKM = 150

// nearer is the ground that lies nearer to places of the one list than to
// those of the other, on a plate carrée narrowed by the cosine of the middle
// latitude. Others beyond twice the margin are left out.
func nearer(own, others []geo.Point) Ground {
	mid := middleOf(own)
	cos := max(.05, math.Cos(mid.Lat*math.Pi/180))
	const perDegree = 111_195.0
	project := func(p geo.Point) geo.XY {
		return geo.XY{X: (p.Lon - mid.Lon) * perDegree * cos, Y: (p.Lat - mid.Lat) * perDegree}
	}
	a := projected(own, project)
	west, south, east, north := boxOf(a, unitMarginKM*1000)
	var b []geo.XY
	for _, p := range projected(others, project) {
		if p.X > west-unitMarginKM*1000 && p.X < east+unitMarginKM*1000 && p.Y > south-unitMarginKM*1000 && p.Y < north+unitMarginKM*1000 {
			b = append(b, p)
		}
	}
	f := sample(west, south, east, north, 1000, 64, func(p geo.XY) float64 { return nearest(b, p) - nearest(a, p) })
	return f.ground(func(p geo.XY) geo.Point {
		return geo.Point{Lat: mid.Lat + p.Y/perDegree, Lon: mid.Lon + p.X/perDegree/cos}
	})
}

func middleOf(all []geo.Point) geo.Point {
	var sum geo.Point
	for _, p := range all {
		sum.Lat += p.Lat
		sum.Lon += p.Lon
	}
	return geo.Point{Lat: sum.Lat / float64(len(all)), Lon: sum.Lon / float64(len(all))}
}

func projected(all []geo.Point, project func(geo.Point) geo.XY) []geo.XY {
	out := make([]geo.XY, len(all))
	for i, p := range all {
		out[i] = project(p)
	}
	return out
}

func boxOf(all []geo.XY, margin float64) (west, south, east, north float64) {
	west, south, east, north = all[0].X, all[0].Y, all[0].X, all[0].Y
	for _, p := range all {
		west, south, east, north = min(west, p.X), min(south, p.Y), max(east, p.X), max(north, p.Y)
	}
	return west - margin, south - margin, east + margin, north + margin
}

// nearest is the distance to the nearest of the places; very far without any.
func nearest(all []geo.XY, p geo.XY) float64 {
	least := 1e14
	for _, q := range all {
		least = min(least, (p.X-q.X)*(p.X-q.X)+(p.Y-q.Y)*(p.Y-q.Y))
	}
	return math.Sqrt(least)
}

// Place gives the region of a toponym: the disc of a town, the extent of a
// unit or a country. Words before it widen a town: "around", "near".
func (l *Locator) Place(t *report.Toponym, around bool) Region {
	p := &t.Place
	r := Region{Anchor: p.Name, AnchorAt: &p.At, Level: Level}
	r.step("%q is %s, a %s (%s), with p %.2f", t.Text, p.Name, p.Kind, p.Country, t.P)
	if p.Kind.Area() {
		ground, how := l.extent(p, nil)
		if len(ground) == 0 {
			r.Problem = fmt.Sprintf("no outline of %s is at hand", p.Name)
		}
		r.Ground = ground
		r.step("its extent: %s", how)
		return l.finished(r)
	}
	r.HiKM = townKM(p.Population)
	if around {
		r.HiKM += aroundKM
		r.step("around it is taken as up to %d km beyond", aroundKM)
	}
	r.Ground = sector(p.At, 0, r.HiKM, 0, 180)
	r.step("within %.3g km of %v", r.HiKM, p.At)
	return l.finished(r)
}

// aroundKM is judgement, not measured.
const aroundKM = 10

// townKM is the radius of a town in km: that of a disc of 2,000 people to the
// square kilometre, of at least 2 km. Judgement, not measured.
func townKM(population int) float64 {
	return math.Round(10*max(2, math.Sqrt(float64(population)/2000/math.Pi))) / 10
}

// Point gives the region of a position that a form or a feed states.
func (l *Locator) Point(p geo.Point, km float64, what string) Region {
	r := Region{Anchor: what, AnchorAt: &p, HiKM: km, Level: Level, Ground: sector(p, 0, km, 0, 180)}
	r.step("the position %v as it stands in %s, within %.3g km", p, what, km)
	return l.finished(r)
}

// Area gives the region of a polygon that a feed or an alert states.
func (l *Locator) Area(ring []geo.Point, what string) Region {
	closed := outline.Ring(slices.Clone(ring))
	if closed[0] != closed[len(closed)-1] {
		closed = append(closed, closed[0])
	}
	r := Region{Anchor: what, Level: Level, Ground: Ground{{closed}}}
	r.step("the polygon as it stands in %s", what)
	return l.finished(r)
}

// Frontier gives the region along the frontier, to a distance from it. Without
// an area there is none.
func (l *Locator) Frontier(km float64, x Text, said intake.Span) Region {
	r := Region{Anchor: "the frontier", HiKM: km, Level: Level}
	r.step("%q is the frontier that is watched", x.Text[said.Start:said.End])
	d := Distance{}
	if l.Watch == nil {
		r.Problem = "no area is watched"
		return r
	}
	l.fromFrontier(&r, d, x)
	return l.finished(r)
}
