package geotiff

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/image/tiff/lzw"
)

// expansion is the most that a byte of a compression scheme can become, so
// that a small file cannot ask for much memory: deflate 1032 (zlib's own
// documentation), LZW a string of 4096 bytes in 9 bits, PackBits 128 bytes in
// 2, zstd a block of 128 KiB in 4.
func expansion(compression int) uint64 {
	switch compression {
	case compressDeflate, compressDeflateOld:
		return 1040
	case compressLZW:
		return 4096
	case compressPackBits:
		return 64
	}
	return 128 << 10
}

// unpack reads one block and gives its samples' bytes, least significant
// first, with the prediction undone. The caller owns them.
func (l *layout) unpack(s *source, index int) ([]byte, error) {
	row := l.rowBytes()
	want := row * l.blockRows(index)
	if l.compression == compressNone {
		if l.counts[index] < uint64(want) {
			return nil, fmt.Errorf("holds %d bytes where %d belong; the file is damaged", l.counts[index], want)
		}
		raw, err := s.bytes(l.offsets[index], uint64(want))
		if err == nil {
			l.swap(raw, s.order)
		}
		return raw, err
	}
	if l.counts[index] > uint64(maxBlockBytes) {
		return nil, fmt.Errorf("%d bytes in one block; the file is damaged", l.counts[index])
	}
	packed, err := s.bytes(l.offsets[index], l.counts[index])
	if err != nil {
		return nil, err
	}
	if uint64(want) > uint64(len(packed))*expansion(l.compression) {
		return nil, fmt.Errorf("%d bytes cannot hold the %d of the block; the file is damaged", len(packed), want)
	}
	raw := make([]byte, want)
	if err := inflate(raw, packed, l.compression, row*l.high-want); err != nil {
		return nil, fmt.Errorf("%s: %w", compressionName(l.compression), err)
	}
	l.predict(raw, s.order)
	return raw, nil
}

// inflate fills dst. A last strip may be padded by up to spare bytes more.
func inflate(dst, packed []byte, compression, spare int) error {
	if compression == compressPackBits {
		return packBits(dst, packed)
	}
	r, done, err := inflater(bytes.NewReader(packed), compression)
	if err != nil {
		return err
	}
	defer done()
	if n, err := io.ReadFull(r, dst); err != nil {
		return fmt.Errorf("holds %d bytes where %d belong: %w; the file is damaged", n, len(dst), err)
	}
	// Reading to the end checks the checksum too. LZW streams may lack
	// their end, and have none.
	n, err := io.Copy(io.Discard, io.LimitReader(r, int64(spare)+1))
	if n > int64(spare) {
		return fmt.Errorf("holds more than the %d bytes that belong there; the file is damaged", len(dst))
	}
	if err != nil && compression != compressLZW {
		return err
	}
	return nil
}

// zstdReaders are kept because they are dear to make; each works in the
// goroutine of its caller.
var zstdReaders = sync.Pool{New: func() any {
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(64<<20))
	if err != nil {
		return err
	}
	return r
}}

// inflater opens a stream; done gives back what it holds.
func inflater(r io.Reader, compression int) (_ io.Reader, done func(), err error) {
	switch compression {
	case compressLZW:
		z := lzw.NewReader(r, lzw.MSB, 8)
		return z, func() { z.Close() }, nil
	case compressZstd:
		z, ok := zstdReaders.Get().(*zstd.Decoder)
		if !ok {
			return nil, nil, errors.New("no decoder")
		}
		if err := z.Reset(r); err != nil {
			return nil, nil, err
		}
		return z, func() {
			if z.Reset(nil) == nil {
				zstdReaders.Put(z)
			}
		}, nil
	}
	z, err := zlib.NewReader(r)
	if err != nil {
		return nil, nil, err
	}
	return z, func() { z.Close() }, nil
}

// packBits undoes run lengths (TIFF 6.0, section 9).
func packBits(dst, src []byte) error {
	n := 0
	for n < len(dst) {
		if len(src) < 2 {
			return fmt.Errorf("holds %d bytes where %d belong; the file is damaged", n, len(dst))
		}
		count := int(int8(src[0]))
		switch {
		case count >= 0:
			if len(src) < 2+count {
				return errors.New("a run is cut short; the file is damaged")
			}
			n += copy(dst[n:], src[1:2+count])
			src = src[2+count:]
		case count > -128:
			for i := range dst[n:min(n+1-count, len(dst))] {
				dst[n+i] = src[1]
			}
			n = min(n+1-count, len(dst))
			src = src[2:]
		default: // -128 does nothing
			src = src[1:]
		}
	}
	return nil
}

