package ais

import (
	"math"
	"strings"
	"time"

	"vedette/geo"
)

// coder walks over the fields of a message in the order of the wire. One walk,
// the layout of the message, serves both ways.
type coder struct {
	p       *Payload
	at      int // where reading goes on
	writing bool
}

// word reads bits, or appends v.
func (c *coder) word(v uint64, width int) uint64 {
	if c.writing {
		c.p.put(v, width)
		return v
	}
	v = c.p.get(c.at, width)
	c.at += width
	return v
}

// left tells how many bits are still to be read.
func (c *coder) left() int { return max(0, c.p.n-c.at) }

func (c *coder) skip(width int) { c.word(0, width) }

func (c *coder) byte(v *uint8, width int) {
	if got := c.word(uint64(*v), width); !c.writing {
		*v = uint8(got)
	}
}

func (c *coder) number(v *uint32, width int) {
	if got := c.word(uint64(*v), width); !c.writing {
		*v = uint32(got)
	}
}

func (c *coder) flag(v *bool) {
	var bit uint64
	if *v {
		bit = 1
	}
	if got := c.word(bit, 1); !c.writing {
		*v = got == 1
	}
}

// within is a whole number from low to high; anything else is absent and
// written as none.
func (c *coder) within(v *Maybe[uint8], width int, low, high, none uint8) {
	if c.writing {
		if v.Known && v.Value >= low && v.Value <= high {
			none = v.Value
		}
		c.word(uint64(none), width)
		return
	}
	if got := uint8(c.word(0, width)); got >= low && got <= high {
		*v = Some(got)
	}
}

// scale is how a measure stands on the wire: in steps of 1/per, known below
// limit, and none when it is absent.
type scale struct {
	width       int
	per         float64
	limit, none uint64
}

var (
	knots10   = scale{10, 10 / knot, 1023, 1023}
	knots1    = scale{10, 1 / knot, 1023, 1023}
	knotsLong = scale{6, 1 / knot, 63, 63}
	course10  = scale{12, 10, 3600, 3600}
	courseOne = scale{9, 1, 360, 511}
	altitude  = scale{12, 1, 4095, 4095}
)

func (c *coder) scaled(v *Maybe[float64], s scale) {
	if !c.writing {
		if got := c.word(0, s.width); got < s.limit {
			*v = Some(float64(got) / s.per)
		}
		return
	}
	out := s.none
	if v.Known && !math.IsNaN(v.Value) {
		out = uint64(min(max(0, math.Round(v.Value*s.per)), float64(s.limit-1)))
	}
	c.word(out, s.width)
}

// draught is in decimetres; 0 is absent.
func (c *coder) draught(v *Maybe[float64]) {
	if !c.writing {
		if got := c.word(0, 8); got > 0 {
			*v = Some(float64(got) / 10)
		}
		return
	}
	var out uint64
	if v.Known && !math.IsNaN(v.Value) {
		out = uint64(min(max(0, math.Round(v.Value*10)), 255))
	}
	c.word(out, 8)
}

// point is longitude and then latitude, both signed. 181 and 91 degrees are
// absent, and so is what lies beyond the Earth.
func (c *coder) point(v *Maybe[geo.Point], lonWidth int, per float64) {
	if c.writing {
		p := geo.Point{Lat: 91, Lon: 181}
		if v.Known && v.Value.Valid() {
			p = v.Value
		}
		c.word(uint64(int64(math.Round(p.Lon*per))), lonWidth)
		c.word(uint64(int64(math.Round(p.Lat*per))), lonWidth-1)
		return
	}
	lon := signed(c.word(0, lonWidth), lonWidth)
	lat := signed(c.word(0, lonWidth-1), lonWidth-1)
	if p := (geo.Point{Lat: float64(lat) / per, Lon: float64(lon) / per}); p.Valid() {
		*v = Some(p)
	}
}

func signed(v uint64, width int) int64 {
	return int64(v<<(64-width)) >> (64 - width)
}

// turnPer is the factor of the rate of turn: the byte on the air is
// 4.733 * sqrt(degrees per minute) (ITU-R M.1371-5, annex 8, table 48).
const turnPer = 4.733

