package geotiff

import (
	"fmt"
	"math"
)

// Bounds of an image's blocks. A block is decoded as a whole, so its size is
// the memory that a hostile file can ask for.
const (
	maxBlocks     = 1 << 22
	maxBlockCells = 1 << 25
	maxBlockBytes = 256 << 20
	splitBytes    = 256 << 10 // of an uncompressed image kept as one strip
)

// layout is how the cells of one image lie in the file.
type layout struct {
	cols, rows   int
	bands        int
	bits, kind   int
	compression  int
	predictor    int
	planar       bool // bands kept apart
	tiled        bool
	wide, high   int // of a block, in cells
	across, down int // blocks of one band
	offsets      []uint64
	counts       []uint64
}

// sample names the type of the cells, as GDAL and Go do.
func (l *layout) sample() string {
	names := map[int]string{kindUint: "uint", kindInt: "int", kindFloat: "float", 5: "complex int", 6: "complex"}
	if name, ok := names[l.kind]; ok {
		return fmt.Sprintf("%s%d", name, l.bits)
	}
	return fmt.Sprintf("%d bits of format %d", l.bits, l.kind)
}

// stored is the number of bands that a block holds.
func (l *layout) stored() int {
	if l.planar {
		return 1
	}
	return l.bands
}

// rowBytes is the size of one row of a decoded block.
func (l *layout) rowBytes() int { return l.wide * l.stored() * l.bits / 8 }

// blockRows is the height of a block: the last strip of a band holds only the
// rows that are left.
func (l *layout) blockRows(index int) int {
	if l.tiled {
		return l.high
	}
	return min(l.high, l.rows-index/l.across%l.down*l.high)
}

// readLayout reads and checks the structure of an image. The places of the
// blocks are read too.
func readLayout(d directory) (*layout, error) {
	l := &layout{}
	for _, t := range []struct {
		tag   uint16
		usual int
		to    *int
	}{
		{tagWidth, 0, &l.cols}, {tagHeight, 0, &l.rows}, {tagBands, 1, &l.bands},
		{tagCompression, compressNone, &l.compression}, {tagPredictor, 1, &l.predictor},
	} {
		v, err := d.number(t.tag, t.usual)
		if err != nil {
			return nil, err
		}
		*t.to = v
	}
	if l.cols < 1 || l.rows < 1 {
		return nil, fmt.Errorf("size: %d by %d cells; the file is damaged", l.cols, l.rows)
	}
	if l.bands < 1 || l.bands > math.MaxUint16 {
		return nil, fmt.Errorf("bands: %d; the file is damaged", l.bands)
	}
	for _, step := range []func(directory) error{l.readSamples, l.readCoding, l.readBlocks, l.readPlaces} {
		if err := step(d); err != nil {
			return nil, err
		}
	}
	if l.splits() {
		l.split()
	}
	return l, nil
}

// readSamples reads the type of the cells, which all bands must share.
func (l *layout) readSamples(d directory) error {
	bits, err := same(d, tagBits, 1)
	if err != nil {
		return err
	}
	if l.kind, err = same(d, tagSampleFormat, kindUint); err != nil {
		return err
	}
	if l.kind == kindVoid {
		l.kind = kindUint
	}
	l.bits = bits
	switch {
	case (l.kind == kindUint || l.kind == kindInt) && (bits == 8 || bits == 16 || bits == 32):
	case l.kind == kindFloat && (bits == 32 || bits == 64):
	default:
		return fmt.Errorf("sample type: %s is not read; convert with gdal_translate -ot Float32 in.tif out.tif", l.sample())
	}
	return nil
}

// same reads a tag that has one value per band, all of them equal.
func same(d directory, tag uint16, usual int) (int, error) {
	v, err := d.uints(tag)
	if err != nil {
		return 0, err
	}
	for _, x := range v {
		if x != v[0] {
			return 0, fmt.Errorf("tag %d: bands of different types (%d and %d); keep one with gdal_translate -b 1 in.tif out.tif", tag, v[0], x)
		}
	}
	return d.number(tag, usual)
}

