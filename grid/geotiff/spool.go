package geotiff

import (
	"errors"
	"os"
)

// spoolBytes is how much a raster's spool keeps in memory.
const spoolBytes = 64 << 20

// spool keeps packed tiles until they are written: in memory, and in a
// temporary file once they are many.
type spool struct {
	limit  int // of memory, in bytes
	memory []byte
	file   *os.File
	size   int64
}

// add keeps b and tells where.
func (s *spool) add(b []byte) (at int64, err error) {
	at = s.size
	if s.file == nil && len(s.memory)+len(b) > s.limit {
		if s.file, err = os.CreateTemp("", "geotiff-*.tiles"); err != nil {
			return 0, err
		}
	}
	if s.file == nil {
		s.memory = append(s.memory, b...)
	} else if _, err = s.file.Write(b); err != nil {
		return 0, err
	}
	s.size += int64(len(b))
	return at, nil
}

// get gives back what add kept; what was added at once is read at once.
func (s *spool) get(b []byte, at int64) error {
	if in := int64(len(s.memory)); at >= in {
		_, err := s.file.ReadAt(b, at-in)
		return err
	}
	copy(b, s.memory[at:])
	return nil
}

// close lets go of what was kept.
func (s *spool) close() error {
	if s.file == nil {
		return nil
	}
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}
