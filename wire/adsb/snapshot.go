package adsb

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

	"vedette/geo"
)

// Snapshot is an aircraft.json: all that a receiver knows at a moment.
type Snapshot struct {
	Now      Maybe[time.Time]
	Aircraft []Aircraft
	Refused  []*Error // aircraft of the document that could not be read
}

// Aircraft is one aircraft of a snapshot.
type Aircraft struct {
	Address      uint32
	Foreign      bool // ~ stands before the address: ICAO did not give it
	Callsign     string
	Category     string
	Squawk       Maybe[Squawk]
	Emergency    string // none, general, lifeguard, minfuel, nordo, unlawful, downed, reserved; may be empty
	Position     Maybe[geo.Point]
	PositionAge  Maybe[time.Duration]
	Age          Maybe[time.Duration] // since anything was heard
	Altitude     Maybe[float64]       // barometric
	GNSSAltitude Maybe[float64]
	OnGround     bool
	Ground       Maybe[float64] // speed over ground
	Track        Maybe[float64]
	Climb        Maybe[float64]
	Multilateral bool // the position was reckoned from times of arrival, not sent
}

// record is an aircraft as dump1090 and readsb write it, in feet and knots.
type record struct {
	Hex       string          `json:"hex"`
	Type      string          `json:"type"`
	Flight    string          `json:"flight"`
	Category  string          `json:"category"`
	Squawk    string          `json:"squawk"`
	Emergency string          `json:"emergency"`
	Lat       *float64        `json:"lat"`
	Lon       *float64        `json:"lon"`
	SeenPos   *float64        `json:"seen_pos"`
	Seen      *float64        `json:"seen"`
	AltBaro   json.RawMessage `json:"alt_baro"` // a number, or "ground"
	Altitude  json.RawMessage `json:"altitude"` // the same, as it was called
	AltGeom   *float64        `json:"alt_geom"`
	GS        *float64        `json:"gs"`
	Speed     *float64        `json:"speed"`
	Track     *float64        `json:"track"`
	BaroRate  *float64        `json:"baro_rate"`
	GeomRate  *float64        `json:"geom_rate"`
	VertRate  *float64        `json:"vert_rate"`
	MLAT      []string        `json:"mlat"`
}

// ParseSnapshot reads an aircraft.json of dump1090, in any of its dialects, or
// of readsb. Fields that it does not know are passed over. An aircraft that
// cannot be read is refused, and the others are not.
func ParseSnapshot(data []byte) (*Snapshot, error) {
	if len(data) > MaxSnapshot {
		return nil, refuse(TooLong, "a snapshot of %d bytes; at most %d are read", len(data), MaxSnapshot)
	}
	var doc struct {
		Now      *float64        `json:"now"`
		Aircraft json.RawMessage `json:"aircraft"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, refuse(BadFormat, "%v", err)
	}
	s := &Snapshot{}
	if now := doc.Now; now != nil && *now > 0 && *now < 1e11 {
		s.Now = Some(time.UnixMilli(int64(math.Round(*now * 1000))).UTC())
	}
	if err := s.list(doc.Aircraft); err != nil {
		return nil, err
	}
	return s, nil
}

// list reads the aircraft one by one, so that a long list of nothing costs no
// more than MaxAircraft.
func (s *Snapshot) list(raw json.RawMessage) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if start, err := d.Token(); err != nil || start != json.Delim('[') {
		return refuse(BadFormat, `the list "aircraft" is missing`)
	}
	for n := 0; d.More(); n++ {
		if n == MaxAircraft {
			return refuse(TooLong, "more than %d aircraft", MaxAircraft)
		}
		var one json.RawMessage
		if err := d.Decode(&one); err != nil {
			return refuse(BadFormat, "%v", err)
		}
		a, err := parseAircraft(one)
		if err != nil {
			s.Refused = append(s.Refused, err)
			continue
		}
		s.Aircraft = append(s.Aircraft, a)
	}
	return nil
}

func parseAircraft(raw json.RawMessage) (Aircraft, *Error) {
	var r record
	if err := json.Unmarshal(raw, &r); err != nil {
		return Aircraft{}, refuse(BadFormat, "%v", err)
	}
	a := Aircraft{Callsign: strings.TrimSpace(r.Flight), Category: r.Category, Emergency: r.Emergency}
	var ok bool
	if a.Address, a.Foreign, ok = parseAddress(r.Hex); !ok {
		return a, refuse(BadField, "hex: %.20q; six hexadecimal digits", r.Hex)
	}
	if len(a.Callsign) > 8 {
		return a, refuse(BadField, "flight: %.20q; at most 8 characters", a.Callsign)
	}
	if r.Squawk != "" {
		if a.Squawk.Value, a.Squawk.Known = parseSquawk(r.Squawk); !a.Squawk.Known {
			return a, refuse(BadField, "squawk: %.20q; four digits 0 to 7", r.Squawk)
		}
	}
	if err := a.altitude(r); err != nil {
		return a, err
	}
	err := a.motion(r)
	return a, err
}

// altitude reads a number or "ground".
func (a *Aircraft) altitude(r record) *Error {
	raw := r.AltBaro
	if raw == nil {
		raw = r.Altitude
	}
	switch string(raw) {
	case "", "null":
		return nil
	case `"ground"`:
		a.OnGround = true
		return nil
	}
	var feet float64
	if err := json.Unmarshal(raw, &feet); err != nil {
		return refuse(BadField, `alt_baro: %.20q; feet, or "ground"`, raw)
	}
	a.Altitude = Some(feet * foot)
	return nil
}

func (a *Aircraft) motion(r record) *Error {
	a.GNSSAltitude = measure(foot, r.AltGeom)
	a.Ground = measure(knot, r.GS, r.Speed)
	a.Track = measure(1, r.Track)
	a.Climb = measure(fpm, r.BaroRate, r.GeomRate, r.VertRate)
	a.Age, a.PositionAge = seconds(r.Seen), seconds(r.SeenPos)
	a.Multilateral = r.Type == "mlat" || slices.Contains(r.MLAT, "lat")
	if r.Lat == nil || r.Lon == nil {
		return nil
	}
	p := geo.Point{Lat: *r.Lat, Lon: *r.Lon}
	if !p.Valid() {
		return refuse(BadField, "lat, lon: %v is beyond the Earth", p)
	}
	a.Position = Some(p)
	return nil
}

// measure is the first value that is there.
func measure(unit float64, values ...*float64) Maybe[float64] {
	for _, v := range values {
		if v != nil {
			return Some(*v * unit)
		}
	}
	return Maybe[float64]{}
}

func seconds(v *float64) Maybe[time.Duration] {
	if v == nil || *v < 0 || *v > 1e9 {
		return Maybe[time.Duration]{}
	}
	return Some(time.Duration(*v * float64(time.Second)))
}
