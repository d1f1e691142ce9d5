package history

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vedette/internal/journal"
	"vedette/track"
)

// The test program runs itself as a child that can be killed.
const childDir = "HISTORY_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := child(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child appends to a journal, sweeps it, and projects it, until it is killed.
func child(dir string) error {
	opts := options(filepath.Join(dir, "journal"))
	opts.Term = 10 * time.Hour
	j, err := journal.Open(context.Background(), opts)
	if err != nil {
		return err
	}
	h, err := Open(filepath.Join(dir, "history"))
	if err != nil {
		return err
	}
	failed := make(chan error, 2)
	go func() { failed <- h.Run(context.Background(), j) }()
	go func() { failed <- load(j) }()
	return <-failed
}

// load appends fifty positions for each hour and one call for help, and sweeps
// every eighth hour what is older than ten.
func load(j *journal.Journal) error {
	last, err := j.Contacts.Last(context.Background())
	if err != nil {
		return err
	}
	for hour := time.Duration(last) / 50; ; hour++ {
		var all []journal.Event
		for n := range 50 {
			e, err := encode(seen("radar", fmt.Sprint(n), hour*time.Hour, 34, 41), fmt.Sprintf("%d-%d", hour, n))
			if err != nil {
				return err
			}
			all = append(all, e)
		}
		if _, err := j.Contacts.Append(context.Background(), all...); err != nil {
			return err
		}
		help := all[0]
		help.ID, help.Kind = "help-"+help.ID, track.KindCall
		if _, err := j.Events.Append(context.Background(), help); err != nil {
			return err
		}
		if hour%8 == 7 {
			if _, err := j.Sweep(context.Background(), after(hour*time.Hour)); err != nil {
				return err
			}
		}
		fmt.Println("appended")
	}
}

func encode(o track.Observation, id string) (journal.Event, error) {
	payload, err := o.MarshalJSON()
	return journal.Event{ID: id, Kind: o.Kind(), Version: track.Version, Source: o.Source, Time: o.Time, Received: o.Received, Payload: payload}, err
}

