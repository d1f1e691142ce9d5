// Package grid lays cells on the ground.
//
// A Frame ties columns and rows to a coordinate reference system: column 0 is
// the westernmost, row 0 the northernmost, and a cell's value stands for its
// centre. Raster holds a whole frame in one slice, Tiled only the parts of it
// that are used, and Source is a raster that is read piece by piece.
package grid

import (
	"fmt"
	"image"
	"math"

	"vedette/geo"
)

// CRS is the EPSG code of a coordinate reference system: 4326 (longitude and
// latitude in degrees) or one of the UTM zones 32601-32660 and 32701-32760
// (metres). Zero is unknown.
type CRS int

// WGS84 is longitude and latitude on WGS 84, in degrees.
const WGS84 CRS = 4326

// UTM is the reference system of a UTM zone on WGS 84.
func UTM(z geo.Zone) CRS {
	if z.South {
		return CRS(32700 + z.Number)
	}
	return CRS(32600 + z.Number)
}

// Geographic tells whether the coordinates are degrees.
func (c CRS) Geographic() bool { return c == WGS84 }

// Zone gives the UTM zone of c, if it is one.
func (c CRS) Zone() (z geo.Zone, ok bool) {
	switch {
	case c > 32600 && c <= 32660:
		return geo.Zone{Number: int(c) - 32600}, true
	case c > 32700 && c <= 32760:
		return geo.Zone{Number: int(c) - 32700, South: true}, true
	}
	return geo.Zone{}, false
}

func (c CRS) String() string {
	if c == 0 {
		return "unknown"
	}
	return fmt.Sprintf("EPSG:%d", int(c))
}

// Frame lays Cols by Rows cells on the ground. X0, Y0 is the outer north-west
// corner of cell 0, 0; DX and DY are the sides of a cell, both positive; all
// four in the units of CRS (metres, or degrees for a geographic one).
type Frame struct {
	CRS        CRS
	X0, Y0     float64
	DX, DY     float64
	Cols, Rows int
}

// Bounds is the rectangle of all cells, columns along X and rows along Y.
func (f Frame) Bounds() image.Rectangle { return image.Rect(0, 0, f.Cols, f.Rows) }

// Extent gives the outer edges in the units of the CRS.
func (f Frame) Extent() (west, south, east, north float64) {
	return f.X0, f.Y0 - float64(f.Rows)*f.DY, f.X0 + float64(f.Cols)*f.DX, f.Y0
}

// Center gives the coordinates of the centre of a cell.
func (f Frame) Center(col, row int) geo.XY {
	return geo.XY{X: f.X0 + (float64(col)+.5)*f.DX, Y: f.Y0 - (float64(row)+.5)*f.DY}
}

// Locate gives the fractional column and row of a place; cell centres lie at
// whole numbers.
func (f Frame) Locate(p geo.XY) (col, row float64) {
	return (p.X-f.X0)/f.DX - .5, (f.Y0-p.Y)/f.DY - .5
}

// Cell gives the cell that holds a place, and whether it lies in the frame.
func (f Frame) Cell(p geo.XY) (col, row int, ok bool) {
	c, r := math.Floor((p.X-f.X0)/f.DX), math.Floor((f.Y0-p.Y)/f.DY)
	if !(c >= 0 && r >= 0 && c < float64(f.Cols) && r < float64(f.Rows)) {
		return 0, 0, false
	}
	return int(c), int(r), true
}

// Window is the frame of the cells of r, which lies inside f.
func (f Frame) Window(r image.Rectangle) Frame {
	f.X0 += float64(r.Min.X) * f.DX
	f.Y0 -= float64(r.Min.Y) * f.DY
	f.Cols, f.Rows = r.Dx(), r.Dy()
	return f
}

// Raster is a frame whose every cell holds a value, row by row from the
// north-west: cell (col, row) is Data[row*Cols+col].
type Raster[T any] struct {
	Frame
	Data []T
}

// New is a raster of zero values.
func New[T any](f Frame) *Raster[T] {
	return &Raster[T]{Frame: f, Data: make([]T, f.Cols*f.Rows)}
}

// At gives the value of a cell, which must lie in the frame.
func (r *Raster[T]) At(col, row int) T { return r.Data[row*r.Cols+col] }

// Set changes the value of a cell, which must lie in the frame.
func (r *Raster[T]) Set(col, row int, v T) { r.Data[row*r.Cols+col] = v }

// Row is the slice of one row; writing to it writes to the raster.
func (r *Raster[T]) Row(row int) []T { return r.Data[row*r.Cols : (row+1)*r.Cols] }

// Source is a raster of heights in metres that is read piece by piece, so that
// it need not fit in memory. It may be read from several goroutines at once.
type Source interface {
	Frame() Frame
	// Read fills dst, row by row, with the heights of the cells of r, which
	// lies inside the frame. A void is NaN.
	Read(dst []float32, r image.Rectangle) error
	Close() error
}

// Wall is a straight line that stands up from the ground and hides what is
// behind it, like a stretch of berm: its ends on the ground in the units of
// the frame's CRS, and its height in metres above the ground under it.
type Wall struct {
	A, B   geo.XY
	Height float64
}
