package feed

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"maps"
	"net"
	"runtime"
	"slices"
	"testing"
	"time"

	"vedette/track"
)

// conformant is a kind of feed over a transport, with a peer and what it says.
type conformant struct {
	name   string
	start  func(t testing.TB) peer
	config Config
	good   func(t testing.TB, i int) []byte // gives something an identity
	id     func(i int) string
	bad    []byte // refused
	reason string
	// flood is more than a feed may keep, with nothing that can be taken in it;
	// nil where the transport bounds what comes.
	flood []byte
	after []byte  // ends it, so that the next message is whole
	exact float64 // degrees to which a position comes through
	// stays tells that there is no connection to lose.
	stays bool
}

func mmsi(i int) string { return fmt.Sprintf("MMSI-%d", 211000000+i) }
func icao(i int) string { return fmt.Sprintf("ICAO-%06X", 0x400000+i) }

func plainly(make func(i int) []byte) func(testing.TB, int) []byte {
	return func(_ testing.TB, i int) []byte { return make(i) }
}

func kindsOfFeeds(t testing.TB) []conformant {
	tcp := func(t testing.TB) peer { return newServer(t, "tcp") }
	ais := conformant{config: Config{Kind: "ais", Trust: "unauthenticated"}, good: shipAt, id: mmsi,
		bad: []byte("!AIVDM,1,1,,A,nonsense,0*00\n"), reason: "bad_checksum", flood: bytes.Repeat([]byte("x"), 8<<20), after: []byte("\n"), exact: 1e-5}
	sbs := conformant{config: Config{Kind: "sbs", Trust: "unauthenticated"}, good: plainly(planeLine), id: icao,
		bad: []byte("MSG,3,what\n"), reason: "bad_format", flood: bytes.Repeat([]byte("x"), 8<<20), after: []byte("\n"), exact: 1e-5}
	aircraft := conformant{config: Config{Kind: "aircraft", Trust: "unauthenticated", Every: 0.01}, good: plainly(planeDocument), id: icao,
		bad: []byte("{]"), reason: "bad_format", exact: 1e-9}
	certs := newAuthority(t)
	cot := conformant{config: Config{Kind: "cot", Trust: "unauthenticated"}, good: plainly(eventAt), id: func(i int) string { return fmt.Sprintf("UNIT-%d", i) },
		bad: []byte(`<event version="2.0"><<</event>`), reason: "malformed", flood: bytes.Repeat([]byte("<event "), 1<<20), after: []byte("</event>"), exact: 1e-9}
	secure := cot
	secure.config.Trust, secure.config.CAFile, secure.config.CertFile, secure.config.KeyFile = "", certs.ca, certs.cert, certs.key
	all := []conformant{
		ais.as("ais over tcp", tcp),
		ais.as("ais on a tcp port", func(t testing.TB) peer { return newCaller(t, "tcp-listen") }).withoutLoss(),
		ais.as("ais on a udp port", func(t testing.TB) peer { return newCaller(t, "udp-listen") }).withoutLoss().withoutFlood(),
		ais.as("ais from a file", func(t testing.TB) peer { return newGrowing(t) }).withoutLoss(),
		sbs.as("sbs over tcp", tcp),
		{name: "beast over tcp", start: tcp, config: Config{Kind: "beast", Trust: "unauthenticated"}, good: beastAt, id: icao,
			bad: []byte("no frame"), reason: "unsynced", flood: bytes.Repeat([]byte("x"), 8<<20), exact: 3e-5}, // half of 360 degrees by 49 zones by 2^17
		aircraft.as("aircraft over http", func(testing.TB) peer { return newWebsite() }),
		cot.as("cot over tcp", tcp),
		secure.as("cot over tls", func(t testing.TB) peer {
			l, err := tls.Listen("tcp", "127.0.0.1:0", certs.server)
			if err != nil {
				t.Fatal(err)
			}
			return serveOn(l, "tls", func(c net.Conn) bool { return c.(*tls.Conn).Handshake() == nil })
		}),
		{name: "mqtt", start: func(t testing.TB) peer { return newBroker(t) },
			config: Config{Kind: "mqtt", Trust: "unauthenticated", Topics: []string{"trackers/#"}}, good: plainly(jsonAt),
			id: func(i int) string { return fmt.Sprintf("unit-%d", i) }, bad: []byte("{]"), reason: "document", flood: bytes.Repeat([]byte(" "), 8<<20), exact: 1e-9},
		ourBroker(),
	}
	return all
}

func (c conformant) as(name string, start func(testing.TB) peer) conformant {
	c.name, c.start = name, start
	return c
}

func (c conformant) withoutLoss() conformant  { c.stays = true; return c }
func (c conformant) withoutFlood() conformant { c.flood = nil; return c }

// begin starts a peer and a feed.
func (c conformant) begin(t *testing.T, sink *recorder, silentAfter float64) (peer, *started) {
	t.Helper()
	p := c.start(t)
	t.Cleanup(p.close)
	conf := c.config
	conf.Name, conf.URL, conf.SilentAfter, conf.Groups = "border-east", p.url(), silentAfter, []string{"Blue"}
	return p, start(t, sink, conf)
}

// TestConformance holds every kind of feed to what Feed promises.
func TestConformance(t *testing.T) {
	for _, c := range kindsOfFeeds(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Run("what comes is marked and counted", c.marksAndCounts)
			t.Run("garbage is counted and survived", c.survivesGarbage)
			t.Run("what the sink refuses is counted", c.countsRefusals)
			t.Run("an error of the sink starts it again", c.sinkFails)
			t.Run("silence is shown", c.showsSilence)
			t.Run("it ends and leaves nothing", c.leavesNothing)
			if !c.stays {
				t.Run("it connects again", c.connectsAgain)
			}
			if c.flood != nil {
				t.Run("it keeps little", c.keepsLittle)
			}
		})
	}
}

