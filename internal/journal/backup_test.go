package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
)

func backup(t testing.TB, j *Journal) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := j.Backup(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// restoredFrom opens what a backup gives in a new folder.
func restoredFrom(t *testing.T, b []byte) (*Journal, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "journal")
	if err := Restore(t.Context(), bytes.NewReader(b), dir); err != nil {
		t.Fatal(err)
	}
	j := open(t, quiet(dir))
	if c := j.State(); c.State != Ready {
		t.Fatalf("state %v: %v", c.State, c.Err)
	}
	return j, dir
}

func TestWhatIsBackedUpIsRestoredWithItsSequences(t *testing.T) {
	j := open(t, quiet(t.TempDir()))
	appendAll(t, j.Events, events("a", 900)...)
	for i := range 12 {
		appendAll(t, j.Contacts, position(fmt.Sprint(i), "radar", float64(i)))
	}
	hold := Hold{By: "a", Reason: "b", From: after(1), To: after(3), Until: after(900)}
	hold, err := j.Hold(t.Context(), hold)
	if err != nil {
		t.Fatal(err)
	}
	if s := sweep(t, j, 36.5); s.Deleted != 4 || s.Held != 3 {
		t.Fatalf("swept %+v", s)
	}
	back, dir := restoredFrom(t, backup(t, j))
	for _, pair := range [][2]*Log{{j.Events, back.Events}, {j.Contacts, back.Contacts}} {
		want, got := replay(t, pair[0], 1), replay(t, pair[1], 1)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%d records were restored, want %d: %s and %s", len(got), len(want), ids(got[:3]), ids(want[:3]))
		}
	}
	if holds, err := back.Holds(t.Context()); err != nil || !slices.Equal(holds, []Hold{hold}) {
		t.Errorf("holds %v, %v", holds, err)
	}
	if got := appendAll(t, back.Events, event("a-899", 899), event("new", 0)); got[0] != (Result{900, true}) || got[1] != (Result{903, false}) {
		t.Errorf("ids are not remembered, or sequences began anew: %v", got)
	}
	if s := sweep(t, back, 36.5); s.Deleted != 0 || s.Held != 3 {
		t.Errorf("swept again: %+v", s)
	}
	shut(t, back)
	checkCutIsNoticed(t, dir)
}

// checkCutIsNoticed cuts the end off the events of a restored journal.
func checkCutIsNoticed(t *testing.T, dir string) {
	t.Helper()
	files := blocks(t, dir, eventsLog().name)
	cut(t, files[len(files)-1], 10)
	if c := open(t, quiet(dir)).State(); c.State != Torn {
		t.Errorf("after a cut: state %v", c.State)
	}
}

func TestARestoredEndIsKnownToBeAcknowledged(t *testing.T) {
	j := open(t, quiet(t.TempDir()))
	appendAll(t, j.Events, events("a", 30)...)
	back, dir := restoredFrom(t, backup(t, j))
	shut(t, back)
	checkCutIsNoticed(t, dir)
}

func TestAnEmptyAndAnEmptiedJournalAreRestored(t *testing.T) {
	j := open(t, quiet(t.TempDir()))
	back, _ := restoredFrom(t, backup(t, j))
	if got := appendAll(t, back.Contacts, position("x", "radar", 0)); got[0].Seq != 1 {
		t.Errorf("an empty journal begins at %d", got[0].Seq)
	}
	for i := range 5 {
		appendAll(t, j.Contacts, position(fmt.Sprint(i), "radar", float64(i)))
	}
	if s := sweep(t, j, 900); s.Deleted != 5 {
		t.Fatalf("swept %+v", s)
	}
	back, _ = restoredFrom(t, backup(t, j))
	if got := appendAll(t, back.Contacts, position("x", "radar", 900)); got[0].Seq != 6 {
		t.Errorf("an emptied journal goes on at %d", got[0].Seq)
	}
}

// TestABackupWhileEventsComeHoldsWholeAppends appends three at a time and sweeps
// while backups are made.
func TestABackupWhileEventsComeHoldsWholeAppends(t *testing.T) {
	j := open(t, quiet(t.TempDir()))
	for i := range 300 {
		appendAll(t, j.Contacts, position(fmt.Sprint("old-", i), "radar", 0))
	}
	ctx, stop := context.WithCancel(t.Context())
	begun := make(chan struct{})
	var work sync.WaitGroup
	work.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			for _, l := range []*Log{j.Events, j.Contacts} {
				if _, err := l.Append(context.Background(), events(fmt.Sprint("n-", i), 3)...); err != nil {
					t.Error(err)
					stop()
				}
			}
			if i == 0 {
				close(begun)
			}
		}
	})
	work.Go(func() {
		if _, err := j.Sweep(context.Background(), after(30.5)); err != nil {
			t.Error(err)
		}
	})
	<-begun
	var all [][]byte
	for range 3 {
		all = append(all, backup(t, j))
	}
	stop()
	work.Wait()
	for _, b := range all {
		checkWholeAppends(t, j, b)
	}
}

func checkWholeAppends(t *testing.T, j *Journal, b []byte) {
	back, _ := restoredFrom(t, b)
	got := replay(t, back.Events, 1)
	want := replay(t, j.Events, 1)[:len(got)]
	for i := range got {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("event %d is %+v, want %+v", i, got[i], want[i])
		}
	}
	n := 0
	for _, r := range got {
		if strings.HasPrefix(r.ID, "n-") {
			n++
		}
	}
	if n == 0 || n%3 != 0 {
		t.Errorf("%d events: none, or an append was cut", n)
	}
	sweep(t, back, 30.5)
	for _, r := range replay(t, back.Contacts, 1) {
		if strings.HasPrefix(r.ID, "old-") {
			t.Errorf("%s is past its term and there", r.ID)
		}
	}
}

