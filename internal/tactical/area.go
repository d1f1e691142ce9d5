package tactical

import (
	"fmt"
	"math"
	"strings"
	"time"

	"vedette/frontier"
	"vedette/geo"
	"vedette/wire/cot"
)

// AreaStale is how long an event of Area is current: Area is to be asked again
// before.
const AreaStale = 3 * time.Hour

// The types of what an area has, as ATAK draws them: installations of ours,
// points that somebody has put on the map, and drawn lines.
const (
	typeSite  = "a-f-G-I"
	typeBase  = "a-f-G-I-B"
	typePoint = "b-m-p-s-m"
	typeLine  = "u-d-f"
)

// Colours of lines, as ATAK has them: alpha, red, green, blue.
const (
	frontierColour uint32 = 0xffff3b30
	barrierColour  uint32 = 0xff8a5a2b
)

// Area gives the frontier, sites, bases, barriers, gates and protected places of
// an area as events, under uids that stay the same from time to time. What the
// line does not see, and where it is weak, is never among them.
func Area(a *frontier.Area, now time.Time) []*cot.Event {
	events := []*cot.Event{shape(a.Frontier.Named, "frontier", "", a.Frontier.Line, frontierColour, now)}
	for _, s := range a.Sites {
		kind := words(s.Type)
		if s.State == "down" {
			kind += ", down"
		}
		events = append(events, mark(s.Named, "site", typeSite, kind, s.At, now))
	}
	for _, b := range a.Bases {
		events = append(events, mark(b.Named, "base", typeBase, words(b.Type), b.At, now))
	}
	for _, b := range a.Barriers {
		kind := words(b.Type)
		if b.State == "breached" {
			kind += ", breached"
		}
		events = append(events, shape(b.Named, "barrier", kind, b.Line, barrierColour, now))
	}
	for _, g := range a.Gates {
		state := g.State
		if state == "" {
			state = "open"
		}
		events = append(events, mark(g.Named, "gate", typePoint, "gate, "+state, g.At, now))
	}
	for _, p := range a.Protected {
		events = append(events, mark(p.Named, "protected", typePoint, "protected: "+words(p.Type), p.At, now))
	}
	return events
}

func words(s string) string { return strings.ReplaceAll(s, "_", " ") }

// AreaPrefix begins the uids of the events of Area.
const AreaPrefix = "vedette-area-"

// mark is something at a place.
func mark(n frontier.Named, kind, typ, remarks string, at geo.Point, now time.Time) *cot.Event {
	detail := cot.Detail("").With(cot.Contact{Callsign: title(n)}).With(cot.Remarks{Text: remarks})
	return &cot.Event{
		UID: AreaPrefix + kind + "-" + n.ID, Type: typ, How: "h-g-i-g-o",
		Time: now, Start: now, Stale: now.Add(AreaStale),
		Point:  cot.Point{Lat: at.Lat, Lon: at.Lon, HAE: cot.UnknownError, CE: cot.UnknownError, LE: cot.UnknownError},
		Detail: detail,
	}
}

func title(n frontier.Named) string {
	if n.Name != "" {
		return Printable(n.Name, 128)
	}
	return n.ID
}

// shape is a line: its vertices stand in links, its own point is the middle one.
func shape(n frontier.Named, kind, remarks string, line []geo.Point, colour uint32, now time.Time) *cot.Event {
	var at geo.Point
	if len(line) > 0 {
		at = line[len(line)/2]
	}
	e := mark(n, kind, typeLine, remarks, at, now)
	var b strings.Builder
	b.WriteString(string(e.Detail))
	for _, p := range line {
		fmt.Fprintf(&b, `<link point="%s,%s"/>`, degrees(p.Lat), degrees(p.Lon))
	}
	fmt.Fprintf(&b, `<strokeColor value="%d"/><strokeWeight value="3.0"/><labels_on value="true"/>`, int32(colour))
	e.Detail = cot.Detail(b.String())
	return e
}

// degrees writes an angle to a centimetre.
func degrees(v float64) string { return fmt.Sprintf("%.7f", math.Round(v*1e7)/1e7) }
