package ca

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"vedette/internal/durable"
)

// The bounds of the list of certificates.
const (
	maxIssued = 256 << 20 // bytes
	MaxCerts  = 100_000   // ever issued
	MaxLive   = 32        // of one name: neither ended nor revoked
)

// Entry is one certificate that was issued.
type Entry struct {
	Serial  Serial      `json:"serial"`
	Name    string      `json:"name"`
	Use     Use         `json:"use"`
	Issued  time.Time   `json:"issued"`
	Until   time.Time   `json:"until"`
	How     string      `json:"how"`    // by name: we made the key; csr: the client did
	By      string      `json:"by"`     // who had it issued
	Print   string      `json:"sha256"` // of the certificate
	Revoked *Revocation `json:"revoked,omitempty"`

	unsaved bool // the revocation holds, but is not on disk
}

// Use is what a certificate is for.
type Use string

// The uses.
const (
	ForClient Use = "client"
	ForServer Use = "server"
)

// Revocation says why a certificate counts no more.
type Revocation struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
}

// Live tells whether the certificate counts.
func (e Entry) Live(now time.Time) bool { return e.Revoked == nil && now.Before(e.Until) }

// line is a line of the file: a certificate that was issued, or the revocation
// of one that stands above.
type line struct {
	Issue  *Entry      `json:"issue,omitempty"`
	Revoke *revokeLine `json:"revoke,omitempty"`
}

type revokeLine struct {
	Serial Serial `json:"serial"`
	Revocation
}

// issued is the list of certificates, in memory and in a file to which lines
// are only added.
type issued struct {
	path string

	writing sync.Mutex // orders changes
	mu      sync.RWMutex
	all     []*Entry
	by      map[Serial]*Entry
}

// readIssued reads the list. A last line without its end was being written when
// the process died: nobody was given that certificate, so it is cut off.
func readIssued(path string) (*issued, error) {
	l := &issued{path: path, by: map[Serial]*Entry{}}
	text, err := durable.Read(path, maxIssued)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return nil, err
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1]
	if err := l.decode(whole); err != nil {
		return nil, fmt.Errorf("%s, %w; restore it from a backup", path, err)
	}
	if len(whole) < len(text) {
		return l, durable.Write(path, whole)
	}
	return l, nil
}

func (l *issued) decode(text []byte) error {
	n := 0
	for raw := range bytes.Lines(text) {
		n++
		read, err := decodeLine(bytes.TrimSuffix(raw, []byte("\n")))
		if err == nil {
			err = l.apply(read)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return nil
}

// decodeLine reads what encode wrote, and nothing else.
func decodeLine(raw []byte) (line, error) {
	var read line
	if err := json.Unmarshal(raw, &read); err != nil {
		return line{}, err
	}
	if (read.Issue == nil) == (read.Revoke == nil) {
		return line{}, errors.New("it is neither an issue nor a revocation")
	}
	again, err := json.Marshal(read)
	if err != nil || !bytes.Equal(again, raw) {
		return line{}, errors.New("it is not as this version writes it")
	}
	return read, nil
}

func (l *issued) apply(read line) error {
	if read.Issue != nil {
		return l.applyIssue(read.Issue)
	}
	e := l.by[read.Revoke.Serial]
	if e == nil {
		return fmt.Errorf("it revokes %s, which was not issued", read.Revoke.Serial)
	}
	e.Revoked, e.unsaved = &read.Revoke.Revocation, false
	return nil
}

func (l *issued) applyIssue(e *Entry) error {
	if l.by[e.Serial] != nil || e.Revoked != nil {
		return fmt.Errorf("serial %s was issued before, or is revoked by its own line", e.Serial)
	}
	if len(l.all) >= MaxCerts {
		return fmt.Errorf("it is one more than %d certificates", MaxCerts)
	}
	l.all, l.by[e.Serial] = append(l.all, e), e
	return nil
}

func (l *issued) save(lines ...line) error {
	var text []byte
	for _, one := range lines {
		b, err := json.Marshal(one)
		if err != nil {
			return err
		}
		text = append(append(text, b...), '\n')
	}
	return durable.Append(l.path, text)
}

// add keeps a new certificate; it is on disk when add returns.
func (l *issued) add(e Entry, now time.Time) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	if err := l.room(e, now); err != nil {
		return err
	}
	if err := l.save(line{Issue: &e}); err != nil {
		return l.repair(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.applyIssue(&e)
}

// room refuses a certificate too many.
func (l *issued) room(e Entry, now time.Time) error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if len(l.all) >= MaxCerts {
		return fmt.Errorf("%d certificates were issued, and that is the bound; move the folder away to found a new authority", len(l.all))
	}
	live := 0
	for _, other := range l.all {
		if other.Name == e.Name && other.Use == e.Use && other.Live(now) {
			live++
		}
	}
	if live >= MaxLive && e.Use == ForClient {
		return fmt.Errorf("%s has %d certificates that count, and that is the bound; revoke those that are lost", e.Name, live)
	}
	return nil
}

// repair takes half a line off the file after an append that failed, lest the
// next one be joined to it.
func (l *issued) repair(cause error) error {
	text, err := durable.Read(l.path, maxIssued)
	if err != nil || len(text) == 0 || text[len(text)-1] == '\n' {
		return cause
	}
	return errors.Join(cause, durable.Write(l.path, text[:bytes.LastIndexByte(text, '\n')+1]))
}

// revoke marks certificates, in memory first: it must hold though the disk is
// full. It gives those that were marked now.
func (l *issued) revoke(serials []Serial, r Revocation) ([]Entry, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	done, lines := l.mark(serials, r)
	if len(lines) == 0 {
		return done, nil
	}
	if err := l.save(lines...); err != nil {
		return done, fmt.Errorf("the revocation holds until this process ends, for it could not be written: %w; mend that and revoke again", l.repair(err))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, one := range lines {
		l.by[one.Revoke.Serial].unsaved = false
	}
	return done, nil
}

// mark revokes in memory, and gives what was marked and what is to be written.
func (l *issued) mark(serials []Serial, r Revocation) (done []Entry, lines []line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range serials {
		e := l.by[s]
		if e == nil || e.Revoked != nil && !e.unsaved {
			continue
		}
		if e.Revoked == nil {
			e.Revoked, e.unsaved = &r, true
			done = append(done, *e)
		}
		lines = append(lines, line{Revoke: &revokeLine{s, *e.Revoked}})
	}
	return done, lines
}

// find gives the entry of a serial.
func (l *issued) find(s Serial) (Entry, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if e := l.by[s]; e != nil {
		return *e, true
	}
	return Entry{}, false
}

func (l *issued) list() []Entry {
	l.mu.RLock()
	defer l.mu.RUnlock()
	all := make([]Entry, len(l.all))
	for i, e := range l.all {
		all[i] = *e
	}
	return all
}

// Issued gives every certificate that was ever issued, the oldest first.
func (a *Authority) Issued() []Entry { return a.issued.list() }

// Find gives the certificates that count of a name, or the one with a serial
// number.
func (a *Authority) Find(who string) []Entry {
	s, notSerial := ParseSerial(who)
	now := a.opts.Clock()
	return slices.DeleteFunc(a.issued.list(), func(e Entry) bool {
		named := e.Name == who || notSerial == nil && e.Serial == s
		return !named || !e.Live(now) && !e.unsaved
	})
}

func fingerprint(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	return hex.EncodeToString(sum[:])
}
