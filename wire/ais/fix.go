package ais

import (
	"strconv"
	"strings"
	"time"

	"vedette/geo"
)

// Fix is what a GNSS receiver says of itself in RMC, GGA or GLL. Each of them
// has only some of these. A receiver that says it has no fix has no position,
// speed or course, whatever stands in the fields.
type Fix struct {
	Clock      Maybe[time.Duration] // UTC since midnight
	Time       Maybe[time.Time]     // RMC only; years 80 to 99 are of the last century
	Position   Maybe[geo.Point]
	Altitude   Maybe[float64] // above mean sea level
	Geoid      Maybe[float64] // mean sea level above the ellipsoid
	Speed      Maybe[float64] // over ground
	Course     Maybe[float64] // over ground, true
	HDOP       Maybe[float64]
	Satellites Maybe[uint8] // in use
	Quality    Maybe[uint8] // GGA: 0 none, 1 GPS, 2 differential, 4 RTK, 5 float, 6 estimated, 7 by hand, 8 simulated
	Mode       string       // RMC, GLL: A autonomous, D differential, E estimated, M by hand, N none, R RTK, F float, S simulated
}

// reads tells whether ParseFix reads a sentence.
func reads(kind string) bool { return kind == "RMC" || kind == "GGA" || kind == "GLL" }

// ParseFix reads RMC, GGA or GLL.
func ParseFix(s Sentence) (*Fix, error) {
	var f [16]string
	n := split(f[:], s.Data)
	r := fields{f: f[:], n: n}
	var fix Fix
	switch s.Type {
	case "RMC":
		r.rmc(&fix)
	case "GGA":
		r.gga(&fix)
	case "GLL":
		r.gll(&fix)
	default:
		return nil, refuse(UnknownSentence, "%s is not read here", s.Type)
	}
	if r.err != nil {
		return nil, r.err
	}
	return &fix, nil
}

// fields reads the fields of a sentence and keeps the first error.
type fields struct {
	f   []string
	n   int
	err *Error
}

func (r *fields) bad(i int, what string) {
	if r.err == nil {
		r.err = refuse(BadField, "field %d, %s: %.20q", i+1, what, r.f[i])
	}
}

func (r *fields) atLeast(n int) bool {
	if r.n < n {
		r.err = refuse(Truncated, "%d fields; at least %d", r.n, n)
	}
	return r.n >= n
}

func (r *fields) rmc(fix *Fix) {
	if !r.atLeast(9) {
		return
	}
	fix.Clock = r.clock(0)
	fix.Position = r.point(2)
	fix.Speed = times(r.decimal(6, "speed"), knot)
	fix.Course = r.course(7)
	if date := r.date(8); date.Known && fix.Clock.Known {
		fix.Time = Some(date.Value.Add(fix.Clock.Value))
	}
	fix.Mode = r.f[11]
	if r.f[1] != "A" || fix.Mode == "N" {
		fix.withoutFix()
	}
}

func (r *fields) gga(fix *Fix) {
	if !r.atLeast(9) {
		return
	}
	fix.Clock = r.clock(0)
	fix.Position = r.point(1)
	fix.Quality = r.small(5, "quality")
	fix.Satellites = r.small(6, "satellites")
	fix.HDOP = r.decimal(7, "HDOP")
	fix.Altitude = r.decimal(8, "altitude")
	fix.Geoid = r.decimal(10, "geoid")
	if !fix.Quality.Known || fix.Quality.Value == 0 {
		fix.withoutFix()
	}
}

func (r *fields) gll(fix *Fix) {
	if !r.atLeast(6) {
		return
	}
	fix.Position = r.point(0)
	fix.Clock = r.clock(4)
	fix.Mode = r.f[6]
	if r.f[5] != "A" || fix.Mode == "N" {
		fix.withoutFix()
	}
}

func (fix *Fix) withoutFix() {
	fix.Position, fix.Altitude = Maybe[geo.Point]{}, Maybe[float64]{}
	fix.Speed, fix.Course = Maybe[float64]{}, Maybe[float64]{}
}

