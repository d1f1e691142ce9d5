package feed

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vedette/export/tracks"
	"vedette/geo"
	"vedette/track"
)

// replayed gives what a file becomes, and how the feed does at the end.
func replayed(t *testing.T, c Config, name, text string) ([]track.Observation, Health) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Name, c.Kind, c.URL = "yesterday", "replay", "file:"+path
	s := start(t, &recorder{}, c)
	waitFor(t, "the end", func() bool { st := s.health().State; return st == Ended || st == Failed })
	return s.sink.all(), s.health()
}

// kept are settings under which times stay, and nobody waits.
var kept = Config{Times: "kept", Speed: 1e9}

const table = `# synthetic
id,type,label,lat_deg,lon_deg,hae_m,course_deg,speed_m_s,time,stale,gone,fuel_pct,trust,full_name
b,,,'-34.5,41.2,,,,2018-11-25T12:00:10Z,,,,local,x
a,a-f-G,RAVEN,34.37,41.09,212.5,271,1.4,2018-11-25T12:00:00Z,2018-11-25T12:05:00Z,,80,local,x
a,a-f-G,RAVEN,,,,,,2018-11-25T12:00:20Z,,true,,local,x
`

func TestATableIsReplayedInTheOrderOfItsTimes(t *testing.T) {
	got, h := replayed(t, kept, "a.csv", table)
	if len(got) != 3 || h.State != Ended || h.In != 3 {
		t.Fatalf("%+v, %+v", got, h)
	}
	a, b, end := got[0], got[1], got[2]
	if a.ID != "a" || a.Type != "a-f-G" || a.Label != "RAVEN" || a.At != (geo.Point{Lat: 34.37, Lon: 41.09}) || a.HAE != 212.5 || a.Course != 271 || a.Speed != 1.4 {
		t.Errorf("%+v", a)
	}
	if a.Trust != track.Local || a.Source != "yesterday" || !a.Time.Equal(noonOf2018) || !a.Stale.Equal(noonOf2018.Add(5*time.Minute)) || fmt.Sprint(a.Props) != "map[fuel_pct:80]" {
		t.Errorf("%+v", a)
	}
	if b.Type != "a-u-G" || b.At.Lat != -34.5 || !math.IsNaN(b.HAE) || !b.Stale.Equal(b.Time.Add(5*time.Minute)) {
		t.Errorf("%+v", b)
	}
	if !end.Gone || end.Fix || end.ID != "a" {
		t.Errorf("%+v", end)
	}
}

var noonOf2018 = time.Date(2018, 11, 25, 12, 0, 0, 0, time.UTC)

func TestGeoJSONIsReplayed(t *testing.T) {
	got, h := replayed(t, kept, "a.geojson", `{"type":"FeatureCollection","generator":{"x":[1]},"features":[
		{"type":"Feature","id":7,"geometry":{"type":"Point","coordinates":[41.09,34.37,212.5]},"properties":{"label":"RAVEN","time":"2018-11-25T12:00:00Z","speed_m_s":2,"nested":{"a":1}}},
		{"type":"Feature","geometry":{"type":"LineString","coordinates":[[41.1,34.4],[41.2,34.5]]},"properties":{"id":"walk","times":["2018-11-25T12:01:00Z","2018-11-25T12:02:00Z"]}},
		{"type":"Feature","geometry":{"type":"Polygon","coordinates":[]},"properties":{}},
		{"type":"Feature","geometry":null,"properties":null}]}`)
	if len(got) != 3 || h.State != Ended {
		t.Fatalf("%+v, %+v", got, h)
	}
	if o := got[0]; o.ID != "7" || o.Label != "RAVEN" || o.HAE != 212.5 || o.Speed != 2 || o.At.Lat != 34.37 {
		t.Errorf("%+v", o)
	}
	if o := got[2]; o.ID != "walk" || o.At != (geo.Point{Lat: 34.5, Lon: 41.2}) || !o.Time.Equal(noonOf2018.Add(2*time.Minute)) {
		t.Errorf("%+v", o)
	}
}

