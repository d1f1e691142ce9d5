package web

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"vedette/internal/bare"
)

// store keeps the files of reports, named by their content: as they came in
// originals, without metadata in shown. What has no metadata to take off is only
// in originals. Nothing in it is ever run.
type store struct{ dir string }

func openStore(dir string) (*store, error) {
	s := &store{dir}
	for _, sub := range []string{"incoming", "originals", "shown"} {
		if err := os.MkdirAll(s.path(sub), 0o700); err != nil {
			return nil, fmt.Errorf("make the folder of the reports' files: %w", err)
		}
	}
	// What is left of uploads that a crash cut off belongs to no report.
	left, err := os.ReadDir(s.path("incoming"))
	if err != nil {
		return nil, fmt.Errorf("look for files of reports that broke off: %w", err)
	}
	for _, entry := range left {
		if err := os.Remove(s.path("incoming", entry.Name())); err != nil {
			return nil, fmt.Errorf("remove a file of a report that broke off: %w", err)
		}
	}
	return s, nil
}

func (s *store) path(names ...string) string {
	return filepath.Join(append([]string{s.dir}, names...)...)
}

// put writes what r gives to disk, synced, and says what it is.
func (s *store) put(r io.Reader) (KeptFile, error) {
	in := bufio.NewReader(r)
	head, err := in.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return KeptFile{}, fmt.Errorf("read a file: %w", err)
	}
	file := KeptFile{Type: typeOf(head)}
	sum := sha256.New()
	path, err := s.beside(func(w io.Writer) error {
		file.Bytes, err = io.Copy(io.MultiWriter(w, sum), in)
		return err
	})
	if err != nil {
		return KeptFile{}, err
	}
	file.SHA256 = hex.EncodeToString(sum.Sum(nil))
	if err := s.lay(path, "originals", file.SHA256); err != nil {
		return KeptFile{}, err
	}
	file.Shown, err = s.show(file)
	return file, err
}

// show makes the copy without metadata, and tells whether it could.
func (s *store) show(file KeptFile) (bool, error) {
	var take func(io.Writer, io.Reader) error
	switch file.Type {
	case "image/jpeg":
		take = bare.JPEG
	case "image/png":
		take = bare.PNG
	case "text/plain":
		return true, nil
	default:
		return false, nil
	}
	in, err := os.Open(s.path("originals", file.SHA256))
	if err != nil {
		return false, fmt.Errorf("copy a picture: %w", err)
	}
	defer in.Close()
	var broken error
	path, err := s.beside(func(w io.Writer) error {
		broken = take(w, in)
		return broken
	})
	if broken != nil {
		return false, nil // evidence all the same, for who may read what came
	}
	if err != nil {
		return false, err
	}
	return true, s.lay(path, "shown", file.SHA256)
}

// beside writes a new file, synced, and gives its path.
func (s *store) beside(write func(io.Writer) error) (path string, err error) {
	f, err := os.CreateTemp(s.path("incoming"), "file-*")
	if err != nil {
		return "", fmt.Errorf("keep a file: %w", err)
	}
	err = errors.Join(write(f), f.Sync(), f.Close())
	if err != nil {
		return "", fmt.Errorf("keep a file: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return f.Name(), nil
}

// lay moves a file to its place, synced.
func (s *store) lay(path, sub, name string) error {
	if err := os.Rename(path, s.path(sub, name)); err != nil {
		return fmt.Errorf("keep a file: %w", errors.Join(err, os.Remove(path)))
	}
	return syncFolder(s.path(sub))
}

// open opens a file of a report.
func (s *store) open(file KeptFile, original bool) (*os.File, error) {
	sub := "originals"
	if !original && file.Type != "text/plain" {
		sub = "shown"
	}
	if !original && !file.Shown {
		return nil, fs.ErrNotExist
	}
	return os.Open(s.path(sub, file.SHA256))
}

// typeOf tells what a file is by its first bytes, whatever its sender says. What
// a browser might run is not told from what nobody knows.
func typeOf(head []byte) string {
	kind, _, _ := strings.Cut(http.DetectContentType(head), ";")
	switch kind {
	case "image/jpeg", "image/png", "image/gif", "image/webp", "text/plain", "application/pdf", "video/mp4", "video/webm", "audio/mpeg", "audio/wave", "application/ogg":
		return kind
	}
	return "application/octet-stream"
}

// endings are what files are called after.
var endings = map[string]string{
	"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "text/plain": ".txt",
	"application/pdf": ".pdf", "video/mp4": ".mp4", "video/webm": ".webm", "audio/mpeg": ".mp3", "audio/wave": ".wav", "application/ogg": ".ogg",
	"application/octet-stream": ".bin",
}
