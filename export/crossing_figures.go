package export

import (
	"math"
	"slices"
	"strings"

	"vedette/crossing"
	"vedette/frontier"
)

// CrossingFigures is where the line is weak. P(I) is the probability that an
// intruder on the weakest crossing is interrupted: detected early enough for a
// responder to meet him. Probabilities run from 0 to 1 and have four decimals.
type CrossingFigures struct {
	ResponseErrorS float64        `json:"response_error_s"`         // one standard deviation, common to the line
	Estimated      bool           `json:"response_error_estimated"` // a prior: the area file gives none
	Assumption     string         `json:"assumption"`
	Worst          ModeName       `json:"worst_mode"` // of the greatest mean porosity
	Modes          []ModeFigures  `json:"modes"`
	Priors         []PriorFigures `json:"priors"`
}

// toldTheWay is what every P(I) assumes.
const toldTheWay = "Every P(I) assumes that the responder is told the intruder's way; one who has to search comes later."

// ModeName tells who crosses, and in which light and air.
type ModeName struct {
	Mover     string `json:"mover"`
	Condition string `json:"condition"`
}

// String is the mode as a sentence has it: foot by day, armoured car at night.
func (n ModeName) String() string {
	return strings.ReplaceAll(n.Mover, "_", " ") + " " + inCondition(n.Condition)
}

// ModeFigures is the line for one kind of intruder in one condition.
type ModeFigures struct {
	ModeName
	MeanPI       float64            `json:"mean_p_i"`
	MeanPorosity float64            `json:"mean_porosity"` // 1 - P(I), over the kilometres
	WeakestFrom  float64            `json:"weakest_from_km"`
	WeakestTo    float64            `json:"weakest_to_km"` // the first of equals
	WeakestPI    float64            `json:"weakest_p_i"`
	Kilometres   []KilometreFigures `json:"kilometres"`
}

// KilometreFigures is the weakest crossing of one kilometre of the frontier.
type KilometreFigures struct {
	FromKM   float64        `json:"from_km"`
	ToKM     float64        `json:"to_km"`
	Passable bool           `json:"passable"` // false: nobody of this kind gets through, and P(I) is 1
	PI       float64        `json:"p_i"`
	P10      float64        `json:"p10"` // of P(I), over draws of what is not known
	P50      float64        `json:"p50"`
	P90      float64        `json:"p90"`
	RunnerUp *float64       `json:"runner_up"` // P(I) of the weakest crossing elsewhere in it; null if none was found
	Way      *WayFigures    `json:"way,omitempty"`
	Assets   []AssetFigures `json:"assets,omitempty"` // whose loss lowers P(I) most, at most three
}

// WayFigures is how the weakest crossing goes.
type WayFigures struct {
	CrossingKM float64           `json:"crossing_km"` // where it passes the frontier
	DurationS  float64           `json:"duration_s"`
	PUnseen    float64           `json:"p_unseen"`            // nobody has seen him at the exit
	Critical   *CriticalFigures  `json:"critical,omitempty"`  // none where nobody can be in time
	Responder  *ResponderFigures `json:"responder,omitempty"` // who meets him when he is seen there
}

// CriticalFigures is the critical detection point: the last place at which
// being seen still leaves time to meet him.
type CriticalFigures struct {
	LatDeg float64 `json:"lat_deg"`
	LonDeg float64 `json:"lon_deg"`
	AfterS float64 `json:"after_s"` // from the start
	SlackS float64 `json:"slack_s"` // to spare
}

// ResponderFigures is who can meet the intruder.
type ResponderFigures struct {
	Name     string  `json:"name"`
	ArrivalS float64 `json:"arrival_s"` // after the alarm
}

// AssetFigures is what a site, patrol, base or barrier is worth to a kilometre.
type AssetFigures struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	Kind    string  `json:"kind"`
	Without float64 `json:"p_i_without"`
	Method  string  `json:"method"` // reSolved or reScored
}

// How the P(I) without an asset was found: by a new search, or over the
// crossings that were found with it, which can only make it too high.
const (
	reSolved = "re-solved"
	reScored = "re-scored"
)

// PriorFigures is a figure that nobody measured on this line.
type PriorFigures struct {
	Name     string  `json:"name"`
	Value    float64 `json:"value"`
	Low      float64 `json:"low"` // of the range in which it may plausibly lie
	High     float64 `json:"high"`
	Unit     string  `json:"unit"`
	Source   string  `json:"source"`
	Replaces string  `json:"replaced_by,omitempty"` // the properties of the area file
}

