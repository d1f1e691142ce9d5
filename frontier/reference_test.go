package frontier

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// sentence makes a meaning one: a capital first, a full stop at the end.
func sentence(meaning string) string {
	meaning = strings.TrimPrefix(meaning, "a description of ")
	first, size := utf8.DecodeRuneInString(meaning)
	return string(unicode.ToUpper(first)) + meaning[size:] + "."
}

// parts are the structs that lie in others, in the order of the page.
var parts = []struct {
	of      reflect.Type
	meaning string
}{
	{reflect.TypeFor[Party](), "A party: an item of `vedette.parties`. One is hostile only by a named person with a reason: `by` and `reason` are then required."},
	{reflect.TypeFor[TerrainSetting](), "The terrain: `vedette.terrain`. It has `files` or `made`, not both."},
	{reflect.TypeFor[MadeTerrain](), "Made terrain: `vedette.terrain.made`, a smooth surface through spot heights with fine relief."},
	{reflect.TypeFor[Sensor](), "A sensor: an item of a site's `sensors`. An arc has both ends or none; a range lies beyond the least range."},
	{reflect.TypeFor[Opening](), "An opening: an item of a barrier's `openings`."},
	{reflect.TypeFor[Responder](), "A responder: an item of a base's `responders`."},
}

const pageHead = `<!-- Made by go generate ./frontier; do not edit. -->
# The area file

An area file is one GeoJSON FeatureCollection (RFC 7946) in UTF-8, by custom named ` + "`*.area.geojson`" + `. Its member
` + "`vedette`" + ` holds the settings of the area; every feature has a ` + "`kind`" + ` among its properties. Positions are
[longitude, latitude] in degrees on WGS 84. Units stand in the names: ` + "`_m`" + ` metres, ` + "`_km`" + ` kilometres, ` + "`_s`" + ` seconds,
` + "`_deg`" + ` degrees, ` + "`_kmh`" + ` kilometres per hour.

Reading is strict: what this page does not know is refused, all problems of a file at once. A value that is left out
is not the same as null; null is refused. The members ` + "`name`, `crs`, `bbox` and `xy_coordinate_resolution`" + ` of the file, and
` + "`id` and `bbox`" + ` of a feature, which GIS programs write, are read over; coordinates must be longitude and latitude.

The JSON Schema of this page is [area.schema.json](../frontier/area.schema.json). A file may name it as ` + "`$schema`" + `, and
editors then help to write it.

The least there can be:

`

func referencePage(t *testing.T) []byte {
	t.Helper()
	least, err := os.ReadFile("testdata/least.good.json")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	b.WriteString(pageHead)
	fmt.Fprintf(&b, "```json\n%s```\n", least)
	b.WriteString("\n## Settings\n\nThe member `vedette`.\n\n")
	table(&b, reflect.TypeFor[Settings]())
	for _, p := range parts[:3] {
		fmt.Fprintf(&b, "\n%s\n\n", p.meaning)
		table(&b, p.of)
	}
	b.WriteString("\n## Kinds of features\n")
	for _, k := range kinds {
		writeKind(&b, k)
	}
	b.WriteString("\n## Parts of features\n")
	for _, p := range parts[3:] {
		fmt.Fprintf(&b, "\n%s\n\n", p.meaning)
		table(&b, p.of)
	}
	writeRules(&b)
	return b.Bytes()
}

func writeKind(b *bytes.Buffer, k kind) {
	fmt.Fprintf(b, "\n### %s\n\n%s Drawn as %s;", k.name, k.meaning, shapeWords(k.shapes))
	if k.outside {
		b.WriteString(" may lie outside the box.")
	} else {
		b.WriteString(" lies inside the box.")
	}
	if k.simple || slices.Contains(k.shapes, polygon) {
		b.WriteString(" It must not cross or touch itself.")
	}
	b.WriteString("\n\n")
	table(b, k.of)
}

