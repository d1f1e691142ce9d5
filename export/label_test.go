package export

import (
	"testing"

	"pgregory.net/rapid"
)

func TestLabelsNeverOverlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := placer{bounds: box{0, 0, 400, 300}}
		at := rapid.Float64Range(-20, 420)
		for range rapid.IntRange(0, 40).Draw(t, "marks") {
			p.taken = append(p.taken, around(at.Draw(t, "x"), at.Draw(t, "y"), 6))
		}
		marks := len(p.taken)
		for range rapid.IntRange(1, 60).Draw(t, "names") {
			before := len(p.taken)
			name := rapid.StringN(1, 20, -1).Draw(t, "name")
			l, ok := p.place(at.Draw(t, "x"), at.Draw(t, "y"), 6, 11, name, "7")
			if ok != (len(p.taken) == before+1) {
				t.Fatalf("placed %v, but %d boxes after %d", ok, len(p.taken), before)
			}
			if ok && l.text != name && l.text != "7" {
				t.Fatalf("wrote %q", l.text)
			}
		}
		for i := marks; i < len(p.taken); i++ {
			if !p.taken[i].inside(p.bounds) {
				t.Fatalf("label %v lies outside the map", p.taken[i])
			}
			for j := range i {
				if p.taken[i].overlaps(p.taken[j]) {
					t.Fatalf("label %v overlaps %v", p.taken[i], p.taken[j])
				}
			}
		}
	})
}

func TestALabelGivesWayToItsShortForm(t *testing.T) {
	p := placer{bounds: box{0, 0, 100, 30}}
	l, ok := p.place(20, 15, 5, 10, "a name far too long for the map", "12")
	if !ok || l.text != "12" {
		t.Errorf("got %q, %v; want 12", l.text, ok)
	}
}

func TestWidthOfText(t *testing.T) {
	for _, c := range []struct {
		text     string
		low, top float64 // of a face like Arial at size 10
	}{
		{"", 0, 0},
		{"Tower North", 50, 70},
		{"1", 5, 6},
		{"برج الجسر", 30, 55},
		{"监视塔", 29, 31},
	} {
		if w := width(c.text, 10); w < c.low || w > c.top {
			t.Errorf("%q is %.1f wide, want %g to %g", c.text, w, c.low, c.top)
		}
	}
}

func TestLongNamesAreCut(t *testing.T) {
	if got := short("برج المراقبة الشمالي الكبير جدا"); len([]rune(got)) != 26 {
		t.Errorf("%q has %d letters, want 26", got, len([]rune(got)))
	}
	if got := short("Tower North"); got != "Tower North" {
		t.Errorf("got %q", got)
	}
}
