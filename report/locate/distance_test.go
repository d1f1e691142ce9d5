package locate

import (
	"math"
	"testing"
)

func TestDistancesAreReadAsPeopleWriteThem(t *testing.T) {
	none := math.NaN()
	for _, c := range []struct {
		text, anchor, inside string
		lo, hi, bearing      float64
	}{
		{"20 km north of Hajin", "Hajin", "", 20, 20, 0},
		{"fighters were about 30 miles south-east of the city of Abu Kamal.", "the city of Abu Kamal", "", 48.28, 48.28, 135},
		{"just \"five or six kilometres away, inside Syria.\"", "", "Syria", 5, 6, none},
		{"a drone fell 3-4 km inside Moldova", "", "Moldova", 3, 4, none},
		{"between ten and fifteen kilometres from the border", "the border", "", 10, 15, none},
		{"lies 12.5 kilometers (7.8 mi) to the west of Safwan", "Safwan", "", 12.5, 12.5, 270},
		{"some twenty-five miles NNW of Tiraspol", "Tiraspol", "", 40.23, 40.23, 337.5},
		{"a few kilometres across the border", "", "", 2, 5, none},
		{"على بعد خمسة كيلومترات شمال هجين", "هجين", "", 5, 5, 0},
		{"على بعد كيلومترين من الحدود", "الحدود", "", 2, 2, none},
		{"على مسافة ١٥ كم جنوب شرق مدينة القائم", "مدينة القائم", "", 15, 15, 135},
		{"نحو خمسة وعشرين كيلومترا غربي الرطبة", "الرطبة", "", 25, 25, 270},
	} {
		found := Distances(c.text)
		if len(found) != 1 {
			t.Errorf("%s: %d expressions", c.text, len(found))
			continue
		}
		d := found[0]
		bearing := none
		if d.Bearing != nil {
			bearing = *d.Bearing
		}
		if got := c.text[d.Anchor.Start:d.Anchor.End]; got != c.anchor {
			t.Errorf("%s: anchor %q, want %q", c.text, got, c.anchor)
		}
		if got := c.text[d.Inside.Start:d.Inside.End]; got != c.inside {
			t.Errorf("%s: inside %q, want %q", c.text, got, c.inside)
		}
		// a hundredth of a kilometre: miles are written here to two decimals
		if math.Abs(d.StatedKM[0]-c.lo) > .01 || math.Abs(d.StatedKM[1]-c.hi) > .01 || bearing != c.bearing && !(math.IsNaN(bearing) && math.IsNaN(c.bearing)) {
			t.Errorf("%s: %v km, bearing %v", c.text, d.StatedKM, bearing)
		}
	}
}

func TestLengthsAreNoDistances(t *testing.T) {
	for _, text := range []string{
		"the 601 km frontier", "a berm 20 km long", "drove at 80 km/h", "an area of 83.9 square kilometres",
		"a 10-kilometre-wide strip", "5 m people live there", "in 2018 miles of wire were laid",
	} {
		if d := Distances(text); len(d) > 0 {
			t.Errorf("%s: %+v", text, d)
		}
	}
}
