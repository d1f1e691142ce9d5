// Package crossing finds the weakest crossing of every kilometre of a frontier:
// the path from the far side to an exit on which an intruder is least likely to
// be interrupted, that is, detected early enough for a responder to meet him.
//
// Along a path the slack of being detected at x is M(x) = max over y ahead of
// [t(x->y) - T(y)], with t the intruder's way and T the time until a responder
// stands at y; interruption is possible where M(x) is not below the error of
// the response time, a normal one common to the whole line. For one error the
// weakest path is found exactly by two chained least-cost passes, backwards on
// M and on exposure outwards from the late zone; nine quantiles of the error
// give the candidates, and each candidate is scored with its true probability
// of interruption P(I). The proof is in docs/decisions/0009-weakest-crossing.md.
//
// Times are seconds, or milliseconds in whole numbers inside the searches;
// hazards are 1/s; exposures are dimensionless; places are cells of the working
// grid. All results assume that the responder is told the intruder's way.
package crossing

import (
	"math"

	"vedette/coverage"
	"vedette/exposure"
	"vedette/frontier"
	"vedette/geo"
	"vedette/grid"
	"vedette/mobility"
)

// Kind is an intruder: how he moves, and how he looks to a sensor.
type Kind struct {
	Mover  *mobility.Mover
	Target exposure.Target
}

// The kinds of intruder.
var (
	OnFoot       = Kind{&mobility.Foot, exposure.Person}
	ByMotorcycle = Kind{&mobility.Motorcycle, exposure.Motorcycle}
	ByPickup     = Kind{&mobility.Pickup, exposure.Pickup}
	ByArmoured   = Kind{&mobility.ArmouredCar, exposure.ArmouredCar}
	ByBoat       = Kind{&mobility.Boat, exposure.Boat}
)

// Kinds are all of them; the first and the third are those of a plan that says
// nothing else.
var Kinds = []Kind{OnFoot, ByMotorcycle, ByPickup, ByArmoured, ByBoat}

// speed is that of the kind on firm, level ground, m/s.
func (k Kind) speed() float64 {
	if pace := k.Mover.Pace(mobility.Gravel, 0); !math.IsInf(pace, 1) {
		return 1 / pace
	}
	return 1 / k.Mover.Pace(mobility.Water, 0)
}

// Plan is what a line is solved from.
type Plan struct {
	Area     *frontier.Area
	Ground   *mobility.Ground
	Coverage *coverage.Result // its views are the conditions
	Kinds    []Kind
	Draws    int                   // of the uncertainty; 0 is 100
	Losses   int                   // assets of the worst mode whose loss is searched anew, each at about half the cost of a mode
	Batches  int                   // of draws of watchers, in every mode; 0 goes on until one finds nothing, eight at most
	Progress func(done, total int) // may be nil; called from several goroutines
}

// Result is a solved line.
type Result struct {
	Modes []Mode // kinds by conditions, the conditions of a kind together
	Worst int    // the mode with the greatest mean porosity
	// ResponseSD is the common error of the response times, seconds, and
	// Estimated whether it is a prior: 0.3 of the median time on the frontier.
	ResponseSD float64
	Estimated  bool
}

// Mode is the line for one kind of intruder in one condition.
type Mode struct {
	Kind       string // the mover's name
	Condition  exposure.Condition
	View       int // of the coverage
	Kilometres []Kilometre
	// Hazard is the mean rate of detection in 1/s, with every watcher counted by
	// its availability; Arrival the seconds until the first responder. NaN
	// outside the strip, +Inf where nobody comes.
	Hazard, Arrival *grid.Tiled[float32]
}

// Kilometre is the weakest crossing of one kilometre of the frontier.
type Kilometre struct {
	From, To float64 // km along the frontier
	// Passable is false where no path leads through it for this kind of intruder,
	// or every path is exposed beyond 100: P(I) is 1 then, and there is no Path.
	Passable      bool
	PI            float64 // probability of interruption on the weakest crossing
	P10, P50, P90 float64 // of PI over the draws of what is not known
	RunnerUp      float64 // PI of the weakest crossing found elsewhere in it; NaN if none
	Path          *Path
	Assets        []Asset // those whose loss lowers PI most, at most three
}

// Porosity is the chance to get through uninterrupted.
func (k *Kilometre) Porosity() float64 { return 1 - k.PI }

// Asset is what a site, patrol, base or barrier is worth to a kilometre.
type Asset struct {
	ID, Name string
	Kind     string  // site, patrol, base, barrier
	Without  float64 // PI once it is gone, over the candidates found with it
	Resolved bool    // Without is of a new search without it
}

// Path is one crossing in time.
type Path struct {
	At         []geo.Point
	Seconds    []float64 // from the start, at each of At
	Unseen     []float64 // probability that nobody has seen him yet
	Slack      []float64 // seconds to spare for the responders, if he is seen there
	Cross      int       // index of the first place on the own side
	CrossKM    float64   // where on the frontier
	Critical   int       // index of the critical detection point: the last with slack; -1 if none has
	PUnseen    float64   // at the exit
	Exposure   float64   // of all watchers as if always watching
	Responder  string    // name of who can meet him when he is seen at the critical point
	MeetAt     int       // index of the place where, -1 if nowhere
	Comes      float64   // seconds after the alarm
	Events     []Event   // in order of time
	Nodes      []mobility.Node
	Arcs       []uint8
	Candidates int // paths that were scored for this kilometre
}

// Event is something on the way.
type Event struct {
	Seconds float64
	At      geo.Point
	What    string // start, watched, barrier, frontier, critical, met, exit
	Who     string // the site or barrier by name
	P       float64
	Until   float64 // of watched and barrier: seconds
}
