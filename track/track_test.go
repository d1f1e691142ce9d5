package track

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vedette/geo"
)

var noon = time.Date(2018, 11, 25, 12, 0, 0, 0, time.UTC)

// ship is an observation that nothing is wrong with.
func ship() Observation {
	return Observation{
		Source: "harbour", ID: "MMSI-211234560", Type: "a-u-S", Label: "NORDLAND",
		Fix: true, At: geo.Point{Lat: 54.1, Lon: 7.9}, HAE: math.NaN(), CE: 10, LE: math.NaN(), Course: 271.5, Speed: 6.2,
		Time: noon, Received: noon.Add(time.Second), Stale: noon.Add(10 * time.Minute),
		Trust: Unauthenticated, Props: map[string]string{"ship_type": "70"},
	}
}

func TestCheckRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*Observation)
		want Reason
	}{
		{"no source", func(o *Observation) { o.Source = "" }, BadSource},
		{"a line break in an identity", func(o *Observation) { o.ID = "a\nb" }, BadID},
		{"a type with a quote", func(o *Observation) { o.Type = `a-u-"` }, BadType},
		{"a label that is no UTF-8", func(o *Observation) { o.Label = "\xff" }, BadText},
		{"latitude 123", func(o *Observation) { o.At.Lat = 123 }, BadPosition},
		{"a longitude that is no number", func(o *Observation) { o.At.Lon = math.NaN() }, BadPosition},
		{"an infinite height", func(o *Observation) { o.HAE = math.Inf(1) }, BadPosition},
		{"a negative error", func(o *Observation) { o.CE = -1 }, BadPosition},
		{"a course of 361", func(o *Observation) { o.Course = 361 }, BadMotion},
		{"faster than anything", func(o *Observation) { o.Speed = 1e5 }, BadMotion},
		{"no time", func(o *Observation) { o.Time = time.Time{} }, BadTime},
		{"a certificate of nobody", func(o *Observation) { o.Trust = Certificate }, BadTrust},
		{"a trust of its own", func(o *Observation) { o.Trust = "friend" }, BadTrust},
		{"an event over 1 MiB", func(o *Observation) { o.CoT = strings.Repeat("x", MaxCoT+1) }, TooMuch},
		{"somebody's phone", func(o *Observation) { o.Props = map[string]string{"phone_number": "1"} }, Personal},
		{"somebody's name", func(o *Observation) { o.Props = map[string]string{"full_name": "1"} }, Personal},
		{"a property in capitals", func(o *Observation) { o.Props = map[string]string{"Draught": "1"} }, BadText},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := ship()
			if err := o.Check(); err != nil {
				t.Fatal(err)
			}
			c.do(&o)
			var refusal *Refusal
			if err := o.Check(); !errors.As(err, &refusal) || refusal.Reason != c.want {
				t.Errorf("%v, want a refusal for %s", err, c.want)
			}
		})
	}
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := ship()
		number := func(name string, low, high float64) float64 {
			if rapid.Bool().Draw(t, name+" is known") {
				return rapid.Float64Range(low, high).Draw(t, name)
			}
			return math.NaN()
		}
		o.HAE, o.CE, o.LE = number("hae", -100, 9000), number("ce", 0, 1e7), number("le", 0, 1e7)
		o.Course, o.Speed = number("course", 0, 360), number("speed", 0, 300)
		if o.Fix = rapid.Bool().Draw(t, "fix"); !o.Fix {
			o.At = geo.Point{}
		}
		o.Label = rapid.StringMatching(`[a-zA-Z<>&"' ]{0,20}`).Draw(t, "label")
		o.Gone, o.Late = rapid.Bool().Draw(t, "gone"), rapid.Bool().Draw(t, "late")
		o.CoT = rapid.SampledFrom([]string{"", `<event uid="a&amp;b"/>`}).Draw(t, "cot")
		b, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		var again Observation
		if err := json.Unmarshal(b, &again); err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
		if !same(o, again) {
			t.Fatalf("wrote %+v\nread  %+v", o, again)
		}
		if o.EventID() != again.EventID() {
			t.Fatal("what was read has another id")
		}
	})
}

// same compares with NaN equal to NaN.
func same(a, b Observation) bool {
	for _, o := range []*Observation{&a, &b} {
		for _, v := range []*float64{&o.HAE, &o.CE, &o.LE, &o.Course, &o.Speed} {
			if math.IsNaN(*v) {
				*v = -1
			}
		}
	}
	return reflect.DeepEqual(a, b)
}

func TestEventIDs(t *testing.T) {
	a, b := ship(), ship()
	b.Received = b.Received.Add(time.Hour) // the same once more, later
	if a.EventID() != b.EventID() {
		t.Error("what came twice has two ids")
	}
	moved, renamed, gone := ship(), ship(), ship()
	moved.At.Lat += 1e-9
	renamed.Source, renamed.ID = renamed.Source+renamed.ID[:1], renamed.ID[1:]
	gone.Gone = true
	for _, o := range []Observation{moved, renamed, gone} {
		if o.EventID() == a.EventID() {
			t.Errorf("%+v has the id of another", o)
		}
	}
}

func TestEmergenciesHaveTheirOwnKinds(t *testing.T) {
	for typ, want := range map[string]string{"a-f-G-U-C": KindPosition, "b-a-o-tbl": KindCall, "b-a-o-opn": KindCall, "b-a-o-can": KindCancel} {
		o := ship()
		if o.Type = typ; o.Kind() != want {
			t.Errorf("%s stands as %s, want %s", typ, o.Kind(), want)
		}
		if o.Gone = true; o.Kind() != KindPosition {
			t.Errorf("%s of a sender who is gone stands as %s", typ, o.Kind())
		}
	}
}

func FuzzUnmarshal(f *testing.F) {
	b, err := json.Marshal(ship())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"source":"a","type":"a-u-G","time":"2018-11-25T12:00:00Z","received":"2018-11-25T12:00:00Z","stale":"2018-11-25T12:00:00Z","trust":"local","lat_deg":1e308}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var o Observation
		if json.Unmarshal(b, &o) != nil {
			return
		}
		if _, err := json.Marshal(o); err != nil {
			t.Fatalf("read, but not written: %v", err)
		}
	})
}
