package app

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vedette/examples"
	"vedette/frontier"
	"vedette/terrain"
	"vedette/terrain/glo30"
)

func plan(t *testing.T, change func(*PlanSettings)) (*Planned, PlanSettings) {
	t.Helper()
	src, err := ParseArea(examples.AlQaim, "al-qaim.area.geojson", ".")
	if err != nil {
		t.Fatal(err)
	}
	s := PlanSettings{Out: filepath.Join(t.TempDir(), "out"), Cell: 150, By: "Watch", Made: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Version: "test"}
	if change != nil {
		change(&s)
	}
	planned, err := Plan(context.Background(), src, s)
	if err != nil {
		t.Fatal(err)
	}
	return planned, s
}

func TestThePlanOfAlQaim(t *testing.T) {
	planned, s := plan(t, nil)
	if km := planned.Summary.FrontierKM; km < 76 || km > 79 {
		t.Errorf("the frontier is %g km long, want about 77", km)
	}
	day, night := planned.Summary.Conditions[0], planned.Summary.Conditions[1]
	if day.WatchedShare <= night.WatchedShare || day.WatchedShare < .2 || day.WatchedShare > .8 {
		t.Errorf("by day %.2f is watched, at night %.2f", day.WatchedShare, night.WatchedShare)
	}
	if len(planned.Files) != 6 { // without movers there are no crossings
		t.Errorf("files: %q", planned.Files)
	}
	for _, f := range planned.Files {
		info, err := os.Stat(f)
		if err != nil || info.Size() == 0 || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f, info.Mode(), err)
		}
	}
	if w := strings.Join(planned.Summary.Provenance.Warnings(), " "); !strings.Contains(w, "Synthetic") || !strings.Contains(w, "Illustrative") || !strings.Contains(w, "not for siting") {
		t.Errorf("at cells of %g m the warnings are %q", s.Cell, w)
	}
}

func TestTwoPlansOfOneMomentAreTheSameBytes(t *testing.T) {
	a, _ := plan(t, nil)
	b, _ := plan(t, nil)
	for i, path := range a.Files {
		one, err1 := os.ReadFile(path)
		two, err2 := os.ReadFile(b.Files[i])
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if string(one) != string(two) {
			t.Errorf("%s differs", filepath.Base(path))
		}
	}
}

func TestThePublicEditionHasNoRestrictedProducts(t *testing.T) {
	planned, _ := plan(t, func(s *PlanSettings) { s.Public = true })
	for _, f := range planned.Files {
		switch filepath.Base(f) {
		case "coverage.tif", "seen-by.tif":
			t.Errorf("%s is public", f)
		}
		if filepath.Ext(f) == ".html" {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), "dead ground: seen by nobody") || strings.Contains(string(text), "RESTRICTED") {
				t.Error("the public report shows dead ground")
			}
		}
	}
}

func TestOneMomentIsOneCondition(t *testing.T) {
	planned, _ := plan(t, func(s *PlanSettings) { s.At = time.Date(2018, 11, 1, 9, 0, 0, 0, time.UTC) })
	c := planned.Summary.Conditions
	// Noon at Al-Qaim in early November: 90 - 34.5 - 14.4 degrees.
	if len(c) != 1 || c[0].SunElevation < 40 || c[0].SunElevation > 42 {
		t.Errorf("%+v", c)
	}
}

func TestAStoppedPlanLeavesNothing(t *testing.T) {
	src, err := ParseArea(examples.AlQaim, "al-qaim.area.geojson", ".")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	out := filepath.Join(t.TempDir(), "out")
	if _, err := Plan(ctx, src, PlanSettings{Out: out, Cell: 150}); err == nil {
		t.Error("no error")
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("the folder was made")
	}
}

func TestHeightsOfCopernicusBringTheirNotice(t *testing.T) {
	p := provenance(Source{Area: &frontier.Area{}}, &terrain.Terrain{Info: terrain.Info{
		Sources: []string{"tiles/" + glo30.Tiles(41, 34, 42, 35)[0] + ".tif"},
	}}, PlanSettings{})
	if len(p.Attribution) != 1 || !strings.Contains(p.Attribution[0], "Copernicus WorldDEM-30") {
		t.Errorf("%q", p.Attribution)
	}
}
