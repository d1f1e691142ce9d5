// Package viewshed tells which ground an observer sees.
//
// It takes a Surface of heights in metres on a metric grid.Frame, an Observer
// at the centre of a cell, and Params; it gives one bit per cell within range
// (Compute), the least height that can be seen above each cell (Heights), or
// one line of sight with its profile (LineOfSight). All bearings are grid
// bearings, all lengths metres; a geographic frame is refused.
//
// Heights stand at cell centres. The eye is at the ground of its cell plus its
// height, the target at the ground of its cell plus the target's height, and
// whatever rises above the line between them hides the target; touching does
// not. Curvature and refraction lower a place at distance d by cc*d*d/(2a), a
// being the semi-major axis, as in gdal_viewshed. The eight cells around the
// observer are always seen, within its limits. Voids are never seen and hide
// nothing. The observer's own cell is seen unless MinRange is above zero, in
// every arc and elevation.
//
// Between the posts, the modes differ. GDAL carries the horizon from row to
// row as GDAL's edge mode does (Wang, Robinson, White 2000: reference planes).
// Ray follows a fan of straight rays. Exact tests each cell along its own line
// on the bilinear surface at every row and column it crosses; only there is
// sight mutual. No pass allocates per cell.
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
	Exact Mode = "exact" // every cell has its own line of sight; mutual
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

// Observer is a pair of eyes at the centre of a cell. Where it stands on a
// wall, Height includes the wall: a wall hides nothing where the line of sight
// crosses it within half a cell of either end.
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
	Mode      Mode    // empty is Ray
	Target    float64 // height of the target above Ground, metres
	Curvature float64 // cc: a place at distance d is lowered by cc*d*d/(2a)
}

// Compute tells for every cell within range whether o sees a target above its
// ground. A caller with many observers keeps a Computer, or calls All.
func Compute(s Surface, o Observer, p Params) (*Seen, error) {
	var c Computer
	return c.Compute(s, o, p)
}

// Heights gives for every cell within range the lowest height above its ground
// at which a target is seen: zero where the ground itself is, NaN out of range,
// outside the arc and in voids. Compute sees a target of t metres where Heights
// is at most t, and nowhere else if float32 holds t. Heights are rounded up to
// float32: for any other t, such as 1.7, Compute may also see one where Heights
// is the next float32 above t. Limits of elevation bound the look, not the
// height, and are left out. Exact is refused: it gives verdicts only.
func Heights(s Surface, o Observer, p Params) (*grid.Raster[float32], error) {
	var c Computer
	return c.Heights(s, o, p)
}
