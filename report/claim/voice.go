package claim

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"vedette/report/intake"
)

// Voice is who says something, and how we know.
type Voice struct {
	Name  string `json:"name,omitempty"`  // as the text has it, without its title
	Title string `json:"title,omitempty"` // "Lieutenant Colonel"
	Role  string `json:"role,omitempty"`  // "the head of one border unit"
	// How is named, according_to, pronoun, continuation, witness, form,
	// narrator (the text itself) or unknown: a quotation that nobody is named
	// for.
	How   string      `json:"how"`
	Quote bool        `json:"quote,omitempty"` // in the speaker's own words
	Span  intake.Span `json:"span,omitzero"`   // of the bytes that name the speaker

	span intake.Span
}

// label is the voice in one line.
func (v Voice) label() string {
	name := strings.TrimSpace(v.Title + " " + v.Name)
	switch {
	case name == "" && v.How == "narrator":
		return "the text itself"
	case name == "":
		return "an unknown speaker"
	}
	return name
}

// titles stand before names of persons.
const titles = `(?:(?:lieutenant|major|brigadier|staff|first|second|vice|rear|chief|deputy|prime|foreign|interior|defence|defense|police|army|border guard) )*` +
	`(?:general|colonel|lieutenant|major|captain|sergeant|brigadier|commander|admiral|lt|col|gen|maj|capt|sgt|brig|mr|mrs|ms|dr|president|minister|governor|mayor|spokesman|spokeswoman|spokesperson|secretary|sheikh|sheriff|chief|officer|inspector|superintendent)\.?`

var (
	says = regexp.MustCompile(`(?i)\b(said|says|told|tells|added|adds|warned|warns|stated|claimed|claims|confirmed|confirms|announced|explained|reported|reports|insisted|denied|denies|noted|declared|stressed|acknowledged|admitted|argued|recalled|asked|replied|vowed|pledged|wrote|tweeted|testified)\b|\b(قال|أضاف|اضاف|أعلن|اعلن|أكد|اكد|صرح|ذكر|أفاد)`)

	accordingTo = regexp.MustCompile(`(?i)\baccording to |\bبحسب |\bوفقا ل|\bحسب |(?:^|\s)(?:بحسب|وفقا ل|حسب) ?`)

	person  = regexp.MustCompile(`(?:\b((?i:` + titles + `)) )?((?:\p{Lu}[\p{L}'.]*|al-\p{Lu}\p{L}*|[Aa]l|[Bb]in|[Ii]bn|von|van|de|el)(?:[ -](?:\p{Lu}[\p{L}'.]*|al-\p{Lu}\p{L}*|al|bin|ibn|von|van|de|el))*)`)
	titled  = regexp.MustCompile(`(?i)\b(` + titles + `) `)
	pronoun = regexp.MustCompile(`(?i)^(?:and |but )?(he|she|they)$`)
	anyone  = regexp.MustCompile(`(?i)\b(an?|the|one|two|three|several|some|local|senior|military|security|iraqi|border|police|army|un) ?[\p{L} '-]*?(officials?|sources?|spokesm[ae]n|spokesperson|spokeswoman|witness(?:es)?|residents?|journalists?|photographers?|reporters?|correspondents?|commanders?|officers?|guards?|soldiers?|analysts?|activists?|monitors?|observers?|villagers?|farmers?|statement|agency|ministry|police|army|military|group|observatory|mission|driver|fishermen|fisherman|ranger|rangers)\b`)
)

// speech is a sentence, and who speaks it and its quotations.
type speech struct {
	voice  Voice
	quotes []intake.Span // of the text
	whole  bool          // the attribution holds for the sentence, not the quotations alone
}

