package adsb

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"reflect"
	"sort"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vedette/geo"
)

func frame(t testing.TB, digits string) *Frame {
	t.Helper()
	f, err := ParseAVR("*" + digits + ";")
	if err != nil {
		t.Fatal(err)
	}
	return &f
}

func near(a, b, within float64) bool { return math.Abs(a-b) <= within }

// Frames with their decodes, from J. Sun, "The 1090 Megahertz Riddle", second
// edition, 2021; speeds there in knots and feet per minute.
func TestPublishedFrames(t *testing.T) {
	for _, c := range []struct {
		name, frame string
		address     uint32
		holds       func(m Message) bool
	}{
		{"identification", "8D4840D6202CC371C32CE0576098", 0x4840D6, func(m Message) bool {
			i := m.(*Identification)
			return i.Callsign == "KLM1023" && i.Category == "A0"
		}},
		{"ground speed", "8D485020994409940838175B284F", 0x485020, func(m Message) bool {
			v := m.(*Velocity)
			return near(v.Ground.Value/knot, 159.20, 0.005) && near(v.Track.Value, 182.88, 0.005) &&
				near(v.Climb.Value/fpm, -832, 1e-6) && near(v.GNSSOverBaro.Value/foot, 550, 1e-6) && !v.Barometric
		}},
		{"airspeed", "8DA05F219B06B6AF189400CBC33F", 0xA05F21, func(m Message) bool {
			v := m.(*Velocity)
			return near(v.Air.Value/knot, 375, 1e-6) && v.True && near(v.Heading.Value, 243.98, 0.005) &&
				near(v.Climb.Value/fpm, -2304, 1e-6) && v.Barometric
		}},
		{"altitude of a position", "8D40621D58C382D690C8AC2863A7", 0x40621D, func(m Message) bool {
			a := m.(*Airborne)
			return near(a.Altitude.Value/foot, 38000, 1e-6) && !a.GNSS && !a.Position.Value.Odd
		}},
		{"on the ground", "8C4841753A9A153237AEF0F275BE", 0x484175, func(m Message) bool {
			s := m.(*Surface)
			return near(s.Speed.Value/knot, 17, 1e-6) && s.Track.Value == 92.8125
		}},
		{"squawk", "A800292DFFBBA9383FFCEB903D01", 0, func(m Message) bool { return m.(*Reply).Squawk == Some(Squawk(0o1346)) }},
		{"altitude", "A02014B400000000000000F9D514", 0, func(m Message) bool { return near(m.(*Reply).Altitude.Value/foot, 32300, 1e-6) }},
		{"address over parity", "A0001838CA380031440000F24177", 0x3C6DD0, func(m Message) bool {
			return near(m.(*Reply).Altitude.Value/foot, 38000, 1e-6) && !m.Head().Whole
		}},
		{"callsign in a reply", "A000083E202CC371C31DE0AA1CCF", 0, func(m Message) bool { return m.(*Reply).Callsign == "KLM1017" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := Decode(frame(t, c.frame))
			if err != nil {
				t.Fatal(err)
			}
			if c.address != 0 && m.Head().Address != c.address || !c.holds(m) {
				t.Errorf("%T %+v", m, m)
			}
		})
	}
}

