package tracks

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"vedette/geo"
	"vedette/track"
)

var noon = time.Date(2018, 11, 25, 12, 0, 0, 0, time.UTC)

func about() About {
	return About{
		Made: noon.Add(48 * time.Hour), Software: `Vedette "test" & <co>`, From: noon, To: noon.Add(time.Hour), Box: &[4]float64{40, 34, 42, 35},
		Sources: []Source{{"radar", 5, 0, 0}, {`=exercise,"1"`, 2, 2, 1}}, Newest: noon.Add(36 * time.Hour), Term: 30 * 24 * time.Hour,
	}
}

func seen(id string, minutes int, lat, lon float64) track.Observation {
	at := noon.Add(time.Duration(minutes) * time.Minute)
	return track.Observation{
		Source: "radar", ID: id, Type: "a-u-G", Label: "L" + id, Fix: true, At: geo.Point{Lat: lat, Lon: lon}, HAE: math.NaN(), CE: 10, LE: math.NaN(),
		Course: 90.5, Speed: math.NaN(), Time: at, Received: at.Add(1500 * time.Millisecond), Stale: at.Add(time.Minute), Trust: track.Unauthenticated,
	}
}

// day is a track with a gap and an end, one of a single position, a plot, and
// texts that mean harm.
func day() []track.Observation {
	high := seen("a", 1, 34.10000001, -41)
	high.HAE = 320.5
	gone := seen("a", 21, 0, 0)
	gone.Fix, gone.Gone = false, true
	evil := seen("=1+1", 2, 34.5, 180)
	evil.Label, evil.Source = `</name><script>"x", 'y'`, "@radar"
	evil.Props = map[string]string{"note": "-2"}
	evil.Groups = []string{"＝north", "coast"}
	return []track.Observation{
		seen("a", 0, 34, -41), high, evil, seen("", 3, 34.25, 41), seen("a", 20, 34.2, -41.0000001), gone, seen("a", 22, 34.3, -41),
	}
}

func written(t *testing.T, f Format) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := New(&b, f, about())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range day() {
		if err := w.Add(&o); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// says are sentences that every product must have.
var says = []string{"RESTRICTED", "SYNTHETIC: 2 of 2", "ILLUSTRATIVE: 1 of 2", "2018-11-25T12:00:00Z up to 2018-11-25T13:00:00Z", "made on 2018-11-27T12:00:00Z",
	"longitudes 40 and 42", "radar (5)", "30 days", "2018-12-27T00:00:00Z"}

func checkSays(t *testing.T, text string) {
	t.Helper()
	for _, want := range says {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%.2000s", want, text)
		}
	}
}

func TestGeoJSONHoldsEveryObservation(t *testing.T) {
	b := written(t, GeoJSON)
	var got struct {
		Type    string
		Vedette struct {
			Text     []string
			DeleteBy string    `json:"delete_by"`
			Box      []float64 `json:"box_deg"`
		}
		Features []struct {
			Geometry   *struct{ Coordinates []float64 }
			Properties track.Observation
		}
	}
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	checkSays(t, strings.Join(got.Vedette.Text, "\n"))
	if got.Type != "FeatureCollection" || got.Vedette.DeleteBy != "2018-12-27T00:00:00Z" || len(got.Vedette.Box) != 4 {
		t.Errorf("got %+v", got.Vedette)
	}
	for i, want := range day() {
		a, _ := json.Marshal(got.Features[i].Properties)
		b, _ := json.Marshal(want)
		if !bytes.Equal(a, b) {
			t.Errorf("%s, want %s", a, b)
		}
	}
	if c := got.Features[1].Geometry.Coordinates; !slices.Equal(c, []float64{-41, 34.10000001, 320.5}) || got.Features[5].Geometry != nil {
		t.Errorf("coordinates %v", c)
	}
}

