// Package ais turns lines of NMEA 0183 into what ships, aids and receivers
// say, and back: AIS messages in !AIVDM and !AIVDO sentences of any number of
// parts, and the positions of GNSS receivers in RMC, GGA and GLL.
//
// In go lines, one at a time, without regard to where they come from; out come
// messages and fixes. Positions are degrees on WGS 84, courses and headings
// degrees clockwise from true north, speeds metres per second, lengths and
// heights metres, rates of turn degrees per minute to starboard, times UTC.
// What a station marks as not available, and what lies outside its range, is
// an absent value (Maybe), never a number. An MMSI is what the station claims:
// nothing in AIS proves it.
//
// Every refusal is an *Error with a Reason to count by. No line longer than
// MaxLine and no message longer than MaxBits is looked at, a Reader holds
// at most MaxPending unfinished messages, and nothing is allocated by a length
// that a line claims. The package does no I/O, reads no clock and keeps no
// state but the Reader's.
//
// Layouts and special values are those of ITU-R M.1371-5, annex 8; sentences
// those of NMEA 0183 and IEC 61162-1.
package ais

import "fmt"

// Bounds of what is looked at.
const (
	MaxLine    = 1024 // bytes of a line, with tag blocks and comments
	MaxBits    = 2048 // bits of a message; the longest on the air has 1064
	MaxPending = 32   // unfinished messages in a Reader
	MaxAge     = 64   // AIS sentences after which an unfinished message is given up
)

const knot = 1852.0 / 3600 // metres per second

// Maybe is a value that may be absent.
type Maybe[T any] struct {
	Value T
	Known bool
}

// Some is a value that is there.
func Some[T any](v T) Maybe[T] { return Maybe[T]{v, true} }

// Reason tells why a line or a message was refused.
type Reason uint8

// The reasons, as a feed counts them.
const (
	TooLong         Reason = iota + 1 // a line over MaxLine, or a message over MaxBits
	NotSentence                       // neither $ nor ! where the sentence should begin
	NoChecksum                        // no * and two digits at the end
	BadChecksum                       // the line or its tag block does not add up
	BadTag                            // a tag block without an end
	BadField                          // a field that cannot be read
	BadArmour                         // a character that stands for no six bits
	Truncated                         // fewer bits than a message of its type has
	MissingPart                       // parts of a message that never became whole
	UnknownSentence                   // a sentence that this package does not read
	UnknownType                       // no message has this type
	BadIdentity                       // an MMSI of more than nine digits
	Unencodable                       // a message that has no form on the wire
)

var reasons = [...]string{"", "too_long", "not_a_sentence", "no_checksum", "bad_checksum", "bad_tag", "bad_field",
	"bad_armour", "truncated", "missing_part", "unknown_sentence", "unknown_type", "bad_identity", "unencodable"}

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
	Detail string // which field or part, and what is wrong with it
}

func (e *Error) Error() string {
	return "ais: " + e.Reason.String() + ": " + e.Detail
}

func refuse(r Reason, format string, args ...any) *Error {
	return &Error{r, fmt.Sprintf(format, args...)}
}
