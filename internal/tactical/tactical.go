// Package tactical turns events of Cursor on Target into observations, and
// observations into events.
//
// FromEvent takes an event and what its receiver knows of who sent it: source,
// trust and groups are never read from the event. What comes back is held to
// cot's Check; it still has to pass track's, which is the sink's to ask. The
// event goes along as XML in UTF-8, so that it can be relayed as it came.
//
// ToEvent gives that event again, or builds one for what never was an event: a
// ship of AIS, an aircraft of ADS-B.
//
// What Cursor on Target writes as 9999999 is NaN in an observation, and the
// other way round. Neither function does I/O, reads a clock or keeps state.
package tactical

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"vedette/track"
	"vedette/wire/cot"
)

// ErrOther is the error of FromEvent for an event that is about no thing at a
// place: chat, pings, negotiation. It is well formed, and no refusal.
var ErrOther = errors.New("tactical: the event is about the connection or a message, and not about something at a place")

// Sender is what the receiver of an event knows of where it came from.
type Sender struct {
	Source   string // the feed, or "tak"
	Trust    track.Trust
	By       string   // the certificate that vouches; empty where none does
	Groups   []string // who may see it; empty for all
	Received time.Time
}

// FromEvent gives what e says. The error is a *cot.Refusal where e says what
// cannot be, and ErrOther where it says nothing that is observed.
//
// The times are the sender's own, by his clock: whether that is late or his
// clock wrong is for the sink to mark, which has the time of receipt.
func FromEvent(e *cot.Event, from Sender) (track.Observation, error) {
	if found := e.Check(); len(found) > 0 {
		return track.Observation{}, found[0]
	}
	if !observed(e) {
		return track.Observation{}, ErrOther
	}
	o := track.Observation{
		Source: from.Source, ID: e.UID, Type: e.Type,
		HAE: math.NaN(), CE: math.NaN(), LE: math.NaN(), Course: math.NaN(), Speed: math.NaN(),
		Time: e.Time.UTC(), Received: from.Received.UTC(), Stale: e.Stale.UTC(),
		Trust: from.Trust, By: from.By, Groups: from.Groups,
	}
	if gone := e.Gone(); gone != "" {
		o.ID, o.Type, o.Gone = gone, goneType(e), true
	} else {
		place(&o, e.Point)
		o.Label = label(e)
		motion(&o, e.Detail)
		o.Props = props(e)
	}
	var err error
	o.CoT, err = text(e)
	return o, err
}

// observed tells whether e is about something at a place, or about the end of
// that: all but messages between people and programs.
func observed(e *cot.Event) bool {
	switch {
	case e.Gone() != "":
		return true
	case e.IsControl():
		return false
	}
	return !strings.HasPrefix(e.Type, "t-") && !strings.HasPrefix(e.Type, "b-t-")
}

// goneType is the type of what is gone, where the event says it.
func goneType(e *cot.Event) string {
	if link, ok := e.Detail.Link(); ok && link.Type != "" && len(link.Type) <= track.MaxType {
		return link.Type
	}
	return e.Type
}

func place(o *track.Observation, p cot.Point) {
	if p.NoFix() {
		return
	}
	o.Fix, o.At = true, p.Place()
	o.HAE, o.CE, o.LE = known(p.HAE), known(p.CE), known(p.LE)
}

// known gives NaN for 9999999, and for 999999, as the protocol's own text has
// it.
func known(v float64) float64 {
	if v >= 999999 {
		return math.NaN()
	}
	return v
}

// motion reads <track>. Programs write -1 for what they do not know.
func motion(o *track.Observation, d cot.Detail) {
	t, ok := d.Track()
	if !ok {
		return
	}
	if t.Course >= 0 && t.Course <= 360 {
		o.Course = t.Course
	}
	if t.Speed >= 0 && !math.IsInf(t.Speed, 0) {
		o.Speed = t.Speed
	}
}

func label(e *cot.Event) string {
	if alarm, ok := e.Emergency(); ok && alarm.Callsign != "" {
		return Printable(alarm.Callsign, track.MaxLabel)
	}
	contact, _ := e.Detail.Contact()
	return Printable(contact.Callsign, track.MaxLabel)
}

// props are what else is worth to be shown. Nothing about who a person is is
// among them.
func props(e *cot.Event) map[string]string {
	all := map[string]string{"how": e.How}
	if g, ok := e.Detail.Group(); ok {
		all["team"], all["role"] = g.Name, g.Role
	}
	if s, ok := e.Detail.Status(); ok {
		all["readiness"] = s.Readiness
		if s.Battery >= 0 && s.Battery <= 100 {
			all["battery_pct"] = strconv.Itoa(s.Battery)
		}
	}
	if t, ok := e.Detail.Takv(); ok {
		all["platform"], all["platform_version"] = t.Platform, t.Version
	}
	if p, ok := e.Detail.Precision(); ok {
		all["position_by"], all["height_by"] = p.Geopoint, p.Altitude
	}
	for key, value := range all {
		all[key] = Printable(value, track.MaxProp)
		if all[key] == "" {
			delete(all, key)
		}
	}
	return all
}

// Printable gives s without what cannot be printed and with no more than a
// number of bytes, so that a stray byte in a label costs the byte and not the
// observation.
func Printable(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.TrimSpace(s))
	for len(s) > most {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}

// text is e as XML in UTF-8: an event that came in Latin-1 is written anew.
func text(e *cot.Event) (string, error) {
	b, err := e.Bytes(cot.XML)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(b) {
		if b, err = e.AppendXML(nil); err != nil {
			return "", err
		}
	}
	return string(b), nil
}
