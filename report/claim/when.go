package claim

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"vedette/report/intake"
)

// When is a time as a text says it.
type When struct {
	Text  string `json:"text,omitempty"`
	From  string `json:"from,omitempty"` // first and last day, YYYY-MM-DD; a form's may have a time
	To    string `json:"to,omitempty"`
	Known bool   `json:"known"`
	Note  string `json:"note,omitempty"` // why it is not known, or how it was

	span     intake.Span
	from, to time.Time
	dated    bool // the text itself names a year
}

var (
	months = map[string]time.Month{
		"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
	}
	weekdays = map[string]time.Weekday{
		"sunday": 0, "monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6,
		"الاحد": 0, "الأحد": 0, "الاثنين": 1, "الإثنين": 1, "الثلاثاء": 2, "الاربعاء": 3, "الأربعاء": 3, "الخميس": 4, "الجمعة": 5, "السبت": 6,
	}
	monthName = `(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?`
	dtgTime   = regexp.MustCompile(`(?i)\b(\d{2})(\d{2})(\d{2})([A-Z])\s*(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\s*(\d{4}|\d{2})\b`)
	isoDate   = regexp.MustCompile(`\b(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::\d{2})?(Z)?)?\b`)
	dayMonth  = regexp.MustCompile(`(?i)\b(\d{1,2})(?:st|nd|rd|th)?(?: of)? ` + monthName + `(?:,? (\d{4}))?\b`)
	monthDay  = regexp.MustCompile(`(?i)\b` + monthName + ` (\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?\b`)
	partYear  = regexp.MustCompile(`(?i)\b(early|mid|late|the end of|the beginning of|the start of)[ -](?:in )?((?:19|20)\d{2})\b`)
	monthYear = regexp.MustCompile(`(?i)\b` + monthName + `(?: of)? ((?:19|20)\d{2})\b`)
	bareYear  = regexp.MustCompile(`(?i)\b(?:in|since|until|during|of) ((?:19|20)\d{2})\b`)
	weekday   = regexp.MustCompile(`(?i)\b(?:(last|next) )?(sunday|monday|tuesday|wednesday|thursday|friday|saturday)\b|(الأحد|الاحد|الاثنين|الإثنين|الثلاثاء|الأربعاء|الاربعاء|الخميس|الجمعة|السبت)`)
	relative  = regexp.MustCompile(`(?i)\b(today|yesterday|tomorrow|tonight|last night|this morning|throughout the day|during the day|overnight|last week|last month|last year|(?:(\d+|two|three|four|five|six|seven) (days?|weeks?|months?|years?) ago)|(?:for|in recent) (?:days|weeks|months))\b|اليوم|امس|أمس`)
)

// whenIn finds the time that a sentence gives. Of several kinds the first of
// the list below counts: the plainest.
func whenIn(text string, s intake.Span, published time.Time) When {
	part := text[s.Start:s.End]
	for _, read := range []func(string, time.Time) (When, []int){
		readDTG, readISO, readDayMonth, readMonthDay, readPartYear, readMonthYear, readBareYear, readWeekday, readRelative,
	} {
		w, at := read(part, published)
		if at == nil {
			continue
		}
		w.Text, w.span = part[at[0]:at[1]], intake.Span{Start: s.Start + at[0], End: s.Start + at[1]}
		return w.settled()
	}
	return When{Note: "not said"}
}

func (w When) settled() When {
	if !w.from.IsZero() && w.From == "" {
		w.Known = true
		w.From, w.To = w.from.Format(time.DateOnly), w.to.Format(time.DateOnly)
	}
	return w
}

func days(from, to time.Time) When { return When{from: from, to: to} }

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func monthOf(s string) time.Month { return months[strings.ToLower(s[:min(3, len(s))])] }

// readDTG reads a military date-time group: "011030Z NOV 18".
func readDTG(s string, _ time.Time) (When, []int) {
	m := dtgTime.FindStringSubmatchIndex(s)
	if m == nil {
		return When{}, nil
	}
	f := parts(s, m)
	year := number(f[6])
	if year < 100 {
		year += 2000
	}
	t := time.Date(year, monthOf(f[5]), number(f[1]), number(f[2]), number(f[3]), 0, 0, time.UTC)
	w := When{From: t.Format("2006-01-02T15:04"), To: t.Format("2006-01-02T15:04"), Known: true, from: t, to: t, dated: true}
	if !strings.EqualFold(f[4], "Z") {
		w.Note = "in zone " + strings.ToUpper(f[4])
	} else {
		w.From, w.To = w.From+"Z", w.To+"Z"
	}
	return w, m[:2]
}

func readISO(s string, _ time.Time) (When, []int) {
	m := isoDate.FindStringSubmatchIndex(s)
	if m == nil {
		return When{}, nil
	}
	f := parts(s, m)
	d := day(number(f[1]), time.Month(number(f[2])), number(f[3]))
	w := days(d, d)
	w.dated = true
	if f[4] != "" {
		w.Known, w.From = true, f[1]+"-"+f[2]+"-"+f[3]+"T"+f[4]+":"+f[5]+f[6]
		w.To = w.From
	}
	return w, m[:2]
}

func readDayMonth(s string, published time.Time) (When, []int) {
	m := dayMonth.FindStringSubmatchIndex(s)
	if m == nil {
		return When{}, nil
	}
	f := parts(s, m)
	return dayOf(f[1], f[2], f[3], published), m[:2]
}

