// Command stream measures how long an observation takes from intake to who
// follows the picture over HTTP: 20,000 objects, 5,000 updates a second, the
// journal writing behind, real sockets.
//
//	go run ./stream
//	go run ./stream --post      by POST, each acknowledged after its sync
//
// All readers read; the first of them also looks at the times. A coalesced
// update is not counted: its object came newer.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"vedette/frontier"
	"vedette/geo"
	"vedette/internal/access"
	"vedette/internal/journal"
	"vedette/internal/picture"
	"vedette/internal/web"
	"vedette/track"
)

var (
	objects = flag.Int("objects", 20_000, "objects")
	rate    = flag.Int("rate", 5_000, "updates per second, of all together")
	readers = flag.Int("readers", 10, "who follow the stream")
	length  = flag.Duration("for", 10*time.Second, "how long to measure")
	post    = flag.Bool("post", false, "send by POST, 50 in one, instead of offering to the picture")
)

func main() {
	log.SetFlags(0)
	flag.Parse()
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	dir, err := os.MkdirTemp("", "stream")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ctx, end := context.WithCancel(context.Background())
	defer end()
	house, err := open(ctx, dir)
	if err != nil {
		return err
	}
	for i := range *objects {
		if err := house.picture.Offer(ctx, seen(i, 0)); err != nil {
			return err
		}
	}
	lags, err := house.measure(ctx)
	end()
	if err := errors.Join(err, house.wait()); err != nil {
		return err
	}
	report(lags, house)
	return nil
}

// house is a server and what stands behind it.
type house struct {
	picture *picture.Picture
	url     string
	wait    func() error
	sent    atomic.Int64
	took    atomic.Int64 // ns that POSTs took, all together
	posts   atomic.Int64
	bytes   atomic.Int64
}

func open(ctx context.Context, dir string) (*house, error) {
	quiet := slog.New(slog.DiscardHandler)
	j, err := journal.Open(ctx, journal.Options{Dir: filepath.Join(dir, "journal"), Log: quiet})
	if err != nil {
		return nil, err
	}
	audit, err := access.OpenAudit(ctx, j.Events, time.Now)
	if err != nil {
		return nil, err
	}
	h := &house{picture: picture.New(picture.Options{Journal: j, Log: quiet})}
	server, err := web.New(web.Options{
		Picture: h.picture, Journal: j, Area: &frontier.Area{}, Dir: filepath.Join(dir, "reports"), Audit: audit, Open: true,
		Rate: 1e6, Streams: 1000, Log: quiet,
	})
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	h.url = "http://" + ln.Addr().String() + "/api/v1/"
	var parts sync.WaitGroup
	var failed [2]error
	parts.Go(func() { failed[0] = h.picture.Run(ctx) })
	parts.Go(func() { failed[1] = server.Run(ctx, ln) })
	h.wait = func() error {
		parts.Wait()
		return errors.Join(failed[0], failed[1], j.Close())
	}
	return h, nil
}

func seen(i, step int) *track.Observation {
	now := time.Now().UTC()
	return &track.Observation{
		Source: "http", ID: fmt.Sprintf("object-%d", i), Type: "a-u-G-E-V", Label: fmt.Sprintf("TRUCK %d", i), Fix: true,
		At:  geo.Point{Lat: 34 + float64(i%1000)/1000, Lon: 41 + float64(step)/1e5},
		HAE: 200, CE: 10, LE: math.NaN(), Course: float64(i % 360), Speed: 12.5,
		Time: now, Received: now, Stale: now.Add(time.Hour), Trust: track.Token, By: "local",
	}
}

