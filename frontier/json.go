package frontier

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of what decoders would make much memory of.
const (
	maxDepth   = 32              // of objects and arrays; an area needs seven
	maxKeys    = 1000            // of one object
	maxItems   = 2 * maxVertices // of one array
	maxParts   = 10_000          // parties, sensors and the like of one list
	maxGuesses = 1000            // words of which the nearest is looked for
)

// malformed tells the first place at which the text is no JSON, nests too
// deep, or has a key twice in one object; nil where there is none.
func malformed(text []byte) *Problem {
	if !utf8.Valid(text) {
		at := 0
		for at < len(text) {
			r, size := utf8.DecodeRune(text[at:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			at += size
		}
		return unread(text, at, "the text is not UTF-8", "save the file as UTF-8")
	}
	var all json.RawMessage
	err := json.Unmarshal(text, &all)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax) && int(syntax.Offset) >= len(bytes.TrimRight(text, " \t\r\n")) && strings.HasPrefix(syntax.Error(), "unexpected end"):
		return unread(text, len(text), "the file ends too soon", "close what is open there, or fetch the whole file")
	case errors.As(err, &syntax):
		return unread(text, int(syntax.Offset)-1, syntax.Error(), "mend the JSON there")
	case err != nil:
		return unread(text, 0, err.Error(), "mend the JSON there")
	}
	return walk(text)
}

// unread says that the file cannot be read from a byte on.
func unread(text []byte, at int, what, mend string) *Problem {
	before := text[:min(max(at, 0), len(text))]
	row := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return &Problem{Feature: -1, Problem: fmt.Sprintf("line %d, column %d: %s", row, column, what), Mend: mend}
}

// walk looks through well-formed JSON for keys that stand twice in an object,
// of which a decoder would drop one unsaid, and for what is too deep or too
// much.
func walk(text []byte) *Problem {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	open := []level{{}} // the outermost holds the one value of the file
	for {
		token, err := dec.Token()
		if err != nil {
			return nil // the end: the text is well formed
		}
		at := int(dec.InputOffset())
		delim, _ := token.(json.Delim)
		if delim == '}' || delim == ']' {
			open = open[:len(open)-1]
			continue
		}
		if what, mend := open[len(open)-1].take(token); what != "" {
			if _, ok := token.(string); ok {
				at = lastQuote(text, at) + 1
			}
			return unread(text, at-1, what, mend)
		}
		if delim != 0 {
			open = append(open, level{object: delim == '{', wantsKey: delim == '{'})
		}
		if len(open) > maxDepth+1 {
			return unread(text, at-1, fmt.Sprintf("nested more than %d deep", maxDepth), "give a GeoJSON FeatureCollection")
		}
	}
}

// lastQuote is where the string that ends before at begins.
func lastQuote(text []byte, at int) int {
	for i := at - 2; i > 0; i-- {
		if text[i] == '"' {
			escapes := 0
			for i-1-escapes >= 0 && text[i-1-escapes] == '\\' {
				escapes++
			}
			if escapes%2 == 0 {
				return i
			}
		}
	}
	return 0
}

func quoted(text any) string { return cut(fmt.Sprintf("%q", text)) }

// level is an object or an array that is open.
type level struct {
	object   bool
	wantsKey bool
	keys     map[string]bool
	items    int
}

// take counts a key or the beginning of a value, and tells what is wrong with
// it.
func (l *level) take(token json.Token) (what, mend string) {
	if !l.object {
		if l.items++; l.items > maxItems {
			return fmt.Sprintf("a list of more than %d", maxItems), "split the area"
		}
		return "", ""
	}
	key, _ := token.(string)
	l.wantsKey = !l.wantsKey
	switch {
	case l.wantsKey: // this was a value
		return "", ""
	case l.keys[key]:
		return fmt.Sprintf("the key %s stands twice in one object", quoted(key)), "keep one of the two"
	case len(l.keys) == maxKeys:
		return fmt.Sprintf("an object of more than %d keys", maxKeys), "give a GeoJSON FeatureCollection"
	case l.keys == nil:
		l.keys = map[string]bool{}
	}
	l.keys[key] = true
	return "", ""
}

