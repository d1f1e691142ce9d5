package export

import (
	"unicode"
	"unicode/utf8"
)

// box is a rectangle on a drawing, y downwards.
type box struct{ x0, y0, x1, y1 float64 }

func (b box) overlaps(o box) bool {
	return b.x0 < o.x1 && o.x0 < b.x1 && b.y0 < o.y1 && o.y0 < b.y1
}

func (b box) inside(o box) bool {
	return b.x0 >= o.x0 && b.y0 >= o.y0 && b.x1 <= o.x1 && b.y1 <= o.y1
}

func (b box) holds(x, y float64) bool {
	return x >= b.x0 && x <= b.x1 && y >= b.y0 && y <= b.y1
}

// around is the square about a point.
func around(x, y, r float64) box { return box{x - r, y - r, x + r, y + r} }

// label is a text that has found its place; x, y is where its baseline starts.
type label struct {
	x, y float64
	text string
}

// placer puts texts on a drawing so that they overlap neither each other nor
// the marks: the first that comes has its place.
type placer struct {
	bounds box
	taken  []box
}

func (p *placer) free(b box) bool {
	if !b.inside(p.bounds) {
		return false
	}
	for _, t := range p.taken {
		if b.overlaps(t) {
			return false
		}
	}
	return true
}

// place finds room for the first of the texts that fits beside a mark of
// radius r: to its right, left, above or below. The texts come longest first.
func (p *placer) place(x, y, r, size float64, texts ...string) (label, bool) {
	for _, text := range texts {
		w, h := width(text, size), size
		gap := r + 2
		for _, at := range [][2]float64{
			{x + gap, y - h/2}, {x - gap - w, y - h/2},
			{x + gap*.7, y - gap*.7 - h}, {x + gap*.7, y + gap*.7},
			{x - gap*.7 - w, y - gap*.7 - h}, {x - gap*.7 - w, y + gap*.7},
			{x - w/2, y - gap - h}, {x - w/2, y + gap},
		} {
			b := box{at[0], at[1], at[0] + w, at[1] + h}
			if p.free(b) {
				p.taken = append(p.taken, b)
				return label{at[0], at[1] + h*.8, text}, true
			}
		}
	}
	return label{}, false
}

// width is about how wide a text is drawn in a plain face, rather more than
// less.
func width(text string, size float64) float64 {
	var w float64
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Mn):
		case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana):
			w++
		case unicode.IsUpper(r):
			w += .7
		case r == ' ' || r == 'i' || r == 'l' || r == '.' || r == ',':
			w += .32
		default:
			w += .57
		}
	}
	return w * size
}

// short cuts a name that would fill the map.
func short(name string) string {
	const most = 26
	if utf8.RuneCountInString(name) <= most {
		return name
	}
	return string([]rune(name)[:most-1]) + "…"
}
