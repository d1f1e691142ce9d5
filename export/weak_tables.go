package export

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"vedette/crossing"
	"vedette/frontier"
)

// modeRow is a mode in the table of all modes.
type modeRow struct {
	Mover, Condition string
	Mean             string // P(I)
	Where, AsWeak    string // the weakest kilometre, and how many are as weak
	PI, Range        string
	Under1, Under5   int
	Shut, Of         int
	Worst            bool
}

func (w *weakness) modes() []modeRow {
	var rows []modeRow
	for i := range w.Modes {
		rows = append(rows, modeOf(&w.Modes[i], i == w.Worst))
	}
	return rows
}

func modeOf(m *crossing.Mode, worst bool) modeRow {
	r := modeRow{
		Mover: capital(moverName(m.Kind)), Condition: inCondition(m.Condition.Name), Mean: chance(1 - m.Porosity()),
		Under1: underPI(m, .1), Under5: underPI(m, .5), Shut: shut(m), Of: len(m.Kilometres), Worst: worst,
	}
	if r.Shut == r.Of {
		r.Where = "no way through"
		return r
	}
	k := &m.Kilometres[m.Weakest()]
	r.Where, r.PI, r.Range = "km "+spanOf(k), chance(k.PI), chances(k)
	if n := asWeak(m); n > 1 {
		r.AsWeak = fmt.Sprintf("and %d as weak", n-1)
	}
	return r
}

// wayTable is the figures behind the chart along the frontier.
type wayTable struct {
	Columns []string
	Rows    []wayRow
}

type wayRow struct {
	Span  string
	Cells []string
}