// fill sets the fields of the struct dst from the members of a JSON object and
// reports what is unknown, missing, of the wrong type or out of range. prefix
// stands before the names in the report.
func (r *report) fill(prefix string, dst reflect.Value, given map[string]json.RawMessage) {
	members := membersOf(dst)
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.name
		raw, ok := given[m.name]
		p, _ := propertyOf(dst.Type(), m.name)
		switch {
		case ok:
			r.set(prefix+m.name, m, p, raw)
		case m.required:
			r.spoil(prefix+m.name, giveWord(p), "is missing")
		}
	}
	r.unknown(prefix, given, names)
}

// unknown reports the members that are not among the known names.
func (r *report) unknown(prefix string, given map[string]json.RawMessage, known []string) {
	var names []string
	for name := range given {
		if !slices.Contains(known, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if r.add(prefix+cut(name), didYouMean(name, known, "take it out; known are "), "is not known here"); r.full {
			return
		}
	}
}

// set decodes one member into its field.
func (r *report) set(field string, m member, p property, raw json.RawMessage) {
	t := m.value.Type()
	switch {
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct:
		m.value.Set(reflect.New(t.Elem()))
		r.setStruct(field, m.value.Elem(), raw)
	case t.Kind() == reflect.Struct:
		r.setStruct(field, m.value, raw)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		r.setStructs(field, m.value, p, raw)
	default:
		if !decodes(m.value, raw) {
			m.value.SetZero()
			r.spoil(field, giveWord(p), "%s is not %s", short(string(raw)), inWords(t))
			return
		}
		if t.Kind() == reflect.Slice && m.value.Len() == 0 {
			m.value.SetZero() // an empty list is none
		}
		r.value(field, m, p)
	}
}

// decodes reads a number, a text, a yes or no, or a list of them. null is
// nothing of these.
func decodes(dst reflect.Value, raw json.RawMessage) bool {
	t := dst.Type()
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.String && bytes.IndexByte(raw, 'n') >= 0 || bytes.Equal(raw, []byte("null")) {
		return false
	}
	return json.Unmarshal(raw, dst.Addr().Interface()) == nil
}

func (r *report) setStruct(field string, dst reflect.Value, raw json.RawMessage) {
	if members, ok := r.object(field, raw); ok {
		r.fill(field+".", dst, members)
	}
}

func (r *report) setStructs(field string, dst reflect.Value, p property, raw json.RawMessage) {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil || items == nil {
		r.spoil(field, "give a list of "+p.meaning, "%s is not a list", short(string(raw)))
		return
	}
	if len(items) == 0 {
		return
	}
	if len(items) > maxParts {
		r.spoil(field, "give fewer", "%d are more than %d", len(items), maxParts)
		return
	}
	dst.Set(reflect.MakeSlice(dst.Type(), len(items), len(items)))
	for i, item := range items {
		if r.setStruct(fmt.Sprintf("%s[%d]", field, i), dst.Index(i), item); r.full {
			return
		}
	}
}

// object opens a JSON object.
func (r *report) object(field string, raw json.RawMessage) (map[string]json.RawMessage, bool) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil || members == nil {
		r.spoil(field, "give an object in braces", "%s is not an object", short(string(raw)))
		return nil, false
	}
	return members, true
}

// value checks a value that was given by itself: its range, its words, its
// length.
func (r *report) value(field string, m member, p property) {
	v := m.value
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Float64:
		r.number(field, p, v.Float())
	case reflect.Int:
		r.number(field, p, float64(v.Int()))
	case reflect.String:
		r.text(field, m, p)
	case reflect.Slice:
		if texts, ok := v.Interface().([]string); ok {
			for i, text := range texts {
				r.plain(fmt.Sprintf("%s[%d]", field, i), p, text)
			}
		}
	}
}

