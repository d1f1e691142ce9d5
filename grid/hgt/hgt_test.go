package hgt

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"vedette/geo"
	"vedette/grid"
)

// same tells whether a height read is the one written.
func same(got float32, want int) bool {
	if want == void {
		return got != got
	}
	return got == float32(want)
}

// matches compares windows of a tile with the formula it was made from.
func matches(t *testing.T, f *File, height func(col, row int) int) {
	t.Helper()
	fr := f.Frame()
	random := rand.New(rand.NewPCG(1, 2))
	windows := []image.Rectangle{
		image.Rect(0, 0, fr.Cols, min(70, fr.Rows)), // whole rows, more than one run of them
		image.Rect(0, fr.Rows-1, fr.Cols, fr.Rows),
		image.Rect(0, 0, 1, fr.Rows), image.Rect(fr.Cols-1, 0, fr.Cols, fr.Rows),
		image.Rect(3, 3, 3, 3),
	}
	for range 20 {
		c, r := random.IntN(fr.Cols), random.IntN(fr.Rows)
		windows = append(windows, image.Rect(c, r, min(fr.Cols, c+1+random.IntN(90)), min(fr.Rows, r+1+random.IntN(90))))
	}
	for _, w := range windows {
		dst := make([]float32, w.Dx()*w.Dy())
		if err := f.Read(dst, w); err != nil {
			t.Fatal(err)
		}
		for k, h := range dst {
			c, r := w.Min.X+k%w.Dx(), w.Min.Y+k/w.Dx()
			if !same(h, height(c, r)) {
				t.Fatalf("window %v: post %d, %d is %v, want %d", w, c, r, h, height(c, r))
			}
		}
	}
}

func TestEveryKindOfTileGivesWhatWasWritten(t *testing.T) {
	srtm3 := srtmBytes(1201, relief)
	level1 := level0()
	level1.cols, level1.rows, level1.stepLon, level1.stepLat = 601, 1201, 60, 30
	level1.lat, level1.lon = "0580000N", "0070000W"
	labelled := append([]byte(fmt.Sprintf("%-80s%-80s", "VOL1", "HDR1")), level0().bytes()...)
	for _, c := range []struct {
		name, file string
		data       []byte
		want       Info
	}{
		{"SRTM at 3 seconds", "N34E041.hgt", srtm3, Info{"SRTM3", 34, 41, 3, 3, grid.WGS84, "none"}},
		{"SRTM at 1 second", "s01w070.HGT", srtmBytes(3601, relief), Info{"SRTM1", -1, -70, 1, 1, grid.WGS84, "none"}},
		{"a name with a suffix", "N34E041.SRTMGL3.hgt", srtm3, Info{"SRTM3", 34, 41, 3, 3, grid.WGS84, "none"}},
		{"gzip", "n00e000.hgt.gz", gzipped(t, srtm3), Info{"SRTM3", 0, 0, 3, 3, grid.WGS84, "gzip"}},
		{"zip, with a note beside the tile", "N34E041.SRTMGL3.hgt.zip",
			zipped(t, member{"readme.txt", nil}, member{"dir/N35W001.hgt", srtm3}, member{"__MACOSX/._N35W001.hgt", nil}),
			Info{"SRTM3", 35, -1, 3, 3, grid.WGS84, "zip"}},
		{"DTED level 0", "e041n34.dt0", level0().bytes(), Info{"DTED0", 34, 41, 30, 30, grid.WGS84, "none"}},
		{"DTED level 1 north of 50 degrees", "x.DT1", level1.bytes(), Info{"DTED1", 58, -7, 3, 6, grid.WGS84, "none"}},
		{"DTED with tape labels", "x.dt0", labelled, Info{"DTED0", 34, 41, 30, 30, grid.WGS84, "none"}},
		{"DTED in gzip", "x.dt0.gz", gzipped(t, level0().bytes()), Info{"DTED0", 34, 41, 30, 30, grid.WGS84, "gzip"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := open(t, write(t, c.file, c.data))
			if f.Info() != c.want {
				t.Errorf("info is %+v, want %+v", f.Info(), c.want)
			}
			matches(t, f, relief)
		})
	}
}

