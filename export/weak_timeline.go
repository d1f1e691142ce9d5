package export

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	"vedette/crossing"
)

// wayFigure is one crossing drawn in time, with the same told in words.
type wayFigure struct {
	ID, Heading, Text string
	SVG               template.HTML
	Events            []toldEvent
}

// toldEvent is something on the way in the list.
type toldEvent struct {
	Time, What, Place string
}

// ways are the crossings that are drawn in time.
func (w *weakness) ways() []wayFigure {
	var all []wayFigure
	for i, km := range w.first[:min(drawn, len(w.first))] {
		k := &w.worst.Kilometres[km]
		if k.Path == nil || len(k.Path.At) == 0 {
			continue
		}
		f := wayFigure{
			ID: fmt.Sprintf("way-%d", i+1), Heading: fmt.Sprintf("%d. Through km %s: P(I) %s", i+1, spanOf(k), chance(k.PI)),
			Text: wayText(k.Path), Events: toldEvents(k.Path),
		}
		f.SVG = newTimeline(k.Path).draw(f.ID, f.Heading, f.Text)
		all = append(all, f)
	}
	return all
}

// waysText says which crossings are drawn in time.
func (w *weakness) waysText() string {
	n := min(drawn, len(w.first))
	if n == 0 {
		return "No kilometre has a way through."
	}
	text := fmt.Sprintf("Each drawing follows an intruder who comes %s from the far edge of the strip to his exit.", modeName(w.worst))
	if same := asWeak(w.worst); same > n {
		text += fmt.Sprintf(" %d kilometres are equally weak; the %d drawn lie apart from each other.", same, n)
	}
	return text
}

// wayText tells one crossing in sentences.
func wayText(p *crossing.Path) string {
	last := len(p.Seconds) - 1
	text := fmt.Sprintf("He crosses the frontier at km %s after %s and is out after %s. ", number(p.CrossKM), lasting(p.Seconds[p.Cross]), lasting(p.Seconds[last]))
	if p.PUnseen > .995 {
		text += "Nobody sees him on the way. "
	} else {
		text += fmt.Sprintf("That nobody sees him until then has a chance of %s. ", chance(p.PUnseen))
	}
	return text + answerText(p)
}

// answerText says who answers, and until when that helps.
func answerText(p *crossing.Path) string {
	if p.Critical < 0 || p.MeetAt < 0 {
		return "No responder comes in time, wherever he is seen."
	}
	return fmt.Sprintf("The last place where seeing him helps is %s, %s: %s comes %s after the alarm and can then just meet him at %s. Seen later, he is gone before anybody comes.",
		mgrs(p.At[p.Critical]), beforeFrontier(p), p.Responder, lasting(p.Comes), mgrs(p.At[p.MeetAt]))
}

func toldEvents(p *crossing.Path) []toldEvent {
	var rows []toldEvent
	events := slices.Clone(p.Events)
	for i, e := range events {
		if e.What == "critical" {
			events[i].Seconds = lastChance(p)
		}
	}
	slices.SortStableFunc(events, func(a, b crossing.Event) int { return cmp.Compare(a.Seconds, b.Seconds) })
	for _, e := range events {
		rows = append(rows, toldEvent{clockText(e.Seconds), eventText(p, e), mgrs(e.At)})
	}
	return rows
}