// The same source: an airborne pair, the even frame the later, and a pair on
// the ground, the odd frame the later, with a receiver at 51.990 N 4.375 E.
func TestPublishedPositions(t *testing.T) {
	for _, c := range []struct {
		name     string
		frames   []string
		receiver Maybe[geo.Point]
		want     geo.Point
	}{
		{"in the air", []string{"8D40621D58C386435CC412692AD6", "8D40621D58C382D690C8AC2863A7"},
			Maybe[geo.Point]{}, geo.Point{Lat: 52.25720, Lon: 3.91937}},
		{"on the ground", []string{"8C4841753AAB238733C8CD4020B1", "8C4841753A8A35323FAEBDAC702D"},
			Some(geo.Point{Lat: 51.990, Lon: 4.375}), geo.Point{Lat: 52.32061, Lon: 4.73473}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s Pairing
			var p geo.Point
			var err error
			for i, digits := range c.frames {
				m, _ := Decode(frame(t, digits))
				p, err = s.Position(positionOf(m), time.Duration(i)*time.Second, c.receiver)
			}
			if err != nil || !near(p.Lat, c.want.Lat, 1e-5) || !near(p.Lon, c.want.Lon, 1e-5) {
				t.Errorf("%.6f %.6f (%v), want %v", p.Lat, p.Lon, err, c.want)
			}
		})
	}
}

func positionOf(m Message) CPR {
	if s, ok := m.(*Surface); ok {
		return s.Position
	}
	return m.(*Airborne).Position.Value
}

// RTCA DO-260B, table A-21: the latitudes to eight decimals.
func TestZonesOfLongitude(t *testing.T) {
	for _, c := range []struct {
		lat   float64
		below int
	}{{10.47047130, 59}, {14.82817437, 58}, {18.18626357, 57}, {83.99173563, 6}, {86.53536998, 3}, {87, 2}} {
		if a, b := lonZones(c.lat-1e-8), lonZones(c.lat+1e-8); a != c.below || b != c.below-1 {
			t.Errorf("at %v: %d and %d, want %d and %d", c.lat, a, b, c.below, c.below-1)
		}
		if lonZones(-c.lat+1e-8) != c.below {
			t.Errorf("at %v: not the same in the south", -c.lat)
		}
	}
}

// Every hundred feet from -1200 to 126,700 has one code, and neighbours differ
// by one pulse: this is what the code was made for.
func TestGillhamIsAGrayCode(t *testing.T) {
	codes := map[int]uint16{}
	var feet []int
	for code := range uint16(1 << 13) {
		if code&(metric|fine) != 0 {
			continue
		}
		if a := altitude13(code); a.Known {
			ft := int(math.Round(a.Value / foot))
			if _, twice := codes[ft]; twice {
				t.Fatalf("%d ft has two codes", ft)
			}
			codes[ft] = code
			feet = append(feet, ft)
		}
	}
	sort.Ints(feet)
	if len(feet) != 1280 || feet[0] != -1200 || feet[len(feet)-1] != 126700 {
		t.Fatalf("%d altitudes from %d to %d ft", len(feet), feet[0], feet[len(feet)-1])
	}
	for i := 1; i < len(feet); i++ {
		if feet[i]-feet[i-1] != 100 || bits.OnesCount16(codes[feet[i]]^codes[feet[i-1]]) != 1 {
			t.Fatalf("from %d to %d ft: %013b, %013b", feet[i-1], feet[i], codes[feet[i-1]], codes[feet[i]])
		}
	}
}

func TestEverySquawkHasItsCode(t *testing.T) {
	for s := range Squawk(0o10000) {
		if got := squawk(codeOf(s)); got != s {
			t.Fatalf("%v became %v", s, got)
		}
	}
}

func TestSpeedOnTheGround(t *testing.T) {
	for _, c := range []struct {
		code  uint64
		knots float64
	}{{1, 0}, {2, 0.125}, {8, 0.875}, {9, 1}, {12, 1.75}, {13, 2}, {38, 14.5}, {39, 15}, {93, 69}, {94, 70}, {108, 98}, {109, 100}, {123, 170}, {124, 175}} {
		if got := movement(c.code); !got.Known || !near(got.Value/knot, c.knots, 1e-9) {
			t.Errorf("%d is %v knots, want %v", c.code, got.Value/knot, c.knots)
		}
	}
	for _, code := range []uint64{0, 125, 127} {
		if movement(code).Known {
			t.Errorf("%d is a speed", code)
		}
	}
}

