// Package relief makes ground to measure on: square rasters of 30 m cells in
// UTM zone 37, heights in metres, the same at every run. It is fractal relief
// by diamond and square steps: rough mountains or a gentle desert, no real
// place.
package relief

import (
	"vedette/geo"
	"vedette/grid"
)

// Kind is a sort of ground.
type Kind struct {
	Name      string
	Base      float64 // mean height, metres
	Amplitude float64 // of the coarsest step, metres
	Decay     float64 // of the amplitude at each halving
}

// Kinds are the grounds that everything is measured on. One step of 30 m in
// the mountains goes up or down by about 7 m, in the desert by 0.2 m.
var Kinds = []Kind{
	{"mountains", 1500, 1100, .585},
	{"desert", 300, 35, .56},
}

// Side is the number of columns and rows: 48 km across, so that a window of
// 15 km around the places of Observers lies inside.
const Side = 1601

// full is the side of the fractal, of which Side is the north-west part.
const full = 1<<11 + 1

// Make builds the ground.
func (k Kind) Make() *grid.Raster[float32] {
	h := k.fractal()
	r := grid.New[float32](grid.Frame{
		CRS: grid.UTM(geo.Zone{Number: 37}), X0: 500000, Y0: 3800000,
		DX: 30, DY: 30, Cols: Side, Rows: Side,
	})
	for row := range Side {
		for col := range Side {
			r.Set(col, row, float32(h[row*full+col]))
		}
	}
	return r
}

func (k Kind) fractal() []float64 {
	h := make([]float64, full*full)
	for _, corner := range []int{0, full - 1, full * (full - 1), full*full - 1} {
		h[corner] = k.Base
	}
	amplitude := k.Amplitude
	for step := full - 1; step > 1; step /= 2 {
		half := step / 2
		for row := half; row < full; row += step {
			for col := half; col < full; col += step {
				h[row*full+col] = diamond(h, col, row, half) + amplitude*noise(col, row)
			}
		}
		for row := 0; row < full; row += half {
			for col := (row + half) % step; col < full; col += step {
				h[row*full+col] = square(h, col, row, half) + amplitude*noise(col, row)
			}
		}
		amplitude *= k.Decay
	}
	return h
}

// diamond is the mean of the four corners around a place.
func diamond(h []float64, col, row, half int) float64 {
	north, south := h[(row-half)*full:], h[(row+half)*full:]
	return (north[col-half] + north[col+half] + south[col-half] + south[col+half]) / 4
}

// square is the mean of the neighbours in the four directions, as far as there
// are any.
func square(h []float64, col, row, half int) float64 {
	sum, n := 0.0, 0.0
	for _, d := range [4][2]int{{0, -half}, {-half, 0}, {half, 0}, {0, half}} {
		c, r := col+d[0], row+d[1]
		if c >= 0 && r >= 0 && c < full && r < full {
			sum += h[r*full+c]
			n++
		}
	}
	return sum / n
}

// noise is a random number in [-1, 1) that depends on the place only (the
// finaliser of SplitMix64, Steele et al. 2014).
func noise(col, row int) float64 {
	z := (uint64(col)<<20 ^ uint64(row)<<42) + 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	z ^= z >> 31
	return float64(int64(z)) / (1 << 63)
}

// Observers are n places in a row across the ground from west to east, each
// with 15 km of it around; every second one stands on the highest cell within
// 600 m, as towers do.
func Observers(r *grid.Raster[float32], n int) [][2]int {
	const margin = 520
	places := make([][2]int, n)
	for i := range places {
		along := (2*i + 1) * (Side - 2*margin) / (2 * n)
		places[i] = [2]int{margin + along, margin + (along*5+i*37)%(Side-2*margin)}
		if i%2 == 1 {
			places[i] = summit(r, places[i], 20)
		}
	}
	return places
}

func summit(r *grid.Raster[float32], at [2]int, reach int) [2]int {
	best := at
	for row := at[1] - reach; row <= at[1]+reach; row++ {
		for col := at[0] - reach; col <= at[0]+reach; col++ {
			if r.At(col, row) > r.At(best[0], best[1]) {
				best = [2]int{col, row}
			}
		}
	}
	return best
}
