// Package exposure turns sensors, light and air into what they can make out:
// how far each sensor reaches in given conditions, and how soon it detects whom.
//
// Reach is metres for a walking person. A hazard is detections per second while
// the target is in plain sight; its integral over the time of a crossing is an
// exposure, and 1 - exp(-exposure) the chance of detection by a watcher who
// watches. Whether he does is availability, which is never folded into it:
// Undetected puts the two together.
//
// Distances are metres, times seconds, angles degrees where a name does not say
// otherwise. The formulas are published ones; their figures are listed in
// Priors: not measured, until exercises on the real line replace them.
package exposure

// Condition is the light and the air in which the line is watched.
type Condition struct {
	Name         string  `json:"name"`                // day, night, dust, or a time
	SunElevation float64 `json:"sun_elevation_deg"`   // degrees above the horizon
	Visibility   float64 `json:"visibility_m"`        // metres, contrast down to 2 %
	Cn2          float64 `json:"cn2"`                 // refractive-index structure constant at the height of the eyes, m^-2/3
	Moonlight    float64 `json:"moonlight,omitempty"` // 0 to 1, a full moon overhead
}
