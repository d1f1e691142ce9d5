package web

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limiter bounds how fast each of many may ask. Who has not asked for longest is
// forgotten where there are too many to remember; he then starts with a full
// allowance, as one does who was never there.
type limiter struct {
	rate  rate.Limit
	clock func() time.Time
	mu    sync.Mutex
	order *list.List // of *allowance, who asked last first
	known map[string]*list.Element
}

type allowance struct {
	name string
	left *rate.Limiter
}

// remembered is how many a limiter remembers, at some 300 bytes each.
const remembered = 10_000

func newLimiter(perSecond float64, clock func() time.Time) *limiter {
	return &limiter{rate: rate.Limit(perSecond), clock: clock, order: list.New(), known: map[string]*list.Element{}}
}

// allow tells whether name may ask now.
func (l *limiter) allow(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.known[name]
	if e == nil {
		e = l.order.PushFront(&allowance{name, rate.NewLimiter(l.rate, max(1, int(2*l.rate)))})
		l.known[name] = e
		if l.order.Len() > remembered {
			last := l.order.Remove(l.order.Back()).(*allowance)
			delete(l.known, last.name)
		}
	}
	l.order.MoveToFront(e)
	return e.Value.(*allowance).left.AllowN(l.clock(), 1)
}

// seats bound how many of something each may have at a time.
type seats struct {
	most  int
	mu    sync.Mutex
	taken map[string]int
}

func newSeats(most int) *seats { return &seats{most: most, taken: map[string]int{}} }

func (s *seats) take(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken[name] >= s.most {
		return false
	}
	s.taken[name]++
	return true
}

func (s *seats) leave(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken[name]--; s.taken[name] == 0 {
		delete(s.taken, name)
	}
}
