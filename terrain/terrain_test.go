package terrain

import (
	"context"
	"image"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vedette/frontier"
	"vedette/geo"
	"vedette/grid"
	"vedette/grid/geotiff"
)

// tower is an area of a few kilometres around 34.5 N 41 E, with its frontier
// from west to east.
func tower() *frontier.Area {
	return &frontier.Area{
		Settings: frontier.Settings{
			Name: "test", Box: []float64{40.95, 34.45, 41.05, 34.55}, DepthFarKM: 2, DepthOwnKM: 2, CellM: 30,
			Terrain: frontier.TerrainSetting{Made: &frontier.MadeTerrain{
				Seed: 1, ReliefM: 3, ReliefKM: 2, WadiDepthM: 8, WadiSpaceKM: 2,
				SpotHeights: [][]float64{{40.95, 34.45, 200}, {41.05, 34.45, 260}, {40.95, 34.55, 180}, {41.05, 34.55, 220}},
			}},
		},
		Frontier: frontier.Frontier{OwnSide: "right", Line: []geo.Point{{Lat: 34.5, Lon: 40.96}, {Lat: 34.5, Lon: 41.04}}},
	}
}

func openTerrain(t *testing.T, a *frontier.Area, o Options) *Terrain {
	t.Helper()
	ter, err := Open(context.Background(), a, o)
	if err != nil {
		t.Fatal(err)
	}
	return ter
}