// measure sends and follows, and gives the lags of the first reader.
func (h *house) measure(ctx context.Context) ([]time.Duration, error) {
	var mu sync.Mutex
	var lags []time.Duration
	started := time.Now()
	begin, until := started.Add(2*time.Second), started.Add(2*time.Second+*length)
	follow, stop := context.WithCancel(ctx)
	defer stop()
	var all sync.WaitGroup
	for i := range *readers {
		all.Go(func() {
			h.follow(follow, func(received, now time.Time) {
				if i > 0 || received.Before(begin) {
					return
				}
				mu.Lock()
				lags = append(lags, now.Sub(received))
				mu.Unlock()
			}, i == 0)
		})
	}
	err := h.send(ctx, until)
	time.Sleep(200 * time.Millisecond)
	stop()
	all.Wait()
	return lags, err
}

// send keeps the rate until a time, in steps of 10 ms.
func (h *house) send(ctx context.Context, until time.Time) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	begin := time.Now()
	sent := 0
	var posts sync.WaitGroup
	defer posts.Wait()
	for now := range tick.C {
		if now.After(until) {
			return nil
		}
		due := int(now.Sub(begin).Seconds() * float64(*rate))
		for ; sent < due; sent += 50 {
			from := sent
			if *post {
				posts.Go(func() { h.postFrom(from) })
				continue
			}
			for i := from; i < from+50; i++ {
				if err := h.picture.Offer(ctx, seen(i%*objects, i / *objects)); err != nil {
					return err
				}
			}
			h.sent.Add(50)
		}
	}
	return nil
}

// postFrom posts 50 observations.
func (h *house) postFrom(from int) {
	var all []map[string]any
	for i := from; i < from+50; i++ {
		o := seen(i%*objects, i / *objects)
		all = append(all, map[string]any{
			"id": o.ID, "type": o.Type, "label": o.Label, "lat_deg": o.At.Lat, "lon_deg": o.At.Lon, "hae_m": o.HAE, "ce_m": o.CE,
			"course_deg": o.Course, "speed_m_s": o.Speed, "time": o.Time, "stale": o.Stale,
		})
	}
	body, err := json.Marshal(map[string]any{"observations": all})
	if err != nil {
		log.Print(err)
		return
	}
	begin := time.Now()
	resp, err := http.Post(h.url+"observations", "application/json", bytes.NewReader(body))
	if err != nil {
		log.Print(err)
		return
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		log.Print(resp.Status)
		return
	}
	h.took.Add(int64(time.Since(begin)))
	h.posts.Add(1)
	h.sent.Add(50)
}

// follow reads the stream, and tells of the times in it if they are looked at.
// They are the times of the observation, so that a POST counts from its start.
func (h *house) follow(ctx context.Context, tell func(time, now time.Time), look bool) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+"stream", nil)
	if err != nil {
		log.Print(err)
		return
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		log.Print(err)
		return
	}
	defer resp.Body.Close()
	in := bufio.NewReaderSize(resp.Body, 1<<20)
	mark := []byte(`"time":"`)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		h.bytes.Add(int64(len(line)))
		now := time.Now()
		for look {
			_, rest, found := bytes.Cut(line, mark)
			if !found {
				break
			}
			text, _, _ := bytes.Cut(rest, []byte(`"`))
			if t, err := time.Parse(time.RFC3339Nano, string(text)); err == nil {
				tell(t, now)
			}
			line = rest
		}
	}
}

func report(lags []time.Duration, h *house) {
	if len(lags) == 0 {
		log.Fatal("nothing came")
	}
	slices.Sort(lags)
	at := func(share float64) time.Duration {
		return lags[int(share*float64(len(lags)-1))].Round(100 * time.Microsecond)
	}
	fmt.Printf("%d objects, %d readers, %d updates sent, %d seen by the first reader, %.0f MB to all\n", *objects, *readers, h.sent.Load(), len(lags), float64(h.bytes.Load())/1e6)
	if n := h.posts.Load(); n > 0 {
		fmt.Printf("a POST of 50 took %v on average, its sync included\n", (time.Duration(h.took.Load()) / time.Duration(n)).Round(100*time.Microsecond))
	}
	fmt.Printf("from the observation to the reader: p50 %v, p90 %v, p99 %v, most %v\n", at(0.5), at(0.9), at(0.99), at(1))
}
