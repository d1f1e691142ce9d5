package crossing

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"vedette/frontier"
)

func TestEveryPriorHasARangeAUnitAndASource(t *testing.T) {
	names := map[string]bool{}
	for _, p := range Priors() {
		if names[p.Name] || strings.TrimSpace(p.Name) == "" {
			t.Errorf("%+v: a name of its own is needed", p)
		}
		names[p.Name] = true
		if p.Unit == "" || p.Source == "" {
			t.Errorf("%s: unit %q, source %q; give both", p.Name, p.Unit, p.Source)
		}
		if !(p.Low <= p.Value && p.Value <= p.High && p.Low < p.High) || p.Low < 0 || math.IsInf(p.High, 1) {
			t.Errorf("%s: %g does not lie in a range from %g to %g", p.Name, p.Value, p.Low, p.High)
		}
	}
}

func TestEveryPriorHasAPlaceInTheAreaFileOrNone(t *testing.T) {
	known := areaProperties(t)
	for _, p := range Priors() {
		if p.Replaces == "" {
			continue
		}
		for property := range strings.SplitSeq(p.Replaces, ", ") {
			if !known[property] {
				t.Errorf("%s: %s is no property of the area file", p.Name, property)
			}
		}
	}
	if known["sensor.height_m"] || !known["site.height_m"] || !known["responder.alarm_s"] {
		t.Error("the properties are not told apart by what they belong to")
	}
}

// schema is as much of the area file's JSON Schema as names properties.
type schema struct {
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
	Defs       map[string]schema `json:"$defs"`
}

// UnmarshalJSON takes true, the schema of anything, for one without properties.
func (s *schema) UnmarshalJSON(text []byte) error {
	if string(text) == "true" {
		return nil
	}
	type plain schema
	return json.Unmarshal(text, (*plain)(s))
}

// areaProperties are the properties of an area file as kind.property: those of
// the settings, of every kind of feature, and of what stands in lists of one,
// which is called as its list without the s.
func areaProperties(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("../frontier/area.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var area schema
	if err := json.Unmarshal(text, &area); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	note := func(kind string, of schema) {
		for name, s := range of.Properties {
			known[kind+"."+name] = true
			if s.Items == nil {
				continue
			}
			for part := range s.Items.Properties {
				known[strings.TrimSuffix(name, "s")+"."+part] = true
			}
		}
	}
	note("vedette", area.Properties["vedette"])
	for kind, s := range area.Defs {
		note(kind, s.Properties["properties"])
	}
	return known
}

// A prior that an area file leaves out is the one that its reader fills in.
func TestThePriorsOfSettingsAreThoseThatAreFilledIn(t *testing.T) {
	area, err := frontier.Load("../frontier/testdata/least.good.json")
	if err != nil {
		t.Fatal(err)
	}
	set := area.Settings
	for property, got := range map[string]float64{
		"vedette.post_availability": set.PostAvailability, "vedette.visibility_km": set.VisibilityKM, "vedette.dust_visibility_km": set.DustVisibilityKM,
		"vedette.target_height_m": set.TargetHeightM, "vedette.curvature": set.Curvature, "vedette.helicopter_visibility_km": set.HelicopterVisibilityKM,
		"vedette.report_rate_per_h": set.ReportRatePerH, "vedette.busy_share": set.BusyShare,
	} {
		if want := replacedBy(t, property).Value; got != want {
			t.Errorf("%s: the reader fills in %g, the prior is %g", property, got, want)
		}
	}
}

// replacedBy is the first prior that a property replaces.
func replacedBy(t *testing.T, property string) frontier.Prior {
	t.Helper()
	for _, p := range Priors() {
		if strings.HasPrefix(p.Replaces+",", property+",") {
			return p
		}
	}
	t.Fatalf("no prior is replaced by %s", property)
	return frontier.Prior{}
}

func TestTheDrawsOfGuardsAreTheRangeOfTheirPrior(t *testing.T) {
	p := replacedBy(t, "vedette.post_availability")
	if low, high := guardLow*p.Value, guardHigh*p.Value; math.Abs(low-p.Low) > 1e-12 || math.Abs(high-p.High) > 1e-12 { // rounding
		t.Errorf("drawn from %g to %g, the prior's range is %g to %g", low, high, p.Low, p.High)
	}
}

// A helicopter far behind the line is everywhere on it after nearly the same
// time, which is then the median; its error in common is three tenths of it.
func TestTheErrorOfResponsesIsThreeTenthsOfTheirMedian(t *testing.T) {
	s := newStage(1000, 1000, 50)
	s.area.Settings.ResponseSDS = 0
	flies := frontier.Responder{Type: "helicopter", Count: 1, AlarmS: 100, MountS: 900, SpeedKMH: 360}
	s.area.Bases = []frontier.Base{{Named: frontier.Named{ID: "field"}, At: place(0, -50_000), Responders: []frontier.Responder{flies}}}
	r := s.solve(t).Result()
	if want := .3 * (1000 + 50_000/100.); !r.Estimated || math.Abs(r.ResponseSD-want) > .5 { // the line is within 40 m of 50 km away, and its cells too
		t.Errorf("%.2f s (a prior: %v), want %.0f s", r.ResponseSD, r.Estimated, want)
	}
	s.area.Settings.ResponseSDS = 77
	if r := s.solve(t).Result(); r.Estimated || r.ResponseSD != 77 {
		t.Errorf("%.2f s (a prior: %v), want the 77 s of the area", r.ResponseSD, r.Estimated)
	}
}

// Each of the seven models of a sensor lists what it takes where the area file
// is silent.
func TestEverySensorModelHasItsPriors(t *testing.T) {
	all := map[string]frontier.Prior{}
	for _, p := range Priors() {
		all[p.Name] = p
	}
	for model, names := range map[string][]string{
		"eo": {"angle an eye tells apart", "power of a binocular", "angle a camera tells apart", "angle a thermal camera tells apart",
			"cycles on target for detection, moderate clutter", "contrast of a target against bare ground", "least contrast that is made out",
			"dwell on one field", "shimmer (Cn2) by day", "share of an eye's range that the dark leaves", "availability of people at a post"},
		"disk":   {"rate of a disk"},
		"cube":   {"rate of a cube at one metre"},
		"radar":  {"false alarms of a radar, per look", "time of a radar for a turn", "slowest radial speed that a radar sees", "radar cross section of a person"},
		"line":   {"chance that a sensor along a barrier reports a crossing; 0 is no sensor", "availability of sensors along a barrier"},
		"patrol": {"reach of a patrol's eyes by day", "reach of a patrol's eyes at night", "reach of a patrol's eyes in dust"},
		"report": {"reports by inhabitants of the own side"},
	} {
		for _, name := range names {
			if _, ok := all[name]; !ok {
				t.Errorf("%s: no prior is called %q", model, name)
			}
		}
	}
}
