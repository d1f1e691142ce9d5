package marti

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"vedette/internal/ca"
	"vedette/internal/depot"
)

const signPath = "/Marti/api/tls/signClient/v2?clientUid=ANDROID-1&version=3"

func newRequest(t testing.TB, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "somebody"}}, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func armour(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
}

func basic(name, password string) []string {
	return []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+password))}
}

func TestEnrollingGivesACertificateThatTheAPITakes(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	key := newKey(t)
	der := newRequest(t, key)
	for _, c := range []struct{ name, body string }{
		{"PEM", armour(der)},
		{"PEM of old tools", strings.ReplaceAll(armour(der), "CERTIFICATE", "NEW CERTIFICATE")},
		{"base64 in lines", lines(der)},
		{"base64 in lines of Windows", strings.ReplaceAll(lines(der), "\n", "\r\n")},
		{"base64 in one line", base64.StdEncoding.EncodeToString(der)},
		{"DER", string(der)},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := h.do(h.as(""), "POST", h.enroll+signPath, c.body, basic("anna", "pw-anna")...).want(t, 200)
			var got map[string]string
			res.read(t, &got)
			cert := parse(t, got["signedCert"])
			if cert.Subject.CommonName != "anna" || !parse(t, got["ca0"]).Equal(h.ca) || len(got) != 2 {
				t.Errorf("got %v", got)
			}
			conf := &tls.Config{RootCAs: h.pool, Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}}
			h.do(client(t, conf), "GET", h.api+"/Marti/api/version", "").want(t, 200)
		})
	}
}

