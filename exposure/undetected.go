package exposure

import (
	"math"

	"vedette/frontier"
)

// Undetected is the chance that nobody notices an intruder who is exposed to
// watchers as given (each the integral of a hazard over time) and who each
// watch for a share of the time: the product of 1 - A + A exp(-exposure). A
// watcher who sleeps does so for the whole crossing, so that availability must
// not be folded into the hazard. It panics where the two lengths differ.
func Undetected(exposures, availabilities []float64) float64 {
	if len(exposures) != len(availabilities) {
		panic("exposure: Undetected: as many availabilities as exposures are needed")
	}
	chance := 1.
	for i, a := range availabilities {
		chance *= 1 + a*math.Expm1(-exposures[i])
	}
	return chance
}

// Availability is the share of time in which a site really watches, from 0 to
// 1: what the area file says, else that of machines where all its sensors are
// such, else that of people at a post. A site that is down never watches.
func Availability(site frontier.Site, set frontier.Settings) float64 {
	switch {
	case site.State == "down":
		return 0
	case site.Availability != nil:
		return share(*site.Availability)
	case machines(site.Sensors):
		return machineAvailability
	}
	return share(set.PostAvailability)
}

func machines(sensors []frontier.Sensor) bool {
	for _, s := range sensors {
		if s.Type != "camera" && s.Type != "thermal" && s.Type != "radar" {
			return false
		}
	}
	return len(sensors) > 0
}

// share brings v into 0 to 1; what is not a number is 0.
func share(v float64) float64 {
	if !(v > 0) {
		return 0
	}
	return min(1, v)
}

// surest is the greatest chance that a hazard is made of: the area file's limit.
const surest = .999999

// rateless is the exposure whose chance of detection is p: -ln(1-p).
func rateless(p float64) float64 { return -math.Log1p(-min(surest, share(p))) }

// LineHazard is what one crossing of a barrier adds to the exposure by the
// sensor along it, -ln(1-p_detect) whatever the time it takes, and the share of
// time in which that sensor works. Both are 0 where there is none and where the
// barrier is breached; openings are the caller's.
func LineHazard(b frontier.Barrier) (exposure, availability float64) {
	if !(b.PDetect > 0) || b.State == "breached" {
		return 0, 0
	}
	if b.Availability != nil {
		return rateless(b.PDetect), share(*b.Availability)
	}
	return rateless(b.PDetect), machineAvailability
}

// ReportHazard is the rate in 1/s at which inhabitants report an intruder who
// is on the own side.
func ReportHazard(set frontier.Settings) float64 { return share(set.ReportRatePerH / 3600) }
