package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// filePath gives the path of file:path and file:///path.
func filePath(raw string) string {
	path := strings.TrimPrefix(raw, "file:")
	if rest, ok := strings.CutPrefix(path, "//"); ok {
		path = rest
	}
	return path
}

// follow takes what is written to a file, as it grows: a regular file from its
// end on (or its start), which may be cut short or replaced; a pipe, a serial
// port or standard input until ctx ends.
func follow(ctx context.Context, c Config, out *Out, d decoder) error {
	path := filePath(c.URL)
	f, err := openFollowed(path)
	if err != nil {
		return fmt.Errorf("open what is followed: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(fmt.Errorf("open what is followed: %w", err), f.Close())
	}
	t := &tail{ctx: ctx, path: path, file: f, regular: info.Mode().IsRegular()}
	defer func() { t.file.Close() }()
	defer context.AfterFunc(ctx, t.interrupt)()
	if t.regular && !c.FromStart {
		if _, err := f.Seek(0, io.SeekEnd); err != nil {
			return fmt.Errorf("go to the end of %s: %w", path, err)
		}
	}
	out.Connected()
	return pump(ctx, t, d)
}

// openFollowed opens a pipe for writing too, so that it neither waits for a
// writer nor ends with one.
func openFollowed(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	switch {
	case info.IsDir():
		return nil, fmt.Errorf("%s is a folder; name a file", path)
	case info.Mode()&os.ModeNamedPipe != 0:
		return os.OpenFile(path, os.O_RDWR, 0)
	}
	return os.Open(path)
}

// tail reads a file and waits at its end for more.
type tail struct {
	ctx     context.Context // ends Read, which has none of its own
	path    string
	file    *os.File
	regular bool
}

// interrupt ends a Read that waits for a device.
func (t *tail) interrupt() {
	if !t.regular {
		t.file.Close()
	}
}

func (t *tail) Read(p []byte) (int, error) {
	for {
		n, err := t.file.Read(p)
		if n > 0 || err != nil && !errors.Is(err, io.EOF) {
			return n, err
		}
		if err := sleep(t.ctx, pollFile); err != nil {
			return 0, err
		}
		if t.regular {
			if err := t.renew(); err != nil {
				return 0, err
			}
		}
	}
}

// renew goes to the start of a file that was cut short, or of the one that
// stands in its place.
func (t *tail) renew() error {
	mine, err := t.file.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(t.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil // between two files
	}
	if err != nil {
		return err
	}
	if !os.SameFile(mine, there) {
		f, err := os.Open(t.path)
		if err != nil {
			return err
		}
		t.file.Close()
		t.file = f
		return nil
	}
	at, err := t.file.Seek(0, io.SeekCurrent)
	if err == nil && at > there.Size() {
		_, err = t.file.Seek(0, io.SeekStart)
	}
	return err
}