func TestGPXIsReplayed(t *testing.T) {
	got, h := replayed(t, kept, "a.gpx", `<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><metadata><name>the file</name></metadata>
		<wpt lat="34.3" lon="41.0"><name>a place</name></wpt>
		<trk><name>PATROL 3</name><trkseg><trkpt lat="34.37" lon="41.09"><ele>200</ele><time>2018-11-25T12:00:00Z</time></trkpt>
		<trkpt lat="34.38" lon="41.09"><time>2018-11-25T12:00:05Z</time><speed>1.5</speed></trkpt></trkseg></trk>
		<trk><trkseg><trkpt lat="34.4" lon="41.1"><time>2018-11-25T12:00:01Z</time></trkpt></trkseg></trk></gpx>`)
	if len(got) != 3 || h.State != Ended {
		t.Fatalf("%+v, %+v", got, h)
	}
	at := geo.Point{Lat: 34.37, Lon: 41.09}
	if o := got[0]; o.ID != "PATROL 3" || o.Label != "PATROL 3" || o.At != at || math.Abs(o.HAE-200-geo.Undulation(at)) > 1e-9 {
		t.Errorf("%+v", o)
	}
	if o := got[1]; o.ID != "track-2" {
		t.Errorf("%+v", o)
	}
	if o := got[2]; o.Speed != 1.5 {
		t.Errorf("%+v", o)
	}
}

// What vedette export writes is replayed as it was.
func TestOurOwnExportIsReplayed(t *testing.T) {
	seen := plot(1)
	seen.Source, seen.Trust, seen.Label, seen.HAE, seen.Speed = "harbour", track.Unauthenticated, "=NORDLAND", 212.5, 6.25
	seen.Time, seen.Received, seen.Stale = noonOf2018, noonOf2018.Add(time.Second), noonOf2018.Add(10*time.Minute)
	seen.Props = map[string]string{"ship_type": "70", "destination": "-"}
	gone := *seen
	gone.Gone, gone.Fix, gone.At, gone.Time = true, false, geo.Point{}, noonOf2018.Add(time.Minute)
	for format, name := range map[tracks.Format]string{tracks.CSV: "a.csv", tracks.GeoJSON: "a.geojson", tracks.GPX: "a.gpx"} {
		t.Run(string(format), func(t *testing.T) {
			got, h := replayed(t, kept, name, exported(t, format, seen, &gone))
			if len(got) == 0 || h.State != Ended {
				t.Fatalf("%+v", h)
			}
			o := got[0]
			if !near(o.At, seen.At, 1e-9) || math.Abs(o.HAE-212.5) > 0.011 || !o.Time.Equal(noonOf2018) || o.Source != "yesterday" || o.Trust != track.Local {
				t.Errorf("%+v", o)
			}
			if format == tracks.GPX {
				return // it has places, times and names
			}
			if o.ID != seen.ID || o.Label != seen.Label || o.Speed != 6.25 || !math.IsNaN(o.Course) || !o.Stale.Equal(seen.Stale) || fmt.Sprint(o.Props) != "map[destination:- ship_type:70 source:harbour]" {
				t.Errorf("%+v", o)
			}
			if len(got) != 2 || !got[1].Gone || got[1].ID != seen.ID {
				t.Errorf("the end of it is missing: %+v", got[1:])
			}
		})
	}
}

