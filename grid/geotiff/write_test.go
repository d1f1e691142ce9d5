package geotiff

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"vedette/grid"
)

var update = flag.Bool("update", false, "write testdata/written_*.tif anew; run testdata/check.sh after it")

// window gives Write the cells of a function.
func window[T Sample](cell func(band, col, row int) T) func([]T, int, image.Rectangle) error {
	return func(dst []T, band int, r image.Rectangle) error {
		for i := range dst {
			dst[i] = cell(band, r.Min.X+i%r.Dx(), r.Min.Y+i/r.Dx())
		}
		return nil
	}
}

// written writes a raster to memory and opens it.
func written[T Sample](t rapid.TB, f grid.Frame, o Options, cell func(band, col, row int) T) (*File, []byte) {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, f, o, window(cell)); err != nil {
		t.Fatal(err)
	}
	file, err := New(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return file, b.Bytes()
}

// zone37 is a frame in UTM 37N.
func zone37(cols, rows int) grid.Frame {
	return grid.Frame{CRS: 32637, X0: 600000, Y0: 3800000, DX: 30, DY: 20, Cols: cols, Rows: rows}
}

// roundTrip draws a raster and checks that it is read as it was written, and
// that its overviews are what Resample says.
func roundTrip[T Sample](t *testing.T, sample *rapid.Generator[T], voids ...float64) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		cols := rapid.OneOf(rapid.IntRange(1, 70), rapid.IntRange(513, 560), rapid.IntRange(1025, 1030))
		f := zone37(cols.Draw(t, "cols"), rapid.IntRange(1, 20).Draw(t, "rows"))
		o := Options{
			Bands:    rapid.IntRange(1, 3).Draw(t, "bands"),
			TileSide: 16 * rapid.IntRange(1, 3).Draw(t, "side"),
			Resample: rapid.SampledFrom([]Resample{Nearest, Average, Max}).Draw(t, "resample"),
			BigTIFF:  rapid.Bool().Draw(t, "big"),
		}
		if i := rapid.IntRange(0, len(voids)).Draw(t, "void"); i > 0 {
			o.NoData = &voids[i-1]
		}
		some := rapid.SliceOfN(sample, 1, 300).Draw(t, "cells")
		cell := func(band, col, row int) T { return some[(band*7+row*f.Cols/3+col)%len(some)] }
		file, _ := written(t, f, o, cell)
		if file.Frame() != f || file.Info().BigTIFF != o.BigTIFF || !file.Info().COG {
			t.Fatalf("frame %+v, info %+v", file.Frame(), file.Info())
		}
		for band := range o.Bands {
			checkLevels(t, file, band, o, cell)
		}
	})
}

// checkLevels compares a band and its overviews with the cells they were made
// of, each overview by brute force from the level under it.
func checkLevels[T Sample](t *rapid.T, file *File, band int, o Options, cell func(band, col, row int) T) {
	f := file.Frame()
	under := make([]T, f.Cols*f.Rows)
	for i := range under {
		under[i] = cell(band, i%f.Cols, i/f.Cols)
	}
	cols, rows := f.Cols, f.Rows
	for n := -1; ; n++ {
		level := file
		if n >= 0 {
			var err error
			if level, err = file.Overview(n); err != nil {
				t.Fatal(err)
			}
			under = halved(under, cols, rows, o)
			cols, rows = (cols+1)/2, (rows+1)/2
		}
		got := make([]float32, cols*rows)
		if err := level.ReadBand(got, band, image.Rect(0, 0, cols, rows)); err != nil {
			t.Fatal(err)
		}
		for i, v := range got {
			want := readBack(under[i], o.NoData)
			if v != want && (v == v || want == want) {
				t.Fatalf("band %d, overview %d: cell %d, %d is %v, want %v", band, n, i%cols, i/cols, v, want)
			}
		}
		if max(cols, rows) <= 512 {
			if n+1 != len(file.Info().Overviews) {
				t.Fatalf("%d overviews, want %d", len(file.Info().Overviews), n+1)
			}
			return
		}
	}
}

