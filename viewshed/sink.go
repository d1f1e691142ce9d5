package viewshed

import (
	"math"

	"vedette/grid"
)

// sink takes the need of cells, half a row at a time: as bits of what is seen
// at the target's height, or as heights.
type sink struct {
	seen    *Seen
	target  float64
	turned  []uint64 // the bits of a sideways wedge
	stride  int
	isWest  bool
	heights *grid.Raster[float32]
}

// turn is the sink of the sideways wedges.
func (s sink) turn(bits []uint64, stride int) sink {
	s.turned, s.stride, s.isWest = bits, stride, true
	return s
}

func (s sink) take(w *wedge, j, side int, need []float64) {
	if s.heights != nil {
		s.takeHeights(w, j, side, need)
		return
	}
	row := w.row + w.dir*j
	line := s.turned[min(len(s.turned), row*s.stride):]
	if !s.isWest {
		line = s.seen.bits[row*s.seen.stride:]
	}
	for k := 0; k < len(need); k += 64 {
		n := min(64, len(need)-k)
		if word := pack(need[k:k+n], s.target); side > 0 {
			orAhead(line, w.col+k, n, word)
		} else {
			orBack(line, w.col-k, n, word)
		}
	}
}

// pack gives one bit for each need that the target's height meets.
func pack(need []float64, target float64) uint64 {
	word := uint64(0)
	for i, d := range need {
		bit := uint64(0)
		if d <= target {
			bit = 1
		}
		word |= bit << (i & 63)
	}
	return word
}

func (s sink) takeHeights(w *wedge, j, side int, need []float64) {
	for k, d := range need {
		row, col := w.row+w.dir*j, w.col+side*k
		if s.isWest {
			row, col = col, row
		}
		s.heights.Set(col, row, roundUp(max(d, 0)))
	}
}

// roundUp is the least float32 that is not below v.
func roundUp(v float64) float32 {
	f := float32(v)
	if float64(f) < v {
		f = math.Nextafter32(f, float32(math.Inf(1)))
	}
	return f
}
