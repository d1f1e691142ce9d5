package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// MaxBuckets is how many counts one answer can have.
const MaxBuckets = 1000

// Counts tells how many observations there are in each of so many equal parts
// of a time. Nil groups see all. Where a part is longer than ten minutes, minutes are
// counted whole, in the part in which they begin; that costs a row for each
// minute, and shorter parts one for each observation: BenchmarkWithin.
func (h *History) Counts(ctx context.Context, from, to time.Time, buckets int, groups []string) ([]int64, error) {
	if buckets < 1 || buckets > MaxBuckets {
		return nil, fmt.Errorf("history: counts: %d parts; give 1 to %d", buckets, MaxBuckets)
	}
	if !from.Before(to) {
		return nil, errors.New("history: counts: from is not before to; exchange them")
	}
	first, length := micros(from), micros(to)-micros(from)
	if length <= 0 {
		return nil, errors.New("history: counts: the time is under a microsecond; give more")
	}
	var where condition
	query := `SELECT (o.time - ?) * ? / ?, count(*) FROM observation o INDEXED BY observation_time WHERE `
	if length/int64(buckets) > 10*microsPerMinute {
		query = `SELECT (o.minute * 60000000 - ?) * ? / ?, sum(o.n) FROM tally o WHERE `
		where.and(`o.minute >= ? AND o.minute < ?`, upToMinute(first), upToMinute(first+length))
		where.seen("nullif(o.audience, 0)", groups)
	} else {
		where.time(from, to)
		where.seen("o.audience", groups)
	}
	counts := make([]int64, buckets)
	err := h.counts(ctx, query+where.String()+` GROUP BY 1`, append([]any{first, buckets, length}, where.args...), counts)
	if err != nil {
		return nil, fmt.Errorf("history: counts: %w", err)
	}
	return counts, nil
}

// upToMinute gives the first minute that begins at a time or after it.
func upToMinute(micros int64) int64 { return (micros + microsPerMinute - 1) / microsPerMinute }

func (h *History) counts(ctx context.Context, query string, args []any, counts []int64) error {
	rows, err := h.read.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var i, n int64
		if err := rows.Scan(&i, &n); err != nil {
			return err
		}
		counts[i] = n
	}
	return rows.Err()
}

// Summary is what a query would give of one source.
type Summary struct {
	Source       string    `json:"source"`
	Observations int64     `json:"observations"`
	Tracks       int64     `json:"tracks"`
	First        time.Time `json:"first"` // by the time of the event
	Last         time.Time `json:"last"`
	Newest       time.Time `json:"newest_receipt"`
	// How many say of themselves, by a property of that name that is not
	// "false", that they are made up.
	Synthetic    int64 `json:"synthetic"`
	Illustrative int64 `json:"illustrative"`
}

// Summarize tells what a query would give, source by source. It reads all of
// it; limit and cursor do not count.
func (h *History) Summarize(ctx context.Context, q Query) ([]Summary, error) {
	q.Limit = MaxLimit
	if err := q.check(); err != nil {
		return nil, fmt.Errorf("history: summarize: %w", err)
	}
	tables, where, err := h.way(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("history: summarize: %w", err)
	}
	rows, err := h.read.QueryContext(ctx, `SELECT k.source, count(*), count(DISTINCT nullif(k.ident, '')), min(o.time), max(o.time), max(o.received),
		count(nullif(json_extract(o.props, '$.synthetic'), 'false')), count(nullif(json_extract(o.props, '$.illustrative'), 'false'))
		FROM `+tables+` WHERE `+where.String()+` GROUP BY k.source ORDER BY k.source`, where.args...)
	if err != nil {
		return nil, fmt.Errorf("history: summarize: %w", err)
	}
	defer rows.Close()
	all := []Summary{}
	for rows.Next() {
		var s Summary
		var first, last, newest int64
		if err := rows.Scan(&s.Source, &s.Observations, &s.Tracks, &first, &last, &newest, &s.Synthetic, &s.Illustrative); err != nil {
			return nil, fmt.Errorf("history: summarize: %w", err)
		}
		s.First, s.Last, s.Newest = at(first), at(last), at(newest)
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("history: summarize: %w", err)
	}
	return all, nil
}

// Event is an event of the journal's log of events.
type Event struct {
	Seq      uint64
	ID       string
	Kind     string
	Version  int
	Source   string
	Time     time.Time
	Received time.Time
	Payload  json.RawMessage
}

// EventQuery says which events are meant: all kinds if none is named.
type EventQuery struct {
	Kinds []string
	From  time.Time // the first time that is meant
	To    time.Time // the first that is not
	Limit int       // DefaultLimit if 0, at most MaxLimit
	After Cursor    // the end of the page before
}

// maxPayloads ends a page of events early, in bytes.
const maxPayloads = 32 << 20

// Events gives events by their time, a page at a time: up to the limit, or to
// about 32 MiB of payloads. next is nil after the last.
func (h *History) Events(ctx context.Context, q EventQuery) (page []Event, next *Cursor, err error) {
	check := Query{From: q.From, To: q.To, Limit: q.Limit, IDs: q.Kinds}
	if err := check.check(); err != nil {
		return nil, nil, fmt.Errorf("history: events: %w", err)
	}
	var where condition
	where.and(`e.time >= ? AND e.time < ?`, micros(q.From), micros(q.To))
	if q.Kinds != nil {
		where.and(`e.kind IN (SELECT value FROM json_each(?))`, list(q.Kinds))
	}
	if q.After != (Cursor{}) {
		where.and(`(e.time, e.seq) > (?, ?)`, q.After.micros, q.After.row)
	}
	page, next, err = h.events(ctx, where, check.Limit)
	if err != nil {
		return nil, nil, fmt.Errorf("history: events: %w", err)
	}
	return page, next, nil
}

func (h *History) events(ctx context.Context, where condition, limit int) (page []Event, next *Cursor, err error) {
	rows, err := h.read.QueryContext(ctx, `SELECT e.seq, e.id, e.kind, e.version, e.source, e.time, e.received, e.payload
		FROM event e INDEXED BY event_time WHERE `+where.String()+` ORDER BY e.time, e.seq LIMIT ?`, append(where.args, limit+1)...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	var end Cursor
	for size := 0; rows.Next(); {
		if len(page) == limit || size > maxPayloads {
			return page, &end, nil
		}
		var e Event
		var when, received int64
		if err := rows.Scan(&e.Seq, &e.ID, &e.Kind, &e.Version, &e.Source, &when, &received, (*[]byte)(&e.Payload)); err != nil {
			return nil, nil, err
		}
		e.Time, e.Received = at(when), at(received)
		page, size, end = append(page, e), size+len(e.Payload), Cursor{when, int64(e.Seq)}
	}
	return page, nil, rows.Err()
}

// Term tells for how long positions of contacts are kept, as the latest sweep
// of the journal says; 0 before the first.
func (h *History) Term(ctx context.Context) (time.Duration, error) {
	var text string
	err := h.read.QueryRowContext(ctx, `SELECT coalesce((SELECT json_extract(payload, '$.term') FROM event WHERE kind = ? ORDER BY seq DESC LIMIT 1), '0')`, kindSweep).Scan(&text)
	if err != nil {
		return 0, fmt.Errorf("history: read the term: %w", err)
	}
	term, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("history: read the term: %w", err)
	}
	return term, nil
}
