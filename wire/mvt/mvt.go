// Package mvt writes points as Mapbox vector tiles, version 2.1, and does the
// arithmetic of such tiles.
//
// In go points in degrees on WGS 84, out comes one tile with one layer, in which
// the tile's width has Extent units; x runs east, y south. Points outside the
// tile are written too: give those that should show. Lines and areas are not
// needed here and not written.
package mvt

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"vedette/geo"
)

// Extent is the width of a tile in units.
const Extent = 4096

// MaxZoom is the deepest zoom for which a Tile is valid.
const MaxZoom = 24

// Tile names a square of the web's Mercator map.
type Tile struct{ Z, X, Y uint32 }

// Valid tells whether there is such a tile.
func (t Tile) Valid() bool { return t.Z <= MaxZoom && t.X < 1<<t.Z && t.Y < 1<<t.Z }

// Box gives the edges of the tile, widened on each side by a share of its width,
// in degrees. West may be below -180 and east above 180.
func (t Tile) Box(rim float64) (west, south, east, north float64) {
	n := float64(uint32(1) << t.Z)
	west, east = (float64(t.X)-rim)/n*360-180, (float64(t.X)+1+rim)/n*360-180
	return west, latitude((float64(t.Y) + 1 + rim) / n), east, latitude((float64(t.Y) - rim) / n)
}

// latitude gives that of a share of the map's height, from the north.
func latitude(share float64) float64 {
	return math.Atan(math.Sinh(math.Pi*(1-2*share))) * 180 / math.Pi
}

// place gives where p lies, in units from the tile's upper left corner. Where
// the tile is near the 180th meridian, p is taken on the nearer side.
func (t Tile) place(p geo.Point) (x, y int32) {
	n := float64(uint32(1) << t.Z)
	east := (p.Lon+180)/360*n - float64(t.X)
	if east > n/2+1 {
		east -= n
	} else if east < -n/2 {
		east += n
	}
	lat := math.Max(-maxLat, math.Min(maxLat, p.Lat)) * math.Pi / 180
	south := (1-math.Asinh(math.Tan(lat))/math.Pi)/2*n - float64(t.Y)
	return int32(math.Round(east * Extent)), int32(math.Round(south * Extent))
}

// maxLat is the latitude of the map's upper edge.
const maxLat = 85.0511287798066

// Point is a point with what is said of it: strings, booleans and float64.
type Point struct {
	At    geo.Point
	Attrs []Attr
}

// Attr is one thing that is said of a point. Only the value of its kind counts.
type Attr struct {
	Name string
	Kind Kind
	Text string
	Num  float64
	Bool bool
}

// Kind is that of an attribute's value.
type Kind int

// The kinds.
const (
	Text Kind = iota
	Number
	Bool
)

// The numbers of the fields, by the specification.
const (
	tileLayers = 3

	layerVersion  = 15
	layerName     = 1
	layerFeatures = 2
	layerKeys     = 3
	layerValues   = 4
	layerExtent   = 5

	featureTags     = 2
	featureType     = 3
	featureGeometry = 4

	valueString = 1
	valueDouble = 3
	valueBool   = 7
)

// Encode writes a tile with one layer.
func Encode(t Tile, layer string, points []Point) []byte {
	e := &encoder{keys: map[string]uint64{}, values: map[Attr]uint64{}}
	for _, p := range points {
		e.point(t, p)
	}
	b := protowire.AppendTag(nil, layerVersion, protowire.VarintType)
	b = protowire.AppendVarint(b, 2)
	b = protowire.AppendTag(b, layerName, protowire.BytesType)
	b = protowire.AppendString(b, layer)
	b = append(b, e.features...)
	b = append(b, e.dictionary...)
	b = protowire.AppendTag(b, layerExtent, protowire.VarintType)
	b = protowire.AppendVarint(b, Extent)
	return field(nil, tileLayers, b)
}

func field(b []byte, number protowire.Number, content []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), content)
}

// encoder gathers features, and the names and values that they share.
type encoder struct {
	keys       map[string]uint64
	values     map[Attr]uint64 // without their names
	features   []byte
	dictionary []byte
}

func (e *encoder) point(t Tile, p Point) {
	var tags []byte
	for _, a := range p.Attrs {
		tags = protowire.AppendVarint(tags, e.key(a.Name))
		tags = protowire.AppendVarint(tags, e.value(a))
	}
	x, y := t.place(p.At)
	geometry := protowire.AppendVarint(nil, 1<<3|1) // move to, once
	geometry = protowire.AppendVarint(geometry, uint64(protowire.EncodeZigZag(int64(x))))
	geometry = protowire.AppendVarint(geometry, uint64(protowire.EncodeZigZag(int64(y))))
	f := field(nil, featureTags, tags)
	f = protowire.AppendTag(f, featureType, protowire.VarintType)
	f = protowire.AppendVarint(f, 1) // a point
	e.features = field(e.features, layerFeatures, field(f, featureGeometry, geometry))
}

func (e *encoder) key(name string) uint64 {
	n, known := e.keys[name]
	if !known {
		n = uint64(len(e.keys))
		e.keys[name] = n
		e.dictionary = field(e.dictionary, layerKeys, []byte(name))
	}
	return n
}

func (e *encoder) value(a Attr) uint64 {
	a.Name = ""
	n, known := e.values[a]
	if !known {
		n = uint64(len(e.values))
		e.values[a] = n
		e.dictionary = field(e.dictionary, layerValues, a.encode())
	}
	return n
}

func (a Attr) encode() []byte {
	switch a.Kind {
	case Number:
		return protowire.AppendFixed64(protowire.AppendTag(nil, valueDouble, protowire.Fixed64Type), math.Float64bits(a.Num))
	case Bool:
		return protowire.AppendVarint(protowire.AppendTag(nil, valueBool, protowire.VarintType), protowire.EncodeBool(a.Bool))
	}
	return field(nil, valueString, []byte(a.Text))
}
