package ca

import (
	"crypto/x509"
	"errors"
	"fmt"
)

// The reasons not to let a certificate in.
var (
	ErrUntrusted = errors.New("ca: the certificate is not of this authority, out of its time, or not for clients")
	ErrUnknown   = errors.New("ca: the certificate was never issued")
	ErrRevoked   = errors.New("ca: the certificate is revoked")
)

// Identity is who a certificate lets in.
type Identity struct {
	Name   string
	Serial Serial
}

// Verify tells who a client's certificate is for. The error is ErrUntrusted,
// ErrUnknown or ErrRevoked with the particulars.
func (a *Authority) Verify(cert *x509.Certificate) (Identity, error) {
	_, err := cert.Verify(x509.VerifyOptions{
		Roots:       a.pool,
		CurrentTime: a.opts.Clock(),
		KeyUsages:   []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	return a.standing(cert)
}

// standing tells what the list says of a certificate of ours.
func (a *Authority) standing(cert *x509.Certificate) (Identity, error) {
	serial, ok := SerialOf(cert.SerialNumber)
	if !ok {
		return Identity{}, fmt.Errorf("%w: serial number %v", ErrUnknown, cert.SerialNumber)
	}
	e, ok := a.issued.find(serial)
	switch {
	case !ok:
		return Identity{}, fmt.Errorf("%w: serial number %s", ErrUnknown, serial)
	case e.Print != fingerprint(cert) || e.Name != cert.Subject.CommonName || e.Use != ForClient:
		return Identity{}, fmt.Errorf("%w: another was, with serial number %s", ErrUnknown, serial)
	case e.Revoked != nil:
		return Identity{}, fmt.Errorf("%w: serial number %s, %s: %s", ErrRevoked, serial, e.Revoked.At.Format("2006-01-02 15:04"), e.Revoked.Reason)
	}
	return Identity{e.Name, serial}, nil
}

// Revoked tells whether a certificate was revoked. It takes a lock for reading
// and looks into a map.
func (a *Authority) Revoked(serial Serial) bool {
	e, ok := a.issued.find(serial)
	return ok && e.Revoked != nil
}
