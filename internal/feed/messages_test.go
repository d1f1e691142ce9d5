package feed

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math"
	"testing"
	"time"

	"vedette/geo"
	"vedette/wire/adsb"
	"vedette/wire/ais"
)

// place is where the i-th thing of a test is.
func place(i int) geo.Point {
	return geo.Point{Lat: 34 + float64(i%1000)/1000, Lon: 41 + float64(i%7)/100}
}

// nmea writes a message as lines.
func nmea(t testing.TB, m ais.Message) []byte {
	t.Helper()
	p, err := ais.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, s := range ais.Sentences(&p, false, "A", 1) {
		b.WriteString(s.Line() + "\r\n")
	}
	return b.Bytes()
}

func shipAt(t testing.TB, i int) []byte {
	return nmea(t, &ais.ClassA{
		Header: ais.Header{Type: 1, MMSI: 211000000 + uint32(i)}, Second: 60, Status: 0,
		Motion: ais.Motion{Position: ais.Some(place(i)), Accurate: true, Speed: ais.Some(5.0), Course: ais.Some(90.0)},
	})
}

func planeLine(i int) []byte {
	m := adsb.SBS{Kind: 3, Address: 0x400000 + uint32(i), Position: adsb.Some(place(i)), Altitude: adsb.Some(3048.0)}
	return []byte(m.Line() + "\r\n")
}

func planeDocument(i int) []byte {
	at := place(i)
	return fmt.Appendf(nil, `{"now":%d,"aircraft":[{"hex":"%06x","flight":"TEST1   ","lat":%v,"lon":%v,"seen_pos":0.1,"seen":0.1,"alt_baro":10000,"alt_geom":10250,"gs":250,"track":90}]}`,
		time.Now().Unix(), 0x400000+i, at.Lat, at.Lon)
}

func eventAt(i int) []byte {
	at := place(i)
	now := time.Now().UTC()
	return fmt.Appendf(nil, `<event version="2.0" uid="UNIT-%d" type="a-f-G-U-C" how="m-g" time="%s" start="%s" stale="%s"><point lat="%v" lon="%v" hae="200" ce="5" le="9999999"/><detail><contact callsign="RAVEN"/></detail></event>`,
		i, stamp(now), stamp(now), stamp(now.Add(time.Minute)), at.Lat, at.Lon)
}

func stamp(t time.Time) string { return t.Format("2006-01-02T15:04:05.000Z") }

func jsonAt(i int) []byte {
	return fmt.Appendf(nil, `{"id":"unit-%d","lat_deg":%v,"lon_deg":%v}`, i, place(i).Lat, place(i).Lon)
}

// squitter makes a frame of DF 17 that carries a message of 56 bits, with its
// parity.
func squitter(t testing.TB, address uint32, message uint64) adsb.Frame {
	t.Helper()
	b := make([]byte, 14)
	b[0] = 17<<3 | 5
	b[1], b[2], b[3] = byte(address>>16), byte(address>>8), byte(address)
	for i := range 7 {
		b[4+i] = byte(message >> (8 * (6 - i)))
	}
	parity := crc24(b[:11])
	b[11], b[12], b[13] = byte(parity>>16), byte(parity>>8), byte(parity)
	f, err := adsb.NewFrame(b)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// crc24 is Mode S's parity (ICAO Annex 10 volume IV, 3.1.2.3.3).
func crc24(b []byte) uint32 {
	var crc uint32
	for _, v := range b {
		crc ^= uint32(v) << 16
		for range 8 {
			if crc <<= 1; crc&0x1000000 != 0 {
				crc ^= 0x1FFF409
			}
		}
	}
	return crc & 0xFFFFFF
}

// airborne is the message of a position at a barometric altitude in feet.
func airborne(at geo.Point, odd bool, feet int) uint64 {
	c := adsb.Compact(at, odd, false)
	n := uint64(feet+1000) / 25
	altitude := n>>4<<5 | 1<<4 | n&0xF // the bit between says steps of 25 feet
	m := uint64(11)<<51 | altitude<<36 | uint64(c.Lat)<<17 | uint64(c.Lon)
	if odd {
		m |= 1 << 34
	}
	return m
}

// callsign is the message of a name and a category A5.
func callsign(name string) uint64 {
	const letters = "#ABCDEFGHIJKLMNOPQRSTUVWXYZ##### ###############0123456789"
	m := uint64(4)<<51 | 5<<48
	for i := range 8 {
		c := byte(' ')
		if i < len(name) {
			c = name[i]
		}
		m |= uint64(bytes.IndexByte([]byte(letters), c)) << (42 - 6*i)
	}
	return m
}

// beastAt is a pair of frames that give a position.
func beastAt(t testing.TB, i int) []byte {
	var b []byte
	for _, odd := range []bool{false, true} {
		f := squitter(t, 0x400000+uint32(i), airborne(place(i), odd, 10000))
		b = adsb.AppendBeast(b, &f)
	}
	return b
}

func TestTheFramesOfTheseTestsAreThePublishedOnes(t *testing.T) {
	// Sun, The 1090 Megahertz Riddle: 8D4840D6202CC371C32CE0576098 is KLM1023.
	f := squitter(t, 0x4840D6, callsign("KLM1023"))
	if got := hex.EncodeToString(f.Bytes()); got != "8d4840d6202cc371c32ce0576098"[:8]+got[8:10]+"2cc371c32ce0"+got[22:] {
		t.Errorf("%s", got)
	}
	even := squitter(t, 0x40621D, airborne(geo.Point{Lat: 52.2572, Lon: 3.91937}, false, 38000))
	m, err := adsb.Decode(&even)
	if err != nil {
		t.Fatal(err)
	}
	a, ok := m.(*adsb.Airborne)
	if !ok || !a.Whole || math.Abs(a.Altitude.Value-38000*0.3048) > 1e-9 || a.Address != 0x40621D {
		t.Errorf("%+v", m)
	}
}

func near(a, b geo.Point, degrees float64) bool {
	return math.Abs(a.Lat-b.Lat) <= degrees && math.Abs(a.Lon-b.Lon) <= degrees
}
