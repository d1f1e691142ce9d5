package marti

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"
)

// Serve answers on l with one of the handlers, until ctx ends; then it gives what
// is under way three seconds.
func (s *Server) Serve(ctx context.Context, l net.Listener, conf *tls.Config, h http.Handler) error {
	conf = conf.Clone()
	conf.NextProtos = []string{"http/1.1"}
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second, // of the handshake too
		ReadTimeout:       30 * time.Second, // transfers extend it
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.opts.Log.Handler(), slog.LevelDebug),
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() { stopped <- shut(server) })
	err := server.Serve(tls.NewListener(netutil.LimitListener(l, s.opts.Limits.Conns), conf))
	if !stop() { // ctx has ended
		return <-stopped
	}
	return errors.Join(fmt.Errorf("serve TAK's HTTP API on %s: %w", l.Addr(), err), server.Close())
}

func shut(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return server.Close()
	}
	return nil
}
