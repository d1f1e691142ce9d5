package export

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"vedette/crossing"
	"vedette/frontier"
)

var weakFiles = sync.OnceValue(func() map[string][]byte { return written(weakFixture()) })

func TestTheSecondHalfAnswersAfterTheFirst(t *testing.T) {
	page := string(weakFiles()["report.html"])
	at := -1
	for _, want := range []string{"what the line sees and where it is weak", "of the strip is watched", "The line is weakest against an intruder who comes on foot at night",
		"Whose loss hurts most", "Where are we weak", "P(I) for every kind of intruder", "By kilometre", "Maps of the worst case: on foot at night",
		"where the line is weak", "how soon somebody comes", "how likely he is seen", "The weakest crossings in time", "1. Through km 2–3: P(I) 0.10",
		"What the line leans on", "What P(I) assumes", "told the intruder&#39;s way", "Priors, not measured on this line", "What the figures assume"} {
		i := strings.Index(page[at+1:], want)
		if i < 0 {
			t.Fatalf("%q is missing, or not in its place", want)
		}
		at += i + 1
	}
}

func TestThePublicSeesNoCrossings(t *testing.T) {
	p := weakFixture()
	p.Provenance.Public = true
	if got := written(p)["report.html"]; !bytes.Equal(got, publicFiles()["report.html"]) {
		t.Error("the public edition shows that there are crossings")
	}
	if page := string(pageOf(t, public())); strings.Contains(page, "P(I)") {
		t.Error("the public edition speaks of P(I)")
	}
}

func TestWithoutCrossingsThePageHasNoSecondHalf(t *testing.T) {
	p := weakFixture()
	p.Crossing = nil
	page := string(pageOf(t, p))
	for _, not := range []string{"P(I)", "where it is weak", "#weak"} {
		if strings.Contains(page, not) {
			t.Errorf("it says %q", not)
		}
	}
}

func TestTheAnswerNamesTheWorst(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(*crossing.Result)
		answer  string
		matters string
	}{
		{"a weakest kilometre", func(*crossing.Result) {},
			"The line is weakest against an intruder who comes on foot at night: on the best way through a kilometre he gets through uninterrupted with a chance of 0.76 on average (the mean porosity). " +
				"The weakest kilometre is km 2–3: there the chance to interrupt him, P(I), is 0.10 (P10 to P90: 0.05 to 0.12); as for a runner-up, none was found elsewhere in that kilometre.",
			"What matters most in km 2–3 is Tower North: without it P(I) falls to <0.01. Over all kilometres the line leans most on Tower North."},
		{"equals", func(r *crossing.Result) {
			for _, i := range []int{3, 30} {
				k := &r.Modes[1].Kilometres[i]
				k.PI, k.P10, k.P90, k.RunnerUp, k.Assets = 0, 0, 0, .3, nil
				k.Path = &crossing.Path{PUnseen: 1, Critical: 0, MeetAt: 0}
			}
		}, "The weakest kilometre is km 3–4, the first of 2 that are as weak: there the chance to interrupt him, P(I), is 0 (P10 to P90: 0 to 0); the runner-up, the weakest crossing elsewhere in that kilometre, has 0.30.",
			"Nothing stands in his way in km 3–4: nobody sees him on the way."},
		{"nobody in time", func(r *crossing.Result) {
			k := &r.Modes[1].Kilometres[2]
			k.Assets, k.Path = nil, &crossing.Path{PUnseen: .1, Critical: -1, MeetAt: -1}
		}, "km 2–3", "Nothing stands in his way in km 2–3: wherever he is seen, no responder comes in time."},
		{"no way through anywhere", func(r *crossing.Result) {
			for i := range r.Modes[1].Kilometres {
				r.Modes[1].Kilometres[i] = crossing.Kilometre{PI: 1, RunnerUp: math.NaN()}
			}
		}, "No intruder gets through", ""},
	} {
		w := newWeakness(changed(c.change))
		if got := w.answer(); !strings.Contains(got, c.answer) {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.answer)
		}
		if got := w.matters(); !strings.Contains(got, c.matters) {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.matters)
		}
	}
}

func TestAnAreaThatNobodyKeepsIsOpenEverywhere(t *testing.T) {
	for _, c := range []struct {
		name, want string
		area       func(*frontier.Area)
	}{
		{"no sensors", "nobody watches, so nobody is interrupted", func(a *frontier.Area) { a.Sites = nil }},
		{"all posts down", "nobody watches, so nobody is interrupted", func(a *frontier.Area) {
			a.Sites = slices.Clone(a.Sites)
			for i := range a.Sites {
				a.Sites[i].State = "down"
			}
		}},
		{"no responders", "The area has no responders", func(a *frontier.Area) { a.Bases, a.Patrols = nil, nil }},
		{"neither", "nobody watches and nobody answers", func(a *frontier.Area) { a.Sites, a.Bases, a.Patrols = nil, nil, nil }},
	} {
		p := changed(open)
		area := *p.Area
		c.area(&area)
		p.Area = &area
		w := newWeakness(p)
		if got := w.matters(); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s", c.name, got)
		}
		if got := w.rankingText(); !strings.Contains(got, "no single site") {
			t.Errorf("%s: %s", c.name, got)
		}
	}
	if page := string(pageOf(t, changed(open))); strings.Contains(page, "NaN") || strings.Contains(page, "Inf") {
		t.Error("the page of an open line holds a figure that is none")
	}
}

