package web

import (
	"net"
	"net/http"
	"slices"
	"strings"
)

// policy is the Content-Security-Policy of everything: no script, style or
// connection but our own. The map draws in a worker and keeps pictures in blobs.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
	"worker-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard keeps off what a browser may be made to send by others.
func (s *Server) guard(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	addresses := newLimiter(2*s.opts.Rate, s.opts.Clock)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protect(w.Header(), s.secure())
		switch {
		case !s.hosts(r.Host):
			problem(w, http.StatusMisdirectedRequest, "this server does not answer to that name; open it as http://127.0.0.1, or add the name to the hosts in the settings")
		case s.opts.Open && !loopback(addressOf(r)):
			problem(w, http.StatusForbidden, "without users this server is for its own machine only; set up users to open it to others")
		case origin.Check(r) != nil || r.Header.Get("Sec-Fetch-Site") == "cross-site" && strings.HasPrefix(r.URL.Path, "/api/"):
			problem(w, http.StatusForbidden, "a page of another site may not ask this; open the page of this server itself")
		case !addresses.allow(addressOf(r)):
			tooFast(w)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// hosts tells whether the server answers to a name.
func (s *Server) hosts(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	host = strings.ToLower(host)
	return host == "localhost" || loopback(host) || slices.Contains(s.opts.Hosts, host)
}

func loopback(address string) bool {
	ip := net.ParseIP(address)
	return ip != nil && ip.IsLoopback()
}

func protect(h http.Header, secure bool) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}
