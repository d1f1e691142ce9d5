package claim

import (
	"hash/fnv"
	"strings"

	"vedette/report/intake"
)

// FoldCopies finds stories that are one text: those that share half of the
// shorter one's runs of five words. The first one stays, keeps the names of
// the others, and they keep no claims: one agency's text in ten papers is one
// source. The cost grows with the square of the number of stories.
func FoldCopies(stories []Story) {
	prints := make([]map[uint64]bool, len(stories))
	for i := range stories {
		prints[i] = shingles(stories[i].Document)
	}
	for i := range stories {
		for k := range i {
			if stories[k].CopyOf != "" || !same(prints[i], prints[k]) {
				continue
			}
			first, copied := &stories[k], &stories[i]
			copied.CopyOf, copied.Claims, copied.Conflicts = first.title(), []Claim{}, nil
			first.Copies = append(first.Copies, copied.title())
			if first.Wire == "" {
				first.Wire = copied.Wire
			}
			break
		}
	}
}

// title names a story: its file, and its part.
func (s *Story) title() string { return strings.TrimSpace(s.Document.Source + " " + s.Document.Part) }

// shingles are the runs of five words of a document's body, as hashes.
func shingles(d *intake.Document) map[uint64]bool {
	words := strings.FieldsFunc(strings.ToLower(d.Body()), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127)
	})
	all := map[uint64]bool{}
	for i := 0; i+5 <= len(words); i++ {
		h := fnv.New64a()
		for _, w := range words[i : i+5] {
			h.Write([]byte(w))
			h.Write([]byte{0})
		}
		all[h.Sum64()] = true
	}
	return all
}

// same tells whether two prints share half of the smaller; texts of fewer than
// twenty runs are too short to tell.
func same(a, b map[uint64]bool) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < 20 {
		return false
	}
	shared := 0
	for h := range a {
		if b[h] {
			shared++
		}
	}
	return shared*2 >= len(a)
}
