package geotiff

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"
)

// build is a little-endian classic TIFF of one image with the given tags; the
// blocks' bytes follow at blockAt.
func build(tags []entry, blocks []byte) []byte {
	const head = 8
	dir := directoryBytes(tags, head+uint64(len(blocks)), false, true)
	b := appendWord([]byte{'I', 'I', classicMagic, 0}, head+uint64(len(blocks)), false)
	return append(append(b, blocks...), dir...)
}

// chain is build for several images that share the blocks.
func chain(blocks []byte, images ...[]entry) []byte {
	b := appendWord([]byte{'I', 'I', classicMagic, 0}, blockAt+uint64(len(blocks)), false)
	b = append(b, blocks...)
	for i, tags := range images {
		b = append(b, directoryBytes(tags, uint64(len(b)), false, i == len(images)-1)...)
	}
	return b
}

// blockAt is where build puts the blocks.
const blockAt = 8

// plain are the tags of an image of 4 by 3 bytes in one strip, in UTM 37N.
func plain() []entry {
	return []entry{
		long(tagWidth, 4), long(tagHeight, 3), shorts(tagBits, 8), shorts(tagCompression, compressNone),
		long(tagStripOffsets, blockAt), shorts(tagBands, 1), long(tagRowsPerStrip, 3), long(tagStripCounts, 12),
		doubles(tagPixelScale, 30, 30, 0), doubles(tagTiepoints, 0, 0, 0, 600000, 3800000, 0),
		shorts(tagGeoKeys, 1, 1, 0, 2, keyModelType, 0, 1, modelProjected, keyProjected, 0, 1, 32637),
	}
}

// with replaces or adds tags; a tag of no type is taken out.
func with(tags []entry, changes ...entry) []entry {
	var out []entry
	for _, t := range tags {
		keep := true
		for _, c := range changes {
			keep = keep && c.tag != t.tag
		}
		if keep {
			out = append(out, t)
		}
	}
	for _, c := range changes {
		if c.kind != 0 {
			out = append(out, c)
		}
	}
	return out
}

// without is the change that takes a tag out.
func without(tag uint16) entry { return entry{tag: tag} }

// open reads a file that is held in memory, and its first band.
func open(b []byte) (*File, []float32, error) {
	f, err := New(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, nil, err
	}
	cells := make([]float32, min(f.Frame().Cols*f.Frame().Rows, 1<<20))
	r := f.Frame().Bounds()
	if len(cells) < f.Frame().Cols*f.Frame().Rows {
		r.Max.X, r.Max.Y = min(r.Max.X, 1000), min(r.Max.Y, 1000)
	}
	return f, cells, f.Read(cells, r)
}

