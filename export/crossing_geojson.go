package export

import (
	"bytes"
	"context"
	"encoding/json"
	"io"

	"vedette/export/gpkg"
)

// Porosity writes the kilometres of the frontier with the figures of their
// weakest crossings as GeoJSON (RFC 7946): a line for each kilometre and mode.
func Porosity(_ context.Context, p Plan, w io.Writer) error {
	return p.writeFeatures(w, about{Note: toldTheWay}, ofKind("porosity", p.porosity()))
}

// Crossings writes the ways of the weakest crossings as GeoJSON: lines of the
// kind "crossing", each followed by its points of the kind "event".
func Crossings(_ context.Context, p Plan, w io.Writer) error {
	var all []feature
	ways := p.ways()
	for i := range ways {
		all = append(all, ofKind("crossing", wayLayer(ways[i:i+1]))...)
		all = append(all, ofKind("event", eventLayer(ways[i:i+1]))...)
	}
	return p.writeFeatures(w, about{Note: toldTheWay + " " + waysNote}, all)
}

// about is the foreign member "vedette" of a file of features.
type about struct {
	Marking  string   `json:"marking"`
	Warnings []string `json:"warnings"`
	Note     string   `json:"note"`
	Provenance
}

// writeFeatures writes a collection with a feature on each line, so that two
// files can be compared.
func (p Plan) writeFeatures(w io.Writer, a about, all []feature) error {
	a.Provenance, a.Marking, a.Warnings = p.Provenance, p.Provenance.Marking(), p.Provenance.Warnings()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	b.WriteString("{\"type\": \"FeatureCollection\",\n\"vedette\": ")
	e.SetIndent("", " ")
	if err := e.Encode(a); err != nil {
		return err
	}
	e.SetIndent("", "")
	b.WriteString(", \"features\": [\n")
	for i, f := range all {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := e.Encode(f); err != nil {
			return err
		}
		if _, err := b.WriteTo(w); err != nil {
			return err
		}
	}
	b.WriteString("]}\n")
	_, err := b.WriteTo(w)
	return err
}

// ofKind turns a layer of points or lines into features of a kind.
func ofKind(kind string, l gpkg.Layer) []feature {
	out := make([]feature, len(l.Features))
	for i, f := range l.Features {
		out[i] = feature{"Feature", geometryOf(l.Shape, f.Points), properties{kind, l.Columns, f.Values}}
	}
	return out
}

// properties are the columns of a row in their order, null where there is
// nothing, after the kind.
type properties struct {
	kind    string
	columns []gpkg.Column
	values  []any
}

// MarshalJSON keeps the order, which a map would lose.
func (p properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	b.WriteByte('{')
	put := func(name string, v any) error {
		if err := e.Encode(name); err != nil {
			return err
		}
		b.WriteByte(':')
		return e.Encode(v)
	}
	if err := put("kind", p.kind); err != nil {
		return nil, err
	}
	for i, c := range p.columns {
		b.WriteByte(',')
		v := p.values[i]
		if v == "" {
			v = nil
		}
		if err := put(c.Name, v); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
