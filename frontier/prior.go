package frontier

// Prior is a figure that the work rests on and that nobody measured on this
// line: it came from a text or from judgement. Every package lists its own, and
// reports say which they rest on.
type Prior struct {
	Name      string
	Value     float64
	Low, High float64 // the range in which it may plausibly lie
	Unit      string
	Replaces  string // the properties of the area file that replace it, as kind.property, with commas between; empty where none does
	Source    string // of the value; a range without a source of its own is judgement
}

// The sources of priors that have no better one.
const (
	NotMeasured = "prior, not measured"
	Judgement   = "judgement, not measured"
)

// Priors are what stands for what an area file leaves out, where the reader
// fills it in.
func Priors() []Prior {
	return []Prior{
		{Name: "availability of people at a post", Value: defaultAvailability, Low: .5, High: .8, Unit: "1", Replaces: "vedette.post_availability, site.availability", Source: NotMeasured},
		{Name: "visibility on a clear day", Value: defaultVisibility, Low: 5, High: 40, Unit: "km", Replaces: "vedette.visibility_km", Source: Judgement},
		{Name: "visibility in dust", Value: defaultDustVisibility, Low: .2, High: 5, Unit: "km", Replaces: "vedette.dust_visibility_km", Source: Judgement},
		{Name: "height of who is looked for", Value: defaultTarget, Low: 1.5, High: 1.9, Unit: "m", Replaces: "vedette.target_height_m", Source: Judgement},
		{Name: "curvature of the Earth less refraction", Value: defaultCurvature, Low: .75, High: 1, Unit: "1", Replaces: "vedette.curvature", Source: "GDAL's default, for light"},
		{Name: "visibility below which no helicopter flies", Value: defaultFlying, Low: 1.5, High: 3, Unit: "km", Replaces: "vedette.helicopter_visibility_km", Source: NotMeasured},
		{Name: "reports by inhabitants of the own side", Value: 0, Low: 0, High: 1, Unit: "1/h", Replaces: "vedette.report_rate_per_h", Source: Judgement},
		{Name: "chance that a sensor along a barrier reports a crossing; 0 is no sensor", Value: 0, Low: 0, High: .95, Unit: "1", Replaces: "barrier.p_detect", Source: Judgement},
		{Name: "share of time in which a responder is busy elsewhere", Value: 0, Low: 0, High: .5, Unit: "1", Replaces: "vedette.busy_share", Source: Judgement},
	}
}
