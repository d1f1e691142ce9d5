package feed

import (
	"context"
	"errors"
	"time"

	"vedette/geo"
	"vedette/wire/adsb"
)

// beastFeed takes frames of Mode S in Beast's binary form, which readsb and
// dump1090 serve on port 30005.
type beastFeed struct{ config Config }

func newBeast(c Config) *beastFeed { return &beastFeed{c} }

func (f *beastFeed) Run(ctx context.Context, out *Out) error {
	s := newSky(out)
	if at, err := geo.ParsePosition(f.config.Receiver); f.config.Receiver != "" && err == nil {
		s.receiver = adsb.Some(at)
	}
	return receive(ctx, f.config, out, func() decoder {
		return &beastStream{sky: s, ownClock: f.config.Clock == "receiver"}
	})
}

// beastStream is one stream of frames.
type beastStream struct {
	sky      *sky
	splitter adsb.Splitter
	ownClock bool
}

func (b *beastStream) take(ctx context.Context, chunk []byte) error {
	var failed error
	b.splitter.Write(chunk, func(f adsb.Frame) {
		if failed == nil {
			failed = b.sky.frame(ctx, &f, b.clock(&f))
		}
	}, func(e *adsb.Error) { b.sky.out.Refused(e.Reason.String()) })
	return failed
}

func (b *beastStream) end() {}

// multilateral is the clock of frames that no receiver heard: readsb makes them
// up from positions reckoned by several.
const multilateral = 0xFF004D4C4154

func (b *beastStream) clock(f *adsb.Frame) time.Duration {
	if b.ownClock && f.Ticks != 0 && f.Ticks != multilateral {
		return f.Clock()
	}
	return b.sky.arrival()
}

// frame takes a frame if it is to be believed.
func (s *sky) frame(ctx context.Context, f *adsb.Frame, at time.Duration) error {
	m, err := adsb.Decode(f)
	var refusal *adsb.Error
	if errors.As(err, &refusal) {
		s.out.Refused(refusal.Reason.String())
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.addresses.Note(m, at) {
		s.out.Refused("unknown_address")
		return nil
	}
	p := s.plane(craft{m.Head().Address, m.Head().Foreign})
	placed := s.learn(p, m, at)
	if o := p.news(placed, at); o != nil {
		return s.out.Offer(ctx, o)
	}
	return nil
}

// learn takes what a message says, and tells whether it gave a position.
func (s *sky) learn(p *plane, m adsb.Message, at time.Duration) (placed bool) {
	switch m := m.(type) {
	case *adsb.Reply:
		p.baro.set(m.Altitude, at)
		p.squawk.set(m.Squawk, at)
		p.onGround.set(m.OnGround, at)
		if m.Callsign != "" {
			p.callsign = m.Callsign
		}
	case *adsb.Identification:
		p.category = m.Category
		if m.Callsign != "" {
			p.callsign = m.Callsign
		}
	case *adsb.Velocity:
		p.velocity(m, at)
	case *adsb.Status:
		p.emergency = emergencies()[min(m.Emergency, 7)]
		p.squawk.set(adsb.Some(m.Squawk), at)
	case *adsb.Airborne:
		p.airborne(m, at)
		return m.Position.Known && s.locate(p, m.Position.Value, at)
	case *adsb.Surface:
		p.onGround.set(adsb.Some(true), at)
		p.ground.set(m.Speed, at)
		p.track.set(m.Track, at)
		return s.locate(p, m.Position, at)
	}
	return false
}

func (p *plane) airborne(m *adsb.Airborne, at time.Duration) {
	p.onGround.set(adsb.Some(false), at)
	if m.GNSS {
		p.gnss.set(m.Altitude, at)
	} else {
		p.baro.set(m.Altitude, at)
	}
}

func (p *plane) velocity(m *adsb.Velocity, at time.Duration) {
	p.ground.set(m.Ground, at)
	p.track.set(m.Track, at)
	p.climb.set(m.Climb, at)
	p.heading.set(m.Heading, at)
	p.over.set(m.GNSSOverBaro, at)
}

// emergencies are the names of the codes, as readsb writes them.
func emergencies() []string {
	return []string{"none", "general", "lifeguard", "minfuel", "nordo", "unlawful", "downed", "reserved"}
}
