package cot

import (
	"bytes"
	"strings"
)

// Parse reads one event in XML, with or without a declaration, a byte order
// mark and white space around it. doc becomes the event's (its Raw): it must
// not be changed afterwards. It must end with its first </event>, as receivers
// cut streams there; anything else is refused with a *Refusal.
// BenchmarkParse gives the time and bytes per second.
func Parse(doc []byte) (*Event, error) {
	raw, err := frame(doc)
	if err != nil {
		return nil, err
	}
	s, err := decodeText(raw)
	if err != nil {
		return nil, err
	}
	e := &Event{Raw: raw, Form: XML, Point: unreadPoint()}
	p := scanner{cursor: cursor{s: s}}
	if err := p.prolog(); err != nil {
		return nil, err
	}
	if err := e.read(&p); err != nil {
		return nil, err
	}
	if p.i < len(s) {
		return nil, p.fail("the root ends before the document does")
	}
	return e, nil
}

// frame cuts white space and a byte order mark off a document.
func frame(doc []byte) ([]byte, error) {
	if len(doc) > MaxEvent {
		return nil, refuse(TooLarge, MaxEvent, "an event of more than 1 MiB")
	}
	begin := leading(doc)
	if bytes.HasPrefix(doc, []byte("\xFE\xFF")) || bytes.HasPrefix(doc, []byte("\xFF\xFE")) {
		return nil, refuse(Encoding, 0, "UTF-16; send UTF-8")
	}
	start, end := findEnd(doc, begin)
	if end < 0 {
		return nil, refuse(Malformed, len(doc), "no </event>")
	}
	if tail := doc[end:]; len(bytes.TrimLeft(tail, " \t\r\n")) > 0 {
		return nil, refuse(Malformed, end, "more after the end of the event")
	}
	return squeeze(doc[begin:end], start-begin), nil
}

// leading counts the bytes before a document: white space and a byte order
// mark.
func leading(b []byte) int {
	i := 0
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	if bytes.HasPrefix(b[i:], mark) {
		i += len(mark)
		for i < len(b) && isSpace(b[i]) {
			i++
		}
	}
	return i
}

var mark = []byte("\xEF\xBB\xBF")

// squeeze takes white space out of the end tag, which other programs look for
// as </event> to the letter.
func squeeze(doc []byte, tag int) []byte {
	if len(doc)-tag == len(closing) {
		return doc
	}
	return append(doc[:tag:tag], closing...)
}

// decodeText gives the text of a document, in UTF-8 whatever it came in, and
// makes sure that it is text.
func decodeText(raw []byte) (string, error) {
	s := string(raw)
	name, err := encodingOf(s)
	if err != nil {
		return "", err
	}
	switch strings.ToLower(name) {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
	case "iso-8859-1", "latin1":
		s = latin1(raw)
	default:
		return "", refuse(Encoding, 0, "encoding "+name+"; send UTF-8")
	}
	if !encoded(s) {
		return "", refuse(BadText, -1, "bytes that are no UTF-8, or a character that XML cannot hold")
	}
	return s, nil
}

func latin1(raw []byte) string {
	var b strings.Builder
	b.Grow(len(raw))
	for _, c := range raw {
		b.WriteRune(rune(c))
	}
	return b.String()
}

// isDeclared tells whether a document begins with an XML declaration.
func isDeclared(s string) bool {
	return len(s) > 5 && s[:5] == "<?xml" && isSpace(s[5])
}

// encodingOf reads the encoding in the XML declaration, if any.
func encodingOf(s string) (string, error) {
	if !isDeclared(s) {
		return "", nil
	}
	p := cursor{s, 5}
	return p.xmlDeclaration()
}

// xmlDeclaration reads the rest of <?xml version="1.0" encoding="UTF-8"?>, in
// which version comes first, then encoding and standalone, if at all.
func (p *cursor) xmlDeclaration() (encoding string, err error) {
	order := [...]string{"version", "encoding", "standalone"}
	at := 0
	for {
		name, value, ok, err := p.attribute()
		if err != nil {
			return "", err
		}
		if !ok {
			break
		}
		for at < len(order) && order[at] != name && at > 0 {
			at++
		}
		if at == len(order) || order[at] != name || at == 0 && value != "1.0" {
			return "", p.fail("an XML declaration of another form than 1.0's")
		}
		if at++; name == "encoding" {
			encoding = value
		}
	}
	if at == 0 || !strings.HasPrefix(p.s[p.i:], "?>") {
		return "", p.fail("an XML declaration that does not end")
	}
	p.i += 2
	return encoding, nil
}

