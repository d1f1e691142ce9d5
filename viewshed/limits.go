package viewshed

import (
	"math"
)

// limit clears what lies outside the observer's range, arc and elevation.
func (v *view) limit(out *Seen) {
	if v.o.MinRange > 0 {
		out.keep(v.farEnough)
	}
	if a := v.o.arc(); !a.whole {
		out.keep(func(col, row int) bool { return a.holds(v.offset(col, row)) })
	}
	if v.o.MinElevation != 0 || v.o.MaxElevation != 0 {
		out.keep(v.elevated)
	}
}

// offset is the way from the observer to a cell, metres east and north.
func (v *view) offset(col, row int) (east, north float64) {
	return float64(col-v.o.Col) * v.s.Ground.DX, float64(v.o.Row-row) * v.s.Ground.DY
}

// distance2 is the square of the horizontal distance of a cell. Its bits do
// not change when rows and columns are exchanged.
func (v *view) distance2(col, row int) float64 {
	east, north := v.offset(col, row)
	return float64(east*east) + float64(north*north)
}

func (v *view) farEnough(col, row int) bool {
	return v.distance2(col, row) >= v.o.MinRange*v.o.MinRange
}

// elevated tells whether the sight line to the target at a cell leaves the
// eye within the limits of elevation.
func (v *view) elevated(col, row int) bool {
	d2 := v.distance2(col, row)
	if d2 == 0 {
		return true
	}
	z := float64(v.s.Ground.At(col, row)) + v.p.Target - v.lowering*d2
	up := math.Atan2(z-v.eye, math.Sqrt(d2)) * 180 / math.Pi
	return up >= v.o.MinElevation && up <= v.o.MaxElevation
}

// arc is a sector between two directions, clockwise.
type arc struct {
	whole, wide bool // wide: more than half a circle
	from, to    [2]float64
}

func (o Observer) arc() arc {
	width := math.Mod(math.Mod(o.ArcTo-o.ArcFrom, 360)+360, 360)
	return arc{whole: width == 0, wide: width > 180, from: direction(o.ArcFrom), to: direction(o.ArcTo)}
}

// direction is the unit vector, east and north, of a bearing. It is symmetric:
// mirrored bearings give mirrored vectors, bit by bit.
func direction(bearing float64) [2]float64 {
	quarter := math.Round(bearing / 90)
	sin, cos := math.Sincos((bearing - 90*quarter) * math.Pi / 180)
	switch int(math.Mod(math.Mod(quarter, 4)+4, 4)) {
	case 0:
		return [2]float64{sin, cos}
	case 1:
		return [2]float64{cos, -sin}
	case 2:
		return [2]float64{-sin, -cos}
	}
	return [2]float64{-cos, sin}
}

// holds tells whether a place, east and north of the observer, lies in the
// sector or on its edges, to a hundredth of a millimetre in ten kilometres.
func (a arc) holds(east, north float64) bool {
	slack := 1e-9 * (math.Abs(east) + math.Abs(north))
	after := a.from[1]*east-a.from[0]*north >= -slack
	before := a.to[0]*north-a.to[1]*east >= -slack
	if a.wide {
		return after || before
	}
	return after && before
}
