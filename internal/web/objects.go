package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vedette/frontier"
	"vedette/geo"
	"vedette/internal/picture"
	"vedette/outline"
	"vedette/track"
)

func (s *Server) registerPicture() {
	area := sync.OnceValues(s.area)
	s.raw("get-area", geoJSON(area), givesGeoJSON)
	s.raw("get-outlines", geoJSON(sync.OnceValues(s.outlines)), givesGeoJSON)
	add(s, "list-objects", s.listObjects)
	add(s, "get-object", s.getObject)
	s.raw("get-tile", s.tile, func(op *huma.Operation) {
		for _, name := range []string{"z", "x", "y"} {
			param(op, "path", name, "of the tile")
		}
		gives(op, "200", "application/vnd.mapbox-vector-tile", "The layer is called objects", bytesOf())
	})
	s.raw("stream", s.stream, s.describeStream)
	add(s, "post-observations", s.postObservations)
}

func givesGeoJSON(op *huma.Operation) {
	gives(op, "200", "application/geo+json", "A FeatureCollection", &huma.Schema{Type: huma.TypeObject})
}

// geoJSON answers with what make gives.
func geoJSON(make func() ([]byte, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b, err := make()
		if err != nil {
			problem(w, http.StatusInternalServerError, err.Error())
			return
		}
		w.Header().Set("Content-Type", "application/geo+json")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
	}
}

// area is the area as designed, without where intruders are taken to start and
// to be gone: that is for planners.
func (s *Server) area() ([]byte, error) {
	shown := *s.opts.Area
	shown.Sources, shown.Exits = nil, nil
	var b bytes.Buffer
	if err := frontier.Write(&b, &shown); err != nil {
		return nil, fmt.Errorf("write the area: %w", err)
	}
	return b.Bytes(), nil
}

// around is how far beyond the area's box outlines are given, in degrees.
const around = 3

type shape struct {
	Type     string `json:"type"`
	Geometry struct {
		Type        string          `json:"type"`
		Coordinates [][][][]float64 `json:"coordinates"`
	} `json:"geometry"`
	Properties map[string]string `json:"properties"`
}

// outlines are the countries around the area, for a quiet background.
func (s *Server) outlines() ([]byte, error) {
	box := s.opts.Area.Settings.Box
	shapes := []shape{}
	for _, c := range outline.Open().Countries {
		var country shape
		for _, poly := range c.Near(box[0]-around, box[1]-around, box[2]+around, box[3]+around) {
			country.Geometry.Coordinates = append(country.Geometry.Coordinates, ringsOf(poly))
		}
		if len(country.Geometry.Coordinates) > 0 {
			country.Type, country.Geometry.Type = "Feature", "MultiPolygon"
			country.Properties = map[string]string{"name": c.Name, "code": c.Code}
			shapes = append(shapes, country)
		}
	}
	return json.Marshal(map[string]any{"type": "FeatureCollection", "features": shapes})
}

func ringsOf(poly outline.Polygon) [][][]float64 {
	rings := make([][][]float64, len(poly))
	for i, ring := range poly {
		for _, p := range ring {
			rings[i] = append(rings[i], lonLat(p))
		}
	}
	return rings
}

func lonLat(p geo.Point) []float64 { return []float64{p.Lon, p.Lat} }

type objectsAsked struct {
	Box    []float64 `query:"bbox" minItems:"4" maxItems:"4" doc:"west, south, east, north in degrees; west may be greater than east"`
	Source string    `query:"source" maxLength:"64"`
	Type   string    `query:"type" maxLength:"64" doc:"how the type begins: a-f-G"`
	Since  time.Time `query:"since" doc:"received then or later"`
	Limit  int       `query:"limit" minimum:"1" maximum:"50000" default:"50000"`
}

func (q *objectsAsked) wants(o picture.Object) bool {
	return (q.Source == "" || o.Source == q.Source) && strings.HasPrefix(o.Type, q.Type) && !o.Received.Before(q.Since)
}

type objectsGiven struct {
	ContentType string `header:"Content-Type"`
	Body        Collection
}

func (s *Server) listObjects(ctx context.Context, q *objectsAsked) (*objectsGiven, error) {
	found := []Feature{}
	for _, obj := range s.present(ctx, q.Box) {
		if q.wants(obj) {
			found = append(found, featureOf(obj))
		}
	}
	truncated := len(found) > q.Limit
	return s.collection(found[:min(len(found), q.Limit)], truncated), nil
}

func (s *Server) collection(features []Feature, truncated bool) *objectsGiven {
	return &objectsGiven{"application/geo+json", Collection{"FeatureCollection", s.opts.Clock().UTC(), truncated, features}}
}

// present gives the objects in a box that the sender of a request may see; all
// of them, those without a place too, where there is no box.
func (s *Server) present(ctx context.Context, box []float64) []picture.Object {
	groups := callerOf(ctx).groups()
	if len(box) == 4 {
		return s.opts.Picture.Within(picture.Box{West: box[0], South: box[1], East: box[2], North: box[3]}, groups)
	}
	return s.opts.Picture.Since(picture.Cursor{}, groups, 1<<30).Objects
}

type objectNamed struct {
	Source string `path:"source" maxLength:"64"`
	ID     string `path:"id" maxLength:"512"`
}

type objectGiven struct {
	ContentType string `header:"Content-Type"`
	Body        Feature
}

func (s *Server) getObject(ctx context.Context, q *objectNamed) (*objectGiven, error) {
	obj, err := s.visible(ctx, keyOf(q.Source, q.ID))
	if err != nil {
		return nil, err
	}
	return &objectGiven{"application/geo+json", featureOf(obj)}, nil
}

// visible gives an object that the sender of a request may see.
func (s *Server) visible(ctx context.Context, key track.Key) (picture.Object, error) {
	obj, ok := s.opts.Picture.Object(key)
	if !ok || !picture.Visible(obj.Observation, callerOf(ctx).groups()) {
		return picture.Object{}, huma.Error404NotFound(fmt.Sprintf("%s brought nothing called %.80q that is here now; /api/v1/objects lists what is", key.Source, key.ID))
	}
	return obj, nil
}
