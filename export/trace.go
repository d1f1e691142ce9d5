package export

import (
	"sort"

	"vedette/geo"
)

// trace is the frontier with the distance of each vertex from the first.
type trace struct {
	plane plane
	line  []geo.Point
	km    []float64
}

func newTrace(p plane, line []geo.Point) trace {
	t := trace{plane: p, line: line, km: make([]float64, len(line))}
	for i := 1; i < len(line); i++ {
		t.km[i] = t.km[i-1] + geo.Distance(line[i-1], line[i])/1000
	}
	return t
}

// length is the kilometres of the whole line.
func (t trace) length() float64 {
	if len(t.km) == 0 {
		return 0
	}
	return t.km[len(t.km)-1]
}

// at is the place of a kilometre mark; marks beyond the ends are the ends.
func (t trace) at(km float64) geo.Point {
	i := sort.SearchFloat64s(t.km, km)
	switch {
	case i == 0:
		return t.line[0]
	case i == len(t.km):
		return t.line[i-1]
	}
	f := (km - t.km[i-1]) / (t.km[i] - t.km[i-1])
	a, b := t.plane.xy(t.line[i-1]), t.plane.xy(t.line[i])
	return t.plane.point(geo.XY{X: a.X + f*(b.X-a.X), Y: a.Y + f*(b.Y-a.Y)})
}

// between is the stretch of the line from one kilometre mark to another.
func (t trace) between(from, to float64) []geo.Point {
	out := []geo.Point{t.at(from)}
	for i, km := range t.km {
		if km > from && km < to {
			out = append(out, t.line[i])
		}
	}
	return append(out, t.at(to))
}
