package app

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
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
	if len(planned.Files) != 6 || planned.Summary.Crossing != nil { // without movers there are no crossings
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

// flat plans the flat line with its crossings, by foot and by 4x4.
func flat(out string, change func(*PlanSettings)) (*Planned, error) {
	src, err := OpenArea("../../examples/flat-line/flat-line.area.geojson")
	if err != nil {
		return nil, err
	}
	s := PlanSettings{Out: out, Cell: 300, Movers: []string{"foot", "4x4"}, By: "Watch",
		Made: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Version: "test"}
	if change != nil {
		change(&s)
	}
	return Plan(context.Background(), src, s)
}

// flatFiles is a plan of the flat line, and the bytes of its files by name.
func flatFiles(t *testing.T) (*Planned, map[string]string) {
	t.Helper()
	planned, err := flat(filepath.Join(t.TempDir(), "out"), nil)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range planned.Files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(f)] = string(text)
	}
	return planned, files
}

func TestTwoPlansOfOneMomentAreTheSameBytesOnOneCoreAndOnTwo(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	_, one := flatFiles(t)
	runtime.GOMAXPROCS(2)
	planned, two := flatFiles(t)
	checkCrossings(t, planned)
	if len(one) != len(two) {
		t.Errorf("%d files on one core, %d on two", len(one), len(two))
	}
	for name := range one {
		if one[name] != two[name] {
			t.Errorf("%s differs", name)
		}
	}
}

// checkCrossings holds a plan of the flat line to what its crossings must be.
func checkCrossings(t *testing.T, planned *Planned) {
	t.Helper()
	if len(planned.Files) != 10 {
		t.Errorf("files: %q", planned.Files)
	}
	c := planned.Summary.Crossing
	if c == nil || len(c.Modes) != 6 || len(c.Modes[0].Kilometres) != 31 || len(c.Priors) < 40 || !c.Estimated {
		t.Fatalf("%+v", c)
	}
	for _, m := range c.Modes {
		if m.MeanPorosity > c.WorstMode().MeanPorosity {
			t.Errorf("%s has a greater porosity than the worst mode, %s", m.ModeName, c.Worst)
		}
		for _, k := range m.Kilometres {
			if k.PI < 0 || k.PI > 1 || k.P10 > k.P50 || k.P50 > k.P90 || k.Passable != (k.Way != nil) {
				t.Errorf("%s, km %g: %+v", m.ModeName, k.FromKM, k)
			}
		}
	}
}

func TestAPlanWithoutCrossingsLeavesThoseOfAnEarlierOneAlone(t *testing.T) {
	out := t.TempDir()
	old := filepath.Join(out, "crossings.geojson")
	if err := os.WriteFile(old, []byte("of an earlier plan"), 0o600); err != nil {
		t.Fatal(err)
	}
	began := false
	_, err := flat(out, func(s *PlanSettings) {
		s.Movers = nil
		s.Progress = func(string, int, int) { began = true }
	})
	if err == nil || !strings.Contains(err.Error(), "crossings.geojson of an earlier plan") {
		t.Errorf("got %v", err)
	}
	if began {
		t.Error("it was refused after the work, not before")
	}
	if text, err := os.ReadFile(old); err != nil || string(text) != "of an earlier plan" {
		t.Errorf("the file holds %q: %v", text, err)
	}
}

func TestThePublicEditionHasNoRestrictedProducts(t *testing.T) {
	planned, _ := plan(t, func(s *PlanSettings) { s.Public, s.Movers = true, []string{"foot"} })
	if planned.Summary.Crossing != nil {
		t.Error("the summary holds crossings")
	}
	for _, f := range planned.Files {
		switch filepath.Base(f) {
		case "coverage.tif", "seen-by.tif", "exposure.tif", "arrival.tif", "porosity.geojson", "crossings.geojson":
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