// noSensor is the byte of a station that knows only that it turns faster than
// 5 degrees in 30 seconds.
const noSensor = 127

func (c *coder) turn(v *Maybe[Turn]) {
	if c.writing {
		out := -128
		if v.Known && !math.IsNaN(v.Value.Rate) {
			out = v.Value.wire()
		}
		c.word(uint64(int64(out)), 8)
		return
	}
	raw := signed(c.word(0, 8), 8)
	if raw == -128 {
		return
	}
	t := Turn{Rate: math.Pow(float64(raw)/turnPer, 2)}
	if raw == noSensor || raw == -noSensor {
		t = Turn{Rate: 10, AtLeast: true}
	}
	t.Rate = math.Copysign(t.Rate, float64(raw))
	*v = Some(t)
}

// text is six-bit characters; it ends at the first @, and spaces at its end do
// not count. A character that has no six bits is written as ?.
func (c *coder) text(v *string, chars int) {
	if c.writing {
		c.write(*v, chars)
		return
	}
	*v = trim(c.chars(chars))
}

func trim(s string) string {
	s, _, _ = strings.Cut(s, "@")
	return strings.TrimRight(s, " ")
}

// chars reads whole characters, as many as there are, and moves on by all.
func (c *coder) chars(n int) string {
	var buf [MaxBits / 6]byte
	whole := min(n, c.left()/6, len(buf))
	for i := range whole {
		b := byte(c.word(0, 6))
		if b < 32 {
			b += 64
		}
		buf[i] = b
	}
	c.at += 6 * (n - whole)
	return string(buf[:whole])
}

func (c *coder) write(s string, chars int) {
	for i := range chars {
		b := byte('@')
		if i < len(s) {
			b = upper(s[i])
		}
		c.word(uint64(b&63), 6)
	}
}

// upper is a character that has six bits: space to _, without @.
func upper(b byte) byte {
	switch {
	case b >= 'a' && b <= 'z':
		return b - 'a' + 'A'
	case b < ' ' || b > '_' || b == '@':
		return '?'
	}
	return b
}

// size is the distances from the antenna; all zeros are absent.
func (c *coder) size(v *Maybe[Dimensions]) {
	d := v.Value
	if !v.Known {
		d = Dimensions{}
	}
	c.metres(&d.Bow, 9)
	c.metres(&d.Stern, 9)
	c.metres(&d.Port, 6)
	c.metres(&d.Starboard, 6)
	if !c.writing && d != (Dimensions{}) {
		*v = Some(d)
	}
}

func (c *coder) metres(v *uint16, width int) {
	if got := c.word(uint64(min(*v, 1<<width-1)), width); !c.writing {
		*v = uint16(got)
	}
}

// time is a date and a time of day; whatever names no moment is absent.
func (c *coder) time(v *Maybe[time.Time]) {
	f := [...]uint64{0, 0, 0, 24, 60, 60}
	if t := v.Value.UTC(); v.Known && t.Year() >= 1 && t.Year() <= 9999 {
		f = [...]uint64{uint64(t.Year()), uint64(t.Month()), uint64(t.Day()),
			uint64(t.Hour()), uint64(t.Minute()), uint64(t.Second())}
	}
	for i, width := range [...]int{14, 4, 5, 5, 6, 6} {
		f[i] = c.word(f[i], width)
	}
	if c.writing || f[0] == 0 || f[0] > 9999 || f[3] > 23 || f[4] > 59 || f[5] > 59 {
		return
	}
	t := time.Date(int(f[0]), time.Month(f[1]), int(f[2]), int(f[3]), int(f[4]), int(f[5]), 0, time.UTC)
	if t.Month() == time.Month(f[1]) && t.Day() == int(f[2]) {
		*v = Some(t)
	}
}

// radio is the state of the link, which some receivers cut short.
func (c *coder) radio(v *Maybe[uint32], width int) {
	if c.writing {
		if v.Known {
			c.word(uint64(v.Value), width)
		}
		return
	}
	if c.left() >= width {
		*v = Some(uint32(c.word(0, width)))
	}
}
