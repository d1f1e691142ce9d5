package export

import (
	"fmt"
	"slices"
	"strings"

	"vedette/frontier"
)

// stretchTable is the figures behind a chart.
type stretchTable struct {
	Caption string
	Columns []string
	Rows    []stretchRow
}

type stretchRow struct {
	Span, KM2 string
	Shares    []string
}

// stretchTable puts the stretches of all conditions side by side.
func (g *page) stretchTable(caption string, columns [][]StretchFigures) stretchTable {
	t := stretchTable{Caption: caption}
	for _, c := range g.Figures.Conditions {
		t.Columns = append(t.Columns, c.Name)
	}
	for i, first := range columns[0] {
		row := stretchRow{Span: number(first.FromKM) + " to " + number(first.ToKM), KM2: km2(first.KM2)}
		for _, c := range columns {
			row.Shares = append(row.Shares, fmt.Sprintf("%s (%s)", percent(c[i].WatchedShare), percent(c[i].TwiceShare)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// postRow is a site in the table of posts.
type postRow struct {
	Number         int
	Name, Type     string
	Place, MGRS    string
	Ground, Height string
	Sensors        []string
	Seen           []SiteSeen
	Sees           string
}

// matrixRow is a site in the matrix of who sees whom.
type matrixRow struct {
	Number int
	Name   string
	Cells  []matrixCell
}

type matrixCell struct {
	Sees, Self bool
}

// mostInMatrix is the number of posts beyond which a matrix is no help on a
// page.
const mostInMatrix = 24

// tables fills in what the page says of the posts.
func (g *page) tables(p Plan) {
	numbers := map[string]int{}
	for i, s := range g.Figures.Sites {
		numbers[s.ID] = i + 1
	}
	for i, s := range g.Figures.Sites {
		g.Posts = append(g.Posts, post(i+1, s, p.Result.Sites[i].Site, numbers))
	}
	if n := len(g.Posts); n > 1 && n <= mostInMatrix {
		g.Matrix = g.matrix(p)
	}
	g.MutualText = mutualText(g.Figures)
	g.Losses, g.LossText = g.losses(numbers), lossText(g.Figures)
}

func post(no int, f SiteFigures, s *frontier.Site, numbers map[string]int) postRow {
	r := postRow{
		Number: no, Name: title(s.Named), Type: kindName(s.Type),
		Place: fmt.Sprintf("%.5f° N %.5f° E", f.LatDeg, f.LonDeg), MGRS: f.MGRS,
		Ground: number(f.GroundM), Height: number(f.HeightM), Seen: f.Seen,
	}
	if s.State == "down" {
		r.Type += ", out of service"
	}
	for _, n := range s.Sensors {
		r.Sensors = append(r.Sensors, sensorText(n))
	}
	var sees []string
	for _, id := range f.Sees {
		sees = append(sees, fmt.Sprint(numbers[id]))
	}
	r.Sees = strings.Join(sees, ", ")
	if r.Sees == "" {
		r.Sees = "none"
	}
	return r
}

// sensorText is a sensor in a few words.
func sensorText(s frontier.Sensor) string {
	text := fmt.Sprintf("%s %s km", kindName(s.Type), number(s.RangeM/1000))
	if s.NightRangeM != nil {
		text += fmt.Sprintf(", at night %s km", number(*s.NightRangeM/1000))
	}
	if s.ArcFromDeg != nil && s.ArcToDeg != nil {
		text += fmt.Sprintf(", %s° to %s°", number(*s.ArcFromDeg), number(*s.ArcToDeg))
	}
	return text
}

// longest is the sensor that reaches farthest; nil without any.
func longest(sensors []frontier.Sensor) *frontier.Sensor {
	var best *frontier.Sensor
	for i, s := range sensors {
		if best == nil || s.RangeM > best.RangeM {
			best = &sensors[i]
		}
	}
	return best
}

func (g *page) matrix(p Plan) []matrixRow {
	var rows []matrixRow
	for i := range g.Posts {
		row := matrixRow{Number: i + 1, Name: g.Posts[i].Name}
		for j := range g.Posts {
			row.Cells = append(row.Cells, matrixCell{Sees: p.mutual(i, j), Self: i == j})
		}
		rows = append(rows, row)
	}
	return rows
}

// mutualText counts the pairs and names the posts that no other sees.
func mutualText(s Summary) string {
	pairs := 0
	var lonely []string
	for _, site := range s.Sites {
		pairs += len(site.Sees)
		if len(site.Sees) == 0 {
			lonely = append(lonely, s.siteName(site.ID))
		}
	}
	text := fmt.Sprintf("%s each other.", plural(pairs/2, "pair of posts sees", "pairs of posts see"))
	switch {
	case len(lonely) > 8:
		text += fmt.Sprintf(" %d posts see no other.", len(lonely))
	case len(lonely) > 0:
		text += " No other post sees " + list(lonely) + "."
	}
	return text
}

// lossRow is a site in the ranking of losses.
type lossRow struct {
	Rank, Number int
	Name         string
	Conditions   []lossCell
}

type lossCell struct{ Blind, Where string }

// mostLosses is the length of the ranking.
const mostLosses = 12

// losses ranks the sites by the first condition.
func (g *page) losses(numbers map[string]int) []lossRow {
	if len(g.Figures.Conditions) == 0 {
		return nil
	}
	var rows []lossRow
	for i, l := range g.Figures.Conditions[0].Losses {
		if i == mostLosses {
			break
		}
		row := lossRow{Rank: i + 1, Number: numbers[l.Site], Name: g.Figures.siteName(l.Site)}
		for _, c := range g.Figures.Conditions {
			row.Conditions = append(row.Conditions, lossOf(c, l.Site))
		}
		rows = append(rows, row)
	}
	return rows
}

func lossOf(c ConditionFigures, site string) lossCell {
	i := slices.IndexFunc(c.Losses, func(l LossFigures) bool { return l.Site == site })
	if i < 0 || c.Losses[i].BlindKM2 == 0 {
		return lossCell{"nothing", "–"}
	}
	l := c.Losses[i]
	return lossCell{km2(l.BlindKM2), fmt.Sprintf("km %s (%s km²)", kilometreFrom(l.WorstFromKM), km2(l.WorstLossKM2))}
}

// lossText says what the ranking counts and who comes first.
func lossText(s Summary) string {
	text := "A post counts for the ground that it alone sees: what two posts see stays watched when one falls silent."
	var parts []string
	for _, c := range s.Conditions {
		if len(c.Losses) > 0 && c.Losses[0].BlindKM2 > 0 {
			parts = append(parts, fmt.Sprintf("%s %s (%s km²)", inCondition(c.Name), s.siteName(c.Losses[0].Site), km2(c.Losses[0].BlindKM2)))
		}
	}
	if len(parts) > 0 {
		text += " Most is lost " + list(parts) + "."
	}
	return text
}
