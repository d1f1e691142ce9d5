package cot

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// AppendMessage writes a payload of TAK protocol 1. Elements of the detail
// that a typed message holds whole, and that stand there once, go into it; the
// rest stays XML, byte for byte. What is refused is what AppendXML refuses.
func AppendMessage(dst []byte, m Message) ([]byte, error) {
	if m.Control != nil {
		dst = appendPart(dst, messageControl, m.Control.appendProto(nil))
	}
	if m.Event == nil {
		return dst, nil
	}
	if err := m.Event.writable(); err != nil {
		return dst, err
	}
	b, err := m.Event.appendProto(make([]byte, 0, 256+len(m.Event.Detail)))
	if err != nil {
		return dst, err
	}
	return appendPart(slices.Grow(dst, len(b)+6), messageEvent, b), nil
}

func (c *Control) appendProto(dst []byte) []byte {
	dst = appendUint(dst, controlMin, uint64(c.Min))
	dst = appendUint(dst, controlMax, uint64(c.Max))
	return appendText(dst, controlUID, c.ContactUID)
}

func (e *Event) appendProto(dst []byte) ([]byte, error) {
	dst = appendText(dst, eventType, e.Type)
	dst = appendText(dst, eventAccess, e.Access)
	dst = appendText(dst, eventQoS, e.QoS)
	dst = appendText(dst, eventOpex, e.Opex)
	dst = appendText(dst, eventUID, e.UID)
	dst = appendUint(dst, eventTime, uint64(e.Time.UnixMilli()))
	dst = appendUint(dst, eventStart, uint64(e.Start.UnixMilli()))
	dst = appendUint(dst, eventStale, uint64(e.Stale.UnixMilli()))
	dst = appendText(dst, eventHow, e.How)
	dst = appendDouble(dst, eventLat, e.Point.Lat)
	dst = appendDouble(dst, eventLon, e.Point.Lon)
	dst = appendDouble(dst, eventHAE, known(e.Point.HAE))
	dst = appendDouble(dst, eventCE, known(e.Point.CE))
	dst = appendDouble(dst, eventLE, known(e.Point.LE))
	detail, err := e.Detail.appendProto(make([]byte, 0, len(e.Detail)))
	if err != nil || len(detail) == 0 {
		return dst, err
	}
	return appendPart(dst, eventDetail, detail), nil
}

func appendText(dst []byte, num protowire.Number, s string) []byte {
	if s == "" {
		return dst
	}
	return protowire.AppendString(protowire.AppendTag(dst, num, protowire.BytesType), s)
}

func appendUint(dst []byte, num protowire.Number, v uint64) []byte {
	if v == 0 {
		return dst
	}
	return protowire.AppendVarint(protowire.AppendTag(dst, num, protowire.VarintType), v)
}

// appendDouble leaves out 0, but not -0, as protobuf does.
func appendDouble(dst []byte, num protowire.Number, v float64) []byte {
	bits := math.Float64bits(v)
	if bits == 0 {
		return dst
	}
	return protowire.AppendFixed64(protowire.AppendTag(dst, num, protowire.Fixed64Type), bits)
}

// appendPart writes a message within a message, also where it is empty.
func appendPart(dst []byte, num protowire.Number, b []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(dst, num, protowire.BytesType), b)
}

// appendProto writes a Detail: the typed messages, and then the XML that is
// left.
func (d Detail) appendProto(dst []byte) ([]byte, error) {
	found, err := d.typed()
	if err == nil {
		err = d.safe()
	}
	if err != nil {
		return dst, err
	}
	var gone [detailTrack + 1]bool
	for num, c := range found {
		if c.n == 1 {
			dst, gone[num] = appendTyped(dst, protowire.Number(num), c.el)
		}
	}
	rest := d.without(&found, &gone)
	if isBlank(rest) {
		return dst, nil
	}
	return appendText(dst, detailXML, rest), nil
}

// candidate is an element that may become a typed message: how often it
// stands in the detail, and where it does first.
type candidate struct {
	el Element
	at int
	n  int
}

// typed reads all of d, strictly, and finds the candidates.
func (d Detail) typed() (found [detailTrack + 1]candidate, err error) {
	p := newFragment(string(d))
	for {
		el, ok, err := p.element()
		if err != nil || !ok {
			return found, err
		}
		if num := typedNumber(el.Name); num != 0 {
			c := &found[num]
			if c.n++; c.n == 1 {
				c.el, c.at = el, p.i-len(el.Raw)
			}
		}
	}
}

// without gives d without the elements that are gone.
func (d Detail) without(found *[detailTrack + 1]candidate, gone *[detailTrack + 1]bool) string {
	var b strings.Builder
	for from := 0; ; {
		next := candidate{at: len(d)}
		for num, c := range found {
			if gone[num] && c.at >= from && c.at < next.at {
				next = c
			}
		}
		if from == 0 && next.at == len(d) {
			return string(d) // nothing is gone
		}
		b.WriteString(string(d)[from:next.at])
		if next.at == len(d) {
			return b.String()
		}
		from = next.at + len(next.el.Raw)
	}
}

// appendTyped writes el as its message; ok is false, and nothing is written,
// where something of it would be lost: content, an attribute that has no
// field, a missing attribute (but the endpoint), or a digit.
func appendTyped(dst []byte, num protowire.Number, el Element) (out []byte, ok bool) {
	if !isBlank(el.Inner) {
		return dst, false
	}
	var room [256]byte
	b := room[:0]
	names, n := typedFields[num], 0
	p := cursor{s: el.attrs}
	for {
		name, value, more, err := p.attribute()
		if err != nil || !more {
			break
		}
		i := slices.Index(names, name)
		if i < 0 {
			return dst, false
		}
		if b, ok = appendTypedField(b, num, protowire.Number(i+1), unescape(value)); !ok {
			return dst, false
		}
		n++
	}
	if _, has := el.LookupAttr(names[0]); num == detailContact && !has {
		n++
	}
	if n < len(names) {
		return dst, false
	}
	return appendPart(dst, num, b), true
}

func appendTypedField(b []byte, num, field protowire.Number, value string) ([]byte, bool) {
	switch num {
	case detailStatus:
		v, err := strconv.ParseUint(value, 10, 32)
		return appendUint(b, field, v), err == nil && strconv.FormatUint(v, 10) == value
	case detailTrack:
		v, ok := exactNumber(value)
		return appendDouble(b, field, v), ok
	case detailContact:
		return appendText(b, field, value), value != "" || field != 1
	}
	return appendText(b, field, value), true
}