// crossings is the solved line, which a public plan never has.
func (p Plan) crossings() *crossing.Result {
	if p.Provenance.Public || p.Crossing == nil || len(p.Crossing.Modes) == 0 {
		return nil
	}
	return p.Crossing
}

// crossingFigures gathers the figures of the crossings; nil where there are
// none.
func (p Plan) crossingFigures() *CrossingFigures {
	r := p.crossings()
	if r == nil {
		return nil
	}
	f := &CrossingFigures{
		ResponseErrorS: round(r.ResponseSD, 1), Estimated: r.Estimated, Assumption: toldTheWay,
		Worst: nameOf(&r.Modes[r.Worst]), Priors: []PriorFigures{},
	}
	for i := range r.Modes {
		f.Modes = append(f.Modes, modeFigures(&r.Modes[i]))
	}
	for _, prior := range p.Priors {
		f.Priors = append(f.Priors, priorFigures(prior))
	}
	return f
}

// WorstMode is the mode of the greatest mean porosity.
func (f *CrossingFigures) WorstMode() *ModeFigures {
	return &f.Modes[slices.IndexFunc(f.Modes, func(m ModeFigures) bool { return m.ModeName == f.Worst })]
}

func priorFigures(p frontier.Prior) PriorFigures {
	return PriorFigures{p.Name, p.Value, p.Low, p.High, p.Unit, p.Source, p.Replaces}
}

func nameOf(m *crossing.Mode) ModeName { return ModeName{m.Kind, m.Condition.Name} }

func modeFigures(m *crossing.Mode) ModeFigures {
	f := ModeFigures{ModeName: nameOf(m), Kilometres: []KilometreFigures{}}
	f.MeanPorosity = round(m.Porosity(), 4)
	f.MeanPI = round(1-f.MeanPorosity, 4)
	for i := range m.Kilometres {
		f.Kilometres = append(f.Kilometres, kilometreFigures(&m.Kilometres[i]))
	}
	if len(f.Kilometres) > 0 {
		w := f.Kilometres[m.Weakest()]
		f.WeakestFrom, f.WeakestTo, f.WeakestPI = w.FromKM, w.ToKM, w.PI
	}
	return f
}

// Weakest are the n kilometres with the least P(I) that can be passed, the
// weakest first, and of equals some that lie apart; fewer if there are fewer.
func (m *ModeFigures) Weakest(n int) (all []KilometreFigures) {
	pi := make([]float64, len(m.Kilometres))
	for i := range pi {
		if pi[i] = m.Kilometres[i].PI; !m.Kilometres[i].Passable {
			pi[i] = math.NaN()
		}
	}
	for _, km := range weakestApart(pi, n) {
		all = append(all, m.Kilometres[km])
	}
	return all
}

func kilometreFigures(k *crossing.Kilometre) KilometreFigures {
	f := KilometreFigures{
		FromKM: round(k.From, 3), ToKM: round(k.To, 3), Passable: k.Passable,
		PI: round(k.PI, 4), P10: round(k.P10, 4), P50: round(k.P50, 4), P90: round(k.P90, 4),
		RunnerUp: finite(k.RunnerUp, 4),
	}
	if k.Path != nil {
		f.Way = wayFigures(k.Path)
	}
	for _, a := range k.Assets {
		f.Assets = append(f.Assets, assetFigures(a))
	}
	return f
}

// finite is a rounded number, or nothing where there is none.
func finite(v float64, decimals int) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	v = round(v, decimals)
	return &v
}

func wayFigures(p *crossing.Path) *WayFigures {
	f := &WayFigures{
		CrossingKM: round(p.CrossKM, 3), DurationS: round(p.Seconds[len(p.Seconds)-1], 0), PUnseen: round(p.PUnseen, 4),
	}
	if i := p.Critical; i >= 0 {
		at := rough(p.At[i])
		f.Critical = &CriticalFigures{at.Lat, at.Lon, round(p.Seconds[i], 0), round(p.Slack[i], 0)}
	}
	if p.MeetAt >= 0 {
		f.Responder = &ResponderFigures{p.Responder, round(p.Comes, 0)}
	}
	return f
}

func assetFigures(a crossing.Asset) AssetFigures {
	f := AssetFigures{ID: a.ID, Name: a.Name, Kind: a.Kind, Without: round(a.Without, 4), Method: reScored}
	if a.Resolved {
		f.Method = reSolved
	}
	return f
}
