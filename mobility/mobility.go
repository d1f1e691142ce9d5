// Package mobility gives the seconds that a mover needs along every directed
// arc between neighbouring cells, and searches the net of these arcs.
//
// An arc leads from the centre of a cell to one of its 16 neighbours (king's
// and knight's moves). Its time follows from the slope along the direction of
// travel, uphill positive, from the ground at both ends and from the roads;
// where it crosses a barrier or a river it takes the delay of that work on top,
// by segment intersection, so that no diagonal slips through. Times are
// milliseconds in whole numbers, so that every sum is exact.
//
// Speeds and delays without a source in their comment are priors, to be
// replaced by exercises on the real ground.
package mobility

import (
	"math"

	"vedette/frontier"
	"vedette/terrain"
)

// Mover is a way to move. Pace gives seconds per metre on a ground class with
// a slope (rise over run along the direction of travel), +Inf where it cannot
// go; Delay the seconds that a barrier costs where it is whole.
type Mover struct {
	Name  string
	Width float64 // of the narrowest opening it fits through, metres
	Pace  func(class uint8, slope float64) float64
	Delay func(b *frontier.Barrier) float64
	Swim  float64 // seconds per metre of river, +Inf if it cannot
}

// Classes beyond those of terrain.Classes, which start at 1; 0 is open ground
// of which nothing is known.
const (
	Village uint8 = iota + 1
	Valley
	Field
	Palm
	Sand
	Gravel
	Rock
	Track
	Paved
	Water
	Bridge // a road over water: boats pass under it
	classes
)

var _ = terrain.Classes // the classes up to Rock are its classes, in its order: a test holds them together

// The names of the movers.
const (
	footName     = "foot"
	bikeName     = "motorcycle"
	pickupName   = "4x4"
	armouredName = "armoured_car"
	boatName     = "boat"
)

// Foot is a walking person: Irmischer and Clarke's speeds, on the path on roads
// and in villages, off it elsewhere, times a factor for the ground. The factors
// are priors.
var Foot = Mover{Name: footName, Width: .5, Pace: footPace, Delay: footDelay, Swim: footSwim}

const footSwim = 2 // seconds per metre

var footFactor = [classes]float64{0: 1, Village: 1, Valley: .95, Field: .9, Palm: .8, Sand: .7, Gravel: 1, Rock: .7, Track: 1, Paved: 1, Bridge: 1}

func footPace(class uint8, slope float64) float64 {
	if class == Water {
		return math.Inf(1)
	}
	onPath := class == Village || class == Track || class == Paved || class == Bridge
	return 1 / (IrmischerClarke(onPath, slope) * footFactor[class])
}

// Tobler is walking speed in m/s at a slope (rise over run, downhill
// negative): 6 exp(-3.5 |s + 0.05|) km/h on a path, 0.6 of it off the path (W.
// Tobler, Three presentations on geographical analysis and modeling, NCGIA
// 93-1, 1993).
func Tobler(onPath bool, slope float64) float64 {
	v := 6 * math.Exp(-3.5*math.Abs(slope+.05)) / 3.6
	if !onPath {
		v *= .6
	}
	return v
}

// IrmischerClarke is walking speed in m/s at a slope (rise over run, downhill
// negative), fitted to soldiers on the path and off it (I. Irmischer and K.
// Clarke, Measuring and modeling the speed of human navigation, Cartography
// and Geographic Information Science 45(2), 2018; males).
func IrmischerClarke(onPath bool, slope float64) float64 {
	percent := 100 * slope
	if onPath {
		return .11 + math.Exp(-(percent+5)*(percent+5)/1800)
	}
	return .11 + .67*math.Exp(-(percent+2)*(percent+2)/1800)
}

