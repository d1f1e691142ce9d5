package feed

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// peer is the other side of a feed.
type peer interface {
	url() string
	send(t testing.TB, b []byte) // once the feed is there; errors of a dropped connection are passed over
	drop(t testing.TB)           // breaks the connection off, if there is one
	close()
}

// server is a peer that feeds connect to. What it receives it gives to answer.
type server struct {
	scheme string
	l      net.Listener
	greet  func(net.Conn) bool // after accepting; nil for nothing
	wg     sync.WaitGroup

	mu   sync.Mutex
	conn net.Conn
	read bytes.Buffer
}

func newServer(t testing.TB, scheme string) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(l, scheme, nil)
}

func serveOn(l net.Listener, scheme string, greet func(net.Conn) bool) *server {
	s := &server{scheme: scheme, l: l, greet: greet}
	s.wg.Go(s.accept)
	return s
}

func (s *server) accept() {
	for {
		conn, err := s.l.Accept()
		if err != nil {
			return
		}
		s.wg.Go(func() { s.serve(conn) })
	}
}

func (s *server) serve(conn net.Conn) {
	defer conn.Close()
	if s.greet != nil && !s.greet(conn) {
		return
	}
	s.mu.Lock()
	s.conn = conn
	s.mu.Unlock()
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		s.mu.Lock()
		s.read.Write(buf[:n])
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (s *server) received() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.read.String()
}

func (s *server) url() string { return s.scheme + "://" + s.l.Addr().String() }

func (s *server) current() net.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conn
}

func (s *server) send(t testing.TB, b []byte) {
	t.Helper()
	waitFor(t, "a connection", func() bool { return s.current() != nil })
	_, _ = s.current().Write(b)
}

func (s *server) drop(t testing.TB) {
	t.Helper()
	waitFor(t, "a connection", func() bool { return s.current() != nil })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn.Close()
	s.conn = nil
}

func (s *server) close() {
	s.l.Close()
	s.mu.Lock()
	if s.conn != nil {
		s.conn.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

// caller is a peer that connects to feeds.
type caller struct {
	scheme, address string
	conn            net.Conn
}

func newCaller(t testing.TB, scheme string) *caller {
	t.Helper()
	if strings.HasPrefix(scheme, "udp") {
		l, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return &caller{scheme: scheme, address: l.LocalAddr().String()}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return &caller{scheme: scheme, address: l.Addr().String()}
}

func (c *caller) url() string { return c.scheme + "://" + c.address }

func (c *caller) send(t testing.TB, b []byte) {
	t.Helper()
	network, _, _ := strings.Cut(c.scheme, "-")
	waitFor(t, "the port to be open", func() bool {
		if c.conn == nil {
			c.conn, _ = net.Dial(network, c.address)
		}
		return c.conn != nil
	})
	for chunk := range bytes.SplitSeq(b, []byte("\n")) {
		if network == "udp" {
			_, _ = c.conn.Write(chunk) // datagrams are short
			time.Sleep(time.Millisecond)
		} else {
			_, _ = c.conn.Write(append(chunk, '\n'))
		}
	}
}

func (c *caller) drop(testing.TB) {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

func (c *caller) close() { c.drop(nil) }

// growing is a file that is written to.
type growing struct{ path string }

func newGrowing(t testing.TB) *growing {
	t.Helper()
	g := &growing{filepath.Join(t.TempDir(), "nmea.log")}
	if err := os.WriteFile(g.path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *growing) url() string { return "file:" + g.path }

func (g *growing) send(t testing.TB, b []byte) {
	t.Helper()
	f, err := os.OpenFile(g.path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(b); err != nil {
		t.Fatal(err)
	}
}

// drop puts another file in the place of this one, as a rotation of logs does.
func (g *growing) drop(t testing.TB) {
	t.Helper()
	if err := os.Rename(g.path, g.path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(g.path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (g *growing) close() {}

// website serves one document.
type website struct {
	s *httptest.Server

	mu       sync.Mutex
	doc      []byte
	version  int
	broken   bool
	requests int
	fresh    int // answers with a document
}

func newWebsite() *website {
	w := &website{doc: []byte(`{"now":1,"aircraft":[]}`)}
	w.s = httptest.NewServer(w)
	return w
}

func (w *website) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests++
	if w.broken {
		w.broken = false
		rw.WriteHeader(http.StatusBadGateway)
		return
	}
	tag := fmt.Sprintf(`"%d"`, w.version)
	rw.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		rw.WriteHeader(http.StatusNotModified)
		return
	}
	w.fresh++
	_, _ = rw.Write(w.doc)
}

func (w *website) url() string { return w.s.URL + "/data/aircraft.json" }

// send waits until the feed has come for the document before.
func (w *website) send(t testing.TB, b []byte) {
	t.Helper()
	w.mu.Lock()
	before := w.fresh
	w.doc, w.version = b, w.version+1
	w.mu.Unlock()
	waitFor(t, "the feed to ask", func() bool { w.mu.Lock(); defer w.mu.Unlock(); return w.fresh > before })
}

func (w *website) drop(testing.TB) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = true
}

func (w *website) close() { w.s.Close() }

// broker is a small MQTT broker that sends and counts acknowledgements.
type broker struct {
	*server

	mu    sync.Mutex
	acked map[uint16]bool
	last  uint16
}

func newBroker(t testing.TB) *broker {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &broker{acked: map[uint16]bool{}}
	b.server = serveOn(l, "mqtt", b.greet)
	return b
}

// greet reads what the feed says until it has subscribed, and goes on reading
// acknowledgements.
func (b *broker) greet(conn net.Conn) bool {
	for {
		p, err := packets.ReadPacket(conn)
		if err != nil {
			return false
		}
		switch p := p.(type) {
		case *packets.ConnectPacket:
			_ = packets.NewControlPacket(packets.Connack).Write(conn)
		case *packets.SubscribePacket:
			ack := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
			ack.MessageID, ack.ReturnCodes = p.MessageID, p.Qoss
			_ = ack.Write(conn)
			b.server.mu.Lock()
			b.server.conn = conn
			b.server.mu.Unlock()
		case *packets.PubackPacket:
			b.mu.Lock()
			b.acked[p.MessageID] = true
			b.mu.Unlock()
		case *packets.PingreqPacket:
			_ = packets.NewControlPacket(packets.Pingresp).Write(conn)
		}
	}
}

func (b *broker) publish(t testing.TB, m packets.PublishPacket) uint16 {
	t.Helper()
	b.mu.Lock()
	b.last++
	id := b.last
	b.mu.Unlock()
	m.MessageType, m.MessageID = packets.Publish, id
	var buf bytes.Buffer
	if err := m.Write(&buf); err != nil {
		t.Fatal(err)
	}
	b.server.send(t, buf.Bytes())
	return id
}

func (b *broker) send(t testing.TB, doc []byte) {
	t.Helper()
	b.publish(t, packets.PublishPacket{FixedHeader: packets.FixedHeader{Qos: 1}, TopicName: "trackers/7/position", Payload: doc})
}

func (b *broker) isAcked(id uint16) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.acked[id]
}

// nobody is a connection that takes everything and says nothing.
type nobody struct{ net.Conn }

func newServerless(testing.TB) nobody { return nobody{} }

func (nobody) Write(b []byte) (int, error)      { return len(b), nil }
func (nobody) SetWriteDeadline(time.Time) error { return nil }
