package tak

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vedette/internal/clocktest"
	"vedette/track"
	"vedette/wire/cot"
)

func TestEventsAreRelayedByteForByteToAllOthers(t *testing.T) {
	st := start(t, Limits{})
	sender, a, b := st.call("sender"), st.call("a"), st.call("b")
	files, err := filepath.Glob("../../wire/cot/testdata/events/*.xml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		doc, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		e, err := cot.Parse(bytes.Clone(doc))
		if err != nil || e.IsControl() || len(e.Detail.Dests()) > 0 {
			continue
		}
		sender.write(doc)
		sameBytes(t, a.of(e.UID), doc)
		sameBytes(t, b.of(e.UID), doc)
	}
	if got := sender.before("end"); len(got) > 0 {
		t.Errorf("the sender gets back %v", got)
	}
}

func TestAnEventOfOneMebibyteGoesThrough(t *testing.T) {
	st := start(t, Limits{})
	sender, other := st.call("sender"), st.call("other")
	doc := []byte(strings.Replace(string(event1MiB(t)), "PAD", "", 1))
	sender.write(doc)
	sameBytes(t, other.of("large"), doc)
}

func event1MiB(t *testing.T) []byte {
	t.Helper()
	e := seen("large")
	b, err := e.AppendXML(nil)
	if err != nil {
		t.Fatal(err)
	}
	e.Detail += cot.Detail("<pad>" + strings.Repeat("x", cot.MaxEvent-len(b)-len("<pad></pad>")) + "</pad>")
	if b, err = e.AppendXML(nil); err != nil || len(b) != cot.MaxEvent {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	return b
}

func TestTheFormsMeet(t *testing.T) {
	st := start(t, Limits{})
	xml, proto, proto2 := st.call("xml"), st.call("proto").speakProto(), st.call("proto2").speakProto()
	e := seen("xml")
	e.Detail += `<mine a="b">&lt;</mine>`
	xml.send(e)
	for _, p := range []*phone{proto, proto2} {
		got := p.of("xml")
		if got.Form != cot.Proto || got.Point != e.Point || !strings.Contains(string(got.Detail), `<mine a="b">&lt;</mine>`) {
			t.Errorf("%s gets %+v", p.uid, got)
		}
	}
	proto.send(seen("proto"))
	fromProto := proto2.of("proto")
	if got := xml.of("proto"); got.Form != cot.XML || got.Point != e.Point || fromProto.Form != cot.Proto {
		t.Errorf("%+v and %+v", got, fromProto)
	}
	for _, c := range st.Clients() {
		if want := c.Callsign != "XML" && c.Callsign != ""; want != (c.Form == cot.Proto) && c.Callsign != "" {
			t.Errorf("%s is written to in form %d", c.Callsign, c.Form)
		}
	}
}

func TestLateJoinersGetWhatStands(t *testing.T) {
	now := time.Now()
	clock := clocktest.At(now)
	st := startWith(t, Options{Clock: clock.Now})
	sender, watch := st.call("sender"), st.call("watch")
	fleeting := seen("fleeting")
	fleeting.Stale = fleeting.Time.Add(time.Minute)
	marker := seen("marker", typed("b-m-p-s-m"))
	sender.send(seen("moving"), fleeting, marker, seen("for watch", to(cot.Dest{Callsign: "WATCH"})), seen("moving", at(35)))
	sender.send(cot.NewChat(cot.Chat{ID: "1", From: "SENDER", UID: "moving", Text: "hello"}, cot.NoPoint(), now))
	watch.next("the chat", func(e *cot.Event) bool { return e.Type == cot.TypeChat })

	late := st.call("late")
	first := late.before("first")
	slices.Sort(first)
	if want := []string{"fleeting", "marker", "moving"}; !slices.Equal(first, want) {
		t.Errorf("who joins gets %v, want %v", first, want)
	}
	clock.Set(now.Add(2 * time.Minute))
	st.hub.expire(clock.Now())
	second := st.call("later").through("moving", func(e *cot.Event) bool { return e.UID == "moving" && e.Point.Lat == 35 })
	for _, e := range second {
		if e.UID == "fleeting" {
			t.Error("who joins gets what is stale")
		}
	}
}

func TestAnOlderEventIsRelayedButDoesNotStand(t *testing.T) {
	st := start(t, Limits{})
	sender, watch := st.call("sender"), st.call("watch")
	older := seen("thing", at(1))
	older.Time = older.Time.Add(-time.Minute)
	sender.send(seen("thing", at(2)), older)
	watch.next("the older one", func(e *cot.Event) bool { return e.Point.Lat == 1 })
	if got := st.call("late").of("thing"); got.Point.Lat != 2 {
		t.Errorf("who joins gets the one at %v", got.Point.Lat)
	}
}

func TestEventsGoToWhomTheyAreFor(t *testing.T) {
	v := start(t, Limits{}).tls(t)
	sender, anna, boris, carla := v.dial("sender@all"), v.dial("anna@all"), v.dial("boris@all,medics"), v.dial("carla@all")
	phones := map[string]*phone{"anna": anna, "boris": boris, "carla": carla}
	for name, p := range phones {
		p.send(seen("uid-"+name, func(e *cot.Event) {
			e.Detail = cot.Detail("").With(cot.Contact{Callsign: strings.ToUpper(name), Endpoint: "*:-1:stcp"}).With(cot.Group{Name: "team-" + name, Role: "Medic"})
		}))
		sender.of("uid-" + name)
	}
	carla.send(seen("relayed-by-carla"))
	sender.of("relayed-by-carla")
	for _, c := range []struct {
		name string
		dest cot.Dest
		want string
	}{
		{"by callsign", cot.Dest{Callsign: "ANNA"}, "anna"},
		{"by uid", cot.Dest{UID: "uid-boris"}, "boris"},
		{"by the uid of what a gateway speaks for", cot.Dest{UID: "relayed-by-carla"}, "carla"},
		{"by the callsign of what a gateway speaks for", cot.Dest{Callsign: "RELAYED-BY-CARLA"}, "carla"},
		{"by group", cot.Dest{Group: "medics"}, "boris"},
		{"by team", cot.Dest{Group: "team-anna"}, "anna"},
	} {
		t.Run(c.name, func(t *testing.T) {
			uid := "for-" + c.want + c.name
			sender.send(seen(uid, typed("b-t-f"), to(c.dest)))
			phones[c.want].of(uid)
			for name, p := range phones {
				if got := p.before(uid); name != c.want && slices.Contains(got, uid) {
					t.Errorf("%s gets what is for %s", name, c.want)
				}
			}
		})
	}
}

func TestNobodyGetsWhatIsForTheUIDHeClaims(t *testing.T) {
	v := start(t, Limits{}).tls(t)
	anna, eve, sender := v.dial("anna"), v.dial("eve"), v.dial("sender")
	anna.send(seen("anna"))
	eve.of("anna")
	eve.send(seen("anna"))
	eve.before("refused")
	sender.send(seen("for-anna", typed("b-t-f"), to(cot.Dest{UID: "anna"})))
	anna.of("for-anna")
	if got := eve.before("end"); len(got) > 0 {
		t.Errorf("she gets %v", got)
	}
}

func TestGroupsAreKeptApart(t *testing.T) {
	v := start(t, Limits{}).tls(t)
	red, red2, blue, both, none := v.dial("r@red"), v.dial("r2@red"), v.dial("b@blue"), v.dial("x@red,blue"), v.dial("n")
	events := map[string]*phone{"of-red": red, "of-blue": blue, "of-both": both, "of-none": none}
	for uid, p := range events {
		p.send(seen(uid))
		until(t, uid+" stands", func() bool { _, there := objectOf(v.Server, uid); return there })
	}
	late := v.dial("late@red")
	for _, c := range []struct {
		name string
		p    *phone
		want []string
	}{
		{"red", red2, []string{"of-both", "of-none", "of-red"}},
		{"blue", blue, []string{"of-both", "of-none"}},
		{"both", both, []string{"of-blue", "of-none", "of-red"}},
		{"none", none, nil},
		{"late red", late, []string{"of-both", "of-none", "of-red"}},
	} {
		got := c.p.before("end")
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s sees %v, want %v", c.name, got, c.want)
		}
	}
	red.send(seen("to-blue", to(cot.Dest{UID: "of-blue"})))
	until(t, "it stands", func() bool { _, there := objectOf(v.Server, "to-blue"); return there })
	if got := blue.before("end2"); len(got) > 0 {
		t.Errorf("blue is reached by its uid: %v", got)
	}
	red.conn.Close()
	red2.next("a delete", func(e *cot.Event) bool { return e.Gone() == "of-red" })
	for _, p := range []*phone{blue, none} {
		if got := p.before("end3"); len(got) > 0 {
			t.Errorf("%s hears of a delete in red: %v", p.uid, got)
		}
	}
}