func exported(t *testing.T, format tracks.Format, all ...*track.Observation) string {
	t.Helper()
	var b strings.Builder
	w, err := tracks.New(&b, format, tracks.About{Made: noonOf2018, Software: "vedette", From: noonOf2018, To: noonOf2018.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range all {
		if err := w.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAFileThatCannotBeReadFailsForGood(t *testing.T) {
	for _, c := range []struct{ name, file, text, want string }{
		{"no names", "a.csv", "", "row of names"},
		{"a row too short", "a.csv", "lat_deg,lon_deg,time\n34,41\n", "wrong number of fields"},
		{"no time", "a.csv", "lat_deg,lon_deg\n34,41\n", "line 2: a position has no time"},
		{"no place", "a.csv", "id,time\na,2018-11-25T12:00:00Z\n", "no latitude"},
		{"a latitude in words", "a.csv", "lat_deg,lon_deg,time\nnorth,41,2018-11-25T12:00:00Z\n", "lat_deg"},
		{"a time of day", "a.csv", "lat_deg,lon_deg,time\n34,41,12:00\n", "2018-11-25T12:00:00Z"},
		{"no position at all", "a.csv", "lat_deg,lon_deg,time\n", "no position"},
		{"half a document", "a.geojson", `{"type":"FeatureCollection","features":[`, "EOF"},
		{"no features", "a.geojson", `{"type":"Feature"}`, "no FeatureCollection"},
		{"a line without times", "a.geojson", `{"features":[{"geometry":{"type":"LineString","coordinates":[[41,34],[42,35]]}}]}`, "has 0 times"},
		{"a point of one number", "a.geojson", `{"features":[{"geometry":{"type":"Point","coordinates":[41]},"properties":{"time":"2018-11-25T12:00:00Z"}}]}`, "fewer than two"},
		{"another document", "a.gpx", `<html></html>`, "no GPX"},
		{"half a track", "a.gpx", `<gpx><trk>`, "EOF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, h := replayed(t, kept, c.file, c.text)
			if h.State != Failed || !strings.Contains(h.Err, c.want) || len(got) > 0 {
				t.Errorf("%+v with %d observations, want %q", h, len(got), c.want)
			}
		})
	}
}

// A file of twenty seconds takes two at ten times its speed, and its positions
// happen as they are given.
func TestAReplayKeepsItsPace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(path, []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		c := Config{Name: "yesterday", Kind: "replay", URL: "file:" + path, Speed: 10}.filled()
		sink := &recorder{}
		out := &Out{sink, newHealth(c, nil), c.mark()}
		began := time.Now()
		if err := (&replay{c}).Run(t.Context(), out); err != nil {
			t.Fatal(err)
		}
		for i, want := range []time.Duration{0, time.Second, 2 * time.Second} {
			if o := sink.all()[i]; o.Time.Sub(began) != want || o.Received.Sub(began) != want {
				t.Errorf("%d: %v, received %v after the start, want %v", i, o.Time.Sub(began), o.Received.Sub(began), want)
			}
		}
		if o := sink.all()[0]; o.Stale.Sub(o.Time) != 5*time.Minute {
			t.Errorf("current for %v", o.Stale.Sub(o.Time))
		}
	})
}

func TestAReplayEndsWithItsContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(path, []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, &recorder{}, Config{Name: "yesterday", Kind: "replay", URL: "file:" + path, Speed: 0.001})
	s.waitID(t, "a")
	s.stop()
	if n := len(s.sink.all()); n != 1 {
		t.Errorf("%d observations", n)
	}
}

func FuzzReplay(f *testing.F) {
	f.Add(".csv", table)
	f.Add(".geojson", `{"features":[{"geometry":{"type":"Point","coordinates":[41,34]},"properties":{"time":"2018-11-25T12:00:00Z"}}]}`)
	f.Add(".gpx", `<gpx><trk><trkseg><trkpt lat="34" lon="41"><time>2018-11-25T12:00:00Z</time></trkpt></trkseg></trk></gpx>`)
	f.Fuzz(func(t *testing.T, ext, text string) {
		read, err := readerFor("a" + ext)
		if err != nil {
			return
		}
		all, err := read(strings.NewReader(text), "a-u-G")
		if err != nil {
			return
		}
		c := Config{Name: "f", Kind: "replay"}.filled()
		out := &Out{&recorder{}, newHealth(c, nil), c.mark()}
		for _, o := range all {
			if err := out.Offer(context.Background(), o); err != nil {
				t.Fatal(err)
			}
		}
	})
}
