package main

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"vedette/crossing"
)

type easiCommand struct {
	Path          string   `arg:"" help:"The tasks of the path as CSV; - reads standard input." placeholder:"FILE.csv"`
	Communication float64  `name:"pc" help:"Probability that an alarm reaches the responders." default:"0.95" placeholder:"P"`
	Response      float64  `name:"rft" required:"" help:"Mean time from alarm to interruption, seconds." placeholder:"S"`
	ResponseSD    *float64 `name:"rft-sd" help:"Its standard deviation, seconds; 30 % of --rft when not given." placeholder:"S"`
}

func (easiCommand) Help() string {
	return `Gives the probability that responders interrupt an intruder on one path (EASI): task by task, the
probability of detection, where in the task its sensor stands (B, M or E: beginning, middle, end), and
the delay. The critical detection point is the last sensor whose alarm still leaves the response
time enough, were every time its mean.

The file is CSV with the columns task,p_detect,location,delay_s,delay_sd_s.

Example:
  vedette easi examples/easi/sample.csv --pc 0.95 --rft 300 --rft-sd 90`
}

// interruption is what easi prints as JSON.
type interruption struct {
	crossing.Guard
	crossing.Interruption
}

func (c easiCommand) Run(con *console) error {
	guard, err := c.guard()
	if err != nil {
		return err
	}
	tasks, err := c.tasks()
	if err != nil {
		return err
	}
	result := interruption{guard, crossing.EASI(tasks, guard)}
	return con.print(result, result.text)
}

func (c easiCommand) guard() (crossing.Guard, error) {
	if !(c.Communication >= 0 && c.Communication <= 1) {
		return crossing.Guard{}, misuse("--pc: %v is no probability; give a number from 0 to 1", c.Communication)
	}
	guard := crossing.Guard{Communication: c.Communication, Response: c.Response, ResponseSD: .3 * c.Response}
	if c.ResponseSD != nil {
		guard.ResponseSD = *c.ResponseSD
	}
	if err := guard.Check(); err != nil {
		return crossing.Guard{}, misuse("--rft, --rft-sd: %w", err)
	}
	return guard, nil
}

func (c easiCommand) tasks() ([]crossing.Task, error) {
	in, name := os.Stdin, "standard input"
	if c.Path != "-" {
		f, err := os.Open(c.Path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in, name = f, c.Path
	}
	tasks, err := crossing.ReadTasks(in)
	if err != nil {
		return nil, fmt.Errorf("%s:\n%w", name, err)
	}
	return tasks, nil
}

func (r interruption) text(w io.Writer) {
	fmt.Fprintf(w, "P(I) %.6f\n", r.P)
	r.critical(w)
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\tP(D)\tsensor at\tremaining s\tP(R|A)\tfirst alarm\t  task")
	for i, s := range r.Tasks {
		fmt.Fprintf(table, "%d\t%.3f\t%s\t%.1f\t%.6f\t%.6f\t  %s\n",
			i+1, s.Detect, s.Place, s.Remaining, s.InTime, s.First, s.Name)
	}
	table.Flush()
}

// critical says in words where an alarm still helps.
func (r interruption) critical(w io.Writer) {
	if r.Critical < 0 {
		fmt.Fprintf(w, "critical detection point: none; even after the first sensor only %.1f s remain, and the response takes %.1f s\n",
			r.Tasks[0].Remaining, r.Response)
		return
	}
	s := r.Tasks[r.Critical]
	fmt.Fprintf(w, "critical detection point: task %d, %s, at its %s: %.1f s remain, and the response takes %.1f s\n",
		r.Critical+1, s.Name, s.Place, s.Remaining, r.Response)
	fmt.Fprintf(w, "detection after it comes too late; with mean times P(I) is %.6f\n", r.ByMeans)
}