// readBack is the height that a sample is read as.
func readBack[T Sample](v T, void *float64) float32 {
	_, isInt16 := any(v).(int16)
	switch h := float32(v); {
	case void != nil && float64(v) == *void, math.IsInf(float64(h), 0):
		return float32(math.NaN())
	case void == nil && isInt16 && h == math.MinInt16:
		return float32(math.NaN())
	default:
		return h
	}
}

// halved is the brute force of an overview.
func halved[T Sample](cells []T, cols, rows int, o Options) []T {
	how, void := o.Resample, o.NoData
	var out []T
	for y := 0; y < rows; y += 2 {
		for x := 0; x < cols; x += 2 {
			var four []T
			for _, at := range []image.Point{{X: x, Y: y}, {X: x + 1, Y: y}, {X: x, Y: y + 1}, {X: x + 1, Y: y + 1}} {
				if at.X >= cols || at.Y >= rows {
					continue
				}
				v := cells[at.Y*cols+at.X]
				if how == Nearest || v == v && (void == nil || float64(v) != *void) {
					four = append(four, v)
				}
			}
			switch {
			case len(four) == 0:
				out = append(out, cells[y*cols+x])
			case how == Nearest:
				out = append(out, four[0])
			case how == Max:
				out = append(out, slices.Max(four))
			default:
				var sum float64
				for _, v := range four {
					sum += float64(v)
				}
				mean := sum / float64(len(four))
				if _, isFloat := any(four[0]).(float32); !isFloat {
					mean = math.Round(mean)
				}
				out = append(out, T(mean))
			}
		}
	}
	return out
}

func TestWhatIsWrittenIsReadUint8(t *testing.T)  { roundTrip(t, rapid.Uint8(), 0, 255) }
func TestWhatIsWrittenIsReadUint16(t *testing.T) { roundTrip(t, rapid.Uint16(), 0, 65535) }
func TestWhatIsWrittenIsReadInt16(t *testing.T)  { roundTrip(t, rapid.Int16(), -32768, 0) }
func TestWhatIsWrittenIsReadInt32(t *testing.T)  { roundTrip(t, rapid.Int32(), -2147483648, 7) }
func TestWhatIsWrittenIsReadFloat32(t *testing.T) {
	height := rapid.Custom(func(t *rapid.T) float32 {
		if rapid.IntRange(0, 9).Draw(t, "void") == 0 {
			return float32(math.NaN())
		}
		return rapid.Float32().Draw(t, "height")
	})
	roundTrip(t, height, math.NaN(), -9999, 0)
}

func TestWhatIsSaidOfARasterIsRead(t *testing.T) {
	void := -9999.
	o := Options{
		Bands: 2, BandNames: []string{"height_m", `a "band" & <more>`}, NoData: &void, Description: "heights of the ground",
		Metadata: map[string]string{"RESTRICTED": `yes & "no" <'>`, "MADE_BY": "a test"},
	}
	file, _ := written(t, zone37(5, 4), o, func(band, col, row int) float32 { return float32(band) })
	i := file.Info()
	if !slices.Equal(i.BandNames, o.BandNames) || *i.NoData != void || i.Description != o.Description || !i.Planar || i.Predictor != 3 || i.Block != image.Pt(512, 512) {
		t.Errorf("info %+v", i)
	}
	for k, v := range o.Metadata {
		if i.Metadata[k] != v {
			t.Errorf("metadata %s is %q, want %q", k, i.Metadata[k], v)
		}
	}
}

func TestTheUnitOfEveryBandIsRead(t *testing.T) {
	file, _ := written(t, zone37(5, 4), Options{Bands: 2, Unit: "ft"}, func(band, col, row int) float32 { return 100 })
	got := make([]float32, 1)
	for band := range 2 {
		if err := file.ReadBand(got, band, image.Rect(0, 0, 1, 1)); err != nil || got[0] != 30.48 {
			t.Errorf("band %d: 100 ft are read as %g m (%v), want 30.48", band, got[0], err)
		}
	}
}

