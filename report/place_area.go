package report

import (
	"math"

	"vedette/frontier"
	"vedette/geo"
)

// alongStep is how far apart AlongFrontier puts its places, in metres.
const alongStep = 50e3

// AlongFrontier gives places along an area's frontier, 50 km apart or less, for
// PlaceOptions.Near.
func AlongFrontier(a *frontier.Area) []geo.Point {
	var along []geo.Point
	for _, p := range a.Frontier.Line {
		if len(along) == 0 {
			along = append(along, p)
			continue
		}
		last := along[len(along)-1]
		for d := quickDistance(last, p); d > alongStep; d = quickDistance(last, p) {
			t := alongStep / d
			last = geo.Point{Lat: last.Lat + t*(p.Lat-last.Lat), Lon: last.Lon + t*(p.Lon-last.Lon)}
			along = append(along, last)
		}
	}
	if n := len(a.Frontier.Line); n > 0 {
		along = append(along, a.Frontier.Line[n-1])
	}
	return along
}

// areaReach is how far from the area its nearness speaks for a place, in metres.
const areaReach = 300e3

// nearArea is 1 on the frontier, falling to 0 at areaReach.
func (d *placeText) nearArea(p geo.Point) float64 {
	best := 0.0
	for _, at := range d.opt.Near {
		if math.Abs(at.Lat-p.Lat) < 3 {
			best = max(best, 1-quickDistance(at, p)/areaReach)
		}
	}
	return best
}
