package exercise

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"vedette/mobility"
)

// tape is a path in time, ready to be played.
type tape struct {
	at      []float64 // seconds from the start, at each place
	eyes    []eye
	sensors []lineSensor
	// spare is, for the soonest responders, the next and so on: the most time,
	// over the places from one on, between when he is there, counted from his
	// start, and when the responder is, counted from the alarm; -Inf if none comes.
	spare [][]float64
	sigma float64 // seconds
	busy  float64 // share of time in which a responder is elsewhere
}

// eye is a watcher along the path; the inhabitants are one.
type eye struct {
	availability float64
	exposed      []float64 // so far, at each place
}

// lineSensor is a barrier's, and the moments at which the path crosses it.
type lineSensor struct {
	work         int
	availability float64
	hits         []hit
}

type hit struct {
	seconds, p float64
}

// covers is the number of responders to a place that are asked in turn when
// the sooner ones are busy, as the model has it.
const covers = 3

// record follows a path with the intruder's own clock.
func (s *stage) record(path Path) (*tape, error) {
	t := &tape{at: make([]float64, len(path.Nodes)), sigma: s.plan.ResponseSD, busy: s.plan.Area.Settings.BusyShare}
	steps := make([]step, len(path.Arcs))
	for i := range steps {
		st, err := s.step(path.Nodes[i], path.Nodes[i+1])
		if err != nil {
			return nil, fmt.Errorf("place %d of %d: %w", i, len(path.Nodes), err)
		}
		t.cross(st, t.at[i])
		t.at[i+1] = t.at[i] + st.seconds
		steps[i] = st
	}
	for i := range s.watch.Watchers {
		s.watched(t, path, steps, i)
	}
	s.reported(t, path)
	s.answered(t, path)
	return t, nil
}

// step is a straight move between the centres of two cells.
type step struct {
	ground  float64 // seconds on the way
	seconds float64 // with the delays at works
	east    float64 // m/s on the way
	north   float64
	stops   []stop
}

// step times a move: half of it at the pace of either cell's ground, on the
// slope between their heights, and what the works on it cost.
func (s *stage) step(a, b mobility.Node) (step, error) {
	g := s.plan.Ground
	p, q := g.At(a), g.At(b)
	scale := s.scale
	metres := math.Hypot(q.X-p.X, q.Y-p.Y) / scale
	slope := float64(g.Height(b)-g.Height(a)) / metres
	slope = min(1, max(-1, slope)) // beyond 45 degrees paces are those at 45
	st := step{ground: metres / 2 * (s.mover.Pace(g.Class(a), slope) + s.mover.Pace(g.Class(b), slope))}
	st.stops = s.stops(p, q)
	st.seconds = st.ground
	for _, w := range st.stops {
		st.seconds += w.seconds
	}
	if math.IsInf(st.seconds, 1) || math.IsNaN(st.seconds) {
		return st, fmt.Errorf("a %s cannot go from ground class %d to %d on a slope of %.2f over %d works", s.mover.Name, g.Class(a), g.Class(b), slope, len(st.stops))
	}
	st.east, st.north = (q.X-p.X)/scale/st.ground, (q.Y-p.Y)/scale/st.ground
	return st, nil
}

// cross notes the line sensors of a step that begins at the given second. A
// sensor sees who comes to the barrier, before he is delayed there.
func (t *tape) cross(st step, seconds float64) {
	slices.SortStableFunc(st.stops, func(a, b stop) int { return cmp.Compare(a.share, b.share) })
	delayed := 0.
	for _, w := range st.stops {
		if w.exposure > 0 {
			t.sensor(w).hits = append(t.sensor(w).hits, hit{seconds + w.share*st.ground + delayed, -math.Expm1(-w.exposure)})
		}
		delayed += w.seconds
	}
}

// sensor is that of a stop; a barrier that is crossed twice has one.
func (t *tape) sensor(w stop) *lineSensor {
	for i := range t.sensors {
		if t.sensors[i].work == w.work {
			return &t.sensors[i]
		}
	}
	t.sensors = append(t.sensors, lineSensor{work: w.work, availability: w.availability})
	return &t.sensors[len(t.sensors)-1]
}

