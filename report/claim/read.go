package claim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"regexp"
	"sort"
	"strings"
	"time"

	"vedette/gazetteer"
	"vedette/report"
	"vedette/report/intake"
	"vedette/report/locate"
)

// Reader reads documents. It is read only and safe for concurrent use.
type Reader struct {
	locator *locate.Locator
	roster  *roster
	opt     Options
}

// NewReader prepares the reading of documents with these maps.
func NewReader(l *locate.Locator, opt Options) *Reader {
	if opt.RadiusKM == 0 {
		opt.RadiusKM = 300
	}
	r := &Reader{locator: l, roster: newRoster(nil), opt: opt}
	if l.Watch != nil {
		r.roster = newRoster(l.Watch.Area.Settings.Parties)
	}
	return r
}

// reading is a document while it is read.
type reading struct {
	*Reader
	doc       *intake.Document
	text      string // the document's text, what was dropped blanked out
	x         locate.Text
	blocks    [][]intake.Span // of sentences
	sentences []intake.Span
	speeches  map[intake.Span]speech
	narrator  Voice
	published time.Time
	actors    map[int]bool // toponyms that stand for governments
	distances []locate.Found
	stated    []position
	regions   map[string]locate.Region // of places and of the frontier, each made once
}

// Read gives what one document says.
func (r *Reader) Read(d *intake.Document) Story {
	v := &reading{Reader: r, doc: d, published: d.Published, actors: map[int]bool{}, regions: map[string]locate.Region{}}
	if v.published.IsZero() {
		v.published = r.opt.Published
	}
	v.text = kept(d)
	v.x = r.locator.Read(v.text)
	v.distances = r.locator.Regions(v.x)
	v.stated = v.positions()
	for i := range v.x.Toponyms {
		v.actors[i] = isActor(v.text, &v.x.Toponyms[i], r.locator.Places)
	}
	v.segment()
	s := v.story()
	if s.Relevance.Relevant {
		s.Claims = v.claims()
		s.Conflicts = conflicts(s.Claims)
	}
	s.Relevance.Rank = rank(s.Claims, len(v.sentences))
	v.original(&s)
	return s
}

// kept is the text with what was dropped blanked out, so that places in it
// stay the same.
func kept(d *intake.Document) string {
	b := []byte(d.Text)
	for _, block := range d.Blocks {
		if block.Dropped == "" {
			continue
		}
		for i := block.Span.Start; i < block.Span.End; i++ {
			b[i] = ' '
		}
	}
	return string(b)
}

// segment cuts the blocks that were kept into sentences, and gives each its
// speaker. A headline repeats the story and makes no claims, unless it is all
// there is.
func (v *reading) segment() {
	bodies := 0
	for _, b := range v.doc.Blocks {
		bodies += count(b.Dropped == "" && !b.Headline)
	}
	for _, b := range v.doc.Blocks {
		if b.Dropped != "" || b.Headline && bodies > 0 {
			continue
		}
		var block []intake.Span
		for _, s := range intake.Sentences(v.text[b.Span.Start:b.Span.End]) {
			s = intake.Span{Start: b.Span.Start + s.Start, End: b.Span.Start + s.End}
			if v.x.Dateline != nil && s.Start == v.x.Dateline.Start { // the dateline is no part of the sentence
				s.Start = v.x.DatelineEnd
			}
			block = append(block, s)
		}
		v.blocks = append(v.blocks, block)
		v.sentences = append(v.sentences, block...)
	}
	v.speeches = speeches(v.text, v.blocks)
	v.narrator = Voice{How: "narrator", Name: firstOf(wireOf(v.doc, v.text), v.doc.Publisher, v.doc.Author)}
}

func (v *reading) story() Story {
	s := Story{Document: v.doc, Wire: wireOf(v.doc, v.text), Claims: []Claim{}, Places: []NamedPlace{}}
	if !v.published.IsZero() {
		s.Published = v.published.Format(time.DateOnly)
	}
	if v.x.Dateline != nil {
		s.Dateline = v.x.Dateline.Place.Name
	}
	for i := range v.x.Toponyms {
		s.Places = append(s.Places, v.place(i))
	}
	for _, b := range v.doc.Blocks {
		if b.Dropped != "" {
			s.Dropped = append(s.Dropped, Drop{v.doc.Text[b.Span.Start:b.Span.End], b.Dropped, v.doc.Original(b.Span)})
		}
	}
	s.Parties = v.roster.relations(v.text, v.sentences)
	s.Voices = v.voices()
	s.Relevance = v.relevance()
	return s
}

