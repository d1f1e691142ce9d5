package app

import (
	"context"
	"errors"
	"net"
	"path/filepath"

	"vedette/internal/web"
	"vedette/wire/cot"
)

// serveWeb serves the HTTP API and the live map.
func (l *live) serveWeb() error {
	opts := web.Options{
		Picture: l.picture, Journal: l.journal, Area: l.Area.Area, Dir: filepath.Join(l.Data, "reports"),
		Open: !l.Settings.Web.Users, Audit: l.desk.Audit, History: l.history, Feeds: l.feeds, Clients: l.webClients,
		Hosts: l.Settings.Web.Hosts, Metrics: metrics(l), Log: l.Log,
	}
	scheme := "http"
	if l.Settings.Web.Users {
		opts.Users = l.desk.Users
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
			In: c.Received, Out: c.Sent, Queued: c.Queued, Coalesced: c.Coalesced, Refused: refused, Skew: c.Skew.Seconds(),
		})
	}
	return all
}
