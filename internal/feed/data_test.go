package feed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vedette/geo"
	"vedette/track"
	"vedette/wire/adsb"
)

// data reads a capture that is not part of the project.
func data(t testing.TB, parts ...string) []byte {
	t.Helper()
	folder := os.Getenv("VEDETTE_DATA")
	if folder == "" {
		t.Skipf("VEDETTE_DATA is not set; with feeds/%s in that folder this test reads it", strings.Join(parts, "/"))
	}
	b, err := os.ReadFile(filepath.Join(append([]string{folder, "feeds"}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// report of a reference decoder: who was where.
type heard struct {
	id string
	at geo.Point
}

// through serves a capture over TCP and gives what comes of it, once so many
// lines, frames or documents were taken or refused that it is over.
func through(t *testing.T, c Config, capture []byte, last func(*started) bool) ([]track.Observation, Health) {
	t.Helper()
	p := newServer(t, "tcp")
	t.Cleanup(p.close)
	c.Name, c.URL, c.Trust = "capture", p.url(), "unauthenticated"
	s := start(t, &recorder{}, c)
	p.send(t, capture)
	waitFor(t, "the end of the capture", func() bool { return last(s) })
	all := s.sink.all()
	return all, s.health()
}

// until tells that something with an identity came.
func until(id string) func(*started) bool {
	return func(s *started) bool { _, ok := s.sink.find(id); return ok }
}

// placed gives the positions among observations whose identity begins so.
func placed(all []track.Observation, prefix string) []heard {
	var some []heard
	for _, o := range all {
		if o.Fix && strings.HasPrefix(o.ID, prefix) {
			some = append(some, heard{o.ID, o.At})
		}
	}
	return some
}

func ids(all []track.Observation, prefix string) []string {
	seen := map[string]bool{}
	for _, o := range all {
		if strings.HasPrefix(o.ID, prefix) {
			seen[o.ID] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// same holds positions to those of a reference, in order, to 1e-5 degrees.
func same(t *testing.T, got, want []heard, coarse map[int]float64) {
	t.Helper()
	if len(got) != len(want) || len(got) == 0 {
		t.Errorf("%d positions, want %d", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		within := 1e-5
		if c, ok := coarse[i]; ok {
			within = c
		}
		if got[i].id != want[i].id || !near(got[i].at, want[i].at, within) {
			t.Fatalf("position %d is %s at %v, want %s at %v", i+1, got[i].id, got[i].at, want[i].id, want[i].at)
		}
	}
	t.Logf("%d positions agree", len(got))
}

// gpsdAIS reads gpsd's decodes: positions, all identities with one or a name,
// and which positions gpsd wrote coarsely (type 27: tenths of a degree).
func gpsdAIS(t *testing.T, text []byte) (at []heard, who []string, coarse map[int]float64) {
	t.Helper()
	coarse = map[int]float64{}
	seen := map[string]bool{}
	for line := range bytes.Lines(text) {
		var m struct {
			Class    string
			Type     int
			MMSI     int
			Lat, Lon *float64
		}
		if !bytes.HasPrefix(line, []byte(`{"class":"AIS"`)) {
			continue
		}
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatal(err)
		}
		id := fmt.Sprintf("MMSI-%09d", m.MMSI)
		switch m.Type {
		case 1, 2, 3, 4, 9, 11, 18, 19, 21, 27:
			seen[id] = true
			if p := (geo.Point{Lat: *m.Lat, Lon: *m.Lon}); p.Lat <= 90 && p.Lat >= -90 && p.Lon <= 180 && p.Lon >= -180 {
				if m.Type == 27 {
					coarse[len(at)] = 0.05
				}
				at = append(at, heard{id, p})
			}
		case 5, 24:
			seen[id] = true
		}
	}
	return at, slices.Sorted(maps.Keys(seen)), coarse
}

// sameShips holds the identities to gpsd's. Ours may have more that never gave a
// position: gpsd passes a half of type 24 on with the other only.
func sameShips(t *testing.T, got []track.Observation, who []string) {
	t.Helper()
	found := ids(got, "MMSI-")
	for _, id := range who {
		if !slices.Contains(found, id) {
			t.Errorf("%s was not heard", id)
		}
	}
	for _, o := range got {
		if strings.HasPrefix(o.ID, "MMSI-") && !slices.Contains(who, o.ID) && o.Fix {
			t.Errorf("%s is not among gpsd's: %+v", o.ID, o)
		}
	}
}

func TestARealHarbourComesThroughTCP(t *testing.T) {
	log := data(t, "ais", "gpsd_ais-nmea.log")
	want, who, coarse := gpsdAIS(t, data(t, "ais", "gpsd_ais-nmea.decoded.jsonl"))
	got, h := through(t, Config{Kind: "ais"}, append(log, shipAt(t, 999)...), until(mmsi(999)))
	same(t, placed(got[:len(got)-1], "MMSI-"), want, coarse)
	sameShips(t, got[:len(got)-1], who)
	delete(h.Refused, noObservation)
	if refused := map[string]uint64{"unknown_sentence": 821}; !maps.Equal(h.Refused, refused) {
		t.Errorf("refused %v, want %v", h.Refused, refused)
	}
}

func TestSamplesOfAISComeThroughUDP(t *testing.T) {
	lines := data(t, "ais", "gpsd_sample.aivdm")
	want, who, coarse := gpsdAIS(t, data(t, "ais", "gpsd_sample.aivdm.scaled_json.chk"))
	p := newCaller(t, "udp-listen")
	t.Cleanup(p.close)
	s := start(t, &recorder{}, Config{Name: "capture", Kind: "ais", URL: p.url(), Trust: "unauthenticated"})
	s.waitState(t, Live)
	conn, err := net.Dial("udp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for line := range bytes.Lines(append(lines, shipAt(t, 999)...)) {
		if _, err := conn.Write(line); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Microsecond) // the system drops what comes faster than it is read
	}
	s.waitID(t, mmsi(999))
	got := s.sink.all()
	same(t, placed(got[:len(got)-1], "MMSI-"), want, coarse)
	sameShips(t, got[:len(got)-1], who)
	h := s.health()
	delete(h.Refused, noObservation)
	if refused := map[string]uint64{"not_a_sentence": 1}; !maps.Equal(h.Refused, refused) {
		t.Errorf("refused %v, want %v", h.Refused, refused)
	}
}

func TestRealReceiversComeThroughTCP(t *testing.T) {
	for _, c := range []struct {
		log     string
		refused map[string]uint64
	}{
		{"neo-m8n.log", map[string]uint64{"unknown_sentence": 224}},
		{"nmea-fuzzy-cases.log", map[string]uint64{}},
	} {
		t.Run(c.log, func(t *testing.T) {
			got, h := through(t, Config{Kind: "ais"}, append(data(t, "nmea", c.log), shipAt(t, 999)...), until(mmsi(999)))
			if !maps.Equal(h.Refused, c.refused) {
				t.Errorf("refused %v, want %v", h.Refused, c.refused)
			}
			reports := gpsdFixes(t, data(t, "nmea", c.log+".chk"))
			at := placed(got, "receiver")
			for _, o := range at {
				if !slices.ContainsFunc(reports, func(p geo.Point) bool { return near(p, o.at, 1e-5) }) {
					t.Errorf("%v is in no report of gpsd", o.at)
				}
			}
			if len(at) == 0 {
				t.Error("no position")
			}
			t.Logf("%d positions, all among the %d of gpsd", len(at), len(reports))
		})
	}
}

func gpsdFixes(t *testing.T, text []byte) []geo.Point {
	t.Helper()
	var all []geo.Point
	for line := range bytes.Lines(text) {
		var m struct{ Lat, Lon *float64 }
		if bytes.HasPrefix(line, []byte(`{"class":"TPV"`)) {
			if err := json.Unmarshal(line, &m); err != nil {
				t.Fatal(err)
			}
			if m.Lat != nil {
				all = append(all, geo.Point{Lat: *m.Lat, Lon: *m.Lon})
			}
		}
	}
	return all
}

// dump1090 reads the lines that dump1090 wrote: positions, who spoke, and who
// has which callsign at the end. It takes the lines apart by itself.
func dump1090(t *testing.T) (at []heard, who []string, named map[string]string) {
	t.Helper()
	named = map[string]string{}
	seen := map[string]bool{}
	for line := range strings.Lines(string(data(t, "adsb", "dump1090_sbs.txt"))) {
		f := strings.Split(strings.TrimSpace(line), ",")
		id := "ICAO-" + f[4]
		seen[id] = true
		if name := strings.TrimSpace(f[10]); name != "" {
			named[id] = name
		}
		if f[14] != "" {
			lat, err1 := strconv.ParseFloat(f[14], 64)
			lon, err2 := strconv.ParseFloat(f[15], 64)
			if err1 != nil || err2 != nil {
				t.Fatal(err1, err2)
			}
			at = append(at, heard{id, geo.Point{Lat: lat, Lon: lon}})
		}
	}
	return at, slices.Sorted(maps.Keys(seen)), named
}

// agreesWithDump1090 holds observations to dump1090's.
func agreesWithDump1090(t *testing.T, got []track.Observation) {
	t.Helper()
	at, who, named := dump1090(t)
	same(t, placed(got, "ICAO-"), at, nil)
	if found := ids(got, "ICAO-"); !slices.Equal(found, who) {
		t.Errorf("identities %v, want %v", found, who)
	}
	last := map[string]string{}
	for _, o := range got {
		last[o.ID] = o.Label
	}
	for id, name := range named {
		if last[id] != name {
			t.Errorf("%s is called %q, want %q", id, last[id], name)
		}
	}
}

func TestRealSBSComesThroughTCP(t *testing.T) {
	lines := append(data(t, "adsb", "dump1090_sbs.txt"), planeLine(0x99)...)
	got, h := through(t, Config{Kind: "sbs"}, lines, until(icao(0x99)))
	agreesWithDump1090(t, got[:len(got)-1])
	if len(h.Refused) > 0 {
		t.Errorf("refused %v, want nothing", h.Refused)
	}
}

// ticking gives the frames that dump1090 passed on, each with the time at which
// it was heard as ticks of 12 MHz: dump1090 wrote zeros. Its SBS lines have the
// times, one for every frame.
func ticking(t *testing.T) []byte {
	t.Helper()
	var b []byte
	sbs := strings.Split(strings.TrimSpace(string(data(t, "adsb", "dump1090_sbs.txt"))), "\n")
	var begin time.Time
	for i, line := range strings.Split(strings.TrimSpace(string(data(t, "adsb", "dump1090_raw_avr.txt"))), "\n") {
		f, err := adsb.ParseAVR(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		m, err := adsb.ParseSBS(sbs[i])
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			begin = m.Heard.Value
		}
		f.Ticks = uint64(m.Heard.Value.Sub(begin)/time.Microsecond)*12 + 12
		b = adsb.AppendBeast(b, &f)
	}
	return b
}

func TestRealBeastComesThroughTCP(t *testing.T) {
	// What comes last must not be older than the others, or it is not believed.
	last := squitter(t, 0x400999, callsign("LAST"))
	last.Ticks = 12e6 * 200
	stream := adsb.AppendBeast(ticking(t), &last)
	got, h := through(t, Config{Kind: "beast", Clock: "receiver"}, stream, until("ICAO-400999"))
	agreesWithDump1090(t, got[:len(got)-1])
	// The nine that wire/adsb waits with for a squitter, and the ten positions
	// that had one frame yet, as there.
	if want := map[string]uint64{"position-no_pair": 10, "unknown_address": 9}; !maps.Equal(h.Refused, want) {
		t.Errorf("refused %v, want %v", h.Refused, want)
	}
}

func TestBeastAsItWasWrittenHasTheSameAircraft(t *testing.T) {
	_, who, named := dump1090(t)
	got, h := through(t, Config{Kind: "beast"}, data(t, "adsb", "dump1090_beast.bin"), func(s *started) bool {
		found := ids(s.sink.all(), "ICAO-")
		o, _ := s.sink.find("ICAO-45AC33")
		return slices.Equal(found, who) && o.Label == named["ICAO-45AC33"] && o.Fix
	})
	if h.Refused["bad_format"]+h.Refused["bad_length"]+h.Refused["truncated"]+h.Refused["unsynced"] > 0 || len(got) == 0 {
		t.Errorf("refused %v", h.Refused)
	}
}

func TestARealDocumentComesThroughHTTP(t *testing.T) {
	w := newWebsite()
	t.Cleanup(w.close)
	w.doc = data(t, "adsb", "dump1090_aircraft_final.json")
	s := start(t, &recorder{}, Config{Name: "capture", Kind: "aircraft", URL: w.url(), Trust: "unauthenticated"})
	_, who, _ := dump1090(t)
	waitFor(t, "all aircraft", func() bool { return slices.Equal(ids(s.sink.all(), "ICAO-"), who) })
	o, _ := s.sink.find("ICAO-45AC33")
	if !near(o.At, geo.Point{Lat: 52.262970, Lon: 3.691635}, 1e-9) || o.Label != "SAS1517" || math.Abs(float64(o.Time.UnixMilli())-1795346008200) > 1 || o.Props["squawk"] != "0762" {
		t.Errorf("%+v", o)
	}
	if h := s.health(); len(h.Refused) > 0 {
		t.Errorf("refused %v", h.Refused)
	}
}