// prolog reads up to and with the start tag of event.
func (p *scanner) prolog() error {
	if isDeclared(p.s) {
		p.i = 5
		if _, err := p.xmlDeclaration(); err != nil {
			return err
		}
	}
	for {
		k, err := p.next()
		if err != nil {
			return err
		}
		switch {
		case k == opened && p.name == "event" && !p.empty:
			return nil
		case k == opened || k == atEnd:
			return refuse(NotEvent, p.start, "the root is no event")
		case k == text && !p.blank():
			return p.fail("text before the root")
		}
	}
}

// blank tells whether the token last read is white space.
func (p *scanner) blank() bool { return isBlank(p.s[p.start:p.i]) }

func isBlank(s string) bool { return strings.TrimLeft(s, " \t\r\n") == "" }

// read reads an event whose start tag p has just read, to its end.
func (e *Event) read(p *scanner) error {
	e.more.event = eachAttr(p.attrs, e.set)
	point, detail := false, false
	for {
		k, err := p.next()
		if err != nil {
			return err
		}
		switch {
		case k == closed:
			return nil
		case k == opened && p.name == "point":
			err, point = e.readPoint(p, point), true
		case k == opened && p.name == "detail":
			err, detail = e.readDetail(p, detail), true
		case k == opened:
			err = e.readOther(p)
		case k == text && !p.blank():
			err = p.fail("text between the children of event")
		}
		if err != nil {
			return err
		}
	}
}

// set takes an attribute of event; known is false where it is none of ours.
func (e *Event) set(name, value string) (known bool) {
	switch name {
	case "version":
		e.Version = unescape(value)
	case "uid":
		e.UID = unescape(value)
	case "type":
		e.Type = unescape(value)
	case "how":
		e.How = unescape(value)
	case "time":
		e.Time = parseTime(value)
	case "start":
		e.Start = parseTime(value)
	case "stale":
		e.Stale = parseTime(value)
	case "access":
		e.Access = unescape(value)
	case "qos":
		e.QoS = unescape(value)
	case "opex":
		e.Opex = unescape(value)
	default:
		return false
	}
	return true
}

// eachAttr gives the attributes in the text of a tag to set, and the text of
// those back that it does not know.
func eachAttr(attrs string, set func(name, value string) bool) (unknown string) {
	p := cursor{s: attrs}
	for p.i < len(attrs) {
		from := p.i
		name, value, ok, err := p.attribute()
		if !ok || err != nil {
			break
		}
		if !set(name, value) {
			unknown += attrs[from:p.i]
		}
	}
	return unknown
}

func (e *Event) readPoint(p *scanner, again bool) error {
	if again {
		return refuse(Ambiguous, p.start, "a second point")
	}
	e.more.point = eachAttr(p.attrs, func(name, value string) bool {
		field := e.Point.field(name)
		if field != nil {
			*field = parseNumber(value)
		}
		return field != nil
	})
	if p.empty {
		return nil
	}
	from := p.i
	if err := p.leave(); err != nil {
		return err
	}
	if !isBlank(p.s[from:p.start]) {
		return refuse(Malformed, from, "the point holds something")
	}
	return nil
}

// field is the number that an attribute of point sets.
func (pt *Point) field(name string) *float64 {
	switch name {
	case "lat":
		return &pt.Lat
	case "lon":
		return &pt.Lon
	case "hae":
		return &pt.HAE
	case "ce":
		return &pt.CE
	case "le":
		return &pt.LE
	}
	return nil
}

func (e *Event) readDetail(p *scanner, again bool) error {
	if again {
		return refuse(Ambiguous, p.start, "a second detail")
	}
	e.more.detail = strings.TrimRight(p.attrs, " \t\r\n")
	if p.empty {
		return nil
	}
	from := p.i
	if err := p.leave(); err != nil {
		return err
	}
	e.Detail = Detail(p.s[from:p.start])
	return nil
}

// readOther keeps a child of event that is neither point nor detail.
func (e *Event) readOther(p *scanner) error {
	from := p.start
	if err := p.leave(); err != nil {
		return err
	}
	e.more.children += p.s[from:p.i]
	return nil
}
