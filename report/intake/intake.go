// Package intake turns what arrives - a web page, plain text, a feed, an
// e-mail, a CAP alert, a SALUTE form - into documents: clean text in blocks,
// of which those that are no part of the story are marked as dropped, with the
// reason.
//
// Spans are byte offsets. A Document's Text is UTF-8 in which apostrophes,
// quotation marks and blanks are the plain ones; Document.Original leads from
// a span of it to the bytes that arrived. Of an e-mail and of a feed "what
// arrived" is the part after its transfer encoding was undone.
//
// Nothing that a document refers to is fetched. Size, depth and count are
// bounded by Limits; what is beyond them is an error. The package holds no
// state and does no I/O.
package intake

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"vedette/geo"
)

// Limits bound what one input may cost.
type Limits struct {
	Bytes    int // of one input, and of one decoded part
	Elements int // of a page; beyond them its body is not looked for, all blocks count
	Parts    int // documents of one input: items of a feed, parts of an e-mail
	Depth    int // of e-mails in e-mails
	Story    int // bytes of the text of a document; what is beyond them is dropped, and says so
}

// DefaultLimits hold any news page: 8 MB, 60,000 elements, 500 parts, stories
// of 200 kB.
func DefaultLimits() Limits {
	return Limits{Bytes: 8 << 20, Elements: 60_000, Parts: 500, Depth: 4, Story: 200_000}
}

// Format is how an input is written.
type Format string

// The formats that Read knows.
const (
	Text  Format = "text"
	HTML  Format = "html"
	Feed  Format = "feed"
	Mail  Format = "mail"
	CAP   Format = "cap"
	Lines Format = "salute"
)

// Span is the half-open range of bytes [Start, End).
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Len is the number of bytes.
func (s Span) Len() int { return s.End - s.Start }

// Holds tells whether t lies in s.
func (s Span) Holds(t Span) bool { return s.Start <= t.Start && t.End <= s.End }

// Block is one headline, paragraph, list entry or cell, in the order in which
// it arrived.
type Block struct {
	Span     Span   `json:"span"` // of Document.Text
	Headline bool   `json:"headline,omitempty"`
	Dropped  string `json:"dropped,omitempty"` // why it is no part of the story; empty: it is
	linked   bool   // nearly all of it is a link
}

// Document is one story, message, alert or form.
type Document struct {
	Source    string        `json:"source"`         // the file
	Part      string        `json:"part,omitempty"` // of the file: "item 3", "part 2"
	Format    Format        `json:"format"`
	SHA256    string        `json:"sha256"` // of the bytes that the spans of the original count in
	Charset   string        `json:"charset"`
	Title     string        `json:"title,omitempty"`
	Publisher string        `json:"publisher,omitempty"`
	Author    string        `json:"author,omitempty"`
	Published time.Time     `json:"published,omitzero"` // as the document says; zero: it does not
	Points    []geo.Point   `json:"points,omitempty"`   // GeoRSS, CAP circles' middles
	Areas     [][]geo.Point `json:"areas,omitempty"`    // CAP and GeoRSS polygons
	Form      *Form         `json:"form,omitempty"`
	Text      string        `json:"text"`
	Blocks    []Block       `json:"blocks"`

	offsets Map
	raw     []byte
	page    bool // it came as HTML
}

// Raw are the bytes that the spans of the original count in. They belong to
// the document.
func (d *Document) Raw() []byte { return d.raw }

func (d *Document) setPart(kind string, i, n int) {
	if n > 1 || kind == "item" {
		d.Part = fmt.Sprintf("%s %d", kind, i+1)
	}
}

// Original is the span of the bytes that arrived from which a span of the
// text was made.
func (d *Document) Original(s Span) Span { return d.offsets.Source(s) }

// Body is the text of the blocks that were kept, each ended by a newline.
func (d *Document) Body() string {
	var b strings.Builder
	for _, block := range d.Blocks {
		if block.Dropped == "" {
			b.WriteString(d.Text[block.Span.Start:block.Span.End])
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// Read decodes one input. The name gives its format by its ending; without a
// telling one the bytes do. A feed and an e-mail give several documents.
func Read(name string, raw []byte, limits Limits) ([]Document, error) {
	if len(raw) > limits.Bytes {
		return nil, fmt.Errorf("read %s: %d bytes are more than the limit of %d", name, len(raw), limits.Bytes)
	}
	docs, err := decode(FormatOf(name, raw), raw, limits)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	for i := range docs {
		docs[i].Source = name
		docs[i].shorten(limits.Story)
	}
	return docs, nil
}

// shorten drops the blocks beyond so many bytes of story.
func (d *Document) shorten(most int) {
	length := 0
	for i := range d.Blocks {
		b := &d.Blocks[i]
		if b.Dropped != "" {
			continue
		}
		if length += b.Span.Len(); length > most {
			b.Dropped = fmt.Sprintf("beyond the first %d bytes of the story", most)
		}
	}
}

func decode(format Format, raw []byte, limits Limits) ([]Document, error) {
	switch format {
	case HTML:
		return []Document{readHTML(raw, "", limits)}, nil
	case Feed:
		return readFeed(raw, limits)
	case Mail:
		return readMail(raw, limits)
	case CAP:
		return readCAP(raw, limits)
	case Lines:
		return readForms(raw), nil
	default:
		return []Document{readText(raw, "")}, nil
	}
}

// FormatOf tells how an input is written.
func FormatOf(name string, raw []byte) Format {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".html", ".htm", ".xhtml":
		return HTML
	case ".eml", ".mbox":
		return Mail
	case ".rss", ".atom":
		return Feed
	case ".cap":
		return CAP
	}
	head := bytes.ToLower(bytes.TrimLeft(raw[:min(len(raw), 4096)], "\ufeff \t\r\n"))
	switch {
	case isCAP(head):
		return CAP
	case isFeed(head):
		return Feed
	case isHTML(head):
		return HTML
	case isMail(head):
		return Mail
	case isForm(raw):
		return Lines
	}
	return Text
}

func isCAP(head []byte) bool {
	return bytes.Contains(head, []byte("urn:oasis:names:tc:emergency:cap"))
}

func isFeed(head []byte) bool {
	if bytes.Contains(head, []byte("<html")) {
		return false
	}
	for _, tag := range []string{"<rss", "<feed", "<rdf:rdf"} {
		if bytes.Contains(head, []byte(tag)) {
			return true
		}
	}
	return false
}

func isHTML(head []byte) bool {
	for _, tag := range []string{"<!doctype html", "<html", "<head", "<body", "<article", "<div", "<p>"} {
		if bytes.HasPrefix(head, []byte(tag)) || bytes.HasPrefix(head, []byte("<!--")) && bytes.Contains(head, []byte(tag)) {
			return true
		}
	}
	return bytes.Contains(head, []byte("<html"))
}

// isMail asks for two header lines of an e-mail before the first empty line.
func isMail(head []byte) bool {
	found := 0
	for line := range bytes.Lines(head) {
		if len(bytes.TrimSpace(line)) == 0 {
			break
		}
		for _, field := range []string{"from:", "to:", "subject:", "date:", "received:", "message-id:", "mime-version:"} {
			if bytes.HasPrefix(line, []byte(field)) {
				found++
			}
		}
	}
	return found >= 2
}

// sum is the SHA-256 of raw in hexadecimal.
func sum(raw []byte) string {
	s := sha256.Sum256(raw)
	return hex.EncodeToString(s[:])
}
