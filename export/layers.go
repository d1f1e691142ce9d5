package export

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"vedette/coverage"
	"vedette/export/gpkg"
	"vedette/frontier"
	"vedette/geo"
)

// GeoPackage writes the plan as layers: one for each kind of feature that the
// area has, with all properties as columns; the kilometres of the frontier
// with the watched share of each; the sensors' reaches; the lines between sites
// that see each other; and, of a plan with crossings, their figures by
// kilometre, their ways and what happens on them. Lists among the properties are JSON in a column.
func GeoPackage(ctx context.Context, p Plan, w io.Writer) error {
	about, err := json.Marshal(p.Provenance)
	if err != nil {
		return fmt.Errorf("write the provenance: %w", err)
	}
	zone, _ := p.Result.Frame.CRS.Zone()
	return gpkg.Write(ctx, w, gpkg.Package{
		Changed:  p.Provenance.At,
		Metadata: about,
		Zone:     &zone,
		Layers:   p.layers(),
	})
}

func (p Plan) layers() []gpkg.Layer {
	layers := p.openLayers()
	if p.Provenance.Public {
		for i := range layers {
			layers[i] = withoutNotes(layers[i])
		}
	} else {
		layers = append(layers, p.closedLayers()...)
	}
	var present []gpkg.Layer
	for _, l := range layers {
		if len(l.Features) > 0 {
			l.Description = strings.TrimSpace(l.Description + "\n" + p.Provenance.Text())
			present = append(present, l)
		}
	}
	return present
}

// withoutNotes leaves the free text of a layer out: nobody knows what it says.
func withoutNotes(l gpkg.Layer) gpkg.Layer {
	i := slices.IndexFunc(l.Columns, func(c gpkg.Column) bool { return c.Name == "note" })
	if i < 0 {
		return l
	}
	l.Columns = slices.Delete(l.Columns, i, i+1)
	for k, f := range l.Features {
		l.Features[k].Values = slices.Delete(f.Values, i, i+1)
	}
	return l
}

// openLayers are those that anybody may see: what every map of the country
// shows, and the frontier.
func (p Plan) openLayers() []gpkg.Layer {
	a := p.Area
	rivers, lakes := waters(a.Waters)
	return []gpkg.Layer{
		features("frontier", gpkg.Line, []frontier.Frontier{a.Frontier}, func(f *frontier.Frontier) []geo.Point { return f.Line }),
		features("roads", gpkg.Line, a.Roads, func(r *frontier.Road) []geo.Point { return r.Line }),
		features("waters", gpkg.Line, rivers, func(w *frontier.Water) []geo.Point { return w.Line }),
		features("lakes", gpkg.Polygon, lakes, func(w *frontier.Water) []geo.Point { return w.Ring }),
		features("bridges", gpkg.Point, a.Bridges, func(b *frontier.Bridge) []geo.Point { return []geo.Point{b.At} }),
		features("gates", gpkg.Point, a.Gates, func(g *frontier.Gate) []geo.Point { return []geo.Point{g.At} }),
		features("grounds", gpkg.Polygon, a.Grounds, func(g *frontier.Ground) []geo.Point { return g.Ring }),
	}
}

// closedLayers say where we are, what we have, what we see and where we are
// weak.
func (p Plan) closedLayers() []gpkg.Layer {
	a := p.Area
	return append([]gpkg.Layer{
		p.kilometres(),
		features("sites", gpkg.Point, a.Sites, func(s *frontier.Site) []geo.Point { return []geo.Point{s.At} }),
		p.sensors(),
		p.sightLines(),
		features("barriers", gpkg.Line, a.Barriers, func(b *frontier.Barrier) []geo.Point { return b.Line }),
		p.openings(),
		features("bases", gpkg.Point, a.Bases, func(b *frontier.Base) []geo.Point { return []geo.Point{b.At} }),
		features("units", gpkg.Point, a.Units, func(u *frontier.Unit) []geo.Point { return known(u.At) }),
		features("patrols", gpkg.Line, a.Patrols, func(q *frontier.Patrol) []geo.Point { return q.Line }),
		features("sources", gpkg.Polygon, a.Sources, func(s *frontier.Source) []geo.Point { return s.Ring }),
		features("exits", gpkg.Polygon, a.Exits, func(e *frontier.Exit) []geo.Point { return e.Ring }),
		features("zones", gpkg.Polygon, a.Zones, func(z *frontier.Zone) []geo.Point { return z.Ring }),
		features("protected", gpkg.Point, a.Protected, func(q *frontier.Protected) []geo.Point { return []geo.Point{q.At} }),
		features("controls", gpkg.Polygon, a.Controls, func(c *frontier.Control) []geo.Point { return c.Ring }),
	}, p.crossingLayers()...)
}

