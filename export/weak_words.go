package export

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"vedette/crossing"
)

// modeName says how an intruder comes, and when: on foot at night.
func modeName(m *crossing.Mode) string {
	return moverName(m.Kind) + " " + inCondition(m.Condition.Name)
}

func moverName(kind string) string {
	if kind == "foot" {
		return "on foot"
	}
	return "by " + strings.ReplaceAll(kind, "_", " ")
}

// chance writes a probability with two digits. What is not quite nothing or
// certain does not round to it.
func chance(p float64) string {
	switch {
	case p <= 0:
		return "0"
	case p < .005:
		return "<0.01"
	case p >= 1:
		return "1"
	case p > .995:
		return ">0.99"
	}
	return strconv.FormatFloat(p, 'f', 2, 64)
}

// chances is the range from the 10th to the 90th percentile.
func chances(k *crossing.Kilometre) string {
	low, high := chance(k.P10), chance(k.P90)
	if low == high && k.P90 > 0 {
		return low
	}
	return low + "–" + high
}

// runnerUp is the second weakest crossing of a kilometre in words.
func runnerUp(k *crossing.Kilometre) string {
	if math.IsNaN(k.RunnerUp) {
		return "none found elsewhere"
	}
	return chance(k.RunnerUp)
}

// lasting writes a time as people say it.
func lasting(seconds float64) string {
	s := math.Abs(seconds)
	switch {
	case math.IsInf(s, 0):
		return "for ever"
	case s < 90:
		return fmt.Sprintf("%.0f s", s)
	case s < 5370: // rounds to less than 90 min
		return fmt.Sprintf("%.0f min", s/60)
	}
	m := int(math.Round(s / 60))
	return fmt.Sprintf("%d h %02d min", m/60, m%60)
}

// answer names the worst mode and its weakest kilometre.
func (w *weakness) answer() string {
	m := w.worst
	if shut(m) == len(m.Kilometres) {
		return "No intruder gets through: for every kind of intruder and in every condition, each kilometre has no way through it that is not sure to be seen."
	}
	text := fmt.Sprintf("The line is weakest against an intruder who comes %s: on the best way through a kilometre he gets through uninterrupted with a chance of %s on average (the mean porosity). ",
		modeName(m), chance(m.Porosity()))
	k := &m.Kilometres[m.Weakest()]
	text += "The weakest kilometre is km " + spanOf(k)
	if n := asWeak(m); n > 1 {
		text += fmt.Sprintf(", the first of %d that are as weak", n)
	}
	text += fmt.Sprintf(": there the chance to interrupt him, P(I), is %s (P10 to P90: %s to %s); ", chance(k.PI), chance(k.P10), chance(k.P90))
	if math.IsNaN(k.RunnerUp) {
		return text + "as for a runner-up, none was found elsewhere in that kilometre."
	}
	return text + fmt.Sprintf("the runner-up, the weakest crossing elsewhere in that kilometre, has %s.", chance(k.RunnerUp))
}

// matters says what holds the weakest kilometre, or why nothing does.
func (w *weakness) matters() string {
	if w.nobody() != "" {
		return w.nobody()
	}
	k := &w.worst.Kilometres[w.worst.Weakest()]
	if k.Path == nil {
		return ""
	}
	if len(k.Assets) == 0 {
		return fmt.Sprintf("Nothing stands in his way in km %s: %s.%s", spanOf(k), openReason(k.Path), w.mattersElsewhere())
	}
	a := k.Assets[0]
	return fmt.Sprintf("What matters most in km %s is %s: without it P(I) falls to %s.%s", spanOf(k), assetName(a), chance(a.Without), w.mattersElsewhere())
}

// mattersElsewhere names the asset that the whole line leans on most.
func (w *weakness) mattersElsewhere() string {
	all := w.worths()
	if len(all) == 0 {
		return ""
	}
	return fmt.Sprintf(" Over all kilometres the line leans most on %s.", assetName(all[0].Asset))
}

// nobody says why P(I) is 0 everywhere where nobody watches or answers.
func (w *weakness) nobody() string {
	watched := false
	for _, s := range w.area.Sites {
		watched = watched || len(s.Sensors) > 0 && s.State != "down"
	}
	answered := len(w.area.Patrols) > 0
	for _, b := range w.area.Bases {
		answered = answered || len(b.Responders) > 0
	}
	for i := range w.Modes {
		if underPI(&w.Modes[i], as)+shut(&w.Modes[i]) < len(w.Modes[i].Kilometres) {
			return ""
		}
	}
	switch {
	case !watched && !answered:
		return "The area has no working sensors and no responders: nobody watches and nobody answers, so nobody is interrupted anywhere."
	case !watched:
		return "The area has no posts with working sensors: nobody watches, so nobody is interrupted anywhere."
	case !answered:
		return "The area has no responders: whoever is seen, nobody answers, so nobody is interrupted anywhere."
	}
	return ""
}