func objectOf(s *Server, uid string) (o object, there bool) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if s.hub.objects[uid] == nil {
		return o, false
	}
	return *s.hub.objects[uid], true
}

func TestAGatewayThatLeavesTakesAllItsObjectsAlong(t *testing.T) {
	n := 5000
	if testing.Short() {
		n = 500
	}
	st := start(t, Limits{})
	watch, gateway := st.call("watch").speakProto(), st.call("gateway")
	var events []*cot.Event
	for _, uid := range uids("ship-%d", n) {
		events = append(events, seen(uid, typed("a-u-S")))
	}
	marker := seen("marker", typed("b-m-p-s-m"))
	marker.How, marker.Stale = "h-g-i-g-o", marker.Time.Add(24*time.Hour)
	gateway.send(append(events, marker)...)
	until(t, "all stand", func() bool { return st.Stats().Objects == n+1 })
	other := st.call("other")
	taken := seen("ship-0")
	st.sink.release(st.nameOf(t, gateway)) // as if ship-0 were free for others
	st.hub.mu.Lock()
	st.hub.objects["ship-0"].holder = holder{}
	st.hub.mu.Unlock()
	other.send(taken)
	until(t, "it is taken over", func() bool { o, _ := objectOf(st.Server, "ship-0"); return o.by == st.nameOf(t, other) })

	gateway.conn.Close()
	for _, p := range []*phone{watch, other} {
		gone := map[string]bool{}
		p.through("the last delete", func(e *cot.Event) bool {
			if uid := e.Gone(); uid != "" {
				gone[uid] = true
			}
			return len(gone) == n-1
		})
		if gone["ship-0"] || gone["marker"] {
			t.Errorf("%s: what another speaks for, or was put there to stand, is deleted", p.uid)
		}
	}
	if got := st.Stats(); got.Objects != 2 || got.Ended[CutClosed] != 1 {
		t.Errorf("%+v", got)
	}
	if got := st.call("late").before("end"); len(got) != 2 {
		t.Errorf("who joins gets %v", got)
	}
}

