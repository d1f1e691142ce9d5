package viewshed

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"vedette/geo"
	"vedette/grid"
)

// Line is a line of sight from an eye to a target, in the units of the
// surface's frame.
type Line struct {
	From, To    geo.XY
	Eye, Target float64 // metres above the ground under them
	Curvature   float64 // as in Params
}

// Profile is the terrain along a line of sight.
type Profile struct {
	Samples []Sample // from the eye to the target
	Length  float64  // metres
	Clear   bool     // nothing is in the way
	Cut     int      // where it is first cut, an index into Samples; -1 where it is clear
	Worst   int      // where least is left above the screen, or most is missing; -1 where nothing lies between
	// What the eye alone, or the target alone, would have to be higher for the
	// line to be clear, in metres; zero where it is.
	RaiseEye, RaiseTarget float64
}

// Sample is one place of a profile.
type Sample struct {
	Distance float64 // metres from the eye
	Ground   float64 // height of the ground, NaN in a void
	Screen   float64 // height of what blocks sight there
	Sight    float64 // height of the line of sight, bent by curvature and refraction
}

// Spare is how far the line passes above the screen, negative where it is cut.
func (s Sample) Spare() float64 { return s.Sight - s.Screen }

// maxSamples bounds a profile.
const maxSamples = 1_000_000

// Trace follows a line of sight over every row and column of cell centres and
// every wall that it crosses; heights between centres are bilinear. It costs
// an interpolation for each crossing. The ends must lie on ground with a
// height.
func Trace(s Surface, l Line) (Profile, error) {
	if s.Ground == nil || s.Screen == nil || s.Ground.Frame != s.Screen.Frame {
		return Profile{}, errors.New("trace a line of sight: ground and screen lie on different frames, or are missing")
	}
	if s.Ground.CRS.Geographic() {
		return Profile{}, errors.New("trace a line of sight: the terrain is in degrees; project it to its UTM zone")
	}
	t := trace{surface: s, line: l, length: math.Hypot(l.To.X-l.From.X, l.To.Y-l.From.Y)}
	t.from, t.to = t.at(l.From), t.at(l.To)
	for _, end := range []struct {
		name string
		at   spot
	}{{"eye", t.from}, {"target", t.to}} {
		if math.IsNaN(t.ground(end.at)) {
			return Profile{}, fmt.Errorf("trace a line of sight: the %s stands outside the terrain, or in a void of it", end.name)
		}
	}
	if n := math.Abs(t.to.col-t.from.col) + math.Abs(t.to.row-t.from.row); n > maxSamples {
		return Profile{}, fmt.Errorf("trace a line of sight: %.0f cells are more than %d; use larger cells", n, maxSamples)
	}
	return t.profile(), nil
}

// trace is a line of sight being followed.
type trace struct {
	surface  Surface
	line     Line
	length   float64
	from, to spot
}

// spot is a place in fractional columns and rows.
type spot struct{ col, row float64 }

func (t *trace) at(p geo.XY) spot {
	c, r := t.surface.Ground.Locate(p)
	return spot{c, r}
}

// along is the place at a part f of the line.
func (t *trace) along(f float64) spot {
	return spot{t.from.col + f*(t.to.col-t.from.col), t.from.row + f*(t.to.row-t.from.row)}
}

func (t *trace) ground(p spot) float64 { return float64(grid.Bilinear(t.surface.Ground, p.col, p.row)) }
func (t *trace) screen(p spot) float64 { return float64(grid.Bilinear(t.surface.Screen, p.col, p.row)) }

// sight is the height of the line at a part f of its length: the chord, less
// what the Earth bulges below it.
func (t *trace) sight(f float64) float64 {
	eye, target := t.ground(t.from)+t.line.Eye, t.ground(t.to)+t.line.Target
	bulge := t.line.Curvature / (2 * geo.SemiMajorAxis) * t.length * t.length * f * (1 - f)
	return eye + f*(target-eye) - bulge
}

func (t *trace) profile() Profile {
	p := Profile{Length: t.length}
	for _, f := range t.parts() {
		at := t.along(f)
		p.Samples = append(p.Samples, Sample{Distance: f * t.length, Ground: t.ground(at), Screen: t.screen(at), Sight: t.sight(f)})
	}
	for i := range t.surface.Walls {
		w := &t.surface.Walls[i]
		if f, ok := t.crosses(w); ok {
			ground := t.ground(t.along(f))
			p.Samples = append(p.Samples, Sample{Distance: f * t.length, Ground: ground, Screen: ground + w.Height, Sight: t.sight(f)})
		}
	}
	slices.SortStableFunc(p.Samples, func(a, b Sample) int { return cmp.Compare(a.Distance, b.Distance) })
	p.judge()
	return p
}

// parts are where the line crosses rows and columns of cell centres, its ends
// among them, as parts of its length.
func (t *trace) parts() []float64 {
	all := []float64{0, 1}
	for _, axis := range [][2]float64{{t.from.col, t.to.col}, {t.from.row, t.to.row}} {
		lo, hi := min(axis[0], axis[1]), max(axis[0], axis[1])
		for k := math.Floor(lo) + 1; k < hi; k++ {
			all = append(all, (k-axis[0])/(axis[1]-axis[0]))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// crosses gives the part of the line at which it crosses a wall. A wall within
// half a cell of either end does not count: who is there stands on it.
func (t *trace) crosses(w *grid.Wall) (float64, bool) {
	f, ok := crossing(t.line.From, t.line.To, w)
	near := t.surface.Ground.DX / 2
	return f, ok && f*t.length >= near && (1-f)*t.length >= near
}

// judge finds where the line is cut, between its ends.
func (p *Profile) judge() {
	p.Clear, p.Cut, p.Worst = true, -1, -1
	least := math.Inf(1)
	for i, s := range p.Samples {
		if s.Distance <= 0 || s.Distance >= p.Length || math.IsNaN(s.Screen) {
			continue
		}
		spare := s.Spare()
		if spare < least {
			least, p.Worst = spare, i
		}
		if spare < 0 {
			if p.Cut < 0 {
				p.Cut, p.Clear = i, false
			}
			p.RaiseTarget = max(p.RaiseTarget, -spare*p.Length/s.Distance)
			p.RaiseEye = max(p.RaiseEye, -spare*p.Length/(p.Length-s.Distance))
		}
	}
}
