package export

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"

	"vedette/exposure"
)

//go:embed report.css
var reportCSS string

//go:embed report.tmpl
var reportHTML string

// reportPage is the template with the words that it needs.
var reportPage = template.Must(template.New("report").Funcs(template.FuncMap{
	"percent": percent, "km2": km2, "number": number, "light": light, "capital": capital,
	"span":  func(s *StretchFigures) string { return span(*s) },
	"under": under,
}).Parse(reportHTML + weakHTML))

// Report writes the plan as one HTML page: the answer, maps, charts, tables,
// what the figures assume, and where they come from. The page holds all its
// pictures, fetches nothing and runs nothing: its policy forbids both.
func Report(ctx context.Context, p Plan, w io.Writer) error {
	page, err := newPage(ctx, p)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return reportPage.Execute(w, page)
}

// page is what the template shows.
type page struct {
	Title, Answer, Detail string
	Style                 template.CSS
	Policy                string
	From                  Provenance
	Figures               Summary
	Contents              []struct{ ID, Title string }
	Sheets                []sheetFigures
	Network               []figure
	ByKM, ByDistance      template.HTML
	ByKMText              string
	ByDistanceText        string
	KMTable               stretchTable
	DistanceTable         stretchTable
	Posts                 []postRow
	Matrix                []matrixRow
	MutualText, LossText  string
	Losses                []lossRow
	Assumptions           []string
	Made, Grid            string
	Weak                  *weakPage // nil where nothing is said of crossings
}

// sheetFigures are the maps of one stretch of the frontier.
type sheetFigures struct {
	Heading string
	Maps    []figure
}

// figure is a map with what stands under it.
type figure struct {
	Title, Caption string
	SVG            template.HTML
	Legend         []entry
}

func newPage(ctx context.Context, p Plan) (*page, error) {
	g := &page{
		Title:   p.Area.Settings.Name,
		From:    p.Provenance,
		Figures: p.Figures(),
		Weak:    newWeakPage(p),
		Made:    p.Provenance.At.UTC().Format("2006-01-02 15:04:05 UTC"),
		Grid: fmt.Sprintf("%s, cells of %s m, %d by %d", utmName(p.plane().zone), number(p.Result.Frame.DX),
			p.Result.Frame.Cols, p.Result.Frame.Rows),
	}
	if g.Title == "" {
		g.Title = "Unnamed area"
	}
	g.style(p)
	g.Answer, g.Detail = answer(g.Figures), detail(g.Figures)
	g.Assumptions = p.assumptions()
	g.contents()
	if !p.Provenance.Public {
		g.charts()
		g.tables(p)
	}
	return g, g.maps(ctx, p)
}

// style is the style sheet with the marking for the margins of printed pages,
// and the policy that allows it and nothing else but pictures in the page.
func (g *page) style(p Plan) {
	margins := fmt.Sprintf("@page { size: A4; margin: 16mm 15mm 17mm; @top-left { content: %s; font: 8pt sans-serif; }\n"+
		"@top-right { content: %s; font: bold 8pt sans-serif; }\n"+
		"@bottom-left { content: %s; font: 8pt sans-serif; } @bottom-right { content: counter(page) \" / \" counter(pages); font: 8pt sans-serif; } }\n",
		cssString(g.Title), cssString(p.Provenance.Marking()),
		cssString(orUnnamed(p.Provenance.By)+", "+p.Provenance.At.UTC().Format("2006-01-02 15:04 UTC")+", "+p.Provenance.Software))
	style := reportCSS + margins
	if g.Weak != nil {
		style = reportCSS + weakCSS + margins
	}
	sum := sha256.Sum256([]byte(style))
	g.Style = template.CSS(style)
	g.Policy = "default-src 'none'; img-src data:; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'"
}

// cssString quotes any text for CSS, so that it ends neither the string nor
// the style element (CSS Syntax 3, clause 4.3.7).
func cssString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(" ,.:()-", r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "\\%06x", r)
		}
	}
	return b.String() + `"`
}

// contents are the headings of the page.
func (g *page) contents() {
	add := func(id, title string) { g.Contents = append(g.Contents, struct{ ID, Title string }{id, title}) }
	if !g.From.Public {
		add("kilometres", "Along the frontier")
	}
	add("maps", "Maps")
	if !g.From.Public {
		add("distance", "By distance")
		add("posts", "The posts")
		add("loss", "Whose loss hurts most")
	}
	if g.Weak != nil {
		for _, s := range weakContents {
			add(s[0], s[1])
		}
	}
	add("assumptions", "What the figures assume")
	add("sources", "Where it comes from")
}

// maps draws every sheet in every condition.
func (g *page) maps(ctx context.Context, p Plan) error {
	all := sheets(p.Result.Strip.KM, p.Result.Strip.Kilometres)
	for _, s := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		c := newCartographer(p, s)
		var figures sheetFigures
		if len(all) > 1 {
			figures.Heading = fmt.Sprintf("Sheet %d of %d: km %d–%d", s.number, len(all), s.fromKM, s.toKM)
		}
		if err := g.sheet(c, &figures); err != nil {
			return err
		}
		if err := g.Weak.sheet(c, figures.Heading); err != nil {
			return err
		}
		g.Sheets = append(g.Sheets, figures)
	}
	return nil
}

