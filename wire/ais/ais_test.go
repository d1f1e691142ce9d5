package ais

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vedette/geo"
)

// Sentences that are published with their decodes: the first in E. S. Raymond,
// "AIVDM/AIVDO protocol decoding"; the rest by K. Schwehr in the tests of
// noaadata and gpsd.
var published = []struct {
	name  string
	lines []string
	want  Message
}{
	{"a ship at its berth", []string{"!AIVDM,1,1,,B,177KQJ5000G?tO`K>RA1wUbN0TKH,0*5C"}, &ClassA{
		Header: Header{Type: 1, MMSI: 477553000}, Status: 5, Turn: Some(Turn{}),
		Motion: Motion{at(-122.345833, 47.582833), false, Some(0.0), Some(51.0)}, Heading: Some(181.0), Second: 15, Radio: Some(uint32(149208))}},
	{"a ship that turns to port, with no sensor", []string{"!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A"}, &ClassA{
		Header: Header{Type: 1, MMSI: 371798000}, Turn: Some(Turn{-10, true}),
		Motion: Motion{at(-123.395383, 48.381633), true, Some(12.3 * knot), Some(224.0)}, Heading: Some(215.0), Second: 33, Radio: Some(uint32(34017))}},
	{"a base station", []string{"!AIVDM,1,1,,A,403OviQuMGCqWrRO9>E6fE700@GO,0*4D"}, &Base{
		Header: Header{Type: 4, MMSI: 3669702}, Time: Some(time.Date(2007, 5, 14, 19, 57, 39, 0, time.UTC)),
		Accurate: true, Position: at(-76.352362, 36.883767), EPFD: 7, Radio: Some(uint32(67039))}},
	{"a ship and its voyage", []string{"!AIVDM,2,1,1,A,55?MbV02;H;s<HtKR20EHE:0@T4@Dn2222222216L961O5Gf0NSQEp6ClRp8,0*1C",
		"!AIVDM,2,2,1,A,88888888880,2*25"}, &Voyage{
		Header: Header{Type: 5, MMSI: 351759000}, IMO: 9134270, Callsign: "3FOF8", Name: "EVER DIADEM", ShipType: 70,
		Size: Some(Dimensions{225, 70, 1, 31}), EPFD: 1, Draught: Some(12.2), Destination: "NEW YORK",
		ETA: ETA{Some(uint8(5)), Some(uint8(15)), Some(uint8(14)), Some(uint8(0))}}},
	{"an aircraft in search and rescue", []string{"!AIVDM,1,1,,A,91b77=h3h00nHt0Q3r@@07000<0b,0*69"}, &Aircraft{
		Header: Header{Type: 9, MMSI: 111265591}, Altitude: Some(15.0), Second: 28,
		Motion: Motion{at(11.8816, 57.778455), false, Some(0.0), Some(0.0)}, Radio: Some(uint32(49194))}},
	{"a broadcast", []string{"!AIVDM,1,1,,A,>5?Per18=HB1U:1@E=B0m<L,2*51"}, &Safety{
		Header: Header{Type: 14, MMSI: 351809000}, Text: "RCVD YR TEST MSG"}},
	{"a small craft", []string{"!AIVDM,1,1,,A,B52K>;h00Fc>jpUlNV@ikwpUoP06,0*4C"}, &ClassB{
		Header: Header{Type: 18, MMSI: 338087471}, Motion: Motion{at(-74.072132, 40.68454), false, Some(0.1 * knot), Some(79.6)},
		Second: 49, CarrierSense: true, DSC: true, WholeBand: true, Message22: true, RAIM: true, Radio: Some(uint32(917510))}},
	{"an aid with a long name", []string{"!AIVDM,2,1,5,B,E1mg=5J1T4W0h97aRh6ba84<h2d;W:Te=eLvH50```q,0*46",
		"!AIVDM,2,2,5,B,:D44QDlp0C1DU00,2*36"}, &Aid{
		Header: Header{Type: 21, MMSI: 123456789}, Kind: 20, Name: "CHINA ROSE MURPHY EXPRESS ALERT",
		Position: at(-122.698592, 47.920618), Size: Some(Dimensions{5, 5, 5, 5}), EPFD: 1, Second: 50, Regional: 165}},
	{"a ship far out, without course or speed", []string{"!AIVDM,1,1,,A,KCQ9r=hrFUnH7P00,0*41"}, &LongRange{
		Header: Header{Type: 27, Repeat: 1, MMSI: 236091959}, Status: 3,
		Motion: Motion{at(-154.201667, 87.065), false, Some(0.0), Some(0.0)}}},
}

