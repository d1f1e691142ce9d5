package coverage

import (
	"math"
	"testing"

	"vedette/exposure"
	"vedette/frontier"
)

// radarAt is a radar so many metres from the middle of the frontier.
func radarAt(dx, dy float64) frontier.Site {
	s := tower("radar", dx, dy, 0)
	s.Sensors = []frontier.Sensor{{Type: "radar", RangeM: 4000}}
	return s
}

// A radar sees who comes nearer or goes away, and not who walks round it.
func TestARadarSeesRadialSpeedOnly(t *testing.T) {
	p := level(radarAt(0, 0))
	w := compute(t, p).Watch(p.Area, 0, exposure.Person, 1).Watchers[0]
	col, row, ok := p.Terrain.Frame.Cell(zone.Project(tower("", 0, -2025, 0).At)) // straight south of it
	if !ok {
		t.Fatal("outside")
	}
	for _, c := range []struct {
		name        string
		east, north float64 // m/s
		seen        bool
	}{
		{"coming", 0, 1.4, true}, {"going", 0, -1.4, true}, {"walking past", 1.4, 0, false},
		{"coming at .4 m/s, below the least of .5", 0, .4, false}, {"coming at .6 m/s", 0, .6, true},
		{"aslant with .4 m/s of it radial", 1.3, .4, false}, {"standing", 0, 0, false},
	} {
		if h := w.Moving(col, row, c.east, c.north); (h > 0) != c.seen {
			t.Errorf("%s: %g 1/s", c.name, h)
		}
	}
	_, radar := w.Hazard(col, row)
	// At half its range, in a turn of 3 s: -ln(1-.95556)/3 is more than 1/s.
	if math.Abs(radar-1) > 1e-9 { // the most that a sensor gives
		t.Errorf("hazard %g, want 1", radar)
	}
}

func TestARadarSeesNothingBehindAHill(t *testing.T) {
	p := level(radarAt(0, 0))
	for row := range p.Terrain.Frame.Rows {
		for col := range p.Terrain.Frame.Cols {
			if at := p.Terrain.Frame.Center(col, row); math.Abs(at.Y-3_799_000) < 60 { // a ridge 1 km south
				p.Terrain.Ground.Set(col, row, 200)
			}
		}
	}
	w := compute(t, p).Watch(p.Area, 0, exposure.Person, 1).Watchers[0]
	at := func(south float64) float64 {
		col, row, _ := p.Terrain.Frame.Cell(zone.Project(tower("", 0, -south, 0).At))
		return w.Moving(col, row, 0, 1.4)
	}
	if at(775) == 0 || at(2025) != 0 {
		t.Errorf("%g 1/s before the ridge, %g behind it", at(775), at(2025))
	}
}
