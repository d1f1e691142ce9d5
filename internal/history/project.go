package history

import (
	"context"
	"database/sql"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"vedette/internal/journal"
	"vedette/track"
)

//go:embed insert.sql
var insertObservation string

// The bounds of a batch, which is a transaction.
const (
	batchRows  = 1000
	batchBytes = 16 << 20
	batchWait  = 200 * time.Millisecond
)

// log is one of the journal's.
type log int

const (
	contacts log = iota
	events
)

func (l log) String() string { return [...]string{"contacts", "events"}[l] }

func (l log) of(j *journal.Journal) *journal.Log {
	return [...]*journal.Log{j.Contacts, j.Events}[l]
}

// item is a record, read as far as it goes.
type item struct {
	log log
	journal.Record
	seen *track.Observation // nil if it is none
	bad  error              // it should be one
}

func read(l log, r journal.Record) item {
	i := item{log: l, Record: r}
	switch r.Kind {
	case track.KindPosition, track.KindCall, track.KindCancel:
	default:
		return i
	}
	if r.Version != track.Version {
		i.bad = fmt.Errorf("version %d; this program reads %d", r.Version, track.Version)
		return i
	}
	i.seen = new(track.Observation)
	if i.bad = i.seen.UnmarshalJSON(r.Payload); i.bad != nil {
		i.seen = nil
	}
	return i
}

// row is the number of an observation.
func (i item) row() int64 { return 2*int64(i.Seq) + int64(i.log) }

