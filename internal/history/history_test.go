package history

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"vedette/geo"
	"vedette/internal/journal"
	"vedette/track"
)

func TestAnObservationComesBackAsItWasCutToMicroseconds(t *testing.T) {
	j := openJournal(t, t.TempDir())
	full := track.Observation{
		Source: "tak", ID: "ANDROID-1", Type: "a-f-G-U-C", Label: "برج 1", Fix: true, At: geo.Point{Lat: 34.123456789, Lon: -41.987654321},
		HAE: 312.5, CE: 4.25, LE: 9.5, Course: 271.125, Speed: 6.0625,
		Time: noon.Add(123456789), Received: noon.Add(2*time.Second + 999), Stale: noon.Add(time.Hour + 1),
		Trust: track.Certificate, By: "post-7", Groups: []string{"north", "blue"}, Props: map[string]string{"fuel_pct": "40", "note": "a \"b\""},
		CoT: "<event/>", Late: true, Skew: -1500 * time.Millisecond,
	}
	gone := seen("ais", "1", minute, 0, 0)
	gone.Fix, gone.Gone, gone.At = false, true, geo.Point{}
	gone.CE, gone.Course, gone.Speed = math.NaN(), math.NaN(), math.NaN()
	add(t, j, full, gone)
	got := within(t, rebuilt(t, j), all())
	for i, want := range []track.Observation{full, gone} {
		if a, b := kept(t, got[i]), kept(t, want); a != b || len(a) < 100 {
			t.Errorf("got  %s\nwant %s", a, b)
		}
	}
	if !got[0].Time.Equal(noon.Add(123456*time.Microsecond)) || got[0].CoT != "" {
		t.Errorf("got %+v", got[0])
	}
}

func TestWhatWasWhere(t *testing.T) {
	j := openJournal(t, t.TempDir())
	a := seen("radar", "a", 0, 34, 41)
	b := seen("radar", "b", 2*minute, 35, 42)
	b.Type = "a-u-S-X"
	c := seen("ais", "c", minute, 34.5, 179.9)
	c.Groups = []string{"coast"}
	d := seen("ais", "d", 3*minute, 34.5, -179.9)
	d.Type = "a-u-Sx"
	plot := seen("radar", "", 4*minute, 34.2, 41.2)
	nowhere := seen("tak", "n", 5*minute, 0, 0)
	nowhere.Fix = false
	add(t, j, a, b, c, d, plot, nowhere)
	h := rebuilt(t, j)
	for _, q := range []struct {
		name   string
		change func(*Query)
		want   string
	}{
		{"everything, by time", func(*Query) {}, "a c b d  n"},
		{"from is in the time and to is not", func(q *Query) { q.From, q.To = after(minute), after(3*minute) }, "c b"},
		{"a box", func(q *Query) { q.Box = &Box{40, 33, 42, 35} }, "a b "},
		{"a box is exact", func(q *Query) { q.Box = &Box{41.0000001, 33, 42, 35} }, "b "},
		{"a box over the 180th meridian", func(q *Query) { q.Box = &Box{179, 34, -179, 35} }, "c d"},
		{"a source", func(q *Query) { q.Sources = []string{"ais"} }, "c d"},
		{"identities", func(q *Query) { q.IDs = []string{"a", "d", "x"} }, "a d"},
		{"a plot has no identity", func(q *Query) { q.IDs = []string{""} }, ""},
		{"a type and what is more special", func(q *Query) { q.Types = []string{"a-u-S"} }, "b"},
		{"somebody in no group", func(q *Query) { q.Groups = []string{} }, "a b d  n"},
		{"somebody in another group", func(q *Query) { q.Groups = []string{"hills"} }, "a b d  n"},
		{"somebody in the group", func(q *Query) { q.Groups = []string{"hills", "coast"} }, "a c b d  n"},
		{"all together", func(q *Query) {
			q.Box, q.Sources, q.IDs, q.Types, q.Groups = &Box{40, 33, 42, 35}, []string{"radar"}, []string{"a", "b"}, []string{"a-u"}, []string{}
		}, "a b"},
	} {
		query := all()
		q.change(&query)
		for _, limit := range []int{MaxLimit, 1, 2} {
			query.Limit = limit
			if got := names(within(t, h, query)); got != q.want {
				t.Errorf("%s, %d a page: got %q, want %q", q.name, limit, got, q.want)
			}
		}
	}
}

