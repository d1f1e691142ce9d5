package tak

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"vedette/track"
	"vedette/wire/cot"
)

// radio is a member of a mesh that a test plays.
type radio struct {
	t    *testing.T
	conn *net.UDPConn
	to   netip.AddrPort
}

// mesh has the station take part in a mesh by unicast, with one radio in it.
func (st *station) mesh(groups ...string) *radio {
	st.t.Helper()
	return st.meshWith(Mesh{Groups: groups})
}

func (st *station) meshWith(m Mesh) *radio {
	st.t.Helper()
	r := &radio{t: st.t, conn: listenUDP(st.t)}
	free := listenUDP(st.t)
	at := free.LocalAddr().String()
	free.Close()
	m.Address, m.To = at, []string{r.conn.LocalAddr().String()}
	st.takePart(m)
	r.to = netip.MustParseAddrPort(at)
	return r
}

func listenUDP(t *testing.T) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// takePart runs a mesh until the test ends.
func (st *station) takePart(m Mesh) {
	st.t.Helper()
	ctx, end := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- st.Mesh(ctx, m) }()
	st.t.Cleanup(func() {
		end()
		if err := <-done; err != nil {
			st.t.Error(err)
		}
	})
	until(st.t, "we take part", func() bool { return st.Stats().Meshes == 1 })
}

func (r *radio) say(b []byte) {
	r.t.Helper()
	if _, err := r.conn.WriteToUDPAddrPort(b, r.to); err != nil {
		r.t.Fatal(err)
	}
}

// next waits for a datagram that is as it is asked for.
func (r *radio) next(what string, is func(b []byte, m cot.Message) bool) cot.Message {
	r.t.Helper()
	_ = r.conn.SetReadDeadline(time.Now().Add(patience))
	b := make([]byte, 1<<16)
	for {
		n, _, err := r.conn.ReadFromUDPAddrPort(b)
		if err != nil {
			r.t.Fatalf("waited in vain for %s: %v", what, err)
		}
		m, err := cot.ParseDatagram(append([]byte(nil), b[:n]...))
		if err != nil {
			r.t.Fatal(err)
		}
		if is(b[:n], m) {
			return m
		}
	}
}

func (r *radio) of(uid string) cot.Message {
	r.t.Helper()
	return r.next("an event of "+uid, func(_ []byte, m cot.Message) bool { return m.Event != nil && m.Event.UID == uid })
}

// reads is a datagram of TakControl.
func reads(t *testing.T, low, high uint32) []byte {
	t.Helper()
	payload, err := cot.AppendMessage(nil, cot.Message{Control: &cot.Control{Min: low, Max: high, ContactUID: "radio"}})
	if err != nil {
		t.Fatal(err)
	}
	return cot.AppendDatagram(nil, payload)
}

func TestAMeshIsHeardAndSpokenTo(t *testing.T) {
	st := start(t, Limits{})
	r := st.mesh()
	control := r.next("what we read", func(_ []byte, m cot.Message) bool { return m.Control != nil }).Control
	if !control.Reads(1) || control.ContactUID != "server-1" {
		t.Errorf("%+v", control)
	}
	phone := st.call("phone")
	doc := []byte(text(t, seen("radio")))
	r.say(doc)
	sameBytes(t, phone.of("radio"), doc)
	if o := st.sink.last("radio"); o.Trust != track.Unauthenticated || o.By != "udp 127.0.0.1" {
		t.Errorf("%+v", o)
	}
	phone.send(seen("phone", at(1)))
	if m := r.of("phone"); m.Event.Form != cot.XML {
		t.Error("who has not said that he reads protobuf gets it")
	}
	r.say(reads(t, 0, 1))
	until(t, "protobuf is spoken", func() bool {
		phone.send(seen("phone", at(2)))
		return r.of("phone").Event.Form == cot.Proto
	})
	payload, err := seen("radio", at(3)).Bytes(cot.Proto)
	if err != nil {
		t.Fatal(err)
	}
	r.say(cot.AppendDatagram(nil, payload))
	if e := phone.of("radio"); e.Point.Lat != 3 {
		t.Errorf("%+v", e)
	}
	r.say(reads(t, 2, 3))
	until(t, "XML is spoken again", func() bool {
		phone.send(seen("phone", at(4)))
		return r.of("phone").Event.Form == cot.XML
	})
}

