package ais

import "strconv"

// Reader turns lines into messages and fixes. Its zero value is ready. It
// holds only the parts of messages that are not whole yet; use one for each
// source of lines, from one goroutine at a time.
type Reader struct {
	// Lost, when set, is told of every message that is given up because a part
	// of it never came; the reason is MissingPart.
	Lost func(*Error)

	pending []partial
	count   uint64 // AIS sentences so far
	whole   Payload
}

// Received is what one line gave. Message and Fix are both nil when the line
// was taken and more parts are awaited.
type Received struct {
	Tag     Tag // of the first part that has one
	Talker  string
	Type    string // VDM, VDO, RMC, GGA or GLL
	Own     bool   // the receiver's own ship: VDO, and all fixes
	Channel string // A or B; may be empty
	Message Message
	Fix     *Fix
}

// Line takes one line. The error is an *Error. BenchmarkReader gives the cost.
func (r *Reader) Line(line string) (Received, error) {
	s, err := ParseSentence(line)
	if err != nil {
		return Received{}, err
	}
	got := Received{Tag: s.Tag, Talker: s.Talker, Type: s.Type}
	switch {
	case s.Start == '!' && (s.Type == "VDM" || s.Type == "VDO"):
		err = r.radio(s, &got)
	case s.Start == '$' && reads(s.Type):
		got.Own = true
		got.Fix, err = ParseFix(s)
	default:
		err = refuse(UnknownSentence, "%c%s%s is not read here", s.Start, s.Talker, s.Type)
	}
	if err != nil {
		return Received{}, err
	}
	return got, nil
}

// Flush gives up all messages that are not whole: the source has ended.
func (r *Reader) Flush() {
	for len(r.pending) > 0 {
		r.abandon(0, "the source has ended")
	}
}

// part is the fields of one VDM or VDO sentence.
type part struct {
	id     identity
	number int
	armour string
	fill   int
	tag    Tag
}

// identity is what the parts of a message have in common.
type identity struct {
	kind, sequence, channel, group string
	parts                          int
}

// partial is a message whose first parts have come.
type partial struct {
	id      identity
	tag     Tag
	have    int
	since   uint64
	payload Payload
}

func (r *Reader) radio(s Sentence, got *Received) error {
	p, err := parsePart(s)
	if err != nil {
		return err
	}
	got.Own, got.Channel = s.Type == "VDO", p.id.channel
	r.count++
	r.age()
	whole, err := r.add(p, got)
	if err != nil || whole == nil {
		return err
	}
	got.Message, err = Decode(whole)
	return err
}

func parsePart(s Sentence) (part, error) {
	var f [6]string
	if n := split(f[:], s.Data); n != len(f) {
		return part{}, refuse(BadField, "%d fields in a VDM; 6", n)
	}
	parts, ok1 := digit(f[0])
	number, ok2 := digit(f[1])
	if !ok1 || !ok2 || number < 1 || number > parts {
		return part{}, refuse(BadField, "part %.9q of %.9q", f[1], f[0])
	}
	fill, ok := digit(f[5])
	if !ok {
		return part{}, refuse(BadField, "fill bits: %.9q; one digit", f[5])
	}
	id := identity{s.Type, f[2], f[3], s.Tag.groupID(), parts}
	return part{id, number, f[4], fill, s.Tag}, nil
}

func digit(s string) (int, bool) {
	if len(s) != 1 || s[0] < '0' || s[0] > '9' {
		return 0, false
	}
	return int(s[0] - '0'), true
}

// groupID is the name of a group: 1234 of 1-2-1234.
func (t Tag) groupID() string {
	for i := len(t.Group) - 1; i >= 0; i-- {
		if t.Group[i] == '-' {
			return t.Group[i+1:]
		}
	}
	return t.Group
}

// age gives up what has waited for too long. Sequence numbers come round after
// ten messages: an old first part must not meet a new second one.
func (r *Reader) age() {
	for len(r.pending) > 0 && r.count-r.pending[0].since > MaxAge {
		r.abandon(0, "older than "+strconv.Itoa(MaxAge)+" sentences")
	}
}

