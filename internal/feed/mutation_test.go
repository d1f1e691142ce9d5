package feed

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"vedette/track"
)

// bench is a decoder without a connection, and its sink.
type bench struct {
	decoder
	out  *Out
	sink *counter
}

// counter is a sink that keeps nothing.
type counter struct {
	taken int
	last  string
}

func (c *counter) Offer(_ context.Context, o *track.Observation) error {
	if err := o.Check(); err != nil {
		return err
	}
	c.taken++
	c.last = o.ID
	return nil
}

func (c *counter) Keep(ctx context.Context, obs []*track.Observation) error {
	for _, o := range obs {
		if err := c.Offer(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// whole is a decoder of documents, which come whole.
type whole func(ctx context.Context, doc []byte) error

func (w whole) take(ctx context.Context, doc []byte) error { return w(ctx, doc) }
func (whole) end()                                         {}

func newBench(t testing.TB, kind string) bench {
	t.Helper()
	c := Config{Name: "f", Kind: kind, Trust: "unauthenticated"}
	if kind == "json" {
		c.Trust = ""
	}
	c = c.filled()
	sink := &counter{}
	b := bench{out: &Out{sink, newHealth(c, nil), c.mark()}, sink: sink}
	switch kind {
	case "ais":
		b.decoder = (&ships{out: b.out, own: c.Type, known: newMemory[uint32, *ship](maxShips)}).decoder()
	case "sbs":
		b.decoder = newSky(b.out).sbsLines()
	case "beast":
		b.decoder = &beastStream{sky: newSky(b.out)}
	case "cot":
		b.decoder = &cotClient{conn: newServerless(t), out: b.out}
	case "aircraft":
		b.decoder = whole(newSky(b.out).snapshot)
	case "json":
		m := mapping(t, Config{})
		b.out.mark.by = "maria"
		b.decoder = whole(func(ctx context.Context, doc []byte) error {
			found := m.Read("", doc)
			for _, refusal := range found.Refused {
				b.out.Refused(string(refusal.Reason))
			}
			_, err := b.out.Keep(ctx, found.Observations)
			return err
		})
	}
	return b
}

// wireFormats are the formats, with a message that gives something an identity.
func wireFormats() map[string]func(testing.TB, int) []byte {
	return map[string]func(testing.TB, int) []byte{
		"ais": shipAt, "sbs": plainly(planeLine), "beast": beastAt, "cot": plainly(eventAt), "aircraft": plainly(planeDocument), "json": plainly(jsonAt),
	}
}

// mutate changes a few bytes of b.
func mutate(r *rand.Rand, b []byte) []byte {
	b = bytes.Clone(b)
	for range 1 + r.IntN(4) {
		at := r.IntN(len(b))
		switch r.IntN(5) {
		case 0:
			b[at] ^= 1 << r.IntN(8)
		case 1:
			b[at] = byte(r.IntN(256))
		case 2:
			b = slices.Insert(b, at, byte(r.IntN(256)))
		case 3:
			b = slices.Delete(b, at, min(len(b)-1, at+1+r.IntN(8)))
		case 4:
			b = slices.Concat(b[:at], b[at/2:])
		}
		if len(b) == 0 {
			return []byte{0}
		}
	}
	return b
}

// resum gives a sentence of NMEA a checksum that adds up, so that what is wrong
// in it is met behind that.
func resum(b []byte) []byte {
	from, to := bytes.IndexByte(b, '!'), bytes.LastIndexByte(b, '*')
	if from < 0 || to < from {
		return b
	}
	sum := byte(0)
	for _, c := range b[from+1 : to] {
		sum ^= c
	}
	return fmt.Appendf(bytes.Clone(b[:to]), "*%02X\r\n", sum)
}

// TestMutatedMessages gives every format many messages that are nearly right:
// the process lives, keeps little, counts, and takes the good one behind them.
// VEDETTE_MUTATIONS sets how many.
func TestMutatedMessages(t *testing.T) {
	n := 5000
	if testing.Short() {
		n = 500
	}
	if s := os.Getenv("VEDETTE_MUTATIONS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	for kind, good := range wireFormats() {
		t.Run(kind, func(t *testing.T) { mutated(t, newBench(t, kind), good, n) })
	}
}

func mutated(t *testing.T, b bench, good func(testing.TB, int) []byte, n int) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	var some [][]byte
	for i := range 20 {
		some = append(some, good(t, i))
	}
	before := heap()
	for i := range n {
		message := mutate(r, some[i%len(some)])
		if i%2 == 0 {
			message = resum(message)
		}
		if err := b.take(t.Context(), message); err != nil {
			t.Fatal(err)
		}
	}
	if grown := heap() - before; grown > 48<<20 {
		t.Errorf("%d bytes are kept of %d messages", grown, n)
	}
	var refused uint64
	for _, count := range b.out.health.get().Refused {
		refused += count
	}
	if refused == 0 || b.sink.taken == 0 {
		t.Errorf("refused %d and took %d of %d", refused, b.sink.taken, n)
	}
	last := slices.Concat([]byte("\n</event>\n"), good(t, 999))
	if _, document := b.decoder.(whole); document {
		last = good(t, 999)
	}
	taken := b.sink.taken
	if err := b.take(t.Context(), last); err != nil || b.sink.taken == taken {
		t.Errorf("the good message behind them is not taken (%v); refused %v", err, b.out.health.get().Refused)
	}
	t.Logf("%d messages: %d taken, %d refused: %v", n, b.sink.taken, refused, b.out.health.get().Refused)
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkIntake gives the cost of an observation from its bytes to the sink,
// without a socket and a journal.
func BenchmarkIntake(b *testing.B) {
	for kind, good := range wireFormats() {
		b.Run(kind, func(b *testing.B) {
			var some [][]byte
			for i := range 512 {
				some = append(some, good(b, i))
			}
			d := newBench(b, kind)
			for i := 0; b.Loop(); i++ {
				if err := d.take(b.Context(), some[i%len(some)]); err != nil {
					b.Fatal(err)
				}
			}
			if d.sink.taken == 0 {
				b.Fatal("nothing is taken")
			}
		})
	}
}
