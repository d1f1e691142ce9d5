package report

import (
	"math"
	"strings"

	"vedette/gazetteer"
	"vedette/geo"
)

// contain finds "X, Y", "X (Y)" and "X in Y" where Y is a unit or country that
// holds a candidate of X.
func (d *placeText) contain() {
	for i := range d.mentions {
		if i+1 == len(d.mentions) {
			break
		}
		m, next := &d.mentions[i], &d.mentions[i+1]
		if !d.beside(m, next) {
			continue
		}
		for _, outer := range next.candidates {
			if d.holdsAny(outer, m) {
				m.inside, next.around = i+1, i
				break
			}
		}
	}
}

// beside tells whether next follows m as the place that holds it does: behind a
// comma, in parentheses, or with "in" between.
func (d *placeText) beside(m, next *mention) bool {
	switch next.from - m.to {
	case 0:
		return d.tokens[next.from].gap <= gapOpen && d.tokens[next.from].gap != gapHyphen && d.tokens[next.from].gap != gapDot
	case 1:
		return d.tokens[m.to].fold == "in" && d.tokens[m.to].gap <= gapComma && d.tokens[next.from].gap == gapSpace
	}
	return false
}

func (d *placeText) holdsAny(outer gazetteer.Candidate, m *mention) bool {
	for _, c := range m.candidates {
		if holds(outer, c) {
			return true
		}
	}
	return false
}

// holds tells whether an area holds a smaller place.
func holds(outer, inner gazetteer.Candidate) bool {
	if outer.Via == gazetteer.Adjective || outer.Via == gazetteer.Person || inner.Kind >= outer.Kind || outer.Country == "" || outer.Country != inner.Country {
		return false
	}
	switch outer.Kind {
	case gazetteer.Country:
		return true
	case gazetteer.Province:
		return outer.Admin1 == inner.Admin1
	case gazetteer.District:
		return outer.Admin1 == inner.Admin1 && quickDistance(outer.At, inner.At) < 100e3
	}
	return false
}

// quickDistance is the distance on a plane through both, in metres: right to a
// few per cent up to 1000 km.
func quickDistance(a, b geo.Point) float64 {
	dlon := math.Abs(a.Lon - b.Lon)
	if dlon > 180 {
		dlon = 360 - dlon
	}
	x := dlon * math.Cos((a.Lat+b.Lat)/2*math.Pi/180)
	y := a.Lat - b.Lat
	return 111_195 * math.Sqrt(x*x+y*y)
}

// The features of a candidate, for which of the places is meant.
const (
	gSize = iota
	gCountry
	gProvince
	gDistrict
	gRegion
	gCapital
	gChief
	gSeat
	gSection
	gAlias
	gAliasLarge
	gCode
	gContained
	gContains
	gCountryVote
	gAdminVote
	gNear
	gNearest
	nResolution
)

// nearbyMetres is how far neighbours speak for each other.
const nearbyMetres = 150e3

// maxNeighbours bounds the work for texts of very many names.
const maxNeighbours = 300

// votes are what the other mentions of the text speak for.
type votes struct {
	country, admin map[string]float64
	total          float64
	points         []votePoint
}

type votePoint struct {
	key    string
	at     geo.Point
	weight float64
}

// resolve picks a candidate for every mention: first by itself, then twice more
// with what the others were taken for.
func (d *placeText) resolve() {
	d.votes = votes{}
	for range 3 {
		d.choose()
		d.vote()
	}
	d.choose()
}

// choose scores every name once; all its mentions have one sense but for those
// beside a unit that says otherwise.
func (d *placeText) choose() {
	contained, plain := map[string][]float64{}, map[string][]float64{}
	for i := range d.mentions {
		m := &d.mentions[i]
		lone := m.inside < 0 && m.around < 0 && !d.unitWord(m)
		if s := plain[m.key]; lone && len(s) == len(m.candidates) {
			m.scores = append(m.scores[:0], s...)
			continue
		}
		m.scores = m.scores[:0]
		for c := range m.candidates {
			m.scores = append(m.scores, d.score(m, c))
		}
		if lone {
			plain[m.key] = m.scores
		}
		if m.inside >= 0 || m.around >= 0 {
			contained[m.key] = m.scores
		}
	}
	for i := range d.mentions {
		m := &d.mentions[i]
		if s, ok := contained[m.key]; ok && len(s) == len(m.scores) && m.inside < 0 && m.around < 0 {
			m.scores = append(m.scores[:0], s...)
		}
		m.pick()
	}
}

// pick takes the best candidate, and how sure it is.
func (m *mention) pick() {
	m.choice = 0
	for c, s := range m.scores {
		if s > m.scores[m.choice] {
			m.choice = c
		}
	}
	sum := 0.0
	for _, s := range m.scores {
		sum += math.Exp(s - m.scores[m.choice])
	}
	m.share = 1 / sum
}

func (d *placeText) score(m *mention, c int) float64 {
	z := 0.0
	for f, v := range d.candidateFeatures(m, c) {
		z += v * resolutionWeights[f]
	}
	return z + d.areaBonus(m.candidates[c].Place) + d.unitBonus(m, &m.candidates[c])
}

// unitBonus tells a unit from the city of the same name in it: the unit is
// meant where it is called one, or holds the place before it; else the city. The
// corpora do not tell them apart, so this is set by hand.
func (d *placeText) unitBonus(m *mention, c *gazetteer.Candidate) float64 {
	if c.Kind != gazetteer.Province && c.Kind != gazetteer.District || m.around >= 0 || !m.namesake(c) {
		return 0
	}
	if d.unitWord(m) {
		return 4
	}
	return -4
}

