package ais

import "strings"

// Payload is the bits of one message, however many sentences brought them.
type Payload struct {
	bits [MaxBits / 8]byte
	n    int
}

// Len is the number of bits.
func (p *Payload) Len() int { return p.n }

// Bytes are the bits, the first in the highest place, with zeros at the end.
func (p *Payload) Bytes() []byte {
	return append([]byte(nil), p.bits[:(p.n+7)/8]...)
}

// Unarmour reads the six bits that every character stands for and leaves out
// the last fill of them.
func Unarmour(armour string, fill int) (Payload, error) {
	var p Payload
	err := p.add(armour, fill)
	return p, err
}

// add appends the bits of a part.
func (p *Payload) add(armour string, fill int) error {
	if fill < 0 || fill > 5 || fill > 6*len(armour) {
		return refuse(BadField, "%d fill bits behind %d characters; 0 to 5", fill, len(armour))
	}
	if p.n+6*len(armour) > MaxBits {
		return refuse(TooLong, "a message of more than %d bits", MaxBits)
	}
	for i := range len(armour) {
		v, ok := sixBits(armour[i])
		if !ok {
			return refuse(BadArmour, "character %d of the payload: %q", i+1, armour[i])
		}
		p.put(uint64(v), 6)
	}
	p.drop(fill)
	return nil
}

// drop takes the last bits off, and leaves zeros in their place.
func (p *Payload) drop(fill int) {
	for range fill {
		p.n--
		p.bits[p.n>>3] &^= 0x80 >> (p.n & 7)
	}
}

// sixBits is the armour of IEC 61162-1: 0 to W are 0 to 39, ` to w the rest.
func sixBits(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= 'W':
		return c - '0', true
	case c >= '`' && c <= 'w':
		return c - '`' + 40, true
	}
	return 0, false
}

// Armour writes the bits as characters, and tells how many of the last bits
// are filling.
func (p *Payload) Armour() (armour string, fill int) {
	var b strings.Builder
	for at := 0; at < p.n; at += 6 {
		v := byte(p.get(at, 6))
		if v < 40 {
			b.WriteByte(v + '0')
		} else {
			b.WriteByte(v - 40 + '`')
		}
	}
	return b.String(), 6*b.Len() - p.n
}

// put appends the low bits of v; what has no room is left out.
func (p *Payload) put(v uint64, width int) {
	for width > 0 && p.n < MaxBits {
		room := 8 - p.n&7
		take := min(room, width)
		part := byte(v>>(width-take)) & (1<<take - 1)
		p.bits[p.n>>3] |= part << (room - take)
		p.n += take
		width -= take
	}
}

// get reads bits; those beyond the end are zeros.
func (p *Payload) get(at, width int) uint64 {
	var v uint64
	for width > 0 {
		room := 8 - at&7
		take := min(room, width)
		var b byte
		if at < MaxBits {
			b = p.bits[at>>3]
		}
		v = v<<take | uint64(b>>(room-take)&(1<<take-1))
		at += take
		width -= take
	}
	return v
}