// nameOf is under which name a phone speaks.
func (st *station) nameOf(t *testing.T, p *phone) string {
	t.Helper()
	for _, c := range st.Clients() {
		if c.Address == p.conn.LocalAddr().String() {
			return c.By
		}
	}
	t.Fatalf("%s is not there", p.uid)
	return ""
}

func TestWhatANewSessionSpeaksForStaysWhenTheOldOneEnds(t *testing.T) {
	v := start(t, Limits{}).tls(t)
	old, watch := v.dial("anna"), v.dial("watch")
	old.send(seen("anna", at(1)))
	watch.of("anna")
	again := v.dial("anna")
	again.send(seen("anna", at(2)))
	watch.next("the new position", func(e *cot.Event) bool { return e.Point.Lat == 2 })
	old.conn.Close()
	until(t, "the old session has ended", func() bool { return v.Stats().Clients == 2 })
	if got := watch.before("end"); len(got) > 0 {
		t.Errorf("deleted: %v", got)
	}
}

func TestClientsDeleteTheirOwnOnly(t *testing.T) {
	st := start(t, Limits{})
	anna, boris, watch := st.call("anna"), st.call("boris"), st.call("watch")
	anna.send(seen("anna"), seen("post"))
	watch.of("post")
	boris.send(cot.NewDisconnect("boris-says", time.Now(), "post", "a-f-G"))
	boris.send(seen("boris"))
	for _, e := range watch.through("boris", func(e *cot.Event) bool { return e.UID == "boris" }) {
		if e.Gone() != "" {
			t.Error("another's object is deleted")
		}
	}
	anna.send(cot.NewDisconnect("anna-says", time.Now(), "post", "a-f-G"))
	watch.next("the delete", func(e *cot.Event) bool { return e.Gone() == "post" })
	if _, there := objectOf(st.Server, "post"); there {
		t.Error("what is deleted still stands")
	}
	if got := st.Stats().Refused; got["not-yours"] != 1 {
		t.Error(got)
	}
}

