package main

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"vedette/frontier"
	"vedette/gazetteer"
	"vedette/outline"
	"vedette/report/claim"
	"vedette/report/intake"
	"vedette/report/locate"
)

// areaFile is the area that the article is about.
const areaFile = "../examples/al-qaim/al-qaim.area.geojson"

func areaReader(opt claim.Options) (*claim.Reader, error) {
	g, err := gazetteer.Open()
	if err != nil {
		return nil, err
	}
	area, err := frontier.Load(areaFile)
	if err != nil {
		return nil, err
	}
	l := &locate.Locator{World: outline.Open(), Places: g}
	if l.Watch, err = locate.NewWatch(area, l.World); err != nil {
		return nil, err
	}
	return claim.NewReader(l, opt), nil
}

// theArticle measures the article that the project grew from, as it came and
// in five layouts of a page.
func theArticle(dir string) ([]measure, error) {
	r, err := areaReader(claim.Options{})
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(dir, "../reports/al-qaim-article.txt"))
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	mark := slices.Index(lines, "-")
	if mark < 0 {
		return nil, fmt.Errorf("the article has no separator")
	}
	story, heads := lines[:mark], lines[mark+1:]
	var all []measure
	for _, c := range layouts(string(text), story, heads) {
		docs, err := intake.Read(c.name, []byte(c.text), intake.DefaultLimits())
		if err != nil {
			return nil, err
		}
		all = append(all, judge(c.name, r.Read(&docs[0]), story, heads))
	}
	return all, nil
}

type layout struct{ name, text string }

func layouts(text string, story, heads []string) []layout {
	wrap := func(form string, texts []string) string {
		var b strings.Builder
		for _, t := range texts {
			fmt.Fprintf(&b, form, html.EscapeString(t))
		}
		return b.String()
	}
	page := func(inside, behind string) string {
		return "<!DOCTYPE html><html><head><meta charset=utf-8><title>" + html.EscapeString(story[0]) + "</title></head><body><nav><a href=/>Home</a></nav><main><article><h1>" +
			html.EscapeString(story[0]) + "</h1>" + wrap("<p>%s</p>", story[1:]) + inside + "</article>" + behind + "</main></body></html>"
	}
	return []layout{
		{"plain.txt", text},
		{"headlines in an aside.html", page("", "<aside><ul>"+wrap("<li><a href=/x>%s</a></li>", heads)+"</ul></aside>")},
		{"headlines in a div of links.html", page("", "<div>"+wrap("<a href=/x>%s</a>", heads)+"</div>")},
		{"headlines in a div of paragraphs.html", page("", "<div>"+wrap("<p>%s</p>", heads)+"</div>")},
		{"headlines linked in the story.html", page(wrap("<p><a href=/x>%s</a></p>", heads), "")},
		{"headlines unlinked in the story.html", page(wrap("<p>%s</p>", heads), "")},
	}
}

// judge counts the blocks that stay, the headlines that make a claim, the
// voices, and where "five or six kilometres away" is.
func judge(name string, s claim.Story, story, heads []string) measure {
	blocks := 0
	for _, b := range s.Document.Blocks {
		if b.Dropped == "" && slices.ContainsFunc(story, func(t string) bool {
			return letters(t) == letters(s.Document.Text[b.Span.Start:b.Span.End])
		}) {
			blocks++
		}
	}
	leaks, region := 0, "no region"
	regionOK := false
	for _, c := range s.Claims {
		leaks += count(slices.ContainsFunc(heads, func(t string) bool { return strings.Contains(letters(c.Sentence), letters(t)) }))
		if strings.Contains(c.Sentence, "five or six") && c.Where != nil && c.Where.Frontier != nil {
			f := c.Where.Frontier
			region = fmt.Sprintf("%.1f-%.1f km %s", f.LeastKM, f.MostKM, f.Side)
			regionOK = f.Side == "far" && f.LeastKM >= 2.5 && f.MostKM <= 8.8
		}
	}
	return measure{
		Test: "the article, " + name, Want: "7, 0, 4, 2.5-8.8 km far",
		Got: fmt.Sprintf("%d blocks, %d leaks, %d voices, %s", blocks, leaks, len(s.Voices), region),
		OK:  blocks == 7 && leaks == 0 && len(s.Voices) == 4 && regionOK,
	}
}

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// unrelated counts the articles about other places that make a claim at
// Al-Qaim.
func unrelated(dir string) ([]measure, error) {
	r, err := areaReader(claim.Options{})
	if err != nil {
		return nil, err
	}
	texts, claiming := 0, 0
	for _, file := range []string{"lgl.json", "geovirus.json"} {
		var all []struct{ Text string }
		if err := readJSON(filepath.Join(dir, "geoparse", file), &all); err != nil {
			return nil, err
		}
		for _, a := range all {
			docs, err := intake.Read("article.txt", []byte(a.Text), intake.DefaultLimits())
			if err != nil {
				return nil, err
			}
			texts++
			claiming += count(len(r.Read(&docs[0]).Claims) > 0)
		}
	}
	return []measure{{fmt.Sprintf("of %d unrelated articles, those with a claim", texts), "at most 3", fmt.Sprint(claiming), claiming <= 3}}, nil
}
