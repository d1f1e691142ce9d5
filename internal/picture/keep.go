package picture

import (
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"vedette/internal/journal"
	"vedette/track"
)

// How the journal is written behind.
const (
	batch     = 500                    // observations of one append
	firstWait = 100 * time.Millisecond // before an append is tried again, doubled each time
	lastWait  = 5 * time.Second
	sweepTime = 10 * time.Second // between looks at what has faded
	writeTime = time.Minute      // between writings of the present
	stopTime  = 3 * time.Second  // for what still waits at the end
)

// Run writes what was offered to the journal, lets objects fade, and writes the
// present down, until ctx ends; then it writes what is left and returns nil.
func (p *Picture) Run(ctx context.Context) error {
	sweep, write := time.NewTicker(sweepTime), time.NewTicker(writeTime)
	defer sweep.Stop()
	defer write.Stop()
	work, end := context.WithCancel(context.WithoutCancel(ctx)) // what is begun is finished
	defer end()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(stopTime, end) })()
	for {
		select {
		case o := <-p.queue:
			p.behind(work, p.more(o))
		case <-sweep.C:
			p.fade(p.opts.Clock())
		case <-write.C:
			p.writeDown()
		case <-ctx.Done():
			p.finish()
			return nil
		}
	}
}

// more takes what else waits, up to a batch.
func (p *Picture) more(first *track.Observation) []*track.Observation {
	all := []*track.Observation{first}
	for len(all) < batch {
		select {
		case o := <-p.queue:
			all = append(all, o)
		default:
			return all
		}
	}
	return all
}

// finish writes what waits, for as long as a stop may take.
func (p *Picture) finish() {
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	for {
		select {
		case o := <-p.queue:
			p.behind(ctx, p.more(o))
		default:
			p.writeDown()
			return
		}
	}
}

// behind writes observations that nobody waits for, and tries again while the
// journal may be on its way back. What it cannot write is counted.
func (p *Picture) behind(ctx context.Context, obs []*track.Observation) {
	wait := firstWait
	for {
		err := p.write(ctx, obs)
		switch {
		case err == nil:
			return
		case errors.Is(err, journal.ErrUnreachable) && ctx.Err() == nil:
		default:
			p.count(func(s *Stats) { s.Unkept += uint64(len(obs)) })
			p.opts.Log.Error("positions are shown but not kept", "count", len(obs), "err", err)
			return
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
		wait = min(2*wait, lastWait)
	}
}

// write appends observations, each to its log, and returns once they are synced.
func (p *Picture) write(ctx context.Context, obs []*track.Observation) error {
	var positions, calls []journal.Event
	for _, o := range obs {
		event, err := eventOf(o)
		if err != nil {
			return err
		}
		if event.Kind == track.KindPosition {
			positions = append(positions, event)
		} else {
			calls = append(calls, event)
		}
	}
	for _, part := range []struct {
		log    *journal.Log
		events []journal.Event
	}{{p.opts.Journal.Events, calls}, {p.opts.Journal.Contacts, positions}} {
		if len(part.events) == 0 {
			continue
		}
		if _, err := part.log.Append(ctx, part.events...); err != nil {
			return err
		}
	}
	p.count(func(s *Stats) { s.Kept += uint64(len(obs)) })
	return nil
}

func eventOf(o *track.Observation) (journal.Event, error) {
	payload, err := json.Marshal(o)
	if err != nil {
		return journal.Event{}, err
	}
	return journal.Event{
		ID: o.EventID(), Kind: o.Kind(), Version: track.Version, Source: o.Source,
		Time: o.Time, Received: o.Received, Payload: payload,
	}, nil
}

// kindClosed is the end of a call for help by somebody's word.
const kindClosed = "emergency.closed"

// closing is its payload.
type closing struct {
	Source  string `json:"source"`
	ID      string `json:"id"`
	By      string `json:"by"`
	Outcome string `json:"outcome"`
}

// ErrNoCall is the error of Close where no call for help is open.
var ErrNoCall = errors.New("no call for help is open under this name")

// Close ends a call for help with its outcome, once that is in the journal.
func (p *Picture) Close(ctx context.Context, key track.Key, by, outcome string) error {
	if by == "" || outcome == "" {
		return errors.New("close a call for help: say who closes it, and with what outcome")
	}
	if obj, ok := p.Object(key); !ok || !obj.Open {
		return ErrNoCall
	}
	c := closing{key.Source, key.ID, by, outcome}
	payload, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("close a call for help: %w", err)
	}
	now := p.opts.Clock().UTC()
	sum := sha256.Sum256(fmt.Appendf(payload, "%d", now.UnixNano()))
	event := journal.Event{ID: "c-" + hex.EncodeToString(sum[:16]), Kind: kindClosed, Version: 1, Source: by, Time: now, Received: now, Payload: payload}
	p.keeping.RLock()
	defer p.keeping.RUnlock()
	if _, err := p.opts.Journal.Events.Append(ctx, event); err != nil {
		return fmt.Errorf("close a call for help: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.close(c)
	return nil
}

func (p *Picture) close(c closing) {
	e := p.objects[track.Key{Source: c.Source, ID: c.ID}]
	if e == nil || !e.Value.(*Object).Open {
		return
	}
	next := *e.Value.(*Object)
	next.Open, next.Closed = false, c.By+": "+c.Outcome
	p.change(e, next)
}

// fade lets go of what has not been current for long: first an object counts as
// gone, so that followers are told; later it is forgotten.
func (p *Picture) fade(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.objects {
		obj := e.Value.(*Object)
		switch {
		case obj.Open:
		case now.Sub(obj.Received) > p.opts.Term, obj.Gone && now.Sub(obj.Observation.Stale) > p.opts.Linger:
			p.forget(e)
		case !obj.Gone && now.Sub(obj.Observation.Stale) > p.opts.Linger:
			next := *obj
			next.Observation = parted(obj.Observation, &track.Observation{Time: now, Received: now})
			p.change(e, next)
		}
	}
	for id, own := range p.owners {
		if now.Sub(own.last) > p.opts.OwnerTerm {
			delete(p.owners, id)
		}
	}
}

func (p *Picture) forget(e *list.Element) {
	obj := e.Value.(*Object)
	p.lost = max(p.lost, obj.Seq)
	p.order.Remove(e)
	delete(p.objects, obj.Key())
}