func TestParityFindsEveryWrongBit(t *testing.T) {
	good := frame(t, "8D4840D6202CC371C32CE0576098")
	for bit := 5; bit < 112; bit++ { // the first five say which format it is
		bad := *good
		bad.data[bit/8] ^= 0x80 >> (bit % 8)
		var e *Error
		if _, err := Decode(&bad); !errors.As(err, &e) || e.Reason != BadParity {
			t.Errorf("bit %d: %v", bit, err)
		}
	}
}

func TestRepliesAreBelievedFromKnownAircraftOnly(t *testing.T) {
	reply, _ := Decode(frame(t, "A0001838CA380031440000F24177"))
	squitter := &AllCall{Header: Header{Format: 11, Address: 0x3C6DD0, Whole: true}}
	var a Addresses
	if a.Note(reply, 0) {
		t.Error("a reply of nobody was believed")
	}
	if !a.Note(squitter, time.Second) || !a.Note(reply, 30*time.Second) {
		t.Error("a reply after a squitter was not believed")
	}
	if a.Note(reply, 62*time.Second) {
		t.Error("a reply long after was believed")
	}
	for i := range uint32(3 * MaxAddresses) {
		a.Note(&AllCall{Header: Header{Address: i, Whole: true}}, 63*time.Second)
	}
	if len(a.seen) > MaxAddresses {
		t.Errorf("%d addresses are kept", len(a.seen))
	}
	if fresh := (&AllCall{Header: Header{Address: 0xABCDEF, Whole: true}}); !a.Note(fresh, 200*time.Second) || len(a.seen) != 1 {
		t.Errorf("%d addresses are left when all are old", len(a.seen))
	}
}

func TestRefusals(t *testing.T) {
	avr := func(s string) error { _, err := ParseAVR(s); return err }
	decode := func(s string) error {
		f, err := ParseAVR(s)
		if err == nil {
			_, err = Decode(&f)
		}
		return err
	}
	sbs := func(s string) error { _, err := ParseSBS(s); return err }
	snapshot := func(s string) error { _, err := ParseSnapshot([]byte(s)); return err }
	const good = "MSG,3,1,1,4840D6,1,2026/11/22,11:10:28.918,2026/11/22,11:10:29.219,,18150,,,52.1,4.2,,,0,0,0,0"
	swap := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for _, c := range []struct {
		name string
		err  error
		want Reason
	}{
		{"a long line", avr("*" + strings.Repeat("0", MaxLine) + ";"), TooLong},
		{"no end", avr("*8D4840D6"), BadFormat},
		{"no digits", avr("*8D4840DZ;"), BadFormat},
		{"another start", avr("#8D4840D6202CC371C32CE0576098;"), BadFormat},
		{"a clock cut short", avr("@0011;"), BadFormat},
		{"five bytes", avr("*8D4840D620;"), BadLength},
		{"forty bytes", avr("*" + strings.Repeat("00", 40) + ";"), BadLength},
		{"Mode A/C", decode("*1200;"), UnknownType},
		{"a long format in few bytes", decode("*8D4840D6202CC3;"), BadLength},
		{"a short format in many", decode("*5D4840D6202CC371C32CE0576098;"), BadLength},
		{"DF 11 of no interrogator", decode("*5D4840D6F8FFFF;"), BadParity},
		{"DF 19", decode("*994840D6202CC371C32CE0576098;"), UnknownType},
		{"a long SBS line", sbs(strings.Repeat("0", MaxLine+1)), TooLong},
		{"another line", sbs("hello"), BadFormat},
		{"a line of state", sbs("STA,,5,179,400AE7,10103,2008/11/28,14:58:51.153,2008/11/28,14:58:51.153,RM"), UnknownType},
		{"few fields", sbs("MSG,3,1,1,4840D6"), BadFormat},
		{"kind 9", sbs(swap("MSG,3", "MSG,9")), BadField},
		{"address of letters", sbs(swap("4840D6", "4840DX")), BadField},
		{"address of five digits", sbs(swap("4840D6", "4840D")), BadField},
		{"latitude 92", sbs(swap("52.1", "92.1")), BadField},
		{"an endless altitude", sbs(swap("18150", "Inf")), BadField},
		{"13 o'clock and 70 minutes", sbs(swap("11:10:28.918", "13:70:00.000")), BadField},
		{"no JSON", snapshot("<html>"), BadFormat},
		{"another document", snapshot(`{"now": 1}`), BadFormat},
		{"a list of nothing", snapshot(`{"aircraft":[0` + strings.Repeat(",0", MaxAircraft) + `]}`), TooLong},
		{"a large document", snapshot(strings.Repeat(" ", MaxSnapshot+1)), TooLong},
	} {
		t.Run(c.name, func(t *testing.T) {
			var e *Error
			if !errors.As(c.err, &e) || e.Reason != c.want {
				t.Errorf("error is %v, want %v", c.err, c.want)
			}
		})
	}
}

