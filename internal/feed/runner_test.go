package feed

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vedette/track"
)

// scripted is a feed whose runs are functions.
type scripted struct {
	run func(ctx context.Context, out *Out, n int) error

	mu    sync.Mutex
	began []time.Time
}

func (f *scripted) Run(ctx context.Context, out *Out) error {
	f.mu.Lock()
	f.began = append(f.began, time.Now())
	n := len(f.began)
	f.mu.Unlock()
	return f.run(ctx, out, n)
}

// runScript runs a feed on the clock of a bubble for a while.
func runScript(t *testing.T, f *scripted, sink track.Sink, changed func(Health), d time.Duration) Health {
	c := Config{Name: "s", Kind: "ais", Trust: "unauthenticated"}.filled()
	h := newHealth(c, changed)
	r := &Runner{firstWait, []*running{{f, &Out{sink, h, c.mark()}, h, nil}}}
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := r.Run(ctx); err != nil {
		t.Error(err)
	}
	return r.Health()[0]
}

func TestTheWaitsDoubleUpToAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &scripted{run: func(context.Context, *Out, int) error { return errors.New("no route") }}
		h := runScript(t, f, &recorder{}, nil, 10*time.Minute)
		most := time.Second
		for i := range len(f.began) - 1 {
			wait := f.began[i+1].Sub(f.began[i])
			if wait < most/2 || wait > most {
				t.Errorf("wait %d is %v, want %v to %v", i+1, wait, most/2, most)
			}
			most = min(2*most, time.Minute)
		}
		if n := len(f.began); n < 13 || n > 30 {
			t.Errorf("%d tries in ten minutes", n)
		}
		if h.State != Waiting || h.Err != "no route" || !h.Until.After(h.Since) {
			t.Errorf("%+v", h)
		}
	})
}

func TestAConnectionThatBroughtSomethingIsTriedAgainSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &scripted{run: func(ctx context.Context, out *Out, n int) error {
			if n == 6 {
				out.Connected()
				if err := out.Offer(ctx, plot(n)); err != nil {
					return err
				}
			}
			return errors.New("gone")
		}}
		runScript(t, f, &recorder{}, nil, 2*time.Minute)
		if before, after := f.began[5].Sub(f.began[4]), f.began[6].Sub(f.began[5]); before < 8*time.Second || after > time.Second {
			t.Errorf("waited %v before it came, and %v after it", before, after)
		}
	})
}

// plot is an observation that nothing is wrong with.
func plot(i int) *track.Observation {
	o := blank()
	o.ID, o.Type, o.Fix, o.At = fmt.Sprintf("plot-%d", i), "a-u-G", true, place(i)
	return o
}

func TestStatesAreToldInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &scripted{run: func(ctx context.Context, out *Out, n int) error {
			if n == 1 {
				return errors.New("refused")
			}
			out.Connected()
			for i, wait := range []time.Duration{0, 50 * time.Second, 90 * time.Second, 10 * time.Second} {
				if err := sleep(ctx, wait); err != nil {
					return err
				}
				if err := out.Offer(ctx, plot(i)); err != nil {
					return err
				}
			}
			return nil
		}}
		var told []string
		began := time.Now()
		h := runScript(t, f, &recorder{}, func(h Health) {
			told = append(told, fmt.Sprintf("%s@%d", h.State, int(h.Since.Sub(began).Seconds())))
		}, time.Hour)
		got := strings.Join(told, " ")
		// The first wait is between half a second and one.
		want := "waiting@0 connecting@0 live@0 silent@110 live@140 ended@150"
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if h.In != 4 || h.Err != "" {
			t.Errorf("%+v", h)
		}
	})
}

func TestWhatTryingDoesNotMendIsNotTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &scripted{run: func(context.Context, *Out, int) error { return permanent{errors.New("no GPX")} }}
		h := runScript(t, f, &recorder{}, nil, time.Hour)
		if len(f.began) != 1 || h.State != Failed || h.Err != "no GPX" {
			t.Errorf("%d tries, %+v", len(f.began), h)
		}
	})
}

func TestOneRefusalCostsNotTheOthers(t *testing.T) {
	c := Config{Name: "s", Kind: "mqtt", Trust: "unauthenticated"}.filled()
	sink := &recorder{refuse: func(o *track.Observation) error {
		if o.ID == "plot-2" {
			return fmt.Errorf("batch: %w", &track.Refusal{Reason: track.NotYours})
		}
		return nil
	}}
	out := &Out{sink, newHealth(c, nil), c.mark()}
	refused, err := out.Keep(t.Context(), []*track.Observation{plot(1), plot(2), plot(3)})
	if err != nil || len(refused) != 1 || refused[0].Reason != track.NotYours || len(sink.all()) != 2 {
		t.Errorf("%v, %v, %d kept", refused, err, len(sink.all()))
	}
	if h := out.health.get(); h.In != 2 || h.Refused["not-yours"] != 1 {
		t.Errorf("%+v", h)
	}
}

func TestLagIsFromTheTimeToTheReceipt(t *testing.T) {
	c := Config{Name: "s", Kind: "mqtt", Trust: "unauthenticated"}.filled()
	out := &Out{&recorder{}, newHealth(c, nil), c.mark()}
	o := plot(1)
	o.Received = time.Now()
	o.Time = o.Received.Add(-5 * time.Second)
	if err := out.Offer(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if h := out.health.get(); h.Lag != 5*time.Second {
		t.Errorf("%v", h.Lag)
	}
}
