package ca

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"strings"
	"sync"
	"time"

	"vedette/internal/durable"
)

// crlTerm is how long others may use a list before they must ask again, and
// crlFresh how long we hand the same one out.
const (
	crlTerm  = 30 * 24 * time.Hour
	crlFresh = 24 * time.Hour
)

// Revoke ends certificates now. When it returns, Verify refuses them, those who
// asked by OnRevoke have been told, and the list is on disk; when it fails, the
// first two hold all the same. It gives those that were not revoked before.
// Serials that are not known are an error, and then nothing is revoked.
func (a *Authority) Revoke(serials []Serial, by, reason string) ([]Entry, error) {
	if strings.TrimSpace(reason) == "" {
		return nil, errors.New("ca: revoke: no reason given; say why")
	}
	for _, s := range serials {
		if _, ok := a.issued.find(s); !ok {
			return nil, fmt.Errorf("ca: revoke: %s was never issued", s)
		}
	}
	now := a.opts.Clock().UTC().Truncate(time.Second)
	done, err := a.issued.revoke(serials, Revocation{now, clip(by), clip(reason)})
	a.crl.tell(done)
	if err = errors.Join(err, a.writeCRL()); err != nil {
		return done, fmt.Errorf("ca: revoke: %w", err)
	}
	return done, nil
}

// OnRevoke has fn called with every certificate that is revoked from now on, by
// the goroutine that revokes, until stop is called. Whoever lets a session begin
// calls Revoked once more when the session is where fn finds it.
func (a *Authority) OnRevoke(fn func(Entry)) (stop func()) {
	return a.crl.watch(fn)
}

// revocationList is the list for others, and who is told.
type revocationList struct {
	mu     sync.Mutex
	der    []byte
	made   time.Time
	number *big.Int

	watching sync.Mutex
	watchers map[*func(Entry)]bool
}

func (c *revocationList) watch(fn func(Entry)) (stop func()) {
	c.watching.Lock()
	defer c.watching.Unlock()
	if c.watchers == nil {
		c.watchers = map[*func(Entry)]bool{}
	}
	c.watchers[&fn] = true
	return func() {
		c.watching.Lock()
		defer c.watching.Unlock()
		delete(c.watchers, &fn)
	}
}

func (c *revocationList) tell(done []Entry) {
	c.watching.Lock()
	var all []func(Entry)
	for fn := range c.watchers {
		all = append(all, *fn)
	}
	c.watching.Unlock()
	for _, e := range done {
		for _, fn := range all {
			fn(e)
		}
	}
}

// openCRL reads the number of the last list, for the next must be greater, and
// writes a new one.
func (a *Authority) openCRL() error {
	a.crl.number = new(big.Int)
	der, err := readBlock(a.path(fileCRL), blockCRL)
	if err == nil {
		var old *x509.RevocationList
		if old, err = x509.ParseRevocationList(der); err == nil && old.Number != nil {
			a.crl.number = old.Number
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		a.opts.Log.Warn("ca: the old revocation list cannot be read; a new one takes its place", "error", err)
	}
	return a.writeCRL()
}

// CRL gives a list of what is revoked and not past its end, in DER, for those
// who do not ask Verify.
func (a *Authority) CRL() ([]byte, error) {
	a.crl.mu.Lock()
	defer a.crl.mu.Unlock()
	if a.opts.Clock().Sub(a.crl.made) > crlFresh {
		if err := a.makeCRL(); err != nil {
			return nil, err
		}
	}
	return a.crl.der, nil
}

func (a *Authority) writeCRL() error {
	a.crl.mu.Lock()
	defer a.crl.mu.Unlock()
	if err := a.makeCRL(); err != nil {
		return err
	}
	return durable.Write(a.path(fileCRL), pem.EncodeToMemory(&pem.Block{Type: blockCRL, Bytes: a.crl.der}))
}

// makeCRL numbers lists by the clock, and by one where that is not ahead.
func (a *Authority) makeCRL() error {
	now := a.opts.Clock().UTC()
	number := big.NewInt(now.UnixNano())
	if next := new(big.Int).Add(a.crl.number, big.NewInt(1)); number.Cmp(next) < 0 {
		number = next
	}
	der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number:                    number,
		ThisUpdate:                now,
		NextUpdate:                now.Add(crlTerm),
		RevokedCertificateEntries: a.revokedEntries(now),
	}, a.cert, a.key)
	if err != nil {
		return fmt.Errorf("sign the revocation list: %w", err)
	}
	a.crl.der, a.crl.made, a.crl.number = der, now, number
	return nil
}

func (a *Authority) revokedEntries(now time.Time) []x509.RevocationListEntry {
	var all []x509.RevocationListEntry
	for _, e := range a.issued.list() {
		if e.Revoked != nil && now.Before(e.Until) {
			all = append(all, x509.RevocationListEntry{SerialNumber: e.Serial.number(), RevocationTime: e.Revoked.At})
		}
	}
	return all
}
