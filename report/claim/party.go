package claim

import (
	"regexp"
	"sort"
	"strings"

	"vedette/frontier"
	"vedette/gazetteer"
	"vedette/report"
	"vedette/report/intake"
	"vedette/report/locate"
)

// Relation is a party that a story names, as the area file has it, and what
// the story says of its relation to another.
type Relation struct {
	Party    string      `json:"party"`
	Name     string      `json:"name"`
	Relation string      `json:"relation"` // to us, by the area file
	Says     string      `json:"says"`     // named, backs, fights
	Of       string      `json:"of,omitempty"`
	InFile   bool        `json:"in_file"` // the area file says the same; a naming always is
	Span     intake.Span `json:"span"`
}

// nameOf is one way in which texts name a party.
type nameOf struct {
	text  string
	party *frontier.Party
	exact bool // capitals count: "IS", "US"
}

// roster knows the parties of an area by their names.
type roster struct {
	names   []nameOf
	pattern *regexp.Regexp
	parties []frontier.Party
}

// newRoster derives the ways in which texts name the parties: by name, by the
// name without "group" and the like, by its initials, and by an id that is an
// abbreviation.
func newRoster(parties []frontier.Party) *roster {
	r := &roster{parties: parties}
	for i := range parties {
		p := &parties[i]
		r.names = append(r.names, aliases(p)...)
	}
	sort.SliceStable(r.names, func(i, j int) bool { return len(r.names[i].text) > len(r.names[j].text) })
	var alternatives []string
	for _, n := range r.names {
		alternatives = append(alternatives, regexp.QuoteMeta(n.text))
	}
	if len(alternatives) > 0 {
		r.pattern = regexp.MustCompile(`(?i)(?:^|[^\p{L}\p{N}])(` + strings.Join(alternatives, "|") + `)(?:s\b|\b|$)`)
	}
	return r
}

func aliases(p *frontier.Party) []nameOf {
	name, _ := plainName(p.Name)
	all := []nameOf{{name, p, name == strings.ToUpper(name)}}
	words := strings.Fields(name)
	if n := len(words); n > 1 {
		switch strings.ToLower(words[n-1]) {
		case "group", "forces", "movement", "organisation", "organization":
			all = append(all, nameOf{strings.Join(words[:n-1], " "), p, false})
		}
		initials := ""
		for _, w := range words {
			initials += w[:1]
		}
		if initials == strings.ToUpper(initials) && len(initials) > 1 {
			all = append(all, nameOf{initials, p, true})
		}
	}
	if id := strings.ToUpper(p.ID); len(id) >= 2 && len(id) <= 4 && !strings.EqualFold(id, name) {
		all = append(all, nameOf{id, p, true})
	}
	return all
}

func plainName(s string) (string, bool) {
	t := strings.NewReplacer("\u2019", "'", "\u00b4", "'").Replace(strings.TrimSpace(s))
	return strings.TrimPrefix(t, "the "), t != s
}

// mention is a party named in a text.
type mention struct {
	party *frontier.Party
	span  intake.Span
	how   string
}

// mentions finds the parties that a stretch of a text names.
func (r *roster) mentions(text string, s intake.Span) []mention {
	if r.pattern == nil {
		return nil
	}
	var all []mention
	part := text[s.Start:s.End]
	for at := 0; at < len(part); {
		m := r.pattern.FindStringSubmatchIndex(part[at:])
		if m == nil {
			break
		}
		from, to := at+m[2], at+m[3]
		if p := r.named(part[from:to]); p != nil {
			all = append(all, mention{p, intake.Span{Start: s.Start + from, End: s.Start + to}, "named"})
		}
		at = to
	}
	return all
}

func (r *roster) named(text string) *frontier.Party {
	for _, n := range r.names {
		if n.text == text || !n.exact && strings.EqualFold(n.text, text) {
			return n.party
		}
	}
	return nil
}

var (
	ownForces = regexp.MustCompile(`(?i)^('s)? (?:[\p{L}-]+ )?(troops|forces|army|soldiers|military|border (?:guards?|police|force)|guards?|units?|police|general|officers?|commanders?)\b`)
	backedBy  = regexp.MustCompile(`(?i)^-(backed|supported|led|trained|allied)\b`)
)

