package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vedette/geo"
	"vedette/internal/clocktest"
	"vedette/internal/journal"
	"vedette/track"
)

var noon = time.Date(2018, 11, 25, 12, 0, 0, 0, time.UTC)

func openJournal(t *testing.T, dir string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(context.Background(), journal.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

// start gives a picture that runs until the test ends or stop is called.
func start(t *testing.T, opts Options) (p *Picture, stop func()) {
	t.Helper()
	if opts.Clock == nil {
		opts.Clock = func() time.Time { return noon }
	}
	opts.Log = slog.New(slog.DiscardHandler)
	p = New(opts)
	if err := p.Restore(context.Background()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return p, stop
}

// seen is an observation a number of seconds after noon.
func seen(id string, second int, with ...func(*track.Observation)) *track.Observation {
	at := noon.Add(time.Duration(second) * time.Second)
	o := &track.Observation{
		Source: "tak", ID: id, Type: "a-f-G-U-C", Label: id, Fix: true, At: geo.Point{Lat: 34.4, Lon: 41 + float64(second)/1e4},
		HAE: math.NaN(), CE: math.NaN(), LE: math.NaN(), Course: math.NaN(), Speed: math.NaN(),
		Time: at, Received: at, Stale: at.Add(5 * time.Minute), Trust: track.Unauthenticated,
	}
	for _, w := range with {
		w(o)
	}
	return o
}

func by(name string) func(*track.Observation) {
	return func(o *track.Observation) { o.Trust, o.By = track.Certificate, name }
}

func session(name string) func(*track.Observation) {
	return func(o *track.Observation) { o.By = name }
}

func typed(t string) func(*track.Observation) { return func(o *track.Observation) { o.Type = t } }

func gone(o *track.Observation) { o.Gone = true }

func offer(t *testing.T, p *Picture, o *track.Observation) {
	t.Helper()
	if err := p.Offer(context.Background(), o); err != nil {
		t.Fatal(err)
	}
}

func reason(err error) track.Reason {
	var refusal *track.Refusal
	if errors.As(err, &refusal) {
		return refusal.Reason
	}
	return ""
}

func TestNobodySpeaksForAnother(t *testing.T) {
	p, _ := start(t, Options{Journal: openJournal(t, t.TempDir())})
	for _, c := range []struct {
		what string
		o    *track.Observation
		want track.Reason
	}{
		{"a session takes an identity", seen("phone", 0, session("s1")), ""},
		{"another session may not", seen("phone", 1, session("s2")), track.NotYours},
		{"a certificate takes it over", seen("phone", 2, by("anna")), ""},
		{"the session lost it", seen("phone", 3, session("s1")), track.NotYours},
		{"another certificate may not", seen("phone", 4, by("omar")), track.NotYours},
		{"nor a feed of another name", seen("phone", 5, func(o *track.Observation) { o.Source = "radio" }), track.NotYours},
		{"its owner may, by another feed too", seen("phone", 6, by("anna"), func(o *track.Observation) { o.Source = "web" }), ""},
		{"plots are nobody's", seen("", 7), ""},
	} {
		if got := reason(p.Offer(context.Background(), c.o)); got != c.want {
			t.Errorf("%s: refused for %q, want %q", c.what, got, c.want)
		}
	}
	for by, want := range map[string]bool{"anna": true, "omar": false, "s1": false} {
		if got := p.Speaks(track.Key{Source: "tak", ID: "phone"}, by); got != want {
			t.Errorf("%s may speak for anna's phone: %v", by, got)
		}
	}
	if !p.Speaks(track.Key{Source: "tak", ID: "new"}, "s1") {
		t.Error("nobody may speak for what nobody has")
	}
	if n := p.Stats().Refused[track.NotYours]; n != 4 {
		t.Errorf("%d refusals counted, want 4", n)
	}
}

func TestAReleasedIdentityMayBeTaken(t *testing.T) {
	p, _ := start(t, Options{Journal: openJournal(t, t.TempDir())})
	offer(t, p, seen("phone", 0, session("s1")))
	p.Release("s1")
	offer(t, p, seen("phone", 1, session("s2")))
	if err := p.Offer(context.Background(), seen("phone", 2, session("s1"))); reason(err) != track.NotYours {
		t.Errorf("the session of before may speak: %v", err)
	}
}

func TestLateOnesAreMarkedAndNotShown(t *testing.T) {
	p, stop := start(t, Options{Journal: openJournal(t, t.TempDir())})
	offer(t, p, seen("a", 10))
	late := seen("a", 5)
	late.Received = noon.Add(11 * time.Second)
	offer(t, p, late)
	if obj, _ := p.Object(late.Key()); !late.Late || !obj.Time.Equal(noon.Add(10*time.Second)) {
		t.Errorf("late %v, shown of %v", late.Late, obj.Time)
	}
	stop()
	if s := p.Stats(); s.Late != 1 || s.Kept != 2 || s.Taken != 2 {
		t.Errorf("%+v: want both kept, one late", s)
	}
}

func TestAClockThatWasAheadDoesNotSilenceThePhone(t *testing.T) {
	p, _ := start(t, Options{Journal: openJournal(t, t.TempDir())})
	ahead := seen("a", 3600)
	ahead.Received = noon
	offer(t, p, ahead)
	if ahead.Skew != time.Hour {
		t.Errorf("skew %v", ahead.Skew)
	}
	offer(t, p, seen("a", 1))
	if obj, _ := p.Object(ahead.Key()); !obj.Time.Equal(noon.Add(time.Second)) || obj.Late {
		t.Errorf("shown of %v, late %v", obj.Time, obj.Late)
	}
}

func TestACallForHelpEndsWithAnOutcomeOnly(t *testing.T) {
	dir := t.TempDir()
	c := clocktest.At(noon)
	j := openJournal(t, dir)
	p, stop := start(t, Options{Journal: j, Clock: c.Now})
	call := seen("anna-9-1-1", 0, typed("b-a-o-tbl"), by("anna"))
	if err := p.Keep(context.Background(), []*track.Observation{call}); err != nil {
		t.Fatal(err)
	}
	offer(t, p, seen("anna-9-1-1", 1, typed("b-a-o-tbl"), by("anna"), gone))
	c.Set(noon.Add(40 * 24 * time.Hour))
	p.fade(c.Now())
	if obj, ok := p.Object(call.Key()); !ok || !obj.Open || obj.Stale(c.Now()) {
		t.Fatalf("after a disconnect and forty days: there %v, %+v", ok, obj)
	}
	if err := p.Close(context.Background(), call.Key(), "", "found"); err == nil {
		t.Error("closed by nobody")
	}
	stop()
	again, _ := start(t, Options{Journal: j, Clock: c.Now}) // restored from the journal alone
	if obj, _ := again.Object(call.Key()); !obj.Open || again.Stats().Open != 1 {
		t.Fatalf("after a restart: %+v, %+v", obj, again.Stats())
	}
	if err := again.Close(context.Background(), call.Key(), "officer", "found, unhurt"); err != nil {
		t.Fatal(err)
	}
	if obj, _ := again.Object(call.Key()); obj.Open || obj.Closed != "officer: found, unhurt" || again.Stats().Open != 0 {
		t.Errorf("closed: %+v", obj)
	}
	if err := again.Close(context.Background(), call.Key(), "officer", "again"); !errors.Is(err, ErrNoCall) {
		t.Errorf("closed twice: %v", err)
	}
	offer(t, again, seen("omar-9-1-1", 2, typed("b-a-o-opn")))
	offer(t, again, seen("omar-9-1-1", 3, typed("b-a-o-can")))
	if n := again.Stats().Open; n != 0 {
		t.Errorf("%d calls open after the caller called it off", n)
	}
}

func TestObjectsFadeAndAreForgotten(t *testing.T) {
	p, _ := start(t, Options{Journal: openJournal(t, t.TempDir())})
	offer(t, p, seen("a", 0))
	cursor := p.Since(Cursor{}, nil, 10).Next
	p.fade(noon.Add(time.Hour))
	if obj, _ := p.Object(track.Key{Source: "tak", ID: "a"}); obj.Gone {
		t.Error("gone within the hour")
	}
	later := noon.Add(time.Hour + 6*time.Minute)
	p.fade(later)
	c := p.Since(cursor, nil, 10)
	if c.Reset || len(c.Objects) != 1 || !c.Objects[0].Gone {
		t.Errorf("a follower is told %+v", c)
	}
	p.fade(later.Add(2 * time.Hour))
	if n := p.Stats().Objects; n != 0 {
		t.Errorf("%d objects", n)
	}
	if c := p.Since(cursor, nil, 10); !c.Reset {
		t.Error("who slept is not told to begin anew")
	}
	if c := p.Since(c.Next, nil, 10); c.Reset {
		t.Error("who was told has to begin anew")
	}
}

func TestGroupsAreKeptApart(t *testing.T) {
	p, _ := start(t, Options{Journal: openJournal(t, t.TempDir())})
	offer(t, p, seen("all", 0))
	offer(t, p, seen("red", 1, func(o *track.Observation) { o.Groups = []string{"red"} }))
	for _, c := range []struct {
		groups []string
		want   int
	}{{nil, 2}, {[]string{}, 1}, {[]string{"blue"}, 1}, {[]string{"blue", "red"}, 2}} {
		if n := len(p.Within(Box{-180, -90, 180, 90}, c.groups)); n != c.want {
			t.Errorf("who is in %v sees %d within, want %d", c.groups, n, c.want)
		}
		if n := len(p.Since(Cursor{}, c.groups, 10).Objects); n != c.want {
			t.Errorf("who is in %v is told of %d, want %d", c.groups, n, c.want)
		}
	}
	if n := len(p.Within(Box{170, -90, -170, 90}, nil)); n != 0 {
		t.Errorf("%d objects across the 180th meridian, want 0", n)
	}
}

func TestWhoMaySeeAnObjectNoMoreIsToldThatItIsGone(t *testing.T) {
	p, _ := start(t, Options{Journal: openJournal(t, t.TempDir())})
	groups := func(names ...string) func(*track.Observation) {
		return func(o *track.Observation) { o.Groups = names }
	}
	offer(t, p, seen("a", 0, groups("red")))
	red, blue := p.Since(Cursor{}, []string{"red"}, 10).Next, p.Since(Cursor{}, []string{"blue"}, 10).Next
	offer(t, p, seen("a", 1, groups("green")))
	c := p.Since(red, []string{"red"}, 10)
	if len(c.Objects) != 1 || !c.Objects[0].Gone || c.Objects[0].Fix || c.Objects[0].Label != "" {
		t.Errorf("red is told %+v", c.Objects)
	}
	if c := p.Since(blue, []string{"blue"}, 10); len(c.Objects) != 0 {
		t.Errorf("blue is told %+v", c.Objects)
	}
	if c := p.Since(Cursor{}, []string{"red"}, 10); len(c.Objects) != 0 {
		t.Errorf("who comes from red now is told %+v", c.Objects)
	}
	offer(t, p, seen("a", 2, groups("red")))
	if c := p.Since(c.Next, []string{"red"}, 10); len(c.Objects) != 1 || c.Objects[0].Gone || c.Objects[0].Label != "a" {
		t.Errorf("red, again, is told %+v", c.Objects)
	}
}

func TestTooManyObjectsAreRefusedButNoCallForHelp(t *testing.T) {
	p, _ := start(t, Options{Journal: openJournal(t, t.TempDir()), Most: 1})
	offer(t, p, seen("a", 0))
	if err := p.Offer(context.Background(), seen("b", 1)); reason(err) != track.TooMuch {
		t.Errorf("refused for %v", err)
	}
	offer(t, p, seen("a", 2))
	offer(t, p, seen("b-9-1-1", 3, typed("b-a-o-tbl")))
}

// TestAFollowerSeesWhatIsThere draws changes and reads, of any size and at any
// time, and compares what the follower has put together with the picture.
func TestAFollowerSeesWhatIsThere(t *testing.T) {
	j := openJournal(t, t.TempDir())
	rapid.Check(t, func(t *rapid.T) {
		p := New(Options{Journal: j, Clock: func() time.Time { return noon }})
		has, cursor := map[track.Key]Object{}, Cursor{}
		read := func(most int) bool {
			c := p.Since(cursor, nil, most)
			if c.Reset {
				clear(has)
			}
			for _, obj := range c.Objects {
				has[obj.Key()] = obj
				if obj.Gone {
					delete(has, obj.Key())
				}
			}
			cursor = c.Next
			return len(c.Objects) == most
		}
		for second := range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0:
				read(rapid.IntRange(1, 4).Draw(t, "most"))
			case 1:
				p.fade(noon.Add(time.Duration(rapid.IntRange(0, 4).Draw(t, "hours")) * time.Hour))
			default:
				o := seen(fmt.Sprint("id", rapid.IntRange(0, 5).Draw(t, "id")), second)
				o.Gone = rapid.IntRange(0, 4).Draw(t, "gone") == 0
				if err := p.admit(o); err != nil {
					t.Fatal(err)
				}
				p.apply(o)
			}
		}
		for read(3) {
		}
		there := p.Within(Box{-180, -90, 180, 90}, nil)
		if len(there) != len(has) {
			t.Fatalf("the follower has %d objects, there are %d", len(has), len(there))
		}
		for _, obj := range there {
			if has[obj.Key()].Seq != obj.Seq {
				t.Fatalf("%v: the follower has change %d, it is at %d", obj.Key(), has[obj.Key()].Seq, obj.Seq)
			}
		}
	})
}

func TestWaitWakes(t *testing.T) {
	p, _ := start(t, Options{Journal: openJournal(t, t.TempDir())})
	cursor := p.Since(Cursor{}, nil, 1).Next
	woken := make(chan error, 3)
	for range 3 {
		go func() { woken <- p.Wait(context.Background(), cursor) }()
	}
	offer(t, p, seen("a", 0))
	for range 3 {
		if err := <-woken; err != nil {
			t.Error(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.Wait(ctx, p.Since(cursor, nil, 10).Next); !errors.Is(err, context.Canceled) {
		t.Errorf("waited without a change: %v", err)
	}
}

func TestRestoredPicturesAreTheSame(t *testing.T) {
	for _, c := range []struct {
		name string
		file func(path string) error
	}{
		{"from the present that was written down", func(string) error { return nil }},
		{"from the journal alone", os.Remove},
		{"from the journal, since the file is torn", func(path string) error {
			b, err := os.ReadFile(path)
			return errors.Join(err, os.WriteFile(path, b[:len(b)/2], 0o600))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			j := openJournal(t, dir)
			path := filepath.Join(dir, "present.jsonl")
			p, stop := start(t, Options{Journal: j, File: path})
			for i := range 50 {
				offer(t, p, seen(fmt.Sprint("id", i%7), i, by("anna")))
			}
			offer(t, p, seen("id3", 60, by("anna"), gone))
			stop()
			if err := c.file(path); err != nil {
				t.Fatal(err)
			}
			again, _ := start(t, Options{Journal: j, File: path})
			want, got := p.Within(Box{-180, -90, 180, 90}, nil), again.Within(Box{-180, -90, 180, 90}, nil)
			if len(want) != 6 || !slices.EqualFunc(want, got, func(a, b Object) bool { return a.Key() == b.Key() && a.Time.Equal(b.Time) && a.At == b.At }) {
				t.Errorf("was %d objects, is %d", len(want), len(got))
			}
			if err := again.Offer(context.Background(), seen("id1", 70, by("omar"))); reason(err) != track.NotYours {
				t.Errorf("after the restart another speaks for anna: %v", err)
			}
		})
	}
}

// TestTheLivePictureGoesOnWithoutItsJournal closes the journal under a picture.
func TestTheLivePictureGoesOnWithoutItsJournal(t *testing.T) {
	j := openJournal(t, t.TempDir())
	p, stop := start(t, Options{Journal: j, Queue: 4})
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		offer(t, p, seen("a", i))
	}
	if err := p.Keep(context.Background(), []*track.Observation{seen("b", 1)}); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("kept without a journal: %v", err)
	}
	stop()
	s := p.Stats()
	if obj, _ := p.Object(track.Key{Source: "tak", ID: "a"}); !obj.Time.Equal(noon.Add(99*time.Second)) || s.Unkept != 100 || s.Kept != 0 {
		t.Errorf("shown of %v; %+v", obj.Time, s)
	}
	if _, ok := p.Object(track.Key{Source: "tak", ID: "b"}); ok {
		t.Error("what could not be kept is shown, though its sender was told so")
	}
}

func TestCursorsAreWrittenAndRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Cursor{rapid.Uint64().Draw(t, "epoch"), rapid.Uint64().Draw(t, "seq")}
		if again, err := ParseCursor(c.String()); err != nil || again != c {
			t.Fatalf("%v, %v", again, err)
		}
	})
	for _, bad := range []string{"", "-", "1", "1-", "x y-1", "1-99999999999999999999"} {
		if _, err := ParseCursor(bad); err == nil {
			t.Errorf("%q is a cursor", bad)
		}
	}
}

