package web

import (
	"context"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vedette/internal/history"
	"vedette/internal/picture"
)

func (s *Server) registerPast() {
	add(s, "past-objects", s.pastObjects)
	add(s, "past-tracks", s.pastTracks)
	add(s, "past-counts", s.pastCounts)
}

// PastAsked says which observations of the past are meant.
type PastAsked struct {
	From   time.Time `query:"from" doc:"the first time that is meant"`
	To     time.Time `query:"to" doc:"the first that is not"`
	Box    []float64 `query:"bbox" minItems:"4" maxItems:"4" doc:"west, south, east, north in degrees; west may be greater than east"`
	Source string    `query:"source" maxLength:"64"`
	ID     string    `query:"id" maxLength:"512"`
	Type   string    `query:"type" maxLength:"64" doc:"with all that is more special: a-f is a-f-G too"`
}

// past gives the history, and the query that the sender of a request may ask.
func (s *Server) past(ctx context.Context, in *PastAsked) (*history.History, history.Query, error) {
	q := history.Query{From: in.From, To: in.To, Groups: callerOf(ctx).groups()}
	if s.opts.History == nil {
		return nil, q, huma.Error503ServiceUnavailable("no history is kept here; switch it on in the settings")
	}
	if !in.From.IsZero() && !in.To.IsZero() && !in.From.Before(in.To) {
		return nil, q, huma.Error422UnprocessableEntity("query.from is not before query.to; exchange them")
	}
	if len(in.Box) == 4 {
		q.Box = &history.Box{West: in.Box[0], South: in.Box[1], East: in.Box[2], North: in.Box[3]}
		if err := q.Box.Check(); err != nil {
			return nil, q, huma.Error422UnprocessableEntity("query.bbox: " + err.Error())
		}
	}
	for to, name := range map[*[]string]string{&q.Sources: in.Source, &q.IDs: in.ID, &q.Types: in.Type} {
		if name != "" {
			*to = []string{name}
		}
	}
	return s.opts.History, q, nil
}

type pastObjectsAsked struct {
	PastAsked
	At    time.Time `query:"at" doc:"where each object was last seen at this moment, instead of all from when to when"`
	Limit int       `query:"limit" minimum:"1" maximum:"10000" default:"1000"`
	After string    `query:"after" maxLength:"200" doc:"the next of the answer before"`
}

// PastObjects are observations of the past as GeoJSON.
type PastObjects struct {
	Type     string    `json:"type" enum:"FeatureCollection"`
	Next     string    `json:"next,omitempty" doc:"where to go on: after; left out at the end"`
	Features []Feature `json:"features"`
}

type pastObjectsGiven struct {
	ContentType string `header:"Content-Type"`
	Body        PastObjects
}

func (s *Server) pastObjects(ctx context.Context, in *pastObjectsAsked) (*pastObjectsGiven, error) {
	h, q, err := s.past(ctx, &in.PastAsked)
	if err != nil {
		return nil, err
	}
	q.Limit = in.Limit
	if in.After != "" {
		if err := q.After.UnmarshalText([]byte(in.After)); err != nil {
			return nil, huma.Error422UnprocessableEntity("query.after: " + err.Error())
		}
	}
	var page history.Page
	if in.At.IsZero() {
		page, err = h.Within(ctx, q)
	} else {
		page, err = h.At(ctx, in.At, q)
	}
	if err != nil {
		return nil, huma.Error500InternalServerError(err.Error())
	}
	return pastPage(page)
}

func pastPage(page history.Page) (*pastObjectsGiven, error) {
	out := &pastObjectsGiven{"application/geo+json", PastObjects{Type: "FeatureCollection", Features: []Feature{}}}
	for i := range page.Observations {
		out.Body.Features = append(out.Body.Features, featureOf(picture.Object{Observation: &page.Observations[i]}))
	}
	if page.Next == nil {
		return out, nil
	}
	next, err := page.Next.MarshalText()
	if err != nil {
		return nil, huma.Error500InternalServerError(fmt.Sprintf("write where to go on: %v", err))
	}
	out.Body.Next = string(next)
	return out, nil
}

