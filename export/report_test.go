package export

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
)

// elements parses a page as XML, strictly, and gives its elements.
func elements(t *testing.T, page []byte) []xml.StartElement {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(page))
	d.Entity = xml.HTMLEntity
	var out []xml.StartElement
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		if e, ok := token.(xml.StartElement); ok {
			out = append(out, e.Copy())
		}
	}
}

func attribute(e xml.StartElement, name string) (string, bool) {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value, true
		}
	}
	return "", false
}

var address = regexp.MustCompile(`(?i)https?:|//|url\([^#]|@import`)

func TestThePageIsWellFormedAndFetchesNothing(t *testing.T) {
	for name, files := range map[string]map[string][]byte{"restricted": restrictedFiles(), "public": publicFiles(), "with crossings": weakFiles()} {
		ids := map[string]bool{}
		var links []string
		for _, e := range elements(t, files["report.html"]) {
			switch e.Name.Local {
			case "script", "link", "iframe", "object", "embed", "form", "base", "foreignObject":
				t.Errorf("%s: has a <%s>", name, e.Name.Local)
			}
			for _, a := range e.Attr {
				switch a.Name.Local {
				case "id":
					if ids[a.Value] {
						t.Errorf("%s: id %s twice", name, a.Value)
					}
					ids[a.Value] = true
				case "href", "src":
					if !strings.HasPrefix(a.Value, "#") && !strings.HasPrefix(a.Value, "data:image/") {
						t.Errorf("%s: <%s> refers to %.60s", name, e.Name.Local, a.Value)
					}
					links = append(links, a.Value)
					continue // base64 holds //
				case "style":
					t.Errorf("%s: <%s> has a style that the policy forbids", name, e.Name.Local)
				}
				if strings.HasPrefix(a.Name.Local, "on") || address.MatchString(a.Value) && e.Name.Local != "meta" {
					t.Errorf("%s: <%s %s=%.60q>", name, e.Name.Local, a.Name.Local, a.Value)
				}
			}
		}
		for _, l := range links {
			if id, ok := strings.CutPrefix(l, "#"); ok && !ids[id] {
				t.Errorf("%s: nothing has the id %s", name, id)
			}
		}
	}
}

func TestThePolicyAllowsTheStyleAndNoMore(t *testing.T) {
	page := weakFiles()["report.html"]
	_, rest, _ := bytes.Cut(page, []byte("<style>"))
	style, _, _ := bytes.Cut(rest, []byte("</style>"))
	if address.Match(style) {
		t.Error("the style sheet refers to an address")
	}
	sum := sha256.Sum256(style)
	want := "default-src 'none'; img-src data:; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
	for _, e := range elements(t, page) {
		if v, _ := attribute(e, "http-equiv"); v == "Content-Security-Policy" {
			if got, _ := attribute(e, "content"); got != want {
				t.Errorf("policy %s, want %s", got, want)
			}
			return
		}
	}
	t.Error("the page has no policy")
}

func TestThePageCanBeReadWithoutSeeingIt(t *testing.T) {
	level := 0
	for _, e := range elements(t, weakFiles()["report.html"]) {
		switch n := e.Name.Local; n {
		case "h1", "h2", "h3":
			if l := int(n[1] - '0'); l > level+1 {
				t.Errorf("<%s> follows a heading of level %d", n, level)
			} else {
				level = l
			}
		case "svg":
			_, labelled := attribute(e, "aria-labelledby")
			if _, hidden := attribute(e, "aria-hidden"); !labelled && !hidden {
				t.Error("an <svg> has no name")
			}
		case "html":
			if lang, _ := attribute(e, "lang"); lang != "en" {
				t.Errorf("language %q, want en", lang)
			}
		}
	}
	page := string(weakFiles()["report.html"])
	if tables, captions := strings.Count(page, "<table"), strings.Count(page, "<caption>"); tables != captions {
		t.Errorf("%d tables and %d captions", tables, captions)
	}
}

func TestThePageAnswersFirst(t *testing.T) {
	page := string(restrictedFiles()["report.html"])
	at := -1
	for _, want := range []string{"RESTRICTED", "of the strip is watched", "By day nothing is watched in", "Along the frontier",
		"What is watched, and what is dead ground", "By distance from the frontier", "The posts, and who sees what",
		"Whose loss hurts most", "What the figures assume", "Where it comes from"} {
		i := strings.Index(page[at+1:], want)
		if i < 0 {
			t.Fatalf("%q is missing, or not in its place", want)
		}
		at += i + 1
	}
}

func TestNamesCannotBreakThePage(t *testing.T) {
	p := fixture()
	area := *p.Area
	area.Settings.Name = `"} </style><script>alert(1)</script> \22`
	p.Area = &area
	p.Provenance.By = `</title><img src="x" onerror="y">`
	for _, e := range elements(t, pageOf(t, p)) {
		if e.Name.Local == "script" || e.Name.Local == "img" {
			t.Errorf("a name became <%s>", e.Name.Local)
		}
	}
}

func TestCSSStringsEndWhereTheyShould(t *testing.T) {
	if got, want := cssString(`a"b</x é`), `"a\000022b\00003c\00002fx \0000e9"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
