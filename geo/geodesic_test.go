package geo

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestGeodesicsHaveTheirPublishedLengths(t *testing.T) {
	for _, c := range []struct {
		name            string
		a, b            Point
		metres, leaving float64
	}{
		// geod +ellps=WGS84 -I (PROJ 9.1.1).
		{"Al-Qaim to Hajin", Point{Lat: 34.37, Lon: 41.09}, Point{Lat: 34.69, Lon: 40.83}, 42777.216, 326.155810},
		{"one degree along the equator", Point{}, Point{Lon: 1}, 111319.491, 90},
		{"pole to pole", Point{Lat: -90}, Point{Lat: 90}, 20003931.459, 0},
		{"a quarter meridian", Point{}, Point{Lat: 90}, 10001965.729, 0},
		{"nearly antipodal, Karney's example", Point{Lat: 30}, Point{Lat: -30.2, Lon: 179.9}, 19981120.736, 172.388304},
		{"nearly antipodal at the equator", Point{}, Point{Lat: .5, Lon: 179.5}, 19936288.579, 25.671873},
		{"nearer still", Point{}, Point{Lat: .5, Lon: 179.7}, 19944127.421, 15.556883},
		{"half way round, over the south pole", Point{Lat: -51.86, Lon: 174.67}, Point{Lat: .38, Lon: -5.33}, 14298183.383, 180},
		{"antipodal in the south", Point{Lat: -45, Lon: 10}, Point{Lat: 44.9, Lon: -170.05}, 19992644.883, 174.952931},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, out, _ := Inverse(c.a, c.b)
			if math.Abs(d-c.metres) > .001 {
				t.Errorf("%.4f m, want %.3f m", d, c.metres)
			}
			if math.Abs(out-c.leaving) > 1e-5 && c.a.Lat > -90 {
				t.Errorf("leaves at %.6f, want %.6f", out, c.leaving)
			}
		})
	}
}

func TestThereAndBackEndsWithinAMillimetre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Point{Lat: rapid.Float64Range(-89, 89).Draw(t, "lat"), Lon: rapid.Float64Range(-180, 179.9).Draw(t, "lon")}
		away := rapid.Float64Range(0, 360).Draw(t, "bearing")
		metres := rapid.Float64Range(1, 19_000_000).Draw(t, "metres")
		q, arriving := Direct(p, away, metres)
		back, _ := Direct(q, arriving+180, metres)
		if d := Distance(p, back); d > .001 {
			t.Fatalf("from %v to %v and back ends %g m off", p, q, d)
		}
		if d := Distance(p, q); math.Abs(d-metres) > .001 {
			t.Fatalf("%g m away, Distance says %g", metres, d)
		}
		if d := Distance(q, p); math.Abs(d-metres) > .001 {
			t.Fatalf("%g m away, Distance back says %g", metres, d)
		}
	})
}