func TestTheLastPositionOfEachTrack(t *testing.T) {
	j := openJournal(t, t.TempDir())
	moved := seen("radar", "a", 5*minute, 34.5, 41)
	secret := seen("radar", "a", 6*minute, 34.7, 41)
	secret.Groups = []string{"coast"}
	gone := seen("radar", "b", 8*minute, 0, 0)
	gone.Fix, gone.Gone = false, true
	late := seen("radar", "a", -minute, 30, 41) // comes last, but was earlier
	add(t, j, seen("radar", "a", 0, 34, 41), seen("radar", "b", minute, 35, 42), moved, secret, gone, seen("radar", "", minute, 34, 41), late)
	h := rebuilt(t, j)
	for _, c := range []struct {
		name   string
		at     time.Duration
		groups []string
		box    *Box
		want   string
	}{
		{"before all", -2 * minute, nil, nil, ""},
		{"the earlier one", -minute, nil, nil, "a@30"},
		{"both", minute, nil, nil, "a@34 b@35"},
		{"in a box", minute, nil, &Box{40, 34, 41.5, 36}, "a@34"},
		{"moved out of the box", 5 * minute, nil, &Box{40, 33, 41.5, 34}, ""},
		{"moved", 5 * minute, nil, nil, "a@34.5 b@35"},
		{"seen by his group", 7 * minute, []string{"coast"}, nil, "a@34.7 b@35"},
		{"seen by others", 7 * minute, []string{}, nil, "a@34.5 b@35"},
		{"gone", 8 * minute, nil, nil, "a@34.7"},
		{"stale for one who saw less", 15 * minute, []string{}, nil, ""},
		{"stale", 16 * minute, nil, nil, ""},
	} {
		for _, limit := range []int{0, 1} {
			if got := positions(t, h, after(c.at), Query{Groups: c.groups, Box: c.box, Limit: limit}); got != c.want {
				t.Errorf("%s: got %q, want %q", c.name, got, c.want)
			}
		}
	}
}

