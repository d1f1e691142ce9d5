package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The bounds of an event, in bytes. MaxEvent is that of its encoding.
const (
	MaxID     = 128
	MaxKind   = 64
	MaxSource = 256
	MaxEvent  = 2 << 20
)

// maxVersion bounds the version of a payload.
const maxVersion = 1 << 16

// Event is something that happened. Kind and Version say how Payload is to be
// read; the journal itself looks into the payloads of its own kinds only, those
// that begin with "journal.".
type Event struct {
	ID       string          // unique for all time, chosen by the source: printable ASCII without spaces
	Kind     string          // lower-case words joined by dots: "contact.position"
	Version  int             // of the payload's form, from 1
	Source   string          // who says so: a feed, a user, a certificate
	Time     time.Time       // when it happened, as the source says
	Received time.Time       // when it reached us
	Payload  json.RawMessage // any one JSON value
}

// form is the event as it is written. The order of the fields is that of the
// encoding.
type form struct {
	ID       string          `json:"id"`
	Kind     string          `json:"kind"`
	Version  int             `json:"version"`
	Source   string          `json:"source"`
	Time     string          `json:"time"`
	Received string          `json:"received"`
	Payload  json.RawMessage `json:"payload"`
}

// Check reports everything that is wrong with the event, except its size as a
// whole, which Encode checks.
func (e Event) Check() error {
	return errors.Join(
		checkID(e.ID),
		checkKind(e.Kind),
		checkSource(e.Source),
		checkTime("time", e.Time),
		checkTime("received", e.Received),
		e.checkPayload(),
	)
}

func checkID(id string) error {
	if id == "" || len(id) > MaxID {
		return fmt.Errorf("id: has %d bytes; give 1 to %d", len(id), MaxID)
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return fmt.Errorf("id: byte %d is %#x; use printable ASCII without spaces", i, id[i])
		}
	}
	return nil
}

func checkKind(kind string) error {
	if kind == "" || len(kind) > MaxKind {
		return fmt.Errorf("kind: has %d bytes; give 1 to %d", len(kind), MaxKind)
	}
	for word := range strings.SplitSeq(kind, ".") {
		if word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return fmt.Errorf("kind: %q is no kind; use words of a-z, 0-9 and - joined by dots", kind)
		}
	}
	return nil
}

func checkSource(source string) error {
	if source == "" || len(source) > MaxSource || !utf8.ValidString(source) {
		return fmt.Errorf("source: has %d bytes; give 1 to %d of UTF-8", len(source), MaxSource)
	}
	if i := strings.IndexFunc(source, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
		return fmt.Errorf("source: byte %d begins a character that cannot be printed; leave it out", i)
	}
	return nil
}

// checkTime holds times to the years that nanoseconds since 1970 reach.
func checkTime(field string, t time.Time) error {
	if y := t.UTC().Year(); y < 1970 || y > 2261 {
		return fmt.Errorf("%s: the year %d is outside 1970 to 2261; give the time in UTC", field, y)
	}
	return nil
}

func (e Event) checkPayload() error {
	if e.Version < 1 || e.Version > maxVersion {
		return fmt.Errorf("version: %d is outside 1 to %d; give the version of the payload's form", e.Version, maxVersion)
	}
	if len(e.Payload) > MaxEvent {
		return tooLarge(len(e.Payload))
	}
	if !utf8.Valid(e.Payload) || !json.Valid(e.Payload) {
		return errors.New("payload: is not one JSON value in UTF-8; give at least null")
	}
	return nil
}

func tooLarge(size int) error {
	return fmt.Errorf("payload: the event has %d bytes, over %d; keep the file apart and journal its hash", size, MaxEvent)
}

// Encode checks the event and gives its one encoding, a JSON object on one
// line. Times are in UTC, and the spaces between the payload's tokens are gone.
func (e Event) Encode() ([]byte, error) {
	if err := e.Check(); err != nil {
		return nil, fmt.Errorf("%w: event %q: %w", ErrInvalid, e.ID, err)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e.form()); err != nil {
		return nil, fmt.Errorf("%w: event %q: %w", ErrInvalid, e.ID, err)
	}
	b.Truncate(b.Len() - 1) // the line's end
	if b.Len() > MaxEvent {
		return nil, fmt.Errorf("%w: event %q: %w", ErrInvalid, e.ID, tooLarge(b.Len()))
	}
	return b.Bytes(), nil
}

func (e Event) form() form {
	return form{
		e.ID, e.Kind, e.Version, e.Source,
		e.Time.UTC().Format(time.RFC3339Nano), e.Received.UTC().Format(time.RFC3339Nano),
		e.Payload,
	}
}

// Decode reads what Encode wrote, and nothing else: an event has one encoding
// only, so an unknown, missing, doubled or differently written field is an
// error. The payload does not alias b.
func Decode(b []byte) (Event, error) {
	if len(b) > MaxEvent {
		return Event{}, fmt.Errorf("journal: decode: %w", tooLarge(len(b)))
	}
	var f form
	if err := json.Unmarshal(b, &f); err != nil {
		return Event{}, fmt.Errorf("journal: decode: %w", err)
	}
	e, err := f.event()
	if err != nil {
		return Event{}, fmt.Errorf("journal: decode: %w", err)
	}
	again, err := e.Encode()
	if err != nil {
		return Event{}, err
	}
	if !bytes.Equal(again, b) {
		return Event{}, fmt.Errorf("journal: decode: event %q is not as this version writes it; a newer one may have written it", e.ID)
	}
	return e, nil
}

func (f form) event() (Event, error) {
	at, err := time.Parse(time.RFC3339Nano, f.Time)
	if err != nil {
		return Event{}, fmt.Errorf("time: %w", err)
	}
	received, err := time.Parse(time.RFC3339Nano, f.Received)
	if err != nil {
		return Event{}, fmt.Errorf("received: %w", err)
	}
	return Event{f.ID, f.Kind, f.Version, f.Source, at.UTC(), received.UTC(), f.Payload}, nil
}

// leadingID gives the id of an encoded event without decoding it, and nothing
// if that needs more than a look: an id with quotes or backslashes.
func leadingID(b []byte) string {
	rest, ok := bytes.CutPrefix(b, []byte(`{"id":"`))
	if !ok || len(rest) == 0 {
		return ""
	}
	end := bytes.IndexAny(rest[:min(len(rest), MaxID+1)], `"\\`)
	if end < 0 || rest[end] != '"' {
		return ""
	}
	return string(rest[:end])
}
