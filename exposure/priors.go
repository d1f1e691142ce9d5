package exposure

// Prior is a figure that nobody measured on this line: it came from a text or
// from judgement. Reports that rest on one say so.
type Prior struct {
	Name     string
	Value    float64
	Unit     string
	Replaces string // the property of the area file that replaces it; empty where none does
}

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

	postAvailability    = .65 // of people; the reader of the area file fills it in
	machineAvailability = .95 // of cameras, radars and sensors along a barrier

	eyeNight       = .1
	binocularNight = .2
	cameraNight    = .05
	moonKeeps      = .3
)

// Priors are the figures behind every hazard of this package that were not
// measured on the line, each with the property that replaces it.
var Priors = []Prior{
	{"contrast of a target against bare ground", inherentContrast, "1", ""},
	{"least contrast that is made out", leastContrast, "1", ""},
	{"cycles on target for detection, open ground", openCycles, "1", "settings.clutter"},
	{"cycles on target for detection, moderate clutter", moderateCycles, "1", "settings.clutter"},
	{"cycles on target for detection, high clutter", highCycles, "1", "settings.clutter"},
	{"angle an eye tells apart", eyeIFOV, "mrad", "sensor.ifov_mrad"},
	{"power of a binocular", binocularPower, "1", "sensor.ifov_mrad"},
	{"efficiency of a binocular held by hand", binocularEfficiency, "1", "sensor.ifov_mrad"},
	{"angle a camera tells apart", cameraIFOV, "mrad", "sensor.ifov_mrad"},
	{"angle a thermal camera tells apart", thermalIFOV, "mrad", "sensor.ifov_mrad"},
	{"field of view of an eye", eyeField, "deg", ""},
	{"field of view of a binocular", binocularField, "deg", ""},
	{"pixels across a camera's picture", cameraPixels, "1", ""},
	{"pixels across a thermal camera's picture", thermalPixels, "1", ""},
	{"dwell on one field", dwell, "s", ""},
	{"search time in one field, hard to find, times Pinf", slowSearch, "s", ""},
	{"search time in one field, easy to find, times N/N50", quickSearch, "s", ""},
	{"wavelength of light", lightWave, "m", ""},
	{"wavelength of a thermal camera", thermalWave, "m", ""},
	{"share of an eye's range that the dark leaves", eyeNight, "1", "sensor.night_range_m"},
	{"share of a binocular's range that the dark leaves", binocularNight, "1", "sensor.night_range_m"},
	{"share of a camera's range that the dark leaves", cameraNight, "1", "sensor.night_range_m"},
	{"share of what the dark takes that a full moon overhead gives back", moonKeeps, "1", ""},
	{"shimmer (Cn2) by day", dayShimmer, "m^-2/3", ""},
	{"shimmer (Cn2) at a desert noon", noonShimmer, "m^-2/3", ""},
	{"shimmer (Cn2) in dust", dustShimmer, "m^-2/3", ""},
	{"shimmer (Cn2) with the sun at 15 degrees", lowShimmer, "m^-2/3", ""},
	{"shimmer (Cn2) at sunrise", dawnShimmer, "m^-2/3", ""},
	{"shimmer (Cn2) at night", nightShimmer, "m^-2/3", ""},
	{"rate of a disk", diskRate, "1/s", "sensor.rate_per_s"},
	{"rate of a cube at one metre", cubeRate, "m3/s", "sensor.cube_m3_per_s"},
	{"false alarms of a radar, per look", falseAlarm, "1", ""},
	{"time of a radar for a turn", scanPeriod, "s", "sensor.scan_s"},
	{"slowest radial speed that a radar sees", leastSpeed, "m/s", "sensor.min_radial_ms"},
	{"availability of people at a post", postAvailability, "1", "settings.post_availability"},
	{"availability of cameras and radars", machineAvailability, "1", "site.availability"},
	{"availability of sensors along a barrier", machineAvailability, "1", "barrier.availability"},
	{"radar cross section of a person", Person.RCSM2, "m2", ""},
	{"radar cross section of a motorcycle", Motorcycle.RCSM2, "m2", ""},
	{"radar cross section of a pickup", Pickup.RCSM2, "m2", ""},
	{"radar cross section of an armoured car", ArmouredCar.RCSM2, "m2", ""},
	{"radar cross section of a boat", Boat.RCSM2, "m2", ""},
}
