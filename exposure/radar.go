package exposure

import (
	"math"

	"vedette/frontier"
)

// radarSet is a ground surveillance radar, whose range is the one at which it
// detects a person's cross section with a chance of one half per look.
type radarSet struct {
	half float64 // metres, of a person
	size float64 // cross section of the target, in those of a person
	scan float64 // seconds
}

func newRadar(c Condition, s frontier.Sensor, t Target) radarSet {
	r := radarSet{half: c.Reach(s), size: t.RCSM2 / Person.RCSM2, scan: scanPeriod}
	if s.ScanS > 0 {
		r.scan = s.ScanS
	}
	return r
}

// halfSignal is the ratio of signal to noise at which a fluctuating target
// (Swerling 1) is detected with a chance of one half.
var halfSignal = math.Log(falseAlarm)/math.Log(.5) - 1

// signal is the ratio of signal to noise.
func (r radarSet) signal(metres float64) float64 {
	ratio := r.half / metres
	return halfSignal * r.size * ratio * ratio * ratio * ratio
}

// chance is that of one look: Pd = Pfa^(1/(1+SNR)).
func (r radarSet) chance(metres float64) float64 {
	return math.Pow(falseAlarm, 1/(1+r.signal(metres)))
}

// hazard is -ln(1-Pd) per turn, in detections per second; none where no signal
// comes back, since a false alarm detects nobody.
func (r radarSet) hazard(metres float64) float64 {
	signal := r.signal(metres)
	if !(signal > 0) {
		return 0
	}
	missed := -math.Expm1(math.Log(falseAlarm) / (1 + signal))
	return -math.Log(missed) / r.scan
}
