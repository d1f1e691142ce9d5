package adsb

import (
	"fmt"
	"math/bits"
)

// Squawk is a code of four octal digits.
type Squawk uint16

func (s Squawk) String() string { return fmt.Sprintf("%04o", uint16(s)) }

// The 13 bits of an identity or altitude code are, from the highest,
// C1 A1 C2 A2 C4 A4 X B1 D1 B2 D2 B4 D4 (ICAO Annex 10 volume IV, 3.1.1.6).
func squawk(code uint16) Squawk {
	a, b, c, d := pulses(code)
	return Squawk(a<<9 | b<<6 | c<<3 | d)
}

// pulses are the four digits of a code, the pulse 4 the highest bit of each.
func pulses(code uint16) (a, b, c, d uint16) {
	bit := func(at int) uint16 { return code >> at & 1 }
	a = bit(7)<<2 | bit(9)<<1 | bit(11)
	b = bit(1)<<2 | bit(3)<<1 | bit(5)
	c = bit(8)<<2 | bit(10)<<1 | bit(12)
	d = bit(0)<<2 | bit(2)<<1 | bit(4)
	return a, b, c, d
}

// codeOf is the 13 bits of a squawk.
func codeOf(s Squawk) uint16 {
	var code uint16
	for at := range 13 {
		if at != 6 && squawk(1<<at)&s != 0 {
			code |= 1 << at
		}
	}
	return code
}

const (
	metric = 1 << 6 // the bit M of an altitude code
	fine   = 1 << 4 // the bit Q: steps of 25 feet
)

// altitude13 reads the altitude code of a reply, in metres. Codes in metres,
// which nobody sends, are absent.
func altitude13(code uint16) Maybe[float64] {
	switch {
	case code == 0 || code&metric != 0:
		return Maybe[float64]{}
	case code&fine != 0:
		n := code>>2&0x7E0 | code>>1&0x10 | code&0xF
		return Some((float64(n)*25 - 1000) * foot)
	}
	return gillham(code)
}

// altitude12 reads the altitude of a squitter, which lacks the bit M.
func altitude12(code uint16) Maybe[float64] {
	return altitude13(code<<1&0x1F80 | code&0x3F)
}

// gillham reads an altitude in steps of 100 feet (ICAO Annex 10 volume IV,
// appendix to chapter 3): a Gray code of 500 feet, and one of hundreds within
// that runs 1 2 3 4 5 and, every other time, backwards.
func gillham(code uint16) Maybe[float64] {
	a, b, c, d := pulses(code)
	if d&1 != 0 { // D1 is not used
		return Maybe[float64]{}
	}
	five := ungray(flip(d)<<6&0xC0 | flip(a)<<3 | flip(b))
	hundred := ungray(flip(c))
	switch hundred {
	case 0, 5, 6:
		return Maybe[float64]{}
	case 7:
		hundred = 5
	}
	if five%2 == 1 {
		hundred = 6 - hundred
	}
	return Some((float64(five)*500 + float64(hundred)*100 - 1300) * foot)
}

// flip puts pulse 1 in the highest place of a digit.
func flip(digit uint16) uint16 { return bits.Reverse16(digit) >> 13 }

// ungray reads a Gray code.
func ungray(gray uint16) uint16 {
	for shift := 1; shift < 16; shift <<= 1 {
		gray ^= gray >> shift
	}
	return gray
}

// letters are the six-bit characters of a callsign; # stands for none
// (ICAO Annex 10 volume IV, table 3-9).
const letters = "#ABCDEFGHIJKLMNOPQRSTUVWXYZ##### ###############0123456789######"
