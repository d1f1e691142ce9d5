package gazetteer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"vedette/geo"
)

// Pack holds an area's own places: what people there call them, in Latin and
// in Arabic script. It is read-only.
//
// It is a file of JSON lines, one place a line, that analysts edit by hand:
//
//	{"name":"Husaybah","names":["Husaiba","حصيبة"],"lat":34.407,"lon":40.98,"country":"IQ"}
//
// Beside these an entry may say admin1 (GeoNames' code of the first-level
// unit), kind, population and geonames_id. Empty lines and lines that begin
// with # are skipped.
type Pack struct {
	places []Place
	byKey  map[string][]Candidate
	keys   []string // sorted
}

// entry is a line of a pack.
type entry struct {
	Name       string   `json:"name"`
	Names      []string `json:"names,omitempty"`
	Lat        *float64 `json:"lat"`
	Lon        *float64 `json:"lon"`
	Country    string   `json:"country"`
	Admin1     string   `json:"admin1,omitempty"`
	Kind       string   `json:"kind,omitempty"`
	Population int      `json:"population,omitempty"`
	GeoNamesID int      `json:"geonames_id,omitempty"`
}

// What a pack may hold.
const (
	maxLine  = 64 << 10
	maxPack  = 100_000
	maxNames = 100
)

// ReadPack reads a pack, strictly. Its error tells all that is wrong, each with
// its line and how to mend it; there is no pack then.
func ReadPack(r io.Reader) (*Pack, error) {
	p := &Pack{byKey: map[string][]Candidate{}}
	var wrong []error
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	n := 0
	for lines.Scan() {
		n++
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		if len(p.places) == maxPack {
			return nil, fmt.Errorf("line %d: a pack holds %d places at most; make two of it", n, maxPack)
		}
		e, place, err := readEntry(line)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("line %d: %w", n, err))
			continue
		}
		p.add(place, e.Names)
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		wrong = append(wrong, fmt.Errorf("line %d: it is longer than %d bytes; give one place a line", n+1, maxLine))
	} else if lines.Err() != nil {
		wrong = append(wrong, lines.Err())
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	p.keys = slices.Sorted(maps.Keys(p.byKey))
	for _, c := range p.byKey {
		sorted(c)
	}
	return p, nil
}

// OpenPack reads the pack in a file.
func OpenPack(path string) (*Pack, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open pack: %w", err)
	}
	defer f.Close()
	p, err := ReadPack(f)
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", path, err)
	}
	return p, nil
}

// PackBeside gives the path that the pack of an area has: beside its file, with
// .places.jsonl instead of .area.geojson.
func PackBeside(area string) string {
	for _, end := range []string{".area.geojson", ".geojson", ".json"} {
		if short, ok := strings.CutSuffix(area, end); ok {
			return short + ".places.jsonl"
		}
	}
	return area + ".places.jsonl"
}

func readEntry(line []byte) (entry, Place, error) {
	var e entry
	if !utf8.Valid(line) {
		return e, Place{}, errors.New("it is not UTF-8; save the file as UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&e); err != nil {
		return e, Place{}, fmt.Errorf(`%w; give {"name":...,"lat":...,"lon":...,"country":...}, and names, admin1, kind, population, geonames_id if you like`, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return e, Place{}, errors.New("more follows the place; give one place a line")
	}
	if err := e.check(); err != nil {
		return e, Place{}, err
	}
	kind := max(slices.Index(kindNames[:], e.Kind), 0)
	return e, Place{
		ID: e.GeoNamesID, Name: e.Name, Country: e.Country, Admin1: e.Admin1, Kind: Kind(kind),
		Population: e.Population, At: geo.Point{Lat: *e.Lat, Lon: *e.Lon}, Own: true,
	}, nil
}

// check says all that is wrong with an entry.
func (e *entry) check() error {
	var wrong []string
	no := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	for i, name := range append([]string{e.Name}, e.Names...) {
		if Fold(name) == "" {
			field := "name"
			if i > 0 {
				field = fmt.Sprintf("names[%d]", i-1)
			}
			no("%s: %q has no letter; give the name as it is written", field, name)
		}
	}
	switch {
	case len(e.Names) > maxNames:
		no("names: %d are more than %d", len(e.Names), maxNames)
	case e.Lat == nil || e.Lon == nil:
		no("lat, lon: one is missing; give both, in degrees")
	case !(geo.Point{Lat: *e.Lat, Lon: *e.Lon}).Valid():
		no("lat, lon: %g, %g is not on the Earth; give latitude -90 to 90 and longitude -180 to 180", *e.Lat, *e.Lon)
	}
	if len(e.Country) != 2 || e.Country != strings.ToUpper(e.Country) {
		no("country: %q is no code of two capitals; give one as in IQ or SY", e.Country)
	}
	if e.Kind != "" && !slices.Contains(kindNames[:], e.Kind) {
		no("kind: %q is none; give one of %s", e.Kind, strings.Join(kindNames[:], ", "))
	}
	if e.Population < 0 || e.GeoNamesID < 0 {
		no("population, geonames_id: one is below zero; give 0, or leave it out, where it is not known")
	}
	if len(wrong) == 0 {
		return nil
	}
	return errors.New(strings.Join(wrong, "; "))
}

// add gives a place its keys.
func (p *Pack) add(place Place, names []string) {
	p.places = append(p.places, place)
	for i, name := range append([]string{place.Name}, names...) {
		via := Alias
		if i == 0 {
			via = Name
		}
		key := Fold(name)
		if !slices.ContainsFunc(p.byKey[key], func(c Candidate) bool { return c.Place == place }) {
			p.byKey[key] = append(p.byKey[key], Candidate{place, via})
		}
	}
}

func (p *Pack) candidates(key string) []Candidate { return p.byKey[key] }

func (p *Pack) reach(key string) (begins, whole bool) {
	i, whole := slices.BinarySearch(p.keys, key)
	if whole {
		i++
	}
	return i < len(p.keys) && strings.HasPrefix(p.keys[i], key+" "), whole
}
