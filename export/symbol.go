package export

import (
	"fmt"
	"html/template"
	"strings"
)

// symbols are drawn around 0, 0. Shape tells them apart, not colour.
var symbols = map[string]string{
	"control_tower":    `<path class="sign full" d="M0 -7L6 5H-6Z"/>`,
	"observation_post": `<path class="sign open" d="M0 -6.5L5.5 4.5H-5.5Z"/>`,
	"camera_mast":      `<circle class="sign full" r="5.2"/><circle class="dot" r="1.8"/>`,
	"radar":            `<path class="sign full" d="M0 -7L7 0L0 7L-7 0Z"/>`,
	"down":             `<path class="cross" d="M-6 -6L6 6M6 -6L-6 6"/>`,
	"gate":             `<path class="sign open" d="M-6 -5H6V5H-6Z"/><path class="thin" d="M-6 0H6"/>`,
	"base":             `<path class="sign open" d="M-5 5V-2L0 -6L5 -2V5Z"/>`,
	"bridge":           `<path class="bridge" d="M-5 -6Q-1 0 -5 6M5 -6Q1 0 5 6"/>`,
	"protected":        `<circle class="sign open" r="5.5"/><path class="plus" d="M-3.4 0H3.4M0 -3.4V3.4"/>`,
	"gap":              `<circle class="gap" r="2.8"/>`,
	"breach":           `<circle class="gap" r="3.2"/><path class="thin" d="M-2.2 -2.2L2.2 2.2M2.2 -2.2L-2.2 2.2"/>`,
}

// symbol is the sign of a kind at a place of the drawing; nothing if it has
// none.
func symbol(kind string, x, y float64) string {
	s, ok := symbols[kind]
	if !ok {
		return ""
	}
	return fmt.Sprintf(`<g transform="translate(%.1f %.1f)">%s</g>`, x, y, s)
}

var kindNames = map[string]string{
	"control_tower": "control tower", "observation_post": "observation post", "camera_mast": "camera mast", "radar": "radar",
	"down": "out of service", "gate": "gate", "base": "base", "bridge": "bridge", "protected": "protected place",
	"gap": "gap", "breach": "breach", "paved": "road", "track": "track", "river": "river", "wadi": "wadi",
	"berm": "berm", "trench": "trench", "wire": "wire", "fence": "fence", "wall": "wall", "village": "village",
	"lake": "lake", "control": "ground held by a party", "frontier": "frontier, marked by kilometre",
}

// kindName is a kind or type in words.
func kindName(kind string) string {
	if n, ok := kindNames[kind]; ok {
		return n
	}
	return strings.ReplaceAll(kind, "_", " ")
}

// legend is what a map shows: swatches by kind.
type legend map[string]string

func (l legend) symbol(kind string) { l[kind] = symbol(kind, 11, 8) }

func (l legend) area(kind string) {
	l[kind] = fmt.Sprintf(`<path class="%s" d="M2 2H20V14H2Z"/>`, kind)
}

func (l legend) line(kind string) {
	classes := strokes[kind]
	if kind == "frontier" {
		classes = []string{"frontier casing", "frontier"}
	}
	var b strings.Builder
	for _, c := range classes {
		fmt.Fprintf(&b, `<path class="%s" d="M0 8H22"/>`, c)
	}
	l[kind] = b.String()
}

// legendOrder is the order of a legend, whatever a map shows of it.
var legendOrder = []string{"frontier", "control_tower", "observation_post", "camera_mast", "radar", "down", "base", "gate", "bridge",
	"protected", "berm", "trench", "wire", "fence", "wall", "gap", "breach", "paved", "track", "river", "wadi", "lake", "village", "control"}

// entry is one line of a legend.
type entry struct {
	Swatch template.HTML
	Text   string
}

func (l legend) entries() []entry {
	var out []entry
	for _, kind := range legendOrder {
		if s, ok := l[kind]; ok {
			out = append(out, entry{swatch(s), kindName(kind)})
		}
	}
	return out
}

func swatch(content string) template.HTML {
	return template.HTML(`<svg class="swatch" viewBox="0 0 22 16" width="22" height="16" aria-hidden="true">` + content + `</svg>`)
}

// tintEntries explain the tints of a coverage map.
func tintEntries() []entry {
	stripes := `<path class="dead-strokes" d="M1 7L8 0M1 14L15 0M5 16L21 0M12 16L21 7"/>`
	return []entry{
		{swatch(`<path class="t-dead" d="M1 0H21V16H1Z"/>` + stripes), "dead ground: seen by nobody"},
		{swatch(`<path class="t-one" d="M1 0H21V16H1Z"/>`), "seen by one post"},
		{swatch(`<path class="t-two" d="M1 0H21V16H1Z"/>`), "by two"},
		{swatch(`<path class="t-many" d="M1 0H21V16H1Z"/>`), "by three or more"},
	}
}
