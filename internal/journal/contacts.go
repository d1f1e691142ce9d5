package journal

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// The kinds of the journal's own events about contacts.
const (
	kindHold    = "journal.hold"
	kindRelease = "journal.release"
	kindSweep   = "journal.sweep"
)

// Hold keeps positions of contacts beyond their term, for a reason and until an
// end. It covers what was received from From to To, both in it, from Source, or
// from everybody if that is empty.
type Hold struct {
	ID     string    `json:"id"` // given by Hold
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Source string    `json:"source"`
	Until  time.Time `json:"until"`
}

func (h Hold) check() error {
	switch {
	case h.By == "" || h.Reason == "":
		return errors.New("by and reason: one is empty; say who holds and why")
	case h.From.After(h.To):
		return errors.New("from: is after to; exchange them")
	case h.Until.IsZero():
		return errors.New("until: is missing; a hold needs an end")
	}
	return nil
}

func (h Hold) covers(r Record, now time.Time) bool {
	return now.Before(h.Until) && !r.Received.Before(h.From) && !r.Received.After(h.To) && (h.Source == "" || h.Source == r.Source)
}

// Hold places a hold and gives it its id.
func (j *Journal) Hold(ctx context.Context, h Hold) (Hold, error) {
	if err := h.check(); err != nil {
		return Hold{}, fmt.Errorf("%w: hold: %w", ErrInvalid, err)
	}
	h.ID = rand.Text()
	return h, j.note(ctx, kindHold, h)
}

// release is the payload of journal.release.
type release struct {
	ID     string `json:"id"`
	By     string `json:"by"`
	Reason string `json:"reason"`
}

// Release ends a hold before its time.
func (j *Journal) Release(ctx context.Context, id, by, reason string) error {
	if by == "" || reason == "" {
		return fmt.Errorf("%w: release: by and reason: one is empty; say who releases and why", ErrInvalid)
	}
	holds, err := j.Holds(ctx)
	if err != nil {
		return err
	}
	for _, h := range holds {
		if h.ID == id {
			return j.note(ctx, kindRelease, release{id, by, reason})
		}
	}
	return fmt.Errorf("%w: release: there is no hold %q, or it was released", ErrInvalid, id)
}

// Holds gives the holds that were not released, in the order they were placed,
// those past their end too.
func (j *Journal) Holds(ctx context.Context) ([]Hold, error) {
	released := map[string]bool{}
	err := j.own(ctx, kindRelease, func(r Record) error {
		var rel release
		err := json.Unmarshal(r.Payload, &rel)
		released[rel.ID] = true
		return err
	})
	if err != nil {
		return nil, err
	}
	var holds []Hold
	err = j.own(ctx, kindHold, func(r Record) error {
		var h Hold
		err := json.Unmarshal(r.Payload, &h)
		if !released[h.ID] {
			holds = append(holds, h)
		}
		return err
	})
	return holds, err
}

// note appends an event of the journal's own.
func (j *Journal) note(ctx context.Context, kind string, payload any) error {
	b, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	now := j.opts.Clock()
	e := Event{ID: "journal-" + rand.Text(), Kind: kind, Version: 1, Source: "journal", Time: now, Received: now, Payload: b}
	_, err = j.Events.append(ctx, true, []Event{e})
	return err
}

// Swept is what a sweep deleted, and the payload of journal.sweep.
type Swept struct {
	Now     time.Time `json:"now"`
	Term    string    `json:"term"`
	First   uint64    `json:"first"` // sequences in Contacts
	Last    uint64    `json:"last"`
	Oldest  time.Time `json:"oldest"` // times of receipt
	Newest  time.Time `json:"newest"`
	Deleted uint64    `json:"deleted"`
	Held    uint64    `json:"held"` // past their term too, but kept
}

