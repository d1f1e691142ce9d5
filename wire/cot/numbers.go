package cot

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// parseNumber reads a decimal, with an exponent if it must; anything else,
// "Infinity" and hexadecimal too, is NaN.
func parseNumber(s string) float64 {
	s = strings.TrimSpace(s)
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return math.NaN()
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

// appendNumber writes a finite number as the shortest decimal that reads back
// as the same, without an exponent.
func appendNumber(dst []byte, v float64) []byte {
	return strconv.AppendFloat(dst, v, 'f', -1, 64)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// exactNumber reads a decimal only where writing it again gives the same
// number to the last digit.
func exactNumber(s string) (float64, bool) {
	v := parseNumber(s)
	if !finite(v) {
		return 0, false
	}
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	var buf [32]byte
	return v, string(appendNumber(buf[:0], v)) == s
}

// parseTime reads a time of XML Schema with its zone; the zero time is what
// cannot be read.
func parseTime(s string) time.Time {
	if t, ok := parseZulu(s); ok {
		return t
	}
	t, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(s))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// parseZulu reads 2026-11-25T15:48:33Z and the same with milliseconds, which
// is nearly all there is, without the generality of time.Parse.
func parseZulu(s string) (time.Time, bool) {
	const layout = "0000-00-00T00:00:00"
	if len(s) != len(layout)+1 && len(s) != len(layout)+5 || s[len(s)-1] != 'Z' {
		return time.Time{}, false
	}
	for i := range len(layout) {
		if c := layout[i]; c == '0' && (s[i] < '0' || s[i] > '9') || c != '0' && s[i] != c {
			return time.Time{}, false
		}
	}
	milli := 0
	if len(s) > len(layout)+1 {
		v, err := strconv.ParseUint(s[20:23], 10, 32)
		if s[19] != '.' || err != nil {
			return time.Time{}, false
		}
		milli = int(v)
	}
	month, day := digits(s[5:7]), digits(s[8:10])
	hour, minute, second := digits(s[11:13]), digits(s[14:16]), digits(s[17:19])
	if hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	t := time.Date(digits(s[:4]), time.Month(month), day, hour, minute, second, milli*1e6, time.UTC)
	_, m, d := t.Date()
	return t, int(m) == month && d == day // else there is no such day
}

// digits reads digits that have been looked at.
func digits(s string) int {
	v := 0
	for i := range len(s) {
		v = 10*v + int(s[i]-'0')
	}
	return v
}

// appendTime writes milliseconds, and more only where there is more.
func appendTime(dst []byte, t time.Time) []byte {
	if subMilli(t) {
		return t.UTC().AppendFormat(dst, time.RFC3339Nano)
	}
	return t.UTC().AppendFormat(dst, "2006-01-02T15:04:05.000Z")
}

func subMilli(t time.Time) bool { return t.Nanosecond()%1e6 != 0 }

// The times that both forms can hold.
var (
	firstTime = time.UnixMilli(1)
	lastTime  = time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
)

func timeHolds(t time.Time) bool { return !t.Before(firstTime) && !t.After(lastTime) }
