package examples_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vedette/examples"
	"vedette/frontier"
)

var update = flag.Bool("update", false, "write the examples in their canonical form")

func TestTheExamplesAreInOrderAndCanonical(t *testing.T) {
	paths, err := filepath.Glob("*/*.area.geojson")
	if err != nil || len(paths) < 2 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		area, err := frontier.Read(bytes.NewReader(text))
		if err != nil {
			t.Errorf("%s:\n%v", path, err)
			continue
		}
		var canonical bytes.Buffer
		if err := frontier.Write(&canonical, area); err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(path, canonical.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if !bytes.Equal(text, canonical.Bytes()) {
			t.Errorf("%s is not in its canonical form; run go test ./examples -update", path)
		}
		if !area.Settings.Illustrative || !strings.Contains(area.Settings.Note, "claim") && !strings.Contains(area.Settings.Note, "Fictional") {
			t.Errorf("%s does not say that it is illustrative", path)
		}
	}
}

func TestTheEmbeddedExampleIsAlQaim(t *testing.T) {
	area, err := frontier.Read(bytes.NewReader(examples.AlQaim))
	if err != nil {
		t.Fatal(err)
	}
	if area.Settings.Name != "Al-Qaim" || !strings.Contains(strings.Join(area.Settings.Attribution, " "), "OpenStreetMap contributors, ODbL") {
		t.Errorf("%+v", area.Settings)
	}
}
