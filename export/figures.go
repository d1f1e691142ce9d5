package export

import (
	"encoding/json"
	"image"
	"io"
	"math"

	"vedette/coverage"
	"vedette/exposure"
	"vedette/frontier"
)

// Summary is every figure of a plan. Fields keep their order and lists follow
// the area file, so that two summaries can be compared line by line. Shares
// run from 0 to 1. In a public summary the lists are empty.
type Summary struct {
	Area          string             `json:"area"`
	FrontierKM    float64            `json:"frontier_km"`
	DepthFarKM    float64            `json:"depth_far_km"`
	DepthOwnKM    float64            `json:"depth_own_km"`
	StripKM2      float64            `json:"strip_km2"`
	CellM         float64            `json:"cell_m"`
	TargetHeightM float64            `json:"target_height_m"`
	Curvature     float64            `json:"curvature"`
	Posts         int                `json:"posts"`
	Down          int                `json:"posts_out_of_service,omitempty"`
	Conditions    []ConditionFigures `json:"conditions"`
	Sites         []SiteFigures      `json:"sites,omitempty"`
	Crossing      *CrossingFigures   `json:"crossing,omitempty"`
	Provenance    Provenance         `json:"provenance"`
}

// ConditionFigures is what all sites see together in one condition.
type ConditionFigures struct {
	exposure.Condition
	WatchedShare float64          `json:"watched_share"`
	TwiceShare   float64          `json:"watched_twice_share"` // by two sites or more
	WatchedKM2   float64          `json:"watched_km2"`
	Weakest      *StretchFigures  `json:"weakest_kilometre,omitempty"`
	Kilometres   []StretchFigures `json:"kilometres,omitempty"`
	Distances    []StretchFigures `json:"distances,omitempty"` // from the frontier, far side negative
	Losses       []LossFigures    `json:"losses,omitempty"`    // worst first
}

// StretchFigures is how much of a stretch of ground is watched.
type StretchFigures struct {
	FromKM       float64 `json:"from_km"`
	ToKM         float64 `json:"to_km"`
	KM2          float64 `json:"km2"`
	WatchedShare float64 `json:"watched_share"`
	TwiceShare   float64 `json:"watched_twice_share"`
}

// LossFigures is what goes blind with a site.
type LossFigures struct {
	Site         string  `json:"site"` // its id
	BlindKM2     float64 `json:"blind_km2"`
	WorstFromKM  float64 `json:"worst_kilometre_from_km"` // the kilometre that loses most
	WorstLossKM2 float64 `json:"worst_kilometre_blind_km2"`
}

// SiteFigures is what one site sees.
type SiteFigures struct {
	ID      string     `json:"id"`
	Name    string     `json:"name,omitempty"`
	Type    string     `json:"type"`
	LatDeg  float64    `json:"lat_deg"`
	LonDeg  float64    `json:"lon_deg"`
	MGRS    string     `json:"mgrs,omitempty"`
	GroundM float64    `json:"ground_m"`
	HeightM float64    `json:"height_m"` // of the eyes above it
	Seen    []SiteSeen `json:"seen"`     // by condition, in their order
	Sees    []string   `json:"sees"`     // ids of the sites whose eyes it sees, and they its
}

// SiteSeen is the ground of the strip that one site sees in one condition.
type SiteSeen struct {
	Condition string  `json:"condition"`
	SeenKM2   float64 `json:"seen_km2"`
	AloneKM2  float64 `json:"seen_alone_km2"` // and no other does
}

// Figures gathers the figures of a plan.
func (p Plan) Figures() Summary {
	r, s := p.Result, p.Area.Settings
	sum := Summary{
		Area:          s.Name,
		FrontierKM:    round(frontierKM(r), 3),
		DepthFarKM:    s.DepthFarKM,
		DepthOwnKM:    s.DepthOwnKM,
		CellM:         r.Frame.DX,
		TargetHeightM: s.TargetHeightM,
		Curvature:     s.Curvature,
		Posts:         len(r.Sites),
		Provenance:    p.Provenance,
	}
	for _, v := range r.Views {
		sum.StripKM2 = p.km2(v.Whole.Cells)
		sum.Conditions = append(sum.Conditions, p.condition(v))
	}
	if !p.Provenance.Public {
		sum.Sites = p.sites()
		sum.Crossing = p.crossingFigures()
		for _, s := range p.Area.Sites {
			if s.State == "down" {
				sum.Down++
			}
		}
	}
	return sum
}

// Write writes the summary as indented JSON.
func (s Summary) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(s)
}

