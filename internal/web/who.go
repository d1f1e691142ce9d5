package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net"
	"net/http"
	"slices"
	"strings"
)

// Permission is what a route needs.
type Permission string

// The permissions. Public and SignedIn are held by everybody, and by everybody
// who is known.
const (
	Public     Permission = "public"
	SignedIn   Permission = "signed-in"
	See        Permission = "see-picture"
	Report     Permission = "report-in"
	Operate    Permission = "operate"
	Plan       Permission = "plan"
	Administer Permission = "administer"
	ReadAudit  Permission = "audit"
)

// Principal is who sends a request.
type Principal struct {
	Name        string
	Roles       []string
	Groups      []string // nil sees all
	Permissions []Permission
	How         string // session, token, local
}

func (p *Principal) may(need Permission) bool {
	return need == SignedIn || slices.Contains(p.Permissions, need)
}

// Users know who may come in.
type Users interface {
	// Login gives a session's secret. from is the address it comes from.
	Login(ctx context.Context, name, password, from string) (secret string, err error)
	Logout(secret string)
	Session(secret string) (Principal, bool)
	Token(secret string) (Principal, bool)
}

// caller is who sends a request, and how that is known.
type caller struct {
	Principal
	address string
	session string // its secret, where a cookie vouches
	check   func() bool
}

type callerKey struct{}

func withCaller(ctx context.Context, c *caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// callerOf gives who sends a request; on public routes that may be nobody.
func callerOf(ctx context.Context) *caller {
	c, _ := ctx.Value(callerKey{}).(*caller)
	if c == nil {
		return &caller{Principal: Principal{Groups: []string{}}}
	}
	return c
}

// identify tells who sends r, nil where that is not known.
func (s *Server) identify(r *http.Request) *caller {
	c := &caller{address: addressOf(r)}
	if s.opts.Open {
		c.Principal = localPrincipal()
		c.check = func() bool { return true }
		return c
	}
	if secret, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return c.known(func() (Principal, bool) { return s.opts.Users.Token(secret) })
	}
	cookie, err := r.Cookie(s.cookieName())
	if err != nil {
		return nil
	}
	c.session = cookie.Value
	return c.known(func() (Principal, bool) { return s.opts.Users.Session(cookie.Value) })
}

func (c *caller) known(look func() (Principal, bool)) *caller {
	p, ok := look()
	if !ok {
		return nil
	}
	if p.Groups == nil {
		p.Groups = []string{} // of no group, and not of all
	}
	c.Principal = p
	c.check = func() bool { _, ok := look(); return ok }
	return c
}

// localPrincipal is whoever is on this machine, where there are no users.
func localPrincipal() Principal {
	return Principal{
		Name: "local", Roles: []string{"viewer", "operator", "planner", "admin", "auditor"}, How: "local",
		Permissions: []Permission{See, Report, Operate, Plan, Administer, ReadAudit},
	}
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
	if c.session == "" || safe(r.Method) {
		return true
	}
	return hmac.Equal([]byte(r.Header.Get("X-CSRF-Token")), []byte(csrf(c.session)))
}

func safe(method string) bool { return method == http.MethodGet || method == http.MethodHead }