func TestCSVIsReadBackAndHoldsNoFormula(t *testing.T) {
	r := csv.NewReader(bytes.NewReader(written(t, CSV)))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	head := slices.IndexFunc(rows, func(row []string) bool { return len(row) > 1 })
	var comments []string
	for _, row := range rows[:head] {
		comments = append(comments, row[0])
	}
	checkSays(t, strings.Join(comments, "\n"))
	if !slices.Equal(rows[head], csvHeader) || len(rows) != head+1+len(day()) {
		t.Fatalf("%d rows: %v", len(rows), rows[head])
	}
	cell := func(row int, name string) string { return rows[head+1+row][slices.Index(csvHeader, name)] }
	for _, c := range []struct {
		row        int
		name, want string
	}{
		{0, "time_utc", "2018-11-25T12:00:00Z"}, {0, "received_utc", "2018-11-25T12:00:01.5Z"}, {0, "lon_deg", "-41"}, {0, "hae_m", ""},
		{1, "hae_m", "320.5"}, {1, "lat_deg", "34.10000001"}, {2, "id", "'=1+1"}, {2, "source", "'@radar"}, {2, "label", `</name><script>"x", 'y'`},
		{2, "groups", "'＝north coast"}, {2, "props", `{"note":"-2"}`}, {4, "lon_deg", "-41.0000001"}, {5, "lat_deg", ""}, {5, "gone", "true"},
	} {
		if got := cell(c.row, c.name); got != c.want {
			t.Errorf("row %d, %s: got %q, want %q", c.row, c.name, got, c.want)
		}
	}
}

func TestCSVCommentsBeginTheirLines(t *testing.T) {
	lines := strings.Split(string(written(t, CSV)), "\n")
	for _, line := range lines[:len(about().Lines())] {
		if !strings.HasPrefix(line, "# ") {
			t.Errorf("no comment: %s", line)
		}
	}
}

func FuzzGuarded(f *testing.F) {
	for _, s := range []string{"", "=1", " \t+2", "-", "＠x", "a=b", "\x00=1", "'=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := guarded(text)
		if strings.TrimPrefix(got, "'") != strings.TrimPrefix(text, "'") && got != "'"+text {
			t.Errorf("%q became %q", text, got)
		}
		if start := strings.TrimSpace(got); start != "" && strings.ContainsRune("=+-@", rune(start[0])) && strings.TrimLeft(text, " \t\r\n\u00a0\u3000") == start {
			t.Errorf("%q is a formula", got)
		}
	})
}

// gpx is what GPX 1.1 lets stand where, as far as it is written here; an element
// that is elsewhere stays empty.
type gpx struct {
	XMLName  xml.Name `xml:"http://www.topografix.com/GPX/1/1 gpx"`
	Version  string   `xml:"version,attr"`
	Creator  string   `xml:"creator,attr"`
	Metadata struct {
		Name string    `xml:"name"`
		Desc string    `xml:"desc"`
		Time time.Time `xml:"time"`
	} `xml:"metadata"`
	Points []gpxPoint `xml:"wpt"`
	Tracks []struct {
		Name     string `xml:"name"`
		Source   string `xml:"src"`
		Segments []struct {
			Points []gpxPoint `xml:"trkpt"`
		} `xml:"trkseg"`
	} `xml:"trk"`
}

type gpxPoint struct {
	Lat  float64   `xml:"lat,attr"`
	Lon  float64   `xml:"lon,attr"`
	Ele  *float64  `xml:"ele"`
	Time time.Time `xml:"time"`
}

func TestGPXHasTracksInPieces(t *testing.T) {
	b := written(t, GPX)
	var got gpx
	if err := xml.Unmarshal(b, &got); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	checkSays(t, got.Metadata.Desc)
	if got.Version != "1.1" || got.Creator != about().Software || !got.Metadata.Time.Equal(about().Made) || !strings.Contains(got.Metadata.Desc, "1 observations have no position") {
		t.Errorf("got %+v", got)
	}
	if len(got.Points) != 1 || len(got.Tracks) != 2 {
		t.Fatalf("%d plots, %d tracks", len(got.Points), len(got.Tracks))
	}
	a := got.Tracks[0]
	var lengths []int
	for _, s := range a.Segments {
		lengths = append(lengths, len(s.Points))
	}
	if !slices.Equal(lengths, []int{2, 1, 1}) { // a gap, and gone
		t.Errorf("segments of %v positions", lengths)
	}
	second := a.Segments[0].Points[1]
	if n := geo.Undulation(geo.Point{Lat: 34.1, Lon: -41}); second.Ele == nil || math.Abs(*second.Ele-(320.5-n)) > 0.01 {
		t.Errorf("height %v, want %v over the geoid", second.Ele, 320.5-n)
	}
	evil := got.Tracks[1]
	if evil.Name != `</name><script>"x", 'y' (=1+1)` || evil.Segments[0].Points[0].Lon != -180 {
		t.Errorf("got %+v", evil)
	}
}