// speeches attributes the sentences of a text. A quotation that no one is
// named for goes on in the voice of the one before it in the same block, and
// else stays unknown.
func speeches(text string, blocks [][]intake.Span) map[intake.Span]speech {
	all := map[intake.Span]speech{}
	var last Voice // the last speaker who was named in the story
	for _, block := range blocks {
		var here Voice // the last speaker of this block
		open := false  // a quotation goes on from the sentence before
		for _, s := range block {
			sp := speech{}
			sp.quotes, open = quotations(text, s, open)
			sp.voice, sp.whole = attribution(text, s, sp.quotes, last)
			switch {
			case sp.voice.How != "":
			case len(sp.quotes) > 0 && quoted(sp.quotes, s) && here.How != "":
				sp.voice = here
				sp.voice.How = "continuation"
			case len(sp.quotes) > 0 && quoted(sp.quotes, s):
				sp.voice = Voice{How: "unknown"}
			}
			if sp.voice.How != "" && sp.voice.How != "unknown" {
				here = sp.voice
				if sp.voice.Name != "" {
					last = sp.voice
				}
			}
			all[s] = sp
		}
	}
	return all
}

// quoted tells whether quotations are most of a sentence: a word or two in
// quotation marks is nobody's speech.
func quoted(quotes []intake.Span, s intake.Span) bool {
	n := 0
	for _, q := range quotes {
		n += q.Len()
	}
	return n*2 > s.Len()
}

// quotations finds what stands in quotation marks. open says that one was
// open before the sentence.
func quotations(text string, s intake.Span, open bool) ([]intake.Span, bool) {
	var all []intake.Span
	start := s.Start
	for i := s.Start; i < s.End; i++ {
		if text[i] != '"' {
			continue
		}
		if open {
			all = append(all, intake.Span{Start: start, End: i + 1})
		}
		open, start = !open, i
	}
	if open {
		all = append(all, intake.Span{Start: start, End: s.End})
	}
	return all, open
}

// attribution finds who a sentence says is speaking. whole: what stands
// outside the quotations is told by the speaker too.
func attribution(text string, s intake.Span, quotes []intake.Span, last Voice) (Voice, bool) {
	bare := outsideQuotes(text, s, quotes)
	if m := accordingTo.FindStringIndex(bare); m != nil {
		if v := speakerAfter(bare, m[1], s.Start); v.How != "" {
			v.How = "according_to"
			return v, true
		}
		if v := somebody(bare, m[1], s.Start); v.How != "" {
			return v, true
		}
	}
	for _, m := range says.FindAllStringIndex(bare, -1) {
		if v := speakerBefore(bare, m[0], s.Start, last); v.How != "" {
			return v, true
		}
		if v := speakerAfter(bare, m[1], s.Start); v.How != "" && (len(quotes) > 0 || v.Title != "") {
			return v, true
		}
	}
	return Voice{}, false
}

// outsideQuotes is the sentence with its quotations blanked out.
func outsideQuotes(text string, s intake.Span, quotes []intake.Span) string {
	b := []byte(text[s.Start:s.End])
	for _, q := range quotes {
		for i := q.Start; i < q.End; i++ {
			b[i-s.Start] = ' '
		}
		b[q.Start-s.Start] = ';' // what stands on either side is not one phrase
	}
	return string(b)
}

// speakerAfter reads the speaker that begins at a place: a person, or somebody
// without a name.
func speakerAfter(bare string, at, base int) Voice {
	rest := bare[at:]
	limit := phraseEnd(rest)
	if v, ok := readPerson(rest[:limit], base+at, 30); ok {
		v.Role = strings.TrimSpace(role(rest, limit))
		return v
	}
	if m := anyone.FindStringIndex(rest[:limit]); m != nil && m[0] < 12 {
		name := strings.TrimRight(strings.TrimSpace(rest[m[0]:limit]), ".,; ")
		return Voice{Name: name, How: "named", span: intake.Span{Start: base + at + m[0], End: base + at + m[0] + len(name)}}
	}
	return Voice{}
}

// somebody is what follows "according to", whoever it is: the phrase, of at
// most twelve words.
func somebody(bare string, at, base int) Voice {
	rest := bare[at:]
	name := strings.TrimRight(strings.TrimSpace(rest[:phraseEnd(rest)]), ".,; ")
	if words := len(strings.Fields(name)); words == 0 || words > 12 {
		return Voice{}
	}
	from := base + at + strings.Index(rest, name)
	return Voice{Name: name, How: "according_to", span: intake.Span{Start: from, End: from + len(name)}}
}

