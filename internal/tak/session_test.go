package tak

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"vedette/track"
	"vedette/wire/cot"
)

func TestPingsAreAnswered(t *testing.T) {
	st := start(t, Limits{})
	a, b := st.call("a"), st.call("b").speakProto()
	if got := append(a.before("p1"), b.before("p2")...); len(got) > 0 {
		t.Errorf("besides the pongs came %v", got)
	}
}

func TestTheOfferTellsTheVersion(t *testing.T) {
	d := withVersion(cot.NewOffer("o", time.Now(), 1).Detail, `1.0 "<&`)
	e := cot.NewOffer("o", time.Now(), 1)
	e.Detail = d
	control, _ := d.Find("TakControl")
	for el := range control.Elements() {
		if el.Name == "TakServerVersionInfo" && el.Attr("serverVersion") == `1.0 "<&` && slices.Equal(e.Offered(), []int{1}) {
			return
		}
	}
	t.Errorf("the offer says %s", d)
}

func TestNoAnswerToASecondRequest(t *testing.T) {
	st := start(t, Limits{})
	a := st.call("a")
	a.send(cot.NewRequest("r", time.Now(), 7))
	a.next("a no", func(e *cot.Event) bool { yes, ok := e.Responded(); return ok && !yes })
	a.speakProto()
	a.send(cot.NewRequest("r2", time.Now(), 1))
	if got := a.before("p"); len(got) > 0 {
		t.Errorf("a second request is answered: %v", got)
	}
}

func TestWhatIsWrongIsCountedAndTheSessionLivesOn(t *testing.T) {
	for _, c := range []struct{ name, send, reason string }{
		{"latitude 123", text(t, seen("x", at(123))), "bad-lat"},
		{"no uid", text(t, seen("")), "no-uid"},
		{"not well formed", "<event><point></event>", "malformed"},
		{"no XML", "GET / HTTP/1.1\r\n\r\n", "garbage"},
		{"an entity", `<!DOCTYPE x [<!ENTITY a "b">]>` + text(t, seen("x")), "doctype"},
		{"over 1 MiB", "<event>" + strings.Repeat("x", cot.MaxEvent+1) + "</event>", "too-large"},
		{"faster than light", text(t, seen("x", func(e *cot.Event) { e.Detail = e.Detail.With(cot.Track{Speed: 1e9}) })), "motion"},
	} {
		t.Run(c.name, func(t *testing.T) {
			st := start(t, Limits{})
			a, b := st.call("a"), st.call("b")
			a.write([]byte(c.send))
			a.send(seen("good"))
			got := b.through("the good one", func(e *cot.Event) bool { return e.UID == "good" })
			if len(got) != 1 {
				t.Errorf("relayed: %d events", len(got)-1)
			}
			if n := st.Stats().Refused[c.reason]; n != 1 {
				t.Errorf("counted: %v, want %s", st.Stats().Refused, c.reason)
			}
			r := st.Refusals()
			if len(r) != 1 || r[0].Reason != c.reason || r[0].Address != a.conn.LocalAddr().String() || r[0].Text == "" {
				t.Errorf("kept to be looked at: %+v", r)
			}
			for _, info := range st.Clients() {
				if want := info.Address == a.conn.LocalAddr().String(); want != (info.Refused[c.reason] == 1) {
					t.Errorf("%s is said to have had refused %v", info.Address, info.Refused)
				}
			}
		})
	}
}

