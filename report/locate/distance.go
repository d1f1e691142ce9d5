package locate

import (
	"unicode"
	"unicode/utf8"

	"vedette/report/intake"
)

// Distance is an expression of distance in a text: "five or six kilometres
// away, inside Syria", "20 km north of Hajin".
type Distance struct {
	Span     intake.Span // of the whole expression, its anchor included
	Number   intake.Span // of the number and its unit
	StatedKM [2]float64  // least and most
	Bearing  *float64    // degrees; nil: no direction is said
	Within   bool        // "within", "less than": nothing is too near
	Relation relation
	Anchor   intake.Span // of what follows "of" or "from"; empty: nothing does
	Inside   intake.Span // of what follows "inside" or "into"
}

// relation is how an expression names what it measures from.
type relation string

const (
	fromPlace relation = "from" // "north of X", "from X"
	away      relation = "away" // "away", with no anchor
	inside    relation = "inside"
	across    relation = "across" // "across the border"
)

// units are the kilometres of a unit. Bare letters that mean other things too
// are units only where a direction or an anchor follows.
var units = map[string]float64{
	"km": 1, "kms": 1, "kilometer": 1, "kilometers": 1, "kilometre": 1, "kilometres": 1, "klick": 1, "klicks": 1,
	"mi": 1.609344, "mile": 1.609344, "miles": 1.609344, "nm": 1.852, "m": .001, "meter": .001, "meters": .001,
	"metre": .001, "metres": .001, "yard": .0009144, "yards": .0009144,
	"كيلومتر": 1, "كيلومترا": 1, "كيلومترات": 1, "كم": 1, "كلم": 1, "كيلو": 1, "كيلومترين": 1, "ميل": 1.609344, "اميال": 1.609344, "متر": .001, "مترا": .001, "امتار": .001,
}

// bearings are the words of directions, in degrees.
var bearings = map[string]float64{
	"north": 0, "northeast": 45, "east": 90, "southeast": 135, "south": 180, "southwest": 225, "west": 270, "northwest": 315,
	"northern": 0, "eastern": 90, "southern": 180, "western": 270,
	"northward": 0, "northwards": 0, "eastward": 90, "eastwards": 90, "southward": 180, "southwards": 180, "westward": 270, "westwards": 270,
	"شمال": 0, "شمالي": 0, "الشمال": 0, "شرق": 90, "شرقي": 90, "الشرق": 90, "الشرقي": 90, "جنوب": 180, "جنوبي": 180, "الجنوب": 180,
	"غرب": 270, "غربي": 270, "الغرب": 270, "الغربي": 270,
}

// compass are the letters of directions; they count in capitals only.
var compass = map[string]float64{
	"N": 0, "NNE": 22.5, "NE": 45, "ENE": 67.5, "E": 90, "ESE": 112.5, "SE": 135, "SSE": 157.5,
	"S": 180, "SSW": 202.5, "SW": 225, "WSW": 247.5, "W": 270, "WNW": 292.5, "NW": 315, "NNW": 337.5,
}

// Distances finds the expressions of distance in a text.
func Distances(text string) []Distance {
	all := tokens(text)
	var found []Distance
	for i := 0; i < len(all); i++ {
		if d, next, ok := readDistance(all, i); ok {
			found = append(found, d)
			i = next - 1
		}
	}
	return found
}

// readDistance reads the expression that begins at token i.
func readDistance(all []token, i int) (Distance, int, bool) {
	if i > 0 && (all[i-1].fold == "-" || all[i-1].fold == "/") && all[i].span.Start == all[i-1].span.End {
		return Distance{}, i, false // the end of a range or of a fraction
	}
	a, next, ok := readAmount(all, i)
	if !ok {
		a, next, ok = dual(all, i)
	}
	if is(all, next, "-") {
		next++
	}
	if is(all, next, "nautical") {
		next++
	}
	if !ok || next >= len(all) {
		return Distance{}, i, false
	}
	unit, ok := units[all[next].fold]
	if !ok {
		return Distance{}, i, false
	}
	if next > 0 && all[next-1].fold == "nautical" {
		unit = 1.852
	}
	d := Distance{
		Number:   intake.Span{Start: all[i].span.Start, End: all[next].span.End},
		StatedKM: [2]float64{a.lo * unit, a.hi * unit},
		Within:   within(all, i),
	}
	next, ok = d.readRelation(all, next+1)
	d.Span = intake.Span{Start: d.Number.Start, End: max(d.Number.End, all[next-1].span.End, d.Anchor.End, d.Inside.End)}
	return d, next, ok
}

// dual reads Arabic's "two kilometres", which is one word.
func dual(all []token, i int) (amount, int, bool) {
	if is(all, i, "كيلومترين", "كيلومتران") {
		return amount{2, 2}, i, true
	}
	return amount{}, i, false
}

// within tells whether the words before a number make it a most.
func within(all []token, i int) bool {
	return is(all, i-1, "within", "under") || is(all, i-1, "than") && is(all, i-2, "less", "fewer", "more") && is(all, i-2, "less", "fewer")
}

