package ais

import (
	"math"
	"time"

	"vedette/geo"
)

// Header is what all messages begin with.
type Header struct {
	Type   uint8 // 1 to 27
	Repeat uint8 // how often a repeater has passed it on, 3 for no more
	MMSI   uint32
}

// Head gives the header of any message.
func (h Header) Head() Header { return h }

// Message is one of *ClassA, *Base, *Voyage, *Aircraft, *Safety, *ClassB,
// *ClassBExtended, *Aid, *StaticA, *StaticB, *LongRange and *Other.
type Message interface {
	Head() Header
	layout(c *coder)
}

// Dimensions are distances from the antenna, in metres. A Bow of 511 and a
// Port of 63 mean that or more.
type Dimensions struct {
	Bow, Stern, Port, Starboard uint16
}

// Turn is a rate of turn in degrees per minute, positive to starboard. AtLeast
// marks a station without a sensor, which knows only that it turns faster than
// 10 degrees a minute. A rate of 708 means that or more.
type Turn struct {
	Rate    float64
	AtLeast bool
}

// wire is the byte of a rate of turn.
func (t Turn) wire() int {
	steps := noSensor
	if !t.AtLeast {
		steps = int(min(math.Round(turnPer*math.Sqrt(math.Abs(t.Rate))), noSensor-1))
	}
	if t.Rate < 0 {
		return -steps
	}
	return steps
}

// Motion is where a station is and how it moves.
type Motion struct {
	Position Maybe[geo.Point]
	Accurate bool           // within 10 m
	Speed    Maybe[float64] // over ground, m/s; 52.6 (aircraft 525) means that or more
	Course   Maybe[float64] // over ground
}

// ClassA is a position report of a ship: types 1, 2 and 3.
type ClassA struct {
	Header
	Status uint8 // 0 under way by engine, 1 at anchor, 5 moored ... 15 undefined
	Turn   Maybe[Turn]
	Motion
	Heading Maybe[float64]
	// Second of the minute of the position; 60 not available, 61 set by hand,
	// 62 dead reckoning, 63 out of order.
	Second   uint8
	Maneuver uint8 // 0 not available, 1 none, 2 special
	RAIM     bool
	Radio    Maybe[uint32]
}

// Base is a report of a base station (type 4), or a station's answer with its
// time (type 11).
type Base struct {
	Header
	Time     Maybe[time.Time]
	Accurate bool
	Position Maybe[geo.Point]
	EPFD     uint8 // kind of positioning device: 1 GPS, 2 GLONASS, 7 surveyed ... 0 undefined
	RAIM     bool
	Radio    Maybe[uint32]
}

// ETA is a time of arrival without a year, in UTC. Any part may be absent.
type ETA struct {
	Month, Day, Hour, Minute Maybe[uint8]
}

// Voyage is what a ship says of itself and of its voyage: type 5.
type Voyage struct {
	Header
	Version     uint8
	IMO         uint32 // 0 when absent
	Callsign    string
	Name        string
	ShipType    uint8 // 0 when absent; 30 fishing, 36 sailing, 60s passenger, 70s cargo, 80s tanker
	Size        Maybe[Dimensions]
	EPFD        uint8
	ETA         ETA
	Draught     Maybe[float64] // metres; 25.5 means that or more
	Destination string
	NoTerminal  bool // the flag DTE
}

// Aircraft is a report of an aircraft in search and rescue: type 9.
type Aircraft struct {
	Header
	Altitude Maybe[float64] // metres; 4094 means that or more
	Motion
	Second     uint8
	Barometric bool
	Regional   uint8
	NoTerminal bool
	Assigned   bool
	RAIM       bool
	Radio      Maybe[uint32]
}

// Safety is a broadcast about safety: type 14.
type Safety struct {
	Header
	Text string
}

// ClassB is a position report of a small craft: type 18.
type ClassB struct {
	Header
	Reserved uint8
	Motion
	Heading  Maybe[float64]
	Second   uint8
	Regional uint8
	// CarrierSense, Display, DSC, WholeBand and Message22 say what the unit can do.
	CarrierSense, Display, DSC, WholeBand, Message22 bool
	Assigned                                         bool
	RAIM                                             bool
	Radio                                            Maybe[uint32]
}

// ClassBExtended is a position report of a small craft, with its name: type 19.
type ClassBExtended struct {
	Header
	Reserved uint8
	Motion
	Heading    Maybe[float64]
	Second     uint8
	Regional   uint8
	Name       string
	ShipType   uint8
	Size       Maybe[Dimensions]
	EPFD       uint8
	RAIM       bool
	NoTerminal bool
	Assigned   bool
}

// Aid is a report of an aid to navigation: type 21.
type Aid struct {
	Header
	Kind        uint8  // 0 when absent; 1 reference point, 20 cardinal mark north ...
	Name        string // with its extension, up to 34 characters
	Accurate    bool
	Position    Maybe[geo.Point]
	Size        Maybe[Dimensions]
	EPFD        uint8
	Second      uint8
	OffPosition bool
	Regional    uint8
	RAIM        bool
	Virtual     bool
	Assigned    bool
}

// StaticA is the name of a small craft: type 24, part A.
type StaticA struct {
	Header
	Name string
}

// StaticB is the rest of what a small craft says of itself: type 24, part B.
type StaticB struct {
	Header
	ShipType   uint8
	Vendor     string
	Model      uint8
	Serial     uint32
	Callsign   string
	Size       Maybe[Dimensions] // absent for a craft with a mother ship
	MotherShip uint32            // MMSI, of an auxiliary craft (MMSI 98xxxxxxx); else 0
	EPFD       uint8
}

// LongRange is a position report for satellites, to a tenth of a minute: type 27.
type LongRange struct {
	Header
	RAIM   bool
	Status uint8
	Motion
	NoFix bool // the position is not of a satellite receiver, or is older than 5 s
}

// Other is a message of a type that has no fields here: its header is right,
// and its bits are kept.
type Other struct {
	Header
	Payload Payload
}
