package adsb

import (
	"math"
	"strconv"
	"strings"
	"time"

	"vedette/geo"
)

// SBS is one MSG line of the BaseStation format. A line has only what its kind
// tells: 1 the callsign, 2 a position on the ground, 3 one in the air, 4 the
// velocity, 5 an altitude, 6 a squawk, 7 an altitude, 8 nothing.
type SBS struct {
	Kind     uint8 // 1 to 8
	Address  uint32
	Foreign  bool             // ~ stands before the address: ICAO did not give it
	Heard    Maybe[time.Time] // as UTC, though a receiver may write its local time
	Callsign string
	Altitude Maybe[float64]
	Ground   Maybe[float64] // speed over ground
	Track    Maybe[float64]
	Position Maybe[geo.Point]
	Climb    Maybe[float64]
	Squawk   Maybe[Squawk]
	// Alert, Emergency, Ident and OnGround are absent where the line leaves them out.
	Alert, Emergency, Ident, OnGround Maybe[bool]
}

// columns of a line; the first ten are its kind, numbers of the program that
// wrote it, the address, and the times of hearing and of writing.
const (
	colKind, colAddress, colDate, colTime = 1, 4, 6, 7
	colCallsign, colAltitude, colGround   = 10, 11, 12
	colTrack, colLat, colLon, colClimb    = 13, 14, 15, 16
	colSquawk, colAlert, colEmergency     = 17, 18, 19
	colIdent, colOnGround, columns        = 20, 21, 22
)

// ParseSBS reads a MSG line. Lines of other kinds (SEL, ID, AIR, STA, CLK) are
// refused as UnknownType.
func ParseSBS(line string) (*SBS, error) {
	if len(line) > MaxLine {
		return nil, refuse(TooLong, "a line of %d bytes; at most %d are read", len(line), MaxLine)
	}
	var r row
	rest, more := strings.TrimSpace(line), true
	n := 0
	for ; more; n++ {
		var field string
		field, rest, more = strings.Cut(rest, ",")
		if n < columns {
			r.f[n] = strings.TrimSpace(field)
		}
	}
	switch r.f[0] {
	case "MSG":
	case "SEL", "ID", "AIR", "STA", "CLK":
		return nil, refuse(UnknownType, "%s lines are not read here", r.f[0])
	default:
		return nil, refuse(BadFormat, "an SBS line begins with MSG, not %.10q", r.f[0])
	}
	if n != columns {
		return nil, refuse(BadFormat, "%d fields; %d", n, columns)
	}
	m := r.message()
	if r.err != nil {
		return nil, r.err
	}
	return m, nil
}

// row reads the fields of a line and keeps the first error.
type row struct {
	f   [columns]string
	err *Error
}

func (r *row) bad(i int, what string) {
	if r.err == nil {
		r.err = refuse(BadField, "field %d, %s: %.30q", i+1, what, r.f[i])
	}
}

func (r *row) message() *SBS {
	m := &SBS{Callsign: r.f[colCallsign]}
	kind, err := strconv.ParseUint(r.f[colKind], 10, 8)
	if err != nil || kind < 1 || kind > 8 {
		r.bad(colKind, "kind of message, 1 to 8")
	}
	m.Kind = uint8(kind)
	var ok bool
	if m.Address, m.Foreign, ok = parseAddress(r.f[colAddress]); !ok {
		r.bad(colAddress, "address")
	}
	if len(m.Callsign) > 8 {
		r.bad(colCallsign, "callsign")
	}
	m.Heard = r.when()
	m.Altitude = r.number(colAltitude, "altitude", foot)
	m.Ground = r.number(colGround, "speed", knot)
	m.Track = r.number(colTrack, "track", 1)
	m.Climb = r.number(colClimb, "vertical rate", fpm)
	m.Position = r.point()
	m.Squawk = r.squawk()
	m.Alert, m.Emergency = r.flag(colAlert), r.flag(colEmergency)
	m.Ident, m.OnGround = r.flag(colIdent), r.flag(colOnGround)
	return m
}

// parseAddress reads six hexadecimal digits, with ~ before those that ICAO did
// not give.
func parseAddress(s string) (address uint32, foreign, ok bool) {
	digits, foreign := strings.CutPrefix(s, "~")
	v, err := strconv.ParseUint(digits, 16, 24)
	return uint32(v), foreign, err == nil && len(digits) == 6
}

