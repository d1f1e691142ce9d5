package gpkg

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vedette/geo"
)

func sample() Package {
	return Package{
		Changed:  time.Date(2018, 11, 20, 6, 0, 0, 0, time.UTC),
		Metadata: []byte(`{"marking":"RESTRICTED"}`),
		Zone:     &geo.Zone{Number: 37},
		Layers: []Layer{
			{Name: "sites", Description: "posts", Shape: Point,
				Columns: []Column{{"name", Text}, {"height_m", Real}, {"crew", Integer}, {"up", Boolean}},
				Features: []Feature{
					{[]geo.Point{{Lat: 34.4, Lon: 41}}, []any{"Tower \"1\"", 12.0, 4, true}},
					{[]geo.Point{{Lat: 34.5, Lon: 41.1}}, []any{"برج", 3.5, nil, false}},
				}},
			{Name: "frontier", Shape: Line,
				Features: []Feature{{Points: []geo.Point{{Lat: 34.7, Lon: 41.2}, {Lat: 34.3, Lon: 40.6}}}}},
			{Name: "zones", Shape: Polygon,
				Features: []Feature{{Points: []geo.Point{{Lat: 34, Lon: 41}, {Lat: 35, Lon: 41}, {Lat: 35, Lon: 42}}}}},
			{Name: "gates", Shape: Point},
		},
	}
}

// written gives the sample as a file opened with SQLite.
func written(t *testing.T) *sql.DB {
	t.Helper()
	var b bytes.Buffer
	if err := Write(context.Background(), &b, sample()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sample.gpkg")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestTheFileIsAGeoPackage(t *testing.T) {
	db := written(t)
	for _, c := range []struct {
		name, query, want string
	}{
		{"application id", "PRAGMA application_id", "1196444487"},
		{"version", "PRAGMA user_version", "10300"},
		{"integrity", "PRAGMA integrity_check", "ok"},
		{"foreign keys", "SELECT count(*) FROM pragma_foreign_key_check", "0"},
		{"reference systems", "SELECT group_concat(srs_id) FROM (SELECT srs_id FROM gpkg_spatial_ref_sys ORDER BY 1)", "-1,0,4326,32637"},
		{"layers", "SELECT group_concat(table_name) FROM gpkg_contents WHERE data_type = 'features'", "sites,frontier,zones,gates"},
		{"box of a layer", "SELECT printf('%g %g %g %g', min_x, min_y, max_x, max_y) FROM gpkg_contents WHERE table_name = 'frontier'", "40.6 34.3 41.2 34.7"},
		{"time of change", "SELECT DISTINCT last_change || '' FROM gpkg_contents", "2018-11-20T06:00:00.000Z"},
		{"an empty layer has no box", "SELECT min_x IS NULL FROM gpkg_contents WHERE table_name = 'gates'", "1"},
		{"R-tree rows", "SELECT count(*) FROM rtree_sites_geom", "2"},
		{"R-tree finds", "SELECT id FROM rtree_sites_geom WHERE minx > 41.05", "2"},
		{"extensions", "SELECT count(*) FROM gpkg_extensions", "6"},
		{"metadata", "SELECT metadata FROM gpkg_metadata JOIN gpkg_metadata_reference ON md_file_id = id", `{"marking":"RESTRICTED"}`},
		{"text", "SELECT name FROM sites WHERE fid = 2", "برج"},
		{"no value", "SELECT crew IS NULL FROM sites WHERE fid = 2", "1"},
	} {
		var got string
		if err := db.QueryRow(c.query).Scan(&got); err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestAPolygonIsOneClosedRing(t *testing.T) {
	var blob []byte
	if err := written(t).QueryRow("SELECT geom FROM zones").Scan(&blob); err != nil {
		t.Fatal(err)
	}
	if string(blob[:4]) != "GP\x00\x03" || binary.LittleEndian.Uint32(blob[4:]) != 4326 {
		t.Fatalf("header % x", blob[:8])
	}
	float := func(at int) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(blob[at:])) }
	for i, want := range []float64{41, 42, 34, 35} { // min x, max x, min y, max y
		if got := float(8 + 8*i); got != want {
			t.Errorf("envelope %d: got %g, want %g", i, got, want)
		}
	}
	wkb := blob[40:]
	if wkb[0] != 1 || binary.LittleEndian.Uint32(wkb[1:]) != 3 || binary.LittleEndian.Uint32(wkb[5:]) != 1 {
		t.Errorf("WKB starts % x, want a little-endian polygon of one ring", wkb[:9])
	}
	if n := binary.LittleEndian.Uint32(wkb[9:]); n != 4 || len(wkb) != 13+4*16 {
		t.Errorf("%d vertices in %d bytes, want 4 in 77", n, len(wkb))
	}
	if float(53) != float(53+48) || float(61) != float(61+48) {
		t.Error("the ring is not closed")
	}
}

func TestTheSameInputGivesTheSameBytes(t *testing.T) {
	var a, b bytes.Buffer
	for _, w := range []*bytes.Buffer{&a, &b} {
		if err := Write(context.Background(), w, sample()); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two runs differ")
	}
}

func TestWhatCannotBeWrittenIsNamed(t *testing.T) {
	line := []geo.Point{{Lat: 1, Lon: 1}, {Lat: 2, Lon: 2}}
	for _, c := range []struct {
		name  string
		layer Layer
		want  string
	}{
		{"a name with a quote", Layer{Name: `a"b`, Shape: Point}, "not a plain name"},
		{"a name of the standard", Layer{Name: "gpkg_contents", Shape: Point}, "not a plain name"},
		{"a column twice", Layer{Name: "a", Shape: Point, Columns: []Column{{"x", Text}, {"x", Text}}}, `column "x"`},
		{"a column called fid", Layer{Name: "a", Shape: Point, Columns: []Column{{"fid", Text}}}, `column "fid"`},
		{"a point of two vertices", Layer{Name: "a", Shape: Point, Features: []Feature{{Points: line}}}, "2 vertices are no POINT"},
		{"a line of one vertex", Layer{Name: "a", Shape: Line, Features: []Feature{{Points: line[:1]}}}, "1 vertices are no LINESTRING"},
		{"a ring of two vertices", Layer{Name: "a", Shape: Polygon, Features: []Feature{{Points: line}}}, "3 vertices are no POLYGON"},
		{"a void vertex", Layer{Name: "a", Shape: Point, Features: []Feature{{Points: []geo.Point{{Lat: math.NaN()}}}}}, "not a number"},
		{"a value too many", Layer{Name: "a", Shape: Point, Features: []Feature{{Points: line[:1], Values: []any{1}}}}, "1 values for 0 columns"},
		{"an unknown shape", Layer{Name: "a", Shape: "CURVE", Features: []Feature{{Points: line}}}, `unknown shape "CURVE"`},
	} {
		err := Write(context.Background(), new(bytes.Buffer), Package{Layers: []Layer{c.layer}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}
