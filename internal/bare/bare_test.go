package bare

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	stdjpeg "image/jpeg"
	stdpng "image/png"
	"io"
	"slices"
	"strings"
	"testing"
)

// secret stands in everything that must not be in what comes out.
const secret = "taken at 34.40N 41.00E by somebody"

func drawn() image.Image {
	img := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range 40 * 30 {
		img.Set(i%40, i/40, color.RGBA{uint8(i * 7), uint8(i * 3), uint8(i), 255})
	}
	return img
}

func plainJPEG(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := stdjpeg.Encode(&b, drawn(), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func plainPNG(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := stdpng.Encode(&b, drawn()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func segment(marker byte, body string) []byte {
	b := []byte{0xff, marker, 0, 0}
	binary.BigEndian.PutUint16(b[2:], uint16(len(body)+2))
	return append(b, body...)
}

// turned is metadata of a camera held upright: orientation 6, and more.
func turned(order binary.AppendByteOrder, mark string) string {
	b := []byte("Exif\x00\x00" + mark)
	b = order.AppendUint16(b, 42)
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	for _, entry := range [][2]uint16{{0x010f, 1}, {tagOrientation, 6}} {
		b = order.AppendUint16(b, entry[0])
		b = order.AppendUint16(b, 3)
		b = order.AppendUint32(b, 1)
		b = order.AppendUint16(b, entry[1])
		b = append(b, 0, 0)
	}
	return string(b) + "\x00\x00\x00\x00" + secret
}

func dressedJPEG(t testing.TB, metadata string) []byte {
	plain := plainJPEG(t)
	head := slices.Concat(plain[:2], segment(app0, "JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00"+secret), segment(app1, metadata),
		segment(app1, "http://ns.adobe.com/xap/1.0/\x00"+secret), segment(0xe2, "MPF\x00"+secret), segment(0xed, "Photoshop 3.0\x00"+secret), segment(com, secret))
	return slices.Concat(head, plain[2:], []byte(secret+"\xff\xd8 a film behind the picture"))
}

func chunk(name, body string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(b, name+body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func dressedPNG(t testing.TB) []byte {
	plain := plainPNG(t)
	const header = 8 + 25
	return slices.Concat(plain[:header], chunk("tEXt", "Author\x00"+secret), chunk("eXIf", secret), chunk("iTXt", secret),
		chunk("zzZz", secret), chunk("gAMA", "\x00\x00\xb1\x8f"), plain[header:], []byte(secret))
}

func TestJPEGKeepsThePixelsAndNothingElse(t *testing.T) {
	for name, metadata := range map[string]string{
		"a Canon":                  turned(binary.LittleEndian, "II"),
		"a Nikon":                  turned(binary.BigEndian, "MM"),
		"metadata that breaks off": "Exif\x00\x00II\x2a\x00\x08\x00\x00\x00\x09\x00" + secret[:8],
	} {
		t.Run(name, func(t *testing.T) {
			in := dressedJPEG(t, metadata)
			var out bytes.Buffer
			if err := JPEG(&out, bytes.NewReader(in)); err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(out.Bytes(), []byte(secret[:8])) {
				t.Error("the secret is still in it")
			}
			samePixels(t, in, out.Bytes())
			if upright := bytes.Contains(out.Bytes(), upright(6)); upright != strings.Contains(metadata, secret) {
				t.Errorf("the way up is there: %v", upright)
			}
			var again bytes.Buffer
			if err := JPEG(&again, bytes.NewReader(out.Bytes())); err != nil || !bytes.Equal(again.Bytes(), out.Bytes()) {
				t.Errorf("a bare picture changes when it is laid bare again: %v", err)
			}
		})
	}
}

func TestPNGKeepsThePixelsAndNothingElse(t *testing.T) {
	in := dressedPNG(t)
	var out bytes.Buffer
	if err := PNG(&out, bytes.NewReader(in)); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(out.Bytes(), []byte(secret)) {
		t.Error("the secret is still in it")
	}
	if !bytes.Contains(out.Bytes(), []byte("gAMA")) {
		t.Error("how the colours are meant was left out")
	}
	samePixels(t, in, out.Bytes())
}

func samePixels(t *testing.T, a, b []byte) {
	t.Helper()
	first, _, err := image.Decode(bytes.NewReader(a))
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for y := range first.Bounds().Dy() {
		for x := range first.Bounds().Dx() {
			if first.At(x, y) != second.At(x, y) {
				t.Fatalf("the pixel at %d, %d is %v, was %v", x, y, second.At(x, y), first.At(x, y))
			}
		}
	}
}

func TestWhatBreaksOffIsAnError(t *testing.T) {
	for name, c := range map[string]struct {
		do    func(io.Writer, io.Reader) error
		whole []byte
	}{"JPEG": {JPEG, plainJPEG(t)}, "PNG": {PNG, plainPNG(t)}} {
		for n := range len(c.whole) {
			if c.do(io.Discard, bytes.NewReader(c.whole[:n])) == nil {
				t.Errorf("%s: the first %d of %d bytes pass for a picture", name, n, len(c.whole))
			}
		}
	}
	bad := plainPNG(t)
	bad[len(bad)-20] ^= 1
	if PNG(io.Discard, bytes.NewReader(bad)) == nil {
		t.Error("a PNG with a flipped bit passes")
	}
	big := slices.Concat(plainPNG(t)[:33], chunk("tRNS", strings.Repeat(secret, 100)))
	if PNG(io.Discard, bytes.NewReader(big)) == nil {
		t.Error("a transparency of three kilobytes passes")
	}
}

func FuzzJPEG(f *testing.F) {
	f.Add(plainJPEG(f))
	f.Add(dressedJPEG(f, turned(binary.LittleEndian, "II")))
	f.Fuzz(func(t *testing.T, b []byte) { bareOnce(t, JPEG, b) })
}

func FuzzPNG(f *testing.F) {
	f.Add(plainPNG(f))
	f.Add(dressedPNG(f))
	f.Fuzz(func(t *testing.T, b []byte) { bareOnce(t, PNG, b) })
}

// bareOnce checks that what comes out is no longer, and is bare.
func bareOnce(t *testing.T, do func(io.Writer, io.Reader) error, b []byte) {
	var out, again bytes.Buffer
	if do(&out, bytes.NewReader(b)) != nil {
		return
	}
	if out.Len() > len(b)+64 {
		t.Fatalf("%d bytes became %d", len(b), out.Len())
	}
	if err := do(&again, bytes.NewReader(out.Bytes())); err != nil || !bytes.Equal(again.Bytes(), out.Bytes()) {
		t.Fatalf("laid bare again it is another: %v", err)
	}
}
