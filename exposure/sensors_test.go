package exposure

import (
	"fmt"
	"math"
	"testing"

	"vedette/frontier"
)

// near fails unless got is want to within the last digit that want is written
// with.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %.8g, want %.8g within %g", what, got, want, tolerance)
	}
}

func TestTTPFHasItsPublishedValues(t *testing.T) {
	for _, c := range []struct{ x, want float64 }{{.5, .10773}, {1, .5}, {1.5, .82061}, {2, .94490}, {0, 0}, {math.Inf(1), 1}} {
		near(t, fmt.Sprint("TTPF of ", c.x), TTPF(c.x), c.want, 5e-6)
	}
	for _, c := range []struct{ p, want float64 }{{.8, 1.4521}, {.95, 2.0405}} {
		x := root(func(x float64) float64 { return c.p - TTPF(x) }, 10)
		near(t, fmt.Sprint("inverse of ", c.p), x, c.want, 5e-5)
	}
}

func TestShimmerHasItsPublishedValues(t *testing.T) {
	near(t, "r0 in metres, 1 km of moderate air", coherence(1e-14, .55e-6, 1000), .02264, 5e-6)
	near(t, "no air, no shimmer", blur(1e-14, .55e-6, 0), 0, 0)
	near(t, "still air, no shimmer", blur(0, .55e-6, 1000), 0, 0)
	for _, c := range []struct{ sun, want float64 }{
		{75, 5e-13}, {60, 5e-13}, {45, 1e-13}, {15, 1e-14}, {0, 5e-15}, {-6, 1e-16}, {-40, 1e-16}, {math.NaN(), 1e-16},
		{30, math.Sqrt(1e-13 * 1e-14)}, // half way, of the logarithm
	} {
		near(t, fmt.Sprint("Cn2 by the sun at ", c.sun), shimmerAt(c.sun)/c.want, 1, 1e-12)
	}
}

func TestKoschmiederLeavesTheContrastOfTheReference(t *testing.T) {
	near(t, "2 km of 10 km of air", contrastAt(.3, 2000, 10_000), .13719, 5e-6)
	left := root(func(r float64) float64 { return contrastAt(.3, r, 10_000) - .02 }, 1e5)
	near(t, "metres to the least contrast", left, 6922, .5)
}

// A tower guard with 7x50 glasses: metres at which he makes out half of them.
func TestTowerGuardSeesAsFarAsTheReferenceSays(t *testing.T) {
	for _, c := range []struct {
		name   string
		target Target
		cycles float64
		cn2    float64
		want   float64
	}{
		{"recognise a person, calm air", Person, 4, 0, 1998},
		{"recognise a person, desert noon", Person, 4, noonShimmer, 603},
		{"recognise a pickup, calm air", Pickup, 4, 0, 6504},
		{"recognise a pickup, desert noon", Pickup, 4, noonShimmer, 1283},
		{"detect a person in moderate clutter, calm air", Person, 2, 0, 3995},
		{"detect a person in moderate clutter, desert noon", Person, 2, noonShimmer, 941},
	} {
		o := newOptical(Condition{SunElevation: 45, Cn2: c.cn2}, frontier.Sensor{Type: "binocular", RangeM: 1e5}, c.target, "")
		o.half = c.cycles
		near(t, c.name, root(func(r float64) float64 { return o.resolution(r) - 1 }, 1e5), c.want, .5)
	}
	twenty := .290888 / (20 * .7)
	noon := Condition{SunElevation: 45, Cn2: noonShimmer}
	scope := newOptical(noon, frontier.Sensor{Type: "binocular", RangeM: 1e5, IFOVMrad: &twenty}, Person, "")
	seven := newOptical(noon, frontier.Sensor{Type: "binocular", RangeM: 1e5}, Person, "")
	gain := root(func(r float64) float64 { return scope.resolution(r) - 1 }, 1e5) / root(func(r float64) float64 { return seven.resolution(r) - 1 }, 1e5)
	if gain > 1.15 {
		t.Errorf("at desert noon a 20x scope reaches %.2f times as far as 7x; it adds almost nothing", gain)
	}
}

func TestClutterIsCyclesOnTarget(t *testing.T) {
	for clutter, want := range map[string]float64{"open": 1, "moderate": 2, "": 2, "high": 4} {
		near(t, clutter, half(clutter), want, 0)
	}
	near(t, "mrad of an eye", ifov(frontier.Sensor{Type: "eye"})*1000, .290888, 5e-7)
	near(t, "an eye is one arc minute", eyeIFOV/1000, rad(1./60), 5e-10)
	near(t, "mrad of 7x glasses by hand", ifov(frontier.Sensor{Type: "binocular"})*1000, .290888/(7*.7), 5e-7)
	near(t, "cycles on a person at 1 km", cycles(Person.size(), 1000, 1e-3), math.Sqrt(.5*1.8)/2, 1e-12)
}