type pastTracksAsked struct {
	PastAsked
	Gap float64 `query:"gap_s" minimum:"1" maximum:"86400" default:"600" doc:"a line ends where nothing is known for longer"`
}

// LineFeature is a piece of a track as GeoJSON.
type LineFeature struct {
	Type       string         `json:"type" enum:"Feature"`
	Geometry   Way            `json:"geometry"`
	Properties LineProperties `json:"properties"`
}

// Way is a line, or a point where only one place is known.
type Way struct {
	Type        string `json:"type" enum:"LineString,Point"`
	Coordinates any    `json:"coordinates" doc:"longitude and latitude, degrees on WGS 84"`
}

// LineProperties are what is known of a track.
type LineProperties struct {
	Source string      `json:"source"`
	ID     string      `json:"id"`
	Type   string      `json:"type"`
	Label  string      `json:"label,omitempty"`
	Times  []time.Time `json:"times" doc:"of the places"`
}

// Tracks are pieces of tracks as GeoJSON.
type Tracks struct {
	Type      string        `json:"type" enum:"FeatureCollection"`
	Truncated bool          `json:"truncated,omitempty" doc:"there is more; ask for less time or a smaller box"`
	Features  []LineFeature `json:"features"`
}

type pastTracksGiven struct {
	ContentType string `header:"Content-Type"`
	Body        Tracks
}

func (s *Server) pastTracks(ctx context.Context, in *pastTracksAsked) (*pastTracksGiven, error) {
	h, q, err := s.past(ctx, &in.PastAsked)
	if err != nil {
		return nil, err
	}
	lines, err := h.Tracks(ctx, q, time.Duration(in.Gap*float64(time.Second)))
	if err != nil {
		return nil, huma.Error500InternalServerError(err.Error())
	}
	out := &pastTracksGiven{"application/geo+json", Tracks{"FeatureCollection", lines.Cut, []LineFeature{}}}
	for _, line := range lines.Lines {
		out.Body.Features = append(out.Body.Features, lineFeature(line))
	}
	return out, nil
}

func lineFeature(line history.Line) LineFeature {
	f := LineFeature{Type: "Feature", Properties: LineProperties{Source: line.Key.Source, ID: line.Key.ID, Type: line.Type, Label: line.Label}}
	var places [][]float64
	for _, p := range line.Points {
		places = append(places, lonLat(p.At))
		f.Properties.Times = append(f.Properties.Times, p.Time.UTC())
	}
	if len(places) == 1 {
		f.Geometry = Way{"Point", places[0]}
	} else {
		f.Geometry = Way{"LineString", places}
	}
	return f
}

type pastCountsAsked struct {
	From    time.Time `query:"from" required:"true"`
	To      time.Time `query:"to" required:"true"`
	Buckets int       `query:"buckets" minimum:"1" maximum:"1000" default:"100" doc:"into how many equal parts the time is cut"`
}

// Counts are how many observations there are in each part of a time.
type Counts struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Counts []int64   `json:"counts"`
}

type pastCountsGiven struct{ Body Counts }

// longest bounds the time over which is counted.
const longest = 366 * 24 * time.Hour

func (s *Server) pastCounts(ctx context.Context, in *pastCountsAsked) (*pastCountsGiven, error) {
	h, q, err := s.past(ctx, &PastAsked{From: in.From, To: in.To})
	if err != nil {
		return nil, err
	}
	if span := in.To.Sub(in.From); span > longest || span < time.Second {
		return nil, huma.Error422UnprocessableEntity("query.to: give a second to a year after query.from")
	}
	counts, err := h.Counts(ctx, in.From, in.To, in.Buckets, q.Groups)
	if err != nil {
		return nil, huma.Error500InternalServerError(err.Error())
	}
	return &pastCountsGiven{Counts{in.From.UTC(), in.To.UTC(), counts}}, nil
}
