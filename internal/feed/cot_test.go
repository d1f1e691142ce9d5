package feed

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"vedette/track"
	"vedette/wire/cot"
)

// takServer is a peer of kind cot, and its feed.
func takServer(t *testing.T) (*server, *started) {
	t.Helper()
	p := newServer(t, "tcp")
	t.Cleanup(p.close)
	return p, start(t, &recorder{}, Config{Name: "brigade", Kind: "cot", URL: p.url(), Trust: "unauthenticated"})
}

func document(t *testing.T, e *cot.Event) []byte {
	t.Helper()
	b, err := e.AppendXML(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAServerIsAskedWhetherItIsThereAndAnswered(t *testing.T) {
	p, _ := takServer(t)
	waitFor(t, "a ping", func() bool { return strings.Contains(p.received(), `type="t-x-c-t"`) })
	p.send(t, document(t, cot.NewPing("server", time.Now())))
	waitFor(t, "a pong", func() bool { return strings.Contains(p.received(), `type="t-x-c-t-r"`) })
}

func TestAnOfferOfProtobufIsLeftAlone(t *testing.T) {
	p, s := takServer(t)
	p.send(t, document(t, cot.NewOffer("negotiation", time.Now(), 1)))
	p.send(t, eventAt(1))
	s.waitID(t, "UNIT-1")
	if strings.Contains(p.received(), "t-x-takp-q") || len(s.health().Refused) > 0 {
		t.Errorf("answered %q, refused %v", p.received(), s.health().Refused)
	}
}

func TestEventsGoAlongWhole(t *testing.T) {
	p, s := takServer(t)
	doc := eventAt(1)
	p.send(t, doc)
	o := s.waitID(t, "UNIT-1")
	if o.CoT != string(doc) || o.Label != "RAVEN" || o.Trust != track.Unauthenticated || o.Source != "brigade" {
		t.Errorf("%+v", o)
	}
	p.send(t, document(t, cot.NewDisconnect("m", time.Now(), "UNIT-1", "a-f-G-U-C")))
	waitFor(t, "the end", func() bool { o, _ := s.sink.find("UNIT-1"); return o.Gone })
}

func TestWhatOfTAKIsNoObservationIsCounted(t *testing.T) {
	p, s := takServer(t)
	p.send(t, document(t, cot.NewChat(cot.Chat{ID: "1", From: "RAVEN", UID: "A", Text: "hello"}, cot.NoPoint(), time.Now())))
	p.send(t, bytes.Replace(eventAt(1), []byte(`lat="`), []byte(`lat="1`), 1))
	p.send(t, eventAt(2))
	s.waitID(t, "UNIT-2")
	h := s.health()
	if h.Refused[noObservation] != 1 || h.Refused["bad-lat"] != 1 || h.In != 1 {
		t.Errorf("%+v", h)
	}
}

func FuzzCoT(f *testing.F) {
	f.Add(eventAt(1), 9)
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		c := Config{Name: "f", Kind: "cot", Trust: "unauthenticated"}.filled()
		client := &cotClient{conn: newServerless(t), out: &Out{&recorder{}, newHealth(c, nil), c.mark()}}
		cut = max(1, min(cut, len(b)))
		for len(b) > 0 {
			n := min(cut, len(b))
			if err := client.take(context.Background(), b[:n]); err != nil {
				t.Fatal(err)
			}
			b = b[n:]
		}
	})
}
