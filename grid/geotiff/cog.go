package geotiff

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// promise is the block that tells GDAL how the file is laid out, so that it
// reads tiles without looking them up (gdal.org, COG driver, "File format
// details"): directories first, tiles by row, each with its size before it
// and its last four bytes repeated after it.
func promise() string {
	const text = "LAYOUT=IFDS_BEFORE_DATA\n" +
		"BLOCK_ORDER=ROW_MAJOR\n" +
		"BLOCK_LEADER=SIZE_AS_UINT4\n" +
		"BLOCK_TRAILER=LAST_4_BYTES_REPEATED\n" +
		"KNOWN_INCOMPATIBLE_EDITION=NO\n "
	s := fmt.Sprintf("GDAL_STRUCTURAL_METADATA_SIZE=%06d bytes\n%s", len(text), text)
	return s + strings.Repeat("\x00", len(s)%2) // the first directory lies on an even place
}

// around is what stands before and after each tile.
const around = 4 + 4

// entry is a tag to be written: its values' bytes, least significant first.
type entry struct {
	tag, kind uint16
	count     uint64
	value     []byte
}

func shorts(tag uint16, v ...uint16) entry {
	e := entry{tag: tag, kind: typeShort, count: uint64(len(v))}
	for _, x := range v {
		e.value = binary.LittleEndian.AppendUint16(e.value, x)
	}
	return e
}

func long(tag uint16, v uint32) entry {
	return entry{tag, typeLong, 1, binary.LittleEndian.AppendUint32(nil, v)}
}

func doubles(tag uint16, v ...float64) entry {
	e := entry{tag: tag, kind: typeDouble, count: uint64(len(v))}
	for _, x := range v {
		e.value = binary.LittleEndian.AppendUint64(e.value, math.Float64bits(x))
	}
	return e
}

func text(tag uint16, s string) entry {
	return entry{tag, typeASCII, uint64(len(s) + 1), append([]byte(s), 0)}
}

// repeat gives the value n times.
func repeat(v uint16, n int) []uint16 {
	s := make([]uint16, n)
	for i := range s {
		s[i] = v
	}
	return s
}

// write writes the file: header, promise, directories from the raster to the
// smallest overview, tiles from the smallest overview to the raster.
func (p *pyramid[T]) write(w io.Writer) error {
	start, big, err := p.plan()
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(w, 1<<20)
	b.Write(header(big))
	b.WriteString(promise())
	at := headerSize(big)
	for n := range p.levels {
		tags, err := p.tags(n, start[n], big)
		if err != nil {
			return err
		}
		dir := directoryBytes(tags, at, big, n == len(p.levels)-1)
		b.Write(dir)
		at += uint64(len(dir))
	}
	for n := len(p.levels) - 1; n >= 0; n-- {
		if err := p.copyTiles(b, p.levels[n].tiles); err != nil {
			return err
		}
	}
	return b.Flush()
}

// plan finds where the tiles of each level start, and whether the file needs
// BigTIFF. The size of the directories does not depend on the tiles' places.
func (p *pyramid[T]) plan() (start []uint64, big bool, err error) {
	big = p.options.BigTIFF
	for {
		at := headerSize(big)
		for n := range p.levels {
			tags, err := p.tags(n, 0, big)
			if err != nil {
				return nil, false, err
			}
			at += uint64(len(directoryBytes(tags, at, big, false)))
		}
		start = make([]uint64, len(p.levels))
		for n := len(p.levels) - 1; n >= 0; n-- {
			start[n] = at
			for _, t := range p.levels[n].tiles {
				if t.size > 0 {
					at += uint64(t.size) + around
				}
			}
		}
		if big || at <= math.MaxUint32 {
			return start, big, nil
		}
		big = true
	}
}

// copyTiles writes the tiles of a level from the spool.
func (p *pyramid[T]) copyTiles(w *bufio.Writer, tiles []extent) error {
	var packed []byte
	for _, t := range tiles {
		if t.size == 0 {
			continue
		}
		packed = append(packed[:0], make([]byte, t.size)...)
		if err := p.spool.get(packed, t.offset); err != nil {
			return err
		}
		var leader [4]byte
		binary.LittleEndian.PutUint32(leader[:], t.size)
		w.Write(leader[:])
		w.Write(packed)
		if _, err := w.Write(packed[len(packed)-4:]); err != nil {
			return err
		}
	}
	return nil
}

// tags are the directory of a level whose tiles start at a place.
func (p *pyramid[T]) tags(n int, start uint64, big bool) ([]entry, error) {
	l, o := p.levels[n], p.options
	predictor, format := uint16(2), uint16(kindUint)
	switch any(T(0)).(type) {
	case int16, int32:
		format = kindInt
	case float32:
		predictor, format = 3, kindFloat
	}
	photometric, planar := uint16(photometricGrey), uint16(planarChunky)
	if o.Palette != nil {
		photometric = photometricPalette
	}
	if o.Bands > 1 {
		planar = planarSeparate
	}
	var kind uint32
	if n > 0 {
		kind = subfileReduced
	}
	tags := []entry{
		long(tagSubfileType, kind), long(tagWidth, uint32(l.cols)), long(tagHeight, uint32(l.rows)),
		shorts(tagBits, repeat(uint16(8*sizeOf[T]()), o.Bands)...),
		shorts(tagCompression, compressDeflate), shorts(tagPhotometric, photometric),
	}
	if o.Description != "" && n == 0 {
		tags = append(tags, text(tagDescription, o.Description))
	}
	tags = append(tags, shorts(tagBands, uint16(o.Bands)), shorts(tagPlanar, planar), shorts(tagPredictor, predictor))
	if o.Palette != nil {
		tags = append(tags, shorts(tagColorMap, p.colours()...))
	}
	tags = append(tags, long(tagTileWidth, uint32(o.TileSide)), long(tagTileHeight, uint32(o.TileSide)))
	tags = append(tags, places(l.tiles, start, big)...)
	if o.Bands > 1 {
		tags = append(tags, shorts(tagExtraSamples, repeat(0, o.Bands-1)...))
	}
	tags = append(tags, shorts(tagSampleFormat, repeat(format, o.Bands)...))
	return p.georeference(tags, n)
}

