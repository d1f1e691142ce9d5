package geotiff

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// Bounds of what a header may ask for: far above any real file's, and small
// enough that a hostile one costs little.
const (
	maxEntries    = 4096     // tags in a directory
	maxImages     = 64       // directories in a file
	maxTagBytes   = 64 << 20 // values of one tag
	maxTextBytes  = 1 << 20  // text of one tag
	classicMagic  = 42
	bigMagic      = 43
	headerClassic = 8
	headerBig     = 16
)

// source is the file's bytes and how its numbers are written.
type source struct {
	r     io.ReaderAt
	size  uint64
	order binary.ByteOrder
	big   bool
}

// bytes reads n bytes, which must all lie in the file.
func (s *source) bytes(offset, n uint64) ([]byte, error) {
	if offset > s.size || n > s.size-offset {
		return nil, fmt.Errorf("%d bytes at %d lie beyond the file's %d; the file is cut short or damaged, copy it again", n, offset, s.size)
	}
	b := make([]byte, n)
	if got, err := s.r.ReadAt(b, int64(offset)); got < len(b) { // a whole read may end in EOF
		return nil, fmt.Errorf("%d bytes at %d: %w", n, offset, err)
	}
	return b, nil
}

// field is one tag of a directory: its values, or where they lie.
type field struct {
	kind   uint16
	count  uint64
	inline []byte // nil where the values lie elsewhere
	offset uint64
}

// directory is an IFD, the tags of one image.
type directory struct {
	*source
	at     uint64
	fields map[uint16]field
}

// openSource reads the first bytes: byte order, classic or BigTIFF, and the
// place of the first directory.
func openSource(r io.ReaderAt, size int64) (s *source, first uint64, err error) {
	s = &source{r: r, size: uint64(max(size, 0)), order: binary.LittleEndian}
	head, err := s.bytes(0, headerClassic)
	if err != nil {
		return nil, 0, fmt.Errorf("header: %w", err)
	}
	switch string(head[:2]) {
	case "II":
	case "MM":
		s.order = binary.BigEndian
	default:
		return nil, 0, fmt.Errorf("header: starts with %q and not II or MM; this is no TIFF", head[:2])
	}
	switch magic := s.order.Uint16(head[2:]); magic {
	case classicMagic:
		return s, uint64(s.order.Uint32(head[4:])), nil
	case bigMagic:
		s.big = true
	default:
		return nil, 0, fmt.Errorf("header: version %d is neither 42 (TIFF) nor 43 (BigTIFF)", magic)
	}
	if head, err = s.bytes(0, headerBig); err != nil {
		return nil, 0, fmt.Errorf("header: %w", err)
	}
	if n := s.order.Uint16(head[4:]); n != 8 {
		return nil, 0, fmt.Errorf("header: BigTIFF with offsets of %d bytes; only 8 exist", n)
	}
	return s, s.order.Uint64(head[8:]), nil
}

// directories reads the chain of directories.
func (s *source) directories(first uint64) ([]directory, error) {
	var all []directory
	seen := map[uint64]bool{}
	for at := first; at != 0; {
		if seen[at] {
			return nil, fmt.Errorf("directory %d: the chain of images runs in a circle; the file is damaged", len(all))
		}
		if len(all) == maxImages {
			return nil, fmt.Errorf("directory %d: more than %d images in one file; extract the one meant with gdal_translate", len(all), maxImages)
		}
		seen[at] = true
		d, next, err := s.directory(at)
		if err != nil {
			return nil, fmt.Errorf("directory %d: %w", len(all), err)
		}
		all = append(all, d)
		at = next
	}
	if len(all) == 0 {
		return nil, errors.New("header: no image in the file")
	}
	return all, nil
}

// directory reads the tags at one place, and where the next directory lies.
func (s *source) directory(at uint64) (d directory, next uint64, err error) {
	countSize, entrySize, wordSize := uint64(2), uint64(12), uint64(4)
	if s.big {
		countSize, entrySize, wordSize = 8, 20, 8
	}
	head, err := s.bytes(at, countSize)
	if err != nil {
		return d, 0, err
	}
	n := s.word(head, countSize)
	if n == 0 || n > maxEntries {
		return d, 0, fmt.Errorf("%d tags; the file is damaged", n)
	}
	body, err := s.bytes(at+countSize, n*entrySize+wordSize)
	if err != nil {
		return d, 0, err
	}
	d = directory{source: s, at: at, fields: make(map[uint16]field, n)}
	for i := range n {
		e := body[i*entrySize:][:entrySize]
		f := field{kind: s.order.Uint16(e[2:]), count: s.word(e[4:], wordSize)}
		value := e[4+wordSize:]
		if f.kind < uint16(len(typeSize)) && f.count <= wordSize && f.count*typeSize[f.kind] <= wordSize {
			f.inline = value[:f.count*typeSize[f.kind]]
		} else {
			f.offset = s.word(value, wordSize)
		}
		d.fields[s.order.Uint16(e)] = f
	}
	return d, s.word(body[n*entrySize:], wordSize), nil
}