func TestEmptyTilesTakeNoRoom(t *testing.T) {
	void := 0.
	diagonal := func(_, col, row int) uint8 {
		if col/64 == row/64 {
			return 1
		}
		return 0
	}
	f := zone37(3000, 3000)
	sparse, bytesSparse := written(t, f, Options{NoData: &void, TileSide: 64}, diagonal)
	full, bytesFull := written(t, f, Options{TileSide: 64}, func(_, col, row int) uint8 { return 1 + uint8(col%3) })
	if len(bytesSparse) > len(bytesFull)/2 {
		t.Errorf("%d bytes sparse, %d full", len(bytesSparse), len(bytesFull))
	}
	absent := 0
	for _, n := range sparse.layout.counts {
		if n == 0 {
			absent++
		}
	}
	if want := 47*47 - 47; absent != want {
		t.Errorf("%d absent tiles, want %d", absent, want)
	}
	if slices.Contains(full.layout.counts, 0) {
		t.Error("a tile with cells is absent")
	}
}

func TestWriteRefuses(t *testing.T) {
	f := zone37(10, 10)
	bad := func(change func(f *grid.Frame)) grid.Frame { g := f; change(&g); return g }
	half, far, nan := .5, 300., math.NaN()
	cases := []struct {
		name  string
		frame grid.Frame
		o     Options
		want  string
	}{
		{"a frame that lies nowhere", bad(func(f *grid.Frame) { f.CRS = 0 }), Options{}, "frame: CRS unknown"},
		{"a frame that is not finite", bad(func(f *grid.Frame) { f.X0 = math.Inf(1) }), Options{}, "is not finite"},
		{"a frame without cells", bad(func(f *grid.Frame) { f.Cols = 0 }), Options{}, "frame: 0 by 10 cells of 30 by 20"},
		{"more cells than tiles can hold", bad(func(f *grid.Frame) { f.Cols, f.Rows = 1<<30, 1<<30 }), Options{}, "too many for tiles of 512"},
		{"bands below zero", f, Options{Bands: -1}, "bands: -1"},
		{"more names than bands", f, Options{BandNames: []string{"a", "b"}}, "band names: 2 for 1 bands"},
		{"a tile of an odd size", f, Options{TileSide: 100}, "tile side: 100"},
		{"an unknown way to resample", f, Options{Resample: "cubic"}, `resample: "cubic"; take nearest, average or max`},
		{"half a void", f, Options{NoData: &half}, "nodata: 0.5 is no uint8"},
		{"a void beyond the type", f, Options{NoData: &far}, "nodata: 300 is no uint8"},
		{"a void that is no number", f, Options{NoData: &nan}, "nodata: NaN is no uint8"},
		{"a palette for two bands", f, Options{Bands: 2, Palette: color.Palette{color.Black}}, "palette:"},
	}
	for _, c := range cases {
		err := Write(io.Discard, c.frame, c.o, window(func(_, _, _ int) uint8 { return 1 }))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if err := Write(io.Discard, f, Options{Palette: color.Palette{color.Black}}, window(func(_, _, _ int) int16 { return 1 })); err == nil {
		t.Error("a palette of int16 was written")
	}
}

// failing is a writer or a source of cells that fails.
var errFailing = errors.New("the disk is full")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFailing }

