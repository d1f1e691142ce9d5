package cot

import (
	"strconv"
	"strings"
	"time"
)

// The types of messages that are about the connection rather than the world.
const (
	TypeOffer      = "t-x-takp-v"     // server: these versions of the protocol I speak
	TypeRequest    = "t-x-takp-q"     // client: let us speak this one
	TypeResponse   = "t-x-takp-r"     // server: yes, or no
	TypePing       = "t-x-c-t"        // are you there?
	TypePong       = "t-x-c-t-r"      // I am
	TypeDisconnect = "t-x-d-d"        // somebody is gone, or an object is deleted
	TypeControl    = "t-x-takcontrol" // other messages of control
)

// message makes an event that is about no place.
func message(uid, typ string, at time.Time, life time.Duration, detail Detail) *Event {
	return &Event{
		Version: version, UID: uid, Type: typ, How: "m-g",
		Time: at, Start: at, Stale: at.Add(life),
		Point: NoPoint(), Detail: detail,
	}
}

const minute = time.Minute // the least time that negotiation waits

// takControl is a <TakControl> with elements of one attribute.
func takControl(element, attr string, values ...string) Detail {
	b := []byte("<TakControl>")
	for _, v := range values {
		b = append(append(b, '<'), element...)
		b = append(appendAttr(b, attr, v), "/>"...)
	}
	return Detail(append(b, "</TakControl>"...))
}

// controlled gives the values of an attribute in <TakControl>.
func (e *Event) controlled(typ, element, attr string) []string {
	if e.Type != typ {
		return nil
	}
	var values []string
	el, _ := e.Detail.Find("TakControl")
	for child := range el.Elements() {
		if v, ok := child.LookupAttr(attr); ok && child.Name == element {
			values = append(values, v)
		}
	}
	return values
}

// NewOffer is the server's offer of versions. uid stands for the negotiation
// and for nothing else.
func NewOffer(uid string, at time.Time, versions ...int) *Event {
	var values []string
	for _, v := range versions {
		values = append(values, strconv.Itoa(v))
	}
	return message(uid, TypeOffer, at, minute, takControl("TakProtocolSupport", "version", values...))
}

// Offered gives the versions that e offers, and none where it is no offer.
func (e *Event) Offered() []int {
	var versions []int
	for _, s := range e.controlled(TypeOffer, "TakProtocolSupport", "version") {
		if v, err := strconv.Atoi(s); err == nil {
			versions = append(versions, v)
		}
	}
	return versions
}

// NewRequest is the client's choice among the versions offered, under the uid
// of the offer.
func NewRequest(uid string, at time.Time, version int) *Event {
	return message(uid, TypeRequest, at, minute, takControl("TakRequest", "version", strconv.Itoa(version)))
}

// Requested gives the one version that e requests; ok is false where it is no
// request, or not for one version.
func (e *Event) Requested() (version int, ok bool) {
	values := e.controlled(TypeRequest, "TakRequest", "version")
	if len(values) != 1 {
		return 0, false
	}
	version, err := strconv.Atoi(values[0])
	return version, err == nil
}

// NewResponse is the server's answer, under the uid of the request.
func NewResponse(uid string, at time.Time, accepted bool) *Event {
	return message(uid, TypeResponse, at, minute, takControl("TakResponse", "status", strconv.FormatBool(accepted)))
}

// Responded gives the answer in e; ok is false where it is none.
func (e *Event) Responded() (accepted, ok bool) {
	values := e.controlled(TypeResponse, "TakResponse", "status")
	if len(values) != 1 {
		return false, false
	}
	return strings.EqualFold(values[0], "true"), true
}

// NewPing asks whether the other side is there.
func NewPing(uid string, at time.Time) *Event { return message(uid, TypePing, at, 20*time.Second, "") }

// NewPong answers a ping.
func NewPong(uid string, at time.Time) *Event { return message(uid, TypePong, at, 20*time.Second, "") }

// IsPing tells whether e wants a pong.
func (e *Event) IsPing() bool { return e.Type == TypePing }

// IsPong tells whether e answers a ping.
func (e *Event) IsPong() bool { return e.Type == TypePong }

// IsControl tells whether e is for the other end of the connection, which does
// not relay it: negotiation, pings and the like, but not a disconnect.
func (e *Event) IsControl() bool {
	return strings.HasPrefix(e.Type, "t-x-takp-") || e.IsPing() || e.IsPong() ||
		e.Type == TypeControl || strings.HasPrefix(e.Type, TypeControl+"-")
}

// NewDisconnect says that an object is gone. uid is the message's own; typ,
// which may be empty, is that of the object.
func NewDisconnect(uid string, at time.Time, gone, typ string) *Event {
	return message(uid, TypeDisconnect, at, minute, Detail("").With(Link{UID: gone, Type: typ, Relation: "p-p"}))
}

// Gone gives the uid of the object that e says is gone, and "" where e says
// nothing of the kind.
func (e *Event) Gone() string {
	if e.Type != TypeDisconnect {
		return ""
	}
	link, _ := e.Detail.Link()
	return link.UID
}

// Negotiator is the server's part in agreeing on a protocol, with one client.
// It is a value that its owner drives: it sends nothing and knows no clock.
//
// A client may ask again after a no, as often as it likes; a request before
// the offer or after the yes is ignored, and one for a version other than 1 is
// answered with no.
type Negotiator struct {
	uid    string
	agreed bool
}

// Offer is to be sent first, once. uid must be used for nothing else.
func (n *Negotiator) Offer(uid string, at time.Time) *Event {
	n.uid = uid
	return NewOffer(uid, at, int(Proto))
}

// Answer gives the response to e, or nil where e is no request or comes at the
// wrong time. After the response is sent, the stream is in the form of
// n.Form(), both ways.
func (n *Negotiator) Answer(e *Event, at time.Time) *Event {
	if e.Type != TypeRequest || n.uid == "" || n.agreed {
		return nil
	}
	v, ok := e.Requested()
	n.agreed = ok && v == int(Proto)
	return NewResponse(e.UID, at, n.agreed)
}

// Form is what the stream is in.
func (n *Negotiator) Form() Form {
	if n.agreed {
		return Proto
	}
	return XML
}
