package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"vedette/report/locate"
)

type reportRegionsCommand struct {
	Path string `arg:"" help:"The texts, one JSON object a line; - reads standard input." placeholder:"FILE.jsonl"`
	mapFlags
}

func (reportRegionsCommand) Help() string {
	return `Every line of the input is {"id":...,"text":"..."}; every line of the output is
{"id":...,"regions":[{"start","end","anchor","stated_km","lo_km","hi_km","bearing_deg","polygon","level",
"area_km2","steps"}]}. start and end count Unicode code points of the text; polygon is GeoJSON, and null with
a problem where there is no ground.

Example:
  vedette report regions texts.jsonl --area examples/al-qaim/al-qaim.area.geojson`
}

// regionsLine is a line of the output.
type regionsLine struct {
	ID      json.RawMessage `json:"id"`
	Regions []regionFound   `json:"regions"`
}

type regionFound struct {
	Start int `json:"start"`
	End   int `json:"end"`
	locate.Region
}

func (c reportRegionsCommand) Run(con *console) error {
	l, err := c.locator()
	if err != nil {
		return err
	}
	in, name, err := openInput(c.Path)
	if err != nil {
		return err
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 64<<10), maxText)
	enc := json.NewEncoder(con.out)
	enc.SetEscapeHTML(false)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		text, err := readText(lines.Bytes())
		if err != nil {
			return fmt.Errorf("%s: line %d: %w", name, n, err)
		}
		if err := enc.Encode(regionsLine{text.ID, listRegions(l, *text.Text)}); err != nil {
			return fmt.Errorf("write the regions of line %d: %w", n, err)
		}
	}
	return lines.Err()
}

// listRegions counts offsets in code points.
func listRegions(l *locate.Locator, text string) []regionFound {
	found := []regionFound{}
	for _, r := range l.Regions(l.Read(text)) {
		start := utf8.RuneCountInString(text[:r.Span.Start])
		found = append(found, regionFound{start, start + utf8.RuneCountInString(text[r.Span.Start:r.Span.End]), r.Region})
	}
	return found
}
