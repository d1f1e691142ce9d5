package geotiff

import (
	"image"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vedette/grid"
)

// The GeoTIFFs that these tests read were made by GDAL 3.6.2 with
// testdata/make.sh, which says what is in them.

// drawn is the value of make.sh's formula for a type, and NaN in its void.
func drawn(sample string, col, row int) float32 {
	v := float64(3*row + col)
	if col == 5 && row == 7 {
		return float32(math.NaN())
	}
	switch sample {
	case "int8":
		v -= 50
	case "int16":
		v = 20*v - 700
	case "uint16":
		v *= 600
	case "int32":
		v = 100000*v - 3000000
	case "uint32":
		v *= 40000000
	case "float32", "float64":
		v = v/3 - 20
	}
	return float32(v)
}

// readAll opens a file and reads its first band.
func readAll(t *testing.T, path string) (*File, []float32) {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	cells := make([]float32, f.Frame().Cols*f.Frame().Rows)
	if err := f.Read(cells, f.Frame().Bounds()); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return f, cells
}

// compare says where cells differ from want; NaN equals NaN.
func compare(t *testing.T, name string, cols int, cells []float32, want func(col, row int) float32) {
	t.Helper()
	for i, v := range cells {
		if w := want(i%cols, i/cols); v != w && (v == v || w == w) {
			t.Fatalf("%s: cell %d, %d is %v, want %v", name, i%cols, i/cols, v, w)
		}
	}
}

func TestEveryTypeInEveryPacking(t *testing.T) {
	packings := map[string]string{"none": "none", "packbits": "PackBits", "lzw": "LZW", "deflate": "deflate", "zstd": "zstd"}
	for _, sample := range []string{"int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64"} {
		for _, order := range []string{"little", "big"} {
			for packing, name := range packings {
				path := filepath.Join("testdata", sample+"_"+order+"_"+packing+".tif")
				f, cells := readAll(t, path)
				compare(t, path, 32, cells, func(col, row int) float32 { return drawn(sample, col, row) })
				i := f.Info()
				if i.Sample != sample || i.BigEndian != (order == "big") || i.Tiled != (order == "big") || i.Compression != name || i.BigTIFF != (packing == "deflate") {
					t.Errorf("%s: info %+v", path, i)
				}
			}
		}
	}
}

func TestWindowsAcrossBlocks(t *testing.T) {
	for _, path := range []string{"testdata/int16_big_lzw.tif", "testdata/int16_little_lzw.tif", "testdata/onestrip.tif"} {
		f, _ := readAll(t, path)
		for _, r := range []image.Rectangle{image.Rect(3, 2, 30, 23), image.Rect(15, 15, 17, 17), image.Rect(31, 0, 32, 24), image.Rect(4, 4, 4, 9)} {
			cells := make([]float32, r.Dx()*r.Dy())
			if err := f.Read(cells, r); err != nil {
				t.Fatal(err)
			}
			compare(t, path, max(r.Dx(), 1), cells, func(col, row int) float32 { return drawn("int16", r.Min.X+col, r.Min.Y+row) })
		}
	}
}

func TestReadRefusesWhatItCannotGive(t *testing.T) {
	f, cells := readAll(t, "testdata/onestrip.tif")
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"a window beyond the frame", f.Read(cells, image.Rect(0, 0, 33, 24)), "reaches beyond the raster's (0,0)-(32,24)"},
		{"too little room", f.Read(cells[:5], image.Rect(0, 0, 3, 2)), "room for 5 cells, the window (0,0)-(3,2) has 6"},
		{"a band that is not there", f.ReadBand(cells, 1, f.Frame().Bounds()), "band 1 of 1"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, c.err, c.want)
		}
	}
	if _, err := f.Overview(0); err == nil {
		t.Error("an overview that is not there was opened")
	}
}

func TestBandsChunkyAndPlanar(t *testing.T) {
	for _, path := range []string{"testdata/bands_chunky.tif", "testdata/bands_planar.tif", "testdata/bands_chunky_big_none.tif"} {
		f, cells := readAll(t, path)
		if f.Info().Bands != 3 || f.Info().Planar != strings.Contains(path, "planar") {
			t.Errorf("%s: info %+v", path, f.Info())
		}
		for band := range 3 {
			if err := f.ReadBand(cells, band, f.Frame().Bounds()); err != nil {
				t.Fatal(err)
			}
			// make.sh raises each band by ten of its samples.
			compare(t, path, 32, cells, func(col, row int) float32 {
				return drawn("int16", col, row) + float32(10*band)
			})
		}
	}
}

func TestOverviewsOfACOG(t *testing.T) {
	f, _ := readAll(t, "testdata/cog.tif")
	i := f.Info()
	if !i.COG || !slices.Equal(i.Overviews, []image.Point{{X: 150, Y: 120}, {X: 75, Y: 60}}) {
		t.Fatalf("info %+v", i)
	}
	o, err := f.Overview(1)
	if err != nil {
		t.Fatal(err)
	}
	fr, want := o.Frame(), f.Frame()
	if fr.Cols != 75 || fr.Rows != 60 || fr.X0 != want.X0 || fr.Y0 != want.Y0 || fr.DX != 4*want.DX || fr.DY != 4*want.DY {
		t.Errorf("frame %+v of %+v", fr, want)
	}
	cells := make([]float32, 75*60)
	if err := o.Read(cells, fr.Bounds()); err != nil {
		t.Fatal(err)
	}
	if cells[0] != -700 || cells[len(cells)-1] != 1300 {
		t.Errorf("corners %v and %v, want -700 and 1300", cells[0], cells[len(cells)-1])
	}
}

