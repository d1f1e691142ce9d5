package locate

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"vedette/report/intake"
)

// token is a word, a number or a mark of a text.
type token struct {
	text string // as it stands
	fold string // small; Arabic letters in one form each
	span intake.Span
}

// tokens cuts a text into words, numbers and marks. A number keeps its points
// and commas; "10km" is two tokens, and so is each side of a hyphen.
func tokens(text string) []token {
	var all []token
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		end := at + size
		switch {
		case unicode.IsSpace(r):
			at = end
			continue
		case unicode.IsDigit(r):
			end = numberEnd(text, at)
		case unicode.IsLetter(r):
			end = wordEnd(text, at)
		}
		all = append(all, token{text[at:end], fold(text[at:end]), intake.Span{Start: at, End: end}})
		at = end
	}
	return all
}

func wordEnd(text string, at int) int {
	for at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && (r != '\'' || !letterAt(text, at+1)) {
			break
		}
		at += size
	}
	return at
}

// letterAt tells whether a letter other than a possessive s stands at a place.
func letterAt(text string, at int) bool {
	r, size := utf8.DecodeRuneInString(text[at:])
	if !unicode.IsLetter(r) {
		return false
	}
	next, _ := utf8.DecodeRuneInString(text[at+size:])
	return r != 's' || unicode.IsLetter(next)
}

func numberEnd(text string, at int) int {
	for at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		switch {
		case unicode.IsDigit(r):
		case (r == '.' || r == ',' || r == '٫' || r == '٬') && digitAt(text, at+size):
		default:
			return at
		}
		at += size
	}
	return at
}

func digitAt(text string, at int) bool {
	r, _ := utf8.DecodeRuneInString(text[at:])
	return unicode.IsDigit(r)
}

// arabicForms are the letters that Arabic writers use for one another.
var arabicForms = strings.NewReplacer("أ", "ا", "إ", "ا", "آ", "ا", "ة", "ه", "ى", "ي", "ئ", "ي", "ؤ", "و")

// fold gives a word small, without Arabic vowel marks, its letters in one form.
func fold(word string) string {
	if isASCII(word) {
		return strings.ToLower(word)
	}
	word = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) && r >= 0x600 && r < 0x700 {
			return -1
		}
		return unicode.ToLower(r)
	}, word)
	return arabicForms.Replace(word)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// is tells whether the token at i is one of the words.
func is(all []token, i int, words ...string) bool {
	if i < 0 || i >= len(all) {
		return false
	}
	for _, w := range words {
		if all[i].fold == w {
			return true
		}
	}
	return false
}

// upper tells whether a word begins with a capital.
func upper(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r)
}