// TestGPXKeepsTheOrderOfTheSchema walks the elements: in GPX 1.1 the children of
// each stand in one order only.
func TestGPXKeepsTheOrderOfTheSchema(t *testing.T) {
	order := map[string][]string{
		"gpx": {"metadata", "wpt", "rte", "trk"}, "metadata": {"name", "desc", "author", "copyright", "link", "time"},
		"wpt": {"ele", "time", "magvar", "geoidheight", "name", "cmt", "desc", "src", "link", "sym", "type"},
		"trk": {"name", "cmt", "desc", "src", "link", "number", "type", "extensions", "trkseg"}, "trkseg": {"trkpt"},
	}
	order["trkpt"] = order["wpt"]
	dec := xml.NewDecoder(bytes.NewReader(written(t, GPX)))
	type open struct {
		name string
		at   int
	}
	stack := []open{{}}
	elements := 0
	for {
		token, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			elements++
			parent := &stack[len(stack)-1]
			if at := slices.Index(order[parent.name], e.Name.Local); parent.name != "" && at < parent.at {
				t.Errorf("%s in %s is out of order or unknown", e.Name.Local, parent.name)
			} else {
				parent.at = at
			}
			stack = append(stack, open{e.Name.Local, 0})
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		}
	}
	if elements < 20 {
		t.Errorf("only %d elements", elements)
	}
}

func TestGeoPackageHasPositionsAndLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "day.gpkg")
	if err := os.WriteFile(path, written(t, GeoPackage), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for query, want := range map[string]string{
		`SELECT count(*) FROM positions`:                                                    "6",
		`SELECT hae_m FROM positions WHERE hae_m IS NOT NULL`:                               "320.5",
		`SELECT id || positions || from_utc || to_utc FROM tracks`:                          "a22018-11-25T12:00:00Z2018-11-25T12:01:00Z",
		`SELECT metadata ->> '$.observations_without_position_left_out' FROM gpkg_metadata`: "1",
		`SELECT count(*) FROM rtree_positions_geom`:                                         "6",
		`PRAGMA integrity_check`:                                                            "ok",
	} {
		var got string
		if err := db.QueryRow(query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %q", query, got, err, want)
		}
	}
	var metadata string
	if err := db.QueryRow(`SELECT metadata FROM gpkg_metadata`).Scan(&metadata); err != nil {
		t.Fatal(err)
	}
	checkSays(t, metadata)
}

func TestWhatIsHeldInMemoryIsBounded(t *testing.T) {
	w := &gpxWriter{w: io.Discard, about: about(), ways: newWays(2)}
	var err error
	for _, o := range day() {
		err = errors.Join(err, w.Add(&o))
	}
	if !errors.Is(err, ErrTooMany) || !strings.Contains(err.Error(), "take geojson or csv") {
		t.Errorf("got %v", err)
	}
	if _, err := New(io.Discard, "shp", about()); err == nil || !strings.Contains(err.Error(), "give geojson, gpx, gpkg or csv") {
		t.Errorf("got %v", err)
	}
}

type refusing struct{}

func (refusing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestAWriterThatFailsIsAnError(t *testing.T) {
	for _, f := range []Format{GeoJSON, CSV, GPX, GeoPackage} {
		w, err := New(refusing{}, f, about())
		if err == nil {
			o := seen("a", 0, 1, 1)
			err = errors.Join(w.Add(&o), w.Close(context.Background()))
		}
		if !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%s: got %v", f, err)
		}
	}
}
