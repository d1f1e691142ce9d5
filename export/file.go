package export

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// File writes a file beside path and renames it onto path once it is whole and
// on the disk, so that nobody ever reads half a product. The file is readable
// by its owner only. On an error what path held before stays, and nothing is
// left beside it.
func File(path string, write func(w io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.part") // mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w; give a folder that exists and can be written to", path, err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	buffered := bufio.NewWriterSize(f, 1<<16)
	if err := write(buffered); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("%w; close the program that has the file open", err)
	}
	syncFolder(filepath.Dir(path))
	return nil
}

// syncFolder puts the renaming itself on the disk. Systems that cannot sync a
// folder (Windows) keep it in the journal of their file system.
func syncFolder(dir string) {
	d, err := os.Open(dir)
	if err != nil {
		return
	}
	defer d.Close()
	_ = d.Sync()
}
