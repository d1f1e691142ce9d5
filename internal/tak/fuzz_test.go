package tak

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"vedette/wire/cot"
)

// FuzzIntake has a client say anything, cut anywhere: the server lives, counts
// each refusal with a reason, and holds no more than was said.
func FuzzIntake(f *testing.F) {
	request, err := cot.NewRequest("r", time.Unix(1543210267, 0), 1).AppendXML(nil)
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range []*cot.Event{seen("a"), help("a", "A"), callsOff("a", "A"), cot.NewPing("p", time.Now()),
		cot.NewDisconnect("d", time.Now(), "a", "a-f-G"), seen("b", to(cot.Dest{UID: "a"})),
		cot.NewChat(cot.Chat{ID: "1", From: "A", UID: "a", Text: "hello"}, cot.NoPoint(), time.Now())} {
		xml, err := e.AppendXML(nil)
		if err != nil {
			f.Fatal(err)
		}
		frame, err := frame(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(xml, uint16(7))
		f.Add(append(append([]byte(nil), request...), frame...), uint16(len(request)))
	}
	f.Fuzz(func(t *testing.T, said []byte, cut uint16) {
		s, err := New(Options{UID: "s", Sink: &memory{owners: map[string]string{}}, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		in := &intake{Server: s, member: s.newMember(Identity{}, "here")}
		in.by, in.total = "somebody", &s.counts.traffic
		in.offer()
		other := s.newMember(Identity{}, "there")
		for _, m := range []*member{in.member, other} {
			if _, err := s.hub.join(m); err != nil {
				t.Fatal(err)
			}
		}
		n := min(int(cut), len(said))
		if in.takeAll(context.Background(), said[:n]) == "" {
			in.takeAll(context.Background(), said[n:])
		}
		s.hub.leave(in.member, time.Now())
		for _, p := range other.queue.take(nil, 1<<30) {
			for _, form := range []cot.Form{cot.XML, cot.Proto} {
				if b, err := p.frame(form); err != nil || len(b) == 0 {
					t.Errorf("%q is relayed in form %d as %q, %v", p.xml, form, b, err)
				}
			}
		}
		if st := s.Stats(); st.Objects > 0 && len(in.spoken) > 0 || st.Refused["other"] > 0 {
			t.Errorf("%+v", st)
		}
	})
}
