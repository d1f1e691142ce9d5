package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

// Listen opens addr, a loopback address with a port, or another port of the
// same address when that one is in use.
func Listen(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w; give an address like 127.0.0.1:8080", addr, err)
	}
	if !loopback(host) {
		return nil, fmt.Errorf("listen on %q: this serves without users or TLS, so only to this machine; give 127.0.0.1 or [::1]", addr)
	}
	ln, err := net.Listen("tcp", addr)
	if err == nil {
		return ln, nil
	}
	other, second := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if second != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, errors.Join(err, second))
	}
	return other, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Serve shows the files of dir on ln until ctx ends, the report first. It
// answers only requests for a loopback host, so that a page elsewhere cannot
// reach it by a name of its own that resolves here.
func Serve(ctx context.Context, ln net.Listener, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		ln.Close()
		return fmt.Errorf("serve %s: %w", dir, err)
	}
	defer root.Close()
	server := &http.Server{
		Handler:           handler(http.FileServerFS(root.FS())),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		stopped <- server.Shutdown(grace)
	})
	defer stop()
	if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", dir, err)
	}
	return <-stopped
}

func handler(files http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		switch {
		case !loopback(host):
			http.Error(w, "this page is for this machine only; open it as http://127.0.0.1", http.StatusMisdirectedRequest)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		case r.URL.Path == "/":
			http.Redirect(w, r, "/report.html", http.StatusFound)
		default:
			protect(w.Header())
			files.ServeHTTP(w, r)
		}
	})
}

// protect keeps the restricted pages from being framed, stored or completed
// by anything from elsewhere.
func protect(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}
