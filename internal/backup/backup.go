// Package backup writes a data folder into one file while it is in use, and
// makes a data folder from such a file.
//
// The file is a zip: a head that says what it is, the journal as the journal
// itself backs it up, every other file of the folder, and the SHA-256 of each
// at the end. What is made from the journal again (the history, the present
// that was written down) and what belongs to a running process (locks, the
// control socket, what an MQTT broker of ours holds until it is in the journal)
// is left out. Nothing is encrypted: the file holds keys and the
// hashes of passwords, so keep it as the folder is kept.
//
// The journal comes first: what it speaks of was a file before it was spoken
// of, so no file is missing.
package backup

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Form is that of the files that Write makes.
const Form = 1

// The entries of the file.
const (
	headName    = "vedette-backup.json"
	journalName = "journal"
	filesPrefix = "files/"
	sumsName    = "sha256.json"
)

// What has a name of its own within a data folder, besides what the parts of the
// program choose themselves.
const (
	JournalDir  = "journal"
	HistoryFile = "history.sqlite" // and what SQLite keeps beside it
	PresentFile = "present.jsonl"
	BrokerDir   = "mqtt"
)

// Most bounds the entries of a file, and the list of sums in bytes.
const (
	Most     = 1_000_000
	mostSums = 256 << 20
)

// Head says what a backup is.
type Head struct {
	Form    int       `json:"form"`
	Made    time.Time `json:"made"`
	Version string    `json:"version"` // of the program
}

// Contents tell what a backup holds.
type Contents struct {
	Head
	Files int   `json:"files"` // besides the journal
	Bytes int64 `json:"bytes"` // of all, unpacked
}

// left tells what of a data folder is left out.
func left(name string) bool {
	base := path.Base(name)
	return name == JournalDir || name == BrokerDir || strings.HasPrefix(base, HistoryFile) || base == PresentFile ||
		strings.HasSuffix(base, ".sock") || strings.HasSuffix(base, ".lock") || base == "lock" ||
		strings.HasPrefix(base, ".") || strings.Contains(base, ".new-")
}

// Write writes the data folder dir to w. journal writes the journal's own part.
func Write(ctx context.Context, w io.Writer, dir string, head Head, journal func(context.Context, io.Writer) error) (Contents, error) {
	out := &writer{ctx: ctx, zip: zip.NewWriter(w), sums: map[string]string{}}
	head.Form = Form
	err := out.json(headName, head)
	if err == nil {
		err = out.add(journalName, func(w io.Writer) error { return journal(ctx, w) })
	}
	if err == nil {
		err = out.folder(dir)
	}
	if err == nil {
		err = out.json(sumsName, out.sums) // of all but itself
	}
	if err = errors.Join(err, out.zip.Close()); err != nil {
		return Contents{}, fmt.Errorf("write a backup of %s: %w", dir, err)
	}
	return Contents{head, out.files, out.bytes}, nil
}

type writer struct {
	ctx   context.Context
	zip   *zip.Writer
	sums  map[string]string
	files int
	bytes int64
}

// add writes one entry, and remembers its sum.
func (w *writer) add(name string, fill func(io.Writer) error) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	entry, err := w.zip.Create(name)
	if err != nil {
		return err
	}
	h := sha256.New()
	sum := &counter{w: io.MultiWriter(entry, h)}
	if err := fill(sum); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	w.sums[name] = hex.EncodeToString(h.Sum(nil))
	w.bytes += sum.n
	return nil
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

func (w *writer) json(name string, v any) error {
	return w.add(name, func(out io.Writer) error { return json.NewEncoder(out).Encode(v) })
}

// folder writes the files of a folder, by way of a root that no link leads out
// of.
func (w *writer) folder(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // gone since
		case err != nil:
			return err
		case name != "." && left(name) && d.IsDir():
			return fs.SkipDir
		case d.IsDir() || left(name) || !d.Type().IsRegular():
			return nil
		}
		return w.file(root, name)
	})
}

func (w *writer) file(root *os.Root, name string) error {
	f, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	w.files++
	return w.add(filesPrefix+name, func(out io.Writer) error {
		_, err := io.Copy(out, f)
		return err
	})
}

// Check reads a backup whole and tells what it holds; one that was cut or
// changed is an error.
func Check(ctx context.Context, r io.ReaderAt, size int64) (Contents, error) {
	b, err := open(r, size)
	if err != nil {
		return Contents{}, err
	}
	return b.contents, b.each(ctx, func(_ string, r io.Reader) error {
		_, err := io.Copy(io.Discard, r)
		return err
	})
}