func (r *row) when() Maybe[time.Time] {
	if r.f[colDate] == "" || r.f[colTime] == "" {
		return Maybe[time.Time]{}
	}
	t, err := time.Parse("2006/01/02 15:04:05.999", r.f[colDate]+" "+r.f[colTime])
	if err != nil {
		r.bad(colTime, "date and time")
		return Maybe[time.Time]{}
	}
	return Some(t)
}

func (r *row) number(i int, what string, unit float64) Maybe[float64] {
	if r.f[i] == "" {
		return Maybe[float64]{}
	}
	v, err := strconv.ParseFloat(r.f[i], 64)
	if err != nil || math.IsNaN(v) || math.Abs(v) > 1e6 {
		r.bad(i, what)
		return Maybe[float64]{}
	}
	return Some(v * unit)
}

func (r *row) point() Maybe[geo.Point] {
	lat, lon := r.number(colLat, "latitude", 1), r.number(colLon, "longitude", 1)
	if !lat.Known || !lon.Known {
		return Maybe[geo.Point]{}
	}
	p := geo.Point{Lat: lat.Value, Lon: lon.Value}
	if !p.Valid() {
		r.bad(colLat, "position beyond the Earth")
	}
	return Some(p)
}

func (r *row) squawk() Maybe[Squawk] {
	if r.f[colSquawk] == "" {
		return Maybe[Squawk]{}
	}
	s, ok := parseSquawk(r.f[colSquawk])
	if !ok {
		r.bad(colSquawk, "squawk, four digits 0 to 7")
	}
	return Some(s)
}

func parseSquawk(s string) (Squawk, bool) {
	v, err := strconv.ParseUint(s, 8, 12)
	return Squawk(v), err == nil && len(s) == 4
}

func (r *row) flag(i int) Maybe[bool] {
	switch r.f[i] {
	case "":
		return Maybe[bool]{}
	case "0":
		return Some(false)
	case "1", "-1":
		return Some(true)
	}
	r.bad(i, "flag, 0, 1 or -1")
	return Maybe[bool]{}
}

// Line writes an SBS line without its end: whole feet and feet per minute,
// tenths of knots and degrees, positions to 1e-5 degrees.
func (m *SBS) Line() string {
	var f [columns]string
	f[0], f[colKind] = "MSG", strconv.Itoa(int(m.Kind))
	f[2], f[3], f[5] = "1", "1", "1"
	f[colAddress] = hexAddress(m.Address, m.Foreign)
	if m.Heard.Known {
		f[colDate], f[colTime] = m.Heard.Value.UTC().Format("2006/01/02"), m.Heard.Value.UTC().Format("15:04:05.000")
		f[8], f[9] = f[colDate], f[colTime]
	}
	f[colCallsign] = m.Callsign
	f[colAltitude], f[colClimb] = decimal(m.Altitude, foot, 0), decimal(m.Climb, fpm, 0)
	f[colGround], f[colTrack] = decimal(m.Ground, knot, 1), decimal(m.Track, 1, 1)
	if m.Position.Known {
		f[colLat] = strconv.FormatFloat(m.Position.Value.Lat, 'f', 5, 64)
		f[colLon] = strconv.FormatFloat(m.Position.Value.Lon, 'f', 5, 64)
	}
	if m.Squawk.Known {
		f[colSquawk] = m.Squawk.Value.String()
	}
	for i, v := range [...]Maybe[bool]{m.Alert, m.Emergency, m.Ident, m.OnGround} {
		if v.Known {
			f[colAlert+i] = map[bool]string{true: "-1", false: "0"}[v.Value]
		}
	}
	return strings.Join(f[:], ",")
}

func hexAddress(address uint32, foreign bool) string {
	s := strings.ToUpper(strconv.FormatUint(uint64(address|1<<24), 16))[1:]
	if foreign {
		return "~" + s
	}
	return s
}

func decimal(v Maybe[float64], unit float64, digits int) string {
	if !v.Known {
		return ""
	}
	return strconv.FormatFloat(v.Value/unit, 'f', digits, 64)
}