// word reads a number of 2, 4 or 8 bytes.
func (s *source) word(b []byte, size uint64) uint64 {
	switch size {
	case 2:
		return uint64(s.order.Uint16(b))
	case 4:
		return uint64(s.order.Uint32(b))
	}
	return s.order.Uint64(b)
}

// has tells whether a tag is there.
func (d directory) has(tag uint16) bool {
	_, ok := d.fields[tag]
	return ok
}

// raw gives the bytes of a tag's values; none if the tag is absent.
func (d directory) raw(tag uint16, limit uint64) (f field, b []byte, err error) {
	f, ok := d.fields[tag]
	if !ok {
		return f, nil, nil
	}
	if int(f.kind) >= len(typeSize) || typeSize[f.kind] == 0 {
		return f, nil, fmt.Errorf("tag %d: values of the unknown type %d", tag, f.kind)
	}
	size := typeSize[f.kind]
	if f.count > limit/size {
		return f, nil, fmt.Errorf("tag %d: %d values are more than any file needs; the file is damaged", tag, f.count)
	}
	if f.inline != nil {
		return f, f.inline, nil
	}
	if b, err = d.bytes(f.offset, f.count*size); err != nil {
		return f, nil, fmt.Errorf("tag %d: %w", tag, err)
	}
	return f, b, nil
}

// uints gives the values of a tag of whole numbers.
func (d directory) uints(tag uint16) ([]uint64, error) {
	f, b, err := d.raw(tag, maxTagBytes)
	if err != nil || b == nil {
		return nil, err
	}
	v := make([]uint64, f.count)
	for i := range v {
		switch f.kind {
		case typeByte:
			v[i] = uint64(b[i])
		case typeShort:
			v[i] = uint64(d.order.Uint16(b[2*i:]))
		case typeLong, typeIFD:
			v[i] = uint64(d.order.Uint32(b[4*i:]))
		case typeLong8, typeIFD8, typeSLong8:
			v[i] = d.order.Uint64(b[8*i:])
		default:
			return nil, fmt.Errorf("tag %d: values of type %d where whole numbers belong", tag, f.kind)
		}
	}
	return v, nil
}

// number gives the first value of a tag of whole numbers, or what is usual
// where the tag is absent.
func (d directory) number(tag uint16, usual int) (int, error) {
	v, err := d.uints(tag)
	if err != nil || len(v) == 0 {
		return usual, err
	}
	if v[0] > math.MaxInt32 {
		return 0, fmt.Errorf("tag %d: %d is beyond what a TIFF can hold", tag, v[0])
	}
	return int(v[0]), nil
}

// floats gives the values of a tag of real numbers.
func (d directory) floats(tag uint16) ([]float64, error) {
	f, b, err := d.raw(tag, maxTextBytes)
	if err != nil || b == nil {
		return nil, err
	}
	v := make([]float64, f.count)
	for i := range v {
		switch f.kind {
		case typeDouble:
			v[i] = math.Float64frombits(d.order.Uint64(b[8*i:]))
		case typeFloat:
			v[i] = float64(math.Float32frombits(d.order.Uint32(b[4*i:])))
		default:
			return nil, fmt.Errorf("tag %d: values of type %d where real numbers belong", tag, f.kind)
		}
	}
	return v, nil
}

// text gives a tag of text without its closing zeros; none if absent.
func (d directory) text(tag uint16) (string, error) {
	f, b, err := d.raw(tag, maxTextBytes)
	if err != nil {
		return "", err
	}
	if b != nil && f.kind != typeASCII && f.kind != typeByte {
		return "", fmt.Errorf("tag %d: values of type %d where text belongs", tag, f.kind)
	}
	return strings.TrimRight(string(b), "\x00"), nil
}
