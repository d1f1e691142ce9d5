package tak

import (
	"context"
	"crypto/tls"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"vedette/wire/cot"
)

// Serve lets clients in through l, until ctx ends; then it closes l, ends the
// sessions and waits for them.
func (s *Server) Serve(ctx context.Context, l net.Listener, d Door) error {
	if (d.TLS == nil) != (d.Identify == nil) {
		l.Close()
		return errors.New("serve TAK: TLS and Identify go together; give both, or neither for plain TCP")
	}
	defer l.Close()
	ctx, end := context.WithCancel(ctx)
	var sessions sync.WaitGroup
	defer sessions.Wait()
	defer end()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	for {
		conn, err := s.accept(ctx, l)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("serve TAK on %s: %w", l.Addr(), err)
		}
		sessions.Go(func() { s.session(ctx, conn, d) })
	}
}

// accept waits for a connection. Out of file handles or memory it tries again:
// that passes when others leave.
func (s *Server) accept(ctx context.Context, l net.Listener) (net.Conn, error) {
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		conn, err := l.Accept()
		if err == nil || ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			return conn, err
		}
		s.opts.Log.Warn("a TAK client could not be let in", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// session is with one client, from the first byte to the last.
func (s *Server) session(ctx context.Context, conn net.Conn, d Door) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	l := newLine(conn, s.limits)
	defer l.Close()
	if s.counts.open.Add(1) > int64(s.limits.Clients)+spare {
		s.counts.open.Add(-1)
		s.counts.turnedAway("full")
		return
	}
	defer s.counts.open.Add(-1)
	m, stream, err := s.greet(ctx, l, d)
	if err != nil {
		s.counts.turnedAway("greeting")
		s.opts.Log.Info("a TAK client was turned away", "address", conn.RemoteAddr(), "error", err)
		return
	}
	m.close = func(why string) {
		end()
		if why == CutStalled || why == CutFull {
			l.drop()
			return
		}
		l.Close()
	}
	defer context.AfterFunc(ctx, func() { m.cut(CutStop) })()
	s.talk(ctx, m, stream)
}

// spare is how many connections may be in their greeting when all clients are
// there.
const spare = 64

// greet learns who comes, and how to speak with him.
func (s *Server) greet(ctx context.Context, l *line, d Door) (*member, io.ReadWriter, error) {
	address := l.RemoteAddr().String()
	if d.TLS == nil {
		m := s.newMember(Identity{Groups: d.Groups}, address)
		m.client = true
		m.by = fmt.Sprintf("tcp %s #%d", m.address, s.counts.sessions.Add(1))
		return m, l, nil
	}
	ctx, end := context.WithTimeout(ctx, s.limits.Greeting)
	defer end()
	conn := tls.Server(l, d.TLS)
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, nil, fmt.Errorf("greet a client: %w", err)
	}
	state := conn.ConnectionState()
	if len(state.VerifiedChains) == 0 {
		return nil, nil, errors.New("greet a client: it showed no certificate that was verified; set ClientAuth of the TLS settings to RequireAndVerifyClientCert")
	}
	id, err := d.Identify(state.PeerCertificates[0])
	if err != nil {
		return nil, nil, fmt.Errorf("greet a client: %w", err)
	}
	m := s.newMember(id, address)
	m.client, m.identified, m.by = true, true, id.Name
	s.counts.sessions.Add(1)
	return m, conn, nil
}

// talk has m take part until one of both ends it.
func (s *Server) talk(ctx context.Context, m *member, stream io.ReadWriter) {
	in := &intake{Server: s, member: m}
	in.offer()
	old, err := s.hub.join(m)
	if err != nil {
		s.counts.turnedAway("full")
		s.opts.Log.Warn("a TAK client was turned away", "address", m.address, "error", err)
		return
	}
	for _, o := range old {
		o.cut(CutReplaced)
	}
	var out sync.WaitGroup
	out.Go((&outlet{member: m, to: stream, rooms: &s.rooms}).run)
	s.noteClient(ctx, m, "connected")
	m.cut(in.listen(ctx, stream))
	s.counts.pending.Add(-in.pending)
	out.Wait()
	s.hub.leave(m, s.opts.Clock())
	s.counts.end(m.why)
	if !m.identified && s.opts.Release != nil {
		s.opts.Release(m.by)
	}
	s.noteClient(context.WithoutCancel(ctx), m, "left")
}

