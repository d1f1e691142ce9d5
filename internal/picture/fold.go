package picture

import (
	"container/list"
	"errors"
	"fmt"
	"slices"
	"time"

	"vedette/track"
)

// ahead is how far a sender's clock may be ahead of ours unsaid.
const ahead = 5 * time.Second

// admit checks o and marks it; it changes nothing but counts and owners.
func (p *Picture) admit(o *track.Observation) error {
	err := o.Check()
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		err = p.mayspeak(o)
	}
	if err != nil {
		var refusal *track.Refusal
		if errors.As(err, &refusal) {
			p.stats.Refused[refusal.Reason]++
		}
		return err
	}
	if o.Time.Sub(o.Received) > ahead {
		o.Skew = o.Time.Sub(o.Received)
	}
	last := p.objects[o.Key()]
	older := last != nil && o.ID != "" && effective(o).Before(effective(last.Value.(*Object).Observation))
	if o.Late = older || o.Stale.Before(o.Received); o.Late {
		p.stats.Late++
	}
	return nil
}

// effective is the time by which observations of one track are ordered.
func effective(o *track.Observation) time.Time {
	if o.Time.After(o.Received) {
		return o.Received
	}
	return o.Time
}

func vouched(o *track.Observation) bool {
	return o.Trust == track.Certificate || o.Trust == track.Token
}

// mayspeak holds o to the rule that nobody speaks for the identity of another,
// and writes down who speaks for it now.
func (p *Picture) mayspeak(o *track.Observation) error {
	if o.ID == "" {
		return nil
	}
	own, owned := p.owners[o.ID]
	owned = owned && o.Received.Sub(own.last) < p.opts.OwnerTerm
	switch {
	case vouched(o) && (!owned || own.by == o.By):
		p.own(o)
		return p.room(o)
	case owned:
		return &track.Refusal{Reason: track.NotYours, Detail: fmt.Sprintf("%.80q is spoken for by %s", o.ID, own.by)}
	}
	if e := p.objects[o.Key()]; e != nil {
		if last := e.Value.(*Object); last.By != o.By && last.By != "" && !last.Gone {
			return &track.Refusal{Reason: track.NotYours, Detail: fmt.Sprintf("%.80q is spoken for by another session", o.ID)}
		}
	}
	return p.room(o)
}

// Speaks tells whether who vouches under the name by, or nobody where that is
// the name of a session, may speak for an identity of a source.
func (p *Picture) Speaks(key track.Key, by string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if own, owned := p.owners[key.ID]; owned && p.opts.Clock().Sub(own.last) < p.opts.OwnerTerm {
		return own.by == by
	}
	e := p.objects[key]
	return e == nil || e.Value.(*Object).Gone || e.Value.(*Object).By == "" || e.Value.(*Object).By == by
}

// room refuses a new track where there are too many; a call for help finds room.
func (p *Picture) room(o *track.Observation) error {
	call, _ := o.Emergency()
	if call || o.ID == "" || p.objects[o.Key()] != nil || len(p.objects)-p.open < p.opts.Most {
		return nil
	}
	return &track.Refusal{Reason: track.TooMuch, Detail: fmt.Sprintf("the picture holds %d objects; raise picture.most, or leave a feed out", p.opts.Most)}
}

// apply folds an admitted observation into the present. A plot has no track and
// so no place in the present: the journal keeps it.
func (p *Picture) apply(o *track.Observation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.Taken++
	p.fold(o)
}

func (p *Picture) fold(o *track.Observation) {
	if o.ID == "" {
		return
	}
	e := p.objects[o.Key()]
	if e == nil {
		if o.Gone {
			return // never heard of, or forgotten
		}
		e = p.place(o)
	}
	obj := e.Value.(*Object)
	if effective(o).Before(effective(obj.Observation)) {
		return
	}
	next := *obj
	if !turn(&next, o) {
		return
	}
	p.change(e, next)
}

// turn makes obj what it is after o, and tells whether it changed.
func turn(obj *Object, o *track.Observation) bool {
	call, cancel := o.Emergency()
	switch {
	case call:
		obj.Closed = ""
	case obj.Open && cancel:
		obj.Closed = "called off by " + o.Label
	case obj.Open:
		return false // only an outcome ends a call for help
	case o.Gone:
		obj.Observation = parted(obj.Observation, o)
		return true
	}
	obj.Observation, obj.Open = o, call
	return true
}

// parted is the last of an object that is gone: where it was, until now.
func parted(last, o *track.Observation) *track.Observation {
	gone := *last
	gone.Gone, gone.Time, gone.Received, gone.Stale = true, o.Time, o.Received, o.Received
	return &gone
}

// change puts next in the place of an object, at the end of the list. Objects
// that were given out do not change.
func (p *Picture) change(e *list.Element, next Object) {
	if was := e.Value.(*Object); was.Open != next.Open {
		if next.Open {
			p.open++
		} else {
			p.open--
		}
	}
	if was := e.Value.(*Object).Observation; !slices.Equal(was.Groups, next.Groups) {
		next.before = next.before.with(was)
	}
	p.seq++
	next.Seq = p.seq
	e.Value = &next
	p.order.MoveToBack(e)
	if p.wake != nil {
		close(p.wake)
		p.wake = nil
	}
}
