package intake

import (
	"regexp"
	"strings"
)

// Form is a SALUTE, SPOTREP or like message: slots with a label each.
type Form struct {
	Slots []Slot `json:"slots"`
}

// Slot is one labelled part of a form.
type Slot struct {
	Name string `json:"name"` // size, activity, location, unit, time, equipment, remarks or from
	Span Span   `json:"span"` // of the value, in Document.Text
}

// Slot gives the first slot of a name.
func (f *Form) Slot(name string) (Slot, bool) {
	for _, s := range f.Slots {
		if s.Name == name {
			return s, true
		}
	}
	return Slot{}, false
}

// slotNames are what the labels of forms mean.
var slotNames = map[string]string{
	"s": "size", "size": "size", "strength": "size",
	"a": "activity", "act": "activity", "activity": "activity", "action": "activity",
	"l": "location", "loc": "location", "location": "location", "grid": "location", "mgrs": "location", "position": "location",
	"u": "unit", "unit": "unit", "uniform": "unit", "unit/uniform": "unit", "uniform/unit": "unit",
	"t": "time", "time": "time", "dtg": "time", "date/time": "time",
	"e": "equipment", "equip": "equipment", "equipment": "equipment",
	"r": "remarks", "remarks": "remarks", "assessment": "remarks", "comments": "remarks",
	"from": "from", "reporter": "from", "callsign": "from", "source": "from",
}

// label finds the labels of a form: at the beginning of a line, or behind a
// blank, a comma, a semicolon or a bar. A number of the line, as in "LINE 2:",
// may stand before.
var label = regexp.MustCompile(`(?i)(^|[\s;,|])(?:line\s*\d+\s*[:.\-]\s*|\d{1,2}[.)]\s+)?` +
	`(size|strength|activity|act|action|location|loc|grid|mgrs|position|unit/uniform|uniform/unit|unit|uniform|dtg|date/time|time|` +
	`equipment|equip|remarks|assessment|comments|reporter|callsign|source|from|[SALUTER])\s*[:=]\s*`)

// isForm tells whether an input begins with a form: four labels or more, of
// which one is a location or an activity.
func isForm(raw []byte) bool {
	if len(raw) > 64<<10 {
		return false
	}
	text, _, _ := toUTF8(raw, "")
	return len(formsIn(text)) > 0
}

// readForms takes each form of an input as a document of its own, so that
// several messages in a file stay apart.
func readForms(raw []byte) []Document {
	decoded, offsets, set := toUTF8(raw, "")
	text, m := normal(decoded)
	m = m.through(offsets)
	var docs []Document
	for _, f := range formsIn(text) {
		f.Format, f.SHA256, f.Charset, f.raw = Lines, sum(raw), set, raw
		f.Text, f.offsets = text, m
		docs = append(docs, f)
	}
	for i := range docs {
		docs[i].setPart("form", i, len(docs))
	}
	return docs
}

// formsIn finds the forms of a text. A new one begins where a label comes
// again that the open one has.
func formsIn(text string) []Document {
	var docs []Document
	var open Form
	flush := func() {
		if open.complete() {
			span := Span{open.Slots[0].Span.Start, open.Slots[len(open.Slots)-1].Span.End}
			docs = append(docs, Document{Form: &Form{open.Slots}, Blocks: []Block{{Span: span}}})
		}
		open = Form{}
	}
	marks := label.FindAllStringSubmatchIndex(text, -1)
	for i, k := range marks {
		end := len(text)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		name := slotNames[strings.ToLower(text[k[4]:k[5]])]
		if _, have := open.Slot(name); have {
			flush()
		}
		value := trimmed(text, Span{k[1], end})
		value.End = value.Start + len(strings.TrimRight(text[value.Start:value.End], " \n;,|"))
		open.Slots = append(open.Slots, Slot{name, value})
	}
	flush()
	return docs
}

// complete tells whether a form has enough to be one.
func (f Form) complete() bool {
	_, where := f.Slot("location")
	_, what := f.Slot("activity")
	return len(f.Slots) >= 4 && (where || what)
}