// Sweep deletes the positions of contacts that are past their term at now and
// under no hold. The deletion is an event in Events, written first: should the
// process end in between, the next Open finishes it. When nothing is past its
// term, nothing is written.
//
// The term runs from the receipt, and no position counts as received before
// one that lies ahead of it, so that a clock that jumped back deletes nothing
// early. A receipt later than now is a clock gone wrong: it is deleted with the
// next position behind it. The caller answers for now.
func (j *Journal) Sweep(ctx context.Context, now time.Time) (Swept, error) {
	j.sweeping.Lock()
	defer j.sweeping.Unlock()
	holds, err := j.Holds(ctx)
	if err != nil {
		return Swept{}, err
	}
	s, err := j.pastTerm(ctx, now, holds)
	if err != nil || s.Deleted == 0 {
		return s, err
	}
	if err := j.note(ctx, kindSweep, s); err != nil {
		return Swept{}, err
	}
	j.Contacts.holes.Add(s.Deleted)
	return s, j.erase(ctx, s, holds)
}

// errEnough ends a scan.
var errEnough = errors.New("enough")

// pastTerm counts what a sweep would delete.
func (j *Journal) pastTerm(ctx context.Context, now time.Time, holds []Hold) (Swept, error) {
	total, sure := Swept{Now: now.UTC(), Term: j.opts.Term.String()}, Swept{}
	limit := now.Add(-j.opts.Term)
	var high time.Time
	err := j.Contacts.Replay(ctx, 1, func(r Record) error {
		if wrong := r.Received.After(now); !wrong {
			high = later(high, r.Received)
			if !high.Before(limit) {
				return errEnough
			}
			total.count(r, held(r, holds, now))
			sure = total
			return nil
		}
		total.count(r, held(r, holds, now))
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return Swept{}, err
	}
	return sure, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func held(r Record, holds []Hold, now time.Time) bool {
	for _, h := range holds {
		if h.covers(r, now) {
			return true
		}
	}
	return false
}

func (s *Swept) count(r Record, held bool) {
	if held {
		s.Held++
		return
	}
	if s.Deleted == 0 {
		s.Oldest, s.Newest = r.Received, r.Received
	}
	s.First, s.Last = cmp.Or(s.First, r.Seq), r.Seq
	s.Deleted++
	if r.Received.Before(s.Oldest) {
		s.Oldest = r.Received
	}
	s.Newest = later(s.Newest, r.Received)
}

// erase deletes what a sweep has announced: up to the first that stays in one
// go, the others one by one. What lies before the sweep's range is no part of
// it: it was held at the time.
func (j *Journal) erase(ctx context.Context, s Swept, holds []Hold) error {
	kept := s.Last + 1
	err := j.Contacts.scan(ctx, span{1, s.Last}, func(r Record) error {
		if r.Seq < s.First || held(r, holds, s.Now) {
			kept = r.Seq
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if err := j.Contacts.stream.Purge(ctx, jetstream.WithPurgeSequence(kept)); err != nil {
		return fmt.Errorf("journal: sweep: %w; the next opening finishes it", err)
	}
	return j.eraseSingly(ctx, span{max(kept, s.First), s.Last}, s.Now, holds)
}

func (j *Journal) eraseSingly(ctx context.Context, s span, now time.Time, holds []Hold) error {
	return j.Contacts.scan(ctx, s, func(r Record) error {
		if held(r, holds, now) {
			return nil
		}
		if err := j.Contacts.stream.SecureDeleteMsg(ctx, r.Seq); err != nil {
			return fmt.Errorf("journal: sweep: %w; the next opening finishes it", err)
		}
		return nil
	})
}

// Present calls fn with the sequence of every position from first to last that
// is there, once no sweep of this process is under way: what a sweep announced and
// is not among them is deleted. fn must not call the journal.
func (j *Journal) Present(ctx context.Context, first, last uint64, fn func(seq uint64) error) error {
	j.sweeping.Lock()
	defer j.sweeping.Unlock()
	r, err := j.Contacts.reader()
	if err != nil {
		return err
	}
	defer r.close()
	r.read = place
	return r.scan(ctx, span{max(first, 1), min(last, j.Contacts.committed.Load())}, func(r Record) error { return fn(r.Seq) })
}

// finishSweep ends the last sweep, should it have been interrupted.
func (j *Journal) finishSweep(ctx context.Context) error {
	var s Swept
	err := j.own(ctx, kindSweep, func(r Record) error { return json.Unmarshal(r.Payload, &s) })
	if err != nil || s.Deleted == 0 {
		return err
	}
	holds, err := j.Holds(ctx)
	if err != nil {
		return err
	}
	return j.erase(ctx, s, holds)
}
