package geotiff

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"image"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// deflated is data as zlib packs it.
func deflated(data []byte) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

// zstandard is data as zstd packs it.
func zstandard(t *testing.T, data []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return w.EncodeAll(data, nil)
}

func TestDamagedFilesGiveErrors(t *testing.T) {
	packed := func(code uint16, blocks []byte) []byte {
		return build(with(plain(), shorts(tagCompression, code), long(tagStripCounts, uint32(len(blocks)))), blocks)
	}
	cut := deflated(make([]byte, 12))
	wrong := bytes.Clone(cut)
	wrong[len(wrong)-1]++
	cells := make([]byte, 12)
	cases := []struct {
		name string
		file []byte
		want string
	}{
		{"nothing", nil, "header: 8 bytes at 0 lie beyond the file's 0"},
		{"another magic number", []byte("II\x2c\x00\x08\x00\x00\x00"), "version 44 is neither 42 (TIFF) nor 43 (BigTIFF)"},
		{"BigTIFF cut short", []byte("II\x2b\x00\x08\x00\x00\x00"), "header: 16 bytes at 0"},
		{"BigTIFF with other offsets", []byte("II\x2b\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), "offsets of 4 bytes"},
		{"no image", []byte("II\x2a\x00\x00\x00\x00\x00"), "no image in the file"},
		{"a directory beyond the end", []byte("II\x2a\x00\x08\x00\x00\x00"), "directory 0: 2 bytes at 8"},
		{"a directory without tags", []byte("II\x2a\x00\x08\x00\x00\x00\x00\x00"), "0 tags"},
		{"directories in a circle", circle(), "directory 1: the chain of images runs in a circle"},
		{"more images than any file has", endless(), "more than 64 images"},
		{"no cells", build(with(plain(), long(tagWidth, 0)), cells), "size: 0 by 3 cells"},
		{"a width beyond all bounds", build(with(plain(), long(tagWidth, math.MaxUint32)), cells), "tag 256: 4294967295 is beyond"},
		{"no bands", build(with(plain(), shorts(tagBands, 0)), cells), "bands: 0"},
		{"bands of different types", build(with(plain(), shorts(tagBands, 2), shorts(tagBits, 8, 16)), cells), "bands of different types (8 and 16)"},
		{"an unknown predictor", build(with(plain(), shorts(tagCompression, 8), shorts(tagPredictor, 9)), cells), "predictor: 9 for uint8"},
		{"the floating point predictor of bytes", build(with(plain(), shorts(tagCompression, 8), shorts(tagPredictor, 3)), cells), "predictor: 3 for uint8"},
		{"an unknown compression", build(with(plain(), shorts(tagCompression, 999)), cells), "compression: code 999 (999) is not read"},
		{"another fill order", build(with(plain(), shorts(tagFillOrder, 2)), cells), "fill order: 2"},
		{"another planar configuration", build(with(plain(), shorts(tagPlanar, 3)), cells), "planar configuration: 3"},
		{"tiles of no size", build(with(plain(), long(tagTileWidth, 0), long(tagTileHeight, 16)), cells), "blocks: 0 by 16"},
		{"too few strips", build(with(plain(), long(tagRowsPerStrip, 1)), cells), "1 places and 1 sizes for 3 blocks"},
		{"more blocks than any file has", build(with(plain(), long(tagHeight, 1<<30), long(tagRowsPerStrip, 1)), cells), "are too many"},
		{"a block of 4 GB", build(with(plain(), long(tagWidth, 1<<16), long(tagHeight, 1<<16), long(tagRowsPerStrip, 1<<16), shorts(tagCompression, 8)), cells), "65536 by 65536 cells in one block"},
		{"a row of a gigabyte", build(with(plain(), long(tagWidth, 1<<30)), cells), "cells in one block"},
		{"a tag of an unknown type", build(with(plain(), entry{tagBits, 99, 1, make([]byte, 4)}), cells), "tag 258: values of the unknown type 99"},
		{"a tag with more values than bytes in the file", build(with(plain(), entry{tagBits, typeShort, 1 << 20, make([]byte, 8)}), cells), "tag 258: 2097152 bytes at"},
		{"a tag with too many values", build(with(plain(), entry{tagBits, typeShort, 1 << 31, make([]byte, 8)}), cells), "tag 258: 2147483648 values are more than any file needs"},
		{"a width in floating point", build(with(plain(), doubles(tagWidth, 4)), cells), "tag 256: values of type 12 where whole numbers belong"},
		{"a scale in whole numbers", build(with(plain(), shorts(tagPixelScale, 1, 1, 1)), cells), "tag 33550: values of type 3 where real numbers belong"},
		{"a void in whole numbers", build(with(plain(), shorts(tagGDALNoData, 1)), cells), "tag 42113: values of type 3 where text belongs"},
		{"a void that is no number", build(with(plain(), text(tagGDALNoData, "none")), cells), `nodata: "none" is no number`},
		{"metadata that are no XML", build(with(plain(), text(tagGDALMetadata, "<GDALMetadata><Item>")), cells), "metadata: XML syntax error"},
		{"a scale that is no number", build(with(plain(), text(tagGDALMetadata, `<GDALMetadata><Item sample="0" role="scale">nan</Item></GDALMetadata>`)), cells), "metadata: scale of band 0"},
		{"geokeys cut short", build(with(plain(), shorts(tagGeoKeys, 1, 1, 0, 9, 1024, 0, 1, 1)), cells), "geokeys: the directory is cut short"},
		{"a place that is no number", build(with(plain(), doubles(tagPixelScale, math.NaN(), 30, 0)), cells), "georeference: not a number"},
		{"a unit of height that nobody uses", build(with(plain(), shorts(tagGeoKeys, 1, 1, 0, 2, keyProjected, 0, 1, 32637, keyVerticalUnits, 0, 1, 9005)), cells), "vertical unit: 9005"},
		{"a zone in feet", build(with(plain(), shorts(tagGeoKeys, 1, 1, 0, 2, keyProjected, 0, 1, 32637, keyLinearUnits, 0, 1, 9002)), cells), "unit 9002 and not metres"},
		{"degrees in grads", build(with(plain(), shorts(tagGeoKeys, 1, 1, 0, 2, keyGeographic, 0, 1, 4326, keyAngularUnits, 0, 1, 9105)), cells), "unit 9105 and not degrees"},
		{"a strip beyond the end", build(with(plain(), long(tagStripOffsets, 1<<30)), cells), "12 bytes at 1073741824 lie beyond"},
		{"a strip that is too short", build(with(plain(), long(tagStripCounts, 11)), cells), "holds 11 bytes where 12 belong"},
		{"deflate that holds too little", packed(compressDeflate, deflated(make([]byte, 11))), "holds 11 bytes where 12 belong"},
		{"deflate that holds too much", packed(compressDeflate, deflated(make([]byte, 13))), "holds more than the 12 bytes"},
		{"a bomb", packed(compressDeflate, deflated(make([]byte, 1<<24))), "holds more than the 12 bytes"},
		{"a bomb in zstd", packed(compressZstd, zstandard(t, make([]byte, 1<<24))), "holds more than the 12 bytes"},
		{"a wrong checksum", packed(compressDeflate, wrong), "checksum"},
		{"no deflate", packed(compressDeflate, cells), "deflate:"},
		{"no zstd", packed(compressZstd, cells), "zstd:"},
		{"LZW that holds too little", packed(compressLZW, []byte{0x80, 0x0b, 0x60}), "LZW:"},
		{"PackBits that hold too little", packed(compressPackBits, []byte{1, 2, 3}), "PackBits: holds 2 bytes where 12 belong"},
		{"PackBits with a run cut short", packed(compressPackBits, []byte{5, 2, 3}), "a run is cut short"},
		{"a few bytes that would be sixteen megabytes", build(with(plain(), long(tagWidth, 1<<12), long(tagHeight, 1<<12), without(tagRowsPerStrip), shorts(tagCompression, 8)), deflated(cells)), "cannot hold"},
	}
	for _, c := range cases {
		if _, _, err := open(c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %q", c.name, err, c.want)
		}
	}
}

// circle is a file whose only directory is followed by itself.
func circle() []byte {
	b := build(plain(), make([]byte, 12))
	at := binary.LittleEndian.Uint32(b[4:])
	next := at + 2 + 12*uint32(len(plain()))
	binary.LittleEndian.PutUint32(b[next:], at)
	return b
}

// endless is a file of many small directories.
func endless() []byte {
	b := appendWord([]byte{'I', 'I', classicMagic, 0}, 8, false)
	for range maxImages + 1 {
		b = append(b, directoryBytes([]entry{long(tagWidth, 1)}, uint64(len(b)), false, false)...)
	}
	return b
}

func TestEveryCutAndEveryByteIsSurvived(t *testing.T) {
	for _, name := range []string{"int16_little_deflate", "float32_big_lzw", "bands_planar", "int16_big_zstd"} {
		whole, err := os.ReadFile(filepath.Join("testdata", name+".tif"))
		if err != nil {
			t.Fatal(err)
		}
		for n := range whole {
			tryAll(whole[:n])
		}
		for n := range whole {
			for _, v := range []byte{0, 0xff} {
				b := bytes.Clone(whole)
				b[n] = v
				tryAll(b)
			}
		}
	}
}

// tryAll opens a file that may be anything and reads a little of it.
func tryAll(b []byte) {
	f, err := New(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return
	}
	readSome(f)
	for i := range f.Info().Overviews {
		if o, err := f.Overview(i); err == nil {
			readSome(o)
		}
	}
}

// readSome reads a few windows of a file, whatever comes of it.
func readSome(f *File) {
	b := f.Frame().Bounds()
	for _, at := range []image.Point{b.Min, b.Max.Div(2), b.Max.Sub(image.Pt(1, 1))} {
		r := image.Rectangle{Min: at, Max: at.Add(image.Pt(40, 30))}.Intersect(b)
		f.ReadBand(make([]float32, r.Dx()*r.Dy()), f.Info().Bands-1, r)
	}
}

func TestAHostileFileCostsLittleMemory(t *testing.T) {
	tags := with(plain(), long(tagWidth, 1<<12), long(tagHeight, 1<<12), without(tagRowsPerStrip), shorts(tagCompression, compressDeflate), long(tagStripCounts, 100))
	file := build(tags, append(deflated(make([]byte, 12)), make([]byte, 200)...))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, _, err := open(file); err == nil {
		t.Fatal("it was read")
	}
	runtime.ReadMemStats(&after)
	// The cells that the test itself makes room for are 4 MB.
	if n := after.TotalAlloc - before.TotalAlloc; n > 5<<20 {
		t.Errorf("%d bytes for a file of %d", n, len(file))
	}
}

func FuzzOpen(f *testing.F) {
	for _, name := range []string{"int16_little_deflate", "float32_big_lzw", "uint8_little_packbits", "bands_chunky", "float64_little_zstd", "sparse", "described", "feet_us"} {
		b, err := os.ReadFile(filepath.Join("testdata", name+".tif"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		tryAll(b)
		rewrite(t, b)
	})
}

// rewrite checks that a small raster that can be read survives writing.
func rewrite(t *testing.T, b []byte) {
	file, err := New(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return
	}
	frame, void := file.Frame(), math.NaN()
	if float64(frame.Cols)*float64(frame.Rows) > 1<<12 {
		return
	}
	cells := make([]float32, frame.Cols*frame.Rows)
	if file.Read(cells, frame.Bounds()) != nil {
		return
	}
	again, _ := written(t, frame, Options{NoData: &void, TileSide: 16}, func(_, col, row int) float32 { return cells[row*frame.Cols+col] })
	got := make([]float32, len(cells))
	if err := again.Read(got, frame.Bounds()); err != nil {
		t.Fatal(err)
	}
	for i, v := range got {
		if v != cells[i] && (v == v || cells[i] == cells[i]) || again.Frame() != frame {
			t.Fatalf("cell %d is %v, was %v; frame %+v, was %+v", i, v, cells[i], again.Frame(), frame)
		}
	}
}

func TestBlocksThatFailAreTriedAgain(t *testing.T) {
	c := newCache()
	tries := 0
	key := blockKey{}
	decode := func(*block) error {
		if tries++; tries == 1 {
			return fmt.Errorf("the disk is away")
		}
		return nil
	}
	if _, err := c.get(key, 1, decode); err == nil {
		t.Error("no error")
	}
	for range 2 {
		if _, err := c.get(key, 1, decode); err != nil {
			t.Error(err)
		}
	}
	if tries != 2 {
		t.Errorf("decoded %d times, want 2", tries)
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	c := newCache()
	for i := range 40 {
		if _, err := c.get(blockKey{index: i}, 8<<20, func(*block) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if c.bytes > cacheBytes || len(c.blocks) != 8 || c.order.Len() != 8 {
		t.Errorf("%d bytes in %d blocks", c.bytes, len(c.blocks))
	}
	if _, ok := c.blocks[blockKey{index: 39}]; !ok {
		t.Error("the last block is gone")
	}
	c.get(blockKey{index: 99}, 2*cacheBytes, func(*block) error { return nil })
	if len(c.blocks) != 1 {
		t.Errorf("a block beyond the bound stays alone: %d", len(c.blocks))
	}
}
