package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"

	"vedette/internal/access"
)

func TestThePageIsSentPackedAndOnce(t *testing.T) {
	p := start(t)
	packed := header("Accept-Encoding", "gzip")
	first := p.want(200, "GET", "/", "", "", packed)
	z, err := gzip.NewReader(bytes.NewReader(first.body))
	if err != nil {
		t.Fatal(err)
	}
	html, err := io.ReadAll(z)
	if err != nil || !bytes.Contains(html, []byte("<title>Vedette</title>")) {
		t.Errorf("unpacked it is %.80q (%v)", html, err)
	}
	plain := p.want(200, "GET", "/", "", "", header("Accept-Encoding", "identity"))
	if !bytes.Equal(plain.body, html) || plain.Header.Get("ETag") == first.Header.Get("ETag") {
		t.Error("plain and packed are not the same page, or cannot be told apart")
	}
	again := p.want(304, "GET", "/", "", "", packed, header("If-None-Match", first.Header.Get("ETag")))
	if len(again.body) != 0 {
		t.Error("it was sent twice")
	}
}

// active is markup that the policy forbids: scripts and styles within the page.
var active = regexp.MustCompile(`(?i)<script>|<style|\son\w+=|\sstyle=|javascript:|https?://[^w]`)

func TestThePageHoldsNothingThatThePolicyForbids(t *testing.T) {
	all := 0
	err := fs.WalkDir(files, "ui", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		all++
		if pageTypes[path.Ext(name)] == "" {
			t.Errorf("%s has no type", name)
		}
		text, err := fs.ReadFile(files, name)
		if found := active.Find(text); found != nil && !strings.HasPrefix(name, "ui/lib/") {
			t.Errorf("%s has %q", name, found)
		}
		return err
	})
	if err != nil || all < 10 {
		t.Errorf("%d files, %v", all, err)
	}
}

func TestUnderTLSTheCookieIsBoundToThisHost(t *testing.T) {
	lent := httptest.NewTLSServer(nil)
	certificates := lent.TLS.Certificates
	lent.Close()
	p := start(t, func(o *Options) { o.TLS = &tls.Config{Certificates: certificates} })
	if err := p.users.Add(context.Background(), access.User{Name: "anna", Roles: []access.Role{access.Viewer}}, password); err != nil {
		t.Fatal(err)
	}
	url := strings.Replace(p.url, "http:", "https:", 1)
	client := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} // of the test server's own certificate
	defer client.CloseIdleConnections()
	r, err := http.NewRequest("POST", url+"/api/v1/session", strings.NewReader(`{"name":"anna","password":"`+password+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := client.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	set := resp.Header.Get("Set-Cookie")
	if resp.StatusCode != 200 || !strings.HasPrefix(set, "__Host-vedette=") || !strings.Contains(set, "; Secure") || resp.Header.Get("Strict-Transport-Security") == "" {
		t.Fatalf("%s %q %q", resp.Status, set, resp.Header.Get("Strict-Transport-Security"))
	}
	pair, _, _ := strings.Cut(set, ";")
	for cookie, want := range map[string]int{pair: 200, strings.TrimPrefix(pair, "__Host-"): 401} {
		r, err := http.NewRequest("GET", url+"/api/v1/me", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Cookie", cookie)
		resp, err := client.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("with %s: %s", cookie, resp.Status)
		}
	}
}
