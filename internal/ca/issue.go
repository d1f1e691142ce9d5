package ca

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"strings"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// The bounds of names and texts, in bytes.
const (
	MaxName = 64 // what X.509 allows a common name
	maxText = 512
)

const nameLetters = "abcdefghijklmnopqrstuvwxyz0123456789"

// CheckName tells whether somebody may be named so: a name is a certificate's
// common name, a part of files' names and of addresses, and must not be taken
// for another.
func CheckName(name string) error {
	ok := name != "" && len(name) <= MaxName &&
		strings.Trim(name, nameLetters+".-_@") == "" &&
		strings.ContainsAny(name[:1], nameLetters)
	if !ok {
		return fmt.Errorf("name: %.80q is none; give 1 to %d of a-z, 0-9 and . - _ @, a letter or digit first", name, MaxName)
	}
	return nil
}

// Client is a certificate with its key, and the authority that made it.
type Client struct {
	Entry       Entry
	Certificate *x509.Certificate
	Key         *ecdsa.PrivateKey
	Authority   *x509.Certificate
}

// Issue makes a key and a client's certificate for a name. by is who has it
// made.
func (a *Authority) Issue(name, by string) (*Client, error) {
	key, err := newKey()
	if err != nil {
		return nil, fmt.Errorf("ca: issue: %w", err)
	}
	cert, entry, err := a.client(name, by, "name", key.Public())
	if err != nil {
		return nil, fmt.Errorf("ca: issue: %w", err)
	}
	return &Client{entry, cert, key, a.cert}, nil
}

// client signs a client's certificate for a name and a key.
func (a *Authority) client(name, by, how string, public any) (*x509.Certificate, Entry, error) {
	if err := CheckName(name); err != nil {
		return nil, Entry{}, err
	}
	t := &x509.Certificate{
		Subject:     pkix.Name{CommonName: name},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	return a.sign(t, public, Entry{Name: name, Use: ForClient, How: how, By: by}, a.opts.ClientTerm)
}

// sign completes a template, keeps the certificate in the list and gives it.
func (a *Authority) sign(t *x509.Certificate, public any, e Entry, term time.Duration) (*x509.Certificate, Entry, error) {
	var err error
	if e.Serial, err = newSerial(); err != nil {
		return nil, e, err
	}
	now := a.opts.Clock().UTC().Truncate(time.Second) // the precision of X.509
	t.SerialNumber, t.NotBefore, t.NotAfter = e.Serial.number(), now.Add(-early), now.Add(term-early)
	if t.NotAfter.After(a.cert.NotAfter) {
		t.NotAfter = a.cert.NotAfter
	}
	t.BasicConstraintsValid = true
	t.KeyUsage = x509.KeyUsageDigitalSignature
	if _, ok := public.(*rsa.PublicKey); ok {
		t.KeyUsage |= x509.KeyUsageKeyEncipherment
	}
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, public, a.key)
	if err != nil {
		return nil, e, fmt.Errorf("sign a certificate for %s: %w", e.Name, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, e, err
	}
	e.Issued, e.Until, e.By, e.Print = now, cert.NotAfter, clip(e.By), fingerprint(cert)
	return cert, e, a.issued.add(e, now)
}

// clip holds a text to its bound and to UTF-8.
func clip(text string) string {
	if len(text) > maxText {
		text = text[:maxText]
	}
	return strings.ToValidUTF8(text, "")
}

// PEM gives the certificate and the key.
func (c *Client) PEM() (cert, key []byte, err error) {
	key, err = encodeKey(c.Key)
	return encodeCertificate(c.Certificate), key, err
}

// PKCS12 gives certificate, key and authority in one file, in the old form that
// ATAK reads: triple DES, which stands up to nobody who can guess the password.
func (c *Client) PKCS12(password string) ([]byte, error) {
	p12, err := pkcs12.LegacyDES.Encode(c.Key, c.Certificate, []*x509.Certificate{c.Authority}, password)
	if err != nil {
		return nil, fmt.Errorf("ca: write PKCS#12 for %s: %w", c.Entry.Name, err)
	}
	return p12, nil
}

// TrustStore gives the authority's certificate as PKCS#12, for ATAK.
func (a *Authority) TrustStore(password string) ([]byte, error) {
	p12, err := pkcs12.LegacyDES.EncodeTrustStore([]*x509.Certificate{a.cert}, password)
	if err != nil {
		return nil, fmt.Errorf("ca: write the trust store: %w", err)
	}
	return p12, nil
}
