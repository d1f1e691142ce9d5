package export

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// featureFile is a file of features as a reader sees it.
type featureFile struct {
	Type    string
	Vedette struct {
		Marking, Note, By string
		Warnings          []string
		Public            bool
	}
	Features []struct {
		Type     string
		Geometry struct {
			Type        string
			Coordinates json.RawMessage
		}
		Properties map[string]any
	}
}

func featuresOf(t *testing.T, name string) featureFile {
	t.Helper()
	var f featureFile
	if err := json.Unmarshal(restrictedFiles()[name], &f); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if f.Type != "FeatureCollection" || f.Vedette.Marking != "RESTRICTED" || len(f.Vedette.Warnings) != 3 || f.Vedette.By == "" {
		t.Errorf("%s says of itself %+v", name, f.Vedette)
	}
	return f
}

// checkGeometry holds a geometry to RFC 7946, with two coordinates of at most
// six decimals, longitude first.
func checkGeometry(t *testing.T, kind string, coordinates []byte) {
	t.Helper()
	var line [][]json.Number
	if kind == "Point" {
		coordinates = []byte("[" + string(coordinates) + "]")
	}
	if err := json.Unmarshal(coordinates, &line); err != nil {
		t.Fatal(err)
	}
	if (kind == "Point") != (len(line) == 1) || kind != "Point" && kind != "LineString" {
		t.Errorf("%s of %d positions", kind, len(line))
	}
	for _, at := range line {
		lon, _ := at[0].Float64()
		lat, _ := at[1].Float64()
		if len(at) != 2 || lon < 40 || lon > 42 || lat < 34 || lat > 35 {
			t.Fatalf("position %v", at)
		}
		for _, v := range at {
			if _, decimals, _ := strings.Cut(string(v), "."); len(decimals) > 6 {
				t.Fatalf("coordinate %s has more than six decimals", v)
			}
		}
	}
}

func TestPorosityHasALineForEachKilometreAndMode(t *testing.T) {
	f := featuresOf(t, "porosity.geojson")
	if len(f.Features) != 240 {
		t.Fatalf("%d features, want 40 kilometres in 6 modes", len(f.Features))
	}
	worst := 0
	for _, one := range f.Features {
		checkGeometry(t, one.Geometry.Type, one.Geometry.Coordinates)
		if one.Type != "Feature" || one.Geometry.Type != "LineString" || one.Properties["kind"] != "porosity" {
			t.Fatalf("%s %s %v", one.Type, one.Geometry.Type, one.Properties["kind"])
		}
		if len(one.Properties) != len(f.Features[0].Properties) {
			t.Errorf("%d properties, the first has %d", len(one.Properties), len(f.Features[0].Properties))
		}
		for name, v := range one.Properties {
			switch v.(type) {
			case map[string]any, []any:
				t.Errorf("%s is not flat", name)
			}
		}
		if one.Properties["worst_mode"] == true {
			worst++
		}
	}
	if worst != 40 {
		t.Errorf("%d features of the worst mode, want 40", worst)
	}
	second := f.Features[41].Properties // foot at night, kilometre 1
	for name, want := range map[string]any{"mover": "foot", "condition": "night", "from_km": 1., "to_km": 2., "p_i": .34, "porosity": .66, "p10": .17, "p50": .34,
		"p90": .67, "runner_up": .3523, "p_unseen": .1235, "crossing_km": 1.5, "duration_s": 4001., "critical_after_s": 2500., "critical_slack_s": 31.,
		"responder": "Barracks North", "arrival_s": 900., "asset1_id": "site-a", "asset1_p_i_without": .085, "asset1_method": "re-solved", "asset3_id": nil} {
		if got := second[name]; got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

func TestCrossingsHaveTheirEventsAfterThem(t *testing.T) {
	f := featuresOf(t, "crossings.geojson")
	if !strings.Contains(f.Vedette.Note, "its 10 weakest kilometres") {
		t.Errorf("the note does not say what is left out: %s", f.Vedette.Note)
	}
	ways := map[string]int{}
	mode := ""
	for _, one := range f.Features {
		checkGeometry(t, one.Geometry.Type, one.Geometry.Coordinates)
		of := fmt.Sprint(one.Properties["mover"], one.Properties["condition"], one.Properties["from_km"])
		switch kind := one.Properties["kind"]; {
		case kind == "crossing" && one.Geometry.Type == "LineString":
			mode = of
			ways[fmt.Sprint(one.Properties["mover"], " ", one.Properties["condition"])]++
		case kind != "event" || one.Geometry.Type != "Point" || of != mode:
			t.Fatalf("a %v of %s as %s after the way of %s", kind, of, one.Geometry.Type, mode)
		}
	}
	if got, want := fmt.Sprint(ways), "map[4x4 day:10 4x4 dust:10 4x4 night:10 foot day:10 foot dust:10 foot night:40]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAWayOnWhichNobodyCanBeInTimeHasNoCriticalPoint(t *testing.T) {
	k := fixture().Crossing.Modes[3].Kilometres[8] // by 4x4 by day
	f := kilometreFigures(&k)
	w := newWay(modeColumns{}, 1, &f, k.Path)
	for _, e := range w.events() {
		if e.What == "critical" || e.What == "met" {
			t.Errorf("it has the event %s", e.What)
		}
	}
	if w.CriticalAfterS != nil || w.Responder != "" || w.MetAfterS != nil || w.DurationS == nil {
		t.Errorf("it says %+v", w.wayColumns)
	}
}

var aFeature = regexp.MustCompile(`(?m)^,?\{"type":"Feature".*\}$`)

func TestFilesOfFeaturesHaveOneOnEachLine(t *testing.T) {
	for _, name := range []string{"porosity.geojson", "crossings.geojson"} {
		if got, want := len(aFeature.FindAll(restrictedFiles()[name], -1)), len(featuresOf(t, name).Features); got != want {
			t.Errorf("%s: %d lines with %d features", name, got, want)
		}
	}
}

func TestPropertiesKeepTheOrderOfTheirColumns(t *testing.T) {
	one := pair()
	text, err := json.Marshal(ofKind("porosity", one.porosity())[0].Properties)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"kind":"porosity","mover":"armoured_car","condition":"day","worst_mode":true,"rank":1,"porosity":0.8765,"from_km":0,"to_km":1,"passable":true,"p_i":0.1235,`; !strings.HasPrefix(string(text), want) {
		t.Errorf("got %s", text)
	}
}

func TestPublicLayersHoldNoCrossings(t *testing.T) {
	p := public()
	for _, l := range p.layers() {
		if l.Name == "porosity" || strings.HasPrefix(l.Name, "crossing") {
			t.Errorf("the layer %s is public", l.Name)
		}
	}
	if p.ways() != nil || len(p.porosity().Features) > 0 {
		t.Error("the public has ways")
	}
}