// clockText is a time from the start as h:mm:ss.
func clockText(seconds float64) string {
	s := int(math.Round(seconds))
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// eventText says what happens.
func eventText(p *crossing.Path, e crossing.Event) string {
	switch e.What {
	case "start":
		return "Enters the strip"
	case "watched":
		return fmt.Sprintf("May be seen by %s until %s: chance %s", e.Who, clockText(e.Until), chance(e.P))
	case "barrier":
		text := fmt.Sprintf("Crosses %s: %s", e.Who, lasting(e.Until-e.Seconds))
		if e.P > 0 {
			text += fmt.Sprintf("; its sensor detects him with a chance of %s", chance(e.P))
		}
		return text
	case "frontier":
		return fmt.Sprintf("Crosses the frontier at km %s", number(p.CrossKM))
	case "critical":
		return "Critical detection point: first seen later, he is gone before anybody comes"
	case "met":
		return fmt.Sprintf("%s can meet him here, %s after the alarm, if he is seen at the critical point", e.Who, lasting(p.Comes))
	case "exit":
		return fmt.Sprintf("Gone; unseen with a chance of %s", chance(p.PUnseen))
	}
	return capital(e.What)
}

// The drawing of a crossing in time, in units of pixels on a wide screen.
const (
	timeLeft   = 168.
	timeRight  = 22.
	timeTop    = 58. // for the names of the marks
	lineHigh   = 22.
	blockHigh  = 12.
	unseenHigh = 62.
	slackHigh  = 84.
	panelGap   = 16.
	mostRows   = 8
)

// timeline draws a crossing in time from top to bottom.
type timeline struct {
	*drawing
	path  *crossing.Path
	rows  []timeRow
	end   float64 // seconds
	names drawing // of the marks, over their lines
	y     float64 // where the next row begins
}

// timeRow is a watcher or a barrier.
type timeRow struct {
	name, class string
	events      []crossing.Event
	most        float64 // the greatest chance
}

func newTimeline(p *crossing.Path) *timeline {
	t := &timeline{drawing: &drawing{}, path: p, end: max(1, p.Seconds[len(p.Seconds)-1]), y: timeTop}
	t.rows = append(rowsFor(p, "watched", "block-eye"), rowsFor(p, "barrier", "block-work")...)
	return t
}

// rowsFor gathers the events of a kind by who has part in them; of watchers
// those that see him likeliest.
func rowsFor(p *crossing.Path, what, class string) []timeRow {
	var rows []timeRow
	for _, e := range p.Events {
		if e.What != what {
			continue
		}
		i := slices.IndexFunc(rows, func(r timeRow) bool { return r.name == e.Who })
		if i < 0 {
			i, rows = len(rows), append(rows, timeRow{name: e.Who, class: class})
		}
		rows[i].events = append(rows[i].events, e)
		rows[i].most = max(rows[i].most, e.P)
	}
	if len(rows) <= mostRows {
		return rows
	}
	slices.SortStableFunc(rows, func(a, b timeRow) int { return cmp.Compare(b.most, a.most) })
	left := len(rows) - mostRows
	return append(rows[:mostRows], timeRow{name: fmt.Sprintf("and %d more, less likely", left)})
}

func (t *timeline) x(seconds float64) float64 {
	return timeLeft + seconds/t.end*(chartWidth-timeLeft-timeRight)
}

func (t *timeline) high() float64 {
	return timeTop + lineHigh*float64(max(1, len(t.rows))) + 2*panelGap + unseenHigh + panelGap + slackHigh + 38
}

func (t *timeline) draw(id, title, describe string) template.HTML {
	t.add(`<svg class="chart time" viewBox="0 0 %d %.0f" width="%[1]d" height="%.0[2]f" role="img" aria-labelledby="%[3]s-t %[3]s-d">`, chartWidth, t.high(), id)
	t.add("<title id=\"%s-t\">%s</title><desc id=\"%[1]s-d\">%[3]s</desc>\n", id, esc(title), esc(describe))
	bottom := t.high() - 38
	for _, r := range t.rows {
		t.row(r)
	}
	if len(t.rows) == 0 {
		t.add(`<text class="axis" x="%.1f" y="%.1f">nobody sees him, nothing delays him</text>`, timeLeft, t.y+15)
		t.y += lineHigh
	}
	t.y += panelGap
	t.unseen()
	t.y += panelGap
	t.slack(id)
	t.axis(bottom)
	t.marks(bottom)
	t.add("</svg>")
	return template.HTML(t.String())
}

// row draws a watcher's or a barrier's times with their figures.
func (t *timeline) row(r timeRow) {
	mid := t.y + lineHigh/2
	t.add(`<text class="who" x="%.1f" y="%.1f" text-anchor="end">%s</text><path class="rule" d="M%.1f %.1fH%.1f"/>`,
		timeLeft-10, mid+4, esc(short(r.name)), timeLeft, mid, t.x(t.end))
	labels := placer{bounds: box{timeLeft - 4, t.y - 4, chartWidth, t.y + lineHigh + 4}}
	var texts drawing
	for _, e := range r.events {
		x0, x1 := t.x(e.Seconds), t.x(e.Until)
		x1 = max(x1, x0+3)
		labels.taken = append(labels.taken, box{x0 - 1, t.y, x1 + 1, t.y + lineHigh})
		t.add(`<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.0f"/>`, r.class, x0, mid-blockHigh/2, x1-x0, blockHigh)
	}
	for _, e := range r.events {
		t.figure(&texts, &labels, e, mid)
	}
	t.add("%s\n", texts.String())
	t.y += lineHigh
}

// figure writes an event's chance or delay inside its block or beside it.
func (t *timeline) figure(d *drawing, labels *placer, e crossing.Event, mid float64) {
	text := chance(e.P)
	if e.What == "barrier" {
		text = lasting(e.Until - e.Seconds)
	}
	const size = 11
	x0, x1 := t.x(e.Seconds), max(t.x(e.Until), t.x(e.Seconds)+3)
	w := width(text, size)
	if x1-x0 > w+6 && e.What != "barrier" {
		d.add(`<text class="inside" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, (x0+x1)/2, mid+4, esc(text))
		return
	}
	for _, at := range []float64{x1 + 3, x0 - 3 - w} {
		b := box{at, mid - size/2, at + w, mid + size/2}
		if labels.free(b) {
			labels.taken = append(labels.taken, b)
			d.add(`<text class="beside" x="%.1f" y="%.1f">%s</text>`, at, mid+4, esc(text))
			return
		}
	}
}

// marks draws the frontier, the critical point and the meeting place through
// all rows, their names in tiers so that they never collide.
func (t *timeline) marks(bottom float64) {
	p := t.path
	t.mark(timeMark{p.Seconds[p.Cross], 1, "at-frontier", "", "frontier"}, bottom)
	if p.Critical >= 0 && p.MeetAt >= 0 {
		t.mark(timeMark{lastChance(p), 2, "at-critical", "critical", "critical detection point"}, bottom)
		t.mark(timeMark{p.Seconds[p.MeetAt], 3, "at-met", "met", short(p.Responder) + " meets him"}, bottom)
	}
	t.add("%s", t.names.String())
}

// mark draws a line from its name down. A halo keeps the names off the lines.
func (t *timeline) mark(m timeMark, bottom float64) {
	x, y := t.x(m.seconds), float64(m.tier)*16-3
	t.add(`<path class="at %s" d="M%.1f %.1fV%.1f"/>`, m.class, x, y-9, bottom)
	anchor, off := "start", 9.
	if x > (timeLeft+chartWidth)/2 {
		anchor, off = "end", -9
	}
	t.names.add(`<text class="at-name" x="%.1f" y="%.1f" text-anchor="%s">%s</text>`, x+off, y, anchor, esc(m.text+", "+lasting(m.seconds)))
	if m.sign != "" {
		t.names.add("%s", waySign(m.sign, x, y-4, .8))
	}
}

// timeMark is a moment that matters.
type timeMark struct {
	seconds           float64
	tier              int
	class, sign, text string
}

// unseen draws the chance that nobody has seen him yet.
func (t *timeline) unseen() {
	top := t.y
	y := func(p float64) float64 { return top + unseenHigh*(1-p) }
	t.panelName("nobody has seen him", top+unseenHigh/2)
	for _, p := range []float64{0, .5, 1} {
		t.add(`<path class="rule" d="M%.1f %.1fH%.1f"/><text class="axis" x="%.1f" y="%.1f" text-anchor="end">%s</text>`,
			timeLeft, y(p), t.x(t.end), timeLeft-6, y(p)+4, number(p))
	}
	line := t.line(t.path.Unseen, y)
	t.add(`<path class="unseen-area" d="%sL%.1f %.1fL%.1f %.1fZ"/><path class="curve" d="%[1]s"/>`, line, t.x(t.end), y(0), timeLeft, y(0))
	t.y += unseenHigh
	t.add("\n")
}

// panelName writes what a panel shows left of its figures.
func (t *timeline) panelName(text string, y float64) {
	words := strings.Fields(text)
	half := (len(words) + 1) / 2
	for i, part := range []string{strings.Join(words[:half], " "), strings.Join(words[half:], " ")} {
		t.add(`<text class="who" x="2" y="%.1f">%s</text>`, y-2+float64(i)*14, esc(part))
	}
}

// line is values along the way as the d of an SVG path.
func (t *timeline) line(values []float64, y func(float64) float64) string {
	var b strings.Builder
	lastX, lastY := math.Inf(-1), math.Inf(-1)
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		px, py := t.x(t.path.Seconds[i]), y(v)
		if b.Len() > 0 && i < len(values)-1 && math.Hypot(px-lastX, py-lastY) < .7 {
			continue
		}
		fmt.Fprintf(&b, "%c%.1f %.1f", "ML"[min(b.Len(), 1)], px, py)
		lastX, lastY = px, py
	}
	return b.String()
}

// slack draws the seconds to spare of a responder called at once. Where there
// is plenty it runs out of the panel, so that its end, which decides, can be
// read.
func (t *timeline) slack(id string) {
	top := t.y
	low, high := slackRange(t.path.Slack)
	y := func(s float64) float64 { return top + slackHigh*(high-s)/(high-low) }
	right := t.x(t.end)
	t.panelName("time to spare for responders", top+slackHigh/2)
	t.add(`<rect class="late" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`, timeLeft, y(0), right-timeLeft, y(low)-y(0))
	for _, s := range []float64{high, 0, low} {
		class := "rule"
		if s == 0 {
			class = "zero"
		}
		t.add(`<path class="%s" d="M%.1f %.1fH%.1f"/><text class="axis" x="%.1f" y="%.1f" text-anchor="end">%s</text>`,
			class, timeLeft, y(s), right, timeLeft-6, y(s)+4, spareText(s))
	}
	t.names.add(`<text class="zone" x="%.1f" y="%.1f">seen here: too late</text>`, timeLeft+6, (y(0)+y(low))/2+4)
	t.add(`<clipPath id="%s-c"><rect x="%.1f" y="%.1f" width="%.1f" height="%.1f"/></clipPath>`, id, timeLeft, top-1, right-timeLeft, slackHigh+2)
	t.add(`<path class="curve" clip-path="url(#%s-c)" d="%s"/>`, id, t.line(t.path.Slack, y))
	t.y += slackHigh
	t.add("\n")
}

// slackRange is what the panel of the slack shows: all that is below 0, and no
// more than twice as much above it.
func slackRange(values []float64) (low, high float64) {
	for _, v := range values {
		if !math.IsInf(v, 0) && v == v {
			low, high = min(low, v), max(high, v)
		}
	}
	high = max(600, -low, min(high, -2*low))
	return min(low, -high/4), high
}

func spareText(s float64) string {
	if s == 0 {
		return "0"
	}
	if s < 0 {
		return "−" + lasting(s)
	}
	return "+" + lasting(s)
}

// timeSteps are the distances between the ticks of time, seconds.
var timeSteps = []float64{60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800}

func (t *timeline) axis(y float64) {
	step := timeSteps[len(timeSteps)-1]
	for _, s := range timeSteps {
		if t.end/s <= 10 {
			step = s
			break
		}
	}
	t.add(`<path class="rule" d="M%.1f %.1fH%.1f"/>`, timeLeft, y+6, t.x(t.end))
	for _, s := range multiples(0, t.end, step) {
		t.add(`<path class="rule" d="M%.1f %.1fv4"/><text class="axis" x="%.1[1]f" y="%.1[3]f" text-anchor="middle">%[4]s</text>`, t.x(s), y+6, y+21, tickText(s))
	}
	t.add(`<text class="axis" x="2" y="%.1f">time from the start</text>`, y+21)
}

func tickText(s float64) string {
	switch {
	case s == 0:
		return "0"
	case math.Mod(s, 3600) == 0:
		return fmt.Sprintf("%.0f h", s/3600)
	}
	if h := math.Floor(s / 3600); h > 0 {
		return fmt.Sprintf("%.0f h %.0f", h, (s-3600*h)/60)
	}
	return fmt.Sprintf("%.0f min", s/60)
}
