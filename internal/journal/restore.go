package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats-server/v2/server/archive"
)

// Restore makes a journal in dir from what Backup wrote, with the sequences it
// had. dir must be empty or not there; it comes into being as a whole, synced, or
// not at all. The backup is kept beside dir meanwhile, so that its checksum is
// known to fit before anything in it is believed. The checksum shows that a
// backup is as it was written, not by whom: take it from your own hands.
func Restore(ctx context.Context, r io.Reader, dir string) error {
	if err := vacant(dir); err != nil {
		return fmt.Errorf("journal: restore: %w", err)
	}
	dir = filepath.Clean(dir)
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return fmt.Errorf("journal: restore: %w", err)
	}
	part, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".*.part")
	if err != nil {
		return fmt.Errorf("journal: restore: %w", err)
	}
	err = restoreBeside(ctx, r, part, dir)
	if err := errors.Join(err, os.RemoveAll(part)); err != nil {
		return fmt.Errorf("journal: restore into %s: %w", dir, err)
	}
	return nil
}

// vacant refuses a folder in which something is.
func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("%w: %s is not empty; give an empty folder", ErrInvalid, dir)
	}
	return err
}

func restoreBeside(ctx context.Context, r io.Reader, part, dir string) error {
	spool, store := filepath.Join(part, "backup"), filepath.Join(part, "journal")
	if err := spoolTo(ctx, r, spool); err != nil {
		return err
	}
	logs, err := unpack(ctx, spool, store)
	if err != nil {
		return err
	}
	if err := proveRestored(ctx, store, logs); err != nil {
		return err
	}
	if err := syncTree(store); err != nil {
		return err
	}
	_ = os.Remove(dir) // the empty folder, if there is one; Rename tells what else is wrong
	if err := os.Rename(store, dir); err != nil {
		return err
	}
	return syncFile(filepath.Dir(dir))
}

// spoolTo writes r to a file, as long as the disk keeps its reserve, and checks
// it.
func spoolTo(ctx context.Context, r io.Reader, path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	var size int64
	for {
		n, err := io.CopyN(f, r, 16<<20)
		size += n
		if err == io.EOF {
			break
		}
		if err := errors.Join(err, ctx.Err(), roomFor(filepath.Dir(path))); err != nil {
			return err
		}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return verify(f, size)
}

func roomFor(dir string) error {
	free, err := freeBytes(dir)
	if err == nil && free < (Options{}).withDefaults().MinFree {
		err = fmt.Errorf("%w: %d bytes are left; make room", ErrFull, free)
	}
	return err
}

// restored tells what a log must be afterwards.
type restored struct {
	span
	count uint64
}

// unpack fills a new store from a backup that was verified.
func unpack(ctx context.Context, spool, store string) (map[string]restored, error) {
	f, err := os.Open(spool)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	from := int64(len(backupMagic))
	b, end, err := newBackupReader(io.NewSectionReader(f, from, st.Size()-from-checksumSize))
	if err != nil {
		return nil, err
	}
	defer end()
	e, err := startEmbedded(Options{Dir: store, bulk: true}.withDefaults())
	if err != nil {
		return nil, err
	}
	logs, err := fillStore(ctx, e.nats, b)
	return logs, errors.Join(err, e.stop())
}

// fillStore restores the two logs in the order of a backup.
func fillStore(ctx context.Context, s *server.Server, b backupReader) (map[string]restored, error) {
	logs := map[string]restored{}
	for _, p := range []plan{contactsLog(), eventsLog()} {
		name, sp, err := b.section()
		if err != nil {
			return nil, err
		}
		if name != p.name {
			return nil, fmt.Errorf("%w: log %.40q stands where %s should", ErrBackup, name, p.name)
		}
		count, err := fillLog(ctx, s, p, sp, b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		logs[p.name] = restored{sp, count}
	}
	return logs, b.over()
}

// fillLog gives the server a log in its own form of a snapshot, in which events
// have their sequences.
func fillLog(ctx context.Context, s *server.Server, p plan, sp span, b backupReader) (count uint64, err error) {
	config, err := serverConfig(p)
	if err != nil {
		return 0, err
	}
	in, out := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := s.GlobalAccount().RestoreStreamV2(config, in)
		if err == nil { // what stands behind the end is only how it is packed
			_, err = io.Copy(io.Discard, in)
		}
		in.CloseWithError(errors.Join(errors.New("the store takes no more"), err))
		done <- err
	}()
	count, err = writeSnapshot(ctx, out, p, sp, b)
	out.CloseWithError(err) // nil is the end
	if taken := <-done; err == nil {
		err = taken
	}
	return count, err
}

// serverConfig is the stream's configuration in the server's own type.
func serverConfig(p plan) (*server.StreamConfig, error) {
	text, err := json.Marshal(p.config())
	if err != nil {
		return nil, err
	}
	var c server.StreamConfig
	return &c, json.Unmarshal(text, &c)
}

func writeSnapshot(ctx context.Context, w io.Writer, p plan, sp span, b backupReader) (count uint64, err error) {
	packed := s2.NewWriter(w, s2.WriterConcurrency(1))
	a := archive.NewWriter(packed)
	state, err := json.Marshal(server.StreamState{FirstSeq: sp.first, LastSeq: sp.last})
	if err != nil {
		return 0, err
	}
	if err := writeEntry(a, archive.Header{Name: "state.json", PayloadSize: int64(len(state))}, state); err != nil {
		return 0, err
	}
	count, err = b.events(sp, func(r Record) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return writeMessage(a, p, r)
	})
	if err != nil {
		return 0, err
	}
	if err := writeEntry(a, archive.Header{}, nil); err != nil { // the end
		return 0, err
	}
	return count, errors.Join(a.Close(), packed.Close())
}

