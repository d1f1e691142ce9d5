package gazetteer

import (
	"slices"
	"testing"
)

func TestProposeFindsOtherSpellings(t *testing.T) {
	g := world0(t)
	for _, c := range []struct {
		spelling string
		id       int
	}{
		{"Kaim", 92138}, {"Al Kaem", 92138}, {"al-Qayem", 92138}, {"Qaem", 92138},
		{"Hadjin", 174506}, {"Hajeen", 174506},
		{"Albou Kamal", 174448}, {"Abou Kemal", 174448}, {"Elbu Kemal", 174448},
		{"Faludja", 99454}, {"Faloojah", 99454},
		{"Dair as-Zaur", 170794}, {"Deir az-Zawr", 170794},
		{"Rutbah", 98677}, {"Talafar", 90393}, {"Tell Afer", 90393},
		{"Mussul", 99072}, {"Ramadee", 98717},
	} {
		all := g.Propose(c.spelling)
		at := slices.IndexFunc(all, func(p Place) bool { return p.ID == c.id })
		if at < 0 || at > 20 {
			t.Errorf("%s (%s): number %d is proposal %d of %d", c.spelling, Skeleton(c.spelling), c.id, at, len(all))
		}
	}
}

func TestProposePutsTheNearestSpellingFirst(t *testing.T) {
	g := world0(t)
	if all := g.Propose("Hajin"); len(all) == 0 || all[0].Name != "Hajīn" {
		t.Errorf("Hajin: %v", all[:min(3, len(all))])
	}
}

func TestProposeKeepsSilentOnTooLittle(t *testing.T) {
	g := world0(t)
	for _, name := range []string{"", "a", "Al", "!"} {
		if all := g.Propose(name); len(all) > 0 {
			t.Errorf("Propose(%q) gives %v", name, all[0])
		}
	}
}

func TestSkeleton(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"Al-Qa'im", "km"}, {"Kaim", "km"}, {"Qaem", "km"},
		{"Hajin", "hgn"}, {"Hadjin", "hgn"},
		{"Deir ez-Zor", "drzr"}, {"Dayr az-Zawr", "drzr"},
		{"Dhuluiya", "dl"}, {"Anbar", "anbr"},
	} {
		if got := Skeleton(c.name); got != c.want {
			t.Errorf("Skeleton(%q) = %q, want %q", c.name, got, c.want)
		}
	}
}

func BenchmarkPropose(b *testing.B) {
	g := world0(b)
	g.Propose("Kaim")
	for b.Loop() {
		g.Propose("Deir al-Zaur")
	}
}
