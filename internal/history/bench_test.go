package history

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"vedette/internal/journal"
	"vedette/track"
)

// moving gives one of a thousand tracks' positions, a second apart for all of
// them together, in a box of one by two degrees.
func moving(i int) track.Observation {
	n, round := i%1000, i/1000
	o := seen("radar", fmt.Sprint("track-", n), time.Duration(i)*time.Second,
		34+float64(n%100)/100+float64(round%50)/5000, 40+float64(n/100)/5+float64(round%70)/7000)
	o.Label = fmt.Sprint("T", n)
	if n%10 == 0 {
		o.Groups = []string{"coast"}
	}
	return o
}

// filled gives a history of n observations.
func filled(b *testing.B, n int) *History {
	b.Helper()
	path := filepath.Join(b.TempDir(), "h")
	h := openHistory(b, path)
	p, err := h.projector(context.Background(), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer p.close()
	for i := range n {
		o := moving(i)
		it := item{log: contacts, seen: &o, Record: journal.Record{Seq: uint64(i + 1), Event: journal.Event{ID: "x"}}}
		if err := p.take(context.Background(), it); err != nil {
			b.Fatal(err)
		}
	}
	if err := p.commit(context.Background()); err != nil {
		b.Fatal(err)
	}
	return h
}

// BenchmarkProject takes a journal of 100,000 positions, in batches of 1,000,
// each of them synced as Run does.
func BenchmarkProject(b *testing.B) {
	j := openJournal(b, b.TempDir())
	const n = 100_000
	var all []track.Observation
	for i := range n {
		all = append(all, moving(i))
	}
	add(b, j, all...)
	ctx := context.Background()
	b.Run("run", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			h := openHistory(b, filepath.Join(b.TempDir(), fmt.Sprint(i)))
			running, stop := context.WithCancel(ctx)
			done := make(chan error, 1)
			go func() { done <- h.Run(running, j) }()
			for at := uint64(0); at < n; time.Sleep(time.Millisecond) {
				at, _, _ = h.Progress(ctx)
			}
			stop()
			if err := <-done; err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("rebuild", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if err := Rebuild(ctx, j, filepath.Join(b.TempDir(), fmt.Sprint(i)), func(uint64, uint64) {}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}

// The questions below are asked of a million observations in eleven days and a
// half.
const million = 1_000_000

func BenchmarkWithin(b *testing.B) {
	h := filled(b, million)
	whole := Query{From: noon, To: after(million * time.Second)}
	change := func(f func(*Query)) Query { q := whole; f(&q); return q }
	hour := func(q *Query) { q.From, q.To = after(500*time.Hour/2), after(500*time.Hour/2+time.Hour) }
	for _, c := range []struct {
		name string
		q    Query
	}{
		{"small box, all time", change(func(q *Query) { q.Box = &Box{40.2, 34.5, 40.21, 34.51} })},
		{"small box, an hour", change(func(q *Query) { hour(q); q.Box = &Box{40.2, 34.5, 40.4, 34.6} })},
		{"large box, all time", change(func(q *Query) { q.Box = &Box{40, 34, 42, 35} })},
		{"half the box, all time", change(func(q *Query) { q.Box = &Box{40, 34, 40.9, 35} })},
		{"an hour", change(hour)},
		{"a track", change(func(q *Query) { q.IDs = []string{"track-500"} })},
		{"of a group", change(func(q *Query) { q.Groups = []string{"hills"} })},
	} {
		b.Run(c.name, func(b *testing.B) {
			rows := 0
			for b.Loop() {
				p, err := h.Within(context.Background(), c.q)
				if err != nil {
					b.Fatal(err)
				}
				rows = len(p.Observations)
			}
			b.ReportMetric(float64(rows), "rows")
		})
	}
	b.Run("At", func(b *testing.B) { benchmarkAt(b, h) })
	b.Run("Counts", func(b *testing.B) { benchmarkCounts(b, h) })
	b.Run("Tracks, an hour", func(b *testing.B) {
		for b.Loop() {
			if _, err := h.Tracks(context.Background(), change(hour), 10*minute); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func benchmarkAt(b *testing.B, h *History) {
	rows := 0
	for b.Loop() {
		p, err := h.At(context.Background(), after(900_000*time.Second), Query{})
		if err != nil {
			b.Fatal(err)
		}
		rows = len(p.Observations)
	}
	b.ReportMetric(float64(rows), "rows")
}

func benchmarkCounts(b *testing.B, h *History) {
	for _, groups := range [][]string{nil, {"hills"}} {
		b.Run(fmt.Sprint(groups), func(b *testing.B) {
			for b.Loop() {
				if _, err := h.Counts(context.Background(), noon, after(million*time.Second), 200, groups); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