func TestFailuresArePassedOn(t *testing.T) {
	one := window(func(_, _, _ int) uint8 { return 1 })
	if err := Write(failing{}, zone37(9, 9), Options{}, one); !errors.Is(err, errFailing) {
		t.Errorf("writer: %v", err)
	}
	read := func([]uint8, int, image.Rectangle) error { return errFailing }
	if err := Write(io.Discard, zone37(9, 9), Options{}, read); !errors.Is(err, errFailing) {
		t.Errorf("cells: %v", err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "a.tif")
	if err := WriteFile(path, zone37(9, 9), Options{}, read); !errors.Is(err, errFailing) {
		t.Errorf("file: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("files are left: %v", left)
	}
	if err := WriteFile(path, zone37(9, 9), Options{}, one); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 || left[0].Name() != "a.tif" {
		t.Errorf("files: %v", left)
	}
	if f, err := Open(path); err != nil {
		t.Error(err)
	} else {
		f.Close()
	}
}

func TestSpoolGivesBackWhatItKept(t *testing.T) {
	s := spool{limit: 100}
	var at []int64
	for i := range 30 {
		n, err := s.add(bytes.Repeat([]byte{byte(i)}, 10+i))
		if err != nil {
			t.Fatal(err)
		}
		at = append(at, n)
	}
	if s.file == nil || len(s.memory) > s.limit {
		t.Errorf("%d bytes in memory, file %v", len(s.memory), s.file)
	}
	for i, n := range at {
		b := make([]byte, 10+i)
		if err := s.get(b, n); err != nil || !bytes.Equal(b, bytes.Repeat([]byte{byte(i)}, 10+i)) {
			t.Errorf("piece %d: %x, %v", i, b, err)
		}
	}
	name := s.file.Name()
	if err := s.close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(name); !os.IsNotExist(err) {
		t.Errorf("%s is left: %v", name, err)
	}
}

// kept are the files of testdata/written_*.tif, which GDAL was asked about.
func kept(t *testing.T) map[string][]byte {
	void, none := -9999., 255.
	hill := func(col, row int) int { return (max(col%180, 180-col%180)+max(row%80, 80-row%80))/8*8 - 150 }
	files := map[string][]byte{}
	_, files["written_float32"] = written(t, zone37(1100, 120), Options{NoData: &void, Resample: Average, TileSide: 256, Description: "hills", Metadata: map[string]string{"NOTE": `"a" & <b> 'c'`}, BandNames: []string{"height_m"}},
		func(_, col, row int) float32 {
			if col > 512 && col < 800 {
				return -9999
			}
			return float32(hill(col, row)) / 4
		})
	_, files["written_int16_bands_big"] = written(t, zone37(560, 130), Options{Bands: 2, Resample: Max, TileSide: 128, BigTIFF: true},
		func(band, col, row int) int16 { return int16(hill(col, row)) * int16(band+1) })
	degrees := grid.Frame{CRS: grid.WGS84, X0: 40.5, Y0: 35.25, DX: .001, DY: .002, Cols: 600, Rows: 530}
	_, files["written_palette"] = written(t, degrees, Options{NoData: &none, Palette: color.Palette{color.Black, color.RGBA{R: 255, A: 255}, color.RGBA{G: 128, A: 255}}},
		func(_, col, row int) uint8 { return uint8((col/50 + row/50) % 3) })
	south := zone37(40, 30)
	south.CRS, south.Y0 = 32733, 8000000
	_, files["written_int32_south"] = written(t, south, Options{}, func(_, col, row int) int32 { return int32(100000*row - col) })
	_, files["written_uint16"] = written(t, south, Options{}, func(_, col, row int) uint16 { return uint16(2000*row + col) })
	return files
}

// TestGDALAgrees compares what is written with the files that GDAL called valid
// COGs, and what is read in them with what GDAL read: testdata/written.txt,
// which testdata/check.sh records.
func TestGDALAgrees(t *testing.T) {
	for name, b := range kept(t) {
		path := filepath.Join("testdata", name+".tif")
		if *update {
			if err := os.WriteFile(path, b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(path); err != nil || !bytes.Equal(b, want) {
			t.Errorf("%s is written differently (%v); if it is meant, run with -update, then testdata/check.sh", path, err)
		}
	}
	record, err := os.ReadFile("testdata/written.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for want := range strings.Lines(string(record)) {
		var name string
		var band, level int
		if n, _ := fmt.Sscanf(want, "%s band %d level %d:", &name, &band, &level); n < 3 {
			continue
		}
		lines++
		if got := summary(t, name, band, level); got != want {
			t.Errorf("read as %sGDAL reads %s", got, want)
		}
	}
	if lines < 10 {
		t.Errorf("testdata/written.txt holds %d lines about levels", lines)
	}
}

// summary is the line of check.sh about one band of one level.
func summary(t *testing.T, name string, band, level int) string {
	f, err := Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	o := f
	if level > 0 {
		if o, err = f.Overview(level - 1); err != nil {
			t.Fatal(err)
		}
	}
	fr := o.Frame()
	cells := make([]float32, fr.Cols*fr.Rows)
	if err := o.ReadBand(cells, band-1, fr.Bounds()); err != nil {
		t.Fatal(err)
	}
	low, high, sum, weighted, voids := math.Inf(1), math.Inf(-1), 0., 0., 0
	for i, v := range cells {
		if v != v {
			voids++
			continue
		}
		low, high, sum = min(low, float64(v)), max(high, float64(v)), sum+float64(v)
		weighted += float64(v) * float64(i%1009)
	}
	return fmt.Sprintf("%s band %d level %d: %d x %d, %d void, %.3f to %.3f, sum %.2f, weighted %.2f\n", name, band, level, fr.Cols, fr.Rows, voids, low, high, sum, weighted)
}

func TestReadingFromManyGoroutines(t *testing.T) {
	file, _ := written(t, zone37(600, 600), Options{TileSide: 64}, func(_, col, row int) int32 { return int32(1000*row + col) })
	var wait sync.WaitGroup
	for g := range 8 {
		wait.Go(func() {
			r := image.Rect(20*g, 30*g, 20*g+300, 30*g+200)
			cells := make([]float32, 300*200)
			if err := file.Read(cells, r); err != nil {
				t.Error(err)
			}
			for i, v := range cells {
				if want := float32(1000*(r.Min.Y+i/300) + r.Min.X + i%300); v != want {
					t.Errorf("cell %d is %v, want %v", i, v, want)
					return
				}
			}
		})
	}
	wait.Wait()
}

// BenchmarkWrite writes float32 heights with overviews; an operation is a
// cell.
func BenchmarkWrite(b *testing.B) {
	const side = 1024
	rows := max(b.N/side, 1)
	cell := func(_, col, row int) float32 {
		return float32(200 + 50*math.Sin(float64(col)/40) + 30*math.Cos(float64(row)/30))
	}
	b.ReportAllocs()
	if err := Write(io.Discard, zone37(side, rows), Options{Resample: Average}, window(cell)); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkRead reads windows of 256 by 256 cells of a file of float32 heights
// in order, so that each block is decoded once; an operation is a cell.
func BenchmarkRead(b *testing.B) {
	var buffer bytes.Buffer
	cell := func(_, col, row int) float32 {
		return float32(200 + 50*math.Sin(float64(col)/40) + 30*math.Cos(float64(row)/30))
	}
	if err := Write(&buffer, zone37(4096, 4096), Options{}, window(cell)); err != nil {
		b.Fatal(err)
	}
	f, err := New(bytes.NewReader(buffer.Bytes()), int64(buffer.Len()))
	if err != nil {
		b.Fatal(err)
	}
	cells := make([]float32, 256*256)
	b.ResetTimer()
	for n := 0; n*256*256 < b.N; n++ {
		at := image.Pt(n%16*256, n/16%16*256)
		if err := f.Read(cells, image.Rectangle{Min: at, Max: at.Add(image.Pt(256, 256))}); err != nil {
			b.Fatal(err)
		}
	}
}

func Example() {
	frame := grid.Frame{CRS: 32637, X0: 600000, Y0: 3800000, DX: 30, DY: 30, Cols: 3, Rows: 2}
	count := []uint16{0, 1, 2, 1, 1, 0}
	var b bytes.Buffer
	err := Write(&b, frame, Options{BandNames: []string{"posts that see the cell"}}, func(dst []uint16, band int, r image.Rectangle) error {
		copy(dst, count) // r is all of the frame, which is smaller than a tile
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := New(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	row := make([]float32, 3)
	if err := f.Read(row, image.Rect(0, 0, 3, 1)); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f.Frame().CRS, f.Info().BandNames[0], row)
	// Output: EPSG:32637 posts that see the cell [0 1 2]
}