func TestWhatSamplesMean(t *testing.T) {
	times := func(unit float64) func(float32) float32 {
		return func(v float32) float32 { return float32(float64(v) * unit) }
	}
	cases := []struct {
		file, name string
		sample     string
		height     func(float32) float32
	}{
		{"scaled", "scale and offset apply", "int16", func(v float32) float32 { return float32(float64(v)*.1 + 100) }},
		{"feet", "heights in feet by their EPSG code become metres", "int16", times(.3048)},
		{"feet_us", "heights in US survey feet become metres", "int16", times(1200. / 3937)},
		{"feet_unit", "heights in feet by the band's unit become metres", "int16", times(.3048)},
		{"undeclared", "-32768 is void though the file does not say so", "int16", times(1)},
		{"sparse", "blocks that were never written are void", "int16", times(math.NaN())},
	}
	for _, c := range cases {
		f, cells := readAll(t, filepath.Join("testdata", c.file+".tif"))
		compare(t, c.name, 32, cells, func(col, row int) float32 { return c.height(drawn(c.sample, col, row)) })
		if c.file == "undeclared" && len(f.Info().Notes) == 0 {
			t.Errorf("%s: no note", c.name)
		}
		if strings.HasPrefix(c.file, "feet") && (f.Info().VerticalUnit == 1 || len(f.Info().Notes) == 0) {
			t.Errorf("%s: info %+v", c.name, f.Info())
		}
	}
	f, cells := readAll(t, "testdata/nan.tif")
	if v := f.Info().NoData; v == nil || *v == *v || cells[7*32+5] != -9999 {
		t.Errorf("where NaN is the void, -9999 is a value: %v", cells[7*32+5])
	}
	f, _ = readAll(t, "testdata/described.tif")
	if i := f.Info(); i.Metadata["MAKER"] != "a & <b>" || i.Description != "the heights" {
		t.Errorf("info %+v", i)
	}
}

func TestWhereItLies(t *testing.T) {
	degrees := grid.Frame{CRS: grid.WGS84, X0: 40, Y0: 35, DX: .01, DY: .01, Cols: 32, Rows: 24}
	zone := func(c grid.CRS) grid.Frame {
		return grid.Frame{CRS: c, X0: 600000, Y0: 3800000, DX: 30, DY: 30, Cols: 32, Rows: 24}
	}
	cases := []struct {
		file, name string
		want       grid.Frame
		note       string
	}{
		{"onestrip", "degrees", degrees, ""},
		{"point", "posts lie in the middle of their cells", degrees, ""},
		{"geographic_4258", "ETRS89 is taken as WGS 84", degrees, "ETRS89"},
		{"geographic_4269", "NAD83 is taken as WGS 84", degrees, "NAD83"},
		{"geographic_4979", "WGS 84 with ellipsoidal heights", degrees, "above the ellipsoid"},
		{"utm_32637", "UTM north", zone(32637), ""},
		{"utm_32733", "UTM south", zone(32733), ""},
		{"utm_25832", "ETRS89 in UTM", zone(32632), "EPSG:25832 (ETRS89) read as EPSG:32632"},
		{"utm_26912", "NAD83 in UTM", zone(32612), "EPSG:26912 (NAD83) read as EPSG:32612"},
	}
	for _, c := range cases {
		f, _ := readAll(t, filepath.Join("testdata", c.file+".tif"))
		if f.Frame() != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, f.Frame(), c.want)
		}
		notes := strings.Join(f.Info().Notes, "; ")
		if (c.note == "") != (notes == "") || !strings.Contains(notes, c.note) {
			t.Errorf("%s: notes %q, want %q", c.name, notes, c.note)
		}
		if f.Info().PixelIsPoint != (c.file == "point") {
			t.Errorf("%s: point %v", c.name, f.Info().PixelIsPoint)
		}
	}
}

// TestRefusals reads testdata/bad_*.tif; each has its error in the file beside
// it.
func TestRefusals(t *testing.T) {
	files, err := filepath.Glob("testdata/bad_*.tif")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, path := range files {
		want, err := os.ReadFile(strings.TrimSuffix(path, ".tif") + ".err")
		if err != nil {
			t.Fatal(err)
		}
		_, err = Open(path)
		if err == nil || !strings.HasSuffix(err.Error(), ": "+strings.TrimSpace(string(want))) {
			t.Errorf("%s: %v\nwant %s", path, err, want)
		}
	}
}

func TestOpenWithoutAFile(t *testing.T) {
	if _, err := Open("testdata/none.tif"); err == nil {
		t.Error("a file that is not there was opened")
	}
	if _, err := Open("testdata/make.sh"); err == nil || !strings.Contains(err.Error(), "this is no TIFF") {
		t.Errorf("a script was opened: %v", err)
	}
}
