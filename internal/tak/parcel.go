package tak

import (
	"strings"
	"sync"
	"time"

	"vedette/wire/cot"
)

// parcel is an event on its way to many: encoded once for each form, its bytes
// shared by all queues. It does not change once it is in one.
type parcel struct {
	uid    string
	gone   string    // the uid that it deletes
	groups []string  // who may have it; empty for all
	dests  cot.Dests // who of them shall have it; empty for all
	state  bool      // the newest of its uid stands for those before it
	late   bool      // a newer one came before it
	then   cot.Form  // what the stream is in behind it, where turn is set
	turn   bool

	event *cot.Event
	xml   []byte

	once  sync.Once
	proto []byte // framed, once somebody needs it
	err   error
}

// newParcel packs an event that Check lets pass.
func newParcel(e *cot.Event, groups []string) (*parcel, error) {
	xml, err := e.Bytes(cot.XML)
	if err != nil {
		return nil, err
	}
	p := &parcel{uid: e.UID, gone: e.Gone(), groups: groups, state: isState(e.Type), event: e, xml: xml}
	if _, alarm := e.Emergency(); !alarm { // which is for all, whatever it says
		p.dests = e.Detail.Dests()
	}
	return p, nil
}

// frame gives e as a frame of a stream of protobuf.
func frame(e *cot.Event) ([]byte, error) {
	payload, err := e.Bytes(cot.Proto)
	if err != nil {
		return nil, err
	}
	return cot.AppendFrame(make([]byte, 0, len(payload)+6), payload), nil
}

// frame gives the bytes for a stream in a form.
func (p *parcel) frame(form cot.Form) ([]byte, error) {
	if form == cot.XML {
		return p.xml, nil
	}
	p.once.Do(func() { p.proto, p.err = frame(p.event) })
	return p.proto, p.err
}

// datagram gives the bytes for the mesh.
func (p *parcel) datagram(form cot.Form) ([]byte, error) {
	if form == cot.XML {
		return p.xml, nil
	}
	payload, err := p.event.Bytes(cot.Proto)
	if err != nil {
		return nil, err
	}
	return cot.AppendDatagram(nil, payload), nil
}

func (p *parcel) size() int { return len(p.xml) }

// isState tells whether events of a type say how an object is, so that the
// newest says it all: things, markers, drawings. All else is said once.
func isState(typ string) bool {
	for _, prefix := range []string{"a-", "b-m-", "u-"} {
		if strings.HasPrefix(typ, prefix) {
			return true
		}
	}
	return false
}

// placed tells whether a person put an object there to stand, rather than that
// his device tells where it is.
func placed(e *cot.Event) bool {
	return strings.HasPrefix(e.How, "h-") && e.Stale.Sub(e.Time) >= time.Hour
}

// share tells whether somebody in some groups may have what is for others.
func share(has, needs []string) bool {
	if len(needs) == 0 {
		return true
	}
	for _, a := range needs {
		for _, b := range has {
			if a == b {
				return true
			}
		}
	}
	return false
}
