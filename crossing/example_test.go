package crossing_test

import (
	"fmt"

	"vedette/crossing"
)

func ExampleEASI() {
	tasks := []crossing.Task{
		{Name: "climb the fence", Detect: .5, Place: crossing.Middle, Delay: 20, DelaySD: 6},
		{Name: "cross the strip", Detect: .9, Place: crossing.Beginning, Delay: 240, DelaySD: 72},
	}
	result := crossing.EASI(tasks, crossing.Guard{Communication: .95, Response: 200, ResponseSD: 60})
	fmt.Printf("P(I) %.3f\n", result.P)
	fmt.Printf("the last alarm in time comes from: %s\n", tasks[result.Critical].Name)
	// Output:
	// P(I) 0.618
	// the last alarm in time comes from: cross the strip
}

func ExampleGraph_Solve() {
	g := &crossing.Graph{
		Arcs: [][]crossing.Arc{
			0: {{To: 1, Time: 60_000, Exposure: 4_000_000}, {To: 1, Time: 90_000, Exposure: 1_000_000}},
			1: {{To: 2, Time: 50_000, Exposure: 20_000_000}},
			2: nil,
		},
		Response: []int64{crossing.Never, crossing.Never, 45_000},
		Sources:  []int{0},
		Goals:    []int{2},
	}
	s := g.Solve(0)
	nodes, arcs := s.Route(s.Source)
	fmt.Printf("P(I) %.3f by nodes %v, arcs %v\n", s.P(), nodes, arcs)
	// Output:
	// P(I) 0.259 by nodes [0 1 2], arcs [1 0]
}