func TestThePostsOfNeighboursMeet(t *testing.T) {
	data := srtmBytes(1201, relief)
	here, east := open(t, write(t, "N34E041.hgt", data)).Frame(), open(t, write(t, "N34E042.hgt", data)).Frame()
	for _, c := range []struct {
		name     string
		f        grid.Frame
		col, row int
		want     geo.XY
	}{
		{"the north-west post lies on the whole degrees", here, 0, 0, geo.XY{X: 41, Y: 35}},
		{"the south-east post lies on the whole degrees", here, 1200, 1200, geo.XY{X: 42, Y: 34}},
		{"the neighbour begins with the same column", east, 0, 1200, geo.XY{X: 42, Y: 34}},
		{"posts lie at whole seconds", here, 1, 2, geo.XY{X: 41 + 3./3600, Y: 35 - 6./3600}},
	} {
		got := c.f.Center(c.col, c.row)
		if math.Hypot(got.X-c.want.X, got.Y-c.want.Y) > 1e-12 { // degrees: a ten-thousandth of a millimetre
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// The files and values in testdata come from make.sh.
func TestDTEDReadsAsInGDAL(t *testing.T) {
	made := func(col, row int) int {
		if row%50 == 20 && col%50 == 10 {
			return void
		}
		return 17*(row%40) - 3*col + (row*col)%7
	}
	for _, c := range []struct {
		name string
		want grid.Frame // as gdalinfo gives it
	}{
		{"n34_e041", grid.Frame{CRS: grid.WGS84, X0: 40.995833333333330, Y0: 35.004166666666663, DX: 0.008333333333333, DY: 0.008333333333333, Cols: 121, Rows: 121}},
		{"s61_w070", grid.Frame{CRS: grid.WGS84, X0: -70.008333333333340, Y0: -59.995833333333337, DX: 0.016666666666667, DY: 0.008333333333333, Cols: 61, Rows: 121}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := open(t, filepath.Join("testdata", c.name+".dt0"))
			got := f.Frame()
			if d := math.Abs(got.X0-c.want.X0) + math.Abs(got.Y0-c.want.Y0) + math.Abs(got.DX-c.want.DX) + math.Abs(got.DY-c.want.DY); !(d < 1e-12) || got.Cols != c.want.Cols || got.Rows != c.want.Rows {
				t.Errorf("frame is %+v, GDAL has %+v", got, c.want)
			}
			matches(t, f, made)
			for _, v := range recorded(t, filepath.Join("testdata", c.name+".txt")) {
				var h [1]float32
				if err := f.Read(h[:], image.Rect(v[0], v[1], v[0]+1, v[1]+1)); err != nil {
					t.Fatal(err)
				}
				if want := v[2]; !(h[0] == float32(want) || want == dtedVoid && h[0] != h[0]) {
					t.Errorf("post %d, %d is %v, GDAL has %d", v[0], v[1], h[0], want)
				}
			}
		})
	}
}

func recorded(t *testing.T, path string) (values [][3]int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		var v [3]int
		if n, _ := fmt.Sscan(s.Text(), &v[0], &v[1], &v[2]); n == 3 {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		t.Fatalf("%s holds no values", path)
	}
	return values
}

func TestVoidsAndRangeAreCounted(t *testing.T) {
	spots := func(col, row int) int {
		switch {
		case row == 600 && col >= 510 && col < 515: // over the edge of two windows
			return void
		case row == 1200 && col == 1200:
			return 983
		case row == 0 && col == 0:
			return -12
		}
		return 185
	}
	empty := func(int, int) int { return void }
	nan := float32(math.NaN())
	for _, c := range []struct {
		name        string
		height      func(col, row int) int
		voids       int
		lowest, top float32
	}{
		{"a few voids", spots, 5, -12, 983},
		{"nothing but voids", empty, 1201 * 1201, nan, nan},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := open(t, write(t, "N34E041.hgt", srtmBytes(1201, c.height)))
			voids, err := f.Voids()
			if err != nil || voids != c.voids {
				t.Errorf("%d voids, %v; want %d", voids, err, c.voids)
			}
			lo, hi, err := f.Range()
			if err != nil || fmt.Sprint(lo, hi) != fmt.Sprint(c.lowest, c.top) {
				t.Errorf("range %v to %v, %v; want %v to %v", lo, hi, err, c.lowest, c.top)
			}
		})
	}
}

func TestATileMayBeReadReleasedAndCountedAtOnce(t *testing.T) {
	for _, path := range []string{
		write(t, "N34E041.hgt.gz", gzipped(t, srtmBytes(1201, relief))),
		write(t, "x.dt0", level0().bytes()),
	} {
		f := open(t, path)
		var wg sync.WaitGroup
		for k := range 8 {
			wg.Go(func() {
				dst := make([]float32, 100)
				if err := f.Read(dst, image.Rect(10*k, 0, 10*k+10, 10)); err != nil || !same(dst[11], relief(10*k+1, 1)) {
					t.Errorf("post %d, 1 is %v, %v", 10*k+1, dst[11], err)
				}
				if k%3 == 0 {
					f.Release()
				}
				if _, err := f.Voids(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
}

func TestAClosedTileIsNotRead(t *testing.T) {
	f := open(t, write(t, "N34E041.hgt.gz", gzipped(t, srtmBytes(1201, relief))))
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Read(make([]float32, 1), image.Rect(0, 0, 1, 1)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("error is %v, want os.ErrClosed", err)
	}
}

// The real tile is not part of the project; VEDETTE_DATA names the folder
// that holds terrain/N50E010.hgt.gz (SRTM3 version 2.1).
func TestARealTile(t *testing.T) {
	data := os.Getenv("VEDETTE_DATA")
	if data == "" {
		t.Skip("VEDETTE_DATA is not set; with terrain/N50E010.hgt.gz in that folder this test reads a real tile")
	}
	f := open(t, filepath.Join(data, "terrain", "N50E010.hgt.gz"))
	if got, want := f.Info(), (Info{"SRTM3", 50, 10, 3, 3, grid.WGS84, "gzip"}); got != want {
		t.Errorf("info is %+v, want %+v", got, want)
	}
	voids, err := f.Voids()
	if err != nil {
		t.Fatal(err)
	}
	lo, hi, _ := f.Range()
	if voids != 28 || lo != 185 || hi != 983 {
		t.Errorf("%d voids, %v to %v m; want 28, 185 to 983", voids, lo, hi)
	}
}

func TestWindowsOutsideTheTileAreRefused(t *testing.T) {
	f := open(t, write(t, "x.dt0", level0().bytes()))
	for _, c := range []struct {
		name string
		room int
		r    image.Rectangle
		want string
	}{
		{"beyond the east edge", 1000, image.Rect(120, 0, 122, 1), "lies outside the tile's 121 x 121 posts"},
		{"north of the tile", 1000, image.Rect(0, -1, 1, 1), "lies outside"},
		{"too little room", 3, image.Rect(0, 0, 2, 2), "needs 4 values and has room for 3"},
	} {
		if err := f.Read(make([]float32, c.room), c.r); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want %q in it", c.name, err, c.want)
		}
	}
}
