package tak

import (
	"fmt"
	"slices"
	"sync"
	"time"

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

// alarm is a call for help that was not called off.
type alarm struct {
	holder
	from   *member // the caller; nil where he has left
	person string
	last   *parcel
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

// relay takes note of p and spreads it.
func (h *hub) relay(p *parcel, s speaker, now time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.pass(p, s, now)
}

// resume does so where nothing stands under the uid.
func (h *hub) resume(p *parcel, s speaker, then time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.objects[p.uid] != nil || h.alarms[p.uid] != nil {
		return nil
	}
	return h.pass(p, s, then)
}

func (h *hub) pass(p *parcel, s speaker, now time.Time) error {
	if err := h.owned(s, p.uid); err != nil {
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
			a.holder, a.from = a.orphaned(), nil
		}
	}
	h.mu.Unlock()
	for h.leaveSome(m, now) {
	}
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
		o.holder = o.orphaned()
		h.attach(o, nil)
	}
	return false
}
