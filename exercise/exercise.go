// Package exercise plays the weakest crossings of a line many times over and
// counts how often the intruder is interrupted: a check of computed
// probabilities by somebody who was not told how they were computed.
//
// It takes over the figures (hazards of watchers, availabilities, paces, delays,
// set-up times, priors) and none of the method. The intruder has a clock of his
// own, from the pace of his kind on the heights and classes of the cells and
// from the works that his straight steps cut; responders drive by a plain
// Dijkstra; and what is seen when is drawn, not integrated. In one run
//
//   - every watcher, line sensor and the response's error have one state;
//   - a watcher who is up detects as a Poisson process, at the mean of the
//     hazards at both ends of a step for as long as the step takes;
//   - the first detection is the alarm, and the intruder is interrupted if there
//     is a place ahead, at a cell of his path, at which some responder is no
//     later than he, given the error, which is normal and common to all.
//
// Nothing is stepped in time: the hazard is constant on a step, so that the time
// of first detection follows exactly from one exponential number, by inversion
// of the exposure so far. Frequencies have no error but that of their number.
//
// Times are seconds, hazards 1/s, exposures dimensionless. The same plan and
// seed give the same report on any number of cores.
package exercise

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"vedette/coverage"
	"vedette/exposure"
	"vedette/frontier"
	"vedette/mobility"
)

// Plan is what is played.
type Plan struct {
	Area       *frontier.Area
	Ground     *mobility.Ground
	Coverage   *coverage.Result
	ResponseSD float64 // error of the response times, common to the line, seconds
	Modes      []Mode
	Runs       int    // of every path
	Others     int    // other paths that are tried in each kilometre
	Seed       uint64 //
	Progress   func(done, total int)
}

// Mode is one kind of intruder in one condition.
type Mode struct {
	Mover      *mobility.Mover
	Target     exposure.Target
	View       int // of the coverage
	Kilometres []Kilometre
}

// Kilometre is a computed weakest crossing: its path, from the far side over
// the frontier once to the own one, and its probability of interruption.
// Without a path nobody is said to get through.
type Kilometre struct {
	Number int // of the kilometre, from 0
	PI     float64
	Path   Path
}

// Path is a way over the ground: an arc from every node but the last.
type Path struct {
	Nodes []mobility.Node
	Arcs  []uint8
}

// Check reports everything that is wrong with a plan.
func (p *Plan) Check() error {
	var all []error
	bad := func(format string, args ...any) { all = append(all, fmt.Errorf(format, args...)) }
	if p.Runs < 1 {
		bad("runs: %d are none; give one at least, 2000 to tell a per cent", p.Runs)
	}
	if p.Others < 0 {
		bad("others: %d is below zero; give the number of other paths for each kilometre", p.Others)
	}
	if !(p.ResponseSD >= 0) || math.IsInf(p.ResponseSD, 1) {
		bad("response sd: %v is no error in seconds; give zero or more", p.ResponseSD)
	}
	if len(p.Modes) == 0 {
		bad("modes: there are none; give one kind of intruder in one condition at least")
	}
	for i, m := range p.Modes {
		if m.View < 0 || m.View >= len(p.Coverage.Views) {
			bad("modes[%d].view: %d is none of the %d conditions", i, m.View, len(p.Coverage.Views))
		}
		for _, k := range m.Kilometres {
			if err := p.checkKilometre(k); err != nil {
				bad("modes[%d]: kilometre %d: %w", i, k.Number, err)
			}
		}
	}
	return errors.Join(all...)
}

func (p *Plan) checkKilometre(k Kilometre) error {
	switch n := len(k.Path.Nodes); {
	case k.Number < 0 || k.Number >= p.Coverage.Strip.Kilometres:
		return fmt.Errorf("the frontier has %d kilometres, counted from 0", p.Coverage.Strip.Kilometres)
	case !(k.PI >= 0 && k.PI <= 1+1e-9):
		return fmt.Errorf("P(I) %v is no probability; give a number from 0 to 1", k.PI)
	case n == 0:
		return nil
	case len(k.Path.Arcs) != n-1:
		return fmt.Errorf("the path has %d nodes and %d arcs; give an arc for every node but the last", n, len(k.Path.Arcs))
	}
	return p.checkPath(k.Path)
}

