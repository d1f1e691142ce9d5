package export

import (
	"math"
	"sync"

	"vedette/crossing"
	"vedette/exposure"
	"vedette/frontier"
	"vedette/grid"
)

// weakFixture is the fixture with a solved line, made by hand: on foot and by
// 4x4, by day and at night. On foot at night is the worst: its third kilometre
// is weakest, its sixth has no way through.
var weakFixture = sync.OnceValue(func() Plan {
	p := fixture()
	p.Priors = []frontier.Prior{
		{Name: "availability of people at a post", Value: .65, Low: .5, High: .8, Unit: "1", Replaces: "vedette.post_availability", Source: "prior, not measured"},
		{Name: "shimmer (Cn2) at night", Value: 1e-16, Unit: "m^-2/3"},
	}
	r := &crossing.Result{Worst: 1, ResponseSD: 180}
	for _, kind := range []string{"foot", "4x4"} {
		for view, c := range fixtureConditions[:2] {
			r.Modes = append(r.Modes, weakMode(p, kind, view, c))
		}
	}
	p.Crossing = r
	return p
})

func weakMode(p Plan, kind string, view int, c exposure.Condition) crossing.Mode {
	m := crossing.Mode{Kind: kind, Condition: c, View: view}
	base := .8
	if kind == "foot" && view == 1 {
		base = .2
	}
	m.Hazard, m.Arrival = weakRasters(p)
	for i := range p.Result.Strip.Kilometres {
		pi := base + .01*float64(i%7)
		k := crossing.Kilometre{From: float64(i), To: float64(i + 1), Passable: i != 5, PI: pi, P10: pi - .1, P50: pi, P90: pi + .1, RunnerUp: pi + .05,
			Assets: []crossing.Asset{
				{ID: "site-a", Name: "Tower North", Kind: "site", Without: pi / 4, Resolved: true},
				{ID: "b1", Name: "Barracks <North>", Kind: "base", Without: pi / 2},
			}}
		if i == 2 {
			k.PI, k.P10, k.P90, k.RunnerUp, k.Assets = base/2, base/4, base*.6, math.NaN(), k.Assets[:1]
			k.Assets[0].Without = .004
		}
		if k.Passable {
			k.Path = weakPath(p, float64(i)+.4)
		} else {
			k.PI, k.P10, k.P50, k.P90, k.RunnerUp, k.Assets = 1, 1, 1, 1, math.NaN(), nil
		}
		m.Kilometres = append(m.Kilometres, k)
	}
	return m
}

// weakPath goes straight across the line, 100 s for each of its eight steps. He
// is seen, delayed for 30 s at a berm, and met where he leaves.
func weakPath(p Plan, km float64) *crossing.Path {
	line := p.Area.Frontier.Line
	w := &crossing.Path{Cross: 4, CrossKM: km, Critical: 3, MeetAt: 8, Responder: "Barracks <North>", Comes: 450, PUnseen: .7}
	for i := range 9 {
		w.At = append(w.At, beside(line, km, float64(i-4)))
		w.Seconds = append(w.Seconds, float64(i)*100)
		w.Unseen = append(w.Unseen, max(.7, 1-.1*float64(i)))
		w.Slack = append(w.Slack, 350-100*float64(i))
	}
	at := func(i int, what, who string, until, p float64) {
		w.Events = append(w.Events, crossing.Event{Seconds: w.Seconds[i], At: w.At[i], What: what, Who: who, Until: until, P: p})
	}
	at(0, "start", "", 0, 0)
	at(1, "watched", "Post <Ridge> & Co", 400, .3)
	at(3, "critical", "", 0, 0)
	at(4, "frontier", "", 0, 0)
	at(4, "barrier", "Long berm", 430, 0)
	at(8, "met", "Barracks <North>", 0, 0)
	at(8, "exit", "", 0, 0)
	return w
}

// weakRasters fall off from the first kilometre; nobody comes to the last.
func weakRasters(p Plan) (hazard, arrival *grid.Tiled[float32]) {
	nan := float32(math.NaN())
	f, strip := p.Result.Frame, p.Result.Strip
	hazard, arrival = grid.NewTiled(f, nan), grid.NewTiled(f, nan)
	for row := range f.Rows {
		for col := range f.Cols {
			km := strip.KM.At(col, row)
			if km < 0 {
				continue
			}
			hazard.Set(col, row, max(0, .02-.001*float32(km)))
			if strip.Distance.At(col, row) < 0 {
				continue
			}
			t := 200 * float32(km)
			if int(km) > strip.Kilometres-5 {
				t = float32(math.Inf(1))
			}
			arrival.Set(col, row, t)
		}
	}
	return hazard, arrival
}

// changed is the fixture with its solved line changed.
func changed(change func(*crossing.Result)) Plan {
	p := weakFixture()
	r := *p.Crossing
	r.Modes = nil
	for _, m := range p.Crossing.Modes {
		m.Kilometres = append([]crossing.Kilometre(nil), m.Kilometres...)
		r.Modes = append(r.Modes, m)
	}
	change(&r)
	p.Crossing = &r
	return p
}
