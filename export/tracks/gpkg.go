package tracks

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"vedette/export/gpkg"
	"vedette/geo"
	"vedette/track"
)

// gpkgWriter writes a GeoPackage with the layers positions and tracks.
type gpkgWriter struct {
	w     io.Writer
	about About
	ways  *ways
}

func (g *gpkgWriter) Add(o *track.Observation) error { return g.ways.add(o) }

func (g *gpkgWriter) Close(ctx context.Context) error {
	says := struct {
		statement
		WithoutPosition int `json:"observations_without_position_left_out"`
	}{g.about.statement(), g.ways.without}
	metadata, err := json.Marshal(says)
	if err != nil {
		return fmt.Errorf("write GeoPackage: %w", err)
	}
	return gpkg.Write(ctx, g.w, gpkg.Package{Changed: g.about.Made, Metadata: metadata, Layers: []gpkg.Layer{g.positions(), g.lines()}})
}

func (g *gpkgWriter) positions() gpkg.Layer {
	l := gpkg.Layer{Name: "positions", Description: strings.Join(g.about.Lines(), " "), Shape: gpkg.Point, Columns: []gpkg.Column{
		{Name: "source", Type: gpkg.Text}, {Name: "id", Type: gpkg.Text}, {Name: "type", Type: gpkg.Text}, {Name: "label", Type: gpkg.Text},
		{Name: "time_utc", Type: gpkg.Text}, {Name: "received_utc", Type: gpkg.Text},
		{Name: "hae_m", Type: gpkg.Real}, {Name: "ce_m", Type: gpkg.Real}, {Name: "course_deg", Type: gpkg.Real}, {Name: "speed_m_s", Type: gpkg.Real},
		{Name: "trust", Type: gpkg.Text}, {Name: "late", Type: gpkg.Boolean},
	}}
	for i := range g.ways.plots {
		l.Features = append(l.Features, position(&g.ways.plots[i]))
	}
	for _, y := range g.ways.tracks {
		for _, piece := range y.pieces {
			for i := range piece {
				l.Features = append(l.Features, position(&piece[i]))
			}
		}
	}
	return l
}

func position(o *track.Observation) gpkg.Feature {
	return gpkg.Feature{Points: []geo.Point{o.At}, Values: []any{
		o.Source, o.ID, o.Type, o.Label, stamp(o.Time), stamp(o.Received),
		orNull(o.HAE), orNull(o.CE), orNull(o.Course), orNull(o.Speed), string(o.Trust), o.Late,
	}}
}

func orNull(v float64) any {
	if math.IsNaN(v) {
		return nil
	}
	return v
}

// lines has the pieces of two positions and more.
func (g *gpkgWriter) lines() gpkg.Layer {
	l := gpkg.Layer{Name: "tracks", Description: fmt.Sprintf("Tracks, broken where nothing is known for %v.", gap), Shape: gpkg.Line, Columns: []gpkg.Column{
		{Name: "source", Type: gpkg.Text}, {Name: "id", Type: gpkg.Text}, {Name: "type", Type: gpkg.Text}, {Name: "label", Type: gpkg.Text},
		{Name: "from_utc", Type: gpkg.Text}, {Name: "to_utc", Type: gpkg.Text}, {Name: "positions", Type: gpkg.Integer},
	}}
	for _, y := range g.ways.tracks {
		for _, piece := range y.pieces {
			if len(piece) > 1 {
				l.Features = append(l.Features, line(piece))
			}
		}
	}
	return l
}

func line(piece []track.Observation) gpkg.Feature {
	f := gpkg.Feature{}
	for i := range piece {
		f.Points = append(f.Points, piece[i].At)
	}
	first, last := &piece[0], &piece[len(piece)-1]
	f.Values = []any{last.Source, last.ID, last.Type, last.Label, stamp(first.Time), stamp(last.Time), len(piece)}
	return f
}
