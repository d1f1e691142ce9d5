package journal

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/klauspost/compress/zstd"
)

// A backup is the line backupMagic, a zstd stream, and the SHA-256 of both.
// Inside the stream stand the logs, one after the other:
//
//	name, first, last   of the stream; numbers are uvarints, texts have their length before them
//	step, high, event   for each event: how far its sequence is past the one before it (from first - 1),
//	                    the latest time of receipt up to it, and its encoding
//	0, count            how many events there were
const backupMagic = "VEDETTE JOURNAL BACKUP 1\n"

const checksumSize = sha256.Size

// Backup writes the journal as it is to w, for Restore: each log up to an event
// that was acknowledged after the call, the events of one append all or none.
// Appends and sweeps go on meanwhile; what a sweep deletes may still be in it,
// and is deleted by the first opening or sweep of what was restored. Memory is
// bounded whatever the journal's size. w may be as slow as it likes.
//
// A torn or failed journal is refused, and so is one on an external server.
func (j *Journal) Backup(ctx context.Context, w io.Writer) error {
	if err := j.mayBackUp(); err != nil {
		return err
	}
	sum := sha256.New()
	b, err := newBackupWriter(io.MultiWriter(w, sum))
	if err != nil {
		return fmt.Errorf("journal: back up: %w", err)
	}
	// Contacts first: a sweep meanwhile is written down in Events, which then has
	// an account of every hole that Contacts can have here.
	for _, l := range []*Log{j.Contacts, j.Events} {
		if err := l.backup(ctx, b); err != nil {
			return errors.Join(fmt.Errorf("journal: back up %s: %w", l.plan.name, err), b.close())
		}
	}
	if err := b.close(); err != nil {
		return fmt.Errorf("journal: back up: %w", err)
	}
	if _, err := w.Write(sum.Sum(nil)); err != nil {
		return fmt.Errorf("journal: back up: %w", err)
	}
	return nil
}

func (j *Journal) mayBackUp() error {
	if j.opts.Dir == "" {
		return fmt.Errorf("%w: back up: the store at %q is not ours; use its own: nats account backup", ErrInvalid, j.opts.URL)
	}
	switch c := j.State(); c.State {
	case Torn, Failed:
		return fmt.Errorf("journal: back up: %w", c.Err)
	case Closed:
		return fmt.Errorf("journal: back up: %w", ErrClosed)
	}
	return nil
}

func (l *Log) backup(ctx context.Context, b *backupWriter) error {
	last := l.committed.Load()
	info, err := l.stream.Info(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	first := min(max(info.State.FirstSeq, 1), last+1)
	r, err := l.reader()
	if err != nil {
		return err
	}
	defer r.close()
	r.read = encoded
	b.begin(l.plan.name, first, last)
	if err := r.scan(ctx, span{first, last}, b.event); err != nil {
		return err
	}
	b.end()
	return b.err
}

// backupWriter writes the inside of a backup. The first error stays.
type backupWriter struct {
	out   *zstd.Encoder
	buf   *bufio.Writer
	at    uint64 // sequence of the event before
	count uint64
	err   error
}

func newBackupWriter(w io.Writer) (*backupWriter, error) {
	if _, err := io.WriteString(w, backupMagic); err != nil {
		return nil, err
	}
	out, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(backupWindow))
	if err != nil {
		return nil, err
	}
	return &backupWriter{out: out, buf: bufio.NewWriterSize(out, 64<<10)}, nil
}

// backupWindow is how far back zstd looks, and so what a reader needs.
const backupWindow = 4 << 20

func (b *backupWriter) begin(name string, first, last uint64) {
	b.text([]byte(name))
	b.number(first)
	b.number(last)
	b.at, b.count = first-1, 0
}

// event takes a record that was read by encoded.
func (b *backupWriter) event(r Record) error {
	b.number(r.Seq - b.at)
	b.number(uint64(r.high))
	b.text(r.Payload)
	b.at, b.count = r.Seq, b.count+1
	return b.err
}

func (b *backupWriter) end() {
	b.number(0)
	b.number(b.count)
}

func (b *backupWriter) number(n uint64) {
	var a [binary.MaxVarintLen64]byte
	b.write(a[:binary.PutUvarint(a[:], n)])
}

func (b *backupWriter) text(t []byte) {
	b.number(uint64(len(t)))
	b.write(t)
}

