package claim

import (
	"regexp"
	"strings"
	"time"

	"vedette/report/intake"
)

var (
	negation = regexp.MustCompile(`(?i)\b(not|no|never|nor|neither|without|denied|denies|deny|rejects?|rejected|ruled out|failed to|false|n't|cannot)\b|n't\b|\b(لم|لن|ليس|لا|نفى)\b`)
	planning = regexp.MustCompile(`(?i)\b(will|would|shall|could|may|might|plan(s|ned|ning)? to|intend(s|ed|ing)? to|expect(s|ed|ing)? to|about to|going to|prepar(e|es|ed|ing) (to|for)|order(ed|s)? to|to be|threaten(ed|s|ing)? to|vow(ed|s)? to|prompting \S+ to|ahead of|fear(s|ed|ing)?( of| a| that)?|risk of|possible|potential|if)\b|سوف|(^|\s)(سي|ست)\p{L}+`)
	past     = regexp.MustCompile(`(?i)\b(had once|formerly|used to|served as|previously|years ago|decades|history|historically|at the time|back then|since (19|20)\d\d)\b`)
)

// statusOf judges the clause that a trigger stands in.
func statusOf(text string, sentence, trigger intake.Span, kind Kind, w When, published time.Time) (Status, string) {
	clause := clauseOf(text, sentence, trigger)
	before := text[clause.Start:trigger.Start]
	whole := text[clause.Start:clause.End]
	switch {
	case w.dated && old(w, published):
		return Background, "status/dated-past"
	case past.MatchString(whole):
		return Background, "status/past"
	case negation.MatchString(before), kind == Statement && negation.MatchString(whole):
		return Negated, "status/negation"
	case kind != Statement && planned(before):
		return Planned, "status/planned"
	}
	return Asserted, "status/asserted"
}

// planned tells whether what stands before a trigger makes it a plan or a
// fear. "prompting Baghdad to dispatch" tells what was done.
func planned(before string) bool {
	before = seen.ReplaceAllString(before, "")
	m := planning.FindAllStringIndex(before, -1)
	if len(m) == 0 || prompted.MatchString(before) {
		return false
	}
	rest := before[m[len(m)-1][1]:]
	return len(rest) < 40 && !strings.Contains(rest, " from ")
}

// seen is no plan: "could be seen".
var seen = regexp.MustCompile(`(?i)\b(could|can|may|might) (still |also )?be (seen|heard)\b`)

var prompted = regexp.MustCompile(`(?i)\b(prompt(ing|ed)|forc(ing|ed)|lead(ing)?|led|caus(ing|ed)) [\p{L}\p{N} '-]{1,40} to $`)

// old tells whether a dated time lies before the story's own: 60 days before
// publication; where that is unknown any named year is taken as past.
func old(w When, published time.Time) bool {
	return published.IsZero() || w.to.Before(published.AddDate(0, 0, -60))
}

var clauseEnds = regexp.MustCompile(`[;:"]|, (?:but|and|while|which|who|where|prompting|fearing|including|although|though|whereas|as|with)\b| (?:but|while|whereas|before|after|because) `)

// clauseOf is the clause of a sentence that a span stands in.
func clauseOf(text string, sentence, at intake.Span) intake.Span {
	c := sentence
	for _, m := range clauseEnds.FindAllStringIndex(text[sentence.Start:sentence.End], -1) {
		from, to := sentence.Start+m[0], sentence.Start+m[1]
		switch {
		case to <= at.Start:
			c.Start = from + 1
		case from >= at.End && from < c.End:
			c.End = from
		}
	}
	return c
}

// sending are the words of forces sent to hold something.
var sending = regexp.MustCompile(`(?i)\b(reinforc|dispatch|deploy|sen(t|d|ds|ding) (more|extra|additional|new)|mobili[sz])`)
