package locate

import (
	"vedette/report"
	"vedette/report/intake"
)

// Found is a region and the words that it was made of.
type Found struct {
	Span intake.Span
	Distance
	Region
}

// Regions gives the regions of all expressions of distance in a text.
func (l *Locator) Regions(x Text) []Found {
	var all []Found
	for _, d := range Distances(x.Text) {
		all = append(all, Found{d.Span, d, l.Distance(d, x)})
	}
	return all
}

// Read finds the toponyms of a text and its dateline: near the frontier, where
// one is watched.
func (l *Locator) Read(text string) Text {
	opt := report.PlaceOptions{}
	if l.Watch != nil {
		opt.Near = l.Watch.Area.Frontier.Line
	}
	x := Text{Text: text, Toponyms: report.Places(text, l.Places, opt)}
	x.Dateline, x.DatelineEnd = dateline(text, x.Toponyms)
	return x
}

// dateline is the place that a story begins with: "AL-QAIM, Iraq:", "KYIV (AP)
// -". It stands at the beginning of a line, and within 60 bytes a dash or a
// colon ends it.
func dateline(text string, all []report.Toponym) (*report.Toponym, int) {
	for i := range all {
		t := &all[i]
		if !town(t) || t.Start > 0 && text[t.Start-1] != '\n' {
			continue
		}
		if n, ok := endsDateline(text[t.End:min(len(text), t.End+60)]); ok {
			end := t.End + n
			for end < len(text) && text[end] == ' ' {
				end++
			}
			return t, end
		}
	}
	return nil, 0
}

// endsDateline tells whether what follows a place makes it a dateline: names
// and brackets up to a colon or a dash, whose end it gives.
func endsDateline(rest string) (int, bool) {
	words := 0
	for _, tok := range tokens(rest) {
		switch tok.text {
		case ":", "-", "–", "—":
			return tok.span.End, true
		case ",", "(", ")", "/", ".":
			continue
		}
		words++
		if words > 6 || !upper(tok.text) && !arabicAt([]token{tok}, 0) && !dateWord(tok.fold) {
			return 0, false
		}
	}
	return 0, false
}

func dateWord(s string) bool {
	_, ok := digits(s)
	return ok
}
