package exposure

import (
	"math"
	"testing"
	"time"

	"vedette/geo"
)

func TestSunStandsWherePublishedTablesPutIt(t *testing.T) {
	for _, c := range []struct {
		name               string
		at                 geo.Point
		time               string
		elevation, bearing float64
	}{
		// Reda and Andreas, Solar Position Algorithm (NREL/TP-560-34302), table
		// A5.1: topocentric elevation without refraction 39.872046, azimuth 194.34024.
		{"example of the SPA report", geo.Point{Lat: 39.742476, Lon: -105.1786}, "2003-10-17T12:30:30-07:00", 39.872046, 194.340241},
		// At the March equinox of 2024 (03:06 UTC) the sun stands over the equator:
		// seen from the pole it is on the horizon.
		{"equinox seen from the pole", geo.Point{Lat: 90, Lon: 0}, "2024-03-20T03:06:00Z", 0, math.NaN()},
		// At the June solstice it stands over 23.436 N.
		{"solstice seen from the pole", geo.Point{Lat: 90, Lon: 0}, "2024-06-20T20:51:00Z", 23.436, math.NaN()},
	} {
		t.Run(c.name, func(t *testing.T) {
			when, err := time.Parse(time.RFC3339, c.time)
			if err != nil {
				t.Fatal(err)
			}
			elevation, bearing := Sun(c.at, when)
			if math.Abs(elevation-c.elevation) > .02 { // the formula's stated error
				t.Errorf("elevation %.4f, want %.4f", elevation, c.elevation)
			}
			if math.Abs(bearing-c.bearing) > .04 { // the same, at 40 degrees of elevation
				t.Errorf("bearing %.4f, want %.4f", bearing, c.bearing)
			}
		})
	}
}
