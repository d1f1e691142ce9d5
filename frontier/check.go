package frontier

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"vedette/geo"
)

// maxWork bounds the comparisons of all checks whose cost does not just grow
// with the file; it takes a second or two.
const maxWork = 200_000_000

// check looks for what is wrong between fields and between features. Fields
// that could not be read are left alone: they have their problem already.
func (rd *reader) check() {
	for _, p := range rd.area.Settings.Parties {
		rd.partyIDs[p.ID] = true
	}
	if rd.sound("vedette") {
		rd.checkSettings(rd.area.Settings)
	}
	if rd.sound("features") {
		rd.oneFrontier()
	}
	for _, e := range rd.entries {
		if rd.at = e; !e.known() {
			continue
		}
		rd.references("", e.value)
		rd.where(e)
		rd.rules(e.value)
		if rd.full {
			break
		}
	}
	rd.cycles()
	rd.at = nil
}

func (rd *reader) oneFrontier() {
	var first *entry
	for _, e := range rd.entries {
		switch {
		case e.kindName != "frontier":
		case first == nil:
			first = e
		default:
			rd.at = e
			rd.add("kind", "keep one; an area watches one line", "features[%d] is the frontier already", first.index)
		}
	}
	rd.at = nil
	if first == nil && !rd.full {
		rd.add("features", `give a feature of the kind "frontier": the line that is watched`, "the area has no frontier")
	}
}

// references checks the properties that name a feature or a party.
func (rd *reader) references(prefix string, v reflect.Value) {
	for _, m := range membersOf(v) {
		p, _ := propertyOf(v.Type(), m.name)
		switch id := m.value.String(); {
		case p.refers == "" || id == "" || !rd.sound(prefix+m.name):
		case p.refers == "party":
			rd.refersToParty(prefix+m.name, id)
		default:
			rd.refersTo(prefix+m.name, id, p.refers)
		}
	}
}

func (rd *reader) refersTo(field, id, kind string) {
	e := rd.ids[id]
	switch {
	case rd.full || e != nil && (e.kindName == kind || !e.known()):
	case e != nil:
		rd.add(field, "give the id of a "+kind, "%s is a %s", quoted(id), e.kindName)
	default:
		var known []string
		for _, e := range rd.entries {
			if e.kindName == kind && e.id != "" {
				known = append(known, e.id)
			}
		}
		rd.add(field, meant(id, known, kind), "there is no %s %s", kind, quoted(id))
	}
}

func (rd *reader) refersToParty(field, id string) {
	if rd.partyIDs[id] || rd.full || rd.partiesBroken() {
		return
	}
	known := slices.Sorted(maps.Keys(rd.partyIDs))
	rd.add(field, meant(id, known, "party of vedette.parties, or add it there"), "there is no party %s", quoted(id))
}

// partiesBroken tells whether the list of parties could not be read in full.
func (rd *reader) partiesBroken() bool {
	for field := range rd.broken[nil] {
		if field == "vedette" || strings.HasPrefix(field, "vedette.parties") {
			return true
		}
	}
	return false
}

func meant(id string, known []string, kind string) string {
	if near, ok := nearestWord(id, known); ok {
		return fmt.Sprintf("did you mean %s?", quoted(near))
	}
	return "give the id of a " + kind
}

// where checks where a feature lies, and the course of its line.
func (rd *reader) where(e *entry) {
	if !rd.sound("geometry", coordinates) {
		return
	}
	s, ps := e.kind.vertices(e.value)
	rd.inBox(e.kind, ps)
	if s == point || s == line && !e.kind.simple {
		return
	}
	rd.course(e, s, ps)
}

// course refuses a line that stands still, runs over itself or crosses itself.
func (rd *reader) course(e *entry, s shape, ps []geo.Point) {
	ring := s == polygon
	if i := repeated(ps, ring); i >= 0 {
		rd.add(coordinates, "take one of the two out", "vertex %d is the same place as the one before it", i)
		return
	}
	if last := len(ps) - 1; e.kind.name == "barrier" && last > 2 && ps[0] == ps[last] {
		ring, ps = true, ps[:last] // a berm all around a camp
	}
	found, spent, done := selfCrossing(ps, ring, maxWork-rd.work)
	rd.work += spent
	if found != nil {
		rd.add(coordinates, "move the vertices there so that it does not", "the line crosses or touches itself near %v, where the pieces after vertex %d and vertex %d meet", found.near, found.i, found.j)
	} else if !done {
		rd.tooMuch()
	}
}

func (rd *reader) tooMuch() {
	rd.add(coordinates, "simplify the lines, or split the area", "the file is too tangled to check in reasonable time")
	rd.full = true
}

