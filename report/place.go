// Package report turns texts about a frontier into located, sourced, doubtful
// claims.
//
// Its stages are pure functions of a text, a gazetteer and options: the same
// input gives the same result. Places finds the places that a text names and
// says which they are.
package report

import (
	"vedette/gazetteer"
	"vedette/geo"
)

// Form says how a word names a place.
type Form string

// The forms.
const (
	FormName      Form = "name"      // "Turkey"
	FormAdjective Form = "adjective" // "Turkish"
	FormPerson    Form = "person"    // "Turks"
)

// Toponym is a place that a text names.
type Toponym struct {
	Start, End int    // bytes of the text, [Start, End)
	Text       string // as it is written there
	Place      gazetteer.Place
	P          float64 // chance that the words name a place, and are no person or thing
	Form       Form
}

// PlaceOptions say what is known beside the text. The zero value knows nothing.
type PlaceOptions struct {
	// Near are places about which the reports are, such as points of the
	// frontier: of two places with one name, the one nearer to them is likelier.
	Near []geo.Point
	// MinP is the least chance of a toponym that is given; 0 means 0.5.
	MinP float64
}

// Places finds the places that a text names, in their order, and says which
// place each is. Bytes that are no UTF-8 name nothing. BenchmarkPlaces gives
// the time for an article.
func Places(text string, g *gazetteer.Gazetteer, opt PlaceOptions) []Toponym {
	if opt.MinP == 0 {
		opt.MinP = 0.5
	}
	d := readPlaces(text, g, opt)
	var found []Toponym
	for i := range d.mentions {
		m := &d.mentions[i]
		if m.p >= opt.MinP {
			found = append(found, d.toponym(m))
		}
	}
	return found
}

func (d *placeText) toponym(m *mention) Toponym {
	c := m.candidates[m.choice]
	return Toponym{
		Start: m.start, End: m.end, Text: d.text[m.start:m.end],
		Place: c.Place, P: m.p, Form: form(c.Via),
	}
}

func form(via gazetteer.Via) Form {
	switch via {
	case gazetteer.Adjective:
		return FormAdjective
	case gazetteer.Person:
		return FormPerson
	}
	return FormName
}

// placeText is a text while its places are sought.
type placeText struct {
	text     string
	g        *gazetteer.Gazetteer
	opt      PlaceOptions
	tokens   []token
	mentions []mention
	seen     map[string]*wordUse // by folded word
	votes    votes
}

func readPlaces(text string, g *gazetteer.Gazetteer, opt PlaceOptions) *placeText {
	d := &placeText{text: text, g: g, opt: opt, tokens: tokenize(text), seen: map[string]*wordUse{}}
	d.scan()
	d.resolve()
	d.recognise()
	return d
}
