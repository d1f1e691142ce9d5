package frontier

import (
	"math"
	"reflect"
	"strings"
)

// property is what the reader, the schema and the reference page know of one
// property of a kind or of a part of one.
type property struct {
	meaning string // goes on after "give"
	words   []string
	refers  string // to the id of a feature of this kind, or of a party
	span    span
	without string // what holds where it is left out
}

// span is the range of a number. The zero span is any number from zero to a
// million.
type span struct {
	least, most float64
	above       bool // more than the least
}

// Spans that several properties share. They are wide: they catch a wrong unit
// or a slip, not an unusual plan.
var (
	anyRange  = span{most: 200_000, above: true} // metres; radar horizons end before
	height    = span{most: 1000}                 // metres; the tallest mast has 829
	width     = span{most: 10_000}
	bearing   = span{most: 360}
	elevation = span{least: -90, most: 90}
	speed     = span{most: 500, above: true} // km/h; a fast helicopter makes 400
	wait      = span{most: 86_400}           // seconds
	depth     = span{most: 200, above: true} // km, of the solved strip
	seeing    = span{most: 300, above: true} // km; the clearest air there is
	heads     = span{most: 100_000}
	share     = span{most: 1}
)

// common are the properties of every feature.
var common = map[string]property{
	"id":   {meaning: "a short name of its own, by which others refer to it"},
	"name": {meaning: "the name that people use"},
	"note": {meaning: "what else is worth knowing"},
}

const partyMeaning = "the party it belongs to"

