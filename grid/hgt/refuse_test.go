package hgt

import (
	"bytes"
	"encoding/binary"
	"image"
	"math"
	"os"
	"strings"
	"testing"
)

func TestWhatIsNoTileIsRefusedWithTheMend(t *testing.T) {
	srtm3 := make([]byte, bytesSRTM3)
	bomb := gzipped(t, make([]byte, maxUnpacked+1))
	hugeZip := zipped(t, member{"N34E041.hgt", srtm3})
	binary.LittleEndian.PutUint32(hugeZip[bytes.Index(hugeZip, []byte("PK\x01\x02"))+24:], 3_000_000_000)
	lying := gzipped(t, srtm3)
	binary.LittleEndian.PutUint32(lying[len(lying)-4:], 4_000_000_000)
	change := func(f func(d *dtedTile)) []byte {
		d := level0()
		f(&d)
		return d.bytes()
	}
	encrypted := zipped(t, member{"N34E041.hgt", srtm3})
	encrypted[bytes.Index(encrypted, []byte("PK\x01\x02"))+8] |= 1
	for _, c := range []struct {
		name, file string
		data       []byte
		want       []string
	}{
		{"a wrong size", "N34E041.hgt", srtm3[:1000], []string{"size: 1000 bytes", "1201 x 1201", "fetch the tile again"}},
		{"a name without a place", "tile.hgt", srtm3, []string{`name: "tile.hgt"`, "like N34E041.hgt"}},
		{"a name with more digits", "N34E0411.hgt", srtm3, []string{"like N34E041.hgt"}},
		{"a place off the globe", "N90E041.hgt", srtm3, []string{"off the globe"}},
		{"another format", "N34E041.tif", srtm3, []string{"is no tile of heights", ".hgt, .dt0"}},
		{"another format in gzip", "N34E041.tif.gz", gzipped(t, srtm3), []string{"is no tile of heights"}},
		{"not gzip", "N34E041.hgt.gz", srtm3, []string{"the file is not gzip"}},
		{"an empty gzip", "N34E041.hgt.gz", nil, []string{"the file is not gzip"}},
		{"a bomb in gzip", "N34E041.hgt.gz", bomb, []string{"25981363 bytes are more than", "take a file of one tile"}},
		{"a gzip that names a huge size", "N34E041.hgt.gz", lying, []string{"4000000000 bytes are more than"}},
		{"not a zip", "N34E041.hgt.zip", srtm3, []string{"the file is not a zip"}},
		{"an empty zip", "N34E041.zip", zipped(t), []string{"holds no .hgt"}},
		{"a zip of two tiles", "N34E041.zip", zipped(t, member{"N34E041.hgt", nil}, member{"N34E042.hgt", nil}), []string{`holds "N34E041.hgt" and "N34E042.hgt"`, "one by one"}},
		{"a bomb in a zip", "N34E041.zip", hugeZip, []string{"3000000000 bytes are more than"}},
		{"an encrypted zip", "N34E041.zip", encrypted, []string{"is encrypted", "unpack it"}},
		{"a packed tile of the wrong size", "N34E041.hgt.gz", gzipped(t, srtm3[2:]), []string{"size: 2884800 bytes"}},
		{"an empty DTED", "x.dt0", nil, []string{"header: the file ends at byte 0"}},
		{"a DTED of something else", "x.dt0", srtm3, []string{"where UHL1 should", "not DTED"}},
		{"a DTED cut off", "x.dt0", level0().bytes()[:20000], []string{"20000 bytes are short of the 34162"}},
		{"an old datum", "x.dt0", change(func(d *dtedTile) { d.datum = "WGS72" }), []string{`datum is "WGS72"`, "gdalwarp"}},
		{"a place that is no angle", "x.dt0", change(func(d *dtedTile) { d.lon = "04100X0E" }), []string{"longitude of origin", `"04100X0E"`}},
		{"a hemisphere that is none", "x.dt0", change(func(d *dtedTile) { d.lat = "0340000E" }), []string{"latitude of origin", `one of NS`}},
		{"a latitude beyond the pole", "x.dt0", change(func(d *dtedTile) { d.lat = "0900001N" }), []string{"latitude of origin"}},
		{"an origin at the pole", "x.dt0", change(func(d *dtedTile) { d.lat = "0900000N" }), []string{"no room for one degree"}},
		{"an unknown level", "x.dt0", change(func(d *dtedTile) { d.stepLat = 4 }), []string{"latitude interval is 4 tenths"}},
		{"part of a degree", "x.dt0", change(func(d *dtedTile) { d.cols = 60 }), []string{"do not make one degree"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Open(write(t, c.file, c.data))
			if err == nil {
				f.Close()
				t.Fatal("the file was opened")
			}
			for _, want := range append(c.want, "open ", c.file) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error lacks %q: %v", want, err)
				}
			}
		})
	}
	if _, err := Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "is not a file") {
		t.Errorf("a folder gives %v", err)
	}
	if _, err := Open("no/such.hgt"); !os.IsNotExist(err) {
		t.Errorf("a file that is not there gives %v", err)
	}
}

