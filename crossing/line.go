package crossing

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"vedette/frontier"
	"vedette/mobility"
	"vedette/response"
)

// Line is a solved line that takes changes.
type Line struct {
	plan      Plan
	sides     *sides
	fields    [][]*response.Field // by view
	sigma     float64
	estimated bool
	out       map[string]bool
	result    *Result
	solvers   *sync.Pool
}

// Change takes an asset out, or brings it back: a site, patrol, base or barrier
// by its id. A barrier that is out delays no more; its screen stays.
type Change struct {
	ID  string
	Out bool
}

// Solve finds the weakest crossing of every kilometre for every kind in every
// condition. It uses all cores, a mode on each; the same plan gives the same
// result on any number of them. Memory is about 60 bytes a cell of the strip
// for each core, and that of the rasters it gives.
func Solve(ctx context.Context, p Plan) (*Line, error) {
	if len(p.Kinds) == 0 || len(p.Coverage.Views) == 0 {
		return nil, fmt.Errorf("solve the line: %d kinds of intruder in %d conditions; give one of each at least", len(p.Kinds), len(p.Coverage.Views))
	}
	l := &Line{plan: p, out: map[string]bool{}, solvers: &sync.Pool{New: func() any { return new(solver) }}}
	l.sides = newSides(&p)
	for _, v := range p.Coverage.Views {
		fields, err := response.Fields(ctx, p.Ground, p.Area, v.Condition)
		if err != nil {
			return nil, err
		}
		l.fields = append(l.fields, fields)
	}
	l.sigma, l.estimated = l.responseError()
	return l, l.solve(ctx)
}

// Result is the line as it stands. It is replaced, not changed, by Apply.
func (l *Line) Result() *Result { return l.result }

// Apply takes assets out or brings them back, and solves the line again. An id
// that names no asset is an error, and changes nothing.
func (l *Line) Apply(ctx context.Context, changes ...Change) error {
	known := l.assets()
	for _, c := range changes {
		if !slices.ContainsFunc(known, func(a Asset) bool { return a.ID == c.ID }) {
			return fmt.Errorf("apply a change: no site, patrol, base or barrier is called %q", c.ID)
		}
	}
	before := l.out
	l.out = map[string]bool{}
	for id := range before {
		l.out[id] = true
	}
	for _, c := range changes {
		delete(l.out, c.ID)
		if c.Out {
			l.out[c.ID] = true
		}
	}
	if err := l.solve(ctx); err != nil {
		l.out = before
		return err
	}
	return nil
}

// assets are all that can be taken out.
func (l *Line) assets() (all []Asset) {
	a := l.plan.Area
	for _, s := range a.Sites {
		all = append(all, Asset{ID: s.ID, Name: nameOf(s.Named), Kind: "site"})
	}
	for _, p := range a.Patrols {
		all = append(all, Asset{ID: p.ID, Name: nameOf(p.Named), Kind: "patrol"})
	}
	for _, b := range a.Bases {
		all = append(all, Asset{ID: b.ID, Name: nameOf(b.Named), Kind: "base"})
	}
	for _, b := range a.Barriers {
		all = append(all, Asset{ID: b.ID, Name: nameOf(b.Named), Kind: "barrier"})
	}
	return all
}

func nameOf(n frontier.Named) string {
	if n.Name != "" {
		return n.Name
	}
	return n.ID
}

// mover is the kind's, who pays nothing at barriers that are out.
func (l *Line) mover(k Kind) mobility.Mover {
	m := *k.Mover
	delay := m.Delay
	m.Delay = func(b *frontier.Barrier) float64 {
		if l.out[b.ID] {
			return 0
		}
		return delay(b)
	}
	return m
}

// responseShare is the standard error of response times as a share of their
// median on the frontier: a prior.
const responseShare = .3

// responseError is the one that the area gives, or the prior.
func (l *Line) responseError() (sigma float64, estimated bool) {
	if s := l.plan.Area.Settings.ResponseSDS; s > 0 {
		return s, false
	}
	var times []uint32
	for _, passes := range l.sides.passes {
		for _, p := range passes {
			if t, _ := response.Least(l.fields[0], p.to, ""); t != response.Never {
				times = append(times, t)
			}
		}
	}
	if len(times) == 0 {
		return 0, true
	}
	slices.Sort(times)
	return responseShare * float64(times[len(times)/2]) / 1000, true
}