func at(lon, lat float64) Maybe[geo.Point] { return Some(geo.Point{Lat: lat, Lon: lon}) }

func TestPublishedSentences(t *testing.T) {
	for _, c := range published {
		t.Run(c.name, func(t *testing.T) {
			got := readAll(c.lines)
			if len(got.messages) != 1 || len(got.refused) != 0 {
				t.Fatalf("%d messages, refused %v", len(got.messages), got.refused)
			}
			if bad := differences(gpsd(got.messages[0]), gpsd(c.want)); bad != nil {
				t.Error(strings.Join(bad, "; "))
			}
			if reflect.TypeOf(got.messages[0]) != reflect.TypeOf(c.want) {
				t.Errorf("a %T, want a %T", got.messages[0], c.want)
			}
		})
	}
}

// A published sentence, written again, is the sentence to the last character.
func TestPublishedSentencesAreWrittenAsTheyWere(t *testing.T) {
	for _, c := range published {
		m := readAll(c.lines).messages[0]
		p, err := Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		var want Payload
		for _, line := range c.lines {
			s, _ := ParseSentence(line)
			part, err := parsePart(s)
			if err != nil {
				t.Fatal(err)
			}
			if err := want.add(part.armour, part.fill); err != nil {
				t.Fatal(err)
			}
		}
		// A text of @ or of spaces after its end is not kept: compare what is read.
		again, err := Decode(&p)
		if err != nil || !reflect.DeepEqual(again, m) {
			t.Errorf("%s: %+v, want %+v (%v)", c.name, again, m, err)
		}
		if kind := m.Head().Type; kind != 5 && kind != 21 && p != want {
			t.Errorf("%s: % x, want % x", c.name, p.Bytes(), want.Bytes())
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name string
		line string
		want Reason
	}{
		{"a long line", "!AIVDM,1,1,,A," + strings.Repeat("0", MaxLine) + ",0*00", TooLong},
		{"an empty line", "", NotSentence},
		{"no start", "AIVDM,1,1,,A,0,0*00", NotSentence},
		{"no checksum", "!AIVDM,1,1,,A,0,0", NoChecksum},
		{"half a checksum", "!AIVDM,1,1,,A,0,0*4", NoChecksum},
		{"letters in the checksum", "!AIVDM,1,1,,A,0,0*XY", NoChecksum},
		{"one bit of a position turned", "!AIVDM,1,1,,B,177KQJ5000G?tO`K>RA1wUbN0TKI,0*5C", BadChecksum},
		{"an open tag block", `\s:x*0B`, BadTag},
		{"a tag block that does not add up", `\s:x*00\!AIVDM,1,1,,A,0,0*00`, BadChecksum},
		{"a sentence of another kind", line("$GPGSV,1,1,00"), UnknownSentence},
		{"a strange name", line("$gpgsv,1"), BadField},
		{"five fields", line("!AIVDM,1,1,,A,0"), BadField},
		{"part 2 of 1", line("!AIVDM,1,2,,A,0,0"), BadField},
		{"six fill bits", line("!AIVDM,1,1,,A,000,6"), BadField},
		{"a character without six bits", line("!AIVDM,1,1,,A,17X7,0"), BadArmour},
		{"a few bits", line("!AIVDM,1,1,,A,17,0"), Truncated},
		{"half a position", line("!AIVDM,1,1,,A,177KQJ5000G?tO,0"), Truncated},
		{"type 0", line("!AIVDM,1,1,,A,00000000,0"), UnknownType},
		{"type 28", line("!AIVDM,1,1,,A,L0000000,0"), UnknownType},
		{"an MMSI of ten digits", line("!AIVDM,1,1,,A,:wwwww0000000,0"), BadIdentity},
		{"a second part alone", line("!AIVDM,2,2,1,A,0,0"), MissingPart},
		{"latitude of 60 minutes", line("$GPGLL,5260.0,N,00542.3,E,213950.00,A,A"), BadField},
		{"latitude of letters", line("$GPGLL,0x10,N,00542.3,E,213950.00,A,A"), BadField},
		{"latitude 95", line("$GPGLL,9500.0,N,00542.3,E,213950.00,A,A"), BadField},
		{"neither N nor S", line("$GPGLL,5250.0,X,00542.3,E,213950.00,A,A"), BadField},
		{"25 o'clock", line("$GPGLL,5250.0,N,00542.3,E,253950.00,A,A"), BadField},
		{"the 31st of February", line("$GPRMC,213950.00,A,5250.0,N,00542.3,E,0.0,,310220,,,A"), BadField},
		{"half an RMC", line("$GPRMC,213950.00,A,5250.0,N"), Truncated},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r Reader
			_, err := r.Line(c.line)
			var e *Error
			if !errors.As(err, &e) || e.Reason != c.want {
				t.Errorf("error is %v, want %v", err, c.want)
			}
		})
	}
}

