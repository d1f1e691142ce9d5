package coverage

import (
	"image"
	"math"

	"vedette/exposure"
	"vedette/frontier"
	"vedette/geo"
	"vedette/grid"
)

// Watch is who may detect one kind of target in one condition, and how soon.
type Watch struct {
	Watchers []Watcher // the sites in the area's order, then the patrols on duty
	Report   float64   // hazard by inhabitants of the own side, 1/s
}

// Watcher is a site or a patrol as a source of detections. It is safe for
// concurrent use.
type Watcher struct {
	ID, Name     string
	Patrol       bool
	Availability float64 // share of time in which it watches; its state at the time of a crossing
	// Window holds all cells where its hazard can be above zero.
	Window image.Rectangle

	frame   grid.Frame
	view    *SiteView
	bit     int
	at      geo.XY
	sensors []sensor
	route   *route
}

// sensor is one sensor of a site on the grid.
type sensor struct {
	table    []float64 // hazard by distance, in steps of tableStep cells
	radar    bool
	least    float64 // radial speed, m/s
	arc      bool
	from, to float64 // grid bearings, radians, clockwise from north
}

// tableStep is the distance between two entries of a hazard table, in cells.
const tableStep = .25

// Watch prepares the watchers of an area for one target in the condition of a
// view. The walking or driving speed, m/s, says how long a patrol has to see
// who crosses its way.
func (r *Result) Watch(area *frontier.Area, view int, t exposure.Target, speed float64) *Watch {
	c := r.Views[view].Condition
	w := &Watch{Report: exposure.ReportHazard(area.Settings)}
	for i := range r.Sites {
		w.Watchers = append(w.Watchers, r.site(&r.Sites[i], area.Settings, view, t))
	}
	zone, _ := r.Frame.CRS.Zone()
	for _, p := range area.Patrols {
		if c.OnDuty(p) {
			w.Watchers = append(w.Watchers, patrolWatcher(r.Frame, zone, p, c, speed))
		}
	}
	return w
}

// site prepares a site. What it sees is that of the view; how soon is each
// sensor's, within its own arc and ranges.
func (r *Result) site(v *SiteView, set frontier.Settings, view int, t exposure.Target) Watcher {
	zone, _ := r.Frame.CRS.Zone()
	s := v.Site
	w := Watcher{ID: s.ID, Name: s.Name, Availability: exposure.Availability(*s, set), Window: v.Window,
		frame: r.Frame, view: v, bit: view, at: zone.Project(s.At)}
	turn, scale := zone.Convergence(s.At), zone.Scale(s.At)
	for _, sn := range s.Sensors {
		l := exposure.NewLooker(r.Views[view].Condition, sn, t, set.Clutter)
		out := sensor{radar: l.Radar(), least: l.MinRadial()}
		cell := r.Frame.DX / scale
		for d := 0.; (d-tableStep)*cell <= l.Reach(); d += tableStep {
			// Nobody stands nearer than half a cell in the mean.
			out.table = append(out.table, l.Hazard(min(max(d*cell, .5*cell), l.Reach())))
		}
		if sn.ArcFromDeg != nil && sn.ArcToDeg != nil && *sn.ArcFromDeg != *sn.ArcToDeg {
			out.arc = true
			out.from, out.to = rad(*sn.ArcFromDeg-turn), rad(*sn.ArcToDeg-turn)
		}
		w.sensors = append(w.sensors, out)
	}
	return w
}

func rad(deg float64) float64 { return deg * math.Pi / 180 }

// covers tells whether a grid bearing, in radians, lies in the sensor's arc.
func (s *sensor) covers(bearing float64) bool {
	if !s.arc {
		return true
	}
	turn := func(a float64) float64 { return math.Mod(math.Mod(a, 2*math.Pi)+2*math.Pi, 2*math.Pi) }
	return turn(bearing-s.from) <= turn(s.to-s.from)
}

// hazard at a distance in cells.
func (s *sensor) hazard(cells float64) float64 {
	x := cells / tableStep
	i := int(x)
	if i+1 >= len(s.table) {
		return 0
	}
	f := x - float64(i)
	return s.table[i] + f*(s.table[i+1]-s.table[i])
}

// Hazard is that of a cell in 1/s, without and by radar; the latter as if the
// target moved straight to or from it.
func (w *Watcher) Hazard(col, row int) (eyes, radar float64) {
	eyes, radar, _, _ = w.look(col, row)
	return eyes, radar
}

// Moving is the hazard of a cell for a target that moves east and north at so
// many m/s: a radar sees it by its radial speed.
func (w *Watcher) Moving(col, row int, east, north float64) float64 {
	eyes, radar, radial, least := w.look(col, row)
	if radar > 0 {
		if speed := math.Abs(east*radial.X + north*radial.Y); speed < least {
			radar = 0
		}
	}
	return eyes + radar
}

