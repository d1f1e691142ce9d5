package intake

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The reasons for which the shape of blocks drops them.
const (
	separator = "a separator"
	afterMark = "after a separator, and nothing there is a paragraph"
	teasers   = "one of a run of lines that end no sentence: headlines of other stories"
	linkList  = "one of a list of links"
	furniture = "a credit, a date line or a call of the page"
	oneLink   = "a link to another page"
)

// shape is what a block looks like, whatever it says.
type shape struct {
	words     int
	ends      bool    // ends a sentence
	dashed    bool    // ends in a dash
	titled    float64 // share of its longer words that begin with a capital
	sentences int
	paragraph bool // long enough, and ends a sentence
	linked    bool
	mark      bool // nothing but punctuation
	quoted    bool // begins and ends with a quotation mark
	entry     bool // begins with a bullet or a number
	tabular   bool // half of its words are numbers
	key       string
}

// screen drops what is no part of the story by its shape: runs of lines that
// are headlines of other stories, what stands behind the last separator, lists
// of links. A single line without a full stop, such as a headline between
// paragraphs, stays.
func (d *Document) screen() {
	d.Blocks = unwrap(d.Text, d.Blocks)
	var at []int
	var shapes []shape
	for i := range d.Blocks {
		if b := &d.Blocks[i]; b.Dropped == "" {
			at = append(at, i)
			s := shapeOf(d.Text[b.Span.Start:b.Span.End])
			s.linked = b.linked
			shapes = append(shapes, s)
		}
	}
	reasons := screened(shapes)
	for k, i := range at {
		if reasons[k] == "" {
			reasons[k] = d.loneReason(d.Blocks[i], shapes[k])
		}
		if reasons[k] != "" && !d.Blocks[i].Headline {
			d.Blocks[i].Dropped = reasons[k]
		}
	}
}

// calls are how the lines begin that a page, and not its story, says.
var calls = regexp.MustCompile(`(?i)^(advertisements?$|advert$|sponsored|photos?( by|:| credit)|image( \d|:| credit|$)|share (this|on|via)|share$|tweet$|print$|email$|` +
	`read (more|also|next)|also read|see also|related( articles| stories|:|$)|recommended|more (from|on):|sign up|subscribe|newsletter|click here|follow us|` +
	`copyright|©|\(c\) ?\d{4}|all rights reserved|\(?(updated|published|posted|last modified)\b[^.]{0,60}$|by [^.]{0,40}$|file photo|getty images|watch:|video:|listen:|loading|comments?$|\d+ comments?$)`)

// loneReason drops single blocks of a page: its calls, and blocks that are
// nothing but a link and no sentence. In plain text all lines are the writer's.
func (d *Document) loneReason(b Block, s shape) string {
	switch {
	case !d.page:
		return ""
	case b.linked && !s.ends && s.words > 1:
		return oneLink
	case s.words <= 25 && calls.MatchString(d.Text[b.Span.Start:b.Span.End]):
		return furniture
	}
	return ""
}

// screened gives the reason for which each block is dropped; empty: it stays.
func screened(shapes []shape) []string {
	reasons := make([]string, len(shapes))
	for i, s := range shapes {
		if s.mark {
			reasons[i] = separator
		}
	}
	dropTail(shapes, reasons)
	for from := 0; from < len(shapes); {
		to := runEnd(shapes, from)
		if to-from >= 3 {
			dropRun(shapes, reasons, from, to)
		}
		from = max(to, from+1)
	}
	return reasons
}

// dropTail drops what stands behind a separator where no paragraph follows.
func dropTail(shapes []shape, reasons []string) {
	for i, s := range shapes {
		if !s.mark || i == 0 {
			continue
		}
		tail := shapes[i+1:]
		short := 0
		for _, t := range tail {
			if !t.paragraph || t.dashed {
				short++
			}
		}
		if len(tail) >= 2 && short == len(tail) {
			for k := range tail {
				setReason(reasons, i+1+k, afterMark)
			}
			return
		}
	}
}

// runEnd is the end of the run of lines from a block that look like
// headlines. A line that ends a sentence, as a question does, belongs to the
// run where it is short and headlines stand on both sides.
func runEnd(shapes []shape, from int) int {
	to := from
	for to < len(shapes) {
		s := shapes[to]
		switch {
		case s.headline():
			to++
		case to > from && s.words <= 22 && s.sentences <= 1 && s.loose() && to+1 < len(shapes) && shapes[to+1].headline():
			to++
		default:
			return to
		}
	}
	return to
}

// headline tells whether the block looks like the headline of a story.
func (s shape) headline() bool {
	return !s.mark && s.words > 0 && s.words <= 30 && (!s.ends || s.dashed || s.linked)
}

