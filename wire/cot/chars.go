package cot

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// entities are the five references by name, which are all there are: nothing
// can be defined, so nothing can expand.
var entities = []struct {
	ref  string
	char rune
}{{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}

// reference reads the reference with which s begins: its length and character.
func reference(s string) (n int, char rune, ok bool) {
	if strings.HasPrefix(s, "&#") {
		return numeric(s)
	}
	for _, e := range entities {
		if strings.HasPrefix(s, e.ref) {
			return len(e.ref), e.char, true
		}
	}
	return 0, 0, false
}

// numeric reads &#10; or &#xA;.
func numeric(s string) (n int, char rune, ok bool) {
	end := strings.IndexByte(s[:min(len(s), 12)], ';')
	if end < 0 {
		return 0, 0, false
	}
	digits, base := s[2:end], 10
	if strings.HasPrefix(digits, "x") {
		digits, base = digits[1:], 16
	}
	v, err := strconv.ParseUint(digits, base, 32)
	if err != nil || !isChar(rune(v)) {
		return 0, 0, false
	}
	return end + 1, rune(v), true
}

// isChar tells whether XML can hold a character.
func isChar(c rune) bool {
	return c == '\t' || c == '\n' || c == '\r' ||
		c >= 0x20 && c <= 0xD7FF || c >= 0xE000 && c <= 0xFFFD || c >= 0x10000 && c <= 0x10FFFF
}

// holdable tells whether XML can hold all of s.
func holdable(s string) bool {
	for i := range len(s) {
		if class[s[i]]&control != 0 {
			return false
		}
	}
	return encoded(s)
}

// encoded tells whether s is UTF-8 without the two characters beyond the
// controls that XML cannot hold.
func encoded(s string) bool {
	return utf8.ValidString(s) && !strings.Contains(s, "\uFFFE") && !strings.Contains(s, "\uFFFF")
}

// unescape resolves references. It allocates only where there are some.
func unescape(s string) string {
	i := strings.IndexByte(s, '&')
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for ; i >= 0; i = strings.IndexByte(s, '&') {
		b.WriteString(s[:i])
		s = s[i:]
		n, char, ok := reference(s)
		if !ok { // not in a document that was read
			n, char = 1, '&'
		}
		b.WriteRune(char)
		s = s[n:]
	}
	b.WriteString(s)
	return b.String()
}

// escapes are the characters that stand for themselves neither in text nor in
// an attribute. White space other than blanks would be folded in attributes.
var escapes = [256]string{
	'&': "&amp;", '<': "&lt;", '>': "&gt;", '"': "&quot;",
	'\t': "&#9;", '\n': "&#10;", '\r': "&#13;",
}

// appendEscaped writes s as text or as the value of an attribute in double
// quotes.
func appendEscaped(dst []byte, s string) []byte {
	from := 0
	for i := range len(s) {
		if e := escapes[s[i]]; e != "" {
			dst = append(append(dst, s[from:i]...), e...)
			from = i + 1
		}
	}
	return append(dst, s[from:]...)
}

// appendAttr writes an attribute with the space before it.
func appendAttr(dst []byte, name, value string) []byte {
	dst = append(append(append(dst, ' '), name...), `="`...)
	return append(appendEscaped(dst, value), '"')
}

// appendMaybe writes an attribute unless it is empty.
func appendMaybe(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	return appendAttr(dst, name, value)
}
