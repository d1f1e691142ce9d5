package mobility

import "vedette/frontier"

// Delay is what a work costs one mover: the median of a lognormal delay and
// the range that holds 90 % of it, in seconds.
type Delay struct {
	Median, Low, High float64
}

// Priors of delays in seconds, for one crossing of a whole work. Only the
// fence's are from a source: a security fence up to 2.4 m is climbed in 3 to
// 8 s by the trained and in under 60 s by others (MIL-HDBK-1013/1A).
const (
	dig = 7200. // by hand, a lane for a vehicle through earth: hours

	lowBerm      = .6 // metres that a 4x4 drives over
	armouredBerm = 1. // metres that an armoured car drives over
	bikeLift     = 2. // times of a walker that a motorcycle takes to be lifted over a berm
	toughness    = .2 // share of a 4x4's time that an armoured car takes to break a fence or wire
)

var (
	footFence    = Delay{15, 3, 60}
	footBermM    = Delay{29, 20, 45} // for each metre of height
	footWallM    = Delay{20, 8, 50}  // for each metre of height
	footTrench   = Delay{52, 30, 90}
	footWire     = Delay{104, 60, 180} // triple concertina
	footTopping  = Delay{35, 20, 60}   // single concertina
	wheelLow     = Delay{5, 2, 12}     // a berm that is driven over
	wheelFence   = Delay{60, 20, 180}
	wheelTrench  = Delay{520, 300, 900} // with planks
	wheelWire    = Delay{268, 120, 600}
	wheelTopping = Delay{60, 30, 120}
	wheelDig     = Delay{dig, dig / 2, 2 * dig}
)

// DelayOf is the delay of a barrier for a mover by name, with its range. A
// delay that the area file gives has the range of half to twice itself.
func DelayOf(mover string, b *frontier.Barrier) Delay {
	foot := mover == footName
	if given := givenDelay(foot, b); given != nil {
		return Delay{*given, *given / 2, *given * 2}
	}
	if b.Type == "cable" || mover == boatName {
		return Delay{}
	}
	d := wheelDelay(mover, b)
	top := wheelTopping
	if foot {
		d, top = onFoot(b), footTopping
	}
	if b.Topped == "wire" {
		d = d.plus(top)
	}
	return d
}

func givenDelay(foot bool, b *frontier.Barrier) *float64 {
	if foot {
		return b.FootDelayS
	}
	return b.VehicleDelayS
}

func onFoot(b *frontier.Barrier) Delay {
	switch b.Type {
	case "berm":
		return footBermM.times(b.HeightM)
	case "wall":
		return footWallM.times(b.HeightM)
	case "trench":
		return footTrench
	case "wire":
		return footWire
	}
	return footFence
}

// wheelDelay is that of a vehicle: a motorcycle is lifted over a berm, and an
// armoured car breaks a fence or wire.
func wheelDelay(mover string, b *frontier.Barrier) Delay {
	tough := 1.
	if mover == armouredName {
		tough = toughness
	}
	switch b.Type {
	case "berm":
		switch {
		case b.HeightM <= lowBerm || mover == armouredName && b.HeightM <= armouredBerm:
			return wheelLow
		case mover == bikeName:
			return footBermM.times(bikeLift * b.HeightM)
		}
		return wheelDig
	case "wall":
		return wheelDig
	case "trench":
		return wheelTrench
	case "wire":
		return wheelWire.times(tough)
	}
	return wheelFence.times(tough)
}

func (d Delay) times(k float64) Delay { return Delay{d.Median * k, d.Low * k, d.High * k} }

func (d Delay) plus(o Delay) Delay {
	return Delay{d.Median + o.Median, d.Low + o.Low, d.High + o.High}
}

func footDelay(b *frontier.Barrier) float64     { return DelayOf(footName, b).Median }
func bikeDelay(b *frontier.Barrier) float64     { return DelayOf(bikeName, b).Median }
func pickupDelay(b *frontier.Barrier) float64   { return DelayOf(pickupName, b).Median }
func armouredDelay(b *frontier.Barrier) float64 { return DelayOf(armouredName, b).Median }
