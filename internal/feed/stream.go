package feed

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	dialTime  = 10 * time.Second
	writeTime = 10 * time.Second
	chunkSize = 16 << 10
	maxPeers  = 64 // that speak to one port at a time
	pollFile  = 100 * time.Millisecond
	maxPEM    = 1 << 20
	maxPacket = 64 << 10
)

// decoder takes the bytes of one stream, cut anywhere. Its error is one of the
// sink or of ctx; what is refused in the bytes it counts itself.
type decoder interface {
	take(ctx context.Context, chunk []byte) error
	end() // of the stream: what is unfinished is given up
}

// lines cuts a stream into lines for a decoder, and holds no more than one.
type lines struct {
	most    int
	line    func(ctx context.Context, s string) error
	tooLong func()
	done    func()

	held     []byte
	skipping bool // within a line that is too long
}

func (l *lines) take(ctx context.Context, chunk []byte) error {
	for len(chunk) > 0 {
		part, rest, ended := bytes.Cut(chunk, []byte{'\n'})
		l.hold(part)
		if ended {
			if err := l.finish(ctx); err != nil {
				return err
			}
		}
		chunk = rest
	}
	return nil
}

func (l *lines) hold(part []byte) {
	switch {
	case l.skipping:
	case len(l.held)+len(part) > l.most:
		l.tooLong()
		l.held, l.skipping = l.held[:0], true
	default:
		l.held = append(l.held, part...)
	}
}

func (l *lines) finish(ctx context.Context) error {
	s := strings.TrimSpace(string(l.held))
	skipped := l.skipping
	l.held, l.skipping = l.held[:0], false
	if skipped || s == "" || strings.HasPrefix(s, "#") {
		return nil
	}
	return l.line(ctx, s)
}

func (l *lines) end() { l.done() }

// receive gives the bytes that come from where c says to decoders, one for each
// peer, until ctx ends or the connection does.
func receive(ctx context.Context, c Config, out *Out, fresh func() decoder) error {
	scheme, _, _ := strings.Cut(c.URL, ":")
	switch scheme {
	case "tcp-listen":
		return listenTCP(ctx, c, out, fresh)
	case "udp-listen":
		return listenUDP(ctx, c, out, fresh)
	case "file":
		return follow(ctx, c, out, fresh())
	}
	conn, err := dial(ctx, c)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	defer conn.Close()
	out.Connected()
	return pump(ctx, conn, fresh())
}

// pump reads until r ends, which is an error: the other side has gone.
func pump(ctx context.Context, r io.Reader, d decoder) error {
	defer d.end()
	buf := make([]byte, chunkSize)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			if err := d.take(ctx, buf[:n]); err != nil {
				return err
			}
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, io.EOF):
			return errors.New("the other side closed the connection")
		case err != nil:
			return fmt.Errorf("read from the other side: %w", err)
		}
	}
}

// keepAlive finds a peer that vanished without a word in half a minute.
func keepAlive() net.KeepAliveConfig {
	return net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}
}

// dial connects to the host of c's URL, with TLS where the scheme says so.
func dial(ctx context.Context, c Config) (net.Conn, error) {
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, fmt.Errorf("read the url: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	d := &net.Dialer{KeepAliveConfig: keepAlive()}
	if !secure(u.Scheme) {
		conn, err := d.DialContext(ctx, "tcp", u.Host)
		if err != nil {
			return nil, fmt.Errorf("connect to %s: %w", u.Host, err)
		}
		return conn, nil
	}
	conf, err := tlsConfig(c)
	if err != nil {
		return nil, err
	}
	conn, err := (&tls.Dialer{NetDialer: d, Config: conf}).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return nil, fmt.Errorf("connect to %s with TLS: %w; see that ca_file is the authority of its certificate and cert_file one that it takes", u.Host, err)
	}
	return conn, nil
}

func tlsConfig(c Config) (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.serverName()}
	if c.CAFile != "" {
		pem, err := readSmall(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("ca_file: %w", err)
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca_file: %s holds no certificate in PEM", c.CAFile)
		}
	}
	if c.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("cert_file, key_file: %w", err)
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	return conf, nil
}

