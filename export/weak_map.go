package export

import (
	"fmt"
	"math"
	"strings"

	"vedette/crossing"
	"vedette/geo"
)

// sheet draws the maps of one sheet: where it is weak, how soon somebody comes,
// and how likely an intruder is seen.
func (g *weakPage) sheet(c *cartographer, heading string) error {
	if g == nil {
		return nil
	}
	into, w := sheetFigures{Heading: heading}, g.weakness
	for _, draw := range []func(*cartographer, *weakness) (*figure, error){weaknessMap, arrivalMap, hazardMap} {
		f, err := draw(c, w)
		if err != nil {
			return err
		}
		if f != nil {
			f.Title = capital(g.Worst) + ": " + f.Title
			into.Maps = append(into.Maps, *f)
		}
	}
	g.Sheets = append(g.Sheets, into)
	return nil
}

// weaknessMap is the map of the kilometres by P(I) and their crossings.
func weaknessMap(c *cartographer, w *weakness) (*figure, error) {
	var under drawing
	under.add(`<g>%s%s</g>`, c.bands(w.worst), c.ways(w))
	caption := fmt.Sprintf("The band along the frontier shows each kilometre's P(I). Thin lines are the weakest crossing of each kilometre; the thick ones, numbered, are those drawn in time below. "+
		"Half-filled circles mark the critical detection points: whoever is first seen beyond one is gone before a responder comes. Stars mark where he can be met when he is seen there.%s", onSheet(c, w))
	svg, err := c.draw(overlay{
		id: fmt.Sprintf("weak-%d", c.number), title: capital(modeName(w.worst)) + ": where the line is weak",
		describe: caption, under: under.String(), over: func() string { return c.marks(w) },
	})
	if err != nil {
		return nil, err
	}
	legend := append(levelEntries(),
		entry{swatch(`<path class="way" d="M0 8H22"/>`), "weakest crossing of a kilometre"},
		entry{swatch(`<path class="way worst" d="M0 8H22"/>`), "drawn in time below"},
		entry{swatch(waySign("critical", 11, 8, 1)), "critical detection point"},
		entry{swatch(waySign("met", 11, 8, 1)), "meeting place"})
	return &figure{"where the line is weak", caption, svg, append(legend, c.legend.entries()...)}, nil
}

// onSheet says how many of a sheet's kilometres are weak.
func onSheet(c *cartographer, w *weakness) string {
	n, of := 0, 0
	for i := range w.worst.Kilometres {
		if k := &w.worst.Kilometres[i]; c.shows(k) {
			of++
			if k.Passable && k.PI < .1 {
				n++
			}
		}
	}
	return fmt.Sprintf(" P(I) is under 0.1 in %d of the %d kilometres on this map.", n, of)
}

// shows tells whether a kilometre lies in the sheet's stretch.
func (c *cartographer) shows(k *crossing.Kilometre) bool {
	return int(k.From) >= c.fromKM && int(k.From) < c.toKM
}

// bands colours the frontier by kilometre.
func (c *cartographer) bands(m *crossing.Mode) string {
	var d drawing
	d.add(`<path class="band-case" d="%s"/>`, c.path(c.plan.Area.Frontier.Line))
	for i := range m.Kilometres {
		if k := &m.Kilometres[i]; c.shows(k) {
			d.add(`<path class="band k%d" d="%s"><title>km %s: %s</title></path>`, levelOf(k),
				c.path(c.trace.between(k.From, k.To)), spanOf(k), figureOf(k))
		}
	}
	return d.String()
}

// ways draws the crossings, the weakest ones last and thick.
func (c *cartographer) ways(w *weakness) string {
	var d, thin drawing
	for i := range w.worst.Kilometres {
		if k := &w.worst.Kilometres[i]; k.Path != nil && c.shows(k) && !w.drawn(i) {
			thin.add("%s", c.smooth(k.Path.At))
		}
	}
	if thin.Len() > 0 {
		d.add(`<path class="way case" d="%s"/><path class="way" d="%[1]s"/>`, thin.String())
	}
	for _, i := range w.first[:min(drawn, len(w.first))] {
		if k := &w.worst.Kilometres[i]; k.Path != nil && c.shows(k) {
			d.add(`<path class="way worst case" d="%s"/><path class="way worst" d="%[1]s"/>`, c.smooth(k.Path.At))
		}
	}
	return d.String()
}

// drawn tells whether a kilometre's crossing is one of those drawn in time.
func (w *weakness) drawn(km int) bool { return w.rank(km) > 0 }