func TestAMeshSpeaksForNobodyElse(t *testing.T) {
	v := start(t, Limits{}).tls(t)
	r := v.mesh()
	anna, watch := v.dial("anna"), v.dial("watch")
	anna.send(seen("anna", at(1)))
	r.of("anna")
	r.say([]byte(text(t, seen("anna", at(2)))))
	r.say([]byte("<event/>"))
	r.say([]byte(text(t, seen("radio"))))
	for _, e := range watch.through("radio", func(e *cot.Event) bool { return e.UID == "radio" }) {
		if e.UID == "anna" && e.Point.Lat != 1 {
			t.Error("the mesh speaks for anna")
		}
	}
	if got := v.Stats().Refused; got["not-yours"] != 1 || got["malformed"] != 1 {
		t.Error(got)
	}
}

func TestAMeshHasItsGroups(t *testing.T) {
	v := start(t, Limits{}).tls(t)
	r := v.mesh("blue")
	blue, red := v.dial("b@blue"), v.dial("r@red")
	r.say([]byte(text(t, seen("radio"))))
	blue.of("radio")
	red.send(seen("of-red"))
	until(t, "it stands", func() bool { _, there := objectOf(v.Server, "of-red"); return there })
	blue.send(seen("of-blue"))
	r.next("the one of blue", func(_ []byte, m cot.Message) bool {
		if m.Event != nil && m.Event.UID == "of-red" {
			t.Error("the mesh hears of red")
		}
		return m.Event != nil && m.Event.UID == "of-blue"
	})
	if got := red.before("end"); len(got) > 0 {
		t.Errorf("red sees %v", got)
	}
}

func TestASlowMeshGetsTheNewest(t *testing.T) {
	st := start(t, Limits{})
	r := st.meshWith(Mesh{Rate: 200_000})
	phone := st.call("phone")
	const n = 3000
	for i := range n {
		phone.send(seen("phone", at(float64(i)/100)))
	}
	phone.send(help("phone", "PHONE"))
	heard := 0
	r.next("the newest", func(_ []byte, m cot.Message) bool {
		heard++
		return m.Event != nil && m.Event.Point.Lat == (n-1)/100.0
	})
	if c := st.Stats().Coalesced; heard > n || c == 0 {
		t.Errorf("%d datagrams are heard, %d events gave way", heard, c)
	}
}

func TestAMuteMeshOnlyHears(t *testing.T) {
	st := start(t, Limits{})
	r := st.meshWith(Mesh{Mute: true})
	phone := st.call("phone")
	r.say([]byte(text(t, seen("radio"))))
	phone.of("radio")
	phone.send(seen("phone"))
	until(t, "it is dealt with", func() bool { return st.Stats().Objects == 2 && st.Stats().Queued == 0 })
	_ = r.conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if n, _, err := r.conn.ReadFromUDPAddrPort(make([]byte, 1<<16)); err == nil {
		t.Errorf("%d bytes are said", n)
	}
}

func TestWhatNoDatagramHoldsIsCounted(t *testing.T) {
	st := start(t, Limits{})
	r := st.mesh()
	phone := st.call("phone")
	phone.send(seen("large", pad(maxDatagram)), seen("small"))
	r.of("small")
	for _, c := range st.Clients() {
		if c.Mesh && c.Unsendable != 1 {
			t.Errorf("%+v", c)
		}
	}
}

func TestAMeshThatFloodsIsRefused(t *testing.T) {
	st := start(t, Limits{})
	r := st.mesh()
	watch := st.call("watch")
	task := []byte(text(t, seen("task", typed("t-k"), pad(32<<10))))
	until(t, "it is refused", func() bool {
		r.say(task)
		return st.Stats().Refused[string(TooFast)] > 0
	})
	until(t, "positions still come", func() bool {
		r.say([]byte(text(t, seen("radio"))))
		_, there := objectOf(st.Server, "radio")
		return there
	})
	watch.of("radio")
}

func TestWhatPeersReadIsForgotten(t *testing.T) {
	now := time.Now()
	a, b := netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("192.0.2.2:1")
	reads := &cot.Control{Min: 1, Max: 1}
	ps := peers{}
	check := func(after time.Duration, want cot.Form, why string) {
		t.Helper()
		if got := ps.form(now.Add(after)); got != want {
			t.Errorf("%s: form %d", why, got)
		}
	}
	check(0, cot.XML, "nobody was heard")
	ps.hear(a, reads, now)
	check(0, cot.Proto, "the only one reads protobuf")
	ps.hear(b, nil, now)
	check(0, cot.XML, "another has not said so")
	ps.hear(b, reads, now)
	check(lapse, cot.Proto, "both have")
	ps.hear(b, nil, now.Add(lapse))
	check(lapse+time.Second, cot.XML, "one has not said so for two minutes, but is there")
	check(2*lapse+time.Second, cot.XML, "all are gone")
	ps.hear(netip.AddrPortFrom(b.Addr(), 2), nil, now.Add(2*lapse))
	if gone := ps.sweep(now.Add(2*lapse + time.Second)); len(gone) != 1 || gone[0] != a.Addr() || len(ps) != 1 {
		t.Errorf("%v are gone, %d peers are remembered", gone, len(ps))
	}
	clear(ps)
	ps.hear(a, reads, now)
	ps.hear(a, &cot.Control{Min: 2, Max: 2}, now)
	check(0, cot.XML, "it reads a later version only")
}

