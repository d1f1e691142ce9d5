package feed

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"vedette/geo"
	"vedette/track"
	"vedette/wire/ais"
)

// hear gives what an AIS feed makes of lines that come over TCP, and its health.
func hear(t *testing.T, lines ...[]byte) ([]track.Observation, Health) {
	t.Helper()
	p := newServer(t, "tcp")
	t.Cleanup(p.close)
	s := start(t, &recorder{}, Config{Name: "harbour", Kind: "ais", URL: p.url(), Trust: "unauthenticated"})
	p.send(t, bytes.Join(lines, nil))
	p.send(t, shipAt(t, 999)) // the last
	s.waitID(t, mmsi(999))
	all := s.sink.all()
	return all[:len(all)-1], s.health()
}

func TestANameIsRememberedForThePosition(t *testing.T) {
	voyage := nmea(t, &ais.Voyage{Header: ais.Header{Type: 5, MMSI: 211000001}, IMO: 9074729, Callsign: "DABC", Name: "NORDLAND", ShipType: 70,
		Size: ais.Some(ais.Dimensions{Bow: 80, Stern: 20, Port: 8, Starboard: 8}), Draught: ais.Some(7.5), Destination: "HAMBURG"})
	got, _ := hear(t, voyage, shipAt(t, 1), voyage)
	if len(got) != 2 {
		t.Fatalf("%d observations, want the ship without a position, and with it: %+v", len(got), got)
	}
	if o := got[0]; o.ID != "MMSI-211000001" || o.Fix || o.Label != "NORDLAND" {
		t.Errorf("%+v", o)
	}
	o := got[1]
	if !o.Fix || o.Label != "NORDLAND" || o.Type != "a-u-S-X-M-C" || o.CE != 10 || o.Speed != ais5(t) || o.Course != 90 {
		t.Errorf("%+v", o)
	}
	want := "map[beam_m:16 callsign:DABC destination:HAMBURG draught_m:7.5 imo:9074729 length_m:100 nav_status:0 ship_type:70 station:class_a]"
	if fmt.Sprint(o.Props) != want {
		t.Errorf("%v\nwant %v", o.Props, want)
	}
}

// ais5 is 5 m/s as AIS writes it, in tenths of knots.
func ais5(t *testing.T) float64 {
	t.Helper()
	return math.Round(5/0.514444444*10) / 10 * 1852 / 3600
}

func TestTypesOfStations(t *testing.T) {
	at := ais.Motion{Position: ais.Some(place(1))}
	for _, c := range []struct {
		name string
		m    ais.Message
		id   string
		typ  string
	}{
		{"a rescue aircraft", &ais.Aircraft{Header: ais.Header{Type: 9, MMSI: 111232506}, Altitude: ais.Some(300.0), Motion: at}, "MMSI-111232506", "a-u-A"},
		{"a base station", &ais.Base{Header: ais.Header{Type: 4, MMSI: 2320001}, Position: at.Position}, "MMSI-002320001", "a-u-G-I"},
		{"a ship that answers with its time", &ais.Base{Header: ais.Header{Type: 11, MMSI: 304137000}, Position: at.Position}, "MMSI-304137000", "a-u-S"},
		{"an aid to navigation is no contact", &ais.Aid{Header: ais.Header{Type: 21, MMSI: 992351000}, Name: "WEST CARDINAL", Position: at.Position}, "MMSI-992351000", "b-m-p-s-m"},
		{"a small craft", &ais.ClassB{Header: ais.Header{Type: 18, MMSI: 211000002}, Motion: at}, "MMSI-211000002", "a-u-S"},
		{"a fishing vessel", &ais.ClassBExtended{Header: ais.Header{Type: 19, MMSI: 211000003}, Name: "ANNA", ShipType: 30, Motion: at}, "MMSI-211000003", "a-u-S-X-F"},
		{"a ship far out", &ais.LongRange{Header: ais.Header{Type: 27, MMSI: 211000004}, Motion: at}, "MMSI-211000004", "a-u-S"},
		{"a man overboard", &ais.ClassA{Header: ais.Header{Type: 1, MMSI: 972000001}, Status: 14, Motion: at}, "MMSI-972000001", "b-a-o-tbl"},
		{"a transmitter that is tested", &ais.ClassA{Header: ais.Header{Type: 1, MMSI: 970000001}, Status: 15, Motion: at}, "MMSI-970000001", "a-u-S"},
		{"a ship that claims to be one", &ais.ClassA{Header: ais.Header{Type: 1, MMSI: 211000005}, Status: 14, Motion: at}, "MMSI-211000005", "a-u-S"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, h := hear(t, nmea(t, c.m))
			if len(got) != 1 || got[0].ID != c.id || got[0].Type != c.typ || !got[0].Fix {
				t.Errorf("%+v (refused %v), want %s of type %s", got, h.Refused, c.id, c.typ)
			}
		})
	}
}

func TestACallForHelpIsKeptAndNotOffered(t *testing.T) {
	p := newServer(t, "tcp")
	t.Cleanup(p.close)
	s := start(t, &recorder{}, Config{Name: "harbour", Kind: "ais", URL: p.url(), Trust: "unauthenticated"})
	p.send(t, nmea(t, &ais.ClassA{Header: ais.Header{Type: 1, MMSI: 972000001}, Status: 14, Motion: ais.Motion{Position: ais.Some(place(1))}}))
	o := s.waitID(t, "MMSI-972000001")
	if call, _ := o.Emergency(); !call || s.sink.kept != 1 {
		t.Errorf("kept %d, %+v", s.sink.kept, o)
	}
}

