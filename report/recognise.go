package report

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"vedette/gazetteer"
)

// mention is a run of words that may name a place.
type mention struct {
	from, to   int // tokens, [from, to)
	start, end int // bytes
	key        string
	candidates []gazetteer.Candidate
	choice     int       // of the candidates
	share      float64   // how sure the choice is, 0 to 1
	scores     []float64 // of the candidates
	inside     int       // the mention that follows and contains this one, or -1
	around     int       // the mention before that this one contains, or -1
	features   []float64
	p          float64
}

// longest is the number of words that a name may have.
const longest = 7

// scan finds the longest names, from the left. Names do not overlap.
func (d *placeText) scan() {
	for i := 0; i < len(d.tokens); {
		m, ok := d.match(i)
		if !ok {
			i++
			continue
		}
		d.mentions = append(d.mentions, m)
		i = m.to
	}
	d.contain()
	d.count()
}

// match gives the longest name that begins with token i.
func (d *placeText) match(i int) (mention, bool) {
	t := &d.tokens[i]
	if t.arabic {
		return d.matchArabic(i)
	}
	if !t.upper {
		return mention{}, false
	}
	return d.matchFrom(i, t.start, t.fold, t.base)
}

// matchFrom is match for a first word that is written fold, or base without 's.
func (d *placeText) matchFrom(i, start int, fold, base string) (best mention, ok bool) {
	prefix := ""
	for j := i; j < len(d.tokens) && j < i+longest; j++ {
		t := &d.tokens[j]
		if j > i {
			if !d.joined(j) {
				break
			}
			fold, base = t.fold, t.base
			prefix += " "
		}
		begins, whole := d.g.Reach(prefix + fold)
		end, key := t.end, prefix+fold
		if base != fold {
			if _, ok := d.g.Reach(prefix + base); ok && !whole {
				whole, key, end = true, prefix+base, t.baseEnd
			}
		}
		if whole {
			if c := d.admit(i, j+1, key); len(c) > 0 {
				best, ok = mention{from: i, to: j + 1, start: start, end: d.stop(j, end, c), key: key, candidates: c, inside: -1, around: -1}, true
			}
		}
		if !begins {
			break
		}
		prefix += fold
	}
	return best, ok
}

// joined tells whether token j may go on a name.
func (d *placeText) joined(j int) bool {
	t := &d.tokens[j]
	if t.gap != gapSpace && t.gap != gapHyphen {
		return false
	}
	return t.upper || t.arabic || particles[t.fold]
}

// stop gives the end of a name: an abbreviation takes its full stop along.
func (d *placeText) stop(j, end int, c []gazetteer.Candidate) int {
	if c[0].Via == gazetteer.Code && !d.tokens[j].caps && strings.HasPrefix(d.text[end:], ".") {
		return end + 1
	}
	return end
}

// admit gives the candidates that the words' writing allows: abbreviations as
// they are written, other names with a capital in their last word, too.
func (d *placeText) admit(from, to int, key string) []gazetteer.Candidate {
	all := d.g.Candidates(key)
	word := d.text[d.tokens[from].start:d.tokens[to-1].end]
	if len(key) <= 3 || all != nil && slices.ContainsFunc(all, isCode) {
		all = slices.DeleteFunc(all, func(c gazetteer.Candidate) bool { return !d.written(c, word, from, to) })
	}
	return all
}

func isCode(c gazetteer.Candidate) bool { return c.Via == gazetteer.Code }

// written tells whether a short name is written as such.
func (d *placeText) written(c gazetteer.Candidate, word string, from, to int) bool {
	capitals := word == strings.ToUpper(word)
	dotted := strings.Contains(word, ".") || to == from+1 && strings.HasPrefix(d.text[d.tokens[from].end:], ".")
	if c.Via != gazetteer.Code {
		return !(capitals && len(word) <= 3)
	}
	if c.Kind == gazetteer.Province && len(word) == 2 && !dotted && !(from > 0 && (d.tokens[from].gap == gapComma || d.tokens[from].gap == gapOpen)) {
		return false // "IN", "OR", "ME": only behind a place
	}
	return capitals || dotted
}