// Run projects what the journal has and then what comes, until ctx ends (nil is
// returned) or it fails. A history of another journal is emptied first.
func (h *History) Run(ctx context.Context, j *journal.Journal) error {
	if h.write == nil {
		return errors.New("history: run: it was opened to be read; use Open")
	}
	err := h.run(ctx, j)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (h *History) run(ctx context.Context, j *journal.Journal) error {
	p, err := h.projector(ctx, j)
	if err != nil {
		return fmt.Errorf("history: run: %w", err)
	}
	defer p.close()
	if err := p.catchUp(ctx); err != nil {
		return fmt.Errorf("history: run: %w", err)
	}
	work, ctx := errgroup.WithContext(ctx)
	items := make(chan item, batchRows)
	for _, l := range []log{contacts, events} {
		work.Go(func() error {
			return l.of(j).Follow(ctx, p.at[l].seq, sender(ctx, l, items))
		})
	}
	work.Go(func() error { return p.batches(ctx, items) })
	return work.Wait()
}

// place in a log.
type place struct {
	seq uint64
	id  string
}

// projector writes rows. It belongs to one goroutine.
type projector struct {
	h    *History
	j    *journal.Journal
	conn *sql.Conn
	at   [2]place // the last of each log that is projected, or in the open batch
	// swept is how far sweeps went whose events are projected: positions up to
	// there are projected only if the journal still has them.
	swept uint64

	tracks    map[track.Key]*known
	audiences map[string]int64

	open        bool // a batch is
	rows, bytes int
	tally       map[bin]int // of the open batch
	late        span        // positions of the open batch that are not past swept
	st          statements
	prepared    []*sql.Stmt
}

// bin is a key of tally.
type bin struct{ minute, audience int64 }

// known is a row of track.
type known struct{ id, since, until int64 }

// span is a range of sequences, both ends in it; empty if last is 0.
type span struct{ first, last uint64 }

// statements are prepared on the projector's connection.
type statements struct {
	observation, place, event, unread              *sql.Stmt
	progress, tally                                *sql.Stmt
	findTrack, addTrack, widen, findGroups, groups *sql.Stmt
}

// most is how many tracks and audiences are kept at hand.
const most = 100_000

func (h *History) projector(ctx context.Context, j *journal.Journal) (*projector, error) {
	conn, err := h.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	p := &projector{h: h, j: j, conn: conn, tracks: map[track.Key]*known{}, audiences: map[string]int64{}, tally: map[bin]int{}}
	if err := p.prepare(ctx); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *projector) prepare(ctx context.Context) error {
	if _, err := p.conn.ExecContext(ctx, `CREATE TEMP TABLE IF NOT EXISTS bereft (track INTEGER PRIMARY KEY)`); err != nil {
		return err
	}
	for query, st := range map[string]**sql.Stmt{
		insertObservation: &p.st.observation,
		`INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?)`:                                  &p.st.place,
		`INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)`:                               &p.st.event,
		`INSERT INTO unread VALUES (?, ?, ?)`:                                             &p.st.unread,
		`INSERT OR REPLACE INTO progress VALUES (?, ?, ?)`:                                &p.st.progress,
		`INSERT INTO tally VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n`: &p.st.tally,
		`SELECT id, since, until FROM track WHERE source = ? AND ident = ?`:               &p.st.findTrack,
		`INSERT INTO track (source, ident, since, until) VALUES (?, ?, ?, ?)`:             &p.st.addTrack,
		`UPDATE track SET since = ?, until = ? WHERE id = ?`:                              &p.st.widen,
		`SELECT id FROM audience WHERE groups = ?`:                                        &p.st.findGroups,
		`INSERT INTO audience (groups) VALUES (?)`:                                        &p.st.groups,
	} {
		var err error
		if *st, err = p.conn.PrepareContext(ctx, query); err != nil {
			return err
		}
		p.prepared = append(p.prepared, *st)
	}
	return nil
}

func (p *projector) close() {
	for _, st := range p.prepared {
		_ = st.Close()
	}
	if p.open { // the journal has what is in it
		_, _ = p.conn.ExecContext(context.Background(), `ROLLBACK`)
	}
	_ = p.conn.Close() // gives it back to the pool
}

// catchUp finds where to go on, and ends what an interrupted sweep has left.
func (p *projector) catchUp(ctx context.Context) error {
	same, err := p.sameJournal(ctx)
	if err != nil {
		return err
	}
	if !same {
		if err := p.empty(ctx); err != nil {
			return err
		}
		p.at = [2]place{}
	}
	last, err := p.lastSweep(ctx)
	if err != nil || last.last == 0 {
		return err
	}
	p.swept = last.last
	return p.prune(ctx, last)
}

// sameJournal reads the progress and compares it with the journal.
func (p *projector) sameJournal(ctx context.Context) (bool, error) {
	for _, l := range []log{contacts, events} {
		at := &p.at[l]
		err := p.conn.QueryRowContext(ctx, `SELECT seq, id FROM progress WHERE log = ?`, l.String()).Scan(&at.seq, &at.id)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return false, err
		}
		if same, err := at.in(ctx, l.of(p.j)); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

var errEnough = errors.New("enough")

// in tells whether the log has the event at its place, or has deleted it.
func (at place) in(ctx context.Context, l *journal.Log) (bool, error) {
	last, err := l.Last(ctx)
	if err != nil || at.seq > last {
		return false, err
	}
	same := true
	err = l.Replay(ctx, at.seq, func(r journal.Record) error {
		same = r.Seq != at.seq || r.ID == at.id
		return errEnough
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return same, err
}

// empty deletes all rows.
func (p *projector) empty(ctx context.Context) error {
	if err := p.begin(ctx); err != nil {
		return err
	}
	for _, table := range []string{"progress", "place", "observation", "track", "audience", "tally", "event", "unread"} {
		if _, err := p.conn.ExecContext(ctx, "DELETE FROM "+table); err != nil {
			return err
		}
	}
	return p.end(ctx)
}

func (p *projector) lastSweep(ctx context.Context) (span, error) {
	var payload string
	err := p.conn.QueryRowContext(ctx, `SELECT payload FROM event WHERE kind = ? ORDER BY seq DESC LIMIT 1`, kindSweep).Scan(&payload)
	if errors.Is(err, sql.ErrNoRows) {
		return span{}, nil
	}
	if err != nil {
		return span{}, err
	}
	return sweptBy([]byte(payload))
}

// kindSweep is the kind of the journal's event about a sweep.
const kindSweep = "journal.sweep"

func sweptBy(payload []byte) (span, error) {
	var s journal.Swept
	if err := json.Unmarshal(payload, &s); err != nil {
		return span{}, fmt.Errorf("read what a sweep deleted: %w", err)
	}
	return span{s.First, s.Last}, nil
}

// batches writes items in batches until ctx ends.
func (p *projector) batches(ctx context.Context, items <-chan item) error {
	timer := time.NewTimer(batchWait)
	timer.Stop()
	defer timer.Stop()
	for {
		select {
		case i := <-items:
			if !p.open {
				timer.Reset(batchWait)
			}
			if err := p.take(ctx, i); err != nil {
				return fmt.Errorf("history: project event %d of %v: %w", i.Seq, i.log, err)
			}
		case <-timer.C:
			if err := p.commit(ctx); err != nil {
				return fmt.Errorf("history: commit: %w", err)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// take puts an item into the open batch and commits a full one.
func (p *projector) take(ctx context.Context, i item) error {
	if i.log == events && i.Kind == kindSweep {
		if err := p.sweep(ctx, i); err != nil {
			return err
		}
	}
	if err := p.begin(ctx); err != nil {
		return err
	}
	if err := p.insert(i); err != nil {
		return err
	}
	p.at[i.log] = place{i.Seq, i.ID}
	p.rows, p.bytes = p.rows+1, p.bytes+len(i.Payload)
	if i.log == contacts && i.Seq <= p.swept {
		p.late.add(i.Seq)
	}
	if p.rows >= batchRows || p.bytes >= batchBytes {
		return p.commit(ctx)
	}
	return nil
}

func (s *span) add(seq uint64) {
	if s.last == 0 {
		s.first = seq
	}
	s.last = seq
}

// begin opens a batch if none is open.
func (p *projector) begin(ctx context.Context) error {
	if p.open {
		return nil
	}
	_, err := p.conn.ExecContext(ctx, `BEGIN IMMEDIATE`)
	p.open = err == nil
	return err
}

// commit ends the open batch: what was swept meanwhile leaves it, and the
// progress enters it.
func (p *projector) commit(ctx context.Context) error {
	if !p.open {
		return nil
	}
	for b, n := range p.tally {
		if _, err := put(p.st.tally, b.minute, b.audience, n); err != nil {
			return err
		}
	}
	if p.late.last > 0 {
		if err := p.pruneOpen(ctx, p.late); err != nil {
			return err
		}
	}
	return p.commitProgress(ctx)
}

func (p *projector) commitProgress(ctx context.Context) error {
	for _, l := range []log{contacts, events} {
		if at := p.at[l]; at.seq > 0 {
			if _, err := put(p.st.progress, l.String(), at.seq, at.id); err != nil {
				return err
			}
		}
	}
	return p.end(ctx)
}

func (p *projector) end(ctx context.Context) error {
	if _, err := p.conn.ExecContext(ctx, `COMMIT`); err != nil {
		return err
	}
	p.open, p.rows, p.bytes, p.late = false, 0, 0, span{}
	clear(p.tally)
	return nil
}

// put writes a row. It takes no context: with one that can end, the driver
// starts a goroutine for each row.
func put(st *sql.Stmt, args ...any) (sql.Result, error) {
	return st.ExecContext(context.Background(), args...)
}

func (p *projector) insert(i item) error {
	if i.log == events {
		if _, err := put(p.st.event, i.Seq, i.ID, i.Kind, i.Version, i.Source, micros(i.Time), micros(i.Received), string(i.Payload)); err != nil {
			return err
		}
	}
	if i.bad != nil {
		_, err := put(p.st.unread, i.log.String(), i.Seq, i.bad.Error())
		return err
	}
	if i.seen == nil {
		if i.log == contacts {
			_, err := put(p.st.unread, i.log.String(), i.Seq, "kind "+i.Kind)
			return err
		}
		return nil
	}
	return p.observe(i.row(), i.seen)
}

// observe writes an observation, its place and its track.
func (p *projector) observe(row int64, o *track.Observation) error {
	k, err := p.track(o)
	if err != nil {
		return err
	}
	audience, err := p.audience(o.Groups)
	if err != nil {
		return err
	}
	p.tally[bin{micros(o.Time) / microsPerMinute, audience}]++
	props, err := propsOf(o)
	if err != nil {
		return err
	}
	lat, lon := any(nil), any(nil)
	if o.Fix {
		lat, lon = o.At.Lat, o.At.Lon
	}
	_, err = put(p.st.observation, row, k, micros(o.Time), micros(o.Received), micros(o.Stale), orNull(audience), o.Type, o.Label,
		lat, lon, known64(o.HAE), known64(o.CE), known64(o.LE), known64(o.Course), known64(o.Speed),
		string(o.Trust), o.By, props, flag(o.Gone), flag(o.Late), o.Skew.Microseconds())
	if err != nil || !o.Fix {
		return err
	}
	day := days(micros(o.Time))
	_, err = put(p.st.place, row, o.At.Lon, o.At.Lon, o.At.Lat, o.At.Lat, day, day)
	return err
}

func propsOf(o *track.Observation) (any, error) {
	if len(o.Props) == 0 {
		return nil, nil
	}
	b, err := json.Marshal(o.Props)
	return string(b), err
}

// slack is how much longer than needed a track is said to be current, so that
// not every observation changes its row.
const slack = int64(time.Hour / time.Microsecond)

// track gives the row of o's track, made or widened so that o is in its time.
func (p *projector) track(o *track.Observation) (int64, error) {
	key, at, until := o.Key(), micros(o.Time), max(micros(o.Stale), micros(o.Time))
	k, err := p.find(key)
	if err != nil {
		return 0, err
	}
	if k == nil {
		done, err := put(p.st.addTrack, key.Source, key.ID, at, until+slack)
		if err != nil {
			return 0, err
		}
		id, err := done.LastInsertId()
		p.remember(key, &known{id, at, until + slack})
		return id, err
	}
	if at < k.since || until > k.until {
		k.since, k.until = min(k.since, at), max(k.until, until+slack)
		_, err = put(p.st.widen, k.since, k.until, k.id)
	}
	return k.id, err
}

func (p *projector) find(key track.Key) (*known, error) {
	if k := p.tracks[key]; k != nil {
		return k, nil
	}
	k := new(known)
	err := p.st.findTrack.QueryRowContext(context.Background(), key.Source, key.ID).Scan(&k.id, &k.since, &k.until)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err == nil {
		p.remember(key, k)
	}
	return k, err
}

func (p *projector) remember(key track.Key, k *known) {
	if len(p.tracks) >= most {
		clear(p.tracks)
	}
	p.tracks[key] = k
}

// audience gives the row of a set of groups, 0 for everybody.
func (p *projector) audience(groups []string) (int64, error) {
	if len(groups) == 0 {
		return 0, nil
	}
	text, err := json.Marshal(slices.Compact(slices.Sorted(slices.Values(groups))))
	if err != nil {
		return 0, err
	}
	if id, ok := p.audiences[string(text)]; ok {
		return id, nil
	}
	var id int64
	err = p.st.findGroups.QueryRowContext(context.Background(), string(text)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		var done sql.Result
		if done, err = put(p.st.groups, string(text)); err == nil {
			id, err = done.LastInsertId()
		}
	}
	if err != nil {
		return 0, err
	}
	if len(p.audiences) >= most {
		clear(p.audiences)
	}
	p.audiences[string(text)] = id
	return id, nil
}

// orNull writes a number that is never 0, and 0 as NULL.
func orNull(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

const microsPerMinute = int64(time.Minute / time.Microsecond)

func micros(t time.Time) int64 { return t.UnixMicro() }

func days(micros int64) float64 { return float64(micros) / float64(24*time.Hour/time.Microsecond) }

func known64(v float64) any {
	if math.IsNaN(v) {
		return nil
	}
	return v
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
