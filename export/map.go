package export

import (
	"encoding/xml"
	"fmt"
	"html/template"
	"math"
	"strings"

	"vedette/frontier"
	"vedette/geo"
	"vedette/grid"
)

// A map is drawn in units of which about a thousand span it; they are pixels
// on a wide screen.
const (
	mapWidth, mapHeight                = 960, 1080 // at most, of what lies inside the neat line
	marginLeft, marginTop, marginRight = 22, 46, 10
	marginBottom                       = 66
	textSize                           = 11.5
)

// drawing is SVG being written.
type drawing struct{ strings.Builder }

// add appends markup. Numbers go in as %.1f, text through esc.
func (d *drawing) add(format string, args ...any) { fmt.Fprintf(d, format, args...) }

// esc makes text safe inside SVG, as content and as an attribute.
func esc(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return ""
	}
	return b.String()
}

// cartographer draws the maps of one sheet. What the maps share is drawn once
// and used again by the others.
type cartographer struct {
	sheet
	plan    Plan
	plane   plane
	trace   trace
	scale   float64 // units per cell
	frame   box     // the neat line
	labels  placer
	legend  legend
	relief  relief
	sharing bool // the shared parts are drawn
}

func newCartographer(p Plan, s sheet) *cartographer {
	c := &cartographer{sheet: s, plan: p, plane: p.plane(), trace: p.trace(), legend: legend{}}
	c.scale = min(mapWidth/float64(s.window.Dx()), mapHeight/float64(s.window.Dy()))
	c.frame = box{marginLeft, marginTop, marginLeft + c.scale*float64(s.window.Dx()), marginTop + c.scale*float64(s.window.Dy())}
	c.labels.bounds = c.frame
	return c
}

// xy is the place of a point on the drawing.
func (c *cartographer) xy(p geo.Point) (x, y float64) { return c.unit(c.plane.xy(p)) }

func (c *cartographer) unit(p geo.XY) (x, y float64) {
	col, row := c.plan.Result.Frame.Locate(p)
	return c.frame.x0 + (col+.5-float64(c.window.Min.X))*c.scale, c.frame.y0 + (row+.5-float64(c.window.Min.Y))*c.scale
}

// point is the place of a spot of the drawing on the Earth.
func (c *cartographer) point(x, y float64) geo.Point {
	f := c.plan.Result.Frame
	return c.plane.point(geo.XY{
		X: f.X0 + ((x-c.frame.x0)/c.scale+float64(c.window.Min.X))*f.DX,
		Y: f.Y0 - ((y-c.frame.y0)/c.scale+float64(c.window.Min.Y))*f.DY,
	})
}

// path is a line as the d of an SVG path, without vertices too close to see.
func (c *cartographer) path(line []geo.Point) string {
	var b strings.Builder
	lastX, lastY := math.Inf(-1), math.Inf(-1)
	for i, p := range line {
		x, y := c.xy(p)
		if i > 0 && i < len(line)-1 && math.Hypot(x-lastX, y-lastY) < .5 {
			continue
		}
		lastX, lastY = x, y
		fmt.Fprintf(&b, "%c%.1f %.1f", "ML"[min(i, 1)], x, y)
	}
	return b.String()
}

// overlay draws what differs between the maps of a sheet: under lies below
// the lines and symbols, over above them.
type overlay struct {
	id, title, describe string
	under               string
	over                func() string // called once the names have their places
}

// draw is one map as SVG.
func (c *cartographer) draw(o overlay) (template.HTML, error) {
	var d drawing
	w, h := c.frame.x1+marginRight, c.frame.y1+marginBottom
	d.add(`<svg class="map" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img" aria-labelledby="%s-t %[5]s-d">`,
		w, h, w, h, o.id)
	d.add("<title id=\"%s-t\">%s</title><desc id=\"%[1]s-d\">%[3]s</desc>\n", o.id, esc(o.title), esc(o.describe))
	d.add(`<rect class="paper" width="%.0f" height="%.0f"/>`, w, h)
	d.add(`<clipPath id="%s-c"><rect x="%.1f" y="%.1f" width="%.1f" height="%.1f"/></clipPath>`+"\n", o.id,
		c.frame.x0, c.frame.y0, c.frame.x1-c.frame.x0, c.frame.y1-c.frame.y0)
	d.add(`<g clip-path="url(#%s-c)">`, o.id)
	if err := c.ground(&d); err != nil {
		return "", err
	}
	d.add("%s", o.under)
	c.works(&d)
	if o.over != nil {
		d.add("%s", o.over())
	}
	d.add("</g>\n")
	c.margins(&d, o.title)
	d.add("</svg>")
	c.sharing = true
	return template.HTML(d.String()), nil
}