// matchArabic is match for Arabic script, where articles, conjunctions and
// prepositions of one letter are written together with the word.
func (d *placeText) matchArabic(i int) (mention, bool) {
	t := &d.tokens[i]
	if m, ok := d.matchFrom(i, t.start, t.fold, t.base); ok {
		return m, true
	}
	if m, ok := d.matchNisba(i, t.start, t.fold); ok {
		return m, true
	}
	rest, start := t.fold, t.start
	for range 2 {
		letter, size := utf8.DecodeRuneInString(rest)
		if !strings.ContainsRune("وبلفك", letter) || len(rest) <= 2*size {
			break
		}
		first, raw := utf8.DecodeRuneInString(d.text[start:])
		if first != letter {
			break
		}
		rest, start = rest[size:], start+raw
		article := rest
		if letter == 'ل' && strings.HasPrefix(rest, "ل") {
			article = "ا" + rest
		}
		if m, ok := d.matchFrom(i, start, article, article); ok {
			return m, true
		}
		if m, ok := d.matchNisba(i, start, article); ok {
			return m, true
		}
	}
	return mention{}, false
}

// matchNisba finds an adjective of origin behind its article.
func (d *placeText) matchNisba(i, start int, word string) (mention, bool) {
	bare, ok := strings.CutPrefix(word, "ال")
	if !ok {
		return mention{}, false
	}
	m, ok := d.matchFrom(i, start, bare, bare)
	if !ok || m.candidates[0].Via != gazetteer.Adjective && m.candidates[0].Kind != gazetteer.Country {
		return mention{}, false
	}
	m.candidates = m.candidates[:1]
	m.candidates[0].Via = gazetteer.Adjective
	return m, true
}

// wordUse counts how a word is used in the text.
type wordUse struct {
	person, lower, place, times int
}

func (d *placeText) use(word string) *wordUse {
	u := d.seen[word]
	if u == nil {
		u = &wordUse{}
		d.seen[word] = u
	}
	return u
}

// count sees how the words of the text are used: behind a title or a given
// name, in small letters, behind a locative.
func (d *placeText) count() {
	for i := range d.tokens {
		t := &d.tokens[i]
		if t.arabic {
			continue
		}
		if !t.upper {
			d.use(t.fold).lower++
			continue
		}
		if i > 0 && d.personal(i-1) && t.gap == gapSpace {
			d.use(t.base).person++
		}
	}
	for i := range d.mentions {
		m := &d.mentions[i]
		u := d.use(m.key)
		u.times++
		if m.from > 0 && locative[d.tokens[m.from-1].fold] || m.inside >= 0 {
			u.place++
		}
	}
}

// personal tells whether token i is a title or a given name that no name of a
// place holds.
func (d *placeText) personal(i int) bool {
	t := &d.tokens[i]
	return t.upper && (titles[t.fold] || d.given(t.fold) || len(t.fold) == 1 && t.fold != "a")
}

// given tells given names that are not mostly other words.
func (d *placeText) given(word string) bool {
	class := d.g.Class(word)
	return class&gazetteer.Given != 0 && (class&gazetteer.Everyday == 0 || firmGiven[word])
}

// recognise gives every mention the chance that it names a place, from the last
// to the first: whether "Hilton" is one tells what "Paris" before it is.
func (d *placeText) recognise() {
	for i := len(d.mentions) - 1; i >= 0; i-- {
		m := &d.mentions[i]
		if d.tokens[m.from].arabic {
			m.p = d.arabicChance(m)
			continue
		}
		m.features = d.recognition(i)
		z := 0.0
		for f, v := range m.features {
			z += v * recognitionWeights[f]
		}
		z += d.ownPlace(m)
		m.p = 1 / (1 + math.Exp(-z))
	}
}

// ownPlace speaks for the places of packs and of the area. The corpora that the
// weights come from have neither, so this is set by hand.
func (d *placeText) ownPlace(m *mention) float64 {
	z := d.areaBonus(m.candidates[m.choice].Place) / 2
	if m.candidates[m.choice].Own {
		z += 3
	}
	return z
}
