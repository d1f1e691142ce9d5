package feed

import (
	"bytes"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vedette/geo"
	"vedette/wire/adsb"
	"vedette/wire/ais"
)

var update = flag.Bool("update", false, "write testdata/captures again")

// capture is a small one, made by these tests: the file, and what it says.
type capture struct {
	file string
	kind string
	make func(t *testing.T) []byte
	want []string // identity, latitude and longitude to 1e-5 degrees, label, type
}

func captures() []capture {
	return []capture{
		{"harbour.nmea", "ais", harbour, []string{
			"MMSI-211000001 34.00100 41.01000 NORDLAND a-u-S-X-M-C", "MMSI-972000001 34.00200 41.02000 - b-a-o-tbl", "MMSI-992351000 34.00300 41.03000 WEST CARDINAL b-m-p-s-m"}},
		{"sky.beast", "beast", sky2, []string{"ICAO-4840D6 34.00100 41.01000 KLM1023 a-u-A-C-F"}},
		{"sky.sbs", "sbs", lines2, []string{"ICAO-400001 34.00100 41.01000 - a-u-A", "ICAO-400002 34.00200 41.02000 - a-u-A"}},
		{"aircraft.json", "aircraft", func(*testing.T) []byte {
			return []byte(`{"now":1543147200.5,"aircraft":[{"hex":"400001","flight":"TEST1","category":"A7","lat":34.001,"lon":41.01,"seen_pos":0.5,"seen":0.1,"alt_baro":2000,"alt_geom":2100}]}` + "\n")
		}, []string{"ICAO-400001 34.00100 41.01000 TEST1 a-u-A-C-H"}},
		{"tak.xml", "cot", events2, []string{"UNIT-1 34.00100 41.01000 RAVEN a-f-G-U-C", "UNIT-2 34.00200 41.02000 RAVEN a-f-G-U-C"}},
	}
}

func harbour(t *testing.T) []byte {
	m := func(i int) ais.Motion { return ais.Motion{Position: ais.Some(place(i))} }
	return slices.Concat(
		nmea(t, &ais.Voyage{Header: ais.Header{Type: 5, MMSI: 211000001}, Name: "NORDLAND", ShipType: 70}),
		[]byte("!AIVDM,1,1,,A,15MwkT1P05GJ>hGJ>hGJ>hGJ0000,0*7E\r\nno sentence\r\n"),
		nmea(t, &ais.ClassA{Header: ais.Header{Type: 1, MMSI: 211000001}, Second: 60, Motion: m(1)}),
		nmea(t, &ais.ClassA{Header: ais.Header{Type: 1, MMSI: 972000001}, Second: 60, Status: 14, Motion: m(2)}),
		nmea(t, &ais.Aid{Header: ais.Header{Type: 21, MMSI: 992351000}, Name: "WEST CARDINAL", Position: m(3).Position}))
}

func sky2(t *testing.T) []byte {
	var b []byte
	at := geo.Point{Lat: 34.001, Lon: 41.01}
	for _, m := range []uint64{callsign("KLM1023"), airborne(at, false, 10000), airborne(at, true, 10000)} {
		f := squitter(t, 0x4840D6, m)
		b = adsb.AppendBeast(b, &f)
	}
	return append([]byte("noise"), b...)
}

func lines2(*testing.T) []byte {
	return slices.Concat(planeLine(1), []byte("MSG,3,what\r\n"), planeLine(2))
}

func events2(*testing.T) []byte {
	var b []byte
	for i := range 2 {
		doc := eventAt(i + 1)
		from, to := bytes.Index(doc, []byte(` time="`)), bytes.Index(doc, []byte("><point"))
		b = slices.Concat(b, doc[:from], []byte(` time="2018-11-25T12:00:00Z" start="2018-11-25T12:00:00Z" stale="2018-11-25T12:05:00Z"`), doc[to:], []byte("\n"))
	}
	return b
}

// TestMadeCapturesComeThroughRealSockets serves the captures in testdata.
func TestMadeCapturesComeThroughRealSockets(t *testing.T) {
	for _, c := range captures() {
		t.Run(c.file, func(t *testing.T) {
			path := filepath.Join("testdata", "captures", c.file)
			if *update {
				if err := os.WriteFile(path, c.make(t), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			s := start(t, &recorder{}, Config{Name: "capture", Kind: c.kind, URL: serveCapture(t, c.kind, text), Trust: "unauthenticated"})
			for _, want := range c.want {
				id, _, _ := strings.Cut(want, " ")
				waitFor(t, want, func() bool { o, _ := s.sink.find(id); return o.Fix })
				o, _ := s.sink.find(id)
				label := o.Label
				if label == "" {
					label = "-"
				}
				var lat, lon float64
				if _, err := fmt.Sscanf(want, "%s %f %f", &id, &lat, &lon); err != nil {
					t.Fatal(err)
				}
				if !near(o.At, geo.Point{Lat: lat, Lon: lon}, 3e-5) || !strings.HasSuffix(want, " "+label+" "+o.Type) {
					t.Errorf("%s at %v, %s, %s, want %s", o.ID, o.At, label, o.Type, want)
				}
			}
		})
	}
}

// serveCapture gives the URL at which a capture can be had.
func serveCapture(t *testing.T, kind string, text []byte) string {
	t.Helper()
	if kind == "aircraft" {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "aircraft.json", time.Unix(1543147200, 0), bytes.NewReader(text))
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := serveOn(l, "tcp", func(conn net.Conn) bool {
		_, err := conn.Write(text)
		return err == nil
	})
	t.Cleanup(p.close)
	return p.url()
}
