package report

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"vedette/gazetteer"
)

// token is a word of a text, and what stands before it.
type token struct {
	start, end int
	fold       string // as gazetteer.FoldWord gives it
	base       string // the same without 's, where it has one, else equal
	baseEnd    int    // where the word without 's ends
	gap        gap    // what stands between the word before and this one
	upper      bool   // it begins with a capital letter
	caps       bool   // it has capital letters only, two or more
	arabic     bool
	opens      bool // it begins a sentence
}

// gap is what parts two words.
type gap uint8

const (
	gapSpace  gap = iota // white space within a line
	gapHyphen            // a hyphen or a slash, without spaces
	gapComma             // a comma and a space
	gapDot               // a full stop
	gapOpen              // an opening parenthesis or bracket
	gapOther             // anything else
)

// tokenize gives the words of a text. A word is letters, digits and marks, with
// apostrophes and the full stops of abbreviations within.
func tokenize(text string) []token {
	tokens := make([]token, 0, len(text)/5)
	last := 0
	for at := 0; at < len(text); {
		r, n := utf8.DecodeRuneInString(text[at:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			at += n
			continue
		}
		t := token{start: at, end: wordEnd(text, at)}
		t.read(text)
		t.between(text[last:at], tokens)
		tokens = append(tokens, t)
		at, last = t.end, t.end
	}
	return tokens
}

// wordEnd gives the end of the word that begins at start.
func wordEnd(text string, start int) int {
	end := start
	for end < len(text) {
		r, n := utf8.DecodeRuneInString(text[end:])
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == 'ـ':
		case isApostrophe(r) && letterAt(text, end+n):
		case r == '.' && initials(text[start:end]) && letterAt(text, end+n) && !letterAt(text, end+n+1):
		case r == '.' && initials(text[start:end]) && shortWord(text[end+n:]):
		case r == '.' && strings.Contains(text[start:end], "."):
			return end + n // the last stop of an abbreviation
		default:
			return end
		}
		end += n
	}
	return end
}

// initials tells one letter, or several with stops between.
func initials(word string) bool {
	return len(word)%2 == 1 && (len(word) == 1 || word[len(word)-2] == '.') && word[len(word)-1] < utf8.RuneSelf
}

// shortWord tells the rest of an abbreviation such as W.Va.
func shortWord(rest string) bool {
	return len(rest) > 2 && unicode.IsUpper(rune(rest[0])) && unicode.IsLower(rune(rest[1])) && rest[2] == '.'
}

func isApostrophe(r rune) bool {
	return r == '\'' || r == '’' || r == '‘' || r == '´' || r == '`' || r == 'ʿ' || r == 'ʾ'
}

func letterAt(text string, at int) bool {
	r, _ := utf8.DecodeRuneInString(text[min(at, len(text)):])
	return unicode.IsLetter(r)
}

// read sets what the word itself tells.
func (t *token) read(text string) {
	word := text[t.start:t.end]
	first, n := utf8.DecodeRuneInString(word)
	t.upper = unicode.IsUpper(first)
	t.arabic = unicode.Is(unicode.Arabic, first)
	t.caps = t.upper && len(word) > n && strings.IndexFunc(word, unicode.IsLower) < 0
	t.fold = gazetteer.FoldWord(word)
	t.base, t.baseEnd = t.fold, t.end
	if cut := possessive(word); cut < len(word) {
		t.base, t.baseEnd = gazetteer.FoldWord(word[:cut]), t.start+cut
	}
}

// possessive gives the length of a word without its 's.
func possessive(word string) int {
	if !strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "S") {
		return len(word)
	}
	r, n := utf8.DecodeLastRuneInString(word[:len(word)-1])
	if isApostrophe(r) {
		return len(word) - 1 - n
	}
	return len(word)
}

// between sets what the gap before the word tells.
func (t *token) between(between string, before []token) {
	t.gap = gapOf(between)
	if len(before) == 0 {
		t.opens = true
		return
	}
	if t.gap == gapDot && abbreviated(before[len(before)-1]) {
		t.gap = gapSpace
	}
	t.opens = strings.ContainsAny(between, "\n!?“\"•:;") ||
		strings.Contains(between, ".") && !abbreviated(before[len(before)-1])
}

func gapOf(s string) gap {
	switch {
	case strings.ContainsAny(s, "\n\r") && strings.TrimSpace(s) == "" && strings.Count(s, "\n") < 2:
		return gapSpace // a line that was broken
	case strings.TrimSpace(s) == "":
		if strings.ContainsAny(s, "\n") {
			return gapOther
		}
		return gapSpace
	case s == "-" || s == "‐" || s == "‑" || s == "/" || s == "–":
		return gapHyphen
	}
	switch strings.TrimSpace(s) {
	case ",", "،", ".,":
		return gapComma
	case ".":
		return gapDot
	case "(", "[", ", (":
		return gapOpen
	}
	return gapOther
}

// abbreviated tells words after which a full stop ends no sentence.
func abbreviated(t token) bool {
	return t.upper && (len(t.fold) == 1 || abbreviations[t.fold])
}
