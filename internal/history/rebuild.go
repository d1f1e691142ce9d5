package history

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

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
	h, err := openFile(path, building)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	if err := h.make(ctx); err != nil {
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
	total, err := length(ctx, p.j)
	if err != nil {
		return err
	}
	work, ctx := errgroup.WithContext(ctx)
	items := make(chan item, batchRows)
	work.Go(func() error {
		defer close(items)
		return send(ctx, p.j, items)
	})
	work.Go(func() error {
		var done uint64
		for i := range items {
			if err := p.take(ctx, i); err != nil {
				return err
			}
			if done++; done%batchRows == 0 {
				progress(done, max(done, total))
			}
		}
		progress(max(done, total), max(done, total))
		return p.commit(ctx)
	})
	return work.Wait()
}

func length(ctx context.Context, j *journal.Journal) (total uint64, err error) {
	for _, l := range []log{events, contacts} {
		n, err := l.of(j).Len(ctx)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

// send reads both logs.
func send(ctx context.Context, j *journal.Journal, items chan<- item) error {
	for _, l := range []log{events, contacts} {
		if err := l.of(j).Replay(ctx, 1, sender(ctx, l, items)); err != nil {
			return err
		}
	}
	return nil
}

// sender reads records and sends them on, as long as ctx lasts.
func sender(ctx context.Context, l log, items chan<- item) func(journal.Record) error {
	return func(r journal.Record) error {
		select {
		case items <- read(l, r):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
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
