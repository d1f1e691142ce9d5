package geotiff

import (
	"encoding/binary"
	"math"
)

// pack compresses a tile into p.packed.
func (p *pyramid[T]) pack(tile []T) error {
	p.packed.Reset()
	p.packer.Reset(&p.packed)
	side := p.options.TileSide
	for ; len(tile) > 0; tile = tile[side:] {
		if floats, ok := any(tile[:side]).([]float32); ok {
			predictFloat(p.row, floats)
		} else {
			predict(p.row, tile[:side])
		}
		if _, err := p.packer.Write(p.row); err != nil {
			return err
		}
	}
	return p.packer.Close()
}

// predict writes whole numbers as differences, the undoing of unpredict.
func predict[T Sample](dst []byte, row []T) {
	size := len(dst) / len(row)
	le := binary.LittleEndian
	var last T
	for i, v := range row {
		d := uint32(int64(v - last)) // wraps, as the reader's sum does
		last = v
		switch size {
		case 1:
			dst[i] = byte(d)
		case 2:
			le.PutUint16(dst[2*i:], uint16(d))
		case 4:
			le.PutUint32(dst[4*i:], d)
		}
	}
}

// predictFloat sorts the bytes of floats by significance and writes their
// differences, the undoing of unpredictFloat.
func predictFloat(dst []byte, row []float32) {
	n := len(row)
	for i, v := range row {
		b := math.Float32bits(v)
		dst[i], dst[n+i], dst[2*n+i], dst[3*n+i] = byte(b>>24), byte(b>>16), byte(b>>8), byte(b)
	}
	for i := len(dst) - 1; i > 0; i-- {
		dst[i] -= dst[i-1]
	}
}
