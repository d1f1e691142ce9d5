package feed

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"

	"vedette/geo"
	"vedette/internal/tactical"
	"vedette/track"
	"vedette/wire/ais"
)

// maxShips is of how many ships names and voyages are remembered.
const maxShips = 32768

// noObservation counts messages that were read and say nothing of where
// something is.
const noObservation = "no-observation"

// aisFeed takes NMEA 0183 with AIS.
type aisFeed struct {
	config Config
}

func newAIS(c Config) *aisFeed { return &aisFeed{c} }

func (f *aisFeed) Run(ctx context.Context, out *Out) error {
	s := &ships{out: out, own: f.config.Type, known: newMemory[uint32, *ship](maxShips)}
	return receive(ctx, f.config, out, s.decoder)
}

// ships remembers what ships said of themselves. It is shared by all peers of a
// feed: one shore station may hear a name, another the position.
type ships struct {
	out *Out
	own string // type of the receiver itself

	mu    sync.Mutex
	known *memory[uint32, *ship]
	here  receiver
}

// ship is what is remembered of one.
type ship struct {
	name   string
	kind   uint8 // the type of ship, 0 where not said
	props  map[string]string
	placed bool // a position was given
}

func (s *ships) decoder() decoder {
	r := &ais.Reader{Lost: func(e *ais.Error) { s.out.Refused(e.Reason.String()) }}
	return &lines{
		most:    ais.MaxLine,
		line:    func(ctx context.Context, line string) error { return s.line(ctx, r, line) },
		tooLong: func() { s.out.Refused(ais.TooLong.String()) },
		done:    r.Flush,
	}
}

