// Package tracks writes what was seen as GeoJSON, GPX 1.1, GeoPackage or CSV.
//
// In go observations by time, out comes one file that says what it is: who made
// it when, of which time and place, from which sources, which of them are made
// up, and until when it may be kept. Positions are degrees on WGS 84, units
// stand in the names, times are UTC. GeoJSON and CSV are written as the
// observations come; GPX and GeoPackage are held in memory until Close and
// bounded. Text that others wrote is never a formula, a tag or a line of the file.
package tracks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"vedette/track"
)

// Format is a form of file.
type Format string

// The formats.
const (
	GeoJSON    Format = "geojson"
	GPX        Format = "gpx"
	GeoPackage Format = "gpkg"
	CSV        Format = "csv"
)

// Source is what a product has of one source.
type Source struct {
	Name         string `json:"name"`
	Observations int64  `json:"observations"`
	Synthetic    int64  `json:"synthetic"`    // observations that say they are
	Illustrative int64  `json:"illustrative"` // likewise
}

// About is what a product says of itself.
type About struct {
	Made     time.Time     `json:"made"`
	Software string        `json:"software"` // name and version
	From     time.Time     `json:"from"`     // by the time of the event
	To       time.Time     `json:"to"`
	Box      *[4]float64   `json:"box_deg,omitempty"` // west, south, east, north
	Sources  []Source      `json:"sources"`
	Newest   time.Time     `json:"newest_receipt"`
	Term     time.Duration `json:"-"` // of positions of contacts, from their receipt
}

// Lines are what About says, as sentences, warnings first.
func (a About) Lines() []string {
	lines := []string{"RESTRICTED."}
	for _, s := range a.Sources {
		if s.Synthetic > 0 {
			lines = append(lines, fmt.Sprintf("SYNTHETIC: %d of %d observations of %s are made, not measured.", s.Synthetic, s.Observations, s.Name))
		}
		if s.Illustrative > 0 {
			lines = append(lines, fmt.Sprintf("ILLUSTRATIVE: %d of %d observations of %s are invented and say nothing of real ones.", s.Illustrative, s.Observations, s.Name))
		}
	}
	lines = append(lines, fmt.Sprintf("Observations from %s up to %s%s, made on %s with %s.", stamp(a.From), stamp(a.To), a.where(), stamp(a.Made), a.Software))
	var names []string
	for _, s := range a.Sources {
		names = append(names, fmt.Sprintf("%s (%d)", s.Name, s.Observations))
	}
	if len(names) > 0 {
		lines = append(lines, "Sources: "+strings.Join(names, "; ")+".")
	}
	if a.Term > 0 && !a.Newest.IsZero() {
		lines = append(lines, fmt.Sprintf("Positions of contacts are kept for %s from their receipt: all in this file are past that on %s; delete it by then.", long(a.Term), stamp(a.Newest.Add(a.Term))))
	}
	return lines
}

// long writes a time in days where it is whole days.
func long(d time.Duration) string {
	const day = 24 * time.Hour
	if d%day == 0 {
		return fmt.Sprintf("%d days", d/day)
	}
	return d.String()
}

func (a About) where() string {
	if a.Box == nil {
		return ""
	}
	return fmt.Sprintf(" between longitudes %g and %g and latitudes %g and %g", a.Box[0], a.Box[2], a.Box[1], a.Box[3])
}

// statement is About for a machine, with its sentences.
type statement struct {
	About
	Text     []string `json:"text"`
	DeleteBy string   `json:"delete_by,omitempty"`
}

func (a About) statement() statement {
	s := statement{About: a, Text: a.Lines()}
	if a.Term > 0 && !a.Newest.IsZero() {
		s.DeleteBy = stamp(a.Newest.Add(a.Term))
	}
	return s
}

// stamp writes a time so that all readers take it for one.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999999Z07:00") }

// ErrTooMany says that a format cannot hold so many observations.
var ErrTooMany = errors.New("too many observations")

// Writer writes one file. Observations are added by time; Close ends the file
// and does not close what it is written to.
type Writer interface {
	Add(o *track.Observation) error
	Close(ctx context.Context) error
}

// New begins a file.
func New(w io.Writer, f Format, about About) (Writer, error) {
	switch f {
	case GeoJSON:
		return newGeoJSON(w, about)
	case CSV:
		return newCSV(w, about)
	case GPX:
		return &gpxWriter{w: w, about: about, ways: newWays(maxGPX)}, nil
	case GeoPackage:
		return &gpkgWriter{w: w, about: about, ways: newWays(maxGeoPackage)}, nil
	}
	return nil, fmt.Errorf("format %q: is none; give geojson, gpx, gpkg or csv", f)
}

// The most positions that are held in memory.
const (
	maxGPX        = 2_000_000
	maxGeoPackage = 500_000
)

// gap is how long a track can be without a position and go on as one line.
const gap = 10 * time.Minute

// ways sorts positions by track and joins them to pieces without a break.
type ways struct {
	left    int
	tracks  []*way // in the order they were first seen
	by      map[track.Key]*way
	plots   []track.Observation
	without int // observations without a fix
}

// way is one track.
type way struct {
	last   track.Observation
	open   bool // the last piece may go on
	pieces [][]track.Observation
}

func newWays(most int) *ways { return &ways{left: most, by: map[track.Key]*way{}} }

func (w *ways) add(o *track.Observation) error {
	if !o.Fix || o.Gone {
		if k := w.by[o.Key()]; k != nil {
			k.open = false
		}
		w.without++
		return nil
	}
	if w.left == 0 {
		return fmt.Errorf("%w for this format; ask for less time or a smaller box, or take geojson or csv, which have no bound", ErrTooMany)
	}
	w.left--
	kept := *o
	kept.CoT = ""
	if o.ID == "" {
		w.plots = append(w.plots, kept)
		return nil
	}
	w.of(o.Key()).add(kept)
	return nil
}

func (w *ways) of(k track.Key) *way {
	if w.by[k] == nil {
		w.by[k] = &way{}
		w.tracks = append(w.tracks, w.by[k])
	}
	return w.by[k]
}

func (y *way) add(o track.Observation) {
	if !y.open || o.Time.Sub(y.last.Time) > gap {
		y.pieces = append(y.pieces, nil)
	}
	n := len(y.pieces) - 1
	y.pieces[n] = append(y.pieces[n], o)
	y.last, y.open = o, true
}
