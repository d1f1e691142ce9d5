package frontier

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"vedette/geo"
)

const coordinates = "geometry.coordinates"

// geometry reads where a feature lies.
func (rd *reader) geometry(e *entry, raw json.RawMessage) {
	members, ok := rd.object("geometry", raw)
	if !ok {
		return
	}
	rd.unknown("geometry.", members, geometryMembers)
	var s shape
	_ = json.Unmarshal(orNull(members["type"]), &s)
	if !slices.Contains(e.kind.shapes, s) {
		rd.spoil("geometry", fmt.Sprintf("draw a %s as %s", e.kind.name, shapeWords(e.kind.shapes)), "%s is not how a %s is drawn", short(string(orNull(members["type"]))), e.kind.name)
		return
	}
	if places, ok := rd.places(s, orNull(members["coordinates"])); ok {
		s.place(e.value).Set(places)
	}
}

func shapeWords(shapes []shape) string {
	words := make([]string, len(shapes))
	for i, s := range shapes {
		words[i] = "a " + string(s)
	}
	return strings.Join(words, " or ")
}

// places reads coordinates into what the field of the shape holds.
func (rd *reader) places(s shape, raw json.RawMessage) (reflect.Value, bool) {
	var ps []geo.Point
	ok := false
	switch s {
	case point:
		var at []float64
		if ok = rd.nested(raw, &at); ok {
			ps, ok = rd.points([][]float64{at})
			if ok {
				return reflect.ValueOf(ps[0]), true
			}
		}
	case line:
		var all [][]float64
		if ok = rd.nested(raw, &all); ok {
			ps, ok = rd.line(all)
		}
	case polygon:
		var rings [][][]float64
		if ok = rd.nested(raw, &rings); ok {
			ps, ok = rd.ring(rings)
		}
	}
	return reflect.ValueOf(ps), ok
}

// nested decodes coordinates. They hold numbers and brackets alone: a null
// would be read as zero.
func (rd *reader) nested(raw json.RawMessage, dst any) bool {
	if !rd.room(bytes.Count(raw, []byte("["))) {
		return false
	}
	if bytes.IndexByte(raw, 'n') < 0 && json.Unmarshal(raw, dst) == nil {
		return true
	}
	rd.spoil(coordinates, "give numbers, [longitude, latitude], nested as GeoJSON asks for the type", "%s does not fit the type", short(string(raw)))
	return false
}

// room tells whether the file may have n more vertices. The brackets that hold
// a line or polygon together count too, and do not matter.
func (rd *reader) room(n int) bool {
	if rd.vertices+n <= maxVertices {
		return true
	}
	rd.spoil(coordinates, "simplify the lines, or split the area", "with this feature the file has more than %d vertices", maxVertices)
	rd.full = true
	return false
}

// points turns longitude and latitude into places.
func (rd *reader) points(all [][]float64) ([]geo.Point, bool) {
	rd.vertices += len(all)
	ps := make([]geo.Point, len(all))
	for i, at := range all {
		where := ""
		if len(all) > 1 {
			where = fmt.Sprintf("vertex %d: ", i)
		}
		if len(at) != 2 {
			rd.spoil(coordinates, "give [longitude, latitude]; heights come from the terrain", "%sa position has %d numbers", where, len(at))
			return nil, false
		}
		ps[i] = geo.Point{Lat: at[1], Lon: at[0]}
		if !ps[i].Valid() {
			rd.spoil(coordinates, "give [longitude, latitude] in degrees", "%s[%v, %v] is no place on Earth", where, at[0], at[1])
			return nil, false
		}
	}
	return ps, true
}

func (rd *reader) line(all [][]float64) ([]geo.Point, bool) {
	if len(all) < 2 {
		rd.spoil(coordinates, "give two places or more", "a line of %d places", len(all))
		return nil, false
	}
	return rd.points(all)
}

// ring reads the outer ring of a polygon, without the closing place.
func (rd *reader) ring(rings [][][]float64) ([]geo.Point, bool) {
	if len(rings) != 1 {
		rd.spoil(coordinates, "give one outer ring; draw what lies around a hole in parts, as features of their own", "a polygon of %d rings", len(rings))
		return nil, false
	}
	ps, ok := rd.points(rings[0])
	if !ok {
		return nil, false
	}
	if len(ps) < 4 || ps[0] != ps[len(ps)-1] {
		rd.spoil(coordinates, "repeat the first place at the end; a ring has four places or more", "the ring is not closed")
		return nil, false
	}
	return ps[:len(ps)-1], true
}
