package tak

import (
	"time"

	"vedette/wire/cot"
)

// The bounds of the calls for help that are repeated; all are relayed.
const (
	maxAlarms   = 10_000
	maxCalls    = 256      // of one session
	maxCallSize = 64 << 10 // bytes of each
)

// noteAlarm keeps a call for help, or ends the one that is called off: that of
// the same uid, which the sender may speak for, and his own for that person.
func (h *hub) noteAlarm(p *parcel, em cot.Emergency, s speaker) {
	if !em.Cancelled {
		if h.roomForCall(p, s.from) {
			h.alarms[p.uid] = &alarm{holder: s.holder(), from: s.from, person: em.UID, last: p}
		}
		return
	}
	for uid, a := range h.alarms {
		if uid == p.uid || a.by == s.by && a.person == em.UID {
			delete(h.alarms, uid)
		}
	}
}

// roomForCall tells whether a call can be repeated.
func (h *hub) roomForCall(p *parcel, from *member) bool {
	if p.size() > maxCallSize {
		return false
	}
	if h.alarms[p.uid] != nil {
		return true
	}
	calls := 0
	for _, a := range h.alarms {
		if from != nil && a.from == from {
			calls++
		}
	}
	return len(h.alarms) < maxAlarms && calls < maxCalls
}

// endAlarm calls off the call of a uid, or of a person, for everybody.
func (h *hub) endAlarm(uid string, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	ended := false
	for id, a := range h.alarms {
		if id != uid && a.person != uid {
			continue
		}
		delete(h.alarms, id)
		ended = true
		if p, err := newParcel(callOff(a.last.event, now), a.last.groups); err == nil {
			h.spread(p, nil)
		}
	}
	return ended
}

// callOff is the end of a call, under its uid.
func callOff(call *cot.Event, now time.Time) *cot.Event {
	em, _ := call.Emergency()
	e := cot.NewEmergency(cot.AlarmCancelled, cot.Link{UID: em.UID}, em.Callsign, call.Point, now)
	e.UID = call.UID
	return e
}

// repeat sends every call again. It says the same, but is not stale: phones
// forget what is.
func (s *Server) repeat(now time.Time) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	for _, a := range s.hub.alarms {
		e := *a.last.event
		e.Stale = now.Add(2 * s.limits.Repeat)
		if e.Stale.Before(e.Start) {
			e.Stale = e.Start.Add(2 * s.limits.Repeat)
		}
		e.Changed()
		p, err := newParcel(&e, a.last.groups)
		if err != nil {
			s.opts.Log.Error("a call for help cannot be repeated", "uid", e.UID, "error", err)
			continue
		}
		a.last = p
		s.hub.spread(p, a.from)
	}
}
