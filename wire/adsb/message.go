package adsb

import (
	"encoding/binary"
	"math"
)

// Header is what all messages have.
type Header struct {
	Format  uint8  // the downlink format, DF
	Address uint32 // 24 bits
	Whole   bool   // parity proves that the message came whole; else Address is a guess
	Foreign bool   // Address is not one that ICAO gave: it is anonymous, or a station's own
}

// Head gives the head of any message.
func (h Header) Head() Header { return h }

// Message is one of *AllCall, *Reply, *Identification, *Surface, *Airborne,
// *Velocity, *Status and *Other.
type Message interface{ Head() Header }

// AllCall is a squitter or reply that tells the address only: DF 11.
type AllCall struct {
	Header
	Capability   uint8
	Interrogator uint8 // 0 for a squitter
}

// Reply is an answer to radar (DF 4, 5, 20, 21) or to another aircraft (DF 0, 16).
type Reply struct {
	Header
	Altitude Maybe[float64] // barometric; not in DF 5 and 21
	Squawk   Maybe[Squawk]  // DF 5 and 21
	OnGround Maybe[bool]
	Alert    bool
	Ident    bool   // the pilot has pressed the button (SPI)
	Callsign string // DF 20 and 21, when the content looks like register 2,0; else empty
}

// Identification is the name of a flight: type codes 1 to 4.
type Identification struct {
	Header
	Category string // A0 to D7: A1 light, A5 heavy, A7 rotorcraft ...
	Callsign string // empty when it has characters that no callsign has
}

// Surface is a position on the ground: type codes 5 to 8.
type Surface struct {
	Header
	Speed    Maybe[float64] // over ground; 90 means 175 knots or more
	Track    Maybe[float64]
	Position CPR
}

// Airborne is a position in the air: type codes 0, 9 to 18 and 20 to 22.
type Airborne struct {
	Header
	Altitude  Maybe[float64]
	GNSS      bool // the altitude is above the ellipsoid, not barometric
	Alert     bool // an emergency, or the squawk has changed
	Ident     bool
	Position  Maybe[CPR] // absent in type code 0
	TypeCode  uint8      // tells how well the position is known
	Timestamp bool       // the position is of a whole fifth of a second of UTC
}

// Velocity is type code 19. It has either a ground speed and a track, or an
// airspeed and a heading.
type Velocity struct {
	Header
	Ground       Maybe[float64]
	Track        Maybe[float64]
	Air          Maybe[float64]
	True         bool // the airspeed is true, not indicated
	Heading      Maybe[float64]
	Climb        Maybe[float64]
	Barometric   bool           // the source of Climb
	GNSSOverBaro Maybe[float64] // metres by which the GNSS altitude is above the barometric one
}

// Status is an emergency and the squawk: type code 28, subtype 1.
type Status struct {
	Header
	Emergency uint8 // 0 none, 1 general, 2 medical, 3 fuel, 4 no radio, 5 unlawful interference, 6 downed
	Squawk    Squawk
}

// Other is a message that came whole and has no fields here.
type Other struct {
	Header
	TypeCode uint8
}

// Decode reads a frame of Mode S.
func Decode(f *Frame) (Message, error) {
	if f.n != 7 && f.n != 14 {
		return nil, refuse(UnknownType, "%d bytes: Mode A/C has no address", f.n)
	}
	h := Header{Format: f.data[0] >> 3}
	if h.Format >= 24 {
		h.Format = 24
	}
	if long := h.Format >= 16; long != (f.n == 14) {
		return nil, refuse(BadLength, "DF %d in %d bytes", h.Format, f.n)
	}
	rest := remainder(f.Bytes())
	switch h.Format {
	case 0, 4, 5, 16, 20, 21:
		h.Address = rest
		return reply(h, f), nil
	case 11:
		return allCall(h, f, rest)
	case 17, 18:
		if rest != 0 {
			return nil, refuse(BadParity, "DF %d leaves %06X", h.Format, rest)
		}
		return squitter(h, f)
	}
	return nil, refuse(UnknownType, "DF %d is not read here", h.Format)
}

// codes is one more than the highest code of an interrogator, laid over the
// last bits of parity.
const codes = 80

func allCall(h Header, f *Frame, rest uint32) (Message, error) {
	if rest >= codes {
		return nil, refuse(BadParity, "DF 11 leaves %06X, which is no interrogator", rest)
	}
	// With a code over the parity, noise passes 80 times as often.
	h.Address, h.Whole = f.address(), rest == 0
	return &AllCall{h, f.data[0] & 7, uint8(rest)}, nil
}

// address is the announced one.
func (f *Frame) address() uint32 { return binary.BigEndian.Uint32(f.data[:4]) & 0xFFFFFF }

func reply(h Header, f *Frame) Message {
	r := &Reply{Header: h}
	code := binary.BigEndian.Uint16(f.data[2:]) & 0x1FFF
	if h.Format == 5 || h.Format == 21 {
		r.Squawk = Some(squawk(code))
	} else {
		r.Altitude = altitude13(code)
	}
	if h.Format == 0 || h.Format == 16 {
		r.OnGround = Some(f.data[0]&4 != 0)
		return r
	}
	r.flight(f.data[0] & 7)
	if h.Format >= 20 && f.data[4] == 0x20 {
		r.Callsign = callsign(f.content())
	}
	return r
}

// flight reads the status of a flight (ICAO Annex 10 volume IV, 3.1.2.6.5.1).
func (r *Reply) flight(status uint8) {
	if status <= 3 {
		r.OnGround = Some(status == 1 || status == 3)
	}
	r.Alert = status >= 2 && status <= 4
	r.Ident = status == 4 || status == 5
}

