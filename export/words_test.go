package export

import (
	"strings"
	"testing"

	"vedette/exposure"
)

func TestNumbersAsPeopleReadThem(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"a share", percent(.714), "71 %"},
		{"nothing", percent(0), "0 %"},
		{"not quite nothing", percent(.0004), "under 1 %"},
		{"all", percent(1), "100 %"},
		{"not quite all", percent(.9999), "over 99 %"},
		{"a small area", km2(.057), "0.06"},
		{"an area", km2(42.34), "42.3"},
		{"a large one", km2(825.34), "825"},
		{"thousands", km2(1848.4), "1,848"},
		{"a whole kilometre", span(StretchFigures{FromKM: 12, ToKM: 13}), "12–13"},
		{"the last, partial one", span(StretchFigures{FromKM: 39, ToKM: 39.64}), "39–39.6"},
		{"light", light(exposure.Condition{SunElevation: -30, Visibility: 20e3}), "sun 30° below the horizon, visibility 20 km"},
		{"by day", inCondition("day"), "by day"},
		{"in dust", inCondition("dust"), "in dust"},
		{"at a time", inCondition("2018-11-20 06:00"), "at 2018-11-20 06:00"},
		{"a list", list([]string{"a", "b", "c"}), "a, b and c"},
		{"a longitude", degrees(-70.5, .1, "E", "W"), "70.5° W"},
		{"a latitude of a coarse step", degrees(34, 1, "N", "S"), "34° N"},
		{"a step of a fiftieth", degrees(34.02, .02, "N", "S"), "34.02° N"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
}

func TestTheAnswerIsOneParagraph(t *testing.T) {
	weak := func(share float64) *StretchFigures {
		return &StretchFigures{FromKM: 12, ToKM: 13, KM2: 20, WatchedShare: share}
	}
	s := Summary{Posts: 3, Conditions: []ConditionFigures{
		{Condition: exposure.Condition{Name: "day"}, WatchedShare: .71, Weakest: weak(.08)},
		{Condition: exposure.Condition{Name: "night"}, WatchedShare: .38, Weakest: weak(0), Kilometres: []StretchFigures{*weak(0), *weak(.3), *weak(0)}},
	}}
	want := "By day 71 % of the strip is watched, at night 38 %. By day the weakest kilometre is km 12–13, with 8 %; at night nothing is watched in 2 kilometres, of which the first is km 12–13."
	if got := answer(s); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	s.Provenance.Public = true
	if got := answer(s); strings.Contains(got, "weakest") || !strings.HasPrefix(got, "By day 71 %") {
		t.Errorf("to the public: %s", got)
	}
}

func TestRoundLengths(t *testing.T) {
	for v, want := range map[float64]float64{9.9: 5, 5: 5, 4.9: 2, 1.2: 1, .3: .2, 123: 100} {
		if got := roundLength(v); got < want*.999 || got > want*1.001 {
			t.Errorf("of %g: %g, want %g", v, got, want)
		}
	}
}