func (b *backupWriter) write(p []byte) {
	if b.err == nil {
		_, b.err = b.buf.Write(p)
	}
}

func (b *backupWriter) close() error {
	return errors.Join(b.err, b.buf.Flush(), b.out.Close())
}

// ErrBackup says that something is no backup, or not as it was written.
var ErrBackup = errors.New("journal: not a whole backup")

// verify reads a whole backup of size bytes and compares it with the checksum
// at its end.
func verify(r io.Reader, size int64) error {
	size -= checksumSize
	sum := sha256.New()
	magic := make([]byte, len(backupMagic))
	if _, err := io.ReadFull(io.TeeReader(r, sum), magic); err != nil || size < int64(len(magic)) || string(magic) != backupMagic {
		return fmt.Errorf("%w: it does not begin like one; give a file that backup wrote", ErrBackup)
	}
	if _, err := io.CopyN(sum, r, size-int64(len(magic))); err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	return compare(r, sum)
}

func compare(r io.Reader, sum hash.Hash) error {
	want, err := io.ReadAll(io.LimitReader(r, checksumSize+1))
	if err != nil {
		return err
	}
	if string(want) != string(sum.Sum(nil)) {
		return fmt.Errorf("%w: its checksum does not fit, it was cut off or changed; take another copy", ErrBackup)
	}
	return nil
}

// backupReader reads the inside of a backup.
type backupReader struct{ in *bufio.Reader }

// newBackupReader takes what stands between the magic line and the checksum.
// close must be called.
func newBackupReader(r io.Reader) (b backupReader, close func(), err error) {
	in, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(backupWindow))
	if err != nil {
		return backupReader{}, nil, fmt.Errorf("%w: %w", ErrBackup, err)
	}
	return backupReader{bufio.NewReaderSize(in, 64<<10)}, in.Close, nil
}

// section gives the next log's name and its first and last sequence.
func (b backupReader) section() (name string, s span, err error) {
	text, err := b.text(256)
	if err != nil {
		return "", span{}, err
	}
	if s.first, err = b.number(); err != nil {
		return "", span{}, err
	}
	if s.last, err = b.number(); err != nil {
		return "", span{}, err
	}
	if s.first == 0 || s.last > 1<<62 || s.first > s.last+1 {
		return "", span{}, fmt.Errorf("%w: log %.40q from %d to %d", ErrBackup, text, s.first, s.last)
	}
	return string(text), s, nil
}

// events calls fn for each event of the section s and checks their count.
func (b backupReader) events(s span, fn func(Record) error) (count uint64, err error) {
	for at := s.first - 1; ; count++ {
		step, err := b.number()
		if err != nil {
			return count, err
		}
		if step == 0 {
			return count, b.counted(count)
		}
		if step > s.last-at {
			return count, fmt.Errorf("%w: an event behind the last, %d", ErrBackup, s.last)
		}
		at += step
		r, err := b.event(at)
		if err != nil {
			return count, err
		}
		if err := fn(r); err != nil {
			return count, err
		}
	}
}

func (b backupReader) counted(count uint64) error {
	want, err := b.number()
	if err == nil && want != count {
		err = fmt.Errorf("%w: %d events, but %d are announced", ErrBackup, count, want)
	}
	return err
}

func (b backupReader) event(seq uint64) (Record, error) {
	high, err := b.number()
	if err != nil {
		return Record{}, err
	}
	data, err := b.text(MaxEvent)
	if err != nil {
		return Record{}, err
	}
	e, err := Decode(data)
	if err != nil {
		return Record{}, fmt.Errorf("%w: sequence %d: %w", ErrBackup, seq, err)
	}
	return Record{Seq: seq, Event: e, high: int64(high)}, nil
}

func (b backupReader) number() (uint64, error) {
	n, err := binary.ReadUvarint(b.in)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrBackup, unexpected(err))
	}
	return n, nil
}

func (b backupReader) text(most uint64) ([]byte, error) {
	n, err := b.number()
	if err != nil {
		return nil, err
	}
	if n > most {
		return nil, fmt.Errorf("%w: a text of %d bytes, over %d", ErrBackup, n, most)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(b.in, text); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBackup, unexpected(err))
	}
	return text, nil
}

// over sees that nothing follows.
func (b backupReader) over() error {
	if _, err := b.in.ReadByte(); err != io.EOF {
		return fmt.Errorf("%w: something follows the last log (%v)", ErrBackup, err)
	}
	return nil
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
