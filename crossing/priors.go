package crossing

import (
	"slices"

	"vedette/coverage"
	"vedette/exposure"
	"vedette/frontier"
	"vedette/mobility"
	"vedette/response"
)

// Priors are all the figures that a solution rests on and that nobody measured
// on this line, from the settings to the errors of the draws: each with a
// range, a source, and the properties of the area file that replace it.
func Priors() []frontier.Prior {
	return slices.Concat(frontier.Priors(), exposure.Priors(), coverage.Priors(), mobility.Priors(), response.Priors(), ofDraws())
}

// ofDraws are the spreads of what is not known.
func ofDraws() []frontier.Prior {
	const guess = frontier.Judgement
	return []frontier.Prior{
		{Name: "error of response times, as a share of their median on the frontier", Value: responseShare, Low: .15, High: .5, Unit: "1", Replaces: "vedette.response_sd_s", Source: frontier.NotMeasured},
		{Name: "error of the speed on the way (90 %), as a factor", Value: paceSpread, Low: 1.1, High: 1.5, Unit: "1", Source: guess},
		{Name: "error of delays (90 %), as a factor", Value: delaySpread, Low: 1.5, High: 4, Unit: "1", Source: guess},
		{Name: "error of response times (90 %), as a factor", Value: responseSpread, Low: 1.1, High: 2, Unit: "1", Source: guess},
		{Name: "error of hazards by eyes and patrols (90 %), as a factor", Value: eyesSpread, Low: 1.5, High: 5, Unit: "1", Source: guess},
		{Name: "error of hazards by radars and line sensors (90 %), as a factor", Value: machineSpread, Low: 1.1, High: 2, Unit: "1", Source: guess},
	}
}
