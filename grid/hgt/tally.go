package hgt

import (
	"image"
	"math"
	"sync"
)

// scanSide is the side of the windows in which a tile is counted: 1 MB each.
const scanSide = 512

// tally is what counting a whole tile has found; it is done once.
type tally struct {
	mu       sync.Mutex
	done     bool
	voids    int
	min, max float32
}

// Voids counts the posts without a height. The first call of Voids or Range
// reads the whole tile.
func (t *File) Voids() (int, error) {
	if err := t.count(); err != nil {
		return 0, err
	}
	return t.tally.voids, nil
}

// Range gives the lowest and the highest height, in metres: NaN for a tile
// that is all void.
func (t *File) Range() (lowest, highest float32, err error) {
	if err := t.count(); err != nil {
		return 0, 0, err
	}
	return t.tally.min, t.tally.max, nil
}

func (t *File) count() error {
	t.tally.mu.Lock()
	defer t.tally.mu.Unlock()
	if t.tally.done {
		return nil
	}
	n := tally{min: float32(math.Inf(1)), max: float32(math.Inf(-1))}
	window := make([]float32, scanSide*scanSide)
	for row := 0; row < t.frame.Rows; row += scanSide {
		for col := 0; col < t.frame.Cols; col += scanSide {
			r := image.Rect(col, row, col+scanSide, row+scanSide).Intersect(t.frame.Bounds())
			if err := t.Read(window, r); err != nil {
				return err
			}
			n.add(window[:r.Dx()*r.Dy()])
		}
	}
	if n.min > n.max {
		n.min, n.max = nan32, nan32
	}
	t.tally.done, t.tally.voids, t.tally.min, t.tally.max = true, n.voids, n.min, n.max
	return nil
}

func (n *tally) add(heights []float32) {
	for _, h := range heights {
		if h != h {
			n.voids++
			continue
		}
		n.min, n.max = min(n.min, h), max(n.max, h)
	}
}

var nan32 = float32(math.NaN())
