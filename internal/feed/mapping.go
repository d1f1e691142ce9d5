package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"vedette/internal/tactical"
	"vedette/track"
)

// The bounds of a JSON document.
const (
	MaxDocument = 1 << 20 // bytes
	MaxDepth    = 32      // objects and lists within one another
	MaxItems    = 5000    // observations
)

// The reasons for which a mapping refuses a document or an item of it, besides
// those of an observation.
const (
	BadDocument track.Reason = "document"  // no JSON, or over a bound
	NoField     track.Reason = "no-field"  // a field that the mapping needs is missing
	BadField    track.Reason = "bad-field" // a field of another form than it must have
	NotMapped   track.Reason = "unknown-field"
	Retained    track.Reason = "retained" // an old message without a time of its own
)

// Mapping reads observations out of JSON by the paths in the settings.
//
// A path is names joined by dots; a number is a place in a list, from 0. In a
// mapping for MQTT, $topic.N is level N of the topic, from 0. Fields are id,
// type, label, lat_deg, lon_deg, hae_m, ce_m, le_m, course_deg, speed_m_s, time,
// stale and gone, and prop.NAME for a property. Without any, an item has these
// very names, and an object props; a name that is none of them is refused.
type Mapping struct {
	items  path
	fields map[string]path
	own    bool // no fields were given: the names are ours
	scale  map[string]float64
	times  string
	typ    string
}

type path []string

// NewMapping makes the mapping that c tells. The error tells everything that is
// wrong with it.
func NewMapping(c Config) (*Mapping, error) {
	c = c.filled()
	m := &Mapping{items: parsePath(c.Items), fields: map[string]path{}, scale: c.Scale, times: c.TimeFormat, typ: c.Type}
	m.own = len(c.Fields) == 0
	if m.own {
		for _, name := range fieldNames() {
			m.fields[name] = path{name}
		}
		return m, checkScale(c.Scale, m.fields)
	}
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(c.Fields)) {
		if err := checkField(name, c.Fields[name]); err != nil {
			wrong = append(wrong, err)
		}
		m.fields[name] = parsePath(c.Fields[name])
	}
	if _, lat := m.fields["lat_deg"]; !lat {
		wrong = append(wrong, errors.New("fields: no lat_deg; give the path of the latitude"))
	}
	if _, lon := m.fields["lon_deg"]; !lon {
		wrong = append(wrong, errors.New("fields: no lon_deg; give the path of the longitude"))
	}
	wrong = append(wrong, checkScale(c.Scale, m.fields))
	return m, errors.Join(wrong...)
}

func fieldNames() []string {
	return append([]string{"id", "type", "label", "time", "stale", "gone"}, numberNames()...)
}

func numberNames() []string {
	return []string{"lat_deg", "lon_deg", "hae_m", "ce_m", "le_m", "course_deg", "speed_m_s"}
}

func checkField(name, p string) error {
	if p == "" || len(p) > 256 {
		return fmt.Errorf("fields.%s: the path %.40q; give names joined by dots", name, p)
	}
	if prop, ok := strings.CutPrefix(name, "prop."); ok {
		if err := track.CheckProp(prop); err != nil {
			return fmt.Errorf("fields.%s: %w", name, err)
		}
		return nil
	}
	if !slices.Contains(fieldNames(), name) {
		return fmt.Errorf("fields.%s: is no field; give one of %s, or prop.NAME", name, strings.Join(fieldNames(), ", "))
	}
	return nil
}

func checkScale(scale map[string]float64, fields map[string]path) error {
	for _, name := range slices.Sorted(maps.Keys(scale)) {
		if !slices.Contains(numberNames(), name) || fields[name] == nil {
			return fmt.Errorf("scale.%s: is no number among the fields; leave it out", name)
		}
		if v := scale[name]; v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("scale.%s: %v; give a factor", name, v)
		}
	}
	return nil
}

func parsePath(s string) path {
	if s == "" {
		return nil
	}
	return strings.Split(s, ".")
}

// Found is what a mapping read in a document.
type Found struct {
	Observations []*track.Observation
	Refused      []*track.Refusal // of items, or of the document as a whole
	Timed        bool             // every observation has a time of its own
}

