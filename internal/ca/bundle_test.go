package ca

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rsc.io/qr"
	"software.sslmate.com/src/go-pkcs12"

	"vedette/internal/clocktest"
)

func TestPKCS12IsRead(t *testing.T) {
	a, _ := opened(t)
	c := issue(t, a, "alpha")
	p12 := must(c.PKCS12("secret"))
	key, cert, others, err := pkcs12.DecodeChain(p12, "secret")
	if err != nil || !c.Key.Equal(key) || !cert.Equal(c.Certificate) || len(others) != 1 || !others[0].Equal(a.cert) {
		t.Fatal(err)
	}
	if _, _, err := pkcs12.Decode(p12, "other"); err == nil {
		t.Error("any password opens it")
	}
	trust, err := pkcs12.DecodeTrustStore(must(a.TrustStore("secret")), "secret")
	if err != nil || len(trust) != 1 || !trust[0].Equal(a.cert) {
		t.Fatal(err)
	}
}

func TestOpenSSLReadsAndVerifiesAll(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("there is no openssl here; TestPKCS12IsRead reads the same with Go")
	}
	a, _ := opened(t)
	c := issue(t, a, "alpha")
	dir := t.TempDir()
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cert, key, err := c.PEM()
	if err != nil {
		t.Fatal(err)
	}
	p12, trust := file("c.p12", must(c.PKCS12("secret"))), file("t.p12", must(a.TrustStore("secret")))
	at := "1777636800" // the clock's time, 2026-05-01 12:00
	for _, args := range [][]string{
		{"pkcs12", "-in", p12, "-passin", "pass:secret", "-nodes"},
		{"pkcs12", "-in", trust, "-passin", "pass:secret", "-nokeys"},
		{"verify", "-attime", at, "-x509_strict", "-purpose", "sslclient", "-CAfile", file("ca.pem", a.PEM()), file("c.pem", cert)},
		{"pkey", "-in", file("c.key", key), "-check", "-noout"},
		{"crl", "-in", a.path(fileCRL), "-CAfile", file("ca2.pem", a.PEM()), "-noout"},
	} {
		if out, err := exec.Command(openssl, args...).CombinedOutput(); err != nil {
			t.Errorf("openssl %v: %v\n%s", args, err, out)
		}
	}
}

// TestOpenSSLComesIn has a client that is not Go's, as ATAK's is not.
func TestOpenSSLComesIn(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("there is no openssl here; TestHandshakes does the same with Go")
	}
	w := clocktest.At(time.Now()) // openssl has no other clock
	a := openIn(t, t.TempDir(), w)
	t.Cleanup(func() { _ = a.Close() })
	if err := a.Serve([]string{"localhost", "127.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	c := issue(t, a, "alpha")
	cert, key, err := c.PEM()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{"c.pem": cert, "c.key": key, "ca.pem": a.PEM()} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	addr := listen(t, a.ClientTLS(true))
	call := func(version string) string {
		cmd := exec.Command(openssl, "s_client", "-connect", addr, version, "-CAfile", "ca.pem", "-cert", "c.pem", "-key", "c.key",
			"-verify_ip", "127.0.0.1", "-verify_return_error", "-quiet")
		cmd.Dir = dir
		cmd.Stdin = strings.NewReader("")
		out, _ := cmd.CombinedOutput() // how it ends says less than what it prints
		return string(out)
	}
	for _, version := range []string{"-tls1_2", "-tls1_3"} {
		if out := call(version); !strings.Contains(out, "hello") {
			t.Errorf("%s: %s", version, out)
		}
	}
	if _, err := a.Revoke([]Serial{c.Entry.Serial}, "duty", "lost"); err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"-tls1_2", "-tls1_3"} {
		if out := call(version); strings.Contains(out, "hello") || !strings.Contains(out, "alert") {
			t.Errorf("revoked, %s: %s", version, out)
		}
	}
}

func bundle() Bundle {
	return Bundle{
		Name: `Al-Qaim <"&'>`, Host: "10.0.0.1", Port: 8089,
		TrustStore: []byte("trust"), TrustStorePassword: "p<1",
		Client: []byte("client"), ClientPassword: "p&2",
	}
}

func unzip(t *testing.T, data []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(text)
	}
	return files
}

// entries reads ATAK's preferences.
func entries(t *testing.T, text string) map[string]string {
	t.Helper()
	var pref struct {
		Preference []struct {
			Name  string `xml:"name,attr"`
			Entry []struct {
				Key   string `xml:"key,attr"`
				Value string `xml:",chardata"`
			} `xml:"entry"`
		} `xml:"preference"`
	}
	dec := xml.NewDecoder(strings.NewReader(text))
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // ASCII
	if err := dec.Decode(&pref); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, p := range pref.Preference {
		for _, e := range p.Entry {
			all[e.Key] = e.Value
		}
	}
	return all
}

