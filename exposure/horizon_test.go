package exposure

import (
	"math"
	"testing"
)

func TestHorizonHasItsPublishedValues(t *testing.T) {
	// Refraction of 0.13 on the mean sphere of 6,371,008.8 m.
	const sphere = .87 * 6_378_137 / 6_371_008.8
	near(t, "10 m tower", Horizon(10, sphere), 12_102, .5)
	near(t, "1.7 m person", Horizon(1.7, sphere), 4990, .5)
	near(t, "together", Horizon(10, sphere)+Horizon(1.7, sphere), 17_091.9, .05)
	near(t, "10 m tower, our coefficient", Horizon(10, .85714), 12_199, .5)
	near(t, "1.7 m person, our coefficient", Horizon(1.7, .85714), 5030, .5)
	near(t, "together, our coefficient", Horizon(10, .85714)+Horizon(1.7, .85714), 17_229, .5)
	near(t, "no height", Horizon(0, .85714), 0, 0)
	if !math.IsInf(Horizon(1, 0), 1) {
		t.Error("a flat earth has a horizon")
	}
}