// content is the 56 bits in the middle of a long frame, at the low end.
func (f *Frame) content() uint64 { return binary.BigEndian.Uint64(f.data[3:]) & (1<<56 - 1) }

// bitsOf are bits of the content, the first of its 56 being 1, as in the
// standards.
func bitsOf(content uint64, first, width int) uint64 {
	return content >> (57 - first - width) & (1<<width - 1)
}

// callsign reads eight characters from the last 48 bits of the content.
func callsign(content uint64) string {
	var name [8]byte
	for i := range name {
		c := letters[bitsOf(content, 9+6*i, 6)]
		if c == '#' {
			return ""
		}
		name[i] = c
	}
	end := len(name)
	for end > 0 && name[end-1] == ' ' {
		end--
	}
	return string(name[:end])
}

// squitter reads DF 17, and those of DF 18 that are laid out alike.
func squitter(h Header, f *Frame) (Message, error) {
	h.Address, h.Whole = f.address(), true
	if h.Format == 18 {
		// 0 and 1 are ADS-B without a transponder, 2 and 5 fine TIS-B, 6 ADS-R.
		switch control := f.data[0] & 7; control {
		case 0, 2, 6:
		case 1, 5:
			h.Foreign = true
		default:
			return nil, refuse(UnknownType, "DF 18 of control field %d is not read here", control)
		}
	}
	c := f.content()
	switch code := uint8(bitsOf(c, 1, 5)); {
	case code >= 1 && code <= 4:
		category := string([]byte{'A' + 4 - code, '0' + byte(bitsOf(c, 6, 3))})
		return &Identification{h, category, callsign(c)}, nil
	case code >= 5 && code <= 8:
		return surface(h, c), nil
	case code <= 18 || code >= 20 && code <= 22:
		return airborne(h, c, code), nil
	case code == 19 && bitsOf(c, 6, 3) >= 1 && bitsOf(c, 6, 3) <= 4:
		return velocity(h, c), nil
	case code == 28 && bitsOf(c, 6, 3) == 1:
		return &Status{h, uint8(bitsOf(c, 9, 3)), squawk(uint16(bitsOf(c, 12, 13)))}, nil
	default:
		return &Other{h, code}, nil
	}
}

func cprOf(c uint64, surface bool) CPR {
	return CPR{Odd: bitsOf(c, 22, 1) == 1, Surface: surface, Lat: uint32(bitsOf(c, 23, 17)), Lon: uint32(bitsOf(c, 40, 17))}
}

func surface(h Header, c uint64) Message {
	m := &Surface{Header: h, Position: cprOf(c, true), Speed: movement(bitsOf(c, 6, 7))}
	if bitsOf(c, 13, 1) == 1 {
		m.Track = Some(float64(bitsOf(c, 14, 7)) * 360 / 128)
	}
	return m
}

// movements are the steps of the speed on the ground, in knots: from a code
// on, at a speed, by a step (RTCA DO-260B, table 2-17).
var movements = [...]struct {
	code        uint64
	start, step float64
}{{109, 100, 5}, {94, 70, 2}, {39, 15, 1}, {13, 2, 0.5}, {9, 1, 0.25}, {2, 0.125, 0.125}, {1, 0, 0}}

func movement(code uint64) Maybe[float64] {
	if code > 124 {
		return Maybe[float64]{}
	}
	for _, m := range movements {
		if code >= m.code {
			return Some((m.start + float64(code-m.code)*m.step) * knot)
		}
	}
	return Maybe[float64]{}
}

func airborne(h Header, c uint64, code uint8) Message {
	status := bitsOf(c, 6, 2)
	m := &Airborne{Header: h, GNSS: code >= 20, Alert: status == 1 || status == 2, Ident: status == 3,
		TypeCode: code, Timestamp: bitsOf(c, 21, 1) == 1}
	m.Altitude = altitude12(uint16(bitsOf(c, 9, 12)))
	if code != 0 {
		m.Position = Some(cprOf(c, false))
	}
	return m
}

func velocity(h Header, c uint64) Message {
	m := &Velocity{Header: h, Barometric: bitsOf(c, 36, 1) == 1}
	subtype := bitsOf(c, 6, 3)
	unit := knot
	if subtype == 2 || subtype == 4 {
		unit = 4 * knot
	}
	if subtype <= 2 {
		m.overGround(c, unit)
	} else {
		m.throughAir(c, unit)
	}
	if v := bitsOf(c, 38, 9); v > 0 {
		m.Climb = Some(signed(bitsOf(c, 37, 1), float64(v-1)*64*fpm))
	}
	if v := bitsOf(c, 50, 7); v > 0 {
		m.GNSSOverBaro = Some(signed(bitsOf(c, 49, 1), float64(v-1)*25*foot))
	}
	return m
}

func signed(sign uint64, v float64) float64 {
	if sign == 1 {
		return -v
	}
	return v
}

func (m *Velocity) overGround(c uint64, unit float64) {
	east, north := bitsOf(c, 15, 10), bitsOf(c, 26, 10)
	if east == 0 || north == 0 {
		return
	}
	x := signed(bitsOf(c, 14, 1), float64(east-1)*unit)
	y := signed(bitsOf(c, 25, 1), float64(north-1)*unit)
	m.Ground = Some(math.Hypot(x, y))
	if x != 0 || y != 0 {
		m.Track = Some(math.Mod(math.Atan2(x, y)*180/math.Pi+360, 360))
	}
}

func (m *Velocity) throughAir(c uint64, unit float64) {
	if bitsOf(c, 14, 1) == 1 {
		m.Heading = Some(float64(bitsOf(c, 15, 10)) * 360 / 1024)
	}
	m.True = bitsOf(c, 25, 1) == 1
	if v := bitsOf(c, 26, 10); v > 0 {
		m.Air = Some(float64(v-1) * unit)
	}
}
