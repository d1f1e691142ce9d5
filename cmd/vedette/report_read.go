package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"vedette/export"
	"vedette/report/claim"
	"vedette/report/intake"
	"vedette/report/locate"
)

type reportReadCommand struct {
	Paths []string `arg:"" name:"file" help:"Files or folders: HTML, text, RSS, Atom, e-mail, CAP, SALUTE; - reads standard input." placeholder:"FILE"`
	mapFlags
	Published string  `help:"When the texts were published that do not say it: YYYY-MM-DD." placeholder:"DATE"`
	Radius    float64 `name:"radius-km" help:"A text must name a place within so many km of the frontier." default:"300" placeholder:"KM"`
	CSV       string  `name:"csv" help:"Write the claims as a table." placeholder:"FILE"`
	HTML      string  `name:"html" help:"Write a page: the texts with what was found in them, beside a map." placeholder:"FILE"`
}

func (reportReadCommand) Help() string {
	return `Prints what the texts claim: kind, what, where (ground that holds it with 90 %, its km2, and how far from
the frontier), when, who says so, status and grade, and the sentence; then what was dropped, and why. Nothing
that a text refers to is fetched. Claims are proposals: nothing changes a plan before a person confirms it.

Examples:
  vedette report read article.html --area examples/al-qaim/al-qaim.area.geojson
  vedette report read reports/ --published 2018-11-01 --csv claims.csv`
}

// readStories is what read prints as JSON.
type readStories struct {
	Stories []claim.Story `json:"stories"`
	Failed  []string      `json:"failed"` // inputs that could not be read, each with why
}

func (c reportReadCommand) Run(con *console) error {
	opt := claim.Options{RadiusKM: c.Radius}
	if c.Published != "" {
		at, err := time.Parse(time.DateOnly, c.Published)
		if err != nil {
			return misuse("--published: %q is no date; give YYYY-MM-DD", c.Published)
		}
		opt.Published = at
	}
	l, err := c.locator()
	if err != nil {
		return err
	}
	read, err := c.read(con, claim.NewReader(l, opt))
	if err != nil {
		return err
	}
	if err := c.write(read, l.Watch); err != nil {
		return err
	}
	if err := con.print(read, func(w io.Writer) { printStories(w, read.Stories) }); err != nil {
		return err
	}
	if len(read.Failed) > 0 {
		return fmt.Errorf("not read:\n%s", strings.Join(read.Failed, "\n"))
	}
	return nil
}

// read reads all inputs. One that cannot be read stops none of the others.
func (c reportReadCommand) read(con *console, r *claim.Reader) (readStories, error) {
	all := readStories{Stories: []claim.Story{}, Failed: []string{}}
	paths, err := inputs(c.Paths)
	if err != nil {
		return all, err
	}
	for _, path := range paths {
		if err := con.Err(); err != nil {
			return all, err
		}
		docs, err := readInput(path)
		if err != nil {
			all.Failed = append(all.Failed, err.Error())
			continue
		}
		for i := range docs {
			all.Stories = append(all.Stories, r.Read(&docs[i]))
		}
	}
	claim.FoldCopies(all.Stories)
	return all, nil
}

// inputs lists files, those in folders in their order.
func inputs(paths []string) ([]string, error) {
	var all []string
	for _, path := range paths {
		if path == "-" {
			all = append(all, path)
			continue
		}
		err := filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && p != path && strings.HasPrefix(d.Name(), "."):
				return filepath.SkipDir
			case d.Type().IsRegular() && (p == path || !strings.HasPrefix(d.Name(), ".")):
				all = append(all, p)
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("list the reports: %w", err)
		}
	}
	return all, nil
}

