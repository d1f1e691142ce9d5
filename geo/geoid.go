package geo

import (
	"bytes"
	"compress/flate"
	_ "embed" // the table of geoid heights
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"sync"
)

//go:generate go run ./geoidgen -if-present /usr/share/proj/egm96_15.gtx geoid.bin

// geoidTable is made by geoidgen; do not edit it.
//
//go:embed geoid.bin
var geoidTable []byte

// The table's rows run from the south pole, its columns from 180 W, a degree
// apart.
const (
	geoidRows = 181
	geoidCols = 360
)

var geoid = sync.OnceValue(unpackGeoid)

// unpackGeoid reads the embedded table: differences in centimetres. That it is
// whole is tested, so a damaged one is a broken build.
func unpackGeoid() []float32 {
	text, err := io.ReadAll(flate.NewReader(bytes.NewReader(geoidTable)))
	if err != nil || len(text) != 2*geoidRows*geoidCols {
		panic(fmt.Sprintf("geo: the embedded geoid is damaged: %d bytes, %v", len(text), err))
	}
	heights := make([]float32, geoidRows*geoidCols)
	last := int16(0)
	for i := range heights {
		last += int16(binary.LittleEndian.Uint16(text[2*i:]))
		heights[i] = float32(last) / 100
	}
	return heights
}

// Undulation is the height of the geoid above the ellipsoid at p, in metres:
// the height above the ellipsoid, which GNSS receivers give, is that above sea
// level, which maps and height models give, plus the undulation. EGM96 (NIMA
// and NASA, 1998), bilinear between whole degrees: against the model's own
// grid of 15 minutes the error is 0.45 m RMS and at most 13.7 m (in deep-sea
// trenches and high ranges).
func Undulation(p Point) float64 {
	y := min(max(p.Lat, -90), 90) + 90
	x := wrap(p.Lon) + 180
	row, col := min(int(y), geoidRows-2), int(x)
	fy, fx := y-float64(row), x-math.Floor(x)
	t := geoid()
	at := func(r, c int) float64 { return float64(t[r*geoidCols+c%geoidCols]) }
	south := at(row, col) + fx*(at(row, col+1)-at(row, col))
	north := at(row+1, col) + fx*(at(row+1, col+1)-at(row+1, col))
	return south + fy*(north-south)
}
