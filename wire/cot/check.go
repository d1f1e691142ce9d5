package cot

import "fmt"

// MaxUID is the length of the longest uid that Check lets pass, in bytes.
const MaxUID = 512

// Check tells what of e cannot be: all of it, each with a Reason to count, and
// nothing where e may go on. It knows no clock: whether an event is late is
// for the receiver to say.
func (e *Event) Check() []*Refusal {
	var found []*Refusal
	add := func(wrong bool, reason Reason, format string, args ...any) {
		if wrong {
			found = append(found, &Refusal{reason, -1, fmt.Sprintf(format, args...)})
		}
	}
	add(e.UID == "", NoUID, "event has no uid")
	add(len(e.UID) > MaxUID, LongUID, "the uid has %d bytes, over %d", len(e.UID), MaxUID)
	add(e.Type == "", NoType, "event has no type")
	add(!typeLike(e.Type), BadType, "type %.80q holds characters other than letters, digits, -, . and _", e.Type)

	p := e.Point
	add(!(p.Lat >= -90 && p.Lat <= 90), BadLat, "lat %v is not within -90 and 90", p.Lat)
	add(!(p.Lon >= -180 && p.Lon <= 180), BadLon, "lon %v is not within -180 and 180", p.Lon)
	add(!finite(p.HAE), BadNumber, "hae is missing or no number")
	add(!finite(p.CE) || p.CE < 0, BadNumber, "ce is missing, no number or below 0")
	add(!finite(p.LE) || p.LE < 0, BadNumber, "le is missing, no number or below 0")

	add(!timeHolds(e.Time), BadTime, "time is missing or unreadable, or not in the years 1970 to 9999")
	add(!timeHolds(e.Start), BadTime, "start is missing or unreadable, or not in the years 1970 to 9999")
	add(!timeHolds(e.Stale), BadTime, "stale is missing or unreadable, or not in the years 1970 to 9999")
	add(timeHolds(e.Stale) && e.Stale.Before(e.Start), StaleFirst, "stale is before start")
	return found
}

// typeLike tells whether s may be a type: a-f-G-U-C, b-m-p-s-p-i, y, and what
// programs make up.
func typeLike(s string) bool {
	for i := range len(s) {
		if b := s[i]; b >= 0x80 || b == ':' || class[b]&nameByte == 0 {
			return false
		}
	}
	return true
}
