// Package exposure turns sensors, light and air into what they can make out:
// how far each sensor reaches in given conditions.
//
// Reach is metres for a walking person. The figures by which night and dust
// shorten it are priors, not measured: exercises on the real line replace them.
package exposure

// Condition is the light and the air in which the line is watched.
type Condition struct {
	Name         string  `json:"name"`              // day, night, dust, or a time
	SunElevation float64 `json:"sun_elevation_deg"` // degrees above the horizon
	Visibility   float64 `json:"visibility_m"`      // metres, contrast down to 2 %
}
