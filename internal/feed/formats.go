package feed

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"vedette/geo"
	"vedette/internal/tactical"
	"vedette/track"
)

// readCSV reads a table with names in its first row: lat_deg, lon_deg, time and
// any other field of an observation; the rest become properties. Lines that
// begin with # are passed over. A quote before a value, which keeps spreadsheets
// from taking it for a formula, is not part of it.
func readCSV(r io.Reader, typ string) ([]*track.Observation, error) {
	table := csv.NewReader(r)
	table.Comment, table.ReuseRecord = '#', true
	first, err := table.Read()
	if err != nil {
		return nil, fmt.Errorf("read the row of names: %w", err)
	}
	names := append([]string(nil), first...)
	names[0] = strings.TrimPrefix(names[0], "\ufeff")
	var all []*track.Observation
	for {
		row, err := table.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if len(all) == MaxReplayPoints {
			return nil, errTooManyPoints
		}
		o, err := record(named(names, row), typ, nowhere())
		if err != nil {
			line, _ := table.FieldPos(0)
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		all = append(all, o)
	}
}

func named(names, row []string) map[string]string {
	values := make(map[string]string, len(names))
	for i, name := range names {
		values[name] = unguarded(row[i])
	}
	return values
}

// unguarded takes away the quote that keeps a spreadsheet from taking a text for
// a formula.
func unguarded(value string) string {
	rest, quoted := strings.CutPrefix(value, "'")
	if quoted && strings.IndexAny(strings.TrimSpace(rest), "=+-@|%＝＋－＠") == 0 {
		return rest
	}
	return value
}

// feature is one of GeoJSON.
type feature struct {
	ID       any `json:"id"`
	Geometry *struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	} `json:"geometry"`
	Properties map[string]any `json:"properties"`
}

// readGeoJSON reads a FeatureCollection of points, and of lines that give the
// time of each of their points in a property times or coordTimes. Features of
// other forms are none of ours and passed over.
func readGeoJSON(r io.Reader, typ string) ([]*track.Observation, error) {
	dec := json.NewDecoder(r)
	if err := toFeatures(dec); err != nil {
		return nil, err
	}
	var all []*track.Observation
	for dec.More() {
		var f feature
		if err := dec.Decode(&f); err != nil {
			return nil, err
		}
		more, err := f.observations(typ)
		if err != nil {
			return nil, fmt.Errorf("feature behind %d positions: %w", len(all), err)
		}
		if len(all)+len(more) > MaxReplayPoints {
			return nil, errTooManyPoints
		}
		all = append(all, more...)
	}
	_, err := dec.Token() // a file that was cut short says so here
	return all, err
}

// toFeatures goes to the first element of the member features of the document.
func toFeatures(dec *json.Decoder) error {
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return errors.Join(errors.New("it is no FeatureCollection"), err)
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		if name == "features" {
			if t, err := dec.Token(); err != nil || t != json.Delim('[') {
				return errors.Join(errors.New("features is no list"), err)
			}
			return nil
		}
		var other json.RawMessage
		if err := dec.Decode(&other); err != nil {
			return err
		}
	}
	return errors.New("it is no FeatureCollection: it has no features")
}

func (f *feature) observations(typ string) ([]*track.Observation, error) {
	if f.Geometry == nil {
		return f.ended(typ)
	}
	switch f.Geometry.Type {
	case "Point":
		var at []float64
		if err := json.Unmarshal(f.Geometry.Coordinates, &at); err != nil {
			return nil, fmt.Errorf("coordinates: %w", err)
		}
		o, err := f.at(at, "", typ)
		if err != nil {
			return nil, err
		}
		return []*track.Observation{o}, nil
	case "LineString":
		return f.line(typ)
	}
	return nil, nil
}

// ended gives the end of a track, which has no place.
func (f *feature) ended(typ string) ([]*track.Observation, error) {
	if gone, _ := f.Properties["gone"].(bool); !gone {
		return nil, nil
	}
	o, err := record(f.values(), typ, nowhere())
	if err != nil {
		return nil, err
	}
	return []*track.Observation{o}, nil
}

// values gives the properties as text.
func (f *feature) values() map[string]string {
	values := map[string]string{}
	if id, ok := text(f.ID); ok {
		values["id"] = id
	}
	for name, v := range f.Properties {
		if s, ok := text(v); ok {
			values[name] = s
		}
	}
	if props, ok := f.Properties["props"].(map[string]any); ok {
		for name, v := range props {
			if s, ok := text(v); ok {
				values[name] = s
			}
		}
	}
	return values
}