func TestBuiltFilesRead(t *testing.T) {
	cells := []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	big := func(v ...uint32) (b []byte) {
		for _, x := range v {
			b = binary.BigEndian.AppendUint32(b, x)
		}
		return b
	}
	keys := func(pairs ...uint16) entry {
		v := []uint16{1, 1, 0, uint16(len(pairs) / 2)}
		for i := 0; i < len(pairs); i += 2 {
			v = append(v, pairs[i], 0, 1, pairs[i+1])
		}
		return shorts(tagGeoKeys, v...)
	}
	cases := []struct {
		name   string
		tags   []entry
		blocks []byte
		first  float32
		last   float32
	}{
		{"a plain image", plain(), cells, 1, 12},
		{"without the size of the strip", with(plain(), without(tagStripCounts)), cells, 1, 12},
		{"without rows per strip", with(plain(), without(tagRowsPerStrip)), cells, 1, 12},
		{"strips counted by 2^32-1 rows", with(plain(), long(tagRowsPerStrip, math.MaxUint32)), cells, 1, 12},
		{"PackBits with runs, copies and a no-op", with(plain(), shorts(tagCompression, compressPackBits), long(tagStripCounts, 10)),
			[]byte{2, 1, 2, 3, 128, 0xf9, 7, 0, 12, 0}, 1, 12},
		{"the old code for deflate", with(plain(), shorts(tagCompression, compressDeflateOld), long(tagStripCounts, uint32(len(deflated(cells))))), deflated(cells), 1, 12},
		{"a transformation in place of scale and tiepoint", with(plain(), without(tagPixelScale), without(tagTiepoints),
			doubles(tagTransformation, 30, 0, 0, 600000, 0, -30, 0, 3800000, 0, 0, 0, 0, 0, 0, 0, 1)), cells, 1, 12},
		{"a tiepoint in another corner", with(plain(), doubles(tagTiepoints, 4, 3, 0, 600120, 3799910, 0)), cells, 1, 12},
		{"a zone spelled out as its projection", with(plain(), keys(keyModelType, modelProjected, keyGeographic, 4326, keyProjected, userDefined, keyProjection, 16037)), cells, 1, 12},
		{"feet by the unit of the heights", with(plain(), keys(keyProjected, 32637, keyVerticalUnits, unitFoot)), cells, .3048, 12 * .3048},
		{"metres by the unit of the heights", with(plain(), keys(keyProjected, 32637, keyVertical, 6360, keyVerticalUnits, unitMetre)), cells, 1, 12},
		{"an unknown unit of the band is left alone", with(plain(), text(tagGDALMetadata, `<GDALMetadata><Item name="U" sample="0" role="unittype">cubits</Item></GDALMetadata>`)), cells, 1, 12},
		{"infinite heights are void", with(plain(), long(tagWidth, 2), long(tagHeight, 1), shorts(tagBits, 32), shorts(tagSampleFormat, kindFloat), long(tagStripCounts, 8), without(tagRowsPerStrip)),
			binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(math.Inf(1)))), math.Float32bits(3)), float32(math.NaN()), 3},
	}
	for _, c := range cases {
		f, got, err := open(build(c.tags, c.blocks))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if f.Frame().X0 != 600000 || f.Frame().Y0 != 3800000 || f.Frame().CRS != 32637 {
			t.Errorf("%s: frame %+v", c.name, f.Frame())
		}
		first, last := got[0], got[len(got)-1]
		if first != c.first && (first == first || c.first == c.first) || last != c.last {
			t.Errorf("%s: %v to %v, want %v to %v", c.name, first, last, c.first, c.last)
		}
	}

	// The floating point predictor sorts bytes by significance in either byte
	// order (Technical Note 3): -20, -19 are c1a00000, c1980000.
	row := []byte{0xc1, 0xc1, 0xa0, 0x98, 0, 0, 0, 0}
	for i := len(row) - 1; i > 0; i-- {
		row[i] -= row[i-1]
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		l := &layout{wide: 2, bands: 1, bits: 32, kind: kindFloat, predictor: 3}
		raw := bytes.Clone(row)
		l.predict(raw, order)
		l.swap(raw, binary.BigEndian)
		if !bytes.Equal(raw, big(0xc1a00000, 0xc1980000)) {
			t.Errorf("%v: %x", order, raw)
		}
	}
}

func TestImagesAfterTheFirst(t *testing.T) {
	cells := make([]byte, 12)
	half := with(plain(), long(tagSubfileType, subfileReduced), long(tagWidth, 2), long(tagHeight, 2), long(tagStripCounts, 4))
	cases := []struct {
		name string
		more []entry
		note string
		err  string
	}{
		{"an overview", half, "", ""},
		{"a mask is named and not read", with(plain(), long(tagSubfileType, subfileMask)), "a mask of valid cells", ""},
		{"another page is named and not read", plain(), "another image", ""},
		{"an overview larger than the raster", with(half, long(tagWidth, 9)), "", "overview 0: 9 by 2 cells"},
		{"an overview with other bands", with(half, shorts(tagBands, 2), long(tagStripCounts, 8)), "", "overview 0: 2 bands, the raster has 1"},
		{"an overview that is damaged", with(half, shorts(tagCompression, 7)), "", "overview 0: compression: JPEG"},
	}
	for _, c := range cases {
		f, _, err := open(chain(cells, plain(), c.more))
		if err == nil && len(f.Info().Overviews) > 0 {
			_, err = f.Overview(0)
		}
		if (c.err == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v, want %q", c.name, err, c.err)
		}
		if err == nil && !strings.Contains(strings.Join(f.Info().Notes, ";"), c.note) {
			t.Errorf("%s: notes %q", c.name, f.Info().Notes)
		}
	}
}
