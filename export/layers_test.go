package export

import (
	"database/sql"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vedette/geo"
)

// opened is plan.gpkg among the products of a plan, opened with SQLite.
func opened(t *testing.T, files map[string][]byte) *sql.DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "plan.gpkg")
	if err := os.WriteFile(path, files["plan.gpkg"], 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func ask(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	var s sql.NullString
	if err := db.QueryRow(query).Scan(&s); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return s.String
}

func TestThePlanAsLayers(t *testing.T) {
	db := opened(t, restrictedFiles())
	for _, c := range []struct{ name, query, want string }{
		{"every kind has a layer", "SELECT group_concat(table_name, ' ') FROM (SELECT * FROM gpkg_contents ORDER BY table_name)",
			"barriers bases bridges controls crossing_events crossings exits frontier gates grounds kilometres lakes openings patrols porosity protected roads sensors sight_lines sites sources units waters zones"},
		{"a kilometre for each", "SELECT count(*) || ' ' || min(from_km) || ' ' || max(to_km) FROM kilometres", "40 0.0 40.0"},
		{"shares by condition", "SELECT group_concat(name, ' ') FROM pragma_table_info('kilometres')",
			"fid geom from_km to_km watched_day twice_day watched_night twice_night watched_dust twice_dust"},
		{"properties are columns", "SELECT group_concat(name, ' ') FROM pragma_table_info('sites')",
			"fid geom id name note type height_m on party state sensors availability"},
		{"a list is JSON", "SELECT json_extract(responders, '$[0].alarm_s') FROM bases WHERE id = 'b1'", "60"},
		{"a unit without a place is left out", "SELECT group_concat(id) FROM units", "u1"},
		{"a sensor's arc", "SELECT arc_from_deg || ' ' || arc_to_deg FROM sensors WHERE site = 'site-b' AND type = 'eye'", "200.0 20.0"},
		{"a sensor without an arc", "SELECT arc_from_deg FROM sensors WHERE site = 'site-a'", ""},
		{"openings", "SELECT group_concat(barrier || at_km || breach) FROM openings", "berm-15.00,berm-111.01"},
		{"a row for each kilometre and mode", "SELECT count(*) || ' ' || sum(worst_mode) || ' ' || count(DISTINCT mover || condition) FROM porosity", "240 40 6"},
		{"what a row of the worst mode says", "SELECT mover || ' ' || condition || ' ' || rank || ' ' || p_i || ' ' || asset1_method || ' ' || asset2_method FROM porosity WHERE worst_mode AND from_km = 1",
			"foot night 18 0.34 re-solved re-scored"},
		{"nothing where nobody passes", "SELECT passable || ' ' || p_i || ' ' || (duration_s IS NULL AND responder = '' AND asset1_id IS NULL) FROM porosity WHERE mover = '4x4' AND from_km = 7 AND condition = 'day'", "0 1.0 1"},
		{"all ways of the worst mode, ten of the others", "SELECT group_concat(n, ' ') FROM (SELECT count(*) AS n FROM crossings GROUP BY mover, condition ORDER BY mover DESC, condition)", "10 10 40 10 10 10"},
		{"events in order", "SELECT group_concat(what || ' ' || who || ' ' || after_s || ' ' || coalesce(until_s, '-') || ' ' || coalesce(p, '-'), ', ') FROM (SELECT * FROM crossing_events WHERE worst_mode AND from_km = 2 ORDER BY number)",
			"start  0.0 - -, watched Tower North 1250.0 2750.0 0.4322, barrier Long berm 2000.0 2040.0 0.0, frontier  2250.0 - -, critical  2500.0 - -, met Barracks North 3500.0 - -, exit  4001.0 - -"},
		{"names as they are", "SELECT name FROM sites WHERE id = 'site-f'", "برج الجسر"},
		{"the marking is on every layer", "SELECT count(*) FROM gpkg_contents WHERE description NOT LIKE '%RESTRICTED%'", "0"},
		{"the metadata says who", "SELECT json_extract(metadata, '$.by') FROM gpkg_metadata", "Sgt. Test <test@example.org>"},
	} {
		if got := ask(t, db, c.query); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestThePublicLayersAreThoseOfAnyMap(t *testing.T) {
	db := opened(t, publicFiles())
	if got, want := ask(t, db, "SELECT group_concat(table_name, ' ') FROM (SELECT * FROM gpkg_contents ORDER BY table_name)"),
		"bridges frontier gates grounds lakes roads waters"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := ask(t, db, "SELECT count(*) FROM pragma_table_info('roads') WHERE name = 'note'"); got != "0" {
		t.Error("notes are shown")
	}
}

func TestSightLinesAreListedOnce(t *testing.T) {
	p := fixture()
	pairs := 0
	for i := range p.Result.Mutual {
		for j := range i {
			if p.Result.Mutual[i][j] {
				pairs++
			}
		}
	}
	l := p.sightLines()
	if len(l.Features) != pairs {
		t.Fatalf("%d lines for %d pairs", len(l.Features), pairs)
	}
	for _, f := range l.Features {
		if d := geo.Distance(f.Points[0], f.Points[1]); math.Abs(d-f.Values[2].(float64)) > .06 { // rounded to a decimetre
			t.Errorf("%v to %v is %.2f m, not %v", f.Values[0], f.Values[1], d, f.Values[2])
		}
	}
}

func TestConditionsNameTheirColumns(t *testing.T) {
	views := fixture().Result.Views[:3:3]
	views[0].Condition.Name, views[1].Condition.Name, views[2].Condition.Name = "2018-11-20 06:00", "ليل", "2018/11/20 06:00"
	defer func() {
		views[0].Condition.Name, views[1].Condition.Name, views[2].Condition.Name = "day", "night", "dust"
	}()
	if got, want := strings.Join(columnNames(views), " "), "2018_11_20_06_00 condition_2 condition_3"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestGeoJSONIsLongitudeFirstWithSevenDecimals(t *testing.T) {
	p := fixture()
	var c struct {
		Type     string
		Vedette  Provenance
		Features []struct {
			Geometry struct {
				Type        string
				Coordinates json.RawMessage
			}
			Properties map[string]any
		}
	}
	if err := json.Unmarshal(restrictedFiles()["plan.geojson"], &c); err != nil {
		t.Fatal(err)
	}
	if c.Type != "FeatureCollection" || c.Vedette.By != p.Provenance.By || len(c.Features) != 50 {
		t.Fatalf("%s by %s of %d features, want 40 kilometres and 10 sites", c.Type, c.Vedette.By, len(c.Features))
	}
	first, last := c.Features[0], c.Features[49]
	if first.Properties["kind"] != "kilometre" || first.Properties["watched_day"] != round(p.Result.Views[0].ByKM[0].Ratio(), 4) {
		t.Errorf("the first kilometre says %v", first.Properties)
	}
	if last.Properties["kind"] != "site" || last.Properties["id"] != "site-j" {
		t.Errorf("the last site says %v", last.Properties)
	}
	var at [2]json.Number
	if err := json.Unmarshal(last.Geometry.Coordinates, &at); err != nil {
		t.Fatal(err)
	}
	site := p.Area.Sites[9].At
	for i, want := range []float64{site.Lon, site.Lat} {
		got, _ := at[i].Float64()
		if math.Abs(got-want) > 5.1e-8 { // rounded to seven decimals
			t.Errorf("coordinate %d is %v, want %.9f", i, at[i], want)
		}
		if _, decimals, _ := strings.Cut(string(at[i]), "."); len(decimals) > 7 {
			t.Errorf("coordinate %v has %d decimals", at[i], len(decimals))
		}
	}
}