// TestKilledInTheMiddleOfItLosesAndDoublesNothing kills the process without
// warning, again and again in one folder, and compares the history's rows with
// what the journal holds.
func TestKilledInTheMiddleOfItLosesAndDoublesNothing(t *testing.T) {
	kills, appends := 3, 12
	if testing.Short() {
		kills, appends = 2, 8
	}
	dir := t.TempDir()
	var total uint64
	for i := range kills {
		killed(t, dir, appends+appends*i/2)
		j := openJournal(t, filepath.Join(dir, "journal"))
		h := openHistory(t, filepath.Join(dir, "history"))
		before, _, err := h.Progress(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		stop := running(t, h, j)
		caughtUp(t, h, j)
		stop()
		rows := compareRows(t, h, j)
		last, _, err := h.Progress(t.Context())
		t.Logf("killed with %d contacts projected of %d; %d rows", before, last, rows)
		if err != nil || last < total+50*uint64(appends) || rows < 50 {
			t.Errorf("%d contacts after %d: this is no load, %v", last, total, err)
		}
		total = last
		_, _ = h.Close(), j.Close()
	}
}

// killed lets a child work until it has appended so many times.
func killed(t *testing.T, dir string, appends int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(out)
	for range appends {
		if _, err := r.ReadString('\n'); err != nil {
			t.Fatal("the child ended by itself")
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
}

// compareRows holds the rows of the history to what the journal holds, and
// gives the number of observations.
func compareRows(t *testing.T, h *History, j *journal.Journal) int {
	t.Helper()
	var want, wantEvents, wantPlaces []int64
	for _, l := range []log{contacts, events} {
		err := l.of(j).Replay(t.Context(), 1, func(r journal.Record) error {
			i := read(l, r)
			if l == events {
				wantEvents = append(wantEvents, int64(r.Seq))
			}
			if i.seen != nil {
				want = append(want, i.row())
				if i.seen.Fix {
					wantPlaces = append(wantPlaces, i.row())
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for query, want := range map[string][]int64{
		`SELECT id FROM observation`: want,
		`SELECT id FROM place`:       wantPlaces,
		`SELECT seq FROM event`:      wantEvents,
	} {
		got := numbers(t, h.read, query)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d rows, want %d", query, len(got), len(want))
		}
	}
	for _, query := range []string{
		`SELECT id FROM track WHERE NOT EXISTS (SELECT 1 FROM observation WHERE track = track.id)`,
		`SELECT minute FROM (SELECT minute, audience, n FROM tally EXCEPT SELECT time / 60000000, coalesce(audience, 0), count(*) FROM observation GROUP BY 1, 2)`,
		`SELECT count(*) FROM tally HAVING sum(n) <> (SELECT count(*) FROM observation)`,
		`SELECT o.id FROM observation o JOIN track k ON k.id = o.track WHERE o.time < k.since OR max(o.stale, o.time) > k.until`,
	} {
		if got := numbers(t, h.read, query); len(got) > 0 {
			t.Errorf("%s: %d", query, len(got))
		}
	}
	return len(want)
}

func numbers(t *testing.T, db *sql.DB, query string) (all []int64) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		all = append(all, n)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

const day = 24 * time.Hour

func TestWhatASweepDeletesGoesAndWhatIsHeldStays(t *testing.T) {
	j := openJournal(t, t.TempDir())
	path := filepath.Join(t.TempDir(), "h")
	h := openHistory(t, path)
	stop := running(t, h, j)
	for i := range 10 {
		add(t, j, seen([]string{"radar", "ais"}[i%2], fmt.Sprint(i), time.Duration(i)*day, 34, 41))
	}
	call := seen("tak", "help", 0, 34, 41)
	call.Type = "b-a-o-tbl"
	add(t, j, call)
	caughtUp(t, h, j)
	if _, err := j.Hold(t.Context(), journal.Hold{By: "a", Reason: "b", From: after(0), To: after(5*day + minute), Source: "ais", Until: after(900 * day)}); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Sweep(t.Context(), after(37*day)); err != nil {
		t.Fatal(err)
	}
	caughtUp(t, h, j)
	const left = "help 1 3 5 7 8 9"
	check := func(h *History, when string) {
		t.Helper()
		if got := names(within(t, h, all())); got != left {
			t.Errorf("%s: %q are left, want %q", when, got, left)
		}
		compareRows(t, h, j)
	}
	check(h, "after the sweep")
	stop()
	check(rebuilt(t, j), "after a rebuild")
	fresh := openHistory(t, path+"2")
	running(t, fresh, j)
	caughtUp(t, fresh, j)
	check(fresh, "projected after the sweep")
	checkOverwritten(t, h, path)
}

// checkOverwritten sees that an identity that was swept stands nowhere in the
// file.
func checkOverwritten(t *testing.T, h *History, path string) {
	t.Helper()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "radarL2") || strings.Contains(string(b), "a-u-GL2") {
		t.Error("a swept observation can still be read in the file")
	}
	if !strings.Contains(string(b), "a-u-GL7") {
		t.Error("nothing like an observation stands in the file: this is no test")
	}
}

// TestPositionsReadBeforeASweepAndWrittenAfterIt puts into a batch what the
// journal has deleted meanwhile.
func TestPositionsReadBeforeASweepAndWrittenAfterIt(t *testing.T) {
	j := openJournal(t, t.TempDir())
	for i := range 6 {
		add(t, j, seen("radar", fmt.Sprint(i), time.Duration(i)*day, 34, 41))
	}
	var items []item
	read := func(l log) {
		if err := l.of(j).Replay(t.Context(), 1, func(r journal.Record) error { items = append(items, read(l, r)); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	read(contacts)
	if _, err := j.Sweep(t.Context(), after(33*day)); err != nil {
		t.Fatal(err)
	}
	read(events)
	slices.Reverse(items[:6])
	slices.Reverse(items) // the sweep, and then the positions
	h := openHistory(t, filepath.Join(t.TempDir(), "h"))
	p, err := h.projector(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	for _, i := range items {
		if err := p.take(t.Context(), i); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := names(within(t, h, all())); got != "3 4 5" {
		t.Errorf("left: %q", got)
	}
	compareRows(t, h, j)
}

// TestAnInterruptedPruningIsFinished cuts the projection between a sweep and its
// deletion here.
func TestAnInterruptedPruningIsFinished(t *testing.T) {
	j := openJournal(t, t.TempDir())
	for i := range 6 {
		add(t, j, seen("radar", fmt.Sprint(i), time.Duration(i)*day, 34, 41))
	}
	h := rebuilt(t, j)
	if _, err := j.Sweep(t.Context(), after(33*day)); err != nil {
		t.Fatal(err)
	}
	p, err := h.projector(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	// As if the store had failed in the middle of the sweep: its event is
	// projected, and all positions are still there.
	err = j.Events.Replay(t.Context(), 1, func(r journal.Record) error {
		if err := p.begin(t.Context()); err != nil {
			return err
		}
		p.at[events] = place{r.Seq, r.ID}
		return p.insert(read(events, r))
	})
	if err == nil {
		err = p.commit(t.Context())
	}
	p.close()
	if err != nil {
		t.Fatal(err)
	}
	if got := names(within(t, h, all())); got != "0 1 2 3 4 5" {
		t.Fatalf("before: %q", got)
	}
	stop := running(t, h, j)
	for deadline := time.Now().Add(time.Minute); names(within(t, h, all())) != "3 4 5"; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("left: %q", names(within(t, h, all())))
		}
	}
	stop()
	compareRows(t, h, j)
}

// FuzzRead gives payloads to the projection: what it reads comes back.
func FuzzRead(f *testing.F) {
	for _, o := range []track.Observation{seen("radar", "a", 0, 34, 41), {}} {
		payload, err := o.MarshalJSON()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
	}
	f.Add([]byte(`{"source":"a","type":"a","time":"2018-11-25T12:00:00.123456789Z","received":"1970-01-01T00:00:00Z","stale":"2261-01-01T00:00:00Z","trust":"local","groups":["b","a","b"],"props":{"x":"\"' "}}`))
	h := openHistory(f, filepath.Join(f.TempDir(), "h"))
	p, err := h.projector(context.Background(), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(p.close)
	seq := uint64(0)
	f.Fuzz(func(t *testing.T, payload []byte) {
		seq++
		i := read(contacts, journal.Record{Seq: seq, Event: journal.Event{ID: "x", Kind: track.KindPosition, Version: track.Version, Payload: payload}})
		if err := p.take(t.Context(), i); err != nil {
			t.Fatal(err)
		}
		if i.seen == nil {
			return
		}
		rows, err := p.conn.QueryContext(t.Context(), `SELECT `+columns+` FROM observation o JOIN track k ON k.id = o.track LEFT JOIN audience a ON a.id = o.audience WHERE o.id = ?`, i.row())
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		if !rows.Next() {
			t.Fatalf("%s was not kept", payload)
		}
		got, err := scan(rows)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := kept(t, got.Observation), kept(t, *i.seen); a != b {
			t.Errorf("got  %s\nwant %s", a, b)
		}
	})
}

// kept writes what is kept of an observation.
func kept(t *testing.T, o track.Observation) string {
	t.Helper()
	o.Time, o.Received, o.Stale = o.Time.Truncate(time.Microsecond), o.Received.Truncate(time.Microsecond), o.Stale.Truncate(time.Microsecond)
	o.Skew, o.CoT = o.Skew.Truncate(time.Microsecond), ""
	o.Groups = slices.Compact(slices.Sorted(slices.Values(o.Groups)))
	b, err := o.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestARebuildThatFailsLeavesTheOldHistory(t *testing.T) {
	j := openJournal(t, t.TempDir())
	add(t, j, seen("radar", "a", 0, 34, 41))
	path := filepath.Join(t.TempDir(), "h")
	var last [2]uint64
	if err := Rebuild(t.Context(), j, path, func(done, total uint64) { last = [2]uint64{done, total} }); err != nil {
		t.Fatal(err)
	}
	if last != [2]uint64{1, 1} {
		t.Errorf("progress ended with %v", last)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Rebuild(ctx, j, path, func(uint64, uint64) {}); err == nil {
		t.Error("a rebuild without a context that lasts went well")
	}
	if files, err := filepath.Glob(path + "*"); err != nil || len(files) != 1 {
		t.Errorf("there are %v, %v", files, err)
	}
	if got := names(within(t, openHistory(t, path), all())); got != "a" {
		t.Errorf("the old one has %q", got)
	}
}

// TestAnswersAreThoseOfAPlainSearch draws observations and questions.
func TestAnswersAreThoseOfAPlainSearch(t *testing.T) {
	j := openJournal(t, t.TempDir())
	var made []track.Observation
	h := openHistory(t, filepath.Join(t.TempDir(), "h"))
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 5).Draw(rt, "observations") {
			o := drawn(rt)
			o.Label = fmt.Sprint(len(made)) // none comes twice
			add(t, j, o)
			made = append(made, o)
		}
		project(t, h, j)
		q := drawnQuery(rt)
		want := []string{}
		for _, o := range made {
			if matches(q, &o) {
				want = append(want, o.EventID())
			}
		}
		got := []string{}
		for _, o := range within(t, h, q) {
			got = append(got, o.EventID())
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			rt.Fatalf("%+v: %d found, want %d", q, len(got), len(want))
		}
		checkCounts(rt, h, made, q)
		at := rapid.IntRange(0, 60).Draw(rt, "at")
		checkAt(rt, h, made, after(time.Duration(at)*minute), q)
	})
}

// project takes what is new, on the caller's goroutine.
func project(t *testing.T, h *History, j *journal.Journal) {
	t.Helper()
	p, err := h.projector(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	if err := p.catchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, l := range []log{contacts, events} {
		if err := l.of(j).Replay(t.Context(), p.at[l].seq+1, func(r journal.Record) error { return p.take(t.Context(), read(l, r)) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func drawn(rt *rapid.T) track.Observation {
	o := seen(rapid.SampledFrom([]string{"radar", "ais"}).Draw(rt, "source"), rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(rt, "id"),
		time.Duration(rapid.IntRange(0, 3600_000).Draw(rt, "ms"))*time.Millisecond,
		float64(rapid.IntRange(-9, 9).Draw(rt, "lat"))*10, float64(rapid.IntRange(-18, 18).Draw(rt, "lon"))*10)
	o.Type = rapid.SampledFrom([]string{"a-u-G", "a-u-S", "a-u-S-X", "b-a-o-tbl"}).Draw(rt, "type")
	o.Groups = rapid.SampledFrom([][]string{nil, {"x"}, {"x", "y"}}).Draw(rt, "groups")
	o.Gone = rapid.IntRange(0, 5).Draw(rt, "gone") == 0
	o.Fix = rapid.IntRange(0, 5).Draw(rt, "fix") > 0
	return o
}

func drawnQuery(rt *rapid.T) Query {
	from := rapid.IntRange(0, 60).Draw(rt, "from")
	q := Query{From: after(time.Duration(from) * minute), To: after(time.Duration(from+rapid.IntRange(0, 60).Draw(rt, "long")) * minute)}
	q.Groups = rapid.SampledFrom([][]string{nil, {}, {"y"}, {"z", "x"}}).Draw(rt, "seen")
	q.Sources = rapid.SampledFrom([][]string{nil, nil, {"ais"}}).Draw(rt, "sources")
	q.IDs = rapid.SampledFrom([][]string{nil, nil, {"a", "c"}}).Draw(rt, "ids")
	q.Types = rapid.SampledFrom([][]string{nil, nil, {"a-u-S"}, {"a", "b-a"}}).Draw(rt, "types")
	if rapid.Bool().Draw(rt, "boxed") {
		q.Box = &Box{float64(rapid.IntRange(-180, 180).Draw(rt, "west")), -90, float64(rapid.IntRange(-180, 180).Draw(rt, "east")), 90}
		q.Box.South = float64(rapid.IntRange(-90, 0).Draw(rt, "south"))
	}
	q.Limit = rapid.SampledFrom([]int{1, 3, 100}).Draw(rt, "limit")
	return q
}

// matches is the meaning of a query, without its limit.
func matches(q Query, o *track.Observation) bool {
	return !o.Time.Before(q.From) && o.Time.Before(q.To) && named(q, o)
}

func named(q Query, o *track.Observation) bool {
	kind := q.Types == nil || slices.ContainsFunc(q.Types, func(t string) bool { return o.Type == t || strings.HasPrefix(o.Type, t+"-") })
	return kind && (q.Sources == nil || slices.Contains(q.Sources, o.Source)) && (q.IDs == nil || o.ID != "" && slices.Contains(q.IDs, o.ID)) &&
		visible(q.Groups, o) && inside(q.Box, o)
}

func visible(groups []string, o *track.Observation) bool {
	return groups == nil || len(o.Groups) == 0 || slices.ContainsFunc(groups, func(g string) bool { return slices.Contains(o.Groups, g) })
}

func inside(b *Box, o *track.Observation) bool {
	if b == nil {
		return true
	}
	lon := b.West <= o.At.Lon && o.At.Lon <= b.East
	if b.West > b.East {
		lon = o.At.Lon >= b.West || o.At.Lon <= b.East
	}
	return o.Fix && lon && b.South <= o.At.Lat && o.At.Lat <= b.North
}

// checkCounts holds the counts of whole minutes to a plain search, by minutes
// and by observations.
func checkCounts(rt *rapid.T, h *History, made []track.Observation, q Query) {
	long := q.To.Add(time.Hour).Sub(q.From)
	from := q.From.Add(time.Duration(rapid.IntRange(0, 1).Draw(rt, "half")) * 30 * time.Second)
	for _, n := range []int{1, 4, 60} {
		want := make([]int64, n)
		for _, o := range made {
			t := o.Time
			if n < int(long/(10*time.Minute)) {
				t = t.Truncate(time.Minute)
			}
			if at := t.Sub(from); at >= 0 && at < long && visible(q.Groups, &o) {
				want[int64(at)*int64(n)/int64(long)]++
			}
		}
		got, err := h.Counts(context.Background(), from, from.Add(long), n, q.Groups)
		if err != nil || !slices.Equal(got, want) {
			rt.Fatalf("%d parts of %v: got %v, want %v, %v", n, long, got, want, err)
		}
	}
}

// checkAt holds At to a plain search. Of two at the same time the later row
// counts, which the order of made does not tell across the logs: then it is not
// compared.
func checkAt(rt *rapid.T, h *History, made []track.Observation, t time.Time, q Query) {
	newest := map[track.Key]track.Observation{}
	same := map[track.Key]bool{}
	for _, o := range made {
		last, known := newest[o.Key()]
		if o.ID == "" || o.Time.After(t) || !visible(q.Groups, &o) || known && o.Time.Before(last.Time) {
			continue
		}
		same[o.Key()] = known && o.Time.Equal(last.Time)
		newest[o.Key()] = o
	}
	want := map[track.Key]string{}
	for k, o := range newest {
		if !o.Gone && o.Fix && o.Stale.After(t) && named(q, &o) {
			want[k] = o.EventID()
		}
	}
	got, err := h.At(context.Background(), t, Query{Groups: q.Groups, Sources: q.Sources, IDs: q.IDs, Types: q.Types, Box: q.Box})
	if err != nil {
		rt.Fatal(err)
	}
	seen := 0
	for _, o := range got.Observations {
		if same[o.Key()] {
			continue
		}
		if seen++; want[o.Key()] != o.EventID() {
			rt.Fatalf("at %v: %v is not the last", t, o)
		}
	}
	for k := range want {
		if !same[k] {
			seen--
		}
	}
	if seen != 0 {
		rt.Fatalf("at %v: %d tracks too many or few", t, seen)
	}
}
