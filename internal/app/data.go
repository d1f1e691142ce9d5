package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"vedette/internal/backup"
	"vedette/internal/durable"
	"vedette/internal/journal"
)

// OpenJournal opens the journal of a data folder that no server has open.
func OpenJournal(ctx context.Context, data string) (*journal.Journal, error) {
	dir := filepath.Join(data, backup.JournalDir)
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("%s is no data folder of vedette serve (%w); give the right data folder with --data", data, err)
	}
	j, err := journal.Open(ctx, journal.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	if errors.Is(err, durable.ErrLocked) {
		return nil, fmt.Errorf("%s: %w: the server is running, or another command; stop that first", data, durable.ErrLocked)
	}
	return j, err
}

// Backup writes a data folder that no server has open.
func Backup(ctx context.Context, data, version string, w io.Writer) (contents backup.Contents, err error) {
	j, err := OpenJournal(ctx, data)
	if err != nil {
		return contents, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	return backupOf(ctx, j, data, version, w)
}

func backupOf(ctx context.Context, j *journal.Journal, data, version string, w io.Writer) (backup.Contents, error) {
	return backup.Write(ctx, w, data, backup.Head{Made: time.Now().UTC(), Version: version}, j.Backup)
}

// CheckBackup reads a backup whole and tells what it holds.
func CheckBackup(ctx context.Context, path string) (backup.Contents, error) {
	return withFile(path, func(f *os.File, size int64) (backup.Contents, error) { return backup.Check(ctx, f, size) })
}

// Restore makes a data folder from a backup.
func Restore(ctx context.Context, path, data string) (backup.Contents, error) {
	return withFile(path, func(f *os.File, size int64) (backup.Contents, error) {
		return backup.Restore(ctx, f, size, data, journal.Restore)
	})
}

func withFile(path string, do func(f *os.File, size int64) (backup.Contents, error)) (backup.Contents, error) {
	f, err := os.Open(path)
	if err != nil {
		return backup.Contents{}, fmt.Errorf("open the backup: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return backup.Contents{}, fmt.Errorf("open the backup: %w", err)
	}
	return do(f, st.Size())
}
