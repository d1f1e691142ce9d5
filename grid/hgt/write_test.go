package hgt

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

const void = -32768 // in the heights that the tests write

// relief is a height formula with valleys below zero and a few voids.
func relief(col, row int) int {
	if row%97 == 20 && col%89 == 10 {
		return void
	}
	return 17*(row%40) - 3*(col%200) + (row*col)%7
}

// srtmBytes writes an .hgt of side by side posts.
func srtmBytes(side int, height func(col, row int) int) []byte {
	out := make([]byte, 0, 2*side*side)
	for row := range side {
		for col := range side {
			out = binary.BigEndian.AppendUint16(out, uint16(int16(height(col, row))))
		}
	}
	return out
}

// dtedTile is a DTED file to be written.
type dtedTile struct {
	lon, lat         string // DDDMMSSH
	cols, rows       int
	stepLon, stepLat int // tenths of a second
	datum            string
	height           func(col, row int) int
}

// level0 is a whole tile at 30 arc seconds.
func level0() dtedTile {
	return dtedTile{lon: "0410000E", lat: "0340000N", cols: 121, rows: 121, stepLon: 300, stepLat: 300, datum: "WGS84", height: relief}
}

func (d dtedTile) bytes() []byte {
	uhl := fmt.Sprintf("UHL1%s%s%04d%04dNA  U              %04d%04d0", d.lon, d.lat, d.stepLon, d.stepLat, d.cols, d.rows)
	out := fmt.Appendf(nil, "%-80s%-144s%-504s%-2700s", uhl, "DSIU", d.datum, "ACC")
	for col := range d.cols {
		out = append(out, d.record(col)...)
	}
	return out
}

func (d dtedTile) record(col int) []byte {
	rec := []byte{0xAA, 0, byte(col >> 8), byte(col), byte(col >> 8), byte(col), 0, 0}
	for row := d.rows - 1; row >= 0; row-- {
		h := d.height(col, row)
		v := uint16(max(h, -h))
		if h == void {
			v = 0xFFFF
		} else if h < 0 {
			v |= 0x8000
		}
		rec = binary.BigEndian.AppendUint16(rec, v)
	}
	sum := uint32(0)
	for _, b := range rec {
		sum += uint32(b)
	}
	return binary.BigEndian.AppendUint32(rec, sum)
}

func gzipped(tb testing.TB, data []byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		tb.Fatal(err)
	}
	w.Write(data)
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

type member struct {
	name string
	data []byte
}

func zipped(tb testing.TB, members ...member) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		f, err := w.Create(m.name)
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := f.Write(m.data); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func write(tb testing.TB, name string, data []byte) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

func open(tb testing.TB, path string) *File {
	tb.Helper()
	f, err := Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { f.Close() })
	return f
}