// areaBonus speaks for places near what the reports are about.
func (d *placeText) areaBonus(p gazetteer.Place) float64 {
	if p.Kind.Area() {
		return 0
	}
	return 4 * d.nearArea(p.At)
}

// vote counts what the mentions were taken for. A mention votes by how sure it
// is, once for a name.
func (d *placeText) vote() {
	v := votes{country: map[string]float64{}, admin: map[string]float64{}}
	counted := map[string]bool{}
	for i := range d.mentions {
		m := &d.mentions[i]
		if counted[m.key] {
			continue
		}
		counted[m.key] = true
		c := m.candidates[m.choice]
		w := m.share * d.plausible(m)
		v.total += w
		v.country[c.Country] += w
		if c.Admin1 != "" {
			v.admin[c.Country+"."+c.Admin1] += w
		}
		if c.Kind < gazetteer.Province && len(v.points) < maxNeighbours {
			v.points = append(v.points, votePoint{m.key, c.At, w})
		}
	}
	d.votes = v
}

// plausible is a rough chance that a mention names a place at all, before the
// full one is known.
func (d *placeText) plausible(m *mention) float64 {
	c := m.candidates[m.choice]
	switch {
	case c.Kind >= gazetteer.Province || m.inside >= 0:
		return 1
	case m.from > 0 && locative[d.tokens[m.from-1].fold]:
		return 0.9
	case d.use(m.key).person > 0 || d.g.Class(m.key)&(gazetteer.Everyday|gazetteer.Ordinary|gazetteer.Given|gazetteer.Family) != 0:
		return 0.1
	}
	return 0.5
}

// candidateFeatures gives the features of candidate c of a mention.
func (d *placeText) candidateFeatures(m *mention, c int) [nResolution]float64 {
	var f [nResolution]float64
	cand := &m.candidates[c]
	f[gSize] = math.Log10(float64(cand.Population)+10) / 7
	switch cand.Kind {
	case gazetteer.Country:
		f[gCountry] = 1
	case gazetteer.Province:
		f[gProvince] = 1
	case gazetteer.District:
		f[gDistrict] = 1
	case gazetteer.Region, gazetteer.Continent:
		f[gRegion] = 1
	case gazetteer.Capital:
		f[gCapital] = 1
	case gazetteer.Chief:
		f[gChief] = 1
	case gazetteer.Seat:
		f[gSeat] = 1
	case gazetteer.Section:
		f[gSection] = 1
	}
	large := cand.Kind != gazetteer.District && cand.Population >= 100_000
	on(f[:], gAlias, cand.Via == gazetteer.Alias && !large)
	on(f[:], gAliasLarge, cand.Via == gazetteer.Alias && large)
	on(f[:], gCode, cand.Via == gazetteer.Code)
	on(f[:], gContained, m.inside >= 0 && d.heldBy(*cand, &d.mentions[m.inside]))
	on(f[:], gContains, m.around >= 0 && d.holdsAny(*cand, &d.mentions[m.around]))
	d.voteFeatures(m, cand, &f)
	return f
}

// unitWord tells a name with a word for a unit beside it: "Anbar province",
// "the governorate of Anbar".
func (d *placeText) unitWord(m *mention) bool {
	if m.to < len(d.tokens) && d.tokens[m.to].gap == gapSpace && unitNouns[d.tokens[m.to].fold] {
		return true
	}
	from := m.from - 1
	if from >= 0 && d.tokens[from].fold == "of" {
		from--
	}
	return from >= 0 && unitNouns[strings.TrimPrefix(d.tokens[from].fold, "و")]
}

// namesake tells whether a unit shares its name with a place in it.
func (m *mention) namesake(unit *gazetteer.Candidate) bool {
	for i := range m.candidates {
		c := &m.candidates[i]
		if c.Kind < gazetteer.District && c.Country == unit.Country && c.Admin1 == unit.Admin1 && c.Via <= gazetteer.Spelling {
			return true
		}
	}
	return false
}

func (d *placeText) heldBy(c gazetteer.Candidate, outer *mention) bool {
	for _, o := range outer.candidates {
		if holds(o, c) {
			return true
		}
	}
	return false
}

// voteFeatures says how far the other names of the text speak for a candidate:
// the share of them in its country and unit, and its neighbours.
func (d *placeText) voteFeatures(m *mention, c *gazetteer.Candidate, f *[nResolution]float64) {
	v := &d.votes
	own, ownCountry, ownAdmin := 0.0, 0.0, 0.0
	if chosen := &m.candidates[m.choice]; v.total > 0 {
		own = m.share * d.plausible(m)
		if chosen.Country == c.Country {
			ownCountry = own
			if chosen.Admin1 == c.Admin1 {
				ownAdmin = own
			}
		}
	}
	rest := v.total - own
	if rest <= 0.05 {
		return
	}
	if c.Country != "" {
		f[gCountryVote] = max(0, v.country[c.Country]-ownCountry) / (rest + 0.5)
	}
	if c.Admin1 != "" {
		f[gAdminVote] = max(0, v.admin[c.Country+"."+c.Admin1]-ownAdmin) / (rest + 0.5)
	}
	if c.Kind >= gazetteer.Province {
		return
	}
	near, nearest := 0.0, 0.0
	for _, p := range v.points {
		if p.key == m.key || math.Abs(p.at.Lat-c.At.Lat) > 1.4 {
			continue
		}
		if q := 1 - quickDistance(p.at, c.At)/nearbyMetres; q > 0 {
			near += q * p.weight
			nearest = max(nearest, q*p.weight)
		}
	}
	f[gNear], f[gNearest] = near/(near+1), nearest
}
