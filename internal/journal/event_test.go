package journal

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

func example() Event {
	return Event{
		ID: "ais-1/42", Kind: "contact.position", Version: 1, Source: "ais-1",
		Time: noon, Received: noon.Add(1500 * time.Millisecond),
		Payload: json.RawMessage(`{"lat":34.4,"note":"<a & b>"}`),
	}
}

func TestAnEventHasOneEncoding(t *testing.T) {
	b, err := example().Encode()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"ais-1/42","kind":"contact.position","version":1,"source":"ais-1",` +
		`"time":"2026-05-03T12:00:00Z","received":"2026-05-03T12:00:01.5Z","payload":{"lat":34.4,"note":"<a & b>"}}`
	if string(b) != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
	back, err := Decode(b)
	if err != nil || !reflect.DeepEqual(back, example()) {
		t.Errorf("read back as %+v, %v", back, err)
	}
}

func TestDecodeIsStrict(t *testing.T) {
	good, _ := example().Encode()
	for name, change := range map[string][2]string{
		"an unknown field":     {`"version":1`, `"version":1,"face":"x"`},
		"a field twice":        {`"version":1`, `"version":1,"version":1`},
		"another case":         {`"version"`, `"Version"`},
		"a field missing":      {`"source":"ais-1",`, ``},
		"spaces":               {`,"kind"`, `, "kind"`},
		"something after it":   {`>"}}`, `>"}}{}`},
		"an offset from UTC":   {`12:00:00Z`, `14:00:00+02:00`},
		"a number in a string": {`"version":1`, `"version":"1"`},
	} {
		bad := strings.Replace(string(good), change[0], change[1], 1)
		if bad == string(good) {
			t.Fatalf("%s: nothing was changed", name)
		}
		if e, err := Decode([]byte(bad)); err == nil {
			t.Errorf("%s was accepted: %+v", name, e)
		}
	}
}

func TestCheckNamesTheField(t *testing.T) {
	for want, spoil := range map[string]func(*Event){
		"id: has 0 bytes":                func(e *Event) { e.ID = "" },
		"id: has 129 bytes":              func(e *Event) { e.ID = strings.Repeat("x", MaxID+1) },
		"id: byte 1 is 0x20":             func(e *Event) { e.ID = "a b" },
		`kind: "Contact" is no kind`:     func(e *Event) { e.Kind = "Contact" },
		`kind: "a..b" is no kind`:        func(e *Event) { e.Kind = "a..b" },
		"kind: has 0 bytes":              func(e *Event) { e.Kind = "" },
		"version: 0 is outside":          func(e *Event) { e.Version = 0 },
		"source: has 0 bytes":            func(e *Event) { e.Source = "" },
		"source: byte 1 begins":          func(e *Event) { e.Source = "a\nb" },
		"time: the year 1 is outside":    func(e *Event) { e.Time = time.Time{} },
		"received: the year 1969":        func(e *Event) { e.Received = time.Unix(-1, 0) },
		"payload: is not one JSON":       func(e *Event) { e.Payload = nil },
		"payload: the event has 2097153": func(e *Event) { e.Payload = quoted(MaxEvent - 1) },
		"payload: the event has 20973":   func(e *Event) { e.Payload = quoted(MaxEvent - 3) },
	} {
		e := example()
		spoil(&e)
		if _, err := e.Encode(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// quoted is a JSON string of n characters.
func quoted(n int) json.RawMessage {
	return json.RawMessage(`"` + strings.Repeat("x", n) + `"`)
}

func TestAnEventOfAMegabytePasses(t *testing.T) {
	e := example()
	e.Payload = quoted(1 << 20)
	if _, err := e.Encode(); err != nil {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	good, _ := example().Encode()
	f.Add(good)
	f.Add([]byte(`{"id":"","payload":[[[[]]]]}`))
	f.Add([]byte(`{"id":"a","kind":"b","version":1,"source":"é","time":"1970-01-01T00:00:00Z","received":"2261-12-31T23:59:59.999999999Z","payload":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := Decode(b)
		if err != nil {
			return
		}
		again, err := e.Encode()
		if err != nil || string(again) != string(b) {
			t.Fatalf("%q was written as %q, %v", b, again, err)
		}
	})
}