func times(v Maybe[float64], by float64) Maybe[float64] {
	v.Value *= by
	return v
}

// decimal reads a plain number: a sign, digits, a point, digits.
func (r *fields) decimal(i int, what string) Maybe[float64] {
	s := r.f[i]
	if s == "" {
		return Maybe[float64]{}
	}
	digits := strings.TrimPrefix(s, "-")
	whole, part, _ := strings.Cut(digits, ".")
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !onlyDigits(whole) || !onlyDigits(part) {
		r.bad(i, what)
		return Maybe[float64]{}
	}
	return Some(v)
}

func onlyDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func (r *fields) small(i int, what string) Maybe[uint8] {
	if r.f[i] == "" {
		return Maybe[uint8]{}
	}
	v, err := strconv.ParseUint(r.f[i], 10, 8)
	if err != nil {
		r.bad(i, what)
		return Maybe[uint8]{}
	}
	return Some(uint8(v))
}

func (r *fields) course(i int) Maybe[float64] {
	v := r.decimal(i, "course")
	if v.Known && (v.Value < 0 || v.Value > 360) {
		r.bad(i, "course")
	}
	if v.Value == 360 {
		v.Value = 0
	}
	return v
}

// point reads latitude, N or S, longitude, E or W.
func (r *fields) point(i int) Maybe[geo.Point] {
	if r.f[i] == "" && r.f[i+2] == "" {
		return Maybe[geo.Point]{}
	}
	p := geo.Point{Lat: r.angle(i, "N", "S"), Lon: r.angle(i+2, "E", "W")}
	if !p.Valid() {
		r.bad(i, "position beyond the Earth")
	}
	return Some(p)
}

// angle reads degrees and minutes, (d)ddmm.mmm, and the half of the globe.
func (r *fields) angle(i int, positive, negative string) float64 {
	v := r.decimal(i, "latitude or longitude")
	degrees := float64(int(v.Value / 100))
	minutes := v.Value - 100*degrees
	if !v.Known || v.Value < 0 || v.Value > 18000 || minutes >= 60 {
		r.bad(i, "latitude or longitude")
		return 0
	}
	switch r.f[i+1] {
	case positive:
		return degrees + minutes/60
	case negative:
		return -degrees - minutes/60
	}
	r.bad(i+1, positive+" or "+negative)
	return 0
}

// clock reads hhmmss.sss.
func (r *fields) clock(i int) Maybe[time.Duration] {
	s := r.f[i]
	if s == "" {
		return Maybe[time.Duration]{}
	}
	hms, fraction, _ := strings.Cut(s, ".")
	h, m, sec, ok := pairs(hms)
	if !ok || h > 23 || m > 59 || sec > 60 || len(fraction) > 9 || !onlyDigits(fraction) {
		r.bad(i, "time")
		return Maybe[time.Duration]{}
	}
	nanos := 0
	for k := range 9 {
		nanos *= 10
		if k < len(fraction) {
			nanos += int(fraction[k] - '0')
		}
	}
	return Some(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(sec)*time.Second + time.Duration(nanos))
}

// pairs reads six digits as three numbers.
func pairs(s string) (a, b, c int, ok bool) {
	if len(s) != 6 || !onlyDigits(s) {
		return 0, 0, 0, false
	}
	two := func(i int) int { return int(s[i]-'0')*10 + int(s[i+1]-'0') }
	return two(0), two(2), two(4), true
}

// date reads ddmmyy.
func (r *fields) date(i int) Maybe[time.Time] {
	if r.f[i] == "" {
		return Maybe[time.Time]{}
	}
	day, month, year, ok := pairs(r.f[i])
	year += 2000
	if year >= 2080 {
		year -= 100
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if !ok || int(t.Month()) != month || t.Day() != day {
		r.bad(i, "date")
		return Maybe[time.Time]{}
	}
	return Some(t)
}
