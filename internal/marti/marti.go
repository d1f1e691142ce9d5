// Package marti answers the requests of HTTP that TAK clients make beside the
// stream, under the paths that TAK Server gave them.
//
// Two handlers, for two ports of TLS. Enrollment is for who has a name and a
// password or token yet, and no certificate: he sends the request for one and gets
// it signed. API is for who has a certificate: who is connected, groups, the
// newest event of an object, and data packages, which are kept in a depot.
// Serve runs either, until its context ends.
//
// Every request to API is asked of Options.Identify anew, so a certificate that is
// revoked counts no more on a connection that stands. What somebody may see
// follows his groups: what has groups is for who is in one of them, what has none
// is for all. Groups are set by administrators and cannot be switched off here.
//
// Nothing that users put in is ever served as something that a browser would run.
// Bodies, times and connections are bounded. Errors are problems of RFC 9457.
package marti

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"vedette/internal/depot"
	"vedette/internal/picture"
	"vedette/track"
)

// ErrDenied is Enroll's error for a name and a password that do not count.
var ErrDenied = errors.New("marti: name or password is wrong, or the token was used")

// ErrRefused is Enroll's error for somebody who gets no certificate; what wraps it
// says why, and is told to the client.
var ErrRefused = errors.New("marti: no certificate is given")

// Wait is Enroll's error after too many tries.
type Wait struct{ For time.Duration }

func (w *Wait) Error() string {
	return fmt.Sprintf("marti: too many tries; wait %v", w.For)
}

// Source is that of the objects which TAK clients have made.
const Source = "tak"

// Who is somebody who was let in.
type Who struct {
	Name   string
	Groups []string // none: he sees only what is for all
	Admin  bool     // may delete the packages of all, and sees addresses
}

func (w Who) viewer() depot.Viewer {
	return depot.Viewer{Name: w.Name, Groups: w.Groups, Admin: w.Admin}
}

// shares tells whether something for groups is for him.
func (w Who) shares(groups []string) bool {
	if w.Admin || len(groups) == 0 {
		return true
	}
	for _, g := range groups {
		for _, mine := range w.Groups {
			if g == mine {
				return true
			}
		}
	}
	return false
}

// Client is a device that is connected to the stream.
type Client struct {
	UID, Callsign string   // as it shows itself
	Team, Role    string   // if they are empty, its newest event is asked, for these
	Device        string   // and for the software and its version
	User          string   // of its certificate; empty without one
	Groups        []string // none for what everybody may see
	Address       string   // host:port
	Protocol      string   // tls, tcp
	Since, Last   time.Time
	Queued        int // events that wait for it
	Received      uint64
}

// Enroll asks for a certificate.
type Enroll struct {
	Name    string
	Secret  string // a password, or a token that counts once
	Address string // of the device, without a port
	Device  string // its uid
	Request []byte // see ca.ParseRequest, which has taken it
}

// Signed is what enrolling gives, in DER.
type Signed struct {
	Certificate []byte
	Chain       [][]byte // of the authorities, the signer first
}

// Options say what the server works with. The first block must be set.
type Options struct {
	// Enroll makes a certificate for who has this name and secret. Its error is
	// ErrDenied, ErrRefused, a *Wait, or what has failed.
	Enroll func(context.Context, Enroll) (Signed, error)
	// Identify tells who a certificate is for, or refuses it.
	Identify func(*x509.Certificate) (Who, error)
	Clients  func() []Client
	Object   func(track.Key) (picture.Object, bool)
	Depot    *depot.Depot

	// History gives what an object did, the newest first, for who may see it;
	// without it only the newest is known.
	History func(ctx context.Context, uid string, span Span, who Who) ([]*track.Observation, error)
	Version string // of the program
	Node    string // names this server
	Host    string // host:port of API in addresses that are given out; that of the request if empty
	Limits  Limits
	Clock   func() time.Time // time.Now
	Log     *slog.Logger     // slog.Default()
}

// Span is from when to when; zero times stand for no bound.
type Span struct{ From, To time.Time }

// Limits bound what others can cost. A field that is zero stands for its default.
type Limits struct {
	Conns    int           // connections to one Serve at a time; 512
	Stall    time.Duration // without a byte of a file before its transfer ends; 30 s
	Transfer time.Duration // of one file; 30 min
}