// swap turns samples round that are written with the most significant first.
func (l *layout) swap(raw []byte, order binary.ByteOrder) {
	size := l.bits / 8
	if order == binary.LittleEndian || size == 1 {
		return
	}
	for ; len(raw) >= size; raw = raw[size:] {
		for i := range size / 2 {
			raw[i], raw[size-1-i] = raw[size-1-i], raw[i]
		}
	}
}

// predict undoes the predictor, row by row.
func (l *layout) predict(raw []byte, order binary.ByteOrder) {
	row := l.rowBytes()
	if l.predictor == 3 {
		spare := make([]byte, row)
		for ; len(raw) >= row; raw = raw[row:] {
			unpredictFloat(raw[:row], spare, l.bits/8, l.stored())
		}
		return
	}
	l.swap(raw, order)
	if l.predictor == 1 {
		return
	}
	for ; len(raw) >= row; raw = raw[row:] {
		unpredict(raw[:row], l.bits/8, l.stored())
	}
}

// unpredict undoes horizontal differencing: each sample is stored less the one
// before it in its band (TIFF 6.0, section 14).
func unpredict(row []byte, size, bands int) {
	step := size * bands
	le := binary.LittleEndian
	for i := step; i < len(row); i += size {
		a, b := row[i-step:], row[i:]
		switch size {
		case 1:
			b[0] += a[0]
		case 2:
			le.PutUint16(b, le.Uint16(b)+le.Uint16(a))
		case 4:
			le.PutUint32(b, le.Uint32(b)+le.Uint32(a))
		case 8:
			le.PutUint64(b, le.Uint64(b)+le.Uint64(a))
		}
	}
}

// unpredictFloat undoes the floating point predictor: the bytes of a row lie
// sorted by significance, the highest first, and differenced (Adobe TIFF
// Technical Note 3). The samples come out least significant byte first.
func unpredictFloat(row, spare []byte, size, bands int) {
	for i := bands; i < len(row); i++ {
		row[i] += row[i-bands]
	}
	copy(spare, row)
	n := len(row) / size
	for i := range n {
		for b := range size {
			row[i*size+size-1-b] = spare[b*n+i]
		}
	}
}

// meaning turns samples into heights.
type meaning struct {
	noData        float64 // not a number: none
	scale, offset float64 // height = sample*scale + offset, in metres
}

func (m meaning) height(v float64) float32 {
	if v == m.noData {
		return float32(math.NaN())
	}
	h := float32(v*m.scale + m.offset)
	if h-h != 0 { // infinite
		return float32(math.NaN())
	}
	return h
}

// heights turns the samples of one band of a block into heights; first and
// step place the band's bytes.
func (l *layout) heights(dst []float32, raw []byte, band int, m meaning) {
	size := l.bits / 8
	step := size * l.stored()
	if !l.planar {
		raw = raw[band*size:]
	}
	le := binary.LittleEndian
	switch {
	case l.kind == kindFloat && size == 4:
		for i := range dst {
			dst[i] = m.height(float64(math.Float32frombits(le.Uint32(raw[i*step:]))))
		}
	case l.kind == kindFloat:
		for i := range dst {
			dst[i] = m.height(math.Float64frombits(le.Uint64(raw[i*step:])))
		}
	case l.kind == kindInt && size == 1:
		for i := range dst {
			dst[i] = m.height(float64(int8(raw[i*step])))
		}
	case l.kind == kindInt && size == 2:
		for i := range dst {
			dst[i] = m.height(float64(int16(le.Uint16(raw[i*step:]))))
		}
	case l.kind == kindInt:
		for i := range dst {
			dst[i] = m.height(float64(int32(le.Uint32(raw[i*step:]))))
		}
	case size == 1:
		for i := range dst {
			dst[i] = m.height(float64(raw[i*step]))
		}
	case size == 2:
		for i := range dst {
			dst[i] = m.height(float64(le.Uint16(raw[i*step:])))
		}
	default:
		for i := range dst {
			dst[i] = m.height(float64(le.Uint32(raw[i*step:])))
		}
	}
}
