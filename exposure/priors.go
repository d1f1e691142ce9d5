package exposure

import "vedette/frontier"

// The priors of what a sensor makes out of a target, and how it searches.
const (
	// Inherent contrast of a person's clothing against bare ground, and the least
	// contrast at which an eye makes something out.
	inherentContrast = .3
	leastContrast    = .02

	// Cycles on target at which half the observers detect (Johnson's criteria).
	openCycles     = 1.
	moderateCycles = 2.
	highCycles     = 4.

	eyeIFOV             = .290888 // mrad: one arc minute
	binocularPower      = 7.
	binocularEfficiency = .7  // of the power, held by hand
	cameraIFOV          = .05 // mrad
	thermalIFOV         = .1  // mrad

	eyeField       = 30.  // degrees searched without turning the head
	binocularField = 7.1  // degrees: what 7x50 glasses show
	cameraPixels   = 1920 // across its picture; times the IFOV, its field
	thermalPixels  = 640

	dwell = 5. // seconds on one field of the sector

	// The mean search time in one field is slowSearch/Pinf seconds while N/N50 is
	// below 2, and quickSearch/(N/N50) from there.
	slowSearch  = 3.4
	quickSearch = 6.8

	lightWave   = .55e-6 // metres; what an eye and a camera see by
	thermalWave = 10e-6  // metres

	diskRate = .01 // 1/s
	cubeRate = 5e5 // m3/s

	falseAlarm = 1e-6 // of a radar, per look
	scanPeriod = 3.   // seconds
	leastSpeed = .5   // m/s, radial

	machineAvailability = .95 // of cameras, radars and sensors along a barrier

	eyeNight       = .1
	binocularNight = .2
	cameraNight    = .05
	moonKeeps      = .3
)

