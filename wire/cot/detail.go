package cot

import (
	"iter"
	"strings"
)

// Detail is what stands between <detail> and </detail>: well-formed XML in
// UTF-8, byte for byte as it came. It is the one truth about the detail; the
// typed views are read from it when asked for.
type Detail string

// Element is a child of a detail, or of another element.
type Element struct {
	Name  string
	Raw   string // all of it, verbatim
	Inner string // what stands between its tags, verbatim
	attrs string
}

// Elements gives the children, in their order. It ends early where the XML is
// not well formed, which that of a decoded event always is.
func (d Detail) Elements() iter.Seq[Element] {
	return func(yield func(Element) bool) {
		p := newFragment(string(d))
		for {
			el, ok, err := p.element()
			if err != nil || !ok || !yield(el) {
				return
			}
		}
	}
}

func newFragment(s string) scanner {
	return scanner{cursor: cursor{s: s}, fragment: true}
}

// Find gives the first child of a name.
func (d Detail) Find(name string) (Element, bool) {
	el, _, ok := d.locate(name)
	return el, ok
}

// locate finds the first child of a name, and where it starts.
func (d Detail) locate(name string) (el Element, at int, ok bool) {
	p := newFragment(string(d))
	for {
		el, ok, err := p.element()
		if err != nil || !ok {
			return Element{}, len(d), false
		}
		if el.Name == name {
			return el, p.i - len(el.Raw), true
		}
	}
}

// element reads the next child at the depth of p.
func (p *scanner) element() (Element, bool, error) {
	for {
		k, err := p.next()
		if err != nil || k == atEnd {
			return Element{}, false, err
		}
		if k != opened {
			continue
		}
		el, empty := Element{Name: p.name, attrs: p.attrs}, p.empty
		start, inner := p.start, p.i
		if err := p.leave(); err != nil {
			return Element{}, false, err
		}
		if !empty {
			el.Inner = p.s[inner:p.start]
		}
		el.Raw = p.s[start:p.i]
		return el, true, nil
	}
}

// check tells whether d is well formed, and safe.
func (d Detail) check() error {
	p := newFragment(string(d))
	for {
		k, err := p.next()
		if err != nil {
			return err
		}
		if k == atEnd {
			return d.safe()
		}
	}
}

// safe tells whether d, which is well formed, holds no end of an event, at
// which a receiver would cut, and nothing that XML cannot hold.
func (d Detail) safe() error {
	if strings.Contains(string(d), "</event") {
		if _, end := findEnd([]byte(d), 0); end >= 0 {
			return refuse(Ambiguous, -1, "the detail holds </event>")
		}
	}
	if !encoded(string(d)) {
		return refuse(BadText, -1, "the detail holds characters that XML cannot hold")
	}
	return nil
}

// Attr gives an attribute, with its references resolved, and "" where there is
// none.
func (el Element) Attr(name string) string {
	v, _ := el.LookupAttr(name)
	return v
}

// LookupAttr is Attr that tells an empty attribute from a missing one.
func (el Element) LookupAttr(name string) (string, bool) {
	p := cursor{s: el.attrs}
	for p.i < len(el.attrs) {
		n, value, ok, err := p.attribute()
		if !ok || err != nil {
			break
		}
		if n == name {
			return unescape(value), true
		}
	}
	return "", false
}

// Attrs gives all attributes, with their references resolved.
func (el Element) Attrs() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		p := cursor{s: el.attrs}
		for p.i < len(el.attrs) {
			name, value, ok, err := p.attribute()
			if !ok || err != nil || !yield(name, unescape(value)) {
				return
			}
		}
	}
}

// Elements gives the children of el.
func (el Element) Elements() iter.Seq[Element] { return Detail(el.Inner).Elements() }

// Text is the character data directly within el, without its children.
func (el Element) Text() string {
	if !strings.Contains(el.Inner, "<") {
		return unescape(el.Inner)
	}
	var b strings.Builder
	p := newFragment(el.Inner)
	for {
		k, err := p.next()
		if err != nil || k == atEnd {
			return b.String()
		}
		if k == text && p.depth == 0 {
			b.WriteString(p.characters())
		}
	}
}

// characters is the text last read.
func (p *scanner) characters() string {
	s := p.s[p.start:p.i]
	if cdata, ok := strings.CutPrefix(s, "<![CDATA["); ok {
		return strings.TrimSuffix(cdata, "]]>")
	}
	return unescape(s)
}

// View is a typed element of a detail.
type View interface {
	element() string
	appendXML(dst []byte) []byte
}

// With gives d with v in it, in the place of an element of the same name or
// else at the end. Text that XML cannot hold makes the detail one that
// AppendXML refuses.
func (d Detail) With(v View) Detail {
	s := string(v.appendXML(nil))
	old, at, _ := d.locate(v.element())
	return d[:at] + Detail(s) + d[at+len(old.Raw):]
}

// Without gives d without the elements of a name.
func (d Detail) Without(name string) Detail {
	var b strings.Builder
	p := newFragment(string(d))
	from := 0
	for {
		el, ok, err := p.element()
		if err != nil || !ok {
			break
		}
		if el.Name == name {
			b.WriteString(string(d)[from : p.i-len(el.Raw)])
			from = p.i
		}
	}
	b.WriteString(string(d)[from:])
	return Detail(b.String())
}
