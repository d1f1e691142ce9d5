package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"vedette/export"
	"vedette/export/tracks"
	"vedette/internal/app"
	"vedette/internal/history"
	"vedette/track"
)

type historyCommands struct {
	Rebuild rebuildCommand `cmd:"" help:"Make the history of a data folder again from its journal."`
}

type rebuildCommand struct {
	dataFlag
}

func (rebuildCommand) Help() string {
	return `Reads the whole journal and makes the history anew beside the old one, which stays until the new one
is whole. Positions that are past their term and were deleted do not come back.

Example:
  vedette history rebuild --data ./data`
}

// rebuilt is what rebuild prints as JSON.
type rebuilt struct {
	History string `json:"history"`
	// The last event of each log that is projected.
	Contacts uint64 `json:"contacts"`
	Events   uint64 `json:"events"`
	Unread   int64  `json:"unread"` // events that say they are observations and cannot be read
}

func (c rebuildCommand) Run(con *console) error {
	j, err := app.OpenJournal(con, c.Data)
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	path := c.history()
	p := newProgress(con.err)
	err = history.Rebuild(con, j, path, func(done, total uint64) { p.step("history", int(done), int(total)) })
	p.end()
	if err := errors.Join(err, j.Close()); err != nil {
		return err
	}
	r, err := look(con, path)
	if err != nil {
		return err
	}
	return con.print(r, func(w io.Writer) {
		fmt.Fprintf(w, "%s: up to event %d, contact %d\n", r.History, r.Events, r.Contacts)
		if r.Unread > 0 {
			fmt.Fprintf(w, "  %d observations cannot be read; the table unread names them\n", r.Unread)
		}
	})
}

func look(ctx context.Context, path string) (r rebuilt, err error) {
	h, err := history.OpenReader(path)
	if err != nil {
		return r, err
	}
	r.History = path
	if r.Contacts, r.Events, err = h.Progress(ctx); err == nil {
		r.Unread, err = h.Unread(ctx)
	}
	return r, errors.Join(err, h.Close())
}

type exportCommand struct {
	dataFlag
	From   string   `required:"" help:"The first time that is meant, in UTC: 2018-11-25T12:00:00Z, or a day." placeholder:"TIME"`
	To     string   `required:"" help:"The first that is not." placeholder:"TIME"`
	Box    string   `help:"Only what was in there: longitudes and latitudes in degrees." placeholder:"W,S,E,N"`
	Source []string `help:"Only of this source; may be given again." sep:"none" placeholder:"NAME"`
	ID     []string `name:"id" help:"Only this identity; may be given again." sep:"none" placeholder:"ID"`
	Type   []string `help:"Only this type of Cursor on Target, and what is more special; may be given again." sep:"none" placeholder:"TYPE"`
	Format string   `required:"" help:"geojson, gpx, gpkg or csv." enum:"geojson,gpx,gpkg,csv" placeholder:"FORMAT"`
	Out    string   `help:"File to write; without it the standard output." placeholder:"FILE" type:"path"`
	DryRun bool     `help:"Only say what would be written."`
}

func (exportCommand) Help() string {
	return `Writes what was seen in a time, by the times of the sources, beside a running server too. The file says
what it is, of which sources, which of them are made up, and until when it may be kept. It holds
everything, for all groups: it is for you and not for everybody.

Example:
  vedette export --data ./data --from 2018-11-25 --to 2018-11-26 --box 40,34,42,35 --format gpkg --out day.gpkg`
}

// exported is what export prints as JSON.
type exported struct {
	File    string            `json:"file,omitempty"`
	DryRun  bool              `json:"dry_run,omitempty"`
	Sources []history.Summary `json:"sources"`
}

func (c exportCommand) Run(con *console) error {
	q, err := c.query()
	if err != nil {
		return err
	}
	h, err := history.OpenReader(c.history())
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("export: %w: vedette history rebuild --data %s", err, c.Data)
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return errors.Join(c.export(con, h, q), h.Close())
}

