package export

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"vedette/crossing"
)

// weakLevels are the classes of P(I) on the chart and the maps: darker is
// weaker. The colours (ColorBrewer's YlOrBr) keep their order for the
// colour-blind and on a grey printer.
var weakLevels = []struct {
	below float64
	text  string
}{
	{.1, "under 0.1"}, {.25, "0.1 to 0.25"}, {.5, "0.25 to 0.5"}, {.75, "0.5 to 0.75"}, {math.Inf(1), "0.75 and more"},
}

// levelOf is the class of a kilometre; the one after the last has no way
// through.
func levelOf(k *crossing.Kilometre) int {
	if !k.Passable {
		return len(weakLevels)
	}
	for i, l := range weakLevels {
		if k.PI < l.below {
			return i
		}
	}
	return len(weakLevels) - 1
}

// The rows of the chart of P(I), the first of which is the worst mode.
const (
	worstHigh = 130.
	modeHigh  = 56.
	modeGap   = 46. // for the row's name above and the kilometres below
	sliver    = 2.5 // height of a bar of nothing, so that it can be told from no bar
)

// modeChart is one row.
type modeChart struct {
	*drawing
	mode      *crossing.Mode
	top, high float64
	x         func(km float64) float64
}

// chart is P(I) by kilometre for every mode.
func (w *weakness) chart(describe string) template.HTML {
	modes := w.worstFirst()
	h := worstHigh + modeHigh*float64(len(modes)-1) + modeGap*float64(len(modes)) + 22
	var d drawing
	d.add(`<svg class="chart" viewBox="0 0 %d %.0f" width="%[1]d" height="%.0[2]f" role="img" aria-labelledby="chart-weak-t chart-weak-d">`, chartWidth, h)
	d.add("<title id=\"chart-weak-t\">P(I) by kilometre</title><desc id=\"chart-weak-d\">%s</desc>\n", esc(describe))
	stretches := kilometreStretches(w.worst)
	top := 24.
	for i, m := range modes {
		c := modeChart{&d, m, top, modeHigh, scale(stretches)}
		if i == 0 {
			c.high = worstHigh
		}
		c.draw()
		chart{}.ticks(&d, stretches, c.x, c.top+c.high)
		top += c.high + modeGap
	}
	d.add(`<text class="axis" x="%.1f" y="%.1f" text-anchor="end">kilometre of the frontier</text></svg>`, float64(chartWidth-chartRight), h-6)
	return template.HTML(d.String())
}

// kilometreStretches is the axis of a mode.
func kilometreStretches(m *crossing.Mode) []StretchFigures {
	var all []StretchFigures
	for i := range m.Kilometres {
		all = append(all, StretchFigures{FromKM: m.Kilometres[i].From, ToKM: m.Kilometres[i].To})
	}
	return all
}

func (c modeChart) y(p float64) float64 { return c.top + c.high*(1-p) }

func (c modeChart) draw() {
	c.add(`<text class="row" x="%d" y="%.1f">%s</text>`, chartLeft, c.top-8, esc(c.label()))
	for _, p := range []float64{0, .5, 1} {
		c.add(`<path class="rule" d="M%d %.1fH%d"/><text class="axis" x="%d" y="%.1f" text-anchor="end">%s</text>`,
			chartLeft, c.y(p), chartWidth-chartRight, chartLeft-5, c.y(p)+4, number(p))
	}
	c.bars()
	c.ranges()
	if shut(c.mode) < len(c.mode.Kilometres) {
		c.point()
	}
	c.add("\n")
}

// label names a row, with its mean and its weakest kilometre.
func (c modeChart) label() string {
	text := fmt.Sprintf("%s: mean P(I) %s", capital(modeName(c.mode)), chance(1-c.mode.Porosity()))
	if shut(c.mode) == len(c.mode.Kilometres) {
		return text + "; no way through anywhere"
	}
	k := &c.mode.Kilometres[c.mode.Weakest()]
	text += fmt.Sprintf("; weakest km %s: %s", spanOf(k), chance(k.PI))
	if n := asWeak(c.mode); n > 1 {
		text += fmt.Sprintf(", and %d as weak", n-1)
	}
	return text
}

// sides of a kilometre's bar.
func (c modeChart) sides(k *crossing.Kilometre) (x0, x1 float64) {
	x0, x1 = c.x(k.From), c.x(k.To)
	gap := math.Min(1, (x1-x0)/6)
	return x0 + gap, x1 - gap
}

// bars is one path for each class.
func (c modeChart) bars() {
	paths := make([]strings.Builder, len(weakLevels)+1)
	for i := range c.mode.Kilometres {
		k := &c.mode.Kilometres[i]
		x0, x1 := c.sides(k)
		top := math.Min(c.y(k.PI), c.y(0)-sliver)
		fmt.Fprintf(&paths[levelOf(k)], "M%.1f %.1fV%.1fH%.1fV%.1fZ", x0, c.y(0), top, x1, c.y(0))
	}
	for level := range paths {
		if paths[level].Len() > 0 {
			c.add(`<path class="p%d" d="%s"/>`, level, paths[level].String())
		}
	}
}

// ranges draws P10 to P90 as whiskers and the runners-up as ticks.
func (c modeChart) ranges() {
	var whiskers, ticks strings.Builder
	for i := range c.mode.Kilometres {
		k := &c.mode.Kilometres[i]
		if !k.Passable {
			continue
		}
		x0, x1 := c.sides(k)
		if low, high := c.y(k.P10), c.y(k.P90); low-high >= 1 {
			fmt.Fprintf(&whiskers, "M%.1f %.1fV%.1f", (x0+x1)/2, low, high)
		}
		if !math.IsNaN(k.RunnerUp) {
			fmt.Fprintf(&ticks, "M%.1f %.1fH%.1f", x0, c.y(k.RunnerUp), x1)
		}
	}
	c.add(`<path class="runner" d="%s"/><path class="whisker halo" d="%s"/><path class="whisker" d="%[2]s"/>`, ticks.String(), whiskers.String())
}

// point marks the weakest kilometre.
func (c modeChart) point() {
	k := &c.mode.Kilometres[c.mode.Weakest()]
	y := math.Min(c.y(math.Max(k.PI, k.P90)), c.y(0)-sliver) - 3
	c.add(`<path class="pointer" d="M%.1f %.1fl-4.5 -8h9Z"/>`, (c.x(k.From)+c.x(k.To))/2, y)
}

// chartEntries explain the chart.
func chartEntries() []entry {
	return append(levelEntries(),
		entry{swatch(`<path class="p2" d="M7 8H15V16H7Z"/><path class="whisker" d="M11 2V13"/>`), "P10 to P90"},
		entry{swatch(`<path class="p2" d="M7 10H15V16H7Z"/><path class="runner" d="M7 4H15"/>`), "runner-up"})
}

// levelEntries explain the classes of P(I).
func levelEntries() []entry {
	var out []entry
	for i, l := range weakLevels {
		out = append(out, entry{swatch(fmt.Sprintf(`<path class="p%d" d="M1 1H21V15H1Z"/>`, i)), "P(I) " + l.text})
	}
	return append(out, entry{swatch(fmt.Sprintf(`<path class="p%d" d="M1 1H21V15H1Z"/>`, len(weakLevels))), "no way through"})
}
