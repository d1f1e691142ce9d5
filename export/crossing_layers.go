package export

import (
	"cmp"
	"fmt"
	"slices"

	"vedette/crossing"
	"vedette/export/gpkg"
	"vedette/geo"
)

// shownWays is how many crossings are drawn of a mode that is not the worst.
const shownWays = 10

// waysNote says which crossings are drawn.
var waysNote = fmt.Sprintf("Holds the weakest crossing of every kilometre for the worst mode, and of each other mode those of its %d weakest kilometres; "+
	"the figures of all kilometres are in the porosity layer. Kilometres that cannot be passed have no crossing.", shownWays)

// crossingLayers are the kilometres by mode, the ways of the weakest crossings
// and what happens on them; empty without crossings.
func (p Plan) crossingLayers() []gpkg.Layer {
	ways := p.ways()
	return []gpkg.Layer{p.porosity(), wayLayer(ways), eventLayer(ways)}
}

// modeColumns name a mode in a row.
type modeColumns struct {
	ModeName
	Worst bool `json:"worst_mode"`
}

// porosityRow is a kilometre of the frontier in one mode.
type porosityRow struct {
	modeColumns
	Rank     int     `json:"rank"` // in its mode, 1 being the weakest
	Porosity float64 `json:"porosity"`
	kilometreColumns
	wayColumns
	assets []AssetFigures
	line   []geo.Point
}

// kilometreColumns are the figures of a kilometre.
type kilometreColumns struct {
	FromKM   float64  `json:"from_km"`
	ToKM     float64  `json:"to_km"`
	Passable bool     `json:"passable"`
	PI       float64  `json:"p_i"`
	P10      float64  `json:"p10"`
	P50      float64  `json:"p50"`
	P90      float64  `json:"p90"`
	RunnerUp *float64 `json:"runner_up"`
}

// wayColumns are the figures of its weakest crossing, if there is one.
type wayColumns struct {
	PUnseen        *float64 `json:"p_unseen"`
	CrossingKM     *float64 `json:"crossing_km"`
	DurationS      *float64 `json:"duration_s"`
	CriticalLatDeg *float64 `json:"critical_lat_deg"`
	CriticalLonDeg *float64 `json:"critical_lon_deg"`
	CriticalAfterS *float64 `json:"critical_after_s"`
	CriticalSlackS *float64 `json:"critical_slack_s"`
	Responder      string   `json:"responder"`
	ArrivalS       *float64 `json:"arrival_s"`
}

func columnsOf(k *KilometreFigures) kilometreColumns {
	return kilometreColumns{k.FromKM, k.ToKM, k.Passable, k.PI, k.P10, k.P50, k.P90, k.RunnerUp}
}

func columnsOfWay(w *WayFigures) (c wayColumns) {
	if w == nil {
		return c
	}
	c.PUnseen, c.CrossingKM, c.DurationS = &w.PUnseen, &w.CrossingKM, &w.DurationS
	if d := w.Critical; d != nil {
		c.CriticalLatDeg, c.CriticalLonDeg, c.CriticalAfterS, c.CriticalSlackS = &d.LatDeg, &d.LonDeg, &d.AfterS, &d.SlackS
	}
	if r := w.Responder; r != nil {
		c.Responder, c.ArrivalS = r.Name, &r.ArrivalS
	}
	return c
}

// porosity is the frontier cut at its kilometre marks, once for each mode.
func (p Plan) porosity() gpkg.Layer {
	var rows []porosityRow
	t := p.trace()
	if f := p.crossingFigures(); f != nil {
		for _, m := range f.Modes {
			rows = append(rows, porosityRows(m, m.ModeName == f.Worst, t)...)
		}
	}
	l := features("porosity", gpkg.Line, rows, func(r *porosityRow) []geo.Point { return r.line })
	l.Description = "The frontier by kilometre, kind of intruder and condition: porosity is 1 - P(I) on the weakest crossing. " + toldTheWay
	return withAssets(l, rows)
}

func porosityRows(m ModeFigures, worst bool, t trace) (rows []porosityRow) {
	for i, rank := range ranks(m.Kilometres) {
		k := &m.Kilometres[i]
		row := porosityRow{
			modeColumns: modeColumns{m.ModeName, worst}, Rank: rank, Porosity: round(1-k.PI, 4),
			kilometreColumns: columnsOf(k), wayColumns: columnsOfWay(k.Way), assets: k.Assets,
		}
		for _, at := range t.between(k.FromKM, k.ToKM) {
			row.line = append(row.line, rough(at))
		}
		rows = append(rows, row)
	}
	return rows
}

