// Package cot reads and writes Cursor on Target, the messages of TAK.
//
// In go bytes, out come events, and back: XML (TAK protocol 0) by Parse and
// AppendXML, protobuf (TAK protocol 1) by ParseMessage and AppendMessage.
// Splitter cuts a TCP stream of XML into events, Frames a stream of protobuf
// into payloads; a datagram of the mesh is opened by ParseDatagram. Nothing
// here does I/O, starts a goroutine or keeps state between calls.
//
// An Event keeps the very bytes it came in (Raw), so that a relay forwards
// them as they are. Its detail stays XML, byte for byte; the typed views of it
// (Contact, Track, Dests and so on) are read when they are asked for. Elements
// and attributes that this package does not know survive XML to XML, and
// elements of the detail survive XML to protobuf to XML; ProtoLoss names the
// little that protobuf has no place for.
//
// Latitude and longitude are degrees on WGS 84, heights and errors metres,
// speed metres per second, course degrees from true north; times are UTC, in
// protobuf to the millisecond. Numbers are written as exact decimals, never
// with an exponent; a number that is missing or unreadable is NaN, a time that
// is missing or unreadable is the zero time.
//
// Decoding is about form only, and strict: what is not well formed, is over a
// bound or could be read differently by another program is refused with a
// *Refusal, whose Reason a server can count. Whether a well-formed event makes
// sense (a latitude of 123) is told by Check.
package cot

import (
	"bytes"
	"math"
	"time"

	"vedette/geo"
)

// The bounds of what is read.
const (
	MaxEvent = 1 << 20 // bytes of one event, in XML or protobuf
	MaxDepth = 64      // elements within one another
	MaxAttrs = 64      // attributes of one element
)

// UnknownError is the circular or linear error, and the height, of who does
// not know it, in metres.
const UnknownError = 9999999.0

// Form is one of the two forms on the wire; its value is the version of the
// TAK protocol.
type Form int

// The forms of an event.
const (
	XML   Form = 0
	Proto Form = 1
)

// Event is one message. The zero value is empty; who builds one sets at least
// UID, Type, How, Time, Start, Stale and Point. Who changes an event that was
// decoded calls Changed, so that the bytes received are not sent in its place.
type Event struct {
	Version   string // "2.0"; empty is written as that
	UID       string
	Type      string // a-f-G-U-C and the like
	How       string // m-g, h-e and the like
	Access    string // optional, as QoS and Opex
	QoS, Opex string

	Time, Start, Stale time.Time

	Point  Point
	Detail Detail

	// Raw is what was received: the XML document from its declaration or root
	// to the end of the root, or the protobuf payload (TakMessage) without
	// framing. It is the event's own and nil in an event that was built here.
	Raw  []byte
	Form Form // of Raw

	more rest
}

// rest is what an XML event holds beyond the typed fields, verbatim: text of
// attributes of three elements, and children of event.
type rest struct {
	event, point, detail string
	children             string
}

// Point is where an event is. LE and HAE are UnknownError or NaN where they
// are not known.
type Point struct {
	Lat, Lon float64 // degrees
	HAE      float64 // height above the ellipsoid, metres
	CE, LE   float64 // circular and linear error, metres
}

// NoPoint is the point of messages that are about no place, and of who has no
// fix.
func NoPoint() Point {
	return Point{HAE: UnknownError, CE: UnknownError, LE: UnknownError}
}

// unreadPoint is the point of an event that has none.
func unreadPoint() Point {
	nan := math.NaN()
	return Point{nan, nan, nan, nan, nan}
}

// Place is p without its height.
func (p Point) Place() geo.Point { return geo.Point{Lat: p.Lat, Lon: p.Lon} }

// NoFix tells whether p means that the sender does not know where he is: 0, 0
// with a circular error of 9999999, 999999 (as the protocol's own text has it)
// or none.
func (p Point) NoFix() bool {
	return p.Lat == 0 && p.Lon == 0 && !(p.CE < 999999)
}

// Changed forgets the bytes received, because e no longer says the same.
func (e *Event) Changed() { e.Raw = nil }

// Bytes gives e in a form, ready for framing: the bytes received where they
// are of that form, else encoded anew. They must not be changed.
func (e *Event) Bytes(form Form) ([]byte, error) {
	if e.Raw != nil && e.Form == form {
		return e.Raw, nil
	}
	if form == Proto {
		return AppendMessage(nil, Message{Event: e})
	}
	return e.AppendXML(nil)
}

// ProtoLoss names what of e the protobuf form has no place for, so that it
// does not come out of XML to protobuf to XML: unknown attributes of event,
// point and detail, children of event other than these, a version other than
// 2.0, and parts of a millisecond. It is empty for what TAK clients send.
func (e *Event) ProtoLoss() []string {
	var lost []string
	for _, part := range []struct {
		name string
		lost bool
	}{
		{"version", e.Version != "" && e.Version != version},
		{"attributes of event", e.more.event != ""},
		{"attributes of point", e.more.point != ""},
		{"attributes of detail", e.more.detail != ""},
		{"children of event", e.more.children != ""},
		{"time", subMilli(e.Time)},
		{"start", subMilli(e.Start)},
		{"stale", subMilli(e.Stale)},
	} {
		if part.lost {
			lost = append(lost, part.name)
		}
	}
	return lost
}

const version = "2.0"

// closing ends an event, in a stream and anywhere else.
var closing = []byte("</event>")

// longestEnd bounds an end tag with white space in it, so that nobody has us
// look through endless white space again and again.
const longestEnd = 64

// findEnd finds the first end tag of an event in b, from an offset on: where
// it starts and where it ends. Where there is none it gives the offset to look
// from when more bytes have come, and end is -1.
func findEnd(b []byte, from int) (start, end int) {
	word := closing[:len(closing)-1]
	for {
		i := bytes.Index(b[from:], word)
		if i < 0 {
			return max(from, len(b)-len(word)+1), -1
		}
		start = from + i
		end = start + len(word)
		for end < len(b) && isSpace(b[end]) && end-start < longestEnd {
			end++
		}
		if end == len(b) {
			return start, -1
		}
		if b[end] == '>' {
			return start, end + 1
		}
		from = end
	}
}