// readRelation reads what follows the unit: a direction, an anchor, a side.
func (d *Distance) readRelation(all []token, i int) (next int, ok bool) {
	i = skipBrackets(all, i)
	if is(all, i, "²", "2", "wide", "long", "deep", "high", "tall", "per", "/", "an", "race", "road", "stretch", "run") ||
		is(all, i, "-") && is(all, i+1, "wide", "long", "deep", "high") {
		return i, false
	}
	d.Relation = away
	if is(all, i, "away", "distant", "off", "out") {
		i, ok = i+1, true
	}
	if b, after, found := readBearing(all, i); found {
		d.Bearing, d.Relation, i, ok = &b, fromPlace, after, true
	}
	if k := i + count(is(all, i, "away")); is(all, k, "from", "outside", "off", "عن", "من") || d.Bearing != nil && is(all, k, "of") {
		d.Relation, ok = fromPlace, true
		d.Anchor = anchorAt(all, k+1)
		i = past(all, k+1, d.Anchor)
	} else if d.Bearing != nil && arabicAt(all, i) {
		d.Anchor = anchorAt(all, i)
		i = past(all, i, d.Anchor)
	}
	after, inner := d.readInside(all, i)
	if inner {
		return after, true
	}
	return i, ok
}

// readInside reads ", inside X", "into X" or "across the border".
func (d *Distance) readInside(all []token, i int) (int, bool) {
	k := i
	for is(all, k, ",", "deep", "and", "well", "just") {
		k++
	}
	switch {
	case is(all, k, "inside", "into", "within", "داخل"):
		d.Inside = anchorAt(all, k+1)
		if d.Relation == away {
			d.Relation = inside
		}
		return past(all, k+1, d.Inside), true
	case is(all, k, "across", "over", "beyond") && is(all, k+1, "the") && is(all, k+2, "border", "frontier", "line"):
		d.Relation = across
		return k + 3, true
	}
	return i, false
}

// skipBrackets steps over "(81 mi)".
func skipBrackets(all []token, i int) int {
	if !is(all, i, "(") {
		return i
	}
	for k := i + 1; k < len(all) && k < i+8; k++ {
		if all[k].fold == ")" {
			return k + 1
		}
	}
	return i
}

// readBearing reads a direction: "north", "to the south-east", "due W",
// "شمال شرق", "إلى الشمال".
func readBearing(all []token, i int) (float64, int, bool) {
	for is(all, i, "to", "the", "due", "in", "further", "further", "directly", "just", "الي", "باتجاه", ",") && i+1 < len(all) {
		i++
	}
	if i >= len(all) {
		return 0, i, false
	}
	if b, ok := compass[all[i].text]; ok {
		return b, i + 1, is(all, i+1, "of", "from")
	}
	first, ok := bearings[all[i].fold]
	if !ok {
		return 0, i, false
	}
	i++
	for { // south-east, north-northwest, شمال شرق
		k := i
		if is(all, k, "-") {
			k++
		}
		if k >= len(all) {
			break
		}
		second, more := bearings[all[k].fold]
		if !more {
			break
		}
		first, i = middle(first, second), k+1
	}
	return first, i, true
}

// middle is the bearing between two.
func middle(a, b float64) float64 {
	d := b - a
	for d > 180 {
		d -= 360
	}
	for d < -180 {
		d += 360
	}
	m := a + d/2
	if m < 0 {
		m += 360
	}
	return m
}

// arabicAt tells whether a word in Arabic letters stands at i: there an anchor
// follows its direction without a word between.
func arabicAt(all []token, i int) bool {
	if i >= len(all) {
		return false
	}
	r, _ := utf8.DecodeRuneInString(all[i].text)
	return unicode.Is(unicode.Arabic, r) && unicode.IsLetter(r)
}

// fillers stand before a name without being part of it.
var fillers = map[string]bool{
	"the": true, "city": true, "town": true, "village": true, "of": true, "centre": true, "center": true, "downtown": true,
	"central": true, "provincial": true, "regional": true, "capital": true, "nearby": true, "settlement": true, "port": true,
	"مدينه": true, "بلده": true, "قريه": true, "ناحيه": true, "قضاء": true, "منطقه": true, "مركز": true,
}

// anchorAt is the name that begins at i, with its article and the like: words
// with capitals, or in Arabic up to three words, or "the border".
func anchorAt(all []token, i int) intake.Span {
	k := i
	for k < len(all) && fillers[all[k].fold] && k < i+5 {
		k++
	}
	if is(all, k, "border", "frontier", "here", "line", "الحدود") {
		return intake.Span{Start: all[i].span.Start, End: all[k].span.End}
	}
	end := k
	if is(all, k, "'") && k+1 < len(all) { // 's-Hertogenbosch
		end = k + 2
	}
	for end < len(all) && (upper(all[end].text) || end > k && joinsName(all, end)) {
		end++
	}
	if end == k && arabicAt(all, k) {
		end = k + 1
	}
	if end == k {
		if k > i { // "the city"
			return intake.Span{Start: all[i].span.Start, End: all[k-1].span.End}
		}
		return intake.Span{}
	}
	return intake.Span{Start: all[i].span.Start, End: all[end-1].span.End}
}

// joinsName tells whether a mark or a small word at i stands inside a name.
func joinsName(all []token, i int) bool {
	if i+1 >= len(all) || !upper(all[i+1].text) {
		return false
	}
	return is(all, i, "-", "al", "de", "di", "del", "della", "la", "le", "el", "am", "an", "der", "du", "nad", "sur", "'")
}

func past(all []token, i int, s intake.Span) int {
	for i < len(all) && all[i].span.End <= s.End {
		i++
	}
	return i
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
