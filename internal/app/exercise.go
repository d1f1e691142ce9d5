package app

import (
	"cmp"
	"context"
	"slices"

	"vedette/coverage"
	"vedette/crossing"
	"vedette/exercise"
	"vedette/mobility"
	"vedette/terrain"
)

// ExerciseSettings say how an area's weakest crossings are played.
type ExerciseSettings struct {
	PlanSettings
	Movers     []string // by name
	Kilometres int      // only so many of each mode, those with the least P(I); 0 plays all
	Runs       int
	Others     int // other paths tried in each kilometre
	Seed       uint64
}

// Exercise solves an area and plays its weakest crossings beside the computed
// figures.
func Exercise(ctx context.Context, src Source, s ExerciseSettings) (*exercise.Report, error) {
	kinds, err := Kinds(s.Movers)
	if err != nil {
		return nil, err
	}
	if s.Visibility > 0 {
		area := *src.Area
		area.Settings.VisibilityKM = s.Visibility / 1000
		src.Area = &area
	}
	heights, err := terrain.Open(ctx, src.Area, terrain.Options{
		DEM: s.DEM, BaseDir: src.Dir, Cell: s.Cell, Progress: s.stage("terrain"),
	})
	if err != nil {
		return nil, err
	}
	seen, err := coverage.Compute(ctx, coverage.Plan{
		Area: src.Area, Terrain: heights, Conditions: conditions(src.Area, s.PlanSettings),
		Mode: s.Mode, Progress: s.stage("sight"),
	})
	if err != nil {
		return nil, err
	}
	ground := mobility.NewGround(src.Area, heights, seen.Strip.Distance)
	line, err := crossing.Solve(ctx, crossing.Plan{
		Area: src.Area, Ground: ground, Coverage: seen, Kinds: kinds, Draws: 1, Progress: s.stage("crossings"),
	})
	if err != nil {
		return nil, err
	}
	return exercise.Run(ctx, exercise.Plan{
		Area: src.Area, Ground: ground, Coverage: seen, ResponseSD: line.Result().ResponseSD,
		Modes: played(line.Result(), kinds, s.Kilometres), Runs: s.Runs, Others: s.Others, Seed: s.Seed,
		Progress: s.stage("exercise"),
	})
}

// played are the modes of a solved line as the exercise takes them.
func played(r *crossing.Result, kinds []crossing.Kind, worst int) (modes []exercise.Mode) {
	for i, m := range r.Modes {
		kind := kinds[i/(len(r.Modes)/len(kinds))]
		out := exercise.Mode{Mover: kind.Mover, Target: kind.Target, View: m.View}
		for _, km := range weakestFirst(m.Kilometres, worst) {
			k := exercise.Kilometre{Number: km, PI: m.Kilometres[km].PI}
			if p := m.Kilometres[km].Path; p != nil {
				k.Path = exercise.Path{Nodes: p.Nodes, Arcs: p.Arcs}
			}
			out.Kilometres = append(out.Kilometres, k)
		}
		modes = append(modes, out)
	}
	return modes
}

// weakestFirst orders kilometres by their P(I), and keeps so many; 0 keeps all.
func weakestFirst(all []crossing.Kilometre, keep int) (numbers []int) {
	for i := range all {
		numbers = append(numbers, i)
	}
	slices.SortStableFunc(numbers, func(a, b int) int { return cmp.Compare(all[a].PI, all[b].PI) })
	if keep > 0 {
		numbers = numbers[:min(keep, len(numbers))]
	}
	return numbers
}