// Langmuir is the seconds for a walk of so many metres that climbs by so many:
// Naismith's rule with Langmuir's corrections for descent, with the
// coefficients that r.walk takes: 0.72 s/m, 6 s per metre up, 1.9998 s saved
// per metre down a moderate slope and 1.9998 s lost down a steep one, moderate
// ending at -0.2125.
func Langmuir(metres, climb float64) float64 {
	const flat, up, down, moderate = .72, 6, 1.9998, -.2125
	t := flat * metres
	switch slope := climb / metres; {
	case slope >= 0:
		return t + up*climb
	case slope >= moderate:
		return t + down*climb
	}
	return t - down*climb
}

// A vehicle drives at the cap of the ground, or slower where the slope is
// steep: (off-road slope - slope) / (road slope / road speed), after the
// vehicle classes of the Czech army (Rybansky's formula). Downhill counts for a
// part.
type vehicle struct {
	cap       [classes]float64 // km/h
	grade     float64          // steepest firm ground, percent
	loose     float64          // steepest sand
	roadSlope float64          // percent
	roadSpeed float64          // km/h
}

// downhill is the share of a slope that counts going down.
const downhill = .5

func (v *vehicle) pace(class uint8, slope float64) float64 {
	percent := 100 * slope
	if percent < 0 {
		percent *= -downhill
	}
	grade := v.grade
	if class == Sand {
		grade = v.loose
	}
	speed := min(v.cap[class], (grade-percent)/(v.roadSlope/v.roadSpeed))
	if speed < 1 { // km/h: stuck
		return math.Inf(1)
	}
	return 3.6 / speed
}

// The vehicles. Caps are priors; the pickup's are those of the field's first
// defaults: road 80, track 40, firm gravel 30, soft sand 12 km/h.
var (
	pickup = vehicle{
		cap:   [classes]float64{0: 25, Village: 30, Valley: 20, Field: 15, Palm: 8, Sand: 12, Gravel: 30, Rock: 8, Track: 40, Paved: 80, Bridge: 40},
		grade: 40, loose: 18, roadSlope: 60, roadSpeed: 120,
	}
	bike = vehicle{
		cap:   [classes]float64{0: 30, Village: 30, Valley: 20, Field: 20, Palm: 12, Sand: 15, Gravel: 35, Rock: 12, Track: 45, Paved: 80, Bridge: 45},
		grade: 45, loose: 20, roadSlope: 60, roadSpeed: 120,
	}
	armoured = vehicle{
		cap:   [classes]float64{0: 22, Village: 25, Valley: 20, Field: 18, Palm: 10, Sand: 12, Gravel: 25, Rock: 8, Track: 35, Paved: 70, Bridge: 35},
		grade: 45, loose: 20, roadSlope: 60, roadSpeed: 90,
	}
)

var (
	Motorcycle  = Mover{Name: bikeName, Width: 1, Pace: bike.pace, Delay: bikeDelay, Swim: math.Inf(1)}
	Pickup      = Mover{Name: pickupName, Width: 2, Pace: pickup.pace, Delay: pickupDelay, Swim: math.Inf(1)}
	ArmouredCar = Mover{Name: armouredName, Width: 2.6, Pace: armoured.pace, Delay: armouredDelay, Swim: math.Inf(1)}
	// Boat goes on water only.
	Boat = Mover{Name: boatName, Width: 2, Pace: boatPace, Delay: func(*frontier.Barrier) float64 { return 0 }, Swim: 0}
)

// Movers are all ways to move.
var Movers = []*Mover{&Foot, &Motorcycle, &Pickup, &ArmouredCar, &Boat}

const boatSpeed = 20. // km/h

func boatPace(class uint8, _ float64) float64 {
	if class == Water || class == Bridge {
		return 3.6 / boatSpeed
	}
	return math.Inf(1)
}

// Faster is the mover at another speed: share 2 halves its times on the way.
// Delays stay.
func (m Mover) Faster(share float64) Mover {
	pace := m.Pace
	m.Pace = func(class uint8, slope float64) float64 { return pace(class, slope) / share }
	if share > 0 {
		m.Swim /= share
	}
	return m
}