func readMonthDay(s string, published time.Time) (When, []int) {
	m := monthDay.FindStringSubmatchIndex(s)
	if m == nil {
		return When{}, nil
	}
	f := parts(s, m)
	return dayOf(f[2], f[1], f[3], published), m[:2]
}

// dayOf is a day; without a year it is the last such day before publication.
func dayOf(d, m, y string, published time.Time) When {
	if y == "" && published.IsZero() {
		return When{Note: "it needs a date of publication to tell the year"}
	}
	year := number(y)
	if y == "" {
		year = published.Year()
		if day(year, monthOf(m), number(d)).After(published.AddDate(0, 1, 0)) {
			year--
		}
	}
	w := days(day(year, monthOf(m), number(d)), day(year, monthOf(m), number(d)))
	w.dated = y != ""
	return w
}

func readPartYear(s string, _ time.Time) (When, []int) {
	m := partYear.FindStringSubmatchIndex(s)
	if m == nil {
		return When{}, nil
	}
	f := parts(s, m)
	y := number(f[2])
	var w When
	switch strings.ToLower(f[1]) {
	case "early", "the beginning of", "the start of":
		w = days(day(y, 1, 1), day(y, 4, 30))
	case "mid":
		w = days(day(y, 5, 1), day(y, 8, 31))
	default:
		w = days(day(y, 9, 1), day(y, 12, 31))
	}
	w.dated = true
	return w, m[:2]
}

func readMonthYear(s string, _ time.Time) (When, []int) {
	m := monthYear.FindStringSubmatchIndex(s)
	if m == nil {
		return When{}, nil
	}
	f := parts(s, m)
	first := day(number(f[2]), monthOf(f[1]), 1)
	w := days(first, first.AddDate(0, 1, -1))
	w.dated = true
	return w, m[:2]
}

func readBareYear(s string, _ time.Time) (When, []int) {
	m := bareYear.FindStringSubmatchIndex(s)
	if m == nil {
		return When{}, nil
	}
	y := number(parts(s, m)[1])
	w := days(day(y, 1, 1), day(y, 12, 31))
	w.dated = true
	return w, m[:2]
}

const needsDate = "it needs a date of publication"

// readWeekday takes a weekday as the last one before publication, or the day
// of publication itself.
func readWeekday(s string, published time.Time) (When, []int) {
	m := weekday.FindStringSubmatchIndex(s)
	if m == nil {
		return When{}, nil
	}
	if published.IsZero() {
		return When{Note: needsDate}, m[:2]
	}
	f := parts(s, m)
	want := weekdays[strings.ToLower(f[2]+f[3])]
	back := (int(published.Weekday()) - int(want) + 7) % 7
	at := midnight(published).AddDate(0, 0, -back)
	switch {
	case strings.EqualFold(f[1], "last") && back == 0:
		at = at.AddDate(0, 0, -7)
	case strings.EqualFold(f[1], "next"):
		at = at.AddDate(0, 0, 7)
	}
	return days(at, at), m[:2]
}

func midnight(t time.Time) time.Time { return day(t.Year(), t.Month(), t.Day()) }

func readRelative(s string, published time.Time) (When, []int) {
	m := relative.FindStringSubmatchIndex(s)
	if m == nil {
		return When{}, nil
	}
	if published.IsZero() {
		return When{Note: needsDate}, m[:2]
	}
	f := parts(s, m)
	on := midnight(published)
	back := func(n int) When { d := on.AddDate(0, 0, -n); return days(d, d) }
	switch word := strings.ToLower(f[0]); {
	case f[2] != "":
		return ago(on, f[2], f[3]), m[:2]
	case word == "yesterday" || word == "last night" || word == "امس" || word == "أمس":
		return back(1), m[:2]
	case word == "overnight":
		return days(on.AddDate(0, 0, -1), on), m[:2]
	case word == "tomorrow":
		return back(-1), m[:2]
	case word == "last week":
		return days(on.AddDate(0, 0, -13), on.AddDate(0, 0, -1)), m[:2]
	case word == "last month":
		return days(on.AddDate(0, -2, 0), on.AddDate(0, 0, -1)), m[:2]
	case word == "last year":
		return days(day(on.Year()-1, 1, 1), day(on.Year()-1, 12, 31)), m[:2]
	case strings.HasSuffix(word, "days"):
		return days(on.AddDate(0, 0, -14), on), m[:2]
	case strings.HasSuffix(word, "weeks"):
		return days(on.AddDate(0, 0, -70), on), m[:2]
	case strings.HasSuffix(word, "months"):
		return days(on.AddDate(0, -12, 0), on), m[:2]
	}
	return back(0), m[:2]
}

var smallNumbers = map[string]int{"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}

func ago(on time.Time, n, unit string) When {
	count := smallNumbers[strings.ToLower(n)]
	if count == 0 {
		count = min(number(n), 1000)
	}
	switch strings.ToLower(unit)[0] {
	case 'd':
		return days(on.AddDate(0, 0, -count), on.AddDate(0, 0, -count))
	case 'w':
		return days(on.AddDate(0, 0, -7*count-3), on.AddDate(0, 0, -7*count+3))
	case 'm':
		return days(on.AddDate(0, -count, -15), on.AddDate(0, -count, 15))
	}
	return days(day(on.Year()-count, 1, 1), day(on.Year()-count, 12, 31))
}

func parts(s string, m []int) []string {
	out := make([]string, len(m)/2)
	for i := range out {
		if m[2*i] >= 0 {
			out[i] = s[m[2*i]:m[2*i+1]]
		}
	}
	return out
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
