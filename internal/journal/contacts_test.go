package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const day = 24 * time.Hour

// position is a contact's position received some days after noon.
func position(id, source string, days float64) Event {
	e := event(id, 0)
	e.Kind, e.Source = "contact.position", source
	e.Received = noon.Add(time.Duration(days * float64(day)))
	return e
}

func after(days float64) time.Time { return noon.Add(time.Duration(days * float64(day))) }

// sweeps gives the sweeps that are written down.
func sweeps(t *testing.T, j *Journal) []Swept {
	t.Helper()
	var all []Swept
	err := j.own(t.Context(), kindSweep, func(r Record) error {
		var s Swept
		err := json.Unmarshal(r.Payload, &s)
		all = append(all, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func sweep(t *testing.T, j *Journal, days float64) Swept {
	t.Helper()
	s, err := j.Sweep(t.Context(), after(days))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPositionsGoAtTheirTermAndStayGone(t *testing.T) {
	dir := t.TempDir()
	j := open(t, quiet(dir))
	for i := range 10 {
		appendAll(t, j.Contacts, position(fmt.Sprint(i), "radar", float64(i)))
	}
	appendAll(t, j.Events, event("kept", 0))
	if s := sweep(t, j, 29); s.Deleted != 0 || len(sweeps(t, j)) != 0 {
		t.Errorf("too early: %+v", s)
	}
	s := sweep(t, j, 34.5)
	if s.Deleted != 5 || s.First != 1 || s.Last != 5 || !s.Oldest.Equal(after(0)) || !s.Newest.Equal(after(4)) || s.Held != 0 {
		t.Errorf("swept %+v", s)
	}
	if again := sweep(t, j, 34.5); again.Deleted != 0 {
		t.Errorf("swept again: %+v", again)
	}
	for range 2 {
		if got := ids(replay(t, j.Contacts, 1)); got != "6:5 7:6 8:7 9:8 10:9" {
			t.Errorf("left: %s", got)
		}
		if all := sweeps(t, j); len(all) != 1 || all[0] != s {
			t.Errorf("written down: %+v", all)
		}
		shut(t, j)
		j = open(t, quiet(dir))
		if c := j.State(); c.State != Ready {
			t.Errorf("state %v", c)
		}
	}
	if s := sweep(t, j, 1000); s.Deleted != 5 {
		t.Errorf("the rest: %+v", s)
	}
	if got := appendAll(t, j.Contacts, position("new", "radar", 1000)); got[0].Seq != 11 {
		t.Errorf("sequences began anew: %v", got)
	}
	if got := ids(replay(t, j.Contacts, 1)); got != "11:new" {
		t.Errorf("left: %s", got)
	}
}

func TestAHoldKeepsUntilItsEndOrItsRelease(t *testing.T) {
	dir := t.TempDir()
	j := open(t, quiet(dir))
	for i := range 8 {
		appendAll(t, j.Contacts, position(fmt.Sprint(i), []string{"radar", "ais"}[i%2], float64(i)))
	}
	h, err := j.Hold(t.Context(), Hold{By: "judge", Reason: "case 12", From: after(2), To: after(5), Source: "ais", Until: after(60)})
	if err != nil {
		t.Fatal(err)
	}
	all, err := j.Hold(t.Context(), Hold{By: "judge", Reason: "case 13", From: after(6), To: after(6), Until: after(900)})
	if err != nil {
		t.Fatal(err)
	}
	s := sweep(t, j, 36.5)
	if s.Deleted != 4 || s.Held != 3 || s.First != 1 || s.Last != 5 {
		t.Errorf("swept %+v", s)
	}
	if got := ids(replay(t, j.Contacts, 1)); got != "4:3 6:5 7:6 8:7" {
		t.Errorf("held: %s", got)
	}
	shut(t, j)
	j = open(t, quiet(dir))
	if s := sweep(t, j, 61); s.Deleted != 3 || s.Held != 1 {
		t.Errorf("after the first hold's end: %+v", s)
	}
	if got := ids(replay(t, j.Contacts, 1)); got != "7:6" {
		t.Errorf("held: %s", got)
	}
	if err := j.Release(t.Context(), all.ID, "judge", "closed"); err != nil {
		t.Error(err)
	}
	if left, err := j.Holds(t.Context()); err != nil || len(left) != 1 || left[0].ID != h.ID {
		t.Errorf("holds: %+v, %v", left, err)
	}
	if s := sweep(t, j, 62); s.Deleted != 1 {
		t.Errorf("after the release: %+v", s)
	}
	shut(t, j)
	j = open(t, quiet(dir))
	if c := j.State(); c.State != Ready {
		t.Errorf("state %v", c)
	}
}

func TestHoldsAndReleasesAreChecked(t *testing.T) {
	j := open(t, quiet(t.TempDir()))
	good := Hold{By: "a", Reason: "b", From: noon, To: noon, Until: noon}
	for want, spoil := range map[string]func(*Hold){
		"say who":      func(h *Hold) { h.By = "" },
		"and why":      func(h *Hold) { h.Reason = "" },
		"exchange":     func(h *Hold) { h.To = noon.Add(-1) },
		"needs an end": func(h *Hold) { h.Until = time.Time{} },
	} {
		h := good
		spoil(&h)
		if _, err := j.Hold(t.Context(), h); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	for _, err := range []error{
		j.Release(t.Context(), "nobody", "a", "b"),
		j.Release(t.Context(), "nobody", "", "b"),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("got %v", err)
		}
	}
}

// TestAnInterruptedSweepIsFinished ends the process, as it were, between the
// sweep's event and the deletion. A hold that was released meanwhile does not
// widen what the sweep announced.
func TestAnInterruptedSweepIsFinished(t *testing.T) {
	dir := t.TempDir()
	j := open(t, quiet(dir))
	for i := range 6 {
		appendAll(t, j.Contacts, position(fmt.Sprint(i), "radar", float64(i)))
	}
	h, err := j.Hold(t.Context(), Hold{By: "a", Reason: "b", From: after(0), To: after(0), Until: after(900)})
	if err != nil {
		t.Fatal(err)
	}
	holds, _ := j.Holds(t.Context())
	s, err := j.pastTerm(t.Context(), after(33.5), holds)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.note(t.Context(), kindSweep, s); err != nil {
		t.Fatal(err)
	}
	if err := j.Release(t.Context(), h.ID, "a", "b"); err != nil {
		t.Fatal(err)
	}
	shut(t, j)
	j = open(t, quiet(dir))
	if got := ids(replay(t, j.Contacts, 1)); got != "1:0 5:4 6:5" {
		t.Errorf("left: %s", got)
	}
	if all := sweeps(t, j); len(all) != 1 || all[0].Deleted != 3 {
		t.Errorf("written down: %+v", all)
	}
}

func TestAWrongClockDeletesNothingEarly(t *testing.T) {
	j := open(t, quiet(t.TempDir()))
	// Received on day 0, 1, then by a clock of 1970 and one of 2080, then day 2.
	for i, days := range []float64{0, 1, -20000, 20000, 2} {
		appendAll(t, j.Contacts, position(fmt.Sprint(i), "radar", days))
	}
	for _, step := range []struct {
		now  float64
		left string
	}{
		{29, "1:0 2:1 3:2 4:3 5:4"},
		{30.5, "2:1 3:2 4:3 5:4"},
		{31.5, "4:3 5:4"},
		{32.5, ""},
	} {
		sweep(t, j, step.now)
		if got := ids(replay(t, j.Contacts, 1)); got != step.left {
			t.Errorf("on day %v there are %q, want %q", step.now, got, step.left)
		}
	}
}

func TestNothingYoungerThanItsTermAndNothingHeldIsSwept(t *testing.T) {
	j := open(t, quiet(t.TempDir()))
	n, now := 0, 0.0
	kept := map[string]Event{}
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 4).Draw(rt, "events") {
			now += rapid.Float64Range(0, 5).Draw(rt, "pause")
			e := position(fmt.Sprint(n), rapid.SampledFrom([]string{"radar", "ais"}).Draw(rt, "source"), now)
			n++
			appendAll(t, j.Contacts, e)
			kept[e.ID] = e
		}
		h := Hold{By: "a", Reason: "b", From: after(now - 8), To: after(now - 3), Source: rapid.SampledFrom([]string{"", "ais"}).Draw(rt, "held"), Until: after(now + 40)}
		if _, err := j.Hold(t.Context(), h); err != nil {
			rt.Fatal(err)
		}
		now += rapid.Float64Range(0, 30).Draw(rt, "later")
		sweep(t, j, now)
		holds, err := j.Holds(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		limit := after(now).Add(-30 * 24 * time.Hour) // not after(now - 30), which rounds otherwise
		for id, e := range kept {
			if e.Received.Before(limit) && !held(Record{Event: e}, holds, after(now)) {
				delete(kept, id)
			}
		}
		got := replay(t, j.Contacts, 1)
		for _, r := range got {
			if _, ok := kept[r.ID]; !ok {
				rt.Fatalf("%s should be gone", r.ID)
			}
		}
		if len(got) != len(kept) {
			rt.Fatalf("%d left, want %d", len(got), len(kept))
		}
	})
}

func TestPresentTellsWhatASweepLeft(t *testing.T) {
	j := open(t, quiet(t.TempDir()))
	for i := range 8 {
		appendAll(t, j.Contacts, position(fmt.Sprint(i), []string{"radar", "ais"}[i%2], float64(i)))
	}
	if _, err := j.Hold(t.Context(), Hold{By: "a", Reason: "b", From: after(0), To: after(9), Source: "ais", Until: after(90)}); err != nil {
		t.Fatal(err)
	}
	s := sweep(t, j, 34.5)
	var left []uint64
	err := j.Present(t.Context(), s.First, s.Last, func(seq uint64) error { left = append(left, seq); return nil })
	if err != nil || fmt.Sprint(left) != "[2 4]" {
		t.Errorf("of %d to %d there are %v, %v", s.First, s.Last, left, err)
	}
	if err := j.Present(t.Context(), 7, 1<<60, func(seq uint64) error { left = append(left, seq); return nil }); err != nil || fmt.Sprint(left) != "[2 4 7 8]" {
		t.Errorf("up to the end: %v, %v", left, err)
	}
}
