package track

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The bounds of an observation, in bytes where nothing else is said.
const (
	MaxSource = 64
	MaxID     = 512
	MaxType   = 64
	MaxLabel  = 128
	MaxGroups = 32
	MaxProps  = 32 // properties
	MaxProp   = 256
	MaxCoT    = 1 << 20
)

// Reason is why an observation was refused, to count by.
type Reason string

// The reasons.
const (
	BadSource   Reason = "source"
	BadID       Reason = "id"
	BadType     Reason = "type"
	BadText     Reason = "text"
	BadPosition Reason = "position"
	BadMotion   Reason = "motion"
	BadTime     Reason = "time"
	BadTrust    Reason = "trust"
	TooMuch     Reason = "size"
	Personal    Reason = "personal"  // a field that is kept of nobody
	NotYours    Reason = "not-yours" // it speaks for the identity of another
)

// Refusal is why an observation is not taken.
type Refusal struct {
	Reason Reason
	Detail string
}

func (r *Refusal) Error() string { return string(r.Reason) + ": " + r.Detail }

func refuse(reason Reason, format string, args ...any) error {
	return &Refusal{reason, fmt.Sprintf(format, args...)}
}

// Check gives the first reason not to take o, or nil.
func (o *Observation) Check() error {
	for _, check := range []func() error{o.checkNames, o.checkPlace, o.checkTimes, o.checkTrust, o.checkProps} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (o *Observation) checkNames() error {
	switch {
	case o.Source == "" || !plain(o.Source, MaxSource):
		return refuse(BadSource, "%.80q is no name of a source; give 1 to %d bytes that can be printed", o.Source, MaxSource)
	case !plain(o.ID, MaxID):
		return refuse(BadID, "%.80q; give at most %d bytes that can be printed", o.ID, MaxID)
	case o.Type == "" || len(o.Type) > MaxType || strings.Trim(o.Type, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "":
		return refuse(BadType, "%.80q is no type of Cursor on Target; give one like a-u-G", o.Type)
	case !plain(o.Label, MaxLabel):
		return refuse(BadText, "label %.80q; give at most %d bytes that can be printed", o.Label, MaxLabel)
	case len(o.CoT) > MaxCoT:
		return refuse(TooMuch, "the event has %d bytes, over %d", len(o.CoT), MaxCoT)
	}
	return nil
}

// plain tells whether s can be printed and has no more than most bytes.
func plain(s string, most int) bool {
	if len(s) > most || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

func (o *Observation) checkPlace() error {
	if o.Fix {
		lat, lon := o.At.Lat, o.At.Lon
		if !(lat >= -90 && lat <= 90) || !(lon >= -180 && lon <= 180) {
			return refuse(BadPosition, "%v, %v is no place on Earth; latitudes go to 90, longitudes to 180 degrees", lat, lon)
		}
	}
	for _, v := range []float64{o.HAE, o.CE, o.LE} {
		if math.IsInf(v, 0) {
			return refuse(BadPosition, "a height or an error is infinite; leave it out")
		}
	}
	if o.CE < 0 || o.LE < 0 {
		return refuse(BadPosition, "an error is below zero; leave it out where it is not known")
	}
	if o.Course < 0 || o.Course > 360 || math.IsInf(o.Course, 0) {
		return refuse(BadMotion, "course %v; give degrees from 0 to 360", o.Course)
	}
	if o.Speed < 0 || o.Speed > maxSpeed {
		return refuse(BadMotion, "speed %v; give metres per second from 0 to %v", o.Speed, maxSpeed)
	}
	return nil
}

// maxSpeed is above that of anything that flies in the air.
const maxSpeed = 4000.0

func (o *Observation) checkTimes() error {
	for _, t := range []struct {
		name string
		time time.Time
	}{{"time", o.Time}, {"received", o.Received}, {"stale", o.Stale}} {
		if y := t.time.UTC().Year(); y < 1970 || y > 2261 {
			return refuse(BadTime, "%s: the year %d is outside 1970 to 2261; give the time in UTC", t.name, y)
		}
	}
	return nil
}

func (o *Observation) checkTrust() error {
	switch o.Trust {
	case Certificate, Token:
		if o.By == "" {
			return refuse(BadTrust, "%s, but by nobody; name who vouches", o.Trust)
		}
	case Local, Unauthenticated:
	default:
		return refuse(BadTrust, "%q is no trust; give one of certificate, token, local, unauthenticated", o.Trust)
	}
	if !plain(o.By, MaxLabel) {
		return refuse(BadTrust, "by %.80q; give at most %d bytes that can be printed", o.By, MaxLabel)
	}
	return nil
}

func (o *Observation) checkProps() error {
	if len(o.Props) > MaxProps || len(o.Groups) > MaxGroups {
		return refuse(TooMuch, "%d properties and %d groups; give at most %d and %d", len(o.Props), len(o.Groups), MaxProps, MaxGroups)
	}
	for _, g := range o.Groups {
		if g == "" || !plain(g, MaxLabel) {
			return refuse(BadText, "group %.80q; give 1 to %d bytes that can be printed", g, MaxLabel)
		}
	}
	for name, value := range o.Props {
		if err := CheckProp(name); err != nil {
			return err
		}
		if !plain(value, MaxProp) {
			return refuse(BadText, "%s: %.80q; give at most %d bytes that can be printed", name, value, MaxProp)
		}
	}
	return nil
}

// personal are the words that no property has in its name: of people, only
// where they are is kept.
var personal = []string{"face", "name", "phone", "msisdn", "imsi", "imei", "faith", "religion", "sect", "origin", "ethnic", "nationality", "tribe", "biometric", "fingerprint", "passport"}

// CheckProp tells whether a property may have a name: lower-case words joined
// by underscores, none of which is about who a person is.
func CheckProp(name string) error {
	if name == "" || len(name) > MaxLabel || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return refuse(BadText, "property %.80q; use words of a-z and 0-9 joined by _", name)
	}
	for word := range strings.SplitSeq(name, "_") {
		for _, p := range personal {
			if strings.HasPrefix(word, p) {
				return refuse(Personal, "property %q: of people, only where they are is kept; leave it out", name)
			}
		}
	}
	return nil
}
