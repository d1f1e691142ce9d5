package terrain

import (
	"errors"
	"image"
	"math"
	"slices"
	"sync"

	"vedette/grid"
)

// mosaic is several rasters of one posting and one alignment as one. Where
// they overlap the first has the say; where it is void, the next is asked.
type mosaic struct {
	frame grid.Frame
	parts []part

	mu   sync.Mutex
	used []int // parts that hold memory, the last used last
}

// keep is how many files of a mosaic may hold what they have unpacked or
// decoded, up to 64 MB each: a country of tiles is read with the memory of a
// few.
const keep = 8

type part struct {
	grid.Source
	at image.Rectangle // in the mosaic
}

// newMosaics puts sources that lie on one lattice together, in order of the
// first of each.
func newMosaics(sources []grid.Source) []*mosaic {
	var all []*mosaic
next:
	for _, s := range sources {
		for _, m := range all {
			if m.fits(s.Frame()) {
				m.parts = append(m.parts, part{Source: s})
				continue next
			}
		}
		all = append(all, &mosaic{frame: s.Frame(), parts: []part{{Source: s}}})
	}
	for _, m := range all {
		m.layOut()
	}
	return all
}

// fits tells whether f lies on the mosaic's lattice, to a hundredth of a cell.
func (m *mosaic) fits(f grid.Frame) bool {
	const slack = .01
	near := func(a, b float64) bool { return math.Abs(a-b) <= slack }
	dx, dy := (f.X0-m.frame.X0)/m.frame.DX, (f.Y0-m.frame.Y0)/m.frame.DY
	return f.CRS == m.frame.CRS &&
		math.Abs(f.DX-m.frame.DX)*float64(f.Cols) <= slack*f.DX &&
		math.Abs(f.DY-m.frame.DY)*float64(f.Rows) <= slack*f.DY &&
		near(dx, math.Round(dx)) && near(dy, math.Round(dy))
}

// layOut finds the frame that holds all parts.
func (m *mosaic) layOut() {
	first := m.frame
	var all image.Rectangle
	for i := range m.parts {
		f := m.parts[i].Frame()
		at := image.Pt(int(math.Round((f.X0-first.X0)/first.DX)), int(math.Round((first.Y0-f.Y0)/first.DY)))
		m.parts[i].at = image.Rectangle{Min: at, Max: at.Add(image.Pt(f.Cols, f.Rows))}
		all = all.Union(m.parts[i].at)
	}
	m.frame = first.Window(all)
	for i := range m.parts {
		m.parts[i].at = m.parts[i].at.Sub(all.Min)
	}
}

// Frame holds all parts.
func (m *mosaic) Frame() grid.Frame { return m.frame }

// Read fills dst with the heights of r, which may reach beyond the parts; NaN
// where no part has a height.
func (m *mosaic) Read(dst []float32, r image.Rectangle) error {
	for i := range dst {
		dst[i] = nan
	}
	var buf []float32
	for i := range m.parts {
		p := &m.parts[i]
		in := r.Intersect(p.at)
		if in.Empty() {
			continue
		}
		n := in.Dx() * in.Dy()
		if cap(buf) < n {
			buf = make([]float32, n)
		}
		if err := p.Source.Read(buf[:n], in.Sub(p.at.Min)); err != nil {
			return err
		}
		fillVoids(dst, r, buf[:n], in)
		m.touch(i)
	}
	return nil
}

// touch notes that a part was read, and lets the one that was not read for
// longest go of its memory.
func (m *mosaic) touch(i int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used = append(slices.DeleteFunc(m.used, func(j int) bool { return j == i }), i)
	if len(m.used) <= keep {
		return
	}
	release(m.parts[m.used[0]].Source)
	m.used = m.used[1:]
}

// release lets a source go of the memory that it can fill again.
func release(s grid.Source) {
	if r, ok := s.(interface{ Release() }); ok {
		r.Release()
	}
}

// fillVoids copies the heights of the window in of src to the voids of dst.
func fillVoids(dst []float32, r image.Rectangle, src []float32, in image.Rectangle) {
	for row := in.Min.Y; row < in.Max.Y; row++ {
		from := src[(row-in.Min.Y)*in.Dx():][:in.Dx()]
		to := dst[(row-r.Min.Y)*r.Dx()+in.Min.X-r.Min.X:]
		for i, h := range from {
			if to[i] != to[i] {
				to[i] = h
			}
		}
	}
}

func (m *mosaic) Close() error {
	var all []error
	for _, p := range m.parts {
		all = append(all, p.Source.Close())
	}
	return errors.Join(all...)
}
