// Command draws tells how near a plan's search for the weakest crossings comes
// to one with many times as many draws of the watchers, on the two examples. It
// compares nobody else's program: there is none that searches so.
//
//	go run ./draws
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"vedette/coverage"
	"vedette/crossing"
	"vedette/exposure"
	"vedette/frontier"
	"vedette/mobility"
	"vedette/terrain"
)

// row is one mode of one example.
type row struct {
	Area       string  `json:"area"`
	Mode       string  `json:"mode"`
	Kilometres int     `json:"kilometres"`
	Mean       float64 `json:"mean_excess"` // of P(I) over the least that either search found
	Worst      float64 `json:"worst_excess"`
	Over       int     `json:"over_half_a_per_cent"`
	Missed     int     `json:"missed_by_many"` // kilometres where the plan's search found less
}

func main() {
	batches := flag.Int("batches", 30, "batches of draws to compare with; a plan takes eight at most")
	cell := flag.Float64("cell", 60, "side of a cell in metres")
	asJSON := flag.Bool("json", false, "print JSON")
	flag.Parse()
	if err := run(*batches, *cell, *asJSON); err != nil {
		fmt.Fprintln(os.Stderr, "draws:", err)
		os.Exit(1)
	}
}

func run(batches int, cell float64, asJSON bool) error {
	if batches < 1 {
		return fmt.Errorf("--batches: %d are none; give one at least", batches)
	}
	var rows []row
	for _, name := range []string{"al-qaim", "flat-line"} {
		text, err := os.ReadFile(filepath.Join("..", "examples", name, name+".area.geojson"))
		if err != nil {
			return fmt.Errorf("%w; run it in bench", err)
		}
		few, many, err := both(text, cell, batches)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for i := range few.Modes {
			rows = append(rows, compare(name, &few.Modes[i], &many.Modes[i]))
		}
	}
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(rows)
	}
	return report(os.Stdout, rows)
}

// both solves an area as a plan does, and with so many batches.
func both(text []byte, cell float64, batches int) (few, many *crossing.Result, err error) {
	ctx := context.Background()
	area, err := frontier.Read(bytes.NewReader(text))
	if err != nil {
		return nil, nil, err
	}
	heights, err := terrain.Open(ctx, area, terrain.Options{Cell: cell})
	if err != nil {
		return nil, nil, err
	}
	seen, err := coverage.Compute(ctx, coverage.Plan{Area: area, Terrain: heights, Conditions: exposure.Standard(area.Settings)})
	if err != nil {
		return nil, nil, err
	}
	p := crossing.Plan{
		Area: area, Ground: mobility.NewGround(area, heights, seen.Strip.Distance), Coverage: seen,
		Kinds: []crossing.Kind{crossing.OnFoot, crossing.ByPickup}, Draws: 1,
	}
	if few, err = solve(ctx, p); err != nil {
		return nil, nil, err
	}
	p.Batches = batches
	many, err = solve(ctx, p)
	return few, many, err
}

func solve(ctx context.Context, p crossing.Plan) (*crossing.Result, error) {
	start := time.Now()
	line, err := crossing.Solve(ctx, p)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "%s: solved in %.0f s\n", p.Area.Settings.Name, time.Since(start).Seconds())
	return line.Result(), nil
}

func compare(area string, few, many *crossing.Mode) row {
	r := row{Area: area, Mode: few.Kind + ", " + few.Condition.Name, Kilometres: len(few.Kilometres)}
	for i := range few.Kilometres {
		excess := few.Kilometres[i].PI - many.Kilometres[i].PI
		if excess < -.0005 {
			r.Missed++
		}
		excess = max(0, excess)
		r.Mean += excess / float64(r.Kilometres)
		r.Worst = max(r.Worst, excess)
		if excess > .005 {
			r.Over++
		}
	}
	return r
}

func report(out io.Writer, rows []row) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "area\tmode\tkilometres\tP(I) too high, mean\tat most\tover .005\tlower than with many draws")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%d\t%.5f\t%.4f\t%d\t%d\n", r.Area, r.Mode, r.Kilometres, r.Mean, r.Worst, r.Over, r.Missed)
	}
	return w.Flush()
}
