package access

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"

	"vedette/internal/chain"
	"vedette/internal/journal"
)

// KindAudit is the kind of the audit trail's entries in the journal.
const KindAudit = "audit.entry"

const auditVersion = 1

// The bounds of an entry's texts, in bytes. What is longer is cut, and ends in
// an ellipsis: an odd text must not keep an act from being written down.
const (
	maxWho    = 128
	maxWhat   = 64
	maxObject = 1024
)

// Entry says who did what. The fields from Who to Outcome are the caller's.
type Entry struct {
	N       uint64    `json:"n"` // from 1
	At      time.Time `json:"at"`
	Who     string    `json:"who"`
	How     string    `json:"how"`     // they came in: see Principal.How
	What    string    `json:"what"`    // was done: "user.add"
	Object  string    `json:"object"`  // to whom or what
	Outcome string    `json:"outcome"` // begun, done, refused, failed: why
	Prev    string    `json:"prev"`    // hash of the entry before; empty in the first
	Hash    string    `json:"hash"`
}

func (e Entry) sum() (string, error) {
	e.Hash = ""
	return chain.Sum(e)
}

func (e Entry) link() chain.Link { return chain.Link{N: e.N, Prev: e.Prev, Hash: e.Hash} }

// bounded holds the texts to their bounds, to UTF-8 and to what can be printed.
func (e Entry) bounded() Entry {
	for text, bound := range map[*string]int{&e.Who: maxWho, &e.How: maxWho, &e.What: maxWhat, &e.Object: maxObject, &e.Outcome: maxObject} {
		*text = shown(*text, bound)
	}
	return e
}

func shown(text string, bound int) string {
	const more = "…"
	cut := len(text) > bound
	if cut {
		text = text[:bound-len(more)] // what is replaced below does not grow
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, strings.ToValidUTF8(text, "?"))
	if cut {
		text += more
	}
	return text
}

// Audit writes the audit trail: entries in the journal's log of events, each
// bound to the one before it. Its methods may be called by several goroutines at
// a time.
type Audit struct {
	log   *journal.Log
	clock func() time.Time

	mu     sync.Mutex
	end    chain.End
	unsure bool // whether end is the end
}

// OpenAudit goes on with the trail that a journal's Events hold.
func OpenAudit(ctx context.Context, events *journal.Log, clock func() time.Time) (*Audit, error) {
	a := &Audit{log: events, clock: clock, unsure: true}
	return a, a.find(ctx)
}

// find looks for the end of the trail.
func (a *Audit) find(ctx context.Context) error {
	last, err := a.log.LastOf(ctx, KindAudit)
	if err != nil {
		return fmt.Errorf("access: find the end of the audit trail: %w", err)
	}
	a.end = chain.End{}
	if last != nil {
		e, err := entryOf(*last)
		if err != nil {
			return fmt.Errorf("access: the last entry of the audit trail: %w", err)
		}
		a.end = chain.End{N: e.N, Hash: e.Hash}
	}
	a.unsure = false
	return nil
}

// Append writes an entry down and gives it with its place; it is on disk then.
// When it fails, whether the entry was kept is open, as with the journal, and
// the next finds out.
func (a *Audit) Append(ctx context.Context, e Entry) (Entry, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for {
		if err := a.settle(ctx); err != nil {
			return Entry{}, err
		}
		before := a.end
		kept, placed, err := a.try(ctx, e)
		if err != nil || placed {
			return kept, err
		}
		// Another program on the same journal was ahead.
		a.unsure = true
		if err := a.settle(ctx); err != nil {
			return Entry{}, err
		}
		if a.end == before {
			return Entry{}, fmt.Errorf("access: place %d of the audit trail is taken by what is no entry; see who else writes to this journal", before.N+1)
		}
	}
}

// settle finds the end where it is not known.
func (a *Audit) settle(ctx context.Context) error {
	if !a.unsure {
		return nil
	}
	return a.find(ctx)
}

// try puts an entry behind the end. It is not placed where the place is taken.
func (a *Audit) try(ctx context.Context, e Entry) (kept Entry, placed bool, err error) {
	next := a.end.Next()
	e = e.bounded()
	e.At, e.N, e.Prev = a.clock().UTC(), next.N, next.Prev
	if e.Hash, err = e.sum(); err != nil {
		return Entry{}, false, err
	}
	payload, err := json.Marshal(e)
	if err != nil {
		return Entry{}, false, fmt.Errorf("access: audit: %w", err)
	}
	results, err := a.log.Append(ctx, journal.Event{
		// But for the first, nobody can make an event with this id who has not read the
		// entry before: the place cannot be taken ahead of time.
		ID:   fmt.Sprintf("audit.%d.%.32s", e.N, e.Prev),
		Kind: KindAudit, Version: auditVersion, Source: "audit",
		Time: e.At, Received: e.At, Payload: payload,
	})
	if err != nil {
		a.unsure = true
		return Entry{}, false, fmt.Errorf("access: audit %s: %w", e.What, err)
	}
	if results[0].Known {
		return Entry{}, false, nil
	}
	a.end = chain.End{N: e.N, Hash: e.Hash}
	return e, true, nil
}

// entryOf reads an entry, and checks that its hash is its own.
func entryOf(r journal.Record) (Entry, error) {
	var e Entry
	if err := json.Unmarshal(r.Payload, &e); err != nil {
		return e, fmt.Errorf("sequence %d of the journal: %w", r.Seq, err)
	}
	again, err := json.Marshal(e)
	if err != nil || r.Version != auditVersion || !bytes.Equal(again, r.Payload) {
		return e, fmt.Errorf("sequence %d of the journal: the entry is not as this version writes it", r.Seq)
	}
	sum, err := e.sum()
	if err == nil && sum != e.Hash {
		err = fmt.Errorf("entry %d was changed: its hash is %s, not %s", e.N, sum, e.Hash)
	}
	return e, err
}

// Verify reads the whole trail of a journal's Events, checks that every entry
// follows the one before it, and calls fn for each. The end that it gives is
// what to note elsewhere: what is cut off behind it shows by that alone.
func Verify(ctx context.Context, events *journal.Log, fn func(Entry) error) (chain.End, error) {
	var end chain.End
	err := events.ReplayKind(ctx, KindAudit, func(r journal.Record) error {
		e, err := entryOf(r)
		if err != nil {
			return err
		}
		next, err := end.Follow(e.link(), e.Hash)
		if err != nil {
			return err
		}
		end = next
		return fn(e)
	})
	if err != nil {
		return end, fmt.Errorf("access: the audit trail: %w", err)
	}
	return end, nil
}
