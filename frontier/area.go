// Package frontier holds the model of a watched stretch: the frontier and its
// sites, barriers, bases, units, patrols and ground, and reads it from an area
// file.
//
// An area file is one GeoJSON FeatureCollection (RFC 7946): each feature has a
// properties.kind, and the foreign member "vedette" holds the settings of the
// area. Reading is strict: Load reports everything that is wrong, not the
// first thing, and returns an area only when nothing is.
//
// Names carry their units. Positions are geo.Point; GeoJSON's order of
// longitude before latitude stays inside the reader and the writer.
package frontier

import "vedette/geo"

// Area is one watched stretch as designed: the plan.
type Area struct {
	Settings  Settings
	Frontier  Frontier
	Sites     []Site
	Barriers  []Barrier
	Bases     []Base
	Units     []Unit
	Patrols   []Patrol
	Roads     []Road
	Waters    []Water
	Bridges   []Bridge
	Gates     []Gate
	Grounds   []Ground
	Sources   []Source
	Exits     []Exit
	Zones     []Zone
	Protected []Protected
	Controls  []Control
}

// Settings is the foreign member "vedette" of an area file.
type Settings struct {
	Name         string    `json:"name"`
	Note         string    `json:"note,omitempty"`
	Illustrative bool      `json:"illustrative,omitempty"` // posts are invented: said on every product
	Attribution  []string  `json:"attribution,omitempty"`  // shown on every map
	Box          []float64 `json:"box"`                    // west, south, east, north, degrees
	DepthFarKM   float64   `json:"depth_far_km"`           // of the solved strip beyond the frontier
	DepthOwnKM   float64   `json:"depth_own_km"`           // and on the own side
	CellM        float64   `json:"cell_m,omitempty"`       // default 30

	TargetHeightM    float64 `json:"target_height_m,omitempty"`    // of who is looked for; default 1.7
	Curvature        float64 `json:"curvature,omitempty"`          // default 0.85714 = 1 - 1/7
	VisibilityKM     float64 `json:"visibility_km,omitempty"`      // on a clear day; default 20
	DustVisibilityKM float64 `json:"dust_visibility_km,omitempty"` // in the area's dust; default 2
	ResponseSDS      float64 `json:"response_sd_s,omitempty"`      // common error of response times
	TrueResolutionM  float64 `json:"true_resolution_m,omitempty"`  // of the heights, where the posting is finer

	Clutter                string  `json:"clutter,omitempty"`                  // open, moderate (default), high: what people are told from
	PostAvailability       float64 `json:"post_availability,omitempty"`        // share of time in which people at a post watch; default 0.65
	ReportRatePerH         float64 `json:"report_rate_per_h,omitempty"`        // of inhabitants on the own side
	Pursuit                bool    `json:"pursuit,omitempty"`                  // responders may go beyond the frontier
	BusyShare              float64 `json:"busy_share,omitempty"`               // share of time in which a responder is elsewhere
	HelicopterVisibilityKM float64 `json:"helicopter_visibility_km,omitempty"` // below which none flies; default 3

	Parties []Party        `json:"parties,omitempty"`
	Terrain TerrainSetting `json:"terrain,omitzero"`
}

// TerrainSetting says where the heights of an area come from: files, or made.
type TerrainSetting struct {
	Files []string     `json:"files,omitempty"` // DEMs, relative to the area file
	Made  *MadeTerrain `json:"made,omitempty"`
}

// MadeTerrain describes illustrative terrain: a smooth surface through spot
// heights, cut by rivers and wadis, with fine relief from a seed.
type MadeTerrain struct {
	Seed        int64       `json:"seed"`
	SpotHeights [][]float64 `json:"spot_heights"`            // longitude, latitude, metres
	ReliefM     float64     `json:"relief_m,omitempty"`      // standard deviation of the fine relief
	ReliefKM    float64     `json:"relief_km,omitempty"`     // its longest wave
	WadiDepthM  float64     `json:"wadi_depth_m,omitempty"`  // of the wadis cut into it
	WadiSpaceKM float64     `json:"wadi_space_km,omitempty"` // mean distance between wadis
}

// Relation is how a party stands to us.
type Relation string

