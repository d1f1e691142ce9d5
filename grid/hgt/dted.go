package hgt

import (
	"encoding/binary"
	"fmt"
	"image"
	"io"
	"strconv"
	"strings"
	"sync/atomic"
)

// The layout of a DTED file (MIL-PRF-89020B, 3.11 to 3.14): three records of
// text, then one record of heights for every meridian from west to east, each
// from south to north.
const (
	bytesUHL    = 80
	bytesDSI    = 648
	bytesACC    = 2700
	bytesHeader = bytesUHL + bytesDSI + bytesACC

	columnHead = 8 // 0xAA, running number, longitude count, latitude count
	columnTail = 4 // checksum
	sentinel   = 0xAA

	dtedVoid = -32767

	bytesDTED2 = bytesHeader + 3601*(columnHead+2*3601+columnTail)
)

// No ground lies beyond these, in metres; a height that does tells that the
// file is not written in sign and magnitude.
const (
	deepest = -12000
	highest = 9000
)

// dted holds the heights of a DTED file.
type dted struct {
	r          io.ReaderAt
	start      int64 // of column 0
	cols, rows int
	verified   []atomic.Bool // by column: its checksum has been found right
}

func openDTED(r io.ReaderAt, size int64, i *Info) (posts, error) {
	labels, err := tapeLabels(r)
	if err != nil {
		return nil, err
	}
	head := make([]byte, bytesHeader)
	if err := readFull(r, head, labels); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	if err := checkHeader(head); err != nil {
		return nil, err
	}
	d := &dted{r: r, start: labels + bytesHeader}
	if err := d.readUHL(string(head[:bytesUHL]), i); err != nil {
		return nil, err
	}
	if want := d.start + int64(d.cols)*d.columnBytes(); size < want {
		return nil, fmt.Errorf("size: %d bytes are short of the %d of %d columns of %d posts; fetch the tile again", size, want, d.cols, d.rows)
	}
	d.verified = make([]atomic.Bool, d.cols)
	return d, nil
}

// tapeLabels gives the length of the labels that copies from tape have in
// front: 80 bytes each, VOL and HDR.
func tapeLabels(r io.ReaderAt) (int64, error) {
	var at int64
	for range 4 {
		var tag [3]byte
		if err := readFull(r, tag[:], at); err != nil {
			return 0, fmt.Errorf("header: %w", err)
		}
		if s := string(tag[:]); s != "VOL" && s != "HDR" {
			break
		}
		at += 80
	}
	return at, nil
}

func checkHeader(head []byte) error {
	for _, rec := range []struct {
		tag string
		at  int
	}{{"UHL1", 0}, {"DSI", bytesUHL}, {"ACC", bytesUHL + bytesDSI}} {
		if got := head[rec.at:][:len(rec.tag)]; string(got) != rec.tag {
			return fmt.Errorf("header: %q stands where %s should; the file is not DTED or is damaged: fetch it again", got, rec.tag)
		}
	}
	datum := strings.TrimSpace(string(head[bytesUHL+144:][:5]))
	if datum != "WGS84" && datum != "" {
		return fmt.Errorf("header: horizontal datum is %q, not WGS84; convert the file with gdalwarp -t_srs EPSG:4326 to GeoTIFF", datum)
	}
	return nil
}

// readUHL reads place, posting and size from the user header label.
func (d *dted) readUHL(uhl string, i *Info) error {
	lon, err := dms("longitude of origin", uhl[4:12], "EW", 180)
	if err != nil {
		return err
	}
	lat, err := dms("latitude of origin", uhl[12:20], "NS", 90)
	if err != nil {
		return err
	}
	var stepLon, stepLat int
	for _, f := range []struct {
		name, text string
		to         *int
	}{
		{"longitude interval", uhl[20:24], &stepLon},
		{"latitude interval", uhl[24:28], &stepLat},
		{"number of longitude lines", uhl[47:51], &d.cols},
		{"number of latitude points", uhl[51:55], &d.rows},
	} {
		if *f.to, err = number(f.name, f.text); err != nil {
			return err
		}
	}
	i.Format = map[int]string{300: "DTED0", 30: "DTED1", 10: "DTED2"}[stepLat]
	if i.Format == "" {
		return fmt.Errorf("header: latitude interval is %d tenths of a second; levels 0, 1 and 2 have 300, 30 and 10", stepLat)
	}
	if stepLon < stepLat || (d.cols-1)*stepLon != 36000 || (d.rows-1)*stepLat != 36000 {
		return fmt.Errorf("header: %d columns every %d and %d rows every %d tenths of a second do not make one degree; read are whole one-degree tiles only", d.cols, stepLon, d.rows, stepLat)
	}
	i.Lat, i.Lon = float64(lat)/3600, float64(lon)/3600
	i.StepLat, i.StepLon = float64(stepLat)/10, float64(stepLon)/10
	if i.Lat > 89 || i.Lon > 179 {
		return fmt.Errorf("header: origin %g N %g E leaves no room for one degree; the file is damaged: fetch it again", i.Lat, i.Lon)
	}
	return nil
}

