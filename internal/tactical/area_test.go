package tactical

import (
	"strings"
	"testing"

	"vedette/frontier"
	"vedette/wire/cot"
)

// TestAreasAreEventsThatCanBeSent writes the example's events in both forms and
// reads them back.
func TestAreasAreEventsThatCanBeSent(t *testing.T) {
	a, err := frontier.Load("../../examples/al-qaim/al-qaim.area.geojson")
	if err != nil {
		t.Fatal(err)
	}
	events := Area(a, noon)
	want := 1 + len(a.Sites) + len(a.Bases) + len(a.Barriers) + len(a.Gates) + len(a.Protected)
	if len(events) != want || len(a.Sites) == 0 || len(a.Barriers) == 0 {
		t.Fatalf("%d events, want %d", len(events), want)
	}
	seen := map[string]bool{}
	for _, e := range events {
		if seen[e.UID] || !strings.HasPrefix(e.UID, AreaPrefix) {
			t.Errorf("uid %q", e.UID)
		}
		seen[e.UID] = true
		if found := e.Check(); len(found) > 0 {
			t.Errorf("%s: %v", e.UID, found)
		}
		for _, form := range []cot.Form{cot.XML, cot.Proto} {
			if _, err := e.Bytes(form); err != nil {
				t.Errorf("%s as %v: %v", e.UID, form, err)
			}
		}
	}
	doc, err := events[0].Bytes(cot.XML)
	if err != nil {
		t.Fatal(err)
	}
	again, err := cot.Parse(doc)
	if err != nil {
		t.Fatal(err)
	}
	vertices := 0
	for el := range again.Detail.Elements() {
		if el.Name == "link" && el.Attr("point") != "" {
			vertices++
		}
	}
	if vertices != len(a.Frontier.Line) {
		t.Errorf("%d vertices, want %d", vertices, len(a.Frontier.Line))
	}
}

func TestWhatIsDownOrBreachedSaysSo(t *testing.T) {
	a := &frontier.Area{
		Sites:    []frontier.Site{{Named: frontier.Named{ID: "t1"}, Type: "control_tower", State: "down"}},
		Barriers: []frontier.Barrier{{Named: frontier.Named{ID: "b1", Name: "Berm <1>"}, Type: "berm", State: "breached"}},
	}
	for i, want := range []string{"control tower, down", "berm, breached"} {
		e := Area(a, noon)[i+1]
		if r, ok := e.Detail.Remarks(); !ok || r.Text != want {
			t.Errorf("%q, want %q", r.Text, want)
		}
	}
	if c, _ := Area(a, noon)[2].Detail.Contact(); c.Callsign != "Berm <1>" {
		t.Errorf("callsign %q", c.Callsign)
	}
}