// solve finds all modes.
func (l *Line) solve(ctx context.Context) error {
	views := len(l.plan.Coverage.Views)
	modes := make([]Mode, len(l.plan.Kinds)*views)
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	var done counter
	for turn := range modes {
		// By conditions first: the clear ones take longest, and so start together.
		i := turn%len(l.plan.Kinds)*views + turn/len(l.plan.Kinds)
		group.Go(func() error {
			if err := inner.Err(); err != nil {
				return err
			}
			modes[i] = l.solveMode(l.plan.Kinds[i/views], i%views)
			if l.plan.Progress != nil {
				l.plan.Progress(done.next(), len(modes)+l.plan.Losses)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	r := &Result{Modes: modes, ResponseSD: l.sigma, Estimated: l.estimated}
	for i := range modes {
		if modes[i].porosity() > modes[r.Worst].porosity() {
			r.Worst = i
		}
	}
	if err := l.resolve(ctx, &r.Modes[r.Worst]); err != nil {
		return err
	}
	l.result = r
	return nil
}

type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) next() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return c.n
}

// porosity is the mean over the kilometres.
func (m *Mode) porosity() float64 {
	sum := 0.
	for i := range m.Kilometres {
		sum += m.Kilometres[i].Porosity()
	}
	return sum / float64(max(1, len(m.Kilometres)))
}

// Porosity is the mean porosity of the kilometres.
func (m *Mode) Porosity() float64 { return m.porosity() }

// Weakest is the index of the kilometre with the least P(I), the first of
// equals.
func (m *Mode) Weakest() int {
	w := 0
	for i := range m.Kilometres {
		if m.Kilometres[i].PI < m.Kilometres[w].PI {
			w = i
		}
	}
	return w
}

// solveMode searches one mode and scores what was found.
func (l *Line) solveMode(kind Kind, view int) Mode {
	s := l.solvers.Get().(*solver)
	defer l.solvers.Put(s)
	j := l.newJudge(s, kind, view)
	j.search(s, mostBatches)
	out := Mode{Kind: kind.Mover.Name, Condition: l.plan.Coverage.Views[view].Condition, View: view}
	out.Hazard, out.Arrival = s.rasters()
	for km, walks := range j.walks {
		from, to := l.stretch(km)
		k := Kilometre{From: from, To: to, PI: 1, P10: 1, P50: 1, P90: 1, RunnerUp: math.NaN()}
		if len(walks) > 0 {
			j.judge(&k, walks)
		}
		out.Kilometres = append(out.Kilometres, k)
	}
	return out
}

// leastOf is the least P(I) of every kilometre of a mode, found in a briefer
// search.
func (l *Line) leastOf(kind Kind, view int) []float64 {
	const batches = 1
	s := l.solvers.Get().(*solver)
	defer l.solvers.Put(s)
	j := l.newJudge(s, kind, view)
	j.search(s, batches)
	least := make([]float64, len(j.walks))
	for km, walks := range j.walks {
		if least[km] = 1; len(walks) > 0 {
			least[km] = j.weakest(km).p
		}
	}
	return least
}

// newJudge readies a solver for a mode.
func (l *Line) newJudge(s *solver, kind Kind, view int) *judge {
	m := l.newMode(kind, view)
	s.start(m)
	return &judge{l: l, m: m, scorer: scorer{m: m, l: l}, scenes: l.scenes(m), walks: make([][]scored, len(s.found))}
}

// search looks for the paths of a mode: by the mean of the watchers, by batches of
// draws of them, so many at most, and once more by what was found.
func (j *judge) search(s *solver, most int) {
	j.look(s, []search{{j.m.mean(), allQuantiles}})
	if !j.m.doubtful() {
		return
	}
	patient := j.l.plan.Batches > 0
	if patient {
		most = j.l.plan.Batches
	}
	for batch := range most {
		if fall := j.look(s, j.m.drawn(batch)); fall <= gain && !patient {
			break
		}
	}
	j.look(s, j.refined())
}

// stretch is where a kilometre begins and ends.
func (l *Line) stretch(km int) (from, to float64) {
	return float64(km), min(float64(km+1), l.plan.Coverage.Strip.Length/1000)
}