func TestASnapshotOfReadsb(t *testing.T) {
	s, err := ParseSnapshot([]byte(`{"now": 1700000000.5, "messages": 7, "aircraft": [
		{"hex":"4840d6","type":"adsb_icao","flight":"KLM1023 ","alt_baro":36000,"alt_geom":36500,"gs":450.5,"track":90.1,
		 "baro_rate":-64,"squawk":"7700","emergency":"general","category":"A3","lat":52.1,"lon":4.2,"seen_pos":1.5,"seen":0.2,"new":[1]},
		{"hex":"~2a1b3c","type":"mlat","alt_baro":"ground","lat":52.3,"lon":4.7},
		{"hex":"nobody"}, {"hex":"4840d7","lat":95,"lon":0}, {"hex":"4840d8","squawk":"9999"}, {"hex":"4840d9","alt_baro":"high"}, 7]}`))
	if err != nil || len(s.Aircraft) != 2 || len(s.Refused) != 5 {
		t.Fatalf("%+v (%v)", s, err)
	}
	feet := 36000.0 // a variable: constants are multiplied exactly
	want := Aircraft{Address: 0x4840D6, Callsign: "KLM1023", Category: "A3", Squawk: Some(Squawk(0o7700)), Emergency: "general",
		Position: Some(geo.Point{Lat: 52.1, Lon: 4.2}), PositionAge: Some(1500 * time.Millisecond), Age: Some(200 * time.Millisecond),
		Altitude: Some(feet * foot), GNSSAltitude: Some(36500 * foot), Ground: Some(450.5 * knot), Track: Some(90.1), Climb: Some(-64 * fpm)}
	if s.Aircraft[0] != want {
		t.Errorf("%+v, want %+v", s.Aircraft[0], want)
	}
	if g := s.Aircraft[1]; !g.Foreign || !g.OnGround || !g.Multilateral || g.Altitude.Known {
		t.Errorf("%+v", g)
	}
}

func drawFrame(t *rapid.T) Frame {
	n := rapid.SampledFrom([]int{2, 7, 14}).Draw(t, "bytes")
	// Many escapes, for they are what is hard.
	b := rapid.OneOf(rapid.Byte(), rapid.Just(byte(escape)))
	f, err := NewFrame(rapid.SliceOfN(b, n, n).Draw(t, "frame"))
	if err != nil {
		t.Fatal(err)
	}
	f.Ticks = rapid.Uint64Range(0, 1<<48-1).Draw(t, "ticks")
	f.Signal = rapid.Byte().Draw(t, "signal")
	return f
}