func TestADeleteGoesToAllWhoWereSentTheObject(t *testing.T) {
	st := start(t, Limits{})
	a, b, c := st.call("a"), st.call("b"), st.call("c")
	for _, p := range []*phone{a, b, c} {
		p.send(seen(p.uid))
	}
	until(t, "all stand", func() bool { return st.Stats().Objects == 3 })
	sender := st.call("sender")
	sender.send(seen("some", to(cot.Dest{UID: "a"})), seen("some", to(cot.Dest{UID: "b"})))
	sender.send(seen("all"), seen("all", to(cot.Dest{UID: "a"})))
	b.of("all")
	until(t, "all is sent", func() bool { return st.Stats().Received == 7 })
	late := st.call("late").before("end")
	if slices.Contains(late, "some") || !slices.Contains(late, "all") {
		t.Errorf("who joins gets %v", late)
	}
	sender.conn.Close()
	for p, want := range map[*phone][]string{a: {"all", "some"}, b: {"all", "some"}, c: {"all"}} {
		until(t, "the sender is gone", func() bool { return st.Stats().Objects == 3 })
		p.send(cot.NewPing("end", time.Now()))
		var gone []string
		for _, e := range p.through("a pong", (*cot.Event).IsPong) {
			if uid := e.Gone(); uid != "" {
				gone = append(gone, uid)
			}
		}
		if slices.Sort(gone); !slices.Equal(gone, want) {
			t.Errorf("%s is told that %v are gone, want %v", p.uid, gone, want)
		}
	}
}

func TestWhatStoodBeforeARestartStandsAgain(t *testing.T) {
	v := start(t, Limits{Repeat: 5 * time.Millisecond}).tls(t)
	anna, plain := v.dial("anna@blue"), v.call("plain")
	anna.send(seen("anna"), help("anna", "ANNA"))
	plain.send(seen("plain"))
	anna.before("end")
	plain.before("end")

	w := start(t, Limits{Repeat: 5 * time.Millisecond}).tls(t)
	for _, o := range append(v.sink.offered, v.sink.kept...) {
		if err := w.Resume(o); err != nil {
			t.Fatal(err)
		}
	}
	blue, red := w.dial("b@blue"), w.dial("r@red")
	blue.of("anna")
	blue.next("a repeat", isHelp)
	if got := red.before("end"); !slices.Equal(got, []string{"plain"}) {
		t.Errorf("red sees %v", got)
	}
	red.send(seen("anna"))
	until(t, "the impostor is refused", func() bool { return w.Stats().Refused["not-yours"] == 1 })
	w.call("again").send(seen("plain", at(1)))
	red.next("it goes on", func(e *cot.Event) bool { return e.UID == "plain" && e.Point.Lat == 1 })
	if err := w.Resume(v.sink.last("plain")); err != nil {
		t.Error(err)
	}
	if o, _ := objectOf(w.Server, "plain"); o.from == nil || o.last.event.Point.Lat != 1 {
		t.Error("what is older takes the place of what is newer")
	}
	w.dial("anna@blue").send(callsOff("anna", "ANNA"))
	blue.next("the end", isCallOff)
	if err := w.Resume(&track.Observation{ID: "ship", Source: "ais"}); err == nil {
		t.Error("what never was an event can be resumed")
	}
}

