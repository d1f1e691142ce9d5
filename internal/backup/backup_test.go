package backup

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var made = time.Date(2018, 11, 25, 12, 0, 0, 0, time.UTC)

// sample is a backup of a folder, and what its files hold.
func sample(t testing.TB) ([]byte, map[string]string) {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{"access.json": "users", "ca/ca.key": "a key", "reports/files/ab": strings.Repeat("picture", 1000)}
	others := []string{"journal/store", "mqtt/jetstream/1.blk", "history.sqlite", "history.sqlite-wal", "present.jsonl", "control.sock", "ca/lock", ".present-1", "access.json.new-7"}
	for name, text := range files {
		write(t, dir, name, text)
	}
	for _, name := range others {
		write(t, dir, name, "left out")
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	c, err := Write(context.Background(), &b, dir, Head{Made: made, Version: "test"}, func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, "the journal")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Files != len(files) {
		t.Errorf("%d files written, want %d", c.Files, len(files))
	}
	return b.Bytes(), files
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// keepJournal stands for the journal's own restore.
func keepJournal(_ context.Context, r io.Reader, dir string) error {
	b, err := io.ReadAll(r)
	return errors.Join(err, os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, "store"), b, 0o600))
}

func restoreBytes(b []byte, dir string) (Contents, error) {
	return Restore(context.Background(), bytes.NewReader(b), int64(len(b)), dir, keepJournal)
}

func TestWhatWasWrittenIsRestored(t *testing.T) {
	b, files := sample(t)
	dir := filepath.Join(t.TempDir(), "data")
	c, err := restoreBytes(b, dir)
	if err != nil {
		t.Fatal(err)
	}
	if c.Files != len(files) || !c.Made.Equal(made) || c.Version != "test" {
		t.Errorf("%+v", c)
	}
	files["journal/store"] = "the journal"
	n := 0
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		name, _ := filepath.Rel(dir, path)
		text, err := os.ReadFile(path)
		if want, ok := files[filepath.ToSlash(name)]; !ok || want != string(text) {
			t.Errorf("%s holds %.40q", name, text)
		}
		return err
	})
	if err != nil || n != len(files) {
		t.Errorf("%d files restored, want %d: %v", n, len(files), err)
	}
}

func TestOneThatWasCutOrChangedMakesNothing(t *testing.T) {
	b, _ := sample(t)
	for at := 0; at < len(b); at += 7 {
		t.Run(fmt.Sprint("a bit at ", at), func(t *testing.T) {
			changed := bytes.Clone(b)
			changed[at] ^= 4
			nothing(t, changed, at)
		})
	}
	for _, size := range []int{0, 1, len(b) / 2, len(b) - 1} {
		nothing(t, b[:size], size)
	}
}

// nothing restores a damaged backup and wants no folder of it, unless the damage
// is to what says nothing (dates and attributes in the zip).
func nothing(t *testing.T, b []byte, at int) {
	t.Helper()
	parent := t.TempDir()
	if _, err := restoreBytes(b, filepath.Join(parent, "data")); err == nil {
		want, _ := sample(t)
		if len(b) != len(want) {
			t.Errorf("cut to %d bytes, and restored", at)
		}
		return
	}
	if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
		t.Errorf("damaged at %d: %v is left", at, left)
	}
}

func TestEntriesThatLeadElsewhereAreRefused(t *testing.T) {
	for _, name := range []string{"files/../evil", "files//etc/x", "files/a\\..\\..\\b/../..", "files/journal/store", "files/mqtt/x", "files/control.sock", "other"} {
		var b bytes.Buffer
		w := &writer{ctx: context.Background(), zip: zip.NewWriter(&b), sums: map[string]string{}}
		text := func(out io.Writer) error { _, err := io.WriteString(out, "x"); return err }
		err := errors.Join(w.json(headName, Head{Form: Form}), w.add(name, text), w.json(sumsName, w.sums), w.zip.Close())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Check(context.Background(), bytes.NewReader(b.Bytes()), int64(b.Len())); err == nil {
			t.Errorf("%q is let in", name)
		}
	}
}

func TestAFolderWithSomethingInItIsLeftAlone(t *testing.T) {
	b, _ := sample(t)
	dir := t.TempDir()
	write(t, dir, "mine", "precious")
	if _, err := restoreBytes(b, dir); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("restored over it: %v", err)
	}
}

func TestAFailingJournalFailsTheBackup(t *testing.T) {
	broken := errors.New("broken")
	_, err := Write(context.Background(), io.Discard, t.TempDir(), Head{}, func(context.Context, io.Writer) error { return broken })
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

func FuzzCheck(f *testing.F) {
	b, _ := sample(f)
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = Check(context.Background(), bytes.NewReader(b), int64(len(b))) // must not panic
	})
}
