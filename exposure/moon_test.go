package exposure

import (
	"math"
	"testing"
	"time"

	"vedette/frontier"
	"vedette/geo"
)

// Meeus, Astronomical Algorithms, 1998, examples 47.a and 48.a: 1992 April 12,
// 0h of dynamical time.
func TestMoonStandsWhereMeeusPutsIt(t *testing.T) {
	days := daysAt(time.Date(1992, 4, 12, 0, 0, 0, 0, time.UTC))
	longitude, latitude, distance := moonPlace(days)
	near(t, "longitude", longitude, 133.162655, .15) // what the terms left out add up to
	near(t, "latitude", latitude, -3.229126, .08)
	near(t, "distance in km", distance, 368409.7, 600)
	near(t, "lit", lit(longitude-sunLongitude(days), latitude, distance), .6786, .003)
	t.Logf("longitude %.4f, latitude %.4f, distance %.0f km, lit %.4f", longitude, latitude, distance,
		lit(longitude-sunLongitude(days), latitude, distance))
}

// Where and when an eclipse is greatest, the moon stands before the sun.
func TestMoonCoversTheSunInAnEclipse(t *testing.T) {
	for _, c := range []struct {
		name string
		at   geo.Point
		time string
	}{ // NASA, Five Millennium Catalog of Solar Eclipses
		{"2024 April 8", geo.Point{Lat: 25.3, Lon: -104.1}, "2024-04-08T18:17:18Z"},
		{"1999 August 11", geo.Point{Lat: 45.1, Lon: 24.3}, "1999-08-11T11:03:05Z"},
		{"2017 August 21", geo.Point{Lat: 37, Lon: -87.7}, "2017-08-21T18:25:32Z"},
	} {
		when, err := time.Parse(time.RFC3339, c.time)
		if err != nil {
			t.Fatal(err)
		}
		sun, sunward := Sun(c.at, when)
		moon, moonward, illuminated := Moon(c.at, when)
		near(t, c.name+", elevation", moon, sun, .2)
		near(t, c.name+", bearing", (moonward-sunward)*math.Cos(rad(sun)), 0, .2)
		near(t, c.name+", lit", illuminated, 0, .001)
		t.Logf("%s: sun %.3f at %.3f, moon %.3f at %.3f", c.name, sun, sunward, moon, moonward)
	}
}

func TestAFullMoonLetsTheEyeKeepMoreThanTheDark(t *testing.T) {
	set := frontier.Settings{VisibilityKM: 20}
	place := geo.Point{Lat: 34.4, Lon: 40.9}
	// The moon is full on 2024-12-15 at 09:02 UTC and new on 2024-12-30 at 22:27.
	full := At(set, place, time.Date(2024, 12, 14, 21, 0, 0, 0, time.UTC))
	dark := At(set, place, time.Date(2024, 12, 30, 21, 0, 0, 0, time.UTC))
	noon := At(set, place, time.Date(2024, 6, 21, 9, 15, 0, 0, time.UTC))
	if full.Moonlight < .9 || dark.Moonlight != 0 {
		t.Errorf("moonlight %.3f under a full moon, %.3f under a new one", full.Moonlight, dark.Moonlight)
	}
	eye := frontier.Sensor{Type: "eye", RangeM: 2000}
	near(t, "metres in the dark", dark.Reach(eye), 200, 1e-9)
	near(t, "metres under the moon", full.Reach(eye), 200+moonKeeps*full.Moonlight*1800, 1e-9)
	near(t, "Cn2 by night", full.Cn2, 1e-16, 1e-22)
	near(t, "Cn2 at a desert noon in June", noon.Cn2, 5e-13, 1e-19)
}
