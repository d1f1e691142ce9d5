// Journal measures how fast the journal keeps events, each acknowledged after
// its sync, and what a sync of this disk takes by itself.
//
// For every size of append it runs one appender, then sixteen, which the
// journal groups. The table gives events a second and the middle and 99th
// percentile of the time an append took.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"vedette/internal/journal"
)

func main() {
	dir := flag.String("dir", "", "folder on the disk to measure; a temporary one by default")
	each := flag.Duration("each", 3*time.Second, "how long every row runs")
	flag.Parse()
	if err := run(*dir, *each); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dir string, each time.Duration) error {
	dir, err := os.MkdirTemp(dir, "journal-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := syncTime(dir); err != nil {
		return err
	}
	fmt.Println("events per append | appenders | events/s | append p50 | p99")
	for _, size := range []int{1, 10, 100, 500, 1000} {
		for _, appenders := range []int{1, 16} {
			if err := row(dir, each, size, appenders); err != nil {
				return err
			}
		}
	}
	return readBack(dir)
}

// syncTime measures appending 4 KiB to a file and syncing it.
func syncTime(dir string) error {
	f, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		return err
	}
	defer f.Close()
	var took []time.Duration
	for range 300 {
		start := time.Now()
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	fmt.Printf("a write of 4 KiB and its sync: p50 %v, p99 %v\n", took[150].Round(time.Microsecond), took[297].Round(time.Microsecond))
	return nil
}

func row(dir string, each time.Duration, size, appenders int) error {
	j, err := open(filepath.Join(dir, fmt.Sprintf("%d-%d", size, appenders)))
	if err != nil {
		return err
	}
	defer j.Close()
	var mu sync.Mutex
	var took []time.Duration
	var failed atomic.Value
	var wg sync.WaitGroup
	start := time.Now()
	for a := range appenders {
		wg.Go(func() {
			mine, err := load(j, size, a, start.Add(each))
			if err != nil {
				failed.Store(err)
			}
			mu.Lock()
			took = append(took, mine...)
			mu.Unlock()
		})
	}
	wg.Wait()
	if err, ok := failed.Load().(error); ok {
		return err
	}
	rate := float64(len(took)*size) / time.Since(start).Seconds()
	slices.Sort(took)
	fmt.Printf("%d | %d | %.0f | %v | %v\n", size, appenders, rate,
		took[len(took)/2].Round(10*time.Microsecond), took[len(took)*99/100].Round(10*time.Microsecond))
	return nil
}

func open(dir string) (*journal.Journal, error) {
	return journal.Open(context.Background(), journal.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
}

// load appends until the end and tells how long each append took.
func load(j *journal.Journal, size, appender int, end time.Time) ([]time.Duration, error) {
	var took []time.Duration
	for n := 0; time.Now().Before(end); n++ {
		events := make([]journal.Event, size)
		for i := range events {
			events[i] = event(fmt.Sprintf("%d-%d-%d", appender, n, i))
		}
		start := time.Now()
		if _, err := j.Events.Append(context.Background(), events...); err != nil {
			return nil, err
		}
		took = append(took, time.Since(start))
	}
	return took, nil
}

// event is a position report of the usual size, about 330 bytes encoded.
func event(id string) journal.Event {
	now := time.Now()
	return journal.Event{
		ID: id, Kind: "unit.position", Version: 1, Source: "tak:alpha-1", Time: now, Received: now,
		Payload: json.RawMessage(`{"uid":"ANDROID-359975090666199","type":"a-f-G-U-C","lat":34.4521873,"lon":40.9183364,"hae":181.2,"ce":9.9,"le":14.1,"course":271.4,"speed":6.2,"stale_s":75}`),
	}
}

// readBack measures opening, which reads the ids back, and a replay.
func readBack(dir string) error {
	start := time.Now()
	j, err := open(filepath.Join(dir, "1000-16"))
	if err != nil {
		return err
	}
	defer j.Close()
	opened := time.Since(start)
	n := 0
	start = time.Now()
	if err := j.Events.Replay(context.Background(), 1, func(journal.Record) error { n++; return nil }); err != nil {
		return err
	}
	fmt.Printf("opening %d events: %v; replay: %.0f events/s\n", n, opened.Round(time.Millisecond), float64(n)/time.Since(start).Seconds())
	return nil
}
