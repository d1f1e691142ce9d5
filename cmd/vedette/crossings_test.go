package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"vedette/export"
)

// someCrossings are figures of two modes by hand; by boat nobody passes.
func someCrossings() *export.CrossingFigures {
	runnerUp := .2
	foot := export.ModeFigures{ModeName: export.ModeName{Mover: "foot", Condition: "night"}, MeanPI: .4, MeanPorosity: .6, Kilometres: []export.KilometreFigures{
		{FromKM: 0, ToKM: 1, Passable: true, PI: .5, P10: .4, P90: .6, Way: &export.WayFigures{CrossingKM: .25, PUnseen: .3}},
		{FromKM: 1, ToKM: 2, Passable: true, PI: .004, P10: .001, P90: .02, RunnerUp: &runnerUp,
			Way:    &export.WayFigures{CrossingKM: 1.75, PUnseen: .99, Responder: &export.ResponderFigures{Name: "Northern barracks", ArrivalS: 1500}},
			Assets: []export.AssetFigures{{ID: "t9", Name: "Control tower 9", Kind: "site", Without: .001, Method: "re-solved"}}},
		{FromKM: 2, ToKM: 2.5, PI: 1, P10: 1, P90: 1},
	}}
	boat := export.ModeFigures{ModeName: export.ModeName{Mover: "boat", Condition: "night"}, MeanPI: 1, Kilometres: []export.KilometreFigures{{ToKM: 1, PI: 1}}}
	return &export.CrossingFigures{ResponseErrorS: 316.2, Estimated: true, Assumption: "Every P(I) assumes much.", Worst: foot.ModeName, Modes: []export.ModeFigures{foot, boat}}
}

func TestTheCrossingsInWords(t *testing.T) {
	var b strings.Builder
	printCrossings(&b, someCrossings())
	want := `
P(I), the chance that an intruder is interrupted on the weakest crossing of a kilometre:
  foot at night  mean  40.0 %  weakest: km 1 to 2, 0.4 % (P10 to P90 0.1 to 2.0 %)
  boat at night  mean 100.0 %  no kilometre can be passed

The line is weakest against foot at night: mean porosity 60.0 %, and 1 of 3 kilometres with a P(I)
under 1.0 %. The weakest, of equals some that lie apart:
  km 1 to 2: P(I) 0.4 % (P10 to P90 0.1 to 2.0 %), runner-up 20.0 %
    passes at km 1.75; nobody sees him: 99.0 %; Northern barracks can be there 25 min after the
    alarm; without the site Control tower 9: 0.1 % (re-solved).
  km 0 to 1: P(I) 50.0 % (P10 to P90 40.0 to 60.0 %), no other crossing found
    passes at km 0.25; nobody sees him: 30.0 %; nobody can be there in time; no single asset
    matters.

Every P(I) assumes much. The error of the response times, 316 s, is a prior: give response_sd_s in
the area file.
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestTextIsWrappedAtAHundredColumns(t *testing.T) {
	var b strings.Builder
	wrap(&b, "  ", strings.Repeat("برج الجسر word ", 40)+strings.Repeat("x", 120))
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	for i, l := range lines[:len(lines)-1] {
		if n := utf8.RuneCountInString(l); n > 100 || n < 90 && i < len(lines)-2 || !strings.HasPrefix(l, "  ") {
			t.Errorf("a line of %d columns: %q", n, l)
		}
	}
	if last := lines[len(lines)-1]; last != "  "+strings.Repeat("x", 120) { // a word is never cut
		t.Errorf("the last line is %q", last)
	}
}
