package grid

import (
	"fmt"
	"math"
	"strings"
)

// Parse reads heights drawn as text, one line per row from the north: a digit
// is ten metres, the letters a to z go on from 100 m to 350 m, and ? is a
// void. Empty lines and the spaces around a line are left out. The cells are
// square with sides of cell metres, the south-west corner lies at 0, 0, and
// the CRS is unknown. It is made for tests and examples, and panics on any
// other character and on lines of unequal length.
func Parse(text string, cell float64) *Raster[float32] {
	lines := strings.Fields(text)
	if len(lines) == 0 {
		return New[float32](Frame{DX: cell, DY: cell})
	}
	rows, cols := len(lines), len(lines[0])
	r := New[float32](Frame{Y0: float64(rows) * cell, DX: cell, DY: cell, Cols: cols, Rows: rows})
	for row, line := range lines {
		if len(line) != cols {
			panic(fmt.Sprintf("grid.Parse: line %d has %d cells, the first has %d", row+1, len(line), cols))
		}
		for col := range cols {
			r.Set(col, row, drawnHeight(line[col]))
		}
	}
	return r
}

// drawnHeight is the height that a character of a drawing stands for.
func drawnHeight(c byte) float32 {
	switch {
	case c >= '0' && c <= '9':
		return 10 * float32(c-'0')
	case c >= 'a' && c <= 'z':
		return 100 + 10*float32(c-'a')
	case c == '?':
		return float32(math.NaN())
	}
	panic(fmt.Sprintf("grid.Parse: %q is no height; draw with 0-9, a-z and ?", c))
}

// Draw writes a raster as text, one line per row from the north, each cell as
// the rune that mark gives for it.
func Draw[T any](r *Raster[T], mark func(T) rune) string {
	var b strings.Builder
	for row := range r.Rows {
		for _, v := range r.Row(row) {
			b.WriteRune(mark(v))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Height is the mark of a height in the drawing that Parse reads, rounded down
// to ten metres: - stands below zero, + above 360 m.
func Height(h float32) rune {
	switch {
	case h != h:
		return '?'
	case h < 0:
		return '-'
	case h < 100:
		return '0' + rune(h/10)
	case h < 360:
		return 'a' + rune(h/10) - 10
	}
	return '+'
}
