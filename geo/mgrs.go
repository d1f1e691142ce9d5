package geo

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// The Military Grid Reference System (NGA.STND.0037): a UTM zone, a latitude
// band of eight degrees, a square of 100 km and digits within it.
const (
	bands   = "CDEFGHJKLMNPQRSTUVWX"     // from 80S, I and O left out
	letters = "ABCDEFGHJKLMNPQRSTUVWXYZ" // without I and O
	square  = 100_000.
)

// MGRS gives the grid reference of the square that holds p, with 0 to 5 digits
// for each coordinate: squares of 100 km to 1 m. The polar areas, which UTM
// does not cover, are refused.
func MGRS(p Point, digits int) (string, error) {
	if digits < 0 || digits > 5 {
		return "", fmt.Errorf("MGRS: %d digits; give 0 to 5", digits)
	}
	zone, err := ZoneOf(p)
	if err != nil {
		return "", fmt.Errorf("MGRS: %w", err)
	}
	xy := zone.Project(p)
	// A micrometre keeps a place on a line from falling below it by rounding.
	x, y := math.Floor(xy.X+1e-6), math.Floor(xy.Y+1e-6)
	if zone.South {
		y = min(y, utmFalseNorth-1)
	}
	set := (zone.Number - 1) % 6
	col := int(x/square) - 1
	row := int(math.Mod(y, 20*square) / square)
	if set%2 == 1 {
		row = (row + 5) % 20
	}
	ref := fmt.Sprintf("%02d%c%c%c", zone.Number, band(p.Lat), letters[set%3*8+col], letters[row])
	scale := math.Pow10(5 - digits)
	if digits > 0 {
		ref += fmt.Sprintf("%0*d%0*d", digits, int(math.Mod(x, square)/scale), digits, int(math.Mod(y, square)/scale))
	}
	return ref, nil
}

// band is the letter of the latitude band; X, the northernmost, is 12 degrees
// high.
func band(lat float64) byte {
	if lat < 0 {
		return bands[min(int(math.Floor((lat+80)/8)), len(bands)/2-1)] // rounding must not cross the equator
	}
	return bands[min(int(math.Floor((lat+80)/8)), len(bands)-1)]
}

// ParseMGRS gives the middle of the square that a grid reference names. Blanks
// are passed over and letters may be small.
func ParseMGRS(ref string) (Point, error) {
	p, err := parseMGRS(strings.ToUpper(strings.Join(strings.Fields(ref), "")))
	if err != nil {
		return Point{}, fmt.Errorf("MGRS %q: %w", ref, err)
	}
	return p, nil
}

func parseMGRS(ref string) (Point, error) {
	n := 0
	for n < len(ref) && n < 2 && ref[n] >= '0' && ref[n] <= '9' {
		n++
	}
	if n == 0 || len(ref) < n+3 {
		return Point{}, errors.New("write zone, band, square and digits, like 37SFU9218105161")
	}
	number := atoi(ref[:n])
	b := strings.IndexByte(bands, ref[n])
	if number < 1 || number > 60 || b < 0 {
		return Point{}, fmt.Errorf("there is no zone %s", ref[:n+1])
	}
	set := (number - 1) % 6
	col := strings.IndexByte(letters, ref[n+1]) - set%3*8
	row := strings.IndexByte(letters[:20], ref[n+2])
	if col < 0 || col > 7 || row < 0 {
		return Point{}, fmt.Errorf("zone %d has no square %s", number, ref[n+1:n+3])
	}
	if set%2 == 1 {
		row = (row + 15) % 20
	}
	x, y, size, err := within(ref[n+3:])
	if err != nil {
		return Point{}, err
	}
	zone := Zone{Number: number, South: b < 10}
	return inBand(zone, b, XY{X: float64(col+1)*square + x + size/2, Y: float64(row)*square + y + size/2}, size)
}

// within reads the digits: metres from the square's corner, and the side of
// the small square they name.
func within(digits string) (x, y, size float64, err error) {
	half := len(digits) / 2
	if len(digits)%2 != 0 || half > 5 {
		return 0, 0, 0, fmt.Errorf("%q is no even number of up to ten digits", digits)
	}
	for _, d := range digits {
		if d < '0' || d > '9' {
			return 0, 0, 0, fmt.Errorf("%q is no digit", d)
		}
	}
	size = math.Pow10(5 - half)
	return float64(atoi(digits[:half])) * size, float64(atoi(digits[half:])) * size, size, nil
}

func atoi(digits string) (n int) {
	for _, d := range digits {
		n = 10*n + int(d-'0')
	}
	return n
}

// inBand adds as many times 2000 km to the northing, which the row letter
// gives only in part, as brings the place into its latitude band. A square may
// reach over the band's edge.
func inBand(zone Zone, b int, xy XY, size float64) (Point, error) {
	south := float64(8*b - 80)
	north := south + 8
	if b == len(bands)-1 {
		north = 84
	}
	slack := size/90_000 + 1e-9
	for k := range 5 {
		p := zone.Unproject(XY{X: xy.X, Y: xy.Y + float64(k)*20*square})
		if p.Lat >= south-slack && p.Lat <= north+slack {
			return p, nil
		}
	}
	return Point{}, fmt.Errorf("the square does not lie in band %c", bands[b])
}
