package intake

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// readText takes plain text: every line is a block, except that lines which
// an editor or a mail program has broken to a width are joined again.
func readText(raw []byte, contentType string) Document {
	decoded, offsets, set := toUTF8(raw, contentType)
	d := Document{Format: Text, SHA256: sum(raw), Charset: set, raw: raw}
	d.setLines(decoded, offsets)
	d.screen()
	return d
}

// setLines fills Text and Blocks from decoded text.
func (d *Document) setLines(decoded string, offsets Map) {
	text, m := normal(decoded)
	d.Text, d.offsets = text, m.through(offsets)
	d.Blocks = lineBlocks(text)
	if len(d.Blocks) > 1 && headlineOf(text, d.Blocks) {
		d.Blocks[0].Headline = true
		d.Title = text[d.Blocks[0].Span.Start:d.Blocks[0].Span.End]
	}
}

// headlineOf tells whether the first block is the headline of the second: it
// is short and ends no sentence, and a longer one that does follows it.
func headlineOf(text string, blocks []Block) bool {
	first := text[blocks[0].Span.Start:blocks[0].Span.End]
	second := text[blocks[1].Span.Start:blocks[1].Span.End]
	return len(strings.Fields(first)) <= 25 && !endsSentence(first) &&
		endsSentence(second) && len(second) > len(first)
}

// lineBlocks gives the lines of a text that are not blank.
func lineBlocks(text string) []Block {
	var blocks []Block
	for at := 0; at < len(text); {
		end := len(text)
		if n := strings.IndexByte(text[at:], '\n'); n >= 0 {
			end = at + n
		}
		if line := trimmed(text, Span{at, end}); line.Len() > 0 {
			blocks = append(blocks, Block{Span: line})
		}
		at = end + 1
	}
	return blocks
}

// unwrap joins the blocks that an editor, a mail program or a page has broken
// to a width. A line that ends no sentence goes on in the next one where that
// begins with a small letter, or where the text is seen to be broken to a
// width and the next word would not have fitted.
func unwrap(text string, blocks []Block) []Block {
	width := wrapWidth(text, blocks)
	var out []Block
	for _, b := range blocks {
		if k := len(out) - 1; k >= 0 && joins(text, out[k], b, width) {
			out[k].Span.End = b.Span.End
			continue
		}
		out = append(out, b)
	}
	return out
}

// joins tells whether b is the rest of the line that a ends in.
func joins(text string, a, b Block, width int) bool {
	if a.Headline || b.Headline || a.Dropped != b.Dropped || a.linked != b.linked ||
		strings.Count(text[a.Span.End:b.Span.Start], "\n") > 1 {
		return false
	}
	before, next := text[a.Span.Start:a.Span.End], text[b.Span.Start:b.Span.End]
	if isMark(before) || isMark(next) || endsInDash(before) || isEntry(next) {
		return false
	}
	line := before[strings.LastIndexByte(before, '\n')+1:]
	fits := utf8.RuneCountInString(line)+1+utf8.RuneCountInString(firstWord(next)) <= width
	if endsSentence(before) {
		return width > 0 && !fits && line != before
	}
	return smallStart(next) || width > 0 && !fits
}

// wrapWidth is the width to which the lines were broken: the longest line, of
// at most 120 characters, that goes on with a small letter in the next one.
// 0: fewer than three lines do.
func wrapWidth(text string, blocks []Block) int {
	width, n := 0, 0
	for i := range max(0, len(blocks)-1) {
		line, next := text[blocks[i].Span.Start:blocks[i].Span.End], text[blocks[i+1].Span.Start:blocks[i+1].Span.End]
		length := utf8.RuneCountInString(line)
		if length > 120 || length < 40 || endsSentence(line) || !smallStart(next) {
			continue
		}
		width, n = max(width, length), n+1
	}
	if n < 3 {
		return 0
	}
	return width
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

func smallStart(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLower(r)
}
