package cot

import (
	"bytes"
	"encoding/xml"
	"testing"
)

// The soldier is what a phone sends every few seconds.

func BenchmarkParse(b *testing.B) {
	for _, file := range []string{"soldier.xml", "chat.xml", "route.xml"} {
		doc := bytes.TrimSpace(events(b)[file])
		b.Run(file, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(doc); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("1MiB", func(b *testing.B) {
		doc := []byte(mebibyte(MaxEvent))
		b.SetBytes(int64(len(doc)))
		for b.Loop() {
			if _, err := Parse(doc); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkStandardXML is the standard library reading the same, into nothing.
func BenchmarkStandardXML(b *testing.B) {
	doc := bytes.TrimSpace(events(b)["soldier.xml"])
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		d := xml.NewDecoder(bytes.NewReader(doc))
		for {
			if _, err := d.RawToken(); err != nil {
				break
			}
		}
	}
}

func BenchmarkSplitter(b *testing.B) {
	doc := bytes.TrimSpace(events(b)["soldier.xml"])
	stream := bytes.Repeat(doc, 100)
	b.SetBytes(int64(len(stream)))
	b.ReportAllocs()
	var s Splitter
	for b.Loop() {
		for from := 0; from < len(stream); from += 4096 {
			s.Feed(stream[from:min(from+4096, len(stream))])
			for doc, _ := s.Next(); doc != nil; doc, _ = s.Next() {
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(100*b.N), "ns/event")
}

func BenchmarkFrames(b *testing.B) {
	stream := bytes.Repeat(AppendFrame(nil, mustBytes(b, load(b, "soldier.xml"))), 100)
	b.SetBytes(int64(len(stream)))
	b.ReportAllocs()
	var f Frames
	for b.Loop() {
		for from := 0; from < len(stream); from += 4096 {
			f.Feed(stream[from:min(from+4096, len(stream))])
			for doc, _ := f.Next(); doc != nil; doc, _ = f.Next() {
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(100*b.N), "ns/event")
}

func BenchmarkParseMessage(b *testing.B) {
	payload := mustBytes(b, load(b, "soldier.xml"))
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseMessage(payload); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendXML(b *testing.B) {
	e := load(b, "soldier.xml")
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst, _ = e.AppendXML(dst[:0])
	}
	b.SetBytes(int64(len(dst)))
}

func BenchmarkAppendMessage(b *testing.B) {
	e := load(b, "soldier.xml")
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst, _ = AppendMessage(dst[:0], Message{Event: e})
	}
	b.SetBytes(int64(len(dst)))
}

func BenchmarkDests(b *testing.B) {
	e := load(b, "soldier.xml")
	b.ReportAllocs()
	for b.Loop() {
		e.Detail.Dests()
	}
}
