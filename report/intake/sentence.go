package intake

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// longest is the length, in bytes, beyond which a sentence is cut at the next
// blank: nobody writes such, and the rules' cost grows with it.
const longest = 3000

// Sentences gives the spans of the sentences of a block. A full stop after a
// title, an initial or a common abbreviation ends none; a closing quotation
// mark belongs to the sentence before it. What is longer than 3000 bytes is cut.
func Sentences(text string) []Span {
	var all []Span
	start := 0
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		at += size
		if at-start > longest && r == ' ' {
			all = appendSpan(all, text, Span{start, at})
			start = at
			continue
		}
		if !stops(r) || r == '.' && (abbreviated(text[start:at]) || decimal(text, at)) {
			continue
		}
		end := closing(text, at)
		if end < len(text) && !opens(text[end:]) {
			continue
		}
		all = appendSpan(all, text, Span{start, end})
		start, at = end, end
	}
	return appendSpan(all, text, Span{start, len(text)})
}

func appendSpan(all []Span, text string, s Span) []Span {
	if s = trimmed(text, s); s.Len() > 0 {
		return append(all, s)
	}
	return all
}

func stops(r rune) bool { return strings.ContainsRune(".!?؟۔。！？", r) }

// closing is the end of the marks that close what ended at at.
func closing(text string, at int) int {
	for at < len(text) && strings.IndexByte(`."')]!?`, text[at]) >= 0 {
		at++
	}
	return at
}

// opens tells whether rest may begin with a new sentence: a blank, and then no
// small letter.
func opens(rest string) bool {
	trim := strings.TrimLeft(rest, " \n")
	if trim == rest {
		return false
	}
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(trim, `"'(`))
	return !unicode.IsLower(r)
}

func decimal(text string, at int) bool {
	return at < len(text) && text[at] >= '0' && text[at] <= '9'
}

// abbreviations end with a full stop and go on; all small here.
const abbreviations = " mr mrs ms dr prof gen lt col capt maj sgt cpl brig adm cmdr gov sen rep rev hon st jr sr " +
	"vs etc inc ltd co corp dept fig approx no jan feb mar apr jun jul aug sept sep oct nov dec " +
	"u.s u.n u.k e.g i.e a.m p.m d.c n.e n.w s.e s.w km mi ft "

// abbreviated tells whether what ends in a full stop ends in an abbreviation
// or an initial.
func abbreviated(text string) bool {
	word := strings.TrimSuffix(text, ".")
	if i := strings.LastIndexAny(word, " \n(\"'"); i >= 0 {
		word = word[i+1:]
	}
	if utf8.RuneCountInString(word) == 1 {
		r, _ := utf8.DecodeRuneInString(word)
		return unicode.IsUpper(r)
	}
	return strings.Contains(abbreviations, " "+strings.ToLower(word)+" ")
}