// One look of five seconds in calm, clear air, worked by hand: a target of 6 m,
// 1 km away, told apart to a milliradian, has 3 cycles, 1.5 times N50.
func TestSearchSpreadsOneLookOverItsTurn(t *testing.T) {
	o := optical{size: 2 * 2 * 1.5, half: 2, angle: 1e-3, contrast: 1, visibility: math.Inf(1), fields: 10, dwell: 5}
	ever := .82061 * .98 // TTPF(1.5), the contrast being fifty times the least
	look := ever * (1 - math.Exp(-5*ever/3.4))
	near(t, "x below 2", o.hazard(1000), -math.Log(1-look)/50, 1e-7)
	o.size = 2 * 2 * 4
	ever = TTPF(4) * .98
	look = ever * (1 - math.Exp(-5*4/6.8))
	near(t, "x above 2", o.hazard(1000), -math.Log(1-look)/50, 1e-12)
}

func TestSectorAndFieldCountTheLooks(t *testing.T) {
	from, to := 350., 20.
	near(t, "over north", sector(frontier.Sensor{ArcFromDeg: &from, ArcToDeg: &to}), 30, 0)
	near(t, "none is the whole circle", sector(frontier.Sensor{}), 360, 0)
	near(t, "as is an arc that ends where it begins", sector(frontier.Sensor{ArcFromDeg: &from, ArcToDeg: &from}), 360, 0)
	near(t, "degrees of a camera", field(frontier.Sensor{Type: "camera"}), 5.5004, 5e-5)
	near(t, "degrees of a thermal camera", field(frontier.Sensor{Type: "thermal"}), 3.6669, 5e-5)
	narrow := optics("binocular", 6000)
	narrow.ArcFromDeg, narrow.ArcToDeg = &from, &to
	day := Condition{SunElevation: 45, Visibility: 20_000}
	whole := NewLooker(day, optics("binocular", 6000), Person, "").Hazard(1000)
	near(t, "a twelfth of the circle is twelve times as quick", NewLooker(day, narrow, Person, "").Hazard(1000)/whole, 12, 1e-9)
}

func TestAnArcNarrowerThanAFieldIsOneLook(t *testing.T) {
	from, to := 10., 12.
	narrow := optics("binocular", 6000)
	narrow.ArcFromDeg, narrow.ArcToDeg = &from, &to
	near(t, "fields", newOptical(Condition{}, narrow, Person, "").fields, 1, 0)
}

// Blur goes by the fifth root of the wavelength: 10 um suffers .56 of what light does.
func TestShimmerBlursAThermalCameraLess(t *testing.T) {
	noon := Condition{SunElevation: 70, Visibility: 20_000, Cn2: noonShimmer}
	fine := .0001
	camera, thermal := optics("camera", 5000), optics("thermal", 5000)
	camera.IFOVMrad, thermal.IFOVMrad = &fine, &fine
	ratio := newOptical(noon, thermal, Person, "").resolution(2000) / newOptical(noon, camera, Person, "").resolution(2000)
	near(t, "ratio", ratio, math.Pow(10/.55, .2), 1e-3)
}

// Without haze and shimmer a target at the range by night looks as one at the
// range by day.
func TestTheDarkScalesTheDistance(t *testing.T) {
	still := Condition{SunElevation: 45, Visibility: math.Inf(1)}
	dark := Condition{SunElevation: -30, Visibility: math.Inf(1)}
	for kind, share := range nightShare {
		day, night := NewLooker(still, optics(kind, 4000), Person, ""), NewLooker(dark, optics(kind, 4000), Person, "")
		for _, metres := range []float64{500, 2000, 4000} {
			near(t, kind, night.Hazard(metres*share), day.Hazard(metres), 1e-12)
		}
		if night.Hazard(4001*share) != 0 {
			t.Errorf("%s sees beyond its range by night", kind)
		}
	}
	near(t, "a thermal camera needs no light",
		NewLooker(dark, optics("thermal", 4000), Person, "").Hazard(3000), NewLooker(still, optics("thermal", 4000), Person, "").Hazard(3000), 0)
}