// inBox reports the first vertex outside the box. Kinds that may lie outside
// are checked for swapped coordinates alone, and only far from the box, since
// near its diagonal a place outside can be one inside when swapped.
func (rd *reader) inBox(k kind, ps []geo.Point) {
	box, ok := rd.box()
	if !ok {
		return
	}
	for i, p := range ps {
		if box.holds(p, 0) {
			continue
		}
		swapped := geo.Point{Lat: p.Lon, Lon: p.Lat}
		vertex := ""
		if len(ps) > 1 {
			vertex = fmt.Sprintf("vertex %d: ", i)
		}
		const far = 2 // degrees
		switch {
		case box.holds(swapped, 0) && (!k.outside || !box.holds(p, far)):
			rd.add(coordinates, "give longitude first, as GeoJSON wants it", "%slatitude and longitude are swapped: [%v, %v] lies outside the box, [%v, %v] inside", vertex, p.Lon, p.Lat, p.Lat, p.Lon)
			return
		case !k.outside:
			rd.add(coordinates, "move it into vedette.box, or enlarge the box", "%s[%v, %v] lies outside the box", vertex, p.Lon, p.Lat)
			return
		}
	}
}

// box is the area's box, if it is right.
func (rd *reader) box() (bounds, bool) {
	b := rd.area.Settings.Box
	if len(b) != 4 || boxProblem(b) != "" {
		return bounds{}, false
	}
	return bounds{b[0], b[1], b[2], b[3]}, true
}

// holds tells whether p is in the box or at most so many degrees beside it.
func (b bounds) holds(p geo.Point, beside float64) bool {
	return p.Lon >= b.west-beside && p.Lon <= b.east+beside && p.Lat >= b.south-beside && p.Lat <= b.north+beside
}

// rules are what one kind must obey.
func (rd *reader) rules(v reflect.Value) {
	switch f := v.Interface().(type) {
	case Frontier:
		rd.frontier(f)
	case Site:
		rd.site(f)
	case Barrier:
		rd.barrier(f)
	case Patrol:
		rd.clock("start", f.Start)
		rd.clock("end", f.End)
	case Water:
		rd.water(f)
	case Gate:
		rd.matches("hours", f.Hours, hoursText, "give them as HH:MM-HH:MM, such as 08:00-16:00")
	case Control:
		rd.date(f.Date)
	}
}

// The lengths a frontier may have: less is a slip, more is no stretch that one
// headquarters watches.
const (
	shortestFrontier = 100.       // metres
	longestFrontier  = 5_000_000. // metres
)

func (rd *reader) frontier(f Frontier) {
	if !rd.sound("geometry", coordinates) {
		return
	}
	switch length := lengthOf(f.Line); {
	case length < shortestFrontier:
		rd.add(coordinates, "draw the line that is watched, 100 m or more of it", "the frontier is %.0f m long", length)
	case length > longestFrontier:
		rd.add(coordinates, "split the area", "the frontier is %.0f km long, more than 5000", length/1000)
	}
}

func lengthOf(at []geo.Point) float64 {
	length := 0.
	for i := 1; i < len(at); i++ {
		length += geo.Distance(at[i-1], at[i])
	}
	return length
}

func (rd *reader) site(s Site) {
	if len(s.Sensors) == 0 && rd.sound("sensors") {
		p, _ := propertyOf(reflect.TypeFor[Site](), "sensors")
		rd.add("sensors", "give "+p.meaning, "a site without sensors sees nothing")
	}
	for i, sensor := range s.Sensors {
		rd.sensor(fmt.Sprintf("sensors[%d].", i), sensor)
	}
	rd.standsOn(s)
}

func (rd *reader) sensor(prefix string, s Sensor) {
	if rd.sound(prefix+"range_m", prefix+"min_range_m") && s.RangeM <= s.MinRangeM {
		rd.add(prefix+"range_m", "give a range beyond min_range_m, in metres", "%g is not above min_range_m, %g", s.RangeM, s.MinRangeM)
	}
	if rd.sound(prefix+"arc_from_deg", prefix+"arc_to_deg") && (s.ArcFromDeg == nil) != (s.ArcToDeg == nil) {
		have, lack := "arc_from_deg", "arc_to_deg"
		if s.ArcFromDeg == nil {
			have, lack = lack, have
		}
		rd.add(prefix+lack, "give it too, or neither of the two for the whole circle", "is missing where %s is given", have)
	}
	lo, hi := s.MinElevationDeg, s.MaxElevationDeg
	if lo != nil && hi != nil && *lo >= *hi {
		rd.add(prefix+"max_elevation_deg", "give the higher look here", "%g is not above min_elevation_deg, %g", *hi, *lo)
	}
}

// onReach is how far a site may be from the barrier on which it stands, in
// metres: a berm's foot and the rounding of hand-typed coordinates.
const onReach = 50

