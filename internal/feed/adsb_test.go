package feed

import (
	"fmt"
	"math"
	"testing"
	"time"

	"vedette/geo"
	"vedette/track"
	"vedette/wire/adsb"
)

// scan gives what a Beast feed makes of messages of one aircraft.
func scan(t *testing.T, messages ...uint64) []track.Observation {
	t.Helper()
	p := newServer(t, "tcp")
	t.Cleanup(p.close)
	s := start(t, &recorder{}, Config{Name: "mast", Kind: "beast", URL: p.url(), Trust: "unauthenticated"})
	for _, m := range messages {
		f := squitter(t, 0x4840D6, m)
		p.send(t, adsb.AppendBeast(nil, &f))
	}
	last := squitter(t, 0x400999, callsign("LAST"))
	p.send(t, adsb.AppendBeast(nil, &last))
	s.waitID(t, "ICAO-400999")
	all := s.sink.all()
	return all[:len(all)-1]
}

// velocity is a message of type 19: knots east and north, and by how many feet
// GNSS lies above the barometric altitude.
func velocity(east, north, over int) uint64 {
	return 19<<51 | 1<<48 | uint64(east+1)<<32 | uint64(north+1)<<21 | uint64(over/25+1)
}

func TestAnAircraftIsPutTogetherFromItsFrames(t *testing.T) {
	at := geo.Point{Lat: 34.37, Lon: 41.09}
	got := scan(t, callsign("KLM1023"), velocity(100, 0, 250), airborne(at, false, 10000), airborne(at, true, 10000))
	if len(got) != 2 {
		t.Fatalf("%d observations, want one of its name and one of its position: %+v", len(got), got)
	}
	if o := got[0]; o.Fix || o.Label != "KLM1023" || o.Type != "a-u-A-C-F" || o.ID != "ICAO-4840D6" {
		t.Errorf("%+v", o)
	}
	o := got[1]
	if !o.Fix || !near(o.At, at, 3e-5) || o.Label != "KLM1023" || math.Abs(o.Speed-100*1852/3600.0) > 1e-9 || o.Course != 90 {
		t.Errorf("%+v", o)
	}
	if want := 10250 * 0.3048; math.Abs(o.HAE-want) > 1e-6 || o.Props["altitude_baro_m"] != "3048" || o.Props["category"] != "A5" {
		t.Errorf("height %v, want %v; %v", o.HAE, want, o.Props)
	}
	if !o.Stale.Equal(o.Time.Add(time.Minute)) {
		t.Errorf("current until %v", o.Stale)
	}
}

func TestABarometricAltitudeIsNoHeight(t *testing.T) {
	at := geo.Point{Lat: 34.37, Lon: 41.09}
	got := scan(t, airborne(at, false, 10000), airborne(at, true, 10000))
	o := got[len(got)-1]
	if !o.Fix || !math.IsNaN(o.HAE) || o.Props["altitude_baro_m"] != "3048" {
		t.Errorf("%+v", o)
	}
}

func TestAPositionOfSBSStandsWithWhatWasSaidBefore(t *testing.T) {
	p := newServer(t, "tcp")
	t.Cleanup(p.close)
	s := start(t, &recorder{}, Config{Name: "mast", Kind: "sbs", URL: p.url(), Trust: "unauthenticated"})
	for _, m := range []adsb.SBS{
		{Kind: 1, Address: 0x4840D6, Callsign: "KLM1023"},
		{Kind: 4, Address: 0x4840D6, Ground: adsb.Some(51.44444), Track: adsb.Some(90.0), Climb: adsb.Some(0.0)},
		{Kind: 6, Address: 0x4840D6, Squawk: adsb.Some(adsb.Squawk(0o7700)), Emergency: adsb.Some(true)},
		{Kind: 3, Address: 0x4840D6, Altitude: adsb.Some(3048.0), Position: adsb.Some(place(1))},
	} {
		p.send(t, []byte(m.Line()+"\n"))
	}
	waitFor(t, "a position", func() bool { o, ok := s.sink.find("ICAO-4840D6"); return ok && o.Fix })
	o, _ := s.sink.find("ICAO-4840D6")
	if o.Label != "KLM1023" || o.Course != 90 || math.Abs(o.Speed-51.4) > 0.1 || !math.IsNaN(o.HAE) {
		t.Errorf("%+v", o)
	}
	if got := fmt.Sprint(o.Props); got != "map[altitude_baro_m:3048 climb_m_s:0 squawk:7700]" {
		t.Error(got)
	}
}

func TestADocumentIsTakenOnceAndOldPositionsAreNotGivenAgain(t *testing.T) {
	w := newWebsite()
	t.Cleanup(w.close)
	s := start(t, &recorder{}, Config{Name: "mast", Kind: "aircraft", URL: w.url(), Trust: "unauthenticated", Every: 0.01})
	w.send(t, planeDocument(1))
	o := s.waitID(t, icao(1))
	if o.Label != "TEST1" || math.Abs(o.HAE-10250*0.3048) > 1e-9 || o.Props["altitude_baro_m"] != "3048" || o.Course != 90 {
		t.Errorf("%+v", o)
	}
	// The same aircraft, heard no more: half a second older in each document.
	for i := range 3 {
		w.send(t, fmt.Appendf(nil, `{"now":%d,"aircraft":[{"hex":"%06x","lat":%v,"lon":%v,"seen_pos":0.1,"seen":0.1}]}`, time.Now().Unix(), 0x400001, place(1).Lat, place(1).Lon))
		_ = i
	}
	waitFor(t, "more requests", func() bool { w.mu.Lock(); defer w.mu.Unlock(); return w.requests > w.fresh+3 })
	if n := len(s.sink.all()); n != 1 {
		t.Errorf("%d observations of one position", n)
	}
}

func TestTwoAircraftOfOneDocument(t *testing.T) {
	w := newWebsite()
	t.Cleanup(w.close)
	w.send2(`{"now":1543147200,"aircraft":[{"hex":"4840d6","flight":"KLM1023","seen":1.5},{"hex":"~2abcde","lat":34.5,"lon":41.5,"seen_pos":2,"seen":1},{"hex":"nonsense"}]}`)
	s := start(t, &recorder{}, Config{Name: "mast", Kind: "aircraft", URL: w.url(), Trust: "unauthenticated", Every: 0.01})
	o := s.waitID(t, "ADDRESS-2ABCDE")
	if !o.Fix || o.Time.Unix() != 1543147198 {
		t.Errorf("%+v", o)
	}
	if o := s.waitID(t, "ICAO-4840D6"); o.Fix || o.Label != "KLM1023" {
		t.Errorf("%+v", o)
	}
	if h := s.health(); h.Refused["bad_field"] != 1 {
		t.Errorf("%v", h.Refused)
	}
}

// send2 sets the document before anybody asks.
func (w *website) send2(doc string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.doc, w.version = []byte(doc), w.version+1
}

func FuzzBeast(f *testing.F) {
	f.Add(beastAt(f, 1), 5)
	f.Fuzz(func(t *testing.T, b []byte, cut int) { feedBytes(t, "beast", b, cut) })
}

func FuzzSnapshot(f *testing.F) {
	f.Add(planeDocument(1))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := Config{Name: "f", Kind: "aircraft", Trust: "unauthenticated"}.filled()
		out := &Out{&recorder{}, newHealth(c, nil), c.mark()}
		if err := newSky(out).snapshot(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		if bad := out.health.get().Refused; bad["id"]+bad["text"]+bad["type"]+bad["personal"] > 0 {
			t.Fatalf("makes what the sink refuses: %v", bad)
		}
	})
}