func TestOurOwnEventsGoOut(t *testing.T) {
	v := start(t, Limits{}).tls(t)
	blue, red := v.dial("b@blue"), v.dial("r@red")
	if err := v.Publish(seen("tower", typed("a-f-G-I")), []string{"blue"}); err != nil {
		t.Fatal(err)
	}
	blue.of("tower")
	v.dial("late@blue").of("tower")
	red.send(seen("tower"), seen("red"))
	blue.send(seen("blue"))
	until(t, "the impostor is refused", func() bool { return v.Stats().Refused["not-yours"] == 1 })
	until(t, "red stands", func() bool { _, there := objectOf(v.Server, "red"); return there })
	if err := v.Publish(seen("red"), nil); err == nil {
		t.Error("the uid of a client can be published under")
	}
	if err := v.Publish(seen("x", at(123)), nil); err == nil {
		t.Error("an impossible event can be published")
	}
	if !v.Retract("tower") || v.Retract("tower") || v.Retract("red") {
		t.Error("Retract tells the wrong thing")
	}
	blue.next("the delete", func(e *cot.Event) bool { return e.Gone() == "tower" })
	if got := red.before("end"); len(got) > 0 {
		t.Errorf("red sees %v", got)
	}
}

func TestChatIsKeptAndRelayed(t *testing.T) {
	st := start(t, Limits{})
	anna, boris := st.call("anna"), st.call("boris")
	anna.send(seen("anna"))
	boris.of("anna")
	e := cot.NewChat(cot.Chat{ID: "m1", From: "ANNA", UID: "anna", Text: "two men < the wire"}, cot.NoPoint(), time.Now())
	anna.send(e)
	got, _ := boris.of(e.UID).Chat()
	notes := noted[ChatMessage](st)
	if got.Text != "two men < the wire" || len(notes) != 1 {
		t.Fatalf("%+v, %d notes", got, len(notes))
	}
	if n := notes[0]; n.Text != got.Text || n.Sender != "anna" || n.From != "ANNA" || n.Room != cot.AllChat || n.By != st.nameOf(t, anna) || n.CoT == "" || n.EventID() == "" {
		t.Errorf("%+v", n)
	}
	boris.send(cot.NewChat(cot.Chat{ID: "m2", From: "ANNA", UID: "anna", Text: "all clear"}, cot.NoPoint(), time.Now()))
	until(t, "the impostor is refused", func() bool { return st.Stats().Refused["not-yours"] == 1 })
	if n := len(noted[ChatMessage](st)); n != 1 {
		t.Errorf("%d notes", n)
	}
}

func TestWhatCannotBeKeptIsRelayedAndCounted(t *testing.T) {
	st := start(t, Limits{})
	st.sink.fail = errors.New("the disk is full")
	a, b := st.call("a"), st.call("b")
	a.send(seen("a"), cot.NewEmergency(cot.Alarm911, cot.Link{UID: "a"}, "A", cot.Point{Lat: 34, Lon: 41, CE: 1, LE: 1}, time.Now()))
	b.of("a")
	b.of("a-9-1-1")
	if n := st.Stats().Unkept; n != 2 {
		t.Errorf("%d counted", n)
	}
}

func TestABurstArrivesWhole(t *testing.T) {
	st := start(t, Limits{})
	var phones []*phone
	for i := range 8 {
		p := st.call(fmt.Sprint("p", i))
		if i%2 == 1 {
			p.speakProto()
		}
		phones = append(phones, p)
	}
	sender := st.call("sender")
	var events []*cot.Event
	for _, uid := range uids("o-%d", 2000) {
		events = append(events, seen(uid))
	}
	sender.send(events...)
	for _, p := range phones {
		got := map[string]bool{}
		p.through("the last", func(e *cot.Event) bool { got[e.UID] = true; return len(got) == len(events) })
	}
}
