package frontier

import (
	"reflect"
	"slices"

	"vedette/geo"
)

// shape is the type of a GeoJSON geometry.
type shape string

// The shapes.
const (
	point   shape = "Point"
	line    shape = "LineString"
	polygon shape = "Polygon"
)

// kind is what the reader, the writer, the schema and the reference page know
// of a kind of feature.
type kind struct {
	name    string
	meaning string
	of      reflect.Type // of its Go struct
	list    string       // the field of Area that holds those features
	shapes  []shape
	outside bool // may lie outside the box
	simple  bool // its line must not cross itself, as every ring must not
}

// kinds are all kinds, in the order in which they are written.
var kinds = []kind{
	{name: "frontier", of: reflect.TypeFor[Frontier](), list: "Frontier", shapes: []shape{line}, simple: true,
		meaning: "The line that is watched; an area has one. Kilometre marks run from its first vertex."},
	{name: "site", of: reflect.TypeFor[Site](), list: "Sites", shapes: []shape{point},
		meaning: "A place that observes."},
	{name: "barrier", of: reflect.TypeFor[Barrier](), list: "Barriers", shapes: []shape{line}, simple: true,
		meaning: "A linear work that delays and may hide."},
	{name: "base", of: reflect.TypeFor[Base](), list: "Bases", shapes: []shape{point}, outside: true,
		meaning: "Barracks or a post from which responders start."},
	{name: "unit", of: reflect.TypeFor[Unit](), list: "Units", shapes: []shape{point}, outside: true,
		meaning: "People and vehicles with a parent and a status."},
	{name: "patrol", of: reflect.TypeFor[Patrol](), list: "Patrols", shapes: []shape{line}, outside: true,
		meaning: "A route between places."},
	{name: "road", of: reflect.TypeFor[Road](), list: "Roads", shapes: []shape{line}, outside: true,
		meaning: "A way for vehicles."},
	{name: "water", of: reflect.TypeFor[Water](), list: "Waters", shapes: []shape{line, polygon}, outside: true, simple: true,
		meaning: "A river or wadi (a line) or a lake (a polygon)."},
	{name: "bridge", of: reflect.TypeFor[Bridge](), list: "Bridges", shapes: []shape{point},
		meaning: "Carries a road over water."},
	{name: "gate", of: reflect.TypeFor[Gate](), list: "Gates", shapes: []shape{point},
		meaning: "An official crossing point."},
	{name: "ground", of: reflect.TypeFor[Ground](), list: "Grounds", shapes: []shape{polygon}, outside: true,
		meaning: "A stretch of ground of one class."},
	{name: "source", of: reflect.TypeFor[Source](), list: "Sources", shapes: []shape{polygon},
		meaning: "Where intruders start; without any, the far edge of the solved strip."},
	{name: "exit", of: reflect.TypeFor[Exit](), list: "Exits", shapes: []shape{polygon},
		meaning: "Where an intruder is gone: cover, a road, a village; without any, the own edge of the solved strip."},
	{name: "zone", of: reflect.TypeFor[Zone](), list: "Zones", shapes: []shape{polygon},
		meaning: "A named stretch of ground with a meaning for alerts or planning."},
	{name: "protected", of: reflect.TypeFor[Protected](), list: "Protected", shapes: []shape{point},
		meaning: "A place on which no work may be put."},
	{name: "control", of: reflect.TypeFor[Control](), list: "Controls", shapes: []shape{polygon}, outside: true,
		meaning: "Ground that a party holds, at a date, by a source."},
}

func kindNames() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return names
}

func kindOf(name string) (kind, bool) {
	if i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name }); i >= 0 {
		return kinds[i], true
	}
	return kind{}, false
}

// features are those of the kind in a, the frontier as a list of one.
func (k kind) features(a *Area) []reflect.Value {
	list := reflect.ValueOf(a).Elem().FieldByName(k.list)
	if list.Kind() != reflect.Slice {
		return []reflect.Value{list}
	}
	all := make([]reflect.Value, list.Len())
	for i := range all {
		all[i] = list.Index(i)
	}
	return all
}

// put adds a feature to a.
func (k kind) put(a *Area, feature reflect.Value) {
	list := reflect.ValueOf(a).Elem().FieldByName(k.list)
	if list.Kind() == reflect.Slice {
		feature = reflect.Append(list, feature)
	}
	list.Set(feature)
}

// place is the field of a feature that holds its geometry.
func (s shape) place(feature reflect.Value) reflect.Value {
	switch s {
	case point:
		return feature.FieldByName("At")
	case line:
		return feature.FieldByName("Line")
	}
	return feature.FieldByName("Ring")
}

// vertices are the places of a feature's geometry, and its shape.
func (k kind) vertices(feature reflect.Value) (shape, []geo.Point) {
	for _, s := range k.shapes {
		switch at := s.place(feature).Interface().(type) {
		case geo.Point:
			return s, []geo.Point{at}
		case []geo.Point:
			if len(at) > 0 {
				return s, at
			}
		}
	}
	return k.shapes[0], nil
}
