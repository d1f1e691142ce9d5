package export

import (
	"flag"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vedette/coverage"
	"vedette/geo"
	"vedette/grid"
)

var update = flag.Bool("update", false, "accept the maps as they are drawn now")

// counts reads a drawn coverage: a digit is the number of sites, a point lies
// outside the strip.
func counts(drawing string) *grid.Tiled[uint8] {
	lines := strings.Fields(drawing)
	f := grid.Frame{CRS: grid.UTM(geo.Zone{Number: 37}), X0: 700e3, Y0: 3800e3, DX: 30, DY: 30, Cols: len(lines[0]), Rows: len(lines)}
	t := grid.NewTiled[uint8](f, coverage.NotSolved)
	for row, line := range lines {
		for col, c := range line {
			if c != '.' {
				t.Set(col, row, uint8(c-'0'))
			}
		}
	}
	return t
}

const drawnCoverage = `
	....00000000....
	..000011100000..
	.00001112110000.
	.00011122221000.
	0000112333210000
	0001122393210001
	0000112333210011
	.00011122221011.
	.00001112110010.
	..000011100000..
	....00000000....`

func TestMapsAreDrawnAsBefore(t *testing.T) {
	count := counts(drawnCoverage)
	for name, drawn := range map[string]*image.Paletted{
		"classes":        classes(count, count.Bounds(), 1),
		"classes-halved": classes(count, count.Bounds(), 2),
		"classes-window": classes(count, image.Rect(3, 2, 13, 9), 1),
		"strokes":        hatched(classes(count, count.Bounds(), 1), 8),
	} {
		compare(t, filepath.Join("testdata", name+".png"), drawn)
	}
}

// compare sets a drawn map against the one accepted before, pixel by pixel.
func compare(t *testing.T, path string, drawn *image.Paletted) {
	t.Helper()
	if *update {
		accept(t, path, drawn)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if want.Bounds() != drawn.Bounds() {
		t.Errorf("%s: drawn %v, was %v", path, drawn.Bounds(), want.Bounds())
		return
	}
	wrong, first := 0, image.Point{}
	for y := range drawn.Rect.Dy() {
		for x := range drawn.Rect.Dx() {
			if want.(*image.Paletted).ColorIndexAt(x, y) != drawn.ColorIndexAt(x, y) {
				if wrong == 0 {
					first = image.Pt(x, y)
				}
				wrong++
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%s: %d pixels differ, the first at %v; -update accepts them", path, wrong, first)
	}
}

func accept(t *testing.T, path string, drawn image.Image) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, drawn); err != nil {
		t.Fatal(err)
	}
}

func TestAPixelShowsWhatMostOfItsCellsAre(t *testing.T) {
	for _, c := range []struct {
		name  string
		cells string
		want  uint8
	}{
		{"most are dead", "00 01", classDead},
		{"dead and seen are equal: the less watched", "00 11", classDead},
		{"seen by one and by two are equal: the less watched", "21 12", classOne},
		{"three and nine are one class", "39 .0", classMany},
		{"the strip's rim: outside and dead are equal", ".. 00", classOutside},
		{"all outside", ".. ..", classOutside},
	} {
		if got := classes(counts(c.cells), image.Rect(0, 0, 2, 2), 2).Pix[0]; got != c.want {
			t.Errorf("%s: class %d, want %d", c.name, got, c.want)
		}
	}
}

func TestReliefIsLitFromTheNorthWest(t *testing.T) {
	flat := tone(0, 0)
	if risingEast, fallingEast := tone(.5, 0), tone(-.5, 0); !(risingEast > flat && flat > fallingEast) {
		t.Errorf("rising to the east %d, flat %d, falling %d: want light, middle, dark", risingEast, flat, fallingEast)
	}
	if tone(math.NaN(), 0) != 252 {
		t.Error("a void is not light")
	}
}

func TestReliefOfVoidsAndFlatGround(t *testing.T) {
	f := grid.Frame{DX: 30, DY: 30, Cols: 40, Rows: 30}
	void := shade(grid.NewTiled(f, float32(math.NaN())), f.Bounds(), 2)
	flat := shade(grid.NewTiled(f, float32(7)), f.Bounds(), 2)
	if void.exaggerated != 1 || flat.exaggerated != 1 {
		t.Errorf("raised %g and %g times, want once", void.exaggerated, flat.exaggerated)
	}
	if flat.low != 7 || flat.high != 7 || flat.image.Rect != image.Rect(0, 0, 20, 15) {
		t.Errorf("flat ground is %g to %g m in %v", flat.low, flat.high, flat.image.Rect)
	}
}

func TestMeanHeightLeavesVoidsOut(t *testing.T) {
	f := grid.Frame{DX: 30, DY: 30, Cols: 3, Rows: 2}
	ground := grid.NewTiled(f, float32(math.NaN()))
	ground.Set(0, 0, 10)
	ground.Set(1, 1, 30)
	m := means(ground, f.Bounds(), 2)
	if m.Cols != 2 || m.Rows != 1 || m.DX != 60 {
		t.Fatalf("frame %+v", m.Frame)
	}
	if m.At(0, 0) != 20 {
		t.Errorf("mean %g, want 20", m.At(0, 0))
	}
	if z := m.At(1, 0); z == z {
		t.Errorf("mean of voids %g, want NaN", z)
	}
}

func TestSheetsCutALongStrip(t *testing.T) {
	f := grid.Frame{CRS: grid.UTM(zone37), DX: 500, DY: 500, Cols: 1000, Rows: 60}
	km := grid.NewTiled[int16](f, -1)
	for col := range 800 { // 400 km straight to the east
		for row := 20; row < 40; row++ {
			km.Set(100+col, row, int16(col/2))
		}
	}
	all := sheets(km, 400)
	if len(all) != 5 {
		t.Fatalf("%d sheets, want 5 of 80 km", len(all))
	}
	next := 0
	for _, s := range all {
		if s.fromKM != next || s.toKM-s.fromKM != 80 {
			t.Errorf("sheet %d is km %d to %d", s.number, s.fromKM, s.toKM)
		}
		next = s.toKM
		if want := image.Rect(100+2*s.fromKM, 20, 100+2*s.toKM, 40); !want.In(s.window) {
			t.Errorf("sheet %d shows %v, not all of %v", s.number, s.window, want)
		}
		if w := pixels(s.window, s.step); max(w.Dx(), w.Dy()) > longSide {
			t.Errorf("sheet %d has %v pixels", s.number, w)
		}
	}
}
