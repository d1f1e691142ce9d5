package grid

import (
	"image"
	"iter"
	"unsafe"
)

// TileSide is the side of a tile of a Tiled raster, in cells.
const TileSide = 256

// Tiled is a raster of which only the tiles that were written exist, so that
// a long diagonal corridor costs the memory of its tiles and not of its box.
// Reading is safe from several goroutines while nobody writes.
type Tiled[T any] struct {
	Frame
	outside T
	across  int
	tiles   [][]T
}

// NewTiled is a raster without tiles: every cell reads as outside.
func NewTiled[T any](f Frame, outside T) *Tiled[T] {
	across := (f.Cols + TileSide - 1) / TileSide
	down := (f.Rows + TileSide - 1) / TileSide
	return &Tiled[T]{Frame: f, outside: outside, across: across, tiles: make([][]T, across*down)}
}

func (t *Tiled[T]) index(col, row int) int {
	return row/TileSide*t.across + col/TileSide
}

// Has tells whether the tile of a cell exists.
func (t *Tiled[T]) Has(col, row int) bool {
	return image.Pt(col, row).In(t.Bounds()) && t.tiles[t.index(col, row)] != nil
}

// At gives the value of a cell: the outside value where there is no tile, or
// beyond the frame.
func (t *Tiled[T]) At(col, row int) T {
	if !t.Has(col, row) {
		return t.outside
	}
	return t.tiles[t.index(col, row)][row%TileSide*TileSide+col%TileSide]
}

// Set changes the value of a cell, which must lie in the frame; its tile is
// made if it does not exist.
func (t *Tiled[T]) Set(col, row int, v T) {
	t.Tile(col, row)[row%TileSide*TileSide+col%TileSide] = v
}

// Tile is the tile of a cell of the frame, TileSide by TileSide values row by
// row, made if it does not exist. Writing to it writes to the raster. Tiles at
// the east and south edge reach beyond the frame; what lies there is unused.
func (t *Tiled[T]) Tile(col, row int) []T {
	i := t.index(col, row)
	if t.tiles[i] == nil {
		tile := make([]T, TileSide*TileSide)
		for k := range tile {
			tile[k] = t.outside
		}
		t.tiles[i] = tile
	}
	return t.tiles[i]
}

// Tiles walks the tiles that exist, north to south and west to east: the cells
// of the tile that lie in the frame, and its values with a stride of TileSide.
func (t *Tiled[T]) Tiles() iter.Seq2[image.Rectangle, []T] {
	return func(yield func(image.Rectangle, []T) bool) {
		for i, tile := range t.tiles {
			if tile == nil {
				continue
			}
			at := image.Pt(i%t.across*TileSide, i/t.across*TileSide)
			r := image.Rectangle{Min: at, Max: at.Add(image.Pt(TileSide, TileSide))}.Intersect(t.Bounds())
			if !yield(r, tile) {
				return
			}
		}
	}
}

// Window copies the cells of r, which may reach beyond the frame, into dst row
// by row. It copies row stretches of whole tiles: about the speed of memory.
func (t *Tiled[T]) Window(dst []T, r image.Rectangle) {
	for row := r.Min.Y; row < r.Max.Y; row++ {
		line := dst[(row-r.Min.Y)*r.Dx():][:r.Dx()]
		for col := r.Min.X; col < r.Max.X; {
			next := min(r.Max.X, nextTile(col))
			t.stretch(line[col-r.Min.X:next-r.Min.X], col, row)
			col = next
		}
	}
}

// nextTile is the first column after the tile of col; what lies west of the
// frame counts as one tile.
func nextTile(col int) int {
	if col < 0 {
		return 0
	}
	return (col/TileSide + 1) * TileSide
}

// stretch copies cells of one row that lie in one tile.
func (t *Tiled[T]) stretch(dst []T, col, row int) {
	if !t.Has(col, row) {
		for i := range dst {
			dst[i] = t.outside
		}
		return
	}
	tile := t.tiles[t.index(col, row)]
	from := row%TileSide*TileSide + col%TileSide
	n := min(len(dst), t.Cols-col)
	copy(dst[:n], tile[from:])
	for i := n; i < len(dst); i++ {
		dst[i] = t.outside
	}
}

// Bytes is the memory of the tiles that exist.
func (t *Tiled[T]) Bytes() int64 {
	var v T
	n := int64(len(t.tiles)) * int64(unsafe.Sizeof([]T(nil)))
	for _, tile := range t.tiles {
		n += int64(len(tile)) * int64(unsafe.Sizeof(v))
	}
	return n
}
