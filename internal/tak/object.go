package tak

import (
	"fmt"
	"slices"
	"time"

	"vedette/track"
	"vedette/wire/cot"
)

// object is what is known of a uid.
type object struct {
	uid, callsign string
	holder
	from        *member // through whom it is spoken for; nil where that is over, or it is ours
	last        *parcel
	dests       cot.Dests // who has been sent it; none for all
	when, until time.Time // that was so, and is stale, by our clock
	placed      bool      // stays when its session ends
}

// holder is who speaks for a uid; by is empty for nobody any more. One that
// nobody vouches for holds a uid against his like only: else he could take that
// under which somebody will call for help.
type holder struct {
	by      string
	vouched bool
}

func (s speaker) holder() holder {
	return holder{s.by, s.by != "" && (s.from == nil || s.from.identified)}
}

func (h holder) keepsOut(other holder) bool {
	return h.by != "" && h.by != other.by && (h.vouched || !other.vouched)
}

// orphaned is who holds something when his session has ended: only a
// certificate comes back under the same name.
func (h holder) orphaned() holder {
	if h.vouched {
		return h
	}
	return holder{}
}

// mayspeak tells whether nobody else speaks for a uid.
func (h *hub) mayspeak(s speaker, uid string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.owned(s, uid)
}

func (h *hub) owned(s speaker, uid string) error {
	o, a := h.objects[uid], h.alarms[uid]
	if o != nil && o.keepsOut(s.holder()) || a != nil && a.keepsOut(s.holder()) {
		return &track.Refusal{Reason: track.NotYours, Detail: fmt.Sprintf("%.80q is spoken for by another", uid)}
	}
	return nil
}

func (h *hub) noteGone(uid string, s speaker) error {
	if err := h.owned(s, uid); err != nil {
		return err
	}
	if o := h.objects[uid]; o != nil {
		h.forget(o)
	}
	return nil
}

// TooMany is the reason to refuse an object beyond Limits.Objects or
// Limits.Spoken, or for which Limits.State has no room.
const TooMany track.Reason = "too-many-objects"

func (h *hub) noteState(p *parcel, s speaker, now time.Time) error {
	o, when := h.objects[p.uid], earlier(p.event.Time, now)
	if p.late = o != nil && when.Before(o.when); p.late {
		return nil
	}
	if o != nil && len(o.dests) == 0 && len(p.dests) > 0 {
		return nil // what all have is shown to somebody again
	}
	if !h.room(o, p, s.from) {
		return &track.Refusal{Reason: TooMany, Detail: fmt.Sprintf("no room for %.80q; delete some, or raise the limits of objects", p.uid)}
	}
	if o == nil {
		o = &object{uid: p.uid, dests: p.dests}
		h.objects[p.uid] = o
	}
	o.address(p.dests)
	h.attach(o, nil)
	h.bytes += p.size() - o.size()
	o.holder, o.last, o.placed = s.holder(), p, placed(p.event)
	o.when, o.until = when, now.Add(max(p.event.Stale.Sub(p.event.Time), 0))
	h.attach(o, s.from)
	h.name(o, p.event)
	return nil
}

// room tells whether p fits in as the state of o, which is nil where it is new.
func (h *hub) room(o *object, p *parcel, from *member) bool {
	more := p.size()
	if o != nil {
		more -= o.size()
	} else if len(h.objects) >= h.limits.Objects {
		return false
	}
	if h.bytes+more > h.limits.State {
		return false
	}
	if from == nil {
		return true
	}
	if o == nil || o.from != from {
		more = p.size()
		if len(from.spoken) >= h.limits.Spoken {
			return false
		}
	}
	return from.spokenBytes+more <= h.limits.State/8
}

// maxDests bounds those whom a delete is sent to by name.
const maxDests = 256

// address remembers who is sent o: all, once that was so.
func (o *object) address(dests cot.Dests) {
	if len(o.dests) == 0 || len(dests) == 0 {
		o.dests = dests
		return
	}
	for _, d := range dests {
		if len(o.dests) < maxDests && !slices.Contains(o.dests, d) {
			o.dests = append(slices.Clip(o.dests), d)
		}
	}
}

func (o *object) size() int {
	if o.last == nil {
		return 0
	}
	return o.last.size()
}

// earlier lets nothing lie in the future, so that a phone whose clock was ahead
// and is mended does not fall silent.
func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// attach makes o an object of m's, the last that spoke for it.
func (h *hub) attach(o *object, m *member) {
	if o.from == m {
		return
	}
	if o.from != nil {
		delete(o.from.spoken, o)
		o.from.spokenBytes -= o.size()
	}
	o.from = m
	if m != nil {
		m.spoken[o] = true
		m.spokenBytes += o.size()
	}
}

// name keeps by what callsign o can be reached, if at all.
func (h *hub) name(o *object, e *cot.Event) {
	callsign := ""
	if c, ok := e.Detail.Contact(); ok && c.Endpoint != "" {
		callsign = c.Callsign
	}
	if callsign == o.callsign {
		return
	}
	h.unname(o)
	if o.callsign = callsign; callsign == "" {
		return
	}
	if h.called[callsign] == nil {
		h.called[callsign] = map[*object]bool{}
	}
	h.called[callsign][o] = true
}

func (h *hub) unname(o *object) {
	delete(h.called[o.callsign], o)
	if len(h.called[o.callsign]) == 0 {
		delete(h.called, o.callsign)
	}
}

func (h *hub) forget(o *object) {
	h.attach(o, nil)
	h.unname(o)
	h.bytes -= o.size()
	delete(h.objects, o.uid)
}

// delete forgets o and tells those who could see it.
func (h *hub) delete(o *object, now time.Time) {
	from := o.from
	h.forget(o)
	e := cot.NewDisconnect(o.uid, now, o.uid, o.last.event.Type)
	if p, err := newParcel(e, o.last.groups); err == nil {
		p.dests = o.dests
		h.spread(p, from)
	}
}

// retract deletes an object that is ours.
func (h *hub) retract(uid string, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	o := h.objects[uid]
	if o == nil || o.by != ours {
		return false
	}
	h.delete(o, now)
	return true
}

// expire forgets what is stale: the maps of clients see to that by themselves.
func (h *hub) expire(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, o := range h.objects {
		if now.After(o.until) {
			h.forget(o)
		}
	}
}

// orphan lets go what somebody spoke for whom nobody vouched for.
func (h *hub) orphan(by string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, o := range h.objects {
		if o.by == by {
			o.holder = o.orphaned()
		}
	}
	for _, a := range h.alarms {
		if a.by == by {
			a.holder = a.orphaned()
		}
	}
}
