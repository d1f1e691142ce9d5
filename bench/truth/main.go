// Command truth counts how many cells the quick modes get wrong against the
// exact one.
//
//	go run ./truth
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image"
	"io"
	"os"
	"text/tabwriter"

	"vedette/bench/relief"
	"vedette/grid"
	"vedette/viewshed"
)

// settings say what is compared.
type settings struct {
	Observers int             `json:"observers"`
	Height    float64         `json:"height_m"`
	Range     float64         `json:"range_m"`
	Params    viewshed.Params `json:"params"`
}

func main() {
	var s settings
	flag.IntVar(&s.Observers, "observers", 12, "observers on each terrain")
	flag.Float64Var(&s.Height, "height", 15, "height of the eyes, metres")
	flag.Float64Var(&s.Range, "range", 15000, "range, metres")
	flag.Float64Var(&s.Params.Target, "target", 1.7, "height of the target, metres")
	flag.Float64Var(&s.Params.Curvature, "curvature", 0.85714, "curvature and refraction")
	asJSON := flag.Bool("json", false, "print JSON")
	flag.Parse()
	if err := run(s, *asJSON, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "truth:", err)
		os.Exit(1)
	}
}

func run(s settings, asJSON bool, to io.Writer) error {
	if s.Observers < 1 || s.Range <= 0 {
		return errors.New("observers must be at least 1 and the range above 0")
	}
	var rows []row
	for _, kind := range relief.Kinds {
		ground := kind.Make()
		more, err := s.compare(kind.Name, ground, relief.Observers(ground, s.Observers))
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	if asJSON {
		e := json.NewEncoder(to)
		e.SetIndent("", "\t")
		return e.Encode(struct {
			Settings settings `json:"settings"`
			Rows     []row    `json:"rows"`
		}{s, rows})
	}
	return s.print(to, rows)
}

// row is what one mode gets wrong on one terrain, all observers together.
type row struct {
	Terrain  string        `json:"terrain"`
	Mode     viewshed.Mode `json:"mode"`
	Cells    int           `json:"cells"`       // in range
	Seen     int           `json:"seen"`        // exactly
	Missed   int           `json:"missed"`      // seen, but not by this mode
	Invented int           `json:"invented"`    // not seen, but by this mode
	Worst    float64       `json:"worst_share"` // of one observer, per seen cell
}

func (r row) wrong() int { return r.Missed + r.Invented }

func (s settings) compare(terrain string, ground *grid.Raster[float32], places [][2]int) ([]row, error) {
	rows := []row{{Terrain: terrain, Mode: viewshed.Ray}, {Terrain: terrain, Mode: viewshed.GDAL}}
	surface := viewshed.Surface{Ground: ground, Screen: ground}
	for _, at := range places {
		o := viewshed.Observer{Col: at[0], Row: at[1], Height: s.Height, MaxRange: s.Range}
		p := s.Params
		p.Mode = viewshed.Exact
		truth, err := viewshed.Compute(surface, o, p)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			p.Mode = rows[i].Mode
			seen, err := viewshed.Compute(surface, o, p)
			if err != nil {
				return nil, err
			}
			rows[i].add(count(ground.Frame, o, truth, seen))
		}
	}
	return rows, nil
}

// count goes through the cells in range of one observer.
func count(f grid.Frame, o viewshed.Observer, truth, seen *viewshed.Seen) (r row) {
	for row := range f.Rows {
		for col := range f.Cols {
			x, y := float64(col-o.Col)*f.DX, float64(row-o.Row)*f.DY
			if x*x+y*y > o.MaxRange*o.MaxRange {
				continue
			}
			r.Cells++
			is, said := sees(truth, col, row), sees(seen, col, row)
			switch {
			case is && said:
				r.Seen++
			case is:
				r.Seen++
				r.Missed++
			case said:
				r.Invented++
			}
		}
	}
	return r
}

func sees(s *viewshed.Seen, col, row int) bool {
	return image.Pt(col, row).In(s.Window) && s.At(col, row)
}

func (r *row) add(one row) {
	r.Cells += one.Cells
	r.Seen += one.Seen
	r.Missed += one.Missed
	r.Invented += one.Invented
	r.Worst = max(r.Worst, float64(one.wrong())/float64(max(one.Seen, 1)))
}

func (s settings) print(to io.Writer, rows []row) error {
	fmt.Fprintf(to, "%d observers on each terrain; eyes at %g m, target %g m, range %g m, curvature %g\n",
		s.Observers, s.Height, s.Params.Target, s.Range, s.Params.Curvature)
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "terrain\tmode\tcells\tseen\tmissed\tinvented\twrong per seen cell\tworst observer\twrong per cell")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%.2f %%\t%.2f %%\t%.3f %%\n", r.Terrain, r.Mode, r.Cells, r.Seen, r.Missed, r.Invented,
			100*float64(r.wrong())/float64(max(r.Seen, 1)), 100*r.Worst, 100*float64(r.wrong())/float64(max(r.Cells, 1)))
	}
	return w.Flush()
}
