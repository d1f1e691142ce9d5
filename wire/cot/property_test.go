package cot

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// words are texts that XML can hold, some of them hard to write.
var words = rapid.OneOf(
	rapid.SampledFrom([]string{"", "x", "Post 7", `a"b'c`, "<&>", "]]>", "</event>", "\t\n\r", "الحدود", "\U0001F600", "&amp;"}),
	rapid.StringOf(rapid.Rune().Filter(isChar)),
)

var times = rapid.Custom(func(t *rapid.T) time.Time {
	return time.UnixMilli(rapid.Int64Range(1, lastTime.UnixMilli()).Draw(t, "ms")).UTC()
})

// unknownElements are children of a detail that no typed message holds.
var unknownElements = rapid.SampledFrom([]string{
	"<a/>", "<a b='1' c=\"&lt;\"/>", "<x:y  q = '\"'\n>t<z></z></x:y>", "<remarks>&#x645;</remarks>", "<!-- c -->",
	"<![CDATA[<&]]>", " \n ", "<status battery='1' readiness='true'/>", "<track speed='1'/>", "<contact callsign='a' phone=''/>",
})

var drawnEvents = rapid.Custom(func(t *rapid.T) *Event {
	e := &Event{
		UID: "u" + words.Draw(t, "uid"), Type: "a-u-G", How: words.Draw(t, "how"),
		Access: words.Draw(t, "access"), QoS: words.Draw(t, "qos"), Opex: words.Draw(t, "opex"),
		Time: times.Draw(t, "time"), Start: times.Draw(t, "start"), Stale: times.Draw(t, "stale"),
		Point: Point{
			rapid.Float64Range(-90, 90).Draw(t, "lat"), rapid.Float64Range(-180, 180).Draw(t, "lon"),
			rapid.Float64().Draw(t, "hae"), rapid.Float64Range(0, 1e9).Draw(t, "ce"), rapid.Float64Range(0, 1e-9).Draw(t, "le"),
		},
	}
	e.Detail = Detail(strings.Join(rapid.SliceOfN(unknownElements, 0, 5).Draw(t, "unknown"), ""))
	for _, v := range drawnViews.Draw(t, "views") {
		e.Detail += Detail(v.appendXML(nil))
	}
	return e
})

var drawnViews = rapid.SliceOf(rapid.Custom(func(t *rapid.T) View {
	s := func() string { return words.Draw(t, "word") }
	return rapid.SampledFrom([]View{
		Contact{s(), s()}, Group{s(), s()}, Status{rapid.IntRange(-1, 100).Draw(t, "battery"), s()}, Takv{s(), s(), s(), s()},
		Track{rapid.Float64().Draw(t, "course"), rapid.Float64().Draw(t, "speed")}, Precision{s(), s()},
		Remarks{s(), s(), s()}, Dests{{UID: s()}, {Callsign: s()}}, Link{s(), s(), s()},
	}).Draw(t, "view")
}))

func TestWhatIsWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawnEvents.Draw(t, "event")
		for _, form := range forms {
			again := relay(t, e, form)
			sameViews(t, "relayed", e, again)
			if form == XML && again.Detail != e.Detail {
				t.Fatalf("%q\n%q", again.Detail, e.Detail)
			}
			if got, want := unknownOf(again.Detail), unknownOf(e.Detail); strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Fatalf("%q\n%q", got, want)
			}
		}
	})
}

func TestFormsDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawnEvents.Draw(t, "event")
		once := relay(t, e, Proto)
		twice := relay(t, relay(t, once, XML), Proto)
		if once.Detail != twice.Detail {
			t.Fatalf("%q\n%q", once.Detail, twice.Detail)
		}
	})
}

func TestViewsAreReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		contact := Contact{words.Draw(t, "callsign"), words.Draw(t, "endpoint")}
		remarks := Remarks{words.Draw(t, "text"), words.Draw(t, "source"), words.Draw(t, "to")}
		d := Detail("<a/>").With(contact).With(remarks).With(contact)
		if got, _ := d.Contact(); got != contact {
			t.Fatalf("%+v, want %+v", got, contact)
		}
		if got, _ := d.Remarks(); got != remarks {
			t.Fatalf("%+v, want %+v", got, remarks)
		}
	})
}

func TestMutilatedEventsAreReadOrRefused(t *testing.T) {
	docs := [][]byte{[]byte(load(t, "rich.xml").Raw), mustBytes(t, load(t, "rich.xml")), mustBytes(t, load(t, "soldier.xml"))}
	rapid.Check(t, func(t *rapid.T) {
		doc := rapid.SampledFrom(docs).Draw(t, "doc")
		b := []byte(strings.Clone(string(doc)))
		for range rapid.IntRange(1, 8).Draw(t, "bytes") {
			b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] = rapid.SampledFrom([]byte("<>&'\"/!?-[] \x00\x80\xBF\xFFaeE0:=")).Draw(t, "byte")
		}
		if _, err := Parse(b); err != nil && ReasonOf(err) == "" {
			t.Fatal(err)
		}
		if _, err := ParseMessage(b); err != nil && ReasonOf(err) == "" {
			t.Fatal(err)
		}
	})
}
