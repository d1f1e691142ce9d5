// Package ca is a small certificate authority of one's own, in a folder: it
// makes the server's certificate and those of clients, knows each that it has
// issued, and revokes.
//
// A client is let in by Verify: its certificate is of this authority, in its
// time, made for clients, in the list of those issued, the same to the byte, and
// not revoked. Nothing is issued before it stands in that list, synced; a
// revocation holds from the moment that Revoke is called, on disk or not.
//
// All keys that the authority makes are ECDSA on P-256. Its own lasts ten years,
// a server's certificate 397 days and is renewed 30 days before its end, a
// client's Options.ClientTerm. What may be asked of TLS is 1.2 and later, for
// ATAK's sake. Times begin an hour early, for clocks that are behind.
//
// The folder belongs to one process at a time and holds ca.pem and ca.key,
// server.pem and server.key, issued.jsonl, and crl.pem for others to read.
// Whoever reads ca.key can make certificates, but none that Verify lets in: those
// stand in issued.jsonl.
package ca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"vedette/internal/durable"
)

// How long certificates last, and how early the server's is renewed.
const (
	authorityTerm = 3653 * 24 * time.Hour
	serverTerm    = 397 * 24 * time.Hour
	clientTerm    = 365 * 24 * time.Hour
	renewBefore   = 30 * 24 * time.Hour
	early         = time.Hour
)

// The files of the folder.
const (
	fileCert       = "ca.pem"
	fileKey        = "ca.key"
	fileServerCert = "server.pem"
	fileServerKey  = "server.key"
	fileIssued     = "issued.jsonl"
	fileCRL        = "crl.pem"
)

// Options say where the authority is. The zero value of every field but Dir is
// a default.
type Options struct {
	Dir        string           // made if missing
	ClientTerm time.Duration    // how long a client's certificate lasts; 365 days, ten years at most
	Clock      func() time.Time // time.Now
	Log        *slog.Logger     // slog.Default()
}

func (o Options) withDefaults() (Options, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.ClientTerm == 0 {
		o.ClientTerm = clientTerm
	}
	switch {
	case o.Dir == "":
		return o, errors.New("ca: no folder given; set Dir")
	case o.ClientTerm < time.Hour || o.ClientTerm > authorityTerm:
		return o, fmt.Errorf("ca: a client's certificate cannot last %v; give an hour to ten years", o.ClientTerm)
	}
	return o, nil
}

// Authority is an open authority. Its methods may be called by several
// goroutines at a time.
type Authority struct {
	opts   Options
	lock   io.Closer
	cert   *x509.Certificate
	key    *ecdsa.PrivateKey
	pool   *x509.CertPool
	issued *issued

	renewing sync.Mutex // held while the server's certificate is made
	hosts    []string
	tried    time.Time // when it was last tried to renew it
	serving  atomic.Pointer[tls.Certificate]

	crl revocationList
}

// Open opens the authority, or makes it where there is none. The error wraps
// durable.ErrLocked where another process has it.
func Open(opts Options) (*Authority, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := durable.Folder(opts.Dir); err != nil {
		return nil, fmt.Errorf("ca: %w", err)
	}
	a := &Authority{opts: opts}
	if a.lock, err = durable.Lock(a.path("lock")); err != nil {
		return nil, fmt.Errorf("ca: %w: the server is running; stop it first, or ask it to do this", err)
	}
	if err := a.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("ca: %w", err), a.lock.Close())
	}
	return a, nil
}

func (a *Authority) load() error {
	for _, name := range []string{fileCert, fileKey, fileServerCert, fileServerKey, fileIssued, fileCRL} {
		if err := durable.Tidy(a.path(name)); err != nil {
			return err
		}
	}
	err := a.loadPair()
	if errors.Is(err, fs.ErrNotExist) {
		err = a.found()
	}
	if err != nil {
		return err
	}
	if now := a.opts.Clock(); now.After(a.cert.NotAfter) {
		return fmt.Errorf("the authority's certificate ended %s; move the folder away to found a new one, and issue all anew", a.cert.NotAfter.Format(time.DateOnly))
	}
	a.pool = x509.NewCertPool()
	a.pool.AddCert(a.cert)
	if a.issued, err = readIssued(a.path(fileIssued)); err != nil {
		return err
	}
	return a.openCRL()
}

func (a *Authority) path(name string) string { return filepath.Join(a.opts.Dir, name) }

// loadPair reads the authority's certificate and key. The error is
// fs.ErrNotExist where the certificate is missing and nothing was ever issued.
func (a *Authority) loadPair() error {
	cert, err := readCertificate(a.path(fileCert))
	if errors.Is(err, fs.ErrNotExist) {
		if _, e := durable.Read(a.path(fileIssued), maxIssued); !errors.Is(e, fs.ErrNotExist) {
			return fmt.Errorf("%s is missing, and certificates were issued by it; restore it from a backup, or move the folder away", fileCert)
		}
		return err
	}
	if err != nil {
		return err
	}
	key, err := readKey(a.path(fileKey))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is missing; restore it from a backup, or move the folder away to found a new authority", fileKey)
	}
	if err != nil {
		return err
	}
	if !key.PublicKey.Equal(cert.PublicKey) || !cert.IsCA {
		return fmt.Errorf("%s and %s do not belong together; restore both from one backup", fileKey, fileCert)
	}
	a.cert, a.key = cert, key
	return nil
}

// found makes the authority. The certificate comes last, so that after a crash
// there is a whole one or none.
func (a *Authority) found() error {
	key, err := newKey()
	if err != nil {
		return err
	}
	cert, err := selfSign(key, a.opts.Clock())
	if err != nil {
		return err
	}
	if err := writeKey(a.path(fileKey), key); err != nil {
		return err
	}
	if err := durable.Write(a.path(fileCert), encodeCertificate(cert)); err != nil {
		return err
	}
	a.cert, a.key = cert, key
	return nil
}

func selfSign(key *ecdsa.PrivateKey, now time.Time) (*x509.Certificate, error) {
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial.number(),
		Subject:               pkix.Name{Organization: []string{"Vedette"}, CommonName: "Vedette CA " + hex.EncodeToString(serial[:4])},
		NotBefore:             now.Add(-early),
		NotAfter:              now.Add(authorityTerm),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("sign the authority's certificate: %w", err)
	}
	return x509.ParseCertificate(der)
}

func newKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return key, nil
}

// Close gives the folder free.
func (a *Authority) Close() error { return a.lock.Close() }

// PEM is the authority's own certificate, for those who are to trust it.
func (a *Authority) PEM() []byte { return encodeCertificate(a.cert) }

// Pool holds the authority's certificate alone.
func (a *Authority) Pool() *x509.CertPool { return a.pool.Clone() }

// About is what others should know of the authority.
type About struct {
	Name  string    `json:"name"`
	Until time.Time `json:"until"`
	Print string    `json:"sha256"` // of its certificate: read it out to who is to trust it
}

// About tells what the authority is.
func (a *Authority) About() About {
	return About{a.cert.Subject.CommonName, a.cert.NotAfter, fingerprint(a.cert)}
}
