package frontier

import (
	"fmt"
	"math"

	"vedette/geo"
)

func (rd *reader) checkSettings(s Settings) {
	if rd.sound("vedette.box") {
		if what := boxProblem(s.Box); what != "" {
			rd.add("vedette.box", "give [west, south, east, north] in degrees", "%s", what)
		}
	}
	rd.parties(s.Parties)
	rd.terrain(s.Terrain)
}

// boxProblem tells what is wrong with a box, or nothing.
func boxProblem(box []float64) string {
	if len(box) != 4 {
		return fmt.Sprintf("has %d numbers", len(box))
	}
	low, high := geo.Point{Lon: box[0], Lat: box[1]}, geo.Point{Lon: box[2], Lat: box[3]}
	switch {
	case !low.Valid() || !high.Valid():
		return fmt.Sprintf("%v reaches beyond the Earth", box)
	case box[0] >= box[2]:
		return fmt.Sprintf("west, %v, is not below east, %v", box[0], box[2])
	case box[1] >= box[3]:
		return fmt.Sprintf("south, %v, is not below north, %v", box[1], box[3])
	}
	return ""
}

func (rd *reader) parties(parties []Party) {
	first := map[string]int{}
	for i, p := range parties {
		if j, taken := first[p.ID]; taken && p.ID != "" {
			rd.add(fmt.Sprintf("vedette.parties[%d].id", i), "give each party an id of its own", "%s is the id of parties[%d] already", quoted(p.ID), j)
		} else {
			first[p.ID] = i
		}
	}
	for i, p := range parties {
		prefix := fmt.Sprintf("vedette.parties[%d].", i)
		rd.hostile(prefix, p)
		rd.partiesIn(prefix+"backs", p.Backs)
		rd.partiesIn(prefix+"fights", p.Fights)
		if rd.full {
			return
		}
	}
}

func (rd *reader) hostile(prefix string, p Party) {
	if p.Relation == Hostile && (p.By == "" || p.Reason == "") && rd.sound(prefix+"by", prefix+"reason") {
		rd.add(prefix+"relation", "give by (who decided it) and reason, or leave it unknown", "a party is hostile only by a named person with a reason")
	}
}

func (rd *reader) partiesIn(field string, ids []string) {
	for i, id := range ids {
		if at := fmt.Sprintf("%s[%d]", field, i); rd.sound(at) {
			rd.refersToParty(at, id)
		}
	}
}

// Bounds of the spot heights: three make a surface, and solving for more than
// a few thousand takes long.
const (
	leastSpots = 3
	mostSpots  = 2000
)

// The heights there are on land, in metres, with some room: the Dead Sea's
// shore lies at -430, Mount Everest at 8849.
const (
	lowestSpot  = -500
	highestSpot = 9000
)

func (rd *reader) terrain(t TerrainSetting) {
	if len(t.Files) > 0 && t.Made != nil {
		rd.add("vedette.terrain", "keep one of the two", "has both files and made")
	}
	const field = "vedette.terrain.made.spot_heights"
	if t.Made == nil || !rd.sound(field) {
		return
	}
	spots := t.Made.SpotHeights
	if len(spots) < leastSpots || len(spots) > mostSpots {
		rd.add(field, fmt.Sprintf("give from %d to %d of them", leastSpots, mostSpots), "%d spot heights", len(spots))
		return
	}
	for i, s := range spots {
		at := fmt.Sprintf("%s[%d]", field, i)
		switch {
		case len(s) != 3:
			rd.add(at, "give [longitude, latitude, metres]", "has %d numbers", len(s))
		case !(geo.Point{Lon: s[0], Lat: s[1]}).Valid():
			rd.add(at, "give [longitude, latitude, metres], the first two in degrees", "[%v, %v] is no place on Earth", s[0], s[1])
		case math.IsNaN(s[2]) || s[2] < lowestSpot || s[2] > highestSpot:
			rd.add(at, "give the height above sea level, in metres", "%g m is no height on land", s[2])
		}
	}
}
