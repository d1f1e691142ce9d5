package tak

import (
	"context"
	"encoding/xml"
	"io"
	"strings"
	"time"

	"vedette/wire/cot"
)

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

// wait counts bytes that wait for the end of their event; of one that is too
// large, no more are held than may be.
func (in *intake) wait(more int64) {
	more = min(more, cot.MaxEvent-in.pending)
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
	in.heard(now)
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
