package gazetteer

import (
	"testing"

	"github.com/klauspost/compress/zstd"
)

func TestFoldMakesOneOfManyWritings(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"Al-Qā’im", "al qaim"},
		{"AL QA'IM", "al qaim"},
		{"São Tomé", "sao tome"},
		{"Saint Louis", "st louis"},
		{"St. Louis", "st louis"},
		{"U.S.", "us"},
		{"Łódź", "lodz"},
		{"İstanbul", "istanbul"},
		{"Côte d’Ivoire", "cote divoire"},
		{"إدلب", "ادلب"},
		{"الحسكة", "الحسكه"},
		{"دِمَشق", "دمشق"},
		{"بـغـداد", "بغداد"},
		{" , ", ""},
	} {
		if got := Fold(c.name); got != c.want {
			t.Errorf("Fold(%q) = %q, want %q", c.name, got, c.want)
		}
	}
}

func TestEveryNameLeadsToItsPlace(t *testing.T) {
	w := world0(t).world
	for i := range w.places {
		p := w.place(i)
		found := false
		for _, c := range w.candidates(Fold(p.Name)) {
			found = found || c.Place == p && c.Via <= Alias
		}
		if !found && p.Country != "" && Fold(p.Name)[:min(4, len(Fold(p.Name)))] != "the " {
			t.Fatalf("%v is not found by its name", p)
		}
		if !p.At.Valid() || p.Kind > Continent {
			t.Fatalf("%v", p)
		}
	}
}

func TestKeysAreSortedAndReached(t *testing.T) {
	w := world0(t).world
	for i := range w.ends {
		if i > 0 && w.key(i-1) >= w.key(i) {
			t.Fatalf("%q comes before %q", w.key(i-1), w.key(i))
		}
		if _, whole := w.reach(w.key(i)); !whole {
			t.Fatalf("%q is not reached", w.key(i))
		}
	}
	if begins, whole := w.reach("new york"); !begins || !whole {
		t.Errorf("new york: %v %v", begins, whole)
	}
	if begins, whole := w.reach("new yor"); begins || whole {
		t.Errorf("new yor: %v %v", begins, whole)
	}
}

func TestClassesTellWordsFromNames(t *testing.T) {
	g := world0(t)
	for _, c := range []struct {
		word string
		want Class
	}{{"police", Everyday}, {"reading", Everyday}, {"john", Given}, {"johnson", Family}} {
		if g.Class(c.word)&c.want == 0 {
			t.Errorf("%s is of class %b", c.word, g.Class(c.word))
		}
	}
	if g.Class("qaim") != 0 || g.Class("") != 0 {
		t.Error("qaim, or no word, has a class")
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Al-Qa’im", "São Tomé", "إدلب", "U.S.", "ǅ", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key := Fold(s)
		if again := Fold(key); again != key {
			t.Fatalf("Fold(%q) = %q, and of that %q", s, key, again)
		}
	})
}

// FuzzParse reads worlds that gazgen did not make. What is read is safe to ask.
func FuzzParse(f *testing.F) {
	dec, err := zstd.NewReader(nil)
	if err != nil {
		f.Fatal(err)
	}
	text, err := dec.DecodeAll(embedded, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text[:2000])
	f.Add([]byte(magic))
	f.Add([]byte(magic + "\x01\x02IQ\x01\x0201\x01\x00\x00\x00\x05\x02\x04\x06\x00\x01\x00\x04anah\x01\x00\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		w, err := parse(text)
		if err != nil {
			return
		}
		for i := range w.places {
			w.place(i)
		}
		for i := range w.ends {
			w.candidates(w.key(i))
			w.reach(w.key(i))
		}
	})
}
