package ca

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

func TestARevocationIsToldAndKept(t *testing.T) {
	a, w := opened(t)
	c, d := issue(t, a, "alpha"), issue(t, a, "alpha")
	var told []Serial
	stop := a.OnRevoke(func(e Entry) { told = append(told, e.Serial) })
	if _, err := a.Revoke([]Serial{c.Entry.Serial}, "duty", "phone lost"); err != nil {
		t.Fatal(err)
	}
	if len(told) != 1 || told[0] != c.Entry.Serial || !a.Revoked(told[0]) || a.Revoked(d.Entry.Serial) {
		t.Fatal(told)
	}
	stop()
	if _, err := a.Revoke([]Serial{d.Entry.Serial}, "duty", "phone lost"); err != nil || len(told) != 1 {
		t.Fatal(told, err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	again := openIn(t, a.opts.Dir, w)
	defer func() { _ = again.Close() }()
	if e := again.Issued()[0]; e.Revoked == nil || e.Revoked.Reason != "phone lost" || e.Revoked.By != "duty" || !e.Revoked.At.Equal(w.Now()) {
		t.Error(e)
	}
}

func TestARevocationNeedsAReasonAndSomebody(t *testing.T) {
	a, _ := opened(t)
	c := issue(t, a, "alpha")
	if _, err := a.Revoke([]Serial{c.Entry.Serial}, "duty", " "); err == nil {
		t.Error("revoked for no reason")
	}
	if _, err := a.Revoke([]Serial{c.Entry.Serial, {1}}, "duty", "x"); err == nil || a.Revoked(c.Entry.Serial) {
		t.Error("an unknown serial was revoked", err)
	}
}

func TestARevocationHoldsThoughItCannotBeWritten(t *testing.T) {
	a, w := opened(t)
	c := issue(t, a, "alpha")
	path := a.path(fileIssued)
	if err := errors.Join(os.Rename(path, path+".away"), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	told := 0
	a.OnRevoke(func(Entry) { told++ })
	_, err := a.Revoke([]Serial{c.Entry.Serial}, "duty", "lost")
	if err == nil || !strings.Contains(err.Error(), "revoke again") || told != 1 {
		t.Fatal(told, err)
	}
	if _, err := a.Verify(c.Certificate); !errors.Is(err, ErrRevoked) {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(path), os.Rename(path+".away", path)); err != nil {
		t.Fatal(err)
	}
	if found := a.Find("alpha"); len(found) != 1 {
		t.Fatal("what is not on disk cannot be revoked again")
	}
	if _, err := a.Revoke([]Serial{c.Entry.Serial}, "duty", "lost"); err != nil || told != 1 {
		t.Fatal(told, err)
	}
	_ = a.Close()
	again := openIn(t, a.opts.Dir, w)
	defer func() { _ = again.Close() }()
	if !again.Revoked(c.Entry.Serial) {
		t.Error("forgotten")
	}
}

func TestTheListForOthersNamesTheRevoked(t *testing.T) {
	a, w := opened(t)
	c := issue(t, a, "alpha")
	issue(t, a, "bravo")
	first := crl(t, a)
	if _, err := a.Revoke([]Serial{c.Entry.Serial}, "duty", "lost"); err != nil {
		t.Fatal(err)
	}
	second := crl(t, a)
	if len(first.RevokedCertificateEntries) != 0 || len(second.RevokedCertificateEntries) != 1 ||
		second.RevokedCertificateEntries[0].SerialNumber.Cmp(c.Certificate.SerialNumber) != 0 {
		t.Fatal(second)
	}
	if second.Number.Cmp(first.Number) <= 0 {
		t.Error("numbers do not grow while the clock stands")
	}
	_ = a.Close()
	w.Forward(-crlFresh) // a clock that jumped back
	again := openIn(t, a.opts.Dir, w)
	defer func() { _ = again.Close() }()
	if third := crl(t, again); third.Number.Cmp(second.Number) <= 0 {
		t.Error("numbers do not grow across restarts")
	}
	w.Forward(clientTerm + 2*crlFresh)
	if last := crl(t, again); len(last.RevokedCertificateEntries) != 0 {
		t.Error("it names what has ended", last)
	}
	der, err := readBlock(again.path(fileCRL), blockCRL)
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := x509.ParseRevocationList(der); err != nil || kept.CheckSignatureFrom(a.cert) != nil {
		t.Error(err)
	}
}

func crl(t *testing.T, a *Authority) *x509.RevocationList {
	t.Helper()
	der, err := a.CRL()
	if err != nil {
		t.Fatal(err)
	}
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		t.Fatal(err)
	}
	if err := list.CheckSignatureFrom(a.cert); err != nil {
		t.Fatal(err)
	}
	return list
}

func FuzzIssued(f *testing.F) {
	f.Add([]byte(`{"issue":{"serial":"0123456789abcdef0123456789abcdef","name":"a","use":"client","issued":"2026-01-01T00:00:00Z","until":"2027-01-01T00:00:00Z","how":"name","by":"x","sha256":""}}` + "\n" +
		`{"revoke":{"serial":"0123456789abcdef0123456789abcdef","at":"2026-01-01T00:00:00Z","by":"x","reason":"y"}}` + "\n"))
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		l := &issued{by: map[Serial]*Entry{}}
		if l.decode(text) != nil {
			return
		}
		if len(l.all) != len(l.by) {
			t.Fatal("a serial came twice")
		}
		lines := bytes.Count(text, []byte("\n"))
		if len(l.all) > lines+1 {
			t.Fatal("more than was written")
		}
		for raw := range bytes.Lines(text) { // what is read survives writing
			read, err := decodeLine(bytes.TrimSuffix(raw, []byte("\n")))
			if err != nil {
				t.Fatal(err)
			}
			if again, err := json.Marshal(read); err != nil || !bytes.Equal(again, bytes.TrimSuffix(raw, []byte("\n"))) {
				t.Fatal(err)
			}
		}
	})
}
