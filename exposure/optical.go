package exposure

import (
	"math"

	"vedette/frontier"
)

// optical is an eye, a binocular or a camera that searches its sector.
type optical struct {
	size, half    float64 // of the target in metres; N50 in cycles
	angle         float64 // that it tells apart in this light, in radians
	cn2, wave     float64 // of the air, and of the light, in metres
	contrast      float64 // inherent
	visibility    float64 // metres
	fields, dwell float64 // of its sector; seconds on each
}

// newOptical prepares a sensor. The dark coarsens what it tells apart as it
// shortens its range: without haze and shimmer a target at the range by night
// looks as one at the range by day.
func newOptical(c Condition, s frontier.Sensor, t Target, clutter string) optical {
	o := optical{
		size: t.size(), half: half(clutter),
		angle: ifov(s) * s.RangeM / c.inLight(s),
		cn2:   c.Cn2, wave: lightWave,
		contrast: t.Contrast, visibility: c.Visibility,
		fields: max(1, sector(s)/field(s)), dwell: dwell,
	}
	if s.Type == "thermal" {
		o.wave = thermalWave
		if c.seesThrough(s) {
			o.visibility = math.Inf(1)
		}
	}
	return o
}

// resolution is x = N/N50, shimmer added to the sensor's own angle by the root
// of the squares.
func (o optical) resolution(metres float64) float64 {
	angle := math.Hypot(o.angle, blur(o.cn2, o.wave, metres))
	return cycles(o.size, metres, angle) / o.half
}

// ever is Pinf: the chance that an observer who looks at the target long enough
// makes it out. It falls to nothing where contrast falls to the least one.
func (o optical) ever(metres float64) float64 {
	contrast := contrastAt(o.contrast, metres, o.visibility)
	if !(contrast > leastContrast) {
		return 0
	}
	return TTPF(o.resolution(metres)) * (1 - leastContrast/contrast)
}

// hazard spreads the chance p1 of one look over the turn that comes back to it:
// -ln(1-p1)/(n d), with p1 = Pinf (1-exp(-d/tau)). Detections per second.
func (o optical) hazard(metres float64) float64 {
	ever := o.ever(metres)
	if ever == 0 {
		return 0
	}
	look := ever * -math.Expm1(-o.dwell/searchTime(ever, o.resolution(metres)))
	return -math.Log1p(-look) / (o.fields * o.dwell)
}

// searchTime is the mean time in seconds in which an eye finds a target in one
// field: 3.4/Pinf while x = N/N50 is below 2, and 6.8/x from there.
func searchTime(ever, x float64) float64 {
	if x < 2 {
		return slowSearch / ever
	}
	return quickSearch / x
}