func (c conformant) marksAndCounts(t *testing.T) {
	p, s := c.begin(t, &recorder{}, 0)
	s.waitState(t, Live)
	for i := range 3 {
		p.send(t, c.good(t, i))
		o := s.waitID(t, c.id(i))
		if o.Source != "border-east" || fmt.Sprint(o.Groups) != "[Blue]" || o.Trust == "" || o.Received.IsZero() || !o.Stale.After(o.Time) {
			t.Errorf("%+v", o)
		}
		if o.Trust == track.Certificate && o.By != "127.0.0.1" {
			t.Errorf("%q vouches", o.By)
		}
	}
	if !near(s.waitID(t, c.id(2)).At, place(2), c.exact) {
		t.Errorf("at %v, want %v", s.waitID(t, c.id(2)).At, place(2))
	}
	waitFor(t, "the count", func() bool { return int(s.health().In) == len(s.sink.all()) })
	if h := s.health(); h.Name != "border-east" || h.Kind != c.config.Kind || h.Err != "" || h.Last.IsZero() {
		t.Errorf("%+v", h)
	}
}

func (c conformant) survivesGarbage(t *testing.T) {
	p, s := c.begin(t, &recorder{}, 0)
	s.waitState(t, Live)
	for i := range 3 {
		p.send(t, c.bad)
		p.send(t, c.good(t, i))
		s.waitID(t, c.id(i))
	}
	h := s.health()
	if len(h.Refused) == 0 || c.reason != "" && h.Refused[c.reason] != 3 {
		t.Errorf("refused %v, want 3 for %q", h.Refused, c.reason)
	}
	if states := s.seen(); slices.Contains(states, Waiting) {
		t.Errorf("the connection was lost: %v", states)
	}
}

func (c conformant) countsRefusals(t *testing.T) {
	p, s := c.begin(t, &recorder{refuse: func(o *track.Observation) error {
		if o.ID == c.id(0) {
			return &track.Refusal{Reason: track.NotYours, Detail: "it is another's"}
		}
		return nil
	}}, 0)
	s.waitState(t, Live)
	p.send(t, c.good(t, 0))
	waitFor(t, "the refusal", func() bool { return s.health().Refused["not-yours"] > 0 })
	p.send(t, c.good(t, 1))
	s.waitID(t, c.id(1))
	if _, there := s.sink.find(c.id(0)); there {
		t.Error("what was refused is there")
	}
}

func (c conformant) sinkFails(t *testing.T) {
	broken := make(chan error, 1)
	broken <- fmt.Errorf("the disk is full")
	p, s := c.begin(t, &recorder{refuse: func(*track.Observation) error {
		select {
		case err := <-broken:
			return err
		default:
			return nil
		}
	}}, 0)
	s.waitState(t, Live)
	p.send(t, c.good(t, 0))
	waitFor(t, "the failure", func() bool { return slices.Contains(s.seen(), Waiting) })
	s.waitState(t, Live)
	p.drop(t)
	waitFor(t, "what comes afterwards", func() bool {
		p.send(t, c.good(t, 1))
		_, ok := s.sink.find(c.id(1))
		return ok
	})
}

func (c conformant) showsSilence(t *testing.T) {
	p, s := c.begin(t, &recorder{}, 0.02)
	s.waitState(t, Silent)
	p.send(t, c.good(t, 0))
	waitFor(t, "the end of the silence", func() bool { return len(s.seen()) > 2 })
	s.waitState(t, Silent)
	if want := []State{Live, Silent, Live}; !slices.Equal(s.seen()[:3], want) {
		t.Errorf("%v, want %v", s.seen(), want)
	}
}

func (c conformant) leavesNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	p, s := c.begin(t, &recorder{}, 0)
	s.waitState(t, Live)
	p.send(t, c.good(t, 0))
	s.waitID(t, c.id(0))
	s.stop()
	p.close()
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
	}
}

func (c conformant) connectsAgain(t *testing.T) {
	p, s := c.begin(t, &recorder{}, 0)
	for i := range 3 {
		s.waitState(t, Live)
		waitFor(t, "an observation", func() bool {
			p.send(t, c.good(t, i))
			_, ok := s.sink.find(c.id(i))
			return ok
		})
		before := len(s.seen())
		p.drop(t)
		waitFor(t, "the loss", func() bool { return len(s.seen()) >= before+3 })
	}
	if want := []State{Live, Waiting, Connecting, Live}; !slices.Equal(s.seen()[:4], want) {
		t.Errorf("%v, want %v", s.seen(), want)
	}
}

// keepsLittle sends 8 MiB that nothing can be made of.
func (c conformant) keepsLittle(t *testing.T) {
	p, s := c.begin(t, &recorder{}, 0)
	s.waitState(t, Live)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	p.send(t, c.flood)
	waitFor(t, fmt.Sprintf("a refusal: %v", slices.Collect(maps.Keys(s.health().Refused))), func() bool { return len(s.health().Refused) > 0 })
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 3<<20 {
		t.Errorf("%d bytes are kept of a flood of %d", grown, len(c.flood))
	}
	waitFor(t, "what comes afterwards", func() bool {
		p.send(t, slices.Concat(c.after, c.good(t, 1)))
		_, ok := s.sink.find(c.id(1))
		return ok
	})
}