// shared draws a part the first time and uses it afterwards.
func (c *cartographer) shared(d *drawing, name string, draw func(d *drawing) error) error {
	if c.sharing {
		d.add(`<use href="#%s-%d"/>`, name, c.number)
		return nil
	}
	d.add(`<g id="%s-%d">`, name, c.number)
	if err := draw(d); err != nil {
		return err
	}
	d.add("</g>\n")
	return nil
}

// ground draws the shaded relief.
func (c *cartographer) ground(d *drawing) error {
	return c.shared(d, "relief", func(d *drawing) error {
		c.relief = shade(c.plan.Ground, c.window, c.step)
		uri, err := jpegURI(c.relief.image)
		if err != nil {
			return fmt.Errorf("draw the relief: %w", err)
		}
		d.add("%s", c.image(uri, ""))
		return nil
	})
}

// image lays a picture of the sheet's pixels over the map.
func (c *cartographer) image(uri, class string) string {
	size := pixels(c.window, c.step)
	side := c.scale * float64(c.step)
	return fmt.Sprintf(`<image class="raster %s" x="%.1f" y="%.1f" width="%.2f" height="%.2f" preserveAspectRatio="none" href="%s"/>`,
		class, c.frame.x0, c.frame.y0, side*float64(size.Dx()), side*float64(size.Dy()), uri)
}

// works draws what stands on the ground: lines, symbols and their names.
func (c *cartographer) works(d *drawing) {
	_ = c.shared(d, "works", func(d *drawing) error {
		var symbols, names drawing
		c.reserve()
		c.graticule(d)
		c.areas(d)
		c.lines(d)
		c.frontier(d, &names)
		if !c.plan.Provenance.Public {
			c.sites(&symbols, &names)
		}
		c.places(&symbols, &names)
		c.lineNames(&names)
		d.add("\n%s\n<g id=\"names-%d\">%s</g>", symbols.String(), c.number, names.String())
		return nil
	})
}

// lines draws roads, waters and barriers.
func (c *cartographer) lines(d *drawing) {
	a := c.plan.Area
	for _, w := range a.Waters {
		if len(w.Line) > 0 {
			c.stroke(d, w.Type, w.Line, w.Named)
		}
	}
	for _, r := range a.Roads {
		c.stroke(d, r.Type, r.Line, r.Named)
	}
	if c.plan.Provenance.Public {
		return
	}
	for _, b := range a.Barriers {
		c.stroke(d, b.Type, b.Line, b.Named)
	}
	for _, b := range a.Barriers {
		t := newTrace(c.plane, b.Line)
		for _, o := range b.Openings {
			c.opening(d, t.at(o.AtKM), o)
		}
	}
}

// strokes are the classes of CSS that draw a line of some type, one over the
// other.
var strokes = map[string][]string{
	"river":  {"casing wide", "river"},
	"wadi":   {"wadi"},
	"paved":  {"casing", "paved"},
	"track":  {"track"},
	"berm":   {"berm ticks", "berm"},
	"trench": {"trench", "trench inner"},
	"wire":   {"wire", "wire dots"},
	"fence":  {"fence ticks", "fence"},
	"wall":   {"wall"},
}

func (c *cartographer) stroke(d *drawing, kind string, line []geo.Point, n frontier.Named) {
	classes, ok := strokes[kind]
	if !ok || !c.touches(line) {
		return
	}
	path := c.path(line)
	d.add("<g><title>%s</title>", esc(kindName(kind)+" "+title(n)))
	for _, class := range classes {
		d.add(`<path class="%s" d="%s"/>`, class, path)
	}
	d.add("</g>\n")
	c.legend.line(kind)
}