func (r *report) number(field string, p property, v float64) {
	least, most := p.span.limits()
	mend := "give " + p.meaning
	switch {
	case p.span.holds(v):
	case least == 0 && v < 0:
		r.spoil(field, mend, "%g is below zero", v)
	case v <= least && p.span.above:
		r.spoil(field, mend, "%g is not above %s", v, zeroOr(least))
	case v < least:
		r.spoil(field, mend, "%g is below %g", v, least)
	default:
		r.spoil(field, mend, "%g is above %g", v, most)
	}
}

func zeroOr(v float64) string {
	if v == 0 {
		return "zero"
	}
	return fmt.Sprintf("%g", v)
}

func (r *report) text(field string, m member, p property) {
	text := m.value.String()
	switch {
	case len(p.words) > 0 && !slices.Contains(p.words, text):
		r.spoil(field, didYouMean(text, p.words, "give one of "), "%s is not known", quoted(text))
	case text == "" && !m.required && len(p.words) == 0:
		// The same as leaving it out.
	default:
		r.plain(field, p, text)
	}
}

// Bounds of texts, in bytes.
const (
	maxName = 200
	maxText = 4000
)

// plain refuses a text that is empty, very long, or, but for a note, of more
// than one line.
func (r *report) plain(field string, p property, text string) {
	most, note := maxName, strings.HasSuffix(field, "note") || strings.HasSuffix(field, "reason")
	if note {
		most = maxText
	}
	switch {
	case strings.TrimSpace(text) == "":
		r.spoil(field, "give "+p.meaning, "is empty")
	case len(text) > most:
		r.spoil(field, "shorten it", "%d bytes are more than %d", len(text), most)
	case strings.ContainsFunc(text, func(c rune) bool { return unicode.IsControl(c) && !(note && (c == '\n' || c == '\t')) }):
		r.spoil(field, "take out line breaks, tabs and the like", "%s has control characters", quoted(text))
	}
}

func inWords(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return inWords(t.Elem())
	case reflect.Float64:
		return "a number"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Slice {
			return "a list of lists of numbers"
		}
		return "a list, of which each item is " + inWords(t.Elem())
	}
	return "a text in quotes"
}

// maxShown is how many bytes of what came from the file a problem shows.
const maxShown = 60

// short brings JSON onto one line, cut.
func short(text string) string {
	return cut(strings.Join(strings.Fields(text[:min(len(text), 4*maxShown)]), " "))
}

func cut(text string) string {
	if len(text) <= maxShown {
		return text
	}
	return strings.ToValidUTF8(text[:maxShown], "") + "..."
}

func giveWord(p property) string {
	if len(p.words) > 0 {
		return "give " + p.meaning + ": " + strings.Join(p.words, ", ")
	}
	return "give " + p.meaning
}

// didYouMean names the word that was probably meant, or lists all after the
// introduction.
func didYouMean(word string, known []string, otherwise string) string {
	if near, ok := nearestWord(word, known); ok {
		return "did you mean " + near + "?"
	}
	return otherwise + strings.Join(known, ", ")
}

// nearestWord is the known word with the fewest edits, if they are few. Of
// very many known words only the first are looked at.
func nearestWord(word string, known []string) (string, bool) {
	best, found := 1+len(word)/4, ""
	for _, k := range known[:min(len(known), maxGuesses)] {
		if len(k)-len(word) > best || len(word)-len(k) > best {
			continue
		}
		if d := edits(word, k); d <= best && word != "" {
			best, found = d-1, k
		}
	}
	return found, found != ""
}

// edits is the number of bytes to insert, delete or change to make b of a
// (Levenshtein 1965), over the first 40 of each.
func edits(a, b string) int {
	a, b = a[:min(len(a), 40)], b[:min(len(b), 40)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