// loose tells whether a block that ends a sentence may yet be a headline.
func (s shape) loose() bool { return !s.quoted }

// dropRun drops a run of three or more where there is a sign that its lines
// are headlines: they end in dashes, they are links, or they have the length
// of headlines and are written in title case, stand at the end, or are many.
func dropRun(shapes []shape, reasons []string, from, to int) {
	t := tally(shapes[from:to])
	reason := teasers
	if t.linked*10 >= t.n*7 {
		reason = linkList
	}
	if !t.foreign(to == len(shapes)) {
		return
	}
	for i := from; i < to; i++ {
		setReason(reasons, i, reason)
	}
}

// runTally counts what the lines of a run look like.
type runTally struct {
	n, dashed, titled, linked, entries, short, tabular, again, words int
}

func tally(run []shape) runTally {
	t := runTally{n: len(run)}
	seen := map[string]bool{}
	for _, s := range run {
		t.again += count(seen[s.key])
		seen[s.key] = true
		t.short += count(s.words <= 3)
		t.tabular += count(s.tabular)
		t.dashed += count(s.dashed)
		t.titled += count(s.titled >= 0.7)
		t.linked += count(s.linked)
		t.entries += count(s.entry)
		t.words += s.words
	}
	return t
}

// foreign tells whether a run is one of headlines of other stories.
func (t runTally) foreign(last bool) bool {
	mean := float64(t.words) / float64(t.n)
	titled := t.titled*10 >= t.n*6
	switch {
	case t.dashed*2 > t.n || t.linked*10 >= t.n*7:
		return true
	case t.entries*2 > t.n || mean < 4.5 || mean > 16:
		return false
	case last && t.n >= 12 && mean < 12 && t.tabular*10 < t.n*3 && t.again*10 < t.n*3:
		return true
	case t.short*10 > t.n*3 || t.tabular*10 > t.n*3 || t.again*10 > t.n:
		return false // a list or a table: headlines are longer, and none comes twice
	case last:
		return titled || t.n >= 6
	}
	return titled && t.n >= 6 || t.n >= 10
}

func setReason(reasons []string, i int, reason string) {
	if reasons[i] == "" {
		reasons[i] = reason
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func shapeOf(text string) shape {
	words := strings.Fields(text)
	s := shape{words: len(words), ends: endsSentence(text), mark: isMark(text)}
	if s.mark {
		return s
	}
	s.dashed = endsInDash(text)
	s.titled = titleShare(words)
	s.sentences = len(Sentences(text))
	s.paragraph = s.ends && s.words >= 12
	s.quoted = strings.HasPrefix(text, `"`) && strings.HasSuffix(text, `"`)
	s.entry = isEntry(text)
	s.tabular = isTabular(words)
	s.key = squeeze(text)
	return s
}

// isMark tells whether a text is nothing but punctuation.
func isMark(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) < 0
}

func isTabular(words []string) bool {
	numbers := 0
	for _, w := range words {
		numbers += count(strings.Trim(w, "0123456789.,:%$-+/()") == "")
	}
	return numbers*2 >= len(words)
}

func isEntry(text string) bool {
	r, size := utf8.DecodeRuneInString(text)
	switch r {
	case '•', '*', '-', '–', '—', '·', '▪', '●', '■':
		return len(text) > size
	}
	head, _, _ := strings.Cut(text, " ")
	digits := strings.TrimRight(head, ".):")
	return digits != "" && digits != head && strings.Trim(digits, "0123456789") == ""
}

func endsInDash(text string) bool {
	for _, dash := range []string{" -", " –", " —", " --"} {
		if strings.HasSuffix(text, dash) {
			return true
		}
	}
	return false
}

// endsSentence tells whether a text ends as a sentence does; closing quotation
// marks and brackets after the end do not matter. A colon ends one too: what
// follows belongs to it.
func endsSentence(text string) bool {
	text = strings.TrimRight(text, ` "')]}»”`)
	if strings.HasSuffix(text, "...") {
		return false
	}
	r, _ := utf8.DecodeLastRuneInString(text)
	return strings.ContainsRune(".!?:;؟۔。！？", r)
}

// titleShare is the share of the words of four letters or more that begin with
// a capital; the first word does not count. 0 for scripts without capitals.
func titleShare(words []string) float64 {
	long, capital := 0, 0
	for i, w := range words {
		w = strings.Trim(w, `"'(),.:;!?`)
		if i == 0 || utf8.RuneCountInString(w) < 4 {
			continue
		}
		long++
		if r, _ := utf8.DecodeRuneInString(w); unicode.IsUpper(r) {
			capital++
		}
	}
	if long == 0 {
		return 0
	}
	return float64(capital) / float64(long)
}
