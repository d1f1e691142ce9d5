package tak

import (
	"io"
	"sync"
	"sync/atomic"
	"time"

	"vedette/wire/cot"
)

// The reasons for which a session ends, as they are counted.
const (
	CutClosed   = "closed"     // by the client
	CutBroken   = "broken"     // the connection
	CutStalled  = "stalled"    // nothing taken for Limits.Stall
	CutFull     = "queue-full" // over Limits.Kept
	CutIdle     = "idle"       // nothing heard for Limits.Idle
	CutReplaced = "replaced"   // by a newer session of the same identity
	CutFrame    = "bad-frame"  // a stream of protobuf that cannot be followed
	CutHoards   = "hoards"     // a large event without an end, while others do the same
	CutRevoked  = "revoked"    // its certificate
	CutStop     = "stop"       // the server stops
)

// member takes part: a client, or the mesh.
type member struct {
	identity    Identity
	identified  bool        // by a certificate
	stillCounts func() bool // whether that does, now
	client      bool
	by          string // under which it speaks
	address     string
	since       time.Time
	queue       *queue
	spoken      map[*object]bool // guarded by the hub's lock, as is the next
	spokenBytes int

	gone  chan struct{} // closed by the first cut
	once  sync.Once
	why   string
	close func(why string)

	traffic
	total *traffic // of all
	form  atomic.Int32

	mu    sync.Mutex
	self  contact
	last  time.Time // heard
	skew  time.Duration
	wrong map[string]uint64 // refused, by reason
}

// contact is as what a client shows himself.
type contact struct{ uid, callsign, team string }

func (s *Server) newMember(id Identity, address string) *member {
	now := s.opts.Clock()
	m := &member{
		identity: id, address: address, spoken: map[*object]bool{}, total: &s.counts.traffic,
		gone: make(chan struct{}), close: func(string) {}, since: now, last: now, wrong: map[string]uint64{},
	}
	m.queue = newQueue(s.limits, func() { m.coalesced.Add(1); m.total.coalesced.Add(1) })
	return m
}

// cut ends m, for the first reason that is given.
func (m *member) cut(why string) {
	m.once.Do(func() {
		m.why = why
		close(m.gone)
		m.close(why)
	})
}

func (m *member) isCut() bool {
	select {
	case <-m.gone:
		return true
	default:
		return false
	}
}

// push puts p in the queue of m alone.
func (m *member) push(p *parcel) {
	if !m.queue.push(p) {
		m.cut(CutFull)
	}
}

func (m *member) selfUID() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.self.uid
}

// in tells whether a group, or a team, is one of m's.
func (m *member) in(group string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.self.team == group || share(m.identity.Groups, []string{group})
}

// heard takes note that an event came.
func (m *member) heard(now time.Time) {
	m.received.Add(1)
	m.total.received.Add(1)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last = now
}

// shows takes note of how a client shows himself, if e, which was taken, is
// about that, and of his clock.
func (m *member) shows(e *cot.Event, skew time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.client || m.self.uid != "" && m.self.uid != e.UID || !isState(e.Type) {
		return
	}
	c, _ := e.Detail.Contact()
	if _, takv := e.Detail.Find("takv"); takv || c.Endpoint != "" {
		team, _ := e.Detail.Group()
		m.self, m.skew = contact{e.UID, c.Callsign, team.Name}, skew
	}
}

func (m *member) refused(reason string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wrong[reason]++
}

const (
	batch = 64 << 10 // bytes of one write
	// gather is how long a client who was just written to waits for more: a
	// write for every event would cost twice the time. An event that comes
	// alone waits for nothing.
	gather = 2 * time.Millisecond
)

// outlet writes the queue of a member to its stream.
type outlet struct {
	*member
	to    io.Writer
	rooms *sync.Pool
	form  cot.Form
}

// run writes until the member is cut, or cuts it.
func (o *outlet) run() {
	var parcels []*parcel
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		parcels = o.queue.take(parcels[:0], batch)
		wait := o.queue.wake
		if len(parcels) > 0 {
			full, err := o.send(parcels)
			clear(parcels)
			if err != nil {
				o.cut(reasonOf(err))
				return
			}
			if full {
				continue
			}
			wait = nil
			pause.Reset(gather)
		}
		if !o.pass(wait, pause) {
			return
		}
	}
}

// pass waits for a push or, when wait is nil, for the pause to end. It tells
// whether the member is still there.
func (o *outlet) pass(wait chan struct{}, pause *time.Timer) bool {
	var over <-chan time.Time
	if wait == nil {
		over = pause.C
	}
	select {
	case <-wait:
	case <-over:
	case <-o.gone:
		return false
	}
	return true
}

// send writes parcels, and tells whether they filled a batch.
func (o *outlet) send(parcels []*parcel) (full bool, err error) {
	room, _ := o.rooms.Get().(*[]byte)
	if room == nil {
		b := make([]byte, 0, batch)
		room = &b
	}
	defer o.rooms.Put(room)
	b := (*room)[:0]
	size, unsent := 0, 0
	for _, p := range parcels {
		frame, err := p.frame(o.form)
		if err != nil {
			unsent++
			continue
		}
		size += len(frame)
		if b, err = o.collect(b, frame); err != nil {
			return false, err
		}
		if p.turn {
			o.form = p.then
			o.member.form.Store(int32(p.then))
		}
	}
	if _, err = o.to.Write(b); err != nil {
		return false, err
	}
	for _, t := range []*traffic{&o.traffic, o.total} {
		t.sent.Add(uint64(len(parcels) - unsent))
		t.sentBytes.Add(uint64(size))
		t.unsendable.Add(uint64(unsent))
	}
	return size >= batch, nil
}

// collect puts a frame behind b, and writes b first when there is no room.
func (o *outlet) collect(b, frame []byte) ([]byte, error) {
	if len(b)+len(frame) <= cap(b) {
		return append(b, frame...), nil
	}
	if _, err := o.to.Write(b); err != nil {
		return b, err
	}
	if len(frame) <= cap(b) {
		return append(b[:0], frame...), nil
	}
	_, err := o.to.Write(frame)
	return b[:0], err
}