// positions writes where the tracks are as a@34 b@35.
func positions(t *testing.T, h *History, at time.Time, q Query) string {
	t.Helper()
	var all []string
	for {
		p, err := h.At(t.Context(), at, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range p.Observations {
			lat, _ := json.Marshal(o.At.Lat)
			all = append(all, o.ID+"@"+string(lat))
		}
		if p.Next == nil {
			return strings.Join(all, " ")
		}
		q.After = *p.Next
	}
}

func TestTracksBreakAtGapsAndWhereTheyAreGone(t *testing.T) {
	j := openJournal(t, t.TempDir())
	gone := seen("radar", "a", 12*minute, 0, 0)
	gone.Fix, gone.Gone = false, true
	add(t, j,
		seen("radar", "a", 0, 34, 41), seen("radar", "b", 0, 10, 10), seen("radar", "a", minute, 34.1, 41), seen("radar", "", minute, 34, 41),
		seen("radar", "a", 10*minute, 34.2, 41), seen("radar", "a", 11*minute, 34.3, 45), gone, seen("radar", "a", 13*minute, 34.4, 41))
	h := rebuilt(t, j)
	show := func(l Lines) string {
		var all []string
		for _, line := range l.Lines {
			s := line.Key.ID
			for _, p := range line.Points {
				s += " " + p.Time.Sub(noon).String()
			}
			all = append(all, s)
		}
		return strings.Join(all, "; ")
	}
	for _, c := range []struct {
		name string
		q    Query
		want string
		cut  bool
	}{
		{"all", Query{}, "a 0s 1m0s; a 10m0s 11m0s; a 13m0s; b 0s", false},
		{"the whole way of what was in a box", Query{Box: &Box{44, 34, 46, 35}}, "a 0s 1m0s; a 10m0s 11m0s; a 13m0s", false},
		{"one", Query{IDs: []string{"b"}}, "b 0s", false},
		{"no more than asked for", Query{Limit: 3}, "a 0s 1m0s; a 10m0s", true},
	} {
		c.q.From, c.q.To = all().From, all().To
		got, err := h.Tracks(t.Context(), c.q, 5*minute)
		if err != nil || show(got) != c.want || got.Cut != c.cut {
			t.Errorf("%s: got %q, cut %v, %v; want %q", c.name, show(got), got.Cut, err, c.want)
		}
	}
}

func TestCountsFillTheirBuckets(t *testing.T) {
	j := openJournal(t, t.TempDir())
	coast := seen("ais", "c", 59*time.Second, 1, 1)
	coast.Groups = []string{"coast"}
	add(t, j, seen("a", "1", 0, 1, 1), coast, seen("a", "1", minute, 1, 1), seen("a", "1", 4*minute, 1, 1), seen("a", "1", 5*minute, 1, 1))
	h := rebuilt(t, j)
	for _, c := range []struct {
		groups []string
		want   []int64
	}{
		{nil, []int64{2, 1, 0, 0, 1}},
		{[]string{}, []int64{1, 1, 0, 0, 1}},
		{[]string{"coast"}, []int64{2, 1, 0, 0, 1}},
	} {
		got, err := h.Counts(t.Context(), noon, after(5*minute), 5, c.groups)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v: got %v, %v; want %v", c.groups, got, err, c.want)
		}
	}
	if _, err := h.Counts(t.Context(), time.Unix(0, 0), time.Date(2261, 1, 1, 0, 0, 0, 0, time.UTC), MaxBuckets, nil); err != nil {
		t.Errorf("the longest time: %v", err)
	}
}