// Defaults gives the limits with every field set.
func (l Limits) Defaults() Limits {
	l.Conns = cmp.Or(l.Conns, 512)
	l.Stall = cmp.Or(l.Stall, 30*time.Second)
	l.Transfer = cmp.Or(l.Transfer, 30*time.Minute)
	return l
}

// Server answers. It keeps nothing but its options and starts no goroutine.
type Server struct {
	opts Options
	born time.Time
}

// New makes a server.
func New(opts Options) *Server {
	opts.Limits = opts.Limits.Defaults()
	opts.Version = cmp.Or(opts.Version, "devel")
	opts.Node = cmp.Or(opts.Node, "vedette")
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	opts.Log = cmp.Or(opts.Log, slog.Default())
	return &Server{opts: opts, born: opts.Clock().UTC()}
}

// open is a route for everybody, known one for who was identified.
type (
	open  func(http.ResponseWriter, *http.Request) error
	known func(http.ResponseWriter, *http.Request, Who) error
)

func (s *Server) openRoutes() map[string]open {
	return map[string]open{
		"GET /Marti/api/tls/config":             s.config,
		"POST /Marti/api/tls/signClient/v2":     s.signClient,
		"POST /Marti/api/tls/signClient/v2/{$}": s.signClient,
		"GET /Marti/api/tls/profile/enrollment": nothing,
	}
}

func (s *Server) knownRoutes() map[string]known {
	return map[string]known{
		"GET /Marti/api/version":                         s.version,
		"GET /Marti/api/version/config":                  s.versionConfig,
		"GET /Marti/api/clientEndPoints":                 s.endPoints,
		"GET /Marti/api/contacts/all":                    s.contacts,
		"GET /Marti/api/subscriptions/all":               s.subscriptions,
		"GET /Marti/api/groups/all":                      s.groups,
		"GET /Marti/api/groups/active":                   s.groups,
		"PUT /Marti/api/groups/active":                   s.activate,
		"GET /Marti/api/groups/groupCacheEnabled":        s.groupCache,
		"GET /Marti/api/device/profile/connection":       nothingKnown,
		"GET /Marti/api/cot/xml/{uid}":                   s.newest,
		"GET /Marti/api/cot/xml/{uid}/all":               s.past,
		"POST /Marti/sync/upload":                        s.upload,
		"POST /Marti/sync/missionupload":                 s.missionUpload,
		"GET /Marti/sync/missionquery":                   s.missionQuery,
		"GET /Marti/sync/search":                         s.search,
		"GET /Marti/sync/content":                        s.content,
		"GET /Marti/sync/{hash}/metadata":                s.metadata,
		"DELETE /Marti/sync/delete":                      s.remove,
		"DELETE /Marti/api/files/{hash}":                 s.remove,
		"GET /Marti/api/sync/search":                     s.files,
		"GET /Marti/api/sync/metadata/{hash}/{property}": s.property,
		"PUT /Marti/api/sync/metadata/{hash}/{property}": s.setProperty,
		"GET /Marti/api/files/metadata/count":            s.count,
		"GET /files/api/config":                          s.filesConfig,
	}
}

// Enrollment is for who has no certificate yet.
func (s *Server) Enrollment() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range s.openRoutes() {
		mux.Handle(pattern, s.answer(h))
	}
	return s.guard(mux)
}

// API is for who has a certificate.
func (s *Server) API() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range s.knownRoutes() {
		mux.Handle(pattern, s.answer(func(w http.ResponseWriter, r *http.Request) error {
			who, err := s.identify(r)
			if err != nil {
				return err
			}
			return h(w, r, who)
		}))
	}
	return s.guard(mux)
}

func (s *Server) identify(r *http.Request) (Who, error) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return Who{}, fail(http.StatusForbidden, "a client certificate is needed; enroll this device to get one")
	}
	who, err := s.opts.Identify(r.TLS.PeerCertificates[0])
	if err != nil {
		s.opts.Log.Info("a certificate was refused", "address", r.RemoteAddr, "err", err)
		return Who{}, fail(http.StatusForbidden, "the certificate does not count, or no more; enroll this device anew")
	}
	return who, nil
}

// nothing says that there is nothing: no profile to set up a device by.
func nothing(w http.ResponseWriter, _ *http.Request) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func nothingKnown(w http.ResponseWriter, r *http.Request, _ Who) error {
	return nothing(w, r)
}
