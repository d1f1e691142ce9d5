package ca

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// listen serves TLS on loopback: it greets every client and closes.
func listen(t *testing.T, config *tls.Config) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
			_, _ = io.WriteString(conn, "hello") // the client tells whether it came
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

// call connects and reads the greeting.
func call(addr string, config *tls.Config) (tls.ConnectionState, error) {
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second}, "tcp", addr, config)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer func() { _ = conn.Close() }() // all is read by then
	text, err := io.ReadAll(conn)
	if err == nil && string(text) != "hello" {
		err = errors.New("no greeting")
	}
	return conn.ConnectionState(), err
}

func dialer(a *Authority, c *Client) *tls.Config {
	config := &tls.Config{RootCAs: a.Pool(), Time: a.opts.Clock}
	if c != nil {
		config.Certificates = []tls.Certificate{{Certificate: [][]byte{c.Certificate.Raw}, PrivateKey: c.Key}}
	}
	return config
}

func TestHandshakes(t *testing.T) {
	a, _ := opened(t)
	other, _ := opened(t)
	if err := a.Serve([]string{"localhost", "127.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	stolen := issue(t, a, "alpha")
	if _, err := a.Revoke([]Serial{stolen.Entry.Serial}, "duty", "lost"); err != nil {
		t.Fatal(err)
	}
	old := dialer(a, issue(t, a, "alpha"))
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	atak := dialer(a, issue(t, a, "alpha"))
	atak.MaxVersion = tls.VersionTLS12
	named := dialer(a, nil)
	named.ServerName = "elsewhere"
	required, given, open := listen(t, a.ClientTLS(true)), listen(t, a.ClientTLS(false)), listen(t, a.ServerTLS())
	for name, c := range map[string]struct {
		addr   string
		config *tls.Config
		ok     bool
	}{
		"with a certificate":                   {required, dialer(a, issue(t, a, "alpha")), true},
		"with TLS 1.2":                         {required, atak, true},
		"with TLS 1.1":                         {required, old, false},
		"without a certificate":                {required, dialer(a, nil), false},
		"with a revoked one":                   {required, dialer(a, stolen), false},
		"with another authority's":             {required, dialer(a, issue(t, other, "alpha")), false},
		"where one may be given, none":         {given, dialer(a, nil), true},
		"where one may be given, a good one":   {given, dialer(a, issue(t, a, "alpha")), true},
		"where one may be given, a revoked":    {given, dialer(a, stolen), false},
		"where none is asked":                  {open, dialer(a, nil), true},
		"by another name":                      {open, named, false},
		"by one who trusts another authority":  {open, dialer(other, nil), false},
		"with its own certificate of another ": {given, dialer(a, issue(t, other, "alpha")), false},
	} {
		// crypto/tls leaves out a certificate that the server does not ask for.
		if len(c.config.Certificates) > 0 {
			cert := &c.config.Certificates[0]
			c.config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert, nil }
		}
		if _, err := call(c.addr, c.config); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAResumedSessionIsVerifiedAgain(t *testing.T) {
	a, _ := opened(t)
	if err := a.Serve([]string{"127.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	addr := listen(t, a.ClientTLS(true))
	c := issue(t, a, "alpha")
	config := dialer(a, c)
	config.ClientSessionCache = tls.NewLRUClientSessionCache(4)
	resumed := false
	for range 3 {
		state, err := call(addr, config)
		if err != nil {
			t.Fatal(err)
		}
		resumed = resumed || state.DidResume
	}
	if !resumed {
		t.Fatal("no session was resumed; the test tests nothing")
	}
	if _, err := a.Revoke([]Serial{c.Entry.Serial}, "duty", "lost"); err != nil {
		t.Fatal(err)
	}
	if _, err := call(addr, config); err == nil {
		t.Error("a revoked client resumed its session")
	}
}

// shown gives the serial of the certificate that the server shows.
func shown(t *testing.T, a *Authority, addr string) Serial {
	t.Helper()
	state, err := call(addr, dialer(a, nil))
	if err != nil {
		t.Fatal(err)
	}
	s, _ := SerialOf(state.PeerCertificates[0].SerialNumber)
	return s
}

func TestTheServersCertificateIsKeptAndRenewed(t *testing.T) {
	a, w := opened(t)
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	serve := func(a *Authority, hosts []string) Serial {
		if err := a.Serve(hosts); err != nil {
			t.Fatal(err)
		}
		s, _ := SerialOf(a.serving.Load().Leaf.SerialNumber)
		return s
	}
	first := serve(a, hosts)
	_ = a.Close()
	again := openIn(t, a.opts.Dir, w)
	defer func() { _ = again.Close() }()
	if serve(again, hosts) != first {
		t.Error("made anew without need")
	}
	second := serve(again, append(hosts, "post-3.example"))
	if second == first {
		t.Error("the names changed, the certificate did not")
	}
	addr := listen(t, again.ServerTLS())
	if shown(t, again, addr) != second {
		t.Error("another is shown")
	}
	w.Forward(serverTerm - renewBefore)
	third := shown(t, again, addr)
	if third == second || shown(t, again, addr) != third {
		t.Error("it is not renewed, or with every handshake")
	}
	if _, err := again.Revoke([]Serial{third}, "duty", "key copied"); err != nil {
		t.Fatal(err)
	}
	if serve(again, append(hosts, "post-3.example")) == third {
		t.Error("a revoked one is shown")
	}
}

func TestHostsAreChecked(t *testing.T) {
	a, _ := opened(t)
	for _, hosts := range [][]string{nil, {""}, {"a b"}, {"localhost:8089"}, {"a..b"}, {"*"}, {strings.Repeat("a", 254)}, make([]string, maxHosts+1)} {
		if err := a.Serve(hosts); err == nil {
			t.Errorf("%q is served", hosts)
		}
	}
	if _, err := a.served(nil); err == nil {
		t.Error("a certificate comes from nowhere")
	}
}
