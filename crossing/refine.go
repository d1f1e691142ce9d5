package crossing

import (
	"math"
)

// groupsMost is the number of searches of a refinement at most, and alike how
// near weights are that share one.
const (
	groupsMost = 8
	alike      = .15
)

// refined are the searches that follow from the walks so far. The score of a walk
// is concave in its timely exposure to each watcher who may not be there: more
// exposure to the same watcher adds less and less. So the slopes at a
// kilometre's weakest walk bound the score from above, and a search with the
// slopes as weights finds a walk that is no better for the defender. Kilometres
// whose slopes are alike share a search.
func (j *judge) refined() (all []search) {
	var groups []*group
	for km := range j.walks {
		if len(j.walks[km]) == 0 {
			continue
		}
		want := j.slopes(km)
		g, apart := nearest(groups, want)
		if g == nil || apart > alike && len(groups) < groupsMost {
			g = &group{sum: make([]float64, len(j.m.seen)), n: make([]float64, len(j.m.seen))}
			groups = append(groups, g)
		}
		g.add(want)
	}
	for i, g := range groups {
		all = append(all, search{g.variant(j.m), inTurn[i%len(inTurn)]})
	}
	return all
}

// slopes are the weights of the watchers who see any walk of a kilometre, at the
// weakest of them.
func (j *judge) slopes(km int) map[int]float64 {
	slopes := map[int]float64{}
	for _, s := range j.walks[km] {
		for _, i := range s.watchers {
			slopes[i] = j.m.watch.Watchers[i].Availability
		}
	}
	w := j.weakest(km).walk
	for k, e := range j.scorer.timely(w, j.m.asPlanned()) {
		left := w.seers[k].availability * math.Exp(-e)
		slopes[w.seers[k].watcher] = left / (1 - w.seers[k].availability + left)
	}
	return slopes
}

// timely is the exposure of a walk to each of its seers that is likely in time.
func (s *scorer) timely(w *walk, sc scene) []float64 {
	s.times(w, sc)
	s.slacks(w, sc, 0)
	all := make([]float64, len(w.seers))
	for k := range w.seers {
		for i, h := range w.seers[k].hazard {
			if h > 0 {
				all[k] += h * s.seconds[i] * timelyChance(s.slack[i+1]+s.seconds[i]/2, sc.sigma)
			}
		}
	}
	return all
}

// group is kilometres that share a search: sums of their weights, by watcher.
type group struct{ sum, n []float64 }

func (g *group) add(weights map[int]float64) {
	for i, v := range weights {
		g.sum[i] += v
		g.n[i]++
	}
}

// nearest is the group whose means are nearest to some weights, and by how much
// the farthest of them is off; nil if there is none.
func nearest(groups []*group, weights map[int]float64) (best *group, apart float64) {
	apart = math.Inf(1)
	for _, g := range groups {
		far := 0.
		for i, v := range weights {
			if g.n[i] > 0 {
				far = max(far, math.Abs(v-g.sum[i]/g.n[i]))
			}
		}
		if far < apart {
			best, apart = g, far
		}
	}
	return best, apart
}

// variant weighs the watchers of a group by its means, the others as planned.
func (g *group) variant(m *mode) variant {
	v := m.mean()
	for i, n := range g.n {
		if n > 0 {
			v.weight[i] = g.sum[i] / n
		}
	}
	return v
}
