package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// quiet are options for a folder, with a log that nobody reads.
func quiet(dir string) Options {
	return Options{Dir: dir, Remember: 10_000, MinFree: 1, Log: slog.New(slog.DiscardHandler)}
}

func open(t *testing.T, opts Options) *Journal {
	t.Helper()
	j, err := Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, j) })
	return j
}

func shut(t *testing.T, j *Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Error(err)
	}
}

// event is received i seconds after noon.
func event(id string, i int) Event {
	at := noon.Add(time.Duration(i) * time.Second)
	return Event{ID: id, Kind: "test.seen", Version: 1, Source: "test", Time: at, Received: at, Payload: json.RawMessage(`{"n":1}`)}
}

func events(prefix string, n int) []Event {
	all := make([]Event, n)
	for i := range all {
		all[i] = event(fmt.Sprintf("%s-%d", prefix, i), i)
	}
	return all
}

func appendAll(t *testing.T, l *Log, all ...Event) []Result {
	t.Helper()
	results, err := l.Append(t.Context(), all...)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func replay(t *testing.T, l *Log, from uint64) []Record {
	t.Helper()
	var all []Record
	err := l.Replay(t.Context(), from, func(r Record) error { all = append(all, r); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func ids(records []Record) string {
	var all []string
	for _, r := range records {
		all = append(all, fmt.Sprintf("%d:%s", r.Seq, r.ID))
	}
	return strings.Join(all, " ")
}

func TestWhatIsAppendedIsReplayedInOrderAcrossRestarts(t *testing.T) {
	dir := t.TempDir()
	j := open(t, quiet(dir))
	want := events("a", 2500)
	appendAll(t, j.Events, want[0])
	for part := range slices.Chunk(want[1:], MaxBatch) {
		appendAll(t, j.Events, part...)
	}
	for range 2 {
		got := replay(t, j.Events, 0)
		if len(got) != len(want) {
			t.Fatalf("%d events, want %d", len(got), len(want))
		}
		for i, r := range got {
			if r.Seq != uint64(i+1) || !reflect.DeepEqual(r.Event, want[i]) {
				t.Fatalf("event %d is %+v", i, r)
			}
		}
		if n, err := j.Events.Len(t.Context()); n != 2500 || err != nil {
			t.Errorf("Len is %d, %v", n, err)
		}
		shut(t, j)
		j = open(t, quiet(dir))
	}
	if got := ids(replay(t, j.Events, 2499)); got != "2499:a-2498 2500:a-2499" {
		t.Errorf("from 2499: %s", got)
	}
}

func TestAKnownIDIsNotKeptAgain(t *testing.T) {
	dir := t.TempDir()
	j := open(t, quiet(dir))
	a, b, c := event("a", 0), event("b", 1), event("c", 2)
	for _, step := range []struct {
		all  []Event
		want []Result
	}{
		{[]Event{a, b}, []Result{{1, false}, {2, false}}},
		{[]Event{b, c, c, a}, []Result{{2, true}, {3, false}, {3, true}, {1, true}}},
		{[]Event{a}, []Result{{1, true}}},
	} {
		if got := appendAll(t, j.Events, step.all...); !slices.Equal(got, step.want) {
			t.Errorf("got %v, want %v", got, step.want)
		}
		shut(t, j)
		j = open(t, quiet(dir))
	}
	if got := appendAll(t, j.Contacts, a); got[0] != (Result{1, false}) {
		t.Errorf("the other log knew it: %v", got)
	}
	if got := ids(replay(t, j.Events, 1)); got != "1:a 2:b 3:c" {
		t.Error(got)
	}
}

func TestTheOldestIDIsForgotten(t *testing.T) {
	opts := quiet(t.TempDir())
	opts.Remember = 3
	j := open(t, opts)
	appendAll(t, j.Events, events("a", 4)...)
	shut(t, j)
	j = open(t, opts)
	for _, step := range []struct {
		id   string
		want Result
	}{{"a-1", Result{2, true}}, {"a-0", Result{5, false}}, {"a-1", Result{6, false}}, {"a-3", Result{4, true}}} {
		if got := appendAll(t, j.Events, event(step.id, 0)); got[0] != step.want {
			t.Errorf("%s: got %v, want %v", step.id, got[0], step.want)
		}
	}
}

func TestAppendsOfManyAreGroupedAndEachIsWhole(t *testing.T) {
	j := open(t, quiet(t.TempDir()))
	var wg sync.WaitGroup
	for g := range 20 {
		wg.Go(func() {
			for i := range 10 {
				all := events(fmt.Sprintf("%d-%d", g, i), 7)
				results, err := j.Events.Append(t.Context(), append(all, event("shared", 0))...)
				if err != nil || results[6].Seq != results[0].Seq+6 {
					t.Errorf("%v, %v", results, err)
				}
			}
		})
	}
	wg.Wait()
	if got := len(replay(t, j.Events, 1)); got != 20*10*7+1 {
		t.Errorf("%d events", got)
	}
}

func TestWhatIsWrongIsRefusedWhole(t *testing.T) {
	j := open(t, quiet(t.TempDir()))
	bad, own, large := event("bad", 0), event("own", 0), events("large", 12)
	bad.Kind = "Bad"
	own.Kind = "journal.sweep"
	for i := range large {
		large[i].Payload = quoted(3 << 19)
	}
	for want, all := range map[string][]Event{
		`event "bad": kind`:           {event("good", 0), bad},
		"the journal's own":           {own},
		"0 events in one append":      nil,
		"1001 events in one append":   events("many", MaxBatch+1),
		"bytes in one append, over 1": large,
	} {
		_, err := j.Events.Append(t.Context(), all...)
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if n, _ := j.Events.Len(t.Context()); n != 0 {
		t.Errorf("%d were kept", n)
	}
}

func TestLargeEventsPass(t *testing.T) {
	j := open(t, quiet(t.TempDir()))
	large := events("large", 8)
	for i := range large {
		large[i].Payload = quoted(3 << 19)
	}
	appendAll(t, j.Events, large...)
	if got := replay(t, j.Events, 1); len(got) != 8 || len(got[7].Payload) != 3<<19+2 {
		t.Errorf("%d came back", len(got))
	}
}

func TestFollowReplaysAndGoesOn(t *testing.T) {
	j := open(t, quiet(t.TempDir()))
	appendAll(t, j.Events, events("a", 1000)...)
	ctx, stop := context.WithCancel(t.Context())
	next := uint64(301)
	done := make(chan error)
	go func() {
		done <- j.Events.Follow(ctx, 300, func(r Record) error {
			if r.Seq != next {
				t.Errorf("got %d, want %d", r.Seq, next)
			}
			if next++; next > 1600 {
				stop()
			}
			return nil
		})
	}()
	for i := range 6 {
		appendAll(t, j.Events, events(fmt.Sprint(i), 100)...)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestASlowFollowerDelaysNobodyAndLosesNothing(t *testing.T) {
	j := open(t, quiet(t.TempDir()))
	release := make(chan struct{})
	seen := make(chan uint64, 3000)
	go j.Events.Follow(t.Context(), 0, func(r Record) error {
		<-release
		seen <- r.Seq
		return nil
	})
	for i := range 3 {
		appendAll(t, j.Events, events(fmt.Sprint(i), 1000)...)
	}
	close(release)
	for want := uint64(1); want <= 3000; want++ {
		if got := <-seen; got != want {
			t.Fatalf("got %d, want %d", got, want)
		}
	}
}

func TestFollowEndsWithItsFunctionAndWithTheJournal(t *testing.T) {
	j := open(t, quiet(t.TempDir()))
	appendAll(t, j.Events, event("a", 0))
	broken := errors.New("broken")
	if err := j.Events.Follow(t.Context(), 0, func(Record) error { return broken }); err != broken {
		t.Errorf("got %v", err)
	}
	done := make(chan error)
	go func() { done <- j.Events.Follow(t.Context(), 0, func(Record) error { return nil }) }()
	time.Sleep(20 * time.Millisecond)
	shut(t, j)
	if err := <-done; !errors.Is(err, ErrClosed) {
		t.Errorf("got %v", err)
	}
	if _, err := j.Events.Append(t.Context(), event("b", 0)); !errors.Is(err, ErrClosed) {
		t.Errorf("append: %v", err)
	}
}

func TestAClockThatJumpsBackDisturbsNothing(t *testing.T) {
	dir := t.TempDir()
	j := open(t, quiet(dir))
	// Received at 0, 10, 20 s, then a clock an hour behind, then 30 s.
	for i, s := range []int{0, 10, 20, -3600, -3590, 30} {
		appendAll(t, j.Events, event(fmt.Sprint(i), s))
	}
	for range 2 {
		if got := ids(replay(t, j.Events, 1)); got != "1:0 2:1 3:2 4:3 5:4 6:5" {
			t.Errorf("order: %s", got)
		}
		for s, want := range map[int]uint64{-9999: 1, 0: 1, 5: 2, 20: 3, 21: 6, 30: 6, 31: 7} {
			got, err := j.Events.At(t.Context(), noon.Add(time.Duration(s)*time.Second))
			if got != want || err != nil {
				t.Errorf("At(%d s) is %d, %v; want %d", s, got, err, want)
			}
		}
		shut(t, j)
		j = open(t, quiet(dir))
	}
}

func TestAtAgreesWithASearchFromTheFront(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	j := open(t, quiet(t.TempDir()))
	times := make([]int, 200)
	var all []Event
	for i := range times {
		times[i] = i + rng.IntN(60) - 30
		all = append(all, event(fmt.Sprint(i), times[i]))
	}
	appendAll(t, j.Events, all...)
	for s := -40; s < 240; s++ {
		want := slices.IndexFunc(times, func(x int) bool { return x >= s }) + 1
		if want == 0 {
			want = len(times) + 1
		}
		if got, err := j.Events.At(t.Context(), noon.Add(time.Duration(s)*time.Second)); int(got) != want || err != nil {
			t.Fatalf("At(%d s) is %d, %v; want %d", s, got, err, want)
		}
	}
}

func TestOnlyOneProcessOpensAFolder(t *testing.T) {
	dir := t.TempDir()
	open(t, quiet(dir))
	if _, err := Open(t.Context(), quiet(dir)); err == nil || !strings.Contains(err.Error(), "another process has it open") {
		t.Errorf("got %v", err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for want, opts := range map[string]Options{
		"no place given": {},
		"both":           {Dir: "x", URL: "nats://127.0.0.1:1"},
		"negative":       {Dir: "x", Term: -1},
		"connect to":     {URL: "nats://127.0.0.1:1", Log: slog.New(slog.DiscardHandler)},
	} {
		if _, err := Open(t.Context(), opts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestNoGoroutineIsLeft(t *testing.T) {
	dir := t.TempDir()
	shut(t, open(t, quiet(dir))) // starts what NATS keeps for the whole process
	before := settled(0)
	for range 3 {
		j := open(t, quiet(dir))
		go j.Events.Follow(context.Background(), 0, func(Record) error { return nil })
		appendAll(t, j.Events, events(fmt.Sprint(time.Now().UnixNano()), 10)...)
		shut(t, j)
	}
	if after := settled(before); after > before {
		buf := make([]byte, 1<<20)
		t.Errorf("%d goroutines before, %d after:\n%s", before, after, buf[:runtime.Stack(buf, true)])
	}
}

// settled waits until there are at most want goroutines, or for two seconds,
// and tells how many there are.
func settled(want int) int {
	for range 100 {
		if runtime.NumGoroutine() <= want {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	return runtime.NumGoroutine()
}

func TestStatesAreReported(t *testing.T) {
	var states []string
	opts := quiet(t.TempDir())
	opts.Report = func(c Condition) { states = append(states, c.State.String()) }
	left := int64(100)
	opts.MinFree = 50
	opts.free = func(string) (int64, error) { return left, nil }
	j := open(t, opts)
	appendAll(t, j.Events, event("a", 0))
	left = 49
	_, err := j.Events.Append(t.Context(), event("b", 0))
	if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "make room") || !errors.Is(j.State().Err, ErrFull) {
		t.Errorf("got %v, state %v", err, j.State())
	}
	left = 50
	appendAll(t, j.Events, event("b", 0))
	shut(t, j)
	if got := strings.Join(states, " "); got != "opening ready full ready closed" {
		t.Errorf("states: %s", got)
	}
}

// external is a server of its own, as an operator would run it.
func external(t *testing.T) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true,
		JetStream: true, StoreDir: t.TempDir(), SyncAlways: true, MaxPayload: maxMessage,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	return s.ClientURL()
}

func TestTwoProgramsShareAnExternalServer(t *testing.T) {
	opts := quiet("")
	opts.URL = external(t)
	a, b := open(t, opts), open(t, opts)
	seen := make(chan string, 1000)
	go a.Events.Follow(t.Context(), 0, func(r Record) error { seen <- r.ID; return nil })
	var wg sync.WaitGroup
	for g, j := range []*Journal{a, b} {
		wg.Go(func() {
			for i := range 20 {
				appendAll(t, j.Events, event(fmt.Sprint("both-", i), 0), event(fmt.Sprintf("%d-%d", g, i), 0))
			}
		})
	}
	wg.Wait()
	count := map[string]int{}
	for _, r := range replay(t, b.Events, 1) {
		count[r.ID]++
	}
	for id, n := range count {
		if n != 1 {
			t.Errorf("%s is there %d times", id, n)
		}
	}
	if len(count) != 60 {
		t.Errorf("%d events, want 60", len(count))
	}
	for range 60 {
		<-seen
	}
}

func TestASmallMaxPayloadIsRefused(t *testing.T) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	defer s.Shutdown()
	opts := quiet("")
	opts.URL = s.ClientURL()
	if _, err := Open(t.Context(), opts); err == nil || !strings.Contains(err.Error(), "set its max_payload") {
		t.Errorf("got %v", err)
	}
}

// TestIndexMemory holds the figure of the package comment, bytes for an id.
func TestIndexMemory(t *testing.T) {
	const n = 200_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	x := newIndex(n)
	for i := range 2 * n {
		x.remember(keyOf(fmt.Sprint(i)), uint64(i))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := float64(after.HeapAlloc-before.HeapAlloc) / n
	if each > 100 || len(x.seq) != n {
		t.Errorf("%d ids take %.0f bytes each", len(x.seq), each)
	}
	t.Logf("%.0f bytes an id", each)
}

func TestOneKindIsReadWithoutTheOthers(t *testing.T) {
	j := open(t, quiet(t.TempDir()))
	if last, err := j.Events.LastOf(t.Context(), "odd.one"); err != nil || last != nil {
		t.Fatalf("%v, %v", last, err)
	}
	for i := range 20 {
		e := event(fmt.Sprint(i), i)
		if i%7 == 3 {
			e.Kind = "odd.one"
		}
		appendAll(t, j.Events, e)
	}
	var found []Record
	err := j.Events.ReplayKind(t.Context(), "odd.one", func(r Record) error {
		found = append(found, r)
		return nil
	})
	if err != nil || ids(found) != "4:3 11:10 18:17" {
		t.Errorf("%q, %v", ids(found), err)
	}
	if last, err := j.Events.LastOf(t.Context(), "odd.one"); err != nil || last == nil || last.ID != "17" || last.Seq != 18 {
		t.Errorf("%v, %v", last, err)
	}
	for _, kind := range []string{"", "odd.*", "odd.>"} {
		if _, err := j.Events.LastOf(t.Context(), kind); err == nil {
			t.Errorf("kind %q is taken", kind)
		}
		if err := j.Events.ReplayKind(t.Context(), kind, nil); err == nil {
			t.Errorf("kind %q is taken", kind)
		}
	}
}

func TestOneKindIsReadInSeveralRuns(t *testing.T) {
	j := open(t, quiet(t.TempDir()))
	payload, err := json.Marshal(strings.Repeat("x", 4000)) // a run is cut by bytes, too
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for batch := range 6 {
		all := events(fmt.Sprint("b", batch, "-"), MaxBatch)
		for i := range all {
			if i%2 == 0 {
				all[i].Kind, all[i].Payload = "odd.one", payload
				want++
			}
		}
		appendAll(t, j.Events, all...)
	}
	got, last := 0, uint64(0)
	err = j.Events.ReplayKind(t.Context(), "odd.one", func(r Record) error {
		if got++; r.Kind != "odd.one" || r.Seq <= last {
			t.Fatalf("%d after %d: %s", r.Seq, last, r.Kind)
		}
		last = r.Seq
		return nil
	})
	if err != nil || got != want {
		t.Errorf("%d events, want %d: %v", got, want, err)
	}
}
