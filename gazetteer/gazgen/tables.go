package main

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"vedette/gazetteer"
	"vedette/geo"
)

// Our own tables: what GeoNames' extracts lack. Their heads say the columns.
var (
	//go:embed countries.txt
	countriesTable string
	//go:embed units.txt
	unitsTable string
	//go:embed regions.txt
	regionsTable string
	//go:embed places.txt
	placesTable string
)

// rows gives the cells of a table's lines.
func rows(table, name string, cells int, do func([]string) error) error {
	n := 0
	for line := range strings.Lines(table) {
		n++
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		row := strings.Split(line, "|")
		if len(row) > cells {
			return fmt.Errorf("%s: line %d has %d cells instead of %d", name, n, len(row), cells)
		}
		for len(row) < cells {
			row = append(row, "")
		}
		if err := do(row); err != nil {
			return fmt.Errorf("%s: line %d: %w", name, n, err)
		}
	}
	return nil
}

// list gives the parts of a cell.
func list(cell string) []string {
	var parts []string
	for part := range strings.SplitSeq(cell, ";") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// readCountries takes the countries.
func (s *sources) readCountries() error {
	return rows(countriesTable, "countries.txt", 6, func(row []string) error {
		at, err := position(row[2])
		if err != nil {
			return err
		}
		p := gazetteer.Place{ID: s.numbers[row[0]], Name: row[1], Country: row[0], Kind: gazetteer.Country, At: at}
		if e := s.units[row[0]]; e != nil {
			p.Population = e.people
		}
		it := s.b.add(p)
		it.demonyms(list(row[3]))
		it.others(list(row[4]))
		it.arabic(list(row[5]))
		return nil
	})
}

func position(cell string) (geo.Point, error) {
	lat, lon, _ := strings.Cut(cell, " ")
	var p geo.Point
	var err error
	if p.Lat, err = strconv.ParseFloat(lat, 64); err != nil {
		return p, err
	}
	p.Lon, err = strconv.ParseFloat(lon, 64)
	return p, err
}

// demonyms takes adjectives, and persons: words that end as persons do, and
// the plural of an adjective that has one.
func (p *place) demonyms(words []string) {
	for _, w := range words {
		if isPerson(w) {
			p.call(gazetteer.Person, w, w+"s")
			continue
		}
		p.call(gazetteer.Adjective, w)
		if strings.HasSuffix(w, "n") || strings.HasSuffix(w, "i") || strings.HasSuffix(w, "b") {
			p.call(gazetteer.Person, w+"s")
		}
	}
}

// isPerson tells words that are no adjectives.
func isPerson(w string) bool {
	for _, end := range []string{"er", "ers", "man", "men", "woman", "ard", "ards", "ite", "Dane", "Danes", "Turk", "Turks", "Pole", "Poles", "Swede", "Swedes", "Finn", "Finns", "Scot", "Scots", "Briton", "Britons", "Brits", "Serb", "Serbs", "Croat", "Croats", "Kurd", "Kurds", "Slovene", "Slovenes", "Swazis", "Filipino", "Filipinos", "Filipina", "Hoosier", "Hoosiers", "Germans", "Greeks", "Czechs", "Slovaks", "Thais", "Kazakhs", "Uzbeks", "Tajiks", "Nepalis", "Cypriots", "Catalans", "Chechens"} {
		if strings.HasSuffix(w, end) && w != "German" && w != "Roman" {
			return true
		}
	}
	return false
}

// others takes further names, which count like spellings of the chief one; those of capitals alone are abbreviations.
func (p *place) others(names []string) {
	for _, name := range names {
		via := gazetteer.Spelling
		if bare := strings.ReplaceAll(name, ".", ""); len(bare) <= 5 && bare == strings.ToUpper(bare) {
			via = gazetteer.Code
		}
		p.call(via, name)
	}
}

// arabic takes names in Arabic script and, behind the first, adjectives.
func (p *place) arabic(names []string) {
	for i, name := range names {
		via := gazetteer.Spelling
		if i > 0 && name != "سورية" && !strings.Contains(name, " ") && !strings.HasPrefix(name, "ال") && nisba(name) {
			via = gazetteer.Adjective
		}
		p.call(via, name)
	}
}

// nisba tells an Arabic adjective of origin by its end.
func nisba(word string) bool {
	for _, end := range []string{"ي", "ية", "يون", "يين"} {
		if strings.HasSuffix(word, end) {
			return true
		}
	}
	return false
}

// readRegions takes what is no country, unit or city.
func (s *sources) readRegions() error {
	return rows(regionsTable, "regions.txt", 7, func(row []string) error {
		at, err := position(row[2])
		if err != nil {
			return err
		}
		p := gazetteer.Place{Name: row[1], Country: row[3], Kind: gazetteer.Region, At: at}
		if row[0] == "continent" {
			p.Kind = gazetteer.Continent
		}
		it := s.b.add(p)
		it.demonyms(list(row[4]))
		it.others(list(row[5]))
		it.arabic(list(row[6]))
		return nil
	})
}

// readOwn gives units and cities the names that we know of besides.
func (s *sources) readOwn() error {
	units := map[string]*place{}
	for _, p := range s.b.places {
		if p.Kind == gazetteer.Province {
			units[p.Country+"."+p.Admin1] = p
		}
	}
	err := rows(unitsTable, "units.txt", 5, func(row []string) error {
		p := units[row[0]]
		if p == nil {
			return fmt.Errorf("there is no unit %s", row[0])
		}
		p.call(gazetteer.Spelling, list(row[1])...)
		p.call(gazetteer.Code, list(row[2])...)
		p.demonyms(list(row[3]))
		p.arabic(list(row[4]))
		return nil
	})
	if err != nil {
		return err
	}
	return rows(placesTable, "places.txt", 4, func(row []string) error {
		id, _ := strconv.Atoi(row[0])
		p := s.byID[id]
		if p == nil {
			return fmt.Errorf("there is no place %s", row[0])
		}
		p.others(list(row[1]))
		p.demonyms(list(row[2]))
		p.arabic(list(row[3]))
		return nil
	})
}