// touches tells whether a line may be on the map: whether its box is.
func (c *cartographer) touches(line []geo.Point) bool {
	b := box{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for _, p := range line {
		x, y := c.xy(p)
		b = box{min(b.x0, x), min(b.y0, y), max(b.x1, x), max(b.y1, y)}
	}
	return b.overlaps(c.frame)
}

func (c *cartographer) opening(d *drawing, at geo.Point, o frontier.Opening) {
	x, y := c.xy(at)
	if !c.frame.holds(x, y) {
		return
	}
	what := "gap"
	if o.Breach {
		what = "breach"
	}
	d.add(`<g><title>%s of %.0f m</title>%s</g>`, what, o.WidthM, symbol(what, x, y))
	c.legend.symbol(what)
}

// areas draws grounds, lakes and ground that somebody holds.
func (c *cartographer) areas(d *drawing) {
	a := c.plan.Area
	for _, g := range a.Grounds {
		if g.Class == "village" {
			c.area(d, "village", g.Ring, "village "+title(g.Named))
		}
	}
	for _, w := range a.Waters {
		if len(w.Ring) > 0 {
			c.area(d, "lake", w.Ring, "lake "+title(w.Named))
		}
	}
	if c.plan.Provenance.Public {
		return
	}
	for _, k := range a.Controls {
		c.area(d, "control", k.Ring, fmt.Sprintf("held by %s on %s, by %s", k.Party, k.Date, k.Source))
	}
}

func (c *cartographer) area(d *drawing, class string, ring []geo.Point, what string) {
	if !c.touches(ring) {
		return
	}
	d.add("<path class=\"%s\" d=\"%sZ\"><title>%s</title></path>\n", class, c.path(ring), esc(what))
	c.legend.area(class)
}

// frontier draws the line and its kilometre marks.
func (c *cartographer) frontier(d, names *drawing) {
	path := c.path(c.plan.Area.Frontier.Line)
	d.add(`<path class="frontier casing" d="%s"/><path class="frontier" d="%[1]s"/>`, path)
	every := c.kmStep()
	last := int(c.trace.length())
	for km := max(0, c.fromKM); km <= min(last, c.toKM); km++ {
		x, y := c.xy(c.trace.at(float64(km)))
		nx, ny := c.normal(float64(km))
		long := 3.0
		if km%every == 0 {
			long = 6
			c.kmLabel(names, km, x, y)
		}
		d.add(`<path class="mark" d="M%.1f %.1fL%.1f %.1f"/>`, x-nx*long, y-ny*long, x+nx*long, y+ny*long)
	}
	c.sideNames(names)
	c.legend.line("frontier")
}

// kmStep is the distance between labelled kilometre marks.
func (c *cartographer) kmStep() int {
	if c.toKM-c.fromKM > 60 {
		return 10
	}
	return 5
}

func (c *cartographer) kmLabel(names *drawing, km int, x, y float64) {
	if l, ok := c.labels.place(x, y, 6, textSize, fmt.Sprintf("km %d", km)); ok {
		names.add(`<text class="label km" x="%.1f" y="%.1f">%s</text>`, l.x, l.y, l.text)
	}
}

// normal is the direction on the drawing from the frontier to its left.
func (c *cartographer) normal(km float64) (nx, ny float64) {
	x0, y0 := c.xy(c.trace.at(km - .2))
	x1, y1 := c.xy(c.trace.at(km + .2))
	l := math.Hypot(x1-x0, y1-y0)
	if l == 0 {
		return 0, 0
	}
	return (y1 - y0) / l, (x0 - x1) / l
}

// sideNames says which side is which, near the middle of the sheet's stretch.
func (c *cartographer) sideNames(names *drawing) {
	km := float64(c.fromKM+c.toKM) / 2
	left, right := "own side", "far side"
	if c.plan.Area.Frontier.OwnSide == "right" {
		left, right = right, left
	}
	x, y := c.xy(c.trace.at(km))
	nx, ny := c.normal(km)
	const off = 52
	for _, s := range []struct {
		text string
		sign float64
	}{{left, 1}, {right, -1}} {
		if l, ok := c.labels.place(x+s.sign*nx*off, y+s.sign*ny*off, 0, 14, s.text); ok {
			names.add(`<text class="label side" x="%.1f" y="%.1f">%s</text>`, l.x, l.y, s.text)
		}
	}
}

// reserve keeps names off the symbols and the frontier.
func (c *cartographer) reserve() {
	all := c.allPlaces()
	if !c.plan.Provenance.Public {
		for _, s := range c.plan.Area.Sites {
			all = append(all, place{s.Type, s.At, "", ""})
		}
	}
	for _, q := range all {
		if _, ok := symbols[q.kind]; ok {
			x, y := c.xy(q.at)
			c.labels.taken = append(c.labels.taken, around(x, y, 6.5))
		}
	}
	const every, wide = 5, 2.5 // units along the frontier
	perKM := 1000 / c.plan.Result.Frame.DX * c.scale
	for km := float64(c.fromKM); km < float64(c.toKM); km += every / perKM {
		x, y := c.xy(c.trace.at(km))
		c.labels.taken = append(c.labels.taken, around(x, y, wide))
	}
}

// sites draws the sites with their numbers and names.
func (c *cartographer) sites(d, names *drawing) {
	for i, s := range c.plan.Area.Sites {
		x, y := c.xy(s.At)
		if !c.frame.holds(x, y) {
			continue
		}
		d.add("<g><title>%d %s (%s)</title>%s", i+1, esc(title(s.Named)), kindName(s.Type), symbol(s.Type, x, y))
		if s.State == "down" {
			d.add("%s", symbol("down", x, y))
			c.legend.symbol("down")
		}
		d.add("</g>\n")
		c.legend.symbol(s.Type)
		number := fmt.Sprint(i + 1)
		c.name(names, "site", x, y, 7, number+" "+short(title(s.Named)), number)
	}
}

// name writes the first of the texts that finds room beside a symbol.
func (c *cartographer) name(names *drawing, class string, x, y, r float64, texts ...string) {
	if l, ok := c.labels.place(x, y, r, textSize, texts...); ok {
		names.add(`<text class="label %s" x="%.1f" y="%.1f">%s</text>`, class, l.x, l.y, esc(l.text))
	}
}

// place is a feature with one symbol.
type place struct {
	kind  string
	at    geo.Point
	name  string
	class string // of CSS, of the name
}

// places draws gates, bases, bridges and protected places, and names the
// villages.
func (c *cartographer) places(d, names *drawing) {
	all := c.allPlaces()
	for _, q := range all {
		x, y := c.xy(q.at)
		if s := symbol(q.kind, x, y); s != "" && c.frame.holds(x, y) {
			d.add("<g><title>%s %s</title>%s</g>\n", kindName(q.kind), esc(q.name), s)
			c.legend.symbol(q.kind)
		}
	}
	for _, q := range all {
		if x, y := c.xy(q.at); q.name != "" && c.frame.holds(x, y) {
			c.name(names, q.class, x, y, 7, short(q.name))
		}
	}
}

func (c *cartographer) allPlaces() []place {
	a := c.plan.Area
	var all []place
	for _, g := range a.Gates {
		all = append(all, place{"gate", g.At, title(g.Named), ""})
	}
	for _, b := range a.Bridges {
		all = append(all, place{"bridge", b.At, title(b.Named), ""})
	}
	for _, g := range a.Grounds {
		if g.Class == "village" {
			all = append(all, place{"", middle(g.Ring), g.Name, "village-name"})
		}
	}
	for _, w := range a.Waters {
		if len(w.Ring) > 0 {
			all = append(all, place{"", middle(w.Ring), w.Name, "water-name"})
		}
	}
	if c.plan.Provenance.Public {
		return all
	}
	for _, q := range a.Protected {
		all = append(all, place{"protected", q.At, title(q.Named), ""})
	}
	for _, b := range a.Bases {
		all = append(all, place{"base", b.At, title(b.Named), ""})
	}
	return all
}

// middle is the mean of the vertices of a ring: good enough to write a name.
func middle(ring []geo.Point) geo.Point {
	var m geo.Point
	for _, p := range ring {
		m.Lat += p.Lat / float64(len(ring))
		m.Lon += p.Lon / float64(len(ring))
	}
	return m
}

// lineNames names rivers and roads beside a vertex that lies on the map.
func (c *cartographer) lineNames(names *drawing) {
	for _, w := range c.plan.Area.Waters {
		c.lineName(names, "water-name", w.Line, w.Name)
	}
	for _, r := range c.plan.Area.Roads {
		c.lineName(names, "road-name", r.Line, r.Name)
	}
}

func (c *cartographer) lineName(names *drawing, class string, line []geo.Point, name string) {
	if name == "" {
		return
	}
	for i := range line { // from the middle outwards
		k := len(line)/2 + (i+1)/2*(1-i%2*2)
		if k < 0 || k >= len(line) {
			continue
		}
		x, y := c.xy(line[k])
		if l, ok := c.labels.place(x, y, 5, textSize, short(name)); ok {
			names.add(`<text class="label %s" x="%.1f" y="%.1f">%s</text>`, class, l.x, l.y, esc(l.text))
			return
		}
	}
}

// coverage lays the counts of a view over the relief.
func (c *cartographer) coverage(count *grid.Tiled[uint8]) (string, error) {
	uri, err := pngURI(hatched(classes(count, c.window, c.step), c.scale*float64(c.step)))
	if err != nil {
		return "", fmt.Errorf("draw the coverage: %w", err)
	}
	return c.image(uri, "tint"), nil
}

// weakest marks a kilometre beside the frontier and writes its share.
func (c *cartographer) weakest(s *StretchFigures) string {
	if s == nil || int(s.FromKM) < c.fromKM || int(s.FromKM) >= c.toKM {
		return ""
	}
	var d drawing
	d.add(`<path class="weakest" d="%s"/>`, c.path(c.trace.between(s.FromKM, s.ToKM)))
	x, y := c.xy(c.trace.at((s.FromKM + s.ToKM) / 2))
	labels := c.labels // of this map only
	labels.taken = labels.taken[:len(labels.taken):len(labels.taken)]
	if l, ok := labels.place(x, y, 12, textSize+1, fmt.Sprintf("weakest: km %s, %s", span(*s), percent(s.WatchedShare)), "weakest"); ok {
		d.add(`<text class="weak" x="%.1f" y="%.1f">%s</text>`, l.x, l.y, esc(l.text))
	}
	return d.String()
}
