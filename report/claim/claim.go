// Package claim reads documents for what they say about a watched frontier:
// claims, each with a kind, a place, a time, a voice, a status, a grade and the
// bytes that it rests on.
//
// In go documents (package intake), maps and, if there is one, the area that
// is watched; out come Stories. Everything is a rule, and every claim names
// the rules that made it. A claim proposes: nothing in it changes a plan
// before a person confirms it. What is not said stays unknown: a time without
// a date of publication, a speaker nobody names. Spans count bytes of the
// original; the same documents give the same stories.
package claim

import (
	"time"

	"vedette/report/intake"
	"vedette/report/locate"
)

// Kind is what a claim is about.
type Kind string

// The kinds.
const (
	ObservationPost Kind = "observation_post"
	Obstacle        Kind = "obstacle"
	Patrol          Kind = "patrol"
	ForceMove       Kind = "force_move"
	ForcePresence   Kind = "force_presence"
	CrossingAttempt Kind = "crossing_attempt"
	Crossing        Kind = "crossing"
	Clash           Kind = "clash"
	Fire            Kind = "fire"
	AirActivity     Kind = "air_activity"
	ControlChange   Kind = "control_change"
	BarrierDamage   Kind = "barrier_damage"
	Distress        Kind = "distress"
	Statement       Kind = "statement"
	Other           Kind = "other"
)

// Status is how a claim is meant.
type Status string

// The statuses.
const (
	Asserted   Status = "asserted"
	Negated    Status = "negated"
	Planned    Status = "planned"    // ordered, intended, expected or feared
	Background Status = "background" // of an earlier time, told to explain
)

// Claim is one thing that a document says.
type Claim struct {
	ID       string         `json:"id"` // of what it rests on and its kind: the same bytes give the same
	Kind     Kind           `json:"kind"`
	Status   Status         `json:"status"`
	Sentence string         `json:"sentence"`
	Salute   Salute         `json:"salute"`
	Actors   []Actor        `json:"actors,omitempty"`
	Where    *locate.Region `json:"where,omitempty"`
	When     When           `json:"when"`
	Voice    Voice          `json:"voice"`
	Grade    Grade          `json:"grade"`
	Codes    Codes          `json:"codes"`
	Proposes []Change       `json:"proposes,omitempty"`
	Evidence []Evidence     `json:"evidence"`
	Rules    []string       `json:"rules"`

	trigger  intake.Span // of the text
	sentence intake.Span
}

// Evidence is the bytes of the original that a field rests on.
type Evidence struct {
	Field string      `json:"field"`
	Text  string      `json:"text"`
	Span  intake.Span `json:"span"` // of the bytes that arrived
	Of    intake.Span `json:"-"`    // of Document.Text
}

// Salute are the slots of a SALUTE report, as far as the words fill them.
type Salute struct {
	Size      string `json:"size,omitempty"`
	Activity  string `json:"activity,omitempty"`
	Location  string `json:"location,omitempty"`
	Unit      string `json:"unit,omitempty"`
	Time      string `json:"time,omitempty"`
	Equipment string `json:"equipment,omitempty"`
}

// Actor is a party, a country's government or a force that does something or
// has it done to it.
type Actor struct {
	Party    string `json:"party,omitempty"` // its id in the area file
	Name     string `json:"name"`
	Relation string `json:"relation,omitempty"`
	Role     string `json:"role"` // does or undergoes
	How      string `json:"how,omitempty"`
	span     intake.Span
}

// Change is a change of the plan or the picture that a claim proposes. It is
// never applied by itself.
type Change struct {
	What string `json:"what"` // control
	To   string `json:"to,omitempty"`
	From string `json:"from,omitempty"`
	Note string `json:"note"`
}

// Conflict are claims that cannot both hold, or that sit ill together.
type Conflict struct {
	Claims []string `json:"claims"`
	Voices []string `json:"voices"`
	Why    string   `json:"why"`
}

// Story is one document and what it says. Copies of one agency's text in
// several papers are one story: Copies names the others.
type Story struct {
	Document  *intake.Document `json:"document"`
	Wire      string           `json:"wire,omitempty"` // the agency whose text it is
	CopyOf    string           `json:"copy_of,omitempty"`
	Copies    []string         `json:"copies,omitempty"`
	Published string           `json:"published,omitempty"`
	Dateline  string           `json:"dateline,omitempty"`
	Relevance Relevance        `json:"relevance"`
	Places    []NamedPlace     `json:"places"`
	Parties   []Relation       `json:"relations,omitempty"`
	Voices    []Voice          `json:"voices,omitempty"`
	Claims    []Claim          `json:"claims"`
	Conflicts []Conflict       `json:"conflicts,omitempty"`
	Dropped   []Drop           `json:"dropped,omitempty"`
}

// Drop is a stretch that was left out, and why.
type Drop struct {
	Text   string      `json:"text"`
	Reason string      `json:"reason"`
	Span   intake.Span `json:"span"` // of the bytes that arrived
}

// NamedPlace is a place that the story names.
type NamedPlace struct {
	Text     string      `json:"text"`
	Name     string      `json:"name"`
	Country  string      `json:"country"`
	Kind     string      `json:"kind"`
	GeoNames int         `json:"geonames_id,omitempty"`
	Lat      float64     `json:"lat"`
	Lon      float64     `json:"lon"`
	P        float64     `json:"p"`
	Form     string      `json:"form"`
	Actor    bool        `json:"actor,omitempty"`   // it stands for a government
	Outline  bool        `json:"outline,omitempty"` // an extent: never shown as a pin
	Span     intake.Span `json:"span"`
}

// Relevance says whether a story is about the area.
type Relevance struct {
	Relevant bool    `json:"relevant"`
	Why      string  `json:"why"`
	Rank     float64 `json:"rank"` // share of its sentences that make claims
}

// Options say what is known beside the documents.
type Options struct {
	Published time.Time // where the documents do not say it; zero: unknown
	RadiusKM  float64   // around the frontier, of what a story must name; 0: 300
}
