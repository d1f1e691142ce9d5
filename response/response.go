// Package response gives the seconds until somebody can stand at a place of the
// own side: alarm, assessment, mounting and the way, for every base and patrol.
//
// There is one Field for each group that answers, kept apart and within a
// horizon, so that the least of all is cheap to find again when one of them
// moves, leaves or is busy. Times are for people who are told the intruder's
// way. Responders keep to the own side of the frontier unless pursuit is set,
// and pass barriers by their openings.
package response

import (
	"context"
	"fmt"
	"math"
	"runtime"

	"golang.org/x/sync/errgroup"

	"vedette/exposure"
	"vedette/frontier"
	"vedette/geo"
	"vedette/mobility"
)

// What is taken where the area file is silent, seconds where not said; Priors
// gives the ranges.
const (
	alarmPrior      = 120.
	mountPrior      = 210.  // at barracks
	launchPrior     = 1800. // of a helicopter
	patrolPrior     = 22.   // to mount, on the move
	trackSpeed      = 40.   // km/h on a track, to which a responder's speed refers
	cruisePrior     = 230.  // km/h
	detour          = 1.3   // of a way outside the strip, over the straight line
	tick            = 250   // milliseconds in a unit of a field
	never           = math.MaxUint16
	tileShift       = 12
	tileNodes       = 1 << tileShift
	placesOfAPatrol = 3
)

// Priors are the figures of this package that were not measured on the line,
// each with its range and the property that replaces it. A helicopter stands ready
// to launch in 15, 30 or 60 minutes.
func Priors() []frontier.Prior {
	const prior = frontier.NotMeasured
	return []frontier.Prior{
		{Name: "time from alarm to order", Value: alarmPrior, Low: 60, High: 180, Unit: "s", Replaces: "responder.alarm_s", Source: prior},
		{Name: "time to mount at barracks", Value: mountPrior, Low: 120, High: 300, Unit: "s", Replaces: "responder.mount_s", Source: prior},
		{Name: "time to launch a helicopter", Value: launchPrior, Low: 900, High: 3600, Unit: "s", Replaces: "responder.mount_s", Source: prior},
		{Name: "time to mount of a patrol on the move", Value: patrolPrior, Low: 15, High: 30, Unit: "s", Source: prior},
		{Name: "cruise of a helicopter", Value: cruisePrior, Low: 220, High: 260, Unit: "km/h", Replaces: "responder.speed_kmh", Source: prior},
		{Name: "length of a way outside the strip, over the straight line", Value: detour, Low: 1.1, High: 1.8, Unit: "1", Source: frontier.Judgement},
	}
}

// Horizon is the longest way that is followed, in seconds.
const Horizon = (never - 1) * tick / 1000

// Never is the time of who does not come.
const Never = math.MaxUint32

// Field is the way of one responder to every place.
type Field struct {
	Asset string // id of the base or patrol
	Name  string
	Type  string  // how it moves
	Setup float64 // from alarm to moving, seconds

	tiles  [][]uint16 // ticks of the way, by tile of nodes; nil beyond the horizon
	flight *flight
	ground *mobility.Ground
}

// flight is a straight way.
type flight struct {
	from  geo.XY
	speed float64 // grid metres a second
}

