package report

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	gotoken "go/token"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"vedette/gazetteer"
	"vedette/geo"
)

// goldText is an article of a corpus with its places marked.
type goldText struct {
	Text string
	Tops []goldPlace

	namesOnly bool
}

type goldPlace struct {
	S, E     int // code points
	Lat, Lon *float64
	ID       *string
}

// corpus reads a corpus from the folder that VEDETTE_CORPORA names. No text of
// it is part of the project.
func corpus(t *testing.T, name string) []goldText {
	t.Helper()
	dir := os.Getenv("VEDETTE_CORPORA")
	if dir == "" {
		t.Skip("not run: set VEDETTE_CORPORA to a folder with geoparse/lgl.json and geoparse/geovirus.json")
	}
	text, err := os.ReadFile(filepath.Join(dir, "geoparse", name))
	if err != nil {
		t.Fatal(err)
	}
	var all []goldText
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for i := range all {
		toBytes(&all[i])
		all[i].namesOnly = name == "geovirus.json"
	}
	return all
}

// toBytes turns the offsets of an article from code points into bytes.
func toBytes(a *goldText) {
	at := make([]int, 0, len(a.Text)+1)
	for i := range a.Text {
		at = append(at, i)
	}
	at = append(at, len(a.Text))
	for i := range a.Tops {
		a.Tops[i].S, a.Tops[i].E = at[a.Tops[i].S], at[a.Tops[i].E]
	}
}

func (g *goldPlace) right(p gazetteer.Place) bool {
	if g.ID != nil && *g.ID == strconv.Itoa(p.ID) {
		return true
	}
	return g.Lat != nil && geo.Distance(geo.Point{Lat: *g.Lat, Lon: *g.Lon}, p.At) <= 161e3
}

func even(all []goldText) []goldText {
	var some []goldText
	for i := 0; i < len(all); i += 2 {
		some = append(some, all[i])
	}
	return some
}

// TestFitPlaces makes the weights of place_weights.go from the articles of the
// corpora with even numbers, and writes them. bench/corpora measures them. The
// weights depend on each other, since a text's places speak for one another, so
// each is made several times over.
func TestFitPlaces(t *testing.T) {
	lgl, geovirus := corpus(t, "lgl.json"), corpus(t, "geovirus.json")
	g, err := gazetteer.Open()
	if err != nil {
		t.Fatal(err)
	}
	train := append(even(lgl), even(geovirus)...)
	resolutionWeights, recognitionWeights = [nResolution]float64{}, [nRecognition]float64{}
	for range 5 {
		fitResolution(train, g)
	}
	for range 3 {
		fitRecognition(train, g)
	}
	writeWeights(t)
}

type choiceSample struct {
	features [][nResolution]float64
	right    []bool
}

func fitResolution(train []goldText, g *gazetteer.Gazetteer) {
	var samples []choiceSample
	for _, a := range train {
		d := readPlaces(a.Text, g, PlaceOptions{})
		gold := spans(a)
		for i := range d.mentions {
			m := &d.mentions[i]
			top := gold[[2]int{m.start, m.end}]
			if top == nil || top.Lat == nil {
				continue
			}
			var s choiceSample
			n := 0
			for c := range m.candidates {
				s.features = append(s.features, d.candidateFeatures(m, c))
				ok := top.right(m.candidates[c].Place)
				s.right = append(s.right, ok)
				if ok {
					n++
				}
			}
			if n > 0 && n < len(s.right) {
				samples = append(samples, s)
			}
		}
	}
	w := &resolutionWeights
	var m, v [nResolution]float64
	for step := 1; step <= 400; step++ {
		var grad [nResolution]float64
		for _, s := range samples {
			s.gradient(w, &grad)
		}
		adam(w[:], grad[:], m[:], v[:], step, len(samples), 1.0)
	}
}

