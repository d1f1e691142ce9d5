package exposure

import (
	"math"
	"time"

	"vedette/geo"
)

// Sun gives the sun's elevation above the horizon and its true bearing, in
// degrees, without refraction: to about 0.02 degrees from 1950 to 2050
// (Astronomical Almanac, low-precision formulas for the sun, page C5; sidereal
// time from Meeus, Astronomical Algorithms, 1998, equation 12.4).
func Sun(p geo.Point, t time.Time) (elevation, bearing float64) {
	days := float64(t.UnixMilli())/86_400_000 - 10957.5 // since 2000-01-01 12:00 UTC
	anomaly := rad(357.528 + .9856003*days)
	longitude := rad(280.460 + .9856474*days + 1.915*math.Sin(anomaly) + .020*math.Sin(2*anomaly))
	tilt := rad(23.439 - .0000004*days)
	ascension := math.Atan2(math.Cos(tilt)*math.Sin(longitude), math.Cos(longitude))
	declination := math.Asin(math.Sin(tilt) * math.Sin(longitude))
	hour := rad(280.46061837+360.98564736629*days+p.Lon) - ascension

	sin, cos := math.Sincos(rad(p.Lat))
	up := sin*math.Sin(declination) + cos*math.Cos(declination)*math.Cos(hour)
	east := -math.Cos(declination) * math.Sin(hour)
	north := cos*math.Sin(declination) - sin*math.Cos(declination)*math.Cos(hour)
	return deg(math.Asin(up)), math.Mod(deg(math.Atan2(east, north))+360, 360)
}

func rad(d float64) float64 { return d * math.Pi / 180 }
func deg(r float64) float64 { return r * 180 / math.Pi }
