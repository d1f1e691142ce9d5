package geo

import (
	"math"
	"testing"
)

func TestTheGeoidLiesWhereProjPutsIt(t *testing.T) {
	// echo "LAT LON 0" | cs2cs -f %.3f EPSG:4326+5773 EPSG:4979 (PROJ 9.1.1), which
	// interpolates in the grid of 15 minutes. Whole degrees are exact to a
	// centimetre; between them the table is a degree wide.
	for _, c := range []struct {
		name          string
		p             Point
		metres, error float64
	}{
		{"Null Island", Point{}, 17.162, .01},
		{"Al-Qaim", Point{Lat: 34.3925, Lon: 40.9895}, 15.014, .5},
		{"Greenwich", Point{Lat: 51.4778}, 45.796, .5},
		{"the pampa", Point{Lat: -38.5, Lon: -63.1}, 14.724, .5},
		{"Mount Everest", Point{Lat: 27.988056, Lon: 86.925278}, -28.868, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Undulation(c.p); math.Abs(got-c.metres) > c.error {
				t.Errorf("%.3f m, want %.3f m", got, c.metres)
			}
		})
	}
}

func TestTheGeoidHasNoSeam(t *testing.T) {
	for lat := -89.; lat < 90; lat += 7 {
		a, b := Undulation(Point{Lat: lat, Lon: 179.999999}), Undulation(Point{Lat: lat, Lon: -180})
		if math.Abs(a-b) > 1e-3 {
			t.Errorf("at %g the geoid jumps from %g to %g over the date line", lat, a, b)
		}
	}
	for _, lat := range []float64{-90, 90} {
		if a, b := Undulation(Point{Lat: lat}), Undulation(Point{Lat: lat, Lon: 90}); math.Abs(a-b) > .02 { // centimetres in the table
			t.Errorf("the pole at %g has the heights %g and %g", lat, a, b)
		}
	}
}
