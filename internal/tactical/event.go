package tactical

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"vedette/track"
	"vedette/wire/cot"
)

// UID is under what uid o stands on the maps of TAK: its own, if it came as an
// event; else its source's name with its identity, since two receivers may both
// hear one ship and each has a track of it; a plot is named for itself.
func UID(o *track.Observation) string {
	switch {
	case o.CoT != "":
		return o.ID
	case o.ID == "":
		return o.EventID()
	}
	uid := o.Source + "." + o.ID
	if len(uid) > cot.MaxUID {
		return o.EventID()
	}
	return uid
}

// ToEvent gives o as an event: the one that it came in, or a new one. What is
// gone, and did not come as an event, becomes a disconnect of the time now.
func ToEvent(o *track.Observation, now time.Time) *cot.Event {
	if o.CoT != "" {
		if e, err := cot.Parse([]byte(o.CoT)); err == nil {
			return e
		}
	}
	if o.Gone {
		uid := UID(o)
		return cot.NewDisconnect(o.EventID(), now, uid, o.Type)
	}
	return &cot.Event{
		UID: UID(o), Type: o.Type, How: how(o),
		Time: o.Time, Start: o.Time, Stale: later(o.Stale, o.Time),
		Point: point(o), Detail: detail(o),
	}
}

// how is machine-made from a satellite receiver where nothing else is said, as
// AIS and ADS-B are.
func how(o *track.Observation) string {
	if h := o.Props["how"]; h != "" {
		return h
	}
	return "m-g"
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func point(o *track.Observation) cot.Point {
	if !o.Fix {
		return cot.NoPoint()
	}
	return cot.Point{Lat: o.At.Lat, Lon: o.At.Lon, HAE: orUnknown(o.HAE), CE: orUnknown(o.CE), LE: orUnknown(o.LE)}
}

func orUnknown(v float64) float64 {
	if math.IsNaN(v) {
		return cot.UnknownError
	}
	return v
}

func detail(o *track.Observation) cot.Detail {
	callsign := o.Label
	if callsign == "" {
		callsign = o.ID
	}
	d := cot.Detail("").With(cot.Contact{Callsign: callsign})
	if !math.IsNaN(o.Course) || !math.IsNaN(o.Speed) {
		d = d.With(cot.Track{Course: o.Course, Speed: o.Speed})
	}
	return d.With(cot.Remarks{Text: remarks(o), Source: o.Source})
}

// remarks says who vouches for o, and all that its source says besides.
func remarks(o *track.Observation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s by %s", o.Trust, o.Source)
	if o.By != "" {
		fmt.Fprintf(&b, " (%s)", o.By)
	}
	for _, name := range slices.Sorted(maps.Keys(o.Props)) {
		fmt.Fprintf(&b, "; %s %s", name, o.Props[name])
	}
	return b.String()
}
