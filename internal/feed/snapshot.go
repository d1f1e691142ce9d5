package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"vedette/geo"
	"vedette/wire/adsb"
)

// snapshots takes aircraft.json, which dump1090 and readsb write every second:
// over HTTP, asking only for one that is new, or from the file itself.
type snapshots struct{ config Config }

func newSnapshots(c Config) *snapshots { return &snapshots{c} }

func (f *snapshots) Run(ctx context.Context, out *Out) error {
	fetch, done, err := f.fetcher()
	if err != nil {
		return err
	}
	defer done()
	s := newSky(out)
	for first := true; ; first = false {
		data, err := fetch(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return err
		}
		if first {
			out.Connected()
		}
		if data != nil {
			if err := s.snapshot(ctx, data); err != nil {
				return err
			}
		}
		if err := sleep(ctx, seconds(f.config.Every)); err != nil {
			return err
		}
	}
}

// fetcher gives a function that fetches the document, or nil where it is the
// same as before.
func (f *snapshots) fetcher() (fetch func(context.Context) ([]byte, error), done func(), err error) {
	if strings.HasPrefix(f.config.URL, "file:") {
		w := &watched{path: filePath(f.config.URL)}
		return w.fetch, func() {}, nil
	}
	transport := &http.Transport{ResponseHeaderTimeout: dialTime, MaxResponseHeaderBytes: 64 << 10, MaxIdleConns: 1}
	if strings.HasPrefix(f.config.URL, "https:") {
		if transport.TLSClientConfig, err = tlsConfig(f.config); err != nil {
			return nil, nil, err
		}
	}
	p := &page{url: f.config.URL, client: &http.Client{
		Transport: transport, Timeout: 2 * dialTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	return p.fetch, transport.CloseIdleConnections, nil
}

// watched is a file that is written anew again and again.
type watched struct {
	path string
	last os.FileInfo
}

func (w *watched) fetch(context.Context) ([]byte, error) {
	f, err := os.Open(w.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if w.last != nil && info.ModTime().Equal(w.last.ModTime()) && info.Size() == w.last.Size() && os.SameFile(info, w.last) {
		return nil, nil
	}
	w.last = info
	return readSnapshot(f)
}

// readSnapshot reads one byte more than may be there, for the parser to refuse.
func readSnapshot(r io.Reader) ([]byte, error) {
	return io.ReadAll(io.LimitReader(r, adsb.MaxSnapshot+1))
}

// page is a document on a server.
type page struct {
	url            string
	client         *http.Client
	tag, lastWrite string // of what was fetched last
}

func (p *page) fetch(ctx context.Context) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url, nil)
	if err != nil {
		return nil, fmt.Errorf("ask for aircraft: %w", err)
	}
	setHeader(req, "If-None-Match", p.tag)
	setHeader(req, "If-Modified-Since", p.lastWrite)
	resp, err := p.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask for aircraft: %w", err)
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusNotModified:
		return nil, nil
	case http.StatusOK:
	default:
		return nil, fmt.Errorf("ask for aircraft: %s answers %s; see that the url is that of aircraft.json itself", p.url, resp.Status)
	}
	data, err := readSnapshot(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("read the aircraft of %s: %w", p.url, err)
	}
	p.tag, p.lastWrite = resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")
	return data, nil
}

func setHeader(req *http.Request, name, value string) {
	if value != "" {
		req.Header.Set(name, value)
	}
}

// snapshot takes a document.
func (s *sky) snapshot(ctx context.Context, data []byte) error {
	snap, err := adsb.ParseSnapshot(data)
	var refusal *adsb.Error
	if errors.As(err, &refusal) {
		s.out.Refused(refusal.Reason.String())
		return nil
	}
	for _, refusal := range snap.Refused {
		s.out.Refused(refusal.Reason.String())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range snap.Aircraft {
		if err := s.listed(ctx, &snap.Aircraft[i], snap.Now); err != nil {
			return err
		}
	}
	return nil
}

// listed takes one aircraft of a document. It stands there for minutes after it
// was last heard, with the same position.
func (s *sky) listed(ctx context.Context, a *adsb.Aircraft, now adsb.Maybe[time.Time]) error {
	p, at := s.plane(craft{a.Address, a.Foreign}), s.arrival()
	p.list(a, at)
	said := at - a.PositionAge.Value
	placed := a.Position.Known && a.PositionAge.Value < placeTerm && !p.sameAs(a.Position.Value, said)
	if placed {
		p.place = dated[geo.Point]{a.Position.Value, said, true}
	}
	o := p.news(placed, at)
	if o == nil {
		return nil
	}
	if a.Multilateral {
		o.Props["multilateral"] = "yes"
	}
	if now.Known && placed {
		o.Time = now.Value.Add(-a.PositionAge.Value)
	}
	return s.out.Offer(ctx, o)
}

// again is within which two ages, in tenths of a second, and two readings of the
// clock are of one position.
const again = 500 * time.Millisecond

func (p *plane) sameAs(where geo.Point, said time.Duration) bool {
	return p.place.known && p.place.value == where && said-p.place.at < again
}

func (p *plane) list(a *adsb.Aircraft, at time.Duration) {
	p.callsign, p.category, p.emergency = a.Callsign, a.Category, a.Emergency
	p.squawk.set(a.Squawk, at)
	p.onGround.set(adsb.Some(a.OnGround), at)
	p.baro.set(a.Altitude, at)
	p.gnss.set(a.GNSSAltitude, at)
	p.ground.set(a.Ground, at)
	p.track.set(a.Track, at)
	p.climb.set(a.Climb, at)
}