func readInput(path string) ([]intake.Document, error) {
	limits := intake.DefaultLimits()
	in, name, err := openInput(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	raw, err := io.ReadAll(io.LimitReader(in, int64(limits.Bytes)+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return intake.Read(name, raw, limits)
}

func printStories(w io.Writer, stories []claim.Story) {
	for i := range stories {
		if i > 0 {
			fmt.Fprintln(w)
		}
		printStory(w, &stories[i])
	}
}

func printStory(w io.Writer, s *claim.Story) {
	fmt.Fprintf(w, "%s\n", strings.TrimSpace(s.Document.Source+" "+s.Document.Part))
	for _, line := range []struct{ what, value string }{
		{"title", s.Document.Title}, {"wire", s.Wire}, {"published", s.Published}, {"dateline", s.Dateline},
	} {
		if line.value != "" {
			fmt.Fprintf(w, "  %s: %s\n", line.what, line.value)
		}
	}
	switch {
	case s.CopyOf != "":
		fmt.Fprintf(w, "  a copy of %s: one source\n", s.CopyOf)
		return
	case !s.Relevance.Relevant:
		fmt.Fprintf(w, "  left out: %s\n", s.Relevance.Why)
	default:
		fmt.Fprintf(w, "  %d claims; %s\n", len(s.Claims), s.Relevance.Why)
	}
	for _, c := range s.Copies {
		fmt.Fprintf(w, "  copied in %s\n", c)
	}
	for i := range s.Claims {
		printClaim(w, &s.Claims[i])
	}
	for _, c := range s.Conflicts {
		fmt.Fprintf(w, "\n  CONFLICT %s: %s (%s)\n", strings.Join(c.Claims, " and "), c.Why, strings.Join(c.Voices, "; "))
	}
	if len(s.Dropped) > 0 {
		fmt.Fprintf(w, "\n  dropped:\n")
	}
	for _, d := range s.Dropped {
		fmt.Fprintf(w, "    %q: %s\n", shortened(d.Text, 70), d.Reason)
	}
}

func printClaim(w io.Writer, c *claim.Claim) {
	fmt.Fprintf(w, "\n  %s  %s, %s\n", c.ID, c.Kind, c.Status)
	line := func(what, value string) {
		if value != "" {
			fmt.Fprintf(w, "    %-6s %s\n", what, value)
		}
	}
	line("what", c.Salute.Activity)
	line("who", who(c))
	line("where", where(c))
	line("when", when(c))
	line("says", voice(c))
	line("grade", fmt.Sprintf("%s%d (%s)", c.Grade.Source, c.Grade.Credibility, c.Grade.Why))
	for _, p := range c.Proposes {
		line("change", strings.TrimSpace(fmt.Sprintf("%s to %s from %s: %s", p.What, orUnknown(p.To), orUnknown(p.From), p.Note)))
	}
	line("text", c.Sentence)
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

func who(c *claim.Claim) string {
	var all []string
	for _, a := range c.Actors {
		s := a.Name + " " + a.Role
		if a.Relation != "" {
			s += " (" + a.Relation + ")"
		}
		all = append(all, s)
	}
	return strings.Join(all, "; ")
}

func where(c *claim.Claim) string {
	r := c.Where
	switch {
	case r == nil:
		return "unknown: the text names no place"
	case r.Problem != "":
		return "nowhere: " + r.Problem
	}
	s := fmt.Sprintf("%s, %s km2 for 90 %%", r.Anchor, locate.Rounded(r.AreaKM2))
	if r.StatedKM != nil {
		s = fmt.Sprintf("%.3g to %.3g km from %s, %s km2 for 90 %%", r.LoKM, r.HiKM, r.Anchor, locate.Rounded(r.AreaKM2))
	}
	if f := r.Frontier; f != nil {
		s += fmt.Sprintf("; %.3g to %.3g km from the frontier, %s", f.LeastKM, f.MostKM, sides[f.Side])
	}
	return s
}

var sides = map[string]string{"own": "own side", "far": "far side", "both": "both sides"}

func when(c *claim.Claim) string {
	s := "unknown"
	if c.When.Known {
		s = c.When.From
		if c.When.To != c.When.From {
			s += " to " + c.When.To
		}
	}
	if c.When.Text != "" {
		s += fmt.Sprintf(" (%q)", c.When.Text)
	}
	if c.When.Note != "" {
		s += ": " + c.When.Note
	}
	return s
}

func voice(c *claim.Claim) string {
	s := strings.TrimSpace(c.Voice.Title + " " + c.Voice.Name)
	if s == "" {
		s = "nobody is named"
	}
	if c.Voice.Role != "" {
		s += ", " + c.Voice.Role
	}
	s += " (" + strings.ReplaceAll(c.Voice.How, "_", " ")
	if c.Voice.Quote {
		s += ", quoted"
	}
	return s + ")"
}

func shortened(s string, n int) string {
	r := []rune(strings.ReplaceAll(s, "\n", " "))
	if len(r) <= n {
		return string(r)
	}
	return string(r[:n]) + "..."
}

// write writes the table and the page that were asked for.
func (c reportReadCommand) write(read readStories, w *locate.Watch) error {
	if c.CSV != "" {
		if err := export.File(c.CSV, func(out io.Writer) error { return writeCSV(out, read.Stories) }); err != nil {
			return err
		}
	}
	if c.HTML != "" {
		return export.File(c.HTML, func(out io.Writer) error { return claim.WritePage(out, read.Stories, w) })
	}
	return nil
}

// writeCSV writes a row for each claim. Cells that a spreadsheet would take
// for a formula get an apostrophe.
func writeCSV(out io.Writer, stories []claim.Story) error {
	w := csv.NewWriter(out)
	rows := [][]string{{"id", "source", "kind", "status", "what", "who", "anchor", "area_km2", "frontier_least_km", "frontier_most_km", "side",
		"from", "to", "voice", "how", "grade", "plover", "acled", "sentence"}}
	for i := range stories {
		for k := range stories[i].Claims {
			rows = append(rows, csvRow(&stories[i], &stories[i].Claims[k]))
		}
	}
	for _, row := range rows {
		for i := range row {
			if row[i] != "" && strings.ContainsRune("=+-@\t\r", rune(row[i][0])) {
				row[i] = "'" + row[i]
			}
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

func csvRow(s *claim.Story, c *claim.Claim) []string {
	anchor, km2, least, most, side := "", "", "", "", ""
	if r := c.Where; r != nil {
		anchor, km2 = r.Anchor, strconv.FormatFloat(r.AreaKM2, 'f', 1, 64)
		if f := r.Frontier; f != nil {
			least, most, side = strconv.FormatFloat(f.LeastKM, 'f', 1, 64), strconv.FormatFloat(f.MostKM, 'f', 1, 64), f.Side
		}
	}
	return []string{c.ID, strings.TrimSpace(s.Document.Source + " " + s.Document.Part), string(c.Kind), string(c.Status), c.Salute.Activity, who(c),
		anchor, km2, least, most, side, c.When.From, c.When.To, strings.TrimSpace(c.Voice.Title + " " + c.Voice.Name), c.Voice.How,
		fmt.Sprintf("%s%d", c.Grade.Source, c.Grade.Credibility), c.Codes.Plover, c.Codes.ACLED, c.Sentence}
}
