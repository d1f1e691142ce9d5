package viewshed

import (
	"image"
	"math/bits"
)

// Seen is a viewshed: one bit for each cell of a window.
type Seen struct {
	// Window is the cells of the surface's frame whose column and row are
	// within range of the observer; beyond it nothing is seen.
	Window image.Rectangle

	stride int // words in a row
	bits   []uint64
}

func newSeen(window image.Rectangle) *Seen {
	stride := (window.Dx() + 63) / 64
	return &Seen{Window: window, stride: stride, bits: make([]uint64, stride*window.Dy())}
}

// At tells whether a cell of the surface is seen.
func (s *Seen) At(col, row int) bool {
	if !image.Pt(col, row).In(s.Window) {
		return false
	}
	i := col - s.Window.Min.X
	return s.Row(row)[i/64]>>(i%64)&1 != 0
}

// Row is the bits of a row of Window, given by its row in the surface: bit i
// of word w is column Window.Min.X + 64*w + i. Bits beyond Window are zero.
func (s *Seen) Row(row int) []uint64 {
	at := (row - s.Window.Min.Y) * s.stride
	return s.bits[at : at+s.stride]
}

// Count is the number of cells seen.
func (s *Seen) Count() int {
	n := 0
	for _, w := range s.bits {
		n += bits.OnesCount64(w)
	}
	return n
}

func (s *Seen) set(col, row int) {
	i := col - s.Window.Min.X
	s.Row(row)[i/64] |= 1 << (i % 64)
}

// fill sets every cell of the window.
func (s *Seen) fill() {
	for row := s.Window.Min.Y; row < s.Window.Max.Y; row++ {
		line := s.Row(row)
		for k := 0; k < s.Window.Dx(); k += 64 {
			orAhead(line, k, min(64, s.Window.Dx()-k), ^uint64(0))
		}
	}
}

// keep clears the seen cells that ok refuses.
func (s *Seen) keep(ok func(col, row int) bool) {
	for row := s.Window.Min.Y; row < s.Window.Max.Y; row++ {
		line := s.Row(row)
		for w, word := range line {
			for rest := word; rest != 0; rest &= rest - 1 {
				i := bits.TrailingZeros64(rest)
				if !ok(s.Window.Min.X+64*w+i, row) {
					word &^= 1 << i
				}
			}
			line[w] = word
		}
	}
}

// orAhead sets the n lowest bits of word in line from bit at on, upwards.
func orAhead(line []uint64, at, n int, word uint64) {
	if n < 64 {
		word &= 1<<n - 1
	}
	line[at/64] |= word << (at % 64)
	if at%64+n > 64 {
		line[at/64+1] |= word >> (64 - at%64)
	}
}

// orBack sets the n lowest bits of word in line from bit at on, downwards.
func orBack(line []uint64, at, n int, word uint64) {
	orAhead(line, at-n+1, n, bits.Reverse64(word)>>(64-n))
}

// turnInto ors the cells of a bit matrix with its rows and columns exchanged
// into s: src holds Window.Dx() rows of stride words.
func (s *Seen) turnInto(src []uint64, stride int) {
	var block [64]uint64
	for top := 0; top < s.Window.Dx(); top += 64 {
		rows := min(64, s.Window.Dx()-top)
		for w := range stride {
			if !gather(&block, src[top*stride+w:], rows, stride) {
				continue
			}
			transpose64(&block)
			for i := range min(64, s.Window.Dy()-64*w) {
				s.bits[(64*w+i)*s.stride+top/64] |= block[i]
			}
		}
	}
}

// gather takes the same word of rows rows, and tells whether any bit is set.
func gather(block *[64]uint64, src []uint64, rows, stride int) bool {
	any := uint64(0)
	for i := range block {
		block[i] = 0
		if i < rows {
			block[i] = src[i*stride]
			any |= block[i]
		}
	}
	return any != 0
}

// transpose64 exchanges rows and columns of a 64 by 64 bit matrix, by halves
// (Warren, Hacker's Delight, 7-3).
func transpose64(a *[64]uint64) {
	mask := uint64(1)<<32 - 1
	for j := 32; j != 0; j, mask = j/2, mask^mask<<(j/2) {
		for k := 0; k < 64; k = (k + j + 1) &^ j {
			t := (a[k]>>j ^ a[k+j]) & mask
			a[k] ^= t << j
			a[k+j] ^= t
		}
	}
}
