package cot

import (
	"math"
	"strconv"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Message is a TakMessage: a payload of TAK protocol 1. Either may be nil.
type Message struct {
	Control *Control
	Event   *Event
}

// Control is a TakControl, by which a member of the mesh says which versions
// of the protocol it reads. ContactUID may be empty beside an event.
type Control struct {
	Min, Max   uint32 // as read, 0 means 1
	ContactUID string
}

// Reads tells whether the sender of c reads a version of the protocol.
func (c Control) Reads(v uint32) bool { return v >= max(c.Min, 1) && v <= max(c.Max, 1) }

// The numbers of the fields, from the .proto files in testdata/proto.
const (
	messageControl protowire.Number = 1
	messageEvent   protowire.Number = 2

	controlMin protowire.Number = 1
	controlMax protowire.Number = 2
	controlUID protowire.Number = 3

	eventType   protowire.Number = 1
	eventAccess protowire.Number = 2
	eventQoS    protowire.Number = 3
	eventOpex   protowire.Number = 4
	eventUID    protowire.Number = 5
	eventTime   protowire.Number = 6
	eventStart  protowire.Number = 7
	eventStale  protowire.Number = 8
	eventHow    protowire.Number = 9
	eventLat    protowire.Number = 10
	eventLon    protowire.Number = 11
	eventHAE    protowire.Number = 12
	eventCE     protowire.Number = 13
	eventLE     protowire.Number = 14
	eventDetail protowire.Number = 15

	detailXML       protowire.Number = 1
	detailContact   protowire.Number = 2
	detailGroup     protowire.Number = 3
	detailPrecision protowire.Number = 4
	detailStatus    protowire.Number = 5
	detailTakv      protowire.Number = 6
	detailTrack     protowire.Number = 7
)

// typedNames are the elements of the typed messages: typedNumber backwards.
var typedNames = [detailTrack + 1]string{
	detailContact: "contact", detailGroup: "__group", detailPrecision: "precisionlocation",
	detailStatus: "status", detailTakv: "takv", detailTrack: "track",
}

// typedFields are their attributes, in the order of the fields.
var typedFields = [detailTrack + 1][]string{
	detailContact: {"endpoint", "callsign"}, detailGroup: {"name", "role"}, detailPrecision: {"geopointsrc", "altsrc"},
	detailStatus: {"battery"}, detailTakv: {"device", "platform", "os", "version"}, detailTrack: {"speed", "course"},
}

// typedNumber is the field of the message of an element, and 0 where there is
// none.
func typedNumber(name string) protowire.Number {
	switch name {
	case "contact":
		return detailContact
	case "__group":
		return detailGroup
	case "precisionlocation":
		return detailPrecision
	case "status":
		return detailStatus
	case "takv":
		return detailTakv
	case "track":
		return detailTrack
	}
	return 0
}

// ParseMessage reads a payload of TAK protocol 1. payload becomes the event's
// (its Raw): it must not be changed afterwards. Unknown fields are passed
// over; they stand in Raw. BenchmarkParseMessage gives the time.
func ParseMessage(payload []byte) (Message, error) {
	if len(payload) > MaxEvent {
		return Message{}, errLarge()
	}
	var control, event part
	whole := part{payload, string(payload), true}
	err := whole.fields(func(v value) int {
		switch v.num {
		case messageControl:
			return v.part(&control)
		case messageEvent:
			return v.part(&event)
		}
		return 0
	})
	if err != nil {
		return Message{}, err
	}
	return readMessage(payload, control, event)
}

func readMessage(payload []byte, control, event part) (m Message, err error) {
	if control.there {
		m.Control = &Control{}
		err = m.Control.read(control)
	}
	if event.there && err == nil {
		m.Event = &Event{Version: version, Raw: payload, Form: Proto}
		err = m.Event.readProto(event)
	}
	if err != nil {
		return Message{}, err
	}
	return m, nil
}

// part is a message within a message: its bytes, the same as a string out of
// which strings are cut, and whether it is there at all.
type part struct {
	b     []byte
	s     string
	there bool
}

// value is a field to be read: its number and wire type, and all that follows
// its tag in the part.
type value struct {
	num protowire.Number
	typ protowire.Type
	b   []byte
	in  *part
}

// fields walks over the fields of p. take reads a value and gives its size, 0
// for a field that is none of ours or of another wire type (which is passed
// over, as protobuf asks), and below 0 for one that is broken.
func (p *part) fields(take func(v value) int) error {
	for b := p.b; len(b) > 0; {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 || num > protowire.MaxValidNumber {
			return refuse(BadProto, -1, "a tag that cannot be read")
		}
		b = b[n:]
		n = take(value{num, typ, b, p})
		if n == 0 {
			n = protowire.ConsumeFieldValue(num, typ, b)
		}
		switch {
		case n == unholdable:
			return refuse(BadText, -1, "a string that is no UTF-8, or holds a character that XML cannot hold")
		case n == again:
			return refuse(Ambiguous, -1, "field "+strconv.Itoa(int(num))+" twice")
		case n < 0:
			return refuse(BadProto, -1, "field "+strconv.Itoa(int(num))+" cannot be read")
		}
		b = b[n:]
	}
	return nil
}

// What stands for a size, and is none of protowire's own errors.
const (
	unholdable = -1000 - iota // a string that XML could not hold
	again                     // a message that has been there
)

// bytes finds the value among the bytes of its part.
func (v value) bytes() (b []byte, s string, n int) {
	if v.typ != protowire.BytesType {
		return nil, "", 0
	}
	b, n = protowire.ConsumeBytes(v.b)
	if n < 0 {
		return nil, "", n
	}
	end := len(v.in.b) - len(v.b) + n
	return b, v.in.s[end-len(b) : end], n
}

func (v value) text(to *string) int {
	_, s, n := v.bytes()
	if n <= 0 {
		return n
	}
	if !holdable(s) {
		return unholdable
	}
	*to = s
	return n
}

// part reads a message. A second one would merge with the first, says protobuf;
// nobody sends that, and programs differ on it.
func (v value) part(to *part) int {
	b, s, n := v.bytes()
	if n <= 0 {
		return n
	}
	if to.there {
		return again
	}
	*to = part{b, s, true}
	return n
}

func (v value) uint64(to *uint64) int {
	if v.typ != protowire.VarintType {
		return 0
	}
	x, n := protowire.ConsumeVarint(v.b)
	*to = x
	return n
}

func (v value) uint32(to *uint32) int {
	var x uint64
	n := v.uint64(&x)
	if n > 0 {
		*to = uint32(x)
	}
	return n
}

func (v value) double(to *float64) int {
	if v.typ != protowire.Fixed64Type {
		return 0
	}
	x, n := protowire.ConsumeFixed64(v.b)
	*to = math.Float64frombits(x)
	return n
}

// time reads milliseconds since 1970. 0, and what lies after the year 9999, is
// the zero time.
func (v value) time(to *time.Time) int {
	var x uint64
	n := v.uint64(&x)
	if n > 0 {
		*to = time.Time{}
		if x != 0 && x <= uint64(lastTime.UnixMilli()) {
			*to = time.UnixMilli(int64(x)).UTC()
		}
	}
	return n
}

func (c *Control) read(p part) error {
	return p.fields(func(v value) int {
		switch v.num {
		case controlMin:
			return v.uint32(&c.Min)
		case controlMax:
			return v.uint32(&c.Max)
		case controlUID:
			return v.text(&c.ContactUID)
		}
		return 0
	})
}

// readProto reads a CotEvent.
func (e *Event) readProto(p part) error {
	var detail part
	err := p.fields(func(v value) int {
		if v.num == eventDetail {
			return v.part(&detail)
		}
		return e.readField(v)
	})
	if err != nil {
		return err
	}
	return e.Detail.readProto(detail)
}

func (e *Event) readField(v value) int {
	switch v.num {
	case eventType:
		return v.text(&e.Type)
	case eventAccess:
		return v.text(&e.Access)
	case eventQoS:
		return v.text(&e.QoS)
	case eventOpex:
		return v.text(&e.Opex)
	case eventUID:
		return v.text(&e.UID)
	case eventHow:
		return v.text(&e.How)
	case eventTime:
		return v.time(&e.Time)
	case eventStart:
		return v.time(&e.Start)
	case eventStale:
		return v.time(&e.Stale)
	case eventLat:
		return v.double(&e.Point.Lat)
	case eventLon:
		return v.double(&e.Point.Lon)
	case eventHAE:
		return v.double(&e.Point.HAE)
	case eventCE:
		return v.double(&e.Point.CE)
	case eventLE:
		return v.double(&e.Point.LE)
	}
	return 0
}

// readProto reads a Detail: its XML, and behind it the typed messages, but for
// those whose element stands in the XML.
func (d *Detail) readProto(p part) error {
	var typed [detailTrack + 1]part
	xml := ""
	err := p.fields(func(v value) int {
		if v.num == detailXML {
			return v.text(&xml)
		}
		if v.num < detailXML || v.num > detailTrack {
			return 0
		}
		return v.part(&typed[v.num])
	})
	if err != nil {
		return err
	}
	*d = Detail(xml)
	if err := d.check(); err != nil {
		return err
	}
	return d.merge(&typed)
}

// merge puts the typed messages behind the XML.
func (d *Detail) merge(typed *[detailTrack + 1]part) error {
	var room [512]byte
	more := room[:0]
	for num := detailContact; num <= detailTrack; num++ {
		if !typed[num].there {
			continue
		}
		with, err := appendElement(more, num, typed[num])
		if err != nil {
			return err
		}
		if _, _, there := d.locate(typedNames[num]); !there {
			more = with
		}
	}
	*d += Detail(more)
	return nil
}

// appendElement writes one of the typed messages as its element.
func appendElement(dst []byte, num protowire.Number, p part) ([]byte, error) {
	switch num {
	case detailTrack:
		return appendTrack(dst, p)
	case detailStatus:
		var battery uint32
		err := p.fields(func(v value) int {
			if v.num != 1 {
				return 0
			}
			return v.uint32(&battery)
		})
		return Status{Battery: int(battery)}.appendXML(dst), err
	}
	var s [4]string
	err := p.fields(func(v value) int {
		if v.num < 1 || int(v.num) > len(s) {
			return 0
		}
		return v.text(&s[v.num-1])
	})
	switch num {
	case detailContact:
		return Contact{Endpoint: s[0], Callsign: s[1]}.appendXML(dst), err
	case detailGroup:
		return Group{Name: s[0], Role: s[1]}.appendXML(dst), err
	case detailPrecision:
		return Precision{Geopoint: s[0], Altitude: s[1]}.appendXML(dst), err
	}
	return Takv{Device: s[0], Platform: s[1], OS: s[2], Version: s[3]}.appendXML(dst), err
}

func appendTrack(dst []byte, p part) ([]byte, error) {
	var t Track
	err := p.fields(func(v value) int {
		switch v.num {
		case 1:
			return v.double(&t.Speed)
		case 2:
			return v.double(&t.Course)
		}
		return 0
	})
	if err == nil && !(finite(t.Speed) && finite(t.Course)) {
		err = refuse(BadProto, -1, "a track that is no number")
	}
	if err != nil {
		return dst, err
	}
	return t.appendXML(dst), nil
}