// checkPath tells whether the arcs lead from node to node, over the frontier
// once.
func (p *Plan) checkPath(path Path) error {
	g := p.Ground
	for i, n := range path.Nodes {
		if n < 0 || int(n) >= g.Nodes() || g.Side(n) == mobility.Outside {
			return fmt.Errorf("place %d of the path lies outside the strip", i)
		}
		if i == 0 {
			continue
		}
		if arc := path.Arcs[i-1]; arc >= mobility.Arcs || g.Neighbour(path.Nodes[i-1], int(arc)) != n {
			return fmt.Errorf("arc %d of the path does not lead to the next place", i-1)
		}
		if g.Side(path.Nodes[i-1]) == mobility.Own && g.Side(n) == mobility.Far {
			return fmt.Errorf("the path leads back over the frontier at place %d", i)
		}
	}
	return nil
}

// Run plays every kilometre of every mode, and other paths through it. It uses
// all cores. A path that the intruder's own clock cannot follow is an error.
func Run(ctx context.Context, p Plan) (*Report, error) {
	if err := p.Check(); err != nil {
		return nil, fmt.Errorf("exercise the line: %w", err)
	}
	house, err := newHouse(ctx, &p)
	if err != nil {
		return nil, err
	}
	report := &Report{Runs: p.Runs, Seed: p.Seed, ResponseSD: p.ResponseSD}
	var done atomic.Int64
	total := 0
	for _, m := range p.Modes {
		total += len(m.Kilometres)
	}
	for i := range p.Modes {
		r, err := house.mode(ctx, &p.Modes[i], func() {
			if p.Progress != nil {
				p.Progress(int(done.Add(1)), total)
			}
		})
		if err != nil {
			return nil, fmt.Errorf("exercise the line: %w", err)
		}
		report.Modes = append(report.Modes, r)
	}
	return report, nil
}

// mode plays all kilometres of a mode.
func (h *house) mode(ctx context.Context, m *Mode, step func()) (ModeReport, error) {
	s := h.stage(m)
	trials := make([]Trial, len(m.Kilometres))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range m.Kilometres {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			t, err := s.kilometre(&m.Kilometres[i])
			trials[i] = t
			step()
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return ModeReport{}, err
	}
	return newModeReport(s.name(), h.plan.Coverage.Views[m.View].Condition.Name, trials), nil
}

// kilometre plays the path of a kilometre and others through it.
func (s *stage) kilometre(k *Kilometre) (Trial, error) {
	from := float64(k.Number)
	t := Trial{FromKM: from, ToKM: min(from+1, s.plan.Coverage.Strip.Length/1000), PI: min(1, k.PI)}
	if len(k.Path.Nodes) > 0 {
		tape, err := s.record(k.Path)
		if err != nil {
			return t, fmt.Errorf("%s, kilometre %g to %g: %w", s.name(), t.FromKM, t.ToKM, err)
		}
		n := tape.count(s.random(k.Number, 0, 0), s.plan.Runs)
		t.judge(n, s.plan.Runs)
	}
	for i := range s.plan.Others {
		s.tryOther(&t, k, i)
	}
	return t, nil
}

// firstRuns is the number of runs that an other path gets at first. One that
// then looks weaker than the computed weakest gets more, by and by.
const firstRuns = 400

// tryOther plays an other path through the kilometre.
func (s *stage) tryOther(t *Trial, k *Kilometre, i int) {
	kind, path, ok := s.other(s.random(k.Number, i+1, 0), k, i)
	if !ok {
		return
	}
	tape, err := s.record(path)
	if err != nil {
		return // a way that he cannot go is no way
	}
	t.Others++
	for round, runs := range []int{min(firstRuns, s.plan.Runs), s.plan.Runs, 10 * s.plan.Runs} {
		n := tape.count(s.random(k.Number, i+1, round+1), runs)
		low, high := wilson(n, runs)
		if high >= t.PI {
			return
		}
		if round == 2 {
			t.Beaten = append(t.Beaten, Beat{Way: kind, Runs: runs, Frequency: float64(n) / float64(runs), Low: low, High: high})
		}
	}
}
