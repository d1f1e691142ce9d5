package cot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"
)

func seeds(f *testing.F, also ...string) {
	for _, doc := range events(f) {
		f.Add(doc)
	}
	for _, s := range also {
		f.Add([]byte(s))
	}
}

// FuzzParse holds what is read to the standard library's reader, and what is
// written to what was read.
func FuzzParse(f *testing.F) {
	seeds(f, ev1, ev2, `<event a:b='&#x41;' c = "]]>"><![CDATA[]]></event >`, "<event><detail>&lt;<a/><![CDATA[x]]></detail><x/></event>")
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := Parse(bytes.Clone(b))
		if err != nil {
			if ReasonOf(err) == "" {
				t.Fatalf("a refusal without a reason: %v", err)
			}
			return
		}
		if got := cut(&Splitter{}, e.Raw); !slices.Equal(got, []string{string(e.Raw)}) {
			t.Fatalf("the splitter cuts %q into %q", e.Raw, got)
		}
		if s, err := decodeText(e.Raw); err == nil {
			sameAsStandard(t, s)
		}
		writesBack(t, e)
	})
}

func FuzzParseMessage(f *testing.F) {
	for _, doc := range events(f) {
		f.Add(mustBytes(f, parse(f, string(doc))))
	}
	typ := takMessage(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseMessage(bytes.Clone(b))
		if err != nil {
			if ReasonOf(err) == "" {
				t.Fatalf("a refusal without a reason: %v", err)
			}
			return
		}
		if err := proto.Unmarshal(b, dynamicpb.NewMessage(typ)); err != nil {
			t.Fatalf("the protobuf module refuses it: %v", err)
		}
		if m.Event != nil {
			writesBack(t, m.Event)
		}
	})
}

// writesBack tells whether an event without faults survives both forms.
func writesBack(t *testing.T, e *Event) {
	t.Helper()
	if len(e.Check()) > 0 {
		return
	}
	doc, err := e.AppendXML(nil)
	if err != nil {
		t.Fatalf("%q is not written: %v", e.Raw, err)
	}
	if len(doc) > MaxEvent {
		return
	}
	if got := cut(&Splitter{}, doc); !slices.Equal(got, []string{string(doc)}) {
		t.Fatalf("the splitter cuts %q into %q", doc, got)
	}
	again := parse(t, string(doc))
	sameViews(t, "XML", e, again)
	if again.Detail != e.Detail || again.more != e.more {
		t.Fatalf("%q\n%q", again.Detail, e.Detail)
	}
	back := throughProto(t, e)
	sameViews(t, "protobuf", e, back)
	if got, want := unknownOf(back.Detail), unknownOf(e.Detail); !slices.Equal(got, want) {
		t.Fatalf("%q\n%q", got, want)
	}
	if twice := throughProto(t, back); twice.Detail != back.Detail {
		t.Fatalf("%q\n%q", twice.Detail, back.Detail)
	}
}

func FuzzSplitter(f *testing.F) {
	seeds(f, ev1+ev2, "</event", "<event></event \n >")
	f.Fuzz(func(t *testing.T, b []byte) {
		whole := cut(&Splitter{}, b)
		if got := cut(&Splitter{}, slices.Collect(slices.Chunk(b, 1+len(b)/7))...); !slices.Equal(got, whole) {
			t.Fatalf("%q, whole %q", got, whole)
		}
		if got := cut(&Splitter{}, slices.Collect(slices.Chunk(b, 1))...); !slices.Equal(got, whole) {
			t.Fatalf("%q, whole %q", got, whole)
		}
	})
}

func FuzzFrames(f *testing.F) {
	f.Add(AppendFrame(AppendFrame(nil, []byte("abc")), nil))
	f.Add([]byte("\xBF\x80\x80\x80\x80\x02abc"))
	f.Fuzz(func(t *testing.T, b []byte) {
		whole := cut(&Frames{}, b)
		if got := cut(&Frames{}, slices.Collect(slices.Chunk(b, 1))...); !slices.Equal(got, whole) {
			t.Fatalf("%q, whole %q", got, whole)
		}
	})
}