func (w *weakness) figures() wayTable {
	var t wayTable
	modes := w.worstFirst()
	for _, m := range modes {
		t.Columns = append(t.Columns, modeName(m))
	}
	for i := range w.worst.Kilometres {
		row := wayRow{Span: spanOf(&w.worst.Kilometres[i])}
		for _, m := range modes {
			row.Cells = append(row.Cells, figureOf(&m.Kilometres[i]))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// figureOf is a kilometre in a cell.
func figureOf(k *crossing.Kilometre) string {
	switch {
	case !k.Passable:
		return "no way through"
	case math.IsNaN(k.RunnerUp):
		return fmt.Sprintf("%s (%s)", chance(k.PI), chances(k))
	}
	return fmt.Sprintf("%s (%s); %s", chance(k.PI), chances(k), chance(k.RunnerUp))
}

// kilometreRow is one of the weakest kilometres with what holds it.
type kilometreRow struct {
	Span, PI, Range, RunnerUp string
	Critical, When            string // place, and time from the frontier
	Who, Comes                string
	Assets                    []assetCell
	None                      string // why there are none
}

// assetCell is an asset with what is left of P(I) without it.
type assetCell struct{ Name, Without, How string }

// kilometres are the weakest ones in order of P(I), equals along the frontier.
func (w *weakness) kilometres() []kilometreRow {
	order := slices.Clone(w.first)
	all := w.worst.Kilometres
	slices.SortFunc(order, func(a, b int) int {
		if d := all[a].PI - all[b].PI; math.Abs(d) > as {
			return cmp.Compare(d, 0)
		}
		return cmp.Compare(a, b)
	})
	var rows []kilometreRow
	for _, i := range order {
		rows = append(rows, weakKilometre(&all[i]))
	}
	return rows
}

func weakKilometre(k *crossing.Kilometre) kilometreRow {
	r := kilometreRow{Span: spanOf(k), PI: chance(k.PI), Range: chances(k), RunnerUp: runnerUp(k)}
	if p := k.Path; p != nil {
		r.Critical, r.Who = "none", "no responder comes in time"
		if len(k.Assets) == 0 {
			r.None = "none"
		}
		if p.Critical >= 0 && p.MeetAt >= 0 {
			r.Critical, r.When = mgrs(p.At[p.Critical]), beforeFrontier(p)
			r.Who, r.Comes = p.Responder, lasting(p.Comes)+" after the alarm"
			if r.None != "" {
				r.None += ": " + openReason(p)
			}
		}
	}
	for _, a := range k.Assets {
		r.Assets = append(r.Assets, assetCell{assetName(a), chance(a.Without), how(a)})
	}
	return r
}

func how(a crossing.Asset) string {
	if a.Resolved {
		return "searched anew"
	}
	return "re-scored"
}

// worth is what an asset is worth to the whole line.
type worth struct {
	crossing.Asset
	Sum  float64 // of the losses of P(I)
	In   int     // kilometres
	Most int     // the kilometre that loses most
	drop float64
}

// worths ranks the assets by their losses over all kilometres of the worst
// mode that list them.
func (w *weakness) worths() []*worth {
	var all []*worth
	byID := map[string]*worth{}
	for i := range w.worst.Kilometres {
		k := &w.worst.Kilometres[i]
		for _, a := range k.Assets {
			v := byID[a.ID]
			if v == nil {
				v = &worth{}
				byID[a.ID], all = v, append(all, v)
			}
			v.add(i, a, k.PI-a.Without)
		}
	}
	slices.SortStableFunc(all, func(a, b *worth) int { return cmp.Compare(b.Sum, a.Sum) })
	return all
}

func (v *worth) add(km int, a crossing.Asset, drop float64) {
	v.Sum += drop
	v.In++
	if v.In == 1 || drop > v.drop {
		v.Most, v.drop, v.Asset = km, drop, a
	}
}

// rankRow is an asset in the ranking over all kilometres.
type rankRow struct {
	Rank        int
	Name, Kind  string
	Sum         string
	In          int
	Where       string
	From, Until string // P(I) there with and without it
	How         string
}

const mostRanked = 10

func (w *weakness) ranking() []rankRow {
	var rows []rankRow
	for i, v := range w.worths() {
		if i == mostRanked {
			break
		}
		k := &w.worst.Kilometres[v.Most]
		rows = append(rows, rankRow{i + 1, assetName(v.Asset), v.Kind, strconv.FormatFloat(v.Sum, 'f', 2, 64), v.In,
			"km " + spanOf(k), chance(k.PI), chance(v.Without), how(v.Asset)})
	}
	return rows
}

// rankingText says which asset the line can least afford to lose.
func (w *weakness) rankingText() string {
	all := w.worths()
	if len(all) == 0 {
		return "The loss of no single site, patrol, base or barrier lowers P(I) in any kilometre."
	}
	v := all[0]
	k := &w.worst.Kilometres[v.Most]
	return fmt.Sprintf("%s the line can least afford to lose %s: it holds %s, most of all km %s, where P(I) falls from %s to %s without it.",
		capital(modeName(w.worst)), assetName(v.Asset), plural(v.In, "kilometre", "kilometres"), spanOf(k), chance(k.PI), chance(v.Without))
}

// priorRow is a figure that nobody measured.
type priorRow struct {
	Name, Value, Range, Unit, Source, Replaces string
	Open                                       bool // nothing replaces it yet
}

func priorRows(all []frontier.Prior) []priorRow {
	var rows []priorRow
	for _, p := range all {
		rows = append(rows, priorRow{capital(p.Name), figureText(p.Value), figureText(p.Low) + " to " + figureText(p.High), unitText(p.Unit), p.Source, p.Replaces, p.Replaces == ""})
	}
	return rows
}

// unitText is a unit with its powers raised; a bare number has none.
func unitText(unit string) string {
	if unit == "1" {
		return "–"
	}
	return strings.NewReplacer("m2", "m²", "m3", "m³", "deg", "°").Replace(unit)
}

// figureText writes a value, large and small ones as a power of ten.
func figureText(v float64) string {
	mantissa, power, ok := strings.Cut(strconv.FormatFloat(v, 'g', 4, 64), "e")
	if !ok {
		return mantissa
	}
	power = strings.TrimPrefix(power, "+")
	sign, digits := "", strings.TrimLeft(power, "-0")
	if strings.HasPrefix(power, "-") {
		sign = "⁻"
	}
	return mantissa + " × 10" + sign + strings.Map(func(r rune) rune { return []rune("⁰¹²³⁴⁵⁶⁷⁸⁹")[r-'0'] }, digits)
}
