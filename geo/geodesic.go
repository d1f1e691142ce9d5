package geo

import "math"

// Distance is the length of the geodesic between two places, in metres.
func Distance(a, b Point) float64 {
	d, _, _ := Inverse(a, b)
	return d
}

// polar is the semi-minor axis b, metres.
const polar = SemiMajorAxis * (1 - Flattening)

// Inverse gives the length of the geodesic from a to b in metres, the bearing
// in which it leaves a, and the bearing in which it arrives at b (not the way
// back). Vincenty (Direct and inverse solutions of geodesics on the ellipsoid,
// Survey Review 1975), to a millimetre. Nearly antipodal points, where his
// iteration does not converge, are solved by halving: see nearlyAntipodal.
func Inverse(a, b Point) (metres, leaving, arriving float64) {
	if a == b {
		return 0, 0, 0
	}
	s1, c1 := reduced(a.Lat)
	s2, c2 := reduced(b.Lat)
	diff := radians(wrap(b.Lon - a.Lon))
	lam := diff
	for range 200 {
		g := greatCircle(s1, c1, s2, c2, lam)
		next := diff + g.shift()
		if math.Abs(next) > math.Pi {
			break
		}
		if math.Abs(next-lam) < 1e-13 {
			return g.length(), g.leaving(), g.arriving()
		}
		lam = next
	}
	return nearlyAntipodal(a, b)
}

// nearlyAntipodal turns the problem until a lies in the south, no nearer to
// the equator than b, and b to the east (Karney, Algorithms for geodesics,
// Journal of Geodesy 2013, section 4), solves that, and turns it back.
func nearlyAntipodal(a, b Point) (metres, leaving, arriving float64) {
	swapped := math.Abs(a.Lat) < math.Abs(b.Lat)
	if swapped {
		a, b = b, a
	}
	flipped := a.Lat > 0
	if flipped {
		a.Lat, b.Lat = -a.Lat, -b.Lat
	}
	east := math.Remainder(b.Lon-a.Lon, 360)
	metres, leaving, arriving = halve(a.Lat, b.Lat, radians(math.Abs(east)))
	if east < 0 {
		leaving, arriving = -leaving, -arriving
	}
	if flipped {
		leaving, arriving = 180-leaving, 180-arriving
	}
	if swapped {
		leaving, arriving = arriving+180, leaving+180
	}
	return metres, math.Mod(leaving+720, 360), math.Mod(arriving+720, 360)
}

// halve finds the bearing at the latitude a whose geodesic meets that of b at
// the right longitude, which grows with the bearing.
func halve(a, b, diff float64) (metres, leaving, arriving float64) {
	s1, c1 := reduced(a)
	s2, c2 := reduced(b)
	if s1 == 0 {
		s1 = math.Copysign(0, -1) // from the south of the equator
	}
	low, high := 0., math.Pi
	var g circle
	for range 60 {
		middle := (low + high) / 2
		g = launched(s1, c1, s2, c2, middle)
		if g.lam-g.shift() < diff {
			low = middle
		} else {
			high = middle
		}
	}
	return g.length(), bearing(low), bearing(math.Atan2(g.sinAlpha, g.cosArriving*c2))
}

// launched is the great circle on the auxiliary sphere that leaves a at the
// bearing and meets the parallel of b going north.
func launched(s1, c1, s2, c2, bearing float64) (g circle) {
	sin, cos := math.Sincos(bearing)
	g.sinAlpha = sin * c1
	g.cosArriving = math.Sqrt(max(0, cos*cos*c1*c1+(c2*c2-c1*c1))) / c2
	from := math.Atan2(s1, cos*c1)
	to := math.Atan2(s2, g.cosArriving*c2)
	g.sigma = to - from
	g.sinSigma, g.cosSigma = math.Sincos(g.sigma)
	g.cos2A = 1 - g.sinAlpha*g.sinAlpha
	g.c2m = math.Cos(from + to)
	node := func(s float64) float64 { return math.Atan2(g.sinAlpha*math.Sin(s), math.Cos(s)) }
	g.lam = node(to) - node(from)
	return g
}