func TestInDustThermalSeesNoFurtherThanTheEye(t *testing.T) {
	dust := Condition{SunElevation: 45, Visibility: 2000, Cn2: dustShimmer}
	thermal, eye := NewLooker(dust, optics("thermal", 7000), Person, ""), NewLooker(dust, optics("eye", 7000), Person, "")
	near(t, "reach", thermal.Reach(), eye.Reach(), 0)
	if thermal.Hazard(1384) <= 0 || thermal.Hazard(1385) != 0 {
		t.Errorf("%g 1/s at 1384 m, %g at 1385 m: want the last of it at 1384.5 m", thermal.Hazard(1384), thermal.Hazard(1385))
	}
	clear := Condition{SunElevation: 45, Visibility: 20_000, Cn2: dustShimmer}
	if NewLooker(clear, optics("thermal", 7000), Person, "").Hazard(1384) < 2*thermal.Hazard(1384) {
		t.Error("dust does not dim a thermal camera")
	}
}

func TestRadarHasItsPublishedValues(t *testing.T) {
	near(t, "SNR at one half", halfSignal, 18.93, .005)
	person, ten := radarSet{half: 8000, size: 1, scan: 3}, radarSet{half: 8000, size: 10, scan: 3}
	near(t, "at its range", person.chance(8000), .5, 1e-12)
	near(t, "at half its range", person.chance(4000), .95556, 5e-6)
	near(t, "10 m2 at its range", ten.chance(8000), .92998, 5e-6)
	dust := Condition{SunElevation: -30, Visibility: 100}
	l := NewLooker(dust, frontier.Sensor{Type: "radar", RangeM: 8000}, Person, "")
	slow := NewLooker(dust, frontier.Sensor{Type: "radar", RangeM: 8000, ScanS: 6}, Person, "")
	near(t, "hazard at half its range, in dust, by night: more than one a second", l.Hazard(4000), 1, 0)
	near(t, "the same, turning once in 6 s", slow.Hazard(4000), -math.Log(1-.95556)/6, 5e-5)
	near(t, "hazard beyond its range", l.Hazard(8001), 0, 0)
	near(t, "slowest speed", l.MinRadial(), .5, 0)
	near(t, "hazard of nothing", NewLooker(Condition{}, frontier.Sensor{Type: "radar", RangeM: 8000}, Target{}, "").Hazard(4000), 0, 0)
	if !l.Radar() || NewLooker(Condition{}, optics("eye", 1), Person, "").Radar() {
		t.Error("a radar is one, an eye is none")
	}
}

func TestSimpleModels(t *testing.T) {
	day := Condition{SunElevation: 45, Visibility: 20_000}
	for _, c := range []struct {
		name   string
		sensor frontier.Sensor
		metres float64
		want   float64
	}{
		{"a disk within its range", frontier.Sensor{Type: "camera", Model: "disk", RangeM: 1000}, 1000, .01},
		{"a disk beyond it", frontier.Sensor{Type: "camera", Model: "disk", RangeM: 1000}, 1000.1, 0},
		{"a disk of its own rate", frontier.Sensor{Type: "camera", Model: "disk", RangeM: 1000, RatePerS: .2}, 0, .2},
		{"a disk too near", frontier.Sensor{Type: "camera", Model: "disk", RangeM: 1000, MinRangeM: 100}, 99.9, 0},
		{"a cube", frontier.Sensor{Type: "eye", Model: "cube", RangeM: 2000}, 1000, 5e-4},
		{"a cube of its own rate", frontier.Sensor{Type: "eye", Model: "cube", RangeM: 2000, CubeM3PerS: 1e6}, 1000, 1e-3},
		{"a cube is capped", frontier.Sensor{Type: "eye", Model: "cube", RangeM: 2000}, 0, 1},
		{"a radar has no optics", frontier.Sensor{Type: "radar", Model: "eo", RangeM: 1000}, 1000, math.Ln2 / 3},
		{"nothing is nowhere", frontier.Sensor{Type: "eye", RangeM: 1000}, math.NaN(), 0},
	} {
		near(t, c.name, NewLooker(day, c.sensor, Person, "").Hazard(c.metres), c.want, 1e-12)
	}
}

func optics(kind string, metres float64) frontier.Sensor {
	return frontier.Sensor{Type: kind, RangeM: metres}
}

// root is where f falls through zero between 0 and most.
func root(f func(float64) float64, most float64) float64 {
	lo, hi := 0., most
	for range 200 {
		if mid := (lo + hi) / 2; f(mid) > 0 {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}
