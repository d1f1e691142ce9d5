package crossing

import (
	"math"
	"math/rand/v2"
)

// What is not known, as factors that hold 90 % of a lognormal between 1/f and
// f: priors. The delay's is that of most works in mobility.
const (
	paceSpread     = 1.2
	delaySpread    = 2.
	responseSpread = 1.3
	eyesSpread     = 2.
	machineSpread  = 1.3
	// guardLow and guardHigh bound the share of time that people really watch,
	// against the one assumed: .5 to .8 against .65.
	guardLow, guardHigh = .5 / .65, .8 / .65

	defaultDraws = 100
)

// scenes are the draws of what is not known: the same for all kilometres and
// all modes of a line, so that these compare.
func (l *Line) scenes(m *mode) []scene {
	n := l.plan.Draws
	if n == 0 {
		n = defaultDraws
	}
	random := rand.New(rand.NewPCG(3, 4))
	factor := func(spread float64) float64 {
		return math.Exp(random.NormFloat64() * math.Log(spread) / 1.6449) // the 95 % point
	}
	all := make([]scene, n)
	for i := range all {
		s := m.asPlanned()
		s.pace, s.delay, s.response = factor(paceSpread), factor(delaySpread), factor(responseSpread)
		s.hazard = [classCount]float64{byEyes: factor(eyesSpread), byRadar: factor(machineSpread), byPatrol: factor(eyesSpread), byLine: factor(machineSpread)}
		s.guard = guardLow + random.Float64()*(guardHigh-guardLow)
		all[i] = s
	}
	return all
}
