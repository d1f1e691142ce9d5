package exposure

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"vedette/frontier"
)

var kinds = []string{"eye", "binocular", "camera", "thermal", "radar"}

func TestReachInTheStandardConditions(t *testing.T) {
	night := 900.
	set := frontier.Settings{VisibilityKM: 20, DustVisibilityKM: 2}
	day, dark, dust := 0, 1, 2
	for _, c := range []struct {
		name   string
		in     int
		sensor frontier.Sensor
		want   float64
	}{
		{"by day the declared range holds", day, frontier.Sensor{Type: "binocular", RangeM: 6000}, 6000},
		{"at night an eye keeps a tenth", dark, frontier.Sensor{Type: "eye", RangeM: 2000}, 200},
		{"a night range is taken as given", dark, frontier.Sensor{Type: "eye", RangeM: 2000, NightRangeM: &night}, 900},
		{"a thermal camera does not need light", dark, frontier.Sensor{Type: "thermal", RangeM: 7000}, 7000},
		// 2000/3.912*ln(15) = 1384.5
		{"dust blinds an eye", dust, frontier.Sensor{Type: "binocular", RangeM: 6000}, 1384.5},
		{"dust blinds a thermal camera as well", dust, frontier.Sensor{Type: "thermal", RangeM: 7000}, 1384.5},
		{"dust does not stop a radar", dust, frontier.Sensor{Type: "radar", RangeM: 12000}, 12000},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Standard(set)[c.in].Reach(c.sensor); math.Abs(got-c.want) > .1 { // a decimetre, as written
				t.Errorf("%.1f m, want %.1f m", got, c.want)
			}
		})
	}
}

func TestKoschmiedersContrastIsThePublishedOne(t *testing.T) {
	// Reference: V = 10 km, C0 = .3 falls to .02 at 6.922 km.
	got := Condition{Visibility: 10_000}.haze(frontier.Sensor{Type: "eye", RangeM: 1})
	if math.Abs(got-6922) > 1 {
		t.Errorf("%.0f m, want 6922 m", got)
	}
}

func TestMoreLightAndClearerAirNeverShortenReach(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := frontier.Sensor{
			Type:   rapid.SampledFrom(kinds).Draw(t, "type"),
			RangeM: rapid.Float64Range(100, 30_000).Draw(t, "range"),
		}
		sun := rapid.Float64Range(-40, 60).Draw(t, "sun")
		air := rapid.Float64Range(100, 40_000).Draw(t, "visibility")
		here := Condition{SunElevation: sun, Visibility: air}.Reach(s)
		if here > s.RangeM {
			t.Fatalf("%g m is beyond the range of %g m", here, s.RangeM)
		}
		lighter := Condition{SunElevation: sun + rapid.Float64Range(0, 30).Draw(t, "lighter"), Visibility: air}.Reach(s)
		clearer := Condition{SunElevation: sun, Visibility: air * rapid.Float64Range(1, 3).Draw(t, "clearer")}.Reach(s)
		if lighter < here || clearer < here {
			t.Fatalf("reach %g m, lighter %g m, clearer %g m", here, lighter, clearer)
		}
	})
}
