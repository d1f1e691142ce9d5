// Package tak is the server that TAK clients speak to: it relays their events
// among them, and gives what they say to the picture.
//
// In go connections (Serve: TCP, and TLS with client certificates), datagrams
// of a mesh (Mesh) and events of our own (Publish, Retract); out go the same
// events, byte for byte where the receiver speaks the form of the sender, and
// observations to the Sink. Serve, Mesh and Run block until their context
// ends; every goroutine belongs to one of them.
//
// Who gets an event. One with groups goes to members that have one of them,
// one without to all; the groups are those of the sender's certificate or of
// the door that he came through, never what the event says. A <marti> narrows
// that to those it names by uid, callsign, group or team. Nobody gets his own.
// The newest event of every object is kept until it is stale, by our clock
// from its receipt on, and given to who joins; so are calls for help.
//
// What is never lost. A member's queue keeps everything until more than
// Limits.Queue bytes wait in it; from then on the newest position of an object
// takes the place of an older one that still waits, and nothing else gives
// way: chat, calls for help, deletes, tasks. A member that takes nothing for
// Limits.Stall is cut, and so is one for whom more than Limits.Kept bytes of
// what cannot give way are waiting. No member waits for another.
//
// What is refused is counted by its reason, kept among Refusals to be looked
// at, and goes to nobody: what cannot be read or cannot be (cot's reasons), what
// the Sink refuses, and what speaks for the uid of another. An event that the
// Sink fails to keep for another cause (a full disk) is relayed nevertheless,
// and counted as not kept: people in the field can still see each other.
//
// When a session ends, all objects that it spoke for last are deleted from the
// maps of who could see them; only what a person has placed (how is h-...) to
// stand for an hour or longer stays until then. A call for help (b-a-o-...) is
// repeated until it is called off, whether its sender is there or not.
package tak

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"vedette/track"
	"vedette/wire/cot"
)

// Source is that of all observations from here.
const Source = "tak"

// Identity is who a certificate vouches for.
type Identity struct {
	Name   string
	Groups []string // what its sessions see and speak to; none for what everybody may see
	Serial string   // of the certificate: a name may have several
}

// Options say what the server works with. Sink and UID must be set; the rest
// may be left out.
type Options struct {
	UID     string // of this server
	Version string // of this server, told to clients; may be empty
	Sink    track.Sink
	Limits  Limits
	// Note keeps what is no observation: KindChat with a ChatMessage, and
	// KindClient with a ClientChange. It returns once that is synced.
	Note func(ctx context.Context, kind string, payload any) error
	// Speaks tells whether somebody (the By of observations) may speak for a
	// uid, where that is not plain from who speaks for it at present.
	Speaks func(by, uid string) bool
	// Release is called when a session without a certificate has ended: nobody
	// will ever speak as by again.
	Release func(by string)
	Clock   func() time.Time
	Log     *slog.Logger
}

// Limits bound what others can cost. A field that is zero stands for its
// default.
type Limits struct {
	Clients  int           // sessions at a time; 2000
	Sessions int           // of one identity: a new one replaces the oldest, which a phone that lost its net left behind; 4
	Objects  int           // of which the newest event is kept; 100,000
	Spoken   int           // of these by one session; 20,000
	State    int           // bytes of these; 512 MiB, and an eighth of it by one session
	Queue    int           // bytes waiting for a member before positions give way; 4 MiB
	Kept     int           // bytes of what cannot give way before a member is cut; 16 MiB, room for the deletes of Spoken objects
	Stall    time.Duration // without a byte taken before a member is cut; 30 s
	Idle     time.Duration // without a byte heard before a client is cut, who would ping; 15 min
	Greeting time.Duration // for the handshake of TLS; 10 s
	Repeat   time.Duration // between repeats of a call for help; 30 s
}

