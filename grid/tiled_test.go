package grid

import (
	"image"
	"math"
	"slices"
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	"vedette/geo"
)

// TestFrame pins the meaning of a frame: corners, centres and cells.
func TestFrame(t *testing.T) {
	f := Frame{CRS: UTM(geo.Zone{Number: 37}), X0: 600000, Y0: 3800000, DX: 30, DY: 20, Cols: 4, Rows: 3}
	if w, s, e, n := f.Extent(); w != 600000 || s != 3799940 || e != 600120 || n != 3800000 {
		t.Errorf("extent %v %v %v %v", w, s, e, n)
	}
	if c := f.Center(1, 2); c != (geo.XY{X: 600045, Y: 3799950}) {
		t.Errorf("centre %v", c)
	}
	if col, row := f.Locate(f.Center(3, 1)); col != 3 || row != 1 {
		t.Errorf("a centre is located at %v, %v; want 3, 1", col, row)
	}
	cases := []struct {
		name     string
		p        geo.XY
		col, row int
		ok       bool
	}{
		{"the north-west corner belongs to the first cell", geo.XY{X: 600000, Y: 3800000}, 0, 0, true},
		{"the east edge is outside", geo.XY{X: 600120, Y: 3800000}, 0, 0, false},
		{"the south edge is outside", geo.XY{X: 600000, Y: 3799940}, 0, 0, false},
		{"the last cell", geo.XY{X: 600119, Y: 3799941}, 3, 2, true},
		{"not a number is nowhere", geo.XY{X: math.NaN(), Y: 3800000}, 0, 0, false},
	}
	for _, c := range cases {
		if col, row, ok := f.Cell(c.p); col != c.col || row != c.row || ok != c.ok {
			t.Errorf("%s: %d, %d, %v", c.name, col, row, ok)
		}
	}
	w := f.Window(image.Rect(1, 1, 3, 3))
	if w.Center(0, 0) != f.Center(1, 1) || w.Cols != 2 || w.Rows != 2 {
		t.Errorf("window %+v", w)
	}
}

func TestCRS(t *testing.T) {
	cases := []struct {
		crs  CRS
		zone geo.Zone
		ok   bool
		text string
	}{
		{32601, geo.Zone{Number: 1}, true, "EPSG:32601"},
		{32760, geo.Zone{Number: 60, South: true}, true, "EPSG:32760"},
		{32600, geo.Zone{}, false, "EPSG:32600"},
		{32661, geo.Zone{}, false, "EPSG:32661"},
		{32700, geo.Zone{}, false, "EPSG:32700"},
		{WGS84, geo.Zone{}, false, "EPSG:4326"},
		{0, geo.Zone{}, false, "unknown"},
	}
	for _, c := range cases {
		z, ok := c.crs.Zone()
		if z != c.zone || ok != c.ok || c.crs.String() != c.text {
			t.Errorf("%s: zone %v %v, want %v %v (%s)", c.crs, z, ok, c.zone, c.ok, c.text)
		}
		if ok && UTM(z) != c.crs {
			t.Errorf("UTM(%v) = %v, want %v", z, UTM(z), c.crs)
		}
	}
	if !WGS84.Geographic() || CRS(32637).Geographic() {
		t.Error("only WGS 84 is geographic")
	}
}

func TestRasterRowsShareTheData(t *testing.T) {
	r := New[int](Frame{Cols: 3, Rows: 2})
	r.Set(2, 1, 7)
	r.Row(1)[0] = 5
	if !slices.Equal(r.Data, []int{0, 0, 0, 5, 0, 7}) || r.At(2, 1) != 7 {
		t.Errorf("data %v", r.Data)
	}
}

// corridor is a raster of 3 by 2 tiles, the last ones cut by the frame's edge,
// with a diagonal written into it.
func corridor() *Tiled[int32] {
	t := NewTiled(Frame{Cols: 2*TileSide + 10, Rows: TileSide + 7}, int32(-1))
	for i := range TileSide + 7 {
		t.Set(i, i, int32(i))
	}
	return t
}

func TestTiledHoldsOnlyWhatWasWritten(t *testing.T) {
	r := corridor()
	if !r.Has(0, 0) || !r.Has(TileSide, TileSide) || r.Has(TileSide, 0) || r.Has(-1, 0) || r.Has(0, r.Rows) {
		t.Error("wrong tiles exist")
	}
	for _, c := range []struct {
		col, row int
		want     int32
	}{{0, 0, 0}, {1, 0, -1}, {262, 262, 262}, {300, 10, -1}, {-1, 0, -1}, {0, -1, -1}, {r.Cols, 0, -1}, {3, r.Rows, -1}} {
		if got := r.At(c.col, c.row); got != c.want {
			t.Errorf("cell %d, %d is %d, want %d", c.col, c.row, got, c.want)
		}
	}
	head := int64(6 * unsafe.Sizeof([]int32(nil)))
	if got := r.Bytes(); got != head+2*4*TileSide*TileSide {
		t.Errorf("%d bytes, want two tiles of four bytes a cell and the index", got)
	}
}

func TestTilesWalkNorthToSouthAndStopAtTheFrame(t *testing.T) {
	r := corridor()
	r.Set(r.Cols-1, 0, 9)
	var got []image.Rectangle
	for rect, cells := range r.Tiles() {
		got = append(got, rect)
		for y := rect.Min.Y; y < rect.Max.Y; y++ {
			for x := rect.Min.X; x < rect.Max.X; x++ {
				if v := cells[(y-rect.Min.Y)*TileSide+x-rect.Min.X]; v != r.At(x, y) {
					t.Fatalf("tile %v gives %d at %d, %d; the raster %d", rect, v, x, y, r.At(x, y))
				}
			}
		}
	}
	want := []image.Rectangle{image.Rect(0, 0, 256, 256), image.Rect(512, 0, 522, 256), image.Rect(256, 256, 512, 263)}
	if !slices.Equal(got, want) {
		t.Errorf("tiles %v, want %v", got, want)
	}
	for range r.Tiles() {
		break
	}
}

func TestWindowEqualsAtCellByCell(t *testing.T) {
	r := corridor()
	rapid.Check(t, func(t *rapid.T) {
		at := image.Pt(rapid.IntRange(-300, 800).Draw(t, "x"), rapid.IntRange(-300, 500).Draw(t, "y"))
		size := image.Pt(rapid.IntRange(0, 600).Draw(t, "cols"), rapid.IntRange(0, 40).Draw(t, "rows"))
		w := image.Rectangle{Min: at, Max: at.Add(size)}
		got := make([]int32, size.X*size.Y)
		r.Window(got, w)
		for i, v := range got {
			col, row := at.X+i%size.X, at.Y+i/size.X
			if v != r.At(col, row) {
				t.Fatalf("window %v gives %d at %d, %d; At gives %d", w, v, col, row, r.At(col, row))
			}
		}
	})
}