func (rd *reader) standsOn(s Site) {
	e := rd.ids[s.On]
	if s.On == "" || e == nil || !e.known() || !rd.sound("geometry", coordinates) {
		return
	}
	b, ok := e.value.Interface().(Barrier)
	if !ok || len(b.Line) < 2 {
		return
	}
	if rd.work += len(b.Line); rd.work > maxWork {
		rd.tooMuch()
		return
	}
	if d := distanceTo(b.Line, s.At); d > onReach {
		rd.add("on", fmt.Sprintf("move the site onto the barrier's line, within %d m, or leave %q out", onReach, "on"), "the barrier %s is %.0f m away", quoted(s.On), d)
	}
}

// distanceTo is how far a place is from a line, in metres. Around the place it
// is as good as geodesic; far away it is rough.
func distanceTo(at []geo.Point, p geo.Point) float64 {
	// Metres per degree at the latitude, on the sphere of WGS 84's mean radius.
	const degree = 6371008.8 * math.Pi / 180
	shrink := math.Cos(p.Lat * math.Pi / 180)
	plane := func(q geo.Point) geo.XY {
		return geo.XY{X: (q.Lon - p.Lon) * degree * shrink, Y: (q.Lat - p.Lat) * degree}
	}
	best := math.Inf(1)
	a := plane(at[0])
	for _, q := range at[1:] {
		b := plane(q)
		s := stretch{a: a, b: b}
		d2, _ := s.nearest(geo.XY{})
		best, a = min(best, d2), b
	}
	return math.Sqrt(best)
}

func (rd *reader) barrier(b Barrier) {
	if b.HeightM == 0 && (b.Type == "berm" || b.Type == "wall") && rd.sound("height_m") {
		rd.add("height_m", "give its height above the ground, in metres", "a %s without a height hides nothing", b.Type)
	}
	if b.DepthM == 0 && b.Type == "trench" && rd.sound("depth_m") {
		rd.add("depth_m", "give its depth, in metres", "a trench without a depth stops nobody")
	}
	if len(b.Openings) == 0 || !rd.sound("geometry", coordinates) {
		return
	}
	length := lengthOf(b.Line) / 1000
	for i, o := range b.Openings {
		if field := fmt.Sprintf("openings[%d].at_km", i); o.AtKM > length && rd.sound(field) {
			rd.add(field, "give kilometres along the barrier from its first vertex", "%g lies beyond the barrier's end at %.3f km", o.AtKM, length)
		}
	}
}

func (rd *reader) water(w Water) {
	if !rd.sound("type", "geometry", coordinates) {
		return
	}
	if lake := w.Type == "lake"; lake != (len(w.Ring) > 0) {
		want := line
		if lake {
			want = polygon
		}
		rd.add("geometry", fmt.Sprintf("draw a %s as a %s, or change its type", w.Type, want), "is not how a %s is drawn", w.Type)
	}
}

var (
	clockText = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
	hoursText = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$`)
)

func (rd *reader) clock(field, text string) {
	rd.matches(field, text, clockText, "give it as HH:MM, from 00:00 to 23:59")
}

func (rd *reader) matches(field, text string, form *regexp.Regexp, mend string) {
	if text != "" && rd.sound(field) && !form.MatchString(text) {
		rd.add(field, mend, "%s is no time of day", quoted(text))
	}
}

func (rd *reader) date(text string) {
	if _, err := time.Parse(time.DateOnly, text); err != nil && rd.sound("date") {
		rd.add("date", "give a day that exists, as YYYY-MM-DD", "%s is no date", quoted(text))
	}
}

// cycles finds units that are, in the end, under themselves. Every chain is
// followed once.
func (rd *reader) cycles() {
	seen := map[string]int{} // in which walk
	for walk, e := range rd.entries {
		at := e
		for at != nil && at.kindName == "unit" && at.known() && seen[at.id] == 0 {
			seen[at.id] = walk + 1
			at = rd.ids[at.value.FieldByName("Parent").String()]
		}
		if at != nil && at.kindName == "unit" && at.known() && seen[at.id] == walk+1 && at.id != "" && !rd.full {
			rd.at = at
			rd.add("parent", "let the chain of parents end at a unit without one", "the unit is under itself: %s", rd.chain(at))
		}
	}
}

// chain names the units from e upwards until it comes round to e.
func (rd *reader) chain(e *entry) string {
	names := []string{cut(e.id)}
	for at := e; len(names) < 8; {
		at = rd.ids[at.value.FieldByName("Parent").String()]
		if at == nil || !at.known() || at.kindName != "unit" {
			break
		}
		names = append(names, cut(at.id))
		if at == e {
			return strings.Join(names, " -> ")
		}
	}
	return strings.Join(names, " -> ") + " -> ..."
}
