package exercise

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"vedette/coverage"
	"vedette/geo"
	"vedette/grid"
	"vedette/mobility"
	"vedette/response"
)

// house is what all modes of a plan share.
type house struct {
	plan   *Plan
	works  []work
	scale  float64 // grid metres in a metre
	drives map[driver][]*drive
	means  map[string]*means // by mover
	passes [][]pass          // over the frontier, by kilometre of the own cell
	starts [][]mobility.Node // on the far edge, by kilometre
	ends   [][]mobility.Node // on the own edge, by kilometre
	from   []mobility.Node   // where intruders start: the far edge and the sources
	exit   []bool            // by node: where they are gone
}

// pass is an arc over the frontier.
type pass struct {
	from mobility.Node
	arc  uint8
}

// driver tells the parties of a response apart.
type driver struct {
	asset, kind string
	pace        float64 // on a level track, s/m
}

// drive is the way of a party from one of its places.
type drive struct {
	away float64 // seconds outside the strip
	ms   []uint32
}

// means are how one kind of intruder gets about.
type means struct {
	net   *mobility.Net
	there *ways // from the starts, on the far side
	away  *ways // to the exits, on the own side
	spare sync.Pool
}

func newHouse(ctx context.Context, p *Plan) (*house, error) {
	zone := p.Ground.Zone()
	line := p.Area.Frontier.Line
	h := &house{
		plan: p, works: worksOf(p.Area, zone), scale: zone.Scale(line[len(line)/2]),
		drives: map[driver][]*drive{}, means: map[string]*means{},
	}
	h.sort()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	h.driveAll(ctx, group)
	for i := range p.Modes {
		mover := p.Modes[i].Mover
		if h.means[mover.Name] != nil {
			continue
		}
		m := &means{net: mobility.NewNet(p.Ground, *mover, nil)}
		m.spare.New = func() any { return newWays(m.net, 0, false) }
		h.means[mover.Name] = m
		if p.Others > 0 {
			group.Go(func() error { m.there = h.spread(m.net, mobility.Far); return ctx.Err() })
			group.Go(func() error { m.away = h.spread(m.net, mobility.Own); return ctx.Err() })
		}
	}
	return h, group.Wait()
}

// spread finds the least times from the starts on the far side, or to the
// exits on the own one.
func (h *house) spread(net *mobility.Net, side mobility.Side) *ways {
	w := newWays(net, side, side == mobility.Own)
	if side == mobility.Far {
		for _, n := range h.from {
			w.seed(n)
		}
	} else {
		for n, exit := range h.exit {
			if exit {
				w.seed(mobility.Node(n))
			}
		}
	}
	w.run(mobility.None)
	return w
}

// sort finds the edges of the strip and the arcs over the frontier. A cell
// within two of the strip's depth is on its edge, so that no step of an
// intruder jumps over the edge.
func (h *house) sort() {
	g, strip, set := h.plan.Ground, h.plan.Coverage.Strip, h.plan.Area.Settings
	h.passes = make([][]pass, strip.Kilometres)
	h.starts, h.ends = make([][]mobility.Node, strip.Kilometres), make([][]mobility.Node, strip.Kilometres)
	h.exit = make([]bool, g.Nodes())
	rim := 2 * g.Frame.DX
	for i := range g.Nodes() {
		n := mobility.Node(i)
		col, row := g.Cell(n)
		if g.Side(n) == mobility.Outside || strip.KM.At(col, row) < 0 {
			continue
		}
		km, d := strip.KM.At(col, row), float64(strip.Distance.At(col, row))
		switch own := g.Side(n) == mobility.Own; {
		case own && d >= set.DepthOwnKM*1000-rim:
			h.ends[km], h.exit[n] = append(h.ends[km], n), true
		case !own && d <= -set.DepthFarKM*1000+rim:
			h.starts[km], h.from = append(h.starts[km], n), append(h.from, n)
		}
		h.addPasses(n)
	}
	for _, s := range h.plan.Area.Sources {
		h.inside(s.Ring, mobility.Far, func(n mobility.Node) { h.from = append(h.from, n) })
	}
	for _, e := range h.plan.Area.Exits {
		h.inside(e.Ring, mobility.Own, func(n mobility.Node) { h.exit[n] = true })
	}
}

func (h *house) addPasses(n mobility.Node) {
	g := h.plan.Ground
	if g.Side(n) != mobility.Far {
		return
	}
	for k := range mobility.Arcs {
		to := g.Neighbour(n, k)
		if to == mobility.None || g.Side(to) != mobility.Own {
			continue
		}
		col, row := g.Cell(to)
		if km := h.plan.Coverage.Strip.KM.At(col, row); km >= 0 {
			h.passes[km] = append(h.passes[km], pass{n, uint8(k)})
		}
	}
}

