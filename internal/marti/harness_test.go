package marti

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"vedette/geo"
	"vedette/internal/depot"
	"vedette/internal/picture"
	"vedette/track"
)

// people are those who have certificates and passwords ("pw-" and the name).
var people = map[string]Who{
	"anna": {Name: "anna", Groups: []string{"red"}},
	"ben":  {Name: "ben", Groups: []string{"blue", "red"}},
	"carl": {Name: "carl", Groups: []string{"blue"}},
	"dora": {Name: "dora"},
	"root": {Name: "root", Admin: true},
}

var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// house is a server on two real ports, with an authority of its own.
type house struct {
	t       testing.TB
	depot   *depot.Depot
	server  *Server
	api     string // host:port
	enroll  string
	ca      *x509.Certificate
	caKey   *ecdsa.PrivateKey
	pool    *x509.CertPool
	mu      sync.Mutex
	tokens  map[string]bool // not used yet
	revoked map[string]bool // names
	failing error           // of enrolling
	notes   []string
	clients []Client
	objects map[string]*track.Observation
}

func newHouse(t testing.TB, limits depot.Limits, opts Options) *house {
	t.Helper()
	h := &house{t: t, tokens: map[string]bool{"once": true}, revoked: map[string]bool{}, objects: map[string]*track.Observation{}}
	h.makeCA()
	quiet := slog.New(slog.DiscardHandler)
	d, err := depot.Open(depot.Options{Dir: t.TempDir() + "/depot", Limits: limits, Log: quiet, Note: h.note})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	h.depot = d
	opts.Enroll, opts.Identify = h.enrollAs, h.identify
	opts.Clients = func() []Client { return h.clients }
	opts.Object = h.object
	opts.Depot, opts.Log, opts.Version = d, quiet, "1.2"
	opts.Clock = func() time.Time { return now }
	h.server = New(opts)
	h.enroll = h.serve(h.server.Enrollment(), tls.NoClientCert)
	h.api = h.serve(h.server.API(), tls.VerifyClientCertIfGiven)
	return h
}

// serve runs a handler until the test ends.
func (h *house) serve(handler http.Handler, auth tls.ClientAuthType) string {
	h.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	cert := h.issue("127.0.0.1", x509.ExtKeyUsageServerAuth)
	conf := &tls.Config{Certificates: []tls.Certificate{cert}, ClientCAs: h.pool, ClientAuth: auth}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- h.server.Serve(ctx, l, conf, handler) }()
	h.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			h.t.Error(err)
		}
	})
	return l.Addr().String()
}

func (h *house) makeCA() {
	h.t.Helper()
	h.caKey = newKey(h.t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	h.ca = h.certificate(template, template, h.caKey.Public())
	h.pool = x509.NewCertPool()
	h.pool.AddCert(h.ca)
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (h *house) certificate(template, parent *x509.Certificate, public any) *x509.Certificate {
	h.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, h.caKey)
	if err != nil {
		h.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		h.t.Fatal(err)
	}
	return cert
}

func (h *house) leaf(name string, use x509.ExtKeyUsage, public any) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{use}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	return h.certificate(template, h.ca, public)
}

func (h *house) issue(name string, use x509.ExtKeyUsage) tls.Certificate {
	key := newKey(h.t)
	cert := h.leaf(name, use, key.Public())
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

func (h *house) enrollAs(_ context.Context, ask Enroll) (Signed, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	who, ok := people[ask.Name]
	switch {
	case h.failing != nil:
		return Signed{}, h.failing
	case ask.Address != "127.0.0.1" || ask.Device != "ANDROID-1":
		return Signed{}, fmt.Errorf("asked by %+v", ask)
	case !ok || ask.Secret != "pw-"+ask.Name && !h.tokens[ask.Secret]:
		return Signed{}, ErrDenied
	}
	delete(h.tokens, ask.Secret)
	return h.sign(who, ask.Request)
}

// sign takes what ca.ParseRequest takes, less strictly.
func (h *house) sign(who Who, request []byte) (Signed, error) {
	der := request
	if block, _ := pem.Decode(request); block != nil {
		der = block.Bytes
	} else if request[0] == 'M' {
		plain, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(request)), ""))
		if err != nil {
			return Signed{}, err
		}
		der = plain
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return Signed{}, err
	}
	cert := h.leaf(who.Name, x509.ExtKeyUsageClientAuth, csr.PublicKey)
	return Signed{cert.Raw, [][]byte{h.ca.Raw}}, nil
}

func (h *house) identify(cert *x509.Certificate) (Who, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	who, ok := people[cert.Subject.CommonName]
	if !ok || h.revoked[who.Name] {
		return Who{}, errors.New("revoked")
	}
	return who, nil
}

func (h *house) note(_ context.Context, kind string, it depot.Item, by string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.notes = append(h.notes, kind+" "+it.Name+" "+by)
	return nil
}

func (h *house) object(key track.Key) (picture.Object, bool) {
	o, ok := h.objects[key.ID]
	return picture.Object{Observation: o}, ok && key.Source == o.Source
}

func observation(uid string, groups ...string) *track.Observation {
	return &track.Observation{
		Source: "tak", ID: uid, Type: "a-f-G", Fix: true, At: geo.Point{Lat: 34, Lon: 41}, Groups: groups,
		Time: now.Add(-time.Minute), Received: now, Stale: now.Add(time.Minute),
		CoT: `<?xml version="1.0"?><event version="2.0" uid="` + uid + `" type="a-f-G"><point lat="34" lon="41"/></event>`,
	}
}

// as gives the client of somebody with a certificate, or of one without.
func (h *house) as(name string) *http.Client {
	conf := &tls.Config{RootCAs: h.pool}
	if name != "" {
		conf.Certificates = []tls.Certificate{h.issue(name, x509.ExtKeyUsageClientAuth)}
	}
	return client(h.t, conf)
}

func client(t testing.TB, conf *tls.Config) *http.Client {
	transport := &http.Transport{TLSClientConfig: conf}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}
}

// reply is an answer that was read whole.
type reply struct {
	*http.Response
	body string
}

func (h *house) do(c *http.Client, method, url, body string, header ...string) reply {
	h.t.Helper()
	req, err := http.NewRequest(method, "https://"+url, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return h.send(c, req)
}

func (h *house) send(c *http.Client, req *http.Request) reply {
	h.t.Helper()
	res, err := c.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return reply{res, string(text)}
}

// get asks the API as somebody.
func (h *house) get(name, path string) reply {
	h.t.Helper()
	return h.do(h.as(name), "GET", h.api+path, "")
}

// want checks a status, and that an error is a problem that says something.
func (r reply) want(t testing.TB, status int) reply {
	t.Helper()
	if r.StatusCode != status {
		t.Fatalf("%s %s: %s %s, want %d", r.Request.Method, r.Request.URL, r.Status, r.body, status)
	}
	if status >= 400 && r.body != "" {
		var p problem
		if err := json.Unmarshal([]byte(r.body), &p); err != nil || p.Status != status || p.Detail == "" || r.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: no problem but %q", r.Request.Method, r.Request.URL, r.body)
		}
	}
	return r
}

// read decodes JSON strictly.
func (r reply) read(t testing.TB, v any) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(r.body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		t.Fatalf("%s: %v", r.body, err)
	}
}

func hashOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}