// KindClient is the kind of ClientChange, as KindChat is of ChatMessage.
const KindClient = "tak.client"

// ClientChange is a session that began or ended.
type ClientChange struct {
	Change   string    `json:"change"` // connected, left
	By       string    `json:"by"`
	Trusted  bool      `json:"trusted"` // by a certificate
	Address  string    `json:"address"`
	UID      string    `json:"uid,omitempty"`
	Callsign string    `json:"callsign,omitempty"`
	Since    time.Time `json:"since"`
	Time     time.Time `json:"time"`
	Reason   string    `json:"reason,omitempty"` // for leaving
	Received uint64    `json:"received"`
	Sent     uint64    `json:"sent"`
}

// noteTime is how long a note may take: nobody waits longer for a full disk.
const noteTime = 5 * time.Second

func (s *Server) noteClient(ctx context.Context, m *member, change string) {
	info := m.info()
	c := ClientChange{
		Change: change, By: m.by, Trusted: m.identified, Address: m.address, UID: info.UID, Callsign: info.Callsign,
		Since: m.since, Time: s.opts.Clock(), Received: info.Received, Sent: info.Sent,
	}
	if change == "left" {
		c.Reason = m.why
	}
	s.opts.Log.Info("TAK client "+change, "by", m.by, "address", m.address, "reason", c.Reason)
	s.note(ctx, KindClient, c)
}

// note keeps something, and counts where that fails.
func (s *Server) note(ctx context.Context, kind string, payload any) {
	if s.opts.Note == nil {
		return
	}
	ctx, end := context.WithTimeout(ctx, noteTime)
	defer end()
	if err := s.opts.Note(ctx, kind, payload); err != nil {
		s.unkept(err)
	}
}

// unkept counts what was not kept, and says so once in a while.
func (s *Server) unkept(err error) {
	s.counts.unkept.Add(1)
	now := s.opts.Clock().Unix()
	if last := s.counts.said.Load(); now-last >= 60 && s.counts.said.CompareAndSwap(last, now) {
		s.opts.Log.Error("what TAK clients say is relayed, but not kept", "error", err)
	}
}

// intake is what a client says, on its way in.
type intake struct {
	*Server
	*member
	negotiator cot.Negotiator
	xml        cot.Splitter
	frames     cot.Frames
	pace       pace
	pending    int64 // bytes of an event that has not ended yet
}

// offer offers protobuf, before anything else.
func (in *intake) offer() {
	e := in.negotiator.Offer(in.opts.UID+".protocol", in.opts.Clock())
	if v := in.opts.Version; v != "" {
		e.Detail = withVersion(e.Detail, v)
	}
	in.answer(e, false)
}

// withVersion puts the version of the server into an offer, where clients look
// for it. apiVersion is that of TAK Server's API.
func withVersion(d cot.Detail, version string) cot.Detail {
	var escaped strings.Builder
	_ = xml.EscapeText(&escaped, []byte(version)) // a Builder never fails
	info := `<TakServerVersionInfo serverVersion="` + escaped.String() + `" apiVersion="3"/>`
	return cot.Detail(strings.Replace(string(d), "</TakControl>", info+"</TakControl>", 1))
}

// answer sends a message of control to the client. Behind one that turns, the
// stream is in the form agreed upon.
func (in *intake) answer(e *cot.Event, turn bool) {
	p, err := newParcel(e, nil)
	if err != nil { // the uid of a request is one that was read
		in.opts.Log.Error("a TAK client cannot be answered", "error", err)
		return
	}
	p.turn, p.then = turn, cot.Proto
	in.push(p)
}

// small is the room in which an idle client is listened to.
const small = 2 << 10