func TestWhatSaysNothingOfAPlaceIsCounted(t *testing.T) {
	_, h := hear(t, nmea(t, &ais.Safety{Header: ais.Header{Type: 14, MMSI: 211000001}, Text: "GALE WARNING"}))
	if h.Refused[noObservation] != 1 {
		t.Errorf("%v", h.Refused)
	}
}

func TestTheTimeOfATagBlockIsTheObservations(t *testing.T) {
	line := strings.TrimSpace(string(shipAt(t, 1)))
	tag := "s:station,c:1543147200"
	sum := byte(0)
	for i := range len(tag) {
		sum ^= tag[i]
	}
	got, _ := hear(t, fmt.Appendf(nil, "\\%s*%02X\\%s\r\n", tag, sum, line))
	if len(got) != 1 || got[0].Time.Unix() != 1543147200 || got[0].Received.Sub(got[0].Time) < time.Hour {
		t.Errorf("%+v", got)
	}
}

func sentence(data string) []byte {
	sum := byte(0)
	for i := range len(data) {
		sum ^= data[i]
	}
	return fmt.Appendf(nil, "$%s*%02X\r\n", data, sum)
}

func TestAReceiverSaysWhereItIs(t *testing.T) {
	got, _ := hear(t,
		sentence("GPGGA,120000.00,3422.2000,N,04105.4000,E,1,08,0.9,212.0,M,18.0,M,,"),
		sentence("GPRMC,120000.00,A,3422.2000,N,04105.4000,E,10.0,045.0,251118,,,A"),
		sentence("GPGLL,3422.2000,N,04105.4000,E,120000.00,A,A"))
	if len(got) != 2 {
		t.Fatalf("%d observations, want that of GGA before an RMC was known, and that of RMC: %+v", len(got), got)
	}
	o := got[1]
	if o.ID != "receiver" || o.Type != "a-u-G" || o.HAE != 230 || o.Course != 45 || !o.Time.Equal(time.Date(2018, 11, 25, 12, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", o)
	}
	if !near(o.At, geo.Point{Lat: 34.37, Lon: 41.09}, 1e-9) || o.Props["satellites"] != "8" {
		t.Errorf("%+v", o)
	}
}

func TestAMessageInTwoDatagramsIsWhole(t *testing.T) {
	p := newCaller(t, "udp-listen")
	t.Cleanup(p.close)
	s := start(t, &recorder{}, Config{Name: "harbour", Kind: "ais", URL: p.url(), Trust: "unauthenticated"})
	s.waitState(t, Live)
	lines := nmea(t, &ais.Voyage{Header: ais.Header{Type: 5, MMSI: 211000001}, Name: "NORDLAND"})
	if bytes.Count(lines, []byte("\n")) != 2 {
		t.Fatalf("%q is not in two parts", lines)
	}
	p.send(t, lines)
	if o := s.waitID(t, "MMSI-211000001"); o.Label != "NORDLAND" {
		t.Errorf("%+v", o)
	}
}

func TestAFileIsFollowedFromItsEndOrStart(t *testing.T) {
	for _, fromStart := range []bool{false, true} {
		g := newGrowing(t)
		g.send(t, shipAt(t, 1))
		s := start(t, &recorder{}, Config{Name: "harbour", Kind: "ais", URL: g.url(), FromStart: fromStart})
		s.waitState(t, Live)
		g.send(t, shipAt(t, 2)[:10])
		g.send(t, shipAt(t, 2)[10:])
		o := s.waitID(t, mmsi(2))
		if o.Trust != track.Local {
			t.Errorf("trust %q", o.Trust)
		}
		if _, early := s.sink.find(mmsi(1)); early != fromStart {
			t.Errorf("from_start = %v, and what was there before came: %v", fromStart, early)
		}
		g.drop(t) // another file in its place
		g.send(t, shipAt(t, 3))
		s.waitID(t, mmsi(3))
		s.stop()
	}
}

// FuzzLines feeds anything to the two decoders of lines, cut anywhere.
func FuzzLines(f *testing.F) {
	f.Add(shipAt(f, 1), 7)
	f.Add(planeLine(1), 3)
	f.Add(sentence("GPRMC,120000.00,A,3422.2000,N,04105.4000,E,10.0,045.0,251118,,,A"), 100)
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		for _, kind := range []string{"ais", "sbs"} {
			feedBytes(t, kind, b, cut)
		}
	})
}

// feedBytes gives bytes to a decoder; what comes out passes track's Check.
func feedBytes(t *testing.T, kind string, b []byte, cut int) {
	t.Helper()
	sink := &recorder{}
	c := Config{Name: "f", Kind: kind, Trust: "unauthenticated"}.filled()
	out := &Out{sink, newHealth(c, nil), c.mark()}
	var d decoder
	switch kind {
	case "ais":
		d = (&ships{out: out, own: c.Type, known: newMemory[uint32, *ship](maxShips)}).decoder()
	case "sbs":
		d = newSky(out).sbsLines()
	case "beast":
		d = &beastStream{sky: newSky(out), ownClock: true}
	}
	cut = max(1, min(cut, len(b)))
	for len(b) > 0 {
		n := min(cut, len(b))
		if err := d.take(t.Context(), b[:n]); err != nil {
			t.Fatal(err)
		}
		b = b[n:]
	}
	d.end()
	if bad := out.health.get().Refused; bad["id"]+bad["text"]+bad["type"]+bad["motion"]+bad["position"]+bad["personal"] > 0 {
		t.Fatalf("%s makes what the sink refuses: %v", kind, bad)
	}
}
