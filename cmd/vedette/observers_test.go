package main

import (
	"strings"
	"testing"
)

func TestObserversAreReadWithTheirDefaults(t *testing.T) {
	all, err := parseObservers(strings.NewReader("lat,lon,height_m,arc_from_deg,arc_to_deg\n34.4,41.0,12,200,20\n34.5,41.1,,,\n"), watcher{height: 2, reach: 5000})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || all[0].height != 12 || !all[0].arc || all[0].from != 200 || all[1].height != 2 || all[1].arc || all[1].reach != 5000 {
		t.Errorf("%+v", all)
	}
}

func TestBadObserversAreNamedByTheirLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "header",
		"lat,lon\n":                              "no observers",
		"lat,lon,colour\n1,2,red\n":              `"colour" is unknown`,
		"lat,lon\n34,41\nfar,41\n":               `line 3: lat: "far"`,
		"lat,lon\n134,41\n":                      "no place on Earth",
		"height_m\n3\n":                          "the place is missing",
		"x,y,arc_from_deg,arc_to_deg\n1,2,30,\n": "two ends",
		"x,y,range_m\n1,2,0\n":                   "range_m",
	} {
		if _, err := parseObservers(strings.NewReader(text), watcher{reach: 100}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, want %q in it", text, err, want)
		}
	}
}

func FuzzParseObservers(f *testing.F) {
	f.Add("lat,lon,height_m,range_m\n34.4,41.0,12,4000\n")
	f.Add("x,y\n1,2\n\"3\",4\n")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := parseObservers(strings.NewReader(text), watcher{reach: 100})
		if err == nil && len(all) == 0 {
			t.Error("no observers and no error")
		}
	})
}
