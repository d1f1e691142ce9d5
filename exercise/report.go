package exercise

import (
	"fmt"
	"math"
)

// Report is what came of a plan.
type Report struct {
	Runs       int          `json:"runs"`
	Seed       uint64       `json:"seed"`
	ResponseSD float64      `json:"response_sd_s"`
	Modes      []ModeReport `json:"modes"`
}

// ModeReport is what came of one kind of intruder in one condition.
type ModeReport struct {
	Kind       string  `json:"kind"`
	Condition  string  `json:"condition"`
	Played     int     `json:"played"`           // kilometres with a path
	Outside    int     `json:"outside"`          // of them, where the interval does not hold P(I)
	Expected   float64 `json:"outside_mean"`     // of them, if every P(I) is right
	Bound      int     `json:"outside_bound"`    // more are there with a chance of 1 in 1000 at most
	LargestZ   float64 `json:"largest_z"`        // in size
	Impossible int     `json:"beyond_4_sigma"`   // kilometres that P(I) cannot explain
	Others     int     `json:"others"`           // other paths that were played
	Beaten     int     `json:"others_that_beat"` // of them, weaker than the computed weakest
	Kilometres []Trial `json:"kilometres"`
}

// Trial is what came of one kilometre.
type Trial struct {
	FromKM      float64 `json:"from_km"`
	ToKM        float64 `json:"to_km"`
	PI          float64 `json:"p_i"` // as computed
	Runs        int     `json:"runs"`
	Interrupted int     `json:"interrupted"`
	Frequency   float64 `json:"frequency"`
	Low         float64 `json:"low"` // 95 % interval of the frequency (Wilson)
	High        float64 `json:"high"`
	Inside      bool    `json:"inside"`     // P(I) lies in the interval
	Z           float64 `json:"z"`          // normal deviate as rare as the count, given P(I)
	Impossible  bool    `json:"impossible"` // rarer than 4 standard errors
	Others      int     `json:"others"`
	Beaten      []Beat  `json:"beaten,omitempty"`

	miss float64 // chance of lying outside if P(I) is right
}

// Beat is an other path that is weaker than the computed weakest crossing.
type Beat struct {
	Way       string  `json:"way"` // straight, fastest or detour
	Runs      int     `json:"runs"`
	Frequency float64 `json:"frequency"`
	Low       float64 `json:"low"`
	High      float64 `json:"high"`
}

// twoSided is the normal deviate of a 95 % interval.
const twoSided = 1.959963984540054

// wilson is the 95 % interval of a frequency (E. B. Wilson, Probable inference,
// Journal of the American Statistical Association 22, 1927).
func wilson(hits, runs int) (low, high float64) {
	n := float64(runs)
	f, zz := float64(hits)/n, twoSided*twoSided
	middle := (f + zz/(2*n)) / (1 + zz/n)
	half := twoSided / (1 + zz/n) * math.Sqrt(f*(1-f)/n+zz/(4*n*n))
	low, high = max(0, middle-half), min(1, middle+half)
	if hits == 0 {
		low = 0
	}
	if hits == runs {
		high = 1
	}
	return low, high
}

// judge compares so many interruptions with P(I).
func (t *Trial) judge(hits, runs int) {
	t.Runs, t.Interrupted, t.Frequency = runs, hits, float64(hits)/float64(runs)
	t.Low, t.High = wilson(hits, runs)
	t.Inside = within(t.PI, hits, runs)
	below, above := 0., 0.
	for x := range runs + 1 {
		p := binomial(x, runs, t.PI)
		if x <= hits {
			below += p
		}
		if x >= hits {
			above += p
		}
		if !within(t.PI, x, runs) {
			t.miss += p
		}
	}
	t.Z = deviate(below, above)
	t.Impossible = math.Abs(t.Z) > 4
}

// within tells whether the interval of so many interruptions holds p.
func within(p float64, hits, runs int) bool {
	const rounding = 1e-12
	low, high := wilson(hits, runs)
	return p >= low-rounding && p <= high+rounding
}

// deviate is the normal deviate that is as rare as a count, given the chances
// of at most and of at least so many; the count itself goes half to either side.
// It is exact where P(I) is near 0 or 1 and a standard error means nothing.
func deviate(below, above float64) float64 {
	itself := max(0, below+above-1)
	low, high := max(0, below-itself/2), max(0, above-itself/2)
	const most = 8.2 // beyond it the chance is smaller than a float's rounding
	z := min(most, math.Sqrt2*math.Erfinv(max(0, 1-2*min(low, high))))
	if low < high {
		return -z
	}
	return z
}

// binomial is the chance of so many hits.
func binomial(hits, runs int, p float64) float64 {
	switch {
	case p <= 0:
		return truth(hits == 0)
	case p >= 1:
		return truth(hits == runs)
	}
	return math.Exp(choose(runs, hits) + float64(hits)*math.Log(p) + float64(runs-hits)*math.Log1p(-p))
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// choose is the logarithm of the number of ways to take k of n.
func choose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

// newModeReport sums the trials up.
func newModeReport(kind, condition string, trials []Trial) ModeReport {
	r := ModeReport{Kind: kind, Condition: condition, Kilometres: trials}
	var misses []float64
	for _, t := range trials {
		r.Others += t.Others
		r.Beaten += len(t.Beaten)
		if t.Runs == 0 {
			continue
		}
		r.Played++
		r.Expected += t.miss
		misses = append(misses, t.miss)
		if !t.Inside {
			r.Outside++
		}
		if t.Impossible {
			r.Impossible++
		}
		if math.Abs(t.Z) > math.Abs(r.LargestZ) {
			r.LargestZ = t.Z
		}
	}
	r.Bound = most(misses, .999)
	return r
}

// most is the least number that so many independent events, each with its own
// chance, do not exceed with the probability sure.
func most(chances []float64, sure float64) int {
	p := make([]float64, len(chances)+1) // of so many events
	p[0] = 1
	for i, c := range chances {
		for k := i + 1; k > 0; k-- {
			p[k] += c * (p[k-1] - p[k])
		}
		p[0] *= 1 - c
	}
	sum := 0.
	for k := range p {
		if sum += p[k]; sum >= sure {
			return k
		}
	}
	return len(chances)
}

// Failures says in words what does not agree with the computed figures; nothing
// if all does.
func (r *Report) Failures() (all []string) {
	for _, m := range r.Modes {
		name := m.Kind + " by " + m.Condition
		if m.Outside > m.Bound {
			all = append(all, fmt.Sprintf("%s: %d of %d kilometres lie outside their 95 %% interval; up to %d would be chance", name, m.Outside, m.Played, m.Bound))
		}
		for _, t := range m.Kilometres {
			if t.Impossible {
				all = append(all, fmt.Sprintf("%s, km %g to %g: interrupted in %.4f of the runs (%.4f to %.4f), computed %.4f, z %+.1f", name, t.FromKM, t.ToKM, t.Frequency, t.Low, t.High, t.PI, t.Z))
			}
			for _, b := range t.Beaten {
				all = append(all, fmt.Sprintf("%s, km %g to %g: a path (%s) was interrupted in %.4f of %d runs (%.4f to %.4f), the computed weakest has %.4f", name, t.FromKM, t.ToKM, b.Way, b.Frequency, b.Runs, b.Low, b.High, t.PI))
			}
		}
	}
	return all
}
