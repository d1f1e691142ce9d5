package intake

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/net/html/charset"
)

// alert is what we take of a CAP 1.2 message (OASIS, Common Alerting Protocol
// Version 1.2, 2010).
type alert struct {
	XMLName xml.Name  `xml:"alert"`
	Sender  string    `xml:"sender"`
	Sent    string    `xml:"sent"`
	Status  string    `xml:"status"`
	Type    string    `xml:"msgType"`
	Info    []capInfo `xml:"info"`
}

type capInfo struct {
	Event       string    `xml:"event"`
	Certainty   string    `xml:"certainty"`
	SenderName  string    `xml:"senderName"`
	Headline    string    `xml:"headline"`
	Description string    `xml:"description"`
	Instruction string    `xml:"instruction"`
	Onset       string    `xml:"onset"`
	Area        []capArea `xml:"area"`
}

type capArea struct {
	Description string   `xml:"areaDesc"`
	Polygon     []string `xml:"polygon"`
	Circle      []string `xml:"circle"`
}

// readCAP takes each info of an alert as a document. An alert that is not
// actual, such as an exercise, keeps its text but all of it is dropped, with
// the status as the reason.
func readCAP(raw []byte, limits Limits) ([]Document, error) {
	var a alert
	dec := xml.NewDecoder(bytes.NewReader(raw))
	dec.CharsetReader = func(set string, in io.Reader) (io.Reader, error) { return charset.NewReaderLabel(set, in) }
	if err := dec.Decode(&a); err != nil {
		return nil, fmt.Errorf("parse the CAP alert: %w", err)
	}
	if len(a.Info) > limits.Parts {
		return nil, fmt.Errorf("parse the CAP alert: %d infos are more than the limit of %d", len(a.Info), limits.Parts)
	}
	var docs []Document
	for i, info := range a.Info {
		d := info.document()
		d.Author = firstOf(info.SenderName, a.Sender)
		d.Published, _ = time.Parse(time.RFC3339, strings.TrimSpace(a.Sent))
		if status := strings.TrimSpace(a.Status); status != "" && status != "Actual" {
			d.dropAll("the alert's status is " + status)
		}
		if a.Type == "Cancel" {
			d.dropAll("the alert cancels an earlier one")
		}
		d.setPart("info", i, len(a.Info))
		docs = append(docs, d)
	}
	return docs, nil
}

func (c capInfo) document() Document {
	lines := []string{firstOf(c.Headline, c.Event), c.Description, c.Instruction}
	for _, a := range c.Area {
		lines = append(lines, a.Description)
	}
	part := strings.Join(lines, "\n\n")
	d := Document{Format: CAP, SHA256: sum([]byte(part)), Charset: "utf-8", raw: []byte(part)}
	d.setLines(part, Map{[]piece{{0, len(part), 0, len(part)}}})
	d.Title = strings.TrimSpace(lines[0])
	for _, a := range c.Area {
		for _, ring := range a.Polygon {
			d.addArea(pairs(ring))
		}
		for _, circle := range a.Circle {
			d.addPoints(circleMiddle(circle))
		}
	}
	return d
}

// circleMiddle is the "lat,lon" of CAP's "lat,lon radius".
func circleMiddle(circle string) string {
	middle, _, _ := strings.Cut(strings.TrimSpace(circle), " ")
	return middle
}

func (d *Document) dropAll(reason string) {
	for i := range d.Blocks {
		d.Blocks[i].Dropped = reason
	}
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t = strings.TrimSpace(t); t != "" {
			return t
		}
	}
	return ""
}