// watched adds a watcher, if it sees anything of the path.
func (s *stage) watched(t *tape, path Path, steps []step, i int) {
	w := &s.watch.Watchers[i]
	if w.Availability <= 0 {
		return
	}
	g := s.plan.Ground
	exposed := make([]float64, len(path.Nodes))
	for k, st := range steps {
		col, row := g.Cell(path.Nodes[k])
		h := w.Moving(col, row, st.east, st.north)
		col, row = g.Cell(path.Nodes[k+1])
		h += w.Moving(col, row, st.east, st.north)
		exposed[k+1] = exposed[k] + h/2*(t.at[k+1]-t.at[k])
	}
	if exposed[len(steps)] > 0 {
		t.eyes = append(t.eyes, eye{w.Availability, exposed})
	}
}

// reported adds the inhabitants of the own side.
func (s *stage) reported(t *tape, path Path) {
	if s.watch.Report <= 0 {
		return
	}
	exposed := make([]float64, len(path.Nodes))
	for k := range path.Arcs {
		exposed[k+1] = exposed[k]
		if s.plan.Ground.Side(path.Nodes[k]) == mobility.Own {
			exposed[k+1] += s.watch.Report * (t.at[k+1] - t.at[k])
		}
	}
	t.eyes = append(t.eyes, eye{1, exposed})
}

// answered sets what time responders have to spare.
func (s *stage) answered(t *tape, path Path) {
	n := min(covers, len(s.replies))
	if t.busy == 0 {
		n = min(1, n)
	}
	t.spare = make([][]float64, n)
	for rank := range t.spare {
		t.spare[rank] = make([]float64, len(path.Nodes))
	}
	comes := make([]float64, len(s.replies))
	for i, node := range path.Nodes {
		for k, r := range s.replies {
			comes[k] = math.Inf(1)
			if s.reached(node) {
				comes[k] = r.at(node)
			}
		}
		slices.Sort(comes)
		for rank := range t.spare {
			t.spare[rank][i] = t.at[i] - comes[rank]
		}
	}
	for _, spare := range t.spare {
		for i := len(spare) - 2; i >= 0; i-- {
			spare[i] = max(spare[i], spare[i+1])
		}
	}
}

// reached tells whether responders go to a node at all.
func (s *stage) reached(n mobility.Node) bool {
	return s.plan.Ground.Side(n) == mobility.Own || s.plan.Area.Settings.Pursuit
}

// count plays the tape so many times, and counts interruptions.
func (t *tape) count(r *rand.Rand, runs int) (interrupted int) {
	for range runs {
		if t.play(r) {
			interrupted++
		}
	}
	return interrupted
}

// play is one run: whether the intruder is interrupted.
func (t *tape) play(r *rand.Rand) bool {
	seen := t.firstSeen(r)
	late := t.sigma * r.NormFloat64()
	rank := 0
	for rank < len(t.spare) && t.busy > 0 && r.Float64() < t.busy {
		rank++
	}
	if rank == len(t.spare) || math.IsInf(seen, 1) {
		return false
	}
	ahead := sort.SearchFloat64s(t.at, seen)
	if ahead == len(t.at) {
		return false
	}
	return t.spare[rank][ahead]-seen >= late
}

// firstSeen is the second of the first detection; +Inf if there is none.
func (t *tape) firstSeen(r *rand.Rand) float64 {
	first := math.Inf(1)
	for i := range t.eyes {
		if e := &t.eyes[i]; r.Float64() < e.availability {
			first = min(first, t.when(e.exposed, r.ExpFloat64()))
		}
	}
	for i := range t.sensors {
		if l := &t.sensors[i]; r.Float64() < l.availability {
			for _, h := range l.hits {
				if r.Float64() < h.p {
					first = min(first, h.seconds)
				}
			}
		}
	}
	return first
}

// when is the second at which an exposure is reached; +Inf if it never is.
func (t *tape) when(exposed []float64, e float64) float64 {
	i := sort.SearchFloat64s(exposed, e)
	if i == len(exposed) {
		return math.Inf(1)
	}
	if i == 0 {
		return t.at[0]
	}
	share := (e - exposed[i-1]) / (exposed[i] - exposed[i-1])
	return t.at[i-1] + share*(t.at[i]-t.at[i-1])
}
