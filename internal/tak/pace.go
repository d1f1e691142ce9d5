package tak

import (
	"context"
	"time"

	"vedette/track"
)

// What one sender may say of what cannot give way, such as chat: so much at
// once, and so much a second from then on. Else he could fill the queues of all
// who are slower than he, and have them cut.
const (
	paceBurst = 4 << 20   // bytes
	paceRate  = 256 << 10 // bytes a second
)

// TooFast is the reason to refuse what comes faster over a mesh, whose members
// cannot be held back.
const TooFast track.Reason = "too-fast"

// pace is a bucket that leaks. The zero value is empty.
type pace struct {
	level float64
	at    time.Time
}

// pour adds bytes, and tells how long it takes until they no longer overflow.
func (p *pace) pour(bytes int, now time.Time) time.Duration {
	p.leak(now)
	p.level += float64(bytes)
	return time.Duration(max(0, p.level-paceBurst) / paceRate * float64(time.Second))
}

// fits tells whether so many bytes would not overflow.
func (p *pace) fits(bytes int, now time.Time) bool {
	p.leak(now)
	return p.level+float64(bytes) <= paceBurst
}

func (p *pace) leak(now time.Time) {
	p.level = max(0, p.level-now.Sub(p.at).Seconds()*paceRate)
	p.at = now
}

// hold does not read on until a client is no longer ahead of its pace.
func (p *pace) hold(ctx context.Context, bytes int) {
	wait := p.pour(bytes, time.Now())
	if wait == 0 {
		return
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
