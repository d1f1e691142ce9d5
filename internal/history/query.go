package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"vedette/geo"
	"vedette/track"
)

// Box is a part of the Earth, in degrees. One whose west is greater than its
// east reaches over the 180th meridian.
type Box struct{ West, South, East, North float64 }

// Check says what is wrong with a box.
func (b Box) Check() error {
	for _, v := range []struct{ value, most float64 }{{b.West, 180}, {b.East, 180}, {b.South, 90}, {b.North, 90}} {
		if !(math.Abs(v.value) <= v.most) {
			return fmt.Errorf("box %v: %v is outside -%v to %v; give west, south, east, north in degrees", b, v.value, v.most, v.most)
		}
	}
	if b.South > b.North {
		return fmt.Errorf("box %v: south is north of north; exchange them", b)
	}
	return nil
}

// Query says which observations are meant: those of a time, and of the other
// fields where they are set.
type Query struct {
	Box     *Box
	From    time.Time // the first time that is meant
	To      time.Time // the first that is not
	Sources []string
	IDs     []string
	Types   []string // with all that is more special: a-u means a-u-S too
	Groups  []string // of who asks; nil sees all
	Limit   int      // DefaultLimit if 0, at most MaxLimit
	After   Cursor   // the end of the page before
}

// The bounds of an answer, in rows.
const (
	DefaultLimit = 1000
	MaxLimit     = 10_000
	MaxNames     = 1000 // sources, identities, types, groups of a question, each
)

// Cursor is a place between two rows of an answer. The zero cursor is before
// the first.
type Cursor struct {
	micros int64
	row    int64
}

// MarshalText writes a cursor for UnmarshalText; nobody else reads it.
func (c Cursor) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%d.%d", c.micros, c.row), nil
}

// UnmarshalText reads what MarshalText wrote, and nothing else.
func (c *Cursor) UnmarshalText(b []byte) error {
	left, right, _ := strings.Cut(string(b), ".")
	m, err := strconv.ParseInt(left, 10, 64)
	if err == nil {
		c.row, err = strconv.ParseInt(right, 10, 64)
	}
	c.micros = m
	if again, _ := c.MarshalText(); err != nil || string(again) != string(b) {
		*c = Cursor{}
		return fmt.Errorf("cursor %.40q: is none; take it from the page before as it is", b)
	}
	return nil
}

// Page is a part of an answer.
type Page struct {
	Observations []track.Observation
	Next         *Cursor // for Query.After; nil after the last page
}

func (q *Query) check() error {
	if q.Limit == 0 {
		q.Limit = DefaultLimit
	}
	switch {
	case q.Limit < 0 || q.Limit > MaxLimit:
		return fmt.Errorf("limit: %d is outside 1 to %d; ask in pages", q.Limit, MaxLimit)
	case max(len(q.Sources), len(q.IDs), len(q.Types), len(q.Groups)) > MaxNames:
		return fmt.Errorf("sources, ids, types, groups: over %d of one; ask in parts", MaxNames)
	case q.To.Before(q.From):
		return fmt.Errorf("from: is after to; exchange them")
	case q.Box != nil:
		return q.Box.Check()
	}
	return nil
}

// condition is what stands behind WHERE.
type condition struct {
	terms []string
	args  []any
}

func (c *condition) and(term string, args ...any) {
	c.terms = append(c.terms, "("+term+")")
	c.args = append(c.args, args...)
}

func (c *condition) String() string {
	if len(c.terms) == 0 {
		return "1"
	}
	return strings.Join(c.terms, " AND ")
}

// list gives names as the JSON array that json_each reads.
func list(names []string) string {
	if names == nil {
		names = []string{}
	}
	b, _ := json.Marshal(names) // of strings it cannot fail
	return string(b)
}

// names restricts k and o to the query's names and to what who asks may see.
func (c *condition) names(q Query) {
	if q.Sources != nil {
		c.and(`k.source IN (SELECT value FROM json_each(?))`, list(q.Sources))
	}
	if q.IDs != nil {
		c.and(`k.ident <> '' AND k.ident IN (SELECT value FROM json_each(?))`, list(q.IDs))
	}
	if q.Types != nil {
		c.and(`EXISTS (SELECT 1 FROM json_each(?) t WHERE o.type = t.value OR substr(o.type, 1, length(t.value) + 1) = t.value || '-')`, list(q.Types))
	}
	c.seen("o.audience", q.Groups)
}

