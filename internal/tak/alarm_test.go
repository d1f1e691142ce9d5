package tak

import (
	"strings"
	"testing"
	"time"

	"vedette/wire/cot"
)

var place = cot.Point{Lat: 34, Lon: 41, HAE: 1, CE: 1, LE: 1}

func help(uid, callsign string) *cot.Event {
	return cot.NewEmergency(cot.Alarm911, cot.Link{UID: uid, Type: "a-f-G-U-C"}, callsign, place, time.Now())
}

func callsOff(uid, callsign string) *cot.Event {
	return cot.NewEmergency(cot.AlarmCancelled, cot.Link{UID: uid, Type: "a-f-G-U-C"}, callsign, place, time.Now())
}

func isHelp(e *cot.Event) bool {
	em, ok := e.Emergency()
	return ok && !em.Cancelled
}

func isCallOff(e *cot.Event) bool {
	em, ok := e.Emergency()
	return ok && em.Cancelled
}

func TestACallForHelpIsKeptAndRepeatedUntilItIsCalledOff(t *testing.T) {
	st := start(t, Limits{Repeat: 5 * time.Millisecond})
	anna, boris := st.call("anna"), st.call("boris").speakProto()
	anna.send(seen("anna"), help("anna", "ANNA"))
	first := boris.next("the call", isHelp)
	for range 3 {
		again := boris.next("a repeat", isHelp)
		if again.UID != first.UID || again.Detail != first.Detail || !again.Time.Equal(first.Time) || again.Stale.Before(time.Now()) {
			t.Errorf("repeated as %+v, of %+v", again, first)
		}
	}
	st.call("late").next("the call", isHelp)
	if got := anna.before("end"); len(got) > 0 {
		t.Errorf("the caller gets %v", got)
	}
	if kept := st.sink.keptSoFar(); kept != 1 || st.Stats().Alarms != 1 {
		t.Errorf("%d kept, %d alarms", kept, st.Stats().Alarms)
	}
	anna.send(callsOff("anna", "ANNA"))
	boris.next("the end", isCallOff)
	if n := st.Stats().Alarms; n != 0 || st.sink.keptSoFar() != 2 {
		t.Errorf("%d alarms, %d kept", n, st.sink.keptSoFar())
	}
	if got := st.call("later").before("end"); len(got) != 1 || got[0] != "anna" {
		t.Errorf("who joins later gets %v", got)
	}
}

func TestNobodyElseCallsItOff(t *testing.T) {
	v := start(t, Limits{}).tls(t)
	anna, eve, watch := v.dial("anna"), v.dial("eve"), v.dial("watch")
	anna.send(help("anna", "ANNA"))
	watch.next("the call", isHelp)
	eve.send(callsOff("anna", "ANNA"))
	other := callsOff("anna", "ANNA")
	other.UID = "eve-says"
	eve.send(other)
	eve.before("end")
	if n := v.Stats().Alarms; n != 1 {
		t.Errorf("%d alarms", n)
	}
	if got := v.Stats().Refused["not-yours"]; got != 1 {
		t.Errorf("%d refused", got)
	}
}

func TestACallForHelpOutlivesItsSession(t *testing.T) {
	v := start(t, Limits{Repeat: 5 * time.Millisecond}).tls(t)
	anna, plain, watch := v.dial("anna"), v.call("plain"), v.dial("watch")
	anna.send(seen("anna"), help("anna", "ANNA"))
	plain.send(seen("plain"), help("plain", "PLAIN"))
	until(t, "both stand", func() bool { return v.Stats().Alarms == 2 })
	anna.conn.Close()
	plain.conn.Close()
	until(t, "they have left", func() bool { return v.Stats().Clients == 1 })
	watch.before("all that came before")
	for _, uid := range []string{"anna-9-1-1", "plain-9-1-1"} {
		watch.next("a repeat", func(e *cot.Event) bool { return isHelp(e) && e.UID == uid })
	}
	again := v.call("again")
	again.send(callsOff("plain", "PLAIN"))
	v.dial("anna").send(callsOff("anna", "ANNA"))
	until(t, "both are called off", func() bool { return v.Stats().Alarms == 0 })
}

func TestAnOutcomeEndsACallForHelp(t *testing.T) {
	for _, by := range []string{"anna", "anna-9-1-1"} {
		t.Run(by, func(t *testing.T) {
			st := start(t, Limits{})
			anna, watch := st.call("anna"), st.call("watch").speakProto()
			anna.send(help("anna", "ANNA"))
			watch.next("the call", isHelp)
			if !st.Retract(by) || st.Retract(by) {
				t.Error("Retract tells the wrong thing")
			}
			for _, p := range []*phone{anna, watch} {
				if e := p.next("the end", isCallOff); e.UID != "anna-9-1-1" {
					t.Errorf("%+v", e)
				}
			}
		})
	}
}

func TestACallOfOurOwnIsRepeated(t *testing.T) {
	st := start(t, Limits{Repeat: 5 * time.Millisecond})
	watch := st.call("watch")
	if err := st.Publish(help("walker", "WALKER"), nil); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		watch.next("the call", isHelp)
	}
	if !st.Retract("walker") {
		t.Error("there was none")
	}
	watch.next("the end", isCallOff)
}

func TestAFloodOfCallsIsRelayedAndNotAllRepeated(t *testing.T) {
	st := start(t, Limits{})
	flood, watch := st.call("flood"), st.call("watch")
	var calls []*cot.Event
	for _, uid := range uids("person-%d", maxCalls+10) {
		calls = append(calls, help(uid, uid))
	}
	large := help("large", "LARGE")
	large.Detail += cot.Detail("<pad>" + strings.Repeat("x", maxCallSize) + "</pad>")
	flood.send(append(calls, large)...)
	got := watch.through("the last", func(e *cot.Event) bool { return e.UID == "large-9-1-1" })
	if n := st.Stats().Alarms; len(got) != maxCalls+11 || n != maxCalls {
		t.Errorf("%d relayed, %d to be repeated", len(got), n)
	}
}
