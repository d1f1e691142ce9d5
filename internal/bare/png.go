package bare

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

const pngStart = "\x89PNG\r\n\x1a\n"

// kept are the chunks of PNG that the pixels need, and those that say in numbers
// of bounded size how they are meant.
var kept = map[string]bool{
	"IHDR": true, "PLTE": true, "IDAT": true, "IEND": true,
	"tRNS": true, "gAMA": true, "cHRM": true, "sRGB": true, "sBIT": true, "bKGD": true, "cICP": true,
}

// PNG writes the picture that r holds to w.
func PNG(w io.Writer, r io.Reader) error {
	p := &png{in: bufio.NewReader(r), out: bufio.NewWriter(w)}
	if err := p.copy(); err != nil {
		return fmt.Errorf("take the metadata off a PNG: %w", noEnd(err))
	}
	if err := p.out.Flush(); err != nil {
		return fmt.Errorf("take the metadata off a PNG: %w", err)
	}
	return nil
}

type png struct {
	in  *bufio.Reader
	out *bufio.Writer
}

func (p *png) copy() error {
	start := make([]byte, len(pngStart))
	if _, err := io.ReadFull(p.in, start); err != nil {
		return err
	}
	if string(start) != pngStart {
		return errors.New("it does not begin like one")
	}
	p.out.Write(start)
	for first := true; ; first = false {
		name, err := p.chunk(first)
		if err != nil || name == "IEND" {
			return err
		}
	}
}

// maxSmall bounds the chunks that are not pixels: a palette has 768 bytes.
const maxSmall = 1024

// chunk copies a chunk or leaves it out, and gives its name.
func (p *png) chunk(first bool) (string, error) {
	var head [8]byte
	if _, err := io.ReadFull(p.in, head[:]); err != nil {
		return "", err
	}
	size, name := int64(binary.BigEndian.Uint32(head[:])), string(head[4:])
	switch {
	case size > 1<<31-1:
		return "", errors.New("a chunk is longer than any may be")
	case first != (name == "IHDR"):
		return "", errors.New("it does not begin with its header")
	case !kept[name]:
		_, err := io.CopyN(io.Discard, p.in, size+4)
		return name, err
	case name != "IDAT" && size > maxSmall:
		return "", fmt.Errorf("chunk %s has %d bytes; it holds something else", name, size)
	}
	p.out.Write(head[:])
	sum := crc32.NewIEEE()
	sum.Write(head[4:])
	if _, err := io.CopyN(io.MultiWriter(p.out, sum), p.in, size); err != nil {
		return "", err
	}
	var said [4]byte
	if _, err := io.ReadFull(p.in, said[:]); err != nil {
		return "", err
	}
	if binary.BigEndian.Uint32(said[:]) != sum.Sum32() {
		return "", fmt.Errorf("chunk %s is not as it was written: its checksum differs", name)
	}
	_, err := p.out.Write(said[:])
	return name, err
}