func TestFramesSurviveAVRAndBeast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []Frame
		var stream []byte
		for range rapid.IntRange(1, 10).Draw(t, "frames") {
			f := drawFrame(t)
			if got, err := ParseAVR(f.AVR()); err != nil || got != f {
				t.Fatalf("%q is %+v (%v), want %+v", f.AVR(), got, err, f)
			}
			want = append(want, f)
			stream = AppendBeast(stream, &f)
		}
		var s Splitter
		var got []Frame
		for len(stream) > 0 {
			n := rapid.IntRange(1, len(stream)).Draw(t, "chunk")
			s.Write(stream[:n], func(f Frame) { got = append(got, f) }, func(e *Error) { t.Fatal(e) })
			stream = stream[n:]
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v, want %+v", got, want)
		}
	})
}

func TestASplitterFindsItsWayBack(t *testing.T) {
	f := *frame(t, "8D4840D6202CC371C32CE0576098")
	good := AppendBeast(nil, &f)
	for _, c := range []struct {
		name    string
		stream  []byte
		frames  int
		refused []Reason
	}{
		{"text before", append([]byte("hello"), good...), 1, []Reason{Unsynced}},
		{"half a frame before", append(good[:9:9], good...), 1, []Reason{Truncated}},
		{"the end of a frame before", append(good[9:len(good):len(good)], good...), 1, []Reason{Unsynced}},
		{"an unknown frame before", append([]byte{escape, 'x', 1, 2}, good...), 1, []Reason{Unsynced}},
		{"the receiver's state before", append(append([]byte{escape, '4'}, make([]byte, 21)...), good...), 1, []Reason{UnknownType}},
		{"another protocol", make([]byte, 2*patience), 0, []Reason{Unsynced, Unsynced}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s Splitter
			var refused []Reason
			frames := 0
			s.Write(c.stream, func(got Frame) {
				if got != f {
					t.Errorf("%+v", got)
				}
				frames++
			}, func(e *Error) { refused = append(refused, e.Reason) })
			if frames != c.frames || !reflect.DeepEqual(refused, c.refused) {
				t.Errorf("%d frames, refused %v; want %d, %v", frames, refused, c.frames, c.refused)
			}
		})
	}
}

// A zone of latitude is 6 degrees in the air and 1.5 on the ground: 5.1 m and
// 1.3 m for each of its parts, and up to twice that in longitude.
func TestPositionsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := geo.Point{Lat: rapid.Float64Range(-86, 86).Draw(t, "lat"), Lon: rapid.Float64Range(-180, 179.999).Draw(t, "lon")}
		surface := rapid.Bool().Draw(t, "surface")
		odd := rapid.Bool().Draw(t, "odd first")
		receiver := Maybe[geo.Point]{}
		within := 12.0
		if surface {
			receiver = Some(geo.Point{Lat: p.Lat + rapid.Float64Range(-0.3, 0.3).Draw(t, "north"), Lon: p.Lon})
			within = 3
		}
		var s Pairing
		if _, err := s.Position(Compact(p, odd, surface), 0, receiver); !surface && err == nil {
			t.Fatal("one frame gave a position")
		}
		got, err := s.Position(Compact(p, !odd, surface), time.Second, receiver)
		var e *Error
		if errors.As(err, &e) && e.Reason == ZoneChange {
			return // the two roundings lie on both sides of a transition
		}
		if err != nil || geo.Distance(got, p) > within {
			t.Fatalf("%v came back as %v (%v)", p, got, err)
		}
		// And by one frame near the last place.
		to, _ := geo.Direct(p, rapid.Float64Range(0, 360).Draw(t, "course"), 400)
		got, err = s.Position(Compact(to, odd, surface), 60*time.Second, Maybe[geo.Point]{})
		if err != nil || geo.Distance(got, to) > within {
			t.Fatalf("%v came back as %v (%v)", to, got, err)
		}
	})
}

