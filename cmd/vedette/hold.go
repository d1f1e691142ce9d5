package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"vedette/internal/admin"
)

type holdCommands struct {
	Place   holdPlace   `cmd:"" help:"Keep positions beyond their term, for a reason and until an end."`
	List    holdList    `cmd:"" help:"List the holds that were not released."`
	Release holdRelease `cmd:"" help:"End a hold before its time."`
}

type holdPlace struct {
	dataFlag
	From   string `required:"" help:"When what is held was received, in UTC: 2018-11-25T12:00:00Z, or a day." placeholder:"TIME"`
	To     string `required:"" help:"Up to when." placeholder:"TIME"`
	Source string `help:"Only of this source." placeholder:"NAME"`
	Until  string `required:"" help:"When the hold ends." placeholder:"TIME"`
	Reason string `required:"" help:"Why." placeholder:"TEXT"`
}

func (holdPlace) Help() string {
	return `Positions are deleted when their term is over (journal.term in the settings). A hold keeps those that were
received in a time, until it ends: for an inquiry, say. Who placed it and why stays in the journal.

Example:
  vedette hold place --from 2018-11-25 --to 2018-11-26 --until 2019-06-01 --reason "inquiry 12"`
}

func (c holdPlace) Run(con *console) error {
	ask := admin.PlaceHold{Source: c.Source, Reason: c.Reason}
	for _, t := range []struct {
		flag, text string
		into       *time.Time
	}{{"--from", c.From, &ask.From}, {"--to", c.To, &ask.To}, {"--until", c.Until, &ask.Until}} {
		at, err := parseTime(t.text)
		if err != nil {
			return misuse("%s: %w", t.flag, err)
		}
		*t.into = at
	}
	return c.atDesk(con, func(ctx context.Context, d *admin.Desk) error {
		placed, err := d.PlaceHold(ctx, ask)
		if err != nil {
			return err
		}
		return con.print(placed, func(w io.Writer) {
			fmt.Fprintf(w, "Hold %s keeps what was received from %s to %s until %s\n", placed.ID, c.From, c.To, c.Until)
		})
	})
}

type holdList struct{ dataFlag }

func (c holdList) Run(con *console) error {
	return c.atDesk(con, func(ctx context.Context, d *admin.Desk) error {
		holds, err := d.Journal.Holds(ctx)
		if err != nil {
			return err
		}
		return con.print(holds, func(w io.Writer) {
			tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
			fmt.Fprintln(tab, "HOLD\tFROM\tTO\tSOURCE\tUNTIL\tBY\tREASON")
			for _, h := range holds {
				fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", h.ID, h.From.Format(time.RFC3339), h.To.Format(time.RFC3339), h.Source, h.Until.Format(time.RFC3339), h.By, h.Reason)
			}
			_ = tab.Flush() // writes to w, whose errors nobody can read
		})
	})
}

type holdRelease struct {
	dataFlag
	ID     string `arg:"" help:"The hold, as vedette hold list names it." placeholder:"HOLD"`
	Reason string `required:"" help:"Why." placeholder:"TEXT"`
}

func (c holdRelease) Run(con *console) error {
	return c.atDesk(con, func(ctx context.Context, d *admin.Desk) error {
		if err := d.ReleaseHold(ctx, admin.ReleaseHold{ID: c.ID, Reason: c.Reason}); err != nil {
			return err
		}
		return con.print(c.ID, func(w io.Writer) { fmt.Fprintf(w, "Hold %s is released\n", c.ID) })
	})
}
