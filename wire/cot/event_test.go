package cot

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write testdata/ours anew")

// events are the documents in testdata/events, by file.
func events(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	files, err := filepath.Glob("testdata/events/*.xml")
	if err != nil || len(files) == 0 {
		t.Fatal("no events", err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(f)] = b
	}
	return all
}

// tester is testing.TB, or rapid's.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

func parse(t tester, doc string) *Event {
	t.Helper()
	e, err := Parse([]byte(doc))
	if err != nil {
		t.Fatalf("%v\n%.400s", err, doc)
	}
	return e
}

func load(t testing.TB, file string) *Event {
	t.Helper()
	return parse(t, string(events(t)[file]))
}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestSoldierIsReadWhole(t *testing.T) {
	e := load(t, "soldier.xml")
	if e.UID != "ANDROID-5f2c91d07ab3" || e.Type != "a-f-G-U-C" || e.How != "m-g" || e.Version != "2.0" {
		t.Errorf("envelope: %+v", e)
	}
	if !e.Time.Equal(at("2018-11-26T05:31:07.412Z")) || !e.Stale.Equal(at("2018-11-26T05:37:22.412Z")) {
		t.Errorf("times: %v to %v", e.Time, e.Stale)
	}
	if want := (Point{34.3924871, 40.9894502, 181.25, 4.7, 9999999}); e.Point != want {
		t.Errorf("point: %v, want %v", e.Point, want)
	}
	d := e.Detail
	equal(t)(d.Contact())(Contact{"Post 7", "*:-1:stcp"})
	equal(t)(d.Takv())(Takv{"SAMSUNG SM-G981U", "ATAK-CIV", "29", "4.10.0.5"})
	equal(t)(d.Group())(Group{"Cyan", "Team Member"})
	equal(t)(d.Status())(Status{78, ""})
	equal(t)(d.Track())(Track{267.83463286462046, 1.25})
	equal(t)(d.Precision())(Precision{"GPS", "GPS"})
	if e.Check() != nil || e.ProtoLoss() != nil {
		t.Errorf("faults %v, losses %v", e.Check(), e.ProtoLoss())
	}
}

// equal compares what an accessor gave, in the form equal(t)(call)(want).
func equal(t *testing.T) func(got any, ok bool) func(want any) {
	return func(got any, ok bool) func(want any) {
		return func(want any) {
			t.Helper()
			if !ok || got != want {
				t.Errorf("got %+v (%v), want %+v", got, ok, want)
			}
		}
	}
}

func TestRichIsReadAndKept(t *testing.T) {
	e := load(t, "rich.xml")
	if e.UID != "rich & <strange> م" || e.Access != "Undefined" || e.QoS != "1-r-c" || e.Opex != "e-trial" {
		t.Errorf("envelope: %q %q %q %q", e.UID, e.Access, e.QoS, e.Opex)
	}
	equal(t)(e.Detail.Status())(Status{100, "true"})
	equal(t)(e.Detail.Contact())(Contact{`two "names"`, ""})
	equal(t)(e.Detail.Remarks())(Remarks{Text: "a < b && c, الحدود"})
	if el, _ := e.Detail.Find("odd"); el.Text() != "  kept <raw & ready>  tail " || el.Raw != "<odd>  kept <![CDATA[<raw & ready>]]> <b/> tail </odd>" {
		t.Errorf("odd: %q %q", el.Text(), el.Raw)
	}
	if got := strings.Join(e.ProtoLoss(), ", "); got != "attributes of event, attributes of point" {
		t.Errorf("losses: %s", got)
	}
	out, err := e.AppendXML(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, kept := range []string{" caveat='FOUO'", " x:q='1'", "<detail>" + string(e.Detail) + "</detail>"} {
		if !strings.Contains(string(out), kept) {
			t.Errorf("lost %s in\n%s", kept, out)
		}
	}
}

func TestBytesReceivedAreForwarded(t *testing.T) {
	for file, doc := range events(t) {
		e := parse(t, string(doc))
		got, err := e.Bytes(XML)
		if want := bytes.TrimSpace(doc); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: forwarded %q (%v), want %q", file, got, err, want)
		}
		payload, err := e.Bytes(Proto)
		if err != nil {
			t.Fatal(file, err)
		}
		m, err := ParseMessage(payload)
		if err != nil {
			t.Fatal(file, err)
		}
		if again, err := m.Event.Bytes(Proto); err != nil || !bytes.Equal(again, payload) {
			t.Errorf("%s: protobuf is not forwarded as it came (%v)", file, err)
		}
	}
}