func (v *reading) place(i int) NamedPlace {
	t := &v.x.Toponyms[i]
	return NamedPlace{
		Text: t.Text, Name: t.Place.Name, Country: t.Place.Country, Kind: t.Place.Kind.String(), GeoNames: t.Place.ID,
		Lat: t.Place.At.Lat, Lon: t.Place.At.Lon, P: math.Round(t.P*1000) / 1000, Form: string(t.Form),
		Actor: v.actors[i], Outline: t.Place.Kind.Area(), Span: v.doc.Original(intake.Span{Start: t.Start, End: t.End}),
	}
}

// voices are the speakers of a story, each once.
func (v *reading) voices() []Voice {
	var all []Voice
	seen := map[string]bool{}
	for _, s := range v.sentences {
		sp := v.speeches[s].voice
		if sp.How == "" || sp.How == "pronoun" || sp.How == "continuation" || seen[sp.label()] {
			continue
		}
		seen[sp.label()] = true
		sp.Span = v.doc.Original(sp.span)
		all = append(all, sp)
	}
	return append(all, v.narrator)
}

// relevance asks whether a story names a place near the frontier. Countries
// and larger do not count: every paper names them.
func (v *reading) relevance() Relevance {
	w := v.locator.Watch
	if w == nil {
		return Relevance{Relevant: true, Why: "no area is watched: every story counts"}
	}
	for i := range v.x.Toponyms {
		t := &v.x.Toponyms[i]
		if t.Place.Kind >= gazetteer.Country || t.Form != report.FormName {
			continue
		}
		if km := math.Abs(w.Distance(t.Place.At)); km <= v.opt.RadiusKM {
			return Relevance{Relevant: true, Why: fmt.Sprintf("%s lies %.0f km from the frontier", t.Place.Name, km)}
		}
	}
	for _, p := range v.stated {
		if km := math.Abs(w.Distance(p.at)); km <= v.opt.RadiusKM {
			return Relevance{Relevant: true, Why: fmt.Sprintf("a position in it lies %.0f km from the frontier", km)}
		}
	}
	return Relevance{Why: fmt.Sprintf("it names no place within %.0f km of the frontier", v.opt.RadiusKM)}
}

func rank(claims []Claim, sentences int) float64 {
	said := map[string]bool{}
	for _, c := range claims {
		said[c.Sentence] = true
	}
	return math.Round(100*float64(len(said))/float64(max(1, sentences))) / 100
}

// claims are the claims of all sentences, in their order.
func (v *reading) claims() []Claim {
	if v.doc.Form != nil {
		return []Claim{v.form()}
	}
	var all []Claim
	for _, block := range v.blocks {
		var subject *mention // who the block last spoke of
		for _, s := range block {
			all = append(all, v.sentence(s, subject)...)
			if m := v.parties(s); len(m) > 0 {
				subject = &m[0]
			}
		}
	}
	return all
}

func (v *reading) sentence(s intake.Span, subject *mention) []Claim {
	kinds := v.kinds(s)
	var all []Claim
	denied := deniedIn(v.text, s, kinds)
	for _, k := range kinds {
		inQuote := v.speeches[s].voiceOf(k.span, Voice{}).Quote
		if k.kind == Statement && !inQuote && len(kinds) > 1 && !denied.Holds(k.span) || k.kind != Statement && denied.Holds(k.span) {
			continue
		}
		c := Claim{Kind: k.kind, Sentence: v.text[s.Start:s.End], Codes: codes[k.kind], Rules: []string{k.rule}, trigger: k.span, sentence: s}
		c.When = whenIn(v.text, s, v.published)
		rule := ""
		c.Status, rule = statusOf(v.text, s, k.span, k.kind, c.When, v.published)
		c.Rules = append(c.Rules, rule)
		c.Voice = v.speeches[s].voiceOf(k.span, v.narrator)
		c.Actors = v.actorsOf(s, k.span, subject)
		c.Where = v.where(&c)
		c.fill(v)
		all = append(all, c)
	}
	return all
}

// deniedIn is the clause in which a sentence denies a threat: what else the
// clause names is no event of its own.
func deniedIn(text string, s intake.Span, kinds []found) intake.Span {
	for _, k := range kinds {
		if k.kind == Statement {
			if clause := clauseOf(text, s, k.span); negation.MatchString(text[clause.Start:clause.End]) {
				return clause
			}
		}
	}
	return intake.Span{}
}

// kinds are the kinds of a sentence; a party at a distance is a presence.
func (v *reading) kinds(s intake.Span) []found {
	all := kindsIn(v.text, s)
	for _, d := range v.distances {
		if !s.Holds(d.Span) {
			continue
		}
		if len(all) == 0 && (len(v.parties(s)) > 0 || armed.MatchString(v.text[s.Start:s.End])) {
			all = append(all, found{ForcePresence, "kind/distance", d.Span})
		}
	}
	return all
}

