// Package feed takes in what other systems say of where things are: protocols in,
// observations out, into a track.Sink.
//
// A Feed is one connection to one such system. A Runner runs many, starts again
// what failed, and keeps the health of each: a feed from which nothing comes is
// shown as silent. Config is how a feed stands in the settings file.
//
// The kinds, and what names a thing in each:
//
//	cot       another TAK server, over TCP or TLS         the event's uid
//	ais       NMEA 0183 over TCP, UDP, a file or a device  MMSI-211234560
//	sbs       BaseStation lines of an ADS-B receiver       ICAO-4840D6
//	beast     frames of an ADS-B receiver                  ICAO-4840D6
//	aircraft  aircraft.json of dump1090 or readsb          ICAO-4840D6
//	mqtt      JSON from an MQTT broker, by a mapping       as mapped
//	json      JSON that others hand in (Runner.Post)       as mapped
//	replay    a file of GPX, GeoJSON or CSV                as written
//
// A source names things as it likes, and a key is (feed's name, identity): two
// receivers of one ship make two tracks. Contacts start unknown: AIS and ADS-B
// give types a-u-S and a-u-A, refined by what the ship or aircraft says it is.
//
// Positions are degrees on WGS 84, lengths metres, speeds metres per second,
// times UTC. A barometric altitude is a property and never a height.
//
// Everything that comes is untrusted and bounded: lines, events, frames,
// documents and what is remembered of each ship or aircraft. What is refused is
// counted by reason, and the connection goes on. Over UDP the system may drop
// datagrams before this package sees them; nothing counts those.
//
// Goroutines are started by Runner.Run and end with it.
package feed

import (
	"context"
	"errors"
	"math"
	"time"

	"vedette/track"
)

// Feed is one source of observations.
type Feed interface {
	// Run connects, gives what comes to out, and blocks until ctx ends or the
	// connection fails; the caller runs it again. Nil before ctx ends means
	// that there is nothing more to come.
	Run(ctx context.Context, out *Out) error
}

// permanent is an error that trying again does not mend.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Out takes what a feed reads. It writes the feed's name, trust and groups on
// every observation, counts, and keeps the feed's health. Its methods may be
// called by several goroutines at a time.
type Out struct {
	sink   track.Sink
	health *health
	mark   mark
}

// mark is what stands on every observation of a feed.
type mark struct {
	source string
	trust  track.Trust
	by     string
	groups []string
	// devices tells that the broker of ours made sure who each message is from,
	// and By is set.
	devices bool
	stale   time.Duration // after the observation, where its source says no more
}

// Connected says that the other side is there, though nothing came yet.
func (o *Out) Connected() { o.health.connected() }

// Refused counts a message that was not taken.
func (o *Out) Refused(reason string) { o.health.refuse(reason) }

// Offer gives one observation to the sink; a call for help is kept before it
// returns. The error is the sink's or ctx's, and the feed cannot go on: a
// refusal of the observation is counted and is no error.
func (o *Out) Offer(ctx context.Context, ob *track.Observation) error {
	o.stamp(ob)
	give := o.sink.Offer
	if call, cancel := ob.Emergency(); call || cancel {
		give = func(ctx context.Context, ob *track.Observation) error {
			return o.sink.Keep(ctx, []*track.Observation{ob})
		}
	}
	_, err := o.counted(ob, give(ctx, ob))
	return err
}

// Keep returns once the observations are kept, all but those that it gives the
// refusals of, which are counted.
func (o *Out) Keep(ctx context.Context, obs []*track.Observation) ([]*track.Refusal, error) {
	if len(obs) == 0 {
		return nil, nil
	}
	for _, ob := range obs {
		o.stamp(ob)
	}
	err := o.sink.Keep(ctx, obs)
	var refusal *track.Refusal
	if len(obs) > 1 && errors.As(err, &refusal) {
		return o.keepEach(ctx, obs)
	}
	for _, ob := range obs {
		if refusal, err = o.counted(ob, err); err != nil || refusal != nil {
			break
		}
	}
	if refusal != nil {
		return []*track.Refusal{refusal}, nil
	}
	return nil, err
}

// keepEach keeps one by one, so that what is refused does not cost the others.
func (o *Out) keepEach(ctx context.Context, obs []*track.Observation) (refused []*track.Refusal, err error) {
	for i := range obs {
		one, err := o.Keep(ctx, obs[i:i+1])
		if err != nil {
			return refused, err
		}
		refused = append(refused, one...)
	}
	return refused, nil
}

func (o *Out) stamp(ob *track.Observation) {
	ob.Source, ob.Trust, ob.Groups = o.mark.source, o.mark.trust, o.mark.groups
	if !o.mark.devices {
		ob.By = o.mark.by
	}
	if ob.Received.IsZero() {
		ob.Received = time.Now().UTC()
	}
	if ob.Time.IsZero() {
		ob.Time = ob.Received
	}
	if ob.Stale.IsZero() {
		ob.Stale = ob.Time.Add(o.mark.stale)
	}
}

// counted counts what became of an observation, and tells a refusal of it from
// an error of the sink.
func (o *Out) counted(ob *track.Observation, err error) (*track.Refusal, error) {
	var refusal *track.Refusal
	switch {
	case err == nil:
		o.health.came(ob)
		return nil, nil
	case errors.As(err, &refusal):
		o.health.refuse(string(refusal.Reason))
		return refusal, nil
	}
	return nil, err
}

// blank is an observation of which nothing is known.
func blank() *track.Observation {
	nan := math.NaN()
	return &track.Observation{HAE: nan, CE: nan, LE: nan, Course: nan, Speed: nan}
}