func TestABackupThatIsNotWholeIsRefusedAndLeavesNothing(t *testing.T) {
	j := open(t, quiet(t.TempDir()))
	appendAll(t, j.Events, events("a", 50)...)
	whole := backup(t, j)
	changed := bytes.Clone(whole)
	changed[len(changed)/2] ^= 1
	forged := append([]byte(backupMagic), "no zstd"...)
	sum := sha256.Sum256(forged)
	for name, b := range map[string][]byte{
		"nothing":               nil,
		"another file":          bytes.Repeat([]byte("x"), 1000),
		"the line alone":        []byte(backupMagic),
		"cut in the middle":     whole[:len(whole)/2],
		"cut by a byte":         whole[:len(whole)-1],
		"with a byte more":      append(bytes.Clone(whole), 0),
		"changed":               changed,
		"garbage with checksum": append(forged, sum[:]...),
	} {
		t.Run(name, func(t *testing.T) {
			parent := t.TempDir()
			err := Restore(t.Context(), bytes.NewReader(b), filepath.Join(parent, "journal"))
			if !errors.Is(err, ErrBackup) {
				t.Errorf("got %v", err)
			}
			if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
				t.Errorf("left: %v, %v", left, err)
			}
		})
	}
}

func TestRestoreTouchesNoFolderThatIsInUse(t *testing.T) {
	j := open(t, quiet(t.TempDir()))
	b := backup(t, j)
	err := Restore(t.Context(), bytes.NewReader(b), j.opts.Dir)
	if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "empty folder") {
		t.Errorf("got %v", err)
	}
	empty := t.TempDir()
	if err := Restore(t.Context(), bytes.NewReader(b), empty); err != nil {
		t.Error(err)
	}
	broken, stop := context.WithCancelCause(t.Context())
	stop(errors.New("enough"))
	if err := Restore(broken, bytes.NewReader(b), filepath.Join(t.TempDir(), "j")); err == nil {
		t.Error("a context that ended was not honoured")
	}
}

func TestWhatCannotBeBackedUpSaysSo(t *testing.T) {
	dir := torn(t, eventsLog().name, 1000, true)
	j := open(t, quiet(dir))
	if err := j.Backup(t.Context(), io.Discard); !errors.Is(err, ErrTorn) {
		t.Errorf("torn: %v", err)
	}
	shut(t, j)
	if err := j.Backup(t.Context(), io.Discard); err == nil {
		t.Error("a closed journal was backed up")
	}
	elsewhere := &Journal{opts: Options{URL: "nats://example.org"}}
	if err := elsewhere.Backup(t.Context(), io.Discard); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "nats account backup") {
		t.Errorf("external: %v", err)
	}
	j = open(t, quiet(t.TempDir()))
	if err := j.Backup(t.Context(), refusing{}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("a writer's error: %v", err)
	}
}

type refusing struct{}

func (refusing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// sections reads all that is inside a backup.
func sections(b []byte) (count uint64, err error) {
	in, end, err := newBackupReader(bytes.NewReader(b))
	if err != nil {
		return 0, err
	}
	defer end()
	for range 2 {
		_, s, err := in.section()
		if err != nil {
			return count, err
		}
		n, err := in.events(s, func(r Record) error { return r.Check() })
		count += n
		if err != nil {
			return count, err
		}
	}
	return count, in.over()
}

// FuzzBackup gives the reader what a checksum would not have stopped.
func FuzzBackup(f *testing.F) {
	j, err := Open(context.Background(), quiet(f.TempDir()))
	if err != nil {
		f.Fatal(err)
	}
	if _, err := j.Events.Append(context.Background(), events("a", 3)...); err != nil {
		f.Fatal(err)
	}
	whole := backup(f, j)
	if err := j.Close(); err != nil {
		f.Fatal(err)
	}
	inside := whole[len(backupMagic) : len(whole)-checksumSize]
	if n, err := sections(inside); n != 3 || err != nil {
		f.Fatalf("%d events, %v", n, err)
	}
	f.Add(inside, false)
	plain, err := plainOf(inside)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plain, true)
	f.Fuzz(func(t *testing.T, b []byte, pack bool) {
		if pack {
			b = packed(t, b)
		}
		if _, err := sections(b); err != nil && !errors.Is(err, ErrBackup) {
			t.Errorf("an error of another kind: %v", err)
		}
	})
}

func plainOf(b []byte) ([]byte, error) {
	in, end, err := newBackupReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	defer end()
	return io.ReadAll(in.in)
}

func packed(t *testing.T, b []byte) []byte {
	var out bytes.Buffer
	w, err := newBackupWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	w.write(b)
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()[len(backupMagic):]
}

func BenchmarkBackupAndRestore(b *testing.B) {
	j, err := Open(context.Background(), quiet(b.TempDir()))
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	const n = 100_000
	for i := range n / MaxBatch {
		if _, err := j.Events.Append(context.Background(), events(fmt.Sprint(i), MaxBatch)...); err != nil {
			b.Fatal(err)
		}
	}
	var kept []byte
	b.Run("backup", func(b *testing.B) {
		for b.Loop() {
			kept = backup(b, j)
		}
		b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "events/s")
	})
	b.Run("restore", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if err := Restore(context.Background(), bytes.NewReader(kept), filepath.Join(b.TempDir(), fmt.Sprint(i))); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "events/s")
	})
}
