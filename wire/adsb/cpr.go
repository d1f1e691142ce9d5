package adsb

import (
	"math"
	"sort"
	"time"

	"vedette/geo"
)

// CPR is a position in compact form: the place within a zone, in 131072nds,
// without the zone (ICAO Doc 9871; RTCA DO-260B, appendix A.1.7).
type CPR struct {
	Odd     bool // 59 zones from pole to pole and back, instead of 60
	Surface bool // zones a quarter as large
	Lat     uint32
	Lon     uint32
}

const (
	zones  = 15      // NZ: zones of latitude from the equator to a pole
	cprMax = 1 << 17 // parts of a zone
)

// transitions are the latitudes at which the number of zones of longitude
// falls, to 58 at the first and to 1 at the last.
var transitions = transitionLatitudes()

// transitionLatitudes solves the definition of NL for the latitude (RTCA
// DO-260B, A.1.7.2.d): acos(sqrt((1 - cos(pi/2NZ)) / (1 - cos(2 pi/NL)))).
func transitionLatitudes() []float64 {
	var lats []float64
	for nl := 59; nl >= 2; nl-- {
		x := (1 - math.Cos(math.Pi/(2*zones))) / (1 - math.Cos(2*math.Pi/float64(nl)))
		lats = append(lats, math.Acos(math.Sqrt(x))*180/math.Pi)
	}
	return lats
}

// lonZones is NL: how many zones of longitude an even frame has at a latitude,
// 59 at the equator, 1 beyond 87 degrees.
func lonZones(lat float64) int {
	lat = math.Abs(lat)
	return 59 - sort.Search(len(transitions), func(i int) bool { return transitions[i] > lat })
}

func (c CPR) odd() int {
	if c.Odd {
		return 1
	}
	return 0
}

// circle is the degrees that the zones of latitude divide.
func (c CPR) circle() float64 {
	if c.Surface {
		return 90
	}
	return 360
}

func (c CPR) latZone() float64 { return c.circle() / float64(4*zones-c.odd()) }

func (c CPR) lonZone(lat float64) float64 {
	return c.circle() / float64(max(lonZones(lat)-c.odd(), 1))
}

// Compact puts a position into compact form.
func Compact(p geo.Point, odd, surface bool) CPR {
	c := CPR{Odd: odd, Surface: surface}
	part := func(v, zone float64) (uint32, float64) {
		in := math.Floor(cprMax*mod(v, zone)/zone + 0.5)
		return uint32(in) % cprMax, zone * (in/cprMax + math.Floor(v/zone))
	}
	var lat float64
	c.Lat, lat = part(p.Lat, c.latZone())
	c.Lon, _ = part(p.Lon, c.lonZone(lat))
	return c
}

// mod is the remainder that is never negative.
func mod(x, y float64) float64 { return x - y*math.Floor(x/y) }

// near finds the place that c means in the zones around a place: right if the
// aircraft is less than half a zone away, 180 nautical miles in the air, 45 on
// the ground.
func (c CPR) near(ref geo.Point) geo.Point {
	pick := func(ref, zone float64, in uint32) float64 {
		part := float64(in) / cprMax
		return zone * (math.Floor(ref/zone) + math.Floor(0.5+mod(ref, zone)/zone-part) + part)
	}
	lat := pick(ref.Lat, c.latZone(), c.Lat)
	return geo.Point{Lat: lat, Lon: wrap(pick(ref.Lon, c.lonZone(lat), c.Lon))}
}

func wrap(lon float64) float64 { return mod(lon+180, 360) - 180 }

// global finds the place of c from it and a frame of the other parity. On the
// ground it is one of eight, and the one nearest to ref is taken.
func (c CPR) global(other CPR, ref geo.Point) (geo.Point, error) {
	even, odd := c, other
	if c.Odd {
		even, odd = other, c
	}
	j := math.Floor((59*float64(even.Lat)-60*float64(odd.Lat))/cprMax + 0.5)
	latEven := even.latZone() * (mod(j, 60) + float64(even.Lat)/cprMax)
	latOdd := odd.latZone() * (mod(j, 59) + float64(odd.Lat)/cprMax)
	latEven, latOdd = c.hemisphere(latEven, ref), c.hemisphere(latOdd, ref)
	lat, nl := latEven, lonZones(latEven)
	if c.Odd {
		lat = latOdd
	}
	if math.Abs(latEven) > 90 || math.Abs(latOdd) > 90 {
		return geo.Point{}, refuse(Implausible, "latitude %.1f", lat)
	}
	if nl != lonZones(latOdd) {
		return geo.Point{}, refuse(ZoneChange, "%d and %d zones of longitude", nl, lonZones(latOdd))
	}
	ni := float64(max(nl-c.odd(), 1))
	m := math.Floor((float64(even.Lon)*float64(nl-1)-float64(odd.Lon)*float64(nl))/cprMax + 0.5)
	lon := c.circle() / ni * (mod(m, ni) + float64(c.Lon)/cprMax)
	return geo.Point{Lat: lat, Lon: c.quadrant(lon, ref)}, nil
}

