package feed

import (
	"context"
	"errors"

	"vedette/geo"
	"vedette/wire/adsb"
)

// sbsFeed takes BaseStation lines, which a receiver or dump1090 serves on port
// 30003. The times in them are local times of no stated zone: not used.
type sbsFeed struct{ config Config }

func newSBS(c Config) *sbsFeed { return &sbsFeed{c} }

func (f *sbsFeed) Run(ctx context.Context, out *Out) error {
	s := newSky(out)
	return receive(ctx, f.config, out, s.sbsLines)
}

func (s *sky) sbsLines() decoder {
	return &lines{
		most:    adsb.MaxLine,
		line:    s.sbs,
		tooLong: func() { s.out.Refused(adsb.TooLong.String()) },
		done:    func() {},
	}
}

func (s *sky) sbs(ctx context.Context, line string) error {
	m, err := adsb.ParseSBS(line)
	var refusal *adsb.Error
	if errors.As(err, &refusal) {
		s.out.Refused(refusal.Reason.String())
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, at := s.plane(craft{m.Address, m.Foreign}), s.arrival()
	if m.Callsign != "" {
		p.callsign = m.Callsign
	}
	p.emergency = ""
	if m.Emergency.Known && m.Emergency.Value {
		p.emergency = "general"
	}
	p.squawk.set(m.Squawk, at)
	p.onGround.set(m.OnGround, at)
	p.baro.set(m.Altitude, at)
	p.ground.set(m.Ground, at)
	p.track.set(m.Track, at)
	p.climb.set(m.Climb, at)
	if m.Position.Known {
		p.place = dated[geo.Point]{m.Position.Value, at, true}
	}
	if o := p.news(m.Position.Known, at); o != nil {
		return s.out.Offer(ctx, o)
	}
	return nil
}
