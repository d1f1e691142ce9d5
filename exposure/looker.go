package exposure

import "vedette/frontier"

// Looker is one sensor of a site, prepared for one target in one condition.
// It is safe for use by several goroutines.
type Looker struct {
	rate         func(metres float64) float64 // 1/s, where it reaches
	least, reach float64                      // metres
	radial       float64                      // m/s
	radar        bool
}

// NewLooker prepares sensor s for target t in condition c, told from ground of
// the given clutter: open, moderate (also where empty) or high.
func NewLooker(c Condition, s frontier.Sensor, t Target, clutter string) Looker {
	l := Looker{least: s.MinRangeM, reach: c.Reach(s)}
	if !(l.reach > 0) {
		l.reach = 0
	}
	switch model := modelOf(s); model {
	case "disk":
		rate := given(s.RatePerS, diskRate)
		l.rate = func(float64) float64 { return rate }
	case "cube":
		rate := given(s.CubeM3PerS, cubeRate)
		l.rate = func(metres float64) float64 { return rate / (metres * metres * metres) }
	case "radar":
		l.rate = newRadar(c, s, t).hazard
	default:
		l.rate = newOptical(c, s, t, clutter).hazard
	}
	if l.radar = s.Type == "radar" || s.Model == "radar"; l.radar {
		l.radial = leastSpeed
		if s.MinRadialMS != nil {
			l.radial = *s.MinRadialMS
		}
	}
	return l
}

// modelOf is the model that the area file names, else that of the type. A radar
// has no optics: eo means nothing for it.
func modelOf(s frontier.Sensor) string {
	if s.Type == "radar" && (s.Model == "" || s.Model == "eo") {
		return "radar"
	}
	return s.Model
}

// given is a setting, or its prior where it was left out.
func given(setting, prior float64) float64 {
	if setting > 0 {
		return setting
	}
	return prior
}

// Hazard is the rate of detection of a target that is in plain sight metres
// away, in detections per second, from 0 to 1. It is 0 below the sensor's least
// range and beyond Reach, and for a distance that is not a number. For a radar
// it holds while the target's radial speed is MinRadial or more; below that
// there is none.
func (l Looker) Hazard(metres float64) float64 {
	if !(metres >= 0 && metres >= l.least && metres <= l.reach) {
		return 0
	}
	rate := l.rate(metres)
	if !(rate > 0) {
		return 0
	}
	return min(1, rate)
}

// Radar tells whether radial speed counts, and the horizon is a radar's.
func (l Looker) Radar() bool { return l.radar }

// MinRadial is the slowest radial speed at which a radar detects, in m/s; 0 for
// other sensors.
func (l Looker) MinRadial() float64 { return l.radial }

// Reach is the distance in metres beyond which it detects nothing: that of the
// condition, which is for a walking person and is kept for larger targets.
func (l Looker) Reach() float64 { return l.reach }