func (h *house) inside(ring []geo.Point, side mobility.Side, visit func(mobility.Node)) {
	g := h.plan.Ground
	xy := make([]geo.XY, len(ring))
	for i, p := range ring {
		xy[i] = g.Zone().Project(p)
	}
	grid.Inside(g.Frame, xy, func(col, row int) {
		if n := g.Node(col, row); n != mobility.None && g.Side(n) == side {
			visit(n)
		}
	})
}

// driveAll starts the drives of every party of every condition.
func (h *house) driveAll(ctx context.Context, group *errgroup.Group) {
	for _, m := range h.plan.Modes {
		for _, p := range response.Parties(h.plan.Area, h.plan.Coverage.Views[m.View].Condition) {
			key := driverOf(p)
			if p.Flies || h.drives[key] != nil {
				continue
			}
			net := mobility.NewNet(h.plan.Ground, p.Mover, nil)
			for _, at := range p.Places {
				d := new(drive)
				h.drives[key] = append(h.drives[key], d)
				group.Go(func() error {
					h.drive(d, net, at)
					return ctx.Err()
				})
			}
		}
	}
}

func driverOf(p response.Party) driver {
	return driver{p.Asset, p.Type, p.Mover.Pace(mobility.Track, 0)}
}

// drive finds the least times from a place, or from the own cell nearest to it
// after a way outside the strip.
func (h *house) drive(d *drive, net *mobility.Net, at geo.Point) {
	sides := mobility.Own
	if h.plan.Area.Settings.Pursuit {
		sides |= mobility.Far
	}
	w := newWays(net, sides, false)
	d.ms = w.ms
	g := h.plan.Ground
	xy := g.Zone().Project(at)
	start := mobility.None
	if col, row, ok := g.Frame.Cell(xy); ok {
		start = g.Node(col, row)
	}
	if start == mobility.None || g.Side(start) != mobility.Own {
		var metres float64
		if start, metres = g.Nearest(xy, mobility.Own); start == mobility.None {
			return
		}
		d.away = metres * response.Detour * net.Mover.Pace(mobility.Track, 0)
	}
	w.seed(start)
	w.run(mobility.None)
}

// reply is a party that answers the alarms of one mode.
type reply struct {
	setup  float64 // seconds
	drives []*drive
	// who flies
	from   geo.Point
	speed  float64 // m/s
	ground *mobility.Ground
}

// at is the seconds from the alarm until the party stands at a node, +Inf if
// it cannot. A party that may be at several places is at the worst.
func (r *reply) at(n mobility.Node) float64 {
	if r.speed > 0 {
		return r.setup + geo.Distance(r.from, r.ground.Zone().Unproject(r.ground.At(n)))/r.speed
	}
	worst := 0.
	for _, d := range r.drives {
		if d.ms[n] == far {
			return math.Inf(1)
		}
		worst = max(worst, d.away+float64(d.ms[n])/1000)
	}
	return r.setup + worst
}

// stage is one mode, ready to be played.
type stage struct {
	*house
	*means
	mode    *Mode
	mover   *mobility.Mover
	watch   *coverage.Watch
	replies []*reply
}

func (h *house) stage(m *Mode) *stage {
	s := &stage{house: h, means: h.means[m.Mover.Name], mode: m, mover: m.Mover}
	s.watch = h.plan.Coverage.Watch(h.plan.Area, m.View, m.Target, speed(m.Mover))
	for _, p := range response.Parties(h.plan.Area, h.plan.Coverage.Views[m.View].Condition) {
		r := &reply{setup: p.Setup, drives: h.drives[driverOf(p)]}
		if p.Flies {
			r.from, r.speed, r.ground = p.Places[0], p.Cruise/3.6, h.plan.Ground
		}
		s.replies = append(s.replies, r)
	}
	return s
}

// speed is that of a mover on firm, level ground, or on water, m/s.
func speed(m *mobility.Mover) float64 {
	if pace := m.Pace(mobility.Gravel, 0); !math.IsInf(pace, 1) {
		return 1 / pace
	}
	return 1 / m.Pace(mobility.Water, 0)
}

func (s *stage) name() string { return s.mover.Name }

// random is the source of one use: of a path of a kilometre in a round. It
// depends on nothing that was drawn before.
func (s *stage) random(km, path, round int) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %s %d %d %d", s.mover.Name, s.plan.Coverage.Views[s.mode.View].Condition.Name, km, path, round)
	return rand.New(rand.NewPCG(s.plan.Seed, h.Sum64()))
}
