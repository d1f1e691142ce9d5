package access

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"vedette/internal/chain"
	"vedette/internal/journal"
)

func openJournal(t *testing.T, dir string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(t.Context(), journal.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func openAudit(t *testing.T, j *journal.Journal) *Audit {
	t.Helper()
	a, err := OpenAudit(t.Context(), j.Events, clock().Now)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func write(t *testing.T, a *Audit, what string) Entry {
	t.Helper()
	e, err := a.Append(context.Background(), Entry{Who: "root", How: "console", What: what, Object: "anna", Outcome: "done"})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func verify(t *testing.T, j *journal.Journal) (whats string, end chain.End, err error) {
	t.Helper()
	var all []string
	end, err = Verify(t.Context(), j.Events, func(e Entry) error { all = append(all, e.What); return nil })
	return strings.Join(all, " "), end, err
}

func TestTheTrailGoesOnAcrossRestarts(t *testing.T) {
	dir := t.TempDir()
	j := openJournal(t, dir)
	if whats, end, err := verify(t, j); err != nil || whats != "" || end != (chain.End{}) {
		t.Fatal(whats, end, err)
	}
	a := openAudit(t, j)
	first := write(t, a, "one")
	if first.N != 1 || first.Prev != "" || first.Who != "root" || !first.At.Equal(clock().Now()) {
		t.Error(first)
	}
	for i := range 3 {
		at := time.Now()
		if _, err := j.Events.Append(t.Context(), journal.Event{ID: fmt.Sprint("other", i), Kind: "other", Version: 1, Source: "x", Time: at, Received: at, Payload: json.RawMessage("{}")}); err != nil {
			t.Fatal(err)
		}
		write(t, a, "more")
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = openJournal(t, dir)
	last := write(t, openAudit(t, j), "after")
	whats, end, err := verify(t, j)
	if err != nil || whats != "one more more more after" || end != (chain.End{N: 5, Hash: last.Hash}) {
		t.Error(whats, end, err)
	}
}

func TestTwoWritersMakeOneChain(t *testing.T) {
	j := openJournal(t, t.TempDir())
	var group sync.WaitGroup
	for range 2 {
		a := openAudit(t, j)
		for range 2 {
			group.Go(func() {
				for range 5 {
					write(t, a, "x")
				}
			})
		}
	}
	group.Wait()
	if _, end, err := verify(t, j); err != nil || end.N != 20 {
		t.Error(end, err)
	}
}

func TestAPlaceThatIsTakenByWhatIsNoEntryIsSaid(t *testing.T) {
	j := openJournal(t, t.TempDir())
	at := time.Now()
	if _, err := j.Events.Append(t.Context(), journal.Event{ID: "audit.1.", Kind: "other", Version: 1, Source: "x", Time: at, Received: at, Payload: json.RawMessage("{}")}); err != nil {
		t.Fatal(err)
	}
	if _, err := openAudit(t, j).Append(t.Context(), Entry{What: "x"}); err == nil || !strings.Contains(err.Error(), "place 1") {
		t.Error(err)
	}
}

func TestAnAppendOfUnknownFateIsFoundOut(t *testing.T) {
	j := openJournal(t, t.TempDir())
	a := openAudit(t, j)
	write(t, a, "one")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Append(ctx, Entry{What: "two"}); err == nil {
		t.Fatal("no error")
	}
	write(t, a, "three")
	whats, end, err := verify(t, j)
	if err != nil || end.N < 2 || !strings.HasSuffix(whats, "three") {
		t.Error(whats, end, err)
	}
}

// TestEveryForgeryShows puts entries into the journal past Audit.
func TestEveryForgeryShows(t *testing.T) {
	good := Entry{N: 2, At: clock().Now(), Who: "root", What: "x"}
	for name, c := range map[string]struct {
		forge func(first Entry) Entry
		want  string
	}{
		"another chain": {func(Entry) Entry { e := good; e.N = 1; return e }, "calls itself 1"},
		"a number left out": {func(first Entry) Entry {
			e := good
			e.N, e.Prev = 3, first.Hash
			return e
		}, "calls itself 3"},
		"another before it": {func(Entry) Entry { e := good; e.Prev = "00"; return e }, "does not follow"},
	} {
		j := openJournal(t, t.TempDir())
		e := c.forge(write(t, openAudit(t, j), "one"))
		var err error
		if e.Hash, err = e.sum(); err != nil {
			t.Fatal(err)
		}
		put(t, j, e)
		if _, _, err := verify(t, j); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		_ = j.Close()
	}
	j := openJournal(t, t.TempDir())
	e := write(t, openAudit(t, j), "one")
	e.N, e.Prev, e.Who = 2, e.Hash, "somebody else"
	put(t, j, e)
	if _, _, err := verify(t, j); err == nil || !strings.Contains(err.Error(), "was changed") {
		t.Error(err)
	}
	if _, err := OpenAudit(t.Context(), j.Events, time.Now); err == nil {
		t.Error("a broken trail goes on")
	}
}

func put(t *testing.T, j *journal.Journal, v any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now()
	if _, err := j.Events.Append(t.Context(), journal.Event{ID: fmt.Sprint("forged", at.UnixNano()), Kind: KindAudit, Version: 1, Source: "audit", Time: at, Received: at, Payload: text}); err != nil {
		t.Fatal(err)
	}
}

func TestAnEntryInOtherWordsIsRefused(t *testing.T) {
	j := openJournal(t, t.TempDir())
	put(t, j, map[string]any{"n": 1, "note": "one field more"})
	if _, _, err := verify(t, j); err == nil || !strings.Contains(err.Error(), "not as this version writes it") {
		t.Error(err)
	}
}

func TestAnyTextCanBeWrittenDown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOfN(rapid.Byte(), 0, 3*maxObject).Draw(t, "text"))
		if rapid.Bool().Draw(t, "words") {
			text = rapid.String().Draw(t, "words")
		}
		e := Entry{Who: text, How: text, What: text, Object: text, Outcome: text}.bounded()
		if len(e.Who) > maxWho || len(e.What) > maxWhat || len(e.Object) > maxObject || !utf8.ValidString(e.Object+e.Who+e.What) {
			t.Fatal(e)
		}
		var err error
		if e.Hash, err = e.sum(); err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entryOf(journal.Record{Event: journal.Event{Version: 1, Payload: raw}}); err != nil {
			t.Fatal(err)
		}
	})
	if e := (Entry{What: "user.add", Object: "Ännä <&>"}).bounded(); e.What != "user.add" || e.Object != "Ännä <&>" {
		t.Error(e)
	}
}
