package cot

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCheckTellsWhatCannotBe(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(e *Event)
		want   []Reason
	}{
		{"nothing", func(*Event) {}, nil},
		{"latitude 123", func(e *Event) { e.Point.Lat = 123 }, []Reason{BadLat}},
		{"longitude 181", func(e *Event) { e.Point.Lon = -181 }, []Reason{BadLon}},
		{"no place", func(e *Event) { e.Point = unreadPoint() }, []Reason{BadLat, BadLon, BadNumber, BadNumber, BadNumber}},
		{"infinitely high", func(e *Event) { e.Point.HAE = math.Inf(1) }, []Reason{BadNumber}},
		{"an error below zero", func(e *Event) { e.Point.CE = -1 }, []Reason{BadNumber}},
		{"no uid", func(e *Event) { e.UID = "" }, []Reason{NoUID}},
		{"an endless uid", func(e *Event) { e.UID = strings.Repeat("x", 513) }, []Reason{LongUID}},
		{"no type", func(e *Event) { e.Type = "" }, []Reason{NoType}},
		{"a strange type", func(e *Event) { e.Type = "a f" }, []Reason{BadType}},
		{"no times", func(e *Event) { e.Time, e.Start, e.Stale = time.Time{}, time.Time{}, time.Time{} }, []Reason{BadTime, BadTime, BadTime}},
		{"stale before start", func(e *Event) { e.Stale = e.Start.Add(-1) }, []Reason{StaleFirst}},
		{"stale at start", func(e *Event) { e.Stale = e.Start }, nil},
		{"no fix", func(e *Event) { e.Point = NoPoint() }, nil},
	} {
		e := load(t, "soldier.xml")
		c.change(e)
		var got []Reason
		for _, f := range e.Check() {
			got = append(got, f.Reason)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestUnreadableNumbersAndTimesAreToldByCheck(t *testing.T) {
	for _, lat := range []string{"", "12,5", "0x1p3", "Infinity", "NaN", "1e999", "1_0"} {
		if v := parseNumber(lat); !math.IsNaN(v) {
			t.Errorf("%q is read as %v", lat, v)
		}
	}
	for _, s := range []string{"", "now", "2018-11-26", "2018-13-26T00:00:00Z", "2018-02-30T00:00:00Z", "2018-11-26T24:00:00Z", "2018-11-26T05:31:07", "2018-11-26T05:31:07.x12Z"} {
		if v := parseTime(s); !v.IsZero() {
			t.Errorf("%q is read as %v", s, v)
		}
	}
}

func TestTimesAreReadWithTheirZone(t *testing.T) {
	for s, want := range map[string]string{
		"2018-11-26T05:31:07Z":           "2018-11-26T05:31:07.000Z",
		"2018-11-26T05:31:07.4Z":         "2018-11-26T05:31:07.400Z",
		"2018-11-26T05:31:07.412Z":       "2018-11-26T05:31:07.412Z",
		"2018-11-26T05:31:07.412345Z":    "2018-11-26T05:31:07.412345Z",
		"2018-11-26T08:31:07.412+03:00":  "2018-11-26T05:31:07.412Z",
		" 2018-11-26T05:31:07.000-00:00": "2018-11-26T05:31:07.000Z",
		"2016-02-29T23:59:59.999Z":       "2016-02-29T23:59:59.999Z",
	} {
		if got := string(appendTime(nil, parseTime(s))); got != want {
			t.Errorf("%s: %s, want %s", s, got, want)
		}
	}
}

func TestRefusalsSayWhereAndWhy(t *testing.T) {
	_, err := Parse([]byte("<event uid=1></event>"))
	if got, want := fmt.Sprint(err), "cot: malformed at byte 11: a value without quotes"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if ReasonOf(fmt.Errorf("client: %w", err)) != Malformed || ReasonOf(errors.New("x")) != "" || ReasonOf(nil) != "" {
		t.Error("reasons")
	}
	e := load(t, "soldier.xml")
	e.Point.Lat = 123
	if got, want := e.Check()[0].Error(), "cot: bad-lat: lat 123 is not within -90 and 90"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
