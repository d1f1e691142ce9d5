package exposure

import (
	"math"
	"testing"

	"vedette/frontier"
)

func TestBackAndForthPassesTheEndsLeast(t *testing.T) {
	const length, speed, window = 12_000., 10., 600.
	for _, c := range []struct {
		mode     string
		at, want float64
	}{
		{"back_and_forth", 0, .25}, {"back_and_forth", length, .25}, {"back_and_forth", length / 2, .5},
		{"random", 0, .5}, {"random", length / 2, .5}, {"loop", length, .5}, {"once", 0, .5},
	} {
		near(t, c.mode, PassChance(c.mode, length, speed, c.at, window), c.want, 1e-12)
	}
	sum := 0.
	for i := range 1200 {
		sum += PassChance("back_and_forth", length, speed, (float64(i)+.5)*10, window)
	}
	near(t, "mean", sum/1200, .4375, 1e-6) // exact but for the middles of the two bends
}

// The formula against a patrol that is driven.
func TestPassChanceIsThatOfADrivenPatrol(t *testing.T) {
	const length, speed = 12_000., 10.
	for _, at := range []float64{0, 1000, 4000, 6000, 11_500} {
		for _, window := range []float64{60, 600, 1800, 5000} {
			passes, tries := 0, 24_000
			for i := range tries {
				start := 2 * length / speed * (float64(i) + .5) / float64(tries)
				if drivenPast(start, at/speed, 2*length/speed, window) || drivenPast(start, (2*length-at)/speed, 2*length/speed, window) {
					passes++
				}
			}
			near(t, "driven", float64(passes)/float64(tries), PassChance("back_and_forth", length, speed, at, window), 2e-4)
		}
	}
}

// drivenPast tells whether a moment that comes back every round lies within
// window of start.
func drivenPast(start, moment, round, window float64) bool {
	return math.Mod(moment-start+round, round) < window
}

func TestPatrolHazard(t *testing.T) {
	p := PatrolParams{Mode: "back_and_forth", LengthM: 12_000, SpeedMS: 10, AtM: 6000, WindowS: 600, Duty: 1}
	near(t, "all day", PatrolHazard(p), math.Ln2/600, 1e-12)
	p.Duty = .5
	near(t, "half the day", PatrolHazard(p), -math.Log(.75)/600, 1e-12)
	p.Mode = "once"
	near(t, "once a day", PatrolHazard(p), -math.Log(1-600./86_400)/600, 1e-12)
	p.Duty = 1. / 144 // the ten minutes in which it drives half of its way
	near(t, "half a round", PatrolHazard(p), -math.Log(1-.5/144)/600, 1e-12)
	p.WindowS = 1e9
	p.Duty, p.Mode = 1, "random"
	if h := PatrolHazard(p); !(h > 0 && h < 1e-6) {
		t.Errorf("a pass that is sure within 30 years gives %g 1/s", h)
	}
	near(t, "no patrol", PatrolHazard(PatrolParams{}), 0, 0)
}

func TestDutyIsAShareOfTheDay(t *testing.T) {
	for _, c := range []struct {
		start, end string
		want       float64
	}{{"06:00", "18:00", .5}, {"22:00", "04:00", .25}, {"", "", 1}, {"06:00", "", 1}, {"06:00", "06:00", 1}, {"23:30", "00:00", 1. / 48}} {
		near(t, c.start+"-"+c.end, Duty(frontier.Patrol{Start: c.start, End: c.end}), c.want, 1e-12)
	}
}
