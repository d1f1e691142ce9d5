package tak

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vedette/track"
	"vedette/wire/cot"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// memory is a sink that knows who speaks for what, and keeps all it is given.
type memory struct {
	mu      sync.Mutex
	owners  map[string]string
	offered []*track.Observation
	kept    []*track.Observation
	fail    error // of keeping
}

func (k *memory) admit(o *track.Observation) error {
	if err := o.Check(); err != nil {
		return err
	}
	if by, owned := k.owners[o.ID]; owned && by != o.By {
		return &track.Refusal{Reason: track.NotYours, Detail: o.ID}
	}
	k.owners[o.ID] = o.By
	o.Skew = o.Time.Sub(o.Received)
	return nil
}

func (k *memory) Offer(_ context.Context, o *track.Observation) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.admit(o); err != nil {
		return err
	}
	k.offered = append(k.offered, o)
	return k.fail
}

func (k *memory) Keep(_ context.Context, obs []*track.Observation) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, o := range obs {
		if err := k.admit(o); err != nil {
			return err
		}
		k.kept = append(k.kept, o)
	}
	return k.fail
}

func (k *memory) release(by string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, owner := range k.owners {
		if owner == by {
			delete(k.owners, id)
		}
	}
}

func (k *memory) keptSoFar() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.kept)
}

// last is the newest observation offered of an identity.
func (k *memory) last(id string) *track.Observation {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, o := range slices.Backward(k.offered) {
		if o.ID == id {
			return o
		}
	}
	return nil
}

// station is a server in a test, with its sink and what it noted.
type station struct {
	*Server
	t    *testing.T
	ctx  context.Context
	sink *memory
	addr string // of plain TCP

	mu    sync.Mutex
	notes []any
}

// start runs a server with a door of plain TCP until the test ends.
func start(t *testing.T, limits Limits) *station {
	t.Helper()
	return startWith(t, Options{Limits: limits})
}

func startWith(t *testing.T, opts Options) *station {
	t.Helper()
	st := &station{t: t, sink: &memory{owners: map[string]string{}}}
	if opts.Sink == nil {
		opts.Sink, opts.Release = st.sink, st.sink.release
	}
	opts.UID, opts.Note = "server-1", st.note
	opts.Log = slog.New(slog.DiscardHandler)
	s, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	st.Server = s
	ctx, end := context.WithCancel(context.Background())
	st.ctx = ctx
	var work sync.WaitGroup
	t.Cleanup(func() { end(); work.Wait() })
	work.Go(func() {
		if err := s.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	st.addr = st.open(ctx, &work, Door{})
	return st
}

// open opens a door on loopback.
func (st *station) open(ctx context.Context, work *sync.WaitGroup, d Door) string {
	st.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		st.t.Fatal(err)
	}
	work.Go(func() {
		if err := st.Serve(ctx, l, d); err != nil {
			st.t.Error(err)
		}
	})
	return l.Addr().String()
}

func (st *station) note(_ context.Context, _ string, payload any) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.notes = append(st.notes, payload)
	return nil
}

// noted gives the notes of a kind so far.
func noted[T any](st *station) []T {
	st.mu.Lock()
	defer st.mu.Unlock()
	var all []T
	for _, n := range st.notes {
		if v, ok := n.(T); ok {
			all = append(all, v)
		}
	}
	return all
}

// until waits for something to become so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %v in vain: %s", patience, what)
		}
	}
}

// phone is a client.
type phone struct {
	t    *testing.T
	conn net.Conn
	uid  string
	in   chan *cot.Event
	form cot.Form
}

// call connects a phone by plain TCP. It has the server's offer behind it.
func (st *station) call(uid string) *phone {
	st.t.Helper()
	conn, err := net.Dial("tcp", st.addr)
	if err != nil {
		st.t.Fatal(err)
	}
	return st.newPhone(conn, uid)
}