// forces finds forces named by their country ("Iraqi troops"): the own army,
// where the country is our own.
func (r *roster) forces(text string, toponyms []report.Toponym, w *locate.Watch, s intake.Span) []mention {
	own := r.army()
	if own == nil || w == nil {
		return nil
	}
	var all []mention
	for _, t := range toponyms {
		if t.Place.Country != w.Own || t.Place.Kind != gazetteer.Country {
			continue
		}
		if m := ownForces.FindStringIndex(text[t.End:s.End]); m != nil {
			all = append(all, mention{own, intake.Span{Start: t.Start, End: t.End + m[1]}, "own country's forces"})
		}
	}
	return all
}

// army is the own party that stands for the country's forces: the one called
// army, else the first own one.
func (r *roster) army() *frontier.Party {
	var first *frontier.Party
	for i := range r.parties {
		p := &r.parties[i]
		if p.Relation != frontier.Own {
			continue
		}
		if strings.Contains(strings.ToLower(p.Name), "army") {
			return p
		}
		if first == nil {
			first = p
		}
	}
	return first
}

var governs = regexp.MustCompile(`(?i)^('s government| to (dispatch|send|deploy|order|act|respond|reinforce|close|open|negotiate|warn|withdraw|strengthen|boost|summon|call|demand|launch|step)\b| (has|have|had|said|says|sent|ordered|dispatched|deployed|denied|accused|accuses|warned|wants|announced|condemned|closed|insists|rejected|responded|summoned|reacted|agreed|decided|vowed|called|calls|demanded|launched)\b)`)

var placedBefore = regexp.MustCompile(`(?i)\b(in|near|from|of|at|around|towards?|to|outside|into|through|between|reached|leave|left|city|town|north|south|east|west)( the)? $`)

// isActor tells whether a capital stands for its country's government:
// something only somebody can do follows it, and no word of place comes before
// it.
func isActor(text string, t *report.Toponym, g *gazetteer.Gazetteer) bool {
	return t.Form == report.FormName && governs.MatchString(text[t.End:]) && !placedBefore.MatchString(tail(text, 0, t.Start)) &&
		isCapital(t, g)
}

// isCapital tells whether a toponym has the name of its country's capital: a
// text does not tell the city from the province around it.
func isCapital(t *report.Toponym, g *gazetteer.Gazetteer) bool {
	if t.Place.Kind == gazetteer.Capital {
		return true
	}
	for _, p := range g.Find(t.Text) {
		if p.Kind == gazetteer.Capital && p.Country == t.Place.Country {
			return true
		}
	}
	return false
}

// relations are the parties that a story names and what it says of them.
func (r *roster) relations(text string, sentences []intake.Span) []Relation {
	var all []Relation
	seen := map[string]bool{}
	add := func(rel Relation) {
		key := rel.Party + " " + rel.Says + " " + rel.Of
		if !seen[key] {
			seen[key] = true
			all = append(all, rel)
		}
	}
	for _, s := range sentences {
		m := r.mentions(text, s)
		for i, a := range m {
			add(a.relation("named", nil, a.span))
			if i+1 >= len(m) {
				continue
			}
			b := m[i+1]
			between := text[a.span.End:b.span.Start]
			switch {
			case backedBy.MatchString(between) && len(between) < 40:
				add(a.relation("backs", b.party, intake.Span{Start: a.span.Start, End: b.span.End}))
			case fightsBetween.MatchString(between) && a.party != b.party:
				add(a.relation("fights", r.against(b, m, i+1), intake.Span{Start: a.span.Start, End: b.span.End}))
			}
		}
	}
	return all
}

var fightsBetween = regexp.MustCompile(`(?i)\b(fought|fights|fighting|fight|clash\w*|attack\w*|assault|battl\w+|offensive|thrown back|threw back|against|recaptur\w+|repel\w+|ambush\w*)\b`)

// against is the party that is fought: of "US-backed SDF" the SDF.
func (r *roster) against(b mention, m []mention, i int) *frontier.Party {
	if i+1 < len(m) && m[i+1].span.Start-b.span.End < 40 && b.party != m[i+1].party && m[i+1].span.Start-b.span.End >= 7 {
		return m[i+1].party
	}
	return b.party
}

func (m mention) relation(says string, of *frontier.Party, span intake.Span) Relation {
	rel := Relation{Party: m.party.ID, Name: m.party.Name, Relation: string(relationOf(m.party)), Says: says, Span: span, InFile: says == "named"}
	if of != nil {
		rel.Of = of.ID
		list := m.party.Fights
		if says == "backs" {
			list = m.party.Backs
		}
		for _, id := range list {
			rel.InFile = rel.InFile || id == of.ID
		}
	}
	return rel
}

func relationOf(p *frontier.Party) frontier.Relation {
	if p.Relation == "" {
		return frontier.Unknown
	}
	return p.Relation
}
