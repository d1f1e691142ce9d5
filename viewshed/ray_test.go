package viewshed

import (
	"math"
	"testing"
)

func TestAVoidBesideADiagonalMovesNoHorizonOnIt(t *testing.T) {
	// Rounding may place the diagonal ray a hair before its cell, where the slope
	// of a void beside it would show.
	const rows, j = 321, 161
	if reach := float64(dense * rows); reach*(j/reach) >= j {
		t.Fatal("rounding moves nothing here; choose another row")
	}
	g := flat(rows+1, 30)
	g.Set(j, j, 10)
	g.Set(j-1, j, float32(math.NaN()))
	g.Set(j, j-1, float32(math.NaN()))
	least, err := Heights(Surface{Ground: g, Screen: g}, Observer{Height: 2, MaxRange: 30_000}, Params{})
	if err != nil {
		t.Fatal(err)
	}
	want := 2 + 8*float64(rows)/j
	if got := float64(least.At(rows, rows)); math.Abs(got-want) > 1e-5 { // ten times the rounding of float32
		t.Errorf("behind the post the least height is %.6f m, want %.6f", got, want)
	}
}
