package response

import (
	"vedette/exposure"
	"vedette/frontier"
	"vedette/geo"
	"vedette/mobility"
)

// Party is a group that answers, with the figures of the area file or their
// priors: what a Field is computed from.
type Party struct {
	Asset, Name, Type string
	Setup             float64 // from alarm to moving, seconds
	Mover             mobility.Mover
	Places            []geo.Point // where it may be when it is called; the farthest counts
	Flies             bool
	Cruise            float64 // of who flies, km/h
}

// Detour is how much longer a way outside the strip is than the straight line,
// on a track: a prior.
const Detour = detour

// Parties are those that answer in a condition, in the order of Fields.
func Parties(area *frontier.Area, c exposure.Condition) (all []Party) {
	for _, j := range jobs(area, c) {
		all = append(all, Party{
			Asset: j.Asset, Name: j.Name, Type: j.Type, Setup: j.Setup,
			Mover: j.mover, Places: j.places, Flies: j.flies, Cruise: j.speed,
		})
	}
	return all
}

// jobs are the fields of a condition: who is on duty, and can fly.
func jobs(area *frontier.Area, c exposure.Condition) (all []job) {
	for _, b := range area.Bases {
		for _, r := range b.Responders {
			if j := ofBase(b, r); !j.flies || c.Visibility >= area.Settings.HelicopterVisibilityKM*1000 {
				all = append(all, j)
			}
		}
	}
	for _, p := range area.Patrols {
		if c.OnDuty(p) {
			all = append(all, ofPatrol(p))
		}
	}
	return all
}
