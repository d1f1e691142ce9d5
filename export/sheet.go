package export

import (
	"image"
	"math"

	"vedette/grid"
)

// sheet is the ground of one map: a stretch of the frontier with its strip.
type sheet struct {
	number       int             // from 1
	fromKM, toKM int             // kilometres of the frontier, the last one excluded
	window       image.Rectangle // of the working grid
	step         int             // cells along the side of a pixel
}

const (
	sheetKM    = 90   // longest stretch of the frontier on one map
	mostSheets = 24   // beyond which stretches grow longer
	longSide   = 1600 // pixels of a map that is alone on its page
)

// sheets cuts the strip into maps of about equal stretches of the frontier.
func sheets(km *grid.Tiled[int16], kilometres int) []sheet {
	boxes := boxesByKM(km, kilometres)
	n := min(mostSheets, max(1, (kilometres+sheetKM-1)/sheetKM))
	// A page with more maps has smaller ones, so that it stays small as a whole.
	side := int(longSide * min(1, math.Sqrt(2/float64(n))))
	var out []sheet
	for i := range n {
		s := sheet{number: len(out) + 1, fromKM: kilometres * i / n, toKM: kilometres * (i + 1) / n}
		for _, b := range boxes[s.fromKM:s.toKM] {
			s.window = s.window.Union(b)
		}
		if s.window.Empty() {
			continue
		}
		margin := max(s.window.Dx(), s.window.Dy())/50 + 1
		s.window = s.window.Inset(-margin).Intersect(km.Bounds())
		s.step = (max(s.window.Dx(), s.window.Dy()) + side - 1) / side
		out = append(out, s)
	}
	return out
}

// boxesByKM is the box around the cells of each kilometre.
func boxesByKM(km *grid.Tiled[int16], kilometres int) []image.Rectangle {
	boxes := make([]image.Rectangle, kilometres)
	for r, tile := range km.Tiles() {
		for y := range r.Dy() {
			for x, k := range tile[y*grid.TileSide:][:r.Dx()] {
				if k >= 0 && int(k) < kilometres {
					boxes[k] = include(boxes[k], r.Min.Add(image.Pt(x, y)))
				}
			}
		}
	}
	return boxes
}

// include grows a box to hold a cell. It is Union without its cost.
func include(b image.Rectangle, p image.Point) image.Rectangle {
	if b.Empty() {
		return image.Rectangle{Min: p, Max: p.Add(image.Pt(1, 1))}
	}
	b.Min.X, b.Min.Y = min(b.Min.X, p.X), min(b.Min.Y, p.Y)
	b.Max.X, b.Max.Y = max(b.Max.X, p.X+1), max(b.Max.Y, p.Y+1)
	return b
}
