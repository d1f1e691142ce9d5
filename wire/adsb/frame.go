package adsb

import (
	"encoding/hex"
	"strings"
	"time"
)

// Frame is one reply as it came off the air: 2 bytes of Mode A/C, or 7 or 14
// of Mode S.
type Frame struct {
	data   [14]byte
	n      int
	Ticks  uint64 // 48 bits of the receiver's clock, as a rule at 12 MHz; 0 when it has none
	Signal uint8  // 0 when unknown; the root of the power, 255 the most
}

// NewFrame takes the bytes of a frame.
func NewFrame(data []byte) (Frame, error) {
	var f Frame
	if n := len(data); n != 2 && n != 7 && n != 14 {
		return f, refuse(BadLength, "%d bytes; 2, 7 or 14", n)
	}
	f.n = copy(f.data[:], data)
	return f, nil
}

// Bytes are the bytes of the frame.
func (f *Frame) Bytes() []byte { return f.data[:f.n] }

// Clock is the receiver's 12 MHz clock. It begins anywhere and comes round
// after 271 days.
func (f *Frame) Clock() time.Duration {
	return time.Duration(f.Ticks/12*1000 + f.Ticks%12*1000/12)
}

// ParseAVR reads *HEX; and the forms with a clock, @TICKS HEX; and %TICKS HEX;
// without the blank, and with clock and signal, <TICKS SIGNAL HEX;.
func ParseAVR(line string) (Frame, error) {
	if len(line) > MaxLine {
		return Frame{}, refuse(TooLong, "a line of %d bytes; at most %d are read", len(line), MaxLine)
	}
	line = strings.TrimSpace(line)
	if len(line) < 2 || line[len(line)-1] != ';' {
		return Frame{}, refuse(BadFormat, "an AVR line ends with ;")
	}
	var raw [21]byte // clock, signal, frame
	digits := line[1 : len(line)-1]
	if len(digits) > 2*len(raw) {
		return Frame{}, refuse(BadLength, "%d digits; at most %d", len(digits), 2*len(raw))
	}
	n, err := hex.Decode(raw[:], []byte(digits))
	if err != nil {
		return Frame{}, refuse(BadFormat, "%.42q are no hexadecimal digits", digits)
	}
	head := map[byte]int{'*': 0, '@': 6, '%': 6, '<': 7}
	skip, known := head[line[0]]
	if !known || n < skip {
		return Frame{}, refuse(BadFormat, "an AVR line begins with *, @, %% or <, and has clock and signal where it says so")
	}
	f, err := NewFrame(raw[skip:n])
	if err != nil {
		return f, err
	}
	f.prefix(raw[:skip])
	return f, nil
}

// prefix reads six bytes of clock and one of signal, as far as they are there.
func (f *Frame) prefix(raw []byte) {
	for i, b := range raw {
		if i == 6 {
			f.Signal = b
			return
		}
		f.Ticks = f.Ticks<<8 | uint64(b)
	}
}

// AVR writes a frame as a line without its end: with clock and signal where it
// has them.
func (f *Frame) AVR() string {
	var raw []byte
	start := "*"
	if f.Ticks != 0 || f.Signal != 0 {
		start = "@"
		raw = f.clockBytes(raw)
	}
	if f.Signal != 0 {
		start = "<"
		raw = append(raw, f.Signal)
	}
	return start + strings.ToUpper(hex.EncodeToString(append(raw, f.Bytes()...))) + ";"
}

func (f *Frame) clockBytes(dst []byte) []byte {
	for shift := 40; shift >= 0; shift -= 8 {
		dst = append(dst, byte(f.Ticks>>shift))
	}
	return dst
}
