package exposure

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"vedette/frontier"
)

var models = []string{"", "eo", "disk", "cube", "radar"}

// scene is a sensor, a target and the light and air between them, all drawn.
type scene struct {
	air     Condition
	sensor  frontier.Sensor
	target  Target
	clutter string
}

func (s scene) hazard(metres float64) float64 {
	return NewLooker(s.air, s.sensor, s.target, s.clutter).Hazard(metres)
}

func drawScene(t *rapid.T) scene {
	s := scene{
		air: Condition{
			SunElevation: rapid.Float64Range(-40, 80).Draw(t, "sun"),
			Visibility:   rapid.Float64Range(100, 40_000).Draw(t, "visibility"),
			Cn2:          math.Pow(10, rapid.Float64Range(-17, -12).Draw(t, "log Cn2")),
			Moonlight:    rapid.Float64Range(0, 1).Draw(t, "moonlight"),
		},
		sensor: frontier.Sensor{
			Type:   rapid.SampledFrom(kinds).Draw(t, "type"),
			Model:  rapid.SampledFrom(models).Draw(t, "model"),
			RangeM: rapid.Float64Range(100, 30_000).Draw(t, "range"),
		},
		target: Target{
			WidthM:   rapid.Float64Range(.1, 10).Draw(t, "width"),
			HeightM:  rapid.Float64Range(.1, 10).Draw(t, "height"),
			Contrast: rapid.Float64Range(0, 1).Draw(t, "contrast"),
			RCSM2:    rapid.Float64Range(.01, 100).Draw(t, "cross section"),
		},
		clutter: rapid.SampledFrom([]string{"open", "moderate", "high"}).Draw(t, "clutter"),
	}
	if rapid.Bool().Draw(t, "has arc") {
		from, to := rapid.Float64Range(0, 360).Draw(t, "from"), rapid.Float64Range(0, 360).Draw(t, "to")
		s.sensor.ArcFromDeg, s.sensor.ArcToDeg = &from, &to
	}
	return s
}

// least is the part of a hazard that rounding may take.
const least = 1 - 1e-12

func TestHazardsNeverRiseWithDistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScene(t)
		near := rapid.Float64Range(0, 30_000).Draw(t, "near")
		far := near + rapid.Float64Range(0, 5000).Draw(t, "further")
		a, b := s.hazard(near), s.hazard(far)
		if !(a >= 0 && a <= 1) || a < b*least {
			t.Fatalf("%g 1/s at %g m, %g 1/s at %g m", a, near, b, far)
		}
	})
}

func TestHazardsNeverFallWithBetterSight(t *testing.T) {
	grow := map[string]func(s *scene, by float64){
		"wider":        func(s *scene, by float64) { s.target.WidthM *= by },
		"higher":       func(s *scene, by float64) { s.target.HeightM *= by },
		"darker":       func(s *scene, by float64) { s.target.Contrast *= by },
		"more echo":    func(s *scene, by float64) { s.target.RCSM2 *= by },
		"clearer air":  func(s *scene, by float64) { s.air.Visibility *= by },
		"calmer air":   func(s *scene, by float64) { s.air.Cn2 /= by * by * by },
		"more sun":     func(s *scene, by float64) { s.air.SunElevation += 10 * (by - 1) },
		"more moon":    func(s *scene, by float64) { s.air.Moonlight *= by },
		"open ground":  func(s *scene, _ float64) { s.clutter = "open" },
		"longer range": func(s *scene, by float64) { s.sensor.RangeM *= by },
	}
	for name, better := range grow {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				s := drawScene(t)
				// A thermal camera sees through haze only while that is clear over its range.
				if name == "longer range" && s.sensor.Type == "thermal" {
					s.air.Visibility = 1e6
				}
				metres := rapid.Float64Range(0, s.sensor.RangeM).Draw(t, "distance")
				before := s.hazard(metres)
				better(&s, rapid.Float64Range(1, 4).Draw(t, "by"))
				if after := s.hazard(metres); after < before*least {
					t.Fatalf("%g 1/s, then %g 1/s", before, after)
				}
			})
		})
	}
}

func TestNothingMakesAHazardThatIsNoNumber(t *testing.T) {
	odd := rapid.SampledFrom([]float64{0, math.NaN(), math.Inf(1), math.Inf(-1), -1, 1e-300, 1e300, 1, 1000})
	rapid.Check(t, func(t *rapid.T) {
		ifov, arc, night := odd.Draw(t, "ifov"), odd.Draw(t, "arc"), odd.Draw(t, "night")
		s := frontier.Sensor{
			Type: rapid.SampledFrom(kinds).Draw(t, "type"), Model: rapid.SampledFrom(models).Draw(t, "model"),
			RangeM: odd.Draw(t, "range"), MinRangeM: odd.Draw(t, "least range"), RatePerS: odd.Draw(t, "rate"), CubeM3PerS: odd.Draw(t, "cube"),
			ScanS: odd.Draw(t, "scan"), IFOVMrad: &ifov, ArcFromDeg: &arc, ArcToDeg: &night, NightRangeM: &night,
		}
		c := Condition{SunElevation: odd.Draw(t, "sun"), Visibility: odd.Draw(t, "visibility"), Cn2: odd.Draw(t, "Cn2"), Moonlight: odd.Draw(t, "moon")}
		who := Target{WidthM: odd.Draw(t, "width"), HeightM: odd.Draw(t, "height"), Contrast: odd.Draw(t, "contrast"), RCSM2: odd.Draw(t, "echo")}
		l := NewLooker(c, s, who, "")
		h := l.Hazard(odd.Draw(t, "distance"))
		patrol := PatrolHazard(PatrolParams{
			Mode:    rapid.SampledFrom([]string{"once", "back_and_forth", "random"}).Draw(t, "mode"),
			LengthM: odd.Draw(t, "length"), SpeedMS: odd.Draw(t, "speed"), AtM: odd.Draw(t, "at"), WindowS: odd.Draw(t, "window"), Duty: odd.Draw(t, "duty"),
		})
		line, _ := LineHazard(frontier.Barrier{PDetect: odd.Draw(t, "p")})
		report := ReportHazard(frontier.Settings{ReportRatePerH: odd.Draw(t, "reports")})
		for _, h := range []float64{h, patrol, line / 14, report} {
			if !(h >= 0 && h <= 1) {
				t.Fatalf("hazard %g, patrol %g, line %g, report %g", h, patrol, line, report)
			}
		}
		if !(l.Reach() >= 0) || math.IsNaN(l.MinRadial()) {
			t.Fatalf("reach %g m, radial %g m/s", l.Reach(), l.MinRadial())
		}
	})
}
