package geo

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestPlacesProjectWhereProjPutsThem(t *testing.T) {
	// echo "LON LAT" | cs2cs -f %.4f EPSG:4326 EPSG:326ZZ (PROJ 9.1.1); note that
	// cs2cs takes latitude first for EPSG:4326.
	for _, c := range []struct {
		name string
		zone Zone
		p    Point
		want XY
	}{
		{"Al-Qaim", Zone{Number: 37}, Point{Lat: 34.37, Lon: 41.09}, XY{692181.7046, 3805161.3807}},
		{"six degrees beyond the zone, east", Zone{Number: 37}, Point{Lat: 34.37, Lon: 48}, XY{1328747.7383, 3840108.6653}},
		{"six degrees beyond the zone, west", Zone{Number: 37}, Point{Lat: 60, Lon: 30}, XY{-961.4045, 6685590.8935}},
		{"on the equator in the south", Zone{Number: 20, South: true}, Point{Lat: -0.001, Lon: -63}, XY{500000.0000, 9999889.4700}},
		{"the far south", Zone{Number: 20, South: true}, Point{Lat: -79.5, Lon: -60.5}, XY{550845.4157, 1173130.0825}},
		{"the far north", Zone{Number: 33}, Point{Lat: 83.9, Lon: 20.9}, XY{569875.9023, 9320510.7349}},
		{"the pampa", Zone{Number: 20, South: true}, Point{Lat: -38.5, Lon: -63.1}, XY{491280.2117, 5738701.8361}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.zone.Project(c.p)
			if math.Hypot(got.X-c.want.X, got.Y-c.want.Y) > .001 {
				t.Errorf("%.4f %.4f, want %.4f %.4f", got.X, got.Y, c.want.X, c.want.Y)
			}
		})
	}
}

func TestProjectingAndBackEndsWithinAMillimetre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := Zone{Number: rapid.IntRange(1, 60).Draw(t, "zone"), South: rapid.Bool().Draw(t, "south")}
		off := rapid.Float64Range(-9, 9).Draw(t, "degrees from the middle") // 6 beyond the zone's edge
		p := Point{Lat: rapid.Float64Range(-80, 84).Draw(t, "lat"), Lon: wrap(z.CentralMeridian() + off)}
		if d := Distance(p, z.Unproject(z.Project(p))); d > .001 {
			t.Fatalf("%v comes back %g m off", p, d)
		}
	})
}

func TestConvergenceAndScaleAreThoseOfAShortStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := Zone{Number: 37}
		p := Point{Lat: rapid.Float64Range(-79, 79).Draw(t, "lat"), Lon: rapid.Float64Range(33, 45).Draw(t, "lon")}
		away := rapid.Float64Range(0, 360).Draw(t, "bearing")
		q, _ := Direct(p, away, 10)
		a, b := z.Project(p), z.Project(q)
		dx, dy := b.X-a.X, b.Y-a.Y
		grid := math.Atan2(dx, dy) * 180 / math.Pi
		if d := math.Remainder(grid+z.Convergence(p)-away, 360); math.Abs(d) > 1e-3 { // 10 m bend by less
			t.Fatalf("true bearing %g, grid %g, convergence %g", away, grid, z.Convergence(p))
		}
		if d := math.Hypot(dx, dy)/10 - z.Scale(p); math.Abs(d) > 1e-5 {
			t.Fatalf("10 m are %g on the plane, scale %g", math.Hypot(dx, dy), z.Scale(p))
		}
	})
}

func TestZonesOfNorwayAndSvalbardAreWider(t *testing.T) {
	for _, c := range []struct {
		name string
		p    Point
		want string
	}{
		{"Al-Qaim", Point{Lat: 34.37, Lon: 41.09}, "37N"},
		{"Bergen lies in 32, not 31", Point{Lat: 60.39, Lon: 5.32}, "32N"},
		{"Longyearbyen lies in 33", Point{Lat: 78.22, Lon: 15.65}, "33N"},
		{"the date line from the east", Point{Lat: -17, Lon: -180}, "1S"},
		{"the date line from the west", Point{Lat: -17, Lon: 180}, "60S"},
	} {
		t.Run(c.name, func(t *testing.T) {
			z, err := ZoneOf(c.p)
			if err != nil || z.String() != c.want {
				t.Errorf("%v, %v, want %s", z, err, c.want)
			}
		})
	}
	if _, err := ZoneOf(Point{Lat: 85}); err == nil {
		t.Error("85 N has a zone")
	}
}

func BenchmarkProject(b *testing.B) {
	b.ReportAllocs()
	z, p := Zone{Number: 37}, Point{Lat: 34.37, Lon: 41.09}
	for b.Loop() {
		p.Lon = 41 + z.Project(p).X*1e-12
	}
}
