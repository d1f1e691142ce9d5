package feed

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"vedette/track"
)

// recorder is a sink that remembers.
type recorder struct {
	refuse func(*track.Observation) error // nil takes all
	hold   chan struct{}                  // if set, Keep waits for it to be closed

	mu   sync.Mutex
	got  []track.Observation
	kept int
}

func (r *recorder) Offer(_ context.Context, o *track.Observation) error {
	if err := r.check(o); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, *o)
	return nil
}

func (r *recorder) check(o *track.Observation) error {
	if r.refuse != nil {
		if err := r.refuse(o); err != nil {
			return err
		}
	}
	return o.Check()
}

func (r *recorder) Keep(ctx context.Context, obs []*track.Observation) error {
	if r.hold != nil {
		select {
		case <-r.hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for _, o := range obs {
		if err := r.check(o); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, o := range obs {
		r.got = append(r.got, *o)
		r.kept++
	}
	return nil
}

func (r *recorder) all() []track.Observation {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

func (r *recorder) find(id string) (track.Observation, bool) {
	all := r.all()
	for _, o := range slices.Backward(all) {
		if o.ID == id {
			return o, true
		}
	}
	return track.Observation{}, false
}

// waitFor polls until something is so.
func waitFor(t testing.TB, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited 10 s for %s", what)
		}
	}
}

// running feeds of a test.
type started struct {
	*Runner
	sink *recorder
	stop func()

	mu     sync.Mutex
	states []State
}

// start runs feeds until the test ends or stop is called.
func start(t testing.TB, sink *recorder, all ...Config) *started {
	t.Helper()
	return startIn(t, sink, t.TempDir(), func(*Runner) {}, all...)
}

// startIn starts feeds that keep what they must in a folder, changed before.
func startIn(t testing.TB, sink *recorder, dir string, change func(*Runner), all ...Config) *started {
	t.Helper()
	s := &started{sink: sink}
	r, err := NewRunner(all, Options{Sink: sink, Dir: dir, Wait: 4 * time.Millisecond, Changed: func(h Health) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.states = append(s.states, h.State)
	}})
	if err != nil {
		t.Fatal(err)
	}
	change(r)
	s.Runner = r
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := r.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	s.stop = func() {
		cancel()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Fatal("Run goes on 10 s after its context ended")
		}
	}
	t.Cleanup(func() {
		if s.stop(); t.Failed() {
			t.Logf("%+v", s.Health())
		}
	})
	return s
}

// seen gives the states that were told of.
func (s *started) seen() []State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.states)
}

func (s *started) health() Health { return s.Health()[0] }

func (s *started) waitState(t testing.TB, want State) {
	t.Helper()
	waitFor(t, fmt.Sprintf("state %s", want), func() bool { return s.health().State == want })
}

func (s *started) waitID(t testing.TB, id string) track.Observation {
	t.Helper()
	waitFor(t, id, func() bool { _, ok := s.sink.find(id); return ok })
	o, _ := s.sink.find(id)
	return o
}