// known is a place, or nothing for a unit that has only a base.
func known(at geo.Point) []geo.Point {
	if at == (geo.Point{}) {
		return nil
	}
	return []geo.Point{at}
}

func waters(all []frontier.Water) (rivers, lakes []frontier.Water) {
	for _, w := range all {
		if len(w.Line) > 0 {
			rivers = append(rivers, w)
		} else {
			lakes = append(lakes, w)
		}
	}
	return rivers, lakes
}

// features makes a layer of the features of one kind: a column for each field
// that the area file knows by name.
func features[T any](name string, shape gpkg.Shape, items []T, where func(*T) []geo.Point) gpkg.Layer {
	fields := fieldsOf(reflect.TypeFor[T]())
	l := gpkg.Layer{Name: name, Shape: shape}
	for _, f := range fields {
		l.Columns = append(l.Columns, gpkg.Column{Name: f.name, Type: f.kind})
	}
	for i := range items {
		points := where(&items[i])
		if len(points) == 0 { // a unit without a place of its own
			continue
		}
		l.Features = append(l.Features, gpkg.Feature{Points: points, Values: values(reflect.ValueOf(&items[i]).Elem(), fields)})
	}
	return l
}

// field is a property of a feature: its name in the area file and its column.
type field struct {
	name  string
	index []int
	kind  gpkg.Type
}

func fieldsOf(t reflect.Type) []field {
	var out []field
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		out = append(out, field{name, f.Index, columnType(f.Type)})
	}
	return out
}

func columnType(t reflect.Type) gpkg.Type {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Float64:
		return gpkg.Real
	case reflect.Int, reflect.Int64:
		return gpkg.Integer
	case reflect.Bool:
		return gpkg.Boolean
	}
	return gpkg.Text
}

// values are the columns of one feature: nothing where a number that may be
// left out is, JSON for lists.
func values(v reflect.Value, fields []field) []any {
	out := make([]any, len(fields))
	for i, f := range fields {
		out[i] = value(v.FieldByIndex(f.index))
	}
	return out
}

func value(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return value(v.Elem())
	case reflect.Slice:
		if v.Len() == 0 {
			return nil
		}
		text, err := json.Marshal(v.Interface())
		if err != nil { // a number that JSON cannot hold
			return fmt.Sprint(v.Interface())
		}
		return string(text)
	case reflect.String:
		return v.String()
	}
	return v.Interface()
}

// kilometres is the frontier cut at its kilometre marks, with what of its
// strip is watched in each condition.
func (p Plan) kilometres() gpkg.Layer {
	l := gpkg.Layer{Name: "kilometres", Shape: gpkg.Line,
		Description: "The frontier by kilometre: share of its strip that is watched (0 to 1), and watched by two sites or more.",
		Columns:     []gpkg.Column{{Name: "from_km", Type: gpkg.Real}, {Name: "to_km", Type: gpkg.Real}}}
	names := columnNames(p.Result.Views)
	for _, n := range names {
		l.Columns = append(l.Columns, gpkg.Column{Name: "watched_" + n, Type: gpkg.Real}, gpkg.Column{Name: "twice_" + n, Type: gpkg.Real})
	}
	t := p.trace()
	for i, s := range p.Result.Views[0].ByKM {
		row := []any{round(s.From, 3), round(s.To, 3)}
		for _, v := range p.Result.Views {
			row = append(row, round(v.ByKM[i].Ratio(), 4), round(twice(v.ByKM[i]), 4))
		}
		l.Features = append(l.Features, gpkg.Feature{Points: t.between(s.From, s.To), Values: row})
	}
	return l
}

