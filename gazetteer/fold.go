package gazetteer

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold gives the key of a name: lower case, words parted by one space, without
// accents, apostrophes, full stops and Arabic vowel signs, so that names that
// differ only in these are one. Saint, mount and fort are shortened to st, mt
// and ft. A name without a letter or digit has the key "".
func Fold(name string) string {
	words := Words(name)
	return strings.Join(words, " ")
}

// Words gives the words of a name, each folded as Fold says.
func Words(name string) []string {
	fields := strings.FieldsFunc(name, between)
	words := fields[:0]
	for _, f := range fields {
		if w := FoldWord(f); w != "" {
			words = append(words, w)
		}
	}
	return words
}

// between tells whether r parts the words of a name.
func between(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || strings.ContainsRune(",;:/()[]&_\"", r)
}

// FoldWord folds one word.
func FoldWord(word string) string {
	if lower, ok := foldASCII(word); ok {
		return shorten(lower)
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(word, "")) {
		foldRune(&b, r)
	}
	return shorten(b.String())
}

// foldASCII is the quick way for words of ASCII letters and digits alone, and
// gives back the word itself when nothing changes.
func foldASCII(word string) (string, bool) {
	lower := true
	for i := range len(word) {
		switch c := word[i]; {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
		case 'A' <= c && c <= 'Z':
			lower = false
		default:
			return "", false
		}
	}
	if lower {
		return word, true
	}
	return strings.ToLower(word), true
}

// foldRune writes what remains of a decomposed rune.
func foldRune(b *strings.Builder, r rune) {
	r = unicode.ToLower(r)
	if to, ok := letter(r); ok {
		b.WriteString(to)
		return
	}
	if (unicode.IsLetter(r) && !unicode.Is(unicode.Lm, r)) || unicode.IsDigit(r) {
		b.WriteRune(r)
	}
}

// letter writes letters that do not decompose, and Arabic letters that are
// written for each other.
func letter(r rune) (string, bool) {
	switch r {
	case 'ß':
		return "ss", true
	case 'æ':
		return "ae", true
	case 'œ':
		return "oe", true
	case 'ø':
		return "o", true
	case 'ł':
		return "l", true
	case 'đ', 'ð':
		return "d", true
	case 'þ':
		return "th", true
	case 'ı':
		return "i", true
	case 'ħ':
		return "h", true
	case 'ə':
		return "a", true
	case 'ٱ':
		return "ا", true
	case 'ى', 'ی', 'ې':
		return "ي", true
	case 'ة', 'ە':
		return "ه", true
	case 'ک':
		return "ك", true
	}
	return "", false
}

// shorten writes the words that come long and short in names their short way.
func shorten(word string) string {
	switch word {
	case "saint":
		return "st"
	case "mount":
		return "mt"
	case "fort":
		return "ft"
	}
	return word
}