// Read reads a document. Topic is that of MQTT, else empty.
func (m *Mapping) Read(topic string, doc []byte) Found {
	root, err := decodeJSON(doc)
	if err != nil {
		return Found{Refused: []*track.Refusal{{Reason: BadDocument, Detail: err.Error()}}}
	}
	items, err := m.list(root)
	if err != nil {
		return Found{Refused: []*track.Refusal{{Reason: BadDocument, Detail: err.Error()}}}
	}
	found := Found{Timed: true}
	levels := strings.Split(topic, "/")
	for _, item := range items {
		o, refusal := m.item(item, levels)
		if refusal != nil {
			found.Refused = append(found.Refused, refusal)
			continue
		}
		found.Timed = found.Timed && !o.Time.IsZero()
		found.Observations = append(found.Observations, o)
	}
	return found
}

// decodeJSON reads one value, within the bounds.
func decodeJSON(doc []byte) (any, error) {
	if len(doc) > MaxDocument {
		return nil, fmt.Errorf("the document has %d bytes, over %d", len(doc), MaxDocument)
	}
	if err := checkDepth(doc); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	var root any
	if err := dec.Decode(&root); err != nil {
		return nil, fmt.Errorf("the document is no JSON: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("something stands behind the document")
	}
	return root, nil
}

// checkDepth looks at brackets outside of strings, so that nothing is built of
// what is too deep.
func checkDepth(doc []byte) error {
	depth, quoted, escaped := 0, false, false
	for _, b := range doc {
		switch {
		case escaped:
			escaped = false
		case quoted && b == '\\':
			escaped = true
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{' || b == '[':
			if depth++; depth > MaxDepth {
				return fmt.Errorf("the document is nested deeper than %d", MaxDepth)
			}
		case b == '}' || b == ']':
			depth--
		}
	}
	return nil
}

func (m *Mapping) list(root any) ([]any, error) {
	at, there := m.items.find(root)
	if !there {
		return nil, fmt.Errorf("the document has no %s", strings.Join(m.items, "."))
	}
	switch v := at.(type) {
	case []any:
		if len(v) > MaxItems {
			return nil, fmt.Errorf("the document has %d items, over %d; send several", len(v), MaxItems)
		}
		return v, nil
	case map[string]any:
		return []any{v}, nil
	}
	return nil, errors.New("the document is neither an object nor a list of objects")
}

// find follows a path.
func (p path) find(v any) (any, bool) {
	for _, step := range p {
		switch in := v.(type) {
		case map[string]any:
			next, ok := in[step]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(in) {
				return nil, false
			}
			v = in[i]
		default:
			return nil, false
		}
	}
	return v, v != nil
}

// item reads one observation.
func (m *Mapping) item(item any, levels []string) (*track.Observation, *track.Refusal) {
	r := &itemReader{mapping: m, item: item, levels: levels}
	if m.own {
		r.onlyOurs()
	}
	o := blank()
	o.ID, o.Type, o.Label = r.text("id"), r.text("type"), r.text("label")
	if o.Type == "" {
		o.Type = m.typ
	}
	o.At.Lat, o.At.Lon = r.number("lat_deg"), r.number("lon_deg")
	o.HAE, o.CE, o.LE = r.number("hae_m"), r.number("ce_m"), r.number("le_m")
	o.Course, o.Speed = r.number("course_deg"), r.number("speed_m_s")
	o.Time, o.Stale = r.time("time"), r.time("stale")
	o.Gone = r.truth("gone")
	o.Props = r.props()
	r.needPlace(o)
	return o, r.refusal
}

// itemReader reads the fields of one item, and keeps the first refusal.
type itemReader struct {
	mapping *Mapping
	item    any
	levels  []string
	refusal *track.Refusal
}

func (r *itemReader) refuse(reason track.Reason, format string, args ...any) {
	if r.refusal == nil {
		r.refusal = &track.Refusal{Reason: reason, Detail: fmt.Sprintf(format, args...)}
	}
}

// onlyOurs refuses names that are none of ours: a misspelt one is not lost in
// silence.
func (r *itemReader) onlyOurs() {
	object, ok := r.item.(map[string]any)
	if !ok {
		r.refuse(BadField, "an item is no object")
		return
	}
	for name := range object {
		if _, ours := r.mapping.fields[name]; !ours && name != "props" {
			r.refuse(NotMapped, "%.80q is no field; give %s or props", name, strings.Join(fieldNames(), ", "))
		}
	}
}

// needPlace holds an item to a latitude and a longitude, except where it says
// that something is gone.
func (r *itemReader) needPlace(o *track.Observation) {
	lat, lon := !math.IsNaN(o.At.Lat), !math.IsNaN(o.At.Lon)
	switch {
	case lat && lon:
		o.Fix = true
	case o.Gone && !lat && !lon && o.ID != "":
		o.At.Lat, o.At.Lon = 0, 0
	default:
		r.refuse(NoField, "an item has no latitude or no longitude")
	}
}

// find gives the value of a field, from the item or the topic.
func (r *itemReader) find(name string) (any, bool) {
	p, mapped := r.mapping.fields[name]
	if !mapped {
		return nil, false
	}
	if len(p) == 2 && p[0] == "$topic" {
		i, err := strconv.Atoi(p[1])
		if err != nil || i < 0 || i >= len(r.levels) {
			return nil, false
		}
		return r.levels[i], true
	}
	return p.find(r.item)
}

func (r *itemReader) text(name string) string {
	v, there := r.find(name)
	if !there {
		return ""
	}
	s, ok := plainText(v)
	if !ok {
		r.refuse(BadField, "%s is neither a text nor a number", name)
	}
	if name == "label" {
		s = tactical.Printable(s, track.MaxLabel)
	}
	return s
}

// plainText gives a text, a number or a truth as text.
func plainText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

func (r *itemReader) number(name string) float64 {
	v, there := r.find(name)
	if !there {
		return math.NaN()
	}
	s, ok := plainText(v)
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if !ok || err != nil || math.IsNaN(n) {
		r.refuse(BadField, "%s is no number: %.40q", name, s)
		return math.NaN()
	}
	if factor, scaled := r.mapping.scale[name]; scaled {
		n *= factor
	}
	return n
}

func (r *itemReader) truth(name string) bool {
	v, there := r.find(name)
	if !there {
		return false
	}
	b, ok := v.(bool)
	if !ok {
		r.refuse(BadField, "%s is neither true nor false", name)
	}
	return b
}

func (r *itemReader) time(name string) time.Time {
	v, there := r.find(name)
	if !there {
		return time.Time{}
	}
	s, ok := plainText(v)
	t, err := parseTime(r.mapping.times, s)
	if !ok || err != nil {
		r.refuse(BadField, "%s is no time of the form %s: %.40q", name, r.mapping.times, s)
	}
	return t
}

// parseTime reads a time in one of the forms of the settings.
func parseTime(form, s string) (time.Time, error) {
	if form == "rfc3339" {
		t, err := time.Parse(time.RFC3339Nano, s)
		return t.UTC(), err
	}
	n, err := strconv.ParseFloat(s, 64)
	if form == "unix_ms" {
		n /= 1000
	}
	if err != nil || !(math.Abs(n) < 1e10) {
		return time.Time{}, fmt.Errorf("%.40q is no time", s)
	}
	whole, part := math.Modf(n)
	return time.Unix(int64(whole), int64(math.Round(part*1e6))*1000).UTC(), nil
}

// props reads the mapped properties, or those in props where the names are ours.
func (r *itemReader) props() map[string]string {
	props := map[string]string{}
	for field := range r.mapping.fields {
		if name, ok := strings.CutPrefix(field, "prop."); ok {
			if v, there := r.find(field); there {
				r.prop(props, name, v)
			}
		}
	}
	if !r.mapping.own {
		return props
	}
	given, there := path{"props"}.find(r.item)
	all, ok := given.(map[string]any)
	if there && !ok {
		r.refuse(BadField, "props is no object")
	}
	for name, v := range all {
		r.prop(props, name, v)
	}
	return props
}

func (r *itemReader) prop(props map[string]string, name string, v any) {
	s, ok := plainText(v)
	if !ok {
		r.refuse(BadField, "property %.80s is neither a text nor a number", name)
	}
	putProp(props, name, s)
}