// Restore makes the data folder dir, which must be missing or empty, from a
// backup. journal makes the journal's folder from its own part. The folder is
// made beside and then renamed: it is there whole or not at all.
func Restore(ctx context.Context, r io.ReaderAt, size int64, dir string, journal func(ctx context.Context, r io.Reader, dir string) error) (Contents, error) {
	contents, err := Check(ctx, r, size) // before anything is made
	if err != nil {
		return Contents{}, err
	}
	if err := vacant(dir); err != nil {
		return Contents{}, err
	}
	beside := strings.TrimRight(dir, "/\\") + ".restoring"
	if err := vacant(beside); err != nil {
		return Contents{}, fmt.Errorf("%w; it is left of a restore that was cut: remove it", err)
	}
	if err := restore(ctx, r, size, beside, journal); err != nil {
		return Contents{}, errors.Join(fmt.Errorf("restore into %s: %w", dir, err), os.RemoveAll(beside))
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Contents{}, err
	}
	return contents, os.Rename(beside, dir)
}

func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("%s is not empty; give a folder that is not there yet", dir)
	}
	return err
}

func restore(ctx context.Context, r io.ReaderAt, size int64, dir string, journal func(ctx context.Context, r io.Reader, dir string) error) error {
	b, err := open(r, size)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return b.each(ctx, func(name string, r io.Reader) error {
		if name == journalName {
			return journal(ctx, r, filepath.Join(dir, JournalDir))
		}
		if name, ok := strings.CutPrefix(name, filesPrefix); ok {
			return put(root, name, r)
		}
		_, err := io.Copy(io.Discard, r)
		return err
	})
}

func put(root *os.Root, name string, r io.Reader) error {
	if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Sync(), f.Close())
}

// archive is a backup that is read.
type archive struct {
	zip      *zip.Reader
	sums     map[string]string
	contents Contents
}

func open(r io.ReaderAt, size int64) (*archive, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("this is no backup, or it was cut: %w", err)
	}
	b := &archive{zip: z}
	if err := b.read(headName, 1<<16, &b.contents.Head); err != nil {
		return nil, err
	}
	if b.contents.Form != Form {
		return nil, fmt.Errorf("the backup is of form %d, this program reads %d; take the version that made it: %s", b.contents.Form, Form, b.contents.Version)
	}
	if err := b.read(sumsName, mostSums, &b.sums); err != nil {
		return nil, err
	}
	return b, b.index()
}

// index holds the entries to the list of sums: each once, none more.
func (b *archive) index() error {
	if len(b.zip.File) > Most {
		return fmt.Errorf("the backup has %d entries, over %d", len(b.zip.File), Most)
	}
	var names []string
	for _, f := range b.zip.File {
		if f.Name == sumsName {
			continue
		}
		names = append(names, f.Name)
		if name, ok := strings.CutPrefix(f.Name, filesPrefix); ok {
			if !fs.ValidPath(name) || name == "." || !filepath.IsLocal(filepath.FromSlash(name)) || left(name) || strings.HasPrefix(name, JournalDir+"/") || strings.HasPrefix(name, BrokerDir+"/") {
				return fmt.Errorf("the backup has an entry %q that no backup has", f.Name)
			}
			b.contents.Files++
		} else if f.Name != headName && f.Name != journalName {
			return fmt.Errorf("the backup has an entry %q that no backup has", f.Name)
		}
		b.contents.Bytes += int64(f.UncompressedSize64)
	}
	slices.Sort(names)
	if !slices.Equal(names, slices.Sorted(maps.Keys(b.sums))) {
		return errors.New("the backup has not the entries that its list has: it was changed")
	}
	return nil
}

func (b *archive) read(name string, most int64, into any) error {
	f, err := b.zip.Open(name)
	if err != nil {
		return fmt.Errorf("this is no backup: %w", err)
	}
	defer f.Close()
	dec := json.NewDecoder(io.LimitReader(f, most))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("this is no backup: %s: %w", name, err)
	}
	return nil
}

// each gives every entry but the list of sums to fn, and holds what was read to
// its sum.
func (b *archive) each(ctx context.Context, fn func(name string, r io.Reader) error) error {
	for _, f := range b.zip.File {
		if f.Name == sumsName {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := b.entry(f, fn); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return nil
}

func (b *archive) entry(f *zip.File, fn func(name string, r io.Reader) error) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	h := sha256.New()
	tee := io.TeeReader(r, h)
	if err := fn(f.Name, tee); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, tee); err != nil { // what fn left
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != b.sums[f.Name] {
		return fmt.Errorf("its SHA-256 is %s, not %s: the backup was changed", got, b.sums[f.Name])
	}
	return nil
}
