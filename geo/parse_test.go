package geo

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPositionsAreReadAsPeopleWriteThem(t *testing.T) {
	for _, c := range []struct {
		text     string
		lat, lon float64
	}{
		{"34.37,41.09", 34.37, 41.09},
		{" 34.37 41.09 ", 34.37, 41.09},
		{"-34.37, -41.09", -34.37, -41.09},
		{"34.37N 41.09E", 34.37, 41.09},
		{"41.09E, 34.37N", 34.37, 41.09},
		{"34.37s 41.09w", -34.37, -41.09},
		{`34°22'12"N 41°05'24"E`, 34.37, 41.09},
		{"34 22 12 N 41 05 24 E", 34.37, 41.09},
		{"34°22.2'N 41°5.4'E", 34.37, 41.09},
		{"37N 692181.705 3805161.381", 34.37, 41.09}, // cs2cs (PROJ 9.1.1)
		{"37S 692181.705 3805161.381", 34.37, 41.09},
		{"37S 692181.705, 6194838.619", -34.37, 41.09}, // the mirror place
		{"37SFU9218105161", 34.37, 41.09},
		{"37 S FU 92181 05161", 34.37, 41.09},
	} {
		t.Run(c.text, func(t *testing.T) {
			p, err := ParsePosition(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if Distance(p, Point{Lat: c.lat, Lon: c.lon}) > 1 { // MGRS names squares of a metre
				t.Errorf("read as %v", p)
			}
		})
	}
}

func TestPositionsThatCannotBeAreRefusedWithTheMend(t *testing.T) {
	for text, want := range map[string]string{
		"134.37,41.09":           "swapped",
		"34.37":                  "not understood",
		"":                       "not understood",
		"34.37N 41.09N":          "E or W",
		"34°70'N 41°E":           "minutes",
		"61N 692181 3805161":     "no zone 61",
		"37T 692181 3805161":     "band T",
		"1C 0 000000":            "band C",
		"37N 3805161 692181":     "easting first",
		"37SIU9218105161":        "not understood",
		"37SFU921810516":         "even number",
		"37SZZ9218105161":        "no square",
		strings.Repeat("9", 200): "too many",
	} {
		if _, err := ParsePosition(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, want %q in it", text, err, want)
		}
	}
}

func TestGridReferencesOfPublishedPlaces(t *testing.T) {
	for _, c := range []struct {
		name     string
		lat, lon float64
		want     string
	}{
		// NGA's examples: the Washington Monument, and GEOTRANS's default.
		{"Washington Monument", 38.889484, -77.035278, "18SUJ2348306479"},
		{"Honolulu", 21.309433, -157.916867, "04QFJ1234056780"},
		{"Null Island", 0, 0, "31NAA6602100000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := MGRS(Point{Lat: c.lat, Lon: c.lon}, 5)
			if err != nil {
				t.Fatal(err)
			}
			a, err1 := ParseMGRS(got)
			b, err2 := ParseMGRS(c.want)
			if err1 != nil || err2 != nil {
				t.Fatal(err1, err2)
			}
			if got[:5] != c.want[:5] || Distance(a, b) > 5 { // the places are published to a few metres
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestGridReferencesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Point{Lat: rapid.Float64Range(-79.9, 83.9).Draw(t, "lat"), Lon: rapid.Float64Range(-180, 179.999).Draw(t, "lon")}
		digits := rapid.IntRange(0, 5).Draw(t, "digits")
		ref, err := MGRS(p, digits)
		if err != nil {
			t.Fatal(err)
		}
		q, err := ParseMGRS(ref)
		if err != nil {
			t.Fatal(err)
		}
		// The middle of a square is at most half its diagonal away.
		if d, most := Distance(p, q), math.Pow10(5-digits)*math.Sqrt2/2*1.002+.001; d > most {
			t.Fatalf("%v is %s, which is %v: %g m away, more than %g", p, ref, q, d, most)
		}
	})
}

func FuzzParsePosition(f *testing.F) {
	for _, s := range []string{"34.37,41.09", "37SFU9218105161", "37N 692181 3805161", `34°22'12"N 41°05'24"E`, "01CAA0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := ParsePosition(s); err == nil && !p.Valid() {
			t.Errorf("%q was read as %v", s, p)
		}
	})
}

func FuzzParseMGRS(f *testing.F) {
	for _, s := range []string{"37SFU9218105161", "60XWT", "1CEK", "31NAA6602100000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := ParseMGRS(s); err == nil && !p.Valid() {
			t.Errorf("%q was read as %v", s, p)
		}
	})
}
