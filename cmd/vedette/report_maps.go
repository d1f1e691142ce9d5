package main

import (
	"vedette/frontier"
	"vedette/gazetteer"
	"vedette/outline"
	"vedette/report/locate"
)

// mapFlags say which maps texts are read with.
type mapFlags struct {
	Area string   `help:"The area file the texts are about; the pack of places beside it (NAME.places.jsonl) is read too." placeholder:"AREA"`
	Pack []string `help:"Packs of own places, JSON lines." placeholder:"FILE"`
}

// locator opens the maps.
func (f mapFlags) locator() (*locate.Locator, error) {
	g, _, err := reportPlacesCommand{Area: f.Area, Pack: f.Pack}.knowledge()
	if err != nil {
		return nil, err
	}
	return locatorOf(f.Area, g)
}

func locatorOf(path string, g *gazetteer.Gazetteer) (*locate.Locator, error) {
	l := &locate.Locator{World: outline.Open(), Places: g}
	if path == "" {
		return l, nil
	}
	area, err := frontier.Load(path)
	if err != nil {
		return nil, err
	}
	l.Watch, err = locate.NewWatch(area, l.World)
	return l, err
}