// sheet draws the maps of one sheet.
func (g *page) sheet(c *cartographer, into *sheetFigures) error {
	if g.From.Public {
		return g.plainMap(c, into)
	}
	for i, f := range g.Figures.Conditions {
		under, err := c.coverage(c.plan.Result.Views[i].Count)
		if err != nil {
			return err
		}
		title := capital(f.Name) + ": what is watched"
		svg, err := c.draw(overlay{
			id: fmt.Sprintf("map-%d-%d", c.number, i+1), title: title, describe: watchedSentence(f),
			under: under, over: func() string { return c.weakest(f.Weakest) },
		})
		if err != nil {
			return err
		}
		into.Maps = append(into.Maps, figure{title, c.caption(f), svg, append(tintEntries(), c.legend.entries()...)})
	}
	return g.network(c)
}

// plainMap is the one map of a public sheet.
func (g *page) plainMap(c *cartographer, into *sheetFigures) error {
	svg, err := c.draw(overlay{id: fmt.Sprintf("map-%d", c.number), title: "The frontier",
		describe: "The frontier with its kilometre marks on shaded relief. " + publicNote})
	if err != nil {
		return err
	}
	caption := fmt.Sprintf("Heights %.0f to %.0f m, raised %.0f times in the shading. %s", c.relief.low, c.relief.high, c.relief.exaggerated, publicNote)
	into.Maps = append(into.Maps, figure{"The frontier", caption, svg, c.legend.entries()})
	return nil
}

// network is the map of the posts, their reaches, and who sees whom.
func (g *page) network(c *cartographer) error {
	var under drawing
	under.add(`<g>`)
	for _, s := range c.plan.Area.Sites {
		if n := longest(s.Sensors); n != nil {
			under.add(`<path class="reach" d="%sZ"/>`, c.path(c.plane.sector(s.At, *n)))
		}
	}
	for _, f := range c.plan.sightLines().Features {
		under.add(`<path class="sight under" d="%s"/><path class="sight" d="%[1]s"/>`, c.path(f.Points))
	}
	under.add(`</g>`)
	title := "Posts that see each other"
	if g.sheetsMany(c) {
		title += fmt.Sprintf(", sheet %d", c.number)
	}
	svg, err := c.draw(overlay{id: fmt.Sprintf("net-%d", c.number), title: title, describe: g.MutualText, under: under.String()})
	if err != nil {
		return err
	}
	legend := append([]entry{
		{swatch(`<path class="sight" d="M0 8H22"/>`), "see each other"},
		{swatch(`<path class="reach" d="M2 2H20V14H2Z"/>`), "reach of the farthest sensor by day, on flat ground"},
	}, c.legend.entries()...)
	g.Network = append(g.Network, figure{title, "Dotted lines join posts whose eyes see each other; outlines are nominal reaches, not what is seen.", svg, legend})
	return nil
}

func (g *page) sheetsMany(c *cartographer) bool {
	return c.toKM-c.fromKM < c.plan.Result.Strip.Kilometres
}

// caption says of a map what it shows in numbers, and how it was drawn.
func (c *cartographer) caption(f ConditionFigures) string {
	s := watchedSentence(f) + " "
	if c.step > 1 {
		s += fmt.Sprintf("A pixel is %d by %[1]d cells and shows what most of them are; of equals, the less watched. ", c.step)
	}
	return s + fmt.Sprintf("Pale ground lies outside the strip and was not computed. Heights %.0f to %.0f m, raised %.0f times in the shading.",
		c.relief.low, c.relief.high, c.relief.exaggerated)
}

// charts draws the two bar charts and their tables.
func (g *page) charts() {
	km := chart{id: "chart-km", title: "Watched share by kilometre", axis: "kilometre of the frontier"}
	off := chart{id: "chart-distance", title: "Watched share by distance from the frontier", axis: "km from the frontier; far side left, own side right", zero: true}
	var kms, distances [][]StretchFigures
	for _, f := range g.Figures.Conditions {
		label := fmt.Sprintf("%s: %s of the strip", capital(f.Name), percent(f.WatchedShare))
		km.rows = append(km.rows, chartRow{label, f.Kilometres, f.Weakest})
		off.rows = append(off.rows, chartRow{label, f.Distances, nil})
		kms, distances = append(kms, f.Kilometres), append(distances, f.Distances)
	}
	g.ByKMText, g.ByDistanceText = kilometreText(g.Figures), distanceText(g.Figures)
	km.describe, off.describe = g.ByKMText, g.ByDistanceText
	g.ByKM, g.ByDistance = km.draw(), off.draw()
	g.KMTable = g.stretchTable("Watched share of each kilometre's part of the strip; in brackets, by two posts or more.", kms)
	g.DistanceTable = g.stretchTable("Watched share by distance from the frontier, negative on the far side; in brackets, by two posts or more.", distances)
}

// light says in words what a condition is.
func light(c exposure.Condition) string {
	side := "above"
	if c.SunElevation < 0 {
		side = "below"
	}
	return fmt.Sprintf("sun %s° %s the horizon, visibility %s km", number(math.Abs(c.SunElevation)), side, number(c.Visibility/1000))
}
