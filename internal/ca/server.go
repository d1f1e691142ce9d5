package ca

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"vedette/internal/durable"
)

// maxHosts bounds the names of a server.
const maxHosts = 64

// retryRenewal is how long a renewal that failed is left alone.
const retryRenewal = time.Hour

// CheckHost tells whether a server may be called so: a DNS name or an address,
// without a port.
func CheckHost(host string) error {
	if net.ParseIP(host) != nil {
		return nil
	}
	bad := host == "" || len(host) > 253
	for label := range strings.SplitSeq(host, ".") {
		bad = bad || label == "" || len(label) > 63 || strings.Trim(strings.ToLower(label), nameLetters+"-") != ""
	}
	if bad {
		return fmt.Errorf("host: %.80q is none; give a DNS name or an address, without a port", host)
	}
	return nil
}

// Serve sees to it that the server has a certificate for these hosts: the one
// on disk if it is for the same and not near its end, otherwise a new one. From
// then on it is renewed by the handshakes that meet it near its end.
func (a *Authority) Serve(hosts []string) error {
	if len(hosts) == 0 || len(hosts) > maxHosts {
		return fmt.Errorf("ca: serve: %d hosts; give 1 to %d names or addresses that clients call", len(hosts), maxHosts)
	}
	for _, host := range hosts {
		if err := CheckHost(host); err != nil {
			return fmt.Errorf("ca: serve: %w", err)
		}
	}
	a.renewing.Lock()
	defer a.renewing.Unlock()
	a.hosts = slices.Clone(hosts)
	if kept := a.keptServer(); kept != nil {
		a.serving.Store(kept)
		return nil
	}
	return a.renew()
}

// keptServer gives the certificate on disk if it will do. One that cannot be
// read is no matter: a new one takes its place.
func (a *Authority) keptServer() *tls.Certificate {
	cert, err := readCertificate(a.path(fileServerCert))
	if err != nil {
		return nil
	}
	key, err := readKey(a.path(fileServerKey))
	if err != nil || !key.PublicKey.Equal(cert.PublicKey) {
		return nil
	}
	template := serverTemplate(a.hosts)
	same := slices.Equal(template.DNSNames, cert.DNSNames) &&
		slices.EqualFunc(template.IPAddresses, cert.IPAddresses, net.IP.Equal)
	serial, ok := SerialOf(cert.SerialNumber)
	if !same || !ok || cert.CheckSignatureFrom(a.cert) != nil || a.Revoked(serial) || a.nearEnd(cert) {
		return nil
	}
	return &tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert}
}

func (a *Authority) nearEnd(cert *x509.Certificate) bool {
	return a.opts.Clock().Add(renewBefore).After(cert.NotAfter)
}

func serverTemplate(hosts []string) *x509.Certificate {
	t := &x509.Certificate{
		Subject:     pkix.Name{CommonName: commonName(hosts[0])},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, strings.ToLower(host))
		}
	}
	return t
}

// commonName is a host as far as a common name has room: nobody goes by it.
func commonName(host string) string { return host[:min(len(host), MaxName)] }

// renew makes a certificate and begins to serve it.
func (a *Authority) renew() error {
	a.tried = a.opts.Clock()
	key, err := newKey()
	if err != nil {
		return fmt.Errorf("ca: serve: %w", err)
	}
	e := Entry{Name: commonName(a.hosts[0]), Use: ForServer, How: "name", By: "the server"}
	cert, _, err := a.sign(serverTemplate(a.hosts), key.Public(), e, serverTerm)
	if err != nil {
		return fmt.Errorf("ca: serve: %w", err)
	}
	err = errors.Join(writeKey(a.path(fileServerKey), key), durable.Write(a.path(fileServerCert), encodeCertificate(cert)))
	if err != nil {
		return fmt.Errorf("ca: serve: %w", err)
	}
	a.serving.Store(&tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert})
	return nil
}

// served gives the certificate to show to a client, and renews one near its
// end. A renewal that fails does no harm before that end; it is tried again.
func (a *Authority) served(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	cert := a.serving.Load()
	if cert == nil {
		return nil, errors.New("ca: the server has no certificate; call Serve first")
	}
	if !a.nearEnd(cert.Leaf) || !a.renewing.TryLock() {
		return cert, nil
	}
	defer a.renewing.Unlock()
	if a.opts.Clock().Sub(a.tried) < retryRenewal {
		return a.serving.Load(), nil
	}
	if err := a.renew(); err != nil {
		a.opts.Log.Error("ca: the server's certificate could not be renewed", "until", cert.Leaf.NotAfter, "error", err)
	}
	return a.serving.Load(), nil
}

// ServerTLS is for a server whose clients need no certificate. Serve must have
// been called.
func (a *Authority) ServerTLS() *tls.Config {
	return &tls.Config{
		GetCertificate: a.served,
		MinVersion:     tls.VersionTLS12,
		// Of TLS 1.2 only what hides past traffic from a stolen key; those of
		// TLS 1.3 cannot be chosen and are as good.
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
		},
		Time: a.opts.Clock,
	}
}

// ClientTLS is for a server whose clients show a certificate of this authority;
// without required they may come without one. A session that is resumed is
// verified again.
func (a *Authority) ClientTLS(required bool) *tls.Config {
	c := a.ServerTLS()
	c.ClientCAs = a.Pool()
	c.ClientAuth = tls.VerifyClientCertIfGiven
	if required {
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	c.VerifyConnection = func(s tls.ConnectionState) error {
		if len(s.PeerCertificates) == 0 && !required {
			return nil
		}
		_, err := a.Peer(s)
		return err
	}
	return c
}

// Peer tells who the client of a connection is.
func (a *Authority) Peer(s tls.ConnectionState) (Identity, error) {
	if len(s.PeerCertificates) == 0 {
		return Identity{}, fmt.Errorf("%w: none was shown", ErrUntrusted)
	}
	return a.Verify(s.PeerCertificates[0])
}
