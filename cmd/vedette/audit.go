package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"vedette/internal/access"
	"vedette/internal/app"
	"vedette/internal/journal"
)

type auditCommands struct {
	Verify auditVerify `cmd:"" help:"Check that nothing in the trail was changed, taken out or put in."`
	List   auditList   `cmd:"" help:"List who did what."`
}

// withEvents calls fn with the log in which the trail is kept.
func (d dataFlag) withEvents(con *console, fn func(context.Context, *journal.Log) error) error {
	return con.within(d.Data, func() error {
		if con.live != nil {
			return fn(con, con.live.Events())
		}
		j, err := app.OpenJournal(con, d.Data)
		if err != nil {
			return err
		}
		return errors.Join(fn(con, j.Events), j.Close())
	})
}

type auditVerify struct {
	dataFlag
	Holds []string `help:"An entry that was noted elsewhere, as number:hash, and must be there." placeholder:"N:HASH"`
}

func (auditVerify) Help() string {
	return `Every entry holds the hash of the one before it. What is cut off the end does not show by that: note the
last entry's number and hash, which this prints, on paper or elsewhere, and give them next time.

Examples:
  vedette audit verify
  vedette audit verify --holds 214:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08`
}

// verified is what a check of the trail gives.
type verified struct {
	Entries uint64 `json:"entries"`
	Hash    string `json:"hash"` // of the last; empty where there is none
}

func (c auditVerify) Run(con *console) error {
	noted, err := notedEntries(c.Holds)
	if err != nil {
		return err
	}
	return c.withEvents(con, func(ctx context.Context, events *journal.Log) error {
		found, err := verifyTrail(ctx, events, noted)
		if err != nil {
			return err
		}
		return con.print(found, func(w io.Writer) {
			fmt.Fprintf(w, "%d entries, the chain is whole\n", found.Entries)
			if found.Entries > 0 {
				fmt.Fprintf(w, "Note the last: %d:%s\n", found.Entries, found.Hash)
			}
		})
	})
}

// notedEntries reads what somebody has noted of the trail: hashes by number.
func notedEntries(holds []string) (map[uint64]string, error) {
	noted := map[uint64]string{}
	for _, text := range holds {
		number, hash, _ := strings.Cut(text, ":")
		n, err := strconv.ParseUint(number, 10, 64)
		if err != nil || n == 0 || len(hash) != 64 {
			return nil, misuse("--holds: %q is no entry; give number:hash, as vedette audit verify prints it", text)
		}
		noted[n] = strings.ToLower(hash)
	}
	return noted, nil
}

// verifyTrail checks the trail, and that it holds what was noted.
func verifyTrail(ctx context.Context, events *journal.Log, noted map[uint64]string) (verified, error) {
	end, err := access.Verify(ctx, events, func(e access.Entry) error {
		if want, there := noted[e.N]; there && want != e.Hash {
			return fmt.Errorf("entry %d is not the one that was noted: its hash is %s; the trail was rewritten", e.N, e.Hash)
		}
		return nil
	})
	for n := range noted {
		if err == nil && n > end.N {
			err = fmt.Errorf("the trail ends at entry %d, and entry %d was noted; its end was cut off", end.N, n)
		}
	}
	return verified{end.N, end.Hash}, err
}

type auditList struct {
	dataFlag
	Last int    `help:"Only so many of the latest; 0 for all." default:"50"`
	Who  string `help:"Only what this one did." placeholder:"NAME"`
	What string `help:"Only this kind of act, as user.add, or all that begin so, as user." placeholder:"ACT"`
}

func (c auditList) Run(con *console) error {
	if c.Last < 0 {
		return misuse("--last: %d is below zero", c.Last)
	}
	return c.withEvents(con, func(ctx context.Context, events *journal.Log) error {
		all, err := c.entries(ctx, events)
		if err != nil {
			return err
		}
		return con.print(all, func(w io.Writer) { printEntries(w, all) })
	})
}

// entries gives those that are asked for, once the whole trail is verified.
func (c auditList) entries(ctx context.Context, events *journal.Log) ([]access.Entry, error) {
	all := []access.Entry{}
	_, err := access.Verify(ctx, events, func(e access.Entry) error {
		if (c.Who == "" || e.Who == c.Who) && (e.What == c.What || strings.HasPrefix(e.What, strings.TrimSuffix(c.What, ".")+".") || c.What == "") {
			all = append(all, e)
		}
		if c.Last > 0 && len(all) > c.Last {
			all = all[1:]
		}
		return nil
	})
	return all, err
}

func printEntries(w io.Writer, all []access.Entry) {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, e := range all {
		fmt.Fprintf(tab, "%d\t%s\t%s (%s)\t%s\t%s\t%s\n", e.N, e.At.Format(time.RFC3339), e.Who, e.How, e.What, e.Object, e.Outcome)
	}
	_ = tab.Flush() // writes to w, whose errors nobody can read
}