// frontierKM is the end of the last kilometre.
func frontierKM(r *coverage.Result) float64 {
	for _, v := range r.Views {
		if n := len(v.ByKM); n > 0 {
			return v.ByKM[n-1].To
		}
	}
	return float64(r.Strip.Kilometres)
}

// km2 is the ground of so many cells.
func (p Plan) km2(cells int) float64 {
	return round(float64(cells)*p.Result.Frame.DX*p.Result.Frame.DY/1e6, 3)
}

func (p Plan) condition(v coverage.View) ConditionFigures {
	c := ConditionFigures{
		Condition:    v.Condition,
		WatchedShare: round(v.Whole.Ratio(), 4),
		TwiceShare:   round(twice(v.Whole), 4),
		WatchedKM2:   p.km2(v.Whole.Seen),
	}
	if p.Provenance.Public {
		return c
	}
	c.Kilometres = p.stretches(v.ByKM)
	c.Distances = p.stretches(v.ByDistance)
	c.Weakest = weakest(c.Kilometres)
	for _, l := range v.Loss {
		f := LossFigures{Site: p.Area.Sites[l.Site].ID, BlindKM2: p.km2(l.Cells), WorstLossKM2: p.km2(l.WorstCut)}
		if l.WorstKM >= 0 && l.WorstKM < len(v.ByKM) {
			f.WorstFromKM = v.ByKM[l.WorstKM].From
		}
		c.Losses = append(c.Losses, f)
	}
	return c
}

func (p Plan) stretches(shares []coverage.Share) []StretchFigures {
	var out []StretchFigures
	for _, s := range shares {
		out = append(out, StretchFigures{
			FromKM: round(s.From, 3), ToKM: round(s.To, 3), KM2: p.km2(s.Cells),
			WatchedShare: round(s.Ratio(), 4), TwiceShare: round(twice(s), 4),
		})
	}
	return out
}

// weakest is the stretch with the smallest watched share, the first of equals.
func weakest(stretches []StretchFigures) *StretchFigures {
	var w *StretchFigures
	for i, s := range stretches {
		if s.KM2 > 0 && (w == nil || s.WatchedShare < w.WatchedShare) {
			w = &stretches[i]
		}
	}
	return w
}

func (p Plan) sites() []SiteFigures {
	var out []SiteFigures
	for i, v := range p.Result.Sites {
		s := v.Site
		f := SiteFigures{
			ID: s.ID, Name: s.Name, Type: s.Type,
			LatDeg: round(s.At.Lat, 7), LonDeg: round(s.At.Lon, 7), MGRS: mgrs(s.At),
			GroundM: round(v.GroundM, 1), HeightM: s.HeightM,
			Sees: p.sees(i),
		}
		for k, cells := range p.seenInStrip(v) {
			view := p.Result.Views[k]
			f.Seen = append(f.Seen, SiteSeen{view.Condition.Name, p.km2(cells), p.km2(alone(view, i))})
		}
		out = append(out, f)
	}
	return out
}

// sees lists the ids of the sites that site i and that see each other.
func (p Plan) sees(i int) []string {
	ids := []string{}
	for j, other := range p.Result.Sites {
		if i != j && p.mutual(i, j) {
			ids = append(ids, other.Site.ID)
		}
	}
	return ids
}

func (p Plan) mutual(i, j int) bool {
	m := p.Result.Mutual
	return i < len(m) && j < len(m[i]) && m[i][j]
}

// seenInStrip counts the cells of the strip that a site sees in each view.
func (p Plan) seenInStrip(v coverage.SiteView) []int {
	counts := make([]int, len(p.Result.Views))
	km := make([]int16, v.Window.Dx())
	for y := range v.Window.Dy() {
		row := image.Rect(v.Window.Min.X, v.Window.Min.Y+y, v.Window.Max.X, v.Window.Min.Y+y+1)
		p.Result.Strip.KM.Window(km, row)
		for x, bits := range v.Seen[y*len(km):][:len(km)] {
			if bits == 0 || km[x] < 0 {
				continue
			}
			for k := range counts {
				counts[k] += int(bits >> k & 1)
			}
		}
	}
	return counts
}

// alone is the cells that only site i sees.
func alone(v coverage.View, i int) int {
	for _, l := range v.Loss {
		if l.Site == i {
			return l.Cells
		}
	}
	return 0
}

func twice(s coverage.Share) float64 {
	if s.Cells == 0 {
		return 0
	}
	return float64(s.Twice) / float64(s.Cells)
}

func round(v float64, decimals int) float64 {
	scale := math.Pow10(decimals)
	return math.Round(v*scale) / scale
}

// title is what a reader calls a feature: its name, or its id.
func title(n frontier.Named) string {
	if n.Name != "" {
		return n.Name
	}
	return n.ID
}
