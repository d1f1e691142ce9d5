// Package viewshed tells which ground an observer sees.
package viewshed

import (
	"vedette/grid"
)

// Mode is the way a viewshed is computed.
type Mode string

// The modes.
const (
	Ray   Mode = "ray"   // exact horizon along a fan of rays; the default
	GDAL  Mode = "gdal"  // equal to gdal_viewshed's edge mode, cell by cell
	Exact Mode = "exact" // every doubtful cell has its own line of sight; mutual
)

// Surface is the terrain around an observer, on a metric frame. Feet stand on
// Ground, Screen blocks sight (ground plus houses and trees; the same raster
// as Ground where nothing stands on it), and Walls are thin works such as
// berms, cut as lines by Ray and Exact. GDAL knows no lines: for it they are
// burned into Screen beforehand. NaN is a void.
type Surface struct {
	Ground, Screen *grid.Raster[float32]
	Walls          []grid.Wall
}

// Observer is a pair of eyes at the centre of a cell.
type Observer struct {
	Col, Row int
	Height   float64 // of the eyes above Ground, metres
	MinRange float64 // metres, horizontal, between cell centres
	MaxRange float64
	// The sector it looks at, clockwise from ArcFrom to ArcTo, as bearings from
	// grid north; equal values are the whole circle.
	ArcFrom, ArcTo float64
	// The lowest and highest look, degrees above the horizontal; both zero is
	// no limit.
	MinElevation, MaxElevation float64
}

// Params are the same for all observers of a computation.
type Params struct {
	Mode      Mode
	Target    float64 // height of the target above Ground, metres
	Curvature float64 // cc: a place at distance d is lowered by cc*d*d/(2a)
}