func TestEventsComeByTheirTime(t *testing.T) {
	j := openJournal(t, t.TempDir())
	call := seen("tak", "x.9-1-1", 3*minute, 34, 41)
	call.Type = "b-a-o-tbl"
	note(t, j, "1", "chat.message", minute, `{"text":"<b>"}`)
	note(t, j, "2", "feed.state", 0, `null`)
	add(t, j, call)
	note(t, j, "4", "chat.message", 2*minute, `[1, 2]`)
	h := rebuilt(t, j)
	for _, c := range []struct {
		kinds []string
		to    time.Duration
		want  string
	}{
		{nil, time.Hour, "feed.state chat.message chat.message emergency.call"},
		{[]string{"chat.message"}, time.Hour, "chat.message chat.message"},
		{[]string{"chat.message"}, 2 * minute, "chat.message"},
	} {
		q := EventQuery{Kinds: c.kinds, From: noon, To: after(c.to), Limit: 1}
		var got []string
		for {
			page, next, err := h.Events(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page {
				got = append(got, e.Kind)
			}
			if next == nil {
				break
			}
			q.After = *next
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%v: got %q, want %q", c.kinds, s, c.want)
		}
	}
	page, _, err := h.Events(t.Context(), EventQuery{Kinds: []string{"chat.message"}, From: noon, To: after(time.Hour)})
	if err != nil || string(page[1].Payload) != `[1,2]` || page[1].Seq != 4 || page[1].ID != "4" || page[1].Version != 1 || page[1].Source != "test" {
		t.Errorf("got %+v, %v", page, err)
	}
	if got := names(within(t, h, all())); got != "x.9-1-1" {
		t.Errorf("the call for help is no observation: %q", got)
	}
}

func TestWhatCannotBeReadIsKeptToBeLookedAt(t *testing.T) {
	j := openJournal(t, t.TempDir())
	good := eventOf(t, seen("radar", "a", 0, 34, 41), 1)
	newer, wrong, other := good, good, good
	newer.ID, newer.Version = "newer", track.Version+1
	wrong.ID, wrong.Payload = "wrong", json.RawMessage(`{"source":"radar"}`)
	other.ID, other.Kind = "other", "contact.smell"
	if _, err := j.Contacts.Append(t.Context(), newer, wrong, other, good); err != nil {
		t.Fatal(err)
	}
	h := rebuilt(t, j)
	if n, err := h.Unread(t.Context()); n != 3 || err != nil {
		t.Errorf("%d are unread, %v", n, err)
	}
	if got := names(within(t, h, all())); got != "a" {
		t.Errorf("read: %q", got)
	}
}

func TestQuestionsThatMakeNoSenseSaySo(t *testing.T) {
	h := openHistory(t, filepath.Join(t.TempDir(), "h"))
	ctx := t.Context()
	ask := func(change func(*Query)) error {
		q := all()
		change(&q)
		_, err := h.Within(ctx, q)
		return err
	}
	counts := func(from, to time.Time, n int) error { _, err := h.Counts(ctx, from, to, n, nil); return err }
	_, _, events := h.Events(ctx, EventQuery{From: after(1), To: noon})
	_, tracks := h.Tracks(ctx, Query{Limit: MaxPoints + 1}, 0)
	_, moment := h.At(ctx, noon, Query{Limit: -1})
	for want, err := range map[string]error{
		"from: is after to":            ask(func(q *Query) { q.From, q.To = q.To, q.From }),
		"outside 1 to 10000":           ask(func(q *Query) { q.Limit = MaxLimit + 1 }),
		"ask in parts":                 ask(func(q *Query) { q.IDs = make([]string, MaxNames+1) }),
		"south is north":               ask(func(q *Query) { q.Box = &Box{0, 2, 1, 1} }),
		"outside -180 to 180":          ask(func(q *Query) { q.Box = &Box{-181, 0, 1, 1} }),
		"outside -90 to 90":            ask(func(q *Query) { q.Box = &Box{0, 0, 1, math.NaN()} }),
		"give 1 to 1000":               counts(noon, after(1), 0),
		"from is not before":           counts(noon, noon, 1),
		"under a microsecond":          counts(noon, after(10), 1),
		"events: from":                 events,
		"tracks: limit: 100001":        tracks,
		"at: limit: -1 is outside":     moment,
		"opened to be read":            (&History{}).Run(ctx, nil),
		"cursor \"1.2.3\"":             new(Cursor).UnmarshalText([]byte("1.2.3")),
		"take it from the page before": new(Cursor).UnmarshalText([]byte("01.2")),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestAQuestionEndsWithItsContext(t *testing.T) {
	h := openHistory(t, filepath.Join(t.TempDir(), "h"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Within(ctx, all()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestAFileOfAnotherVersionIsMadeAnewAndOneOfAnotherProgramLeftAlone(t *testing.T) {
	j := openJournal(t, t.TempDir())
	add(t, j, seen("radar", "a", 0, 34, 41))
	path := filepath.Join(t.TempDir(), "h")
	change := func(statements string) {
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec(statements); err != nil {
			t.Fatal(err)
		}
	}
	if err := Rebuild(t.Context(), j, path, func(uint64, uint64) {}); err != nil {
		t.Fatal(err)
	}
	change(`PRAGMA user_version = 99; DROP TABLE progress`)
	if _, err := OpenReader(path); !errors.Is(err, ErrOther) || !strings.Contains(err.Error(), "rebuild") {
		t.Errorf("a reader: %v", err)
	}
	h := openHistory(t, path)
	stop := running(t, h, j)
	caughtUp(t, h, j)
	stop()
	if got := names(within(t, h, all())); got != "a" {
		t.Errorf("projected anew: %q", got)
	}
	_ = h.Close()
	change(`PRAGMA application_id = 7`)
	if _, err := Open(path); !errors.Is(err, ErrOther) || !strings.Contains(err.Error(), "another path") {
		t.Errorf("another program's: %v", err)
	}
	if err := os.WriteFile(path, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "move the file away") {
		t.Errorf("no database: %v", err)
	}
	if _, err := OpenReader(path + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestTheHistoryOfAnotherJournalIsMadeAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h")
	for _, step := range []struct{ ids, want string }{{"abc", "a b c"}, {"d", "d"}, {"ef", "e f"}} { // shorter; longer
		j := openJournal(t, t.TempDir())
		for i, id := range step.ids {
			add(t, j, seen("radar", string(id), time.Duration(i)*minute, 34, 41))
		}
		h := openHistory(t, path)
		stop := running(t, h, j)
		caughtUp(t, h, j)
		// The other journal may have been as far as this one.
		for deadline := time.Now().Add(time.Minute); names(within(t, h, all())) != step.want && time.Now().Before(deadline); {
			time.Sleep(5 * time.Millisecond)
		}
		stop()
		if got := names(within(t, h, all())); got != step.want {
			t.Errorf("got %q, want %q", got, step.want)
		}
		_ = h.Close()
		_ = j.Close()
	}
}

func TestReadersReadWhileItIsWritten(t *testing.T) {
	j := openJournal(t, t.TempDir())
	path := filepath.Join(t.TempDir(), "h")
	h := openHistory(t, path)
	stop := running(t, h, j)
	other, err := OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for i := range 20 {
		add(t, j, seen("radar", "a", time.Duration(i)*minute, 34, 41))
		if _, err := other.Within(t.Context(), all()); err != nil {
			t.Fatal(err)
		}
	}
	caughtUp(t, h, j)
	if n := len(within(t, other, all())); n != 20 {
		t.Errorf("the other reader sees %d", n)
	}
	stop()
	if err := other.Run(t.Context(), j); err == nil {
		t.Error("a reader ran the projection")
	}
}

func TestTheFileIsItsOwners(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("NOT TESTED: Windows has no modes")
	}
	j := openJournal(t, t.TempDir())
	path := filepath.Join(t.TempDir(), "new", "h")
	h := openHistory(t, path)
	running(t, h, j)
	add(t, j, seen("radar", "a", 0, 34, 41))
	caughtUp(t, h, j)
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) != 3 {
		t.Fatalf("there are %v, %v", files, err)
	}
	for _, f := range files {
		if st, err := os.Stat(f); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f, st.Mode(), err)
		}
	}
}

func TestSummariesSayWhatIsMadeUp(t *testing.T) {
	j := openJournal(t, t.TempDir())
	made := seen("exercise", "a", minute, 34, 41)
	made.Props = map[string]string{"synthetic": "true"}
	shown := seen("exercise", "b", 2*minute, 34, 41)
	shown.Props = map[string]string{"illustrative": "yes", "synthetic": "false"}
	add(t, j, made, shown, seen("radar", "a", 0, 34, 41), seen("radar", "", 0, 34, 41))
	got, err := rebuilt(t, j).Summarize(t.Context(), all())
	want := []Summary{
		{"exercise", 2, 2, after(minute), after(2 * minute), after(2*minute + time.Second), 1, 1},
		{"radar", 2, 1, noon, noon, after(time.Second), 0, 0},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestTheTermIsThatOfTheLastSweep(t *testing.T) {
	dir := t.TempDir()
	opts := options(dir)
	opts.Term = 36 * time.Hour
	j, err := journal.Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if term, err := rebuilt(t, j).Term(t.Context()); term != 0 || err != nil {
		t.Errorf("before any sweep: %v, %v", term, err)
	}
	add(t, j, seen("radar", "a", 0, 34, 41), seen("radar", "a", 48*time.Hour, 34, 41))
	if _, err := j.Sweep(t.Context(), after(50*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if term, err := rebuilt(t, j).Term(t.Context()); term != opts.Term || err != nil {
		t.Errorf("got %v, %v", term, err)
	}
}

func FuzzCursor(f *testing.F) {
	f.Add("0.0")
	f.Add("1543147200000000.18")
	f.Add("-1.-9223372036854775808")
	f.Fuzz(func(t *testing.T, text string) {
		var c Cursor
		if c.UnmarshalText([]byte(text)) != nil {
			return
		}
		if again, err := c.MarshalText(); err != nil || string(again) != text {
			t.Errorf("%q became %q, %v", text, again, err)
		}
	})
}
