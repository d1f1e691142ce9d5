package tak

import (
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"vedette/track"
	"vedette/wire/cot"
)

// ClientInfo is how things stand with a client, or with a mesh.
type ClientInfo struct {
	UID, Callsign string // as it shows itself
	Team          string
	Identity      Identity
	By            string // under which it speaks in observations
	Trusted       bool   // by a certificate
	Mesh          bool
	Address       string
	Form          cot.Form // in which it is written to
	Queued        int      // events that wait
	QueuedBytes   int
	Coalesced     uint64 // positions that gave way to newer ones
	Sent          uint64
	SentBytes     uint64
	Received      uint64
	Unsendable    uint64            // events that its form cannot hold, or that no datagram can
	Refused       map[string]uint64 // by reason
	Since, Last   time.Time         // connected, and last heard
	Skew          time.Duration     // of its clock, see track.Observation
}

// Clients tells how things stand with all who take part.
func (s *Server) Clients() []ClientInfo {
	var all []ClientInfo
	for _, m := range s.hub.all() {
		all = append(all, m.info())
	}
	return all
}

func (m *member) info() ClientInfo {
	queued, bytes := m.queue.waiting()
	m.mu.Lock()
	defer m.mu.Unlock()
	return ClientInfo{
		UID: m.self.uid, Callsign: m.self.callsign, Team: m.self.team,
		Identity: m.identity, By: m.by, Trusted: m.identified, Mesh: !m.client, Address: m.address,
		Form: cot.Form(m.form.Load()), Queued: queued, QueuedBytes: bytes, Coalesced: m.coalesced.Load(),
		Sent: m.sent.Load(), SentBytes: m.sentBytes.Load(), Received: m.received.Load(), Unsendable: m.unsendable.Load(),
		Refused: maps.Clone(m.wrong), Since: m.since, Last: m.last, Skew: m.skew,
	}
}

// Stats are counters since the server was made, and gauges.
type Stats struct {
	Clients    int    // gauges
	Meshes     int    //
	Objects    int    // of which the newest event is kept
	Alarms     int    // calls for help that were not called off
	Queued     int    // events that wait, for all
	Sessions   uint64 // that began
	Received   uint64
	Sent       uint64
	SentBytes  uint64
	Coalesced  uint64
	Unsendable uint64
	Late       uint64
	Unkept     uint64            // relayed, but not kept
	Refused    map[string]uint64 // events, by reason
	TurnedAway map[string]uint64 // connections, by reason
	Ended      map[string]uint64 // sessions, by reason
}

// Stats counts.
func (s *Server) Stats() Stats {
	st := s.counts.stats()
	s.hub.mu.Lock()
	st.Objects, st.Alarms = len(s.hub.objects), len(s.hub.alarms)
	s.hub.mu.Unlock()
	for _, m := range s.hub.all() {
		if st.Clients++; !m.client {
			st.Clients, st.Meshes = st.Clients-1, st.Meshes+1
		}
		queued, _ := m.queue.waiting()
		st.Queued += queued
	}
	return st
}

// Refused is something that was refused, kept to be looked at.
type Refused struct {
	Time    time.Time
	By      string
	Address string
	Reason  string
	Text    string // what is wrong
	Start   string // the first bytes of the event, where there is one
}

// How many refusals are kept, and how much of each.
const (
	refusalsKept = 256
	refusalBytes = 512
)

// Refusals gives the latest, the oldest first.
func (s *Server) Refusals() []Refused {
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	n := s.counts.latest % refusalsKept
	if len(s.counts.refusals) < refusalsKept {
		n = 0
	}
	return append(append([]Refused{}, s.counts.refusals[n:]...), s.counts.refusals[:n]...)
}

// refuse counts an event that goes no further. e is nil where none was read.
func (s *Server) refuse(m *member, err error, e *cot.Event) {
	r := Refused{Time: s.opts.Clock(), By: m.by, Address: m.address, Reason: reason(err), Text: err.Error()}
	if e != nil {
		r.Start = string(e.Raw[:min(len(e.Raw), refusalBytes)])
	}
	m.refused(r.Reason)
	s.counts.refuse(r)
}

// reason is what a refusal is counted by.
func reason(err error) string {
	var refusal *track.Refusal
	if errors.As(err, &refusal) {
		return string(refusal.Reason)
	}
	if r := cot.ReasonOf(err); r != "" {
		return string(r)
	}
	return "other"
}

// traffic is counted for each member, and for all of them ever.
type traffic struct{ received, sent, sentBytes, unsendable, coalesced atomic.Uint64 }

// counts are the counters of a server.
type counts struct {
	traffic
	open, said, pending    atomic.Int64
	sessions, late, unkept atomic.Uint64

	mu       sync.Mutex
	refused  map[string]uint64
	away     map[string]uint64
	ended    map[string]uint64
	refusals []Refused // a ring
	latest   int       // where the next goes, not wrapped
}

func count(in *map[string]uint64, reason string) {
	if *in == nil {
		*in = map[string]uint64{}
	}
	(*in)[reason]++
}

func (c *counts) turnedAway(reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	count(&c.away, reason)
}

func (c *counts) refuse(r Refused) {
	c.mu.Lock()
	defer c.mu.Unlock()
	count(&c.refused, r.Reason)
	if len(c.refusals) < refusalsKept {
		c.refusals = append(c.refusals, r)
	} else {
		c.refusals[c.latest%refusalsKept] = r
	}
	c.latest++
}

func (c *counts) end(why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	count(&c.ended, why)
}

func (c *counts) stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Stats{
		Sessions: c.sessions.Load(), Late: c.late.Load(), Unkept: c.unkept.Load(),
		Received: c.received.Load(), Sent: c.sent.Load(), SentBytes: c.sentBytes.Load(),
		Coalesced: c.coalesced.Load(), Unsendable: c.unsendable.Load(),
		Refused: maps.Clone(c.refused), TurnedAway: maps.Clone(c.away), Ended: maps.Clone(c.ended),
	}
}
