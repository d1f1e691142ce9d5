package intake

import (
	"sort"
	"strings"
)

// Map leads from a text back to the bytes it was made from. The zero Map maps
// nothing.
type Map struct {
	pieces []piece
}

// piece says that n bytes of the text came from m bytes of the source. Where
// n is m they correspond byte by byte, else only as a whole.
type piece struct {
	text, n   int
	source, m int
}

// Source is the smallest span of the source that holds all of which s was
// made. Text without a source, such as the newline between two blocks, maps
// to the place between its neighbours.
func (m Map) Source(s Span) Span {
	if len(m.pieces) == 0 {
		return Span{}
	}
	first := m.at(s.Start)
	start := first.source + within(first, s.Start)
	if s.End <= s.Start {
		return Span{start, start}
	}
	last := m.at(s.End - 1)
	end := last.source + last.m
	if last.n == last.m {
		end = last.source + min(s.End-last.text, last.m)
	}
	return Span{start, max(start, end)}
}

// at is the piece that holds a byte of the text, or the nearest before it.
func (m Map) at(text int) piece {
	i := sort.Search(len(m.pieces), func(i int) bool { return m.pieces[i].text > text })
	return m.pieces[max(0, i-1)]
}

// within is how far into the source of p a byte of the text lies.
func within(p piece, text int) int {
	switch {
	case text >= p.text+p.n:
		return p.m
	case p.n == p.m:
		return max(0, text-p.text)
	}
	return 0
}

// writer makes a text and its map.
type writer struct {
	text   strings.Builder
	pieces []piece
}

// same writes s, which stands in the source as it is.
func (w *writer) same(s string, source int) {
	if s == "" {
		return
	}
	if k := len(w.pieces) - 1; k >= 0 {
		p := &w.pieces[k]
		if p.n == p.m && p.text+p.n == w.text.Len() && p.source+p.m == source {
			p.n, p.m = p.n+len(s), p.m+len(s)
			w.text.WriteString(s)
			return
		}
	}
	w.pieces = append(w.pieces, piece{w.text.Len(), len(s), source, len(s)})
	w.text.WriteString(s)
}

// other writes s, which stands for m bytes of the source.
func (w *writer) other(s string, source, m int) {
	if s == "" {
		return
	}
	if len(s) == m {
		w.same(s, source)
		return
	}
	w.pieces = append(w.pieces, piece{w.text.Len(), len(s), source, m})
	w.text.WriteString(s)
}

// done gives the text and its map.
func (w *writer) done() (string, Map) { return w.text.String(), Map{w.pieces} }

// through gives the map from m's text to the source of inner, where m's
// source is inner's text.
func (m Map) through(inner Map) Map {
	var out []piece
	for _, p := range m.pieces {
		if p.n != p.m {
			s := inner.Source(Span{p.source, p.source + p.m})
			out = append(out, piece{p.text, p.n, s.Start, s.Len()})
			continue
		}
		out = append(out, inner.split(p)...)
	}
	return Map{out}
}

// split cuts a piece that corresponds byte by byte at the borders of m's own.
func (m Map) split(p piece) []piece {
	var out []piece
	for at := p.source; at < p.source+p.m; {
		in := m.at(at)
		end := min(p.source+p.m, in.text+in.n)
		if end <= at { // beyond the last piece
			end = p.source + p.m
		}
		text := p.text + at - p.source
		s := m.Source(Span{at, end})
		out = append(out, piece{text, end - at, s.Start, s.Len()})
		at = end
	}
	return out
}
