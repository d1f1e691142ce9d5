package intake

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// toUTF8 gives the text of raw bytes and the name of their character set. The
// set is what a byte order mark says, else the content type (which may be
// empty), else a page's own meta element; bytes that are valid UTF-8 are
// always taken as that. Bytes that are no character become U+FFFD.
func toUTF8(raw []byte, contentType string) (string, Map, string) {
	if mark := []byte("\xef\xbb\xbf"); bytes.HasPrefix(raw, mark) {
		text, m := decodeUTF8(raw[len(mark):], len(mark))
		return text, m, "utf-8"
	}
	if !wide(raw) && utf8.Valid(raw) {
		text, m := decodeUTF8(raw, 0)
		return text, m, "utf-8"
	}
	enc, name := chosen(raw, contentType)
	if enc == nil || name == "utf-8" || name == "replacement" {
		text, m := decodeUTF8(raw, 0)
		return text, m, "utf-8"
	}
	text, m := decodeOther(raw, enc)
	return text, m, name
}

// wide tells whether a byte order mark announces UTF-16.
func wide(raw []byte) bool {
	return bytes.HasPrefix(raw, []byte("\xff\xfe")) || bytes.HasPrefix(raw, []byte("\xfe\xff"))
}

func chosen(raw []byte, contentType string) (encoding.Encoding, string) {
	if bytes.HasPrefix(raw, []byte("\xff\xfe")) {
		return unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM), "utf-16le"
	}
	if bytes.HasPrefix(raw, []byte("\xfe\xff")) {
		return unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM), "utf-16be"
	}
	enc, name, _ := charset.DetermineEncoding(raw[:min(len(raw), 2048)], contentType)
	if name == "windows-1252" && arabicLooking(raw) {
		return charset.Lookup("windows-1256")
	}
	return enc, name
}

// arabicLooking tells whether bytes that are no UTF-8 are mostly the letters
// that windows-1256 has where windows-1252 has capital letters with accents:
// a text in a Western language has few of them.
func arabicLooking(raw []byte) bool {
	high, arabic := 0, 0
	for _, b := range raw {
		if b >= 0x80 {
			high++
		}
		if b >= 0xC0 && b <= 0xDF {
			arabic++
		}
	}
	return high > 40 && arabic*2 > high
}

func decodeUTF8(raw []byte, at int) (string, Map) {
	var w writer
	for len(raw) > 0 {
		n := validPrefix(raw)
		w.same(string(raw[:n]), at)
		raw, at = raw[n:], at+n
		if len(raw) > 0 {
			w.other("\uFFFD", at, 1)
			raw, at = raw[1:], at+1
		}
	}
	return w.done()
}

func validPrefix(raw []byte) int {
	n := 0
	for n < len(raw) {
		r, size := utf8.DecodeRune(raw[n:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		n += size
	}
	return n
}

// decodeOther decodes character by character, so that each is mapped.
func decodeOther(raw []byte, enc encoding.Encoding) (string, Map) {
	var w writer
	var dst [utf8.UTFMax]byte
	t := enc.NewDecoder().Transformer
	for at := 0; at < len(raw); {
		n, m, err := t.Transform(dst[:], raw[at:min(len(raw), at+8)], len(raw) <= at+8)
		if n == 0 && m == 0 {
			w.other("\uFFFD", at, 1)
			at++
			continue
		}
		if n > 0 && m > 0 && n == m && ascii(dst[:n]) {
			w.same(string(dst[:n]), at)
		} else {
			w.other(string(dst[:n]), at, m)
		}
		at += m
		if err != nil && err != transform.ErrShortDst && err != transform.ErrShortSrc {
			w.other("\uFFFD", at, min(1, len(raw)-at))
			at++
		}
	}
	return w.done()
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
