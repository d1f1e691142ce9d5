package cot

import (
	"math"
	"strconv"
)

// Contact is <contact>: how to call and reach the sender.
type Contact struct{ Callsign, Endpoint string }

// Group is <__group>: the team (a colour) and the role in it.
type Group struct{ Name, Role string }

// Status is <status>. Battery is per cent, -1 where it is not said.
type Status struct {
	Battery   int
	Readiness string
}

// Takv is <takv>: the device and program of the sender.
type Takv struct{ Device, Platform, OS, Version string }

// Track is <track>: course in degrees from true north, speed in metres per
// second; NaN where it is not said.
type Track struct{ Course, Speed float64 }

// Precision is <precisionlocation>: where the position and the height are from.
type Precision struct{ Geopoint, Altitude string }

// Remarks is <remarks>: free text.
type Remarks struct{ Text, Source, To string }

// Dest is one <dest> of <marti>: to whom an event goes; one field is set.
type Dest struct{ Callsign, UID, Group, Mission string }

// Dests is <marti>. An event without goes to all.
type Dests []Dest

// Link is <link>: another event that this one is about.
type Link struct{ UID, Type, Relation string }

// Contact gives <contact>.
func (d Detail) Contact() (Contact, bool) {
	el, ok := d.Find("contact")
	return Contact{el.Attr("callsign"), el.Attr("endpoint")}, ok
}

// Group gives <__group>.
func (d Detail) Group() (Group, bool) {
	el, ok := d.Find("__group")
	return Group{el.Attr("name"), el.Attr("role")}, ok
}

// Status gives <status>.
func (d Detail) Status() (Status, bool) {
	el, ok := d.Find("status")
	battery, err := strconv.ParseUint(el.Attr("battery"), 10, 31)
	if err != nil {
		return Status{-1, el.Attr("readiness")}, ok
	}
	return Status{int(battery), el.Attr("readiness")}, ok
}

// Takv gives <takv>.
func (d Detail) Takv() (Takv, bool) {
	el, ok := d.Find("takv")
	return Takv{el.Attr("device"), el.Attr("platform"), el.Attr("os"), el.Attr("version")}, ok
}

// Track gives <track>.
func (d Detail) Track() (Track, bool) {
	el, ok := d.Find("track")
	return Track{parseNumber(el.Attr("course")), parseNumber(el.Attr("speed"))}, ok
}

// Precision gives <precisionlocation>.
func (d Detail) Precision() (Precision, bool) {
	el, ok := d.Find("precisionlocation")
	return Precision{el.Attr("geopointsrc"), el.Attr("altsrc")}, ok
}

// Remarks gives <remarks>.
func (d Detail) Remarks() (Remarks, bool) {
	el, ok := d.Find("remarks")
	return Remarks{el.Text(), el.Attr("source"), el.Attr("to")}, ok
}

// Dests gives all <dest> of all <marti>.
func (d Detail) Dests() Dests {
	var all Dests
	for el := range d.Elements() {
		if el.Name != "marti" {
			continue
		}
		for to := range el.Elements() {
			if to.Name == "dest" {
				all = append(all, Dest{to.Attr("callsign"), to.Attr("uid"), to.Attr("group"), to.Attr("mission")})
			}
		}
	}
	return all
}

// Link gives the first <link>.
func (d Detail) Link() (Link, bool) {
	el, ok := d.Find("link")
	return Link{el.Attr("uid"), el.Attr("type"), el.Attr("relation")}, ok
}

func (Contact) element() string   { return "contact" }
func (Group) element() string     { return "__group" }
func (Status) element() string    { return "status" }
func (Takv) element() string      { return "takv" }
func (Track) element() string     { return "track" }
func (Precision) element() string { return "precisionlocation" }
func (Remarks) element() string   { return "remarks" }
func (Dests) element() string     { return "marti" }
func (Link) element() string      { return "link" }

func (c Contact) appendXML(dst []byte) []byte {
	dst = appendMaybe(append(dst, "<contact"...), "endpoint", c.Endpoint)
	return append(appendAttr(dst, "callsign", c.Callsign), "/>"...)
}

func (g Group) appendXML(dst []byte) []byte {
	dst = appendAttr(append(dst, "<__group"...), "name", g.Name)
	return append(appendAttr(dst, "role", g.Role), "/>"...)
}

func (s Status) appendXML(dst []byte) []byte {
	dst = append(dst, "<status"...)
	if s.Battery >= 0 {
		dst = appendAttr(dst, "battery", strconv.Itoa(s.Battery))
	}
	return append(appendMaybe(dst, "readiness", s.Readiness), "/>"...)
}

func (t Takv) appendXML(dst []byte) []byte {
	dst = appendAttr(append(dst, "<takv"...), "device", t.Device)
	dst = appendAttr(dst, "platform", t.Platform)
	dst = appendAttr(dst, "os", t.OS)
	return append(appendAttr(dst, "version", t.Version), "/>"...)
}

func (t Track) appendXML(dst []byte) []byte {
	dst = append(dst, "<track"...)
	if !math.IsNaN(t.Course) {
		dst = appendNumberAttr(dst, "course", t.Course)
	}
	if !math.IsNaN(t.Speed) {
		dst = appendNumberAttr(dst, "speed", t.Speed)
	}
	return append(dst, "/>"...)
}

func (p Precision) appendXML(dst []byte) []byte {
	dst = appendAttr(append(dst, "<precisionlocation"...), "geopointsrc", p.Geopoint)
	return append(appendAttr(dst, "altsrc", p.Altitude), "/>"...)
}

func (r Remarks) appendXML(dst []byte) []byte {
	dst = appendMaybe(append(dst, "<remarks"...), "source", r.Source)
	dst = append(appendMaybe(dst, "to", r.To), '>')
	return append(appendEscaped(dst, r.Text), "</remarks>"...)
}

func (d Dests) appendXML(dst []byte) []byte {
	dst = append(dst, "<marti>"...)
	for _, to := range d {
		dst = appendMaybe(append(dst, "<dest"...), "callsign", to.Callsign)
		dst = appendMaybe(dst, "uid", to.UID)
		dst = appendMaybe(dst, "group", to.Group)
		dst = append(appendMaybe(dst, "mission", to.Mission), "/>"...)
	}
	return append(dst, "</marti>"...)
}

func (l Link) appendXML(dst []byte) []byte {
	dst = appendAttr(append(dst, "<link"...), "uid", l.UID)
	dst = appendMaybe(dst, "type", l.Type)
	return append(appendMaybe(dst, "relation", l.Relation), "/>"...)
}
