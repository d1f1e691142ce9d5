package feed

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"vedette/track"
)

// The waits before a feed that failed is tried again: they double from the
// first to the last.
const (
	firstWait = time.Second
	lastWait  = time.Minute
)

// Options say where the observations of a Runner go.
type Options struct {
	Sink    track.Sink
	Changed func(Health)  // told of every change of state, for one feed in order; may be nil
	Dir     string        // folder in which MQTT brokers of our own keep messages; needed for those only
	Wait    time.Duration // before a feed that failed is tried again for the first time; 1 s
}

// Runner runs feeds.
type Runner struct {
	wait  time.Duration
	feeds []*running
}

// running is a feed and what is kept of it.
type running struct {
	feed    Feed
	out     *Out
	health  *health
	mapping *Mapping // of the kind json
}

// NewRunner makes a runner of the feeds in the settings. The error tells
// everything that is wrong with them.
func NewRunner(all []Config, opts Options) (*Runner, error) {
	if err := CheckAll(all); err != nil {
		return nil, err
	}
	r := &Runner{wait: opts.Wait}
	if r.wait <= 0 {
		r.wait = firstWait
	}
	for _, c := range all {
		c = c.filled()
		feed, mapping, err := open(c, opts.Dir)
		if err != nil {
			return nil, fmt.Errorf("feed %s: %w", c.Name, err)
		}
		h := newHealth(c, opts.Changed)
		r.feeds = append(r.feeds, &running{feed, &Out{opts.Sink, h, c.mark()}, h, mapping})
	}
	return r, nil
}

// Run runs all feeds and blocks until ctx ends and all of them have.
func (r *Runner) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for _, f := range r.feeds {
		all.Go(func() { f.keepRunning(ctx, r.wait) })
		all.Go(func() { f.health.watch(ctx) })
	}
	all.Wait()
	return nil
}

// Health gives the health of every feed, in the order of the settings.
func (r *Runner) Health() []Health {
	all := make([]Health, len(r.feeds))
	for i, f := range r.feeds {
		all[i] = f.health.get()
	}
	return all
}

// keepRunning runs a feed again and again. A connection that brought something
// makes the next wait a short one.
func (f *running) keepRunning(ctx context.Context, first time.Duration) {
	wait := first
	for ctx.Err() == nil {
		before := f.health.get().In
		err := f.feed.Run(ctx, f.out)
		var last permanent
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			f.health.set(Ended, time.Time{}, nil)
			return
		case errors.As(err, &last):
			f.health.set(Failed, time.Time{}, err)
			return
		}
		if f.health.get().In > before {
			wait = first
		}
		f.pause(ctx, jitter(wait), err)
		wait = min(2*wait, max(first, lastWait))
	}
}

func (f *running) pause(ctx context.Context, wait time.Duration, err error) {
	f.health.set(Waiting, time.Now().Add(wait), err)
	if sleep(ctx, wait) == nil {
		f.health.set(Connecting, time.Time{}, nil)
	}
}

// jitter spreads the waits of many feeds that lost the same server.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }

func (h *health) watch(ctx context.Context) {
	wait := h.silentAfter
	for sleep(ctx, wait) == nil {
		wait = h.listen(time.Now())
	}
}

// sleep waits, and gives the error of ctx where that ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Posted tells what became of a document that was handed in.
type Posted struct {
	Kept    int
	Refused []*track.Refusal // the document, items of it, or observations
}

// ErrNoFeed is the error of Post for a name that no feed of kind json has.
var ErrNoFeed = errors.New("feed: no feed of kind json has this name; add one to the settings")

// Post takes a document for a feed of kind json, from a user who vouches for
// it, and returns once its observations are kept. What of it is refused is
// counted and told; an error means that nothing is known to be kept, and that
// it may be handed in again.
func (r *Runner) Post(ctx context.Context, name, by string, body []byte) (Posted, error) {
	for _, f := range r.feeds {
		if f.mapping != nil && f.out.mark.source == name {
			return f.post(ctx, by, body)
		}
	}
	return Posted{}, fmt.Errorf("%w: %.80q", ErrNoFeed, name)
}

func (f *running) post(ctx context.Context, by string, body []byte) (Posted, error) {
	out := *f.out
	out.mark.trust, out.mark.by = track.Token, by
	found := f.mapping.Read("", body)
	for _, refusal := range found.Refused {
		out.Refused(string(refusal.Reason))
	}
	refused, err := out.Keep(ctx, found.Observations)
	if err != nil {
		return Posted{}, fmt.Errorf("feed %s: keep what was posted: %w", f.out.mark.source, err)
	}
	done := Posted{Kept: len(found.Observations) - len(refused)}
	done.Refused = append(found.Refused, refused...)
	return done, nil
}
