package export

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vedette/coverage"
	"vedette/crossing"
	"vedette/frontier"
	"vedette/grid"
)

// The products of the fixture by name, written once.
var (
	restrictedFiles = sync.OnceValue(func() map[string][]byte { return written(fixture()) })
	publicFiles     = sync.OnceValue(func() map[string][]byte { return written(public()) })
)

// written is the products of a plan by name; none if it cannot be written.
func written(p Plan) map[string][]byte {
	dir, err := os.MkdirTemp("", "export")
	if err != nil {
		return nil
	}
	defer os.RemoveAll(dir)
	paths, err := Write(context.Background(), filepath.Join(dir, "new", "out"), p, nil)
	if err != nil {
		return nil
	}
	files := map[string][]byte{}
	for _, path := range paths {
		if files[filepath.Base(path)], err = os.ReadFile(path); err != nil {
			return nil
		}
	}
	return files
}

// pageOf is the report on a plan.
func pageOf(t *testing.T, p Plan) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Report(context.Background(), p, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func names(files map[string][]byte) string {
	return strings.Join(slices.Sorted(maps.Keys(files)), " ")
}

func TestTheSamePlanGivesTheSameBytes(t *testing.T) {
	a, b := restrictedFiles(), written(makeFixture(1, 4))
	if got, want := names(a), "arrival.tif coverage.tif crossings.geojson exposure.tif plan.geojson plan.gpkg porosity.geojson report.html seen-by.tif summary.json"; got != want {
		t.Errorf("wrote %s, want %s", got, want)
	}
	for name := range a {
		if !bytes.Equal(a[name], b[name]) {
			t.Errorf("%s differs between two runs", name)
		}
	}
}

func TestEveryProductCarriesItsMarkings(t *testing.T) {
	for marking, files := range map[string]map[string][]byte{"RESTRICTED": restrictedFiles(), "PUBLIC": publicFiles()} {
		for name, file := range files {
			text := string(file)
			wants := []string{"Sgt. Test", "OpenStreetMap contributors, ODbL 1.0", "vedette 0.1.0", "2018-11-20", "made.area.geojson", "Not for siting"}
			if strings.Contains(name, "crossings") || strings.Contains(name, "porosity") {
				wants = append(wants, `"marking": "RESTRICTED"`, "Synthetic terrain", "Illustrative", toldTheWay)
			}
			if name == "report.html" || strings.HasSuffix(name, ".tif") || strings.HasSuffix(name, ".gpkg") {
				wants = append(wants, marking, "Synthetic terrain", "Illustrative")
			} else {
				wants = append(wants, `"public": `+map[string]string{"PUBLIC": "true", "RESTRICTED": "false"}[marking],
					`"synthetic_terrain": true`, `"illustrative": true`)
			}
			for _, want := range wants {
				if !strings.Contains(text, want) {
					t.Errorf("%s of the %s plan lacks %q", name, marking, want)
				}
			}
		}
	}
}

// What the public gets must not depend on where the dead ground is, nor on
// where we are: then nothing of it can be read from the products.
func TestPublicProductsDoNotDependOnDeadGround(t *testing.T) {
	other := makeFixture(1, 4)
	other.Provenance.Public = true
	disturb(&other)
	a, b := publicFiles(), written(other)
	if got, want := names(a), "plan.geojson plan.gpkg report.html summary.json"; got != want {
		t.Errorf("wrote %s, want %s", got, want)
	}
	for name := range a {
		if !bytes.Equal(a[name], b[name]) {
			t.Errorf("%s shows the difference", name)
		}
	}
}

// disturb changes everything that the public must not learn.
func disturb(p *Plan) {
	for i := range p.Result.Views {
		v := &p.Result.Views[i]
		for r, tile := range v.Count.Tiles() {
			for k := range tile {
				if tile[k] != coverage.NotSolved {
					tile[k] = uint8((k + r.Min.X) % 4)
				}
			}
		}
		for k := range v.ByKM {
			v.ByKM[k].Seen = (k * 7) % (v.ByKM[k].Cells + 1)
		}
		for k := range v.ByDistance {
			v.ByDistance[k].Seen /= 2
		}
		slices.Reverse(v.Loss)
	}
	a := p.Area
	for i := range a.Sites {
		a.Sites[i].At.Lat += .02
		a.Sites[i].HeightM *= 2
		a.Sites[i].Name = "elsewhere"
		a.Sites[i].State = "down"
		a.Sites[i].Sensors = nil
	}
	a.Barriers, a.Bases, a.Units, a.Patrols = nil, nil, nil, nil
	a.Sources, a.Exits, a.Zones, a.Controls, a.Protected = nil, nil, nil, nil, nil
	a.Frontier.Note, a.Roads[0].Note = "weak at km 12", "watched by nobody"
	p.Result.Mutual = nil
	p.Crossing.Worst, p.Crossing.ResponseSD = 2, 60
	for i := range p.Crossing.Modes {
		slices.Reverse(p.Crossing.Modes[i].Kilometres)
	}
	p.Priors = nil
}

func TestAPublicPageSaysWhatItLeavesOut(t *testing.T) {
	page := string(publicFiles()["report.html"])
	for _, want := range []string{"PUBLIC", "dead ground, figures by kilometre", "are left out"} {
		if !strings.Contains(page, want) {
			t.Errorf("lacks %q", want)
		}
	}
	text := strings.ReplaceAll(page, publicNote, "")
	for _, leak := range []string{"eakest", "data:image/png", "Tower North", "hurts most", "seen by nobody", "berm", "Barracks", "Clinic", "posts see"} {
		if at := strings.Index(text[strings.Index(text, "</style>"):], leak); at >= 0 {
			t.Errorf("says %q", leak)
		}
	}
}

func TestNoPlanIsWrittenBesideProductsThatWouldStay(t *testing.T) {
	bare := fixture()
	bare.Crossing = nil
	for _, c := range []struct {
		name, stale string
		plan        Plan
		want        string
	}{
		{"the public edition beside a restricted raster", "seen-by.tif", public(), "holds the restricted seen-by.tif; give the public edition a folder of its own"},
		{"the public edition beside crossings", "crossings.geojson", public(), "holds the restricted crossings.geojson; give the public edition a folder of its own"},
		{"a plan without crossings beside an older one's", "arrival.tif", bare, "holds arrival.tif of an earlier plan with crossings, and this plan has none; give it a folder of its own"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, c.stale), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Write(context.Background(), dir, c.plan, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", c.name, err)
		}
		if left, _ := os.ReadDir(dir); len(left) != 1 {
			t.Errorf("%s: something was written", c.name)
		}
	}
}

func TestAPlanWithoutCrossingsHasNoProductsOfThem(t *testing.T) {
	bare := fixture()
	bare.Crossing, bare.Priors = nil, nil
	files := written(bare)
	if got, want := names(files), "coverage.tif plan.geojson plan.gpkg report.html seen-by.tif summary.json"; got != want {
		t.Errorf("wrote %s, want %s", got, want)
	}
	if strings.Contains(string(files["summary.json"]), `"crossing"`) {
		t.Error("the summary has a part for crossings")
	}
}

func TestWriteTellsItsProgressAndStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var seen []string
	_, err := Write(ctx, t.TempDir(), fixture(), func(file string, done, of int) {
		seen = append(seen, file)
		if done == 2 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
	if len(seen) != 3 {
		t.Errorf("began %v, want three files", seen)
	}
}

func TestCheckNamesWhatAPlanLacks(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Plan)
		want   string
	}{
		{"nothing computed", func(p *Plan) { p.Result = nil }, "compute the coverage first"},
		{"heights of another grid", func(p *Plan) { p.Ground = grid.NewTiled[float32](grid.Frame{}, 0) }, "use one grid"},
		{"no time", func(p *Plan) { p.Provenance.At = time.Time{} }, "give the time"},
		{"a grid of degrees", func(p *Plan) {
			r := *p.Result
			r.Frame.CRS = grid.WGS84
			p.Result = &r
		}, "compute on a metric grid"},
		{"a worst mode that is none", func(p *Plan) { p.Crossing = &crossing.Result{Modes: p.Crossing.Modes, Worst: 6} }, "6 is none of its 6 modes"},
		{"crossings of another grid", func(p *Plan) {
			m := p.Crossing.Modes[0]
			m.Hazard = grid.NewTiled[float32](grid.Frame{}, 0)
			p.Crossing = &crossing.Result{Modes: []crossing.Mode{m}}
		}, "plan.crossing.modes[0]: its rasters are missing or not on the frame of the result; use one grid"},
		{"no conditions", func(p *Plan) {
			r := *p.Result
			r.Views = nil
			p.Result = &r
		}, "give at least one condition"},
	} {
		p := fixture()
		c.change(&p)
		if _, err := Write(context.Background(), t.TempDir(), p, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

func TestAnAreaWithoutPostsHasProducts(t *testing.T) {
	p := fixture()
	area, result := *p.Area, *p.Result
	area.Sites = []frontier.Site{}
	result.Sites, result.Mutual = nil, nil
	for i := range result.Views {
		result.Views = slices.Clone(result.Views)
		result.Views[i].Loss = nil
	}
	p.Area, p.Result = &area, &result
	if !strings.Contains(string(pageOf(t, p)), "nobody watches") {
		t.Error("the report does not say that nobody watches")
	}
	if err := SeenBy(context.Background(), p, io.Discard); err != nil {
		t.Error(err)
	}
}
