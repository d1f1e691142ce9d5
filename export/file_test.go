package export

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestFileIsWrittenWholeAndForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a product.txt")
	for _, text := range []string{"first", "second, over the first"} {
		err := File(path, func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); string(got) != text {
			t.Errorf("holds %q, want %q", got, text)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode() != 0o600 { // Windows has other rights
		t.Errorf("mode %v, want -rw-------", info.Mode())
	}
}

func TestFileLeavesWhatWasThereOnAnError(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.txt")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	err := File(path, func(w io.Writer) error {
		_, _ = io.WriteString(w, "half of the n")
		return full
	})
	if !errors.Is(err, full) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want the cause and the path", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "old" {
		t.Errorf("holds %q, want what was there", got)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("%d files in the folder, want 1: %v", len(left), left)
	}
}

func TestFileNamesTheMissingFolder(t *testing.T) {
	err := File(filepath.Join(t.TempDir(), "none", "a.txt"), func(io.Writer) error { return nil })
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "give a folder that exists") {
		t.Errorf("got %v", err)
	}
}
