package tak

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"vedette/track"
	"vedette/wire/cot"
)

// ours is who speaks for what is published; no certificate has that name.
const ours = "\x00ours"

// hub knows who is there and how things stand. Its lock is held for pushes to
// queues and nothing slower, so all members see one order of events, and who
// joins gets what stands and then all that follows.
type hub struct {
	limits Limits

	mu      sync.Mutex
	members []*member
	objects map[string]*object
	bytes   int                         // of the newest events of all
	called  map[string]map[*object]bool // contacts that can be reached, by callsign
	alarms  map[string]*alarm           // by the uid of the event
}

// object is what is known of a uid.
type object struct {
	uid, callsign string
	by            string  // who speaks for it; empty for nobody any more
	from          *member // and through whom; nil where that is over, or it is ours
	last          *parcel
	dests         cot.Dests // who has been sent it; none for all
	when, until   time.Time // that was so, and is stale, by our clock
	placed        bool      // stays when its session ends
}

// alarm is a call for help that was not called off.
type alarm struct {
	speaker // of the call; by is empty for nobody any more
	person  string
	last    *parcel
}

// speaker is who says something: by name, through a member. from is nil for
// what is ours.
type speaker struct {
	by   string
	from *member
}

func newHub(limits Limits) *hub {
	return &hub{
		limits: limits, objects: map[string]*object{},
		called: map[string]map[*object]bool{}, alarms: map[string]*alarm{},
	}
}

// join lets m in: it gets what stands, and from then on what comes. The oldest
// sessions of its identity that are too many are given back, to be cut.
func (h *hub) join(m *member) (old []*member, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	old = h.surplus(m)
	if m.client && h.clients()-len(old) >= h.limits.Clients {
		return nil, fmt.Errorf("%d clients are there already; raise the limit of clients if that is right", h.limits.Clients)
	}
	h.members = append(h.members, m)
	for _, a := range h.alarms {
		h.give(m, a.last)
	}
	for _, o := range h.objects {
		if len(o.dests) == 0 {
			h.give(m, o.last)
		}
	}
	return old, nil
}

func (h *hub) clients() int {
	n := 0
	for _, m := range h.members {
		if m.client {
			n++
		}
	}
	return n
}

// surplus finds the sessions that must go so that m is not one too many of its
// identity. Members stand in the order in which they joined.
func (h *hub) surplus(m *member) []*member {
	if !m.identified {
		return nil
	}
	var same []*member
	for _, other := range h.members {
		if other.identified && other.identity.Name == m.identity.Name && !other.isCut() {
			same = append(same, other)
		}
	}
	return same[:max(0, len(same)+1-h.limits.Sessions)]
}

func (h *hub) all() []*member {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.members)
}

// give pushes p to m if m may have it. Who cannot hold it is cut.
func (h *hub) give(m *member, p *parcel) {
	if share(m.identity.Groups, p.groups) && !m.isCut() && !m.queue.push(p) {
		m.cut(CutFull)
	}
}

// spread gives p to all for whom it is, but from.
func (h *hub) spread(p *parcel, from *member) {
	if len(p.dests) > 0 {
		for m := range h.named(p.dests) {
			if m != from {
				h.give(m, p)
			}
		}
		return
	}
	for _, m := range h.members {
		if m != from {
			h.give(m, p)
		}
	}
}

// named finds the members that dests name: by what they speak for, or by their
// groups and team.
func (h *hub) named(dests cot.Dests) map[*member]bool {
	found := map[*member]bool{}
	for _, d := range dests {
		if o := h.objects[d.UID]; o != nil && o.from != nil {
			found[o.from] = true
		}
		for o := range h.called[d.Callsign] {
			if o.from != nil {
				found[o.from] = true
			}
		}
		for _, m := range h.members {
			if d.Group != "" && m.in(d.Group) || d.UID != "" && m.selfUID() == d.UID {
				found[m] = true
			}
		}
	}
	return found
}

// mayspeak tells whether nobody else speaks for a uid.
func (h *hub) mayspeak(by, uid string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.owned(by, uid)
}

func (h *hub) owned(by, uid string) error {
	o, a := h.objects[uid], h.alarms[uid]
	if o != nil && o.by != "" && o.by != by || a != nil && a.by != "" && a.by != by {
		return &track.Refusal{Reason: track.NotYours, Detail: fmt.Sprintf("%.80q is spoken for by another", uid)}
	}
	return nil
}

// relay takes note of p and spreads it.
func (h *hub) relay(p *parcel, s speaker, now time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.owned(s.by, p.uid); err != nil {
		return err
	}
	if err := h.note(p, s, now); err != nil {
		return err
	}
	h.spread(p, s.from)
	return nil
}

func (h *hub) note(p *parcel, s speaker, now time.Time) error {
	if em, ok := p.event.Emergency(); ok {
		h.noteAlarm(p, em, s)
		return nil
	}
	if p.gone != "" {
		return h.noteGone(p.gone, s)
	}
	if !p.state {
		return nil
	}
	return h.noteState(p, s, now)
}

func (h *hub) noteGone(uid string, s speaker) error {
	if err := h.owned(s.by, uid); err != nil {
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
	o.by, o.last, o.placed = s.by, p, placed(p.event)
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

// chunk is how many objects are dealt with before others get the lock.
const chunk = 64

// leave lets m go, and deletes what it spoke for from the maps of others.
func (h *hub) leave(m *member, now time.Time) {
	h.mu.Lock()
	if i := slices.Index(h.members, m); i >= 0 {
		h.members = slices.Delete(h.members, i, i+1)
	}
	for _, a := range h.alarms {
		if a.from == m {
			a.speaker = a.orphaned()
		}
	}
	h.mu.Unlock()
	for h.leaveSome(m, now) {
	}
}

// orphaned is who speaks for something when s is gone: only a certificate
// comes back under the same name.
func (s speaker) orphaned() speaker {
	if s.from != nil && !s.from.identified {
		s.by = ""
	}
	s.from = nil
	return s
}

// leaveSome does so for some objects, and tells whether there may be more.
func (h *hub) leaveSome(m *member, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for o := range m.spoken {
		if n++; n > chunk {
			return true
		}
		if !o.placed {
			h.delete(o, now)
			continue
		}
		o.by = speaker{o.by, m}.orphaned().by
		h.attach(o, nil)
	}
	return false
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
