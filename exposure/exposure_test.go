package exposure

import (
	"fmt"
	"math"
	"testing"

	"vedette/frontier"
)

// walk integrates a hazard over the time of a straight walk past a tower metres
// aside, from half of length before it to half of length behind it, at 1.4 m/s,
// by Simpson's rule.
func walk(hazard func(float64) float64, aside, length, step float64) float64 {
	n := 2 * int(math.Ceil(length/step/2))
	h := length / float64(n)
	at := func(i int) float64 { return hazard(math.Hypot(aside, -length/2+float64(i)*h)) }
	sum := at(0) + at(n)
	for i := 1; i < n; i++ {
		sum += float64(2+2*(i%2)) * at(i)
	}
	return sum * h / 3 / 1.4
}

func detected(exposure float64) float64 { return -math.Expm1(-exposure) }

// The published exposure of a walker at 1.4 m/s who passes a tower at 500 m.
func TestWalkerPastATower(t *testing.T) {
	const endless = 4_000_000. // metres
	cube := cubed().Hazard
	square := func(r float64) float64 { return 1000 / (r * r) }
	for _, c := range []struct {
		name             string
		hazard           func(float64) float64
		length, beyond   float64 // metres; exposure of what lies beyond them
		exposure, chance float64
	}{
		{"1000/r2", square, 6000, 0, 4.016136, .981978},
		{"cube", cube, 6000, 0, 2.818268, .940291},
		{"cube without end", cube, endless, 5e5 / 1.4 / (endless * endless / 4), 2.857143, .942567},
		{"1000/r2 without end", square, endless, 2 * 1000 / 1.4 / (endless / 2), 4.487990, .988757},
	} {
		got := walk(c.hazard, 500, c.length, 10) + c.beyond
		near(t, c.name, got, c.exposure, 5e-7) // six digits are given
		near(t, c.name+", chance", detected(got), c.chance, 5e-7)
	}
	for _, step := range []float64{1, 5, 30, 100, 250} {
		near(t, "whatever the step", walk(cube, 500, 6000, step)/2.818268, 1, .01)
	}
}

// Koopman: a straight pass at x metres and w m/s is seen with 1 - exp(-2kh/(w x^2)).
func TestInverseCubeHasItsClosedForm(t *testing.T) {
	for _, aside := range []float64{100, 300, 500, 900} {
		near(t, "pass", detected(walk(cubed().Hazard, aside, 4_000_000, 10)), 1-math.Exp(-2*5e5/(1.4*aside*aside)), 1e-6)
	}
}

// The same chance of .05 per look makes two different watchers of one who looks
// every second and one who looks every ten: a chance means nothing without its
// time.
func TestAChancePerLookNeedsItsTime(t *testing.T) {
	for _, c := range []struct{ scan, want float64 }{{1, .954}, {10, .265}} {
		r := radarSet{half: 8000, size: 1, scan: c.scan}
		at := root(func(metres float64) float64 { return r.chance(metres) - .05 }, 1e5)
		near(t, fmt.Sprintf("a minute of looks every %g s", c.scan), detected(60*r.hazard(at)), c.want, 5e-4)
	}
}

func TestADiskIsItsChord(t *testing.T) {
	disk := NewLooker(Condition{SunElevation: 45, Visibility: 20_000}, frontier.Sensor{Type: "camera", Model: "disk", RangeM: 1000}, Person, "")
	// Its two ends lie within a step each.
	near(t, "exposure", walk(disk.Hazard, 600, 6000, 1), .01*2*800/1.4, .01*2/1.4)
}

// cubed is an inverse cube without end, at its default rate.
func cubed() Looker {
	return NewLooker(Condition{SunElevation: 45, Visibility: 1e9}, frontier.Sensor{Type: "eye", Model: "cube", RangeM: 1e8}, Person, "")
}

func TestAvailabilityIsNotFoldedIntoTheHazard(t *testing.T) {
	near(t, "one watcher", Undetected([]float64{3}, []float64{.9}), .14481, 5e-6)
	near(t, "folded, it would be", math.Exp(-.9*3), .06721, 5e-6)
	near(t, "two corridors, A", 1-Undetected([]float64{3}, []float64{.5}), .475, 5e-4)
	near(t, "two corridors, B", 1-Undetected([]float64{2.5}, []float64{1}), .918, 5e-4)
	if exact, folded := Undetected([]float64{3}, []float64{.9}), math.Exp(-.9*3); exact < 2*folded {
		t.Errorf("folding availability in makes the line %.2f times as good; it is more than twice", exact/folded)
	}
	near(t, "nobody", Undetected(nil, nil), 1, 0)
	near(t, "two", Undetected([]float64{3, 2.5}, []float64{.5, 1}), .525*.082085, 5e-5)
	near(t, "certain", Undetected([]float64{math.Inf(1)}, []float64{1}), 0, 0)
	defer func() {
		if recover() == nil {
			t.Error("lengths that differ go unnoticed")
		}
	}()
	Undetected([]float64{1}, nil)
}

func TestAvailabilityOfASite(t *testing.T) {
	own, set := .8, frontier.Settings{PostAvailability: .65}
	eye, camera := frontier.Sensor{Type: "eye"}, frontier.Sensor{Type: "camera"}
	for _, c := range []struct {
		name string
		site frontier.Site
		want float64
	}{
		{"people", frontier.Site{Sensors: []frontier.Sensor{eye, camera}}, .65},
		{"machines", frontier.Site{Sensors: []frontier.Sensor{camera, {Type: "thermal"}, {Type: "radar"}}}, .95},
		{"as the file says", frontier.Site{Sensors: []frontier.Sensor{camera}, Availability: &own}, .8},
		{"down", frontier.Site{State: "down", Availability: &own}, 0},
		{"no sensors", frontier.Site{}, .65},
	} {
		near(t, c.name, Availability(c.site, set), c.want, 0)
	}
}

func TestLineSensorsAndReports(t *testing.T) {
	half := .5
	for _, c := range []struct {
		name                   string
		barrier                frontier.Barrier
		exposure, availability float64
	}{
		{"a fence", frontier.Barrier{PDetect: .9}, math.Log(10), .95},
		{"of its own availability", frontier.Barrier{PDetect: .9, Availability: &half}, math.Log(10), .5},
		{"without a sensor", frontier.Barrier{}, 0, 0},
		{"breached", frontier.Barrier{PDetect: .9, State: "breached"}, 0, 0},
		{"too sure", frontier.Barrier{PDetect: 1}, 6 * math.Log(10), .95},
	} {
		exposure, availability := LineHazard(c.barrier)
		near(t, c.name, exposure, c.exposure, 1e-9)
		near(t, c.name+", availability", availability, c.availability, 0)
	}
	exposure, availability := LineHazard(frontier.Barrier{PDetect: .9})
	near(t, "Pd is Pd0 A", 1-Undetected([]float64{exposure}, []float64{availability}), .9*.95, 1e-12)
	near(t, "36 reports an hour", ReportHazard(frontier.Settings{ReportRatePerH: 36}), .01, 1e-15)
}
