package export

import (
	"bytes"
	"image"
	"math"
	"strings"
	"testing"

	"vedette/grid/geotiff"
)

func tiff(t *testing.T, name string) *geotiff.File {
	t.Helper()
	text := restrictedFiles()[name]
	f, err := geotiff.New(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// band reads a whole band.
func band(t *testing.T, f *geotiff.File, n int) []float32 {
	t.Helper()
	out := make([]float32, f.Frame().Cols*f.Frame().Rows)
	if err := f.ReadBand(out, n, f.Frame().Bounds()); err != nil {
		t.Fatal(err)
	}
	return out
}

// same tells whether a cell was read as it is; NaN equals NaN.
func same(got, want float32) bool { return got == want || got != got && want != want }

func TestExposureIsReadBackByMode(t *testing.T) {
	p, f := fixture(), tiff(t, "exposure.tif")
	if f.Frame() != p.Result.Frame || f.Info().NoData == nil || !math.IsNaN(*f.Info().NoData) || f.Info().Metadata["UNITS"] != "1/s" {
		t.Errorf("info %+v", f.Info())
	}
	want := "rate of detection: foot by day|rate of detection: foot at night|rate of detection: foot in dust|" +
		"rate of detection: 4x4 by day|rate of detection: 4x4 at night|rate of detection: 4x4 in dust"
	if got := strings.Join(f.Info().BandNames, "|"); got != want {
		t.Errorf("bands %s", got)
	}
	for n, m := range p.Crossing.Modes {
		for i, got := range band(t, f, n) {
			if want := m.Hazard.At(i%f.Frame().Cols, i/f.Frame().Cols); !same(got, want) {
				t.Fatalf("band %d, cell %d: %g, want %g", n, i, got, want)
			}
		}
	}
}

func TestArrivalIsReadBackByConditionAndNobodyIsMinusOne(t *testing.T) {
	p, f := fixture(), tiff(t, "arrival.tif")
	if got := strings.Join(f.Info().BandNames, "|"); got != "arrival of the first responder: day|arrival of the first responder: night|arrival of the first responder: dust" {
		t.Errorf("bands %s", got)
	}
	if v := f.Info().Metadata["VALUES"]; !strings.Contains(v, "-1: nobody ever comes") || f.Info().Metadata["UNITS"] != "s" {
		t.Errorf("tags %v", f.Info().Metadata)
	}
	never := 0
	for n := range f.Info().BandNames {
		for i, got := range band(t, f, n) {
			want := p.Crossing.Modes[n].Arrival.At(i%f.Frame().Cols, i/f.Frame().Cols)
			if math.IsInf(float64(want), 1) {
				never++
				want = -1
			}
			if !same(got, want) {
				t.Fatalf("band %d, cell %d: %g, want %g", n, i, got, want)
			}
		}
	}
	if never == 0 {
		t.Error("the fixture has no cell to which nobody comes")
	}
}

func TestNothingIsAllocatedByCell(t *testing.T) {
	p := fixture()
	m := &p.Crossing.Modes[0]
	r := image.Rect(0, 0, 512, 512).Intersect(p.Result.Frame.Bounds())
	dst := make([]float32, r.Dx()*r.Dy())
	if n := testing.AllocsPerRun(5, func() {
		arrivals(dst, m, r)
		m.Hazard.Window(dst, r)
	}); n > 0 {
		t.Errorf("%.0f allocations for %d cells", n, len(dst))
	}
}