func FuzzReadLines(f *testing.F) {
	f.Add([]byte(`{"form":1,"at":"2018-11-25T12:00:00Z","contacts":1,"events":0}` + "\n" + `{"foot":true}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, lines, err := readLines(bytes.NewReader(b))
		if err != nil {
			return
		}
		for _, l := range lines {
			if l.Object != nil && l.Object.Check() != nil {
				t.Fatal("an object that would have been refused was read")
			}
		}
	})
}

func BenchmarkOffer(b *testing.B) {
	p := New(Options{Journal: nil, Queue: b.N + 1})
	obs := make([]*track.Observation, b.N)
	for i := range obs {
		obs[i] = seen(fmt.Sprint("id", i%20000), i/20000)
	}
	b.ResetTimer()
	for _, o := range obs {
		if err := p.Offer(context.Background(), o); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWithin seeks a small box among 20,000 objects.
func BenchmarkWithin(b *testing.B) {
	p := New(Options{})
	for i := range 20_000 {
		o := seen(fmt.Sprint("id", i), 0)
		o.At.Lon = 41 + float64(i)/1e4
		if err := p.Offer(context.Background(), o); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if n := len(p.Within(Box{41.5, 34, 41.51, 35}, nil)); n != 101 {
			b.Fatalf("%d objects", n)
		}
	}
}
