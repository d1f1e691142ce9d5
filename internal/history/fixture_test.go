package history

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"vedette/geo"
	"vedette/internal/journal"
	"vedette/track"
)

var noon = time.Date(2018, 11, 25, 12, 0, 0, 0, time.UTC)

func after(d time.Duration) time.Time { return noon.Add(d) }

const minute = time.Minute

// seen is an observation some time after noon, current for ten minutes.
func seen(source, id string, d time.Duration, lat, lon float64) track.Observation {
	return track.Observation{
		Source: source, ID: id, Type: "a-u-G", Label: "L" + id, Fix: true, At: geo.Point{Lat: lat, Lon: lon},
		HAE: math.NaN(), CE: 10, LE: math.NaN(), Course: 90.5, Speed: 1.5,
		Time: after(d), Received: after(d).Add(time.Second), Stale: after(d).Add(10 * minute), Trust: track.Unauthenticated,
	}
}

func eventOf(tb testing.TB, o track.Observation, n int) journal.Event {
	tb.Helper()
	payload, err := json.Marshal(o)
	if err != nil {
		tb.Fatal(err)
	}
	return journal.Event{ID: fmt.Sprintf("%s-%d", o.EventID(), n), Kind: o.Kind(), Version: track.Version, Source: o.Source,
		Time: o.Time, Received: o.Received, Payload: payload}
}

func options(dir string) journal.Options {
	return journal.Options{Dir: dir, Remember: 10_000, MinFree: 1, Log: slog.New(slog.DiscardHandler)}
}

func openJournal(tb testing.TB, dir string) *journal.Journal {
	tb.Helper()
	j, err := journal.Open(context.Background(), options(dir))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = j.Close() })
	return j
}

// add appends observations to the logs they belong to.
func add(tb testing.TB, j *journal.Journal, all ...track.Observation) {
	tb.Helper()
	byKind := map[*journal.Log][]journal.Event{}
	for i, o := range all {
		l := j.Contacts
		if o.Kind() != track.KindPosition {
			l = j.Events
		}
		byKind[l] = append(byKind[l], eventOf(tb, o, i))
	}
	for l, events := range byKind {
		for part := range slices.Chunk(events, journal.MaxBatch) {
			if _, err := l.Append(context.Background(), part...); err != nil {
				tb.Fatal(err)
			}
		}
	}
}

// note appends an event that is no observation.
func note(tb testing.TB, j *journal.Journal, id, kind string, d time.Duration, payload string) {
	tb.Helper()
	e := journal.Event{ID: id, Kind: kind, Version: 1, Source: "test", Time: after(d), Received: after(d), Payload: json.RawMessage(payload)}
	if _, err := j.Events.Append(context.Background(), e); err != nil {
		tb.Fatal(err)
	}
}

// rebuilt gives the history of a journal.
func rebuilt(tb testing.TB, j *journal.Journal) *History {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "history.sqlite")
	if err := Rebuild(context.Background(), j, path, func(uint64, uint64) {}); err != nil {
		tb.Fatal(err)
	}
	return openHistory(tb, path)
}

func openHistory(tb testing.TB, path string) *History {
	tb.Helper()
	h, err := Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = h.Close() })
	return h
}

// running runs the projection until stop is called.
func running(t *testing.T, h *History, j *journal.Journal) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx, j) }()
	stopped := false
	stop = func() {
		if cancel(); stopped {
			return
		}
		stopped = true
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// caughtUp waits until both logs are projected to their ends.
func caughtUp(t *testing.T, h *History, j *journal.Journal) {
	t.Helper()
	wantContacts, err := j.Contacts.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantEvents, err := j.Events.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		c, e, err := h.Progress(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if c == wantContacts && e == wantEvents {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("projected %d of %d contacts, %d of %d events", c, wantContacts, e, wantEvents)
		}
	}
}

// all is a query for a long time around noon.
func all() Query {
	return Query{From: noon.AddDate(-1, 0, 0), To: noon.AddDate(1, 0, 0), Limit: MaxLimit}
}

func within(t testing.TB, h *History, q Query) []track.Observation {
	t.Helper()
	var got []track.Observation
	for {
		p, err := h.Within(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		if q.Limit > 0 && len(p.Observations) > q.Limit {
			t.Fatalf("%d rows in a page of %d", len(p.Observations), q.Limit)
		}
		got = append(got, p.Observations...)
		if p.Next == nil {
			return got
		}
		q.After = *p.Next
	}
}

// names writes observations as their identities, in order.
func names(all []track.Observation) string {
	s := ""
	for i, o := range all {
		if i > 0 {
			s += " "
		}
		s += o.ID
	}
	return s
}
