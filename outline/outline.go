// Package outline holds the outlines of the world's countries: which country a
// place lies in, and the ground of a country.
//
// The outlines are Natural Earth's at 1:10 million (public domain), as the npm
// package world-atlas carries them: longitudes and latitudes in degrees on WGS
// 84, rounded to 0.0036 and 0.0017 of one. Against a surveyed frontier they
// are off by hundreds of metres in places and by up to 3.4 km between Iraq
// and Syria, so near a frontier that an area file draws, that one counts.
package outline

import (
	"bytes"
	"compress/flate"
	_ "embed" // the outlines
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"vedette/geo"
)

//go:generate go run ./outlinegen -if-npm outline.bin

// packed is made by outlinegen; do not edit it.
//
//go:embed outline.bin
var packed []byte

// Ring is a closed line; its last point is its first.
type Ring []geo.Point

// Polygon is an outer ring and the rings of its holes.
type Polygon []Ring

// Country is one country and its ground.
type Country struct {
	Code     string // ISO 3166-1 alpha-2; XK is Kosovo; empty where there is none
	Name     string // in English
	Polygons []Polygon
	boxes    []box // of the polygons
}

type box struct{ west, south, east, north float64 }

// World is all countries. It is read only and safe for concurrent use.
type World struct {
	Countries []Country
	byCode    map[string]int
}

var world = sync.OnceValue(func() *World {
	w, err := decode(packed)
	if err != nil {
		panic(fmt.Sprintf("outline: the embedded outlines are damaged: %v", err))
	}
	return w
})

// Open gives the embedded world, which the first call unpacks: 0.1 s, 20 MB.
func Open() *World { return world() }

// Country gives a country by its code.
func (w *World) Country(code string) (*Country, bool) {
	i, ok := w.byCode[code]
	if !ok {
		return nil, false
	}
	return &w.Countries[i], true
}

// At gives the country that p lies in; nil on the sea.
func (w *World) At(p geo.Point) *Country {
	for i := range w.Countries {
		if w.Countries[i].Contains(p) {
			return &w.Countries[i]
		}
	}
	return nil
}

// Contains tells whether p lies in the country.
func (c *Country) Contains(p geo.Point) bool {
	for i, poly := range c.Polygons {
		if c.boxes[i].contains(p) && poly.Contains(p) {
			return true
		}
	}
	return false
}

// Near gives the polygons whose boxes meet the box given.
func (c *Country) Near(west, south, east, north float64) []Polygon {
	var near []Polygon
	for i, b := range c.boxes {
		if b.west <= east && b.east >= west && b.south <= north && b.north >= south {
			near = append(near, c.Polygons[i])
		}
	}
	return near
}

// Contains tells whether p lies in the outer ring and in no hole.
func (poly Polygon) Contains(p geo.Point) bool {
	inside := false
	for _, r := range poly {
		if r.contains(p) {
			inside = !inside
		}
	}
	return inside
}

func (r Ring) contains(p geo.Point) bool {
	inside := false
	for i := 1; i < len(r); i++ {
		a, b := r[i-1], r[i]
		if (a.Lat > p.Lat) != (b.Lat > p.Lat) && p.Lon < a.Lon+(b.Lon-a.Lon)*(p.Lat-a.Lat)/(b.Lat-a.Lat) {
			inside = !inside
		}
	}
	return inside
}

func (b box) contains(p geo.Point) bool {
	return b.west <= p.Lon && p.Lon <= b.east && b.south <= p.Lat && p.Lat <= b.north
}

func boxOf(r Ring) box {
	b := box{r[0].Lon, r[0].Lat, r[0].Lon, r[0].Lat}
	for _, p := range r[1:] {
		b = box{min(b.west, p.Lon), min(b.south, p.Lat), max(b.east, p.Lon), max(b.north, p.Lat)}
	}
	return b
}

// decode reads the packed outlines: arcs of differences on a grid, and for
// every country its rings of arcs, as TopoJSON has them.
func decode(packed []byte) (*World, error) {
	text, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	if err != nil {
		return nil, err
	}
	in := input{rest: text}
	arcs := in.arcs()
	w := &World{byCode: map[string]int{}}
	for range in.count() {
		c := Country{Code: in.text(), Name: in.text()}
		for range in.count() {
			var poly Polygon
			for range in.count() {
				poly = append(poly, in.ring(arcs))
			}
			if len(poly) > 0 && len(poly[0]) > 0 {
				c.Polygons = append(c.Polygons, poly)
				c.boxes = append(c.boxes, boxOf(poly[0]))
			}
		}
		if c.Code != "" {
			w.byCode[c.Code] = len(w.Countries)
		}
		w.Countries = append(w.Countries, c)
	}
	if in.bad || len(in.rest) > 0 {
		return nil, fmt.Errorf("they end in the middle, or not at their end")
	}
	return w, nil
}

// input reads numbers and texts. Once something is wrong it gives nothing but
// zeros.
type input struct {
	rest []byte
	bad  bool
}

func (in *input) unsigned() uint64 {
	v, n := binary.Uvarint(in.rest)
	if n <= 0 {
		in.bad, in.rest = true, nil
		return 0
	}
	in.rest = in.rest[n:]
	return v
}

func (in *input) signed() int64 {
	v := in.unsigned()
	return int64(v>>1) ^ -int64(v&1)
}

// count reads how many things follow; each takes a byte at least.
func (in *input) count() int {
	n := in.unsigned()
	if n > uint64(len(in.rest)) {
		in.bad, in.rest = true, nil
		return 0
	}
	return int(n)
}

func (in *input) text() string {
	n := in.count()
	s := string(in.rest[:n])
	in.rest = in.rest[n:]
	return s
}

// arcs reads the arcs and the grid that they lie on, in nanodegrees.
func (in *input) arcs() []Ring {
	west, south := float64(in.signed())/1e9, float64(in.signed())/1e9
	dx, dy := float64(in.signed())/1e12, float64(in.signed())/1e12
	arcs := make([]Ring, in.count())
	for i := range arcs {
		arc := make(Ring, in.count())
		var x, y int64
		for k := range arc {
			x, y = x+in.signed(), y+in.signed()
			arc[k] = geo.Point{Lat: south + dy*float64(y), Lon: west + dx*float64(x)}
		}
		arcs[i] = arc
	}
	return arcs
}

// ring joins arcs; a negative number is an arc backwards. Of two arcs that
// meet the common point is taken once.
func (in *input) ring(arcs []Ring) Ring {
	var r Ring
	for range in.count() {
		k := in.signed()
		back := k < 0
		if back {
			k = ^k
		}
		if k >= int64(len(arcs)) {
			in.bad = true
			return r
		}
		arc := arcs[k]
		for i := range arc {
			if i == 0 && len(r) > 0 {
				continue
			}
			if back {
				i = len(arc) - 1 - i
			}
			r = append(r, arc[i])
		}
	}
	return r
}
