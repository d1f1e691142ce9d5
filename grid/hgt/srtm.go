package hgt

import (
	"encoding/binary"
	"fmt"
	"image"
	"io"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// srtmVoid stands for a missing height (USGS, SRTM Quick Start, 2.1).
const srtmVoid = -32768

// srtm is a square of big-endian 16 bit heights, row by row from the north.
type srtm struct {
	r    io.ReaderAt
	side int
}

// The two tiles of SRTM: 3601 posts a side at 1 arc second, 1201 at 3.
const (
	bytesSRTM1 = 2 * 3601 * 3601
	bytesSRTM3 = 2 * 1201 * 1201
)

func openSRTM(name string, r io.ReaderAt, size int64, i *Info) (posts, error) {
	lat, lon, err := place(name)
	if err != nil {
		return nil, err
	}
	i.Lat, i.Lon = float64(lat), float64(lon)
	switch size {
	case bytesSRTM1:
		i.Format, i.StepLat, i.StepLon = "SRTM1", 1, 1
		return srtm{r, 3601}, nil
	case bytesSRTM3:
		i.Format, i.StepLat, i.StepLon = "SRTM3", 3, 3
		return srtm{r, 1201}, nil
	}
	return nil, fmt.Errorf("size: %d bytes are neither 1201 x 1201 posts (%d) nor 3601 x 3601 (%d); fetch the tile again, or convert another kind with gdal_translate to GeoTIFF", size, bytesSRTM3, bytesSRTM1)
}

var placeName = regexp.MustCompile(`^([NS])([0-9]{2})([EW])([0-9]{3})(?:[^0-9A-Z].*)?$`)

// place reads the south-west corner, in whole degrees, from a tile's name.
func place(name string) (lat, lon int, err error) {
	stem := strings.TrimSuffix(name, filepath.Ext(name))
	m := placeName.FindStringSubmatch(strings.ToUpper(stem))
	if m == nil {
		return 0, 0, fmt.Errorf("name: %q does not tell where the tile lies; name it after its south-west corner, like N34E041.hgt", name)
	}
	lat, _ = strconv.Atoi(m[2]) // two digits, by the pattern
	lon, _ = strconv.Atoi(m[4])
	if m[1] == "S" {
		lat = -lat
	}
	if m[3] == "W" {
		lon = -lon
	}
	if lat < -90 || lat > 89 || lon < -180 || lon > 179 {
		return 0, 0, fmt.Errorf("name: %q lies off the globe; corners go from S90 to N89 and from W180 to E179", name)
	}
	return lat, lon, nil
}

func (s srtm) read(dst []float32, r image.Rectangle) error {
	// Rows that are wanted whole lie side by side in the file.
	rows := 1
	if r.Dx() == s.side {
		rows = min(r.Dy(), 64)
	}
	buf := make([]byte, 2*rows*r.Dx())
	for row := r.Min.Y; row < r.Max.Y; row += rows {
		part := buf[:2*min(rows, r.Max.Y-row)*r.Dx()]
		if err := readFull(s.r, part, 2*(int64(row)*int64(s.side)+int64(r.Min.X))); err != nil {
			return fmt.Errorf("row %d: %w", row, err)
		}
		dst = srtmHeights(dst, part)
	}
	return nil
}

// srtmHeights decodes raw into dst and gives what is left of dst.
func srtmHeights(dst []float32, raw []byte) []float32 {
	for k := 0; k < len(raw); k += 2 {
		h := int16(binary.BigEndian.Uint16(raw[k:]))
		if h == srtmVoid {
			dst[k/2] = nan32
		} else {
			dst[k/2] = float32(h)
		}
	}
	return dst[len(raw)/2:]
}

// readFull fills buf; io.ReaderAt may give io.EOF with the last bytes.
func readFull(r io.ReaderAt, buf []byte, at int64) error {
	n, err := r.ReadAt(buf, at)
	if n == len(buf) {
		return nil
	}
	if err == io.EOF {
		return fmt.Errorf("the file ends at byte %d of %d; fetch it again", at+int64(n), at+int64(len(buf)))
	}
	return err
}
