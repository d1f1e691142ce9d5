package tak

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
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
	cert := state.PeerCertificates[0]
	id, err := d.Identify(cert)
	if err != nil {
		return nil, nil, fmt.Errorf("greet a client: %w", err)
	}
	m := s.newMember(id, address)
	m.stillCounts = func() bool { _, err := d.Identify(cert); return err == nil }
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
	// Whoever revoked the certificate before m was among the members has not
	// found it there.
	if m.identified && !m.stillCounts() {
		m.cut(CutRevoked)
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
	ctx, end := context.WithTimeout(context.WithoutCancel(ctx), noteTime)
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
