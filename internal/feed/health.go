package feed

import (
	"maps"
	"sync"
	"time"

	"vedette/track"
)

// State is what a feed does at the moment.
type State string

// The states.
const (
	Connecting State = "connecting" // not connected yet
	Live       State = "live"       // connected, and something came lately, or it has just begun
	Silent     State = "silent"     // connected, but nothing came for a while
	Waiting    State = "waiting"    // failed, and tried again at Until
	Failed     State = "failed"     // failed, and not tried again
	Ended      State = "ended"      // there is nothing more to come: a file was replayed
)

// Health is how a feed does.
type Health struct {
	Name    string            `json:"name"`
	Kind    string            `json:"kind"`
	State   State             `json:"state"`
	Since   time.Time         `json:"since"`            // of the state
	Until   time.Time         `json:"until,omitzero"`   // Waiting: when it is tried again
	Last    time.Time         `json:"last,omitzero"`    // when the last observation came
	In      uint64            `json:"in"`               // observations taken
	Refused map[string]uint64 `json:"refused"`          // by reason
	Lag     time.Duration     `json:"lag_ns,omitempty"` // of the last observation: from its time to its receipt
	Err     string            `json:"error,omitempty"`  // why it failed last; empty while all is well
}

// health keeps a Health and tells of changes of its state.
type health struct {
	silentAfter time.Duration
	changed     func(Health)

	telling sync.Mutex // held over a change and the telling of it, so that they come in order
	mu      sync.Mutex
	now     Health
	began   time.Time // when it was connected
}

func newHealth(c Config, changed func(Health)) *health {
	if changed == nil {
		changed = func(Health) {}
	}
	return &health{
		silentAfter: seconds(c.SilentAfter),
		changed:     changed,
		now:         Health{Name: c.Name, Kind: c.Kind, State: Connecting, Since: time.Now(), Refused: map[string]uint64{}},
	}
}

func (h *health) get() Health {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.copied()
}

func (h *health) copied() Health {
	c := h.now
	c.Refused = maps.Clone(c.Refused)
	return c
}

// change makes a change of state, and tells of it if it is one.
func (h *health) change(do func(*Health)) {
	h.telling.Lock()
	defer h.telling.Unlock()
	h.mu.Lock()
	before := h.now.State
	do(&h.now)
	same := h.now.State == before
	if !same {
		h.now.Since = time.Now()
	}
	after := h.copied()
	h.mu.Unlock()
	if !same {
		h.changed(after)
	}
}

func (h *health) set(s State, until time.Time, err error) {
	h.change(func(now *Health) {
		now.State, now.Until = s, until
		if err != nil {
			now.Err = err.Error()
		}
	})
}

func (h *health) connected() {
	h.change(func(now *Health) {
		h.began = time.Now()
		now.State, now.Until, now.Err = Live, time.Time{}, ""
	})
}

// came counts an observation. Only the first after a silence changes the state.
func (h *health) came(o *track.Observation) {
	h.mu.Lock()
	h.now.In++
	h.now.Last = o.Received
	h.now.Lag = o.Received.Sub(o.Time)
	silent := h.now.State == Silent
	h.mu.Unlock()
	if silent {
		h.change(func(now *Health) {
			if now.State == Silent {
				now.State = Live
			}
		})
	}
}

func (h *health) refuse(reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now.Refused[reason]++
}

// listen makes the state silent when it is time for that, and gives how long to
// wait before looking again.
func (h *health) listen(now time.Time) time.Duration {
	due := h.due()
	if wait := due.Sub(now); wait > 0 {
		return wait
	}
	h.change(func(s *Health) {
		if s.State == Live {
			s.State = Silent
		}
	})
	return h.silentAfter
}

// due is when the feed counts as silent if nothing comes before.
func (h *health) due() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	last := h.began
	if h.now.Last.After(last) {
		last = h.now.Last
	}
	return last.Add(h.silentAfter)
}
