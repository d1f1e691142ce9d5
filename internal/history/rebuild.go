package history

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"vedette/internal/journal"
)

// Rebuild makes the history at path again from all that the journal has at the
// time of the call, beside the one that is there, and then puts it in its place:
// on an error that one stays. progress is told how many events of how many are
// done. Nobody may have the history open for Run.
func Rebuild(ctx context.Context, j *journal.Journal, path string, progress func(done, total uint64)) error {
	part := path + ".part"
	if err := removeFile(part); err != nil {
		return err
	}
	err := build(ctx, j, part, progress)
	if err == nil {
		err = replace(part, path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("history: rebuild %s: %w", path, err), removeFile(part))
	}
	return nil
}

func build(ctx context.Context, j *journal.Journal, path string, progress func(done, total uint64)) (err error) {
	h, err := openFile(path, "OFF") // replace syncs
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	if _, err := h.write.ExecContext(ctx, schema); err != nil {
		return err
	}
	p, err := h.projector(ctx, j)
	if err != nil {
		return err
	}
	defer p.close()
	return p.replay(ctx, progress)
}

// replay projects both logs, Events first, so that the sweeps are known.
func (p *projector) replay(ctx context.Context, progress func(done, total uint64)) error {
	var done, total uint64
	for _, l := range []log{events, contacts} {
		n, err := l.of(p.j).Len(ctx)
		if err != nil {
			return err
		}
		total += n
	}
	for _, l := range []log{events, contacts} {
		err := l.of(p.j).Replay(ctx, 1, func(r journal.Record) error {
			if done++; done%batchRows == 0 {
				progress(done, max(done, total))
			}
			return p.take(ctx, read(l, r))
		})
		if err != nil {
			return err
		}
	}
	if err := p.commit(ctx); err != nil {
		return err
	}
	progress(max(done, total), max(done, total))
	return nil
}

// replace syncs part and puts it at path. What is at path goes first, for what
// SQLite keeps beside it must never be taken for a part of the new one: a crash in
// between leaves no history, and it is made again.
func replace(part, path string) error {
	if err := syncFile(part); err != nil {
		return err
	}
	if err := removeFile(path); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	_ = syncFile(filepath.Dir(path)) // not every system can; the renaming is then in its file system's journal
	return nil
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		if f, err = os.Open(path); err != nil { // a folder
			return err
		}
	}
	return errors.Join(f.Sync(), f.Close())
}
