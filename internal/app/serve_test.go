package app

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// serve starts a server over a folder with a report and gives its address.
func serve(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "report.html"), []byte("<h1>report</h1>"), 0o600); err != nil {
		t.Fatal(err)
	}
	ln, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, ln, dir) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return ln.Addr().String()
}

func get(t *testing.T, method, addr, path, host string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, "http://"+addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		req.Host = host
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func TestTheReportIsTheFirstPage(t *testing.T) {
	res, body := get(t, "GET", serve(t), "/", "")
	if res.StatusCode != 200 || !strings.Contains(body, "report") {
		t.Errorf("status %d, body %q", res.StatusCode, body)
	}
	if csp := res.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("Content-Security-Policy is %q", csp)
	}
}

func TestAnotherHostsNameIsRefused(t *testing.T) {
	res, body := get(t, "GET", serve(t), "/report.html", "evil.example")
	if res.StatusCode != http.StatusMisdirectedRequest || strings.Contains(body, "<h1>") {
		t.Errorf("status %d, body %q", res.StatusCode, body)
	}
}

func TestNothingIsWritten(t *testing.T) {
	if res, _ := get(t, "POST", serve(t), "/report.html", ""); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("status %d", res.StatusCode)
	}
}

func TestFilesOutsideTheFolderStayOutside(t *testing.T) {
	if res, _ := get(t, "GET", serve(t), "/../../etc/passwd", ""); res.StatusCode != http.StatusNotFound {
		t.Errorf("status %d", res.StatusCode)
	}
}

func TestAPortInUseMeansAnotherOne(t *testing.T) {
	first, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	second, err := Listen(first.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if first.Addr().(*net.TCPAddr).Port == second.Addr().(*net.TCPAddr).Port {
		t.Error("both have the same port")
	}
}

func TestOnlyLoopbackIsListenedOn(t *testing.T) {
	if _, err := Listen("0.0.0.0:0"); err == nil || !strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("error is %v", err)
	}
}
