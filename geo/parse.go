package geo

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// ParsePosition reads a position as people write it: latitude and longitude
// ("34.37,41.09", "34.37N 41.09E", 34°22'12"N 41°05'24"E), UTM
// ("37N 692182 3805161", or with the latitude band, "37S 692182 3805161"), or
// MGRS ("37SFU9218205161").
//
// A zone followed by a single letter is read as zone and band, as maps write
// it; "37N" alone, where the band would lie on the equator, is the northern
// hemisphere.
func ParsePosition(s string) (Point, error) {
	text := strings.ToUpper(strings.TrimSpace(s))
	if len(text) > 100 {
		return Point{}, fmt.Errorf("position: %d letters are too many", len(text))
	}
	if m := utmText.FindStringSubmatch(text); m != nil {
		return parseUTM(s, m)
	}
	if mgrsText.MatchString(text) {
		return ParseMGRS(text)
	}
	return parseDegrees(s, text)
}

var (
	utmText  = regexp.MustCompile(`^(\d{1,2})\s*([C-HJ-NP-X])[\s,]+(\d+(?:\.\d+)?)[\s,]+(\d+(?:\.\d+)?)$`)
	mgrsText = regexp.MustCompile(`^\d{1,2}\s*[C-HJ-NP-X]\s*[A-HJ-NP-Z]{2}[\d\s]*$`)
)

func parseUTM(s string, m []string) (Point, error) {
	number, _ := strconv.Atoi(m[1])
	x, _ := strconv.ParseFloat(m[3], 64)
	y, _ := strconv.ParseFloat(m[4], 64)
	if number < 1 || number > 60 {
		return Point{}, fmt.Errorf("position %q: there is no zone %d", s, number)
	}
	if x < 0 || x > 1_000_000 || y > 10_000_000 {
		return Point{}, fmt.Errorf("position %q: easting and northing do not lie in a UTM zone; give easting first, in metres", s)
	}
	south := m[2] < "N"
	p := Zone{Number: number, South: south}.Unproject(XY{X: x, Y: y})
	if m[2] == "S" && !inBandOf(p, 'S') { // S for south, not the band from 32 to 40 north
		p = Zone{Number: number, South: true}.Unproject(XY{X: x, Y: y})
		return checked(s, p)
	}
	if m[2] != "N" && !inBandOf(p, m[2][0]) {
		return Point{}, fmt.Errorf("position %q: the place %v does not lie in band %s; write the hemisphere (N or S) or the right band", s, p, m[2])
	}
	return checked(s, p)
}

func inBandOf(p Point, letter byte) bool { return p.Lat >= -80 && p.Lat <= 84 && band(p.Lat) == letter }

const forms = `write it as 34.37,41.09 (latitude first), 34.37N 41.09E, 34°22'12"N 41°05'24"E, 37N 692182 3805161 or 37SFU9218205161`

func checked(s string, p Point) (Point, error) {
	if math.Abs(p.Lat) > 90 && math.Abs(p.Lon) <= 90 {
		return Point{}, fmt.Errorf("position %q: latitude %g is beyond 90 degrees; are latitude and longitude swapped?", s, p.Lat)
	}
	if !p.Valid() {
		return Point{}, fmt.Errorf("position %q: it is no place on Earth; %s", s, forms)
	}
	return p, nil
}

// half is one coordinate: degrees, perhaps minutes and seconds, perhaps a
// letter of the compass.
const half = `([-+]?\d+(?:\.\d+)?)[°\s]*(?:(\d+(?:\.\d+)?)['′\s]+)?(?:(\d+(?:\.\d+)?)["″\s]*)?`

var (
	plainText   = regexp.MustCompile(`^([-+]?\d+(?:\.\d+)?)\s*°?(?:\s*,\s*|\s+)([-+]?\d+(?:\.\d+)?)\s*°?$`)
	degreesText = regexp.MustCompile(`^` + half + `([NSEW])[\s,]*` + half + `([NSEW])$`)
)

func parseDegrees(s, text string) (Point, error) {
	if m := plainText.FindStringSubmatch(text); m != nil {
		lat, _ := strconv.ParseFloat(m[1], 64)
		lon, _ := strconv.ParseFloat(m[2], 64)
		return checked(s, Point{Lat: lat, Lon: lon})
	}
	m := degreesText.FindStringSubmatch(text)
	if m == nil {
		return Point{}, fmt.Errorf("position %q: not understood; %s", s, forms)
	}
	a, errA := sexagesimal(m[1:5])
	b, errB := sexagesimal(m[5:9])
	switch first, second := m[4], m[8]; {
	case errA != nil || errB != nil:
		return Point{}, fmt.Errorf("position %q: minutes and seconds go from 0 to 60, and a sign goes without a letter", s)
	case strings.Contains("NS", first) && strings.Contains("EW", second):
		return checked(s, Point{Lat: a, Lon: b})
	case strings.Contains("EW", first) && strings.Contains("NS", second):
		return checked(s, Point{Lat: b, Lon: a})
	}
	return Point{}, fmt.Errorf("position %q: one coordinate needs N or S, the other E or W", s)
}

// sexagesimal adds degrees, minutes and seconds; S and W are negative.
func sexagesimal(parts []string) (float64, error) {
	v, unit := 0., 1.
	for i, part := range parts[:3] {
		if part == "" {
			continue
		}
		n, err := strconv.ParseFloat(part, 64)
		if err != nil || n < 0 || i > 0 && n >= 60 {
			return 0, fmt.Errorf("%q is out of range", part)
		}
		if i > 0 {
			unit = math.Pow(60, float64(i))
		}
		v += n / unit
	}
	if parts[3] == "S" || parts[3] == "W" {
		v = -v
	}
	return v, nil
}
