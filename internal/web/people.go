package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

func (s *Server) registerPeople() {
	add(s, "log-in", s.logIn)
	add(s, "log-out", s.logOut)
	add(s, "me", s.me)
	add(s, "list-audit", s.listAudit)
}

// ErrLater is the error of a login that was not tried, for too many failed
// before.
var ErrLater = errors.New("too many logins failed")

type credentials struct {
	Body struct {
		Name     string `json:"name" minLength:"1" maxLength:"128"`
		Password string `json:"password" minLength:"1" maxLength:"1024"`
	}
}

// Me is who sends a request.
type Me struct {
	Name        string       `json:"name"`
	Roles       []string     `json:"roles"`
	Groups      []string     `json:"groups"`
	Permissions []Permission `json:"permissions"`
	How         string       `json:"how" enum:"session,token,local"`
	CSRF        string       `json:"csrf,omitempty" doc:"to be sent as X-CSRF-Token with what changes something"`
	Open        bool         `json:"open" doc:"there are no users: whoever is on this machine may do all"`
}

type meGiven struct {
	SetCookie string `header:"Set-Cookie"`
	Body      Me
}

func (s *Server) logIn(ctx context.Context, in *credentials) (*meGiven, error) {
	if s.opts.Open {
		return nil, huma.Error409Conflict("there are no users here; open the page without a login")
	}
	address := callerOf(ctx).address
	secret, err := s.opts.Users.Login(ctx, in.Body.Name, in.Body.Password, address)
	if err != nil {
		return nil, s.refused(ctx, in.Body.Name, err)
	}
	c := &caller{address: address, session: secret}
	if c.known(func() (Principal, bool) { return s.opts.Users.Session(secret) }) == nil {
		return nil, huma.Error500InternalServerError("the session ended as it began; log in again")
	}
	if err := s.entry(ctx, Entry{Who: c.Name, How: c.How, What: "log-in", Object: address, Outcome: "in"}); err != nil {
		s.opts.Users.Logout(secret)
		return nil, err
	}
	return &meGiven{s.cookie(secret, 0).String(), s.about(c)}, nil
}

// refused is the answer to a login that failed, written down.
func (s *Server) refused(ctx context.Context, name string, cause error) error {
	outcome, answer := "refused", huma.Error401Unauthorized("the name or the password is wrong; an admin can set a new one")
	if errors.Is(cause, ErrLater) {
		outcome, answer = "not tried", huma.Error429TooManyRequests(cause.Error()+"; wait before the next try")
	}
	if err := s.entry(ctx, Entry{Who: name, How: "session", What: "log-in", Object: callerOf(ctx).address, Outcome: outcome}); err != nil {
		return err
	}
	return answer
}

// cookie carries a session's secret; age below zero takes it away.
func (s *Server) cookie(secret string, age int) *http.Cookie {
	return &http.Cookie{
		Name: s.cookieName(), Value: secret, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteStrictMode,
	}
}

type loggedOut struct {
	SetCookie string `header:"Set-Cookie"`
}

func (s *Server) logOut(ctx context.Context, _ *struct{}) (*loggedOut, error) {
	c := callerOf(ctx)
	if c.session == "" {
		return nil, huma.Error409Conflict("there is no session to end; a token is revoked by an admin")
	}
	s.opts.Users.Logout(c.session)
	return &loggedOut{s.cookie("", -1).String()}, s.audit(ctx, "log-out", c.address, "")
}

func (s *Server) me(ctx context.Context, _ *struct{}) (*meGiven, error) {
	return &meGiven{Body: s.about(callerOf(ctx))}, nil
}

func (s *Server) about(c *caller) Me {
	me := Me{Name: c.Name, Roles: c.Roles, Groups: c.Groups, Permissions: c.Permissions, How: c.How, Open: s.opts.Open}
	if c.session != "" {
		me.CSRF = csrf(c.session)
	}
	return me
}

type auditAsked struct {
	After uint64 `query:"after" doc:"the n of the last entry that was read"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type auditGiven struct {
	Body struct {
		Entries []Entry `json:"entries"`
	}
}

func (s *Server) listAudit(ctx context.Context, q *auditAsked) (*auditGiven, error) {
	entries, err := s.opts.Audit.List(ctx, q.After, q.Limit)
	if err != nil {
		return nil, huma.Error503ServiceUnavailable("read the audit trail: " + err.Error())
	}
	out := &auditGiven{}
	out.Body.Entries = append([]Entry{}, entries...)
	return out, nil
}
