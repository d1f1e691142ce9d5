package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"vedette/internal/access"
)

// What a route needs that needs no permission: nothing, and to be known.
const (
	public   access.Permission = "public"
	signedIn access.Permission = "signed-in"
)

// localName is whoever is on this machine, where there are no users.
const localName = "local"

// caller is who sends a request, and how that is known.
type caller struct {
	access.Principal
	address string
	session string                          // its secret, where a cookie vouches
	again   func() (access.Principal, bool) // asks anew who it is
}

// known tells whether it is somebody.
func (c *caller) known() bool { return c.Name != "" }

func (c *caller) may(need access.Permission) bool {
	return need == public || c.known() && (need == signedIn || c.May(need))
}

// groups are those in which the caller sees objects; nil sees all. A user sees
// those of their own groups, whatever their role; whoever is on this machine
// where there are no users sees all.
func (c *caller) groups() []string {
	if c.again == nil && c.known() {
		return nil
	}
	return append([]string{}, c.Groups...)
}

type callerKey struct{}

func withCaller(ctx context.Context, c *caller) context.Context {
	return context.WithValue(access.With(ctx, c.Principal), callerKey{}, c)
}

// callerOf gives who sends a request that the gate let through; on public routes
// that may be nobody.
func callerOf(ctx context.Context) *caller { return ctx.Value(callerKey{}).(*caller) }

// identify tells who sends r.
func (s *Server) identify(r *http.Request) *caller {
	c := &caller{address: addressOf(r)}
	if s.opts.Open {
		c.Principal = access.Console(localName)
		return c
	}
	if secret, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return c.recognised(func() (access.Principal, error) { return s.opts.Users.ByToken(secret) })
	}
	if cookie, err := r.Cookie(s.cookieName()); err == nil {
		c.session = cookie.Value
		return c.recognised(func() (access.Principal, error) { return s.opts.Users.Session(cookie.Value) })
	}
	return c
}

// recognised is c with who look finds, if anybody.
func (c *caller) recognised(look func() (access.Principal, error)) *caller {
	c.again = func() (access.Principal, bool) {
		p, err := look()
		return p, err == nil
	}
	if p, ok := c.again(); ok {
		c.Principal = p
	} else {
		c.session = ""
	}
	return c
}

// there tells whether c may still come in.
func (c *caller) there() bool {
	if c.again == nil {
		return c.known()
	}
	_, ok := c.again()
	return ok
}

// from is the address as access counts logins by.
func (c *caller) from() netip.Addr {
	addr, err := netip.ParseAddr(c.address)
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap()
}

func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func (s *Server) secure() bool { return s.opts.TLS != nil }

func (s *Server) cookieName() string {
	if s.secure() {
		return "__Host-vedette"
	}
	return "vedette"
}

// csrf is what a page of ours can know and a page of somebody else cannot: it
// follows from the session's secret, which only the browser sends.
func csrf(session string) string {
	mac := hmac.New(sha256.New, []byte(session))
	mac.Write([]byte("vedette csrf"))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// ours tells whether r comes from a page of ours, where a cookie vouches for it
// and it would change something.
func (c *caller) ours(r *http.Request) bool {
	if c.session == "" || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	return hmac.Equal([]byte(r.Header.Get("X-CSRF-Token")), []byte(csrf(c.session)))
}