// phraseEnd is where the phrase ends that a speaker is named in.
func phraseEnd(s string) int {
	end := len(s)
	for _, stop := range []string{",", ";", ":", " who ", " that ", " on ", " as "} {
		if i := strings.Index(s, stop); i >= 0 && i < end {
			end = i
		}
	}
	return end
}

// role is the apposition behind a name: ", the head of one border unit,".
func role(rest string, at int) string {
	if at >= len(rest) || rest[at] != ',' {
		return ""
	}
	part := strings.TrimSpace(rest[at+1:])
	end := strings.IndexAny(part, ",;")
	if end < 0 || end > 80 {
		return ""
	}
	part = part[:end]
	for _, start := range []string{"who ", "the ", "a ", "an ", "head ", "chief ", "commander ", "spokes"} {
		if strings.HasPrefix(part, start) {
			return part
		}
	}
	return ""
}

// speakerBefore reads the speaker whose verb of saying begins at a place: the
// clause before it, with an apposition left out, or a pronoun.
func speakerBefore(bare string, at, base int, last Voice) Voice {
	from := 0
	if i := strings.LastIndexAny(bare[:at], ";:\""); i >= 0 {
		from = i + 1
	}
	clause := strings.Trim(bare[from:at], " ,")
	if pronoun.MatchString(clause) {
		if last.Name == "" {
			return Voice{How: "unknown"}
		}
		v := last
		v.How = "pronoun"
		return v
	}
	offset := base + from + strings.Index(bare[from:at], clause)
	pieces := strings.Split(clause, ",")
	for i := range pieces { // the first piece that names somebody is the speaker, what follows it says who that is
		piece := strings.TrimSpace(pieces[i])
		at := offset + strings.Index(clause, piece)
		if v, ok := readPerson(piece, at, 0); ok {
			if i+1 < len(pieces) {
				v.Role = strings.TrimSpace(pieces[i+1])
			}
			return v
		}
		if m := anyone.FindStringIndex(piece); m != nil && m[0] <= 4 && len(piece) < 90 {
			return Voice{Name: piece, How: "named", span: intake.Span{Start: at, End: at + len(piece)}}
		}
	}
	return Voice{}
}

// readPerson reads a person: a title and a name, or without a title a name of
// two words or more. most is how far into the phrase the name may begin after
// its title; 0: anywhere, where there is a title.
func readPerson(phrase string, at, most int) (Voice, bool) {
	if m := titled.FindStringSubmatchIndex(phrase); m != nil && (most == 0 || m[0] <= most) {
		rest := phrase[m[1]:]
		if n := person.FindStringSubmatchIndex(rest); n != nil && n[4] == 0 {
			name := strings.TrimRight(rest[:n[5]], " .")
			return Voice{Name: name, Title: phrase[m[2]:m[3]], How: "named", span: intake.Span{Start: at + m[0], End: at + m[1] + len(name)}}, true
		}
	}
	trimmed := strings.TrimLeft(phrase, " ")
	lead := len(phrase) - len(trimmed)
	n := person.FindStringSubmatchIndex(trimmed)
	if n == nil || n[0] > 0 {
		return Voice{}, false
	}
	name := strings.TrimRight(trimmed[:n[1]], " .")
	rest := strings.TrimSpace(trimmed[n[1]:])
	if len(strings.Fields(name)) < 2 && !strings.Contains(name, "-") || !firstUpper(name) || rest != "" && !strings.HasPrefix(rest, "of ") {
		return Voice{}, false
	}
	return Voice{Name: name, How: "named", span: intake.Span{Start: at + lead, End: at + lead + len(name)}}, true
}

func firstUpper(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r)
}

// voiceOf is the voice of words at a place of a sentence.
func (sp speech) voiceOf(at intake.Span, narrator Voice) Voice {
	for _, q := range sp.quotes {
		if q.Holds(at) && sp.voice.How != "" {
			v := sp.voice
			v.Quote = true
			return v
		}
	}
	if sp.whole {
		return sp.voice
	}
	return narrator
}
