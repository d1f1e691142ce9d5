package adsb

import "time"

// generator is the polynomial of the parity of Mode S, without its highest
// term (ICAO Annex 10 volume IV, 3.1.2.3.3.1.2).
const generator = 0xFFF409

var crcTable = tableOf(generator)

func tableOf(poly uint32) (table [256]uint32) {
	for i := range table {
		v := uint32(i) << 16
		for range 8 {
			v <<= 1
			if v&(1<<24) != 0 {
				v ^= 1<<24 | poly
			}
		}
		table[i] = v
	}
	return table
}

// remainder is what the last three bytes differ by from the parity of those
// before: 0, or what was laid over it, an address or an interrogator's code.
func remainder(data []byte) uint32 {
	body, tail := data[:len(data)-3], data[len(data)-3:]
	return parity(body) ^ (uint32(tail[0])<<16 | uint32(tail[1])<<8 | uint32(tail[2]))
}

func parity(body []byte) uint32 {
	var v uint32
	for _, b := range body {
		v = v<<8&0xFFFFFF ^ crcTable[byte(v>>16)^b]
	}
	return v
}

// How long an address is remembered, and how many are.
const (
	AddressTerm  = time.Minute
	MaxAddresses = 8192
)

// Addresses remembers who squittered lately, so that replies whose address
// parity cannot prove may be told from noise. Its zero value is ready. Times
// are those of the frames, on any one clock.
type Addresses struct {
	seen  map[uint32]time.Duration
	swept time.Duration
}

// Note remembers whoever sent m, if parity proves that it came whole. It tells
// whether m is to be believed: it came whole, or its sender was noted within
// AddressTerm.
func (a *Addresses) Note(m Message, at time.Duration) bool {
	h := m.Head()
	if !h.Whole {
		return a.recent(h.Address, at)
	}
	if a.seen == nil {
		a.seen = map[uint32]time.Duration{}
	}
	if _, known := a.seen[h.Address]; known || a.room(at) {
		a.seen[h.Address] = at
	}
	return true
}

func (a *Addresses) recent(address uint32, at time.Duration) bool {
	last, known := a.seen[address]
	return known && (at-last).Abs() <= AddressTerm
}

// room makes room where it can, once a second at most.
func (a *Addresses) room(at time.Duration) bool {
	if len(a.seen) < MaxAddresses {
		return true
	}
	if (at - a.swept).Abs() < time.Second {
		return false
	}
	a.swept = at
	for address := range a.seen {
		if !a.recent(address, at) {
			delete(a.seen, address)
		}
	}
	return len(a.seen) < MaxAddresses
}