// parse reads a certificate as clients do, who put the first and last line of PEM
// around it.
func parse(t testing.TB, text string) *x509.Certificate {
	t.Helper()
	block, rest := pem.Decode([]byte("-----BEGIN CERTIFICATE-----\n" + text + "-----END CERTIFICATE-----"))
	if block == nil || len(rest) > 0 {
		t.Fatalf("%q is no PEM", text)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestATAKIsAnsweredInXML(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	header := append(basic("anna", "pw-anna"), "Accept", "application/xml")
	res := h.do(h.as(""), "POST", h.enroll+signPath, lines(newRequest(t, newKey(t))), header...).want(t, 200)
	var got enrollment
	if err := xml.Unmarshal([]byte(res.body), &got); err != nil || len(got.CA) != 1 {
		t.Fatalf("%v: %s", err, res.body)
	}
	if parse(t, got.Signed).Subject.CommonName != "anna" || !parse(t, got.CA[0]).Equal(h.ca) {
		t.Errorf("got %s", res.body)
	}
}

func TestAnEnrollmentTokenCountsOnce(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	c := h.as("")
	body := armour(newRequest(t, newKey(t)))
	h.do(c, "GET", h.enroll+"/Marti/api/tls/config", "", basic("anna", "once")...).want(t, 200)
	h.do(c, "POST", h.enroll+signPath, "rubbish", basic("anna", "once")...).want(t, 400)
	h.do(c, "POST", h.enroll+signPath, body, basic("anna", "once")...).want(t, 200) // neither had used it up
	h.do(c, "GET", h.enroll+"/Marti/api/tls/profile/enrollment?clientUid=ANDROID-1", "", basic("anna", "once")...).want(t, 204)
	h.do(c, "POST", h.enroll+signPath, body, basic("anna", "once")...).want(t, 401)
}

func TestTheConfigurationIsReadByItsNames(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	res := h.do(h.as(""), "GET", h.enroll+"/Marti/api/tls/config", "").want(t, 200)
	var got struct {
		XMLName xml.Name `xml:"com.bbn.marti.config certificateConfig"`
		Entries []struct {
			Name  string `xml:"name,attr"`
			Value string `xml:"value,attr"`
		} `xml:"nameEntries>nameEntry"`
	}
	if err := xml.Unmarshal([]byte(res.body), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Entries) != 2 || got.Entries[0].Name != "O" || got.Entries[1].Name != "OU" || got.Entries[0].Value == "" {
		t.Errorf("got %+v", got)
	}
}

func TestWhoIsNotEnrolled(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	good := newRequest(t, newKey(t))
	forged := append([]byte{}, good...)
	forged[len(forged)-1] ^= 1
	for _, c := range []struct {
		name, path, body string
		header           []string
		failing          error
		want             int
	}{
		{"without a password", signPath, armour(good), nil, nil, 401},
		{"with a wrong one", signPath, armour(good), basic("anna", "pw-ben"), nil, 401},
		{"under an unknown name", signPath, armour(good), basic("mallory", "pw-mallory"), nil, 401},
		{"after too many tries", signPath, armour(good), basic("anna", "pw-anna"), &Wait{1500 * time.Millisecond}, 429},
		{"while users cannot be read", signPath, armour(good), basic("anna", "pw-anna"), errors.New("/secret/path"), 503},
		{"without the right to a certificate", signPath, armour(good), basic("anna", "pw-anna"), fmt.Errorf("%w: an auditor has no phone", ErrRefused), 403},
		{"with a forged request", signPath, armour(forged), basic("anna", "pw-anna"), nil, 400},
		{"with an empty body", signPath, "", basic("anna", "pw-anna"), nil, 400},
		{"with a certificate and no request", signPath, strings.ReplaceAll(armour(h.ca.Raw), " REQUEST", ""), basic("anna", "pw-anna"), nil, 400},
		{"with broken base64", signPath, "M!!!", basic("anna", "pw-anna"), nil, 400},
		{"with a body too long", signPath, strings.Repeat("M", 2*ca.MaxCSR+1), basic("anna", "pw-anna"), nil, 413},
		{"with a request too long", signPath, strings.Repeat("MMMM", ca.MaxCSR/3+1), basic("anna", "pw-anna"), nil, 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			h.mu.Lock()
			h.failing = c.failing
			h.mu.Unlock()
			res := h.do(h.as(""), "POST", h.enroll+c.path, c.body, c.header...).want(t, c.want)
			if (c.want == 401) != (res.Header.Get("WWW-Authenticate") != "") {
				t.Errorf("WWW-Authenticate: %q", res.Header.Get("WWW-Authenticate"))
			}
			if c.want == 429 && res.Header.Get("Retry-After") != "2" {
				t.Errorf("Retry-After: %q", res.Header.Get("Retry-After"))
			}
			if strings.Contains(res.body, "secret") || strings.Contains(res.body, "signedCert") {
				t.Errorf("it tells %s", res.body)
			}
		})
	}
}

func TestTheTwoPortsAreApart(t *testing.T) {
	h := newHouse(t, depot.Limits{}, Options{})
	h.do(h.as("anna"), "GET", h.enroll+"/Marti/api/contacts/all", "").want(t, 404)
	h.do(h.as("anna"), "POST", h.api+signPath, armour(newRequest(t, newKey(t))), basic("anna", "pw-anna")...).want(t, 404)
}

func FuzzEnrolling(f *testing.F) {
	der := newRequest(f, newKey(f))
	for _, body := range []string{armour(der), lines(der), string(der), "", "-----BEGIN X-----", "M", "MAAA"} {
		f.Add([]byte(body), "anna", "pw-anna", "application/xml")
	}
	log := slog.New(slog.DiscardHandler)
	var asked bool
	enroll := func(_ context.Context, ask Enroll) (Signed, error) {
		asked = true
		return Signed{Certificate: ask.Request}, nil
	}
	handler := New(Options{Enroll: enroll, Log: log}).Enrollment()
	f.Fuzz(func(t *testing.T, body []byte, name, password, accept string) {
		r := httptest.NewRequest("POST", signPath, bytes.NewReader(body))
		r.SetBasicAuth(name, password)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		asked = false
		handler.ServeHTTP(w, r)
		_, err := ca.ParseRequest(body)
		if asked != (err == nil) || asked != (w.Code == 200) || w.Code >= 500 {
			t.Errorf("%q is answered with %d, and is %v", body, w.Code, err)
		}
	})
}
