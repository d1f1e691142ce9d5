package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"vedette/internal/journal"
)

// Client is somebody connected otherwise than by HTTP.
type Client struct {
	Name      string    `json:"name"`
	Address   string    `json:"address"`
	Protocol  string    `json:"protocol"`
	Since     time.Time `json:"since"`
	Last      time.Time `json:"last,omitzero" doc:"when something came last"`
	In        uint64    `json:"in"`
	Out       uint64    `json:"out"`
	Queued    int       `json:"queued"`
	Coalesced uint64    `json:"coalesced" doc:"left out for a newer position of the same object"`
	Refused   uint64    `json:"refused"`
	Skew      float64   `json:"skew_s,omitempty" doc:"how far its clock is ahead of ours"`
}

type clientsGiven struct {
	Body struct {
		Clients []Client `json:"clients"`
	}
}

func (s *Server) registerState() {
	s.registerFeeds()
	add(s, "list-clients", func(context.Context, *struct{}) (*clientsGiven, error) {
		out := &clientsGiven{}
		out.Body.Clients = append([]Client{}, s.opts.Clients()...)
		return out, nil
	})
	s.raw("openapi", s.document(), nil)
	s.raw("healthz", s.healthy, func(op *huma.Operation) { gives(op, "200", "text/plain", "It answers", text()) })
	s.raw("readyz", s.ready, func(op *huma.Operation) {
		gives(op, "200", "text/plain", "What is sent is kept", text())
		gives(op, "503", "text/plain", "It is not; a line for each reason", text())
	})
	metrics := promhttp.HandlerFor(s.opts.Metrics, promhttp.HandlerOpts{})
	s.raw("metrics", metrics.ServeHTTP, func(op *huma.Operation) { gives(op, "200", "text/plain", "Figures", text()) })
}

// document answers with what the API takes and gives. It is called last, when
// all routes are there.
func (s *Server) document() http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		b, err := json.Marshal(s.api.OpenAPI())
		if err != nil {
			problem(w, http.StatusInternalServerError, "write the document: "+err.Error())
			return
		}
		w.Header().Set("Content-Type", "application/openapi+json")
		w.Write(b)
	}
}

func (s *Server) healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, "ok")
}

// ready tells whether what is sent is kept. The particulars, which may name
// folders, are for those who are known.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	reasons := s.unready(callerOf(r.Context()).known())
	if len(reasons) == 0 {
		fmt.Fprintln(w, "ready")
		return
	}
	w.WriteHeader(http.StatusServiceUnavailable)
	for _, reason := range reasons {
		fmt.Fprintln(w, reason)
	}
}

func (s *Server) unready(particulars bool) []string {
	var reasons []string
	if c := s.opts.Journal.State(); c.State != journal.Ready {
		reason := "journal: " + c.State.String()
		if particulars && c.Err != nil {
			reason += ": " + c.Err.Error()
		}
		reasons = append(reasons, reason)
	}
	if !s.reports.caughtUp() {
		reasons = append(reasons, "reports: still being read from the journal; wait")
	}
	return reasons
}

// figures are what the server counts of itself.
type figures struct {
	requests *prometheus.CounterVec
	streams  prometheus.Gauge
	sent     prometheus.Counter
}

func newFigures(reg *prometheus.Registry) (figures, error) {
	f := figures{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "vedette_http_requests_total", Help: "Requests answered."}, []string{"route", "code"}),
		streams:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "vedette_http_streams", Help: "Streams of changes that are followed."}),
		sent:     prometheus.NewCounter(prometheus.CounterOpts{Name: "vedette_http_stream_objects_total", Help: "Objects sent in streams."}),
	}
	if err := errors.Join(reg.Register(f.requests), reg.Register(f.streams), reg.Register(f.sent)); err != nil {
		return figures{}, fmt.Errorf("count requests: %w; give each server a registry of its own", err)
	}
	return f, nil
}
