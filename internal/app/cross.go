package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"vedette/coverage"
	"vedette/crossing"
	"vedette/frontier"
	"vedette/mobility"
	"vedette/terrain"
)

// losses is the number of assets whose loss a plan searches anew.
const losses = 3

// Cross finds the weakest crossing of every kilometre. It gives nothing where no
// movers are asked for, and for a public plan, which shows no crossing.
func Cross(ctx context.Context, area *frontier.Area, ground *terrain.Terrain, seen *coverage.Result, s PlanSettings) (*crossing.Line, error) {
	if len(s.Movers) == 0 || s.Public {
		return nil, nil
	}
	kinds, err := Kinds(s.Movers)
	if err != nil {
		return nil, err
	}
	return crossing.Solve(ctx, crossing.Plan{
		Area: area, Ground: mobility.NewGround(area, ground, seen.Strip.Distance), Coverage: seen,
		Kinds: kinds, Losses: losses, Progress: s.stage("crossings"),
	})
}

// Kinds are the kinds of intruder of the given names, each once.
func Kinds(movers []string) (kinds []crossing.Kind, err error) {
	for i, name := range movers {
		k := slices.IndexFunc(crossing.Kinds, func(k crossing.Kind) bool { return k.Mover.Name == name })
		if k < 0 {
			return nil, fmt.Errorf("no intruder moves by %q; give some of %s", name, strings.Join(moverNames(), ", "))
		}
		if !slices.Contains(movers[:i], name) {
			kinds = append(kinds, crossing.Kinds[k])
		}
	}
	return kinds, nil
}

// moverNames are the names that Kinds knows.
func moverNames() (names []string) {
	for _, k := range crossing.Kinds {
		names = append(names, k.Mover.Name)
	}
	return names
}

// beyondNotes says which sources lie beyond the strip, so that they count as its
// far edge.
func beyondNotes(area *frontier.Area, line *crossing.Line) (notes []string) {
	for _, s := range line.SourcesBeyond() {
		name := s.Name
		if name == "" {
			name = s.ID
		}
		notes = append(notes, fmt.Sprintf("The source %q lies beyond the strip of %g km: intruders from it enter at the strip's far edge.", name, area.Settings.DepthFarKM))
	}
	return notes
}
