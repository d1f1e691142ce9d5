package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"unicode/utf8"

	"vedette/frontier"
	"vedette/gazetteer"
	reports "vedette/report"
)

type reportPlacesCommand struct {
	Path string   `arg:"" help:"The texts, one JSON object a line; - reads standard input." placeholder:"FILE.jsonl"`
	Area string   `help:"The area file the texts are about: places near its frontier are likelier, and the pack beside it (NAME.places.jsonl) is read." placeholder:"AREA"`
	Pack []string `help:"Packs of own places, JSON lines." placeholder:"FILE"`
	MinP float64  `name:"min-p" help:"Leave out what is less likely to name a place." default:"0.5" placeholder:"P"`
}

func (reportPlacesCommand) Help() string {
	return `Every line of the input is {"id":...,"text":"..."}; every line of the output is
{"id":...,"places":[{"start","end","text","name","country","lat","lon","geonames_id","p","form","kind"}]}.
start and end count Unicode code points of the text. p is the chance that the words name a place. form is
name, adjective ("Turkish") or person ("Turks"). For a kind from district to continent the position is
only a label: the place is an extent. geonames_id is null where GeoNames gives no number.

A pack has one place a line: {"name":"Husaybah","names":["Husaiba"],"lat":34.405,"lon":40.983,"country":"IQ"}.

Example:
  vedette report places texts.jsonl --area examples/al-qaim/al-qaim.area.geojson`
}

// maxText is the longest line that is read, in bytes.
const maxText = 16 << 20

func (c reportPlacesCommand) Run(con *console) error {
	if !(c.MinP > 0 && c.MinP <= 1) {
		return misuse("--min-p: %v is no probability above zero; give one up to 1", c.MinP)
	}
	g, opt, err := c.knowledge()
	if err != nil {
		return err
	}
	in, name, err := openInput(c.Path)
	if err != nil {
		return err
	}
	defer in.Close()
	out := bufio.NewWriter(con.out)
	if err := placesOf(con, in, name, out, g, opt); err != nil {
		return errors.Join(err, out.Flush())
	}
	return out.Flush()
}

// knowledge is the gazetteer with the packs, and what the area says.
func (c reportPlacesCommand) knowledge() (*gazetteer.Gazetteer, reports.PlaceOptions, error) {
	opt := reports.PlaceOptions{MinP: c.MinP}
	g, err := gazetteer.Open()
	if err != nil {
		return nil, opt, err
	}
	if c.Area != "" {
		area, err := frontier.Load(c.Area)
		if err != nil {
			return nil, opt, err
		}
		opt.Near = reports.AlongFrontier(area)
		if g, err = withPack(g, gazetteer.PackBeside(c.Area), true); err != nil {
			return nil, opt, err
		}
	}
	for _, path := range c.Pack {
		if g, err = withPack(g, path, false); err != nil {
			return nil, opt, err
		}
	}
	return g, opt, nil
}

func withPack(g *gazetteer.Gazetteer, path string, optional bool) (*gazetteer.Gazetteer, error) {
	p, err := gazetteer.OpenPack(path)
	if optional && errors.Is(err, fs.ErrNotExist) {
		return g, nil
	}
	if err != nil {
		return nil, err
	}
	return g.With(p), nil
}

// placesOf reads texts line by line and writes the places of each.
func placesOf(con *console, in io.Reader, name string, out io.Writer, g *gazetteer.Gazetteer, opt reports.PlaceOptions) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 64<<10), maxText)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	n := 0
	for lines.Scan() {
		n++
		if err := con.Err(); err != nil {
			return err
		}
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		text, err := readText(lines.Bytes())
		if err != nil {
			return fmt.Errorf("%s: line %d: %w", name, n, err)
		}
		if err := enc.Encode(placesLine{text.ID, listPlaces(*text.Text, g, opt)}); err != nil {
			return fmt.Errorf("write the places of line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: line %d: %w; a line holds %d bytes at most", name, n+1, err, maxText)
	}
	return nil
}

// textLine is a line of the input.
type textLine struct {
	ID   json.RawMessage `json:"id"`
	Text *string         `json:"text"`
}

func readText(line []byte) (textLine, error) {
	const mend = `give one {"id":...,"text":"..."} a line`
	var t textLine
	if !utf8.Valid(line) {
		return t, errors.New("it is not UTF-8; convert the file to UTF-8")
	}
	if err := json.Unmarshal(line, &t); err != nil {
		return t, fmt.Errorf("%w; %s", err, mend)
	}
	switch {
	case t.ID == nil:
		return t, errors.New("id is missing; " + mend)
	case t.Text == nil:
		return t, errors.New("text is missing; " + mend)
	}
	return t, nil
}

// placesLine is a line of the output.
type placesLine struct {
	ID     json.RawMessage `json:"id"`
	Places []placeFound    `json:"places"`
}

type placeFound struct {
	Start   int          `json:"start"`
	End     int          `json:"end"`
	Text    string       `json:"text"`
	Name    string       `json:"name"`
	Country string       `json:"country"`
	Lat     float64      `json:"lat"`
	Lon     float64      `json:"lon"`
	ID      *int         `json:"geonames_id"`
	P       float64      `json:"p"`
	Form    reports.Form `json:"form"`
	Kind    string       `json:"kind"`
}

// listPlaces counts offsets in code points.
func listPlaces(text string, g *gazetteer.Gazetteer, opt reports.PlaceOptions) []placeFound {
	found := []placeFound{}
	at, points := 0, 0
	for _, t := range reports.Places(text, g, opt) {
		points += utf8.RuneCountInString(text[at:t.Start])
		at = t.Start
		f := placeFound{
			Start: points, End: points + utf8.RuneCountInString(t.Text), Text: t.Text,
			Name: t.Place.Name, Country: t.Place.Country, Lat: t.Place.At.Lat, Lon: t.Place.At.Lon,
			P: math.Round(t.P*1000) / 1000, Form: t.Form, Kind: t.Place.Kind.String(),
		}
		if t.Place.ID != 0 {
			f.ID = &t.Place.ID
		}
		found = append(found, f)
	}
	return found
}