// Direct gives the place that lies so many metres along the geodesic which
// leaves p at the bearing, and the bearing in which it arrives (Vincenty 1975,
// to a millimetre).
func Direct(p Point, azimuth, metres float64) (to Point, arriving float64) {
	s1, c1 := reduced(p.Lat)
	sin, cos := math.Sincos(radians(azimuth))
	from := math.Atan2(s1, cos*c1)
	g := circle{sinAlpha: c1 * sin}
	g.cos2A = 1 - g.sinAlpha*g.sinAlpha
	a, _ := g.scale()
	g.sigma = metres / (polar * a)
	for range 50 {
		g.sinSigma, g.cosSigma = math.Sincos(g.sigma)
		g.c2m = math.Cos(2*from + g.sigma)
		next := g.sigma + (metres-g.length())/(polar*a)
		done := math.Abs(next-g.sigma) < 1e-14
		if g.sigma = next; done {
			break
		}
	}
	g.sinSigma, g.cosSigma = math.Sincos(g.sigma)
	g.c2m = math.Cos(2*from + g.sigma)
	north := c1*g.cosSigma*cos - s1*g.sinSigma
	lat := math.Atan2(s1*g.cosSigma+c1*g.sinSigma*cos, (1-Flattening)*math.Hypot(g.sinAlpha, north))
	lam := math.Atan2(g.sinSigma*sin, c1*g.cosSigma-s1*g.sinSigma*cos)
	return Point{Lat: degrees(lat), Lon: wrap(p.Lon + degrees(lam-g.shift()))}, bearing(math.Atan2(g.sinAlpha, north))
}

// reduced gives sine and cosine of the reduced latitude.
func reduced(lat float64) (sin, cos float64) {
	t := (1 - Flattening) * math.Tan(radians(lat))
	cos = 1 / math.Hypot(1, t)
	return t * cos, cos
}

// circle is a great circle on Vincenty's auxiliary sphere: the reduced
// latitudes of its ends and the longitude between them, the arc sigma, the
// bearing alpha at the equator, and the cosine of twice the arc from the
// equator to its middle.
type circle struct {
	s1, c1, s2, c2, sinLam, cosLam                  float64
	sinSigma, cosSigma, sigma, sinAlpha, cos2A, c2m float64
	lam, cosArriving                                float64 // of a launched one
}

// greatCircle is the one between two reduced latitudes, lam apart.
func greatCircle(s1, c1, s2, c2, lam float64) (g circle) {
	g.s1, g.c1, g.s2, g.c2 = s1, c1, s2, c2
	g.sinLam, g.cosLam = math.Sincos(lam)
	g.sinSigma = math.Hypot(c2*g.sinLam, c1*s2-s1*c2*g.cosLam)
	g.cosSigma = s1*s2 + c1*c2*g.cosLam
	g.sigma = math.Atan2(g.sinSigma, g.cosSigma)
	if g.sinSigma != 0 {
		g.sinAlpha = c1 * c2 * g.sinLam / g.sinSigma
	}
	g.cos2A = 1 - g.sinAlpha*g.sinAlpha
	if g.cos2A > 1e-15 {
		g.c2m = g.cosSigma - 2*s1*s2/g.cos2A
	}
	return g
}

// shift is by how much the longitude on the sphere exceeds that on the
// ellipsoid.
func (g circle) shift() float64 {
	c := Flattening / 16 * g.cos2A * (4 + Flattening*(4-3*g.cos2A))
	return (1 - c) * Flattening * g.sinAlpha *
		(g.sigma + c*g.sinSigma*(g.c2m+c*g.cosSigma*(2*g.c2m*g.c2m-1)))
}

// scale gives Vincenty's A and B.
func (g circle) scale() (a, b float64) {
	u2 := g.cos2A * (SemiMajorAxis*SemiMajorAxis - polar*polar) / (polar * polar)
	return 1 + u2/16384*(4096+u2*(-768+u2*(320-175*u2))), u2 / 1024 * (256 + u2*(-128+u2*(74-47*u2)))
}

// length is that of the geodesic on the ellipsoid, in metres.
func (g circle) length() float64 {
	a, b := g.scale()
	c2 := g.c2m * g.c2m
	d := b * g.sinSigma * (g.c2m + b/4*(g.cosSigma*(2*c2-1)-b/6*g.c2m*(4*g.sinSigma*g.sinSigma-3)*(4*c2-3)))
	return polar * a * (g.sigma - d)
}

func (g circle) leaving() float64 {
	return bearing(math.Atan2(g.c2*g.sinLam, g.c1*g.s2-g.s1*g.c2*g.cosLam))
}

func (g circle) arriving() float64 {
	return bearing(math.Atan2(g.c1*g.sinLam, -g.s1*g.c2+g.c1*g.s2*g.cosLam))
}

func bearing(r float64) float64 { return math.Mod(degrees(r)+360, 360) }