// Priors are the figures behind every hazard of this package that were not
// measured on the line, each with its range and the property that replaces it.
// Those of the settings are frontier's, and those of a patrol's reach coverage's.
func Priors() []frontier.Prior {
	const (
		guess = frontier.Judgement
		prior = frontier.NotMeasured
	)
	return []frontier.Prior{
		{Name: "contrast of a target against bare ground", Value: inherentContrast, Low: .1, High: .6, Unit: "1", Source: guess},
		{Name: "least contrast that is made out", Value: leastContrast, Low: .01, High: .05, Unit: "1", Source: "Koschmieder: what is left at the visibility"},
		{Name: "cycles on target for detection, open ground", Value: openCycles, Low: .75, High: 2, Unit: "1", Replaces: "vedette.clutter", Source: "Johnson criteria, judgement"},
		{Name: "cycles on target for detection, moderate clutter", Value: moderateCycles, Low: 1, High: 4, Unit: "1", Replaces: "vedette.clutter", Source: "Johnson criteria, judgement"},
		{Name: "cycles on target for detection, high clutter", Value: highCycles, Low: 2, High: 6, Unit: "1", Replaces: "vedette.clutter", Source: "Johnson criteria, judgement"},
		{Name: "angle an eye tells apart", Value: eyeIFOV, Low: .2, High: .6, Unit: "mrad", Replaces: "sensor.ifov_mrad", Source: "one arc minute, by convention"},
		{Name: "power of a binocular", Value: binocularPower, Low: 6, High: 12, Unit: "1", Replaces: "sensor.ifov_mrad", Source: "7x50 glasses"},
		{Name: "efficiency of a binocular held by hand", Value: binocularEfficiency, Low: .5, High: .9, Unit: "1", Replaces: "sensor.ifov_mrad", Source: prior},
		{Name: "angle a camera tells apart", Value: cameraIFOV, Low: .01, High: .3, Unit: "mrad", Replaces: "sensor.ifov_mrad", Source: guess},
		{Name: "angle a thermal camera tells apart", Value: thermalIFOV, Low: .03, High: .5, Unit: "mrad", Replaces: "sensor.ifov_mrad", Source: guess},
		{Name: "field of view of an eye", Value: eyeField, Low: 10, High: 60, Unit: "deg", Source: guess},
		{Name: "field of view of a binocular", Value: binocularField, Low: 5, High: 8, Unit: "deg", Source: "7x50 glasses"},
		{Name: "pixels across a camera's picture", Value: cameraPixels, Low: 640, High: 3840, Unit: "1", Source: guess},
		{Name: "pixels across a thermal camera's picture", Value: thermalPixels, Low: 320, High: 1280, Unit: "1", Source: guess},
		{Name: "dwell on one field", Value: dwell, Low: 2, High: 15, Unit: "s", Source: guess},
		{Name: "search time in one field, hard to find, times Pinf", Value: slowSearch, Low: 1.7, High: 6.8, Unit: "s", Source: prior},
		{Name: "search time in one field, easy to find, times N/N50", Value: quickSearch, Low: 3.4, High: 13.6, Unit: "s", Source: prior},
		{Name: "wavelength of light", Value: lightWave, Low: .4e-6, High: .7e-6, Unit: "m", Source: "the middle of visible light"},
		{Name: "wavelength of a thermal camera", Value: thermalWave, Low: 3e-6, High: 12e-6, Unit: "m", Source: "the bands of thermal cameras"},
		{Name: "share of an eye's range that the dark leaves", Value: eyeNight, Low: .03, High: .2, Unit: "1", Replaces: "sensor.night_range_m", Source: guess},
		{Name: "share of a binocular's range that the dark leaves", Value: binocularNight, Low: .05, High: .4, Unit: "1", Replaces: "sensor.night_range_m", Source: guess},
		{Name: "share of a camera's range that the dark leaves", Value: cameraNight, Low: .01, High: .3, Unit: "1", Replaces: "sensor.night_range_m", Source: guess},
		{Name: "share of what the dark takes that a full moon overhead gives back", Value: moonKeeps, Low: .1, High: .6, Unit: "1", Source: guess},
		{Name: "shimmer (Cn2) by day", Value: dayShimmer, Low: 1e-14, High: 5e-13, Unit: "m^-2/3", Source: guess},
		{Name: "shimmer (Cn2) at a desert noon", Value: noonShimmer, Low: 1e-13, High: 5e-13, Unit: "m^-2/3", Source: guess},
		{Name: "shimmer (Cn2) in dust", Value: dustShimmer, Low: 5e-15, High: 1e-13, Unit: "m^-2/3", Source: guess},
		{Name: "shimmer (Cn2) with the sun at 15 degrees", Value: lowShimmer, Low: 5e-15, High: 1e-13, Unit: "m^-2/3", Source: guess},
		{Name: "shimmer (Cn2) at sunrise", Value: dawnShimmer, Low: 1e-16, High: 1e-14, Unit: "m^-2/3", Source: guess},
		{Name: "shimmer (Cn2) at night", Value: nightShimmer, Low: 1e-16, High: 1e-14, Unit: "m^-2/3", Source: guess},
		{Name: "rate of a disk", Value: diskRate, Low: .001, High: .1, Unit: "1/s", Replaces: "sensor.rate_per_s", Source: guess},
		{Name: "rate of a cube at one metre", Value: cubeRate, Low: 1e5, High: 2e6, Unit: "m3/s", Replaces: "sensor.cube_m3_per_s", Source: guess},
		{Name: "false alarms of a radar, per look", Value: falseAlarm, Low: 1e-8, High: 1e-4, Unit: "1", Source: guess},
		{Name: "time of a radar for a turn", Value: scanPeriod, Low: 1, High: 10, Unit: "s", Replaces: "sensor.scan_s", Source: guess},
		{Name: "slowest radial speed that a radar sees", Value: leastSpeed, Low: .1, High: 2, Unit: "m/s", Replaces: "sensor.min_radial_ms", Source: guess},
		{Name: "availability of cameras and radars", Value: machineAvailability, Low: .8, High: .99, Unit: "1", Replaces: "site.availability", Source: guess},
		{Name: "availability of sensors along a barrier", Value: machineAvailability, Low: .8, High: .99, Unit: "1", Replaces: "barrier.availability", Source: guess},
		{Name: "radar cross section of a person", Value: Person.RCSM2, Low: .5, High: 2, Unit: "m2", Source: guess},
		{Name: "radar cross section of a motorcycle", Value: Motorcycle.RCSM2, Low: 1, High: 5, Unit: "m2", Source: guess},
		{Name: "radar cross section of a pickup", Value: Pickup.RCSM2, Low: 3, High: 30, Unit: "m2", Source: guess},
		{Name: "radar cross section of an armoured car", Value: ArmouredCar.RCSM2, Low: 10, High: 100, Unit: "m2", Source: guess},
		{Name: "radar cross section of a boat", Value: Boat.RCSM2, Low: .5, High: 5, Unit: "m2", Source: guess},
	}
}
