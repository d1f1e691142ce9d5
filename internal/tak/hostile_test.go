package tak

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"vedette/internal/journal"
	"vedette/internal/picture"
	"vedette/track"
	"vedette/wire/cot"
)

// corpus is the events of the codec's tests.
func corpus(t *testing.T) [][]byte {
	t.Helper()
	files, err := filepath.Glob("../../wire/cot/testdata/events/*.xml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	var all [][]byte
	for _, path := range files {
		doc, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, doc)
	}
	return all
}

// mutate spoils a copy of b: bytes changed, left out, doubled or cut off.
func mutate(r *rand.Rand, b []byte) []byte {
	b = append([]byte(nil), b...)
	for range 1 + r.IntN(4) {
		if len(b) == 0 {
			break
		}
		i := r.IntN(len(b))
		j := min(len(b), i+r.IntN(20))
		switch r.IntN(4) {
		case 0:
			b[i] = byte(r.IntN(256))
		case 1:
			b = append(b[:i], b[j:]...)
		case 2:
			b = append(b[:j:j], b[i:]...)
		case 3:
			b = b[:i]
		}
	}
	return b
}

// Whatever one client says, others notice nothing: they hear each other, what
// they get can be read, and the server's memory stays bounded.
func TestSpoiledEventsHurtNobody(t *testing.T) {
	n := 20_000
	if testing.Short() {
		n = 1000
	}
	for _, form := range []cot.Form{cot.XML, cot.Proto} {
		t.Run(fmt.Sprint("form ", form), func(t *testing.T) {
			st := start(t, Limits{})
			a, b := st.call("a"), st.call("b")
			done := make(chan struct{})
			go func() {
				defer close(done)
				st.spoil(form, n)
			}()
			for i := 0; ; i++ {
				a.send(seen("a", at(float64(i%90))))
				b.next("the other's", func(e *cot.Event) bool { return e.UID == "a" && e.Point.Lat == float64(i%90) })
				select {
				case <-done:
				case <-time.After(5 * time.Millisecond):
					continue
				}
				break
			}
			refused := uint64(0)
			for range 500 { // what was sent is read a moment later
				refused = 0
				for _, n := range st.Stats().Refused {
					refused += n
				}
				if refused >= uint64(n/10) {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			if refused < uint64(n/10) || m.HeapAlloc > 500<<20 {
				t.Errorf("of %d, %d are counted as refused; %d bytes of memory", n, refused, m.HeapAlloc)
			}
		})
	}
}

// spoil sends n spoiled events, by a new client whenever one is cut.
func (st *station) spoil(form cot.Form, n int) {
	r := rand.New(rand.NewPCG(1, uint64(form)))
	docs := corpus(st.t)
	var p *phone
	for range n {
		if p == nil {
			if p = st.call("spoiler"); form == cot.Proto {
				p.speakProto()
			}
			go func(in <-chan *cot.Event) { // what it gets is not looked at
				for range in {
				}
			}(p.in)
		}
		doc := docs[r.IntN(len(docs))]
		said := mutate(r, doc)
		if e, err := cot.Parse(append([]byte(nil), doc...)); form == cot.Proto && err == nil {
			payload, _ := e.Bytes(cot.Proto)
			said = cot.AppendFrame(nil, mutate(r, payload))
		}
		if r.IntN(1000) == 0 {
			said = mutate(r, said)
		}
		if _, err := p.conn.Write(said); err != nil {
			p.conn.Close()
			p = nil
		}
	}
	if p != nil {
		p.conn.Close()
	}
}

// The server, the picture and the journal together.
func TestWhatPhonesSayIsInThePictureAndTheJournal(t *testing.T) {
	j, err := journal.Open(context.Background(), journal.Options{Dir: t.TempDir(), MinFree: 1, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	p := picture.New(picture.Options{Journal: j, Log: slog.New(slog.DiscardHandler)})
	ctx, end := context.WithCancel(context.Background())
	var work sync.WaitGroup
	t.Cleanup(func() { end(); work.Wait() })
	work.Go(func() { _ = p.Run(ctx) })
	st := startWith(t, Options{Sink: p, Release: p.Release})
	v := st.tls(t)
	anna, plain, watch := v.dial("anna@blue"), st.call("plain"), v.dial("w@blue")
	anna.send(seen("anna"), help("anna", "ANNA"))
	watch.next("the call", isHelp)
	call, ok := p.Object(track.Key{Source: Source, ID: "anna-9-1-1"})
	if n, err := j.Events.Last(ctx); !ok || !call.Open || n != 1 || err != nil {
		t.Errorf("the call is relayed, and in the picture: %v, open: %v, in the journal: %d (%v)", ok, call.Open, n, err)
	}
	plain.send(seen("anna"), seen("plain"))
	watch.of("plain")
	if o, ok := p.Object(track.Key{Source: Source, ID: "anna"}); !ok || o.By != "anna" || len(o.Groups) != 1 {
		t.Errorf("%+v", o)
	}
	plain.conn.Close()
	until(t, "it has left", func() bool { return len(st.Clients()) == 2 })
	until(t, "its uid is free", func() bool {
		st.call("again").send(seen("plain", at(1)))
		o, _ := p.Object(track.Key{Source: Source, ID: "plain"})
		return o.At.Lat == 1
	})
}
