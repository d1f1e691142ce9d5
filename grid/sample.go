package grid

import "math"

// Bilinear gives the height at a fractional place, in the columns and rows of
// Frame.Locate: cell centres lie at whole numbers. The half cell between the
// outer centres and the frame's edge takes the nearest centres' heights;
// beyond the frame the height is NaN.
//
// Voids: the height is the weighted mean of the cells that have one, if these
// hold at least half of the weight, and NaN otherwise. So a void neither grows
// nor shrinks when a raster is sampled anew.
func Bilinear(r *Raster[float32], col, row float64) float32 {
	x, ok := place(col, r.Cols)
	y, ok2 := place(row, r.Rows)
	if !ok || !ok2 {
		return float32(math.NaN())
	}
	var sum, weight float64
	for j, wy := range [2]float64{1 - y.t, y.t} {
		for i, wx := range [2]float64{1 - x.t, x.t} {
			w := wx * wy
			if w == 0 {
				continue
			}
			if v := float64(r.At(x.i+i, y.i+j)); v == v {
				sum += w * v
				weight += w
			}
		}
	}
	if weight < .5 {
		return float32(math.NaN())
	}
	return float32(sum / weight)
}

// Cubic gives the height at a fractional place by cubic convolution with
// a = -1/2 (Keys 1981; the Catmull-Rom spline): it goes through the cells'
// heights with a continuous slope, and keeps planes. At the frame's edge the
// missing cells are continued in a straight line. Where one of the sixteen
// cells that count is void, the answer is that of Bilinear.
func Cubic(r *Raster[float32], col, row float64) float32 {
	x, ok := place(col, r.Cols)
	y, ok2 := place(row, r.Rows)
	if !ok || !ok2 {
		return float32(math.NaN())
	}
	wx, wy := x.cubic(r.Cols), y.cubic(r.Rows)
	var sum float64
	for j, v := range wy {
		if v == 0 {
			continue
		}
		for i, u := range wx {
			if u != 0 {
				sum += u * v * float64(r.At(x.i+i-1, y.i+j-1))
			}
		}
	}
	if sum != sum {
		return Bilinear(r, col, row)
	}
	return float32(sum)
}

// between is a place between the cell centres i and i+1, t of the way.
type between struct {
	i int
	t float64
}

// place finds p among n cells; ok is false beyond their edges.
func place(p float64, n int) (b between, ok bool) {
	if !(p >= -.5 && p <= float64(n)-.5) {
		return b, false
	}
	p = min(max(p, 0), float64(n-1))
	i := max(min(int(p), n-2), 0)
	return between{i, p - float64(i)}, true
}

// cubic gives the weights of the cells i-1 to i+2. The weight of a cell that
// is not there goes to the two next to it, so that it counts as their straight
// continuation.
func (b between) cubic(n int) [4]float64 {
	t := b.t
	w := [4]float64{
		t * (-1 + t*(2-t)) / 2,
		(2 + t*t*(3*t-5)) / 2,
		t * (1 + t*(4-3*t)) / 2,
		t * t * (t - 1) / 2,
	}
	if n == 1 {
		return [4]float64{0, 1, 0, 0}
	}
	if b.i == 0 {
		w[0], w[1], w[2] = 0, w[1]+2*w[0], w[2]-w[0]
	}
	if b.i == n-2 {
		w[3], w[2], w[1] = 0, w[2]+2*w[3], w[1]-w[3]
	}
	return w
}