func TestAPeerMayComeBackFromElsewhere(t *testing.T) {
	st := start(t, Limits{})
	r := st.mesh()
	watch := st.call("watch")
	r.say([]byte(text(t, seen("radio", at(1)))))
	r.say([]byte(text(t, help("radio", "RADIO"))))
	watch.next("the call", isHelp)
	phone := st.call("phone")
	phone.send(seen("radio", at(2)))
	phone.before("refused")
	n := &mesh{Server: st.Server, peers: peers{}}
	n.peers.hear(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), 1), nil, time.Now())
	n.forget(time.Now().Add(lapse + time.Second))
	phone.send(seen("radio", at(3)), callsOff("radio", "RADIO"))
	watch.next("the new position", func(e *cot.Event) bool { return e.Point.Lat == 3 })
	watch.next("the end", isCallOff)
	if n := st.Stats().Refused[string(track.NotYours)]; n != 1 {
		t.Errorf("%d refused", n)
	}
}

func TestPeersAreBounded(t *testing.T) {
	ps := peers{}
	for i := range maxPeers + 10 {
		ps.hear(netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), uint16(i)), nil, time.Now())
	}
	if len(ps) != maxPeers {
		t.Errorf("%d peers", len(ps))
	}
}

func TestMeshesThatCannotBe(t *testing.T) {
	st := start(t, Limits{})
	for _, m := range []Mesh{
		{Address: "239.2.3.1"}, {Address: "127.0.0.1:0", To: []string{"somewhere"}},
		{Address: "[ff02::1]:6969"}, {Address: "239.2.3.1:6969", Interface: "no such interface"},
	} {
		if err := st.Mesh(context.Background(), m); err == nil || !strings.Contains(err.Error(), "mesh on") {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

// loopback is the interface of 127.0.0.1.
func loopback(t *testing.T) *net.Interface {
	t.Helper()
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		if i.Flags&net.FlagLoopback != 0 && i.Flags&net.FlagUp != 0 {
			return &i
		}
	}
	t.Skip("SKIPPED ALOUD: no loopback interface, so multicast is not tested")
	return nil
}

func TestAMulticastGroupIsHeardAndSpokenTo(t *testing.T) {
	on := loopback(t)
	free := listenUDP(t)
	group := netip.AddrPortFrom(netip.MustParseAddr("239.23.42.1"), free.LocalAddr().(*net.UDPAddr).AddrPort().Port())
	free.Close()
	hears, err := openAir(Mesh{Address: group.String(), Interface: on.Name})
	if err != nil {
		t.Skipf("SKIPPED ALOUD: no multicast on %s, so it is not tested: %v", on.Name, err)
	}
	defer hears.close()
	r := &radio{t: t, conn: hears.in, to: group}
	if err := hears.send([]byte(text(t, seen("probe")))); err != nil {
		t.Skipf("SKIPPED ALOUD: multicast on %s cannot be sent, so it is not tested: %v", on.Name, err)
	}
	_ = hears.in.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
	if _, _, err := hears.in.ReadFromUDPAddrPort(make([]byte, 1<<16)); err != nil {
		t.Skipf("SKIPPED ALOUD: multicast on %s does not come back, so it is not tested: %v", on.Name, err)
	}

	st := start(t, Limits{})
	st.takePart(Mesh{Address: group.String(), Interface: on.Name})
	phone := st.call("phone")
	phone.send(seen("phone"))
	r.of("phone")
	if err := hears.send([]byte(text(t, seen("radio")))); err != nil {
		t.Fatal(err)
	}
	phone.of("radio")
	until(t, "nothing of our own comes back", func() bool { return st.Stats().Received == 2 })
	if got := fmt.Sprint(st.Stats().Refused); got != "map[]" {
		t.Error(got)
	}
}
