// Package track holds what is seen: observations, each a statement by a source
// that something was somewhere at a time.
//
// An observation that its source gives an identity belongs to one track, named
// by its Key; AIS, ADS-B and Cursor on Target bring identities of their own.
// One without, a plot, is kept as it is: to say which plots are one track is a
// computation of its own that is not here yet.
//
// Positions are degrees on WGS 84, heights metres above the ellipsoid, speeds
// metres per second, courses degrees clockwise from true north, times UTC. A
// number that is not known is NaN. The package does no I/O and reads no clock.
package track

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"math"
	"strings"
	"time"

	"vedette/geo"
)

// Trust says who vouches for an observation.
type Trust string

// The trusts. Nobody vouches for what comes over the air or an open port.
const (
	Certificate     Trust = "certificate"     // a client certificate of ours
	Token           Trust = "token"           // a user, by session or API token
	Local           Trust = "local"           // a file that somebody with access to this machine gave
	Unauthenticated Trust = "unauthenticated" // nobody
)

// Observation is one statement that something was somewhere at a time.
type Observation struct {
	Source string // the feed that brought it: printable, at most MaxSource bytes
	ID     string // its identity within the source, a CoT uid for TAK; empty for a plot
	Type   string // as in Cursor on Target: a-u-S is something unknown at sea
	Label  string // callsign, ship's or flight's name; may be empty

	Fix    bool      // whether At is known
	At     geo.Point // degrees
	HAE    float64   // height above the ellipsoid, metres
	CE, LE float64   // circular and linear error, metres
	Course float64   // degrees from true north
	Speed  float64   // metres per second

	Time     time.Time // when it was so, as the source says
	Received time.Time // when it reached us
	Stale    time.Time // when it stops to be current

	Trust  Trust
	By     string            // the certificate or user that vouches; empty where nobody does
	Groups []string          // who may see it; empty for all
	Props  map[string]string // what else the source says: at most MaxProps, see CheckProp
	CoT    string            // the event it came in, as XML, to be relayed as it is; may be empty

	Gone bool // the source says that it is there no more; At need not be known
	Late bool // a newer one of the same track had come before it
	// Skew is how far the clock of the sender is ahead of ours (negative:
	// behind), where it is far enough off to be said.
	Skew time.Duration
}

// Key names a track.
type Key struct{ Source, ID string }

// Key gives the track that o belongs to; a plot has none of its own.
func (o *Observation) Key() Key { return Key{o.Source, o.ID} }

// Emergency tells whether o calls for help for a person, or calls that off.
// That the sender is gone calls nothing off.
func (o *Observation) Emergency() (call, cancel bool) {
	if o.Gone || !strings.HasPrefix(o.Type, "b-a-o") {
		return false, false
	}
	cancel = o.Type == "b-a-o-can"
	return !cancel, cancel
}

// The kinds under which an observation stands in the journal: Positions in the
// log that has a term, calls for help and their ends in the one that has none.
const (
	KindPosition = "contact.position"
	KindCall     = "emergency.call"
	KindCancel   = "emergency.cancel"
)

// Kind tells under which kind o stands in the journal.
func (o *Observation) Kind() string {
	switch call, cancel := o.Emergency(); {
	case call:
		return KindCall
	case cancel:
		return KindCancel
	}
	return KindPosition
}

// EventID names o for all time: two with the same source, identity, type, time,
// place and label are one that came twice.
func (o *Observation) EventID() string {
	h := sha256.New()
	var b []byte
	for _, s := range []string{o.Source, o.ID, o.Type, o.Label} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(o.Time.UnixNano()))
	if o.Fix {
		for _, v := range []float64{o.At.Lat, o.At.Lon, o.HAE, o.Course, o.Speed} {
			b = binary.BigEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	if o.Gone {
		b = append(b, 1)
	}
	h.Write(b)
	return "o-" + base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(h.Sum(nil)[:20])
}