// line adds the checksum to a sentence.
func line(text string) string { return text + sum(text[1:]) }

func TestTagsOfBothKinds(t *testing.T) {
	when := time.Date(2010, 4, 28, 2, 44, 38, 0, time.UTC)
	body := line("!AIVDM,1,1,,B,177KQJ5000G?tO`K>RA1wUbN0TKH,0")
	for _, c := range []struct{ name, line, source string }{
		{"a tag block", Tag{Source: "norfolk", Time: Some(when)}.block() + body, "norfolk"},
		{"milliseconds", `\` + "s:x,c:1272422678000" + sum("s:x,c:1272422678000") + `\` + body, "x"},
		{"the Coast Guard's comment", body + ",d-127,S1378,t024436.00,T36.76385108,r09SCHA1,1272422678", "r09SCHA1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r Reader
			got, err := r.Line(c.line)
			if err != nil || got.Tag.Source != c.source || !got.Tag.Time.Value.Equal(when) {
				t.Errorf("tag %+v (%v), want %s at %v", got.Tag, err, c.source, when)
			}
		})
	}
}

func TestPartsThatDoNotBelongTogetherAreNotJoined(t *testing.T) {
	first, second := published[3].lines[0], published[3].lines[1]
	single := published[0].lines[0]
	var aged []string
	for range MaxAge {
		aged = append(aged, single)
	}
	for _, c := range []struct {
		name     string
		lines    []string
		messages int
		refused  map[string]int
	}{
		{"in order", []string{first, second}, 1, nil},
		{"with others between", []string{first, single, second}, 2, nil},
		{"the first twice", []string{first, first, second}, 1, map[string]int{"lost missing_part": 1}},
		{"the second first", []string{second, first}, 0, map[string]int{"missing_part": 1, "lost missing_part": 1}},
		{"on another channel", []string{first, line("!AIVDM,2,2,1,B,88888888880,2")}, 0, map[string]int{"missing_part": 1, "lost missing_part": 1}},
		{"of another source", []string{Tag{Source: "a"}.block() + first, Tag{Source: "b"}.block() + second}, 0,
			map[string]int{"missing_part": 1, "lost missing_part": 1}},
		{"the third after the first", []string{line("!AIVDM,3,1,1,A,5,0"), line("!AIVDM,3,3,1,A,5,0")}, 0,
			map[string]int{"missing_part": 1, "lost missing_part": 1}},
		{"after too long a time", append(append([]string{first}, aged...), second), MaxAge, map[string]int{"missing_part": 1, "lost missing_part": 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := readAll(c.lines)
			if len(got.messages) != c.messages || (len(c.refused)+len(got.refused) > 0 && !reflect.DeepEqual(got.refused, c.refused)) {
				t.Errorf("%d messages and refused %v, want %d and %v", len(got.messages), got.refused, c.messages, c.refused)
			}
		})
	}
}

func TestUnfinishedMessagesAreBounded(t *testing.T) {
	lost := 0
	r := Reader{Lost: func(*Error) { lost++ }}
	for i := range 1000 {
		tag := Tag{Source: string(rune('a'+i%26)) + string(rune('a'+i/26))}
		if _, err := r.Line(tag.block() + published[3].lines[0]); err != nil {
			t.Fatal(err)
		}
		if len(r.pending) > MaxPending {
			t.Fatalf("%d messages wait", len(r.pending))
		}
	}
	r.Flush()
	if lost != 1000 {
		t.Errorf("%d lost, want all 1000", lost)
	}
}

// ITU-R M.1371-5, annex 8, table 48: 4.733 times the root of degrees per minute.
func TestRateOfTurn(t *testing.T) {
	for _, c := range []struct {
		name string
		wire int
		rate float64
	}{
		{"straight on", 0, 0},
		{"5 degrees a minute is 10.58, written as 11", 11, 5},
		{"to port", -21, -20},
		{"708 and more is 126", 126, 720},
	} {
		if got := (Turn{Rate: c.rate}).wire(); got != c.wire {
			t.Errorf("%s: %d, want %d", c.name, got, c.wire)
		}
	}
}

func TestAReceiverWithoutAFixHasNoPosition(t *testing.T) {
	for _, text := range []string{
		"$GPRMC,213950.00,V,5250.53669,N,00542.34920,E,0.020,,070420,,,N",
		"$GPGGA,213950.00,5250.53669,N,00542.34920,E,0,00,99.99,,M,,M,,",
		"$GPGLL,5250.53669,N,00542.34920,E,213950.00,V,N",
		"$GPGLL,,,,,,V,N",
	} {
		var r Reader
		got, err := r.Line(line(text))
		if err != nil || got.Fix == nil || got.Fix.Position.Known || got.Fix.Speed.Known {
			t.Errorf("%s gives %+v (%v)", text, got.Fix, err)
		}
	}
}

func TestAFixIsReadInFull(t *testing.T) {
	var r Reader
	got, err := r.Line(line("$GNRMC,132826.20,A,4134.5,N,09345.0,W,10,333.728,180320,11.5985,E,D"))
	if err != nil {
		t.Fatal(err)
	}
	f := got.Fix
	when := time.Date(2020, 3, 18, 13, 28, 26, 200e6, time.UTC)
	if !f.Time.Value.Equal(when) || f.Position.Value != (geo.Point{Lat: 41.575, Lon: -93.75}) || f.Course.Value != 333.728 || f.Mode != "D" || !got.Own {
		t.Errorf("fix is %+v", f)
	}
	if math.Abs(f.Speed.Value-5.14444) > 1e-5 { // 10 knots
		t.Errorf("speed is %v m/s", f.Speed.Value)
	}
	got, err = r.Line(line("$GPGGA,132820.60,4134.5,N,09345.0,W,2,09,1.0,278.020,M,-31.442,M,7.6,0133"))
	if err != nil || got.Fix.Altitude.Value != 278.02 || got.Fix.Geoid.Value != -31.442 || got.Fix.Satellites.Value != 9 || got.Fix.Quality.Value != 2 {
		t.Errorf("fix is %+v (%v)", got.Fix, err)
	}
}

// drawn is a payload of any bits, whose type and part are known.
func drawn(t *rapid.T) *Payload {
	var p Payload
	p.put(rapid.SampledFrom([]uint64{1, 2, 3, 4, 5, 9, 11, 14, 18, 19, 21, 24, 27}).Draw(t, "type"), 6)
	p.put(rapid.Uint64Range(0, 3).Draw(t, "repeat"), 2)
	p.put(rapid.Uint64Range(0, 999999999).Draw(t, "mmsi"), 30)
	p.put(rapid.Uint64Range(0, 1).Draw(t, "part"), 2)
	for _, b := range rapid.SliceOfN(rapid.Byte(), 48, 60).Draw(t, "bits") {
		p.put(uint64(b), 8)
	}
	return &p
}

func TestWhatIsReadSurvivesWriting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, err := Decode(drawn(t))
		if err != nil {
			t.Fatal(err)
		}
		p, err := Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode(&p)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(m, again) {
			t.Fatalf("%+v became %+v", m, again)
		}
	})
}

func TestSentencesCarryAnyPayload(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawn(t)
		want, _ := Decode(p)
		all := Sentences(p, rapid.Bool().Draw(t, "own"), "A", rapid.IntRange(0, 9).Draw(t, "sequence"))
		var r Reader
		for i, s := range all {
			text := s.Line()
			if len(text)+2 > 82 {
				t.Fatalf("%q is longer than NMEA 0183 allows", text)
			}
			got, err := r.Line(text + "\r\n")
			if err != nil {
				t.Fatal(err)
			}
			if last := i == len(all)-1; (got.Message != nil) != last || last && !reflect.DeepEqual(got.Message, want) {
				t.Fatalf("part %d of %d gives %+v", i+1, len(all), got.Message)
			}
		}
	})
}

func TestMeasuresComeBackWithinHalfAStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &ClassA{Header: Header{Type: 1, MMSI: 211000000}, Motion: Motion{
			Position: at(rapid.Float64Range(-180, 180).Draw(t, "lon"), rapid.Float64Range(-90, 90).Draw(t, "lat")),
			Speed:    Some(rapid.Float64Range(0, 52).Draw(t, "speed")),
			Course:   Some(rapid.Float64Range(0, 359.9).Draw(t, "course"))}}
		p, err := Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(&p)
		if err != nil {
			t.Fatal(err)
		}
		got := back.(*ClassA).Motion
		const step = 1.0 / 600000 // of a degree
		if math.Abs(got.Position.Value.Lat-m.Position.Value.Lat) > step/2+1e-12 || math.Abs(got.Position.Value.Lon-m.Position.Value.Lon) > step/2+1e-12 ||
			math.Abs(got.Speed.Value-m.Speed.Value) > knot/20+1e-12 || math.Abs(got.Course.Value-m.Course.Value) > 0.05+1e-12 {
			t.Fatalf("%+v became %+v", m.Motion, got)
		}
	})
}

func TestNonsenseIsNotEncoded(t *testing.T) {
	for _, m := range []Message{
		&ClassA{Header: Header{Type: 5}},
		&Voyage{Header: Header{Type: 5, MMSI: 1 << 30}},
	} {
		if _, err := Encode(m); err == nil {
			t.Errorf("%+v was encoded", m)
		}
	}
	p, err := Encode(&ClassA{Header: Header{Type: 1}, Turn: Some(Turn{Rate: math.NaN()}), Motion: Motion{
		Position: at(math.NaN(), 0), Speed: Some(math.NaN()), Course: Some(math.Inf(1))}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := Decode(&p)
	if got := m.(*ClassA); err != nil || got.Turn.Known || got.Position.Known || got.Speed.Known {
		t.Errorf("%+v (%v)", m, err)
	}
}

// Every mutation of a good line is taken or refused with a reason, and the good
// line after it is read.
func TestMutatedLines(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var r Reader
	for i := range 50000 {
		c := published[i%len(published)]
		for _, l := range c.lines {
			b := []byte(l)
			for range 1 + rng.IntN(3) {
				b[rng.IntN(len(b))] = byte(rng.IntN(256))
			}
			_, err := r.Line(string(b))
			var e *Error
			if err != nil && (!errors.As(err, &e) || e.Reason.String() == "") {
				t.Fatalf("%q: %v", b, err)
			}
		}
	}
	if got, err := r.Line(published[0].lines[0]); err != nil || got.Message == nil {
		t.Errorf("a good line gives %+v (%v)", got, err)
	}
}

func FuzzReader(f *testing.F) {
	for _, c := range published {
		f.Add(strings.Join(c.lines, "\n"))
	}
	f.Add(line("$GPRMC,213950.00,A,5250.0,N,00542.3,E,0.0,,070420,,,A"))
	f.Add(line("$GPGGA,132820.60,4134.5,N,09345.0,W,2,09,1.0,278.020,M,-31.442,M,7.6,0133"))
	f.Add(Tag{Source: "x", Group: "1-2-3", Time: Some(time.Unix(1e9, 0))}.block() + published[3].lines[0])
	f.Fuzz(func(t *testing.T, text string) {
		var r Reader
		for l := range strings.Lines(text) {
			got, err := r.Line(l)
			if len(r.pending) > MaxPending || (err != nil && err.(*Error).Reason == 0) {
				t.Fatalf("%d wait, error %v", len(r.pending), err)
			}
			if got.Message != nil {
				survives(t, got.Message)
			}
			if got.Fix != nil && got.Fix.Position.Known && !got.Fix.Position.Value.Valid() {
				t.Fatalf("a fix at %v", got.Fix.Position.Value)
			}
		}
		r.Flush()
	})
}

func FuzzDecode(f *testing.F) {
	for _, c := range published {
		p, _ := Encode(c.want)
		armour, fill := p.Armour()
		f.Add(armour, fill)
	}
	f.Fuzz(func(t *testing.T, armour string, fill int) {
		p, err := Unarmour(armour, fill)
		if err != nil {
			return
		}
		if again, pad := p.Armour(); len(again) > 0 {
			if q, err := Unarmour(again, pad); err != nil || q != p {
				t.Fatalf("%q became %q (%v)", armour, again, err)
			}
		}
		if m, err := Decode(&p); err == nil {
			survives(t, m)
		}
	})
}

func survives(t *testing.T, m Message) {
	t.Helper()
	p, err := Encode(m)
	if err != nil {
		t.Fatalf("%+v is not encoded: %v", m, err)
	}
	again, err := Decode(&p)
	if err != nil || !reflect.DeepEqual(m, again) {
		t.Fatalf("%+v became %+v (%v)", m, again, err)
	}
}

func BenchmarkReader(b *testing.B) {
	var all []string
	for _, c := range published {
		all = append(all, c.lines...)
	}
	var r Reader
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for _, l := range all {
			if _, err := r.Line(l); err != nil {
				b.Fatal(err)
			}
		}
		n += len(published)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "messages/s")
}

func BenchmarkRefused(b *testing.B) {
	var r Reader
	for b.Loop() {
		if _, err := r.Line("!AIVDM,1,1,,B,177KQJ5000G?tO`K>RA1wUbN0TKI,0*5C"); err == nil {
			b.Fatal("taken")
		}
	}
}

func ExampleReader() {
	var r Reader
	got, err := r.Line("!AIVDM,1,1,,B,177KQJ5000G?tO`K>RA1wUbN0TKH,0*5C")
	if err != nil {
		panic(err)
	}
	ship := got.Message.(*ClassA)
	fmt.Println(ship.MMSI, ship.Position.Value, ship.Heading.Value)
	// Output: 477553000 47.582833N 122.345833W 181
}
