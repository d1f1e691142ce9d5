// Package terrain lays the ground of an area on one metric grid: heights from
// DEM files or made, what stands on the ground and hides, ground classes, and
// the berms and walls.
//
// Heights are metres above the geoid as the files give them, NaN where there
// is none. The working grid is square cells of a UTM zone, kept as tiles that
// exist only along the frontier, so that its memory is that of the corridor.
package terrain

import (
	"fmt"
	"image"
	"math"

	"vedette/grid"
)

// Terrain is the ground of an area on its working grid.
type Terrain struct {
	Frame  grid.Frame
	Ground *grid.Tiled[float32] // where feet stand; NaN outside the corridor and in voids
	Cover  *grid.Tiled[uint8]   // what stands on it and hides, in decimetres
	Class  *grid.Tiled[uint8]   // a Class
	Walls  []grid.Wall          // berms and walls, without their openings
	Info   Info
}

// Info is what a terrain was made from and how.
type Info struct {
	Synthetic       bool     // made, not measured
	Sources         []string // files, or how it was made
	PostingM        float64  // of the heights, metres
	TrueResolutionM float64  // what they can tell apart, metres
	Voids           int      // cells without a height that were filled
	Holes           int      // cells without a height that were left
	Resampling      string
	ResamplingRMSM  float64 // metres, from leaving out every other post
	Bytes           int64   // memory of the rasters
}

// NotForSiting is a warning in words for heights too coarse to choose a
// place by, and empty for finer ones.
func NotForSiting(resolution float64) string {
	if !(resolution >= 60) {
		return ""
	}
	return fmt.Sprintf("not for siting: heights of %.0f m true resolution miss the rises and hollows that decide what a post sees; use heights of 30 m or finer", resolution)
}

// Window copies the cells of r, which may reach beyond the frame, for a sight
// computation. Screen is ground itself where nothing stands on it. With burn,
// walls are burned into screen as every cell they touch, and no walls are
// given.
func (t *Terrain) Window(r image.Rectangle, burn bool) (ground, screen *grid.Raster[float32], walls []grid.Wall) {
	ground = grid.New[float32](t.Frame.Window(r))
	t.Ground.Window(ground.Data, r)
	walls = t.near(ground.Frame)
	screen = t.screen(ground, r)
	if !burn || len(walls) == 0 {
		return ground, screen, walls
	}
	if screen == ground {
		screen = clone(ground)
	}
	burnWalls(ground, screen, walls)
	return ground, screen, nil
}

// screen adds the cover to the ground, in a raster of its own if there is any.
func (t *Terrain) screen(ground *grid.Raster[float32], r image.Rectangle) *grid.Raster[float32] {
	cover := make([]uint8, len(ground.Data))
	t.Cover.Window(cover, r)
	screen := ground
	for i, dm := range cover {
		if dm == 0 {
			continue
		}
		if screen == ground {
			screen = clone(ground)
		}
		screen.Data[i] += float32(dm) / 10
	}
	return screen
}

func clone(r *grid.Raster[float32]) *grid.Raster[float32] {
	return &grid.Raster[float32]{Frame: r.Frame, Data: append([]float32(nil), r.Data...)}
}

// near gives the walls that reach into a frame.
func (t *Terrain) near(f grid.Frame) []grid.Wall {
	west, south, east, north := f.Extent()
	var walls []grid.Wall
	for _, w := range t.Walls {
		if max(w.A.X, w.B.X) >= west && min(w.A.X, w.B.X) <= east &&
			max(w.A.Y, w.B.Y) >= south && min(w.A.Y, w.B.Y) <= north {
			walls = append(walls, w)
		}
	}
	return walls
}

func burnWalls(ground, screen *grid.Raster[float32], walls []grid.Wall) {
	for _, w := range walls {
		grid.Supercover(ground.Frame, w.A, w.B, func(col, row int) {
			top := ground.At(col, row) + float32(w.Height)
			if top > screen.At(col, row) {
				screen.Set(col, row, top)
			}
		})
	}
}

// Height gives the ground's height at a cell, NaN where there is none.
func (t *Terrain) Height(col, row int) float64 { return float64(t.Ground.At(col, row)) }

var nan = float32(math.NaN())
