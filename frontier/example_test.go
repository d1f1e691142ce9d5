package frontier_test

import (
	"fmt"
	"strings"

	"vedette/frontier"
)

func ExampleRead() {
	_, err := frontier.Read(strings.NewReader(`{"type": "FeatureCollection",
"vedette": {"name": "Plain", "box": [10, 50, 11, 51], "depth_far_km": 5, "depth_own_km": 0},
"features": [
{"type": "Feature", "properties": {"kind": "frontier", "id": "line", "own_side": "left"},
 "geometry": {"type": "LineString", "coordinates": [[10.1, 50.5], [10.9, 50.5]]}},
{"type": "Feature", "properties": {"kind": "barrier", "id": "berm", "type": "berm"},
 "geometry": {"type": "LineString", "coordinates": [[50.51, 10.2], [50.51, 10.4]]}}
]}`))
	fmt.Println(err)
	// Output:
	// vedette.depth_own_km: 0 is not above zero; give the depth of the solved strip on the own side, in kilometres
	// features[1] "berm" geometry.coordinates: vertex 0: latitude and longitude are swapped: [50.51, 10.2] lies outside the box, [10.2, 50.51] inside; give longitude first, as GeoJSON wants it
	// features[1] "berm" height_m: a berm without a height hides nothing; give its height above the ground, in metres
}
