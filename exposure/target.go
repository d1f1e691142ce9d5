package exposure

import "math"

// Target is who or what is looked for.
type Target struct {
	Name            string
	WidthM, HeightM float64 // as presented to the sensor
	Contrast        float64 // inherent, against bare ground, 0 to 1
	RCSM2           float64 // radar cross section
}

// The targets of a frontier. Contrasts and radar cross sections are priors.
var (
	Person      = Target{"person", .5, 1.8, inherentContrast, 1}
	Motorcycle  = Target{"motorcycle", 1.2, 1.6, inherentContrast, 2} // with its rider, seen aslant
	Pickup      = Target{"pickup", 5.3, 1.8, inherentContrast, 10}
	ArmouredCar = Target{"armoured car", 5.5, 2.5, inherentContrast, 30}
	Boat        = Target{"boat", 4, 1, inherentContrast, 1} // a small open one, with people in it
)

// size is the characteristic length in metres: the root of the presented area.
func (t Target) size() float64 { return math.Sqrt(max(0, t.WidthM) * max(0, t.HeightM)) }
