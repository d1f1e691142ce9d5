package cot

import (
	"bytes"
	"encoding/binary"
	"math"
)

// Splitter cuts a stream of XML into events. The zero value is ready. Bytes go
// in by Feed, cut anywhere, and events come out of Next; nothing is looked at
// twice, and no more is kept than one event and what was fed last.
//
// It cuts after </event>, as TAK clients do, whatever stands around it: so two
// programs never differ on where an event ends, and after a broken event the
// next is whole again. Parse tells which are broken.
type Splitter struct {
	buf      buffer
	scanned  int  // bytes of an event without an end so far
	skipping bool // what comes belongs to an event that was too large
}

// Feed takes the next bytes of the stream. p may be used again afterwards.
func (s *Splitter) Feed(p []byte) { s.buf.feed(p) }

// Next gives the next event, in bytes of its own that Parse may keep. It gives
// nil and no error when it needs more bytes. A *Refusal is about the bytes
// that it left out; the stream goes on behind them.
func (s *Splitter) Next() ([]byte, error) {
	if s.skipping && !s.skipped() {
		return nil, nil
	}
	if err := s.begin(); err != nil {
		return nil, err
	}
	b := s.buf.rest()
	start, end := findEnd(b, s.scanned)
	switch {
	case end > MaxEvent:
		s.buf.drop(end)
		s.scanned = 0
		return nil, errLarge()
	case end < 0 && len(b) > MaxEvent:
		s.skipping = true
		s.buf.drop(start)
		s.scanned = 0
		return nil, errLarge()
	case end < 0:
		s.scanned = start
		return nil, nil
	}
	doc := squeeze(bytes.Clone(b[:end]), start)
	s.buf.drop(end)
	s.scanned = 0
	return doc, nil
}

// Rest gives the bytes that were fed and not yet cut, and forgets them: after
// negotiation they belong to Frames.
func (s *Splitter) Rest() []byte {
	b := bytes.Clone(s.buf.rest())
	*s = Splitter{}
	return b
}

func errLarge() error { return refuse(TooLarge, -1, "an event of more than 1 MiB") }

// skipped drops bytes up to the end of the event that was too large, and tells
// whether it has come.
func (s *Splitter) skipped() bool {
	start, end := findEnd(s.buf.rest(), 0)
	s.skipping = end < 0
	s.buf.drop(max(start, end))
	return !s.skipping
}

// begin drops white space before an event, and what is no XML up to the next
// tag. A byte order mark that has come by halves waits.
func (s *Splitter) begin() error {
	if s.scanned > 0 {
		return nil
	}
	b := s.buf.rest()
	for n := leading(b); n > 0; n = leading(b) { // marks may follow one another, and come one by one
		s.buf.drop(n)
		b = s.buf.rest()
	}
	if len(b) == 0 || b[0] == '<' || bytes.HasPrefix(mark, b) {
		return nil
	}
	n := bytes.IndexByte(b, '<')
	if n < 0 {
		n = len(b)
	}
	s.buf.drop(n)
	return refuse(Garbage, -1, "bytes between events that are no XML")
}

// Frames cuts a stream of protobuf into payloads, which ParseMessage reads.
// The zero value is ready; it is used as Splitter is.
type Frames struct {
	buf  buffer
	skip uint64 // bytes of a payload that was too large
	lost error  // what is no frame; nothing can be read behind it
}

// Feed takes the next bytes of the stream. p may be used again afterwards.
func (f *Frames) Feed(p []byte) {
	if f.lost != nil {
		return
	}
	n := min(uint64(len(p)), f.skip)
	f.skip -= n
	f.buf.feed(p[n:])
}

// Next gives the next payload, in bytes of its own that ParseMessage may keep,
// and nil without an error when it needs more bytes. A payload over MaxEvent
// is refused on sight of its length, and passed over without being kept. After
// a refusal for BadFrame the stream cannot be read any further, and Next goes
// on giving it.
func (f *Frames) Next() ([]byte, error) {
	b := f.buf.rest()
	if f.lost != nil || len(b) == 0 {
		return nil, f.lost
	}
	size, n := frameHeader(b)
	switch {
	case n == 0:
		return nil, nil
	case n < 0:
		f.lost = refuse(BadFrame, -1, "no 0xBF and length where a frame starts")
		f.buf = buffer{}
		return nil, f.lost
	case size > MaxEvent:
		f.pass(n, size)
		return nil, errLarge()
	case uint64(len(b)-n) < size:
		return nil, nil
	}
	end := n + int(size)
	payload := make([]byte, size) // not nil, even where it is empty
	copy(payload, b[n:end])
	f.buf.drop(end)
	return payload, nil
}

// pass drops a header of n bytes, and what there is and will be of a payload.
func (f *Frames) pass(n int, size uint64) {
	have := min(uint64(len(f.buf.rest())-n), size)
	f.buf.drop(n + int(have))
	f.skip = size - have
}

// frameHeader reads 0xBF and a length: n is the size of the header, 0 when
// more bytes are needed, and below 0 when this is none.
func frameHeader(b []byte) (size uint64, n int) {
	if b[0] != magic {
		return 0, -1
	}
	size, n = binary.Uvarint(b[1:])
	if n < 0 || size > math.MaxInt64 {
		return 0, -1
	}
	if n == 0 {
		return 0, 0
	}
	return size, n + 1
}

// magic begins every frame and datagram of TAK protocol 1.
const magic = 0xBF

// AppendFrame writes a payload as a frame of a stream.
func AppendFrame(dst, payload []byte) []byte {
	dst = binary.AppendUvarint(append(dst, magic), uint64(len(payload)))
	return append(dst, payload...)
}

// AppendDatagram writes a payload as a datagram of the mesh.
func AppendDatagram(dst, payload []byte) []byte {
	return append(append(dst, magic, byte(Proto), magic), payload...)
}

// ParseDatagram reads a datagram of the mesh, in protobuf or XML. b becomes
// the message's: it must not be changed afterwards.
func ParseDatagram(b []byte) (Message, error) {
	if len(b) == 0 || b[0] != magic {
		e, err := Parse(b)
		return Message{Event: e}, err
	}
	v, n := binary.Uvarint(b[1:])
	if n <= 0 || len(b) < n+2 || b[n+1] != magic {
		return Message{}, refuse(BadFrame, 0, "a datagram that does not begin with 0xBF, a version and 0xBF")
	}
	if v != uint64(Proto) {
		return Message{}, refuse(BadProtocol, 1, "a version of the TAK protocol other than 1")
	}
	return ParseMessage(b[n+2:])
}

// buffer holds what of a stream has not been taken yet.
type buffer struct {
	b    []byte
	from int
}

// keep is the room that a buffer holds on to when it is empty.
const keep = 16 << 10

// feed appends p, and moves what is left to the front first: each byte moves
// once for every event cut before it within one feed at most.
func (b *buffer) feed(p []byte) {
	if b.from > 0 {
		b.b = b.b[:copy(b.b, b.b[b.from:])]
		b.from = 0
	}
	b.b = append(b.b, p...)
}

func (b *buffer) rest() []byte { return b.b[b.from:] }

// drop forgets the first n bytes, and the room for them when it is large.
func (b *buffer) drop(n int) {
	b.from += n
	if b.from < len(b.b) {
		return
	}
	b.from, b.b = 0, b.b[:0]
	if cap(b.b) > keep {
		b.b = nil
	}
}