// add takes a part; it gives the payload, until the next call, when the
// message is whole. Parts come in order, or the message is lost: with parts of
// two messages mixed up nothing would show that they do not belong together.
func (r *Reader) add(p part, got *Received) (*Payload, error) {
	at := r.find(p)
	if p.number == 1 {
		if at >= 0 {
			r.abandon(at, "another message has taken its number")
		}
		return r.begin(p)
	}
	if at < 0 {
		return nil, refuse(MissingPart, "part %d of %d came without those before it", p.number, p.id.parts)
	}
	m := &r.pending[at]
	if m.have+1 != p.number {
		r.abandon(at, "part "+strconv.Itoa(m.have+1)+" is missing")
		return nil, refuse(MissingPart, "part %d of %d came without those before it", p.number, p.id.parts)
	}
	if err := m.payload.add(p.armour, p.fill); err != nil {
		r.drop(at)
		return nil, err
	}
	m.have++
	m.tag.fill(p.tag)
	if m.have < p.id.parts {
		return nil, nil
	}
	r.whole, got.Tag = m.payload, m.tag
	r.drop(at)
	return &r.whole, nil
}

// fill takes from another tag what t lacks.
func (t *Tag) fill(other Tag) {
	if t.Source == "" {
		t.Source = other.Source
	}
	if !t.Time.Known {
		t.Time = other.Time
	}
}

// begin takes a first part.
func (r *Reader) begin(p part) (*Payload, error) {
	r.whole = Payload{}
	if err := r.whole.add(p.armour, p.fill); err != nil {
		return nil, err
	}
	if p.id.parts == 1 {
		return &r.whole, nil
	}
	if len(r.pending) == MaxPending {
		r.abandon(0, "more than "+strconv.Itoa(MaxPending)+" messages wait for parts")
	}
	r.pending = append(r.pending, partial{p.id, p.tag, 1, r.count, r.whole})
	return nil, nil
}

// find looks for the message of a part, the newest first. Of the sentences of
// a message only one need name the source: the first by its tag block, the last
// by the Coast Guard's comment.
func (r *Reader) find(p part) int {
	if p.id.parts == 1 {
		return -1
	}
	for i := len(r.pending) - 1; i >= 0; i-- {
		m := &r.pending[i]
		if m.id == p.id && (m.tag.Source == p.tag.Source || p.tag.Source == "" || m.tag.Source == "") {
			return i
		}
	}
	return -1
}

func (r *Reader) drop(at int) {
	r.pending = append(r.pending[:at], r.pending[at+1:]...)
}

func (r *Reader) abandon(at int, why string) {
	m := &r.pending[at]
	if r.Lost != nil {
		r.Lost(refuse(MissingPart, "%d of %d parts, sequence %.9q, channel %.9q: %s", m.have, m.id.parts, m.id.sequence, m.id.channel, why))
	}
	r.drop(at)
}

// room is the characters of a payload in one sentence: with them it has no
// more than the 82 characters of NMEA 0183.
const room = 60

// Sentences writes a payload as sentences, AIVDM or, for the own ship, AIVDO.
// The sequence, 0 to 9, holds several parts together.
func Sentences(p *Payload, own bool, channel string, sequence int) []Sentence {
	kind := "VDM"
	if own {
		kind = "VDO"
	}
	armour, fill := p.Armour()
	parts := max(1, (len(armour)+room-1)/room)
	all := make([]Sentence, parts)
	for i := range all {
		piece := armour[i*room : min(len(armour), (i+1)*room)]
		seq, pad := "", 0
		if parts > 1 {
			seq = strconv.Itoa(sequence % 10)
		}
		if i == parts-1 {
			pad = fill
		}
		all[i] = Sentence{Start: '!', Talker: "AI", Type: kind, Data: strconv.Itoa(parts) + "," + strconv.Itoa(i+1) + "," +
			seq + "," + channel + "," + piece + "," + strconv.Itoa(pad)}
	}
	return all
}
