// Package clocktest is a clock for tests: it stands until it is set. Its Now is
// what packages take as their clock.
package clocktest

import (
	"sync"
	"time"
)

// Clock may be used by several goroutines at a time.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// At is a clock that stands at a time.
func At(t time.Time) *Clock { return &Clock{at: t} }

// Now is where it stands.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Set sets it.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = t
}

// Forward sets it forward.
func (c *Clock) Forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}
