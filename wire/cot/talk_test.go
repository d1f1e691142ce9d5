package cot

import (
	"slices"
	"testing"
)

var noon = at("2018-11-26T12:00:00.500Z")

// relay writes and reads an event, in a form.
func relay(t tester, e *Event, form Form) *Event {
	t.Helper()
	if form == Proto {
		return throughProto(t, e)
	}
	doc, err := e.AppendXML(nil)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return parse(t, string(doc))
}

var forms = []Form{XML, Proto}

func TestNegotiationInValues(t *testing.T) {
	for _, form := range forms {
		if got := relay(t, NewOffer("n", noon, 1, 2), form).Offered(); !slices.Equal(got, []int{1, 2}) {
			t.Errorf("offered %v", got)
		}
		if v, ok := relay(t, NewRequest("n", noon, 1), form).Requested(); !ok || v != 1 {
			t.Errorf("requested %v %v", v, ok)
		}
		for _, yes := range []bool{true, false} {
			if got, ok := relay(t, NewResponse("n", noon, yes), form).Responded(); !ok || got != yes {
				t.Errorf("responded %v %v", got, ok)
			}
		}
	}
	if got := load(t, "offer.xml").Offered(); !slices.Equal(got, []int{1}) {
		t.Errorf("the text's own offer: %v", got)
	}
	soldier := load(t, "soldier.xml")
	_, asks := soldier.Requested()
	_, answers := soldier.Responded()
	if soldier.Offered() != nil || asks || answers || soldier.IsControl() {
		t.Error("a soldier is no negotiation")
	}
}

func TestNegotiator(t *testing.T) {
	var n Negotiator
	request := func(v int) *Event { return NewRequest("n", noon, v) }
	if n.Answer(request(1), noon) != nil {
		t.Error("answers before it offers")
	}
	if offer := n.Offer("n", noon); !slices.Equal(offer.Offered(), []int{1}) || offer.UID != "n" {
		t.Errorf("offers %+v", offer)
	}
	if n.Answer(NewPing("n", noon), noon) != nil {
		t.Error("answers a ping")
	}
	no := n.Answer(request(2), noon)
	if yes, ok := no.Responded(); yes || !ok || n.Form() != XML {
		t.Errorf("version 2: %v %v, form %v", yes, ok, n.Form())
	}
	if yes, _ := n.Answer(request(1), noon).Responded(); !yes || n.Form() != Proto {
		t.Errorf("version 1 after a no: %v, form %v", yes, n.Form())
	}
	if n.Answer(request(1), noon) != nil {
		t.Error("answers twice")
	}
}

func TestTwoRequestsInOneAreAnsweredNo(t *testing.T) {
	var n Negotiator
	n.Offer("n", noon)
	e := NewRequest("n", noon, 1)
	e.Detail = takControl("TakRequest", "version", "1", "1")
	if yes, ok := n.Answer(e, noon).Responded(); yes || !ok {
		t.Errorf("%v %v", yes, ok)
	}
}

func TestPingsAndGoing(t *testing.T) {
	ping, pong := NewPing("a-ping", noon), NewPong("a-pong", noon)
	if !ping.IsPing() || ping.IsPong() || !pong.IsPong() || !ping.IsControl() || !pong.IsControl() {
		t.Error("pings")
	}
	for _, form := range forms {
		gone := relay(t, NewDisconnect("m", noon, "ANDROID-1", "a-f-G"), form)
		if gone.Gone() != "ANDROID-1" || gone.IsControl() || gone.Check() != nil {
			t.Errorf("%+v", gone)
		}
	}
	if load(t, "gone.xml").Gone() != "ANDROID-0b" || ping.Gone() != "" {
		t.Error("gone")
	}
	if !(&Event{Type: "t-x-takcontrol"}).IsControl() || (&Event{Type: "t-x-takcontrols"}).IsControl() {
		t.Error("takcontrol")
	}
}

func TestEmergencies(t *testing.T) {
	want := Emergency{"ANDROID-5f2c91d07ab3", "Post 7", "911 Alert", false}
	equal(t)(load(t, "help.xml").Emergency())(want)
	equal(t)(load(t, "safe.xml").Emergency())(Emergency{want.UID, want.Callsign, "", true})
	if _, ok := load(t, "soldier.xml").Emergency(); ok {
		t.Error("a soldier is no emergency")
	}
	person := Link{UID: want.UID, Type: "a-f-G-U-C"}
	for _, form := range forms {
		for typ, name := range map[string]string{Alarm911: "911 Alert", AlarmBell: "Ring The Bell", AlarmInContact: "In Contact", AlarmCancelled: "", "b-a-o-x": "Alert"} {
			e := relay(t, NewEmergency(typ, person, "Post <7>", Point{34, 41, 170, 5, 5}, noon), form)
			equal(t)(e.Emergency())(Emergency{want.UID, "Post <7>", name, typ == AlarmCancelled})
			if e.UID != "ANDROID-5f2c91d07ab3-9-1-1" || e.Check() != nil {
				t.Errorf("%+v", e)
			}
		}
	}
}

func TestGeoChat(t *testing.T) {
	want := Chat{"7f1e", "Tower 3", "ANDROID-77aa", "Post 7", "ANDROID-5f2c91d07ab3", "two lorries on the berm road"}
	e := load(t, "chat.xml")
	equal(t)(e.Chat())(want)
	if got := e.Detail.Dests(); !slices.Equal(got, Dests{{Callsign: "Tower 3"}}) {
		t.Errorf("dests %v", got)
	}
	for _, form := range forms {
		made := relay(t, NewChat(want, NoPoint(), noon), form)
		equal(t)(made.Chat())(want)
		if made.UID != e.UID || !slices.Equal(made.Detail.Dests(), Dests{{UID: want.To}}) {
			t.Errorf("%+v", made)
		}
		all := relay(t, NewChat(Chat{ID: "1", From: "A", UID: "a", Text: "x\n<y> & \"z\""}, NoPoint(), noon), form)
		equal(t)(all.Chat())(Chat{"1", AllChat, AllChat, "A", "a", "x\n<y> & \"z\""})
		if all.Detail.Dests() != nil {
			t.Errorf("to all: %v", all.Detail)
		}
	}
}

func TestDests(t *testing.T) {
	want := Dests{{Callsign: "Post 7"}, {UID: "ANDROID-77aa"}, {Mission: "north"}, {Group: "Blue"}}
	e := load(t, "sent.xml")
	if got := e.Detail.Dests(); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if got := e.Detail.With(want[:1]).Dests(); !slices.Equal(got, want[:1]) {
		t.Errorf("%v", got)
	}
}
