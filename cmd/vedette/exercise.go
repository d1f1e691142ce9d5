package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"vedette/exercise"
	"vedette/internal/app"
	"vedette/viewshed"
)

type exerciseCommand struct {
	Area         string   `arg:"" help:"The area file." placeholder:"AREA"`
	Validate     bool     `help:"Play the weakest crossings many times over, and compare with what was computed."`
	Runs         int      `help:"Runs of every path." default:"2000" placeholder:"N"`
	Seed         uint64   `help:"Of the random numbers; the same seed gives the same runs." default:"1" placeholder:"N"`
	Movers       []string `help:"Kinds of intruder: foot, motorcycle, 4x4, armoured_car, boat." default:"foot,4x4" placeholder:"KIND"`
	Kilometres   int      `help:"Play only so many kilometres of each mode, the weakest; 0 plays all." default:"0" placeholder:"N"`
	Others       int      `help:"Other paths to try in each kilometre." default:"6" placeholder:"N"`
	Cell         float64  `help:"Side of a cell in metres, instead of the area's." placeholder:"M"`
	VisibilityKM float64  `name:"visibility-km" help:"Visibility on a clear day, instead of the area's." placeholder:"KM"`
	DEM          []string `name:"dem" help:"Height files or folders (GeoTIFF, SRTM, DTED), instead of the area's terrain." placeholder:"FILE" type:"path"`
}

func (exerciseCommand) Help() string {
	return `With --validate it plays the weakest crossing of every kilometre many times over, with random watchers,
detections and response times and an own reckoning of the way and the drive, and sets how often the
intruder is interrupted beside the computed P(I). It tries other paths through the same kilometres
too: none may be weaker. It fails when chance does not explain a difference.

Example:
  vedette exercise examples/flat-line/flat-line.area.geojson --validate --runs 2000`
}

func (c exerciseCommand) check() error {
	switch {
	case !c.Validate:
		return misuse("exercise: only --validate exists so far; add it")
	case c.Runs < 1:
		return misuse("--runs: %d are none; give one at least", c.Runs)
	case c.Kilometres < 0:
		return misuse("--kilometres: %d is below zero; 0 plays all", c.Kilometres)
	case c.Others < 0:
		return misuse("--others: %d is below zero; 0 tries none", c.Others)
	case c.Cell < 0 || c.Cell != c.Cell:
		return misuse("--cell: %g is not a length in metres", c.Cell)
	case c.VisibilityKM < 0 || c.VisibilityKM != c.VisibilityKM:
		return misuse("--visibility-km: %g is not a distance in kilometres", c.VisibilityKM)
	}
	return nil
}

func (c exerciseCommand) Run(con *console) error {
	if err := c.check(); err != nil {
		return err
	}
	if _, err := app.Kinds(c.Movers); err != nil {
		return misuse("--movers: %w", err)
	}
	src, err := app.OpenArea(c.Area)
	if err != nil {
		return err
	}
	p := newProgress(con.err)
	report, err := app.Exercise(con, src, app.ExerciseSettings{
		PlanSettings: app.PlanSettings{Cell: c.Cell, Visibility: c.VisibilityKM * 1000, DEM: c.DEM, Mode: viewshed.Ray, Progress: p.step},
		Movers:       c.Movers, Kilometres: c.Kilometres, Runs: c.Runs, Others: c.Others, Seed: c.Seed,
	})
	p.end()
	if err != nil {
		return err
	}
	if err := con.print(report, func(w io.Writer) { printExercise(w, report) }); err != nil {
		return err
	}
	if failures := report.Failures(); len(failures) > 0 {
		return errors.New("the exercise does not agree with the computed figures:\n  " + strings.Join(failures, "\n  "))
	}
	return nil
}

// printExercise is a line for each mode, and its weakest kilometres.
func printExercise(w io.Writer, r *exercise.Report) {
	fmt.Fprintf(w, "%d runs of every path, seed %d, error of the response %.0f s\n\n", r.Runs, r.Seed, r.ResponseSD)
	for _, m := range r.Modes {
		fmt.Fprintf(w, "%s by %s: %d kilometres played, %d outside their 95 %% interval (%.1f expected, %d at most); largest |z| %.1f; %d of %d other paths beat the minimum\n",
			m.Kind, m.Condition, m.Played, m.Outside, m.Expected, m.Bound, max(m.LargestZ, -m.LargestZ), m.Beaten, m.Others)
	}
	fmt.Fprintln(w)
	printWorst(w, r)
}

// printWorst lists the ten kilometres of all modes that fit worst.
func printWorst(w io.Writer, r *exercise.Report) {
	type row struct {
		mode exercise.ModeReport
		exercise.Trial
	}
	var rows []row
	for _, m := range r.Modes {
		for _, t := range m.Kilometres {
			if t.Runs > 0 {
				rows = append(rows, row{m, t})
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Compare(max(b.Z, -b.Z), max(a.Z, -a.Z))
	})
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "km\tfrequency\t95 %\tcomputed\tz\t  mode")
	for _, t := range rows[:min(10, len(rows))] {
		fmt.Fprintf(table, "%g to %.4g\t%.4f\t%.4f to %.4f\t%.4f\t%+.1f\t  %s by %s\n",
			t.FromKM, t.ToKM, t.Frequency, t.Low, t.High, t.PI, t.Z, t.mode.Kind, t.mode.Condition)
	}
	table.Flush()
}
