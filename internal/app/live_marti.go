package app

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"time"

	"vedette/internal/access"
	"vedette/internal/admin"
	"vedette/internal/depot"
	"vedette/internal/history"
	"vedette/internal/marti"
	"vedette/internal/tak"
	"vedette/track"
)

// serveMarti answers what TAK clients ask beside the stream: certificates on one
// port, and with a certificate who is there, and packages, on another.
func (l *live) serveMarti() error {
	packages, err := depot.Open(depot.Options{Dir: filepath.Join(l.Data, "packages"), Note: l.notePackage, Log: l.Log})
	if err != nil {
		return err
	}
	l.opened = append(l.opened, packages.Close)
	server := marti.New(marti.Options{
		Enroll: l.enroll, Identify: l.identifyForMarti,
		Clients: l.martiClients, Object: l.picture.Object, Depot: packages, History: l.pastOf,
		Version: l.Version, Node: l.node(), Log: l.Log,
	})
	for _, port := range []struct {
		address, what string
		serve         func(ctx context.Context, ln net.Listener) error
	}{
		{l.Settings.TAK.Enroll, "TAK enrollment", func(ctx context.Context, ln net.Listener) error {
			return server.Serve(ctx, ln, l.desk.CA.ServerTLS(), server.Enrollment())
		}},
		{l.Settings.TAK.API, "TAK HTTP API", func(ctx context.Context, ln net.Listener) error {
			return server.Serve(ctx, ln, l.desk.CA.ClientTLS(true), server.API())
		}},
	} {
		if port.address == "" {
			continue
		}
		if err := l.listen(port.address, port.what, port.serve); err != nil {
			return err
		}
	}
	return nil
}

func (l *live) notePackage(ctx context.Context, kind string, item depot.Item, by string) error {
	return l.note(ctx, kind, struct {
		depot.Item
		By string `json:"by"`
	}{item, by})
}

// enroll makes a certificate for a phone whose user has a password or an
// invitation.
func (l *live) enroll(ctx context.Context, ask marti.Enroll) (marti.Signed, error) {
	from, _ := netip.ParseAddr(ask.Address) // the zero address stands for none
	done, err := l.desk.Enroll(ctx, admin.Enroll{Name: ask.Name, Secret: ask.Secret, From: from, Request: ask.Request})
	var slow *access.Slow
	switch {
	case errors.Is(err, access.ErrDenied):
		return marti.Signed{}, marti.ErrDenied
	case errors.As(err, &slow):
		return marti.Signed{}, &marti.Wait{For: slow.Retry}
	case errors.Is(err, admin.ErrRefused):
		return marti.Signed{}, fmt.Errorf("%w: %w", marti.ErrRefused, err)
	case err != nil:
		return marti.Signed{}, err
	}
	authority, _ := pem.Decode(done.Authority)
	return marti.Signed{Certificate: done.Certificate.Raw, Chain: [][]byte{authority.Bytes}}, nil
}

// identifyForMarti tells who a client certificate is of. That of nobody who is a
// user, a feed's, sees what everybody may see.
func (l *live) identifyForMarti(cert *x509.Certificate) (marti.Who, error) {
	who, err := l.desk.CA.Verify(cert)
	if err != nil {
		return marti.Who{}, err
	}
	p, err := l.desk.Users.ByCertificate(who.Name, who.Serial.String())
	if errors.Is(err, access.ErrUnknown) {
		return marti.Who{Name: who.Name}, nil
	}
	return marti.Who{Name: p.Name, Groups: p.Groups, Admin: p.May(access.Administer)}, err
}

func (l *live) martiClients() []marti.Client {
	var all []marti.Client
	for _, c := range l.tak.Clients() {
		if c.Mesh {
			continue
		}
		protocol := "tcp"
		if c.Trusted {
			protocol = "tls"
		}
		all = append(all, marti.Client{
			UID: c.UID, Callsign: c.Callsign, Team: c.Team, User: c.Identity.Name, Groups: c.Identity.Groups,
			Address: c.Address, Protocol: protocol, Since: c.Since, Last: c.Last, Queued: c.Queued, Received: c.Received,
		})
	}
	return all
}

// pastOf gives what an object did, the newest first.
func (l *live) pastOf(ctx context.Context, uid string, span marti.Span, who marti.Who) ([]*track.Observation, error) {
	groups := who.Groups
	if groups == nil {
		groups = []string{}
	}
	q := history.Query{From: span.From, To: span.To, Sources: []string{tak.Source}, IDs: []string{uid}, Groups: groups, Limit: marti.MaxPast}
	if q.To.IsZero() {
		q.To = time.Now().Add(time.Hour)
	}
	page, err := l.history.Within(ctx, q)
	if err != nil {
		return nil, err
	}
	var all []*track.Observation
	for i := range page.Observations {
		all = append(all, &page.Observations[i])
	}
	slices.Reverse(all)
	return all, nil
}
