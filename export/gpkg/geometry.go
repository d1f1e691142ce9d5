package gpkg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"vedette/geo"
)

// envelope is the box around a geometry, in degrees.
type envelope struct{ minX, maxX, minY, maxY float64 }

func empty() envelope {
	return envelope{math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)}
}

func (e envelope) add(p geo.Point) envelope {
	return e.union(envelope{p.Lon, p.Lon, p.Lat, p.Lat})
}

func (e envelope) union(o envelope) envelope {
	return envelope{min(e.minX, o.minX), max(e.maxX, o.maxX), min(e.minY, o.minY), max(e.maxY, o.maxY)}
}

// The shapes in well-known binary (OGC 06-103r4, table 7).
var wkbType = map[Shape]uint32{Point: 1, Line: 2, Polygon: 3}

// Fewest vertices of each shape; a ring has its closing vertex already.
var fewest = map[Shape]int{Point: 1, Line: 2, Polygon: 4}

// encode gives a geometry as a GeoPackage blob (OGC 12-128r17, clause 2.1.3):
// the header with the envelope, then well-known binary, little endian.
func encode(s Shape, points []geo.Point) ([]byte, envelope, error) {
	if s == Polygon {
		points = closed(points)
	}
	if err := check(s, points); err != nil {
		return nil, empty(), err
	}
	e := empty()
	for _, p := range points {
		e = e.add(p)
	}
	b := header(s, e)
	b = append(b, 1) // little endian
	b = binary.LittleEndian.AppendUint32(b, wkbType[s])
	if s == Polygon {
		b = binary.LittleEndian.AppendUint32(b, 1) // ring
	}
	if s != Point {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(points)))
	}
	for _, p := range points {
		b = appendFloats(b, p.Lon, p.Lat)
	}
	return b, e, nil
}

func check(s Shape, points []geo.Point) error {
	n, ok := fewest[s]
	switch {
	case !ok:
		return fmt.Errorf("unknown shape %q", s)
	case len(points) < n || s == Point && len(points) > 1:
		return fmt.Errorf("%d vertices are no %s", len(points), s)
	}
	for _, p := range points {
		if math.IsNaN(p.Lat+p.Lon) || math.IsInf(p.Lat+p.Lon, 0) {
			return errors.New("a vertex is not a number")
		}
	}
	return nil
}

// header is the "GP" header of version 1 with EPSG:4326; points go without an
// envelope, since it would say nothing new.
func header(s Shape, e envelope) []byte {
	const littleEndian, withEnvelope = 1, 1 << 1
	flags := byte(littleEndian)
	if s != Point {
		flags |= withEnvelope
	}
	b := binary.LittleEndian.AppendUint32([]byte{'G', 'P', 0, flags}, 4326)
	if s != Point {
		b = appendFloats(b, e.minX, e.maxX, e.minY, e.maxY)
	}
	return b
}

func appendFloats(b []byte, values ...float64) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

// closed is a ring whose last vertex repeats its first.
func closed(ring []geo.Point) []geo.Point {
	if len(ring) == 0 || ring[0] == ring[len(ring)-1] {
		return ring
	}
	return append(ring[:len(ring):len(ring)], ring[0])
}