// newPhone waits until the server has let it in.
func (st *station) newPhone(conn net.Conn, uid string) *phone {
	t := st.t
	t.Helper()
	p := &phone{t: t, conn: conn, uid: uid, in: make(chan *cot.Event, 100_000)}
	ready := make(chan struct{})
	go p.read(ready)
	t.Cleanup(func() { conn.Close() })
	<-ready
	offer := p.next("an offer", func(e *cot.Event) bool { return len(e.Offered()) > 0 })
	if !slices.Contains(offer.Offered(), 1) {
		t.Fatalf("offered %v", offer.Offered())
	}
	until(t, uid+" is let in", func() bool {
		return slices.ContainsFunc(st.Clients(), func(c ClientInfo) bool { return c.Address == conn.LocalAddr().String() })
	})
	return p
}

// read cuts what comes into events, and closes in at the end. A response that
// agrees changes the form.
func (p *phone) read(ready chan struct{}) {
	close(ready)
	defer close(p.in)
	var xml cot.Splitter
	var frames cot.Frames
	room := make([]byte, 64<<10)
	for {
		n, err := p.conn.Read(room)
		if err != nil {
			return
		}
		if p.form == cot.XML {
			xml.Feed(room[:n])
		} else {
			frames.Feed(room[:n])
		}
		for e := p.cut(&xml, &frames); e != nil; e = p.cut(&xml, &frames) {
			p.in <- e
		}
	}
}

func (p *phone) cut(xml *cot.Splitter, frames *cot.Frames) *cot.Event {
	if p.form == cot.Proto {
		payload, err := frames.Next()
		if payload == nil || err != nil {
			if err != nil {
				p.t.Error(err)
			}
			return nil
		}
		msg, err := cot.ParseMessage(payload)
		if err != nil {
			p.t.Error(err)
		}
		return msg.Event
	}
	doc, err := xml.Next()
	if err != nil {
		p.t.Error(err)
	}
	if doc == nil {
		return nil
	}
	e, err := cot.Parse(doc)
	if err != nil {
		p.t.Error(err)
		return nil
	}
	if yes, ok := e.Responded(); yes && ok {
		p.form = cot.Proto
		frames.Feed(xml.Rest())
	}
	return e
}

// speakProto has the phone and the server agree on protobuf.
func (p *phone) speakProto() *phone {
	p.t.Helper()
	p.send(cot.NewRequest("protouid", time.Now(), 1))
	p.next("a response", func(e *cot.Event) bool { yes, ok := e.Responded(); return yes && ok })
	return p
}

func (p *phone) send(events ...*cot.Event) {
	p.t.Helper()
	var b []byte
	for _, e := range events {
		body, err := e.Bytes(p.form)
		if err != nil {
			p.t.Fatal(err)
		}
		if p.form == cot.Proto {
			b = cot.AppendFrame(b, body)
		} else {
			b = append(b, body...)
		}
	}
	p.write(b)
}

func (p *phone) write(b []byte) {
	p.t.Helper()
	if _, err := p.conn.Write(b); err != nil {
		p.t.Fatal(err)
	}
}

// next waits for an event, and passes over others before it.
func (p *phone) next(what string, is func(*cot.Event) bool) *cot.Event {
	p.t.Helper()
	all := p.through(what, is)
	return all[len(all)-1]
}

// through gives all events up to one that is waited for.
func (p *phone) through(what string, is func(*cot.Event) bool) []*cot.Event {
	p.t.Helper()
	var all []*cot.Event
	end := time.After(patience)
	for {
		select {
		case e, open := <-p.in:
			if !open {
				p.t.Fatalf("%s: the connection ended before %s came", p.uid, what)
			}
			if all = append(all, e); is(e) {
				return all
			}
		case <-end:
			p.t.Fatalf("%s waited %v in vain for %s", p.uid, patience, what)
		}
	}
}

func (p *phone) of(uid string) *cot.Event {
	p.t.Helper()
	return p.next("an event of "+uid, func(e *cot.Event) bool { return e.UID == uid })
}

// before gives the uids of what comes before the pong to a ping: all that was
// sent before the ping was answered.
func (p *phone) before(ping string) []string {
	p.t.Helper()
	p.send(cot.NewPing(ping, time.Now()))
	var uids []string
	for _, e := range p.through("a pong", func(e *cot.Event) bool { return e.IsPong() && e.UID == ping }) {
		if !e.IsPong() {
			uids = append(uids, e.UID)
		}
	}
	return uids
}