func (s *ships) line(ctx context.Context, r *ais.Reader, line string) error {
	rec, err := r.Line(line)
	var refusal *ais.Error
	if errors.As(err, &refusal) {
		s.out.Refused(refusal.Reason.String())
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var o *track.Observation
	switch {
	case rec.Fix != nil:
		o = s.here.observe(rec.Fix, s.own)
	case rec.Message != nil:
		o = s.observe(rec.Message)
		if o == nil {
			s.out.Refused(noObservation)
			return nil
		}
	}
	if o == nil {
		return nil
	}
	if rec.Tag.Time.Known && o.Time.IsZero() {
		o.Time = rec.Tag.Time.Value
	}
	return s.out.Offer(ctx, o)
}

// observe gives what a message says of a station, with what it said before. Nil
// is a message about nothing at a place.
func (s *ships) observe(m ais.Message) *track.Observation {
	head := m.Head()
	known := s.known.get(head.MMSI, func() *ship { return &ship{props: map[string]string{}} })
	if known.learn(m) {
		return known.announce(head.MMSI)
	}
	r, ok := reportOf(m)
	if !ok {
		return nil
	}
	known.placed = known.placed || r.Position.Known
	o := known.observation(head.MMSI)
	o.Type = r.typ
	if r.typ == "" {
		o.Type = shipType(known.kind)
	}
	if r.status == activeSART && distress(head.MMSI) {
		o.Type = "b-a-o-tbl"
	}
	r.describe(o)
	return o
}

// learn takes what a message says of the ship itself. It tells whether that was
// all.
func (k *ship) learn(m ais.Message) bool {
	switch m := m.(type) {
	case *ais.Voyage:
		k.name, k.kind = m.Name, m.ShipType
		k.put("imo", number(float64(m.IMO), m.IMO != 0))
		k.put("callsign", m.Callsign)
		k.put("destination", m.Destination)
		k.put("draught_m", number(m.Draught.Value, m.Draught.Known))
		k.size(m.Size)
	case *ais.StaticA:
		k.name = m.Name
	case *ais.StaticB:
		k.kind = m.ShipType
		k.put("callsign", m.Callsign)
		k.size(m.Size)
	case *ais.ClassBExtended:
		k.name, k.kind = m.Name, m.ShipType
		k.size(m.Size)
		return false
	case *ais.Aid:
		k.name = m.Name
		k.size(m.Size)
		return false
	default:
		return false
	}
	return true
}

// announce shows a ship that has no position yet: that it is there is worth to
// be known. One that has is not put back to no position.
func (k *ship) announce(mmsi uint32) *track.Observation {
	o := k.observation(mmsi)
	o.Type = shipType(k.kind)
	if k.placed {
		o = nil
	}
	return o
}

func (k *ship) size(d ais.Maybe[ais.Dimensions]) {
	length := float64(d.Value.Bow) + float64(d.Value.Stern)
	beam := float64(d.Value.Port) + float64(d.Value.Starboard)
	k.put("length_m", number(length, d.Known && length > 0))
	k.put("beam_m", number(beam, d.Known && beam > 0))
}

// put remembers a property, or forgets it where the ship no longer says it.
func (k *ship) put(name, value string) { putProp(k.props, name, value) }

func putProp(props map[string]string, name, value string) {
	value = tactical.Printable(value, track.MaxProp)
	if value == "" {
		delete(props, name)
		return
	}
	props[name] = value
}

func number(v float64, known bool) string {
	if !known {
		return ""
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

func (k *ship) observation(mmsi uint32) *track.Observation {
	o := blank()
	o.ID = fmt.Sprintf("MMSI-%09d", mmsi)
	o.Label = tactical.Printable(k.name, track.MaxLabel)
	o.Props = make(map[string]string, len(k.props)+6)
	for name, value := range k.props {
		o.Props[name] = value
	}
	putProp(o.Props, "ship_type", number(float64(k.kind), k.kind != 0))
	return o
}

// activeSART is the navigational status of a transmitter for search and rescue
// that somebody set off.
const activeSART = 14

// distress tells whether a station is a transmitter of people in distress:
// AIS-SART, man overboard, EPIRB (ITU-R M.585).
func distress(mmsi uint32) bool {
	switch mmsi / 1e6 {
	case 970, 972, 974:
		return true
	}
	return false
}

// report is a report of a position, of any type.
type report struct {
	ais.Motion
	typ      string // empty for a ship
	station  string
	heading  ais.Maybe[float64]
	turn     ais.Maybe[ais.Turn]
	status   int // -1 where there is none
	altitude ais.Maybe[float64]
	baro     bool
}

func reportOf(m ais.Message) (report, bool) {
	switch m := m.(type) {
	case *ais.ClassA:
		return report{Motion: m.Motion, station: "class_a", heading: m.Heading, turn: m.Turn, status: int(m.Status)}, true
	case *ais.ClassB:
		return report{Motion: m.Motion, station: "class_b", heading: m.Heading, status: -1}, true
	case *ais.ClassBExtended:
		return report{Motion: m.Motion, station: "class_b", heading: m.Heading, status: -1}, true
	case *ais.LongRange:
		return report{Motion: m.Motion, station: "long_range", status: int(m.Status)}, true
	case *ais.Aircraft:
		return report{Motion: m.Motion, typ: "a-u-A", station: "rescue_aircraft", status: -1, altitude: m.Altitude, baro: m.Barometric}, true
	case *ais.Base:
		if m.Type == answerUTC {
			return report{Motion: fixed(m.Position, m.Accurate), station: "time_answer", status: -1}, true
		}
		return report{Motion: fixed(m.Position, m.Accurate), typ: "a-u-G-I", station: "base_station", status: -1}, true
	case *ais.Aid:
		station := "aid_to_navigation"
		if m.Virtual {
			station = "virtual_aid_to_navigation"
		}
		return report{Motion: fixed(m.Position, m.Accurate), typ: "b-m-p-s-m", station: station, status: -1}, true
	}
	return report{}, false
}

// answerUTC is the type of message by which a ship answers with its time and
// place; its form is that of a base station.
const answerUTC = 11

func fixed(at ais.Maybe[geo.Point], accurate bool) ais.Motion {
	return ais.Motion{Position: at, Accurate: accurate}
}

// accurateCE is the error of a position that a station calls accurate, in
// metres (ITU-R M.1371-5); of others nothing is known.
const accurateCE = 10.0

func (r report) describe(o *track.Observation) {
	if r.Position.Known {
		o.Fix, o.At = true, r.Position.Value
		if r.Accurate {
			o.CE = accurateCE
		}
	}
	if r.Course.Known {
		o.Course = r.Course.Value
	}
	if r.Speed.Known {
		o.Speed = r.Speed.Value
	}
	putProp(o.Props, "station", r.station)
	putProp(o.Props, "heading_deg", number(r.heading.Value, r.heading.Known))
	putProp(o.Props, "turn_deg_min", number(math.Round(r.turn.Value.Rate*10)/10, r.turn.Known))
	putProp(o.Props, "nav_status", number(float64(r.status), r.status >= 0 && r.status < 15))
	if r.altitude.Known && !r.baro {
		putProp(o.Props, "altitude_msl_m", number(r.altitude.Value, true))
	} else {
		putProp(o.Props, "altitude_baro_m", number(r.altitude.Value, r.altitude.Known))
	}
}

// shipType gives the type of Cursor on Target for AIS's type of ship
// (ITU-R M.1371-5, table 53). A ship is unknown, whatever it says.
func shipType(code uint8) string {
	switch {
	case code == 30:
		return "a-u-S-X-F" // fishing
	case code == 31 || code == 32 || code == 52:
		return "a-u-S-X-M-T-U" // tug, towing
	case code == 36 || code == 37:
		return "a-u-S-X-R" // sailing, pleasure craft
	case code == 55:
		return "a-u-S-X-L" // law enforcement
	case code >= 60 && code < 70:
		return "a-u-S-X-M-P" // passengers
	case code >= 70 && code < 80:
		return "a-u-S-X-M-C" // cargo
	case code >= 80 && code < 90:
		return "a-u-S-X-M-O" // tanker
	}
	return "a-u-S"
}

// receiver puts together what a GNSS receiver says of itself in several
// sentences: RMC has the time and the motion, GGA the height.
type receiver struct {
	rmc      time.Time // when one came last
	altitude ais.Maybe[float64]
	quality  map[string]string
}

// observe gives an observation for each RMC; for GGA and GLL only where no RMC
// comes.
func (r *receiver) observe(f *ais.Fix, typ string) *track.Observation {
	now := time.Now()
	if f.Altitude.Known && f.Geoid.Known {
		r.altitude = ais.Some(f.Altitude.Value + f.Geoid.Value)
	}
	if f.HDOP.Known || f.Satellites.Known {
		r.quality = map[string]string{}
		putProp(r.quality, "hdop", number(f.HDOP.Value, f.HDOP.Known))
		putProp(r.quality, "satellites", number(float64(f.Satellites.Value), f.Satellites.Known))
	}
	if f.Time.Known {
		r.rmc = now
	} else if now.Sub(r.rmc) < 10*time.Second {
		return nil
	}
	o := blank()
	o.ID, o.Type, o.Props = "receiver", typ, map[string]string{"station": "receiver"}
	for name, value := range r.quality {
		o.Props[name] = value
	}
	describeFix(o, f)
	if o.Fix && r.altitude.Known {
		o.HAE = r.altitude.Value
	}
	return o
}

func describeFix(o *track.Observation, f *ais.Fix) {
	if f.Position.Known {
		o.Fix, o.At = true, f.Position.Value
	}
	if f.Time.Known {
		o.Time = f.Time.Value
	}
	if f.Course.Known {
		o.Course = f.Course.Value
	}
	if f.Speed.Known {
		o.Speed = f.Speed.Value
	}
}
