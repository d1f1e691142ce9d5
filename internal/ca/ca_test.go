package ca

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vedette/internal/clocktest"
	"vedette/internal/durable"
)

// wall is a clock that is set by hand.
type wall = clocktest.Clock

func clock() *wall { return clocktest.At(time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)) }

type fataler interface{ Fatal(...any) }

func openIn(t fataler, dir string, w *wall) *Authority {
	a, err := Open(Options{Dir: dir, Clock: w.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func opened(t *testing.T) (*Authority, *wall) {
	t.Helper()
	w := clock()
	a := openIn(t, t.TempDir(), w)
	t.Cleanup(func() { _ = a.Close() })
	return a, w
}

func issue(t fataler, a *Authority, name string) *Client {
	c, err := a.Issue(name, "test")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// forged signs a certificate with the authority's own key, past its list.
func forged(t *testing.T, a *Authority, change func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	key, err := newKey()
	if err != nil {
		t.Fatal(err)
	}
	serial, err := newSerial()
	if err != nil {
		t.Fatal(err)
	}
	now := a.opts.Clock()
	template := &x509.Certificate{
		SerialNumber: serial.number(), Subject: pkix.Name{CommonName: "alpha"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	change(template)
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestOnlyWhatWasIssuedAndCountsIsLetIn(t *testing.T) {
	a, w := opened(t)
	other, _ := opened(t)
	good := issue(t, a, "alpha")
	revoked := issue(t, a, "alpha")
	if _, err := a.Revoke([]Serial{revoked.Entry.Serial}, "test", "lost"); err != nil {
		t.Fatal(err)
	}
	if err := a.Serve([]string{"localhost"}); err != nil {
		t.Fatal(err)
	}
	sameSerial := func(c *x509.Certificate) { c.SerialNumber = good.Certificate.SerialNumber }
	for name, c := range map[string]struct {
		cert *x509.Certificate
		want error
	}{
		"as issued":                              {good.Certificate, nil},
		"revoked":                                {revoked.Certificate, ErrRevoked},
		"of another authority":                   {issue(t, other, "alpha").Certificate, ErrUntrusted},
		"the authority's own":                    {a.cert, ErrUnknown},
		"the server's":                           {a.serving.Load().Leaf, ErrUntrusted},
		"signed by us, never issued":             {forged(t, a, func(*x509.Certificate) {}), ErrUnknown},
		"signed by us, another's serial and key": {forged(t, a, sameSerial), ErrUnknown},
		"signed by us, another name": {forged(t, a, func(c *x509.Certificate) {
			sameSerial(c)
			c.Subject.CommonName = "admin"
		}), ErrUnknown},
		"signed by us, not for clients": {forged(t, a, func(c *x509.Certificate) {
			sameSerial(c)
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		}), ErrUntrusted},
		"signed by us, over": {forged(t, a, func(c *x509.Certificate) {
			sameSerial(c)
			c.NotAfter = w.Now().Add(-time.Second)
		}), ErrUntrusted},
		"signed by us, to come": {forged(t, a, func(c *x509.Certificate) {
			sameSerial(c)
			c.NotBefore = w.Now().Add(time.Second)
		}), ErrUntrusted},
	} {
		id, err := a.Verify(c.cert)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if err == nil && id != (Identity{"alpha", good.Entry.Serial}) || err != nil && id != (Identity{}) {
			t.Errorf("%s: %v", name, id)
		}
	}
	w.Forward(clientTerm)
	if _, err := a.Verify(good.Certificate); !errors.Is(err, ErrUntrusted) {
		t.Errorf("past its end: %v", err)
	}
}

// checkFew draws a quarter of the usual number of lives: each syncs its files
// some dozens of times. A number on the command line holds.
func checkFew(t *testing.T, prop func(*rapid.T)) {
	t.Helper()
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		if err := checks.Value.Set("25"); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = checks.Value.Set(checks.DefValue) }() // it was a number before
	}
	rapid.Check(t, prop)
}

// TestWhoIsLetInIsAsTheModelSays draws a life of the authority: issues,
// revocations, time, restarts.
func TestWhoIsLetInIsAsTheModelSays(t *testing.T) {
	root := t.TempDir()
	checkFew(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(root, "")
		if err != nil {
			t.Fatal(err)
		}
		w := clock()
		a := openIn(t, dir, w)
		defer func() { _ = a.Close() }()
		var all []*Client
		revoked := map[Serial]bool{}
		t.Repeat(map[string]func(*rapid.T){
			"issue": func(t *rapid.T) {
				all = append(all, issue(t, a, rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name")))
			},
			"revoke": func(t *rapid.T) {
				if len(all) == 0 {
					t.Skip("nobody to revoke")
				}
				s := rapid.SampledFrom(all).Draw(t, "who").Entry.Serial
				done, err := a.Revoke([]Serial{s, s}, "test", "drawn")
				if err != nil || len(done) == 1 == revoked[s] {
					t.Fatal(done, err)
				}
				revoked[s] = true
			},
			"wait": func(t *rapid.T) {
				w.Forward(time.Duration(rapid.IntRange(1, 200).Draw(t, "days")) * 24 * time.Hour)
			},
			"restart": func(t *rapid.T) {
				if err := a.Close(); err != nil {
					t.Fatal(err)
				}
				a = openIn(t, dir, w)
			},
			"": func(t *rapid.T) {
				for _, c := range all {
					_, err := a.Verify(c.Certificate)
					want := !revoked[c.Entry.Serial] && !w.Now().After(c.Certificate.NotAfter)
					if (err == nil) != want {
						t.Fatalf("%s is let in: %v, want %v", c.Entry.Serial, err, want)
					}
				}
			},
		})
	})
}

func TestTheFolderIsTheOwnersAlone(t *testing.T) {
	a, _ := opened(t)
	if err := a.Serve([]string{"localhost"}); err != nil {
		t.Fatal(err)
	}
	issue(t, a, "alpha")
	entries, err := os.ReadDir(a.opts.Dir)
	if err != nil || len(entries) != 7 {
		t.Fatal(entries, err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", e.Name(), info.Mode(), err)
		}
	}
}

func TestOneProcessAtATime(t *testing.T) {
	a, w := opened(t)
	_, err := Open(Options{Dir: a.opts.Dir, Clock: w.Now})
	if !errors.Is(err, durable.ErrLocked) || !strings.Contains(err.Error(), "the server is running") {
		t.Fatal(err)
	}
}

// closed makes an authority with one client and closes it.
func closed(t *testing.T) (dir string, c *Client) {
	t.Helper()
	dir = t.TempDir()
	a := openIn(t, dir, clock())
	c = issue(t, a, "alpha")
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, c
}

func TestADamagedFolderIsRefusedAndSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(dir string) error
		want   string
	}{
		"key gone":            {func(dir string) error { return os.Remove(filepath.Join(dir, fileKey)) }, "restore it from a backup"},
		"certificate gone":    {func(dir string) error { return os.Remove(filepath.Join(dir, fileCert)) }, "certificates were issued by it"},
		"key of another":      {anotherKey, "do not belong together"},
		"key cut short":       {func(dir string) error { return os.Truncate(filepath.Join(dir, fileKey), 40) }, "not one PEM block"},
		"list with a line":    {func(dir string) error { return durable.Append(filepath.Join(dir, fileIssued), []byte("{}\n")) }, "line 2"},
		"list in other words": {respell, "line 1: it is not as this version writes it"},
		"list twice":          {double, "was issued before"},
		"key for all to read": {func(dir string) error { return os.Chmod(filepath.Join(dir, fileKey), 0o644) }, "chmod 600"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := closed(t)
			if err := c.damage(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(Options{Dir: dir, Clock: clock().Now}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%v, want %q", err, c.want)
			}
		})
	}
}

func anotherKey(dir string) error {
	key, err := newKey()
	if err != nil {
		return err
	}
	return writeKey(filepath.Join(dir, fileKey), key)
}

func respell(dir string) error {
	path := filepath.Join(dir, fileIssued)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(strings.Replace(string(text), `"name"`, `"Name"`, 1)), 0o600)
}

func double(dir string) error {
	path := filepath.Join(dir, fileIssued)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return durable.Append(path, text)
}

func TestHalfALineIsCutOff(t *testing.T) {
	dir, c := closed(t)
	path := filepath.Join(dir, fileIssued)
	if err := durable.Append(path, []byte(`{"issue":{"serial":"00`)); err != nil {
		t.Fatal(err)
	}
	a := openIn(t, dir, clock())
	defer func() { _ = a.Close() }()
	issue(t, a, "bravo")
	if _, err := a.Verify(c.Certificate); err != nil {
		t.Error(err)
	}
	if all, err := readIssued(path); err != nil || len(all.all) != 2 {
		t.Error(all, err)
	}
}

func TestACrashWhileFoundingIsMadeGood(t *testing.T) {
	dir := t.TempDir()
	if err := anotherKey(dir); err != nil {
		t.Fatal(err)
	}
	a := openIn(t, dir, clock())
	defer func() { _ = a.Close() }()
	if !a.key.PublicKey.Equal(a.cert.PublicKey.(*ecdsa.PublicKey)) {
		t.Error("key and certificate differ")
	}
}

func TestTheAuthorityLastsTenYearsAndNoCertificateLonger(t *testing.T) {
	a, w := opened(t)
	w.Forward(authorityTerm - 10*24*time.Hour)
	if c := issue(t, a, "alpha"); !c.Certificate.NotAfter.Equal(a.cert.NotAfter) {
		t.Errorf("ends %v, the authority %v", c.Certificate.NotAfter, a.cert.NotAfter)
	}
	w.Forward(11 * 24 * time.Hour)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: a.opts.Dir, Clock: w.Now}); err == nil || !strings.Contains(err.Error(), "ended") {
		t.Error(err)
	}
}

func TestNamesAreHeldToTheirRules(t *testing.T) {
	a, _ := opened(t)
	for _, name := range []string{"alpha", "a", "post-3", "7.team_a@unit", strings.Repeat("x", MaxName)} {
		if err := CheckName(name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"", "-a", ".", "../x", "Alpha", "a b", "a,b", "a\x00", "ألف", strings.Repeat("x", MaxName+1)} {
		if _, err := a.Issue(name, "test"); err == nil {
			t.Errorf("%q was issued", name)
		}
	}
	if n := len(a.Issued()); n != 0 {
		t.Errorf("%d were issued", n)
	}
}

func TestANameHasNotWithoutBoundMany(t *testing.T) {
	a, w := opened(t)
	for range MaxLive {
		issue(t, a, "alpha")
	}
	if _, err := a.Issue("alpha", "test"); err == nil || !strings.Contains(err.Error(), "revoke") {
		t.Fatal(err)
	}
	issue(t, a, "bravo")
	if found := a.Find("alpha"); len(found) != MaxLive {
		t.Fatal(len(found))
	}
	w.Forward(clientTerm)
	issue(t, a, "alpha")
	if found := a.Find("alpha"); len(found) != 1 {
		t.Fatal(len(found))
	}
}

func TestManyAtOnce(t *testing.T) {
	a, _ := opened(t)
	stop := a.OnRevoke(func(e Entry) {
		if !a.Revoked(e.Serial) {
			t.Error("told before it holds")
		}
	})
	defer stop()
	var group sync.WaitGroup
	for _, name := range []string{"a", "b", "c", "d"} {
		group.Go(func() {
			for range 5 {
				c := issue(t, a, name)
				if id, err := a.Verify(c.Certificate); err != nil || id.Name != name {
					t.Error(id, err)
				}
				if _, err := a.Revoke([]Serial{c.Entry.Serial}, name, "test"); err != nil {
					t.Error(err)
				}
				if _, err := a.Verify(c.Certificate); !errors.Is(err, ErrRevoked) {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if all, err := readIssued(a.path(fileIssued)); err != nil || len(all.all) != 20 || all.all[7].Revoked == nil {
		t.Error(err)
	}
}