// georeference adds the tags of GeoTIFF and GDAL. An overview lies where the
// raster does, and names only its void.
func (p *pyramid[T]) georeference(tags []entry, n int) ([]entry, error) {
	if n == 0 {
		f := p.frame
		tags = append(tags, doubles(tagPixelScale, f.DX, f.DY, 0), doubles(tagTiepoints, 0, 0, 0, f.X0, f.Y0, 0))
		keys := []uint16{
			1, 1, 0, 4, // GeoTIFF 1.0's directory, which 1.1 kept
			keyModelType, 0, 1, modelProjected, keyRasterType, 0, 1, pixelIsArea,
			keyProjected, 0, 1, uint16(f.CRS), keyLinearUnits, 0, 1, unitMetre,
		}
		if f.CRS.Geographic() {
			keys[7] = modelGeographic
			copy(keys[12:], []uint16{keyGeographic, 0, 1, uint16(f.CRS), keyAngularUnits, 0, 1, unitDegree})
		}
		tags = append(tags, shorts(tagGeoKeys, keys...))
		xml, err := writeMetadata(p.options)
		if err != nil {
			return nil, err
		}
		if xml != "" {
			tags = append(tags, text(tagGDALMetadata, xml))
		}
	}
	if v := p.options.NoData; v != nil {
		s := "nan"
		if *v == *v {
			s = strconv.FormatFloat(*v, 'g', -1, 64)
		}
		tags = append(tags, text(tagGDALNoData, s))
	}
	return tags, nil
}

// colours is the palette as TIFF keeps it: 256 reds, greens and blues.
func (p *pyramid[T]) colours() []uint16 {
	v := make([]uint16, 3*256)
	for i, c := range p.options.Palette {
		r, g, b, _ := c.RGBA()
		v[i], v[256+i], v[512+i] = uint16(r), uint16(g), uint16(b)
	}
	return v
}

// places are the tags that say where tiles lie which follow each other from
// start on; an absent tile lies at 0.
func places(tiles []extent, start uint64, big bool) []entry {
	offsets := entry{tag: tagTileOffsets, kind: typeLong, count: uint64(len(tiles))}
	counts := entry{tag: tagTileCounts, kind: typeLong, count: uint64(len(tiles))}
	if big {
		offsets.kind = typeLong8
	}
	for _, t := range tiles {
		var at uint64
		if t.size > 0 {
			at = start + around/2
			start += uint64(t.size) + around
		}
		offsets.value = appendWord(offsets.value, at, big)
		counts.value = binary.LittleEndian.AppendUint32(counts.value, t.size)
	}
	return []entry{offsets, counts}
}

func appendWord(b []byte, v uint64, big bool) []byte {
	if big {
		return binary.LittleEndian.AppendUint64(b, v)
	}
	return binary.LittleEndian.AppendUint32(b, uint32(v))
}

// header is the first bytes of the file; the first directory follows the
// promise.
func header(big bool) []byte {
	if big {
		return appendWord([]byte{'I', 'I', bigMagic, 0, 8, 0, 0, 0}, headerSize(true), true)
	}
	return appendWord([]byte{'I', 'I', classicMagic, 0}, headerSize(false), false)
}

// headerSize is the size of header and promise.
func headerSize(big bool) uint64 {
	if big {
		return headerBig + uint64(len(promise()))
	}
	return headerClassic + uint64(len(promise()))
}

// directoryBytes writes a directory that lies at a place, its values after it,
// all on even places. The next directory follows, unless it is the last.
func directoryBytes(tags []entry, at uint64, big, last bool) []byte {
	word, dir, values := 4, []byte(nil), []byte(nil)
	head, each := 2, 12
	dir = binary.LittleEndian.AppendUint16(dir, uint16(len(tags)))
	if big {
		word, head, each = 8, 8, 20
		dir = append(dir, make([]byte, 6)...)
	}
	end := at + uint64(head+each*len(tags)+word)
	for _, t := range tags {
		dir = binary.LittleEndian.AppendUint16(dir, t.tag)
		dir = binary.LittleEndian.AppendUint16(dir, t.kind)
		dir = appendWord(dir, t.count, big)
		if len(t.value) <= word {
			dir = append(dir, t.value...)
			dir = append(dir, make([]byte, word-len(t.value))...)
			continue
		}
		dir = appendWord(dir, end+uint64(len(values)), big)
		values = append(values, t.value...)
		values = append(values, make([]byte, len(t.value)%2)...)
	}
	next := end + uint64(len(values))
	if last {
		next = 0
	}
	return append(appendWord(dir, next, big), values...)
}
