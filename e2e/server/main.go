// Command server runs what TAK clients talk to, for the tests in e2e/tak: the
// stream over TLS and over plain TCP, enrollment and the API, on ports of loopback
// that are free.
//
// Its arguments are users, as name:group,group. The first line that it prints is
// JSON: addresses, the file of the authority's certificate, and of each user a
// password and an enrollment token. It then reads lines "revoke NAME", and answers
// each with one that says how many certificates it has revoked. It ends when its
// input does.
package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"vedette/internal/access"
	"vedette/internal/admin"
	"vedette/internal/ca"
	"vedette/internal/depot"
	"vedette/internal/journal"
	"vedette/internal/marti"
	"vedette/internal/picture"
	"vedette/internal/tak"
)

func main() {
	data := flag.String("data", "", "folder for what the server keeps")
	flag.Parse()
	if err := run(*data, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
}

// house is all that is open.
type house struct {
	journal *journal.Journal
	picture *picture.Picture
	desk    *admin.Desk
	depot   *depot.Depot
	tak     *tak.Server
	marti   *marti.Server
}

// notice is the first line.
type notice struct {
	Stream string            `json:"stream"`
	Plain  string            `json:"plain"`
	API    string            `json:"api"`
	Enroll string            `json:"enroll"`
	CA     string            `json:"ca"`
	Users  map[string]secret `json:"users"`
}

type secret struct {
	Password string `json:"password"`
	Token    string `json:"token"`
}

func run(data string, users []string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	h, err := open(ctx, data)
	if err != nil {
		return err
	}
	defer h.close()
	n := notice{CA: filepath.Join(data, "ca", "ca.pem"), Users: map[string]secret{}}
	for _, u := range users {
		name, groups, _ := strings.Cut(u, ":")
		if n.Users[name], err = h.invite(ctx, name, groups); err != nil {
			return err
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	if err := h.start(ctx, g, &n); err != nil {
		return errors.Join(err, end(cancel, g))
	}
	if err := json.NewEncoder(os.Stdout).Encode(n); err != nil {
		return errors.Join(err, end(cancel, g))
	}
	err = h.obey(os.Stdin)
	return errors.Join(err, end(cancel, g))
}

func end(cancel func(), g *errgroup.Group) error {
	cancel()
	return g.Wait()
}

func open(ctx context.Context, data string) (*house, error) {
	h := &house{desk: &admin.Desk{}}
	var err error
	if h.journal, err = journal.Open(ctx, admin.JournalOptions(data)); err != nil {
		return nil, err
	}
	h.picture = picture.New(picture.Options{Journal: h.journal})
	if h.desk.CA, err = ca.Open(admin.CAOptions(data)); err != nil {
		return nil, err
	}
	if err := h.desk.CA.Serve([]string{"127.0.0.1", "localhost"}); err != nil {
		return nil, err
	}
	if h.desk.Users, err = access.Open(admin.UsersOptions(data)); err != nil {
		return nil, err
	}
	if h.desk.Audit, err = access.OpenAudit(ctx, h.journal.Events, time.Now); err != nil {
		return nil, err
	}
	if h.depot, err = depot.Open(depot.Options{Dir: filepath.Join(data, "packages"), Note: h.notePackage}); err != nil {
		return nil, err
	}
	h.tak, err = tak.New(tak.Options{UID: "e2e", Sink: h.picture, Note: h.note, Release: h.picture.Release})
	if err != nil {
		return nil, err
	}
	h.marti = marti.New(marti.Options{
		Enroll: h.enroll, Identify: h.identify, Clients: h.clients,
		Object: h.picture.Object, Depot: h.depot, Version: "e2e",
	})
	h.desk.CA.OnRevoke(func(e ca.Entry) {
		h.tak.Cut(func(id tak.Identity) bool { return id.Name == e.Name }, "revoked")
	})
	return h, nil
}

func (h *house) close() {
	if err := errors.Join(h.depot.Close(), h.desk.Users.Close(), h.desk.CA.Close(), h.journal.Close()); err != nil {
		slog.Error("closing failed", "err", err)
	}
}

// invite adds a user.
func (h *house) invite(ctx context.Context, name, groups string) (secret, error) {
	password, err := access.NewPassword()
	if err != nil {
		return secret{}, err
	}
	u := access.User{Name: name, Roles: []access.Role{access.Operator}}
	if groups != "" {
		u.Groups = strings.Split(groups, ",")
	}
	if err := h.desk.Users.Add(ctx, u, password); err != nil {
		return secret{}, err
	}
	token, _, err := h.desk.Users.Invite(name, time.Hour)
	return secret{password, token}, err
}

// start opens the ports.
func (h *house) start(ctx context.Context, g *errgroup.Group, n *notice) error {
	g.Go(func() error { return h.picture.Run(ctx) })
	g.Go(func() error { return h.tak.Run(ctx) })
	for _, port := range []struct {
		address *string
		serve   func(net.Listener) error
	}{
		{&n.Plain, func(l net.Listener) error { return h.tak.Serve(ctx, l, tak.Door{}) }},
		{&n.Stream, func(l net.Listener) error {
			return h.tak.Serve(ctx, l, tak.Door{TLS: h.desk.CA.ClientTLS(true), Identify: h.identifyTAK})
		}},
		{&n.API, func(l net.Listener) error { return h.marti.Serve(ctx, l, h.desk.CA.ClientTLS(true), h.marti.API()) }},
		{&n.Enroll, func(l net.Listener) error { return h.marti.Serve(ctx, l, h.desk.CA.ServerTLS(), h.marti.Enrollment()) }},
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		*port.address = l.Addr().String()
		g.Go(func() error { return port.serve(l) })
	}
	return nil
}

// obey does what the input says, until it ends.
func (h *house) obey(r io.Reader) error {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		name, ok := strings.CutPrefix(lines.Text(), "revoke ")
		if !ok {
			return fmt.Errorf("%q is not understood; write revoke and a name", lines.Text())
		}
		var serials []ca.Serial
		for _, e := range h.desk.CA.Find(name) {
			serials = append(serials, e.Serial)
		}
		done, err := h.desk.CA.Revoke(serials, "e2e", "lost")
		if err != nil {
			return err
		}
		fmt.Println(len(done))
	}
	return lines.Err()
}

func (h *house) note(ctx context.Context, kind string, payload any) error {
	text, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	now := time.Now()
	_, err = h.journal.Events.Append(ctx, journal.Event{
		ID: rand.Text(), Kind: kind, Version: 1, Source: "e2e", Time: now, Received: now, Payload: text,
	})
	return err
}

func (h *house) notePackage(ctx context.Context, kind string, it depot.Item, by string) error {
	return h.note(ctx, kind, struct {
		depot.Item
		By string `json:"by"`
	}{it, by})
}

func (h *house) enroll(ctx context.Context, ask marti.Enroll) (marti.Signed, error) {
	from, _ := netip.ParseAddr(ask.Address) // the zero address stands for none
	done, err := h.desk.Enroll(ctx, admin.Enroll{Name: ask.Name, Secret: ask.Secret, From: from, Request: ask.Request})
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

func (h *house) identify(cert *x509.Certificate) (marti.Who, error) {
	id, err := h.desk.CA.Verify(cert)
	if err != nil {
		return marti.Who{}, err
	}
	p, err := h.desk.Users.ByCertificate(id.Name, id.Serial.String())
	return marti.Who{Name: p.Name, Groups: p.Groups, Admin: p.May(access.Administer)}, err
}

func (h *house) identifyTAK(cert *x509.Certificate) (tak.Identity, error) {
	w, err := h.identify(cert)
	return tak.Identity{Name: w.Name, Groups: w.Groups}, err
}

func (h *house) clients() []marti.Client {
	var all []marti.Client
	for _, c := range h.tak.Clients() {
		all = append(all, marti.Client{
			UID: c.UID, Callsign: c.Callsign, Team: c.Team, User: c.Identity.Name, Groups: c.Identity.Groups,
			Address: c.Address, Protocol: map[bool]string{true: "tls", false: "tcp"}[c.Trusted],
			Since: c.Since, Last: c.Last, Queued: c.Queued, Received: c.Received,
		})
	}
	return all
}