// unknownOf gives what of a detail no typed message holds, element by element.
func unknownOf(d Detail) []string {
	var all []string
	for el := range d.Elements() {
		if typedNumber(el.Name) == 0 {
			all = append(all, el.Raw)
		}
	}
	return all
}

func TestUnknownElementsSurviveProtobufByteForByte(t *testing.T) {
	for file, doc := range events(t) {
		e := parse(t, string(doc))
		back := throughProto(t, e)
		if got, want := unknownOf(back.Detail), unknownOf(e.Detail); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s:\ngot  %q\nwant %q", file, got, want)
		}
		sameViews(t, file, e, back)
		out, err := back.AppendXML(nil)
		if err != nil {
			t.Fatal(file, err)
		}
		sameViews(t, file, e, parse(t, string(out)))
	}
}

func throughProto(t tester, e *Event) *Event {
	t.Helper()
	payload, err := AppendMessage(nil, Message{Event: e})
	if err != nil {
		t.Fatalf("%v", err)
	}
	m, err := ParseMessage(payload)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return m.Event
}

// sameViews compares two events in all that protobuf holds.
func sameViews(t tester, name string, a, b *Event) {
	t.Helper()
	if x, y := essence(a), essence(b); x != y {
		t.Errorf("%s:\n%+v\n%+v", name, x, y)
	}
}

type views struct {
	uid, typ, how, access, qos, opex string
	time, start, stale               int64
	point                            Point
	contact                          Contact
	group                            Group
	status                           Status
	takv                             Takv
	precision                        Precision
	remarks                          Remarks
	course, speed                    float64
}

func essence(e *Event) views {
	v := views{
		e.UID, e.Type, e.How, e.Access, e.QoS, e.Opex,
		e.Time.UnixMilli(), e.Start.UnixMilli(), e.Stale.UnixMilli(),
		Point{e.Point.Lat, e.Point.Lon, known(e.Point.HAE), known(e.Point.CE), known(e.Point.LE)},
		Contact{}, Group{}, Status{}, Takv{}, Precision{}, Remarks{}, 0, 0,
	}
	v.contact, _ = e.Detail.Contact()
	v.group, _ = e.Detail.Group()
	v.status, _ = e.Detail.Status()
	v.takv, _ = e.Detail.Takv()
	v.precision, _ = e.Detail.Precision()
	v.remarks, _ = e.Detail.Remarks()
	if track, ok := e.Detail.Track(); ok {
		v.course, v.speed = known(track.Course), known(track.Speed)
	}
	return v
}

func TestOnlyWholeElementsBecomeTyped(t *testing.T) {
	for _, c := range []struct{ name, detail, xml string }{
		{"all that ATAK sends", `<contact endpoint="*:-1:stcp" callsign="A"/><track course="1" speed="2.5"/>`, ""},
		{"white space between is nothing", "\n  <status battery=\"5\"/>\n", ""},
		{"white space inside is nothing", "<status battery=\"5\"> </status>", ""},
		{"an attribute without a field", `<status battery="5" readiness="true"/>`, `<status battery="5" readiness="true"/>`},
		{"a child", `<contact callsign="A"><x/></contact>`, `<contact callsign="A"><x/></contact>`},
		{"a required attribute is missing", `<track course="1"/>`, `<track course="1"/>`},
		{"an optional one is missing", `<contact callsign="A"/>`, ""},
		{"an optional one is empty", `<contact callsign="A" endpoint=""/>`, `<contact callsign="A" endpoint=""/>`},
		{"twice", `<takv/><status battery="1"/><status battery="1"/>`, `<takv/><status battery="1"/><status battery="1"/>`},
		{"no number", `<track course="NaN" speed="1"/>`, `<track course="NaN" speed="1"/>`},
		{"more digits than a double has", `<track course="1.00000000000000000001" speed="1"/>`, `<track course="1.00000000000000000001" speed="1"/>`},
		{"below zero", `<status battery="-1"/>`, `<status battery="-1"/>`},
		{"zeros that say nothing", `<track course="1.500" speed="0.0"/>`, ""},
		{"beside unknown ones", `<a/><status battery="5"/><b> </b>`, `<a/><b> </b>`},
	} {
		e := NewPing("p", at("2018-11-26T05:31:07Z"))
		e.Detail = Detail(c.detail)
		payload, err := AppendMessage(nil, Message{Event: e})
		if err != nil {
			t.Fatal(c.name, err)
		}
		if got := xmlDetailOf(t, payload); got != c.xml {
			t.Errorf("%s: xmlDetail %q, want %q", c.name, got, c.xml)
		}
	}
}