// readSmall reads a file of the settings, which is none of gigabytes.
func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxPEM+1))
	if err == nil && len(b) > maxPEM {
		err = fmt.Errorf("%s has over %d bytes", path, maxPEM)
	}
	return b, err
}

// gate lets in the peers that the settings allow.
type gate []netip.Prefix

func newGate(allow []string) gate {
	var g gate
	for _, s := range allow {
		if p, err := netip.ParsePrefix(s); err == nil {
			g = append(g, p)
		}
	}
	if len(g) == 0 {
		g = gate{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	return g
}

func (g gate) open(a netip.Addr) bool {
	for _, p := range g {
		if p.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

// listenTCP takes from all that connect.
func listenTCP(ctx context.Context, c Config, out *Out, fresh func() decoder) error {
	u, err := url.Parse(c.URL)
	if err != nil {
		return fmt.Errorf("read the url: %w", err)
	}
	lc := net.ListenConfig{KeepAliveConfig: keepAlive()}
	l, err := lc.Listen(ctx, "tcp", u.Host)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", u.Host, err)
	}
	return acceptAll(ctx, l, newGate(c.Allow), out, func(ctx context.Context, conn net.Conn) error {
		return serve(ctx, conn, fresh())
	})
}

// acceptAll serves all that connect, a bounded number at a time. An error of
// one of them ends all.
func acceptAll(ctx context.Context, l net.Listener, g gate, out *Out, serve func(context.Context, net.Conn) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var peers sync.WaitGroup
	defer peers.Wait()
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() { l.Close() })()
	defer l.Close()
	out.Connected()
	seats := make(chan struct{}, maxPeers)
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return fmt.Errorf("accept a connection on %s: %w", l.Addr(), err)
		}
		if reason := admit(g, conn, seats); reason != "" {
			out.Refused(reason)
			conn.Close()
			continue
		}
		peers.Go(func() {
			defer func() { <-seats }()
			if err := serve(ctx, conn); err != nil {
				cancel(err)
			}
		})
	}
}

// admit takes a seat for a peer, or tells why it gets none.
func admit(g gate, conn net.Conn, seats chan<- struct{}) string {
	from, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil || !g.open(from.Addr()) {
		return "peer-not-allowed"
	}
	select {
	case seats <- struct{}{}:
		return ""
	default:
		return "too-many-peers"
	}
}

// serve takes from one peer. Its leaving is no failure of the feed; an error of
// the sink is.
func serve(ctx context.Context, conn net.Conn, d decoder) error {
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	defer conn.Close()
	failed := &sinkErrors{decoder: d}
	_ = pump(ctx, conn, failed)
	return failed.err
}

// sinkErrors remembers the error of a decoder, to tell it from one of reading.
type sinkErrors struct {
	decoder
	err error
}

func (s *sinkErrors) take(ctx context.Context, chunk []byte) error {
	s.err = s.decoder.take(ctx, chunk)
	return s.err
}

// listenUDP takes datagrams of whole lines, and keeps a decoder for each sender,
// since messages of several parts come in several datagrams.
func listenUDP(ctx context.Context, c Config, out *Out, fresh func() decoder) error {
	u, err := url.Parse(c.URL)
	if err != nil {
		return fmt.Errorf("read the url: %w", err)
	}
	conn, err := new(net.ListenConfig).ListenPacket(ctx, "udp", u.Host)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", u.Host, err)
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	defer conn.Close()
	out.Connected()
	peers := newMemory[netip.AddrPort, decoder](maxPeers)
	g := newGate(c.Allow)
	buf := make([]byte, maxPacket)
	for {
		n, from, err := conn.ReadFrom(buf[:len(buf)-1])
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("receive a datagram on %s: %w", u.Host, err)
		}
		peer := from.(*net.UDPAddr).AddrPort()
		if !g.open(peer.Addr()) {
			out.Refused("peer-not-allowed")
			continue
		}
		buf[n] = '\n'
		if err := peers.get(peer, fresh).take(ctx, buf[:n+1]); err != nil {
			return err
		}
	}
}
