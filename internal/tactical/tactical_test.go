package tactical

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vedette/geo"
	"vedette/track"
	"vedette/wire/cot"
)

var noon = time.Date(2018, 11, 25, 12, 0, 0, 0, time.UTC)

var sender = Sender{Source: "tak", Trust: track.Certificate, By: "post-7", Groups: []string{"Blue"}, Received: noon.Add(time.Second)}

// event writes an event of an hour after a time, with a point and a detail.
func event(uid, typ, point, detail string) string {
	return fmt.Sprintf(`<event version="2.0" uid="%s" type="%s" how="m-g" time="2018-11-25T12:00:00Z" start="2018-11-25T12:00:00Z" stale="2018-11-25T13:00:00Z">`+
		`<point %s/><detail>%s</detail></event>`, uid, typ, point, detail)
}

const here = `lat="34.37" lon="41.09" hae="212.5" ce="9.8" le="9999999.0"`

func read(t *testing.T, doc string) (track.Observation, error) {
	t.Helper()
	e, err := cot.Parse([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return FromEvent(e, sender)
}

func TestAnEventBecomesAnObservation(t *testing.T) {
	doc := event("ANDROID-1", "a-f-G-U-C", here, `<contact callsign="RAVEN"/><track course="271.5" speed="1.4"/>`+
		`<__group name="Cyan" role="Team Lead"/><status battery="78"/><unknown a="b"/>`)
	o, err := read(t, doc)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Check(); err != nil {
		t.Error(err)
	}
	if o.Source != "tak" || o.ID != "ANDROID-1" || o.Type != "a-f-G-U-C" || o.Label != "RAVEN" || o.Trust != track.Certificate || o.By != "post-7" {
		t.Errorf("%+v", o)
	}
	if !o.Fix || o.At != (geo.Point{Lat: 34.37, Lon: 41.09}) || o.HAE != 212.5 || o.CE != 9.8 || !math.IsNaN(o.LE) || o.Course != 271.5 || o.Speed != 1.4 {
		t.Errorf("%+v", o)
	}
	if !o.Time.Equal(noon) || !o.Stale.Equal(noon.Add(time.Hour)) || !o.Received.Equal(noon.Add(time.Second)) || o.Skew != 0 || o.Gone {
		t.Errorf("%+v", o)
	}
	if o.CoT != doc {
		t.Errorf("the event goes along as\n%s, want\n%s", o.CoT, doc)
	}
	if got := fmt.Sprint(o.Props); got != "map[battery_pct:78 how:m-g role:Team Lead team:Cyan]" {
		t.Error(got)
	}
}

func TestWhatIsNotKnownIsNotMadeUp(t *testing.T) {
	o, err := read(t, event("A", "a-f-G", `lat="0" lon="0" hae="9999999.0" ce="9999999.0" le="9999999.0"`, `<track course="-1" speed="-1.0"/>`))
	if err != nil {
		t.Fatal(err)
	}
	if o.Fix || !math.IsNaN(o.HAE) || !math.IsNaN(o.CE) || !math.IsNaN(o.LE) || !math.IsNaN(o.Course) || !math.IsNaN(o.Speed) || o.Label != "" {
		t.Errorf("%+v", o)
	}
	if err := o.Check(); err != nil {
		t.Error(err)
	}
}

func TestAClockThatIsOffIsLeftToTheSink(t *testing.T) {
	late := sender
	late.Received = noon.Add(24 * time.Hour)
	e, err := cot.Parse([]byte(event("A", "a-f-G", here, "")))
	if err != nil {
		t.Fatal(err)
	}
	o, err := FromEvent(e, late)
	if err != nil || !o.Time.Equal(noon) || o.Received.Sub(o.Time) != 24*time.Hour {
		t.Errorf("%v, received %v (%v)", o.Time, o.Received, err)
	}
}

func TestGroupsAreNeverTheEvents(t *testing.T) {
	o, err := read(t, event("A", "a-f-G", here, `<__group name="Red" role="HQ"/><marti><dest group="Red"/></marti>`))
	if err != nil || fmt.Sprint(o.Groups) != "[Blue]" {
		t.Errorf("groups %v (%v), want those of the sender", o.Groups, err)
	}
}

func TestADeleteIsAboutTheOneThatIsGone(t *testing.T) {
	for typ, want := range map[string]string{"a-f-G-U-C": "a-f-G-U-C", "": "t-x-d-d"} {
		e := cot.NewDisconnect("message-1", noon, "ANDROID-1", typ)
		o, err := FromEvent(e, sender)
		if err != nil {
			t.Fatal(err)
		}
		if !o.Gone || o.ID != "ANDROID-1" || o.Type != want || o.Fix {
			t.Errorf("%+v", o)
		}
		if err := o.Check(); err != nil {
			t.Error(err)
		}
		if again := ToEvent(&o, noon); again.Gone() != "ANDROID-1" {
			t.Errorf("given back as %+v", again)
		}
	}
}

func TestAnEmergencyIsOne(t *testing.T) {
	e := cot.NewEmergency(cot.Alarm911, cot.Link{UID: "ANDROID-1", Type: "a-f-G-U-C"}, "RAVEN", cot.Point{Lat: 34, Lon: 41, HAE: 1, CE: 1, LE: 1}, noon)
	o, err := FromEvent(e, sender)
	if err != nil {
		t.Fatal(err)
	}
	if call, _ := o.Emergency(); !call || o.Label != "RAVEN" || o.Kind() != track.KindCall {
		t.Errorf("%+v", o)
	}
}

func TestMessagesAreNotObservations(t *testing.T) {
	for _, e := range []*cot.Event{
		cot.NewPing("p", noon), cot.NewPong("p", noon), cot.NewOffer("p", noon, 1), cot.NewRequest("p", noon, 1),
		cot.NewChat(cot.Chat{ID: "1", From: "RAVEN", UID: "A", Text: "hello"}, cot.NoPoint(), noon),
	} {
		if _, err := FromEvent(e, sender); !errors.Is(err, ErrOther) {
			t.Errorf("%s: %v", e.Type, err)
		}
	}
}

func TestWhatCannotBeIsRefusedWithCotsReason(t *testing.T) {
	_, err := read(t, event("A", "a-f-G", `lat="123" lon="41" hae="0" ce="1" le="1"`, ""))
	if cot.ReasonOf(err) != cot.BadLat {
		t.Error(err)
	}
}

func TestALabelIsMadePrintable(t *testing.T) {
	o, err := read(t, event("A", "a-f-G", here, `<contact callsign=" RA&#9;VEN `+strings.Repeat("é", 100)+`"/>`))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(o.Label, "RAVEN é") || len(o.Label) > track.MaxLabel || o.Check() != nil {
		t.Errorf("%q (%v)", o.Label, o.Check())
	}
}

func TestAnEventInLatin1GoesAlongInUTF8(t *testing.T) {
	doc := `<?xml version="1.0" encoding="ISO-8859-1"?>` + event("A", "a-f-G", here, "<contact callsign=\"N\xe9o\"/>")
	o, err := read(t, doc)
	if err != nil {
		t.Fatal(err)
	}
	if o.Label != "Néo" || !strings.Contains(o.CoT, `callsign="Néo"`) {
		t.Errorf("%q\n%s", o.Label, o.CoT)
	}
}

func TestEventsComeBackAsTheyCame(t *testing.T) {
	files, err := filepath.Glob("../../wire/cot/testdata/events/*.xml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	back := 0
	for _, path := range files {
		doc, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		e, err := cot.Parse(doc)
		if err != nil {
			t.Fatal(err)
		}
		o, err := FromEvent(e, sender)
		if errors.Is(err, ErrOther) {
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		again := ToEvent(&o, noon)
		if string(again.Raw) != string(e.Raw) {
			t.Errorf("%s comes back as\n%s", path, again.Raw)
		}
		back++
	}
	if back < 5 {
		t.Errorf("only %d are observations", back)
	}
}

func ship() track.Observation {
	return track.Observation{
		Source: "harbour", ID: "MMSI-211234560", Type: "a-u-S-X-M", Label: "NORDLAND",
		Fix: true, At: geo.Point{Lat: 54.1, Lon: 7.9}, HAE: math.NaN(), CE: 10, LE: math.NaN(), Course: 271.5, Speed: 6.2,
		Time: noon, Received: noon.Add(time.Second), Stale: noon.Add(10 * time.Minute),
		Trust: track.Unauthenticated, Props: map[string]string{"ship_type": "70", "imo": "9074729"},
	}
}

func TestAShipBecomesAnEvent(t *testing.T) {
	o := ship()
	e := ToEvent(&o, noon)
	doc, err := e.AppendXML(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := cot.Header + `<event version="2.0" uid="harbour.MMSI-211234560" type="a-u-S-X-M" time="2018-11-25T12:00:00.000Z" start="2018-11-25T12:00:00.000Z" stale="2018-11-25T12:10:00.000Z" how="m-g">` +
		`<point lat="54.1" lon="7.9" hae="9999999" ce="10" le="9999999"/><detail><contact callsign="NORDLAND"/><track course="271.5" speed="6.2"/>` +
		`<remarks source="harbour">unauthenticated by harbour; imo 9074729; ship_type 70</remarks></detail></event>`
	if string(doc) != want {
		t.Errorf("got\n%s\nwant\n%s", doc, want)
	}
	if found := e.Check(); len(found) > 0 {
		t.Error(found)
	}
}

func TestAShipThatIsGoneBecomesADisconnect(t *testing.T) {
	o := ship()
	o.Gone = true
	e := ToEvent(&o, noon.Add(time.Minute))
	if e.Gone() != "harbour.MMSI-211234560" || !e.Time.Equal(noon.Add(time.Minute)) || e.UID == e.Gone() {
		t.Errorf("%+v", e)
	}
}

func TestTwoReceiversOfOneShipHaveTwoUIDs(t *testing.T) {
	a, b, plot := ship(), ship(), ship()
	b.Source, plot.ID = "lighthouse", ""
	if UID(&a) == UID(&b) || UID(&plot) == "" || UID(&plot) == UID(&a) {
		t.Errorf("%s, %s and %s", UID(&a), UID(&b), UID(&plot))
	}
}

// Whatever passes track's Check can be written as an event, and says the same
// when it is read.
func TestWhatIsSaidSurvivesTheEvent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := ship()
		maybe := func(name string, low, high float64) float64 {
			if rapid.Bool().Draw(t, name+" is known") {
				return rapid.Float64Range(low, high).Draw(t, name)
			}
			return math.NaN()
		}
		o.HAE, o.CE, o.LE = maybe("hae", -400, 60000), maybe("ce", 0, 5000), maybe("le", 0, 5000)
		o.Course, o.Speed = maybe("course", 0, 360), maybe("speed", 0, 4000)
		o.At = geo.Point{Lat: rapid.Float64Range(-90, 90).Draw(t, "lat"), Lon: rapid.Float64Range(1, 180).Draw(t, "lon")}
		o.Fix = rapid.Bool().Draw(t, "fix")
		o.Label = rapid.StringMatching(`[a-zA-Z<>&"']{1,20}`).Draw(t, "label")
		doc, err := ToEvent(&o, noon).AppendXML(nil)
		if err != nil {
			t.Fatal(err)
		}
		e, err := cot.Parse(doc)
		if err != nil {
			t.Fatal(err)
		}
		again, err := FromEvent(e, Sender{Source: o.Source, Trust: o.Trust, Received: o.Received})
		if err != nil {
			t.Fatal(err)
		}
		if again.Fix != o.Fix || again.Label != o.Label || again.Type != o.Type || o.Fix && again.At != o.At {
			t.Fatalf("%+v, want %+v", again, o)
		}
		pairs := [][2]float64{{again.Course, o.Course}, {again.Speed, o.Speed}}
		if o.Fix {
			pairs = append(pairs, [2]float64{again.HAE, o.HAE}, [2]float64{again.CE, o.CE}, [2]float64{again.LE, o.LE})
		}
		for _, p := range pairs {
			if p[0] != p[1] && !(math.IsNaN(p[0]) && math.IsNaN(p[1])) {
				t.Fatalf("%v, want %v", p[0], p[1])
			}
		}
	})
}

func FuzzFromEvent(f *testing.F) {
	f.Add([]byte(event("ANDROID-1", "a-f-G-U-C", here, `<contact callsign="RAVEN"/><track course="271.5" speed="1.4"/>`)))
	f.Add([]byte(event("A", "t-x-d-d", here, `<link uid="B" type="a-f-G" relation="p-p"/>`)))
	f.Add([]byte(event("A", "b-a-o-tbl", here, `<emergency type="911 Alert">RAVEN</emergency>`)))
	f.Fuzz(func(t *testing.T, doc []byte) {
		e, err := cot.Parse(doc)
		if err != nil {
			return
		}
		o, err := FromEvent(e, sender)
		if err != nil || o.Check() != nil {
			return
		}
		if again := ToEvent(&o, noon); again.UID != e.UID || again.Type != e.Type {
			t.Fatalf("%q comes back as %q", doc, again.Raw)
		}
	})
}