// openReason says of a crossing that nothing holds why that is so.
func openReason(p *crossing.Path) string {
	switch {
	case p.MeetAt < 0 || p.Critical < 0:
		return "wherever he is seen, no responder comes in time"
	case p.PUnseen > .995:
		return "nobody sees him on the way"
	}
	return "he is seen, if at all, when it is too late to meet him"
}

// assetName is an asset with its kind, where the name alone does not tell it.
func assetName(a crossing.Asset) string {
	if a.Name == "" {
		return a.Kind + " " + a.ID
	}
	return a.Name
}

// chartText is the chart along the frontier in words.
func (w *weakness) chartText() string {
	var parts []string
	for _, m := range w.worstFirst() {
		part := fmt.Sprintf("%s P(I) is under 0.1 in %d of %d kilometres and under 0.5 in %d", capital(modeName(m)),
			underPI(m, .1), len(m.Kilometres), underPI(m, .5))
		if n := shut(m); n > 0 {
			part += fmt.Sprintf(", and %d have no way through", n)
		}
		parts = append(parts, part)
	}
	return sentences(parts)
}

// openText lists the stretches of the worst mode in which nobody is
// interrupted.
func (w *weakness) openText() string {
	var spans []string
	all := w.worst.Kilometres
	for i := 0; i < len(all); i++ {
		if !isOpen(&all[i]) {
			continue
		}
		from := all[i].From
		for i+1 < len(all) && isOpen(&all[i+1]) {
			i++
		}
		spans = append(spans, span(StretchFigures{FromKM: from, ToKM: all[i].To}))
	}
	if len(spans) == 0 {
		return ""
	}
	return fmt.Sprintf("%s P(I) is below 0.01 in km %s.", capital(modeName(w.worst)), list(spans))
}

// isOpen tells whether as good as nobody is interrupted in a kilometre.
func isOpen(k *crossing.Kilometre) bool { return k.Passable && k.PI < .01 }

// worstFirst is the modes with the worst one before the others.
func (w *weakness) worstFirst() []*crossing.Mode {
	all := []*crossing.Mode{w.worst}
	for i := range w.Modes {
		if i != w.Worst {
			all = append(all, &w.Modes[i])
		}
	}
	return all
}

// beforeFrontier is when the critical point is passed.
func beforeFrontier(p *crossing.Path) string {
	switch d := p.Seconds[p.Cross] - lastChance(p); {
	case d > 0:
		return lasting(d) + " before the frontier"
	case d < 0:
		return lasting(d) + " after the frontier"
	}
	return "at the frontier"
}

// lastChance is the moment from which on it is too late to see him: after the
// critical point by the slack that is left there, which he may spend at a work.
func lastChance(p *crossing.Path) float64 {
	i := p.Critical
	if i+1 == len(p.Seconds) {
		return p.Seconds[i]
	}
	return min(p.Seconds[i]+p.Slack[i], p.Seconds[i+1])
}

// assumptions are what the figures of the crossings rest on.
func (w *weakness) assumptions() []string {
	set := w.area.Settings
	all := []string{
		toldTheWay,
		"The intruder knows the line: he takes the way on which he is least likely to be interrupted.",
		"An intruder enters the strip anywhere on its far edge, or at a source of the area file, and is gone once he reaches its own edge or an exit.",
		w.errorText(),
		"P10 and P90: what nobody knows for sure (speeds, delays, response times, rates of detection, attention of people) was drawn at random many times; in a tenth of the draws P(I) is below P10, in a tenth above P90. The range holds for these unknowns only, not for an error of the model.",
		"A search may miss a way that is a little weaker still: the line can be slightly weaker than it looks here, not stronger.",
		fmt.Sprintf("Watchers are not always watching: people at a post are taken to watch %s of the time, machines by their own availability.", percent(set.PostAvailability)),
		"A kilometre has no way through if no path for that kind of intruder leads across it, or if every path is certain to be seen. P(I) is counted as 1 there.",
	}
	if set.BusyShare > 0 {
		all = append(all, fmt.Sprintf("A responder is elsewhere %s of the time; then the next one answers.", percent(set.BusyShare)))
	}
	if set.Pursuit {
		all = append(all, "Responders may go beyond the frontier.")
	}
	return append(all, w.plan.Provenance.Warnings()...)
}

func (w *weakness) errorText() string {
	text := fmt.Sprintf("All response times share one error, with a standard deviation of %s", lasting(w.ResponseSD))
	if w.Estimated {
		return text + ": an estimate, a fixed share of the median time on the frontier (see the priors), because the area file gives none."
	}
	return text + ", as the area file gives it."
}