// Radial is the unit vector, east and north, from the watcher to a cell, and the
// least speed along it that its radar sees, m/s.
func (w *Watcher) Radial(col, row int) (east, north, least float64) {
	_, _, to, least := w.look(col, row)
	return to.X, to.Y, least
}

// look adds up the sensors that see a cell. Radial is the unit vector from the
// watcher to the cell.
func (w *Watcher) look(col, row int) (eyes, radar float64, radial geo.XY, least float64) {
	if !image.Pt(col, row).In(w.Window) {
		return 0, 0, geo.XY{}, 0
	}
	if w.route != nil {
		return w.route.hazard(w.frame.Center(col, row)), 0, geo.XY{}, 0
	}
	i := (row-w.Window.Min.Y)*w.Window.Dx() + col - w.Window.Min.X
	if w.view.Seen[i]>>w.bit&1 == 0 {
		return 0, 0, geo.XY{}, 0
	}
	at := w.frame.Center(col, row)
	east, north := at.X-w.at.X, at.Y-w.at.Y
	metres := math.Hypot(east, north)
	bearing := math.Atan2(east, north)
	for k := range w.sensors {
		s := &w.sensors[k]
		h := s.hazard(metres / w.frame.DX)
		switch {
		case h == 0 || !s.covers(bearing):
		case s.radar:
			radar, least = radar+h, s.least
		default:
			eyes += h
		}
	}
	return min(1, eyes), min(1, radar), geo.XY{X: east / max(1, metres), Y: north / max(1, metres)}, least
}

// Radar tells whether the watcher has a radar.
func (w *Watcher) Radar() bool {
	for _, s := range w.sensors {
		if s.radar {
			return true
		}
	}
	return false
}

// route is a patrol's way as a source of detections.
type route struct {
	line  *frontier.Line
	reach float64   // metres
	table []float64 // hazard by place on the way, every tableMetres
}

const tableMetres = 50

// Reach of a patrol's eyes for who crosses its way, metres: priors. They hold
// for what it cannot miss, without looking at the ground between.
const (
	patrolByDay   = 300
	patrolByNight = 100
	patrolInDust  = 200
)

// Priors are what this package takes for a patrol, whose reach the area file
// does not give.
func Priors() []frontier.Prior {
	return []frontier.Prior{
		{Name: "reach of a patrol's eyes by day", Value: patrolByDay, Low: 100, High: 1000, Unit: "m", Source: frontier.Judgement},
		{Name: "reach of a patrol's eyes at night", Value: patrolByNight, Low: 30, High: 300, Unit: "m", Source: frontier.Judgement},
		{Name: "reach of a patrol's eyes in dust", Value: patrolInDust, Low: 50, High: 500, Unit: "m", Source: frontier.Judgement},
	}
}

func patrolReach(c exposure.Condition) float64 {
	reach := patrolByDay
	if c.SunElevation < -6 {
		reach = patrolByNight
	}
	if c.Visibility < 5000 {
		reach = min(reach, patrolInDust)
	}
	return float64(reach)
}

// patrolWatcher makes a patrol a watcher: who is within reach of its way is
// seen when it passes, which is rarer at the ends of a way driven back and forth.
func patrolWatcher(f grid.Frame, zone geo.Zone, p frontier.Patrol, c exposure.Condition, speed float64) Watcher {
	r := &route{line: frontier.NewLine(frontier.Frontier{Line: p.Line}, zone.Project), reach: patrolReach(c)}
	for x := 0.; x <= r.line.Length()+tableMetres; x += tableMetres {
		r.table = append(r.table, exposure.PatrolHazard(exposure.PatrolParams{
			Mode: p.Mode, LengthM: r.line.Length(), SpeedMS: p.SpeedKMH / 3.6, AtM: x,
			WindowS: 2 * r.reach / speed, Duty: 1,
		}))
	}
	w := Watcher{ID: p.ID, Name: p.Name, Patrol: true, Availability: 1, frame: f, route: r}
	for _, at := range p.Line {
		c, row := f.Locate(zone.Project(at))
		n := r.reach/f.DX + 1
		cell := image.Rect(int(math.Floor(c-n)), int(math.Floor(row-n)), int(math.Ceil(c+n))+1, int(math.Ceil(row+n))+1)
		w.Window = w.Window.Union(cell)
	}
	w.Window = w.Window.Intersect(f.Bounds())
	return w
}

func (r *route) hazard(at geo.XY) float64 {
	along, away := r.line.Nearest(at)
	if math.Abs(away) > r.reach {
		return 0
	}
	return r.table[min(int(along/tableMetres+.5), len(r.table)-1)]
}
