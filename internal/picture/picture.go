// Package picture is the present: what is where now, folded in memory from what
// feeds and phones say, and from the journal after a restart.
//
// In go observations, through Offer and Keep (the Picture is a track.Sink); out
// come objects, one for each track, to be asked for, or followed by a Cursor.
// Every change of an object moves it to the end of one list and gives it the
// next number; a follower has only a number and asks for what lies behind it. So
// a follower who is slow, or was away, gets the latest of each object once, and
// nobody holds a queue for him.
//
// Nobody speaks for the identity of another: one that a certificate or a user
// has spoken for is theirs until OwnerTerm has passed without a word, and one of
// a session without either is that session's until Release or until it is no
// longer in the picture.
//
// Positions are those of track. Times are compared on our clock: one that lies
// ahead of its receipt counts as its receipt, so that a phone whose clock was
// wrong and is mended does not fall silent.
package picture

import (
	"container/list"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"vedette/internal/journal"
	"vedette/track"
)

// Options say what a picture keeps. The zero value of every field but Journal is
// a default.
type Options struct {
	Journal   *journal.Journal
	Linger    time.Duration    // how long an object is shown after it is stale; 1 h
	OwnerTerm time.Duration    // how long an identity stays its owner's in silence; 30 days
	Term      time.Duration    // how long anything is kept, as in the journal; 30 days
	Most      int              // objects, the calls for help not counted; 200,000
	Queue     int              // observations that wait for the journal; 65,536
	File      string           // where the present is written down now and then; empty for nowhere
	Clock     func() time.Time // time.Now
	Log       *slog.Logger     // slog.Default()
}

func (o *Options) fill() {
	if o.Linger == 0 {
		o.Linger = time.Hour
	}
	if o.OwnerTerm == 0 {
		o.OwnerTerm = 30 * 24 * time.Hour
	}
	if o.Term == 0 {
		o.Term = 30 * 24 * time.Hour
	}
	if o.Most == 0 {
		o.Most = 200_000
	}
	if o.Queue == 0 {
		o.Queue = 1 << 16
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
}

// Object is one track as it is now.
type Object struct {
	*track.Observation        // the newest; not to be changed
	Seq                uint64 // number of its last change
	Open               bool   // a call for help that nobody has closed
	Closed             string // how a call for help ended: who, and with what outcome

	before audience // who could see it and perhaps can no more
}

// Stale tells whether the object is no longer current.
func (o Object) Stale(now time.Time) bool { return !o.Open && !now.Before(o.Observation.Stale) }

// Picture is the present. Its methods may be called by several goroutines.
type Picture struct {
	opts  Options
	epoch uint64
	queue chan *track.Observation

	keeping sync.RWMutex // held by Keep and Close from before the journal to after the present
	mu      sync.Mutex
	seq     uint64
	lost    uint64     // changes up to here may concern objects that were forgotten
	order   *list.List // of *Object, by Seq
	objects map[track.Key]*list.Element
	owners  map[string]owner
	open    int           // calls for help that are open
	wake    chan struct{} // closed by the next change, while somebody waits
	stats   Stats
}

type owner struct {
	by   string
	last time.Time
}

// Stats count what became of observations since the start.
type Stats struct {
	Taken   uint64                  `json:"taken"`
	Late    uint64                  `json:"late"`
	Refused map[track.Reason]uint64 `json:"refused"`
	Kept    uint64                  `json:"kept"`
	Unkept  uint64                  `json:"unkept"` // shown, but the journal could not keep them
	Queued  int                     `json:"queued"` // wait for the journal
	Objects int                     `json:"objects"`
	Open    int                     `json:"open"` // calls for help
}

// New makes an empty picture. Restore fills it from the journal, and Run must
// run for anything that is offered to be kept.
func New(opts Options) *Picture {
	opts.fill()
	return &Picture{
		opts:    opts,
		epoch:   uint64(opts.Clock().UnixNano()),
		queue:   make(chan *track.Observation, opts.Queue),
		order:   list.New(),
		objects: map[track.Key]*list.Element{},
		owners:  map[string]owner{},
		stats:   Stats{Refused: map[track.Reason]uint64{}},
	}
}

var _ track.Sink = (*Picture)(nil)

// Offer takes o into the picture at once, to be written to the journal behind;
// o must not be changed afterwards. It waits while the queue is full, unless
// the journal cannot write: then o is shown, and counted as not kept.
func (p *Picture) Offer(ctx context.Context, o *track.Observation) error {
	if err := p.admit(o); err != nil {
		return err
	}
	p.apply(o)
	select {
	case p.queue <- o:
		return nil
	default:
	}
	if p.opts.Journal.State().State != journal.Ready {
		p.count(func(s *Stats) { s.Unkept++ })
		return nil
	}
	select {
	case p.queue <- o:
		return nil
	case <-ctx.Done():
		p.count(func(s *Stats) { s.Unkept++ })
		return fmt.Errorf("offer an observation: %w", ctx.Err())
	}
}

// Keep returns once all of obs are in the journal, synced, and in the picture;
// they must not be changed afterwards. When one is refused, none is taken.
func (p *Picture) Keep(ctx context.Context, obs []*track.Observation) error {
	for _, o := range obs {
		if err := p.admit(o); err != nil {
			return err
		}
	}
	p.keeping.RLock()
	defer p.keeping.RUnlock()
	if err := p.write(ctx, obs); err != nil {
		return fmt.Errorf("keep observations: %w", err)
	}
	for _, o := range obs {
		p.apply(o)
	}
	return nil
}

// Release gives up the identities that by, a session that nobody vouches for,
// has spoken for.
func (p *Picture) Release(by string) {
	p.free(func(obj *Object) bool { return obj.By == by })
}

// free gives up the identities of sessions that nobody vouches for.
func (p *Picture) free(which func(*Object) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.objects {
		obj := e.Value.(*Object)
		if obj.By == "" || vouched(obj.Observation) || !which(obj) {
			continue
		}
		freed, next := *obj.Observation, *obj
		freed.By = ""
		next.Observation = &freed
		e.Value = &next // what was given out does not change
	}
}

// Stats gives the counts.
func (p *Picture) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Refused = make(map[track.Reason]uint64, len(p.stats.Refused))
	for reason, n := range p.stats.Refused {
		s.Refused[reason] = n
	}
	s.Queued, s.Objects, s.Open = len(p.queue), len(p.objects), p.open
	return s
}

func (p *Picture) count(what func(*Stats)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	what(&p.stats)
}
