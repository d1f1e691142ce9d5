package export

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// Charts are drawn in units of pixels on a wide screen.
const (
	chartWidth = 960
	chartLeft  = 46
	chartRight = 8
	barHeight  = 92
	rowHeight  = barHeight + 40
)

// chart is bars of watched shares along a line of kilometres, one row for
// each condition.
type chart struct {
	id, title, describe string
	rows                []chartRow
	axis                string // what the kilometres are
	zero                bool   // the frontier lies at 0
}

type chartRow struct {
	label string
	bars  []StretchFigures
	mark  *StretchFigures // the bar that is named
}

// draw is the chart as SVG.
func (c chart) draw() template.HTML {
	var d drawing
	h := float64(len(c.rows)*rowHeight + 26)
	d.add(`<svg class="chart" viewBox="0 0 %d %.0f" width="%[1]d" height="%.0[2]f" role="img" aria-labelledby="%[3]s-t %[3]s-d">`,
		chartWidth, h, c.id)
	d.add("<title id=\"%s-t\">%s</title><desc id=\"%[1]s-d\">%[3]s</desc>\n", c.id, esc(c.title), esc(c.describe))
	for i, r := range c.rows {
		c.row(&d, r, float64(i*rowHeight)+24)
	}
	d.add(`<text class="axis" x="%.1f" y="%.1f" text-anchor="end">%s</text></svg>`, float64(chartWidth-chartRight), h-6, esc(c.axis))
	return template.HTML(d.String())
}

func (c chart) row(d *drawing, r chartRow, top float64) {
	d.add(`<text class="row" x="%d" y="%.1f">%s</text>`, chartLeft, top-8, esc(r.label))
	for _, share := range []float64{0, .5, 1} {
		y := top + barHeight*(1-share)
		d.add(`<path class="rule" d="M%d %.1fH%d"/><text class="axis" x="%d" y="%.1f" text-anchor="end">%.0f %%</text>`,
			chartLeft, y, chartWidth-chartRight, chartLeft-5, y+4, share*100)
	}
	if len(r.bars) == 0 {
		return
	}
	x := scale(r.bars)
	d.add(`<path class="bar-once" d="%s"/>`, bars(r.bars, x, top, func(s StretchFigures) float64 { return s.WatchedShare }))
	d.add(`<path class="bar-twice" d="%s"/>`, bars(r.bars, x, top, func(s StretchFigures) float64 { return s.TwiceShare }))
	c.ticks(d, r.bars, x, top+barHeight)
	if r.mark != nil {
		name(d, *r.mark, x, top)
	}
	d.add("\n")
}

// scale gives the place of a kilometre on the axis of some bars.
func scale(bars []StretchFigures) func(km float64) float64 {
	from, to := bars[0].FromKM, bars[len(bars)-1].ToKM
	per := (chartWidth - chartLeft - chartRight) / math.Max(to-from, 1e-9)
	return func(km float64) float64 { return chartLeft + (km-from)*per }
}

// bars is all bars as one path.
func bars(all []StretchFigures, x func(float64) float64, top float64, share func(StretchFigures) float64) string {
	var b strings.Builder
	for _, s := range all {
		x0, x1 := x(s.FromKM), x(s.ToKM)
		gap := math.Min(1, (x1-x0)/6)
		if v := share(s); v > 0 {
			fmt.Fprintf(&b, "M%.1f %.1fV%.1fH%.1fV%.1fZ", x0+gap, top+barHeight, top+barHeight*(1-v), x1-gap, top+barHeight)
		}
	}
	return b.String()
}

// ticks writes round kilometres under the axis, and where the frontier is.
func (c chart) ticks(d *drawing, bars []StretchFigures, x func(float64) float64, y float64) {
	from, to := bars[0].FromKM, bars[len(bars)-1].ToKM
	step := roundLength((to - from) / 6)
	for _, km := range multiples(from, to, step) {
		if c.zero && km == 0 {
			d.add(`<path class="frontier-mark" d="M%.1f %.1fV%.1f"/><text class="axis strong" x="%.1[1]f" y="%.1[4]f" text-anchor="middle">frontier</text>`,
				x(km), y-barHeight, y+4, y+15)
			continue
		}
		d.add(`<path class="rule" d="M%.1f %.1fv4"/><text class="axis" x="%.1[1]f" y="%.1[3]f" text-anchor="%[4]s">%[5]s</text>`,
			x(km), y, y+15, anchor(x(km)), number(math.Abs(km)))
	}
}

// anchor keeps the last text of an axis inside the chart.
func anchor(x float64) string {
	if x > chartWidth-chartRight-12 {
		return "end"
	}
	return "middle"
}

// name points at the weakest bar.
func name(d *drawing, s StretchFigures, x func(float64) float64, top float64) {
	mid := (x(s.FromKM) + x(s.ToKM)) / 2
	y := top + barHeight*(1-s.WatchedShare) - 3
	d.add(`<path class="pointer" d="M%.1f %.1fl-4 -7h8Z"/>`, mid, y)
	text := fmt.Sprintf("km %s: %s", span(s), percent(s.WatchedShare))
	at := math.Min(math.Max(mid, chartLeft+60), chartWidth-70)
	d.add(`<text class="pointed" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, at, math.Max(y-10, top+9), text)
}

// span is a stretch as words: 12–13, with decimals only where it needs them.
func span(s StretchFigures) string { return number(s.FromKM) + "–" + number(s.ToKM) }

// number writes a value with at most one decimal.
func number(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

// percent writes a share. What is not quite nothing or all does not round to
// it.
func percent(share float64) string {
	switch {
	case share > 0 && share < .01:
		return "under 1 %"
	case share > .99 && share < 1:
		return "over 99 %"
	}
	return strconv.FormatFloat(math.Round(share*100), 'f', 0, 64) + " %"
}

// km2 writes an area with three digits or so.
func km2(v float64) string {
	switch {
	case v >= 1000:
		s := strconv.FormatFloat(math.Round(v), 'f', 0, 64)
		return s[:len(s)-3] + "," + s[len(s)-3:]
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}
