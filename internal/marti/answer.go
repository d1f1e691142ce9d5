package marti

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"vedette/internal/depot"
)

// problem is an error as RFC 9457 has it.
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"` // what is wrong and how to mend it
}

func (p *problem) Error() string {
	return p.Detail
}

func fail(status int, detail string, args ...any) error {
	return &problem{http.StatusText(status), status, fmt.Sprintf(detail, args...)}
}

// guard sets the headers of all answers, and keeps out what a page of another
// site sends through a browser that has a certificate.
func (s *Server) guard(mux *http.ServeMux) http.Handler {
	mux.Handle("/", s.answer(noRoute))
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(s.answer(func(http.ResponseWriter, *http.Request) error {
		return fail(http.StatusForbidden, "this comes from a page of another site; use a TAK client")
	}))
	inner := cross.Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		inner.ServeHTTP(w, r)
	})
}

func noRoute(_ http.ResponseWriter, r *http.Request) error {
	return fail(http.StatusNotFound, "%s %.200q is nothing that this port answers; enrollment and the rest have a port each", r.Method, r.URL.Path)
}

// answer runs a route, and tells the client what its error was.
func (s *Server) answer(h open) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.refuse(w, r, err)
		}
	})
}

func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := s.problemOf(r, err)
	text, err := json.Marshal(p)
	if err != nil {
		text = nil // cannot be: it is two strings and a number
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_, _ = w.Write(text) // who has gone is not told
}

// problemOf says what a client is told of an error. What is not his doing goes to
// the log, and he is told that it does.
func (s *Server) problemOf(r *http.Request, err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	status, known := statusOf(err)
	if known {
		return &problem{http.StatusText(status), status, err.Error()}
	}
	if r.Context().Err() == nil {
		s.opts.Log.Error("a request failed", "method", r.Method, "path", r.URL.Path, "address", r.RemoteAddr, "err", err)
	}
	status = http.StatusServiceUnavailable
	return &problem{http.StatusText(status), status, "it failed on the server, whose log says why; try again later"}
}

func statusOf(err error) (status int, known bool) {
	var long *http.MaxBytesError
	for _, c := range []struct {
		is     bool
		status int
	}{
		{errors.As(err, &long), http.StatusRequestEntityTooLarge},
		{errors.Is(err, depot.ErrTooLarge), http.StatusRequestEntityTooLarge},
		{errors.Is(err, depot.ErrQuota), http.StatusInsufficientStorage},
		{errors.Is(err, depot.ErrBusy), http.StatusTooManyRequests},
		{errors.Is(err, depot.ErrNone), http.StatusNotFound},
		{errors.Is(err, depot.ErrNotYours), http.StatusForbidden},
		{errors.Is(err, depot.ErrHash), http.StatusUnprocessableEntity},
		{errors.Is(err, depot.ErrInvalid), http.StatusBadRequest},
		{errors.Is(err, ErrRefused), http.StatusForbidden},
		{errors.Is(err, io.ErrUnexpectedEOF), http.StatusBadRequest},
		{errors.Is(err, os.ErrDeadlineExceeded), http.StatusRequestTimeout},
		{errors.Is(err, context.Canceled), http.StatusRequestTimeout},
	} {
		if c.is {
			return c.status, true
		}
	}
	return 0, false
}

// envelope is what TAK Server puts around data.
type envelope struct {
	Version string `json:"version"`
	Type    string `json:"type"`
	Data    any    `json:"data"`
	NodeID  string `json:"nodeId"`
}

func (s *Server) wrap(w http.ResponseWriter, kind string, data any) error {
	return sendJSON(w, "application/json", envelope{"3", kind, data, s.opts.Node})
}

func sendJSON(w http.ResponseWriter, kind string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write an answer: %w", err)
	}
	return send(w, kind, text)
}

func sendText(w http.ResponseWriter, text string) error {
	return send(w, "text/plain; charset=utf-8", []byte(text))
}

// send writes an answer. That the client has gone is no error of ours.
func send(w http.ResponseWriter, kind string, body []byte) error {
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(body)
	return nil
}

// small reads a body that has to be small.
func small(w http.ResponseWriter, r *http.Request, most int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	return body, nil
}
