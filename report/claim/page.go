package claim

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"math"
	"sort"
	"strings"

	"vedette/geo"
	"vedette/outline"
	"vedette/report/intake"
	"vedette/report/locate"
)

//go:embed page.tmpl
var pageHTML string

//go:embed page.css
var pageCSS string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// pageView is what the template shows.
type pageView struct {
	Style   template.CSS
	Policy  string
	Stories []storyView
}

type storyView struct {
	Story
	Name   string
	Blocks []blockView
	Map    template.HTML
	Claims []claimView
}

type claimView struct {
	Claim
	Number int
	Where  string
	Steps  []string
	Says   string
}

// blockView is a block of the text, cut into pieces.
type blockView struct {
	Dropped string
	Pieces  []piece
}

type piece struct {
	Text  string
	Class string // of what was found in it: place, voice, when, kind, actor
	Title string
}

// WritePage writes a page that shows the texts with what was found in them,
// beside small maps. It holds all that it shows, fetches nothing and runs
// nothing: its policy forbids both. All text of the reports is escaped.
func WritePage(out io.Writer, stories []Story, w *locate.Watch) error {
	sum := sha256.Sum256([]byte(pageCSS))
	view := pageView{
		Style:  template.CSS(pageCSS),
		Policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'",
	}
	for i := range stories {
		view.Stories = append(view.Stories, viewOf(stories[i], w))
	}
	if err := pageTemplate.Execute(out, view); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

func viewOf(s Story, w *locate.Watch) storyView {
	v := storyView{Story: s, Name: s.title(), Map: drawMap(s, w)}
	for i := range s.Claims {
		c := claimView{Claim: s.Claims[i], Number: i + 1, Says: s.Claims[i].Voice.label()}
		if r := c.Claim.Where; r != nil {
			c.Where = fmt.Sprintf("%s, %s km²", r.Anchor, locate.Rounded(r.AreaKM2))
			if r.Problem != "" {
				c.Where = "nowhere: " + r.Problem
			}
			c.Steps = r.Steps
		}
		v.Claims = append(v.Claims, c)
	}
	marks := marksOf(s.Claims)
	for _, b := range s.Document.Blocks {
		v.Blocks = append(v.Blocks, blockView{b.Dropped, pieces(s.Document.Text, b.Span, marks)})
	}
	return v
}

// mark is a stretch of the text that claims rest on.
type mark struct {
	span         intake.Span
	class, title string
}

// marksOf are the evidence of the claims, without sentences; of two that
// overlap the first stays.
func marksOf(claims []Claim) []mark {
	var all []mark
	for i, c := range claims {
		for _, e := range c.Evidence {
			if e.Field != "sentence" {
				all = append(all, mark{e.Of, e.Field, fmt.Sprintf("%s of claim %d (%s)", e.Field, i+1, c.Kind)})
			}
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].span.Start < all[j].span.Start })
	var out []mark
	for _, m := range all {
		if k := len(out) - 1; k < 0 || m.span.Start >= out[k].span.End {
			out = append(out, m)
		}
	}
	return out
}

func pieces(text string, s intake.Span, marks []mark) []piece {
	var out []piece
	at := s.Start
	for _, m := range marks {
		if !s.Holds(m.span) {
			continue
		}
		out = append(out, piece{Text: text[at:m.span.Start]}, piece{text[m.span.Start:m.span.End], m.class, m.title})
		at = m.span.End
	}
	return append(out, piece{Text: text[at:s.End]})
}

// The map, in pixels.
const mapWidth, mapHeight, mapMargin = 420.0, 320.0, 12.0

// frame leads from positions to the map's pixels: plate carrée, narrowed by the
// cosine of its middle latitude.
type frame struct{ west, north, perLon, perLat float64 }

func (f frame) xy(p geo.Point) string {
	return fmt.Sprintf("%.1f,%.1f", mapMargin+(p.Lon-f.west)*f.perLon, mapMargin+(f.north-p.Lat)*f.perLat)
}

// drawMap draws the frontier and the ground of the claims. Ground larger than
// a hundred thousand km2 is not drawn: it would be all there is to see.
func drawMap(s Story, w *locate.Watch) template.HTML {
	const most = 100_000
	var rings []outline.Ring
	for _, c := range s.Claims {
		if c.Where != nil && c.Where.AreaKM2 <= most {
			for _, poly := range c.Where.Ground {
				rings = append(rings, poly...)
			}
		}
	}
	var line outline.Ring
	if w != nil {
		line = outline.Ring(w.Area.Frontier.Line)
	}
	f, ok := frameOf(append(rings[:len(rings):len(rings)], line))
	if !ok {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="Where the claims are">`, mapWidth, mapHeight)
	for i, c := range s.Claims {
		if c.Where == nil || c.Where.AreaKM2 > most || len(c.Where.Ground) == 0 {
			continue
		}
		fmt.Fprintf(&b, `<path class="ground" d="%s"><title>%d: %s</title></path>`, path(f, c.Where.Ground), i+1, template.HTMLEscapeString(string(c.Kind)+", "+c.Where.Anchor))
	}
	if len(line) > 0 {
		b.WriteString(`<polyline class="frontier" points="`)
		for _, p := range line {
			b.WriteString(f.xy(p) + " ")
		}
		b.WriteString(`"><title>the frontier</title></polyline>`)
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}

func path(f frame, g locate.Ground) string {
	var b strings.Builder
	for _, poly := range g {
		for _, ring := range poly {
			for i, p := range ring {
				if i == 0 {
					b.WriteString("M" + f.xy(p))
				} else {
					b.WriteString("L" + f.xy(p))
				}
			}
			b.WriteString("Z")
		}
	}
	return b.String()
}

func frameOf(rings []outline.Ring) (frame, bool) {
	west, south, east, north := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, r := range rings {
		for _, p := range r {
			west, south, east, north = min(west, p.Lon), min(south, p.Lat), max(east, p.Lon), max(north, p.Lat)
		}
	}
	if math.IsInf(west, 0) || east-west > 180 {
		return frame{}, false
	}
	cos := max(.05, math.Cos((south+north)/2*math.Pi/180))
	scale := min((mapWidth-2*mapMargin)/max(1e-4, (east-west)*cos), (mapHeight-2*mapMargin)/max(1e-4, north-south))
	return frame{west, north, scale * cos, scale}, true
}