func text(t *testing.T, e *cot.Event) string {
	t.Helper()
	b, err := e.AppendXML(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTheLatestRefusalsAreKept(t *testing.T) {
	st := start(t, Limits{})
	a := st.call("a")
	a.write(bytes.Repeat([]byte("<event/></event>"), refusalsKept+10))
	a.write([]byte(text(t, seen("last", at(91)))))
	a.before("end")
	r := st.Refusals()
	if len(r) != refusalsKept || r[len(r)-1].Reason != "bad-lat" || !strings.Contains(r[len(r)-1].Start, `uid="last"`) {
		t.Errorf("%d, the last %+v", len(r), r[len(r)-1])
	}
}

func TestAStreamOfProtobufThatIsLostEnds(t *testing.T) {
	st := start(t, Limits{})
	a := st.call("a").speakProto()
	a.write([]byte("<event>"))
	a.ended()
	until(t, "it is counted", func() bool { return st.Stats().Ended[CutFrame] == 1 })
}

func TestNobodySpeaksForAnother(t *testing.T) {
	v := start(t, Limits{}).tls(t)
	anna, boris := v.dial("anna"), v.dial("boris")
	plain := v.call("plain")
	anna.send(seen("anna", at(1)))
	boris.of("anna")
	boris.send(seen("anna", at(2)))
	plain.send(seen("anna", at(3)))
	plain.send(seen("plain"))
	for _, e := range boris.through("plain", func(e *cot.Event) bool { return e.UID == "plain" }) {
		if e.UID == "anna" {
			t.Errorf("relayed: anna at %v", e.Point.Lat)
		}
	}
	until(t, "both are counted", func() bool { return v.Stats().Refused[string(track.NotYours)] == 2 })
	o := v.sink.last("anna")
	if o.At.Lat != 1 || o.By != "anna" || o.Trust != track.Certificate || o.Source != Source {
		t.Errorf("%+v", o)
	}
	if o := v.sink.last("plain"); o.Trust != track.Unauthenticated || !strings.HasPrefix(o.By, "tcp 127.0.0.1:") {
		t.Errorf("%+v", o)
	}
}

func TestWhoIsVouchedForTakesHisUIDFromWhoIsNot(t *testing.T) {
	v := start(t, Limits{}).tls(t)
	squatter, anna, watch := v.call("squatter"), v.dial("anna"), v.dial("watch")
	squatter.send(seen("anna-9-1-1"), seen("tower"))
	watch.of("tower")
	v.sink.release(v.nameOf(t, squatter)) // the picture holds it so too
	anna.send(help("anna", "ANNA"))
	watch.next("the call", isHelp)
	if err := v.Publish(seen("tower", at(1)), nil); err != nil {
		t.Error(err)
	}
	squatter.send(seen("anna-9-1-1"), seen("tower"))
	squatter.before("end")
	if n := v.Stats().Refused["not-yours"]; n != 2 {
		t.Errorf("%d refused", n)
	}
}

func TestTheNextPlainSessionMaySpeakForWhatTheLastSpokeFor(t *testing.T) {
	st := start(t, Limits{})
	watch, old := st.call("watch"), st.call("old")
	old.send(seen("phone", at(1)))
	watch.of("phone")
	old.conn.Close()
	watch.next("the delete", func(e *cot.Event) bool { return e.Gone() == "phone" })
	until(t, "it is released", func() bool { return len(st.Clients()) == 1 && len(noted[ClientChange](st)) == 3 })
	st.call("again").send(seen("phone", at(2)))
	watch.next("the new position", func(e *cot.Event) bool { return e.Point.Lat == 2 })
}

func TestWhatAClientShows(t *testing.T) {
	st := start(t, Limits{})
	a := st.call("a")
	e := seen("uid-a", func(e *cot.Event) {
		e.Detail = e.Detail.With(cot.Group{Name: "Cyan", Role: "HQ"})
		e.Time = e.Time.Add(-time.Hour)
		e.Point = cot.NoPoint()
	})
	a.send(e)
	a.send(seen("something else"))
	a.before("end")
	c := st.Clients()[0]
	if c.UID != "uid-a" || c.Callsign != "UID-A" || c.Team != "Cyan" || c.Received != 3 || c.Trusted || c.Mesh || c.Since.IsZero() || c.Last.Before(c.Since) {
		t.Errorf("%+v", c)
	}
	if c.Skew > -59*time.Minute || c.Skew < -61*time.Minute {
		t.Errorf("the clock is said to be off by %v", c.Skew)
	}
	if o := st.sink.last("uid-a"); o.Fix {
		t.Errorf("who has no fix is at %v", o.At)
	}
	until(t, "the pong is counted", func() bool { return st.Clients()[0].Sent == 2 })
	if s := st.Stats(); s.Clients != 1 || s.Received != 3 || s.Sent != 2 || s.Sessions != 1 || s.SentBytes == 0 {
		t.Errorf("%+v", s)
	}
}

func TestComingAndGoingIsNoted(t *testing.T) {
	v := start(t, Limits{}).tls(t)
	a := v.dial("anna")
	a.send(seen("uid-a"))
	a.before("end")
	a.conn.Close()
	until(t, "it is noted", func() bool { return len(noted[ClientChange](v.station)) == 2 })
	n := noted[ClientChange](v.station)
	if n[0].Change != "connected" || n[0].By != "anna" || !n[0].Trusted {
		t.Errorf("%+v", n[0])
	}
	if n[1].Change != "left" || n[1].Reason != CutClosed || n[1].UID != "uid-a" || n[1].Callsign != "UID-A" || n[1].Received != 2 {
		t.Errorf("%+v", n[1])
	}
}

func TestOnlyVerifiedCertificatesComeIn(t *testing.T) {
	v := start(t, Limits{}).tls(t)
	v.revoked.Store("eve", true)
	stranger := newAuthority(t)
	foreign := v.config("x")
	foreign.Certificates = stranger.configOf("anna").Certificates
	none := v.config("x")
	none.Certificates = nil
	for name, c := range map[string]*tls.Config{"revoked": v.config("eve"), "of another authority": foreign, "without": none} {
		conn, err := tls.Dial("tcp", v.addr, c)
		if err != nil {
			continue // refused within the handshake
		}
		_ = conn.SetDeadline(time.Now().Add(patience))
		if n, err := conn.Read(make([]byte, 1)); n > 0 || err == nil {
			t.Errorf("%s: let in", name)
		}
		conn.Close()
	}
	until(t, "they are counted", func() bool { return v.Stats().TurnedAway["greeting"] == 3 })
}

func (a *authority) configOf(name string) *tls.Config {
	v := vestibule{authority: a}
	return v.config(name)
}

func TestACertificateThatWasNotVerifiedIsNone(t *testing.T) {
	st := start(t, Limits{})
	v := &vestibule{station: st, authority: newAuthority(t)}
	ctx, end := context.WithCancel(context.Background())
	var work sync.WaitGroup
	t.Cleanup(func() { end(); work.Wait() })
	v.addr = st.open(ctx, &work, Door{Identify: v.identify, TLS: &tls.Config{
		Certificates: []tls.Certificate{v.issue("server", &x509.Certificate{})}, ClientAuth: tls.RequireAnyClientCert,
	}})
	conn, err := tls.Dial("tcp", v.addr, v.config("eve"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if n, err := conn.Read(make([]byte, 1)); n > 0 || err == nil {
		t.Error("let in")
	}
}

func TestADoorOfTLSNeedsToKnowWhoComes(t *testing.T) {
	st := start(t, Limits{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Serve(st.ctx, l, Door{TLS: &tls.Config{}}); err == nil {
		t.Error("opened without Identify")
	}
}

func TestWhoNeverFinishesTheHandshakeIsTurnedAway(t *testing.T) {
	v := start(t, Limits{Greeting: 30 * time.Millisecond}).tls(t)
	conn, err := net.Dial("tcp", v.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	until(t, "it is counted", func() bool { return v.Stats().TurnedAway["greeting"] == 1 })
}

func TestTheOldestSessionOfAnIdentityIsReplaced(t *testing.T) {
	v := start(t, Limits{Sessions: 2}).tls(t)
	first, second := v.dial("anna"), v.dial("anna")
	other := v.dial("boris")
	third := v.dial("anna")
	first.ended()
	second.before("still there")
	third.before("still there")
	other.before("still there")
	until(t, "it is counted", func() bool { return v.Stats().Ended[CutReplaced] == 1 })
}

func TestNoMoreClientsThanAreAllowed(t *testing.T) {
	st := start(t, Limits{Clients: 2})
	st.call("a")
	b := st.call("b")
	conn, err := net.Dial("tcp", st.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if n, err := conn.Read(make([]byte, 1)); n > 0 || err == nil {
		t.Error("let in")
	}
	until(t, "it is counted", func() bool { return st.Stats().TurnedAway["full"] == 1 })
	b.conn.Close()
	until(t, "there is room", func() bool { return st.Stats().Clients == 1 })
	st.call("c")
}

func TestCutEndsSessionsAtOnce(t *testing.T) {
	v := start(t, Limits{}).tls(t)
	anna, anna2, boris := v.dial("anna@x"), v.dial("anna@x"), v.dial("boris@x")
	if n := v.Cut(func(id Identity) bool { return id.Name == "anna" }, "revoked"); n != 2 {
		t.Errorf("%d cut", n)
	}
	anna.ended()
	anna2.ended()
	boris.before("still there")
	until(t, "it is counted", func() bool { return v.Stats().Ended["revoked"] == 2 })
}

func TestWhoSaysNothingIsCut(t *testing.T) {
	st := start(t, Limits{Idle: 40 * time.Millisecond})
	a := st.call("a")
	a.ended()
	until(t, "it is counted", func() bool { return st.Stats().Ended[CutIdle] == 1 })
}

func TestObjectsAreBounded(t *testing.T) {
	st := start(t, Limits{Spoken: 2, Objects: 3})
	a, b := st.call("a"), st.call("b")
	a.send(seen("a1"), seen("a2"), seen("a3"))
	a.before("end")
	b.send(seen("b1"), seen("b2"))
	b.before("end")
	var wrong []uint64
	for _, c := range st.Clients() {
		wrong = append(wrong, c.Refused[string(TooMany)])
	}
	if !slices.Equal(wrong, []uint64{1, 1}) {
		t.Errorf("refused %v", wrong)
	}
}

func TestWhatStandsIsBoundedInBytes(t *testing.T) {
	st := start(t, Limits{State: 8 * 10_000})
	a, b := st.call("a"), st.call("b")
	a.send(seen("a1", pad(4000)), seen("a2", pad(4000)), seen("a3", pad(4000)), seen("a1", pad(3000)), seen("a3"))
	got := b.through("a3", func(e *cot.Event) bool { return e.UID == "a3" })
	if n := st.Stats().Refused[string(TooMany)]; len(got) != 4 || n != 1 {
		t.Errorf("%d arrive, %d are refused", len(got), n)
	}
	a.conn.Close()
	b.next("a delete", func(e *cot.Event) bool { return e.Gone() != "" })
	until(t, "nothing stands", func() bool { return st.Stats().Objects == 0 })
	st.hub.mu.Lock()
	defer st.hub.mu.Unlock()
	if st.hub.bytes != 0 {
		t.Errorf("%d bytes are said to stand", st.hub.bytes)
	}
}

func TestWhoSaysTooMuchThatMattersIsHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pace
		start := time.Now()
		for range 10 {
			p.hold(context.Background(), 1<<20)
		}
		if took := time.Since(start); took != 24*time.Second {
			t.Errorf("10 MiB take %v; 4 MiB go at once, and 4 s each MiB behind them", took)
		}
		time.Sleep(time.Minute)
		if !p.fits(paceBurst, time.Now()) {
			t.Error("a minute later there is no room")
		}
	})
}

func TestNobodyHoardsWhatHasNoEnd(t *testing.T) {
	st := start(t, Limits{})
	st.counts.pending.Add(pendingMost - (400 << 10)) // as if others did
	a, b := st.call("a"), st.call("b")
	a.write([]byte("<event>" + strings.Repeat("x", 150<<10)))
	b.send(seen("b", pad(100<<10)))
	a.of("b")
	_, _ = a.conn.Write([]byte(strings.Repeat("x", 350<<10))) // may be cut within
	a.ended()
	b.before("still there")
	until(t, "it is counted", func() bool { return st.Stats().Ended[CutHoards] == 1 })
	if n := st.counts.pending.Load(); n != pendingMost-(400<<10) {
		t.Errorf("%d bytes are said to wait", n)
	}
}

func TestComingAndGoingLeavesNothingBehind(t *testing.T) {
	st := start(t, Limits{})
	watch := st.call("watch")
	before := runtime.NumGoroutine()
	for i := range 50 {
		p := st.call(fmt.Sprint("p", i))
		if i%2 == 0 {
			p.speakProto()
		}
		p.send(seen(p.uid), seen(p.uid+".thing"))
		watch.of(p.uid + ".thing")
		p.conn.Close()
	}
	until(t, "all have left", func() bool { return st.Stats().Clients == 1 && st.Stats().Objects == 0 })
	until(t, "their goroutines have ended", func() bool { return runtime.NumGoroutine() <= before })
	st.hub.mu.Lock()
	defer st.hub.mu.Unlock()
	if len(st.hub.called)+len(st.hub.alarms)+len(st.hub.objects)+st.hub.bytes != 0 || st.counts.open.Load() != 1 {
		t.Errorf("left behind: %v, %v, %d bytes; %d connections", st.hub.called, st.hub.objects, st.hub.bytes, st.counts.open.Load())
	}
}

func TestTheServerStops(t *testing.T) {
	s, err := New(Options{UID: "s", Sink: &memory{owners: map[string]string{}}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Serve(ctx, l, Door{}) }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	until(t, "it is let in", func() bool { return len(s.Clients()) == 1 })
	end()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if st := s.Stats(); st.Clients != 0 || st.Ended[CutStop] != 1 {
		t.Errorf("%+v", st)
	}
}

func TestNewWantsASinkAndAUID(t *testing.T) {
	if _, err := New(Options{UID: "s"}); err == nil {
		t.Error("made without a sink")
	}
	if _, err := New(Options{Sink: &memory{}}); err == nil {
		t.Error("made without a uid")
	}
}

func TestChatUnderTheNameOfWhoIsAway(t *testing.T) {
	st := startWith(t, Options{Speaks: func(_, uid string) bool { return uid != "anna" }})
	boris, watch := st.call("boris"), st.call("watch")
	for _, uid := range []string{"anna", "boris"} {
		boris.send(cot.NewChat(cot.Chat{ID: uid, From: "ANNA", UID: uid, Text: "all clear"}, cot.NoPoint(), time.Now()))
	}
	got, _ := watch.next("a chat", func(e *cot.Event) bool { return e.Type == cot.TypeChat }).Chat()
	if got.UID != "boris" || st.Stats().Refused[string(track.NotYours)] != 1 {
		t.Errorf("%s is heard; refused: %v", got.UID, st.Stats().Refused)
	}
}

// tired is a listener that fails a few times, as one does when there are no
// more file handles.
type tired struct {
	net.Listener
	fails atomic.Int32
}

func (l *tired) Accept() (net.Conn, error) {
	if l.fails.Add(-1) >= 0 {
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	return l.Listener.Accept()
}

func TestADoorThatFailsForAWhileIsTriedAgain(t *testing.T) {
	st := start(t, Limits{})
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &tired{Listener: inner}
	l.fails.Store(3)
	ctx, end := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- st.Serve(ctx, l, Door{}) }()
	defer func() {
		end()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	conn, err := net.Dial("tcp", inner.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	st.newPhone(conn, "a")
	if l.fails.Load() >= 0 {
		t.Error("the door did not fail")
	}
}

func TestADoorThatIsClosedByOthersIsAnError(t *testing.T) {
	st := start(t, Limits{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := st.Serve(st.ctx, l, Door{}); err == nil {
		t.Error("no error")
	}
}

// TestACertificateRevokedOnTheWayInLetsNobodyStay has the first question whose
// certificate it is answered before it is revoked, and the second after.
func TestACertificateRevokedOnTheWayInLetsNobodyStay(t *testing.T) {
	st := start(t, Limits{})
	v := st.tls(t)
	var asked atomic.Int32
	v.slow = func(name string) {
		if name == "late" && asked.Add(1) == 2 {
			v.revoked.Store("late", true)
		}
	}
	conn, err := tls.Dial("tcp", v.addr, v.config("late"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	until(t, "the session is ended for that", func() bool { return v.Stats().Ended[CutRevoked] == 1 })
	if n := v.Stats().Clients; n != 0 {
		t.Errorf("%d clients are there", n)
	}
}

// keeper keeps what is given with a context that has not ended.
type keeper struct{ kept, offered int }

func (k *keeper) Keep(ctx context.Context, obs []*track.Observation) error {
	if ctx.Err() == nil {
		k.kept += len(obs)
	}
	return ctx.Err()
}

func (k *keeper) Offer(context.Context, *track.Observation) error {
	k.offered++
	return nil
}

func TestACallForHelpIsKeptThoughItsSenderIsCutOff(t *testing.T) {
	k := &keeper{}
	s, err := New(Options{UID: "server", Sink: k})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	end() // as the session's does with its connection
	if err := s.sink(ctx, &track.Observation{ID: "anna-9-1-1", Type: cot.Alarm911}); err != nil || k.kept != 1 || k.offered != 0 {
		t.Errorf("%v: kept %d, only shown %d", err, k.kept, k.offered)
	}
}
