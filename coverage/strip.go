package coverage

import (
	"context"
	"image"
	"math"

	"golang.org/x/sync/errgroup"

	"vedette/frontier"
	"vedette/grid"
)

// Depth is how far the strip reaches on either side of the frontier, in metres.
type Depth struct {
	Far, Own float64
}

// NewStrip finds the cells of the strip along the line: those of ground's
// tiles that have a height, lie within depth of the line, and are nearest to
// a point of it between its two ends. It costs one look at the nearest
// segments for each cell, on all cores.
func NewStrip(ctx context.Context, line *frontier.Line, ground *grid.Tiled[float32], depth Depth) (*Strip, error) {
	s := &Strip{
		Kilometres: line.Kilometres(),
		Length:     line.Length(),
		KM:         grid.NewTiled[int16](ground.Frame, -1),
		Distance:   grid.NewTiled(ground.Frame, float32(math.NaN())),
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers())
	for r, heights := range ground.Tiles() {
		km, distance := s.KM.Tile(r.Min.X, r.Min.Y), s.Distance.Tile(r.Min.X, r.Min.Y)
		group.Go(func() error {
			t := stripTile{near: nearTile(line, ground.Frame, r), frame: ground.Frame, depth: depth, at: r}
			t.fill(km, distance, heights)
			return ctx.Err()
		})
	}
	return s, group.Wait()
}

// nearTile is the part of the line that can be nearest to a cell of r.
func nearTile(line *frontier.Line, f grid.Frame, r image.Rectangle) *frontier.Line {
	west, south, east, north := f.Window(r).Extent()
	return line.Near(west, south, east, north)
}

type stripTile struct {
	near  *frontier.Line
	frame grid.Frame
	depth Depth
	at    image.Rectangle
}

func (t stripTile) fill(km []int16, distance, heights []float32) {
	for row := t.at.Min.Y; row < t.at.Max.Y; row++ {
		for col := t.at.Min.X; col < t.at.Max.X; col++ {
			i := row%grid.TileSide*grid.TileSide + col%grid.TileSide
			if heights[i] != heights[i] {
				continue
			}
			along, d := t.near.Nearest(t.frame.Center(col, row))
			if t.inside(along, d) {
				km[i], distance[i] = int16(along/1000), float32(d)
			}
		}
	}
}

// inside leaves out the round caps beyond the ends of the line: they are
// nobody's kilometre.
func (t stripTile) inside(along, d float64) bool {
	return d >= -t.depth.Far && d <= t.depth.Own && along > 0 && along < t.near.Length()
}
