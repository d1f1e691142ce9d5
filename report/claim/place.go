package claim

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"vedette/gazetteer"
	"vedette/geo"
	"vedette/report"
	"vedette/report/intake"
	"vedette/report/locate"
)

// position is a position that a text states in figures.
type position struct {
	at   geo.Point
	km   float64 // how far off it may be
	span intake.Span
}

var stated = regexp.MustCompile(`\b\d{1,2} ?[C-HJ-NP-X] ?[A-HJ-NP-Z]{2} ?(?:\d{5} ?\d{5}|\d{4} ?\d{4}|\d{3} ?\d{3}|\d{2} ?\d{2})\b|` +
	`\b\d{1,2}\.\d{2,}°? ?[NS]?,? ?\b\d{1,3}\.\d{2,}°? ?[EW]?`)

// positions are the positions that a text states: MGRS, or degrees with two
// decimals or more.
func (v *reading) positions() []position {
	var all []position
	for _, m := range stated.FindAllStringIndex(v.text, -1) {
		p, err := geo.ParsePosition(v.text[m[0]:m[1]])
		if err == nil {
			all = append(all, position{p, precision(v.text[m[0]:m[1]]), intake.Span{Start: m[0], End: m[1]}})
		}
	}
	for _, p := range v.doc.Points {
		all = append(all, position{p, 5, intake.Span{}})
	}
	return all
}

// precision is how far off a stated position may be, in km: half the square
// of a grid reference or more, for degrees a kilometre.
func precision(s string) float64 {
	digits := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	switch {
	case strings.Contains(s, "."):
		return 1
	case digits >= 9:
		return .1
	case digits >= 7:
		return 1
	}
	return 2
}

var (
	placing      = regexp.MustCompile(`(?i)\b(in|near|at|around|outside|inside|along|through|into|to|towards?|on|by|over|across|between|of|from|close to|entered|reached|district of|town of|city of|village of)(?: the| central| eastern| western| northern| southern| rural)*(?: [\p{L}]+('s)?(?: \p{L}+)?)? $|(في|قرب|من|الى|إلى|على|شمال|جنوب|شرق|غرب|بلدة|مدينة|قرية|محيط) ?$`)
	surrounding  = regexp.MustCompile(`(?i)\b(near|around|outside|close to|surrounding|off)(?: the)?(?: [\p{L}]+ of)? $|(قرب|محيط) (?:\p{L}+ )?$`)
	frontierSaid = regexp.MustCompile(`(?i)\b(border|frontier)\b|الحدود`)
	ofTheBorder  = regexp.MustCompile(`(?i)^ (guards?|units?|police|force|officials?|patrols?|agents?|agency|security|town|village|control)\b`)
)

// where gives the region of a claim: a stated position, a distance, a place,
// the frontier, and where the sentence says none, the dateline.
func (v *reading) where(c *Claim) *locate.Region {
	if r := v.statedAt(c); r != nil {
		return r
	}
	if r := v.atDistance(c); r != nil {
		return r
	}
	border := v.frontier(c)
	t := v.toponym(c)
	clause := clauseOf(v.text, c.sentence, c.trigger)
	if t != nil && clause.Holds(border) && border.Len() > 0 && (t.End <= clause.Start || t.Start >= clause.End) {
		t = nil // the clause itself speaks of the border
	}
	if t != nil {
		span := intake.Span{Start: t.Start, End: t.End}
		r := v.placeRegion(t, surrounding.MatchString(tail(v.text, c.sentence.Start, t.Start)))
		c.placed(v, span, "where/place")
		return &r
	}
	if border.Len() > 0 {
		r := v.once("frontier", func() locate.Region { return v.locator.Frontier(frontierKM, v.x, border) })
		c.placed(v, border, "where/frontier")
		return &r
	}
	return v.elsewhere(c)
}

// placeRegion is the region of a toponym, made once for each place.
func (v *reading) placeRegion(t *report.Toponym, around bool) locate.Region {
	key := fmt.Sprint(t.Place.ID, t.Place.Name, t.Text, around)
	return v.once(key, func() locate.Region { return v.locator.Place(t, around) })
}

// once makes a region, or gives the one that was made under its key.
func (v *reading) once(key string, made func() locate.Region) locate.Region {
	r, ok := v.regions[key]
	if !ok {
		r = made()
		v.regions[key] = r
	}
	r.Steps = slices.Clone(r.Steps)
	return r
}

// frontierKM is how far from the frontier something "on the border" may be.
// Judgement, not measured.
const frontierKM = 5

func (c *Claim) placed(v *reading, s intake.Span, rule string) {
	c.Rules = append(c.Rules, rule)
	c.cites(v, "where", s)
}

func (v *reading) statedAt(c *Claim) *locate.Region {
	for _, p := range v.stated {
		if p.span.Len() > 0 && c.sentence.Holds(p.span) {
			r := v.locator.Point(p.at, p.km, v.text[p.span.Start:p.span.End])
			c.placed(v, p.span, "where/position")
			return &r
		}
	}
	return nil
}

func (v *reading) atDistance(c *Claim) *locate.Region {
	for i := range v.distances {
		d := &v.distances[i]
		if c.sentence.Holds(d.Span) {
			c.placed(v, d.Span, "where/distance")
			return &d.Region
		}
	}
	return nil
}

