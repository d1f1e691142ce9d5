package report

import (
	"math"
	"strings"

	"vedette/gazetteer"
)

// The features of a mention, for its chance to name a place.
const (
	fBias = iota
	fCountry
	fProvince
	fDistrict
	fRegion
	fCapital
	fChief
	fSeat
	fUnknown
	fArticle
	fSection
	fAdjective
	fPerson
	fCode
	fAlias
	fAliasDistrict
	fSize
	fMany
	fWords
	fOpens
	fCaps
	fLocative
	fOf
	fThe
	fSide
	fPlaceNoun
	fInside
	fAround
	fPrevUpper
	fPrevUpperOf
	fPrevGiven
	fPrevPerhaps
	fPrevTitle
	fNextUpper
	fNextOrg
	fNextFeature
	fNextStreet
	fGivenUpper
	fPossessive
	fBased
	fHyphen
	fSaying
	fDocPerson
	fDocPlace
	fDocLower
	fTimes
	fEveryday
	fOrdinary
	fGiven
	fFamily
	fSupport
	fAdminVote
	fNear
	fDateline
	fPrevPlace
	fListed
	fNextPlace
	fDigit
	fComma
	fShort
	fShare
	nRecognition
)

// recognition gives the features of mention i.
func (d *placeText) recognition(i int) []float64 {
	m := &d.mentions[i]
	f := make([]float64, nRecognition)
	f[fBias] = 1
	d.featuresOfPlace(m, f)
	d.featuresOfWords(m, f)
	d.featuresBefore(i, f)
	d.featuresAfter(i, f)
	d.featuresOfText(m, f)
	return f
}

func on(f []float64, which int, yes bool) {
	if yes {
		f[which] = 1
	}
}

func (d *placeText) featuresOfPlace(m *mention, f []float64) {
	c := m.candidates[m.choice]
	switch c.Kind {
	case gazetteer.Country:
		f[fCountry] = 1
	case gazetteer.Province:
		f[fProvince] = 1
	case gazetteer.District:
		f[fDistrict] = 1
	case gazetteer.Region, gazetteer.Continent:
		f[fRegion] = 1
	case gazetteer.Capital:
		f[fCapital] = 1
	case gazetteer.Chief:
		f[fChief] = 1
	case gazetteer.Seat:
		f[fSeat] = 1
	case gazetteer.Section:
		f[fSection] = 1
	}
	on(f, fAdjective, c.Via == gazetteer.Adjective)
	on(f, fPerson, c.Via == gazetteer.Person)
	on(f, fCode, c.Via == gazetteer.Code)
	on(f, fAlias, c.Via == gazetteer.Alias && c.Kind != gazetteer.District)
	on(f, fAliasDistrict, c.Via == gazetteer.Alias && c.Kind == gazetteer.District)
	if c.Kind < gazetteer.District {
		f[fSize] = math.Log10(float64(c.Population)+10) / 7
		on(f, fUnknown, c.Population == 0)
	}
	f[fMany] = math.Log10(float64(len(m.candidates)))
	f[fShare] = m.share
}

func (d *placeText) featuresOfWords(m *mention, f []float64) {
	t := &d.tokens[m.from]
	single := m.to == m.from+1
	on(f, fWords, !single)
	on(f, fArticle, !single && (t.fold == "al" || t.fold == "el"))
	on(f, fOpens, single && t.opens)
	on(f, fCaps, t.caps && len(t.fold) > 3)
	on(f, fShort, len(m.key) <= 3 && !t.caps)
	on(f, fPossessive, m.end < len(d.text) && m.end < d.tokens[m.to-1].end)
	if single {
		class := d.g.Class(m.key)
		if f[fCode] == 1 {
			class = 0
		}
		on(f, fEveryday, class&gazetteer.Everyday != 0)
		on(f, fOrdinary, class&gazetteer.Ordinary != 0)
		on(f, fGiven, class&gazetteer.Given != 0)
		on(f, fFamily, class&gazetteer.Family != 0)
	}
}

