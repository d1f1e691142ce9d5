package export

import (
	"reflect"
	"strings"
	"testing"
)

func TestCrossingsCountedByHand(t *testing.T) {
	c := pair().Figures().Crossing
	m := c.Modes[0]
	runnerUp := .2
	for _, f := range []struct {
		name      string
		got, want any
	}{
		{"error of the response", c.ResponseErrorS, 90.},
		{"which the area gives", c.Estimated, false},
		{"the worst mode", c.Worst.String(), "armoured car by day"},
		{"mean porosity: (1 - .123456 + 0) / 2", m.MeanPorosity, .4383},
		{"mean P(I)", m.MeanPI, .5617},
		{"the weakest kilometre", []float64{m.WeakestFrom, m.WeakestTo, m.WeakestPI}, []float64{0, 1, .1235}},
		{"a kilometre", m.Kilometres[0], KilometreFigures{
			FromKM: 0, ToKM: 1, Passable: true, PI: .1235, P10: .1, P50: .12, P90: .3333, RunnerUp: &runnerUp,
			Way: &WayFigures{CrossingKM: .432, DurationS: 501, PUnseen: .2501,
				Critical:  &CriticalFigures{LatDeg: 34.291235, LonDeg: 41.123457, AfterS: 351, SlackS: 10},
				Responder: &ResponderFigures{"Patrol", 140}},
			Assets: []AssetFigures{{"a", "North", "site", .01, "re-solved"}, {"x", "x", "base", .02, "re-scored"}},
		}},
		{"a kilometre that nobody passes", m.Kilometres[1], KilometreFigures{FromKM: 1, ToKM: 1.6, PI: 1, P10: 1, P50: 1, P90: 1}},
		{"the weakest of those that can be passed", len(m.Weakest(3)), 1},
		{"priors", c.Priors, []PriorFigures{
			{"contrast of a target against bare ground", .3, .1, .5, "1", "prior, not measured", ""},
			{"availability of people at a post", .65, .5, .8, "1", "prior, not measured", "vedette.post_availability"}}},
	} {
		if !reflect.DeepEqual(f.got, f.want) {
			t.Errorf("%s: %+v, want %+v", f.name, f.got, f.want)
		}
	}
}

func TestTheSummaryHasNullsWhereNothingIsKnown(t *testing.T) {
	var b strings.Builder
	if err := pair().Figures().Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"runner_up": null`, `"response_error_s": 90`, `"response_error_estimated": false`,
		"told the intruder's way", `"mover": "armoured_car"`, `"replaced_by": "vedette.post_availability"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %s", want)
		}
	}
}

func TestTheWeakestComeFirstAndEqualsApart(t *testing.T) {
	m := ModeFigures{Kilometres: []KilometreFigures{
		{FromKM: 0, PI: .5, Passable: true}, {FromKM: 1, PI: .1, Passable: true}, {FromKM: 2, PI: 1}, {FromKM: 3, PI: .1, Passable: true}, {FromKM: 4, PI: .1, Passable: true}}}
	var got []float64
	for _, k := range m.Weakest(9) {
		got = append(got, k.FromKM)
	}
	if want := []float64{1, 4, 3, 0}; !reflect.DeepEqual(got, want) {
		t.Errorf("km %v, want %v", got, want)
	}
}

func TestFiguresLeaveCrossingsOut(t *testing.T) {
	public := pair()
	public.Provenance.Public = true
	for name, p := range map[string]Plan{"of the public": public, "of a plan without crossings": small()} {
		if p.Figures().Crossing != nil {
			t.Errorf("the figures %s hold crossings", name)
		}
	}
}