// writeDEM writes a DEM of WGS 84 whose posts are three arc seconds apart.
func writeDEM(t *testing.T, name string, west, south, east, north float64, height func(lat, lon float64) float64) string {
	t.Helper()
	const step = 3. / 3600
	f := grid.Frame{CRS: grid.WGS84, X0: west, Y0: north, DX: step, DY: step, Cols: int(math.Round((east - west) / step)), Rows: int(math.Round((north - south) / step))}
	path := filepath.Join(t.TempDir(), name)
	void := -9999.
	err := geotiff.WriteFile(path, f, geotiff.Options{NoData: &void}, func(dst []float32, _ int, r image.Rectangle) error {
		for i := range dst {
			p := f.Center(r.Min.X+i%r.Dx(), r.Min.Y+i/r.Dx())
			dst[i] = float32(height(p.Y, p.X))
			if dst[i] != dst[i] {
				dst[i] = -9999
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func plane(lat, lon float64) float64 { return 100 + 2000*(lat-34.5) + 1000*(lon-41) }

func TestResamplingAPlaneGivesThePlane(t *testing.T) {
	for name, cubic := range map[string]bool{"bilinear": false, "cubic": true} {
		t.Run(name, func(t *testing.T) {
			path := writeDEM(t, "plane.tif", 40.9, 34.4, 41.1, 34.6, plane)
			ter := openTerrain(t, tower(), Options{DEM: []string{path}, Cubic: cubic})
			zone, _ := ter.Frame.CRS.Zone()
			for r, heights := range ter.Ground.Tiles() {
				for row := r.Min.Y; row < r.Max.Y; row += 9 {
					for col := r.Min.X; col < r.Max.X; col += 7 {
						p := zone.Unproject(ter.Frame.Center(col, row))
						got := float64(heights[(row-r.Min.Y)*grid.TileSide+col-r.Min.X])
						// A hundredth of a post is 0.015 m on this plane; float32 adds as much.
						if want := plane(p.Lat, p.Lon); math.Abs(got-want) > .02 {
							t.Fatalf("%d, %d is %g, want %g", col, row, got, want)
						}
					}
				}
			}
			if ter.Info.ResamplingRMSM > .01 || ter.Info.Synthetic || ter.Info.Voids != 0 {
				t.Errorf("info is %+v", ter.Info)
			}
		})
	}
}

func TestTilesOfAMosaicLeaveNoSeam(t *testing.T) {
	west := writeDEM(t, "west.tif", 40.9, 34.4, 41, 34.6, plane)
	east := writeDEM(t, "east.tif", 41, 34.4, 41.1, 34.6, plane)
	whole := writeDEM(t, "whole.tif", 40.9, 34.4, 41.1, 34.6, plane)
	one := openTerrain(t, tower(), Options{DEM: []string{whole}})
	two := openTerrain(t, tower(), Options{DEM: []string{west, east}})
	for r, heights := range one.Ground.Tiles() {
		other := two.Ground.Tile(r.Min.X, r.Min.Y)
		for i, h := range heights {
			if h != other[i] && (h == h || other[i] == other[i]) {
				t.Fatalf("value %d of tile %v is %g in one file and %g in two", i, r, h, other[i])
			}
		}
	}
}

// counted is a source of zeros that counts how often it lets go.
type counted struct {
	f        grid.Frame
	released *int
}

func (c counted) Frame() grid.Frame                           { return c.f }
func (c counted) Read(dst []float32, r image.Rectangle) error { clear(dst); return nil }
func (c counted) Close() error                                { return nil }
func (c counted) Release()                                    { *c.released++ }

func TestAMosaicHoldsTheMemoryOfAFewFiles(t *testing.T) {
	released := 0
	var sources []grid.Source
	for i := range 50 {
		sources = append(sources, counted{grid.Frame{CRS: 32637, X0: float64(i * 10), Y0: 10, DX: 1, DY: 1, Cols: 10, Rows: 10}, &released})
	}
	all := newMosaics(sources)
	if len(all) != 1 || all[0].frame.Cols != 500 {
		t.Fatalf("%d mosaics, the first %d wide", len(all), all[0].frame.Cols)
	}
	if err := all[0].Read(make([]float32, 500), image.Rect(0, 3, 500, 4)); err != nil {
		t.Fatal(err)
	}
	if released != 50-keep {
		t.Errorf("%d of 50 files let go of their memory, want %d", released, 50-keep)
	}
}

func TestSmallVoidsAreFilledAndCounted(t *testing.T) {
	hole := func(lat, lon float64) float64 {
		if math.Abs(lat-34.5) < .003 && math.Abs(lon-41) < .003 {
			return math.NaN()
		}
		return plane(lat, lon)
	}
	ter := openTerrain(t, tower(), Options{DEM: []string{writeDEM(t, "hole.tif", 40.9, 34.4, 41.1, 34.6, hole)}})
	if ter.Info.Voids < 100 || ter.Info.Holes != 0 {
		t.Errorf("%d filled, %d left", ter.Info.Voids, ter.Info.Holes)
	}
	zone, _ := ter.Frame.CRS.Zone()
	col, row, _ := ter.Frame.Cell(zone.Project(geo.Point{Lat: 34.5, Lon: 41}))
	if h := ter.Height(col, row); math.Abs(h-100) > 2 { // the plane at its middle
		t.Errorf("the middle of the hole is %g", h)
	}
}

func TestWideHolesAreLeftAndSaid(t *testing.T) {
	hole := func(lat, lon float64) float64 {
		if math.Abs(lat-34.5) < .02 && math.Abs(lon-41) < .02 {
			return math.NaN()
		}
		return plane(lat, lon)
	}
	ter := openTerrain(t, tower(), Options{DEM: []string{writeDEM(t, "hole.tif", 40.9, 34.4, 41.1, 34.6, hole)}})
	if ter.Info.Holes < 1000 {
		t.Errorf("%d cells left open", ter.Info.Holes)
	}
}

func TestHeightsThatDoNotCoverTheAreaAreRefused(t *testing.T) {
	for _, c := range []struct {
		name                     string
		west, south, east, north float64
		want                     string
	}{
		{"half of it", 40.9, 34.4, 41, 34.6, "miss"},
		{"nothing of it", 10, 50, 10.1, 50.1, "at all"},
		{"swapped", 34.4, 40.9, 34.6, 41.1, "swapped"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := writeDEM(t, "part.tif", c.west, c.south, c.east, c.north, func(float64, float64) float64 { return 5 })
			_, err := Open(context.Background(), tower(), Options{DEM: []string{path}})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "terrain fetch") {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func TestADEMHalfACellOffTheGridWithVoidsIsRead(t *testing.T) {
	f := grid.Frame{CRS: 32637, X0: 500_015, Y0: 3_800_015, DX: 30, DY: 30, Cols: 50, Rows: 40}
	path := filepath.Join(t.TempDir(), "points.tif")
	void := -9999.
	err := geotiff.WriteFile(path, f, geotiff.Options{NoData: &void}, func(dst []float32, _ int, r image.Rectangle) error {
		for i := range dst {
			dst[i] = 100
		}
		dst[10*r.Dx()+20] = -9999
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	dem, err := OpenDEM([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	defer dem.Close()
	// Its outermost places lie half a post beyond the file's on every side.
	wide := grid.Frame{CRS: 32637, X0: f.X0 - 315, Y0: f.Y0 + 315, DX: 30, DY: 30, Cols: 71, Rows: 61}
	r, err := dem.Resample(context.Background(), wide)
	if err != nil {
		t.Fatal(err)
	}
	heights := 0
	for _, h := range r.Data {
		if h == 100 {
			heights++
		}
	}
	if heights < 50*40 {
		t.Errorf("%d cells have the height", heights)
	}
}

func TestADEMCutAtTheBoxCoversTheArea(t *testing.T) {
	a := tower()
	a.Frontier.Line[0].Lon, a.Frontier.Line[1].Lon = 40.9, 41.1 // it runs on beyond the box
	box := a.Settings.Box
	openTerrain(t, a, Options{DEM: []string{writeDEM(t, "box.tif", box[0], box[1], box[2], box[3], plane)}})
}

func TestSightLinesAcrossABendHaveGround(t *testing.T) {
	a := tower()
	a.Settings.Box, a.Settings.VisibilityKM = []float64{40.7, 33.7, 41.3, 34.3}, 60
	a.Frontier.Line = []geo.Point{{Lat: 34.25, Lon: 40.75}, {Lat: 33.8, Lon: 41}, {Lat: 34.25, Lon: 41.25}}
	a.Sites = []frontier.Site{
		{At: geo.Point{Lat: 34.2, Lon: 40.78}, Sensors: []frontier.Sensor{{Type: "radar", RangeM: 45_000}}},
		{At: geo.Point{Lat: 34.1, Lon: 41.16}, Sensors: []frontier.Sensor{{Type: "eye", RangeM: 1000}}},
	}
	zone := geo.Zone{Number: 37}
	f, err := frameOf(a, zone, 30)
	if err != nil {
		t.Fatal(err)
	}
	held := grid.NewTiled(f, false)
	for _, r := range corridor(a, zone, f) {
		held.Tile(r.Min.X, r.Min.Y)
	}
	from := zone.Project(a.Sites[0].At)
	for name, to := range map[string]geo.Point{
		"the strip's other arm": {Lat: 34.2, Lon: 41.22}, "further down it": {Lat: 34.0, Lon: 41.11}, "the other site": a.Sites[1].At,
	} {
		lost := 0
		grid.Supercover(f, from, zone.Project(to), func(col, row int) {
			if !held.Has(col, row) {
				lost++
			}
		})
		if lost > 0 {
			t.Errorf("%d cells on the line to %s have no ground", lost, name)
		}
	}
}

func TestHeightsThatCannotBeAreRefused(t *testing.T) {
	path := writeDEM(t, "feet.tif", 40.9, 34.4, 41.1, 34.6, func(lat, lon float64) float64 { return 9000 + plane(lat, lon) })
	if _, err := Open(context.Background(), tower(), Options{DEM: []string{path}}); err == nil || !strings.Contains(err.Error(), "feet") {
		t.Errorf("error is %v", err)
	}
}

func TestFilesThatAreNoHeightsAreRefused(t *testing.T) {
	text := filepath.Join(t.TempDir(), "notes.tif")
	if err := os.WriteFile(text, []byte("not a raster"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, files := range map[string][]string{
		"a text": {text}, "nothing there": {"no-such.tif"}, "an empty folder": {t.TempDir()},
	} {
		if _, err := OpenDEM(files); err == nil {
			t.Errorf("%s was opened", name)
		}
	}
}

func TestMadeTerrainPassesThroughItsSpotHeights(t *testing.T) {
	a := tower()
	made := a.Settings.Terrain.Made
	made.ReliefM, made.WadiDepthM = 0, 0
	m, err := NewMade(a)
	if err != nil {
		t.Fatal(err)
	}
	zone := geo.Zone{Number: 37}
	for _, s := range made.SpotHeights {
		if h := m.Height(zone.Project(geo.Point{Lat: s[1], Lon: s[0]})); math.Abs(h-s[2]) > .01 { // the spline is exact but for rounding
			t.Errorf("at %v the height is %g", s, h)
		}
	}
}

func TestMadeTerrainIsTheSameEverywhere(t *testing.T) {
	m, err := NewMade(tower())
	if err != nil {
		t.Fatal(err)
	}
	// Recorded on linux/amd64; logarithms differ in their last bit elsewhere.
	got := m.Height(geo.XY{X: 683_000, Y: 3_819_000})
	if want := 210.61303432695303; math.Abs(got-want) > 1e-6 {
		t.Errorf("the height is %v, want %v", got, want)
	}
}

func TestARiverOnlyFalls(t *testing.T) {
	a := tower()
	line := []geo.Point{{Lat: 34.55, Lon: 41.05}, {Lat: 34.5, Lon: 41.0}, {Lat: 34.47, Lon: 41.02}, {Lat: 34.45, Lon: 40.96}}
	a.Waters = []frontier.Water{{Type: "river", Line: line}}
	m, err := NewMade(a)
	if err != nil {
		t.Fatal(err)
	}
	zone, low, high := geo.Zone{Number: 37}, math.Inf(1), math.Inf(-1)
	if course := m.rivers[0].course; course[0] != zone.Project(line[0]) {
		slices.Reverse(line)
	}
	for i := 1; i < len(line); i++ {
		a, b := zone.Project(line[i-1]), zone.Project(line[i])
		for k := range 100 {
			f := float64(k) / 100
			h := m.Height(geo.XY{X: a.X + f*(b.X-a.X), Y: a.Y + f*(b.Y-a.Y)})
			if low, high = min(low, h), max(high, h); h > low+1e-3 {
				t.Fatalf("after %g m the river rises to %g m", low, h)
			}
		}
	}
	if high-low < 1 {
		t.Errorf("the river falls by only %g m", high-low)
	}
}

func TestSettingsWithoutTerrainAreRefused(t *testing.T) {
	a := tower()
	a.Settings.Terrain.Made = nil
	if _, err := Open(context.Background(), a, Options{}); err == nil || !strings.Contains(err.Error(), "--dem") {
		t.Errorf("error is %v", err)
	}
}

func TestOpeningsAreCutOutOfAWall(t *testing.T) {
	a := tower()
	a.Barriers = []frontier.Barrier{
		{Type: "berm", HeightM: 2, Line: []geo.Point{{Lat: 34.5, Lon: 40.98}, {Lat: 34.5, Lon: 41.02}}, Openings: []frontier.Opening{{AtKM: 1, WidthM: 100}}},
		{Type: "fence", HeightM: 3, Line: a.Frontier.Line},
	}
	ter := openTerrain(t, a, Options{})
	if len(ter.Walls) != 2 {
		t.Fatalf("%d walls", len(ter.Walls))
	}
	gap := math.Hypot(ter.Walls[1].A.X-ter.Walls[0].B.X, ter.Walls[1].A.Y-ter.Walls[0].B.Y)
	if math.Abs(gap-100) > .2 { // the grid's scale is within two thousandths
		t.Errorf("the opening is %g m wide", gap)
	}
}

func TestAWindowBurnsWallsAndAddsCover(t *testing.T) {
	a := tower()
	a.Barriers = []frontier.Barrier{{Type: "berm", HeightM: 2, Line: []geo.Point{{Lat: 34.5, Lon: 40.98}, {Lat: 34.5, Lon: 41.02}}}}
	ter := openTerrain(t, a, Options{})
	zone, _ := ter.Frame.CRS.Zone()
	col, row, _ := ter.Frame.Cell(zone.Project(geo.Point{Lat: 34.5, Lon: 41}))
	r := image.Rect(col-50, row-50, col+51, row+51)

	ground, screen, walls := ter.Window(r, false)
	if screen != ground || len(walls) != 1 {
		t.Errorf("without burning there are %d walls, and the screen is the ground: %v", len(walls), screen == ground)
	}
	ground, screen, walls = ter.Window(r, true)
	if len(walls) != 0 || screen.At(50, 50)-ground.At(50, 50) != 2 {
		t.Errorf("burned: %d walls, %g m above the ground", len(walls), screen.At(50, 50)-ground.At(50, 50))
	}

	a.Grounds = []frontier.Ground{{Class: "palm", CoverHeightM: 8, Ring: []geo.Point{{Lat: 34.499, Lon: 40.999}, {Lat: 34.499, Lon: 41.001}, {Lat: 34.501, Lon: 41.001}, {Lat: 34.501, Lon: 40.999}}}}
	ter = openTerrain(t, a, Options{})
	ground, screen, _ = ter.Window(r, false)
	if up := screen.At(50, 50) - ground.At(50, 50); math.Abs(float64(up)-8) > .001 {
		t.Errorf("the palms stand %g m above the ground", up)
	}
	if c := ter.Class.At(col, row); Classes[c-1] != "palm" {
		t.Errorf("the class is %d", c)
	}
}

// zigzag is a frontier of 600 km that runs diagonally.
func zigzag() *frontier.Area {
	a := tower()
	a.Settings.Box = []float64{38.7, 33.2, 42.4, 37.2}
	a.Settings.DepthFarKM, a.Settings.DepthOwnKM = 10, 10
	a.Settings.Terrain.Made.WadiDepthM = 0
	a.Frontier.Line = nil
	for i := range 85 {
		f := float64(i) / 84
		p := geo.Point{Lat: 33.38 + 3.6*f, Lon: 38.8 + 3.5*f}
		if i%2 == 1 {
			p.Lon += .05
		}
		a.Frontier.Line = append(a.Frontier.Line, p)
	}
	return a
}

func TestALongFrontierCostsItsCorridorNotItsBox(t *testing.T) {
	a := zigzag()
	zone, err := zoneOf(a)
	if err != nil {
		t.Fatal(err)
	}
	f, err := FrameOf(a, 0)
	if err != nil {
		t.Fatal(err)
	}
	length := frontier.NewLine(a.Frontier, zone.Project).Length()
	ground := grid.NewTiled(f, nan)
	for _, r := range corridor(a, zone, f) {
		ground.Tile(r.Min.X, r.Min.Y)
	}
	box := float64(f.Cols) * float64(f.Rows) * 4
	strip := length * 20_000 / (f.DX * f.DY) * 4
	t.Logf("%.0f km: %.0f MB for the box, %.0f MB for the strip, %.0f MB held", length/1000, box/1e6, strip/1e6, float64(ground.Bytes())/1e6)
	if length < 590_000 {
		t.Errorf("the frontier is only %.0f km long", length/1000)
	}
	// Tiles of 7.7 km overhang a strip of 20 km on both sides.
	if held := float64(ground.Bytes()); held > 2*strip || held > box/4 {
		t.Errorf("%.0f MB held for a strip of %.0f MB in a box of %.0f MB", held/1e6, strip/1e6, box/1e6)
	}
}

func TestCoarseHeightsAreNotForSiting(t *testing.T) {
	if NotForSiting(30) != "" || NotForSiting(59.9) != "" {
		t.Error("30 m are refused")
	}
	if w := NotForSiting(60); !strings.Contains(w, "not for siting") || !strings.Contains(w, "60 m") {
		t.Errorf("the warning is %q", w)
	}
}

func TestASurveyCountsVoidsAndDoubtsImpossibleHeights(t *testing.T) {
	path := writeDEM(t, "odd.tif", 41, 34, 41.01, 34.01, func(lat, lon float64) float64 {
		switch {
		case lon < 41.001:
			return math.NaN()
		case lat > 34.009:
			return 12_000
		}
		return 300
	})
	dem, err := OpenDEM([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	defer dem.Close()
	all, err := dem.Survey(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	s := all[0]
	if s.Voids != 12 || s.LowestM != 300 || s.HighestM != 12_000 || !strings.Contains(strings.Join(s.Notes, " "), "feet") || s.Warning == "" {
		t.Errorf("%+v", s)
	}
}

// TestRealHeights reads what lies in the folder that VEDETTE_DATA names: the
// SRTM tile N50E010 and the SRTM30 strip around Al-Qaim.
func TestRealHeights(t *testing.T) {
	data := os.Getenv("VEDETTE_DATA")
	if data == "" {
		t.Skip("VEDETTE_DATA names no folder with real heights")
	}
	dem, err := OpenDEM([]string{filepath.Join(data, "terrain", "N50E010.hgt.gz")})
	if err != nil {
		t.Fatal(err)
	}
	defer dem.Close()
	all, err := dem.Survey(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if s := all[0]; s.LowestM != 185 || s.HighestM != 983 || s.Voids != 28 {
		t.Errorf("N50E010: %+v", s)
	}
	strip, err := OpenDEM([]string{filepath.Join(data, "terrain", "irq_syr_border_strip_60s_from_srtm30.tif")})
	if err != nil {
		t.Fatal(err)
	}
	defer strip.Close()
	zone := geo.Zone{Number: 37}
	at := zone.Project(geo.Point{Lat: 34.3925, Lon: 40.9895})
	r, err := strip.Resample(context.Background(), grid.Frame{CRS: grid.UTM(zone), X0: at.X - 15, Y0: at.Y + 15, DX: 30, DY: 30, Cols: 1, Rows: 1})
	if err != nil {
		t.Fatal(err)
	}
	if h := r.At(0, 0); math.Abs(float64(h)-175) > 3 { // interpolated between posts 1.8 km apart
		t.Errorf("Al-Qaim lies at %g m, want 175 m", h)
	}
}