// toponym is the place of a claim: of those in its sentence that follow a
// word of place, one of its own clause before others, a town before an
// extent, and of these the nearest to the trigger.
func (v *reading) toponym(c *Claim) *report.Toponym {
	clause := clauseOf(v.text, c.sentence, c.trigger)
	if t := v.referred(c); t != nil {
		return t
	}
	var best *report.Toponym
	least := 0
	from, to := v.toponyms(c.sentence)
	for i := from; i < to; i++ {
		t := &v.x.Toponyms[i]
		s := intake.Span{Start: t.Start, End: t.End}
		if t.Form != report.FormName || v.actors[i] || !v.says(c, t) {
			continue
		}
		cost := gap(c.trigger, s)
		if !clause.Holds(s) {
			cost += 1000
		}
		if t.Place.Kind.Area() {
			cost += 400
		}
		if t.Place.Kind >= gazetteer.Country {
			cost += 400
		}
		if best == nil || cost < least {
			best, least = t, cost
		}
	}
	return best
}

var (
	thereAfter = regexp.MustCompile(`(?i)^[\p{L} ]{0,12}\bthere\b`)
	itAfter    = regexp.MustCompile(`(?i)^ (it|them)\b`)
)

// referred is the place that "there" or "it" behind a trigger stands for: the
// last one before it, and for "it" the one that the sentence begins with.
func (v *reading) referred(c *Claim) *report.Toponym {
	rest := v.text[c.trigger.End:c.sentence.End]
	there, it := thereAfter.MatchString(rest), itAfter.MatchString(rest)
	var last *report.Toponym
	from, to := v.toponyms(intake.Span{Start: c.sentence.Start, End: c.trigger.Start})
	for i := from; i < to; i++ {
		t := &v.x.Toponyms[i]
		switch {
		case t.Form != report.FormName || v.actors[i]:
		case it && t.Start == c.sentence.Start:
			return t
		case there:
			last = t
		}
	}
	return last
}

// says tells whether a toponym is where the claim is: a word of place stands
// before it, and it does not merely name a border ("the border with Iraq",
// "towards the Syrian border").
func (v *reading) says(c *Claim, t *report.Toponym) bool {
	before := tail(v.text, c.sentence.Start, t.Start)
	return (placing.MatchString(before) || before == "") && !bordersWith.MatchString(before) &&
		!backedBy.MatchString(v.text[t.End:c.sentence.End])
}

var bordersWith = regexp.MustCompile(`(?i)\b(border|frontier)\b[^,.;]* (with|to|from|into)(?: the| neighbou?ring| war-torn)*(?: [\p{L}-]+)? $|\b(threat|danger|risk) to $`)

func gap(a, b intake.Span) int {
	if b.Start >= a.End {
		return b.Start - a.End
	}
	return max(0, a.Start-b.End)
}

// frontier is where a sentence speaks of the border, and not of border guards.
func (v *reading) frontier(c *Claim) intake.Span {
	if v.locator.Watch == nil {
		return intake.Span{}
	}
	for _, m := range frontierSaid.FindAllStringIndex(c.Sentence, -1) {
		if !ofTheBorder.MatchString(c.Sentence[m[1]:]) {
			return intake.Span{Start: c.sentence.Start + m[0], End: c.sentence.Start + m[1]}
		}
	}
	return intake.Span{}
}

// elsewhere is the place of a claim whose sentence names none.
func (v *reading) elsewhere(c *Claim) *locate.Region {
	switch {
	case len(v.doc.Areas) > 0:
		r := v.locator.Area(v.doc.Areas[0], "the "+string(v.doc.Format))
		c.Rules = append(c.Rules, "where/area")
		return &r
	case len(v.doc.Points) > 0:
		r := v.locator.Point(v.doc.Points[0], 5, "the "+string(v.doc.Format))
		c.Rules = append(c.Rules, "where/point")
		return &r
	case v.x.Dateline != nil:
		r := v.placeRegion(v.x.Dateline, true)
		r.Steps = append([]string{"the sentence names no place: the dateline is taken"}, r.Steps...)
		c.placed(v, intake.Span{Start: v.x.Dateline.Start, End: v.x.Dateline.End}, "where/dateline")
		return &r
	}
	return nil
}

// form is the claim of a SALUTE form.
func (v *reading) form() Claim {
	f := v.doc.Form
	whole := v.doc.Blocks[0].Span
	c := Claim{Kind: Other, Status: Asserted, Sentence: v.text[whole.Start:whole.End], sentence: whole, trigger: whole, Rules: []string{"form"}}
	value := func(name string) string {
		s, _ := f.Slot(name)
		return v.text[s.Span.Start:s.Span.End]
	}
	c.Salute = Salute{value("size"), value("activity"), value("location"), value("unit"), value("time"), value("equipment")}
	if a, ok := f.Slot("activity"); ok {
		c.trigger = a.Span
		if k := kindsIn(v.text, a.Span); len(k) > 0 {
			c.Kind, c.Rules = k[0].kind, append(c.Rules, k[0].rule)
		}
	}
	c.Codes = codes[c.Kind]
	c.When = When{Note: "not said"}
	if t, ok := f.Slot("time"); ok {
		c.When = whenIn(v.text, t.Span, v.published)
	}
	c.Voice = Voice{How: "form", Name: firstOf(value("from"), v.doc.Author)}
	if s, ok := f.Slot("from"); ok {
		c.Voice.span = s.Span
	}
	if u, ok := f.Slot("unit"); ok {
		for _, m := range v.parties(u.Span) {
			a := actorOf(m)
			a.Role = "does"
			c.Actors = append(c.Actors, a)
		}
	}
	if l, ok := f.Slot("location"); ok {
		at := c
		at.sentence = l.Span
		c.Where = v.where(&at)
		c.Rules, c.Evidence = at.Rules, at.Evidence
	}
	c.Grade = gradeOf(&c)
	c.cite(v)
	return c
}
