package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"vedette/report/intake"
)

// measure is one line of the table: what was measured, what is wanted of it,
// and what came out.
type measure struct {
	Test, Want, Got string
	OK              bool
}

// table prints what measurements give, with what is wanted.
func table(measures func(dir string) ([]measure, error)) func(dir string) error {
	return func(dir string) error {
		all, err := measures(dir)
		if err != nil {
			return err
		}
		for _, m := range all {
			mark := "holds"
			if !m.OK {
				mark = "FALLS SHORT"
			}
			fmt.Printf("%-60s %-22s %-42s %s\n", m.Test, m.Want, m.Got, mark)
		}
		return nil
	}
}

// extraction is the body extraction of the article benchmark.
func extraction(dir string) ([]measure, error) {
	var truth map[string]struct {
		Body string `json:"articleBody"`
	}
	if err := readJSON(filepath.Join(dir, "extraction/aeb-ground-truth.json"), &truth); err != nil {
		return nil, err
	}
	var precision, recall []float64
	for id, want := range truth {
		page, err := gunzip(filepath.Join(dir, "extraction/aeb-html", id+".html.gz"))
		if err != nil {
			return nil, err
		}
		docs, err := intake.Read(id+".html", page, intake.DefaultLimits())
		if err != nil {
			return nil, err
		}
		tp, fp, fn := overlap(grams(bodyOf(docs)), grams(want.Body))
		if tp+fp > 0 {
			precision = append(precision, float64(tp)/float64(tp+fp))
		}
		if tp+fn > 0 {
			recall = append(recall, float64(tp)/float64(tp+fn))
		}
	}
	p, r := mean(precision), mean(recall)
	f1 := 2 * p * r / (p + r)
	return []measure{{"body extraction, F1", "at least .945", fmt.Sprintf("%.3f (precision %.3f, recall %.3f)", f1, p, r), f1 >= .945}}, nil
}

// bodyOf is the kept text without headlines.
func bodyOf(docs []intake.Document) string {
	var b strings.Builder
	for _, d := range docs {
		for _, block := range d.Blocks {
			if block.Dropped == "" && !block.Headline {
				b.WriteString(d.Text[block.Span.Start:block.Span.End] + "\n")
			}
		}
	}
	return b.String()
}

var wordRuns = regexp.MustCompile(`[\p{L}\p{N}\p{M}_]+`)

// grams are the runs of four words of a text, counted.
func grams(text string) map[string]int {
	words := wordRuns.FindAllString(text, -1)
	all := map[string]int{}
	if len(words) == 0 {
		return all
	}
	n := min(4, len(words))
	for i := 0; i+n <= len(words); i++ {
		all[strings.Join(words[i:i+n], " ")]++
	}
	return all
}

func overlap(got, want map[string]int) (tp, fp, fn int) {
	for g, n := range got {
		tp += min(n, want[g])
		fp += max(0, n-want[g])
	}
	for g, n := range want {
		fn += max(0, n-got[g])
	}
	return tp, fp, fn
}

// headlines measures foreign headlines under bodies: how many leak, and how
// much of the bodies is lost.
func headlines(dir string) ([]measure, error) {
	var cases []struct {
		Style, Body string
		Heads       []string
	}
	if err := readJSON(filepath.Join(dir, "headlines/contaminated-bodies.json"), &cases); err != nil {
		return nil, err
	}
	goal := map[string]float64{"title+dash": .05, "title": .06, "sentence+dash": .05, "sentence": .12}
	leaked, heads := map[string]int{}, map[string]int{}
	var words, lost int
	for _, c := range cases {
		text := c.Body + "\n" + strings.Join(c.Heads, "\n") + "\n"
		docs, err := intake.Read("case.txt", []byte(text), intake.DefaultLimits())
		if err != nil {
			return nil, err
		}
		d := &docs[0]
		tail := len(c.Body)
		for _, b := range d.Blocks {
			from := d.Original(b.Span).Start
			switch n := len(strings.Fields(d.Text[b.Span.Start:b.Span.End])); {
			case from > tail:
				heads[c.Style]++
				if b.Dropped == "" {
					leaked[c.Style]++
				}
			case b.Dropped != "":
				words, lost = words+n, lost+n
			default:
				words += n
			}
		}
	}
	var all []measure
	for _, style := range []string{"title+dash", "title", "sentence+dash", "sentence"} {
		share := float64(leaked[style]) / float64(heads[style])
		all = append(all, measure{"foreign headlines leaked, " + style, percent("at most", goal[style]), percent("", share), share <= goal[style]})
	}
	share := float64(lost) / float64(words)
	return append(all, measure{"body words lost", percent("at most", .015), percent("", share), share <= .015}), nil
}

func percent(before string, share float64) string {
	return strings.TrimSpace(fmt.Sprintf("%s %.1f %%", before, 100*share))
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(max(1, len(x)))
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func gunzip(path string) ([]byte, error) {
	packed, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
