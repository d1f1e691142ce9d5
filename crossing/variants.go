package crossing

import (
	"math"
	"math/rand/v2"
	"slices"
)

// variant is one way to weigh the watchers in a search.
type variant struct {
	weight []float64 // of each watcher
}

// search is one variant at some of the quantiles.
type search struct {
	variant
	quantiles []int
}

// Variants cost a search on either side for each quantile. The first has all of
// them, the others one each, in turn: as many paths are found with a third of
// the searches as with three quantiles each.
var (
	allQuantiles = []int{0, 1, 2, 3, 4, 5, 6, 7, 8}
	inTurn       = [][]int{{4}, {1}, {7}}
)

const (
	// perBatch is the number of draws of either sort in a batch.
	perBatch = 3
	// mostBatches is the number of batches at most; the first that lowers no P(I)
	// by more than gain ends a mode.
	mostBatches = 8
	gain        = .005
	// shared is the number of batches whose draws share out the range of each
	// watcher evenly among them (Latin hypercube sampling).
	shared = 4
)

// mean counts every watcher by its availability.
func (m *mode) mean() variant {
	v := variant{weight: make([]float64, len(m.seen))}
	for i := range m.watch.Watchers {
		v.weight[i] = m.watch.Watchers[i].Availability
	}
	return v
}

// doubtful tells whether some watcher may be there or not.
func (m *mode) doubtful() bool {
	return slices.ContainsFunc(m.mean().weight, func(a float64) bool { return a > 0 && a < 1 })
}

// drawn is a batch of searches by other weights than the mean. A watcher who
// may be away counts for less the more of him a path has taken on, so that the
// weakest path is least for some weights between none and his availability,
// which nobody knows beforehand. Draws of who is there find the paths that take
// a watcher on, draws of weights those that trade one for another. They are the
// same for every mode.
func (m *mode) drawn(batch int) (all []search) {
	mean := m.mean().weight
	for d := range perBatch {
		for sort := range 2 {
			shares := strata(batch/shared, sort, len(mean))
			v := variant{weight: make([]float64, len(mean))}
			for i, a := range mean {
				u := shares[i][batch%shared*perBatch+d]
				switch {
				case sort == 1:
					v.weight[i] = -a * math.Log1p(-u)
				case u < a:
					v.weight[i] = 1
				}
			}
			all = append(all, search{v, inTurn[d%len(inTurn)]})
		}
	}
	return all
}

// strata are numbers in [0, 1) for each watcher, one in each of as many equal
// parts as there are draws, in an order of its own.
func strata(block, sort, watchers int) [][]float64 {
	const n = shared * perBatch
	random := rand.New(rand.NewPCG(uint64(block), uint64(sort)))
	all := make([][]float64, watchers)
	for i := range all {
		for _, k := range random.Perm(n) {
			all[i] = append(all[i], (float64(k)+random.Float64())/n)
		}
	}
	return all
}
