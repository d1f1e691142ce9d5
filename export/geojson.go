package export

import (
	"encoding/json"
	"io"
	"strings"

	"vedette/export/gpkg"
	"vedette/geo"
)

// GeoJSON writes the kilometres of the frontier and the sites with what they
// watch, after RFC 7946 with seven decimals. The foreign member "vedette"
// carries the provenance. A public file holds the frontier and its gates.
func GeoJSON(w io.Writer, p Plan) error {
	c := collection{Type: "FeatureCollection", Vedette: p.Provenance, Features: []feature{}}
	for _, l := range p.layers() {
		if l.Name == "kilometres" || p.Provenance.Public && (l.Name == "frontier" || l.Name == "gates") {
			c.Features = append(c.Features, asGeoJSON(l)...)
		}
	}
	if !p.Provenance.Public {
		c.Features = append(c.Features, p.siteFeatures()...)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(c)
}

type collection struct {
	Type     string     `json:"type"`
	Vedette  Provenance `json:"vedette"`
	Features []feature  `json:"features"`
}

type feature struct {
	Type       string   `json:"type"`
	Geometry   geometry `json:"geometry"`
	Properties any      `json:"properties"`
}

type geometry struct {
	Type        string `json:"type"`
	Coordinates any    `json:"coordinates"`
}

// asGeoJSON turns points and lines of a layer into features.
func asGeoJSON(l gpkg.Layer) []feature {
	var out []feature
	for _, f := range l.Features {
		properties := map[string]any{"kind": strings.TrimSuffix(l.Name, "s")}
		for i, c := range l.Columns {
			if f.Values[i] != nil && f.Values[i] != "" {
				properties[c.Name] = f.Values[i]
			}
		}
		out = append(out, feature{"Feature", geometryOf(l.Shape, f.Points), properties})
	}
	return out
}

// geometryOf is a point or a line.
func geometryOf(s gpkg.Shape, points []geo.Point) geometry {
	if s == gpkg.Point {
		return geometry{"Point", position(points[0])}
	}
	return geometry{"LineString", positions(points)}
}

func (p Plan) siteFeatures() []feature {
	var out []feature
	for i, s := range p.sites() {
		properties := struct {
			Kind string `json:"kind"`
			SiteFigures
		}{"site", s}
		out = append(out, feature{"Feature", geometry{"Point", position(p.Result.Sites[i].Site.At)}, properties})
	}
	return out
}

// position is longitude before latitude, as GeoJSON has it, to about a
// centimetre.
func position(p geo.Point) [2]float64 { return [2]float64{round(p.Lon, 7), round(p.Lat, 7)} }

func positions(line []geo.Point) [][2]float64 {
	out := make([][2]float64, len(line))
	for i, p := range line {
		out[i] = position(p)
	}
	return out
}