func (p Plan) trace() trace { return newTrace(p.plane(), p.Area.Frontier.Line) }

func (p Plan) plane() plane {
	zone, _ := p.Result.Frame.CRS.Zone()
	return plane{zone}
}

var notPlain = regexp.MustCompile(`[^a-z0-9]+`)

// columnNames are names of conditions that can stand in a column's name, each
// different from the others.
func columnNames(views []coverage.View) []string {
	taken := map[string]bool{}
	var out []string
	for i, v := range views {
		n := strings.Trim(notPlain.ReplaceAllString(strings.ToLower(v.Condition.Name), "_"), "_")
		if n == "" || taken[n] || len(n) > 40 {
			n = fmt.Sprintf("condition_%d", i+1)
		}
		taken[n] = true
		out = append(out, n)
	}
	return out
}

// sensors is the reach of each sensor on flat ground in clear air by day, as
// the sector that it looks at.
func (p Plan) sensors() gpkg.Layer {
	type sensor struct {
		Site string `json:"site"`
		frontier.Sensor
		ring []geo.Point
	}
	var all []sensor
	for _, s := range p.Area.Sites {
		for _, n := range s.Sensors {
			all = append(all, sensor{s.ID, n, p.plane().sector(s.At, n)})
		}
	}
	l := features("sensors", gpkg.Polygon, all, func(s *sensor) []geo.Point { return s.ring })
	l.Description = "Nominal reach of each sensor by day in clear air: what it could see on flat ground."
	return l
}

// sector is the outline of what a sensor could see on flat ground. Its
// bearings are true, those of the plane are turned by the convergence.
func (p plane) sector(at geo.Point, s frontier.Sensor) []geo.Point {
	centre, turn := p.xy(at), p.convergence(at)
	from, arc := 0.0, 360.0
	if s.ArcFromDeg != nil && s.ArcToDeg != nil && *s.ArcFromDeg != *s.ArcToDeg {
		from = *s.ArcFromDeg
		arc = math.Mod(*s.ArcToDeg-from+360, 360)
	}
	var ring []geo.Point
	steps := max(3, int(math.Ceil(arc/5)))
	for i := range steps + 1 {
		b := (from - turn + arc*float64(i)/float64(steps)) * math.Pi / 180
		ring = append(ring, p.point(geo.XY{X: centre.X + s.RangeM*math.Sin(b), Y: centre.Y + s.RangeM*math.Cos(b)}))
	}
	if arc < 360 {
		ring = append(ring, at)
	}
	return ring
}

// sightLines joins the sites that see each other.
func (p Plan) sightLines() gpkg.Layer {
	type pair struct {
		From      string  `json:"from_site"`
		To        string  `json:"to_site"`
		DistanceM float64 `json:"distance_m"`
		line      []geo.Point
	}
	var pairs []pair
	for i, a := range p.Result.Sites {
		for j, b := range p.Result.Sites[:i] {
			if p.mutual(i, j) {
				pairs = append(pairs, pair{b.Site.ID, a.Site.ID, round(geo.Distance(a.Site.At, b.Site.At), 1), []geo.Point{b.Site.At, a.Site.At}})
			}
		}
	}
	l := features("sight_lines", gpkg.Line, pairs, func(p *pair) []geo.Point { return p.line })
	l.Description = "Sites whose eyes see each other."
	return l
}

// openings are the gaps and breaches of the barriers.
func (p Plan) openings() gpkg.Layer {
	type opening struct {
		Barrier string `json:"barrier"`
		frontier.Opening
		at geo.Point
	}
	var all []opening
	for _, b := range p.Area.Barriers {
		t := newTrace(p.plane(), b.Line)
		for _, o := range b.Openings {
			all = append(all, opening{b.ID, o, t.at(o.AtKM)})
		}
	}
	return features("openings", gpkg.Point, all, func(o *opening) []geo.Point { return []geo.Point{o.at} })
}