func TestADataPackageSetsUpTheConnection(t *testing.T) {
	data := must(bundle().Zip())
	if !bytes.Equal(data, must(bundle().Zip())) {
		t.Error("two packages of the same differ")
	}
	files := unzip(t, data)
	if len(files) != 4 || files[zipTrust] != "trust" || files[zipClient] != "client" {
		t.Fatal(files)
	}
	for key, want := range map[string]string{
		"connectString0": "10.0.0.1:8089:ssl", "description0": bundle().Name, "caPassword": "p<1", "clientPassword": "p&2",
		"caLocation": "cert/truststore.p12", "certificateLocation": "cert/client.p12", "enrollForCertificateWithTrust0": "false",
	} {
		if got := entries(t, files[zipPref])[key]; got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	var manifest struct {
		Content []struct {
			Entry string `xml:"zipEntry,attr"`
		} `xml:"Contents>Content"`
	}
	if err := xml.Unmarshal([]byte(files[zipManifest]), &manifest); err != nil || len(manifest.Content) != 3 {
		t.Fatal(manifest, err)
	}
	for _, c := range manifest.Content {
		if _, there := files[c.Entry]; !there {
			t.Errorf("%s is listed and not there", c.Entry)
		}
	}
}

func TestADataPackageWithoutACertificateEnrolls(t *testing.T) {
	b := bundle()
	b.Client, b.Host = nil, "2001:db8::1"
	files := unzip(t, must(b.Zip()))
	all := entries(t, files[zipPref])
	if _, there := all["clientPassword"]; there || len(files) != 3 || all["enrollForCertificateWithTrust0"] != "true" || all["connectString0"] != "[2001:db8::1]:8089:ssl" {
		t.Error(all)
	}
}

func TestABadDataPackageSaysAllThatIsWrong(t *testing.T) {
	_, err := Bundle{Host: "a b"}.Zip()
	for _, want := range []string{"name:", "port:", "trust store:", "host:"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}

func TestInvitations(t *testing.T) {
	i := Invitation{Server: "Al-Qaim", Host: "post.example", Port: 8089, Name: "a@b", Token: "x&y=z"}
	text, err := i.ATAK()
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "tak" || u.Host != "com.atakmap.app" || u.Path != "/enroll" ||
		u.Query().Get("host") != i.Host || u.Query().Get("username") != i.Name || u.Query().Get("token") != i.Token {
		t.Error(u, err)
	}
	if text, err := i.ITAK(); err != nil || text != "Al-Qaim,post.example,8089,ssl" {
		t.Error(text, err)
	}
	_, noHost := Invitation{Server: "x", Host: "a,b", Port: 1, Name: "a"}.ATAK()
	_, noName := Invitation{Server: "x", Host: "a", Port: 1}.ATAK()
	_, comma := Invitation{Server: "x,y", Host: "a", Port: 1}.ITAK()
	_, noPort := Invitation{Server: "x", Host: "a"}.ITAK()
	_, noHost2 := Invitation{Server: "x", Port: 1}.ITAK()
	for i, err := range []error{noHost, noName, comma, noPort, noHost2} {
		if err == nil {
			t.Errorf("invitation %d is made", i)
		}
	}
}

func TestACodeIsDrawnModuleByModule(t *testing.T) {
	text := "tak://com.atakmap.app/enroll?host=post.example&username=alpha&token=0123456789abcdef"
	code := must(qr.Encode(text, qr.L))
	var drawn [][]bool // light
	for line := range strings.Lines(must(Blocks(text))) {
		var upper, lower []bool
		for _, r := range strings.TrimSuffix(line, "\n") {
			upper = append(upper, r == '█' || r == '▀')
			lower = append(lower, r == '█' || r == '▄')
		}
		drawn = append(drawn, upper, lower)
	}
	if len(drawn) < code.Size+2*quiet {
		t.Fatalf("%d rows", len(drawn))
	}
	for y := range code.Size + 2*quiet {
		for x := range code.Size + 2*quiet {
			if drawn[y][x] == code.Black(x-quiet, y-quiet) {
				t.Fatalf("row %d, column %d is wrong", y, x)
			}
		}
	}
	if img, err := png.Decode(bytes.NewReader(must(PNG(text)))); err != nil || img.Bounds().Dx() < 100 {
		t.Error(err)
	}
	if _, err := Blocks(strings.Repeat("x", 5000)); err == nil {
		t.Error(errors.New("5000 bytes fit"))
	}
}
