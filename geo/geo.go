// Package geo places points on the Earth and measures between them.
//
// Angles are degrees: latitude north positive, longitude east positive,
// bearings clockwise from true north in [0, 360). Lengths are metres on the
// WGS 84 ellipsoid. The package holds no state and does no I/O.
package geo

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
