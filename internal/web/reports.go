package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vedette/internal/journal"
	"vedette/internal/picture"
	"vedette/track"
)

// kindReport is that of a report in the journal.
const kindReport = "report.received"

// Received is a report as it is kept.
type Received struct {
	ID       string     `json:"id"`
	Received time.Time  `json:"received"`
	Time     time.Time  `json:"time" doc:"of what it tells"`
	By       string     `json:"by" doc:"who sent it in"`
	Reporter string     `json:"reporter,omitempty" doc:"a code name, never a person's: HAWK-7"`
	Place    string     `json:"place,omitempty" doc:"in words"`
	Lat      *float64   `json:"lat_deg,omitempty"`
	Lon      *float64   `json:"lon_deg,omitempty"`
	Text     string     `json:"text"`
	Groups   []string   `json:"groups,omitempty" doc:"who may read it; left out for all"`
	Files    []KeptFile `json:"files,omitempty"`
}

// KeptFile is a file of a report.
type KeptFile struct {
	SHA256 string `json:"sha256" doc:"of the file as it came; names it"`
	Type   string `json:"type" doc:"by its content"`
	Bytes  int64  `json:"bytes"`
	Shown  bool   `json:"shown" doc:"there is a copy without metadata; without one only planners can read it"`
}

func (r *Received) visible(groups []string) bool {
	return picture.Visible(&track.Observation{Groups: r.Groups}, groups)
}

// reports find reports. The journal has them; here is where they stand in it,
// and the newest themselves.
type reports struct {
	opts  Options
	store *store

	mu     sync.Mutex
	places map[string]uint64 // sequence in the journal by id
	newest []numbered        // in the order of the journal, at most mostReports
	older  bool              // some are no longer among the newest
	behind uint64            // sequence up to which the journal must be read
	read   uint64
}

type numbered struct {
	seq uint64
	Received
}

// Bounds of what is held: reports, and bytes of the text of each in the list.
const (
	mostReports = 10_000
	excerpt     = 280
	retryTime   = 5 * time.Second
)

func openReports(opts Options) (*reports, error) {
	store, err := openStore(opts.Dir)
	if err != nil {
		return nil, err
	}
	return &reports{opts: opts, store: store, places: map[string]uint64{}, behind: 1<<64 - 1}, nil
}

// follow reads the reports in the journal, and those that others append, until
// ctx ends. While the journal is failed it tries again.
func (r *reports) follow(ctx context.Context) error {
	for ctx.Err() == nil {
		err := r.readFrom(ctx)
		if ctx.Err() != nil {
			return nil
		}
		r.opts.Log.Warn("reports cannot be read from the journal; trying again", "err", err)
		rest(ctx, retryTime)
	}
	return nil
}

func (r *reports) readFrom(ctx context.Context) error {
	last, err := r.opts.Journal.Events.Last(ctx)
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.behind = last
	after := r.read
	r.mu.Unlock()
	return r.opts.Journal.Events.Follow(ctx, after, func(rec journal.Record) error {
		report, ok := reportIn(rec)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.read = rec.Seq
		if ok {
			r.hold(rec.Seq, report)
		}
		return nil
	})
}

// caughtUp tells whether all reports that were in the journal at the start have
// been read.
func (r *reports) caughtUp() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.read >= r.behind
}

// reportIn reads a report out of a record.
func reportIn(rec journal.Record) (Received, bool) {
	var report Received
	if rec.Kind != kindReport || rec.Version != 1 || json.Unmarshal(rec.Payload, &report) != nil {
		return Received{}, false
	}
	return report, true
}

// hold takes a report among the newest; r.mu is held. One that is there already
// was held by who appended it.
func (r *reports) hold(seq uint64, report Received) {
	if _, known := r.places[report.ID]; known {
		return
	}
	r.places[report.ID] = seq
	report.Text = beginning(report.Text)
	at, _ := slices.BinarySearchFunc(r.newest, seq, func(n numbered, seq uint64) int {
		if n.seq < seq {
			return -1
		}
		return 1
	})
	r.newest = slices.Insert(r.newest, at, numbered{seq, report})
	if len(r.newest) > mostReports {
		r.newest, r.older = slices.Delete(r.newest, 0, 1), true
	}
}

func beginning(text string) string {
	for i := range text {
		if i > excerpt {
			return text[:i] + "…"
		}
	}
	return text
}

// keep writes a report to the journal and returns once it is synced.
func (r *reports) keep(ctx context.Context, report Received) error {
	payload, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("keep a report: %w", err)
	}
	results, err := r.opts.Journal.Events.Append(ctx, journal.Event{
		ID: report.ID, Kind: kindReport, Version: 1, Source: report.By,
		Time: report.Time, Received: report.Received, Payload: payload,
	})
	if err != nil {
		return fmt.Errorf("keep a report: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hold(results[0].Seq, report)
	return nil
}

// named gives a report to who may read it.
func (r *reports) named(ctx context.Context, id string) (Received, error) {
	r.mu.Lock()
	seq, ok := r.places[id]
	r.mu.Unlock()
	if !ok {
		return Received{}, noReport(id)
	}
	var found Received
	err := r.opts.Journal.Events.Replay(ctx, seq, func(rec journal.Record) error {
		found, ok = reportIn(rec)
		return errFound
	})
	switch {
	case !errors.Is(err, errFound):
		return Received{}, huma.Error503ServiceUnavailable(fmt.Sprintf("read report %s: %v", id, err))
	case !ok || found.ID != id || !found.visible(callerOf(ctx).groups()):
		return Received{}, noReport(id)
	}
	return found, nil
}

var errFound = errors.New("found")

func noReport(id string) error {
	return huma.Error404NotFound(fmt.Sprintf("there is no report %.80q; /api/v1/reports lists them", id))
}

// list gives reports before a sequence, newest first, and whether there are more.
func (r *reports) list(groups []string, before uint64, most int) (found []numbered, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range slices.Backward(r.newest) {
		if before != 0 && n.seq >= before || !n.visible(groups) {
			continue
		}
		if len(found) == most {
			return found, true
		}
		found = append(found, n)
	}
	return found, r.older
}

// idOf names a report by what it says, so that one sent again is known.
func idOf(report Received) (string, error) {
	report.Received = time.Time{}
	b, err := json.Marshal(report)
	sum := sha256.Sum256(b)
	return "r-" + hex.EncodeToString(sum[:16]), err
}

type reportsAsked struct {
	Before uint64 `query:"before" doc:"the next of the answer before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type reportsGiven struct {
	Body struct {
		Reports []Received `json:"reports" doc:"the texts are cut to their beginnings"`
		Next    uint64     `json:"next,omitempty" doc:"where to go on: before"`
		More    bool       `json:"more"`
	}
}

func (s *Server) listReports(ctx context.Context, q *reportsAsked) (*reportsGiven, error) {
	found, more := s.reports.list(callerOf(ctx).groups(), q.Before, q.Limit)
	out := &reportsGiven{}
	out.Body.Reports, out.Body.More = []Received{}, more
	for _, n := range found {
		out.Body.Reports = append(out.Body.Reports, n.Received)
		out.Body.Next = n.seq
	}
	return out, nil
}

type reportNamed struct {
	Report string `path:"report" pattern:"^r-[0-9a-f]{32}$"`
}

type reportGiven struct{ Body Received }

func (s *Server) getReport(ctx context.Context, q *reportNamed) (*reportGiven, error) {
	report, err := s.reports.named(ctx, q.Report)
	if err != nil {
		return nil, err
	}
	return &reportGiven{report}, s.audit(ctx, "open-report", report.ID, "")
}