// open makes every crossing free.
func open(r *crossing.Result) {
	for m := range r.Modes {
		for i := range r.Modes[m].Kilometres {
			k := &r.Modes[m].Kilometres[i]
			k.Passable, k.PI, k.P10, k.P50, k.P90, k.RunnerUp, k.Assets = true, 0, 0, 0, 0, math.NaN(), nil
			k.Path = weakPath(weakFixture(), k.From)
			k.Path.Critical, k.Path.MeetAt, k.Path.Responder = -1, -1, ""
			k.Path.Events = k.Path.Events[:1]
			for s := range k.Path.Slack {
				k.Path.Slack[s] = math.Inf(-1)
			}
		}
	}
}

func TestTheWeakestKilometresLieApart(t *testing.T) {
	m := &crossing.Mode{}
	for i := range 9 {
		m.Kilometres = append(m.Kilometres, crossing.Kilometre{Passable: i != 4, PI: .5})
	}
	m.Kilometres[4].PI = 1
	m.Kilometres[6].PI = .1
	if got, want := weakestKilometres(m, 4), []int{6, 0, 3, 8}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := len(weakestKilometres(m, 20)); got != 8 {
		t.Errorf("%d kilometres, want the 8 with a way through", got)
	}
}

func TestAKilometreWithoutAWayIsNoPlainOne(t *testing.T) {
	k := &weakFixture().Crossing.Modes[1].Kilometres[5]
	if got := figureOf(k); got != "no way through" {
		t.Errorf("its figure is %q", got)
	}
	if got := levelOf(k); got != len(weakLevels) {
		t.Errorf("its class is %d", got)
	}
	if row := modeOf(&crossing.Mode{Kind: "boat", Kilometres: []crossing.Kilometre{*k}}, false); row.Where != "no way through" || row.PI != "" {
		t.Errorf("its mode is %+v", row)
	}
}

func TestTheRankingAddsUpTheLosses(t *testing.T) {
	w := newWeakness(changed(func(r *crossing.Result) {
		r.Modes[1].Kilometres = []crossing.Kilometre{
			{To: 1, Passable: true, PI: .5, Assets: []crossing.Asset{{ID: "a", Kind: "site", Without: .4}, {ID: "b", Name: "Bee", Kind: "base", Without: .45}}},
			{From: 1, To: 2, Passable: true, PI: .9, Assets: []crossing.Asset{{ID: "b", Name: "Bee", Kind: "base", Without: .2, Resolved: true}}},
		}
	}))
	rows := w.ranking()
	if len(rows) != 2 || rows[0] != (rankRow{1, "Bee", "base", "0.75", 2, "km 1–2", "0.90", "0.20", "searched anew"}) || rows[1].Name != "site a" {
		t.Errorf("got %+v", rows)
	}
	if got := w.rankingText(); !strings.Contains(got, "lose Bee: it holds 2 kilometres, most of all km 1–2, where P(I) falls from 0.90 to 0.20") {
		t.Error(got)
	}
}

func TestNamesCannotBreakTheSecondHalf(t *testing.T) {
	bad := `</text></svg><script>alert(1)</script><img src="x">`
	p := changed(func(r *crossing.Result) {
		for i := range r.Modes {
			r.Modes[i].Kind = bad
			for k := range r.Modes[i].Kilometres {
				km := &r.Modes[i].Kilometres[k]
				if km.Path == nil {
					continue
				}
				km.Assets = []crossing.Asset{{ID: bad, Name: bad, Kind: bad}}
				way := *km.Path
				way.Responder, way.Events = bad, slices.Clone(way.Events)
				for e := range way.Events {
					way.Events[e].Who = bad
				}
				km.Path = &way
			}
		}
	})
	p.Priors = []frontier.Prior{{Name: bad, Unit: bad, Replaces: bad}}
	for _, e := range elements(t, pageOf(t, p)) {
		if e.Name.Local == "script" || e.Name.Local == "img" {
			t.Fatalf("a name became <%s>", e.Name.Local)
		}
	}
}

func TestFiguresOfCrossingsAsPeopleReadThem(t *testing.T) {
	way := &crossing.Path{PUnseen: .5, Critical: 1, MeetAt: 2}
	for _, c := range []struct{ name, got, want string }{
		{"nothing", chance(0), "0"},
		{"not quite nothing", chance(1e-9), "<0.01"},
		{"two digits", chance(.128), "0.13"},
		{"not quite certain", chance(.9951), ">0.99"},
		{"certain", chance(1), "1"},
		{"a range", chances(&crossing.Kilometre{P10: .05, P90: .5}), "0.05–0.50"},
		{"a range of nearly nothing", chances(&crossing.Kilometre{P10: .001, P90: .002}), "<0.01"},
		{"a runner-up", runnerUp(&crossing.Kilometre{RunnerUp: .3}), "0.30"},
		{"no runner-up", runnerUp(&crossing.Kilometre{RunnerUp: math.NaN()}), "none found elsewhere"},
		{"seconds", lasting(89), "89 s"},
		{"minutes", lasting(3599), "60 min"},
		{"hours", lasting(5370), "1 h 30 min"},
		{"a time from the start", clockText(3725.4), "1:02:05"},
		{"a tick of an hour", tickText(7200), "2 h"},
		{"a tick after it", tickText(5400), "1 h 30"},
		{"a small prior", figureText(5e-13), "5 × 10⁻¹³"},
		{"a large prior", figureText(5e5), "5 × 10⁵"},
		{"a prior", figureText(.290888), "0.2909"},
		{"a unit", unitText("m3/s"), "m³/s"},
		{"on foot", moverName("foot"), "on foot"},
		{"by car", moverName("armoured_car"), "by armoured car"},
		{"seen too late", openReason(way), "he is seen, if at all, when it is too late to meet him"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
}
