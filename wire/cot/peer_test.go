package cot

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"
)

// recording is testdata/node-cot.json: what @tak-ps/node-cot made of our
// events.
type recording struct {
	Version string
	Events  map[string]struct {
		Read     peerEvent // of the XML
		Wrote    string    // protobuf of the same, in hex
		Given    string    // our protobuf, in hex
		ReadOurs peerEvent // of that
	}
}

// peerEvent is an event as xml-js has it: attributes and children by name.
type peerEvent struct {
	Event struct {
		Attributes map[string]any `json:"_attributes"`
		Point      node
		Detail     map[string]any
	}
}

type node struct {
	Attributes map[string]any `json:"_attributes"`
}

func recorded(t *testing.T) recording {
	t.Helper()
	b, err := os.ReadFile("testdata/node-cot.json")
	if err != nil {
		t.Fatal(err)
	}
	var r recording
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	if r.Version != "12.23.0" || len(r.Events) != len(events(t)) {
		t.Fatalf("node-cot %s, %d events; run testdata/make.sh", r.Version, len(r.Events))
	}
	return r
}

func TestWeReadAsNodeCotReads(t *testing.T) {
	for file, r := range recorded(t).Events {
		comparePeer(t, file, parse(t, string(events(t)[file])), r.Read)
	}
}

func TestNodeCotReadsOurProtobuf(t *testing.T) {
	for file, r := range recorded(t).Events {
		e := parse(t, string(events(t)[file]))
		if hex.EncodeToString(mustBytes(t, e)) != r.Given {
			t.Errorf("%s: node-cot was given other bytes; run testdata/make.sh", file)
		}
		// It looks for precisionlocation, which protobufjs calls
		// precisionLocation, and so loses it.
		if e.Detail.Without("precisionlocation") != e.Detail {
			e.Detail = e.Detail.Without("precisionlocation")
			delete(r.ReadOurs.Event.Detail, "precisionLocation")
		}
		comparePeer(t, file, e, r.ReadOurs)
	}
}

// comparePeer compares the envelope, the point and the detail, element by
// element and attribute by attribute.
func comparePeer(t *testing.T, file string, e *Event, p peerEvent) {
	t.Helper()
	attrs := p.Event.Attributes
	for name, want := range map[string]string{"uid": e.UID, "type": e.Type, "how": e.How} {
		if got := attrs[name]; unescape(fmt.Sprint(got)) != want {
			t.Errorf("%s: %s is %q, node-cot reads %q", file, name, want, got)
		}
	}
	if got := parseTime(fmt.Sprint(attrs["stale"])); !got.Equal(e.Stale) {
		t.Errorf("%s: stale is %v, node-cot reads %v", file, e.Stale, got)
	}
	for name, want := range map[string]float64{"lat": e.Point.Lat, "lon": e.Point.Lon, "hae": e.Point.HAE, "ce": e.Point.CE, "le": e.Point.LE} {
		if got := parseNumber(fmt.Sprint(p.Event.Point.Attributes[name])); got != want {
			t.Errorf("%s: %s is %v, node-cot reads %v", file, name, want, got)
		}
	}
	if got, want := flattenPeer(p.Event.Detail), flatten(e.Detail); !slices.Equal(got, want) {
		t.Errorf("%s:\nnode-cot %q\nours     %q", file, got, want)
	}
}

func flattenPeer(detail map[string]any) []string {
	var all []string
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				walk(path, one)
			}
		case map[string]any:
			for name, child := range v {
				if name != "_attributes" {
					walk(path+"/"+name, child)
					continue
				}
				for name, value := range child.(map[string]any) {
					all = append(all, flat(path, name, unescape(fmt.Sprint(value))))
				}
			}
		}
	}
	walk("", detail)
	slices.Sort(all)
	return all
}

func TestWeReadNodeCotsProtobuf(t *testing.T) {
	for file, r := range recorded(t).Events {
		payload, err := hex.DecodeString(r.Wrote)
		if err != nil {
			t.Fatal(file, r.Wrote)
		}
		m, err := ParseMessage(payload)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		e := parse(t, string(events(t)[file]))
		if m.Event.UID != e.UID || !m.Event.Stale.Equal(e.Stale) || m.Event.Point != e.Point {
			t.Errorf("%s: %+v\n%+v", file, m.Event, e)
		}
		got, _ := m.Event.Detail.Contact()
		if want, _ := e.Detail.Contact(); got != want {
			t.Errorf("%s: %v, want %v", file, got, want)
		}
	}
}
