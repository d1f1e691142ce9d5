package gazetteer

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// sounds are the world's keys by their skeleton, sorted, made when they are
// first asked for.
type sounds struct {
	once sync.Once
	all  []sound
}

type sound struct {
	skeleton string
	key      uint32
}

// Propose gives places whose names may be other spellings of a name: those
// with the same skeleton (see Skeleton), the nearest spellings first. It
// proposes and never decides: quite other places come along. A skeleton of
// fewer than two consonants proposes nothing.
func (g *Gazetteer) Propose(name string) []Place {
	bones := Skeleton(name)
	if strings.Count(bones, " ") > 6 || len(bones) < 2 {
		return nil
	}
	type proposal struct {
		Candidate
		off int
	}
	var all []proposal
	key := Fold(name)
	take := func(k string, candidates []Candidate) {
		for _, c := range candidates {
			if c.Via <= Alias {
				all = append(all, proposal{c, distance(key, k)})
			}
		}
	}
	for _, p := range g.packs {
		for _, k := range p.keys {
			if Skeleton(k) == bones {
				take(k, p.byKey[k])
			}
		}
	}
	for _, k := range g.world.alike(bones) {
		take(k, g.world.candidates(k))
	}
	slices.SortStableFunc(all, func(a, b proposal) int {
		return cmp.Or(cmp.Compare(a.off, b.off), bySize(a.Candidate, b.Candidate))
	})
	var places []Place
	for _, p := range all {
		if !slices.Contains(places, p.Place) {
			places = append(places, p.Place)
		}
	}
	return places
}

// alike gives the keys with a skeleton.
func (w *world) alike(bones string) []string {
	w.sounds.once.Do(w.hear)
	all := w.sounds.all
	i, _ := slices.BinarySearchFunc(all, bones, func(s sound, b string) int { return cmp.Compare(s.skeleton, b) })
	var keys []string
	for ; i < len(all) && all[i].skeleton == bones; i++ {
		keys = append(keys, w.key(int(all[i].key)))
	}
	return keys
}

// hear sorts the skeletons of all keys.
func (w *world) hear() {
	w.sounds.all = make([]sound, 0, len(w.ends))
	for i := range w.ends {
		if s := Skeleton(w.key(i)); len(s) >= 2 {
			w.sounds.all = append(w.sounds.all, sound{s, uint32(i)})
		}
	}
	slices.SortFunc(w.sounds.all, func(a, b sound) int {
		return cmp.Or(cmp.Compare(a.skeleton, b.skeleton), cmp.Compare(a.key, b.key))
	})
}

// Skeleton gives what remains of a name without its article, vowels and
// doubled letters, with the consonants that transcriptions of Arabic confuse
// written one way: "Al-Qa'im" and "Kaim" are both "km".
func Skeleton(name string) string {
	var b strings.Builder
	for i, word := range Words(name) {
		if i == 0 || b.Len() > 0 {
			if article(word) {
				continue
			}
		}
		bone(&b, word)
	}
	return b.String()
}

// article tells the article, in its own form and before the sun letters.
func article(word string) bool {
	switch word {
	case "al", "el", "ul", "il", "the", "an", "as", "ash", "ar", "at", "ad", "adh", "az", "es", "ez", "er", "ed", "en", "et", "esh":
		return true
	}
	return false
}

// digraphs are letters written as two, and letters written for another.
var digraphs = strings.NewReplacer(
	"dj", "g", "dh", "d", "th", "t", "kh", "x", "gh", "g", "sh", "s", "ch", "s", "ph", "f", "ck", "k", "tch", "s", "ou", "w", "oo", "w",
	"q", "k", "c", "k", "z", "z", "v", "w", "j", "g",
)

// bone writes the consonants of a word, no letter twice in a row. A first
// vowel stays as the letter a.
func bone(b *strings.Builder, word string) {
	word = strings.TrimPrefix(word, "ال")
	var last rune
	for i, r := range digraphs.Replace(word) {
		switch r {
		case 'a', 'e', 'i', 'o', 'u', 'y', 'w', 'ا', 'و', 'ي', 'ء', 'أ', 'إ', 'آ', 'ئ', 'ؤ':
			if i == 0 && r != 'y' && r != 'w' {
				b.WriteByte('a')
			}
			continue
		case 'h', 'ه':
			if i > 0 {
				continue // mute at the end, and the second letter of many
			}
		}
		if r != last {
			b.WriteRune(r)
		}
		last = r
	}
}

// distance is the number of letters to change, add or drop.
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, s := range to {
			cost := diagonal
			if r != s {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}
