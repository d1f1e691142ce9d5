package coverage

import (
	"context"
	"image"
	"math"

	"golang.org/x/sync/errgroup"

	"vedette/viewshed"
)

// mutual tells for every pair of sites whether each sees the other's eyes: a
// clear line between them within the visibility of the first condition.
func mutual(ctx context.Context, p Plan, posts []post) ([][]bool, error) {
	sees := make([][]bool, len(posts))
	for i := range sees {
		sees[i] = make([]bool, len(posts))
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers())
	for i := range posts {
		group.Go(func() error {
			for j := range i {
				if err := ctx.Err(); err != nil {
					return err
				}
				clear, err := posts[i].sees(p, posts[j])
				if err != nil {
					return err
				}
				sees[i][j], sees[j][i] = clear, clear
			}
			return nil
		})
	}
	return sees, group.Wait()
}

// sees tells whether the line between the eyes of two posts is clear.
func (o post) sees(p Plan, other post) (bool, error) {
	away := math.Hypot(o.at.X-other.at.X, o.at.Y-other.at.Y)
	if away > p.Conditions[0].Visibility {
		return false, nil
	}
	window := image.Rect(min(o.col, other.col)-1, min(o.row, other.row)-1,
		max(o.col, other.col)+2, max(o.row, other.row)+2)
	profile, err := viewshed.Trace(surface(p, window), viewshed.Line{
		From: o.at, To: other.at, Eye: o.eyes, Target: other.eyes, Curvature: p.Area.Settings.Curvature,
	})
	return err == nil && profile.Clear, err
}
