package app

import (
	"context"
	"testing"

	"vedette/coverage"
	"vedette/grid"
	"vedette/terrain"
)

// arrival.tif has one band for each condition, because responders do not wait
// for what the intruder drives.
func TestArrivalDoesNotDependOnTheIntruder(t *testing.T) {
	src, err := OpenArea("../../examples/flat-line/flat-line.area.geojson")
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	ground, err := terrain.Open(ctx, src.Area, terrain.Options{BaseDir: src.Dir, Cell: 300})
	if err != nil {
		t.Fatal(err)
	}
	s := PlanSettings{Movers: []string{"4x4", "foot", "boat"}}
	seen, err := coverage.Compute(ctx, coverage.Plan{Area: src.Area, Terrain: ground, Conditions: conditions(src.Area, s)})
	if err != nil {
		t.Fatal(err)
	}
	line, err := Cross(ctx, src.Area, ground, seen, s)
	if err != nil {
		t.Fatal(err)
	}
	modes := line.Result().Modes
	views := len(seen.Views)
	if len(modes) != len(s.Movers)*views {
		t.Fatalf("%d modes", len(modes))
	}
	for i, m := range modes {
		if n := differing(m.Arrival, modes[i%views].Arrival); n > 0 {
			t.Errorf("%s by %s: the arrival differs in %d cells from that of %s", m.Kind, m.Condition.Name, n, modes[i%views].Kind)
		}
	}
}

// differing counts the cells in which two rasters differ; NaN equals NaN.
func differing(a, b *grid.Tiled[float32]) (n int) {
	for row := range a.Rows {
		for col := range a.Cols {
			if v, w := a.At(col, row), b.At(col, row); v != w && (v == v || w == w) {
				n++
			}
		}
	}
	return n
}
