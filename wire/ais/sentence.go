package ais

import (
	"strconv"
	"strings"
	"time"
)

// Tag is what a receiver or a relay says of a sentence, in a tag block before
// it (NMEA 4) or in the comment of the United States Coast Guard behind it.
type Tag struct {
	Source string           // the station that heard it, as it is written; may be empty
	Time   Maybe[time.Time] // when it was heard
	Group  string           // part-count-id, of a group of sentences
}

// Sentence is one line whose checksum adds up.
type Sentence struct {
	Tag    Tag
	Start  byte   // '!' for AIS, '$' for the rest
	Talker string // AI, GP, GN ...
	Type   string // VDM, VDO, RMC ...
	Data   string // the fields, with commas between
}

// ParseSentence takes a line apart. White space around it is ignored, and so
// is a comment behind the checksum that is none of the Coast Guard's. The
// parts of the sentence are parts of line. BenchmarkReader gives the cost.
func ParseSentence(line string) (Sentence, error) {
	var s Sentence
	if len(line) > MaxLine {
		return s, refuse(TooLong, "a line of %d bytes; at most %d are read", len(line), MaxLine)
	}
	line = strings.TrimSpace(line)
	line, err := s.Tag.cut(line)
	if err != nil {
		return s, err
	}
	if line == "" || (line[0] != '!' && line[0] != '$') {
		return s, refuse(NotSentence, "a sentence begins with $ or !")
	}
	body, comment, err := checked(line[1:])
	if err != nil {
		return s, err
	}
	s.Tag.comment(comment)
	s.Start = line[0]
	head, data, _ := strings.Cut(body, ",")
	s.Data = data
	return s, s.name(head)
}

// name splits AIVDM into AI and VDM, and PGRME into P and GRME.
func (s *Sentence) name(head string) error {
	for i := range len(head) {
		if c := head[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return refuse(BadField, "the name of the sentence: %q", head)
		}
	}
	switch {
	case len(head) > 1 && head[0] == 'P':
		s.Talker, s.Type = head[:1], head[1:]
	case len(head) == 5:
		s.Talker, s.Type = head[:2], head[2:]
	default:
		return refuse(BadField, "the name of the sentence: %q; five letters or digits", head)
	}
	return nil
}

// checked splits text*hh into the text and what follows, when hh is the
// exclusive or of the text.
func checked(text string) (body, rest string, err error) {
	star := strings.IndexByte(text, '*')
	if star < 0 || len(text) < star+3 {
		return "", "", refuse(NoChecksum, "* and two hexadecimal digits are missing")
	}
	want, err := strconv.ParseUint(text[star+1:star+3], 16, 8)
	if err != nil {
		return "", "", refuse(NoChecksum, "%q are no hexadecimal digits", text[star+1:star+3])
	}
	if got := checksum(text[:star]); got != byte(want) {
		return "", "", refuse(BadChecksum, "the text gives %02X, the line says %02X", got, want)
	}
	return text[:star], text[star+3:], nil
}

func checksum(text string) byte {
	var x byte
	for i := range len(text) {
		x ^= text[i]
	}
	return x
}

// cut takes the tag blocks off the beginning of a line. A later one overrules.
func (t *Tag) cut(line string) (string, error) {
	for strings.HasPrefix(line, `\`) {
		block, rest, found := strings.Cut(line[1:], `\`)
		if !found {
			return "", refuse(BadTag, `a tag block ends with \`)
		}
		body, _, err := checked(block)
		if err != nil {
			return "", err
		}
		for body != "" {
			var field string
			field, body, _ = strings.Cut(body, ",")
			t.set(field)
		}
		line = rest
	}
	return line, nil
}

func (t *Tag) set(field string) {
	name, value, _ := strings.Cut(field, ":")
	switch name {
	case "s":
		t.Source = value
	case "c":
		t.Time = unix(value)
	case "g":
		t.Group = value
	}
}

// comment reads ",s28089,d-103,r08TPHI1,1242958962": the station begins with r
// or b, the last number is the time. It does not overrule a tag block.
func (t *Tag) comment(text string) {
	if !strings.HasPrefix(text, ",") {
		return
	}
	for text = text[1:]; text != ""; {
		var field string
		field, text, _ = strings.Cut(text, ",")
		switch {
		case field == "":
		case (field[0] == 'r' || field[0] == 'b') && t.Source == "":
			t.Source = field
		case text == "" && !t.Time.Known:
			t.Time = unix(field)
		}
	}
}

// unix reads seconds or, from 100,000,000,000 on, milliseconds since 1970.
func unix(text string) Maybe[time.Time] {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || n <= 0 || n >= 1e14:
		return Maybe[time.Time]{}
	case n >= 1e11:
		return Some(time.UnixMilli(n).UTC())
	}
	return Some(time.Unix(n, 0).UTC())
}

// Line writes a sentence as a line with its checksum, without an end of line;
// source and time make a tag block.
func (s Sentence) Line() string {
	body := s.Talker + s.Type + "," + s.Data
	return s.Tag.block() + string(s.Start) + body + sum(body)
}

func (t Tag) block() string {
	var fields []string
	if t.Group != "" {
		fields = append(fields, "g:"+t.Group)
	}
	if t.Source != "" {
		fields = append(fields, "s:"+t.Source)
	}
	if t.Time.Known {
		fields = append(fields, "c:"+strconv.FormatInt(t.Time.Value.Unix(), 10))
	}
	if fields == nil {
		return ""
	}
	body := strings.Join(fields, ",")
	return `\` + body + sum(body) + `\`
}

func sum(body string) string {
	const hex = "0123456789ABCDEF"
	x := checksum(body)
	return string([]byte{'*', hex[x>>4], hex[x&15]})
}

// split cuts data at its commas into dst and tells how many fields there are.
// Fields beyond dst are counted only.
func split(dst []string, data string) int {
	n := 0
	for more := true; more; n++ {
		var field string
		field, data, more = strings.Cut(data, ",")
		if n < len(dst) {
			dst[n] = field
		}
	}
	return n
}
