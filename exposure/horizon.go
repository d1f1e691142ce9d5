package exposure

import "math"

// Horizon is the distance in metres at which the ground goes out of sight of
// eyes height metres above a smooth Earth (WGS 84's equator), with the area's
// curvature coefficient: sqrt(2 a h/cc). A target shows above it at the sum of
// both horizons. On a flat earth (curvature 0) it is infinite.
func Horizon(height, curvature float64) float64 {
	const equator = 6_378_137.
	if !(height > 0) {
		return 0
	}
	if !(curvature > 0) {
		return math.Inf(1)
	}
	return math.Sqrt(2 * equator * height / curvature)
}
