package web

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"vedette/internal/access"
)

func (s *Server) registerPeople() {
	add(s, "log-in", s.logIn)
	add(s, "log-out", s.logOut)
	add(s, "me", s.me)
	add(s, "list-audit", s.listAudit)
}

type credentials struct {
	Body struct {
		Name     string `json:"name" minLength:"1" maxLength:"128"`
		Password string `json:"password" minLength:"1" maxLength:"1024"`
	}
}

// Me is who sends a request.
type Me struct {
	Name        string              `json:"name"`
	Roles       []access.Role       `json:"roles"`
	Groups      []string            `json:"groups"`
	Permissions []access.Permission `json:"permissions"`
	How         string              `json:"how" doc:"how they came in"`
	CSRF        string              `json:"csrf,omitempty" doc:"to be sent as X-CSRF-Token with what changes something"`
	Open        bool                `json:"open" doc:"there are no users: whoever is on this machine may do all"`
}

type meGiven struct {
	SetCookie string `header:"Set-Cookie"`
	Body      Me
}

func (s *Server) logIn(ctx context.Context, in *credentials) (*meGiven, error) {
	if s.opts.Open {
		return nil, huma.Error409Conflict("there are no users here; open the page without a login")
	}
	c := callerOf(ctx)
	secret, p, err := s.opts.Users.Login(ctx, access.Attempt{Name: in.Body.Name, Password: in.Body.Password, From: c.from()})
	if err != nil {
		return nil, s.refused(ctx, in.Body.Name, err)
	}
	c = &caller{Principal: p, address: c.address, session: secret}
	if err := s.entry(ctx, access.Entry{Who: p.Name, How: p.How, What: "log-in", Object: c.address, Outcome: "done"}); err != nil {
		s.opts.Users.Logout(secret)
		return nil, err
	}
	return &meGiven{s.cookie(secret, 0).String(), s.about(c)}, nil
}

// refused is the answer to a login that failed, written down. What was not
// looked at is not: there may be very much of it.
func (s *Server) refused(ctx context.Context, name string, cause error) error {
	var slow *access.Slow
	switch {
	case errors.As(cause, &slow):
		wait := strconv.Itoa(int(math.Ceil(slow.Retry.Seconds())))
		return huma.ErrorWithHeaders(huma.Error429TooManyRequests(cause.Error()), http.Header{"Retry-After": {wait}})
	case errors.Is(cause, access.ErrBusy):
		return huma.Error503ServiceUnavailable(cause.Error())
	case !errors.Is(cause, access.ErrDenied):
		return huma.Error500InternalServerError("log in: " + cause.Error())
	}
	err := s.entry(ctx, access.Entry{Who: name, How: "password", What: "log-in", Object: callerOf(ctx).address, Outcome: "refused"})
	if err != nil {
		return err
	}
	return huma.Error401Unauthorized("the name or the password is wrong; an admin can set a new one")
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
	return &loggedOut{s.cookie("", -1).String()}, s.audit(ctx, "log-out", c.address, "done")
}

func (s *Server) me(ctx context.Context, _ *struct{}) (*meGiven, error) {
	return &meGiven{Body: s.about(callerOf(ctx))}, nil
}

func (s *Server) about(c *caller) Me {
	me := Me{
		Name: c.Name, Roles: append([]access.Role{}, c.Roles...), Groups: append([]string{}, c.Groups...),
		Permissions: c.Permissions(), How: c.How, Open: s.opts.Open,
	}
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
		Entries []access.Entry `json:"entries"`
		Last    uint64         `json:"last" doc:"the n of the last entry there is"`
	}
}

// listAudit gives a piece of the trail, and checks all of it: a trail that was
// tampered with is an error that says where.
func (s *Server) listAudit(ctx context.Context, q *auditAsked) (*auditGiven, error) {
	out := &auditGiven{}
	out.Body.Entries = []access.Entry{}
	_, err := access.Verify(ctx, s.opts.Journal.Events, func(e access.Entry) error {
		out.Body.Last = e.N
		if e.N > q.After && len(out.Body.Entries) < q.Limit {
			out.Body.Entries = append(out.Body.Entries, e)
		}
		return nil
	})
	if err != nil {
		return nil, huma.Error500InternalServerError("read the audit trail: " + err.Error() + "; vedette audit verify says more")
	}
	return out, nil
}
