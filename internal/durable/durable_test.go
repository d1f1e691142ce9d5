package durable_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"vedette/internal/durable"
)

func TestWhatIsWrittenIsReadAndIsTheOwnersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a[b]*") // no pattern
	if err := durable.Folder(dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "file")
	for _, text := range []string{"first, and longer", "second"} {
		if err := durable.Write(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := durable.Read(path, 100); err != nil || string(got) != text {
			t.Fatalf("%q, %v", got, err)
		}
	}
	if err := durable.Append(path, []byte(" more")); err != nil {
		t.Fatal(err)
	}
	if got, _ := durable.Read(path, 100); string(got) != "second more" {
		t.Fatalf("%q", got)
	}
	if _, err := durable.Read(path, 10); err == nil || !strings.Contains(err.Error(), "larger than 10 bytes") {
		t.Fatalf("11 bytes of 10: %v", err)
	}
	modes(t, map[string]os.FileMode{dir: 0o700, path: 0o600})
}

func modes(t *testing.T, want map[string]os.FileMode) {
	t.Helper()
	if runtime.GOOS == "windows" {
		return
	}
	for path, mode := range want {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v; want %v", path, info.Mode().Perm(), err, mode)
		}
	}
}

func TestAFileThatOthersMayReadIsRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing there")
	}
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := durable.Read(path, 10); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Fatal(err)
	}
}

func TestAFailedWriteLeavesTheOldFileAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "folder") // a file cannot take the place of a folder that is not empty
	if err := os.MkdirAll(filepath.Join(path, "in"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := durable.Write(path, []byte("x")); err == nil {
		t.Fatal("a folder was replaced")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Fatalf("left: %v", entries)
	}
}

func TestWhatACrashLeftIsRemoved(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a[b]", "a[b].new-123", "b.new-123"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := durable.Tidy(filepath.Join(dir, "a[b]"), filepath.Join(dir, "c")); err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 || entries[0].Name() != "a[b]" || entries[1].Name() != "b.new-123" {
		t.Fatalf("left: %v", entries)
	}
}

func TestOneLockAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	lock, err := durable.Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := durable.Lock(path); !errors.Is(err, durable.ErrLocked) {
		t.Fatalf("a second lock: %v", err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := durable.Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Close()
	if _, err := durable.Lock(filepath.Join(path, "below", "a file")); err == nil || errors.Is(err, durable.ErrLocked) {
		t.Fatalf("no folder: %v", err)
	}
}

func TestAFileIsThereWhenItIsCommitted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	for _, text := range []string{"one", "two"} {
		f, err := durable.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if b, _ := os.ReadFile(path); string(b) == text {
			t.Error("there before it is committed")
		}
		if err := f.Commit(); err != nil {
			t.Fatal(err)
		}
		f.Discard() // does nothing now
		if b, err := os.ReadFile(path); err != nil || string(b) != text {
			t.Errorf("%q, %v", b, err)
		}
	}
	f, err := durable.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	f.Discard()
	left, err := os.ReadDir(filepath.Dir(path))
	if b, _ := os.ReadFile(path); err != nil || len(left) != 1 || string(b) != "two" {
		t.Errorf("after one that was discarded: %v, %q", left, b)
	}
}

func TestRemoveTakesAFileAwayAndSaysWhenThereIsNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	if err := durable.Write(path, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if err := durable.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := durable.Remove(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
