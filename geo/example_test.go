package geo_test

import (
	"fmt"

	"vedette/geo"
)

func ExampleParsePosition() {
	for _, text := range []string{"34.37,41.09", `34°22'12"N 41°05'24"E`, "37N 692182 3805161", "37SFU9218105161"} {
		p, err := geo.ParsePosition(text)
		fmt.Println(p, err)
	}
	// Output:
	// 34.370000N 41.090000E <nil>
	// 34.370000N 41.090000E <nil>
	// 34.369997N 41.090003E <nil>
	// 34.370001N 41.089998E <nil>
}

func ExampleInverse() {
	metres, leaving, _ := geo.Inverse(geo.Point{Lat: 34.37, Lon: 41.09}, geo.Point{Lat: 34.69, Lon: 40.83})
	fmt.Printf("%.2f m, bearing %.1f degrees\n", metres, leaving)
	// Output: 42777.22 m, bearing 326.2 degrees
}

func ExampleZone_Project() {
	p := geo.Point{Lat: 34.37, Lon: 41.09}
	zone, err := geo.ZoneOf(p)
	if err != nil {
		panic(err)
	}
	xy := zone.Project(p)
	fmt.Printf("%v %.1f %.1f, true north lies %.2f degrees from grid north\n", zone, xy.X, xy.Y, -zone.Convergence(p))
	// Output: 37N 692181.7 3805161.4, true north lies -1.18 degrees from grid north
}
