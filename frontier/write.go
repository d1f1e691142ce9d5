package frontier

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"

	"vedette/geo"
)

// Write writes the area in its canonical form: the settings first, then one
// feature a line, kinds in the order of the reference page. What Write wrote
// of an area that Read gave, Read gives back equal. Write does not check the
// area; of the settings it writes the defaults out, so a curvature of zero is
// a flat earth.
func Write(w io.Writer, a *Area) error {
	var b bytes.Buffer
	b.WriteString("{\"type\": \"FeatureCollection\",\n\"vedette\": ")
	if err := writeSettings(&b, a.Settings); err != nil {
		return fmt.Errorf("write the area's settings: %w", err)
	}
	b.WriteString(",\n\"features\": [")
	between := "\n"
	for _, k := range kinds {
		for _, v := range k.features(a) {
			b.WriteString(between)
			between = ",\n"
			if err := writeFeature(&b, k, v); err != nil {
				return fmt.Errorf("write the %s %q: %w", k.name, v.FieldByName("ID").String(), err)
			}
		}
	}
	b.WriteString("\n]}\n")
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the area: %w", err)
	}
	return nil
}

// writeSettings writes one member a line. What is zero is left out, but for
// the curvature, whose default is not zero.
func writeSettings(b *bytes.Buffer, s Settings) error {
	between := "{\n"
	for _, m := range membersOf(reflect.ValueOf(s)) {
		if m.value.IsZero() && !m.required && m.name != "curvature" {
			continue
		}
		text, err := encode(m.value.Interface())
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		fmt.Fprintf(b, "%s  %q: %s", between, m.name, text)
		between = ",\n"
	}
	b.WriteString("\n}")
	return nil
}

func writeFeature(b *bytes.Buffer, k kind, v reflect.Value) error {
	properties, err := encode(v.Interface())
	if err != nil {
		return err
	}
	s, ps := k.vertices(v)
	places, err := encode(nest(s, ps))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(b, `{"type": "Feature", "properties": {"kind": %q, %s, "geometry": {"type": %q, "coordinates": %s}}`,
		k.name, properties[1:], s, places)
	return err
}

// encode is json.Marshal without escapes for HTML: people read area files.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}

// nest gives the coordinates as GeoJSON nests them, longitude first, a ring
// closed.
func nest(s shape, ps []geo.Point) any {
	all := make([][2]float64, 0, len(ps)+1)
	for _, p := range ps {
		all = append(all, [2]float64{p.Lon, p.Lat})
	}
	switch {
	case s == point:
		return all[0]
	case s == polygon && len(ps) > 0:
		return [][][2]float64{append(all, all[0])}
	}
	return all
}
