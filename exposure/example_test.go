package exposure_test

import (
	"fmt"

	"vedette/exposure"
	"vedette/frontier"
)

// A guard with glasses who watches a half circle, by day, at night and in dust.
func ExampleLooker() {
	from, to := 90., 270.
	guard := frontier.Sensor{Type: "binocular", RangeM: 6000, ArcFromDeg: &from, ArcToDeg: &to}
	set := frontier.Settings{VisibilityKM: 20, DustVisibilityKM: 2}
	for _, c := range exposure.Standard(set) {
		on := exposure.NewLooker(c, guard, exposure.Person, "moderate")
		off := exposure.NewLooker(c, guard, exposure.Pickup, "moderate")
		fmt.Printf("%-5s at 1 km: a person %.5f/s, a pickup %.5f/s; reach %.0f m\n", c.Name, on.Hazard(1000), off.Hazard(1000), on.Reach())
	}
	// Output:
	// day   at 1 km: a person 0.00922/s, a pickup 0.01924/s; reach 6000 m
	// night at 1 km: a person 0.00088/s, a pickup 0.01170/s; reach 1200 m
	// dust  at 1 km: a person 0.00536/s, a pickup 0.00593/s; reach 1384 m
}

// Two watchers, of whom one is there half of the time.
func ExampleUndetected() {
	fmt.Printf("%.3f\n", 1-exposure.Undetected([]float64{3}, []float64{.5}))
	fmt.Printf("%.3f\n", 1-exposure.Undetected([]float64{2.5}, []float64{1}))
	// Output:
	// 0.475
	// 0.918
}