// The relations. Unknown is the default; hostile needs a named person and a
// reason.
const (
	Own      Relation = "own"
	Friendly Relation = "friendly"
	Neutral  Relation = "neutral"
	Unknown  Relation = "unknown"
	Hostile  Relation = "hostile"
)

// Party is a named actor and its relation to us and to other parties.
type Party struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Relation Relation `json:"relation,omitempty"`
	Backs    []string `json:"backs,omitempty"`
	Fights   []string `json:"fights,omitempty"`
	By       string   `json:"by,omitempty"`     // who called it hostile
	Reason   string   `json:"reason,omitempty"` // and why
}

// Named is what every feature has.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	Note string `json:"note,omitempty"`
}

// Frontier is the line that is watched. Kilometre marks run from its first
// vertex.
type Frontier struct {
	Named
	OwnSide string      `json:"own_side"` // "left" or "right" of the line's direction
	Line    []geo.Point `json:"-"`
}

// Site is a place that observes.
type Site struct {
	Named
	Type    string    `json:"type"`            // control_tower, observation_post, camera_mast, radar
	HeightM float64   `json:"height_m"`        // of the eyes above the ground, or above the crest it stands on
	On      string    `json:"on,omitempty"`    // the barrier on whose crest it stands
	Party   string    `json:"party,omitempty"` //
	State   string    `json:"state,omitempty"` // up (default) or down
	Sensors []Sensor  `json:"sensors"`         //
	At      geo.Point `json:"-"`

	Availability *float64 `json:"availability,omitempty"` // share of time in which it watches; default: by type
}

// Sensor is one pair of eyes, a camera or a radar of a site.
type Sensor struct {
	Type            string   `json:"type"`                        // eye, binocular, camera, thermal, radar
	RangeM          float64  `json:"range_m"`                     // for a walking person in clear air by day
	NightRangeM     *float64 `json:"night_range_m,omitempty"`     // the same at night; default: by type
	MinRangeM       float64  `json:"min_range_m,omitempty"`       //
	ArcFromDeg      *float64 `json:"arc_from_deg,omitempty"`      // true bearing; clockwise to arc_to_deg
	ArcToDeg        *float64 `json:"arc_to_deg,omitempty"`        //
	MinElevationDeg *float64 `json:"min_elevation_deg,omitempty"` // lowest look, negative is down
	MaxElevationDeg *float64 `json:"max_elevation_deg,omitempty"` //

	Model       string   `json:"model,omitempty"`         // eo, disk, cube or radar; default by type
	IFOVMrad    *float64 `json:"ifov_mrad,omitempty"`     // eo: what it tells apart; default by type
	RatePerS    float64  `json:"rate_per_s,omitempty"`    // disk: hazard within its range
	CubeM3PerS  float64  `json:"cube_m3_per_s,omitempty"` // cube: hazard times distance cubed
	ScanS       float64  `json:"scan_s,omitempty"`        // radar: seconds for a turn; default 3
	MinRadialMS *float64 `json:"min_radial_ms,omitempty"` // radar: slowest radial speed it sees; default 0.5
}

// Barrier is a linear work that delays and may hide.
type Barrier struct {
	Named
	Type     string      `json:"type"`               // berm, trench, wire, fence, wall, cable
	HeightM  float64     `json:"height_m,omitempty"` // of a berm, fence or wall
	WidthM   float64     `json:"width_m,omitempty"`  //
	DepthM   float64     `json:"depth_m,omitempty"`  // of a trench
	Topped   string      `json:"topped,omitempty"`   // wire: what runs along its crest
	State    string      `json:"state,omitempty"`    // intact (default) or breached
	Openings []Opening   `json:"openings,omitempty"` //
	Line     []geo.Point `json:"-"`

	FootDelayS    *float64 `json:"foot_delay_s,omitempty"`    // instead of the prior of its type
	VehicleDelayS *float64 `json:"vehicle_delay_s,omitempty"` // the same for a 4x4
	PDetect       float64  `json:"p_detect,omitempty"`        // of one crossing, by a sensor along it
	Availability  *float64 `json:"availability,omitempty"`    // of that sensor; default 0.95
}

// Opening is a gap in a barrier, or a breach.
type Opening struct {
	AtKM   float64 `json:"at_km"` // along the barrier, from its first vertex
	WidthM float64 `json:"width_m"`
	Breach bool    `json:"breach,omitempty"` // made by somebody, not by design
}

