package frontier

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
)

// The schema and the reference page are made here and not in a program of
// their own, because they are made of what this package does not export.
//
//go:generate go test -run TestTheSchemaIsCurrent|TestTheReferencePageIsCurrent -update .

// areaSchema makes the JSON Schema of area files from the Go types and the
// table of properties. It knows what stands in one place of the file; what
// features have to do with each other only the reader knows.
func areaSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	defs := map[string]*jsonschema.Schema{}
	var features []*jsonschema.Schema
	for _, k := range kinds {
		defs[k.name] = featureSchema(t, k)
		features = append(features, &jsonschema.Schema{Ref: "#/$defs/" + k.name})
	}
	return &jsonschema.Schema{
		Schema:      "https://json-schema.org/draft/2020-12/schema",
		Title:       "Vedette area file",
		Description: "A watched stretch: a GeoJSON FeatureCollection with its settings in the member \"vedette\".",
		Type:        "object",
		Properties: map[string]*jsonschema.Schema{
			"type":     exactly("FeatureCollection"),
			"vedette":  structSchema(t, reflect.TypeFor[Settings]()),
			"features": {Type: "array", Items: &jsonschema.Schema{OneOf: features}, MaxItems: jsonschema.Ptr(maxFeatures)},
			"$schema":  {Type: "string"},
			"name":     {}, "crs": {}, "bbox": {}, "xy_coordinate_resolution": {},
		},
		PropertyOrder:        collectionMembers,
		Required:             []string{"type", "vedette", "features"},
		AdditionalProperties: nothing(),
		Defs:                 defs,
	}
}

func exactly(word string) *jsonschema.Schema {
	return &jsonschema.Schema{Const: jsonschema.Ptr[any](word)}
}

// nothing is the schema that no value has.
func nothing() *jsonschema.Schema { return &jsonschema.Schema{Not: &jsonschema.Schema{}} }

func featureSchema(t *testing.T, k kind) *jsonschema.Schema {
	properties := structSchema(t, k.of)
	properties.Properties["kind"] = exactly(k.name)
	properties.PropertyOrder = append([]string{"kind"}, properties.PropertyOrder...)
	properties.Required = append([]string{"kind"}, properties.Required...)
	var shapes []*jsonschema.Schema
	for _, s := range k.shapes {
		shapes = append(shapes, geometrySchema(s))
	}
	drawn := shapes[0]
	if len(shapes) > 1 {
		drawn = &jsonschema.Schema{OneOf: shapes}
	}
	return &jsonschema.Schema{
		Description: k.meaning,
		Type:        "object",
		Properties: map[string]*jsonschema.Schema{
			"type": exactly("Feature"), "properties": properties, "geometry": drawn, "id": {}, "bbox": {},
		},
		PropertyOrder:        featureMembers,
		Required:             []string{"type", "properties", "geometry"},
		AdditionalProperties: nothing(),
	}
}

func geometrySchema(s shape) *jsonschema.Schema {
	degrees := func(most float64) *jsonschema.Schema {
		return &jsonschema.Schema{Type: "number", Minimum: jsonschema.Ptr(-most), Maximum: jsonschema.Ptr(most)}
	}
	places := &jsonschema.Schema{
		Description: "longitude, latitude", Type: "array",
		PrefixItems: []*jsonschema.Schema{degrees(180), degrees(90)},
		MinItems:    jsonschema.Ptr(2), MaxItems: jsonschema.Ptr(2),
	}
	switch s {
	case line:
		places = &jsonschema.Schema{Type: "array", Items: places, MinItems: jsonschema.Ptr(2)}
	case polygon:
		ring := &jsonschema.Schema{Type: "array", Items: places, MinItems: jsonschema.Ptr(4)}
		places = &jsonschema.Schema{Type: "array", Items: ring, MinItems: jsonschema.Ptr(1), MaxItems: jsonschema.Ptr(1)}
	}
	return &jsonschema.Schema{
		Type:                 "object",
		Properties:           map[string]*jsonschema.Schema{"type": exactly(string(s)), "coordinates": places, "bbox": {}},
		PropertyOrder:        geometryMembers,
		Required:             []string{"type", "coordinates"},
		AdditionalProperties: nothing(),
	}
}

// structSchema infers the schema of a Go struct and adds what the table of
// properties knows.
func structSchema(t *testing.T, of reflect.Type) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.ForType(of, nil)
	if err != nil {
		t.Fatal(err)
	}
	refine(s, of)
	return s
}

func refine(s *jsonschema.Schema, of reflect.Type) {
	s.AdditionalProperties = nothing()
	for _, m := range membersOf(reflect.New(of).Elem()) {
		p, _ := propertyOf(of, m.name)
		f := s.Properties[m.name]
		f.Description = sentence(p.meaning)
		t := m.value.Type()
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		withoutNull(f)
		describe(f, t, p, m.required)
	}
}

func describe(f *jsonschema.Schema, t reflect.Type, p property, required bool) {
	switch {
	case t.Kind() == reflect.Struct:
		refine(f, t)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		refine(f.Items, t.Elem())
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Slice:
		withoutNull(f.Items)
	case t == reflect.TypeFor[[]float64](): // the box
		f.MinItems, f.MaxItems = jsonschema.Ptr(4), jsonschema.Ptr(4)
	case t.Kind() == reflect.Float64 || t.Kind() == reflect.Int:
		least, most := p.span.limits()
		f.Maximum = &most
		if f.Minimum = &least; p.span.above {
			f.Minimum, f.ExclusiveMinimum = nil, &least
		}
	case len(p.words) > 0:
		for _, word := range p.words {
			f.Enum = append(f.Enum, word)
		}
	case t.Kind() == reflect.String && required:
		f.MinLength = jsonschema.Ptr(1)
	}
}

// withoutNull takes out the null that Go's nil would be: the reader refuses it.
func withoutNull(s *jsonschema.Schema) {
	if i := slices.Index(s.Types, "null"); i >= 0 {
		s.Type, s.Types = s.Types[1-i], nil
	}
}

func TestTheSchemaIsCurrent(t *testing.T) {
	text, err := json.MarshalIndent(areaSchema(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "area.schema.json", append(text, '\n'))
}

// checkedIn is the schema as a user has it.
func checkedIn(t *testing.T) *jsonschema.Resolved {
	t.Helper()
	text, err := os.ReadFile("area.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}

func validates(t *testing.T, schema *jsonschema.Resolved, text []byte) error {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return schema.Validate(v)
}

func TestGoodFilesValidate(t *testing.T) {
	schema := checkedIn(t)
	for _, path := range matching(t, "*.good.json") {
		area, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var written bytes.Buffer
		if err := Write(&written, area); err != nil {
			t.Fatal(err)
		}
		for _, text := range [][]byte{text, written.Bytes()} {
			if err := validates(t, schema, text); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

func TestTheSchemaRefusesWhatIsWrongInOnePlace(t *testing.T) {
	schema := checkedIn(t)
	for _, name := range []string{
		"another-json", "type", "member-unknown", "features-null", "setting-unknown", "setting-missing", "setting-type", "box-three",
		"depth-zero", "cell-zero", "party-relation", "kind-unknown", "kind-missing", "feature-type", "property-unknown",
		"property-missing", "property-null", "property-type", "word-unknown", "height", "geometry-type",
		"geometry-numbers", "line-short", "ring-hole", "frontier-side", "arc-range", "responder-count",
	} {
		text, err := os.ReadFile("testdata/" + name + ".bad.json")
		if err != nil {
			t.Fatal(err)
		}
		if validates(t, schema, text) == nil {
			t.Errorf("%s validates", name)
		}
	}
}