// Fields computes the field of every base and patrol that answers in a
// condition, in the area's order. It uses all cores.
func Fields(ctx context.Context, g *mobility.Ground, area *frontier.Area, c exposure.Condition) ([]*Field, error) {
	todo := jobs(area, c)
	fields := make([]*Field, len(todo))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, j := range todo {
		group.Go(func() error {
			f, err := j.field(ctx, g, area.Settings.Pursuit)
			fields[i] = f
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("compute response times: %w", err)
	}
	return fields, nil
}

// job is a field to be computed: the slowest way from any of the places.
type job struct {
	Field
	mover  mobility.Mover
	places []geo.Point
	flies  bool
	speed  float64 // km/h
}

func ofBase(b frontier.Base, r frontier.Responder) job {
	j := job{places: []geo.Point{b.At}, flies: r.Type == "helicopter", speed: r.SpeedKMH, mover: moverOf(r.Type, r.SpeedKMH)}
	mount := mountPrior
	if j.flies {
		mount = launchPrior
		j.speed = orPrior(r.SpeedKMH, cruisePrior)
	}
	j.Field = Field{Asset: b.ID, Name: orID(b.Name, b.ID), Type: r.Type, Setup: orPrior(r.AlarmS, alarmPrior) + orPrior(r.MountS, mount)}
	return j
}

// ofPatrol takes a patrol at its worst: it may be at either end of its way or in
// the middle when it is called.
func ofPatrol(p frontier.Patrol) job {
	j := job{mover: moverOf(p.Type, p.SpeedKMH)}
	for i := range placesOfAPatrol {
		j.places = append(j.places, p.Line[i*(len(p.Line)-1)/(placesOfAPatrol-1)])
	}
	j.Field = Field{Asset: p.ID, Name: orID(p.Name, p.ID), Type: p.Type, Setup: alarmPrior + patrolPrior}
	return j
}

func orPrior(given, prior float64) float64 {
	if given > 0 {
		return given
	}
	return prior
}

func orID(name, id string) string {
	if name != "" {
		return name
	}
	return id
}

// moverOf is the mover of a responder, at the speed on a track that is given.
func moverOf(kind string, speed float64) mobility.Mover {
	m := mobility.Pickup
	switch kind {
	case "foot":
		return mobility.Foot
	case "armoured_car":
		m = mobility.ArmouredCar
	}
	if speed > 0 {
		m = m.Faster(speed / trackSpeed)
	}
	return m
}

func (j job) field(ctx context.Context, g *mobility.Ground, pursuit bool) (*Field, error) {
	f := j.Field
	f.ground = g
	if j.flies {
		f.flight = &flight{from: g.Zone().Project(j.places[0]), speed: j.speed / 3.6 * g.Zone().Scale(j.places[0])}
		return &f, nil
	}
	s := &mobility.Search{Net: mobility.NewNet(g, j.mover, nil), Sides: mobility.Own, Shift: 11}
	if pursuit {
		s.Sides |= mobility.Far
	}
	f.tiles = make([][]uint16, g.Nodes()>>tileShift)
	for i, at := range j.places {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if i > 0 && at == j.places[i-1] {
			continue
		}
		away := j.drive(s, g.Zone().Project(at))
		f.keep(s.Label, away, i > 0)
	}
	return &f, nil
}

// drive runs the search from a place, or from the own cell nearest to it after
// a way outside the strip, whose milliseconds it gives.
func (j job) drive(s *mobility.Search, at geo.XY) (away uint32) {
	s.Reset()
	s.Limit = Horizon * 1000
	g := s.Net.Ground
	start := mobility.None
	if col, row, ok := g.Frame.Cell(at); ok {
		start = g.Node(col, row)
	}
	if start == mobility.None || g.Side(start) != mobility.Own {
		n, metres := g.Nearest(at, mobility.Own)
		if n == mobility.None {
			return 0
		}
		start = n
		away = uint32(min(Horizon*1000, metres*detour*j.mover.Pace(mobility.Track, 0)*1000))
	}
	s.Seed(start, 0)
	s.Run()
	return away
}

// keep takes the labels of a search into the field, the slower of the two where
// it has a way already.
func (f *Field) keep(label []uint32, away uint32, also bool) {
	for t := range f.tiles {
		from := label[t<<tileShift:][:tileNodes]
		tile := f.tiles[t]
		if tile == nil {
			if also || !reached(from) {
				continue
			}
			tile = make([]uint16, tileNodes)
			f.tiles[t] = tile
		}
		for i, ms := range from {
			v := uint16(never)
			if sum := uint64(ms) + uint64(away); sum <= Horizon*1000 {
				v = uint16((sum + tick/2) / tick)
			}
			if !also || v > tile[i] {
				tile[i] = v
			}
		}
	}
}

func reached(label []uint32) bool {
	for _, ms := range label {
		if ms != mobility.Unreached {
			return true
		}
	}
	return false
}

// At is the milliseconds from the alarm until the responder stands at a node of
// the own side, Never if it does not come within the horizon.
func (f *Field) At(n mobility.Node) uint32 {
	setup := uint32(f.Setup * 1000)
	if f.flight != nil {
		at := f.ground.At(n)
		return setup + uint32(1000*math.Hypot(at.X-f.flight.from.X, at.Y-f.flight.from.Y)/f.flight.speed)
	}
	tile := f.tiles[n>>tileShift]
	if tile == nil || tile[n&(tileNodes-1)] == never {
		return Never
	}
	return setup + uint32(tile[n&(tileNodes-1)])*tick
}

// Bytes is the memory of the field.
func (f *Field) Bytes() (n int64) {
	for _, t := range f.tiles {
		n += int64(2 * len(t))
	}
	return n
}

// Least is the time until the first of the fields stands at a node, and which;
// Never and -1 if none does. Out leaves those of an asset out, if not empty.
func Least(fields []*Field, n mobility.Node, out string) (ms uint32, first int) {
	ms, first = Never, -1
	for i, f := range fields {
		if f.Asset == out && out != "" {
			continue
		}
		if t := f.At(n); t < ms {
			ms, first = t, i
		}
	}
	return ms, first
}

// Ranked is the times of all fields at a node, soonest first.
func Ranked(fields []*Field, n mobility.Node) []uint32 {
	var all []uint32
	for _, f := range fields {
		if t := f.At(n); t != Never {
			i := len(all)
			all = append(all, t)
			for ; i > 0 && all[i-1] > t; i-- {
				all[i] = all[i-1]
			}
			all[i] = t
		}
	}
	return all
}

// Weights are those of the covers of a place whose responders are busy a share
// q of the time: the j-th counts (1-q) q^(j-1), and the rest comes never (Daskin,
// A maximum expected covering location model, Transportation Science 17, 1983).
func Weights(q float64, covers int) []float64 {
	w := make([]float64, covers)
	rest := 1.
	for i := range w {
		w[i] = rest * (1 - q)
		rest *= q
	}
	return w
}
