package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// progress tells somebody who waits how far a stage is and how long it may
// take still. On a terminal it keeps to one line; elsewhere it writes one line
// for each stage.
type progress struct {
	w    io.Writer
	live bool

	mu      sync.Mutex
	stage   string
	started time.Time
	shown   time.Time
}

func newProgress(w io.Writer) *progress {
	f, ok := w.(*os.File)
	return &progress{w: w, live: ok && term.IsTerminal(int(f.Fd()))}
}

// step is called for each piece of work; it may be called from several
// goroutines.
func (p *progress) step(stage string, done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if stage != p.stage {
		p.finish()
		p.stage, p.started, p.shown = stage, now, time.Time{}
		if !p.live {
			fmt.Fprintf(p.w, "%s ...\n", stage)
		}
	}
	if !p.live || now.Sub(p.shown) < 100*time.Millisecond && done < total {
		return
	}
	p.shown = now
	fmt.Fprintf(p.w, "\r\x1b[K%-24s %3d %%%s", stage, 100*done/max(total, 1), left(now.Sub(p.started), done, total))
}

// left estimates the time left from what the work so far took.
func left(spent time.Duration, done, total int) string {
	if done == 0 || done >= total || spent < time.Second {
		return ""
	}
	rest := time.Duration(float64(spent) / float64(done) * float64(total-done))
	return fmt.Sprintf(", about %v left", rest.Round(time.Second))
}

func (p *progress) finish() {
	if p.live && p.stage != "" {
		fmt.Fprintf(p.w, "\r\x1b[K%s: done in %v\n", p.stage, time.Since(p.started).Round(100*time.Millisecond))
	}
}

// end closes the last stage.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.finish()
	p.stage = ""
}
