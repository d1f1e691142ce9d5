package tak

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"time"

	"vedette/internal/tactical"
	"vedette/track"
	"vedette/wire/cot"
)

// origin is where an event came from: who speaks, and who vouches for that.
type origin struct {
	speaker
	trust  track.Trust
	groups []string
}

// origin of what a client says.
func (m *member) origin() origin {
	trust := track.Unauthenticated
	if m.identified {
		trust = track.Certificate
	}
	return origin{speaker{m.by, m}, trust, m.identity.Groups}
}

// bring gives an event to the picture and to the others. What is refused is
// counted.
func (s *Server) bring(ctx context.Context, from origin, e *cot.Event, now time.Time) {
	skew, err := s.relay(ctx, from, e, now)
	if err != nil {
		s.refuse(from.from, err, e)
		return
	}
	from.from.shows(e, skew)
}

// relay gives an event on, or a refusal back. It tells how far the sender's
// clock is off.
func (s *Server) relay(ctx context.Context, from origin, e *cot.Event, now time.Time) (skew time.Duration, err error) {
	o, err := tactical.FromEvent(e, tactical.Sender{
		Source: Source, Trust: from.trust, By: from.by, Groups: from.groups, Received: now,
	})
	if err != nil && !errors.Is(err, tactical.ErrOther) {
		return 0, err
	}
	if err := s.hub.mayspeak(from.speaker, e.UID); err != nil {
		return 0, err
	}
	if err != nil {
		err = s.message(ctx, from, e, now)
	} else {
		err = s.observe(ctx, from, &o)
	}
	if err != nil {
		return 0, err
	}
	p, err := newParcel(e, from.groups)
	if err != nil {
		return 0, err
	}
	return o.Skew, s.hub.relay(p, from.speaker, now)
}

// observe gives o to the picture. Only a refusal is an error: what cannot be
// kept is relayed all the same.
func (s *Server) observe(ctx context.Context, from origin, o *track.Observation) error {
	if o.Gone {
		if err := s.hub.mayspeak(from.speaker, o.ID); err != nil {
			return err
		}
	}
	if err := s.sink(ctx, o); err != nil {
		var refusal *track.Refusal
		if errors.As(err, &refusal) {
			return err
		}
		s.unkept(err)
	}
	if o.Late {
		s.counts.late.Add(1)
	}
	return nil
}

// sink waits for a call for help, or the end of one, to be on disk, though its
// sender is cut off meanwhile, but not for ever: the others must hear of it, and
// it must be seen.
func (s *Server) sink(ctx context.Context, o *track.Observation) error {
	if call, cancel := o.Emergency(); !call && !cancel {
		return s.opts.Sink.Offer(ctx, o)
	}
	ctx, end := context.WithTimeout(context.WithoutCancel(ctx), noteTime)
	defer end()
	err := s.opts.Sink.Keep(ctx, []*track.Observation{o})
	var refusal *track.Refusal
	if err == nil || errors.As(err, &refusal) {
		return err
	}
	if shown := s.opts.Sink.Offer(context.WithoutCancel(ctx), o); shown != nil {
		return shown
	}
	s.unkept(err)
	return nil
}

// message deals with what is no observation: chat is kept before it goes on.
func (s *Server) message(ctx context.Context, from origin, e *cot.Event, now time.Time) error {
	c, ok := e.Chat()
	if !ok {
		return nil
	}
	if err := s.mayspeak(from.speaker, c.UID); err != nil {
		return err
	}
	doc, err := e.Bytes(cot.XML)
	if err != nil {
		return err
	}
	s.note(ctx, KindChat, ChatMessage{
		UID: e.UID, ID: c.ID, Room: c.Room, To: c.To, From: c.From, Sender: c.UID, Text: c.Text,
		By: from.by, Trust: from.trust, Groups: from.groups, Time: e.Time, Received: now, CoT: string(doc),
	})
	return nil
}

// mayspeak tells whether somebody may speak for a uid, also one that is not
// there at present.
func (s *Server) mayspeak(who speaker, uid string) error {
	if uid == "" {
		return nil
	}
	if err := s.hub.mayspeak(who, uid); err != nil {
		return err
	}
	if s.opts.Speaks != nil && !s.opts.Speaks(who.by, uid) {
		return &track.Refusal{Reason: track.NotYours, Detail: fmt.Sprintf("%.80q is spoken for by another", uid)}
	}
	return nil
}

// KindChat is the kind of ChatMessage.
const KindChat = "chat.message"

// ChatMessage is a message of GeoChat.
type ChatMessage struct {
	UID      string      `json:"uid"` // of the event
	ID       string      `json:"id"`  // of the message
	Room     string      `json:"room"`
	To       string      `json:"to"`
	From     string      `json:"from"`   // callsign
	Sender   string      `json:"sender"` // uid
	Text     string      `json:"text"`
	By       string      `json:"by"` // as in observations
	Trust    track.Trust `json:"trust"`
	Groups   []string    `json:"groups,omitempty"`
	Time     time.Time   `json:"time"` // as the sender says
	Received time.Time   `json:"received"`
	CoT      string      `json:"cot"`
}

// EventID names c for all time: the same message of the same sender has the
// same.
func (c ChatMessage) EventID() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %d", c.By, c.UID, c.Text, c.Time.UnixNano()))
	return "c-" + base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:20])
}
