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
	days := daysAt(t)
	return horizontal(p, days, rad(sunLongitude(days)), 0)
}

// daysAt counts the days since 2000-01-01 12:00 UTC.
func daysAt(t time.Time) float64 { return float64(t.UnixMilli())/86_400_000 - 10957.5 }

// sunLongitude is the sun's ecliptic longitude in degrees.
func sunLongitude(days float64) float64 {
	anomaly := rad(357.528 + .9856003*days)
	return 280.460 + .9856474*days + 1.915*math.Sin(anomaly) + .020*math.Sin(2*anomaly)
}

// horizontal turns ecliptic longitude and latitude, in radians, into elevation
// and bearing at p, in degrees.
func horizontal(p geo.Point, days, longitude, latitude float64) (elevation, bearing float64) {
	sinTilt, cosTilt := math.Sincos(rad(23.439 - .0000004*days))
	sinLat, cosLat := math.Sincos(latitude)
	ascension := math.Atan2(cosTilt*math.Sin(longitude)-sinTilt*sinLat/cosLat, math.Cos(longitude))
	declination := math.Asin(cosTilt*sinLat + sinTilt*cosLat*math.Sin(longitude))
	hour := rad(280.46061837+360.98564736629*days+p.Lon) - ascension

	sin, cos := math.Sincos(rad(p.Lat))
	up := sin*math.Sin(declination) + cos*math.Cos(declination)*math.Cos(hour)
	east := -math.Cos(declination) * math.Sin(hour)
	north := cos*math.Sin(declination) - sin*math.Cos(declination)*math.Cos(hour)
	return deg(math.Asin(min(1, max(-1, up)))), math.Mod(deg(math.Atan2(east, north))+360, 360)
}

func rad(d float64) float64 { return d * math.Pi / 180 }
func deg(r float64) float64 { return r * 180 / math.Pi }
