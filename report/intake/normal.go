package intake

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// plainer are the characters that a text uses in place of a plain one. What
// maps to nothing is left out.
var plainer = map[rune]string{
	'\u00B4': "'", '\u2019': "'", '\u2018': "'", '\u201B': "'", '\u0060': "'", '\u02BC': "'", '\uFF07': "'",
	'\u201C': `"`, '\u201D': `"`, '\u201E': `"`, '\u201F': `"`, '\u00AB': `"`, '\u00BB': `"`, '\uFF02': `"`,
	'\u00A0': " ", '\u2007': " ", '\u202F': " ", '\t': " ", '\f': " ", '\v': " ", '\u3000': " ",
	'\u2010': "-", '\u2011': "-", '\u2012': "-", '\u2212': "-",
	'\u2026': "...", '\u00AD': "", '\u200B': "", '\u200C': "", '\u200D': "", '\u200E': "", '\u200F': "",
	'\u202A': "", '\u202B': "", '\u202C': "", '\u202D': "", '\u202E': "", '\u2060': "", '\u2066': "",
	'\u2067': "", '\u2068': "", '\u2069': "", '\uFEFF': "", '\u0640': "", '\r': "",
}

// normal gives the text with plain characters and single blanks, and the map
// back to text. Newlines stay.
func normal(text string) (string, Map) {
	var w writer
	blank := true
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		s, swapped := plainer[r]
		if !swapped && unicode.IsControl(r) && r != '\n' {
			s, swapped = "", true
		}
		if !swapped {
			s = text[at : at+size]
		}
		if s == " " && blank {
			s = ""
		}
		if s != "" {
			blank = s == " " || s == "\n"
		}
		if swapped {
			w.other(s, at, size)
		} else {
			w.same(s, at)
		}
		at += size
	}
	return w.done()
}

// trimmed is the span without blanks at its ends.
func trimmed(text string, s Span) Span {
	part := text[s.Start:s.End]
	left := len(part) - len(strings.TrimLeft(part, " \n"))
	right := len(part) - len(strings.TrimRight(part, " \n"))
	if left == len(part) {
		return Span{s.Start, s.Start}
	}
	return Span{s.Start + left, s.End - right}
}
