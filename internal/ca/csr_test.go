package ca

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"net"
	"strings"
	"testing"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// request makes a request that asks for much more than it should get.
func request(key crypto.Signer) []byte {
	return must(x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject:     pkix.Name{CommonName: "admin", Organization: []string{"Mallory"}},
		DNSNames:    []string{"vedette.example"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}, key))
}

func ecKey(curve elliptic.Curve) crypto.Signer {
	return must(ecdsa.GenerateKey(curve, rand.Reader))
}

func edKey() crypto.Signer {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return must(key, err)
}

func sign(a *Authority, name string, body []byte) (*x509.Certificate, Entry, error) {
	r, err := ParseRequest(body)
	if err != nil {
		return nil, Entry{}, err
	}
	return a.SignRequest(name, "test", r)
}

func TestARequestIsSignedForTheNameAndNothingElse(t *testing.T) {
	a, _ := opened(t)
	for name, key := range map[string]crypto.Signer{
		"rsa 2048": must(rsa.GenerateKey(rand.Reader, 2048)),
		"p-256":    ecKey(elliptic.P256()),
		"p-384":    ecKey(elliptic.P384()),
		"p-521":    ecKey(elliptic.P521()),
		"ed25519":  edKey(),
	} {
		der := request(key)
		text := base64.StdEncoding.EncodeToString(der)
		for form, body := range map[string][]byte{
			"der":        der,
			"pem":        pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}),
			"base64":     []byte(text),
			"base64, cr": []byte(text[:64] + "\r\n" + text[64:] + "\r\n"),
		} {
			cert, e, err := sign(a, "alpha", body)
			if err != nil {
				t.Fatalf("%s, %s: %v", name, form, err)
			}
			if id, err := a.Verify(cert); err != nil || id != (Identity{"alpha", e.Serial}) {
				t.Errorf("%s, %s: %v %v", name, form, id, err)
			}
			if len(cert.DNSNames)+len(cert.IPAddresses)+len(cert.Subject.Organization) > 0 || cert.IsCA || cert.Subject.CommonName != "alpha" {
				t.Errorf("%s, %s: it got %v %v", name, form, cert.Subject, cert.DNSNames)
			}
			if want := key.Public().(interface{ Equal(crypto.PublicKey) bool }); !want.Equal(cert.PublicKey) {
				t.Errorf("%s, %s: another key", name, form)
			}
		}
	}
}

func TestBadRequestsAreRefused(t *testing.T) {
	a, _ := opened(t)
	good := request(ecKey(elliptic.P256()))
	tampered := bytes.Clone(good)
	tampered[len(tampered)-1] ^= 1
	renamed := bytes.Replace(good, []byte("Mallory"), []byte("Vedette"), 1)
	for name, c := range map[string]struct {
		body []byte
		want string
	}{
		"empty":              {nil, "empty"},
		"blank":              {[]byte(" \n"), "empty"},
		"no base64":          {[]byte("<html>"), "neither PEM"},
		"no request":         {must(base64.StdEncoding.DecodeString("MAMCAQA=")), "no PKCS#10"},
		"more behind it":     {append(bytes.Clone(good), 0), "no PKCS#10"},
		"too large":          {make([]byte, MaxCSR+1), "more than"},
		"another block":      {a.PEM(), "not one PEM block"},
		"two blocks":         {append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: good}), a.PEM()...), "not one PEM block"},
		"signature tampered": {tampered, "not signed with its own key"},
		"changed":            {renamed, "not signed with its own key"},
		"rsa 1024":           {request(must(rsa.GenerateKey(rand.Reader, 1024))), "RSA key of 1024 bits"},
		"p-224":              {request(ecKey(elliptic.P224())), "P-256"},
	} {
		_, _, err := sign(a, "alpha", c.body)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if n := len(a.Issued()); n != 0 {
		t.Errorf("%d were issued all the same", n)
	}
}

func TestARequestThatEndsInASpaceIsWhole(t *testing.T) {
	for range 5000 {
		der := request(edKey())
		if last := der[len(der)-1]; last != ' ' && last != '\n' {
			continue
		}
		if _, err := ParseRequest(der); err != nil {
			t.Error(err)
		}
		return
	}
	t.Error("none was found")
}

func TestARequestMustBeParsedAndANameBeOne(t *testing.T) {
	a, _ := opened(t)
	if _, _, err := a.SignRequest("alpha", "test", Request{}); err == nil {
		t.Error("no key was signed")
	}
	if _, _, err := sign(a, "Alpha", request(edKey())); err == nil {
		t.Error("no name was signed")
	}
}

func FuzzRequest(f *testing.F) {
	for _, key := range []crypto.Signer{ecKey(elliptic.P256()), edKey(), must(rsa.GenerateKey(rand.Reader, 2048))} {
		der := request(key)
		f.Add(der)
		f.Add(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
		f.Add([]byte(base64.StdEncoding.EncodeToString(der)))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		public, err := requestedKey(body)
		if (err == nil) == (public == nil) {
			t.Fatal(public, err)
		}
		if err == nil && checkKey(public) != nil {
			t.Fatal("a key passed that is not taken")
		}
	})
}