// Defaults gives the limits with every field set.
func (l Limits) Defaults() Limits {
	for _, n := range []struct {
		field *int
		value int
	}{{&l.Clients, 2000}, {&l.Sessions, 4}, {&l.Objects, 100_000}, {&l.Spoken, 20_000}, {&l.State, 512 << 20}, {&l.Queue, 4 << 20}, {&l.Kept, 16 << 20}} {
		if *n.field == 0 {
			*n.field = n.value
		}
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&l.Stall, 30 * time.Second}, {&l.Idle, 15 * time.Minute}, {&l.Greeting, 10 * time.Second}, {&l.Repeat, 30 * time.Second}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return l
}

// Server relays. Its methods may be called by several goroutines at a time.
type Server struct {
	opts   Options
	limits Limits
	hub    *hub
	counts counts
	rooms  sync.Pool // buffers of batch bytes
}

// New makes a server. It does nothing until Serve, Mesh or Publish is called.
func New(opts Options) (*Server, error) {
	if opts.Sink == nil || opts.UID == "" {
		return nil, errors.New("make a TAK server: no sink or no uid; give both")
	}
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	if opts.Log == nil {
		opts.Log = slog.Default()
	}
	limits := opts.Limits.Defaults()
	return &Server{opts: opts, limits: limits, hub: newHub(limits)}, nil
}

// Run repeats calls for help and forgets what is stale, until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	calls, sweep := time.NewTicker(s.limits.Repeat), time.NewTicker(time.Minute)
	defer calls.Stop()
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-calls.C:
			s.repeat(s.opts.Clock())
		case <-sweep.C:
			s.hub.expire(s.opts.Clock())
		}
	}
}

// Publish sends an event of our own to who has one of the groups, or to all
// when none are given; like those of clients it is kept for who joins until it
// is stale, and a call for help is repeated. It is an error to speak for the
// uid of a client. e must not be changed afterwards.
func (s *Server) Publish(e *cot.Event, groups []string) error {
	if found := e.Check(); len(found) > 0 {
		return fmt.Errorf("publish %.80q: %w", e.UID, found[0])
	}
	p, err := newParcel(e, groups)
	if err == nil {
		err = s.hub.relay(p, speaker{by: ours}, s.opts.Clock())
	}
	if err != nil {
		return fmt.Errorf("publish %.80q: %w", e.UID, err)
	}
	return nil
}

// Resume has an observation of an earlier run stand again as its event: where
// an object was last, or a call for help that is still open. Only who was
// vouched for then goes on to speak for it. It does nothing where something
// newer stands already.
func (s *Server) Resume(o *track.Observation) error {
	e, err := cot.Parse([]byte(o.CoT))
	var p *parcel
	if err == nil {
		p, err = newParcel(e, o.Groups)
	}
	if err != nil {
		return fmt.Errorf("resume %.80q: %w", o.ID, err)
	}
	by := ""
	if o.Trust == track.Certificate {
		by = o.By
	}
	if err := s.hub.resume(p, speaker{by: by}, o.Received); err != nil {
		return fmt.Errorf("resume %.80q: %w", o.ID, err)
	}
	return nil
}

// Retract deletes an object that was published, or ends a call for help of
// whomever: that is what an outcome does. It tells whether there was one.
func (s *Server) Retract(uid string) bool {
	now := s.opts.Clock()
	called := s.hub.endAlarm(uid, now)
	return s.hub.retract(uid, now) || called
}

// Cut ends the sessions of certificates that match, at once.
func (s *Server) Cut(match func(Identity) bool, reason string) int {
	n := 0
	for _, m := range s.hub.all() {
		if m.identified && match(m.identity) {
			m.cut(reason)
			n++
		}
	}
	return n
}

// Door is how clients come in.
type Door struct {
	// TLS asks for client certificates, and verifies them. Nil for plain TCP.
	TLS *tls.Config
	// Identify names who a verified certificate is of, or refuses it: one that
	// is revoked, say. It is asked again once the client is among the members.
	// It goes with TLS.
	Identify func(*x509.Certificate) (Identity, error)
	// Groups are of those who come without a certificate.
	Groups []string
}
