package mvt

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"testing"

	"pgregory.net/rapid"

	"vedette/geo"
)

var update = flag.Bool("update", false, "write testdata/points.mvt again")

// drawn is a tile at Al-Qaim with two points.
func drawn() []byte {
	return Encode(Tile{Z: 10, X: 629, Y: 408}, "objects", []Point{
		{geo.Point{Lat: 34.4, Lon: 41.2}, []Attr{{Name: "id", Text: "HAWK-7 ü"}, {Name: "open", Kind: Bool, Bool: true}, {Name: "course_deg", Kind: Number, Num: 271.5}}},
		{geo.Point{Lat: 34.25, Lon: 41.4}, []Attr{{Name: "id", Text: ""}, {Name: "open", Kind: Bool}, {Name: "course_deg", Kind: Number, Num: 271.5}}},
	})
}

// TestAPeerReadsOurTiles compares with what the reader of the tiles' authors
// made of testdata/points.mvt:
//
//	npm install @mapbox/vector-tile@3.0.0 pbf && node testdata/read.mjs testdata/points.mvt > testdata/points.json
func TestAPeerReadsOurTiles(t *testing.T) {
	if *update {
		if err := os.WriteFile("testdata/points.mvt", drawn(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tile, err := os.ReadFile("testdata/points.mvt")
	if err != nil {
		t.Fatal(err)
	}
	if string(tile) != string(drawn()) {
		t.Fatal("the tile is another than the one that was read; write it with -update and read it again")
	}
	read, err := os.ReadFile("testdata/points.json")
	if err != nil {
		t.Fatal(err)
	}
	var got []struct {
		Lon, Lat float64
		Props    map[string]any
		Extent   int
	}
	if err := json.Unmarshal(read, &got); err != nil {
		t.Fatal(err)
	}
	const unit = 360.0 / 1024 / Extent // degrees of longitude
	for i, want := range []struct {
		lon, lat float64
		id       string
		open     bool
	}{{41.2, 34.4, "HAWK-7 ü", true}, {41.4, 34.25, "", false}} {
		g := got[i]
		if math.Abs(g.Lon-want.lon) > unit/2 || math.Abs(g.Lat-want.lat) > unit/2 || g.Extent != Extent {
			t.Errorf("point %d was read at %v, %v, extent %d", i, g.Lon, g.Lat, g.Extent)
		}
		if g.Props["id"] != want.id || g.Props["open"] != want.open || g.Props["course_deg"] != 271.5 {
			t.Errorf("point %d was read with %v", i, g.Props)
		}
	}
}

func TestATileHoldsThePlacesInItsBox(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tile := Tile{Z: rapid.Uint32Range(0, MaxZoom).Draw(t, "z")}
		tile.X = rapid.Uint32Range(0, 1<<tile.Z-1).Draw(t, "x")
		tile.Y = rapid.Uint32Range(0, 1<<tile.Z-1).Draw(t, "y")
		if !tile.Valid() {
			t.Fatalf("%+v is not valid", tile)
		}
		west, south, east, north := tile.Box(0)
		share := rapid.Float64Range(0, 1)
		x, y := tile.place(geo.Point{
			Lon: west + share.Draw(t, "east")*(east-west),
			Lat: south + share.Draw(t, "north")*(north-south),
		})
		if x < 0 || x > Extent || y < 0 || y > Extent {
			t.Fatalf("a place in %+v lies at %d, %d", tile, x, y)
		}
	})
}

func TestTheMapsEdges(t *testing.T) {
	if w, s, e, n := (Tile{}).Box(0); w != -180 || e != 180 || math.Abs(n-maxLat) > 1e-9 || math.Abs(s+maxLat) > 1e-9 {
		t.Errorf("the world is %v %v %v %v", w, s, e, n)
	}
	eastmost := Tile{Z: 5, X: 31, Y: 12}
	if x, _ := eastmost.place(geo.Point{Lon: -179.9, Lat: 35}); x < Extent || x > Extent+200 {
		t.Errorf("a place just beyond the 180th meridian lies at %d", x)
	}
	if _, y := (Tile{}).place(geo.Point{Lat: 90}); y != 0 {
		t.Errorf("the pole lies at %d", y)
	}
	for _, bad := range []Tile{{0, 1, 0}, {0, 0, 1}, {25, 0, 0}, {3, 8, 0}, {40, 0, 0}} {
		if bad.Valid() {
			t.Errorf("%+v is valid", bad)
		}
	}
}
