// Package adsb turns what receivers of Mode S and ADS-B write into what
// aircraft say, and back: AVR lines and Beast streams of raw frames, SBS-1
// lines, and the aircraft.json of dump1090 and readsb.
//
// In go lines, chunks of a stream, or whole frames; out come messages.
// Positions are degrees on WGS 84, tracks and headings degrees clockwise,
// tracks from true north, altitudes metres (barometric ones above the level of
// 1013.25 hPa, GNSS ones above the ellipsoid), speeds and vertical rates metres
// per second, rates upwards. What an aircraft marks as not available is an
// absent value (Maybe), never a number.
//
// A frame has parity, not proof: an address is what the sender claims. Parity
// shows that a squitter (DF 11, 17, 18) came whole, where all other replies
// have their address laid over the parity, so that any noise gives an address:
// take them only from aircraft that squittered lately (Addresses).
//
// A position takes two frames, or one and a place near by; the caller keeps a
// Pairing for every aircraft and brings the times of the frames, for nothing
// here reads a clock. Every refusal is an *Error with a Reason to count by;
// nothing is allocated by a length that the input claims, and the state of a
// Splitter, a Pairing and an Addresses is bounded. The package does no I/O.
//
// Formats are those of ICAO Annex 10 volume IV, ICAO Doc 9871 and RTCA DO-260B.
package adsb

import "fmt"

// Bounds of what is looked at.
const (
	MaxLine     = 512      // bytes of an AVR or SBS line
	MaxSnapshot = 16 << 20 // bytes of an aircraft.json
	MaxAircraft = 16384    // aircraft in it
)

const (
	foot = 0.3048        // metres
	knot = 1852.0 / 3600 // metres per second
	fpm  = foot / 60     // a foot per minute, in metres per second
)

// Maybe is a value that may be absent.
type Maybe[T any] struct {
	Value T
	Known bool
}

// Some is a value that is there.
func Some[T any](v T) Maybe[T] { return Maybe[T]{v, true} }

// Reason tells why something was refused.
type Reason uint8

// The reasons, as a feed counts them.
const (
	TooLong     Reason = iota + 1 // a line over MaxLine, or a snapshot over MaxSnapshot or MaxAircraft
	BadFormat                     // not the frame, line or document that it should be
	BadField                      // a field that cannot be read
	BadLength                     // a frame of a length that its format does not have
	Truncated                     // a frame cut short by the next one
	Unsynced                      // bytes between frames
	BadParity                     // the frame did not come whole
	UnknownType                   // a frame, a line or a message that this package does not read
	NoPair                        // one frame of a position, and no place near by
	NoReference                   // a position on the ground, and no place within 45 nautical miles
	ZoneChange                    // two frames from different zones of longitude: wait for the next
	Implausible                   // a position beyond the Earth, or that nobody reaches so soon
)

var reasons = [...]string{"", "too_long", "bad_format", "bad_field", "bad_length", "truncated", "unsynced", "bad_parity",
	"unknown_type", "no_pair", "no_reference", "zone_change", "implausible"}

// String is the name of a reason: lower case, words joined by underscores.
func (r Reason) String() string {
	if int(r) >= len(reasons) {
		return fmt.Sprintf("reason_%d", uint8(r))
	}
	return reasons[r]
}

// Error is a refusal.
type Error struct {
	Reason Reason
	Detail string // which field, and what is wrong with it
}

func (e *Error) Error() string {
	return "adsb: " + e.Reason.String() + ": " + e.Detail
}

func refuse(r Reason, format string, args ...any) *Error {
	return &Error{r, fmt.Sprintf(format, args...)}
}