func TestAgesAndJumps(t *testing.T) {
	here, there := geo.Point{Lat: 34, Lon: 41}, geo.Point{Lat: 34, Lon: 43}
	var s Pairing
	reason := func(p geo.Point, odd bool, at time.Duration) Reason {
		t.Helper()
		got, err := s.Position(Compact(p, odd, false), at, Maybe[geo.Point]{})
		if err != nil {
			return err.(*Error).Reason
		}
		if geo.Distance(got, p) > 12 {
			t.Errorf("%v, want %v", got, p)
		}
		return 0
	}
	for i, c := range []struct {
		p    geo.Point
		odd  bool
		at   time.Duration
		want Reason
	}{
		{here, false, 0, NoPair},
		{here, true, 11 * time.Second, NoPair},        // the even frame is too old
		{here, false, 12 * time.Second, 0},            // a pair
		{here, false, 300 * time.Second, 0},           // a place near by
		{here, true, 1000 * time.Second, NoPair},      // that place is too old
		{here, false, 1001 * time.Second, 0},          // a pair
		{there, true, 1002 * time.Second, 0},          // pairs with here, and is refused below
		{there, false, 1003 * time.Second, 0},         // two good frames mend it
		{there, true, 1004*time.Second - 1*60*1e9, 0}, // the clock jumps back
	} {
		got := reason(c.p, c.odd, c.at)
		if i == 6 {
			if got == 0 {
				t.Error("a jump of 180 km was believed")
			}
			continue
		}
		if got != c.want {
			t.Errorf("step %d: %v, want %v", i, got, c.want)
		}
	}
}

func TestSBSLinesSurviveWriting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := func(name string, low, high int, unit float64) Maybe[float64] {
			if !rapid.Bool().Draw(t, name+" known") {
				return Maybe[float64]{}
			}
			return Some(float64(rapid.IntRange(low, high).Draw(t, name)) * unit)
		}
		m := &SBS{Kind: uint8(rapid.IntRange(1, 8).Draw(t, "kind")), Address: rapid.Uint32Range(0, 1<<24-1).Draw(t, "address"),
			Foreign: rapid.Bool().Draw(t, "foreign"), Callsign: rapid.StringMatching("[A-Z0-9]{0,8}").Draw(t, "callsign"),
			Heard:    Some(time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, "heard")).UTC()),
			Altitude: whole("altitude", -1200, 60000, foot), Ground: whole("speed", 0, 2000, knot), Track: whole("track", 0, 359, 1),
			Climb: whole("climb", -9000, 9000, fpm), Alert: Some(rapid.Bool().Draw(t, "alert")), OnGround: Some(rapid.Bool().Draw(t, "ground"))}
		if rapid.Bool().Draw(t, "placed") {
			m.Position = Some(geo.Point{Lat: float64(rapid.IntRange(-9e6, 9e6).Draw(t, "lat")) / 1e5, Lon: float64(rapid.IntRange(-18e6, 18e6).Draw(t, "lon")) / 1e5})
		}
		if s := Squawk(rapid.Uint16Range(0, 0o7777).Draw(t, "squawk")); s != 0 {
			m.Squawk = Some(s)
		}
		if got, err := ParseSBS(m.Line()); err != nil || *got != *m {
			t.Fatalf("%q is %+v (%v), want %+v", m.Line(), got, err, m)
		}
	})
}

// seal lays parity under a frame, so that noise is decoded and not refused.
func seal(f *Frame) {
	body := f.data[:f.n-3]
	p := parity(body)
	copy(f.data[f.n-3:], []byte{byte(p >> 16), byte(p >> 8), byte(p)})
}

// sane holds every value of a message to what it can be.
func sane(t testing.TB, m Message) {
	t.Helper()
	if m.Head().Address > 0xFFFFFF {
		t.Fatalf("%+v", m)
	}
	within := func(v Maybe[float64], low, high float64) {
		t.Helper()
		if v.Known && !(v.Value >= low && v.Value <= high) || !v.Known && v.Value != 0 {
			t.Fatalf("%v in %+v", v, m)
		}
	}
	switch m := m.(type) {
	case *Reply:
		within(m.Altitude, -1300*foot, 126700*foot)
	case *Surface:
		within(m.Speed, 0, fastGround+1)
		within(m.Track, 0, 359.9)
	case *Airborne:
		within(m.Altitude, -1300*foot, 126700*foot)
	case *Velocity:
		within(m.Ground, 0, 4*1023*1.5*knot)
		within(m.Track, 0, 360)
		within(m.Heading, 0, 359.9)
		within(m.Climb, -511*64*fpm, 511*64*fpm)
	}
}

