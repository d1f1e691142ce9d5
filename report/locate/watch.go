package locate

import (
	"fmt"
	"math"

	"vedette/frontier"
	"vedette/geo"
	"vedette/outline"
)

// side is a side of the frontier.
type side int

const (
	bothSides side = iota
	ownSide
	farSide
)

// Watch is what the reading of reports takes of an area: its frontier, the
// countries on both sides of it, and its parties.
type Watch struct {
	Area     *frontier.Area
	zone     geo.Zone
	line     *frontier.Line
	Own, Far string // codes of countries; empty: the outlines do not tell
}

// NewWatch prepares an area. Without an area it is nil.
func NewWatch(a *frontier.Area, world *outline.World) (*Watch, error) {
	if a == nil {
		return nil, nil
	}
	if len(a.Frontier.Line) < 2 {
		return nil, fmt.Errorf("the area has no frontier")
	}
	zone, err := geo.ZoneOf(a.Frontier.Line[len(a.Frontier.Line)/2])
	if err != nil {
		return nil, fmt.Errorf("the area's frontier: %w", err)
	}
	w := &Watch{Area: a, zone: zone, line: frontier.NewLine(a.Frontier, zone.Project)}
	w.Own, w.Far = w.sides(world)
	return w, nil
}

// sides asks the outlines for the countries 10 km off the frontier on either
// side, at nine places along it; the one named most often counts.
func (w *Watch) sides(world *outline.World) (own, far string) {
	votes := map[side]map[string]int{ownSide: {}, farSide: {}}
	for i := 1; i <= 9; i++ {
		along := w.line.Length() * float64(i) / 10
		a, b := w.line.At(along-50), w.line.At(along+50)
		length := math.Hypot(b.X-a.X, b.Y-a.Y)
		for _, sign := range []float64{1, -1} {
			p := geo.XY{X: a.X - sign*(b.Y-a.Y)/length*10e3, Y: a.Y + sign*(b.X-a.X)/length*10e3}
			_, d := w.line.Nearest(p)
			at := farSide
			if d > 0 {
				at = ownSide
			}
			if c := world.At(w.zone.Unproject(p)); c != nil && c.Code != "" {
				votes[at][c.Code]++
			}
		}
	}
	return most(votes[ownSide]), most(votes[farSide])
}

// most is the name with most votes; of equals the first in order.
func most(votes map[string]int) string {
	best := ""
	for name, n := range votes {
		if best == "" || n > votes[best] || n == votes[best] && name < best {
			best = name
		}
	}
	return best
}

// Distance is how far a place lies from the frontier in km: positive on the
// own side. Beyond the ends of the zone it is Inf.
func (w *Watch) Distance(p geo.Point) float64 {
	if math.Abs(p.Lon-w.zone.CentralMeridian()) > 20 {
		return math.Inf(1)
	}
	_, d := w.line.Nearest(w.zone.Project(p))
	return d / 1000
}

// offset says how far ground lies from the frontier: over its corners, which
// are right to the step of its arcs.
func (w *Watch) offset(g Ground) *Offset {
	least, most := math.Inf(1), math.Inf(-1)
	for _, poly := range g {
		for _, ring := range poly {
			for _, p := range ring {
				d := w.Distance(p)
				least, most = min(least, d), max(most, d)
			}
		}
	}
	switch {
	case math.IsInf(least, 0) || math.IsInf(most, 0):
		return nil
	case least >= 0:
		return &Offset{round2(least), round2(most), "own"}
	case most <= 0:
		return &Offset{round2(-most), round2(-least), "far"}
	}
	return &Offset{0, round2(max(most, -least)), "both"}
}

func round2(v float64) float64 { return math.Round(v*100) / 100 }

// strip is the ground between two distances from the frontier, in km, on one
// side of it or on both. What lies beyond its ends is left out.
func (w *Watch) strip(lo, hi float64, on side) Ground {
	west, south, east, north := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, p := range w.Area.Frontier.Line {
		xy := w.zone.Project(p)
		west, south, east, north = min(west, xy.X), min(south, xy.Y), max(east, xy.X), max(north, xy.Y)
	}
	reach := hi * 1000
	step := max(50, (hi-lo)*1000/24)
	inset := step / 10 // the contour is off by a few metres at the frontier's corners
	end := w.line.Length() - 1
	f := sample(west-reach, south-reach, east+reach, north+reach, step, 800, func(p geo.XY) float64 {
		along, d := w.line.Nearest(p)
		if along < 1 || along > end {
			return -1e9 // beyond the ends the sides mean nothing; the edge stays on this side of them
		}
		switch on {
		case farSide:
			d = -d
		case bothSides:
			d = math.Abs(d)
		}
		return min(d-lo*1000-inset, hi*1000-inset-d)
	})
	return f.ground(w.zone.Unproject)
}
