package cot

import (
	"errors"
	"fmt"
)

// Reason says in one word why a message is refused, for counting.
type Reason string

// Reasons of form: the bytes are no message.
const (
	TooLarge    Reason = "too-large"    // over MaxEvent
	TooDeep     Reason = "too-deep"     // over MaxDepth
	TooMany     Reason = "too-many"     // attributes, over MaxAttrs
	Garbage     Reason = "garbage"      // bytes between events that are no XML
	Malformed   Reason = "malformed"    // XML that is not well formed
	Doctype     Reason = "doctype"      // a document type or processing instruction
	Encoding    Reason = "encoding"     // an encoding other than UTF-8, ASCII or Latin-1
	BadText     Reason = "bad-text"     // characters that XML cannot hold
	NotEvent    Reason = "not-event"    // the root is something else
	Ambiguous   Reason = "ambiguous"    // a point or detail twice, or an event within the detail
	BadFrame    Reason = "bad-frame"    // no 0xBF, or no length, where a frame starts
	BadProtocol Reason = "bad-protocol" // a version of the TAK protocol other than 1
	BadProto    Reason = "bad-proto"    // protobuf that cannot be read
)

// Reasons of sense: the message is well formed and says what cannot be.
const (
	NoUID      Reason = "no-uid"
	LongUID    Reason = "long-uid" // over MaxUID
	NoType     Reason = "no-type"
	BadType    Reason = "bad-type" // characters other than letters, digits, - . and _
	BadLat     Reason = "bad-lat"
	BadLon     Reason = "bad-lon"
	BadNumber  Reason = "bad-number" // height or errors
	BadTime    Reason = "bad-time"   // missing, unreadable, or not in the years 1970 to 9999
	StaleFirst Reason = "stale-first"
)

// Refusal is the error of all decoders, and what Check finds.
type Refusal struct {
	Reason Reason
	At     int    // offset in bytes, or -1
	Text   string // what is wrong, and where
}

// Error says what is wrong.
func (r *Refusal) Error() string {
	if r.At < 0 {
		return fmt.Sprintf("cot: %s: %s", r.Reason, r.Text)
	}
	return fmt.Sprintf("cot: %s at byte %d: %s", r.Reason, r.At, r.Text)
}

// ReasonOf gives the reason of a refusal, and "" for other errors.
func ReasonOf(err error) Reason {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Reason
	}
	return ""
}

func refuse(reason Reason, at int, text string) error {
	return &Refusal{reason, at, text}
}
