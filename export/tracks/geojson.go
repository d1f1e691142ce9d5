package tracks

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"vedette/track"
)

// geojsonWriter writes a FeatureCollection (RFC 7946) with a foreign member
// "vedette" that says what it is.
type geojsonWriter struct {
	w     *bufio.Writer
	count int
}

func newGeoJSON(w io.Writer, about About) (*geojsonWriter, error) {
	says, err := json.Marshal(about.statement())
	if err != nil {
		return nil, fmt.Errorf("write GeoJSON: %w", err)
	}
	g := &geojsonWriter{w: bufio.NewWriterSize(w, 64<<10)}
	_, err = fmt.Fprintf(g.w, "{\"type\": \"FeatureCollection\",\n\"vedette\": %s,\n\"features\": [", says)
	return g, err
}

// feature has the observation's own form as its properties.
type feature struct {
	Type       string             `json:"type"`
	Geometry   *geometry          `json:"geometry"`
	Properties *track.Observation `json:"properties"`
}

type geometry struct {
	Type        string    `json:"type"`
	Coordinates []float64 `json:"coordinates"`
}

func (g *geojsonWriter) Add(o *track.Observation) error {
	f := feature{Type: "Feature", Properties: o}
	if o.Fix {
		f.Geometry = &geometry{"Point", []float64{o.At.Lon, o.At.Lat}}
		if !math.IsNaN(o.HAE) {
			f.Geometry.Coordinates = append(f.Geometry.Coordinates, o.HAE)
		}
	}
	b, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("write GeoJSON: %w", err)
	}
	if g.count++; g.count > 1 {
		if err := g.w.WriteByte(','); err != nil {
			return err
		}
	}
	if err := g.w.WriteByte('\n'); err != nil {
		return err
	}
	_, err = g.w.Write(b)
	return err
}

func (g *geojsonWriter) Close(context.Context) error {
	if _, err := g.w.WriteString("\n]}\n"); err != nil {
		return err
	}
	return g.w.Flush()
}
