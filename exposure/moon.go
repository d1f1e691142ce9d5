package exposure

import (
	"math"
	"time"

	"vedette/geo"
)

// moonTerm is one periodic term: multiples of the moon's elongation D, the
// sun's anomaly M, the moon's anomaly M' and its argument of latitude F.
type moonTerm struct{ d, m, a, f, size float64 }

// The greatest terms of Meeus, Astronomical Algorithms, 1998, tables 47.A and
// 47.B: longitude and latitude in degrees, distance in kilometres. Those left
// out add up to less than 0.15 degrees of longitude and 0.08 of latitude.
var (
	moonLongitude = []moonTerm{
		{0, 0, 1, 0, 6.288774}, {2, 0, -1, 0, 1.274027}, {2, 0, 0, 0, .658314}, {0, 0, 2, 0, .213618},
		{0, 1, 0, 0, -.185116}, {0, 0, 0, 2, -.114332}, {2, 0, -2, 0, .058793}, {2, -1, -1, 0, .057066},
		{2, 0, 1, 0, .053322}, {2, -1, 0, 0, .045758}, {0, 1, -1, 0, -.040923}, {1, 0, 0, 0, -.034720}, {0, 1, 1, 0, -.030383},
	}
	moonLatitude = []moonTerm{
		{0, 0, 0, 1, 5.128122}, {0, 0, 1, 1, .280602}, {0, 0, 1, -1, .277693}, {2, 0, 0, -1, .173237},
		{2, 0, -1, 1, .055413}, {2, 0, -1, -1, .046271}, {2, 0, 0, 1, .032573}, {0, 0, 2, 1, .017198},
	}
	moonDistance = []moonTerm{
		{0, 0, 1, 0, -20905.355}, {2, 0, -1, 0, -3699.111}, {2, 0, 0, 0, -2955.968}, {0, 0, 2, 0, -569.925}, {2, 0, -2, 0, 246.158},
	}
)

// moonPlace is where the moon stands, seen from the middle of the Earth, days
// after 2000-01-01 12:00: ecliptic longitude and latitude in degrees of the
// equinox of date, and distance in kilometres.
func moonPlace(days float64) (longitude, latitude, distance float64) {
	c := days / 36525
	d, m := rad(297.8501921+445267.1114034*c), rad(357.5291092+35999.0502909*c)
	a, f := rad(134.9633964+477198.8675055*c), rad(93.2720950+483202.0175233*c)
	sum := func(terms []moonTerm, wave func(float64) float64) (s float64) {
		for _, t := range terms {
			s += t.size * wave(t.d*d+t.m*m+t.a*a+t.f*f)
		}
		return s
	}
	longitude = math.Mod(218.3164477+481267.88123421*c+sum(moonLongitude, math.Sin), 360)
	return math.Mod(longitude+360, 360), sum(moonLatitude, math.Sin), 385000.56 + sum(moonDistance, math.Cos)
}

// Moon gives the moon's elevation above the horizon and its true bearing as
// seen from p, in degrees, without refraction, and the share of its disk that
// is lit, 0 to 1. From 1950 to 2050 the places are good to 0.2 degrees (see the
// terms left out; time is taken as uniform, which costs 0.01), the share to
// 0.003 (Meeus, chapter 48).
func Moon(p geo.Point, t time.Time) (elevation, bearing, illuminated float64) {
	days := daysAt(t)
	longitude, latitude, distance := moonPlace(days)
	elevation, bearing = horizontal(p, days, rad(longitude), rad(latitude))
	elevation -= deg(math.Asin(6378.14 / distance * math.Cos(rad(elevation)))) // parallax
	return elevation, bearing, lit(longitude-sunLongitude(days), latitude, distance)
}

// lit is the share of the moon's disk that is lit, by its longitude from the
// sun and its latitude in degrees and its distance in kilometres (Meeus,
// equations 48.2, 48.3 and 48.1).
func lit(fromSun, latitude, distance float64) float64 {
	const sun = 149_597_870.7
	apart := math.Acos(math.Cos(rad(latitude)) * math.Cos(rad(fromSun)))
	phase := math.Atan2(sun*math.Sin(apart), distance-sun*math.Cos(apart))
	return (1 + math.Cos(phase)) / 2
}

// moonlight is the light of the moon as a share of that of a full one overhead:
// the cube of the lit share, by the sine of the elevation. Half a moon so gives
// an eighth of the light of a full one; Allen's law of its magnitude by phase
// angle, 0.026 i + 4e-9 i^4, gives an eleventh.
func moonlight(elevation, illuminated float64) float64 {
	return share(math.Sin(rad(elevation))) * illuminated * illuminated * illuminated
}