// dms reads DDDMMSSH, whole seconds with a hemisphere, as seconds.
func dms(name, s, hemispheres string, limit int) (int, error) {
	bad := fmt.Errorf("header: %s is %q, not degrees, minutes, seconds and one of %s; the file is damaged: fetch it again", name, s, hemispheres)
	var part [3]int
	for k, digits := range []string{s[:3], s[3:5], s[5:7]} {
		n, err := number(name, digits)
		if err != nil {
			return 0, bad
		}
		part[k] = n
	}
	sec := part[0]*3600 + part[1]*60 + part[2]
	if part[1] > 59 || part[2] > 59 || sec > limit*3600 {
		return 0, bad
	}
	switch s[7] {
	case hemispheres[0]:
		return sec, nil
	case hemispheres[1]:
		return -sec, nil
	}
	return 0, bad
}

// number reads digits, with spaces before them.
func number(name, s string) (int, error) {
	n, err := strconv.ParseUint(strings.TrimLeft(s, " "), 10, 31)
	if err != nil {
		return 0, fmt.Errorf("header: %s is %q, not a number; the file is damaged: fetch it again", name, s)
	}
	return int(n), nil
}

func (d *dted) columnBytes() int64 { return int64(columnHead + 2*d.rows + columnTail) }

func (d *dted) read(dst []float32, r image.Rectangle) error {
	buf := make([]byte, d.columnBytes())
	for col := r.Min.X; col < r.Max.X; col++ {
		raw, err := d.stretch(buf, col, r.Min.Y, r.Max.Y)
		if err != nil {
			return fmt.Errorf("column %d: %w", col, err)
		}
		for k := range r.Dy() { // the first post of raw is the southernmost
			h, err := dtedHeight(binary.BigEndian.Uint16(raw[2*k:]))
			if err != nil {
				return fmt.Errorf("column %d: row %d: %w", col, r.Max.Y-1-k, err)
			}
			dst[(r.Dy()-1-k)*r.Dx()+col-r.Min.X] = h
		}
	}
	return nil
}

// stretch gives the bytes of the posts of rows [from, to) of a column, from
// south to north. The first time it reads the column whole and verifies it.
func (d *dted) stretch(buf []byte, col, from, to int) ([]byte, error) {
	at := d.start + int64(col)*d.columnBytes()
	skip, n := columnHead+2*(d.rows-to), 2*(to-from)
	if d.verified[col].Load() {
		return buf[:n], readFull(d.r, buf[:n], at+int64(skip))
	}
	if err := readFull(d.r, buf, at); err != nil {
		return nil, err
	}
	if err := verify(buf, col); err != nil {
		return nil, err
	}
	d.verified[col].Store(true)
	return buf[skip:][:n], nil
}

// verify checks the record of a column: its mark, its longitude count and the
// sum of its bytes.
func verify(rec []byte, col int) error {
	if rec[0] != sentinel {
		return fmt.Errorf("its record begins with 0x%02X, not 0x%02X; the file is damaged: fetch it again", rec[0], sentinel)
	}
	if n := int(binary.BigEndian.Uint16(rec[4:])); n != col {
		return fmt.Errorf("its record is numbered %d; the file is damaged: fetch it again", n)
	}
	body := len(rec) - columnTail
	var sum uint32
	for _, b := range rec[:body] {
		sum += uint32(b)
	}
	if said := binary.BigEndian.Uint32(rec[body:]); said != sum {
		return fmt.Errorf("checksum: the file says %d and its bytes add up to %d; fetch the tile again, or if its maker wrote it so, convert it with gdal_translate to GeoTIFF", said, sum)
	}
	return nil
}

// dtedHeight decodes sign and magnitude.
func dtedHeight(v uint16) (float32, error) {
	h := int(v & 0x7FFF)
	if v&0x8000 != 0 {
		h = -h
	}
	if h == dtedVoid {
		return nan32, nil
	}
	if h < deepest || h > highest {
		return 0, fmt.Errorf("height is %d m, beyond %d to %d; the file seems to be written in two's complement: convert it with gdal_translate to GeoTIFF", h, deepest, highest)
	}
	return float32(h), nil
}