// table writes the properties of a struct.
func table(b *bytes.Buffer, of reflect.Type) {
	b.WriteString("| property | value | meaning | left out |\n|---|---|---|---|\n")
	for _, m := range membersOf(reflect.New(of).Elem()) {
		p, _ := propertyOf(of, m.name)
		without := p.without
		if m.required {
			without = "**required**"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", m.name, valueWords(m.value.Type(), p), sentence(p.meaning), without)
	}
}

func valueWords(t reflect.Type, p property) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case len(p.words) > 0:
		return "`" + strings.Join(p.words, "`, `") + "`"
	case p.refers != "":
		return "id of a " + p.refers
	case t.Kind() == reflect.Struct:
		return "object"
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		return "list of objects"
	case t.Kind() == reflect.Slice:
		return "list"
	case t.Kind() == reflect.Float64 || t.Kind() == reflect.Int:
		return spanWords(t, p.span)
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Int64:
		return "whole number"
	}
	return "text"
}

func spanWords(t reflect.Type, s span) string {
	least, most := s.limits()
	word := ""
	if t.Kind() == reflect.Int {
		word = "whole, "
	}
	if s.above {
		return fmt.Sprintf("%sabove %v, to %.0f", word, least, most)
	}
	return fmt.Sprintf("%s%v to %.0f", word, least, most)
}

func writeRules(b *bytes.Buffer) {
	fmt.Fprintf(b, `
## What else must hold

- There is one frontier, from %.0f m to %.0f km long.
- Every feature has an id of its own, every party too. What an id refers to is there and of the right kind.
- The box is [west, south, east, north], west below east and south below north: it does not cross the 180th meridian.
- A berm and a wall have a height, a trench has a depth; an opening lies on its barrier.
- A site that stands `+"`on`"+` a barrier is within %d m of its line.
- A barrier that ends where it begins goes all around.
- No unit is under itself.
- A polygon has one ring, closed: the last place is the first.
- A name is at most %d bytes of one line; a note or reason at most %d bytes.
- Spot heights are %d to %d, each from %d to %d m.
- A file has at most %d MB, %d features and %d vertices.
`, shortestFrontier, longestFrontier/1000, onReach, maxName, maxText, leastSpots, mostSpots, lowestSpot, highestSpot,
		maxBytes>>20, maxFeatures, maxVertices)
}

func TestTheReferencePageIsCurrent(t *testing.T) {
	golden(t, "../docs/area-file.md", referencePage(t))
}

func TestEveryPropertyIsInTheTableOnceAndNoOther(t *testing.T) {
	structs := map[string]reflect.Type{"settings": reflect.TypeFor[Settings]()}
	for _, k := range kinds {
		structs[strings.ToLower(k.of.Name())] = k.of
	}
	for _, p := range parts {
		structs[strings.ToLower(p.of.Name())] = p.of
	}
	for name := range properties {
		if structs[name] == nil {
			t.Errorf("the table has %s, which is no struct of the file", name)
		}
	}
	for name, of := range structs {
		known := map[string]bool{}
		for _, m := range membersOf(reflect.New(of).Elem()) {
			known[m.name] = true
			if p, ok := propertyOf(of, m.name); !ok || p.meaning == "" {
				t.Errorf("%s of %s has no meaning", m.name, name)
			}
		}
		for property := range properties[name] {
			if !known[property] {
				t.Errorf("the table has %s of %s, which is no field", property, name)
			}
		}
	}
}

func TestEveryKindHasAListInTheArea(t *testing.T) {
	area := reflect.TypeFor[Area]()
	if n := area.NumField() - 1; n != len(kinds) { // but for the settings
		t.Errorf("%d lists, %d kinds", n, len(kinds))
	}
	for _, k := range kinds {
		f, ok := area.FieldByName(k.list)
		if !ok || f.Type != k.of && f.Type != reflect.SliceOf(k.of) {
			t.Errorf("%s: no list %s", k.name, k.list)
		}
		for _, s := range k.shapes {
			if !s.place(reflect.New(k.of).Elem()).IsValid() {
				t.Errorf("%s has no field for a %s", k.name, s)
			}
		}
	}
}
