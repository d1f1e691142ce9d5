package main

import (
	"errors"
	"fmt"
	"io"

	"vedette/frontier"
)

type checkCommand struct {
	Area string `arg:"" help:"The area file." placeholder:"AREA"`
}

func (checkCommand) Help() string {
	return `Reads an area file strictly and prints every problem at once: the feature, the field, what is
wrong, and how to mend it.

Example:
  vedette check examples/al-qaim/al-qaim.area.geojson`
}

// checked is what check prints as JSON.
type checked struct {
	Area     string             `json:"area"`
	Problems []frontier.Problem `json:"problems"`
}

func (c checkCommand) Run(con *console) error {
	area, err := frontier.Load(c.Area)
	var problems frontier.Problems
	if err != nil && !errors.As(err, &problems) {
		return err
	}
	if problems == nil {
		problems = frontier.Problems{}
	}
	if err := con.print(checked{c.Area, problems}, func(w io.Writer) { c.print(w, area, problems) }); err != nil {
		return err
	}
	if len(problems) > 0 {
		return fmt.Errorf("%s: %d problems", c.Area, len(problems))
	}
	return nil
}

func (c checkCommand) print(w io.Writer, area *frontier.Area, problems frontier.Problems) {
	for _, p := range problems {
		fmt.Fprintln(w, p)
	}
	if area == nil {
		return
	}
	fmt.Fprintf(w, "%s: nothing is wrong\n", c.Area)
	fmt.Fprintf(w, "  %d sites, %d barriers, %d bases, %d units, %d patrols, %d protected places\n",
		len(area.Sites), len(area.Barriers), len(area.Bases), len(area.Units), len(area.Patrols), len(area.Protected))
	if area.Settings.Illustrative {
		fmt.Fprintln(w, "  illustrative: it makes no claim about real positions")
	}
}