func TestElementsInXMLWinOverTypedMessages(t *testing.T) {
	e := NewPing("p", at("2018-11-26T05:31:07Z"))
	e.Detail = `<status battery="5" readiness="true"/>`
	payload, err := AppendMessage(nil, Message{Event: e})
	if err != nil {
		t.Fatal(err)
	}
	m, err := ParseMessage(withTypedStatus(t, payload, 99))
	if err != nil || m.Event.Detail != e.Detail {
		t.Errorf("%v: %q, want %q", err, m.Event.Detail, e.Detail)
	}
}

func TestDecimalsAreExact(t *testing.T) {
	e := load(t, "nofix.xml")
	e.Point = Point{Lat: 1e-7, Lon: -0.1, HAE: 123456789.5, CE: 9.999999e6, LE: UnknownError}
	out, err := e.AppendXML(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := `<point lat="0.0000001" lon="-0.1" hae="123456789.5" ce="9999999" le="9999999"/>`
	if !strings.Contains(string(out), want) {
		t.Errorf("%s\nlacks %s", out, want)
	}
}

func TestNoFix(t *testing.T) {
	for file, want := range map[string]bool{"nofix.xml": true, "soldier.xml": false, "offer.xml": true} {
		if got := load(t, file).Point.NoFix(); got != want {
			t.Errorf("%s: no fix %v", file, got)
		}
	}
	if (Point{Lat: 0, Lon: 0, CE: 5}).NoFix() {
		t.Error("0, 0 to 5 m is a fix")
	}
}

func TestEncodings(t *testing.T) {
	const body = `<event uid="caf` + "%" + `" type="a"></event>`
	for _, c := range []struct {
		name, doc, uid string
		reason         Reason
	}{
		{"UTF-8", "<?xml version='1.0' encoding='UTF-8'?>" + strings.ReplaceAll(body, "%", "é"), "café", ""},
		{"a byte order mark", "\xEF\xBB\xBF" + strings.ReplaceAll(body, "%", "é"), "café", ""},
		{"Latin-1", "<?xml version='1.0' encoding='ISO-8859-1'?>" + strings.ReplaceAll(body, "%", "\xE9"), "café", ""},
		{"Latin-1 that says nothing", strings.ReplaceAll(body, "%", "\xE9"), "", BadText},
		{"another", "<?xml version='1.0' encoding='Shift_JIS'?>" + body, "", Encoding},
		{"UTF-16", "\xFE\xFF\x00<\x00e", "", Encoding},
		{"XML 1.1", "<?xml version='1.1'?>" + body, "", Malformed},
	} {
		e, err := Parse([]byte(c.doc))
		if ReasonOf(err) != c.reason || err == nil && e.UID != c.uid {
			t.Errorf("%s: %v %+v", c.name, err, e)
		}
	}
}

func TestHostileXMLIsRefused(t *testing.T) {
	const open, end = `<event uid="u" type="a-u-G"><detail>`, `</detail></event>`
	for _, c := range []struct {
		name, doc string
		want      Reason
	}{
		{"nothing", "", Malformed},
		{"no end", open, Malformed},
		{"another root", "<evil></evil></event>", NotEvent},
		{"an empty event before the end", "<event/></event>", NotEvent},
		{"a billion laughs", `<!DOCTYPE event [<!ENTITY a "&b;">]>` + open + "&a;" + end, Doctype},
		{"an entity of one's own", open + "&a;" + end, Malformed},
		{"a character that is none", open + "&#0;" + end, Malformed},
		{"a processing instruction", open + "<?php echo ?>" + end, Doctype},
		{"an end within a comment", open + "<!-- </event> -->" + end, Malformed},
		{"an end within CDATA", open + "<![CDATA[</event><event uid='spoofed'>]]>" + end, Malformed},
		{"an end within CDATA, spaced", open + "<![CDATA[</event \n>]]>" + end, Malformed},
		{"an event within", open + "<event/>" + end, Ambiguous},
		{"crossed tags", open + "<a><b></a></b>" + end, Malformed},
		{"an attribute twice", open + `<a b="1" b="2"/>` + end, Malformed},
		{"a uid twice", `<event uid="a" uid="b"></event>`, Malformed},
		{"an attribute without quotes", open + `<a b=1/>` + end, Malformed},
		{"< in an attribute", open + `<a b="<"/>` + end, Malformed},
		{"no space between attributes", open + `<a b="1"c="2"/>` + end, Malformed},
		{"a control character", open + "\x01" + end, BadText},
		{"a control character in an attribute", open + "<a b='\x00'/>" + end, BadText},
		{"a character beyond XML", open + "\uFFFF" + end, BadText},
		{"two points", `<event><point lat="1"/><point lat="2"/></event>`, Ambiguous},
		{"two details", `<event><detail/><detail/></event>`, Ambiguous},
		{"text between", `<event>x</event>`, Malformed},
		{"something behind", open + end + "x", Malformed},
		{"]]> in text", open + "]]>" + end, Malformed},
		{"too deep", open + strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100) + end, TooDeep},
		{"too many attributes", open + "<a" + attributes(65) + "/>" + end, TooMany},
		{"too large", open + strings.Repeat(" ", MaxEvent) + end, TooLarge},
	} {
		if _, err := Parse([]byte(c.doc)); ReasonOf(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	parse(t, open+strings.Repeat("<a>", 62)+strings.Repeat("</a>", 62)+"<a"+attributes(64)+"/>"+end)
}

func attributes(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(" a")
		b.WriteByte(byte('0' + i/10))
		b.WriteByte(byte('0' + i%10))
		b.WriteString(`=""`)
	}
	return b.String()
}

func TestEndTagIsWrittenToTheLetter(t *testing.T) {
	e := parse(t, "  <event uid='u'></event \n>\r\n")
	if string(e.Raw) != "<event uid='u'></event>" {
		t.Errorf("%q", e.Raw)
	}
}

func TestEventOfAMebibytePasses(t *testing.T) {
	doc := mebibyte(MaxEvent)
	e := parse(t, doc)
	if len(e.Raw) != MaxEvent || e.Check() != nil {
		t.Errorf("%d bytes, %v", len(e.Raw), e.Check())
	}
	back := throughProto(t, e)
	if back.Detail != e.Detail {
		t.Error("the detail changed in protobuf")
	}
}

// mebibyte is an event of n bytes.
func mebibyte(n int) string {
	const head = `<event version="2.0" uid="big" type="a-u-G" how="m-g" time="2018-11-26T06:00:00.000Z" start="2018-11-26T06:00:00.000Z" stale="2018-11-26T07:00:00.000Z"><point lat="34" lon="41" hae="0" ce="1" le="1"/><detail><remarks>`
	const tail = `</remarks></detail></event>`
	return head + strings.Repeat("x", n-len(head)-len(tail)) + tail
}

func TestChangedForgetsWhatWasReceived(t *testing.T) {
	e := load(t, "sent.xml")
	e.Detail = e.Detail.Without("marti").With(Status{Battery: 3}).With(Contact{Callsign: `C "1"`})
	e.Changed()
	out, err := e.Bytes(XML)
	if err != nil {
		t.Fatal(err)
	}
	again := parse(t, string(out))
	equal(t)(again.Detail.Contact())(Contact{`C "1"`, ""})
	equal(t)(again.Detail.Status())(Status{3, ""})
	if again.Detail.Dests() != nil {
		t.Errorf("dests are left in %s", again.Detail)
	}
	if !strings.HasPrefix(string(again.Detail), `<contact callsign="C &quot;1&quot;"/><remarks>`) {
		t.Errorf("contact left its place: %s", again.Detail)
	}
}

func TestDetailThatIsNoXMLIsNotWritten(t *testing.T) {
	for _, d := range []Detail{"<a>", "</event>", "<![CDATA[</event>]]>", "a\x00", "<event/>", "\xff"} {
		e := NewPing("p", at("2018-11-26T05:31:07Z"))
		e.Detail = d
		if _, err := e.AppendXML(nil); ReasonOf(err) == "" {
			t.Errorf("%q was written", d)
		}
		if _, err := e.Bytes(Proto); ReasonOf(err) == "" {
			t.Errorf("%q was written as protobuf", d)
		}
	}
}

// flatten lists all attributes of a detail as path@name=value, numbers
// shortest, in order of the alphabet.
func flatten(d Detail) []string {
	var all []string
	var walk func(path string, d Detail)
	walk = func(path string, d Detail) {
		for el := range d.Elements() {
			for name, value := range el.Attrs() {
				all = append(all, flat(path+"/"+el.Name, name, value))
			}
			walk(path+"/"+el.Name, Detail(el.Inner))
		}
	}
	walk("", d)
	slices.Sort(all)
	return all
}

func flat(path, name, value string) string {
	if v := parseNumber(value); finite(v) {
		value = string(appendNumber(nil, v))
	}
	return path + "@" + name + "=" + value
}
