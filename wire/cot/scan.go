package cot

import (
	"strings"
)

// kind is what the scanner has come upon.
type kind int

const (
	atEnd kind = iota
	opened
	closed
	text    // character data, or a CDATA section
	comment // or nothing at all
)

// cursor reads the parts of a tag.
type cursor struct {
	s string
	i int
}

// scanner reads XML token by token, strictly: names match, attributes are
// quoted and unlike, references are the five of XML or numeric. It neither
// builds a tree nor allocates.
type scanner struct {
	cursor
	fragment bool // of a detail: many roots, and no event among them

	start int    // of the token last read
	name  string // of the element opened or closed
	attrs string // text between the name and the end of the tag
	empty bool   // the element opened closes at once: no closed follows

	names  [MaxAttrs]string // of the attributes of the tag being read
	within [MaxDepth]string // the names of the open elements
	depth  int
}

// class says of a byte what stops a run of plain text.
var class = func() (c [256]uint8) {
	for i := range 0x20 {
		c[i] = control
	}
	c['\t'], c['\n'], c['\r'] = 0, 0, 0
	for _, b := range "<&\"'>" {
		c[b] |= special
	}
	for b := range 256 {
		if b >= 0x80 || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_' || b == ':' {
			c[b] |= nameStart | nameByte
		}
		if b >= '0' && b <= '9' || b == '-' || b == '.' {
			c[b] |= nameByte
		}
	}
	return c
}()

const (
	control   = 1 << iota // no text holds it
	special               // means something in text or attributes
	nameStart             // begins a name
	nameByte              // goes on with one
)

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

func (p *cursor) fail(text string) error { return refuse(Malformed, p.i, text) }

// next reads a token. After atEnd or an error it must not be called again.
func (p *scanner) next() (kind, error) {
	p.start = p.i
	if p.i >= len(p.s) {
		if p.depth > 0 {
			return atEnd, p.fail("the document ends within " + p.within[p.depth-1])
		}
		return atEnd, nil
	}
	if p.s[p.i] != '<' {
		return text, p.text()
	}
	if p.i+1 >= len(p.s) {
		return atEnd, p.fail("the document ends within a tag")
	}
	switch p.s[p.i+1] {
	case '/':
		return closed, p.close()
	case '!':
		return p.declaration()
	case '?':
		return atEnd, refuse(Doctype, p.i, "processing instructions are refused")
	}
	return opened, p.open()
}

// text reads character data up to the next tag.
func (p *scanner) text() error {
	for p.plainRun(); p.i < len(p.s); p.plainRun() {
		switch b := p.s[p.i]; {
		case b == '"', b == '\'':
			p.i++
		case b == '<':
			return nil
		case b == '&':
			if err := p.reference(); err != nil {
				return err
			}
		case b == '>':
			if strings.HasSuffix(p.s[p.start:p.i], "]]") {
				return p.fail("]]> in text")
			}
			p.i++
		default:
			return refuse(BadText, p.i, "a control character")
		}
	}
	return nil
}

// reference reads a reference to a character.
func (p *cursor) reference() error {
	n, _, ok := reference(p.s[p.i:])
	if !ok {
		return p.fail("a reference other than amp, lt, gt, quot, apos and numbers of characters")
	}
	p.i += n
	return nil
}

// plainRun passes over bytes that mean themselves everywhere.
func (p *cursor) plainRun() {
	s, i := p.s, p.i // in registers
	for i < len(s) && class[s[i]]&(control|special) == 0 {
		i++
	}
	p.i = i
}

func (p *cursor) space() {
	for p.i < len(p.s) && isSpace(p.s[p.i]) {
		p.i++
	}
}

func (p *cursor) readName() (string, error) {
	from := p.i
	if p.i >= len(p.s) || class[p.s[p.i]]&nameStart == 0 {
		return "", p.fail("a name is missing")
	}
	s, i := p.s, p.i // in registers
	for i < len(s) && class[s[i]]&nameByte != 0 {
		i++
	}
	p.i = i
	return s[from:i], nil
}

// open reads a start tag.
func (p *scanner) open() error {
	p.i++
	var err error
	if p.name, err = p.readName(); err != nil {
		return err
	}
	if p.name == "event" && (p.fragment || p.depth > 0) {
		return refuse(Ambiguous, p.start, "an event within an event")
	}
	from := p.i
	if err := p.attributes(); err != nil {
		return err
	}
	p.attrs = p.s[from:p.i]
	if p.empty = strings.HasPrefix(p.s[p.i:], "/"); p.empty {
		p.i++
	}
	if p.i >= len(p.s) || p.s[p.i] != '>' {
		return p.fail("a tag that does not end")
	}
	p.i++
	return p.push()
}

