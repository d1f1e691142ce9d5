// Package web is the HTTP API of the picture and a plain live map over it.
//
// In come requests of people and programs; out go GeoJSON, tiles, a stream of
// changes, and the page. What the API takes and gives is told by
// /api/v1/openapi.json, which is made from the Go types here. Positions are
// degrees on WGS 84, longitude first as in GeoJSON; units stand in the names.
//
// Every route needs one permission, which stands in one table (see routes); a
// handler without a row there cannot be registered. A request passes, in this
// order: its Host is one of ours, it does not come from a page of somebody
// else, its address is not too fast, who sends it is known, may do this, proves
// that the page is ours where a cookie vouches for it, and is not too fast
// either. Whoever is asked for an object that his groups may not see says that
// there is none.
//
// Errors are problem details (RFC 9457) whose detail says the mend. What is
// acknowledged was synced to the journal before.
//
// A follower of the stream has a cursor and no queue: one that is slow gets the
// latest of each object once. The page is files without a build step, and holds
// no data itself.
package web

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"

	"vedette/frontier"
	"vedette/internal/access"
	"vedette/internal/history"
	"vedette/internal/journal"
	"vedette/internal/picture"
)

// Options say what is served, and to whom. Picture, Journal, Area, Dir, Audit
// and one of Users and Open are needed; the zero value of every other field is
// a default.
type Options struct {
	Picture *picture.Picture
	Journal *journal.Journal
	Area    *frontier.Area
	Dir     string // folder of the reports' files, made if missing

	Users *access.Store // who may come in
	Open  bool          // there are no users: whoever is on this machine is "local" and may do all
	Audit *access.Audit

	History *history.History // nil where none is kept

	Feeds   Feeds           // nil where there are none
	Clients func() []Client // who is connected otherwise; nobody

	Hosts   []string             // names it answers to beside those of loopback
	TLS     *tls.Config          // nil for plain HTTP
	Metrics *prometheus.Registry // served at /metrics; a new one

	Rate    float64       // requests per second of one principal or address; 100
	Streams int           // streams of changes that one principal may follow; 16
	Pace    time.Duration // least time between two events of a stream; 20 ms
	Beat    time.Duration // between signs of life of a stream; 15 s

	push time.Duration // for one event of a stream; a reader who takes longer is cut off, and resumes; 10 s

	Clock func() time.Time // time.Now
	Log   *slog.Logger     // slog.Default()
}

func (o *Options) fill() {
	if o.Clients == nil {
		o.Clients = func() []Client { return nil }
	}
	if o.Metrics == nil {
		o.Metrics = prometheus.NewRegistry()
	}
	if o.Rate == 0 {
		o.Rate = 100
	}
	if o.Streams == 0 {
		o.Streams = 16
	}
	if o.Pace == 0 {
		o.Pace = 20 * time.Millisecond
	}
	if o.Beat == 0 {
		o.Beat = 15 * time.Second
	}
	if o.push == 0 {
		o.push = 10 * time.Second
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
}

func (o *Options) check() error {
	switch {
	case o.Picture == nil || o.Journal == nil || o.Area == nil || o.Audit == nil || o.Dir == "":
		return errors.New("serve the picture: give a picture, a journal, an area, an audit trail and a folder")
	case o.Open == (o.Users != nil):
		return errors.New("serve the picture: give users, or say that it is open to whoever is on this machine")
	}
	return nil
}

// Server answers requests. It is an http.Handler; Run also listens.
type Server struct {
	opts    Options
	gate    *gate
	api     huma.API
	shared  encodings
	streams *seats
	reports *reports
	figures figures
	handler http.Handler
}

// New makes a server. Run must run for reports to be found.
func New(opts Options) (*Server, error) {
	opts.fill()
	if err := opts.check(); err != nil {
		return nil, err
	}
	s := &Server{opts: opts, streams: newSeats(opts.Streams)}
	var err error
	if s.reports, err = openReports(opts); err != nil {
		return nil, err
	}
	if s.figures, err = newFigures(opts.Metrics); err != nil {
		return nil, err
	}
	s.gate = newGate(s)
	s.api = newAPI(s.gate)
	s.register()
	s.handler = s.guard(s.gate)
	return s, nil
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Bounds of a connection. Streams set their own deadline for each write.
const (
	headerTime  = 5 * time.Second
	readTime    = 2 * time.Minute // a report with pictures over a bad link
	writeTime   = 2 * time.Minute
	idleTime    = time.Minute
	headerBytes = 32 << 10
	graceTime   = 3 * time.Second // for requests under way when it ends
)

// Run answers requests that come on ln, which it closes, until ctx ends or it
// fails. Streams end with ctx.
func (s *Server) Run(ctx context.Context, ln net.Listener) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	followed := make(chan error, 1)
	go func() { followed <- s.reports.follow(ctx) }()
	server := &http.Server{
		Handler: s, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime,
		IdleTimeout: idleTime, MaxHeaderBytes: headerBytes, TLSConfig: s.opts.TLS,
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(s.opts.Log.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- s.serve(server, ln) }()
	var err error
	select {
	case err = <-served:
		end()
		return errors.Join(err, <-followed)
	case err = <-followed:
		end()
	}
	grace, cancel := context.WithTimeout(context.Background(), graceTime)
	defer cancel()
	if server.Shutdown(grace) != nil {
		server.Close()
	}
	return errors.Join(err, <-served)
}

func (s *Server) serve(server *http.Server, ln net.Listener) error {
	var err error
	if s.opts.TLS != nil {
		err = server.ServeTLS(ln, "", "")
	} else {
		err = server.Serve(ln)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve HTTP on %s: %w", ln.Addr(), err)
}
