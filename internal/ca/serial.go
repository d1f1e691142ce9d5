package ca

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
)

// Serial numbers a certificate: 128 random bits, written as 32 hexadecimal
// digits.
type Serial [16]byte

func newSerial() (Serial, error) {
	var s Serial
	for s == (Serial{}) { // RFC 5280 wants it above zero
		if _, err := rand.Read(s[:]); err != nil {
			return s, fmt.Errorf("draw a serial number: %w", err)
		}
	}
	return s, nil
}

// SerialOf gives a certificate's serial; ok is false for one that cannot be of
// this authority.
func SerialOf(n *big.Int) (s Serial, ok bool) {
	if n == nil || n.Sign() <= 0 || n.BitLen() > 8*len(s) {
		return s, false
	}
	n.FillBytes(s[:])
	return s, true
}

// ParseSerial reads hexadecimal digits, with colons between or without.
func ParseSerial(text string) (Serial, error) {
	var s Serial
	b, err := hex.DecodeString(strings.ReplaceAll(text, ":", ""))
	if err != nil || len(b) != len(s) {
		return s, fmt.Errorf("%q is no serial number; give %d hexadecimal digits", text, 2*len(s))
	}
	return Serial(b), nil
}

func (s Serial) number() *big.Int { return new(big.Int).SetBytes(s[:]) }

func (s Serial) String() string { return hex.EncodeToString(s[:]) }

// MarshalText writes the digits.
func (s Serial) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the digits.
func (s *Serial) UnmarshalText(text []byte) error {
	read, err := ParseSerial(string(text))
	if err == nil {
		*s = read
	}
	return err
}
