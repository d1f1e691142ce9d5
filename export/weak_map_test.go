package export

import (
	"math"
	"slices"
	"testing"
)

func TestTintsHaveTheClassesOfTheirLegend(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range []struct {
		name  string
		scale tintScale
		value float32
		want  string
	}{
		{"nobody comes", arrivalScale, inf, "nobody comes"}, {"soon", arrivalScale, 299, "under 5 min"}, {"five minutes", arrivalScale, 300, "5 to 10 min"},
		{"an hour", arrivalScale, 3600, "after an hour or more"}, {"unseen", hazardScale, 0, "nobody sees him"}, {"hardly seen", hazardScale, 1e-5, "under 1 % in a minute"},
		{"seen", hazardScale, .002, "5 to 20 %"}, {"seen at once", hazardScale, 1, "50 % and more"},
	} {
		if got := c.scale.texts[c.scale.classOf(c.value)-classDead]; got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	for _, s := range []tintScale{arrivalScale, hazardScale} {
		if s.classOf(nan) != classOutside || len(s.palette) != len(s.texts)+2 {
			t.Errorf("a scale of %d colours has %d texts", len(s.palette), len(s.texts))
		}
	}
}

func TestWaysKeepTheirBends(t *testing.T) {
	at := [][2]float64{{0, 0}, {5, .1}, {10, 0}, {10, 8}, {10.2, 9}, {10, 20}}
	keep := make([]bool, len(at))
	keep[0], keep[5] = true, true
	simplify(at, keep, 0, 5)
	if want := []bool{true, false, true, false, false, true}; !slices.Equal(keep, want) {
		t.Errorf("kept %v, want %v", keep, want)
	}
}
