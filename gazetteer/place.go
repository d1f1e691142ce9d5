package gazetteer

import "vedette/geo"

// Kind says what sort of place a place is.
type Kind uint8

// The kinds, from the smallest.
const (
	Town      Kind = iota // a populated place
	Seat                  // a populated place that is the seat of a unit below the first level
	Chief                 // the seat of a first-level unit
	Capital               // the seat of a government
	Section               // a part of a populated place
	District              // a second-level unit
	Province              // a first-level unit: state, governorate, oblast
	Country               // a country or a territory with a code of its own
	Region                // a sea, a river, a range, a part of a country or of several
	Continent             // a continent, or several together
)

var kindNames = [...]string{"town", "seat", "chief", "capital", "section", "district", "province", "country", "region", "continent"}

// String gives the kind's name in packs.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Area tells whether a place of this kind is an extent, for which a point is
// only a label.
func (k Kind) Area() bool { return k >= District }

// Place is one place. The zero Place is none.
type Place struct {
	// ID is the number that GeoNames gives the place, or 0 where it has none.
	ID int
	// Name is the place's chief name, in Latin script.
	Name string
	// Country is the two-letter code of ISO 3166, or "" for regions and
	// continents.
	Country string
	// Admin1 is the code of the first-level unit within the country, as
	// GeoNames gives it, or "".
	Admin1 string
	Kind   Kind
	// Population is 0 where it is not known.
	Population int
	// At is the middle of the place; for an extent it is only a label.
	At geo.Point
	// Own tells a place of a pack.
	Own bool
}

// Via says by which of a place's words a candidate was found.
type Via uint8

// The ways.
const (
	Name      Via = iota // its chief name
	Spelling             // a spelling of it with the same consonants, as "Zakho" is of "Zaxo", or a name that our tables vouch for
	Alias                // another name
	Adjective            // "Turkish"
	Person               // "Turks", "Londoner"
	Code                 // an abbreviation, a name only in capitals or beside another: "UK", "Minn."
)

// Candidate is a place that a word or several may mean.
type Candidate struct {
	Place
	Via Via
}
