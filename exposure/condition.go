// Package exposure turns sensors, light and weather into what they can make
// out: for now, how far each sensor reaches in given conditions.
package exposure

// Condition is the light and the air in which the line is watched.
type Condition struct {
	Name         string  `json:"name"`              // day, night, dust, or a time
	SunElevation float64 `json:"sun_elevation_deg"` // degrees above the horizon
	Visibility   float64 `json:"visibility_m"`      // metres, contrast down to 2 %
}
