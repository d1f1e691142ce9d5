package exposure

import "math"

// Structure constants of the air's refractive index (Cn2) at the height of the
// eyes, in m^-2/3: priors, not measured.
const (
	noonShimmer  = 5e-13 // over a desert, the sun above 60 degrees
	dayShimmer   = 1e-13 // a clear day
	dustShimmer  = 1e-14 // dust takes sunlight off the ground
	lowShimmer   = 1e-14 // moderate: the sun at 15 degrees
	dawnShimmer  = 5e-15
	nightShimmer = 1e-16
)

// shimmerAt gives Cn2 in m^-2/3 by the sun's elevation in degrees: that of the
// desert noon from 60 degrees up, of a clear day at 45, moderate (1e-14) at 15,
// of the morning at sunrise and of the night from civil twilight down; between
// them its logarithm runs straight. The places of the steps are priors.
func shimmerAt(elevation float64) float64 {
	steps := []struct{ elevation, cn2 float64 }{
		{-6, nightShimmer}, {0, dawnShimmer}, {15, lowShimmer}, {dayElevation, dayShimmer}, {60, noonShimmer},
	}
	if !(elevation > steps[0].elevation) {
		return nightShimmer
	}
	for i, hi := range steps[1:] {
		if lo := steps[i]; elevation < hi.elevation {
			share := (elevation - lo.elevation) / (hi.elevation - lo.elevation)
			return lo.cn2 * math.Pow(hi.cn2/lo.cn2, share)
		}
	}
	return noonShimmer
}

// coherence is Fried's length r0 in metres, of a plane wave of length wave (m)
// along metres of air with the structure constant cn2 (m^-2/3):
// (0.423 k^2 Cn2 L)^(-3/5), k = 2 pi/wave. It is infinite in still air.
func coherence(cn2, wave, metres float64) float64 {
	k := 2 * math.Pi / wave
	return math.Pow(.423*k*k*cn2*metres, -.6)
}

// blur is the angle in radians below which shimmer lets nothing be told apart:
// wave/r0.
func blur(cn2, wave, metres float64) float64 {
	if !(cn2 > 0 && metres > 0) {
		return 0
	}
	return wave / coherence(cn2, wave, metres)
}
