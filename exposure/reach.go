package exposure

import (
	"math"
	"time"

	"vedette/frontier"
	"vedette/geo"
)

// The sun's elevation in the standard conditions, in degrees.
const (
	dayElevation   = 45.
	nightElevation = -30.
)

// nightShare is the part of its reach by day that a sensor keeps in full
// darkness, where the area file does not say: priors, not measured. What is
// not named here does not need light.
var nightShare = map[string]float64{"eye": eyeNight, "binocular": binocularNight, "camera": cameraNight}

// Standard gives the three conditions in which a line is judged by default:
// day, night and the area's dust.
func Standard(set frontier.Settings) []Condition {
	clear, dust := set.VisibilityKM*1000, set.DustVisibilityKM*1000
	return []Condition{
		{Name: "day", SunElevation: dayElevation, Visibility: clear, Cn2: dayShimmer},
		{Name: "night", SunElevation: nightElevation, Visibility: clear, Cn2: nightShimmer},
		{Name: "dust", SunElevation: dayElevation, Visibility: min(dust, clear), Cn2: dustShimmer},
	}
}

// At is the condition of one moment in clear air. Its shimmer is that of the
// sun's elevation: 5e-13 m^-2/3 from 60 degrees up, where the desert boils,
// 1e-13 at 45, less towards sunrise, and 1e-16 in the dark. Its moonlight is
// that of the moon of the moment.
func At(set frontier.Settings, p geo.Point, t time.Time) Condition {
	elevation, _ := Sun(p, t)
	moon, _, illuminated := Moon(p, t)
	return Condition{
		Name: t.UTC().Format(time.RFC3339), SunElevation: elevation,
		Visibility: set.VisibilityKM * 1000, Cn2: shimmerAt(elevation),
		Moonlight: moonlight(moon, illuminated),
	}
}

// Reach is how far, in metres, sensor s makes out a walking person in this
// light and air: its range for a clear day, cut by what the dark and the haze
// leave. It never exceeds that range, unless the area file gives a larger one
// for the night, and does not fall with more light or clearer air.
func (c Condition) Reach(s frontier.Sensor) float64 {
	reach := c.inLight(s)
	if s.Type == "radar" {
		return reach
	}
	return min(reach, c.haze(s))
}

// inLight goes from the range by day at civil twilight (the sun 6 degrees down)
// to that by night at the end of nautical twilight (12 degrees down). A full
// moon overhead gives back three tenths of what the dark takes: a prior.
func (c Condition) inLight(s frontier.Sensor) float64 {
	night := s.RangeM
	if kept, ok := nightShare[s.Type]; ok {
		night = s.RangeM * kept
	}
	if s.NightRangeM != nil {
		night = *s.NightRangeM
	}
	dark := min(1, max(0, (-6-c.SunElevation)/6))
	if night < s.RangeM {
		dark *= 1 - moonKeeps*share(c.Moonlight)
	}
	return s.RangeM + dark*(night-s.RangeM)
}

// haze is the distance at which contrast falls to the least one (Koschmieder:
// C = C0 exp(-3.912 R/V), with visibility V at 2 %). A thermal camera sees
// through haze that is clear to the eye over its range, but in dust no further
// than the eye: dust dims all wavelengths alike (Kruse's law with q = 0, for
// visibilities below 500 m; taken here below the range itself).
func (c Condition) haze(s frontier.Sensor) float64 {
	limit := c.Visibility / 3.912 * math.Log(inherentContrast/leastContrast)
	if c.seesThrough(s) {
		return math.Inf(1)
	}
	return limit
}

func (c Condition) seesThrough(s frontier.Sensor) bool {
	return s.Type == "thermal" && c.Visibility >= s.RangeM
}
