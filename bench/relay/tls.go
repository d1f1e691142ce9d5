//go:build unix

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"sync/atomic"
	"time"

	"vedette/internal/tak"
)

// secureDoor is a door of TLS for whoever has the certificate that it writes
// to a file; it is the server's own too. Every session is somebody else.
func secureDoor(path string) (tak.Door, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tak.Door{}, err
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		return tak.Door{}, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return tak.Door{}, err
	}
	both := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	if err := os.WriteFile(path, both, 0o600); err != nil {
		return tak.Door{}, err
	}
	config, err := clientConfig(path)
	if err != nil {
		return tak.Door{}, err
	}
	config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, config.RootCAs
	var n atomic.Int64
	return tak.Door{TLS: config, Identify: func(*x509.Certificate) (tak.Identity, error) {
		return tak.Identity{Name: fmt.Sprint("client ", n.Add(1))}, nil
	}}, nil
}

func clientConfig(path string) (*tls.Config, error) {
	cert, err := tls.LoadX509KeyPair(path, path)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert.Leaf)
	return &tls.Config{Certificates: []tls.Certificate{cert}, RootCAs: roots}, nil
}