func (d *placeText) featuresBefore(i int, f []float64) {
	m := &d.mentions[i]
	t := &d.tokens[m.from]
	if m.from == 0 {
		return
	}
	before := &d.tokens[m.from-1]
	prevPlace := i > 0 && d.mentions[i-1].to == m.from
	on(f, fPrevPlace, prevPlace && t.gap == gapSpace)
	on(f, fListed, i > 0 && (d.mentions[i-1].to == m.from && t.gap == gapComma || d.mentions[i-1].to == m.from-1 && (before.fold == "and" || before.fold == "or")))
	on(f, fComma, t.gap == gapComma)
	on(f, fHyphen, t.gap == gapHyphen)
	on(f, fAround, m.around >= 0)
	if t.gap != gapSpace {
		return
	}
	on(f, fLocative, locative[before.fold])
	on(f, fOf, before.fold == "of")
	on(f, fThe, before.fold == "the")
	on(f, fSide, sides[before.fold])
	on(f, fPlaceNoun, placeNouns[before.fold] || before.fold == "of" && m.from > 1 && placeNouns[d.tokens[m.from-2].fold])
	on(f, fPrevTitle, titles[before.fold] && before.upper)
	if before.upper && !prevPlace && !sides[before.fold] && !titles[before.fold] && !capitalNoise[before.fold] && !t.opens {
		class := d.g.Class(before.fold)
		given := d.given(before.fold) || len(before.fold) == 1
		on(f, fPrevGiven, given)
		on(f, fPrevPerhaps, !given && class&gazetteer.Given != 0)
		on(f, fPrevUpper, class&gazetteer.Given == 0 && !given)
	}
	on(f, fPrevUpperOf, (before.fold == "of" || before.fold == "and") && m.from > 1 && d.tokens[m.from-2].upper && !placeNouns[d.tokens[m.from-2].fold])
}

func (d *placeText) featuresAfter(i int, f []float64) {
	m := &d.mentions[i]
	on(f, fInside, m.inside >= 0)
	if m.to >= len(d.tokens) {
		return
	}
	next := &d.tokens[m.to]
	on(f, fDateline, d.dateline(m))
	on(f, fNextPlace, i+1 < len(d.mentions) && d.mentions[i+1].from == m.to && d.mentions[i+1].p >= 0.5 && next.gap <= gapHyphen)
	if next.gap == gapHyphen {
		on(f, fBased, next.fold == "based" || next.fold == "area" || next.fold == "born")
		on(f, fHyphen, next.fold != "based")
	}
	if next.gap != gapSpace || d.mentionEndsWithDot(m) {
		return
	}
	on(f, fDigit, next.fold != "" && next.fold[0] >= '0' && next.fold[0] <= '9')
	on(f, fSaying, saying[next.fold])
	if !next.upper || next.opens {
		return
	}
	switch {
	case streets[next.fold]:
		f[fNextStreet] = 1
	case features[next.fold]:
		f[fNextFeature] = 1
	case orgNouns[next.fold]:
		f[fNextOrg] = 1
	case f[fNextPlace] == 0 && !capitalNoise[next.fold] && !titles[next.fold]:
		f[fNextUpper] = 1
	}
	if d.tokens[m.from].gap != gapComma && m.inside < 0 && !streets[next.fold] && !features[next.fold] && !orgNouns[next.fold] {
		on(f, fGivenUpper, f[fGiven] == 1)
	}
}

func (d *placeText) mentionEndsWithDot(m *mention) bool { return d.text[m.end-1] == '.' }

// dateline tells "CITY (AP)", "CITY —" and "CITY, State —" at the start of a line.
func (d *placeText) dateline(m *mention) bool {
	if m.from > 3 || d.tokens[m.to].gap == gapSpace {
		return false
	}
	rest := strings.TrimLeft(d.text[m.end:min(len(d.text), m.end+8)], " .")
	return strings.HasPrefix(rest, "(") || strings.HasPrefix(rest, "—") || strings.HasPrefix(rest, "–") || strings.HasPrefix(rest, "-") || strings.HasPrefix(rest, ",") && d.tokens[m.from].caps
}

func (d *placeText) featuresOfText(m *mention, f []float64) {
	u := d.use(m.key)
	if m.to == m.from+1 {
		on(f, fDocPerson, u.person > 0)
		on(f, fDocLower, u.lower > 0)
	}
	others := u.place
	if f[fLocative] == 1 || m.inside >= 0 {
		others--
	}
	on(f, fDocPlace, others > 0)
	f[fTimes] = math.Log(float64(u.times))
	c := d.candidateFeatures(m, m.choice)
	f[fSupport], f[fAdminVote], f[fNear] = c[gCountryVote], c[gAdminVote], c[gNear]
}