func FuzzParseDatagram(f *testing.F) {
	for _, doc := range events(f) {
		f.Add(doc)
		f.Add(AppendDatagram(nil, mustBytes(f, parse(f, string(doc)))))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := ParseDatagram(b); err != nil && ReasonOf(err) == "" {
			t.Fatalf("a refusal without a reason: %v", err)
		}
	})
}

// FuzzViews reads details that nobody has checked.
func FuzzViews(f *testing.F) {
	for _, doc := range events(f) {
		f.Add(string(parse(f, string(doc)).Detail))
	}
	f.Fuzz(func(t *testing.T, s string) {
		e := &Event{Type: "b-a-o-tbl", Detail: Detail(s)}
		essence(e)
		e.Emergency()
		e.Chat()
		e.Gone()
		e.Detail.Dests()
		flatten(e.Detail)
		with := e.Detail.With(Status{Battery: 7})
		if got, ok := with.Status(); e.Detail.check() == nil && (!ok || got.Battery != 7) {
			t.Fatalf("%q", with)
		}
		if _, ok := e.Detail.Without("contact").Contact(); e.Detail.check() == nil && ok {
			t.Fatal("contact is left")
		}
	})
}

// sameAsStandard compares the tokens of a document with those of encoding/xml.
// That knows more of names: it wants them to be letters, and to hold one colon
// at most.
func sameAsStandard(t *testing.T, s string) {
	t.Helper()
	got, strange := tokens(t, s)
	want, err := standardTokens(s)
	if strange && err != nil {
		return
	}
	if err != nil {
		t.Fatalf("encoding/xml refuses %q: %v", s, err)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%q\ngot  %q\nwant %q", s, got, want)
	}
}

func tokens(t *testing.T, s string) (all []string, strange bool) {
	t.Helper()
	p := scanner{cursor: cursor{s: s}}
	if isDeclared(s) {
		p.i = strings.Index(s, "?>") + 2
	}
	odd := func(name string) {
		strange = strange || strings.ContainsFunc(name, func(r rune) bool { return r >= 0x80 || r == ':' })
	}
	for {
		k, err := p.next()
		if err != nil {
			t.Fatal(err)
		}
		switch k {
		case atEnd:
			return all, strange
		case text:
			all = addText(all, p.characters())
		case closed:
			all = append(all, "/"+p.name)
		case opened:
			odd(p.name)
			tag := "<" + p.name
			for name, value := range (Element{attrs: p.attrs}).Attrs() {
				odd(name)
				tag += " " + name + "=" + lines(value)
			}
			if all = append(all, tag); p.empty {
				all = append(all, "/"+p.name)
			}
		}
	}
}

// addText adds text to the text before it. Text outside of the root is white
// space, which is no token.
func addText(all []string, s string) []string {
	if s == "" || len(all) == 0 {
		return all
	}
	if last := all[len(all)-1]; strings.HasPrefix(last, "=") {
		all[len(all)-1] = lines(last + s)
		return all
	}
	return append(all, lines("="+s))
}

// lines makes all ends of lines alike, as encoding/xml does.
func lines(s string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
}

func standardTokens(s string) (all []string, err error) {
	d := xml.NewDecoder(strings.NewReader(s))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	name := func(n xml.Name) string {
		if n.Space == "" {
			return n.Local
		}
		return n.Space + ":" + n.Local
	}
	for {
		tok, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		switch tok := tok.(type) {
		case xml.CharData:
			all = addText(all, string(tok))
		case xml.EndElement:
			all = append(all, "/"+name(tok.Name))
		case xml.StartElement:
			tag := "<" + name(tok.Name)
			for _, a := range tok.Attr {
				tag += " " + name(a.Name) + "=" + lines(a.Value)
			}
			all = append(all, tag)
		}
	}
}

func TestTokensAreThoseOfTheStandardLibrary(t *testing.T) {
	for _, doc := range events(t) {
		sameAsStandard(t, string(doc))
	}
}
