package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// How much a reader asks for at a time, and how often a follower of an external
// server looks for what others appended.
const (
	fetchEvents = 2048
	fetchBytes  = 4 << 20
	lookEvery   = 25 * time.Millisecond
)

// span is a range of sequences, both ends in it.
type span struct{ first, last uint64 }

// Replay calls fn for every event from sequence from (0 and 1 are the first) up
// to the last at the time of the call, in order. The first error of fn ends it
// and is returned.
func (l *Log) Replay(ctx context.Context, from uint64, fn func(Record) error) error {
	last, err := l.Last(ctx)
	if err != nil {
		return err
	}
	return l.scan(ctx, span{max(from, 1), last}, fn)
}

// Follow calls fn for every event after sequence after, those that are there
// and then those that come, until ctx ends (nil is returned), fn fails, or the
// journal is closed or failed. fn may take its time: no more than 2048 events or
// about 4 MiB are held for it, and nobody waits for it. To resume, give the
// sequence of the last event that was dealt with.
func (l *Log) Follow(ctx context.Context, after uint64, fn func(Record) error) error {
	r, err := l.reader()
	if err != nil {
		return err
	}
	defer r.close()
	for next := after + 1; ; {
		more := l.changed()
		if next, err = r.all(ctx, next, fn); err == nil {
			err = l.await(ctx, more)
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// all reads up to the present end and tells where to go on.
func (r *reader) all(ctx context.Context, next uint64, fn func(Record) error) (uint64, error) {
	last, err := r.log.Last(ctx)
	if err != nil || next > last {
		return next, err
	}
	if err := r.scan(ctx, span{next, last}, fn); err != nil {
		return next, err
	}
	return last + 1, nil
}

// await returns when there may be more to read.
func (l *Log) await(ctx context.Context, more <-chan struct{}) error {
	var look <-chan time.Time
	if l.j.opts.Dir == "" {
		timer := time.NewTimer(lookEvery)
		defer timer.Stop()
		look = timer.C
	}
	select {
	case <-more:
	case <-look:
	case <-ctx.Done():
	case <-l.j.quit:
		return ErrClosed
	case <-l.j.store.Done():
		return l.j.State().Err
	}
	return nil
}

func (l *Log) scan(ctx context.Context, s span, fn func(Record) error) error {
	if s.first > s.last {
		return nil
	}
	r, err := l.reader()
	if err != nil {
		return err
	}
	defer r.close()
	return r.scan(ctx, s, fn)
}

// next gives the first event at or after seq, nil if there is none.
func (l *Log) next(ctx context.Context, seq uint64) (*Record, error) {
	r, err := l.reader()
	if err != nil {
		return nil, err
	}
	defer r.close()
	found, err := r.fetch(ctx, getRequest{Seq: seq, Batch: 1})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// own calls fn for the journal's own events of a kind.
func (j *Journal) own(ctx context.Context, kind string, fn func(Record) error) error {
	return j.Events.ofKind(ctx, kind, math.MaxUint64, fn)
}

// reader asks the store for runs of events, each as its reader is ready for it.
// It belongs to one goroutine.
type reader struct {
	log  *Log
	sub  *nats.Subscription
	read func(*nats.Msg) (Record, error)

	// What the store said of deleted events when a hole was met.
	first   uint64
	deleted []uint64
}

func (l *Log) reader() (*reader, error) {
	sub, err := l.j.nc.SubscribeSync(l.j.nc.NewInbox())
	if errors.Is(err, nats.ErrConnectionClosed) {
		return nil, ErrClosed
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return &reader{log: l, sub: sub, read: record}, nil
}

func (r *reader) close() { _ = r.sub.Unsubscribe() } // fails only when the connection is gone already

func (r *reader) scan(ctx context.Context, s span, fn func(Record) error) error {
	for next := s.first; next <= s.last; {
		found, err := r.fetch(ctx, getRequest{Seq: next, Batch: int(min(fetchEvents, s.last-next+1)), MaxBytes: fetchBytes})
		if err != nil {
			return err
		}
		for _, rec := range found {
			if rec.Seq > s.last {
				return nil
			}
			if err := r.inOrder(ctx, next, rec.Seq); err != nil {
				return err
			}
			if err := fn(rec); err != nil {
				return err
			}
			next = rec.Seq + 1
		}
		if len(found) == 0 {
			return r.inOrder(ctx, next, s.last+1)
		}
	}
	return nil
}

// inOrder refuses a hole if it makes the log have more of them than are
// accounted for. While the journal opens they are only counted, for judge.
func (r *reader) inOrder(ctx context.Context, want, got uint64) error {
	j, l := r.log.j, r.log
	state := j.State().State
	if want == got || state == Torn {
		return nil
	}
	inside, rotten, err := r.hole(ctx, want, got)
	if err != nil || state == Opening {
		l.rotten += rotten
		return err
	}
	if inside+rotten <= l.holes.Load() {
		return nil
	}
	if _, err := j.account(ctx); err != nil || inside+rotten <= l.holes.Load() {
		return err
	}
	return fmt.Errorf("%w: some of %d to %d of stream %s; restore the data folder from a backup", ErrTorn, want, got-1, l.plan.name)
}

// hole tells how many sequences of the log the store knows to be without an
// event, and how many from want to before got it believes to have, but cannot
// give.
func (r *reader) hole(ctx context.Context, want, got uint64) (inside, rotten uint64, err error) {
	if r.first == 0 || lacking(r.first, r.deleted, want, got) > 0 {
		info, err := r.log.stream.Info(ctx, jetstream.WithDeletedDetails(true))
		if err != nil {
			return 0, 0, r.unanswered(ctx, fmt.Errorf("%w: %w", ErrUnreachable, err))
		}
		r.deleted, r.first = info.State.Deleted, max(info.State.FirstSeq, 1)
		slices.Sort(r.deleted)
	}
	inside, _, err = r.log.gaps(ctx)
	return inside, lacking(r.first, r.deleted, want, got), err
}

// lacking counts the sequences from want to before got that are neither before
// the first nor among the deleted, which are sorted.
func lacking(first uint64, deleted []uint64, want, got uint64) uint64 {
	want = max(want, first)
	if want >= got {
		return 0
	}
	a, _ := slices.BinarySearch(deleted, want)
	b, _ := slices.BinarySearch(deleted, got)
	return got - want - uint64(b-a)
}

// getRequest is JetStream's request for a run of messages.
type getRequest struct {
	Seq      uint64   `json:"seq,omitempty"`
	Subject  string   `json:"next_by_subj,omitempty"`
	LastFor  []string `json:"multi_last,omitempty"` // the last of each subject
	Batch    int      `json:"batch"`
	MaxBytes int      `json:"max_bytes,omitempty"`
}

func (r *reader) fetch(ctx context.Context, ask getRequest) ([]Record, error) {
	body, err := json.Marshal(ask)
	if err != nil {
		return nil, err
	}
	subject := "$JS.API.DIRECT.GET." + r.log.plan.name
	if err := r.log.j.nc.PublishRequest(subject, r.sub.Subject, body); err != nil {
		return nil, r.unanswered(ctx, err)
	}
	waiting, cancel := context.WithTimeout(ctx, r.log.j.opts.Wait)
	defer cancel()
	found, err := r.collect(waiting)
	if err != nil {
		return nil, r.unanswered(ctx, err)
	}
	return found, nil
}

// collect takes the messages of a run, which a message without a body ends.
func (r *reader) collect(ctx context.Context) ([]Record, error) {
	var found []Record
	for {
		msg, err := r.sub.NextMsgWithContext(ctx)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
		}
		switch status := msg.Header.Get("Status"); status {
		case "":
			rec, err := r.read(msg)
			if err != nil {
				return nil, fmt.Errorf("stream %s: %w", r.log.plan.name, err)
			}
			found = append(found, rec)
		case "204", "404": // the end of the run; nothing there
			return found, nil
		default:
			return nil, fmt.Errorf("%w: status %s %s", ErrUnreachable, status, msg.Header.Get("Description"))
		}
	}
}

// unanswered tells an end that the caller or Close has made from a failure.
func (r *reader) unanswered(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, nats.ErrConnectionClosed) {
		return ErrClosed
	}
	return err
}

func record(msg *nats.Msg) (Record, error) {
	r, err := place(msg)
	if err != nil {
		return Record{}, err
	}
	if r.Event, err = Decode(msg.Data); err != nil {
		return Record{}, fmt.Errorf("sequence %d: %w", r.Seq, err)
	}
	return r, nil
}

// identity reads of the event its id only.
func identity(msg *nats.Msg) (Record, error) {
	r, err := place(msg)
	if err != nil {
		return Record{}, err
	}
	if r.ID = leadingID(msg.Data); r.ID == "" {
		return record(msg)
	}
	return r, nil
}

// encoded leaves the event as it is written, in Payload.
func encoded(msg *nats.Msg) (Record, error) {
	r, err := place(msg)
	r.Payload = msg.Data
	return r, err
}

// place reads where the event stands.
func place(msg *nats.Msg) (Record, error) {
	seq, err := strconv.ParseUint(msg.Header.Get("Nats-Sequence"), 10, 64)
	if err != nil {
		return Record{}, fmt.Errorf("journal: a message without a sequence: %w", err)
	}
	high, err := strconv.ParseInt(msg.Header.Get(headerHigh), 10, 64)
	if err != nil {
		return Record{}, fmt.Errorf("journal: sequence %d: header %s: %w", seq, headerHigh, err)
	}
	return Record{Seq: seq, high: high}, nil
}
