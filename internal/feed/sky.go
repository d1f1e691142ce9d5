package feed

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"vedette/geo"
	"vedette/internal/tactical"
	"vedette/track"
	"vedette/wire/adsb"
)

// maxPlanes is of how many aircraft something is remembered.
const maxPlanes = 8192

// How long parts of what an aircraft said stand together with a later position.
const (
	motionTerm = 10 * time.Second // speed, heights
	placeTerm  = time.Minute      // a position, before the aircraft counts as unplaced again
)

// craft names an aircraft.
type craft struct {
	address uint32
	foreign bool // not an address that ICAO gave
}

func (c craft) id() string {
	if c.foreign {
		return fmt.Sprintf("ADDRESS-%06X", c.address)
	}
	return fmt.Sprintf("ICAO-%06X", c.address)
}

// dated is a value and when it was said.
type dated[T any] struct {
	value T
	at    time.Duration
	known bool
}

func (d *dated[T]) set(m adsb.Maybe[T], at time.Duration) {
	if m.Known {
		*d = dated[T]{m.Value, at, true}
	}
}

// lately gives the value if it is not old.
func (d dated[T]) lately(at, term time.Duration) (T, bool) {
	return d.value, d.known && at-d.at <= term
}

// plane is what one aircraft said, in parts. Times are those of the frames or
// of arrival, on one clock.
type plane struct {
	id        craft
	pairing   adsb.Pairing
	callsign  string
	category  string
	emergency string
	squawk    dated[adsb.Squawk]
	onGround  dated[bool]
	place     dated[geo.Point]
	baro      dated[float64]
	gnss      dated[float64]
	over      dated[float64] // GNSS height over barometric
	ground    dated[float64]
	track     dated[float64]
	climb     dated[float64]
	heading   dated[float64]
	said      string // what was told last without a position
}

// sky remembers the aircraft of one feed.
type sky struct {
	out      *Out
	receiver adsb.Maybe[geo.Point]
	began    time.Time

	mu        sync.Mutex
	planes    *memory[craft, *plane]
	addresses adsb.Addresses
}

func newSky(out *Out) *sky {
	return &sky{out: out, began: time.Now(), planes: newMemory[craft, *plane](maxPlanes)}
}

// arrival is the clock of what carries no time.
func (s *sky) arrival() time.Duration { return time.Since(s.began) }

func (s *sky) plane(id craft) *plane {
	return s.planes.get(id, func() *plane { return &plane{id: id} })
}

// locate finds the position that a frame gives a part of.
func (s *sky) locate(p *plane, c adsb.CPR, at time.Duration) bool {
	where, err := p.pairing.Position(c, at, s.receiver)
	var refusal *adsb.Error
	if errors.As(err, &refusal) {
		s.out.Refused("position-" + refusal.Reason.String())
		return false
	}
	p.place = dated[geo.Point]{where, at, true}
	return true
}

// news gives an observation of an aircraft: with its position when that has
// just come, and without one where there is none and it says something new.
func (p *plane) news(placed bool, at time.Duration) *track.Observation {
	if !placed {
		if _, there := p.place.lately(at, placeTerm); there {
			return nil
		}
	}
	o := p.observation(at, placed)
	if !placed {
		said := o.Label + "|" + o.Type + "|" + o.Props["squawk"] + "|" + o.Props["emergency"]
		if said == p.said {
			return nil
		}
		p.said = said
	}
	return o
}

func (p *plane) observation(at time.Duration, placed bool) *track.Observation {
	o := blank()
	o.ID, o.Type, o.Label = p.id.id(), planeType(p.category), tactical.Printable(p.callsign, track.MaxLabel)
	if placed {
		o.Fix, o.At = true, p.place.value
		o.HAE = p.height(at, o.HAE)
	}
	if v, ok := p.track.lately(at, motionTerm); ok {
		o.Course = v
	}
	if v, ok := p.ground.lately(at, motionTerm); ok {
		o.Speed = v
	}
	o.Props = p.props(at)
	return o
}

// height is above the ellipsoid: what the aircraft said itself, or its
// barometric altitude and by how much GNSS lies over that.
func (p *plane) height(at time.Duration, otherwise float64) float64 {
	if v, ok := p.gnss.lately(at, motionTerm); ok {
		return v
	}
	baro, ok := p.baro.lately(at, motionTerm)
	over, both := p.over.lately(at, motionTerm)
	if ok && both {
		return baro + over
	}
	return otherwise
}

func (p *plane) props(at time.Duration) map[string]string {
	props := map[string]string{}
	putProp(props, "category", p.category)
	if p.emergency != "none" {
		putProp(props, "emergency", p.emergency)
	}
	if v, ok := p.squawk.lately(at, placeTerm); ok {
		putProp(props, "squawk", v.String())
	}
	if v, ok := p.onGround.lately(at, placeTerm); ok && v {
		putProp(props, "on_ground", "yes")
	}
	for name, d := range map[string]dated[float64]{"altitude_baro_m": p.baro, "climb_m_s": p.climb, "heading_deg": p.heading} {
		v, ok := d.lately(at, motionTerm)
		putProp(props, name, number(round(v), ok))
	}
	return props
}

// round leaves hundredths, so that feet do not become seventeen digits.
func round(v float64) float64 { return float64(int64(v*100+sign(v)*0.5)) / 100 }

func sign(v float64) float64 {
	if v < 0 {
		return -1
	}
	return 1
}

// planeType gives the type of Cursor on Target for a category of emitter
// (RTCA DO-260B, table 2-16). An aircraft is unknown, whatever it says.
func planeType(category string) string {
	switch category {
	case "A1", "A2", "A3", "A4", "A5", "A6", "B1", "B4":
		return "a-u-A-C-F" // fixed wing, gliders, ultralights
	case "A7":
		return "a-u-A-C-H"
	case "B2":
		return "a-u-A-C-L" // lighter than air
	case "C1", "C2":
		return "a-u-G-E-V" // vehicles on the airfield
	case "C3", "C4", "C5":
		return "a-u-G-I" // obstacles
	}
	return "a-u-A"
}
