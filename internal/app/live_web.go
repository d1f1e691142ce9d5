package app

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"path/filepath"

	"vedette/internal/access"
	"vedette/internal/web"
	"vedette/wire/cot"
)

// serveWeb serves the HTTP API and the live map.
func (l *live) serveWeb() error {
	opts := web.Options{
		Picture: l.picture, Journal: l.journal, Area: l.Area.Area, Dir: filepath.Join(l.Data, "reports"),
		Open: !l.Settings.Web.Users, Audit: trail{l}, Feeds: l.webFeeds, Clients: l.webClients,
		Hosts: l.Settings.Web.Hosts, Metrics: metrics(l), Log: l.Log,
	}
	scheme := "http"
	if l.Settings.Web.Users {
		opts.Users = users{l.desk.Users}
	}
	if l.Settings.Web.TLS {
		opts.TLS, scheme = l.desk.CA.ServerTLS(), "https"
	}
	server, err := web.New(opts)
	if err != nil {
		return err
	}
	if err := l.firstUser(); err != nil {
		return err
	}
	return l.listen(l.Settings.Web.Listen, "Map and HTTP API ("+scheme+")", server.Run)
}

// firstUser makes the first user where users are asked for and there is none.
func (l *live) firstUser() error {
	if !l.Settings.Web.Users {
		return nil
	}
	password, err := l.desk.Users.First(context.Background())
	if password != "" {
		l.Tell("There were no users: made admin, with a password that is shown this once: %s", password)
	}
	return err
}

// listen opens a port within the front stage.
func (l *live) listen(address, what string, serve func(ctx context.Context, ln net.Listener) error) error {
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return errors.Join(err, errors.New(what+": set another address in the settings, or end what has this one"))
	}
	l.front.run(what, func(ctx context.Context) error { return serve(ctx, ln) })
	l.Tell("%s on %s", what, ln.Addr())
	return nil
}

// users are the store's, as the HTTP API asks for them.
type users struct{ *access.Store }

func (u users) Login(ctx context.Context, name, password, from string) (string, error) {
	address, _ := netip.ParseAddr(from) // the zero address where it is not known
	secret, _, err := u.Store.Login(ctx, access.Attempt{Name: name, Password: password, From: address})
	var slow *access.Slow
	if errors.As(err, &slow) {
		return "", errors.Join(web.ErrLater, err)
	}
	return secret, err
}

func (u users) Session(secret string) (web.Principal, bool) { return known(u.Store.Session(secret)) }

func (u users) Token(secret string) (web.Principal, bool) { return known(u.ByToken(secret)) }

func known(p access.Principal, err error) (web.Principal, bool) {
	if err != nil {
		return web.Principal{}, false
	}
	who := web.Principal{Name: p.Name, Groups: append([]string{}, p.Groups...), How: p.How}
	for _, r := range p.Roles {
		who.Roles = append(who.Roles, string(r))
	}
	for _, may := range p.Permissions() {
		who.Permissions = append(who.Permissions, web.Permission(may))
	}
	return who, true
}

// trail is the audit trail, as the HTTP API asks for it.
type trail struct{ *live }

func (t trail) Append(ctx context.Context, e web.Entry) error {
	_, err := t.desk.Audit.Append(ctx, access.Entry{Who: e.Who, How: e.How, What: e.What, Object: e.Object, Outcome: e.Outcome})
	return err
}

// List reads the trail from its beginning, for each entry is held to the one
// before it.
func (t trail) List(ctx context.Context, n uint64, most int) ([]web.Entry, error) {
	var all []web.Entry
	_, err := access.Verify(ctx, t.journal.Events, func(e access.Entry) error {
		if len(all) == most {
			return io.EOF
		}
		if e.N > n {
			all = append(all, web.Entry{N: e.N, At: e.At, Who: e.Who, How: e.How, What: e.What, Object: e.Object, Outcome: e.Outcome, Hash: e.Hash})
		}
		return nil
	})
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return all, err
}

func (l *live) webFeeds() []web.Feed {
	var all []web.Feed
	for _, h := range l.feeds.Health() {
		all = append(all, web.Feed{
			Name: h.Name, Kind: h.Kind, State: string(h.State), Since: h.Since, Last: h.Last,
			In: h.In, Refused: h.Refused, Lag: h.Lag.Seconds(), Error: h.Err,
		})
	}
	return all
}

func (l *live) webClients() []web.Client {
	protocols := map[cot.Form]string{cot.XML: "TAK, XML", cot.Proto: "TAK, protobuf"}
	var all []web.Client
	for _, c := range l.tak.Clients() {
		var refused uint64
		for _, n := range c.Refused {
			refused += n
		}
		name := c.Callsign
		if name == "" {
			name = c.By
		}
		all = append(all, web.Client{
			Name: name, Address: c.Address, Protocol: protocols[c.Form], Since: c.Since, Last: c.Last,
			In: c.Received, Out: c.Sent, Queued: c.Queued, Coalesced: c.Coalesced, Refused: refused,
		})
	}
	return all
}
