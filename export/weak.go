package export

import (
	"html/template"
	"math"
	"slices"

	_ "embed"

	"vedette/crossing"
	"vedette/frontier"
)

//go:embed weak.css
var weakCSS string

//go:embed weak.tmpl
var weakHTML string

// weakPage is the second half of the report: where the line is weak. All but
// its table of modes and its chart is of the worst mode.
type weakPage struct {
	Answer, Matters string
	Worst           string // the worst mode in words: on foot at night
	Modes           []modeRow
	Chart           template.HTML
	ChartText       string
	OpenText        string
	Levels          []entry // of the chart
	Figures         wayTable
	Sheets          []sheetFigures
	Ways            []wayFigure
	WaysText        string
	Kilometres      []kilometreRow
	Ranking         []rankRow
	RankingText     string
	Assumptions     []string
	Priors          []priorRow

	weakness *weakness
}

// weakContents are the headings of the second half.
var weakContents = [][2]string{
	{"weak", "Where are we weak"}, {"weak-maps", "Maps of the worst case"}, {"ways", "The weakest crossings in time"},
	{"assets", "What the line leans on"}, {"weak-assumptions", "What P(I) assumes"},
}

// newWeakPage is what the page says of the crossings; nil where it says
// nothing, as to the public.
func newWeakPage(p Plan) *weakPage {
	if p.Provenance.Public || p.Crossing == nil || len(p.Crossing.Modes) == 0 {
		return nil
	}
	w := newWeakness(p)
	g := &weakPage{
		Answer: w.answer(), Matters: w.matters(), Worst: modeName(w.worst),
		Modes: w.modes(), ChartText: w.chartText(), Figures: w.figures(),
		Ways: w.ways(), WaysText: w.waysText(), Kilometres: w.kilometres(),
		Ranking: w.ranking(), RankingText: w.rankingText(),
		Assumptions: w.assumptions(), Priors: priorRows(p.Priors), OpenText: w.openText(), Levels: chartEntries(), weakness: w,
	}
	g.Chart = w.chart(g.ChartText)
	return g
}

// weakness is a solved line as the page tells it.
type weakness struct {
	*crossing.Result
	plan  Plan
	area  *frontier.Area
	worst *crossing.Mode
	first []int // kilometres of the worst mode, weakest first: those that the page dwells on
}

// detailed is the number of kilometres in the table of assets, and drawn those
// whose crossing is drawn in time.
const (
	detailed = 10
	drawn    = 3
)

func newWeakness(p Plan) *weakness {
	w := &weakness{Result: p.Crossing, plan: p, area: p.Area}
	w.worst = &w.Modes[w.Worst]
	w.first = weakestKilometres(w.worst, detailed)
	return w
}

// as is how near two P(I) are that count as equal: nobody acts on less.
const as = .0005

// weakestKilometres are the n passable kilometres with the least P(I), as
// weakestApart gives them.
func weakestKilometres(m *crossing.Mode, n int) []int {
	all := make([]float64, len(m.Kilometres))
	for i := range all {
		if all[i] = m.Kilometres[i].PI; !m.Kilometres[i].Passable {
			all[i] = math.NaN()
		}
	}
	return weakestApart(all, n)
}

// weakestApart are the n kilometres with the least P(I), the first of the
// weakest first; NaN is none. Of equals it takes those that lie farthest from
// the ones already taken: on an open line the next kilometre tells nothing new.
func weakestApart(all []float64, n int) (out []int) {
	for len(out) < n {
		best := -1
		for km, p := range all {
			if p == p && !slices.Contains(out, km) && (best < 0 || before(all, km, best, out)) {
				best = km
			}
		}
		if best < 0 {
			break
		}
		out = append(out, best)
	}
	return out
}

// before tells whether kilometre a comes before b: with less P(I), or as much
// and farther from those already taken.
func before(all []float64, a, b int, taken []int) bool {
	if d := all[a] - all[b]; len(taken) == 0 || math.Abs(d) > as {
		return d < 0
	}
	return apart(a, taken) > apart(b, taken)
}

func apart(km int, taken []int) int {
	d := math.MaxInt
	for _, t := range taken {
		d = min(d, max(km-t, t-km))
	}
	return d
}

// asWeak counts the kilometres of a mode that are as weak as its weakest.
func asWeak(m *crossing.Mode) int {
	n := 0
	for i := range m.Kilometres {
		if k := &m.Kilometres[i]; k.Passable && k.PI-m.Kilometres[m.Weakest()].PI <= as {
			n++
		}
	}
	return n
}

// underPI counts the passable kilometres of a mode with P(I) under a bound.
func underPI(m *crossing.Mode, bound float64) int {
	n := 0
	for i := range m.Kilometres {
		if k := &m.Kilometres[i]; k.Passable && k.PI < bound {
			n++
		}
	}
	return n
}

// shut counts the kilometres of a mode through which there is no way.
func shut(m *crossing.Mode) int {
	n := 0
	for i := range m.Kilometres {
		if !m.Kilometres[i].Passable {
			n++
		}
	}
	return n
}

// spanOf names a kilometre.
func spanOf(k *crossing.Kilometre) string {
	return span(StretchFigures{FromKM: k.From, ToKM: k.To})
}
