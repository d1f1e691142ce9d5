package adsb

import (
	"bytes"
	"encoding/hex"
	"errors"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vedette/geo"
)

// dataFile reads a file of the feeds that are not part of the project.
func dataFile(t testing.TB, name string) []byte {
	t.Helper()
	data := os.Getenv("VEDETTE_DATA")
	if data == "" {
		t.Skipf("VEDETTE_DATA is not set; with feeds/adsb/%s in that folder this test reads it", name)
	}
	text, err := os.ReadFile(filepath.Join(data, "feeds", "adsb", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func dataLines(t testing.TB, name string) []string {
	return strings.Split(strings.TrimSpace(string(dataFile(t, name))), "\n")
}

// air is what a series of frames tells of one aircraft.
type air struct {
	messages int
	callsign string
	squawk   Squawk
	altitude float64
	speed    float64
	climb    float64
	place    Maybe[geo.Point]
	places   int
	pairing  Pairing
}

// sky is what a series of frames tells of all.
type sky struct {
	aircraft  map[uint32]*air
	addresses Addresses
	refused   map[string]int
	accepted  int
}

func newSky() *sky { return &sky{aircraft: map[uint32]*air{}, refused: map[string]int{}} }

// take gives the message, if it is to be believed, and whose it is.
func (s *sky) take(f *Frame, at time.Duration) (Message, *air) {
	m, err := Decode(f)
	var e *Error
	if errors.As(err, &e) {
		s.refused[e.Reason.String()]++
		return nil, nil
	}
	if !s.addresses.Note(m, at) {
		s.refused["unknown_address"]++
		return nil, nil
	}
	s.accepted++
	a := s.aircraft[m.Head().Address]
	if a == nil {
		a = &air{}
		s.aircraft[m.Head().Address] = a
	}
	a.messages++
	s.learn(a, m, at)
	return m, a
}

func (s *sky) learn(a *air, m Message, at time.Duration) {
	switch m := m.(type) {
	case *Reply:
		if m.Altitude.Known {
			a.altitude = m.Altitude.Value
		}
		if m.Squawk.Known {
			a.squawk = m.Squawk.Value
		}
		if m.Callsign != "" {
			a.callsign = m.Callsign
		}
	case *Identification:
		a.callsign = m.Callsign
	case *Velocity:
		a.speed, a.climb = m.Ground.Value, m.Climb.Value
	case *Airborne:
		if m.Altitude.Known {
			a.altitude = m.Altitude.Value
		}
		if m.Position.Known {
			s.locate(a, m.Position.Value, at)
		}
	case *Surface:
		s.locate(a, m.Position, at)
	}
}

func (s *sky) locate(a *air, c CPR, at time.Duration) {
	p, err := a.pairing.Position(c, at, Maybe[geo.Point]{})
	var e *Error
	if errors.As(err, &e) {
		s.refused["position "+e.Reason.String()]++
		return
	}
	a.place = Some(p)
	a.places++
}

// history gives the frames of pyModeS's file with the seconds since the first.
func history(t testing.TB) (frames []Frame, at []time.Duration) {
	var start time.Time
	for _, line := range dataLines(t, "pymodes_history_data.txt") {
		stamp, digits, _ := strings.Cut(line, " ")
		when, err := time.Parse("2006-01-02T15:04:05.999999", stamp)
		if err != nil {
			t.Fatal(err)
		}
		if start.IsZero() {
			start = when
		}
		raw, err := hex.DecodeString(strings.TrimSpace(digits))
		if err != nil {
			t.Fatal(err)
		}
		f, err := NewFrame(raw)
		if err != nil {
			t.Fatal(err)
		}
		frames, at = append(frames, f), append(at, when.Sub(start))
	}
	return frames, at
}

// dump1090 believes an answer to an interrogator (DF 11) of an aircraft that it
// never heard squitter; here it waits for a squitter. There are nine.
const early = 9

func TestAHistoryIsReadAsByDump1090(t *testing.T) {
	frames, at := history(t)
	s := newSky()
	for i := range frames {
		s.take(&frames[i], at[i])
	}
	snap, err := ParseSnapshot(dataFile(t, "dump1090_aircraft_final.json"))
	if err != nil || len(snap.Refused) > 0 || len(snap.Aircraft) != 5 {
		t.Fatalf("%+v (%v)", snap, err)
	}
	if len(s.aircraft) != len(snap.Aircraft) {
		t.Errorf("%d aircraft, want %d", len(s.aircraft), len(snap.Aircraft))
	}
	for _, w := range snap.Aircraft {
		if got := s.aircraft[w.Address]; got == nil {
			t.Errorf("%06X was not seen", w.Address)
		} else {
			got.agrees(t, w)
		}
	}
	if want := map[string]int{"unknown_address": 1711, "unknown_type": 25, "position no_pair": 10}; !maps.Equal(s.refused, want) || s.accepted != 2789-early {
		t.Errorf("accepted %d, refused %v, want %v", s.accepted, s.refused, want)
	}
}

// agrees holds an aircraft to what dump1090 knows of it at the end; it forgets
// positions, altitudes and speeds that are old.
func (a *air) agrees(t *testing.T, w Aircraft) {
	t.Helper()
	if w.Callsign != "" && a.callsign != w.Callsign || w.Squawk.Known && a.squawk != w.Squawk.Value {
		t.Errorf("%06X: %s %v, want %s %v", w.Address, a.callsign, a.squawk, w.Callsign, w.Squawk.Value)
	}
	if w.Altitude.Known && math.Abs(a.altitude-w.Altitude.Value) > 1e-6 {
		t.Errorf("%06X: %v m, want %v", w.Address, a.altitude, w.Altitude.Value)
	}
	if w.Ground.Known && (math.Floor(a.speed/knot)*knot != w.Ground.Value || math.Abs(a.climb-w.Climb.Value) > 1e-9) {
		t.Errorf("%06X: %v m/s and %v up, want %v and %v", w.Address, a.speed, a.climb, w.Ground.Value, w.Climb.Value)
	}
	if w.Position.Known && !close5(a.place.Value, w.Position.Value) {
		t.Errorf("%06X: at %v, want %v", w.Address, a.place.Value, w.Position.Value)
	}
}

// close5 tells whether two places are the same to 1e-5 degrees; dump1090 writes
// five or six decimals.
func close5(a, b geo.Point) bool {
	return math.Abs(a.Lat-b.Lat) <= 1e-5 && math.Abs(a.Lon-b.Lon) <= 1e-5
}

// dump1090 wrote one SBS line for every frame.
func TestEveryFrameIsReadAsByDump1090(t *testing.T) {
	lines := dataLines(t, "dump1090_raw_avr.txt")
	sbs := dataLines(t, "dump1090_sbs.txt")
	agreed := map[string]int{}
	s := newSky()
	var start time.Time
	for i, line := range lines {
		f, err := ParseAVR(line)
		if err != nil {
			t.Fatal(err)
		}
		want, err := ParseSBS(sbs[i])
		if err != nil {
			t.Fatal(err)
		}
		if start.IsZero() {
			start = want.Heard.Value
		}
		m, a := s.take(&f, want.Heard.Value.Sub(start))
		if m == nil {
			continue
		}
		if m.Head().Address != want.Address {
			t.Errorf("line %d: %06X, want %06X", i+1, m.Head().Address, want.Address)
		}
		agreed["address"]++
		for what, same := range compare(m, a, want) {
			agreed[what]++
			if !same {
				t.Errorf("line %d, %s of %+v, want %+v", i+1, what, m, want)
			}
		}
	}
	want := map[string]int{"address": 2789 - early, "altitude": 871, "squawk": 137, "callsign": 15, "velocity": 169, "position": 155}
	if !maps.Equal(agreed, want) {
		t.Errorf("compared %v, want %v", agreed, want)
	}
}

// compare holds a message to its SBS line, in what both have.
func compare(m Message, a *air, want *SBS) map[string]bool {
	same := map[string]bool{}
	switch m := m.(type) {
	case *Reply:
		if want.Altitude.Known || m.Altitude.Known {
			same["altitude"] = m.Altitude == want.Altitude
		}
		if want.Squawk.Known || m.Squawk.Known {
			same["squawk"] = m.Squawk == want.Squawk
		}
	case *Identification:
		same["callsign"] = m.Callsign == want.Callsign
	case *Airborne:
		same["altitude"] = m.Altitude == want.Altitude
		if want.Position.Known {
			same["position"] = close5(a.place.Value, want.Position.Value)
		}
	case *Velocity:
		same["velocity"] = math.Floor(m.Ground.Value/knot)*knot == want.Ground.Value &&
			cut(m.Track.Value) == want.Track.Value && m.Climb == want.Climb
	}
	return same
}

// cut is a track as this dump1090 writes it: west of north it adds a half to a
// negative angle and cuts towards zero, and so is up to 1.5 degrees too far.
func cut(track float64) float64 {
	if track > 180 {
		track -= 360
	}
	return math.Mod(math.Trunc(track+0.5)+360, 360)
}

func TestABeastStreamIsTheFramesOfItsAVRLines(t *testing.T) {
	stream := dataFile(t, "dump1090_beast.bin")
	lines := dataLines(t, "dump1090_raw_avr.txt")
	for _, size := range []int{1, 7, 1024, len(stream)} {
		var s Splitter
		n := 0
		var again []byte
		for chunk := range slices.Chunk(stream, size) {
			s.Write(chunk, func(f Frame) {
				if n >= len(lines) || f.AVR() != strings.TrimSpace(lines[n]) {
					t.Fatalf("frame %d is %s", n+1, f.AVR())
				}
				again = AppendBeast(again, &f)
				n++
			}, func(e *Error) { t.Fatal(e) })
		}
		if n != 2789 || !bytes.Equal(again, stream) {
			t.Errorf("in chunks of %d: %d frames, written the same: %v", size, n, bytes.Equal(again, stream))
		}
	}
}

func TestOneAircraftOfDump1090(t *testing.T) {
	s := newSky()
	for _, line := range dataLines(t, "modes1.avr.txt") {
		stamp, digits, _ := strings.Cut(line, " ")
		at, err := time.ParseDuration(stamp + "s")
		if err != nil {
			t.Fatal(err)
		}
		f, err := ParseAVR(digits)
		if err != nil {
			t.Fatal(err)
		}
		s.take(&f, at)
	}
	a := s.aircraft[0x4D2023]
	if len(s.aircraft) != 1 || a == nil || a.messages != 217 || a.callsign != "AMC421" {
		t.Errorf("%d aircraft, %+v", len(s.aircraft), a)
	}
	t.Log(s.refused, a.places, a.place.Value)
}
