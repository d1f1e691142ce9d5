package exposure

import (
	"math"

	"vedette/frontier"
)

// TTPF is the chance, in unlimited time, that an observer makes out a target
// of x = N/N50 times the cycles at which half of them do: x^E/(1+x^E) with
// E = 2.7 + 0.7 x, the target transfer probability function.
func TTPF(x float64) float64 {
	if !(x > 0) {
		return 0
	}
	return 1 / (1 + math.Pow(x, -(2.7+.7*x)))
}

// cycles is the number of line pairs that a sensor puts on a target of size
// metres: size/(2 R angle), with the angle it tells apart in radians.
func cycles(size, metres, angle float64) float64 { return size / (2 * metres * angle) }

// contrastAt is the contrast that metres of air leave of inherent, visibility
// being the distance in metres at which 2 % is left (Koschmieder).
func contrastAt(inherent, metres, visibility float64) float64 {
	return inherent * math.Exp(-3.912*metres/visibility)
}

// half is the number of cycles on target at which half the observers detect.
func half(clutter string) float64 {
	switch clutter {
	case "open":
		return openCycles
	case "high":
		return highCycles
	}
	return moderateCycles
}

// ifov is the angle that a sensor tells apart by day, in radians.
func ifov(s frontier.Sensor) float64 {
	mrad := eyeIFOV
	switch s.Type {
	case "binocular":
		mrad = eyeIFOV / (binocularPower * binocularEfficiency)
	case "camera":
		mrad = cameraIFOV
	case "thermal":
		mrad = thermalIFOV
	}
	if s.IFOVMrad != nil {
		mrad = *s.IFOVMrad
	}
	return mrad / 1000
}

// field is the width of what a sensor looks at at once, in degrees: by type for
// people, by the pixels for a camera, so that a finer one sees less at once.
func field(s frontier.Sensor) float64 {
	switch s.Type {
	case "camera":
		return deg(cameraPixels * ifov(s))
	case "thermal":
		return deg(thermalPixels * ifov(s))
	case "binocular":
		return binocularField
	}
	return eyeField
}

// sector is the width of what a sensor watches, in degrees.
func sector(s frontier.Sensor) float64 {
	if s.ArcFromDeg == nil || s.ArcToDeg == nil {
		return 360
	}
	width := math.Mod(math.Mod(*s.ArcToDeg-*s.ArcFromDeg, 360)+360, 360)
	if width == 0 {
		return 360
	}
	return width
}
