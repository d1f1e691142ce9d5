// Package coverage answers what a line sees: which ground of the strip along
// the frontier is watched, by whom, in which light, and what is lost with a
// site.
package coverage

import (
	"image"

	"vedette/exposure"
	"vedette/frontier"
	"vedette/grid"
)

// NotSolved is the count of a cell outside the solved strip.
const NotSolved = 255

// Result is what the line sees.
type Result struct {
	Frame  grid.Frame
	Strip  *Strip
	Sites  []SiteView // in the area's order
	Views  []View     // one for each condition
	Mutual [][]bool   // Mutual[i][j]: site i and site j see each other's eyes
}

// Strip is the ground that is solved: so many kilometres on either side of the
// frontier.
type Strip struct {
	Kilometres int     // number of kilometres of the frontier, the last one partial
	Length     float64 // of the frontier, metres
	// KM is the kilometre of the frontier nearest to a cell, from 0; negative
	// outside the strip.
	KM *grid.Tiled[int16]
	// Distance is metres from the frontier, positive on the own side, negative
	// on the far side; NaN outside the strip.
	Distance *grid.Tiled[float32]
}

// SiteView is what one site sees.
type SiteView struct {
	Site    *frontier.Site
	Window  image.Rectangle // the cells within its longest reach
	Seen    []uint8         // of Window, row by row: bit i is set where it sees in Views[i]
	GroundM float64         // height of the ground it stands on
}

// View is what all sites see together in one condition.
type View struct {
	Condition  exposure.Condition
	Count      *grid.Tiled[uint8] // sites that see a cell, up to 254; NotSolved outside the strip
	Whole      Share              // the whole strip
	ByKM       []Share            // one for each kilometre of the frontier
	ByDistance []Share            // bands of distance from the frontier, far side first
	Loss       []Loss             // what is lost with each site, worst first
}

// Share is how much of a stretch of ground is watched.
type Share struct {
	From, To float64 // kilometres along the frontier, or from it (negative: far side)
	Cells    int
	Seen     int
	Twice    int // seen by two sites or more
}

// Ratio is the watched share, from 0 to 1; 0 of no ground.
func (s Share) Ratio() float64 {
	if s.Cells == 0 {
		return 0
	}
	return float64(s.Seen) / float64(s.Cells)
}

// Loss is the ground that goes blind with a site.
type Loss struct {
	Site     int // index into Result.Sites
	Cells    int // seen by this site only
	WorstKM  int // the kilometre of the frontier that loses most
	WorstCut int // the cells it loses
}
