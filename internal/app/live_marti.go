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
		Authenticate: l.authenticate, Sign: l.sign, Identify: l.identifyForMarti,
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

// authenticate takes a password or, once, an invitation.
func (l *live) authenticate(ctx context.Context, name, password, address string) (marti.Who, error) {
	p, err := l.desk.Users.Redeem(name, password)
	if errors.Is(err, access.ErrDenied) {
		from, _ := netip.ParseAddr(address) // the zero address where it is not known
		p, err = l.desk.Users.Check(ctx, access.Attempt{Name: name, Password: password, From: from})
	}
	var slow *access.Slow
	switch {
	case errors.Is(err, access.ErrDenied):
		return marti.Who{}, marti.ErrDenied
	case errors.As(err, &slow):
		return marti.Who{}, later{slow}
	case err != nil:
		return marti.Who{}, err
	}
	return whoIs(p), nil
}

// later is a login that was not looked at.
type later struct{ *access.Slow }

// RetryAfter is when it may be tried again.
func (l later) RetryAfter() time.Duration { return l.Retry }

func whoIs(p access.Principal) marti.Who {
	return marti.Who{Name: p.Name, Groups: p.Groups, Admin: p.May(access.Administer)}
}

// sign makes a certificate of a device's request, and writes it into the audit
// trail.
func (l *live) sign(ctx context.Context, who marti.Who, device string, request []byte) (marti.Signed, error) {
	cert, entry, err := l.desk.CA.SignRequest(who.Name, who.Name, request)
	if err != nil {
		return marti.Signed{}, fmt.Errorf("%w: %w", marti.ErrRequest, err)
	}
	_, err = l.desk.Audit.Append(ctx, access.Entry{Who: who.Name, How: "enrollment", What: "certificate.enroll", Object: entry.Serial.String(), Outcome: "done: " + device})
	if err != nil {
		return marti.Signed{}, err
	}
	block, _ := pem.Decode(l.desk.CA.PEM())
	return marti.Signed{Certificate: cert.Raw, Chain: [][]byte{block.Bytes}}, nil
}

func (l *live) identifyForMarti(cert *x509.Certificate) (marti.Who, error) {
	who, err := l.desk.CA.Verify(cert)
	if err != nil {
		return marti.Who{}, err
	}
	p, err := l.desk.Users.Principal(who.Name, "certificate "+who.Serial.String())
	if err != nil {
		return marti.Who{Name: who.Name}, nil // a feed's: it sees what everybody may see
	}
	return whoIs(p), nil
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