// listen takes what comes from r until that ends, and tells why it did.
func (in *intake) listen(ctx context.Context, r io.Reader) string {
	idle := make([]byte, small)
	for {
		n, err := r.Read(idle)
		if why := in.takeAll(ctx, idle[:n]); why != "" {
			return why
		}
		if err == nil && n == small {
			if why, err := in.listenBusy(ctx, r); why != "" || err != nil {
				return either(why, err)
			}
		}
		if err != nil {
			return reasonOf(err)
		}
	}
}

// listenBusy does so with more room, until little comes again.
func (in *intake) listenBusy(ctx context.Context, r io.Reader) (why string, err error) {
	room, _ := in.rooms.Get().(*[]byte)
	if room == nil {
		b := make([]byte, 0, batch)
		room = &b
	}
	defer in.rooms.Put(room)
	b := (*room)[:batch]
	for n := batch; n >= small && why == "" && err == nil; {
		n, err = r.Read(b)
		why = in.takeAll(ctx, b[:n])
	}
	return why, err
}

func either(why string, err error) string {
	if why != "" {
		return why
	}
	return reasonOf(err)
}

// takeAll takes the next bytes of the stream. It gives a reason where it cannot
// be followed any further.
func (in *intake) takeAll(ctx context.Context, b []byte) (why string) {
	if in.negotiator.Form() == cot.XML {
		in.xml.Feed(b)
	} else {
		in.frames.Feed(b)
	}
	if in.wait(int64(len(b))); in.hoards() {
		return CutHoards
	}
	for ctx.Err() == nil {
		e, more, err := in.next()
		if more {
			in.wait(-in.pending)
		}
		if err != nil {
			in.refuse(in.member, err, e)
		}
		if cot.ReasonOf(err) == cot.BadFrame {
			return CutFrame
		}
		if !more {
			return ""
		}
		if e != nil && err == nil {
			in.take(ctx, e)
		}
	}
	return ""
}

// What all clients together may have said of events that have not ended, and
// what one may in any case, in bytes.
const (
	pendingMost = 256 << 20
	pendingFree = 64 << 10
)

// wait counts bytes that wait for the end of their event.
func (in *intake) wait(more int64) {
	in.pending += more
	in.counts.pending.Add(more)
}

// hoards tells whether the client has us wait for the end of a large event
// while there is no memory for more of that.
func (in *intake) hoards() bool {
	return in.pending > pendingFree && in.counts.pending.Load() > pendingMost
}

// next reads the next event; more is false where it needs more bytes.
func (in *intake) next() (e *cot.Event, more bool, err error) {
	if in.negotiator.Form() == cot.XML {
		doc, err := in.xml.Next()
		if doc == nil || err != nil {
			return nil, err != nil, err
		}
		e, err = cot.Parse(doc)
		return e, true, err
	}
	payload, err := in.frames.Next()
	if payload == nil || err != nil {
		return nil, err != nil, err
	}
	e, err = event(cot.ParseMessage(payload))
	return e, true, err
}

// event is that of a message. A TakControl in it is between the sender and us,
// and does not go on.
func event(msg cot.Message, err error) (*cot.Event, error) {
	if err == nil && msg.Event != nil && msg.Control != nil {
		msg.Event.Changed()
	}
	return msg.Event, err
}

// take does what one event asks for.
func (in *intake) take(ctx context.Context, e *cot.Event) {
	now := in.opts.Clock()
	in.heard(e, now)
	switch {
	case e.IsPing():
		in.answer(cot.NewPong(e.UID, now), false)
	case e.Type == cot.TypeRequest:
		in.negotiate(e, now)
	case !e.IsControl():
		in.bring(ctx, in.origin(), e, now)
		if !isState(e.Type) {
			in.pace.hold(ctx, max(len(e.Raw), len(e.Detail)))
		}
	}
}

func (in *intake) negotiate(e *cot.Event, now time.Time) {
	response := in.negotiator.Answer(e, now)
	if response == nil {
		return
	}
	agreed := in.negotiator.Form() == cot.Proto
	in.answer(response, agreed)
	if agreed {
		in.frames.Feed(in.xml.Rest())
	}
}