func TestDamageInsideIsNamedWhenItIsRead(t *testing.T) {
	damage := func(at int, b byte) []byte {
		data := level0().bytes()
		data[at] ^= b
		return data
	}
	column := func(col int) int { return bytesHeader + col*(12+2*121) }
	tile := make([]byte, bytesSRTM3)
	packed := gzipped(t, tile)
	packed[len(packed)-8] ^= 1 // the sum of gzip
	short := gzipped(t, tile[:2884702])
	binary.LittleEndian.PutUint32(short[len(short)-4:], bytesSRTM3)
	long := gzipped(t, make([]byte, bytesSRTM3+1))
	binary.LittleEndian.PutUint32(long[len(long)-4:], bytesSRTM3)
	twos := level0()
	twos.height = func(col, row int) int { return -32700 }
	for _, c := range []struct {
		name, file string
		data       []byte
		want       string
	}{
		{"one bit of a height", "x.dt0", damage(column(17)+40, 1), "column 17: checksum"},
		{"one bit of a checksum", "x.dt0", damage(column(18)-1, 1), "column 17: checksum"},
		{"the mark of a column", "x.dt0", damage(column(120), 1), "column 120: its record begins with 0xAB"},
		{"the number of a column", "x.dt0", damage(column(120)+5, 1), "column 120: its record is numbered 121"},
		{"two's complement", "x.dt0", twos.bytes(), "height is -32700 m, beyond -12000 to 9000"},
		{"the sum of a gzip", "N34E041.hgt.gz", packed, "unpack N34E041.hgt: gzip: invalid checksum"},
		{"a gzip of less than it says", "N34E041.hgt.gz", short, "unpack N34E041.hgt: gzip: invalid checksum"},
		{"a gzip that goes on", "N34E041.hgt.gz", long, "goes on after the 2884802 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := open(t, write(t, c.file, c.data))
			for range 2 { // what failed once is not trusted later
				if _, err := f.Voids(); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.file) {
					t.Errorf("error is %v, want %q and the file in it", err, c.want)
				}
			}
			if _, _, err := f.Range(); err == nil {
				t.Error("a range was given")
			}
		})
	}
}

func TestAColumnBesideTheDamageIsStillRead(t *testing.T) {
	data := level0().bytes()
	data[len(data)-100] ^= 1
	f := open(t, write(t, "x.dt0", data))
	dst := make([]float32, 120*121)
	if err := f.Read(dst, image.Rect(0, 0, 120, 121)); err != nil {
		t.Error(err)
	}
}

// rewritten writes what a fuzzed tile holds, so that it can be read again.
func rewritten(f *File) ([]byte, error) {
	fr := f.Frame()
	dst := make([]float32, fr.Cols*fr.Rows)
	if err := f.Read(dst, fr.Bounds()); err != nil {
		return nil, err
	}
	height := func(col, row int) int {
		h := float64(dst[row*fr.Cols+col])
		if math.IsNaN(h) {
			return void
		}
		return int(h)
	}
	if strings.HasPrefix(f.Info().Format, "SRTM") {
		return srtmBytes(fr.Cols, height), nil
	}
	d := level0()
	d.cols, d.rows, d.height = fr.Cols, fr.Rows, height
	d.stepLon, d.stepLat = int(10*f.Info().StepLon+.5), int(10*f.Info().StepLat+.5)
	return d.bytes(), nil
}

// survives reads a tile, writes it and reads it again.
func survives(t *testing.T, name string, data []byte) {
	f, err := newFile(name, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return
	}
	first, err := rewritten(f)
	if err != nil {
		return
	}
	plain := "N00E000.hgt"
	if strings.HasPrefix(f.Info().Format, "DTED") {
		plain = "x.dt0"
	}
	again, err := newFile(plain, bytes.NewReader(first), int64(len(first)))
	if err != nil {
		t.Fatal(err)
	}
	second, err := rewritten(again)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("what was read does not survive writing")
	}
}

// polar is the smallest tile there is: level 0 beyond 80 degrees.
func polar() dtedTile {
	d := level0()
	d.lat, d.cols, d.stepLon, d.height = "0810000S", 21, 1800, func(col, row int) int { return col - row }
	return d
}

func FuzzHGT(f *testing.F) {
	flat := make([]byte, bytesSRTM3)
	f.Add("N34E041.hgt.gz", gzipped(f, flat))
	f.Add("n34e041.zip", zipped(f, member{"N34E041.hgt", flat}))
	f.Add("x.zip", zipped(f, member{"a/s01w179.dt0", polar().bytes()}, member{"readme", []byte("x")}))
	f.Add("x.dt0.gz", gzipped(f, polar().bytes()))
	f.Add("S90W180.hgt", []byte("short"))
	f.Fuzz(survives)
}

// FuzzDTED changes a good file: its first record, some bytes anywhere, its end.
func FuzzDTED(f *testing.F) {
	whole := polar().bytes()
	f.Add(whole[:bytesUHL], uint16(0), []byte(nil), uint16(len(whole)))
	f.Add(whole[:bytesUHL], uint16(bytesHeader), []byte{sentinel, 0, 0, 0, 0, 0}, uint16(len(whole)))
	f.Add([]byte("HDR1"), uint16(80), whole[:bytesUHL], uint16(5000))
	f.Fuzz(func(t *testing.T, uhl []byte, at uint16, patch []byte, end uint16) {
		data := bytes.Clone(whole)
		copy(data[:bytesUHL], uhl)
		copy(data[min(int(at), len(data)):], patch)
		survives(t, "x.dt1", data[:min(int(end), len(data))])
	})
}
