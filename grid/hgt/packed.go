package hgt

import (
	"archive/zip"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"path"
	"strings"
	"sync"
)

// maxUnpacked is the largest tile there is, with room for four tape labels;
// nothing larger is unpacked. maxPacked is what the file of one may have.
const (
	maxUnpacked = bytesDTED2 + 4*80
	maxPacked   = 32 << 20
)

// packed is a tile inside a gzip or zip file. It is unpacked when it is first
// read and kept in memory until it is released.
type packed struct {
	name string // of the tile inside
	size int64  // unpacked, as the container says
	open func() (io.ReadCloser, error)

	mu   sync.Mutex
	data []byte
}

// ReadAt unpacks the tile if need be.
func (p *packed) ReadAt(buf []byte, at int64) (int, error) {
	data, err := p.bytes()
	if err != nil {
		return 0, err
	}
	if at >= int64(len(data)) {
		return 0, io.EOF
	}
	n := copy(buf, data[at:])
	if n < len(buf) {
		return n, io.EOF
	}
	return n, nil
}

func (p *packed) bytes() ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.data != nil {
		return p.data, nil
	}
	data, err := p.unpack()
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w; fetch the file again", p.name, err)
	}
	p.data = data
	return data, nil
}

// unpack reads exactly the size that the container has named, and then the
// end, at which gzip and zip check their sums.
func (p *packed) unpack() ([]byte, error) {
	r, err := p.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data := make([]byte, p.size)
	if n, err := io.ReadFull(r, data); err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil, fmt.Errorf("ends after %d of %d bytes", n, p.size)
	} else if err != nil {
		return nil, err
	}
	var more [1]byte
	if n, err := io.ReadFull(r, more[:]); n > 0 {
		return nil, fmt.Errorf("goes on after the %d bytes it should have", p.size)
	} else if err != io.EOF {
		return nil, err
	}
	return data, nil
}

func (p *packed) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.data = nil
}

// openGzip finds the size of the tile in the trailer of the gzip file.
func openGzip(name string, r io.ReaderAt, size int64) (*packed, error) {
	if size > maxPacked {
		return nil, tooLarge(size, maxPacked)
	}
	if _, err := gzip.NewReader(io.NewSectionReader(r, 0, size)); err != nil {
		return nil, fmt.Errorf("gzip: %w; the file is not gzip or is damaged: fetch it again", err)
	}
	var trailer [4]byte // ISIZE, RFC 1952, 2.3.1
	if err := readFull(r, trailer[:], size-4); err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	p := &packed{
		name: name[:len(name)-len(".gz")],
		size: int64(binary.LittleEndian.Uint32(trailer[:])),
		open: func() (io.ReadCloser, error) { return gzip.NewReader(io.NewSectionReader(r, 0, size)) },
	}
	if p.size > maxUnpacked {
		return nil, tooLarge(p.size, maxUnpacked)
	}
	return p, nil
}

// openZip finds the one tile in a zip file; whatever else it holds, notes or
// pictures, is left alone.
func openZip(r io.ReaderAt, size int64) (*packed, error) {
	if size > maxPacked {
		return nil, tooLarge(size, maxPacked)
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("zip: %w; the file is not a zip or is damaged: fetch it again", err)
	}
	m, err := onlyTile(z)
	if err != nil {
		return nil, err
	}
	if m.Flags&1 != 0 {
		return nil, fmt.Errorf("zip: %q is encrypted; unpack it and open the tile itself", m.Name)
	}
	if m.UncompressedSize64 > maxUnpacked {
		return nil, tooLarge(int64(min(m.UncompressedSize64, 1<<62)), maxUnpacked)
	}
	return &packed{name: path.Base(m.Name), size: int64(m.UncompressedSize64), open: m.Open}, nil
}

func onlyTile(z *zip.Reader) (*zip.File, error) {
	var tile *zip.File
	for _, m := range z.File {
		switch extension(m.Name) {
		case ".hgt", ".dt0", ".dt1", ".dt2":
		default:
			continue
		}
		if strings.HasPrefix(m.Name, "__MACOSX/") { // attributes under the tile's name
			continue
		}
		if tile != nil {
			return nil, fmt.Errorf("zip: holds %q and %q; unpack it and open the tiles one by one", tile.Name, m.Name)
		}
		tile = m
	}
	if tile == nil {
		return nil, fmt.Errorf("zip: holds no .hgt, .dt0, .dt1 or .dt2; take the file that holds the tile's heights")
	}
	return tile, nil
}

func tooLarge(size, limit int64) error {
	return fmt.Errorf("size: %d bytes are more than the %d that the largest tile takes; take a file of one tile", size, limit)
}
