package intake

import (
	"bytes"
	"log/slog"
	"strings"
	"unicode"

	"codeberg.org/readeck/go-readability"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// outside is the reason of a block that the extraction of the body left out.
const outside = "outside the article's body"

// readHTML finds the article of a page. The page's blocks come from its
// tokens, so that every byte of them is known; which of them are the article's
// body go-readability says. A page too large or too deep for that keeps all
// its blocks, and the shape alone decides.
func readHTML(raw []byte, contentType string, limits Limits) Document {
	decoded, offsets, set := toUTF8(raw, contentType)
	d := Document{Format: HTML, SHA256: sum(raw), Charset: set, raw: raw}
	if d.setPage(decoded, offsets) <= limits.Elements {
		d.findBody(decoded)
	}
	d.screen()
	return d
}

// setPage fills Text and Blocks from a page and gives its number of elements.
func (d *Document) setPage(decoded string, offsets Map) int {
	p := tokenise(decoded)
	text, inPage := p.w.done()
	d.offsets, d.page = inPage.through(offsets), true
	d.normalise(text, p.blocks)
	return p.elements
}

// normalise sets Text and Blocks from page text and its blocks.
func (d *Document) normalise(text string, blocks []pageBlock) {
	var w writer
	inner := d.offsets
	for _, b := range blocks {
		t, m := normal(strings.ReplaceAll(text[b.span.Start:b.span.End], "\n", " "))
		s := trimmed(t, Span{0, len(t)})
		if s.Len() == 0 {
			continue
		}
		start := w.text.Len()
		for _, p := range m.cut(s) {
			w.other(t[p.text:p.text+p.n], b.span.Start+p.source, p.m)
		}
		d.Blocks = append(d.Blocks, Block{
			Span: Span{start, w.text.Len()}, Headline: b.heading == 1, linked: b.linked*10 >= b.span.Len()*8,
		})
		w.text.WriteByte('\n')
	}
	t, m := w.done()
	d.Text, d.offsets = t, m.through(inner)
}

// cut gives the pieces of m that make the text of s.
func (m Map) cut(s Span) []piece {
	var out []piece
	for _, p := range m.pieces {
		from, to := max(p.text, s.Start), min(p.text+p.n, s.End)
		switch {
		case from >= to:
		case p.n == p.m:
			out = append(out, piece{from, to - from, p.source + from - p.text, to - from})
		default:
			out = append(out, p)
		}
	}
	return out
}

// findBody marks the blocks that are no part of the article's body.
func (d *Document) findBody(decoded string) {
	article, ok := readable(decoded)
	if !ok {
		return
	}
	d.describe(article)
	keys := make([]string, len(d.Blocks))
	for i, b := range d.Blocks {
		keys[i] = squeeze(d.Text[b.Span.Start:b.Span.End])
	}
	var body strings.Builder
	for n := range article.Node.Descendants() {
		if n.Type == html.TextNode {
			body.WriteString(squeeze(n.Data))
		}
	}
	d.dropOutside(keys, align(keys, body.String()))
}

func (d *Document) dropOutside(keys []string, inside []bool) {
	titled := false
	for i := range d.Blocks {
		b := &d.Blocks[i]
		b.Headline = !titled && d.isTitle(keys[i])
		titled = titled || b.Headline
		if !inside[i] && !b.Headline {
			b.Dropped = outside
		}
	}
}

// isTitle tells whether a block is the article's headline: the title of the
// page, which often has the paper's name behind it.
func (d *Document) isTitle(key string) bool {
	t := squeeze(d.Title)
	return len(key) >= 8 && t != "" && (strings.HasPrefix(t, key) || strings.HasPrefix(key, t))
}

func (d *Document) describe(a readability.Article) {
	d.Title, _ = normal(a.Title)
	d.Author, _ = normal(a.Byline)
	d.Publisher, _ = normal(a.SiteName)
	if a.PublishedTime != nil {
		d.Published = *a.PublishedTime
	}
}

// readable runs the extraction. It parses the text only; it is given no
// address and fetches nothing.
func readable(decoded string) (readability.Article, bool) {
	node, err := html.Parse(strings.NewReader(decoded))
	if err != nil {
		return readability.Article{}, false
	}
	parser := readability.NewParser()
	parser.Logger = slog.New(slog.DiscardHandler)
	article, err := parser.ParseAndMutate(node, nil)
	return article, err == nil && article.Node != nil
}

// squeeze is a text's letters and digits, small: what two ways of reading a
// page agree on.
func squeeze(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// page is what the tokens of a page say.
type page struct {
	w        writer
	blocks   []pageBlock
	elements int

	open    Span // the block being written
	links   int  // depth of open links
	linked  int  // bytes of the open block that are links
	heading int
	hidden  int // depth of open elements whose text nobody sees
}

// pageBlock is one block of a page: a stretch of the page's text.
type pageBlock struct {
	span    Span
	linked  int // bytes of it that are links
	heading int // 1 to 6, else 0
}

// tokenise reads a page's tokens. It needs memory in proportion to the page.
func tokenise(decoded string) *page {
	p := &page{}
	z := html.NewTokenizer(strings.NewReader(decoded))
	at := 0
	for {
		kind := z.Next()
		raw := z.Raw()
		if kind == html.ErrorToken {
			break
		}
		p.token(kind, z, string(raw), at)
		at += len(raw)
	}
	p.end()
	return p
}

func (p *page) token(kind html.TokenType, z *html.Tokenizer, raw string, at int) {
	switch kind {
	case html.TextToken:
		if p.hidden == 0 {
			p.write(raw, at)
		}
	case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
		name, _ := z.TagName()
		p.element(atom.Lookup(bytes.ToLower(name)), kind)
	}
}

func (p *page) element(a atom.Atom, kind html.TokenType) {
	step := 1
	switch kind {
	case html.EndTagToken:
		step = -1
	case html.SelfClosingTagToken:
		step = 0
	}
	if step >= 0 {
		p.elements++
	}
	switch a {
	case atom.A:
		p.links = max(0, p.links+step)
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Svg, atom.Head, atom.Textarea, atom.Select, atom.Iframe, atom.Title:
		p.hidden = max(0, p.hidden+step)
		p.end()
	case atom.Body: // a head that was never closed ends here
		p.hidden = 0
		p.end()
	default:
		if isBlock(a) {
			p.end()
			p.heading = headingOf(a, step)
		}
	}
}

func headingOf(a atom.Atom, step int) int {
	if step <= 0 {
		return 0
	}
	switch a {
	case atom.H1:
		return 1
	case atom.H2:
		return 2
	case atom.H3, atom.H4, atom.H5, atom.H6:
		return 3
	}
	return 0
}

// isBlock tells whether an element begins and ends a block of text.
func isBlock(a atom.Atom) bool {
	switch a {
	case atom.P, atom.Div, atom.Li, atom.Ul, atom.Ol, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6,
		atom.Blockquote, atom.Td, atom.Th, atom.Tr, atom.Table, atom.Section, atom.Article, atom.Aside, atom.Br,
		atom.Pre, atom.Figure, atom.Figcaption, atom.Header, atom.Footer, atom.Nav, atom.Main, atom.Hr,
		atom.Form, atom.Dl, atom.Dt, atom.Dd, atom.Address, atom.Details, atom.Summary, atom.Button,
		atom.Option, atom.Fieldset, atom.Caption, atom.Center, atom.Video, atom.Audio:
		return true
	}
	return false
}

// write adds a token's text to the open block, its entities resolved.
func (p *page) write(raw string, at int) {
	start := p.w.text.Len()
	if p.open.Len() == 0 {
		p.open = Span{start, start}
	}
	for i := 0; i < len(raw); {
		amp := strings.IndexByte(raw[i:], '&')
		if amp < 0 {
			p.w.same(raw[i:], at+i)
			break
		}
		p.w.same(raw[i:i+amp], at+i)
		i += amp
		n := entityLen(raw[i:])
		chunk := raw[i : i+n]
		if s := html.UnescapeString(chunk); s != chunk {
			p.w.other(s, at+i, n)
		} else {
			p.w.same(chunk, at+i)
		}
		i += n
	}
	end := p.w.text.Len()
	p.open.End = end
	if p.links > 0 {
		p.linked += end - start
	}
}

// entityLen is the length of the character reference that s begins with.
func entityLen(s string) int {
	n := 1
	for n < len(s) && n < 34 {
		c := s[n]
		if c == ';' {
			return n + 1
		}
		if c != '#' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			break
		}
		n++
	}
	return n
}

// end closes the open block.
func (p *page) end() {
	if p.open.Len() > 0 {
		p.blocks = append(p.blocks, pageBlock{p.open, p.linked, p.heading})
	}
	p.open, p.linked = Span{}, 0
}
