package export

import (
	"math"

	"vedette/coverage"
	"vedette/crossing"
	"vedette/frontier"
	"vedette/geo"
	"vedette/grid"
)

// The fixture's crossings are made by hand: straight ways across the frontier
// whose figures follow the kilometre by a formula.

// crossingsOf are the modes foot and 4x4 in each condition of a result. By foot
// every kilometre can be passed; by 4x4 the eighth cannot, and in the ninth
// nobody can be in time. The worst mode is foot at night.
func crossingsOf(r *coverage.Result, line []geo.Point) *crossing.Result {
	c := &crossing.Result{ResponseSD: 412.34, Estimated: true, Worst: 1}
	for k, kind := range []string{"foot", "4x4"} {
		for view, v := range r.Views {
			m := crossing.Mode{Kind: kind, Condition: v.Condition, View: view}
			m.Hazard, m.Arrival = rastersOf(r, k, view)
			for km := range r.Strip.Kilometres {
				m.Kilometres = append(m.Kilometres, kilometreOf(line, km, k, view))
			}
			c.Modes = append(c.Modes, m)
		}
	}
	return c
}

func kilometreOf(line []geo.Point, km, kind, view int) crossing.Kilometre {
	k := crossing.Kilometre{From: float64(km), To: float64(km + 1), Passable: true, RunnerUp: math.NaN()}
	if kind == 1 && km == 7 {
		k.Passable, k.PI, k.P10, k.P50, k.P90 = false, 1, 1, 1, 1
		return k
	}
	night := math.Abs(float64(view - 1))
	k.PI = float64((km*17)%40)/50 + .05*float64(kind) + .1*night
	k.P10, k.P50, k.P90 = k.PI/2, k.PI, (1+k.PI)/2
	if km%3 > 0 {
		k.RunnerUp = k.PI + .012345
	}
	k.Path = wayOf(line, float64(km)+.5, kind == 1 && km == 8)
	k.Assets = []crossing.Asset{
		{ID: "site-a", Name: "Tower North", Kind: "site", Without: k.PI / 4, Resolved: view == 1 && kind == 0},
		{ID: "berm-1", Name: "Long berm", Kind: "barrier", Without: k.PI / 3},
	}
	return k
}

// wayOf goes straight across in 4001 seconds, seen by a tower in the middle of
// it, and over a berm.
func wayOf(line []geo.Point, km float64, late bool) *crossing.Path {
	p := &crossing.Path{Cross: 9, CrossKM: km + .0004, Critical: 10, MeetAt: 14, Responder: "Barracks North", Comes: 900.4,
		PUnseen: .123456, Exposure: 2.25, Candidates: 12}
	for i := range 17 {
		p.At = append(p.At, beside(line, km, float64(i-8)))
		p.Seconds = append(p.Seconds, 250*float64(i)+float64(i/16))
		p.Unseen = append(p.Unseen, 1-float64(i)/18)
		p.Slack = append(p.Slack, 250*float64(10-i)+30.6)
	}
	at := func(i int, what, who string, chance, until float64) {
		p.Events = append(p.Events, crossing.Event{Seconds: p.Seconds[i], At: p.At[i], What: what, Who: who, P: chance, Until: until})
	}
	at(0, "start", "", 0, 0)
	at(5, "watched", "Tower North", .43219, 2750)
	at(8, "barrier", "Long berm", 0, 2040)
	at(9, "frontier", "", 0, 0)
	if late {
		p.Critical, p.MeetAt, p.Responder, p.Comes = -1, -1, "", 0
	} else {
		at(10, "critical", "", 0, 0)
		at(14, "met", "Barracks North", 0, 0)
	}
	at(16, "exit", "", 0, 0)
	return p
}

// rastersOf are a hazard that rises from nothing with the row and the mode, and
// an arrival that nobody makes in the first column of the strip.
func rastersOf(r *coverage.Result, kind, view int) (hazard, arrival *grid.Tiled[float32]) {
	nan := float32(math.NaN())
	hazard, arrival = grid.NewTiled(r.Frame, nan), grid.NewTiled(r.Frame, nan)
	for row := range r.Frame.Rows {
		first := true
		for col := range r.Frame.Cols {
			if r.Strip.KM.At(col, row) < 0 {
				continue
			}
			hazard.Set(col, row, float32(row*(1+kind+2*view))*1e-5)
			if r.Strip.Distance.At(col, row) > 0 {
				t := float32(60*(view+1) + col)
				if first {
					t = float32(math.Inf(1))
				}
				arrival.Set(col, row, t)
				first = false
			}
		}
	}
	return hazard, arrival
}

var fixturePriors = []frontier.Prior{
	{Name: "contrast of a target against bare ground", Value: .3, Low: .1, High: .5, Unit: "1", Source: frontier.NotMeasured},
	{Name: "availability of people at a post", Value: .65, Low: .5, High: .8, Unit: "1", Replaces: "vedette.post_availability", Source: frontier.NotMeasured},
}

// pair is a plan of two kilometres whose crossings can be counted by hand.
func pair() Plan {
	p := small()
	at := func(lat float64) geo.Point { return geo.Point{Lat: lat, Lon: 41.12345678} }
	way := &crossing.Path{
		At:      []geo.Point{at(34.31), at(34.30), at(34.29123456), at(34.28)},
		Seconds: []float64{0, 100.4, 350.6, 500.6}, Slack: []float64{200, 90, 9.6, -40}, Unseen: []float64{1, .5, .4, .25006},
		Cross: 1, CrossKM: .43219, Critical: 2, PUnseen: .25006, Responder: "Patrol", MeetAt: 3, Comes: 140.4,
		Events: []crossing.Event{{At: at(34.31), What: "start"}, {Seconds: 500.6, At: at(34.28), What: "exit"}},
	}
	p.Area.Frontier = frontier.Frontier{Line: []geo.Point{{Lat: 34.3, Lon: 41.12}, {Lat: 34.3, Lon: 41.1374}}}
	p.Crossing = &crossing.Result{ResponseSD: 90, Modes: []crossing.Mode{{
		Kind: "armoured_car", Condition: p.Result.Views[0].Condition,
		Kilometres: []crossing.Kilometre{
			{From: 0, To: 1, Passable: true, PI: .123456, P10: .1, P50: .12, P90: .33333, RunnerUp: .2, Path: way,
				Assets: []crossing.Asset{{ID: "a", Name: "North", Kind: "site", Without: .01, Resolved: true}, {ID: "x", Name: "x", Kind: "base", Without: .02}}},
			{From: 1, To: 1.6, PI: 1, P10: 1, P50: 1, P90: 1, RunnerUp: math.NaN()},
		},
	}}}
	p.Priors = fixturePriors
	return p
}
