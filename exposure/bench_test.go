package exposure

import "testing"

// BenchmarkHazard gives the cost of one hazard, by model.
func BenchmarkHazard(b *testing.B) {
	day := Condition{SunElevation: 45, Visibility: 20_000, Cn2: dayShimmer}
	for _, kind := range []string{"binocular", "thermal", "radar"} {
		b.Run(kind, func(b *testing.B) {
			l, sum := NewLooker(day, optics(kind, 6000), Person, ""), 0.
			for i := range b.N {
				sum += l.Hazard(float64(i % 6000))
			}
			_ = sum
		})
	}
}
