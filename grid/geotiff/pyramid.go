package geotiff

import (
	"bytes"
	"image"
	"math"

	"github.com/klauspost/compress/zlib"

	"vedette/grid"
)

// smallest is the size up to which a raster needs no smaller overview.
const smallest = 512

// extent is where a packed tile lies in the spool; size 0 is an absent tile.
type extent struct {
	offset int64
	size   uint32
}

// level is the raster or one of its overviews. Its tiles lie band by band,
// each row by row.
type level struct {
	cols, rows   int
	across, down int
	tiles        []extent
}

// pyramid makes a raster and its overviews in one walk: a tile of a level is
// made of the four under it as soon as they are there, so that no more than
// one tile of each level is held.
type pyramid[T Sample] struct {
	frame   grid.Frame
	options Options
	read    func(dst []T, band int, r image.Rectangle) error
	levels  []level
	held    [][]T // one tile for each level
	void    T     // fills what lies beyond the raster, and means a void if noData
	noData  bool
	whole   bool // samples are whole numbers
	packer  *zlib.Writer
	packed  bytes.Buffer
	row     []byte
	spool   spool
}

func newPyramid[T Sample](f grid.Frame, o Options, read func([]T, int, image.Rectangle) error) (*pyramid[T], error) {
	if err := o.check(f); err != nil {
		return nil, err
	}
	if err := checkFor[T](o); err != nil {
		return nil, err
	}
	p := &pyramid[T]{frame: f, options: o, read: read, whole: true, spool: spool{limit: spoolBytes}}
	if _, isFloat := any(T(0)).(float32); isFloat {
		p.whole = false
	}
	if o.NoData != nil {
		p.void, p.noData = T(*o.NoData), true
	}
	side := o.TileSide
	for cols, rows := f.Cols, f.Rows; ; cols, rows = (cols+1)/2, (rows+1)/2 {
		l := level{cols: cols, rows: rows, across: (cols-1)/side + 1, down: (rows-1)/side + 1}
		l.tiles = make([]extent, l.across*l.down*o.Bands)
		p.levels = append(p.levels, l)
		p.held = append(p.held, make([]T, side*side))
		if max(cols, rows) <= smallest {
			break
		}
	}
	p.row = make([]byte, side*sizeOf[T]())
	p.packer = zlib.NewWriter(&p.packed)
	return p, nil
}

// sizeOf is the size of a sample in bytes.
func sizeOf[T Sample]() int {
	switch any(T(0)).(type) {
	case uint8:
		return 1
	case uint16, int16:
		return 2
	}
	return 4
}

// build packs all tiles into the spool.
func (p *pyramid[T]) build() error {
	top := len(p.levels) - 1
	for band := range p.options.Bands {
		for y := range p.levels[top].down {
			for x := range p.levels[top].across {
				if err := p.tile(top, band, x, y); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// tile makes one tile of a level and all under it, and leaves its cells in
// held.
func (p *pyramid[T]) tile(n, band, x, y int) error {
	cells := p.held[n]
	for i := range cells {
		cells[i] = p.void
	}
	if n == 0 {
		if err := p.fetch(cells, band, p.area(0, x, y)); err != nil {
			return err
		}
		return p.put(n, band, x, y)
	}
	for k := range 4 {
		cx, cy := 2*x+k%2, 2*y+k/2
		if cx >= p.levels[n-1].across || cy >= p.levels[n-1].down {
			continue
		}
		if err := p.tile(n-1, band, cx, cy); err != nil {
			return err
		}
		half := p.options.TileSide / 2
		p.shrink(cells[(k/2*2*half+k%2)*half:], p.held[n-1], p.area(n-1, cx, cy).Size())
	}
	return p.put(n, band, x, y)
}

// area is the part of a level that a tile covers.
func (p *pyramid[T]) area(n, x, y int) image.Rectangle {
	side := p.options.TileSide
	l := p.levels[n]
	return image.Rect(x*side, y*side, min(l.cols, (x+1)*side), min(l.rows, (y+1)*side))
}

// fetch reads the cells of r into the north-west of a tile.
func (p *pyramid[T]) fetch(tile []T, band int, r image.Rectangle) error {
	side, wide := p.options.TileSide, r.Dx()
	if err := p.read(tile[:wide*r.Dy()], band, r); err != nil || wide == side {
		return err
	}
	for row := r.Dy() - 1; row >= 0; row-- { // from the south, so that nothing is overwritten
		copy(tile[row*side:][:wide], tile[row*wide:][:wide])
		for i := range tile[row*side+wide : (row+1)*side] {
			tile[row*side+wide+i] = p.void
		}
	}
	return nil
}

// shrink halves a tile, of which size cells are the raster's, into a quarter
// of the tile above it.
func (p *pyramid[T]) shrink(quarter, tile []T, size image.Point) {
	side := p.options.TileSide
	var four [4]T
	for row := 0; row < size.Y; row += 2 {
		for col := 0; col < size.X; col += 2 {
			from := tile[row*side+col:]
			to := &quarter[row/2*side+col/2]
			if p.options.Resample == Nearest {
				*to = from[0]
				continue
			}
			n := 0
			for dy := range min(2, size.Y-row) {
				n += copy(four[n:], from[dy*side:][:min(2, size.X-col)])
			}
			*to = p.blend(four[:n])
		}
	}
}

// put packs the held tile of a level, unless it needs no room.
func (p *pyramid[T]) put(n, band, x, y int) error {
	cells := p.held[n]
	if p.bare(cells) {
		return nil
	}
	if err := p.pack(cells); err != nil {
		return err
	}
	at, err := p.spool.add(p.packed.Bytes())
	if err != nil {
		return err
	}
	l := p.levels[n]
	l.tiles[(band*l.down+y)*l.across+x] = extent{at, uint32(p.packed.Len())}
	return nil
}

// bare tells whether all cells are void, or zero where no void is named.
func (p *pyramid[T]) bare(cells []T) bool {
	void := p.void
	for _, v := range cells {
		if v != void && (v == v || void == void) {
			return false
		}
	}
	return true
}

// isVoid tells whether a cell has no value.
func (p *pyramid[T]) isVoid(v T) bool {
	return v != v || p.noData && v == p.void
}

// blend makes one cell of up to four.
func (p *pyramid[T]) blend(four []T) T {
	var sum float64
	var most T
	n := 0
	for _, v := range four {
		if p.isVoid(v) {
			continue
		}
		if n == 0 || v > most {
			most = v
		}
		sum += float64(v)
		n++
	}
	switch {
	case n == 0:
		return four[0]
	case p.options.Resample == Max:
		return most
	case p.whole:
		return T(math.Round(sum / float64(n)))
	}
	return T(sum / float64(n))
}
