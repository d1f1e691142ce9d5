package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"text/tabwriter"
	"time"

	"vedette/gazetteer"
	"vedette/geo"
	"vedette/report"
)

// article is a text with its places marked by hand.
type article struct {
	Text string
	Tops []struct {
		S, E     int // code points
		Lat, Lon *float64
		ID       *string
	}
}

// score counts what was found in articles.
type score struct {
	marked, placed int // marked places, and those of them with a position
	found          int
	hit, hitPlaced int // found with just the marked bytes, and those of them with a position
	near           int // of these, within 161 km or the very place
	texts          int
	spent          time.Duration
}

// within is a hundred miles, in metres: the usual measure of such corpora.
const within = 161e3

// places measures exact spans, and positions of the right spans. The weights of
// package report were made from the articles with even numbers; the others show
// how well they do elsewhere.
func places(dir string) error {
	runtime.GOMAXPROCS(1)
	g, err := gazetteer.Open()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "corpus\tarticles\tforms\tmarked\tP\tR\tF1\tF1 with position\tF1 others ignored\twithin 161 km\tms an article\t")
	for _, c := range []struct{ name, file string }{{"LGL", "lgl.json"}, {"GeoVirus", "geovirus.json"}} {
		all, err := readArticles(filepath.Join(dir, "geoparse", c.file))
		if err != nil {
			return err
		}
		for _, part := range []struct {
			name        string
			first, step int
		}{{"all", 0, 1}, {"tuned on", 0, 2}, {"other half", 1, 2}} {
			for _, names := range []bool{false, true} {
				var s score
				for i := part.first; i < len(all); i += part.step {
					s.read(all[i], g, names)
				}
				s.print(table, c.name, part.name, names)
			}
		}
	}
	return table.Flush()
}

func readArticles(path string) ([]article, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var all []article
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return all, nil
}

// read finds the places of an article, names only or all forms, and counts.
func (s *score) read(a article, g *gazetteer.Gazetteer, names bool) {
	bytes := offsets(a.Text)
	gold := map[[2]int]int{}
	for i, t := range a.Tops {
		gold[[2]int{bytes[t.S], bytes[t.E]}] = i
		if t.Lat != nil {
			s.placed++
		}
	}
	s.marked += len(gold)
	start := time.Now()
	found := report.Places(a.Text, g, report.PlaceOptions{})
	s.spent += time.Since(start)
	s.texts++
	for _, p := range found {
		if names && p.Form != report.FormName {
			continue
		}
		s.found++
		i, ok := gold[[2]int{p.Start, p.End}]
		if !ok {
			continue
		}
		s.hit++
		if t := a.Tops[i]; t.Lat != nil {
			s.hitPlaced++
			very := t.ID != nil && *t.ID == strconv.Itoa(p.Place.ID)
			if very || geo.Distance(geo.Point{Lat: *t.Lat, Lon: *t.Lon}, p.Place.At) <= within {
				s.near++
			}
		}
	}
}

// offsets gives the byte of every code point, and of the end.
func offsets(text string) []int {
	at := make([]int, 0, len(text)+1)
	for i := range text {
		at = append(at, i)
	}
	return append(at, len(text))
}

func (s *score) print(table *tabwriter.Writer, corpus, part string, names bool) {
	forms := "all"
	if names {
		forms = "names"
	}
	p, r := ratio(s.hit, s.found), ratio(s.hit, s.marked)
	fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t%.2f\t\n", corpus, part, forms, s.marked, p, r, f1(p, r),
		f1(ratio(s.hitPlaced, s.found), ratio(s.hitPlaced, s.placed)),
		f1(ratio(s.hitPlaced, s.found-s.hit+s.hitPlaced), ratio(s.hitPlaced, s.placed)),
		ratio(s.near, s.hitPlaced), s.spent.Seconds()*1000/float64(s.texts))
}

func ratio(a, b int) float64 { return float64(a) / float64(max(b, 1)) }

func f1(p, r float64) float64 {
	if p+r == 0 {
		return 0
	}
	return 2 * p * r / (p + r)
}
