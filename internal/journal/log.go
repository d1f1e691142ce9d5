package journal

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Log is one of the journal's two streams of events.
type Log struct {
	j      *Journal
	plan   plan
	stream jetstream.Stream
	mark   watermark
	acked  uint64        // by the watermark, when it was opened
	rotten uint64        // events the store believes to have and could not give, when it was opened
	holes  atomic.Uint64 // sequences without an event that are accounted for

	requests  chan *request
	ended     chan struct{} // closed when no request is taken any more
	waiting   *request      // taken from requests, but too large for the last group
	known     *index
	last      uint64 // of which the index knows
	high      int64  // the latest time of receipt so far
	committed atomic.Uint64

	mu    sync.Mutex
	moved chan struct{} // closed when committed moves
}

// plan is what the two logs differ in.
type plan struct {
	name   string // of the stream
	prefix string // of its subjects; the kind follows
	whole  bool   // nothing is ever deleted
}

func eventsLog() plan   { return plan{"VEDETTE_EVENTS", "vedette.event.", true} }
func contactsLog() plan { return plan{"VEDETTE_CONTACTS", "vedette.contact.", false} }

// Record is an event in its place.
type Record struct {
	Seq uint64
	Event

	high int64 // the latest time of receipt up to here, in ns since 1970
}

func (j *Journal) openLog(ctx context.Context, p plan) (*Log, error) {
	l := &Log{j: j, plan: p, requests: make(chan *request, 1024), known: newIndex(j.opts.Remember)}
	l.ended, l.moved = make(chan struct{}), make(chan struct{})
	if err := l.openStream(ctx); err != nil {
		return nil, fmt.Errorf("journal: open stream %s: %w", p.name, err)
	}
	if err := l.openMark(); err != nil {
		return nil, err
	}
	if err := l.readBack(ctx, l.stream.CachedInfo().State); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

// openStream finds the stream, and makes it if it is not there. The settings of
// a stream that is there are its operator's, except those we cannot do without.
func (l *Log) openStream(ctx context.Context) error {
	var err error
	l.stream, err = l.j.js.Stream(ctx, l.plan.name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		l.stream, err = l.j.js.CreateStream(ctx, l.plan.config())
	}
	if err != nil {
		return err
	}
	if c := l.stream.CachedInfo().Config; !c.AllowAtomicPublish || !c.AllowDirect {
		return errors.New("it lacks atomic publishing or direct get; set allow_atomic and allow_direct")
	}
	return nil
}

func (p plan) config() jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:               p.name,
		Subjects:           []string{p.prefix + ">"},
		Storage:            jetstream.FileStorage,
		DenyDelete:         p.whole,
		DenyPurge:          p.whole,
		AllowDirect:        true,
		AllowAtomicPublish: true,
	}
}

func (l *Log) openMark() error {
	if l.j.opts.Dir == "" {
		return nil
	}
	mark, acked, err := openWatermark(filepath.Join(l.j.opts.Dir, strings.ToLower(l.plan.name)+".acknowledged"))
	if err != nil {
		return unwritable(l.j.opts.Dir, err)
	}
	l.mark, l.acked = mark, acked
	return nil
}

// readBack fills the index from the end of the stream.
func (l *Log) readBack(ctx context.Context, s jetstream.StreamState) error {
	from := max(s.FirstSeq, 1)
	if n := uint64(l.j.opts.Remember); s.LastSeq > n {
		from = max(from, s.LastSeq-n+1)
	}
	l.committed.Store(s.LastSeq)
	return l.learnAll(ctx, span{from, s.LastSeq})
}

// gaps tells how many sequences have no event, and how many of those that were
// acknowledged are past the end.
func (l *Log) gaps(ctx context.Context) (inside, cut uint64, err error) {
	info, err := l.stream.Info(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	s := info.State
	return s.LastSeq - s.Msgs, max(l.acked, s.LastSeq) - s.LastSeq, nil
}

// learnAll takes the ids of a part of the stream into the index.
func (l *Log) learnAll(ctx context.Context, s span) error {
	r, err := l.reader()
	if err != nil {
		return err
	}
	defer r.close()
	r.read = identity
	err = r.scan(ctx, s, func(r Record) error {
		l.known.remember(keyOf(r.ID), r.Seq)
		l.last = r.Seq
		l.high = max(l.high, r.high)
		return nil
	})
	if err == nil {
		l.last = max(l.last, s.last)
	}
	return err
}

// catchUp learns what others have appended to the stream of an external server.
func (l *Log) catchUp(ctx context.Context) error {
	info, err := l.stream.Info(ctx)
	if err != nil {
		return err
	}
	if err := l.learnAll(ctx, span{l.last + 1, info.State.LastSeq}); err != nil {
		return err
	}
	l.advance(l.last)
	return nil
}

// advance lets readers see up to seq.
func (l *Log) advance(seq uint64) {
	l.mark.put(seq)
	l.committed.Store(seq)
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.moved)
	l.moved = make(chan struct{})
}

// changed gives a channel that is closed when more is there to read.
func (l *Log) changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.moved
}

func (l *Log) close() error {
	if l == nil {
		return nil
	}
	return l.mark.close()
}

// Last tells the sequence of the last event; 0 before the first. On an external
// server others may have appended since.
func (l *Log) Last(ctx context.Context) (uint64, error) {
	if l.j.opts.Dir != "" {
		return l.committed.Load(), nil
	}
	info, err := l.stream.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return info.State.LastSeq, nil
}

// Len tells how many events are there.
func (l *Log) Len(ctx context.Context) (uint64, error) {
	info, err := l.stream.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return info.State.Msgs, nil
}

// At tells the sequence of the first event before whose receipt, or at it,
// something was received at t or later: all that was received from t on lies
// there or behind it, even where the clock jumped back. It is one past the last
// event if there is none. It costs a reading for each doubling of the log.
func (l *Log) At(ctx context.Context, t time.Time) (uint64, error) {
	last, err := l.Last(ctx)
	if err != nil {
		return 0, err
	}
	low, high := uint64(1), last+1
	for low < high {
		mid := low + (high-low)/2
		r, err := l.next(ctx, mid)
		switch {
		case err != nil:
			return 0, err
		case r == nil || r.Seq >= high || r.high >= t.UnixNano():
			high = mid
		default:
			low = r.Seq + 1
		}
	}
	return low, nil
}
