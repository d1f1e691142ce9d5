package exposure

import "vedette/frontier"

// dark is the sun's elevation below which it is night for a timetable: the end
// of civil twilight.
const dark = -6

// OnDuty tells whether a patrol is out: at noon where there is light, at
// midnight where there is none.
func (c Condition) OnDuty(p frontier.Patrol) bool {
	now := day / 2
	if c.SunElevation < dark {
		now = 0
	}
	start, ok1 := clock(p.Start)
	end, ok2 := clock(p.End)
	switch {
	case !ok1 || !ok2 || start == end:
		return true
	case end < start:
		return now >= start || now < end
	}
	return now >= start && now < end
}