// ranks are the places of kilometres by P(I), 1 being the weakest.
func ranks(all []KilometreFigures) []int {
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(all[a].PI, all[b].PI) })
	out := make([]int, len(all))
	for place, i := range order {
		out[i] = place + 1
	}
	return out
}

// withAssets adds columns for the assets that matter most.
func withAssets(l gpkg.Layer, rows []porosityRow) gpkg.Layer {
	for n := range 3 {
		for _, name := range []string{"id", "name", "kind", "p_i_without", "method"} {
			c := gpkg.Column{Name: fmt.Sprintf("asset%d_%s", n+1, name), Type: gpkg.Text}
			if name == "p_i_without" {
				c.Type = gpkg.Real
			}
			l.Columns = append(l.Columns, c)
		}
		for i := range l.Features {
			f := &l.Features[i]
			if n < len(rows[i].assets) {
				a := rows[i].assets[n]
				f.Values = append(f.Values, a.ID, a.Name, a.Kind, a.Without, a.Method)
			} else {
				f.Values = append(f.Values, nil, nil, nil, nil, nil)
			}
		}
	}
	return l
}

// way is the weakest crossing of a kilometre as it is drawn.
type way struct {
	modeColumns
	Rank int `json:"rank"`
	kilometreColumns
	wayColumns
	MetAfterS  *float64 `json:"met_after_s"`
	Exposure   float64  `json:"exposure"` // of all watchers as if always watching
	Candidates int      `json:"candidates"`
	path       *crossing.Path
}

// ways are the crossings that are drawn.
func (p Plan) ways() (all []way) {
	r := p.crossings()
	if r == nil {
		return nil
	}
	for i := range r.Modes {
		m, f := &r.Modes[i], modeFigures(&r.Modes[i])
		shown := shownWays
		if i == r.Worst {
			shown = len(m.Kilometres)
		}
		for k, rank := range ranks(f.Kilometres) {
			if rank <= shown && m.Kilometres[k].Path != nil {
				all = append(all, newWay(modeColumns{f.ModeName, i == r.Worst}, rank, &f.Kilometres[k], m.Kilometres[k].Path))
			}
		}
	}
	return all
}

func newWay(mode modeColumns, rank int, k *KilometreFigures, path *crossing.Path) way {
	w := way{
		modeColumns: mode, Rank: rank, kilometreColumns: columnsOf(k), wayColumns: columnsOfWay(k.Way),
		Exposure: round(path.Exposure, 4), Candidates: path.Candidates, path: path,
	}
	if path.MeetAt >= 0 {
		w.MetAfterS = finite(path.Seconds[path.MeetAt], 0)
	}
	return w
}

func (w *way) line() []geo.Point {
	line := make([]geo.Point, len(w.path.At))
	for i, at := range w.path.At {
		line[i] = rough(at)
	}
	return line
}

func wayLayer(ways []way) gpkg.Layer {
	l := features("crossings", gpkg.Line, ways, func(w *way) []geo.Point { return w.line() })
	l.Description = "The way of the weakest crossing of a kilometre. " + waysNote
	return l
}

// eventRow is something that happens on a way.
type eventRow struct {
	modeColumns
	FromKM float64  `json:"from_km"` // of the kilometre
	ToKM   float64  `json:"to_km"`
	Rank   int      `json:"rank"` // of the kilometre
	Number int      `json:"number"`
	What   string   `json:"what"`
	Who    string   `json:"who"`
	AfterS float64  `json:"after_s"`
	UntilS *float64 `json:"until_s"` // of watched and barrier
	P      *float64 `json:"p"`       // that he is detected in it
	at     geo.Point
}

func eventLayer(ways []way) gpkg.Layer {
	var rows []eventRow
	for i := range ways {
		rows = append(rows, ways[i].events()...)
	}
	l := features("crossing_events", gpkg.Point, rows, func(e *eventRow) []geo.Point { return []geo.Point{e.at} })
	l.Description = "What happens on the ways of the weakest crossings, in seconds from their start: start, watched, barrier, frontier, " +
		"critical (the critical detection point), met, exit."
	return l
}

func (w *way) events() (rows []eventRow) {
	for i, e := range w.path.Events {
		row := eventRow{
			modeColumns: w.modeColumns, FromKM: w.FromKM, ToKM: w.ToKM, Rank: w.Rank, Number: i + 1,
			What: e.What, Who: e.Who, AfterS: round(e.Seconds, 0), at: rough(e.At),
		}
		if e.What == "watched" || e.What == "barrier" {
			row.UntilS, row.P = finite(e.Until, 0), finite(e.P, 4)
		}
		rows = append(rows, row)
	}
	return rows
}