func (c exportCommand) export(con *console, h *history.History, q history.Query) error {
	sources, err := h.Summarize(con, q)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	done := exported{DryRun: c.DryRun, Sources: sources}
	if c.DryRun {
		return con.print(done, done.print)
	}
	about, err := aboutOf(con, h, q, sources)
	if err != nil {
		return err
	}
	write := func(w io.Writer) error { return writeTracks(con, w, tracks.Format(c.Format), about, h, q) }
	if c.Out == "" {
		return write(con.out)
	}
	if err := export.File(c.Out, write); err != nil {
		return err
	}
	done.File = c.Out
	return con.print(done, done.print)
}

func (e exported) print(w io.Writer) {
	verb := "would be written"
	if e.File != "" {
		verb = "written to " + e.File
	}
	if len(e.Sources) == 0 {
		fmt.Fprintf(w, "nothing %s: nothing was seen there and then\n", verb)
	}
	for _, s := range e.Sources {
		fmt.Fprintf(w, "%s: %d observations of %d tracks %s, %s to %s\n", s.Source, s.Observations, s.Tracks, verb,
			s.First.Format(time.RFC3339), s.Last.Format(time.RFC3339))
		if n := s.Synthetic + s.Illustrative; n > 0 {
			fmt.Fprintf(w, "  %d of them say that they are made up\n", n)
		}
	}
}

func (c exportCommand) query() (q history.Query, err error) {
	if q.From, err = parseTime(c.From); err != nil {
		return q, misuse("--from: %w", err)
	}
	if q.To, err = parseTime(c.To); err != nil {
		return q, misuse("--to: %w", err)
	}
	if q.To.Before(q.From) {
		return q, misuse("--from: %s is after --to: exchange them", c.From)
	}
	if c.Box != "" {
		if q.Box, err = parseBox(c.Box); err != nil {
			return q, misuse("--box: %w", err)
		}
	}
	q.Sources, q.IDs, q.Types = c.Source, c.ID, c.Type
	return q, nil
}

// parseTime reads a time with its zone, or a time or a day in UTC.
func parseTime(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1970 && t.Year() <= 2261 {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time from 1970 to 2261; give one like 2018-11-25T12:00:00Z, or a day", s)
}

func parseBox(s string) (*history.Box, error) {
	parts := strings.Split(s, ",")
	var v [4]float64
	if len(parts) != len(v) {
		return nil, fmt.Errorf("%q has not four numbers; give west,south,east,north in degrees", s)
	}
	for i, part := range parts {
		var err error
		if v[i], err = strconv.ParseFloat(strings.TrimSpace(part), 64); err != nil {
			return nil, fmt.Errorf("%q is no number; give west,south,east,north in degrees", part)
		}
	}
	b := &history.Box{West: v[0], South: v[1], East: v[2], North: v[3]}
	return b, b.Check()
}

// defaultTerm is that of the journal, before a sweep has told of another.
const defaultTerm = 30 * 24 * time.Hour

func aboutOf(ctx context.Context, h *history.History, q history.Query, sources []history.Summary) (tracks.About, error) {
	term, err := h.Term(ctx)
	if err != nil {
		return tracks.About{}, fmt.Errorf("export: %w", err)
	}
	if term == 0 {
		term = defaultTerm
	}
	a := tracks.About{Made: time.Now().UTC().Truncate(time.Second), Software: "Vedette " + version(), From: q.From, To: q.To, Term: term}
	if q.Box != nil {
		a.Box = &[4]float64{q.Box.West, q.Box.South, q.Box.East, q.Box.North}
	}
	for _, s := range sources {
		if s.Newest.After(a.Newest) {
			a.Newest = s.Newest
		}
		a.Sources = append(a.Sources, tracks.Source{Name: s.Source, Observations: s.Observations, Synthetic: s.Synthetic, Illustrative: s.Illustrative})
	}
	return a, nil
}

func writeTracks(ctx context.Context, w io.Writer, f tracks.Format, about tracks.About, h *history.History, q history.Query) error {
	out, err := tracks.New(w, f, about)
	if err != nil {
		return err
	}
	if err := h.Each(ctx, q, func(o *track.Observation) error { return out.Add(o) }); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return out.Close(ctx)
}