// seen restricts rows to those whose audience is everybody or has one of the
// groups.
func (c *condition) seen(audience string, groups []string) {
	if groups == nil {
		return
	}
	c.and(audience+` IS NULL OR `+audience+` IN (SELECT id FROM audience WHERE EXISTS
		(SELECT 1 FROM json_each(audience.groups) g WHERE g.value IN (SELECT value FROM json_each(?))))`, list(groups))
}

func (c *condition) time(from, to time.Time) {
	c.and(`o.time >= ? AND o.time < ?`, micros(from), micros(to))
}

// inBox restricts o to the box, exactly.
func (c *condition) inBox(b *Box) {
	if b == nil {
		return
	}
	c.and(`o.lat_deg BETWEEN ? AND ?`, b.South, b.North)
	if b.West <= b.East {
		c.and(`o.lon_deg BETWEEN ? AND ?`, b.West, b.East)
		return
	}
	c.and(`o.lon_deg >= ? OR o.lon_deg <= ?`, b.West, b.East)
}

// near restricts p to what may be in the box and in the time.
func (c *condition) near(q Query) {
	b := q.Box
	c.and(`p.south <= ? AND p.north >= ?`, b.North, b.South)
	if b.West <= b.East {
		c.and(`p.west <= ? AND p.east >= ?`, b.East, b.West)
	}
	c.and(`p.begins <= ? AND p.ends >= ?`, days(micros(q.To)), days(micros(q.From)))
}

const columns = `o.id, o.track, k.source, k.ident, o.type, o.label, o.lat_deg, o.lon_deg, o.hae_m, o.ce_m, o.le_m, o.course_deg, o.speed_m_s,
	o.time, o.received, o.stale, o.trust, o.vouched, a.groups, o.props, o.gone, o.late, o.skew`

// found is a row of an answer.
type found struct {
	row, track int64
	micros     int64
	track.Observation
}

// each asks and calls fn for every row.
func (h *History) each(ctx context.Context, query string, args []any, fn func(*found) error) error {
	rows, err := h.read.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		f, err := scan(rows)
		if err != nil {
			return err
		}
		if err := fn(f); err != nil {
			return err
		}
	}
	return rows.Err()
}

func scan(rows *sql.Rows) (*found, error) {
	var f found
	var lat, lon, hae, ce, le, course, speed sql.NullFloat64
	var received, stale, skew int64
	var groups, props sql.NullString
	o := &f.Observation
	if err := rows.Scan(&f.row, &f.track, &o.Source, &o.ID, &o.Type, &o.Label, &lat, &lon, &hae, &ce, &le, &course, &speed,
		&f.micros, &received, &stale, &o.Trust, &o.By, &groups, &props, &o.Gone, &o.Late, &skew); err != nil {
		return nil, err
	}
	if o.Fix = lat.Valid && lon.Valid; o.Fix {
		o.At = geo.Point{Lat: lat.Float64, Lon: lon.Float64}
	}
	o.HAE, o.CE, o.LE, o.Course, o.Speed = orNaN(hae), orNaN(ce), orNaN(le), orNaN(course), orNaN(speed)
	o.Time, o.Received, o.Stale = at(f.micros), at(received), at(stale)
	o.Skew = time.Duration(skew) * time.Microsecond
	return &f, parse(o, groups, props)
}

func parse(o *track.Observation, groups, props sql.NullString) error {
	if groups.Valid {
		if err := json.Unmarshal([]byte(groups.String), &o.Groups); err != nil {
			return err
		}
	}
	if props.Valid {
		return json.Unmarshal([]byte(props.String), &o.Props)
	}
	return nil
}

