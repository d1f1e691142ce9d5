package mobility

import (
	"math"
	"strings"

	"vedette/frontier"
)

// className names the classes of ground, as in "on CLASS".
var className = [classes]string{
	0: "open ground of which nothing is known", Village: "village streets", Valley: "valley floors", Field: "fields", Palm: "palm groves",
	Sand: "soft sand", Gravel: "firm gravel", Rock: "rock", Track: "a track", Paved: "a paved road", Water: "water", Bridge: "a bridge",
}

// around gives a prior the range of seven to thirteen tenths of its value, where
// nothing more is known.
func around(p frontier.Prior) frontier.Prior {
	p.Low, p.High = math.Round(70*p.Value)/100, math.Round(130*p.Value)/100
	return p
}

// spoken is a mover's name in a sentence.
func spoken(mover string) string { return "the " + strings.ReplaceAll(mover, "_", " ") }

// Priors are the speeds and delays of this package that were not measured on
// the line, each with its range and the property that replaces it.
func Priors() []frontier.Prior {
	all := delayPriors()
	all = append(all, walkPriors()...)
	for _, v := range []struct {
		mover Mover
		vehicle
	}{{Motorcycle, bike}, {Pickup, pickup}, {ArmouredCar, armoured}} {
		all = append(all, v.vehicle.priors(v.mover.Name)...)
	}
	all = append(all,
		frontier.Prior{Name: "share of a slope that slows a vehicle going down", Value: downhill, Low: .25, High: 1, Unit: "1", Source: frontier.Judgement},
		frontier.Prior{Name: "speed of a boat", Value: boatSpeed, Low: 8, High: 40, Unit: "km/h", Source: frontier.Judgement},
	)
	for _, m := range Movers {
		all = append(all, around(frontier.Prior{Name: "narrowest gap that lets through: " + spoken(m.Name), Value: m.Width, Unit: "m", Source: frontier.Judgement}))
	}
	return all
}

// delayPriors are those of works. Their ranges hold 90 %.
func delayPriors() (all []frontier.Prior) {
	const foot, wheels = "barrier.foot_delay_s", "barrier.vehicle_delay_s"
	for _, d := range []struct {
		what     string
		delay    Delay
		unit     string
		replaces string
		source   string
	}{
		{"a fence on foot", footFence, "s", foot, "MIL-HDBK-1013/1A, its range; the middle is judgement"},
		{"a berm on foot, for a metre of height", footBermM, "s/m", foot, frontier.NotMeasured},
		{"a wall on foot, for a metre of height", footWallM, "s/m", foot, frontier.Judgement},
		{"a trench on foot", footTrench, "s", foot, frontier.NotMeasured},
		{"triple concertina wire on foot", footWire, "s", foot, frontier.NotMeasured},
		{"single concertina wire on foot, along a crest", footTopping, "s", foot, frontier.NotMeasured},
		{"a berm that a vehicle drives over", wheelLow, "s", wheels, frontier.Judgement},
		{"a fence in a 4x4", wheelFence, "s", wheels, frontier.Judgement},
		{"a trench in a 4x4, with planks", wheelTrench, "s", wheels, frontier.NotMeasured},
		{"triple concertina wire in a 4x4", wheelWire, "s", wheels, frontier.NotMeasured},
		{"single concertina wire in a 4x4, along a crest", wheelTopping, "s", wheels, frontier.NotMeasured},
		// A loader needs 6 to 20 minutes for a berm of 2 m.
		{"earth that is dug through by hand for a vehicle; the range begins with a loader", Delay{wheelDig.Median, 360, wheelDig.High}, "s", wheels, frontier.NotMeasured},
	} {
		all = append(all, frontier.Prior{Name: "delay by " + d.what, Value: d.delay.Median, Low: d.delay.Low, High: d.delay.High, Unit: d.unit, Replaces: d.replaces, Source: d.source})
	}
	return append(all,
		frontier.Prior{Name: "height of a berm that a 4x4 drives over", Value: lowBerm, Low: .5, High: 1, Unit: "m", Replaces: wheels, Source: frontier.NotMeasured},
		frontier.Prior{Name: "height of a berm that an armoured car drives over", Value: armouredBerm, Low: .8, High: 1.5, Unit: "m", Replaces: wheels, Source: frontier.Judgement},
		frontier.Prior{Name: "times of a walker that a motorcycle takes over a berm", Value: bikeLift, Low: 1, High: 5, Unit: "1", Replaces: wheels, Source: frontier.Judgement},
		frontier.Prior{Name: "share of a 4x4's delay that an armoured car takes at wire and fences", Value: toughness, Low: .05, High: .5, Unit: "1", Replaces: wheels, Source: frontier.Judgement},
	)
}

// walkPriors are those of a walking person. Speeds of their own source count
// too: nobody measured them here.
func walkPriors() []frontier.Prior {
	const clarke = "Irmischer and Clarke 2018"
	all := []frontier.Prior{
		{Name: "speed on foot, level path", Value: IrmischerClarke(true, 0), Low: .8, High: 1.5, Unit: "m/s", Source: clarke},
		{Name: "speed on foot, level ground off the path", Value: IrmischerClarke(false, 0), Low: .5, High: 1.2, Unit: "m/s", Source: clarke},
		{Name: "time on foot for a metre of river", Value: footSwim, Low: 1, High: 5, Unit: "s/m", Source: frontier.Judgement},
	}
	for class, factor := range footFactor {
		if factor > 0 && factor != 1 {
			p := around(frontier.Prior{Name: "factor of the speed on foot on " + className[class], Value: factor, Unit: "1", Source: frontier.Judgement})
			p.High = min(1, p.High)
			all = append(all, p)
		}
	}
	return all
}

// priors are those of a vehicle. The ranges of its steepest slopes are those of
// its kind of ground.
func (v *vehicle) priors(mover string) (all []frontier.Prior) {
	name := spoken(mover)
	for class, speed := range v.cap {
		if speed > 0 {
			all = append(all, around(frontier.Prior{Name: "speed of " + name + " on " + className[class], Value: speed, Unit: "km/h", Source: frontier.NotMeasured}))
		}
	}
	return append(all,
		frontier.Prior{Name: "steepest firm ground of " + name, Value: v.grade, Low: 30, High: 45, Unit: "%", Source: frontier.NotMeasured},
		frontier.Prior{Name: "steepest loose sand of " + name, Value: v.loose, Low: 15, High: 20, Unit: "%", Source: frontier.NotMeasured},
		around(frontier.Prior{Name: "steepest road of " + name, Value: v.roadSlope, Unit: "%", Source: frontier.Judgement}),
		around(frontier.Prior{Name: "speed of " + name + " on a road, by its engine", Value: v.roadSpeed, Unit: "km/h", Source: frontier.Judgement}),
	)
}
