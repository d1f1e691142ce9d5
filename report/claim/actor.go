package claim

import (
	"regexp"
	"sort"

	"vedette/frontier"
	"vedette/report"
	"vedette/report/intake"
)

// parties are the parties of a sentence in their order, without those that
// only back another ("US-backed").
func (v *reading) parties(s intake.Span) []mention {
	from, to := v.toponyms(s)
	all := append(v.roster.mentions(v.text, s), v.roster.forces(v.text, v.x.Toponyms[from:to], v.locator.Watch, s)...)
	sort.SliceStable(all, func(i, j int) bool { return all[i].span.Start < all[j].span.Start })
	var out []mention
	for _, m := range all {
		if backedBy.MatchString(v.text[m.span.End:s.End]) || v.foreign(m) {
			continue
		}
		if k := len(out) - 1; k >= 0 && m.span.Start < out[k].span.End {
			continue
		}
		out = append(out, m)
	}
	return out
}

// foreign tells whether a mention of an own party is of another country's:
// "the Syrian army" is not our army.
func (v *reading) foreign(m mention) bool {
	if m.party.Relation != frontier.Own || m.how != "named" || v.locator.Watch == nil {
		return false
	}
	from, to := v.toponyms(intake.Span{Start: max(0, m.span.Start-60), End: m.span.Start})
	for _, t := range v.x.Toponyms[from:to] {
		if t.End+1 == m.span.Start && t.Form == report.FormAdjective && t.Place.Country != v.locator.Watch.Own {
			return true
		}
	}
	return false
}

var (
	itDoes  = regexp.MustCompile(`(?i)^"?(and |but |later |then )?(it|they|the group|its (fighters|forces|troops))\b`)
	between = regexp.MustCompile(`(?i)^( \p{L}+)? between (the )?$`)
	passive = regexp.MustCompile(`(?i)\b(was|were|been|being|is|are) $`)
	agentBy = regexp.MustCompile(`(?i)\bby( the)?( [\p{L}-]+){0,2} ?$`)
)

// actorsOf are who does and who undergoes what a trigger says: of the parties
// and governments before it the last does, of those after it the first
// undergoes; one after "by" does. A sentence that begins with "it" goes on
// with whom the block spoke of last.
func (v *reading) actorsOf(s, trigger intake.Span, subject *mention) []Actor {
	candidates := v.candidates(s)
	if itDoes.MatchString(v.text[s.Start:s.End]) && subject != nil {
		a := actorOf(*subject)
		a.How, a.Role = "pronoun", "does"
		candidates = append([]Actor{a}, candidates...)
	}
	clause := clauseOf(v.text, s, trigger)
	var does, undergoes *Actor
	for i := range candidates {
		a := &candidates[i]
		switch {
		case a.How == "pronoun":
			does = a
		case a.span.End <= trigger.Start:
			if does == nil || a.span.Start >= clause.Start || does.span.Start < clause.Start {
				does = a
			}
		case agentBy.MatchString(v.text[trigger.End:a.span.Start]) && (does == nil || passive.MatchString(v.text[s.Start:trigger.Start])):
			undergoes, does = does, a
		case between.MatchString(v.text[trigger.End:a.span.Start]):
			does = a
		case undergoes == nil:
			undergoes = a
		}
	}
	var all []Actor
	for _, a := range []*Actor{does, undergoes} {
		if a != nil {
			a.Role = "undergoes"
			if a == does {
				a.Role = "does"
			}
			all = append(all, *a)
		}
	}
	return all
}

// candidates are the parties of a sentence and the governments that it calls
// by their capitals.
func (v *reading) candidates(s intake.Span) []Actor {
	var all []Actor
	for _, m := range v.parties(s) {
		all = append(all, actorOf(m))
	}
	from, to := v.toponyms(s)
	for i := from; i < to; i++ {
		t := &v.x.Toponyms[i]
		if v.actors[i] {
			all = append(all, Actor{Name: t.Place.Name + " (the government)", How: "capital", span: intake.Span{Start: t.Start, End: t.End}})
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].span.Start < all[j].span.Start })
	return all
}

func actorOf(m mention) Actor {
	return Actor{Party: m.party.ID, Name: m.party.Name, Relation: string(relationOf(m.party)), How: m.how, span: m.span}
}