func TestNoiseIsRefusedOrSane(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var s Pairing
	for i := range 100000 {
		f := Frame{n: 7 + 7*(i%2)}
		for k := range f.n {
			f.data[k] = byte(rng.IntN(256))
		}
		if i%4 >= 2 {
			f.data[0] = 17<<3 | f.data[0]&7
			f.n = 14
			seal(&f)
		}
		m, err := Decode(&f)
		if err != nil {
			continue
		}
		sane(t, m)
		if a, ok := m.(*Airborne); ok && a.Position.Known {
			if p, err := s.Position(a.Position.Value, time.Duration(i)*time.Second, Maybe[geo.Point]{}); err == nil && !p.Valid() {
				t.Fatalf("%v", p)
			}
		}
	}
}

func FuzzAVR(f *testing.F) {
	f.Add("*8D4840D6202CC371C32CE0576098;")
	f.Add("@0123456789AB5D4840D6F87407;")
	f.Add("<0123456789ABFF5D4840D6F87407;")
	f.Fuzz(func(t *testing.T, line string) {
		got, err := ParseAVR(line)
		if err != nil {
			return
		}
		if again, err := ParseAVR(got.AVR()); err != nil || again != got {
			t.Fatalf("%q became %q (%v)", line, got.AVR(), err)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"8D4840D6202CC371C32CE0576098", "8D485020994409940838175B284F", "A0001838CA380031440000F24177", "5D4840D6F87407"} {
		raw, _ := hex.DecodeString(s)
		f.Add(raw, true)
	}
	f.Fuzz(func(t *testing.T, raw []byte, sealed bool) {
		fr, err := NewFrame(raw)
		if err != nil {
			return
		}
		if sealed && fr.n > 3 {
			seal(&fr)
		}
		if m, err := Decode(&fr); err == nil {
			sane(t, m)
		}
	})
}

func FuzzSplitter(f *testing.F) {
	fr, _ := ParseAVR("*8D4840D6202CC371C32CE0576098;")
	good := AppendBeast(nil, &fr)
	f.Add(good, 3)
	f.Add(append([]byte{escape, escape, escape, '2', escape}, good...), 1)
	f.Fuzz(func(t *testing.T, stream []byte, cutAt int) {
		read := func(chunks ...[]byte) (got []Frame, refused []Error) {
			var s Splitter
			for _, c := range chunks {
				s.Write(c, func(f Frame) { got = append(got, f) }, func(e *Error) { refused = append(refused, *e) })
			}
			return got, refused
		}
		at := min(max(0, cutAt), len(stream))
		a, ra := read(stream)
		b, rb := read(stream[:at], stream[at:])
		if !reflect.DeepEqual(a, b) || !reflect.DeepEqual(ra, rb) {
			t.Fatalf("cut at %d: %v %v, whole: %v %v", at, b, rb, a, ra)
		}
		if len(a) > len(stream)/11 {
			t.Fatalf("%d frames in %d bytes", len(a), len(stream))
		}
	})
}

func FuzzPosition(f *testing.F) {
	f.Add(uint32(93000), uint32(51372), uint32(74158), uint32(50194), false, false, int64(1e9))
	f.Fuzz(func(t *testing.T, lat0, lon0, lat1, lon1 uint32, odd, surface bool, gap int64) {
		var s Pairing
		receiver := Some(geo.Point{Lat: 34, Lon: 41})
		s.Position(CPR{odd, surface, lat0 % cprMax, lon0 % cprMax}, 0, receiver)
		p, err := s.Position(CPR{!odd, surface, lat1 % cprMax, lon1 % cprMax}, time.Duration(gap), receiver)
		if err == nil && !p.Valid() {
			t.Fatalf("%v", p)
		}
	})
}

func FuzzSBS(f *testing.F) {
	f.Add("MSG,3,1,1,4840D6,1,2026/11/22,11:10:28.918,2026/11/22,11:10:29.219,,18150,,,52.1,4.2,,0762,0,0,0,-1")
	f.Fuzz(func(t *testing.T, line string) {
		m, err := ParseSBS(line)
		if err != nil {
			return
		}
		if strings.ContainsAny(m.Callsign, "\r\n") {
			return // written it would be two lines
		}
		again, err := ParseSBS(m.Line())
		if err != nil || again.Address != m.Address || again.Squawk != m.Squawk || again.Callsign != m.Callsign || again.Position.Known != m.Position.Known {
			t.Fatalf("%q became %q (%v)", line, m.Line(), err)
		}
	})
}

func FuzzSnapshot(f *testing.F) {
	f.Add([]byte(`{"now":1.5,"aircraft":[{"hex":"4840d6","alt_baro":"ground","lat":1,"lon":2,"seen":1}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ParseSnapshot(data)
		if err != nil {
			return
		}
		for _, a := range s.Aircraft {
			if a.Position.Known && !a.Position.Value.Valid() || a.Address > 0xFFFFFF {
				t.Fatalf("%+v", a)
			}
		}
	})
}

func BenchmarkSplitter(b *testing.B) {
	fr, _ := ParseAVR("*8D4840D6202CC371C32CE0576098;")
	var stream []byte
	for range 1000 {
		stream = AppendBeast(stream, &fr)
	}
	var s Splitter
	n := 0
	b.SetBytes(int64(len(stream)))
	for b.Loop() {
		s.Write(stream, func(Frame) { n++ }, func(e *Error) { b.Fatal(e) })
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "messages/s")
}

func BenchmarkDecode(b *testing.B) {
	var frames []Frame
	for _, s := range []string{"8D4840D6202CC371C32CE0576098", "8D485020994409940838175B284F", "A0001838CA380031440000F24177",
		"8D40621D58C386435CC412692AD6", "8D40621D58C382D690C8AC2863A7"} {
		f, _ := ParseAVR("*" + s + ";")
		frames = append(frames, f)
	}
	var p Pairing
	n := 0
	for b.Loop() {
		for i := range frames {
			m, err := Decode(&frames[i])
			if err != nil {
				b.Fatal(err)
			}
			if a, ok := m.(*Airborne); ok {
				p.Position(a.Position.Value, 0, Maybe[geo.Point]{})
			}
		}
		n += len(frames)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "messages/s")
}

func BenchmarkSBS(b *testing.B) {
	n := 0
	for b.Loop() {
		if _, err := ParseSBS("MSG,3,1,1,4840D6,1,2026/11/22,11:10:28.918,2026/11/22,11:10:29.219,,18150,,,52.1,4.2,,0762,0,0,0,-1"); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "messages/s")
}

func ExamplePairing() {
	var aircraft Pairing
	for i, line := range []string{"*8D40621D58C386435CC412692AD6;", "*8D40621D58C382D690C8AC2863A7;"} {
		f, err := ParseAVR(line)
		if err != nil {
			panic(err)
		}
		m, err := Decode(&f)
		if err != nil {
			panic(err)
		}
		p, err := aircraft.Position(m.(*Airborne).Position.Value, time.Duration(i)*time.Second, Maybe[geo.Point]{})
		fmt.Println(p, err)
	}
	// Output:
	// 0.000000N 0.000000E adsb: no_pair: the first of two frames
	// 52.257202N 3.919373E <nil>
}
