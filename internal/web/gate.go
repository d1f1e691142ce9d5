package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// gate is a mux that asks, before any handler, whether the sender may. It knows
// only what the table of routes names.
type gate struct {
	mux    *http.ServeMux
	server *Server
	routes map[string]route // by pattern
	people *limiter
}

func newGate(s *Server) *gate {
	g := &gate{mux: http.NewServeMux(), server: s, routes: map[string]route{}, people: newLimiter(s.opts.Rate, s.opts.Clock)}
	for _, r := range routes {
		g.routes[r.method+" "+r.path] = r
	}
	return g
}

// HandleFunc registers a handler. It panics where the table of routes has no
// such pattern: whoever writes a handler gives it a permission there.
func (g *gate) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	route, ok := g.routes[pattern]
	if !ok || route.need == "" {
		panic("web: " + pattern + " has no permission; give it a row in routes")
	}
	g.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if r, ok := g.admit(w, r, route); ok {
			handler(w, r)
		}
	})
}

// admit lets a request through that may pass, with its sender in the context,
// and answers the others.
func (g *gate) admit(w http.ResponseWriter, r *http.Request, route route) (*http.Request, bool) {
	c := g.server.identify(r)
	switch {
	case route.need != public && !c.known():
		w.Header().Set("WWW-Authenticate", `Bearer realm="vedette"`)
		problem(w, http.StatusUnauthorized, "log in first, or send an API token as Authorization: Bearer")
		return nil, false
	case !c.may(route.need):
		problem(w, http.StatusForbidden, c.Name+" may not do this: it needs the permission "+string(route.need)+", which an admin can give by a role")
		return nil, false
	case route.need != public && !c.ours(r):
		problem(w, http.StatusForbidden, "send the csrf of /api/v1/me as X-CSRF-Token, or use an API token")
		return nil, false
	case c.known() && !g.people.allow(c.Name):
		tooFast(w)
		return nil, false
	}
	limit := int64(route.body)
	if limit == 0 {
		limit = 1 << 20
	}
	admitted := r.WithContext(withCaller(r.Context(), c))
	admitted.Body = http.MaxBytesReader(w, r.Body, limit) // not in r: its server must see that r's was not read to its end
	return admitted, true
}

func tooFast(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "1")
	problem(w, http.StatusTooManyRequests, "too many requests; wait a second and send less often, or several observations in one")
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, pattern := g.mux.Handler(r)
	count := &status{ResponseWriter: w, code: http.StatusOK}
	defer func() {
		g.server.figures.requests.WithLabelValues(g.routes[pattern].id, strconv.Itoa(count.code)).Inc()
	}()
	if pattern == "" {
		g.lost(count, r)
		return
	}
	g.mux.ServeHTTP(count, r)
}

// lost answers what no route is for.
func (g *gate) lost(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := g.mux.Handler(other); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 || slices.Contains(allowed, r.Method) {
		problem(w, http.StatusNotFound, "there is nothing here; /api/v1/openapi.json lists what there is")
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	problem(w, http.StatusMethodNotAllowed, "use "+strings.Join(allowed, " or "))
}

// status remembers the code of an answer.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

func (s *status) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// problem answers with problem details.
func problem(w http.ResponseWriter, code int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(&huma.ErrorModel{Title: http.StatusText(code), Status: code, Detail: detail})
}
