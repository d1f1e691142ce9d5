package tak

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// pack makes a parcel of a size without an event.
func pack(uid string, state bool, size int) *parcel {
	return &parcel{uid: uid, state: state, xml: make([]byte, size)}
}

func packDelete(uid string, size int) *parcel {
	return &parcel{uid: "delete", gone: uid, xml: make([]byte, size)}
}

func TestWithoutPressureNothingGivesWay(t *testing.T) {
	q := newQueue(Limits{Queue: 1000, Kept: 1000}, func() { t.Error("something gave way") })
	for range 10 {
		q.push(pack("a", true, 100))
	}
	if got := q.take(nil, 1<<20); len(got) != 10 {
		t.Errorf("%d of 10 come out", len(got))
	}
}

func TestUnderPressureTheNewestTakesTheOldestPlace(t *testing.T) {
	gave := 0
	q := newQueue(Limits{Queue: 300, Kept: 1000}, func() { gave++ })
	newest := pack("a", true, 100)
	for _, p := range []*parcel{pack("a", true, 100), pack("chat", false, 10), pack("b", true, 100), pack("a", true, 100), newest} {
		q.push(p)
	}
	if got := describe(q.take(nil, 1<<20)); got != "a chat b" || gave != 2 {
		t.Errorf("out come %s; %d gave way", got, gave)
	}
	if count, bytes := q.waiting(); count != 0 || bytes != 0 || q.kept != 0 {
		t.Errorf("%d parcels of %d bytes are said to wait, %d of them kept", count, bytes, q.kept)
	}
}

func describe(parcels []*parcel) string {
	s := ""
	for _, p := range parcels {
		if s != "" {
			s += " "
		}
		if s += p.uid; p.gone != "" {
			s += "(" + p.gone + ")"
		}
	}
	return s
}

func TestWhatCannotGiveWayIsBounded(t *testing.T) {
	q := newQueue(Limits{Queue: 100, Kept: 250}, func() {})
	for i := range 2 {
		if !q.push(pack(fmt.Sprint(i), false, 100)) {
			t.Errorf("number %d is not held", i)
		}
	}
	if q.push(pack("2", false, 100)) {
		t.Error("more is held than is allowed")
	}
	for i := range 100 {
		if !q.push(pack(fmt.Sprint(i), true, 100)) {
			t.Fatal("a position is not held")
		}
	}
}

// However pushes and takes are mixed: what cannot give way comes out, all of
// it, in its order; of every object comes out what is newest, and behind it
// nothing older; an object comes out behind a delete only where it was pushed
// behind it; and the queue never holds more states than there are objects and
// what fits in without pressure.
func TestQueueLosesNothingThatMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := model{newest: map[string]int{}, seen: map[string]int{}}
		q := newQueue(Limits{Queue: 500, Kept: 1 << 20}, func() { m.gave++ })
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			uid := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "uid")
			switch rapid.IntRange(0, 9).Draw(t, "do") {
			case 0:
				m.push(q, &parcel{uid: "kept", xml: make([]byte, 50)})
			case 1:
				m.push(q, packDelete(uid, 50))
			case 2:
				m.out(t, q.take(nil, rapid.IntRange(1, 1000).Draw(t, "bytes")))
			default:
				m.push(q, pack(uid, true, 50))
			}
		}
		for {
			got := q.take(nil, 100)
			if len(got) == 0 {
				break
			}
			m.out(t, got)
		}
		m.end(t, q)
	})
}

// model numbers what is pushed, and follows what comes out.
type model struct {
	pushed, came, gave int
	numbers            map[*parcel]int
	kept               []*parcel
	newest             map[string]int // the last push of a uid, or of its delete
	seen               map[string]int // the last that came out
}

func (m *model) push(q *queue, p *parcel) {
	if m.numbers == nil {
		m.numbers = map[*parcel]int{}
	}
	m.pushed++
	m.numbers[p] = m.pushed
	switch {
	case p.gone != "":
		m.newest[p.gone] = m.pushed
		m.kept = append(m.kept, p)
	case p.state:
		m.newest[p.uid] = m.pushed
	default:
		m.kept = append(m.kept, p)
	}
	q.push(p)
}

func (m *model) out(t *rapid.T, parcels []*parcel) {
	for _, p := range parcels {
		m.came++
		if !p.state {
			if len(m.kept) == 0 || m.kept[0] != p {
				t.Fatal("what cannot give way comes out of order")
			}
			m.kept = m.kept[1:]
		}
		uid := p.uid
		if p.gone != "" {
			uid = p.gone
		}
		if p.state || p.gone != "" {
			if m.numbers[p] < m.seen[uid] {
				t.Fatalf("%s number %d comes behind number %d", uid, m.numbers[p], m.seen[uid])
			}
			m.seen[uid] = m.numbers[p]
		}
	}
}

func (m *model) end(t *rapid.T, q *queue) {
	if len(m.kept) > 0 {
		t.Fatalf("%d that cannot give way did not come", len(m.kept))
	}
	for uid, n := range m.newest {
		if m.seen[uid] != n {
			t.Fatalf("of %s the newest is number %d, and %d came", uid, n, m.seen[uid])
		}
	}
	if m.came+m.gave != m.pushed {
		t.Fatalf("%d pushed, %d came and %d gave way", m.pushed, m.came, m.gave)
	}
	if count, bytes := q.waiting(); count != 0 || bytes != 0 || q.kept != 0 {
		t.Fatalf("an empty queue says it holds %d, %d bytes, %d kept", count, bytes, q.kept)
	}
}

func BenchmarkQueue(b *testing.B) {
	for _, limit := range []int{1 << 30, 1 << 10} {
		b.Run(fmt.Sprint("limit ", limit), func(b *testing.B) {
			q := newQueue(Limits{Queue: limit, Kept: 1 << 30}, func() {})
			parcels := make([]*parcel, 1000)
			for i := range parcels {
				parcels[i] = pack(fmt.Sprint(i%500), true, 600)
			}
			var out []*parcel
			b.ReportAllocs()
			for b.Loop() {
				for _, p := range parcels {
					q.push(p)
				}
				out = q.take(out[:0], 1<<30)
			}
		})
	}
}

func TestUnderPressureALateOneIsNotHeld(t *testing.T) {
	gave := 0
	q := newQueue(Limits{Queue: 150, Kept: 1000}, func() { gave++ })
	late := pack("b", true, 100)
	late.late = true
	for _, p := range []*parcel{pack("a", true, 100), pack("b", true, 100), late} {
		q.push(p)
	}
	if got := q.take(nil, 1<<20); describe(got) != "a b" || got[1] == late || gave != 1 {
		t.Errorf("out come %s; %d gave way", describe(got), gave)
	}
}