func at(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

func orNaN(v sql.NullFloat64) float64 {
	if v.Valid {
		return v.Float64
	}
	return math.NaN()
}

// Within gives the observations of a query by time, a page at a time.
//
// It costs about as much as the page where the box is small, the identities are
// named or neither is set; a box with much in it is sought along the time.
// BenchmarkWithin gives the cost on a million rows.
func (h *History) Within(ctx context.Context, q Query) (Page, error) {
	if err := q.check(); err != nil {
		return Page{}, fmt.Errorf("history: within: %w", err)
	}
	tables, where, err := h.way(ctx, q)
	if err != nil {
		return Page{}, fmt.Errorf("history: within: %w", err)
	}
	if q.After != (Cursor{}) {
		where.and(`(o.time, o.id) > (?, ?)`, q.After.micros, q.After.row)
	}
	query := `SELECT ` + columns + ` FROM ` + tables + ` LEFT JOIN audience a ON a.id = o.audience WHERE ` + where.String() + ` ORDER BY o.time, o.id LIMIT ?`
	page, err := h.page(ctx, query, append(where.args, q.Limit+1), q.Limit)
	if err != nil {
		return Page{}, fmt.Errorf("history: within: %w", err)
	}
	return page, nil
}

// page takes limit rows and sees whether there is one more.
func (h *History) page(ctx context.Context, query string, args []any, limit int) (Page, error) {
	var p Page
	var end Cursor
	err := h.each(ctx, query, args, func(f *found) error {
		if len(p.Observations) == limit {
			p.Next = &end
			return nil
		}
		p.Observations = append(p.Observations, f.Observation)
		end = Cursor{f.micros, f.row}
		return nil
	})
	return p, err
}

// way chooses how the rows are found: by identity, by place, or along the time.
func (h *History) way(ctx context.Context, q Query) (tables string, where condition, err error) {
	along := `observation o INDEXED BY observation_time CROSS JOIN track k ON k.id = o.track`
	switch {
	case q.IDs != nil:
		along = `track k CROSS JOIN observation o INDEXED BY observation_track ON o.track = k.id`
	case q.Box != nil:
		few, err := h.few(ctx, q)
		if err != nil {
			return "", where, err
		}
		if few {
			along = `place p CROSS JOIN observation o ON o.id = p.id CROSS JOIN track k ON k.id = o.track`
			where.near(q)
		}
	}
	where.time(q.From, q.To)
	where.inBox(q.Box)
	where.names(q)
	return along, where, nil
}

// few tells whether so little is in the box that it is better found by place
// and sorted.
func (h *History) few(ctx context.Context, q Query) (bool, error) {
	var near condition
	near.near(q)
	most := 20 * q.Limit
	var n int
	err := h.read.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM place p WHERE `+near.String()+` LIMIT ?)`, append(near.args, most)...).Scan(&n)
	return n < most, err
}

// Each calls fn for all observations of a query by time, whatever its limit; it
// reads in pages, so that a slow fn holds nothing up.
func (h *History) Each(ctx context.Context, q Query, fn func(*track.Observation) error) error {
	q.Limit = MaxLimit
	for {
		page, err := h.Within(ctx, q)
		if err != nil {
			return err
		}
		for i := range page.Observations {
			if err := fn(&page.Observations[i]); err != nil {
				return err
			}
		}
		if page.Next == nil {
			return nil
		}
		q.After = *page.Next
	}
}

// At gives the last position of each track at a moment, unless it was stale by
// then or the track gone; plots belong to no track and are left out. Of the query
// the box, the names, the groups, the limit and the cursor count, and a track
// counts as where who asks last saw it. BenchmarkWithin gives the cost.
func (h *History) At(ctx context.Context, t time.Time, q Query) (Page, error) {
	q.From, q.To = t, t
	if err := q.check(); err != nil {
		return Page{}, fmt.Errorf("history: at: %w", err)
	}
	var last, where condition
	last.and(`x.track = k.id AND x.time <= ?`, micros(t))
	last.seen("x.audience", q.Groups)
	where.and(`k.ident <> '' AND k.since <= ? AND k.until > ? AND k.id > ?`, micros(t), micros(t), q.After.row)
	where.and(`o.id = (SELECT x.id FROM observation x WHERE `+last.String()+` ORDER BY x.time DESC, x.id DESC LIMIT 1)`, last.args...)
	where.and(`NOT o.gone AND o.stale > ? AND o.lat_deg IS NOT NULL`, micros(t))
	where.inBox(q.Box)
	where.names(q)
	query := `SELECT ` + columns + ` FROM track k CROSS JOIN observation o LEFT JOIN audience a ON a.id = o.audience WHERE ` + where.String() + ` ORDER BY k.id LIMIT ?`
	var p Page
	var end Cursor
	err := h.each(ctx, query, append(where.args, q.Limit+1), func(f *found) error {
		if len(p.Observations) == q.Limit {
			p.Next = &end
			return nil
		}
		p.Observations = append(p.Observations, f.Observation)
		end = Cursor{row: f.track}
		return nil
	})
	if err != nil {
		return Page{}, fmt.Errorf("history: at: %w", err)
	}
	return p, nil
}
