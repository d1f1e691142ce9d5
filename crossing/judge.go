package crossing

import (
	"cmp"
	"math"
	"slices"

	"vedette/grid"
	"vedette/mobility"
)

const (
	// kept is the number of candidates on which draws and losses are scored.
	kept = 4
	// apart is how far from the weakest crossing another one lies, metres.
	apart = 250
	// worth is the least loss of P(I) that makes an asset count.
	worth  = .0005
	listed = 3
)

// judge scores the candidates of kilometres.
type judge struct {
	l      *Line
	m      *mode
	scorer scorer
	scenes []scene
	walks  [][]scored // of each kilometre, by their P(I), and of equals as they were found
}

// scored is a trail with its P(I) and the watchers on its way. Only the best of
// a kilometre keep their walk, which costs some two hundred bytes an arc.
type scored struct {
	*walk
	trail    *trail
	p        float64
	watchers []int
}

// look runs searches, scores the paths that they find, and gives the greatest
// fall of a kilometre's P(I).
func (j *judge) look(s *solver, searches []search) (fall float64) {
	s.run(searches)
	for km, trails := range s.found {
		before := 1.
		if len(j.walks[km]) > 0 {
			before = j.weakest(km).p
		}
		j.weigh(km, trails)
		if len(j.walks[km]) > 0 {
			fall = max(fall, before-j.weakest(km).p)
		}
	}
	return fall
}

// weigh scores the trails that are new.
func (j *judge) weigh(km int, trails []*trail) {
	plain := j.m.asPlanned()
	for _, t := range trails[len(j.walks[km]):] {
		w := j.m.newWalk(t, j.l)
		all := append(j.walks[km], scored{w, t, j.scorer.score(w, plain), w.watchers()})
		slices.SortStableFunc(all, byScore)
		if len(all) > kept {
			all[kept].walk = nil
		}
		j.walks[km] = all
	}
}

// watchers are those who may see somebody on the walk.
func (w *walk) watchers() []int {
	all := make([]int, len(w.seers))
	for i := range w.seers {
		all[i] = w.seers[i].watcher
	}
	return all
}

func (j *judge) weakest(km int) scored { return j.walks[km][0] }

func byScore(a, b scored) int { return cmp.Compare(a.p, b.p) }

// judge fills a kilometre from its walks.
func (j *judge) judge(k *Kilometre, all []scored) {
	candidates := len(all)
	k.Passable, k.PI = true, all[0].p
	k.RunnerUp = j.runnerUp(all)
	all = all[:min(kept, len(all))]
	k.P10, k.P50, k.P90 = j.spread(all)
	k.Assets = j.losses(all, k.PI)
	k.Path = j.path(all[0].walk)
	k.Path.Candidates = candidates
}

// runnerUp is the least P(I) of a path that crosses elsewhere.
func (j *judge) runnerUp(all []scored) float64 {
	g := j.m.net.Ground
	first := g.At(all[0].trail.nodes[all[0].trail.cross])
	for _, s := range all[1:] {
		at := g.At(s.trail.nodes[s.trail.cross])
		if math.Hypot(at.X-first.X, at.Y-first.Y) >= apart {
			return s.p
		}
	}
	return math.NaN()
}

// least is the least P(I) of some walks in a scene.
func (j *judge) least(all []scored, sc scene) float64 {
	p := math.Inf(1)
	for _, s := range all {
		p = min(p, j.scorer.score(s.walk, sc))
	}
	return p
}

// spread is the 10th, 50th and 90th percentile of P(I) over the draws.
func (j *judge) spread(all []scored) (p10, p50, p90 float64) {
	values := make([]float64, len(j.scenes))
	for i, sc := range j.scenes {
		values[i] = j.least(all, sc)
	}
	slices.Sort(values)
	at := func(share float64) float64 { return values[min(len(values)-1, int(share*float64(len(values))))] }
	return at(.1), at(.5), at(.9)
}

// losses ranks the assets by what the kilometre loses with them.
func (j *judge) losses(all []scored, p float64) (out []Asset) {
	for _, a := range j.l.assets() {
		if j.l.out[a.ID] || !j.matters(all, a) {
			continue
		}
		sc := j.m.asPlanned()
		sc.without = a.ID
		if a.Without = j.least(all, sc); p-a.Without > worth {
			out = append(out, a)
		}
	}
	slices.SortStableFunc(out, func(a, b Asset) int { return cmp.Compare(a.Without, b.Without) })
	return out[:min(listed, len(out))]
}

// matters tells whether an asset has anything to do with one of the walks.
func (j *judge) matters(all []scored, a Asset) bool {
	for _, s := range all {
		for _, f := range s.fields {
			if f.Asset == a.ID {
				return true
			}
		}
		for i := range s.seers {
			if j.m.watch.Watchers[s.seers[i].watcher].ID == a.ID {
				return true
			}
		}
		for _, c := range s.works {
			if j.l.plan.Area.Barriers[c.barrier].ID == a.ID {
				return true
			}
		}
	}
	return false
}

// rasters are the hazard without its background, and the arrival of the first
// responder.
func (s *solver) rasters() (hazard, arrival *grid.Tiled[float32]) {
	g := s.m.net.Ground
	nan := float32(math.NaN())
	hazard, arrival = grid.NewTiled(g.Frame, nan), grid.NewTiled(g.Frame, nan)
	s.m.hazards(&s.hazard, s.m.mean())
	for i, h := range s.hazard.Still {
		n := mobility.Node(i)
		if g.Side(n) == mobility.Outside {
			continue
		}
		col, row := g.Cell(n)
		if s.hazard.Echo != nil {
			h += s.hazard.Echo[i]
		}
		hazard.Set(col, row, float32(float64(h-units(background))*mobility.HazardUnit))
		if g.Side(n) != mobility.Own && !s.m.side.pursuit {
			continue
		}
		t := float32(math.Inf(1))
		if floor := s.slack.Floor[i]; floor > 0 {
			t = float32(bias-floor) / 1000
		}
		arrival.Set(col, row, t)
	}
	return hazard, arrival
}