// rank is the number of a kilometre among those drawn in time, from 1; else 0.
func (w *weakness) rank(km int) int {
	for i, k := range w.first[:min(drawn, len(w.first))] {
		if k == km {
			return i + 1
		}
	}
	return 0
}

// smooth is a way as the d of an SVG path with as few vertices as keep it
// within a third of a unit (Douglas and Peucker, 1973).
func (c *cartographer) smooth(line []geo.Point) string {
	at := make([][2]float64, len(line))
	for i, p := range line {
		at[i][0], at[i][1] = c.xy(p)
	}
	keep := make([]bool, len(at))
	if len(at) > 0 {
		keep[0], keep[len(at)-1] = true, true
		simplify(at, keep, 0, len(at)-1)
	}
	var b strings.Builder
	for i, p := range at {
		if keep[i] {
			fmt.Fprintf(&b, "%c%.1f %.1f", "ML"[min(i, 1)], p[0], p[1])
		}
	}
	return b.String()
}

// simplify keeps the vertex between two others that lies farthest from their
// chord, if it matters, and goes on on either side of it.
func simplify(at [][2]float64, keep []bool, from, to int) {
	const within = .33
	far, best := within, -1
	for i := from + 1; i < to; i++ {
		if d := offChord(at[i], at[from], at[to]); d > far {
			far, best = d, i
		}
	}
	if best < 0 {
		return
	}
	keep[best] = true
	simplify(at, keep, from, best)
	simplify(at, keep, best, to)
}

// offChord is how far p lies from the segment from a to b.
func offChord(p, a, b [2]float64) float64 {
	ux, uy := b[0]-a[0], b[1]-a[1]
	s := 0.
	if l := ux*ux + uy*uy; l > 0 {
		s = max(0, min(1, ((p[0]-a[0])*ux+(p[1]-a[1])*uy)/l))
	}
	return math.Hypot(p[0]-a[0]-s*ux, p[1]-a[1]-s*uy)
}

// marks draws the critical detection points and meeting places, and numbers
// the crossings that are drawn in time. The small marks lie below the map's
// names, which are many where the marks are.
func (c *cartographer) marks(w *weakness) string {
	var small, large, names drawing
	labels := c.labels // of this map only
	labels.taken = labels.taken[:len(labels.taken):len(labels.taken)]
	for i := range w.worst.Kilometres {
		k := &w.worst.Kilometres[i]
		if k.Path == nil || !c.shows(k) {
			continue
		}
		d, size := &small, .62
		if w.drawn(i) {
			d, size = &large, 1
		}
		c.mark(d, k, size)
	}
	for _, i := range w.first[:min(drawn, len(w.first))] {
		if k := &w.worst.Kilometres[i]; k.Path != nil && c.shows(k) {
			x, y := c.xy(k.Path.At[0])
			if l, ok := labels.place(x, y, 5, textSize+1, fmt.Sprintf("%d: km %s, P(I) %s", w.rank(i), spanOf(k), chance(k.PI)), fmt.Sprint(w.rank(i))); ok {
				names.add(`<text class="weak" x="%.1f" y="%.1f">%s</text>`, l.x, l.y, esc(l.text))
			}
		}
	}
	return fmt.Sprintf(`%s<use href="#names-%d"/>%s%s`, small.String(), c.number, large.String(), names.String())
}

// mark draws where a crossing can still be met.
func (c *cartographer) mark(d *drawing, k *crossing.Kilometre, size float64) {
	p := k.Path
	if p.Critical < 0 || p.MeetAt < 0 {
		return
	}
	for _, s := range []struct {
		kind, what string
		at         geo.Point
	}{{"met", "meeting place, " + p.Responder, p.At[p.MeetAt]}, {"critical", "critical detection point", p.At[p.Critical]}} {
		x, y := c.xy(s.at)
		d.add(`<g><title>km %s: %s</title>%s</g>`, spanOf(k), esc(s.what), waySign(s.kind, x, y, size))
	}
}

// waySigns are drawn around 0, 0: a circle that is half filled, in time on one
// side and too late on the other, and a star of four points.
var waySigns = map[string]string{
	"critical": `<circle class="sign open" r="5.2"/><path class="sign-fill" d="M0 -5.2A5.2 5.2 0 0 0 0 5.2Z"/>`,
	"met":      `<path class="sign-star" d="M0 -7L1.9 -1.9L7 0L1.9 1.9L0 7L-1.9 1.9L-7 0L-1.9 -1.9Z"/>`,
}

func waySign(kind string, x, y, size float64) string {
	return fmt.Sprintf(`<g transform="translate(%.1f %.1f) scale(%.2f)">%s</g>`, x, y, size, waySigns[kind])
}
