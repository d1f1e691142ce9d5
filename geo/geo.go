// Package geo places points on the Earth and measures between them.
//
// Angles are degrees: latitude north positive, longitude east positive,
// bearings clockwise from true north in [0, 360). Lengths are metres on the
// WGS 84 ellipsoid. The package holds no state and does no I/O.
package geo

import (
	"fmt"
	"math"
)

// WGS 84, the ellipsoid of every position in Vedette (NIMA TR8350.2).
const (
	SemiMajorAxis = 6378137.0         // a, metres
	Flattening    = 1 / 298.257223563 // f
)

// Point is a place on the ellipsoid, in degrees.
type Point struct {
	Lat, Lon float64
}

// XY is a place on a metric plane, in metres east and north of its origin.
type XY struct {
	X, Y float64
}

// Valid tells whether p is a place on Earth.
func (p Point) Valid() bool {
	return p.Lat >= -90 && p.Lat <= 90 && p.Lon >= -180 && p.Lon <= 180
}

// String gives decimal degrees, to about a decimetre.
func (p Point) String() string {
	ns, ew := 'N', 'E'
	if p.Lat < 0 {
		ns = 'S'
	}
	if p.Lon < 0 {
		ew = 'W'
	}
	return fmt.Sprintf("%.6f%c %.6f%c", math.Abs(p.Lat), ns, math.Abs(p.Lon), ew)
}
