package outline_test

import (
	"testing"

	"vedette/geo"
	"vedette/outline"
)

func TestPlacesLieInTheirCountries(t *testing.T) {
	for _, c := range []struct {
		name string
		at   geo.Point
		want string
	}{
		{"a capital", geo.Point{Lat: 33.33, Lon: 44.39}, "IQ"},
		{"a town three kilometres from a frontier", geo.Point{Lat: 34.4525, Lon: 40.9186}, "SY"},
		{"an enclave, which is a hole of the country around it", geo.Point{Lat: -29.6, Lon: 28.2}, "LS"},
		{"a country without a number", geo.Point{Lat: 42.66, Lon: 21.16}, "XK"},
		{"an island", geo.Point{Lat: 64.15, Lon: -21.94}, "IS"},
		{"east of the antimeridian", geo.Point{Lat: 66, Lon: -172}, "RU"},
		{"the sea", geo.Point{Lat: 35, Lon: -40}, ""},
	} {
		got := ""
		if country := outline.Open().At(c.at); country != nil {
			got = country.Code
		}
		if got != c.want {
			t.Errorf("%s: %v lies in %q, want %q", c.name, c.at, got, c.want)
		}
	}
}

func TestCountriesAreFoundByTheirCodes(t *testing.T) {
	w := outline.Open()
	for _, code := range []string{"IQ", "SY", "FR", "NO", "XK", "SS", "TW"} {
		c, ok := w.Country(code)
		if !ok || len(c.Polygons) == 0 {
			t.Errorf("%s has no outline", code)
		}
	}
	if len(w.Countries) < 240 {
		t.Errorf("only %d countries", len(w.Countries))
	}
	iraq, _ := w.Country("IQ")
	if len(iraq.Near(43, 33, 45, 34)) != 1 || len(iraq.Near(0, 0, 1, 1)) != 0 {
		t.Error("Near gives the wrong polygons")
	}
}
