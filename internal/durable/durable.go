// Package durable keeps small files that must be whole: keys, users, lists.
//
// Write puts a file in the place of another at once: after a crash the old one
// is there or the new one, and what was acknowledged is the new one. Append adds
// to a file and returns once that is on disk, Remove takes one away likewise.
// Lock keeps other processes out.
// Files are made for their owner only (0600, folders 0700), and Read refuses
// one that others may read, except on Windows, where modes say nothing.
package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// ErrLocked says that another process has taken the lock.
var ErrLocked = errors.New("another process has it open")

// suffix ends the name of a file that is being written; a * stands for what
// makes it unique.
const suffix = ".new-*"

// Folder makes a folder for the owner alone.
func Folder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	return nil
}

// Tidy removes what crashes have left half written of files. Whoever calls it
// holds the lock that is taken to write them.
func Tidy(paths ...string) error {
	for _, path := range paths {
		left, err := filepath.Glob(escape(path) + suffix)
		if err != nil {
			return fmt.Errorf("look for what is left of %s: %w", path, err)
		}
		for _, half := range left {
			if err := os.Remove(half); err != nil {
				return fmt.Errorf("remove what a crash has left: %w", err)
			}
		}
	}
	return nil
}

// escape keeps a name from being read as a pattern.
func escape(path string) string {
	if runtime.GOOS == "windows" {
		return path // a backslash is no escape there
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// Write makes data the content of the file.
func Write(path string, data []byte) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	defer f.Discard()
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.Commit()
}

// File is one that is being written, beside the place that it will have.
type File struct {
	file *os.File
	path string
	done bool
}

// Create begins a file for its owner alone. It is there, whole and on the disk,
// after Commit.
func Create(path string) (*File, error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+suffix) // 0600
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	return &File{file: f, path: path}, nil
}

// Write adds data.
func (f *File) Write(data []byte) (int, error) {
	n, err := f.file.Write(data)
	if err != nil {
		err = fmt.Errorf("write %s: %w", f.path, err)
	}
	return n, err
}

// Commit puts the file in its place.
func (f *File) Commit() error {
	f.done = true
	err := errors.Join(f.file.Sync(), f.file.Close())
	if err == nil {
		err = os.Rename(f.file.Name(), f.path)
	}
	if err != nil {
		_ = os.Remove(f.file.Name()) // the first error counts
		return fmt.Errorf("write %s: %w", f.path, err)
	}
	return syncFolder(filepath.Dir(f.path))
}

// Discard leaves nothing of the file, unless it was committed.
func (f *File) Discard() {
	if !f.done {
		f.done = true
		_ = f.file.Close() // it is removed, so what it holds does not matter
		_ = os.Remove(f.file.Name())
	}
}

// Append adds data to the file, and makes the file if it is missing.
func Append(path string, data []byte) error {
	_, missing := os.Stat(path)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("append to %s: %w", path, err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("append to %s: %w", path, err)
	}
	if missing != nil {
		return syncFolder(filepath.Dir(path))
	}
	return nil
}

// Remove takes the file away, and returns once it is gone from the disk.
func Remove(path string) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// Read gives the content of a file of at most limit bytes.
func Read(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if err := private(path, info); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s is larger than %d bytes; restore it from a backup", path, limit)
	}
	return data, err
}

func private(path string, info fs.FileInfo) error {
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s may be read or written by others (%v); see who did that, then chmod 600 it", path, info.Mode().Perm())
	}
	return nil
}

// Lock makes a file, if it is missing, and keeps other processes from locking it
// until it is closed or the process ends. The error wraps ErrLocked where one of
// them has.
func Lock(path string) (io.Closer, error) {
	f, err := lockFile(path)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}
