package access

import (
	"net/netip"
	"sync"
	"time"
)

// Slow says that a login was not looked at, and when it may be tried again.
type Slow struct{ Retry time.Duration }

func (s *Slow) Error() string {
	return "access: too many failed logins; try again in " + s.Retry.Round(time.Second).String()
}

// pace is how failures slow things down: some are free, then each doubles the
// wait, up to a bound.
type pace struct {
	free        int
	first, most time.Duration
}

// A name's wait ends soon, or anybody could lock somebody out. An address has
// more free failures, since many people may share it.
func namePace() pace    { return pace{4, time.Second, time.Minute} }
func addressPace() pace { return pace{12, time.Second, 15 * time.Minute} }

const (
	forget   = 15 * time.Minute // failures halve in
	maxMarks = 20_000           // names and addresses that are remembered
)

// mark is what is remembered of a name or an address.
type mark struct {
	fails       int
	last, until time.Time
}

// brakes slow down those who guess passwords.
type brakes struct {
	mu    sync.Mutex
	marks map[string]mark
}

// gate is a name or an address with its pace.
type gate struct {
	key string
	pace
}

func gates(name string, from netip.Addr) []gate {
	return []gate{{"name " + name, namePace()}, {"address " + block(from), addressPace()}}
}

// block is the part of an address that one customer has.
func block(from netip.Addr) string {
	from = from.Unmap()
	if from.Is6() {
		if p, err := from.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return from.String()
}

// begin counts a failure in advance, so that a hundred tries at once are a
// hundred, and tells how long to wait if it is too early.
func (b *brakes) begin(now time.Time, all []gate) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, g := range all {
		wait = max(wait, b.marks[g.key].until.Sub(now))
	}
	if wait > 0 {
		return wait
	}
	for _, g := range all {
		b.room()
		b.marks[g.key] = g.fail(b.marks[g.key], now)
	}
	return 0
}

func (p pace) fail(m mark, now time.Time) mark {
	m = m.faded(now)
	m.fails++
	m.last = now
	if over := m.fails - p.free; over > 0 {
		m.until = now.Add(min(p.most, p.first<<min(over-1, 20)))
	}
	return m
}

// faded halves the failures for every while that has passed.
func (m mark) faded(now time.Time) mark {
	if past := now.Sub(m.last); past > 0 {
		m.fails >>= min(uint(past/forget), 31)
	}
	return m
}

// succeeded takes back what begin counted. Of a name all is forgotten: whoever
// guesses cannot bring that about. Of an address only this try is, lest somebody
// who has a password guess those of others in between.
func (b *brakes) succeeded(all []gate) {
	b.takeBack(all)
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.marks, all[0].key)
}

// takeBack undoes one begin.
func (b *brakes) takeBack(all []gate) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, g := range all {
		if m, there := b.marks[g.key]; there {
			m.fails, m.until = max(0, m.fails-1), time.Time{}
			b.marks[g.key] = m
		}
	}
}

// room makes place for a mark: of some, the one that is longest ago goes.
func (b *brakes) room() {
	if b.marks == nil {
		b.marks = map[string]mark{}
	}
	if len(b.marks) < maxMarks {
		return
	}
	oldest, seen := "", 0
	for key, m := range b.marks {
		if oldest == "" || m.last.Before(b.marks[oldest].last) {
			oldest = key
		}
		if seen++; seen == 16 {
			break
		}
	}
	delete(b.marks, oldest)
}
