package tak

import (
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vedette/wire/cot"
)

// pad makes an event large, so that few fill the system's own queues.
func pad(size int) func(*cot.Event) {
	return func(e *cot.Event) { e.Detail += cot.Detail("<pad>" + strings.Repeat("x", size) + "</pad>") }
}

// stuck connects a client that does not read. The room of the system for what
// it does not read is small.
func (st *station) stuck() net.Conn {
	st.t.Helper()
	n := len(st.Clients())
	conn, err := net.Dial("tcp", st.addr)
	if err != nil {
		st.t.Fatal(err)
	}
	st.t.Cleanup(func() { conn.Close() })
	if err := conn.(*net.TCPConn).SetReadBuffer(64 << 10); err != nil {
		st.t.Fatal(err)
	}
	until(st.t, "the stuck one is let in", func() bool { return len(st.Clients()) == n+1 })
	return conn
}

func (st *station) info(conn net.Conn) ClientInfo {
	for _, c := range st.Clients() {
		if c.Address == conn.LocalAddr().String() {
			return c
		}
	}
	return ClientInfo{}
}

func TestASlowClientDelaysNobodyAndGetsTheNewestAndAllThatMatters(t *testing.T) {
	st := start(t, Limits{Queue: 128 << 10})
	slow, sender, watch := st.stuck(), st.call("sender"), st.call("watch")
	const rounds, large = 400, 16 << 10
	for i := range rounds {
		sender.send(seen("thing", at(float64(i)/10), pad(large)))
		if e := watch.of("thing"); e.Point.Lat != float64(i)/10 {
			t.Fatalf("who reads gets the one at %v, want the %dth", e.Point.Lat, i)
		}
		if i%100 == 50 {
			sender.send(cot.NewChat(cot.Chat{ID: string(rune('a' + i/100)), From: "SENDER", UID: "sender", Text: "x"}, cot.NoPoint(), time.Now()))
			watch.next("the chat", func(e *cot.Event) bool { return e.Type == cot.TypeChat })
		}
	}
	sender.send(help("sender", "SENDER"), seen("last"))
	watch.of("last")
	info := st.info(slow)
	if info.Coalesced == 0 || info.QueuedBytes > 200<<10 {
		t.Errorf("%d gave way, %d bytes wait", info.Coalesced, info.QueuedBytes)
	}

	late := &phone{t: t, conn: slow, uid: "slow", in: make(chan *cot.Event, 10_000)}
	go late.read(make(chan struct{}))
	got := late.through("the last", func(e *cot.Event) bool { return e.UID == "last" })
	chats, calls, newest := 0, 0, 0.0
	for _, e := range got {
		switch {
		case e.Type == cot.TypeChat:
			chats++
		case isHelp(e):
			calls++
		case e.UID == "thing":
			newest = e.Point.Lat
		}
	}
	if chats != 4 || calls != 1 || newest != (rounds-1)/10.0 || len(got) >= rounds {
		t.Errorf("who was slow gets %d events, %d of 4 chats, %d of 1 calls, and the thing at %v last", len(got), chats, calls, newest)
	}
}

func TestWhoTakesNothingIsCut(t *testing.T) {
	for _, door := range []string{"plain", "TLS"} {
		t.Run(door, func(t *testing.T) {
			v := start(t, Limits{Queue: 64 << 10, Stall: 40 * time.Millisecond}).tls(t)
			if door == "plain" {
				v.stuck()
			} else {
				v.stuckTLS()
			}
			sender := v.call("sender")
			until(t, "the stuck one is cut", func() bool {
				sender.send(seen("thing", pad(64<<10)))
				return v.Stats().Ended[CutStalled] == 1
			})
			sender.before("end")
		})
	}
}

// stuckTLS connects a client that greets and then does not read.
func (v *vestibule) stuckTLS() {
	v.station.t.Helper()
	conn, err := tls.Dial("tcp", v.addr, v.config("stuck"))
	if err != nil {
		v.station.t.Fatal(err)
	}
	v.station.t.Cleanup(func() { conn.NetConn().Close() })
	until(v.station.t, "the stuck one is let in", func() bool { return len(v.Clients()) == 1 })
}

func TestWhoCannotHoldWhatMattersIsCut(t *testing.T) {
	st := start(t, Limits{Kept: 256 << 10})
	st.stuck()
	sender := st.call("sender")
	until(t, "the stuck one is cut", func() bool {
		sender.send(seen("task", typed("t-k"), pad(64<<10)))
		return st.Stats().Ended[CutFull] == 1
	})
	sender.before("end")
}

// pipe is a line, with the time of a test, and its other end.
func pipe(limits Limits) (*line, net.Conn) {
	near, far := net.Pipe()
	return newLine(near, limits.Defaults()), far
}

func TestALineWaitsForWhoTakesLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, far := pipe(Limits{Stall: 30 * time.Second})
		defer l.Close()
		go func() {
			for range 10 {
				time.Sleep(20 * time.Second)
				_, _ = far.Read(make([]byte, 1))
			}
		}()
		start := time.Now()
		if n, err := l.Write([]byte("ten bytes.")); n != 10 || err != nil || time.Since(start) < 3*time.Minute {
			t.Errorf("%d bytes in %v, %v", n, time.Since(start), err)
		}
	})
}

func TestALineEndsWithWhoTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, far := pipe(Limits{Stall: 30 * time.Second})
		defer l.Close()
		go func() { _, _ = far.Read(make([]byte, 3)) }()
		start := time.Now()
		n, err := l.Write([]byte("ten bytes."))
		if took := time.Since(start); n != 3 || reasonOf(err) != CutStalled || took < 30*time.Second || took > 45*time.Second {
			t.Errorf("%d bytes in %v, %v", n, took, err)
		}
	})
}

func TestALineEndsWithWhoSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, far := pipe(Limits{Idle: time.Minute})
		defer l.Close()
		go func() {
			for range 5 {
				time.Sleep(50 * time.Second)
				_, _ = far.Write([]byte("x"))
			}
		}()
		start := time.Now()
		for n := range 6 {
			_, err := l.Read(make([]byte, 10))
			if took := time.Since(start); (err != nil) != (n == 5) || n == 5 && (reasonOf(err) != CutIdle || took < 300*time.Second || took > 320*time.Second) {
				t.Errorf("read %d after %v: %v", n, took, err)
			}
		}
	})
}
