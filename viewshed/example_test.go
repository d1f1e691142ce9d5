package viewshed_test

import (
	"fmt"

	"vedette/grid"
	"vedette/viewshed"
)

// Terrain is drawn: a digit is ten metres.
func ExampleCompute() {
	ground := grid.Parse(`
		0000000000
		0001000000
		0000000000`, 30)
	seen, err := viewshed.Compute(
		viewshed.Surface{Ground: ground, Screen: ground},
		viewshed.Observer{Col: 0, Row: 1, Height: 5, MaxRange: 1000},
		viewshed.Params{Target: 1.7, Curvature: .85714},
	)
	if err != nil {
		panic(err)
	}
	fmt.Println(seen.Count(), "of", len(ground.Data), "cells are seen; the one behind the block:", seen.At(5, 1))
	// Output: 14 of 30 cells are seen; the one behind the block: false
}
