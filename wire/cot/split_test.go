package cot

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// cutter is Splitter or Frames.
type cutter interface {
	Feed([]byte)
	Next() ([]byte, error)
}

// cut feeds a stream in pieces and lists what comes out: documents, and
// reasons of refusals after a "!". Refusals of the same reason one after
// another count as one, for garbage is refused piece by piece.
func cut(c cutter, pieces ...[]byte) []string {
	var out []string
	for _, p := range pieces {
		c.Feed(p)
		for {
			doc, err := c.Next()
			if doc == nil && err == nil {
				break
			}
			s := string(doc)
			if err != nil {
				s = "!" + string(ReasonOf(err))
			}
			if err == nil || len(out) == 0 || out[len(out)-1] != s {
				out = append(out, s)
			}
			if ReasonOf(err) == BadFrame {
				return out
			}
		}
	}
	return out
}

const ev1, ev2 = `<event uid="1"></event>`, `<?xml version="1.0"?><event uid="2"><detail><a/></detail></event>`

func TestSplitterCutsAtEveryByte(t *testing.T) {
	stream := []byte("\r\n" + ev1 + "\n <!-- between -->" + ev2 + ev1 + "</event >junk" + ev1 + " \n" + "\xEF\xBB\xBF" + ev2 + "<event uid='3'>")
	want := []string{ev1, "<!-- between -->" + ev2, ev1, "</event>", "!garbage", ev1, ev2}
	for i := range stream {
		if got := cut(&Splitter{}, stream[:i], stream[i:]); !slices.Equal(got, want) {
			t.Fatalf("cut at %d: %q", i, got)
		}
	}
	if got := cut(&Splitter{}, slices.Collect(slices.Chunk(stream, 1))...); !slices.Equal(got, want) {
		t.Errorf("byte by byte: %q", got)
	}
}

func TestSplitterGivesBytesOfTheirOwn(t *testing.T) {
	var s Splitter
	feed := []byte(ev1 + ev2)
	s.Feed(feed)
	first, _ := s.Next()
	clear(feed)
	second, _ := s.Next()
	s.Feed(bytes.Repeat([]byte("x"), 100))
	if string(first) != ev1 || string(second) != ev2 {
		t.Errorf("%q %q", first, second)
	}
}

func TestSplitterRefusesWhatIsTooLargeAndGoesOn(t *testing.T) {
	for _, c := range []struct {
		name, stream string
		want         []string
	}{
		{"one byte too many", mebibyte(MaxEvent+1) + ev1, []string{"!too-large", ev1}},
		{"far too large", mebibyte(5*MaxEvent) + ev1 + ev2, []string{"!too-large", ev1, ev2}},
		{"just right", mebibyte(MaxEvent) + ev1, []string{mebibyte(MaxEvent), ev1}},
		{"no XML", "GET / HTTP/1.1\r\n\r\n" + ev1, []string{"!garbage", ev1}},
		{"protobuf", "\xBF\x05abcde" + ev1, []string{"!garbage", ev1}},
		{"endless end tag", "<event></event" + strings.Repeat(" ", 2*MaxEvent) + ">" + ev1 + ev2, []string{"!too-large", ev2}},
	} {
		for _, size := range []int{1000, 64 << 10, 100 << 20} {
			got := cut(&Splitter{}, slices.Collect(slices.Chunk([]byte(c.stream), size))...)
			if !slices.Equal(got, c.want) {
				t.Errorf("%s by %d: %.80q", c.name, size, got)
			}
		}
	}
}

// TestSplitterLooksOnceAtEachByte would take minutes if it did not.
func TestSplitterLooksOnceAtEachByte(t *testing.T) {
	start := time.Now()
	for _, stream := range []string{
		mebibyte(MaxEvent),
		"<event></event" + strings.Repeat(" ", MaxEvent-20),
		strings.Repeat("</event", MaxEvent/7),
		strings.Repeat(" ", MaxEvent),
		strings.Repeat("x", MaxEvent),
	} {
		cut(&Splitter{}, slices.Collect(slices.Chunk([]byte(stream), 1))...)
	}
	t.Logf("5 MiB byte by byte took %v", time.Since(start))
}

func TestSplitterHoldsNothingWhenIdle(t *testing.T) {
	var s Splitter
	cut(&s, []byte(mebibyte(MaxEvent)))
	if cap(s.buf.b) > keep {
		t.Errorf("holds %d bytes", cap(s.buf.b))
	}
	cut(&s, bytes.Repeat([]byte{' '}, MaxEvent), []byte("<ev"))
	if string(s.Rest()) != "<ev" || s.buf.b != nil {
		t.Error("rest")
	}
}

