package report

import (
	"math"
	"unicode/utf8"

	"vedette/gazetteer"
)

// arabicChance is the chance that Arabic words name a place. The script has no
// capitals and no corpus with marked places was at hand, so these are rules: a
// country, a unit or a large place counts for itself, a small one only behind a
// preposition or a noun of places, or where the rest of the text is about its
// country.
func (d *placeText) arabicChance(m *mention) float64 {
	c := m.candidates[m.choice]
	z := -1.2 + 2*math.Log10(float64(c.Population)+10)/7
	switch {
	case c.Via == gazetteer.Adjective:
		z += 1.5
	case c.Kind >= gazetteer.Province:
		z += 3
	case c.Kind == gazetteer.Capital || c.Kind == gazetteer.Chief:
		z += 2
	}
	if m.to > m.from+1 {
		z += 2
	}
	if utf8.RuneCountInString(m.key) <= 3 {
		z -= 1.5
	}
	if d.arabicLocative(m) {
		z += 2.5
	}
	z += d.ownPlace(m)
	z += 1.5 * d.candidateFeatures(m, m.choice)[gCountryVote]
	return 1 / (1 + math.Exp(-z))
}

// arabicLocative tells the preposition that is written with the word, and words
// before places.
func (d *placeText) arabicLocative(m *mention) bool {
	t := &d.tokens[m.from]
	if m.start > t.start {
		for _, r := range d.text[t.start:m.start] {
			if r == 'ب' || r == 'ل' {
				return true
			}
		}
	}
	if m.from == 0 {
		return false
	}
	before := &d.tokens[m.from-1]
	return t.gap == gapSpace && arabicBefore[before.fold]
}