// gradient adds the gradient of log P(right).
func (s *choiceSample) gradient(w, grad *[nResolution]float64) {
	z := make([]float64, len(s.right))
	top := math.Inf(-1)
	for c := range z {
		for f, x := range s.features[c] {
			z[c] += x * w[f]
		}
		top = max(top, z[c])
	}
	all, right := 0.0, 0.0
	for c := range z {
		z[c] = math.Exp(z[c] - top)
		all += z[c]
		if s.right[c] {
			right += z[c]
		}
	}
	for c := range z {
		p := -z[c] / all
		if s.right[c] {
			p += z[c] / (right + 1e-12)
		}
		for f, x := range s.features[c] {
			grad[f] += p * x
		}
	}
}

// adam climbs, with a ridge of strength l2.
func adam(w, grad, m, v []float64, step, n int, l2 float64) {
	for f := range w {
		g := (grad[f] - l2*w[f]) / float64(n)
		m[f] = 0.9*m[f] + 0.1*g
		v[f] = 0.999*v[f] + 0.001*g*g
		w[f] += 0.05 * (m[f] / (1 - math.Pow(0.9, float64(step)))) / (math.Sqrt(v[f]/(1-math.Pow(0.999, float64(step)))) + 1e-9)
	}
}

func spans(a goldText) map[[2]int]*goldPlace {
	all := map[[2]int]*goldPlace{}
	for i := range a.Tops {
		all[[2]int{a.Tops[i].S, a.Tops[i].E}] = &a.Tops[i]
	}
	return all
}

func fitRecognition(train []goldText, g *gazetteer.Gazetteer) {
	type sample struct {
		f   []float64
		yes float64
	}
	var samples []sample
	for _, a := range train {
		d := readPlaces(a.Text, g, PlaceOptions{})
		gold := spans(a)
		for i := range d.mentions {
			m := &d.mentions[i]
			if a.namesOnly && form(m.candidates[m.choice].Via) != FormName {
				continue // this corpus marks no adjectives
			}
			s := sample{f: m.features}
			if gold[[2]int{m.start, m.end}] != nil {
				s.yes = 1
			}
			samples = append(samples, s)
		}
	}
	w := recognitionWeights[:]
	m, v := make([]float64, nRecognition), make([]float64, nRecognition)
	for step := 1; step <= 500; step++ {
		grad := make([]float64, nRecognition)
		for _, s := range samples {
			z := 0.0
			for f, x := range s.f {
				z += x * w[f]
			}
			e := s.yes - 1/(1+math.Exp(-z))
			for f, x := range s.f {
				grad[f] += e * x
			}
		}
		adam(w, grad, m, v, step, len(samples), 1.0)
	}
}

// writeWeights writes place_weights.go.
func writeWeights(t *testing.T) {
	t.Helper()
	var b strings.Builder
	b.WriteString("// Code generated by TestFitPlaces from the first half of two corpora. DO NOT EDIT.\n\npackage report\n")
	write := func(comment, name, size string, w []float64, file, first string) {
		fmt.Fprintf(&b, "\n// %s %s\nvar %s = [%s]float64{\n", name, comment, name, size)
		for i, f := range constants(t, file, first)[:len(w)] {
			fmt.Fprintf(&b, "%s: %.2f,\n", f, w[i])
		}
		b.WriteString("}\n")
	}
	write("weigh the features of a mention, for the log odds that it names a place.", "recognitionWeights", "nRecognition", recognitionWeights[:], "recognise_features.go", "fBias")
	write("weigh the features of a candidate, for which place is meant.", "resolutionWeights", "nResolution", resolutionWeights[:], "resolve.go", "gSize")
	source, err := format.Source([]byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("place_weights.go", source, 0o644); err != nil {
		t.Fatal(err)
	}
}

// constants gives the names in the block of constants that begins with first.
func constants(t *testing.T, path, first string) []string {
	t.Helper()
	file, err := parser.ParseFile(gotoken.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, decl := range file.Decls {
		block, ok := decl.(*ast.GenDecl)
		if !ok || block.Tok != gotoken.CONST || block.Specs[0].(*ast.ValueSpec).Names[0].Name != first {
			continue
		}
		for _, spec := range block.Specs {
			names = append(names, spec.(*ast.ValueSpec).Names[0].Name)
		}
	}
	return names
}
