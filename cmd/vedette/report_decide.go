package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"vedette/report/claim"
)

type reportDecideCommand struct {
	Log    string   `arg:"" help:"The log of decisions, JSON lines; it is made where it is missing." placeholder:"LOG"`
	Claim  string   `arg:"" optional:"" help:"The id of the claim. Without it the log is checked." placeholder:"CLAIM"`
	Act    string   `arg:"" optional:"" help:"confirm, amend, reject, merge or split." placeholder:"ACT"`
	By     string   `help:"Who decides." placeholder:"NAME"`
	Reason string   `help:"Why; only confirm needs none." placeholder:"TEXT"`
	With   []string `help:"The other claims of a merge or a split." placeholder:"CLAIM"`
	Change string   `help:"What is amended." placeholder:"TEXT"`
}

func (reportDecideCommand) Help() string {
	return `Decisions are only ever added. Every line holds the hash of the one before it; a line that was changed,
taken out or put in is found. A decision changes no plan: it says what a person holds of a claim.

Examples:
  vedette report decide decisions.jsonl 3f0a9c21b7d4 confirm --by "Duty officer"
  vedette report decide decisions.jsonl`
}

func (c reportDecideCommand) Run(con *console) error {
	log, err := os.ReadFile(c.Log)
	if err != nil && (c.Claim == "" || !errors.Is(err, fs.ErrNotExist)) {
		return fmt.Errorf("read the log: %w", err)
	}
	if c.Claim == "" {
		return c.check(con, log)
	}
	line, err := claim.Decide(log, claim.Decision{
		Claim: c.Claim, Act: c.Act, By: c.By, At: time.Now(), Reason: c.Reason, With: c.With, Change: c.Change,
	})
	if err != nil {
		return usage{err}
	}
	return appendTo(c.Log, line)
}

func (c reportDecideCommand) check(con *console, log []byte) error {
	all, err := claim.Verify(bytes.NewReader(log))
	if err != nil {
		return fmt.Errorf("%s: %w", c.Log, err)
	}
	return con.print(all, func(w io.Writer) {
		for _, d := range all {
			fmt.Fprintf(w, "%d  %s  %s  %s by %s", d.Seq, d.At.Format(time.RFC3339), d.Claim, d.Act, d.By)
			if d.Reason != "" {
				fmt.Fprintf(w, ": %s", d.Reason)
			}
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%d decisions, the chain is whole\n", len(all))
	})
}

func appendTo(path string, line []byte) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write the log: %w", err)
	}
	if _, err := f.Write(line); err != nil {
		return errors.Join(fmt.Errorf("write the log: %w", err), f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(fmt.Errorf("write the log: %w", err), f.Close())
	}
	return f.Close()
}