func writeMessage(a *archive.Writer, p plan, r Record) error {
	data, err := r.Encode()
	if err != nil {
		return err
	}
	header := "NATS/1.0\r\n" + headerHigh + ": " + strconv.FormatInt(r.high, 10) + "\r\n\r\n"
	return writeEntry(a, archive.Header{
		Name: p.prefix + r.Kind, Sequence: r.Seq, Timestamp: r.high,
		HeaderSize: int64(len(header)), PayloadSize: int64(len(data)),
	}, append([]byte(header), data...))
}

func writeEntry(a *archive.Writer, h archive.Header, data []byte) error {
	if err := a.WriteHeader(&h); err != nil {
		return err
	}
	_, err := a.Write(data)
	return err
}

// proveRestored opens what was restored as any journal is opened, compares it
// with what the backup said, and marks its end as acknowledged.
func proveRestored(ctx context.Context, store string, logs map[string]restored) error {
	j, err := Open(ctx, Options{Dir: store, Remember: 1})
	if err != nil {
		return err
	}
	if c := j.State(); c.State != Ready && c.State != Full {
		return errors.Join(fmt.Errorf("%w: what it holds is %v: %w", ErrBackup, c.State, c.Err), j.Close())
	}
	for _, l := range []*Log{j.Contacts, j.Events} {
		err = errors.Join(err, l.prove(ctx, logs[l.plan.name]))
	}
	return errors.Join(err, j.Close())
}

// prove leaves out the count of Contacts, from which the opening may have
// deleted what the last sweep announced.
func (l *Log) prove(ctx context.Context, want restored) error {
	last, err := l.Last(ctx)
	if err != nil {
		return err
	}
	n, err := l.Len(ctx)
	if err != nil {
		return err
	}
	if last != want.last || n > want.count || l.plan.whole && n != want.count {
		return fmt.Errorf("stream %s: %d events up to %d, want %d up to %d", l.plan.name, n, last, want.count, want.last)
	}
	l.mark.put(last)
	return nil
}

// syncTree puts all files and folders under dir on the disk.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return syncFile(path)
	})
}