func TestFramesCutAtEveryByte(t *testing.T) {
	stream := AppendFrame(AppendFrame(AppendFrame(nil, []byte("one")), nil), bytes.Repeat([]byte("x"), 300))
	want := []string{"one", "", strings.Repeat("x", 300)}
	for i := range stream {
		if got := cut(&Frames{}, stream[:i], stream[i:]); !slices.Equal(got, want) {
			t.Fatalf("cut at %d: %q", i, got)
		}
	}
}

func TestFrameThatClaims512MiBCostsNothing(t *testing.T) {
	claim := binary.AppendUvarint([]byte{magic}, 512<<20)
	var f Frames
	if got := cut(&f, claim); !slices.Equal(got, []string{"!too-large"}) {
		t.Fatalf("%q", got)
	}
	chunk := make([]byte, 1<<20)
	if n := testing.AllocsPerRun(10, func() { f.Feed(chunk); f.Next() }); n > 0 {
		t.Errorf("%v allocations for a chunk passed over", n)
	}
	for range 512 - 11 { // AllocsPerRun runs once more to warm up
		f.Feed(chunk)
	}
	if got := cut(&f, AppendFrame(nil, []byte("next"))); !slices.Equal(got, []string{"next"}) {
		t.Errorf("after it: %q", got)
	}
}

func TestWhatIsNoFrameEndsTheStream(t *testing.T) {
	for _, s := range []string{"<event>", "\xBF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", "\xBF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"} {
		var f Frames
		if got := cut(&f, []byte(s)); !slices.Equal(got, []string{"!bad-frame"}) {
			t.Errorf("%q: %q", s, got)
		}
		f.Feed(AppendFrame(nil, []byte("x")))
		if doc, err := f.Next(); doc != nil || ReasonOf(err) != BadFrame {
			t.Errorf("%q: goes on with %q", s, doc)
		}
	}
}

func TestDatagrams(t *testing.T) {
	e := load(t, "soldier.xml")
	payload := mustBytes(t, e)
	for _, b := range [][]byte{e.Raw, AppendDatagram(nil, payload)} {
		m, err := ParseDatagram(bytes.Clone(b))
		if err != nil {
			t.Fatal(err)
		}
		sameViews(t, "datagram", e, m.Event)
	}
	for _, c := range []struct {
		datagram string
		want     Reason
	}{
		{"", Malformed}, {"\xBF", BadFrame}, {"\xBF\x01", BadFrame}, {"\xBF\x01\x00", BadFrame},
		{"\xBF\x02\xBF", BadProtocol}, {"\xBF\x01\xBF\x01", BadProto}, {"\xBF\x01\xBF", ""},
	} {
		if _, err := ParseDatagram([]byte(c.datagram)); ReasonOf(err) != c.want {
			t.Errorf("%q: %v, want %q", c.datagram, err, c.want)
		}
	}
}

// TestPiecesDoNotMatter is a property of both cutters.
func TestPiecesDoNotMatter(t *testing.T) {
	atoms := []string{ev1, ev2, " ", "\n", "<!-- c -->", "</event", " >", ">", "junk", "\xEF\xBB\xBF", "\xEF", "<", "\xBF", "\x03abc", "\xBF\x00"}
	rapid.Check(t, func(t *rapid.T) {
		stream := []byte(strings.Join(rapid.SliceOfN(rapid.SampledFrom(atoms), 0, 30).Draw(t, "stream"), ""))
		pieces := drawPieces(t, stream)
		if got, want := cut(&Splitter{}, pieces...), cut(&Splitter{}, stream); !slices.Equal(got, want) {
			t.Fatalf("events: %q, whole %q", got, want)
		}
		if got, want := cut(&Frames{}, pieces...), cut(&Frames{}, stream); !slices.Equal(got, want) {
			t.Fatalf("frames: %q, whole %q", got, want)
		}
	})
}

func drawPieces(t *rapid.T, stream []byte) [][]byte {
	var pieces [][]byte
	for len(stream) > 0 {
		n := rapid.IntRange(1, len(stream)).Draw(t, "piece")
		pieces = append(pieces, stream[:n])
		stream = stream[n:]
	}
	return pieces
}