// push enters the element just opened.
func (p *scanner) push() error {
	if p.depth == MaxDepth {
		return refuse(TooDeep, p.start, "elements within one another are too many")
	}
	if !p.empty {
		p.within[p.depth] = p.name
		p.depth++
	}
	return nil
}

// attributes reads the attributes of a tag, up to its / or >.
func (p *scanner) attributes() error {
	for n := 0; ; n++ {
		name, _, ok, err := p.attribute()
		if err != nil || !ok {
			return err
		}
		if n == MaxAttrs {
			return refuse(TooMany, p.i, "attributes of one element are too many")
		}
		for _, other := range p.names[:n] {
			if other == name {
				return p.fail("attribute " + name + " twice")
			}
		}
		p.names[n] = name
	}
}

// attribute reads one attribute: its name, and its value with references as
// they stand. ok is false where the tag, or the text of attributes, ends.
func (p *cursor) attribute() (name, value string, ok bool, err error) {
	from := p.i
	p.space()
	if p.i >= len(p.s) {
		return "", "", false, nil
	}
	if b := p.s[p.i]; b == '>' || b == '/' || b == '?' {
		return "", "", false, nil
	}
	if p.i == from {
		return "", "", false, p.fail("no space before an attribute")
	}
	if name, err = p.readName(); err != nil {
		return "", "", false, err
	}
	p.space()
	if p.i >= len(p.s) || p.s[p.i] != '=' {
		return "", "", false, p.fail("attribute " + name + " has no value")
	}
	p.i++
	p.space()
	value, err = p.quoted()
	return name, value, err == nil, err
}

// quoted reads the value of an attribute.
func (p *cursor) quoted() (string, error) {
	if p.i >= len(p.s) || p.s[p.i] != '"' && p.s[p.i] != '\'' {
		return "", p.fail("a value without quotes")
	}
	quote := p.s[p.i]
	p.i++
	from := p.i
	for p.plainRun(); p.i < len(p.s); p.plainRun() {
		switch b := p.s[p.i]; {
		case b == quote:
			p.i++
			return p.s[from : p.i-1], nil
		case b == '&':
			if err := p.reference(); err != nil {
				return "", err
			}
		case b == '<':
			return "", p.fail("< in an attribute")
		case b == '"', b == '\'', b == '>':
			p.i++
		default:
			return "", refuse(BadText, p.i, "a control character")
		}
	}
	return "", p.fail("a value that does not end")
}

// close reads an end tag.
func (p *scanner) close() error {
	p.i += 2
	var err error
	if p.name, err = p.readName(); err != nil {
		return err
	}
	p.space()
	if p.i >= len(p.s) || p.s[p.i] != '>' {
		return p.fail("an end tag that does not end")
	}
	p.i++
	if p.depth == 0 || p.within[p.depth-1] != p.name {
		return p.fail("the end of " + p.name + ", which is not open")
	}
	p.depth--
	return nil
}

// declaration reads a comment or a CDATA section.
func (p *scanner) declaration() (kind, error) {
	s := p.s[p.i:]
	if strings.HasPrefix(s, "<!--") {
		return comment, p.comment()
	}
	if !strings.HasPrefix(s, "<![CDATA[") {
		return atEnd, refuse(Doctype, p.i, "declarations within a document are refused")
	}
	if p.depth == 0 && !p.fragment {
		return atEnd, p.fail("CDATA outside of the root")
	}
	n := strings.Index(s, "]]>")
	if n < 0 {
		return atEnd, p.fail("a CDATA section that does not end")
	}
	p.i += n + 3
	return text, p.plain(s[:n])
}

// comment reads a comment, in which -- stands at the end only.
func (p *scanner) comment() error {
	body := p.s[p.i+4:]
	n := strings.Index(body, "--")
	if n < 0 || !strings.HasPrefix(body[n:], "-->") {
		return p.fail("a comment that does not end, or holds --")
	}
	p.i += 4 + n + 3
	return p.plain(body[:n])
}

// plain refuses control characters where text is not scanned.
func (p *scanner) plain(s string) error {
	for i := range len(s) {
		if class[s[i]]&control != 0 {
			return refuse(BadText, p.start+i, "a control character")
		}
	}
	return nil
}

// leave reads on to the end of the element just opened.
func (p *scanner) leave() error {
	if p.empty {
		return nil
	}
	for inside := p.depth; p.depth >= inside; {
		if _, err := p.next(); err != nil {
			return err
		}
	}
	return nil
}