// readCoding reads how the blocks are packed.
func (l *layout) readCoding(d directory) error {
	switch l.compression {
	case compressNone, compressPackBits:
		l.predictor = 1 // means nothing here, as in libtiff
	case compressDeflate, compressDeflateOld, compressLZW, compressZstd:
	default:
		return fmt.Errorf("compression: %s (%d) is not read; convert with gdal_translate -co COMPRESS=DEFLATE in.tif out.tif", compressionName(l.compression), l.compression)
	}
	if l.predictor < 1 || l.predictor > 3 || l.predictor == 3 && l.kind != kindFloat {
		return fmt.Errorf("predictor: %d for %s; convert with gdal_translate -co COMPRESS=DEFLATE in.tif out.tif", l.predictor, l.sample())
	}
	order, err := d.number(tagFillOrder, 1)
	if err != nil {
		return err
	}
	if order != 1 {
		return fmt.Errorf("fill order: %d; convert with gdal_translate -co COMPRESS=DEFLATE in.tif out.tif", order)
	}
	planar, err := d.number(tagPlanar, planarChunky)
	if err != nil {
		return err
	}
	if planar != planarChunky && planar != planarSeparate {
		return fmt.Errorf("planar configuration: %d; the file is damaged", planar)
	}
	l.planar = planar == planarSeparate && l.bands > 1
	return nil
}

// readBlocks reads the size of the blocks and counts them.
func (l *layout) readBlocks(d directory) error {
	var err error
	l.tiled = d.has(tagTileWidth)
	if l.tiled {
		if l.wide, err = d.number(tagTileWidth, 0); err != nil {
			return err
		}
		if l.high, err = d.number(tagTileHeight, 0); err != nil {
			return err
		}
	} else {
		l.wide = l.cols
		v, err := d.uints(tagRowsPerStrip)
		if err != nil {
			return err
		}
		l.high = l.rows // the tag's default is 2^32-1: all rows in one strip
		if len(v) > 0 && v[0] < uint64(l.rows) {
			l.high = int(v[0])
		}
	}
	if l.wide < 1 || l.high < 1 {
		return fmt.Errorf("blocks: %d by %d cells; the file is damaged", l.wide, l.high)
	}
	l.across, l.down = (l.cols-1)/l.wide+1, (l.rows-1)/l.high+1
	planes := l.bands / l.stored()
	if float64(l.across)*float64(l.down)*float64(planes) > maxBlocks {
		return fmt.Errorf("blocks: %d by %d of them are too many; convert with gdal_translate -co TILED=YES in.tif out.tif", l.across, l.down)
	}
	return nil
}

// readPlaces reads where the blocks lie, and checks their size.
func (l *layout) readPlaces(d directory) error {
	where, size := uint16(tagStripOffsets), uint16(tagStripCounts)
	if d.has(tagTileOffsets) {
		where, size = tagTileOffsets, tagTileCounts
	}
	var err error
	if l.offsets, err = d.uints(where); err != nil {
		return err
	}
	if l.counts, err = d.uints(size); err != nil {
		return err
	}
	blocks := l.across * l.down * (l.bands / l.stored())
	if l.counts == nil && l.compression == compressNone {
		l.counts = make([]uint64, blocks)
		for i := range l.counts {
			l.counts[i] = uint64(l.rowBytes()) * uint64(l.blockRows(i))
		}
	}
	if len(l.offsets) != blocks || len(l.counts) != blocks {
		return fmt.Errorf("blocks: %d places and %d sizes for %d blocks; the file is damaged", len(l.offsets), len(l.counts), blocks)
	}
	high := float64(l.high)
	if l.splits() {
		high = float64(l.splitRows())
	}
	if float64(l.wide)*high > maxBlockCells || float64(l.rowBytes())*high > maxBlockBytes {
		return fmt.Errorf("blocks: %d by %d cells in one block; convert with gdal_translate -co TILED=YES in.tif out.tif", l.wide, l.high)
	}
	return nil
}

// splits tells whether an uncompressed image is kept as one strip. It is cut
// into strips of a handy size, so that a window does not read all of it.
func (l *layout) splits() bool {
	return l.compression == compressNone && !l.tiled && len(l.offsets) == 1 && l.offsets[0] != 0 && l.counts[0] != 0
}

// splitRows is the height of the strips that are cut.
func (l *layout) splitRows() int {
	return min(max(splitBytes/l.rowBytes(), (l.rows-1)/maxBlocks+1), l.rows)
}

func (l *layout) split() {
	row := l.rowBytes()
	l.high = l.splitRows()
	l.down = (l.rows-1)/l.high + 1
	start, left := l.offsets[0], l.counts[0]
	l.offsets, l.counts = make([]uint64, l.down), make([]uint64, l.down)
	for i := range l.down {
		l.offsets[i] = start + uint64(i*l.high*row)
		l.counts[i] = min(uint64(l.blockRows(i)*row), left)
		left -= l.counts[i]
	}
}