// properties are those of every kind, sensor, opening, responder, party and
// settings, by the Go type's name in small letters.
var properties = map[string]map[string]property{
	"settings": {
		"name":               {meaning: "the name of the area"},
		"note":               {meaning: "what else is worth knowing"},
		"illustrative":       {meaning: "true where the posts are invented: every product says so"},
		"attribution":        {meaning: "the texts that must stand on every map"},
		"box":                {meaning: "[west, south, east, north] in degrees"},
		"depth_far_km":       {meaning: "the depth of the solved strip beyond the frontier, in kilometres", span: depth},
		"depth_own_km":       {meaning: "the depth of the solved strip on the own side, in kilometres", span: depth},
		"cell_m":             {meaning: "the side of a cell of the grid, in metres", span: span{least: 1, most: 1000}, without: "30"},
		"target_height_m":    {meaning: "the height of who is looked for, in metres", span: span{most: 100, above: true}, without: "1.7"},
		"curvature":          {meaning: "the curvature coefficient: 0.85714 for light, 0.75 for radar, 0 for a flat earth", span: span{most: 2}, without: "0.85714"},
		"visibility_km":      {meaning: "the visibility on a clear day, in kilometres", span: seeing, without: "20"},
		"dust_visibility_km": {meaning: "the visibility in the area's dust, in kilometres", span: seeing, without: "2"},
		"response_sd_s":      {meaning: "the common error of response times (one standard deviation), in seconds", span: wait},
		"true_resolution_m":  {meaning: "the true resolution of the heights where their posting is finer, in metres", span: span{most: 100_000, above: true}},

		"clutter":                  {meaning: "how cluttered the ground is from which people are told", words: []string{"open", "moderate", "high"}, without: "moderate"},
		"post_availability":        {meaning: "the share of time in which people at a post really watch, from 0 to 1; a prior, and the most important figure that nobody measured", span: span{most: 1, above: true}, without: "0.65"},
		"report_rate_per_h":        {meaning: "how often inhabitants of the own side report an intruder, per hour", span: span{most: 60}, without: "0"},
		"pursuit":                  {meaning: "true where responders may go beyond the frontier", without: "false"},
		"busy_share":               {meaning: "the share of time in which a responder is busy elsewhere, from 0 to 0.95", span: span{most: .95}, without: "0"},
		"helicopter_visibility_km": {meaning: "the visibility below which no helicopter flies, in kilometres", span: seeing, without: "3"},

		"parties": {meaning: "the actors"},
		"terrain": {meaning: "where the heights come from"},
	},
	"terrainsetting": {
		"files": {meaning: "the elevation files, relative to the area file"},
		"made":  {meaning: "a description of made terrain, instead of files"},
	},
	"madeterrain": {
		"seed":          {meaning: "the seed of the fine relief, a whole number"},
		"spot_heights":  {meaning: "three or more of [longitude, latitude, metres]"},
		"relief_m":      {meaning: "the standard deviation of the fine relief, in metres", span: height},
		"relief_km":     {meaning: "the longest wave of the fine relief, in kilometres", span: span{most: 1000}},
		"wadi_depth_m":  {meaning: "the depth of the wadis cut into it, in metres", span: height},
		"wadi_space_km": {meaning: "the mean distance between wadis, in kilometres", span: span{most: 1000}},
	},
	"party": {
		"id":       {meaning: "a short name of its own, by which others refer to it"},
		"name":     {meaning: "the name that people use"},
		"relation": {meaning: "how it stands to us", words: []string{"own", "friendly", "neutral", "unknown", "hostile"}, without: "unknown"},
		"backs":    {meaning: "the ids of the parties it backs"},
		"fights":   {meaning: "the ids of the parties it fights"},
		"by":       {meaning: "who called it hostile"},
		"reason":   {meaning: "why it was called hostile"},
	},
	"frontier": {
		"own_side": {meaning: "the side of the line, in its direction, that is ours", words: []string{"left", "right"}},
	},
	"site": {
		"type":     {meaning: "the type of the site", words: []string{"control_tower", "observation_post", "camera_mast", "radar"}},
		"height_m": {meaning: "the height of the eyes above the ground, in metres", span: height},
		"on":       {meaning: "the barrier on whose crest it stands; its height is then above the crest", refers: "barrier"},
		"party":    {meaning: partyMeaning, refers: "party"},
		"state":    {meaning: "whether it works", words: []string{"up", "down"}, without: "up"},
		"sensors":  {meaning: `its sensors, such as {"type": "binocular", "range_m": 6000}`},

		"availability": {meaning: "the share of time in which it really watches, from 0 to 1", span: share, without: "the settings' post_availability; 0.95 where all its sensors are cameras or radars; priors"},
	},
	"sensor": {
		"type":              {meaning: "the type of the sensor", words: []string{"eye", "binocular", "camera", "thermal", "radar"}},
		"range_m":           {meaning: "the distance at which it makes out a walking person in clear air by day, in metres", span: anyRange},
		"night_range_m":     {meaning: "the same distance at night, in metres", span: span{most: 200_000}, without: "by type"},
		"min_range_m":       {meaning: "the distance below which it sees nothing, in metres", span: span{most: 200_000}, without: "0"},
		"arc_from_deg":      {meaning: "the true bearing at which its arc begins, clockwise, in degrees", span: bearing, without: "the whole circle"},
		"arc_to_deg":        {meaning: "the true bearing at which its arc ends, in degrees", span: bearing, without: "the whole circle"},
		"min_elevation_deg": {meaning: "its lowest look, in degrees above the horizontal, negative for down", span: elevation, without: "no limit"},
		"max_elevation_deg": {meaning: "its highest look, in degrees above the horizontal", span: elevation, without: "no limit"},

		"model":         {meaning: "how its detections are computed: eo by resolution, contrast and search; disk at one rate within its range; cube falling with the cube of distance; radar by signal to noise", words: []string{"eo", "disk", "cube", "radar"}, without: "radar for a radar, else eo"},
		"ifov_mrad":     {meaning: "the angle it tells apart, in milliradians", span: span{least: .0001, most: 10}, without: "by type"},
		"rate_per_s":    {meaning: "the detections per second of a disk, up to 1", span: share, without: "0.01"},
		"cube_m3_per_s": {meaning: "the rate of a cube at one metre, in cubic metres per second", span: span{most: 1e12}, without: "500000"},
		"scan_s":        {meaning: "the seconds that a radar needs for a turn", span: span{most: 600, above: true}, without: "3"},
		"min_radial_ms": {meaning: "the slowest radial speed that a radar sees, in metres per second", span: span{most: 100}, without: "0.5"},
	},
	"barrier": {
		"type":     {meaning: "the type of the barrier", words: []string{"berm", "trench", "wire", "fence", "wall", "cable"}},
		"height_m": {meaning: "its height above the ground, in metres; a berm and a wall need one", span: height},
		"width_m":  {meaning: "its width, in metres", span: width},
		"depth_m":  {meaning: "its depth, in metres; a trench needs one", span: height},
		"topped":   {meaning: "what runs along its crest", words: []string{"wire"}, without: "nothing"},
		"state":    {meaning: "the state of the barrier", words: []string{"intact", "breached"}, without: "intact"},
		"openings": {meaning: "the gaps and breaches in it"},

		"foot_delay_s":    {meaning: "the seconds it costs a person on foot", span: wait, without: "by type; a prior"},
		"vehicle_delay_s": {meaning: "the seconds it costs a 4x4", span: wait, without: "by type; a prior"},
		"p_detect":        {meaning: "the chance that a sensor along it reports one crossing, from 0 to 1", span: span{most: .999999}, without: "0"},
		"availability":    {meaning: "the share of time in which that sensor works, from 0 to 1", span: share, without: "0.95"},
	},
	"opening": {
		"at_km":   {meaning: "the place of its middle, in kilometres along the barrier from its first vertex", span: span{most: 10_000}},
		"width_m": {meaning: "its width, in metres", span: span{most: 10_000, above: true}},
		"breach":  {meaning: "true where somebody made it, false where it is meant to be there", without: "false"},
	},
	"base": {
		"type":       {meaning: "the type of the base", words: []string{"barracks", "post", "airfield"}},
		"party":      {meaning: partyMeaning, refers: "party"},
		"responders": {meaning: "the groups that can be sent from it"},
	},
	"responder": {
		"type":      {meaning: "how it moves", words: []string{"foot", "pickup", "armoured_car", "helicopter"}},
		"count":     {meaning: "the number of such groups", span: span{least: 1, most: 10_000}},
		"alarm_s":   {meaning: "the time from alarm to order, in seconds", span: wait},
		"mount_s":   {meaning: "the time from order to moving, in seconds; of a helicopter, the launch delay", span: wait},
		"speed_kmh": {meaning: "the speed on a track, in km/h; of a helicopter, its cruise", span: speed, without: "by type"},
	},
	"unit": {
		"type":     {meaning: "the type of the unit", words: []string{"army", "police", "paramilitary"}},
		"party":    {meaning: partyMeaning, refers: "party"},
		"parent":   {meaning: "the unit it is under", refers: "unit"},
		"base":     {meaning: "the base it stays at", refers: "base"},
		"status":   {meaning: "its status, in words"},
		"people":   {meaning: "the number of people", span: heads},
		"vehicles": {meaning: "the number of vehicles", span: heads},
	},
	"patrol": {
		"from":      {meaning: "the base it starts from", refers: "base"},
		"to":        {meaning: "the base it goes to", refers: "base"},
		"type":      {meaning: "how it moves", words: []string{"foot", "pickup", "armoured_car"}},
		"mode":      {meaning: "how the route is driven", words: []string{"once", "back_and_forth", "random"}},
		"speed_kmh": {meaning: "its speed on the way, in km/h", span: speed},
		"start":     {meaning: "when it starts, local time, as HH:MM from 00:00 to 23:59"},
		"end":       {meaning: "when it ends, local time, as HH:MM from 00:00 to 23:59"},
		"party":     {meaning: partyMeaning, refers: "party"},
	},
	"road": {
		"type": {meaning: "the type of the road", words: []string{"paved", "track"}},
	},
	"water": {
		"type":    {meaning: "the type of the water: river and wadi are lines, a lake is a polygon", words: []string{"river", "wadi", "lake"}},
		"width_m": {meaning: "its width, in metres", span: width},
		"ford":    {meaning: "true where it can be waded anywhere", without: "false"},
	},
	"bridge": {
		"over":  {meaning: "the water it crosses", refers: "water"},
		"state": {meaning: "the state of the bridge", words: []string{"open", "closed", "destroyed"}, without: "open"},
	},
	"gate": {
		"state": {meaning: "the state of the gate", words: []string{"open", "closed"}, without: "open"},
		"hours": {meaning: "when it is open, local time, as HH:MM-HH:MM", without: "always"},
	},
	"ground": {
		"class":          {meaning: "the class of the ground", words: []string{"village", "valley", "field", "palm", "sand", "gravel", "rock"}},
		"cover_height_m": {meaning: "the height of houses or trees, which hide and on which nobody stands, in metres", span: span{most: 100}},
	},
	"source": {},
	"exit":   {},
	"zone": {
		"type": {meaning: "the type of the zone", words: []string{"watch", "no_go", "exercise"}},
	},
	"protected": {
		"type": {meaning: "what it is", words: []string{"camp", "school", "clinic", "water", "gate"}},
	},
	"control": {
		"party":  {meaning: "the party that holds it", refers: "party"},
		"date":   {meaning: "the date at which it was held, as YYYY-MM-DD"},
		"source": {meaning: "where this is known from"},
	},
}

// propertyOf looks up a property of a Go struct.
func propertyOf(t reflect.Type, name string) (property, bool) {
	if p, ok := properties[strings.ToLower(t.Name())][name]; ok {
		return p, true
	}
	p, ok := common[name]
	return p, ok
}

// limits gives the least and the greatest value.
func (s span) limits() (least, most float64) {
	if s == (span{}) {
		return 0, 1e6
	}
	return s.least, s.most
}

// holds tells whether the span holds v.
func (s span) holds(v float64) bool {
	least, most := s.limits()
	return v >= least && v <= most && (!s.above || v > least) && !math.IsNaN(v)
}

// member is a field of a struct that stands in the file.
type member struct {
	name     string
	required bool
	value    reflect.Value
}

// membersOf are the fields of a struct that have a JSON name, in order, those
// of embedded structs among them.
func membersOf(v reflect.Value) []member {
	var all []member
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous {
			all = append(all, membersOf(v.Field(i))...)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "-" {
			all = append(all, member{name: name, required: options == "", value: v.Field(i)})
		}
	}
	return all
}
