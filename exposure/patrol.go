package exposure

import (
	"strconv"
	"strings"

	"vedette/frontier"
)

// day is 24 hours in seconds.
const day = 86_400.

// PassChance is the chance that a patrol on its way along a route of length
// metres at v m/s passes the place x metres along it within a window of tau
// seconds that begins whenever. Driven back_and_forth it turns at the ends, which
// it passes less often than the middle; a loop and a random route are alike
// everywhere. A route driven once is passed once in the time that it takes.
func PassChance(mode string, length, v, x, tau float64) float64 {
	if !(length > 0 && v > 0 && tau > 0) {
		return 0
	}
	if mode != "back_and_forth" {
		return share(tau * v / length)
	}
	x = min(length, max(0, x))
	return share((min(tau, 2*x/v) + min(tau, 2*(length-x)/v)) / (2 * length / v))
}

// PatrolParams describe a patrol as seen from one place.
type PatrolParams struct {
	Mode    string  // once, back_and_forth, random
	LengthM float64 // of the route
	SpeedMS float64
	AtM     float64 // the place of the route nearest to the intruder, from its start
	WindowS float64 // how long the intruder can be seen from the route
	Duty    float64 // share of the day in which the patrol is out: Duty gives it
}

// PatrolHazard is the rate in 1/s, up to 1, at which a patrol detects who is
// within reach of its route: -ln(1-P duty)/tau. It is 0 where the parameters
// make no patrol.
func PatrolHazard(p PatrolParams) float64 {
	chance := PassChance(p.Mode, p.LengthM, p.SpeedMS, p.AtM, p.WindowS) * p.underWay()
	if !(chance > 0) {
		return 0
	}
	return min(1, rateless(chance)/p.WindowS)
}

// underWay is the share of the day in which the patrol moves. One that drives
// its route once a duty does so once a day.
func (p PatrolParams) underWay() float64 {
	if p.Mode == "once" {
		return min(share(p.Duty), p.LengthM/p.SpeedMS/day)
	}
	return share(p.Duty)
}

// Duty is the share of the day between a patrol's start and its end, over
// midnight where the end comes first; all of it where one is missing or both
// are the same.
func Duty(p frontier.Patrol) float64 {
	start, ok1 := clock(p.Start)
	end, ok2 := clock(p.End)
	switch {
	case !ok1 || !ok2 || start == end:
		return 1
	case end < start:
		end += day
	}
	return (end - start) / day
}

// clock reads HH:MM, in seconds after midnight.
func clock(s string) (float64, bool) {
	hours, minutes, _ := strings.Cut(s, ":")
	h, err1 := strconv.Atoi(hours)
	m, err2 := strconv.Atoi(minutes)
	return float64(h*3600 + m*60), err1 == nil && err2 == nil
}