// Base is a barracks or post from which responders start.
type Base struct {
	Named
	Type       string      `json:"type"` // barracks, post, airfield
	Party      string      `json:"party,omitempty"`
	Responders []Responder `json:"responders,omitempty"`
	At         geo.Point   `json:"-"`
}

// Responder is a group that can be sent from a base.
type Responder struct {
	Type     string  `json:"type"` // foot, pickup, armoured_car, helicopter
	Count    int     `json:"count"`
	AlarmS   float64 `json:"alarm_s,omitempty"`   // from alarm to order
	MountS   float64 `json:"mount_s,omitempty"`   // from order to moving; launch delay of a helicopter
	SpeedKMH float64 `json:"speed_kmh,omitempty"` // on a track; cruise of a helicopter
}

// Unit is people and vehicles with a parent and a status.
type Unit struct {
	Named
	Type     string    `json:"type"` // army, police, paramilitary
	Party    string    `json:"party,omitempty"`
	Parent   string    `json:"parent,omitempty"` // a unit
	Base     string    `json:"base,omitempty"`
	Status   string    `json:"status,omitempty"`
	People   int       `json:"people,omitempty"`
	Vehicles int       `json:"vehicles,omitempty"`
	At       geo.Point `json:"-"`
}

// Patrol is a route between places.
type Patrol struct {
	Named
	From     string      `json:"from,omitempty"` // a base
	To       string      `json:"to,omitempty"`
	Type     string      `json:"type"` // foot, pickup, armoured_car
	Mode     string      `json:"mode"` // once, back_and_forth, random
	SpeedKMH float64     `json:"speed_kmh"`
	Start    string      `json:"start,omitempty"` // HH:MM, local
	End      string      `json:"end,omitempty"`
	Party    string      `json:"party,omitempty"`
	Line     []geo.Point `json:"-"`
}

// Road is a way for vehicles.
type Road struct {
	Named
	Type string      `json:"type"` // paved, track
	Line []geo.Point `json:"-"`
}

// Water is a river or wadi (a line) or a lake (a polygon).
type Water struct {
	Named
	Type   string      `json:"type"` // river, wadi, lake
	WidthM float64     `json:"width_m,omitempty"`
	Ford   bool        `json:"ford,omitempty"` // can be waded anywhere
	Line   []geo.Point `json:"-"`              // set for a river or wadi
	Ring   []geo.Point `json:"-"`              // set for a lake
}

// Bridge carries a road over water.
type Bridge struct {
	Named
	Over  string    `json:"over"`            // a water
	State string    `json:"state,omitempty"` // open (default), closed, destroyed
	At    geo.Point `json:"-"`
}

// Gate is an official crossing point.
type Gate struct {
	Named
	State string    `json:"state,omitempty"` // open (default) or closed
	Hours string    `json:"hours,omitempty"` // HH:MM-HH:MM, local
	At    geo.Point `json:"-"`
}

// Ground is a stretch of ground of one class.
type Ground struct {
	Named
	Class        string      `json:"class"`                    // village, valley, field, palm, sand, gravel, rock
	CoverHeightM float64     `json:"cover_height_m,omitempty"` // houses or trees: they hide, and nobody stands on them
	Ring         []geo.Point `json:"-"`
}

// Source is where intruders start.
type Source struct {
	Named
	Ring []geo.Point `json:"-"`
}

// Exit is where an intruder is gone: cover, a road, a village.
type Exit struct {
	Named
	Ring []geo.Point `json:"-"`
}

// Zone is a named stretch of ground with a meaning for alerts or planning.
type Zone struct {
	Named
	Type string      `json:"type"` // watch, no_go, exercise
	Ring []geo.Point `json:"-"`
}

// Protected is a place on which no work may be put: camp, school, clinic,
// water, gate.
type Protected struct {
	Named
	Type string    `json:"type"`
	At   geo.Point `json:"-"`
}

// Control is ground a party holds, at a date, by a source.
type Control struct {
	Named
	Party  string      `json:"party"`
	Date   string      `json:"date"` // YYYY-MM-DD
	Source string      `json:"source"`
	Ring   []geo.Point `json:"-"`
}