// hemisphere makes a latitude of one counted from the equator: 270 to 360 are
// south in the air; on the ground 0 to 90 may also be -90 to 0.
func (c CPR) hemisphere(lat float64, ref geo.Point) float64 {
	switch {
	case c.Surface && math.Abs(lat-90-ref.Lat) < math.Abs(lat-ref.Lat):
		return lat - 90
	case !c.Surface && lat >= 270:
		return lat - 360
	}
	return lat
}

// quadrant gives the longitude; on the ground the one of four that is nearest.
func (c CPR) quadrant(lon float64, ref geo.Point) float64 {
	if !c.Surface {
		return wrap(lon)
	}
	return wrap(lon + 90*math.Round(wrap(ref.Lon-lon)/90))
}

// Ages and speeds beyond which a frame or a place is of no use.
const (
	pairAir    = 10 * time.Second // RTCA DO-260B, A.1.7.5
	pairGround = 25 * time.Second
	placeTerm  = 10 * time.Minute // in which nobody leaves the zones around a place
	fastest    = 520.0            // metres per second, 1,010 knots
	fastGround = 90.0             // 175 knots
)

// Pairing is what must be kept of one aircraft to find its positions. Its zero
// value is ready. Times are those of the frames, on any one clock.
type Pairing struct {
	frames [2]compact // even, odd
	place  geo.Point
	at     time.Duration
	placed bool
}

// compact is one frame.
type compact struct {
	CPR
	at    time.Duration
	known bool
}

// Position takes the position of a frame. It needs a frame of the other parity
// of the last 10 s, or a place of the last 10 minutes; on the ground 25 s, and
// in either case a place near by: an earlier one, or the receiver's. A place
// that the aircraft could not have reached is refused, and all is forgotten but
// the frame, so that two good frames mend it.
func (s *Pairing) Position(c CPR, at time.Duration, receiver Maybe[geo.Point]) (geo.Point, error) {
	s.frames[c.odd()] = compact{c, at, true}
	p, err := s.find(c, at, receiver)
	if err != nil {
		return p, err
	}
	if !p.Valid() || !s.reaches(p, c, at) {
		*s = Pairing{}
		s.frames[c.odd()] = compact{c, at, true}
		return geo.Point{}, refuse(Implausible, "%v is too far from the last place", p)
	}
	s.place, s.at, s.placed = p, at, true
	return p, nil
}

func (s *Pairing) find(c CPR, at time.Duration, receiver Maybe[geo.Point]) (geo.Point, error) {
	ref := receiver
	fresh := s.placed && (at-s.at).Abs() <= placeTerm
	if fresh {
		ref = Some(s.place)
	}
	term := pairAir
	if c.Surface {
		term = pairGround
	}
	other := s.frames[1-c.odd()]
	paired := other.known && other.Surface == c.Surface && (at-other.at).Abs() <= term
	switch {
	case c.Surface && !ref.Known:
		return geo.Point{}, refuse(NoReference, "a position on the ground needs a place near by")
	case paired:
		if p, err := c.global(other.CPR, ref.Value); err == nil || !fresh {
			return p, err
		}
		return c.near(s.place), nil
	case fresh:
		return c.near(s.place), nil
	}
	return geo.Point{}, refuse(NoPair, "the first of two frames")
}

// reaches tells whether the aircraft can be at p by now. A second and a
// kilometre are granted for clocks and coarse places.
func (s *Pairing) reaches(p geo.Point, c CPR, at time.Duration) bool {
	if !s.placed || (at-s.at).Abs() > placeTerm {
		return true
	}
	speed := fastest
	if c.Surface {
		speed = fastGround
	}
	return geo.Distance(s.place, p) <= 1000+speed*((at-s.at).Abs().Seconds()+1)
}
