package history

import (
	"context"
	"fmt"
	"time"

	"vedette/geo"
	"vedette/track"
)

// Point is where a track was at a time.
type Point struct {
	At   geo.Point
	HAE  float64 // metres above the ellipsoid, NaN if not known
	Time time.Time
}

// Line is a piece of a track without a break.
type Line struct {
	Key    track.Key
	Type   string // at its end
	Label  string
	Points []Point // by time, one at least
}

// Lines are pieces of tracks.
type Lines struct {
	Lines []Line
	Cut   bool // there is more than was asked for; ask for less time or a smaller box
}

// MaxPoints is how many observations the lines of one answer can have.
const MaxPoints = 100_000

// Tracks gives the tracks of a query as lines, in the order in which the tracks
// were first seen. With a box it is the whole way of every track that was in it.
// A line ends where nothing is known for longer than gap, where the source says
// that the track is gone, and where it has no fix. Limit counts points here, up to
// MaxPoints, which is also what 0 means.
func (h *History) Tracks(ctx context.Context, q Query, gap time.Duration) (Lines, error) {
	limit := q.Limit
	if limit == 0 {
		limit = MaxPoints
	}
	if q.Limit = DefaultLimit; limit < 0 || limit > MaxPoints {
		return Lines{}, fmt.Errorf("history: tracks: limit: %d is outside 1 to %d", limit, MaxPoints)
	}
	if err := q.check(); err != nil {
		return Lines{}, fmt.Errorf("history: tracks: %w", err)
	}
	query, args := ways(q)
	d := drawing{gap: gap, left: limit}
	if err := h.each(ctx, query, append(args, limit+1), d.add); err != nil {
		return Lines{}, fmt.Errorf("history: tracks: %w", err)
	}
	d.end()
	return d.lines, nil
}

// ways asks for the observations of tracks, each track's together.
func ways(q Query) (query string, args []any) {
	var where condition
	where.and(`k.ident <> ''`)
	where.time(q.From, q.To)
	where.names(q)
	if q.Box != nil {
		var inside condition
		inside.near(q)
		inside.time(q.From, q.To)
		inside.inBox(q.Box)
		inside.seen("o.audience", q.Groups)
		where.and(`k.id IN (SELECT o.track FROM place p CROSS JOIN observation o ON o.id = p.id WHERE `+inside.String()+`)`, inside.args...)
	}
	return `SELECT ` + columns + ` FROM track k CROSS JOIN observation o INDEXED BY observation_track ON o.track = k.id
		LEFT JOIN audience a ON a.id = o.audience WHERE ` + where.String() + ` ORDER BY o.track, o.time, o.id LIMIT ?`, where.args
}

// drawing joins observations to lines.
type drawing struct {
	gap   time.Duration
	left  int
	lines Lines
	line  Line
}

func (d *drawing) add(f *found) error {
	if d.left == 0 {
		d.lines.Cut = true
		return nil
	}
	d.left--
	if n := len(d.line.Points); n > 0 && (d.line.Key != f.Key() || f.Time.Sub(d.line.Points[n-1].Time) > d.gap) {
		d.end()
	}
	if f.Fix && !f.Gone {
		d.line.Key, d.line.Type, d.line.Label = f.Key(), f.Type, f.Label
		d.line.Points = append(d.line.Points, Point{f.At, f.HAE, f.Time})
		return nil
	}
	d.end()
	return nil
}

func (d *drawing) end() {
	if len(d.line.Points) > 0 {
		d.lines.Lines = append(d.lines.Lines, d.line)
	}
	d.line = Line{}
}
