package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"vedette/geo"
	"vedette/track"
)

// The bounds of a file that is replayed.
const (
	MaxReplayBytes  = 256 << 20
	MaxReplayPoints = 500_000
)

// replay gives what a file holds, as fast as it happened or faster.
type replay struct{ config Config }

// replayReader reads the observations of a file; they need not be in order.
type replayReader func(r io.Reader, typ string) ([]*track.Observation, error)

func readerFor(url string) (replayReader, error) {
	switch ext := strings.ToLower(filepath.Ext(filePath(url))); ext {
	case ".gpx":
		return readGPX, nil
	case ".geojson", ".json":
		return readGeoJSON, nil
	case ".csv":
		return readCSV, nil
	default:
		return nil, fmt.Errorf("%q is no ending of a file that can be replayed; give .gpx, .geojson or .csv", ext)
	}
}

// Run replays the file once. A file that cannot be read is not tried again, nor
// one that broke off: what was given would be given again, as if it happened
// twice.
func (f *replay) Run(ctx context.Context, out *Out) error {
	all, err := f.load()
	if err != nil {
		return permanent{err}
	}
	out.Connected()
	began, first := time.Now(), all[0].Time
	for _, o := range all {
		after := time.Duration(min(float64(o.Time.Sub(first))/f.config.Speed, 1<<62))
		if err := waitUntil(ctx, began.Add(after)); err != nil {
			return err
		}
		if f.config.Times == "now" {
			shift(o, began.Add(after).UTC())
		}
		if err := out.Offer(ctx, o); err != nil {
			return permanent{err}
		}
	}
	return nil
}

// waitUntil sleeps, if it is not late already.
func waitUntil(ctx context.Context, t time.Time) error {
	if wait := time.Until(t); wait > 0 {
		return sleep(ctx, wait)
	}
	return ctx.Err()
}

// shift moves o in time, and the end of its being current with it.
func shift(o *track.Observation, to time.Time) {
	if !o.Stale.IsZero() {
		o.Stale = to.Add(o.Stale.Sub(o.Time))
	}
	o.Time = to
}

func (f *replay) load() ([]*track.Observation, error) {
	path := filePath(f.config.URL)
	read, err := readerFor(path)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open what is replayed: %w", err)
	}
	defer file.Close()
	limit := &io.LimitedReader{R: file, N: MaxReplayBytes + 1}
	all, err := read(limit, f.config.Type)
	if limit.N <= 0 {
		err = fmt.Errorf("it has over %d bytes; cut it up", MaxReplayBytes)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("read %s: it holds no position", path)
	}
	slices.SortStableFunc(all, func(a, b *track.Observation) int { return a.Time.Compare(b.Time) })
	return all, nil
}

var errTooManyPoints = fmt.Errorf("it has over %d positions; cut it up", MaxReplayPoints)

// column names of CSV and properties of GeoJSON, and the fields they stand for.
// Ours are those of an observation; the others are what programs write.
func fieldOf(name string) string {
	switch name = strings.ToLower(strings.TrimSpace(name)); name {
	case "lat", "latitude", "y":
		return "lat_deg"
	case "lon", "lng", "longitude", "x":
		return "lon_deg"
	case "name", "callsign":
		return "label"
	case "timestamp", "datetime", "time_utc":
		return "time"
	case "stale_utc":
		return "stale"
	case "course", "heading":
		return "course_deg"
	case "speed":
		return "speed_m_s"
	case "uid", "track":
		return "id"
	}
	return name
}

// record makes an observation of named values in text, and of a place where the
// file gives that apart. Names that are no fields become properties, where they
// may.
func record(values map[string]string, typ string, at geo.Point) (*track.Observation, error) {
	o := blank()
	o.Type, o.At, o.Props = typ, at, map[string]string{}
	for name, value := range values {
		if value = strings.TrimSpace(value); value == "" {
			continue
		}
		if err := setField(o, fieldOf(name), value); err != nil {
			return nil, err
		}
	}
	return o, complete(o)
}

// nowhere is the place of a record before one is read.
func nowhere() geo.Point { return geo.Point{Lat: math.NaN(), Lon: math.NaN()} }

// complete holds a record to a time and a place; the end of a track needs no
// place.
func complete(o *track.Observation) error {
	o.Fix = !math.IsNaN(o.At.Lat) && !math.IsNaN(o.At.Lon)
	switch {
	case o.Time.IsZero():
		return errors.New("a position has no time; give each one in a field time, as 2018-11-25T12:00:00Z")
	case !o.Fix && !o.Gone:
		return errors.New("a position has no latitude or no longitude; give lat_deg and lon_deg")
	case !o.Fix:
		o.At = geo.Point{}
	}
	return nil
}

func setField(o *track.Observation, field, value string) (err error) {
	switch field {
	case "id":
		o.ID = value
	case "type":
		o.Type = value
	case "label":
		o.Label = value
	case "time":
		o.Time, err = replayTime(value)
	case "stale":
		o.Stale, err = replayTime(value)
	case "gone":
		o.Gone = value == "true" || value == "1"
	case "props":
		return setProps(o, value)
	case "received", "received_utc", "trust", "by", "vouched_by", "groups", "cot", "late", "skew_s":
		// of the first receipt, and not of this one
	default:
		return setNumber(o, field, value)
	}
	return err
}

// setProps reads properties that stand together, as an object of JSON.
func setProps(o *track.Observation, value string) error {
	var props map[string]string
	if err := json.Unmarshal([]byte(value), &props); err != nil {
		return fmt.Errorf("props: give an object of texts in JSON: %w", err)
	}
	for name, v := range props {
		setProp(o, name, v)
	}
	return nil
}

// setProp takes a property if it may have its name.
func setProp(o *track.Observation, name, value string) {
	if track.CheckProp(name) == nil && len(o.Props) < track.MaxProps {
		putProp(o.Props, name, value)
	}
}

func setNumber(o *track.Observation, field, value string) error {
	places := map[string]*float64{
		"lat_deg": &o.At.Lat, "lon_deg": &o.At.Lon, "hae_m": &o.HAE, "ce_m": &o.CE, "le_m": &o.LE,
		"course_deg": &o.Course, "speed_m_s": &o.Speed,
	}
	place, ok := places[field]
	if !ok {
		setProp(o, field, value)
		return nil
	}
	v, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return fmt.Errorf("%s: %.40q is no number", field, value)
	}
	*place = v
	return nil
}

func replayTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return t, fmt.Errorf("time %.40q: give it in UTC, as 2018-11-25T12:00:00Z", s)
	}
	return t.UTC(), nil
}