func (f *feature) line(typ string) ([]*track.Observation, error) {
	var line [][]float64
	if err := json.Unmarshal(f.Geometry.Coordinates, &line); err != nil {
		return nil, fmt.Errorf("coordinates: %w", err)
	}
	times, ok := f.Properties["times"].([]any)
	if !ok {
		times, _ = f.Properties["coordTimes"].([]any)
	}
	if len(times) != len(line) {
		return nil, fmt.Errorf("a line of %d points has %d times; give one for each in a property times", len(line), len(times))
	}
	var all []*track.Observation
	for i, at := range line {
		when, _ := plainText(times[i])
		o, err := f.at(at, when, typ)
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// at gives the observation of one position of the feature: longitude, latitude
// and, where it is there, height.
func (f *feature) at(position []float64, when, typ string) (*track.Observation, error) {
	if len(position) < 2 {
		return nil, errors.New("a position has fewer than two numbers")
	}
	values := f.values()
	if when != "" {
		values["time"] = when
	}
	if len(position) > 2 && values["hae_m"] == "" {
		values["hae_m"] = strconv.FormatFloat(position[2], 'g', -1, 64)
	}
	return record(values, typ, geo.Point{Lat: position[1], Lon: position[0]})
}

// text gives a value of JSON without its quotes; lists and objects have none.
func text(v any) (string, bool) {
	if n, ok := v.(float64); ok {
		return strconv.FormatFloat(n, 'f', -1, 64), true
	}
	return plainText(v)
}

// gpxPoint is a wpt, trkpt or rtept.
type gpxPoint struct {
	Lat    float64  `xml:"lat,attr"`
	Lon    float64  `xml:"lon,attr"`
	Ele    *float64 `xml:"ele"`
	Time   string   `xml:"time"`
	Name   string   `xml:"name"`
	Course *float64 `xml:"course"` // GPX 1.0, and what receivers write
	Speed  *float64 `xml:"speed"`
}

// gpxReader reads a GPX file element by element.
type gpxReader struct {
	dec    *xml.Decoder
	typ    string
	tracks int
	name   string // of the track
	all    []*track.Observation
}

// readGPX reads the points of tracks, and waypoints that have a time. A track's
// name is the identity and label of its points; ele is above the geoid.
func readGPX(r io.Reader, typ string) ([]*track.Observation, error) {
	g := &gpxReader{dec: xml.NewDecoder(r), typ: typ}
	seen := false
	for {
		token, err := g.dec.Token()
		if errors.Is(err, io.EOF) && seen {
			return g.all, nil
		}
		if err != nil {
			return nil, err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if !seen && start.Name.Local != "gpx" {
			return nil, fmt.Errorf("it begins with <%.40s> and is no GPX", start.Name.Local)
		}
		seen = true
		if err := g.element(start); err != nil {
			return nil, err
		}
	}
}

func (g *gpxReader) element(start xml.StartElement) error {
	switch start.Name.Local {
	case "trk":
		g.tracks++
		g.name = ""
	case "name":
		if g.tracks > 0 && g.name == "" {
			return g.dec.DecodeElement(&g.name, &start)
		}
	case "trkpt", "wpt":
		var p gpxPoint
		if err := g.dec.DecodeElement(&p, &start); err != nil {
			return err
		}
		return g.point(p, start.Name.Local == "wpt")
	}
	return nil
}

func (g *gpxReader) point(p gpxPoint, alone bool) error {
	if alone && p.Time == "" {
		return nil // a place, and nothing that was there at a time
	}
	if len(g.all) == MaxReplayPoints {
		return errTooManyPoints
	}
	o := blank()
	o.Type, o.At = g.typ, geo.Point{Lat: p.Lat, Lon: p.Lon}
	o.ID = g.name
	if alone {
		o.ID = p.Name
	} else if o.ID == "" {
		o.ID = fmt.Sprintf("track-%d", g.tracks)
	}
	o.Label = tactical.Printable(o.ID, track.MaxLabel)
	if p.Time != "" {
		at, err := replayTime(strings.TrimSpace(p.Time))
		if err != nil {
			return err
		}
		o.Time = at
	}
	setMotion(o, p)
	g.all = append(g.all, o)
	return complete(o)
}

func setMotion(o *track.Observation, p gpxPoint) {
	if p.Ele != nil && o.At.Valid() {
		o.HAE = *p.Ele + geo.Undulation(o.At)
	}
	if p.Course != nil {
		o.Course = *p.Course
	}
	if p.Speed != nil {
		o.Speed = *p.Speed
	}
}