var armed = regexp.MustCompile(`(?i)\b(fighters|militants|gunmen|soldiers|troops|forces|rebels|insurgents|armed|smugglers|poachers|vehicles|tanks|camp|positions?)\b|مسلح|مقاتل`)

// fill sets what follows from the rest of a claim.
func (c *Claim) fill(v *reading) {
	clause := clauseOf(v.text, c.sentence, c.trigger)
	c.Salute = Salute{
		Size:      sizes.FindString(v.text[clause.Start:clause.End]),
		Activity:  strings.Trim(v.text[clause.Start:clause.End], ` ,;:"-`),
		Unit:      names(c.Actors, "does"),
		Time:      c.When.Text,
		Equipment: strings.Join(unique(equipment.FindAllString(v.text[clause.Start:clause.End], -1)), ", "),
	}
	if c.Where != nil {
		c.Salute.Location = c.Where.Anchor
	}
	c.Proposes = proposal(c)
	c.Grade = gradeOf(c)
	c.cite(v)
}

var (
	sizes     = regexp.MustCompile(`(?i)\b(?:(?:about|some|around|nearly|at least|up to|more than|fewer than|dozens of|hundreds of|thousands of|scores of|several|a dozen|\d[\d,]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|a hundred) ){1,3}(?:[\p{L}-]+ ){0,2}?(?:men|people|fighters|militants|soldiers|troops|gunmen|vehicles|trucks|tanks|boats|migrants|families|persons|guards|officers|drones|helicopters|cars|civilians|smugglers|poachers|rebels)\b`)
	equipment = regexp.MustCompile(`(?i)\b(armou?red (?:cars?|vehicles?|personnel carriers?)|machine guns?|helicopters?|drones?|tanks?|mortars?|rockets?|artillery|pick-?ups?|military vehicles|trucks?|boats?|rifles?|night[- ]vision|radars?|cameras?|missiles?|excavators?|bulldozers?|motorcycles?|quad bikes?)\b`)
)

func unique(all []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range all {
		s = strings.ToLower(s)
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

func names(all []Actor, role string) string {
	var out []string
	for _, a := range all {
		if a.Role == role {
			out = append(out, a.Name)
		}
	}
	return strings.Join(out, ", ")
}

// cite gives a claim its evidence and its id.
func (c *Claim) cite(v *reading) {
	c.cites(v, "sentence", c.sentence)
	c.cites(v, "kind", c.trigger)
	c.cites(v, "when", c.When.span)
	c.cites(v, "voice", c.Voice.span)
	for _, a := range c.Actors {
		c.cites(v, "actor", a.span)
	}
	c.Voice.Span = v.doc.Original(c.Voice.span)
	if c.Voice.span.Len() == 0 {
		c.Voice.Span = intake.Span{}
	}
	at := v.doc.Original(c.trigger)
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %s %d %d", v.doc.SHA256, v.doc.Part, c.Kind, at.Start, at.End))
	c.ID = hex.EncodeToString(sum[:6])
}

func (c *Claim) cites(v *reading, field string, s intake.Span) {
	if s.Len() > 0 {
		c.Evidence = append(c.Evidence, Evidence{field, v.text[s.Start:s.End], v.doc.Original(s), s})
	}
}

// original turns the spans of a story that count in its text into those of
// the bytes that arrived.
func (v *reading) original(s *Story) {
	for i := range s.Parties {
		s.Parties[i].Span = v.doc.Original(s.Parties[i].Span)
	}
}

// proposal is the change of control that a claim proposes.
func proposal(c *Claim) []Change {
	if c.Kind != ControlChange || c.Status != Asserted {
		return nil
	}
	change := Change{What: "control", Note: "proposed; a person decides"}
	for _, a := range c.Actors {
		if a.Role == "does" {
			change.To = a.Name
		} else if change.From == "" {
			change.From = a.Name
		}
	}
	return []Change{change}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func firstOf(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// toponyms gives the indices of the toponyms of a sentence: from, and the one
// behind the last.
func (v *reading) toponyms(s intake.Span) (from, to int) {
	all := v.x.Toponyms
	from = sort.Search(len(all), func(i int) bool { return all[i].Start >= s.Start })
	to = sort.Search(len(all), func(i int) bool { return all[i].End > s.End })
	return from, max(from, to)
}

// tail is the end of what stands between two places of a text: the rules look
// no further back.
func tail(text string, from, to int) string {
	const most = 200
	return text[max(from, to-most):to]
}