// ended waits for the server to end the connection.
func (p *phone) ended() {
	p.t.Helper()
	end := time.After(patience)
	for {
		select {
		case _, open := <-p.in:
			if !open {
				return
			}
		case <-end:
			p.t.Fatalf("%s is still connected after %v", p.uid, patience)
		}
	}
}

// seen is a position of something.
func seen(uid string, with ...func(*cot.Event)) *cot.Event {
	now := time.Now().UTC().Truncate(time.Millisecond)
	e := &cot.Event{
		UID: uid, Type: "a-f-G-U-C", How: "m-g", Time: now, Start: now, Stale: now.Add(5 * time.Minute),
		Point:  cot.Point{Lat: 34.37, Lon: 41.09, HAE: 212, CE: 9.8, LE: cot.UnknownError},
		Detail: cot.Detail("").With(cot.Contact{Callsign: strings.ToUpper(uid), Endpoint: "*:-1:stcp"}),
	}
	for _, do := range with {
		do(e)
	}
	return e
}

func to(dests ...cot.Dest) func(*cot.Event) {
	return func(e *cot.Event) { e.Detail = e.Detail.With(cot.Dests(dests)) }
}

func typed(typ string) func(*cot.Event) { return func(e *cot.Event) { e.Type = typ } }

func at(lat float64) func(*cot.Event) { return func(e *cot.Event) { e.Point.Lat = lat } }

// authority makes certificates for tests.
type authority struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, pool: x509.NewCertPool()}
	cert := a.issue("test authority", &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	a.key, a.cert = cert.PrivateKey.(*ecdsa.PrivateKey), cert.Leaf
	a.pool.AddCert(a.cert)
	return a
}

// issue signs a certificate; the first signs itself.
func (a *authority) issue(name string, c *x509.Certificate) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	c.Subject, c.SerialNumber = pkix.Name{CommonName: name}, big.NewInt(time.Now().UnixNano())
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	signer, parent := a.key, a.cert
	if signer == nil {
		signer, parent = key, c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		a.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// vestibule is a door of TLS: whoever has a certificate is who it says, in the
// groups that the name ends with: "anna@blue,red".
type vestibule struct {
	*station
	*authority
	addr    string
	revoked sync.Map
	slow    func(name string) // is called before a name is looked up; may be nil
}

func (st *station) tls(t *testing.T) *vestibule {
	t.Helper()
	v := &vestibule{station: st, authority: newAuthority(t)}
	var work sync.WaitGroup
	t.Cleanup(work.Wait)
	ctx, end := context.WithCancel(st.ctx)
	t.Cleanup(end)
	v.addr = st.open(ctx, &work, Door{Identify: v.identify, TLS: &tls.Config{
		Certificates: []tls.Certificate{v.issue("server", &x509.Certificate{})},
		ClientCAs:    v.pool, ClientAuth: tls.RequireAndVerifyClientCert,
	}})
	return v
}

func (v *vestibule) identify(c *x509.Certificate) (Identity, error) {
	name, groups, _ := strings.Cut(c.Subject.CommonName, "@")
	if v.slow != nil {
		v.slow(name)
	}
	if _, gone := v.revoked.Load(name); gone {
		return Identity{}, errors.New("revoked")
	}
	id := Identity{Name: name}
	if groups != "" {
		id.Groups = strings.Split(groups, ",")
	}
	return id, nil
}

// dial connects with a certificate of that name.
func (v *vestibule) dial(name string) *phone {
	v.station.t.Helper()
	conn, err := tls.Dial("tcp", v.addr, v.config(name))
	if err != nil {
		v.station.t.Fatal(err)
	}
	return v.newPhone(conn, name)
}

func (v *vestibule) config(name string) *tls.Config {
	return &tls.Config{RootCAs: v.pool, Certificates: []tls.Certificate{
		v.issue(name, &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}),
	}}
}

// sameBytes tells whether an event came as it was sent.
func sameBytes(t *testing.T, got *cot.Event, sent []byte) {
	t.Helper()
	if !bytes.Equal(got.Raw, bytes.TrimSpace(sent)) {
		t.Errorf("came as\n%s\nwas sent as\n%s", got.Raw, sent)
	}
}

func uids(format string, n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(format, i))
	}
	return all
}
