// Package bare takes off pictures what they say besides the picture: where and
// when they were taken, with what, by whom, and smaller pictures within.
//
// In goes a JPEG or PNG file, out comes one with the same pixels, bit for bit:
// nothing is decoded. Of a JPEG only the tables, the frames, the scans, Adobe's
// word on colours and the way up are kept; of a PNG the chunks that the pixels
// need. What lies behind the picture's end is left out. A file that breaks off,
// or is none, is an error, and what was written until then is no picture.
//
// Both read as a stream and hold no more than one segment, 64 KiB.
package bare

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The markers of JPEG that matter here.
const (
	soi  = 0xd8
	eoi  = 0xd9
	sos  = 0xda
	rst0 = 0xd0
	rst7 = 0xd7
	app0 = 0xe0
	app1 = 0xe1
	appE = 0xee // Adobe: how colours are meant
	appF = 0xef
	com  = 0xfe
	tem  = 0x01
)

// JPEG writes the picture that r holds to w.
func JPEG(w io.Writer, r io.Reader) error {
	j := &jpeg{in: bufio.NewReader(r), out: bufio.NewWriter(w)}
	if err := j.copy(); err != nil {
		return fmt.Errorf("take the metadata off a JPEG: %w", noEnd(err))
	}
	if err := j.out.Flush(); err != nil {
		return fmt.Errorf("take the metadata off a JPEG: %w", err)
	}
	return nil
}

// noEnd says in words that a file broke off.
func noEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file breaks off before the picture ends")
	}
	return err
}

type jpeg struct {
	in     *bufio.Reader
	out    *bufio.Writer
	turned bool // the way up was written
}

func (j *jpeg) copy() error {
	var start [2]byte
	if _, err := io.ReadFull(j.in, start[:]); err != nil {
		return err
	}
	if start != [2]byte{0xff, soi} {
		return errors.New("it does not begin like one")
	}
	j.out.Write(start[:])
	marker, err := j.marker()
	for err == nil && marker != eoi {
		if marker, err = j.after(marker); err != nil {
			return err
		}
	}
	j.out.Write([]byte{0xff, eoi})
	return err
}

// after deals with the segment of a marker, and gives the next marker.
func (j *jpeg) after(marker byte) (byte, error) {
	if marker == tem || marker >= rst0 && marker <= soi {
		return 0, fmt.Errorf("marker %#02x stands where none may", marker)
	}
	body, err := j.segment()
	if err != nil {
		return 0, err
	}
	if err := j.keep(marker, body); err != nil {
		return 0, err
	}
	if marker == sos {
		return j.scan()
	}
	return j.marker()
}

// marker reads the next marker; it may have fill bytes before it.
func (j *jpeg) marker() (byte, error) {
	b, err := j.in.ReadByte()
	if err == nil && b != 0xff {
		return 0, fmt.Errorf("byte %#02x stands where a marker must", b)
	}
	for err == nil && b == 0xff {
		b, err = j.in.ReadByte()
	}
	if err == nil && b == 0 {
		return 0, errors.New("a scan's byte stands where a marker must")
	}
	return b, err
}

func (j *jpeg) segment() ([]byte, error) {
	var size [2]byte
	if _, err := io.ReadFull(j.in, size[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(size[:]))
	if n < 2 {
		return nil, errors.New("a segment is shorter than its length")
	}
	body := make([]byte, n-2)
	_, err := io.ReadFull(j.in, body)
	return body, err
}

// keep writes a segment, or what may be kept of it.
func (j *jpeg) keep(marker byte, body []byte) error {
	switch {
	case marker == app1:
		if way := orientation(body); way > 1 && !j.turned {
			j.turned = true
			return j.write(app1, upright(way))
		}
		return nil
	case marker == appE && bytes.HasPrefix(body, []byte("Adobe")) && len(body) >= 12:
		return j.write(marker, body[:12])
	case marker >= app0 && marker <= appF, marker == com:
		return nil
	}
	return j.write(marker, body)
}

func (j *jpeg) write(marker byte, body []byte) error {
	head := []byte{0xff, marker, 0, 0}
	binary.BigEndian.PutUint16(head[2:], uint16(len(body)+2))
	j.out.Write(head)
	_, err := j.out.Write(body)
	return err
}

// scan copies the bits of a scan, and gives the marker that ends it.
func (j *jpeg) scan() (byte, error) {
	for {
		b, err := j.in.ReadByte()
		if err != nil {
			return 0, err
		}
		if b != 0xff {
			j.out.WriteByte(b)
			continue
		}
		for b == 0xff { // fill bytes
			if b, err = j.in.ReadByte(); err != nil {
				return 0, err
			}
		}
		if b != 0 && (b < rst0 || b > rst7) {
			return b, nil
		}
		j.out.Write([]byte{0xff, b})
	}
}

// exif begins the metadata that cameras write.
var exif = []byte("Exif\x00\x00")

// tagOrientation is the way up, from 1 to 8; 1 is as it is.
const tagOrientation = 0x0112

// orientation reads the way up out of metadata, 0 where it does not say.
func orientation(body []byte) uint16 {
	tiff, ok := bytes.CutPrefix(body, exif)
	if !ok || len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.LittleEndian
	if tiff[0] == 'M' {
		order = binary.BigEndian
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 0
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			return 0
		}
		if way := order.Uint16(entries[8:]); order.Uint16(entries) == tagOrientation && way <= 8 {
			return way
		}
		entries = entries[12:]
	}
	return 0
}

// upright is metadata with the way up and nothing else.
func upright(way uint16) []byte {
	b := append(bytes.Clone(exif), "MM\x00\x2a\x00\x00\x00\x08\x00\x01"...)
	b = binary.BigEndian.AppendUint16(b, tagOrientation)
	b = append(b, "\x00\x03\x00\x00\x00\x01"...) // one short number
	b = binary.BigEndian.AppendUint16(b, way)
	return append(b, 0, 0, 0, 0, 0, 0)
}
