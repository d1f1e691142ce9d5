// Soak runs vedette serve for long under load, with clients that come and go,
// and tells whether it grows.
//
// Twenty TAK clients send a number of updates a second between them; every
// second one more client comes, reads what is there, says a few things and is
// gone. Each minute a line shows what the process holds, by its own metrics. At
// the end the middle of the last quarter is set beside that of the second, by
// when all that fills up is full, and the process is stopped and timed.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"vedette/bench/served"
	"vedette/wire/cot"
)

func main() {
	area := flag.String("area", "../examples/al-qaim/al-qaim.area.geojson", "area file to serve")
	length := flag.Duration("for", time.Hour, "how long")
	rate := flag.Int("rate", 500, "updates a second")
	every := flag.Duration("every", time.Minute, "between the lines that are printed")
	flag.Parse()
	if err := run(*area, *length, *rate, *every); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const (
	senders = 20
	objects = 50 // of each sender
)

// quickly are settings with which all that fills up by design is full within
// minutes, so that what still grows then is a leak: the ids that are remembered,
// and objects that are shown after they are stale.
const quickly = `
[journal]
remember = 100000
[picture]
linger = "2m"
`

// load is what the clients did.
type load struct{ sent, received, visits atomic.Int64 }

func run(area string, length time.Duration, rate int, every time.Duration) error {
	dir, err := os.MkdirTemp("", "soak-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	server, err := served.Start(dir, area, quickly)
	if err != nil {
		return err
	}
	defer server.Kill()
	ctx, cancel := context.WithTimeout(context.Background(), length)
	defer cancel()
	var l load
	var group sync.WaitGroup
	failed := make(chan error, senders+1)
	for n := range senders {
		group.Go(func() { failed <- l.send(ctx, server.TAK, n, time.Duration(senders)*time.Second/time.Duration(rate)) })
	}
	group.Go(func() { failed <- l.visit(ctx, server.TAK) })
	seen, err := watch(ctx, server, &l, every, failed)
	cancel()
	group.Wait()
	if err != nil {
		return err
	}
	verdict(seen)
	took, err := server.Stop()
	fmt.Printf("stopped within %v, %v\n", took.Round(time.Millisecond), err)
	return err
}

// send is one client that stays: it reads all that it is sent.
func (l *load) send(ctx context.Context, addr string, n int, every time.Duration) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	go func() {
		read, _ := io.Copy(io.Discard, conn)
		l.received.Add(read)
	}()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if _, err := conn.Write(position(fmt.Sprintf("soak-%d-%d", n, i%objects), n, i)); err != nil {
			return fmt.Errorf("client %d: %w", n, err)
		}
		l.sent.Add(1)
	}
}

// visit lets a client come every second, stay for half of one, and go.
func (l *load) visit(ctx context.Context, addr string) error {
	var group sync.WaitGroup
	defer group.Wait()
	failed := make(chan error, 1)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case <-tick.C:
		}
		group.Go(func() {
			if err := l.once(addr, i); err != nil {
				select {
				case failed <- err:
				default: // the first one counts
				}
			}
		})
	}
}

// once is one visit.
func (l *load) once(addr string, i int) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return fmt.Errorf("visit %d: %w", i, err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(500 * time.Millisecond))
	for k := range 3 {
		if _, err := conn.Write(position(fmt.Sprintf("visit-%d-%d", i, k), 30, i+k)); err != nil {
			return fmt.Errorf("visit %d: %w", i, err)
		}
	}
	_, _ = io.Copy(io.Discard, conn) // until its time is over
	l.visits.Add(1)
	return nil
}

func position(uid string, n, i int) []byte {
	now := time.Now().UTC()
	e := cot.Event{UID: uid, Type: "a-f-G-U-C", How: "m-g", Time: now, Start: now, Stale: now.Add(2 * time.Minute),
		Point:  cot.Point{Lat: 34 + float64(n)/50 + rand.Float64()/1000, Lon: 41 + float64(i%1000)/1e5, HAE: 180, CE: 5, LE: 9999999},
		Detail: cot.Detail(`<contact callsign="` + strings.ToUpper(uid) + `"/>`)}
	b, err := e.AppendXML(nil)
	if err != nil {
		panic(err) // the event is ours
	}
	return b
}

// sample is what the process held at a moment.
type sample struct{ resident, heap, goroutines, files float64 }

// watch prints what the process holds, until ctx ends or a client fails.
func watch(ctx context.Context, p *served.Process, l *load, every time.Duration, failed <-chan error) ([]sample, error) {
	fmt.Println("minutes | resident MB | heap MB | goroutines | files | sent | visits")
	began := time.Now()
	var seen []sample
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return seen, nil
		case err := <-failed:
			if ctx.Err() == nil {
				return seen, fmt.Errorf("a client ended early: %w", err)
			}
		case err := <-p.Ended:
			return seen, fmt.Errorf("vedette serve ended: %w", err)
		case <-tick.C:
			s, err := measure(p)
			if err != nil {
				return seen, err
			}
			seen = append(seen, s)
			fmt.Printf("%.1f | %.0f | %.0f | %.0f | %.0f | %d | %d\n", time.Since(began).Minutes(), s.resident/1e6, s.heap/1e6, s.goroutines, s.files, l.sent.Load(), l.visits.Load())
		}
	}
}

func measure(p *served.Process) (sample, error) {
	m, err := p.Metrics()
	return sample{m["process_resident_memory_bytes"], m["go_memstats_heap_inuse_bytes"], m["go_goroutines"], m["process_open_fds"]}, err
}

// verdict sets the middle of the last quarter beside that of the second.
func verdict(seen []sample) {
	if len(seen) < 8 {
		fmt.Println("too short to tell whether it grows")
		return
	}
	n := len(seen) / 4
	for _, row := range []struct {
		name string
		of   func(sample) float64
	}{
		{"resident MB", func(s sample) float64 { return s.resident / 1e6 }},
		{"heap MB", func(s sample) float64 { return s.heap / 1e6 }},
		{"goroutines", func(s sample) float64 { return s.goroutines }},
		{"files", func(s sample) float64 { return s.files }},
	} {
		early, late := middle(seen[n:2*n], row.of), middle(seen[len(seen)-n:], row.of)
		fmt.Printf("%s: second quarter %.1f, last quarter %.1f (%+.1f %%)\n", row.name, early, late, 100*(late/early-1))
	}
}

func middle(of []sample, value func(sample) float64) float64 {
	var all []float64
	for _, s := range of {
		all = append(all, value(s))
	}
	slices.Sort(all)
	return all[len(all)/2]
}
