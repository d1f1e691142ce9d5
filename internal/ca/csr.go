package ca

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
)

// MaxCSR bounds a request for a certificate, in bytes.
const MaxCSR = 16 << 10

// The RSA keys that are signed, in bits.
const (
	minRSA = 2048
	maxRSA = 4096
)

// Request is a request for a certificate that has passed: a key, and nothing else
// of what the client asked for.
type Request struct{ public any }

// ParseRequest reads a certificate request (PKCS#10, as PEM, as bare base64 or as
// DER). The key must be RSA of 2048 to 4096 bits, ECDSA on P-256, P-384 or P-521,
// or Ed25519, and the request signed with it.
func ParseRequest(text []byte) (Request, error) {
	public, err := requestedKey(text)
	if err != nil {
		return Request{}, fmt.Errorf("ca: certificate request: %w", err)
	}
	return Request{public}, nil
}

// SignRequest signs the key of a request for a client named name, whatever name
// the request has. by is who has it signed.
func (a *Authority) SignRequest(name, by string, r Request) (*x509.Certificate, Entry, error) {
	if r.public == nil {
		return nil, Entry{}, errors.New("ca: sign: the request was not parsed")
	}
	cert, e, err := a.client(name, by, "csr", r.public)
	if err != nil {
		return nil, Entry{}, fmt.Errorf("ca: sign: %w", err)
	}
	return cert, e, nil
}

// requestedKey gives the key of a request once it passes.
func requestedKey(request []byte) (any, error) {
	if len(request) > MaxCSR {
		return nil, fmt.Errorf("it has more than %d bytes; send one request alone", MaxCSR)
	}
	der, err := unwrap(request)
	if err != nil {
		return nil, err
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, fmt.Errorf("it is no PKCS#10: %w", err)
	}
	if err := checkKey(csr.PublicKey); err != nil { // before the signature: that takes time by the key's size
		return nil, err
	}
	if err := csr.CheckSignature(); err != nil {
		return nil, fmt.Errorf("it is not signed with its own key: %w", err)
	}
	return csr.PublicKey, nil
}

// unwrap gives the DER of a request.
func unwrap(request []byte) ([]byte, error) {
	if len(request) > 0 && request[0] == 0x30 { // a DER sequence; base64 of one begins with M
		return request, nil // to the byte: its last may look like a space
	}
	request = bytes.TrimSpace(request)
	if len(request) == 0 {
		return nil, errors.New("it is empty")
	}
	if block, rest := pem.Decode(request); block != nil {
		kinds := []string{"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"}
		if !slices.Contains(kinds, block.Type) || len(bytes.TrimSpace(rest)) > 0 {
			return nil, fmt.Errorf("it is not one PEM block %q", kinds[0])
		}
		return block.Bytes, nil
	}
	der, err := base64.StdEncoding.DecodeString(string(bytes.Join(bytes.Fields(request), nil)))
	if err != nil {
		return nil, errors.New("it is neither PEM, nor base64, nor DER")
	}
	return der, nil
}

func checkKey(public any) error {
	switch key := public.(type) {
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < minRSA || bits > maxRSA || key.E < 3 || key.E%2 == 0 {
			return fmt.Errorf("its RSA key of %d bits and exponent %d is not taken; give one of %d to %d bits and exponent 65537", bits, key.E, minRSA, maxRSA)
		}
	case *ecdsa.PublicKey:
		if !slices.Contains([]elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()}, key.Curve) {
			return errors.New("its key lies on a curve that is not taken; give P-256, P-384 or P-521")
		}
	case ed25519.PublicKey:
	default:
		return fmt.Errorf("a key of kind %T is not taken; give RSA, ECDSA or Ed25519", public)
	}
	return nil
}
