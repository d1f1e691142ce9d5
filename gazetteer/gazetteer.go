// Package gazetteer knows the world's places by their names.
//
// In go names, out come candidates: every place that bears the name, largest
// first. It decides nothing; which one a text means is for package report to
// say. Positions are degrees, WGS 84. Names match by their folded key (see
// Fold), in Latin and, where the data have it, in Arabic script; an area's own
// places come from a Pack. Propose gives places whose names sound alike, as
// proposals only.
//
// The world is embedded: GeoNames' places of 500 people and more, countries
// and first- and second-level units, made by gazgen (CC BY 4.0; see NOTICE and
// docs/decisions). A Gazetteer is read-only and safe for several goroutines.
package gazetteer

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"sync"
)

//go:generate go run ./gazgen -if-npm world.bin

//go:embed world.bin
var embedded []byte

// Gazetteer answers questions about places.
type Gazetteer struct {
	world *world
	packs []*Pack // the later ones first
}

var open = sync.OnceValues(func() (*world, error) { return decode(embedded) })

// Open gives the world that is embedded in the program. The first call reads
// it (BenchmarkOpen says how long that takes, TestTheWorldIsSmall how many
// bytes it holds); later calls share it.
func Open() (*Gazetteer, error) {
	w, err := open()
	if err != nil {
		return nil, err
	}
	return &Gazetteer{world: w}, nil
}

// With gives a gazetteer that knows the places of a pack too, before all
// others.
func (g *Gazetteer) With(p *Pack) *Gazetteer {
	return &Gazetteer{world: g.world, packs: append([]*Pack{p}, g.packs...)}
}

// Find gives the places that bear a name, its own or another, largest first
// and the packs' before the world's. A leading "the" says nothing. Adjectives and abbreviations are no names.
func (g *Gazetteer) Find(name string) []Place {
	key := Fold(name)
	if short, ok := strings.CutPrefix(key, "the "); ok {
		key = short
	}
	var places []Place
	for _, c := range g.Candidates(key) {
		if c.Via <= Alias {
			places = append(places, c.Place)
		}
	}
	return places
}

// Candidates gives all that a folded key stands for, in the order of Find.
func (g *Gazetteer) Candidates(key string) []Candidate {
	var all []Candidate
	for _, p := range g.packs {
		all = append(all, p.candidates(key)...)
	}
	return append(all, g.world.candidates(key)...)
}

// bySize puts the large places first; ties go by kind, number and name.
func bySize(a, b Candidate) int {
	return cmp.Or(cmp.Compare(b.Population, a.Population), cmp.Compare(b.Kind, a.Kind), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Name, b.Name))
}

// Reach tells how names go on from the words before them: whether some name
// begins with these words, and whether one is made of them. Prefix and key are
// folded; further words follow after a space.
func (g *Gazetteer) Reach(key string) (begins, whole bool) {
	for _, p := range g.packs {
		b, w := p.reach(key)
		begins, whole = begins || b, whole || w
	}
	b, w := g.world.reach(key)
	return begins || b, whole || w
}

// sorted orders candidates as Find says.
func sorted(c []Candidate) []Candidate {
	slices.SortStableFunc(c, bySize)
	return c
}
