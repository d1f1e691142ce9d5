package gazetteer

import (
	"sort"
)

// Class says what a word is beside, perhaps, a place's name.
type Class uint8

// The classes; a word may be of several.
const (
	Everyday Class = 1 << iota // one of the ten thousand commonest English words
	Ordinary                   // one of the next thirty thousand
	Given                      // a given name
	Family                     // a family name
)

// words are sorted, with the class of each.
type words struct {
	text    string
	ends    []uint32
	classes []Class
}

// Class gives what else a folded word is.
func (g *Gazetteer) Class(word string) Class {
	w := &g.world.words
	i := sort.Search(len(w.ends), func(i int) bool { return w.at(i) >= word })
	if i < len(w.ends) && w.at(i) == word {
		return w.classes[i]
	}
	return 0
}

func (w *words) at(i int) string { return w.text[before(w.ends, i):w.ends[i]] }

func (w *words) read(in *input) {
	var sorted front
	for range in.count() {
		sorted.next(in)
		w.classes = append(w.classes, Class(in.uvarint()))
	}
	w.text, w.ends = string(sorted.text), sorted.ends
}

// front reads sorted strings, each with the bytes that it shares with the one
// before it.
type front struct {
	text []byte
	ends []uint32
}

func (f *front) next(in *input) {
	start := 0 // of the one before
	if n := len(f.ends); n > 0 {
		start = int(before(f.ends, n-1))
	}
	shared := min(in.count(), len(f.text)-start)
	f.text = append(f.text, f.text[start:start+shared]...)
	f.text = append(f.text, in.bytes(in.count())...)
	f.ends = append(f.ends, uint32(len(f.text)))
}
