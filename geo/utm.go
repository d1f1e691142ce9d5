package geo

import (
	"fmt"
	"math"
)

// Zone is one of the 120 zones of the Universal Transverse Mercator grid.
type Zone struct {
	Number int  // 1 to 60
	South  bool // false: northern hemisphere
}

// The UTM grid (NGA.SIG.0012).
const (
	utmScale        = 0.9996
	utmFalseEasting = 500_000.
	utmFalseNorth   = 10_000_000. // southern hemisphere
)

// The Krüger series to the sixth order of the third flattening n = f/(2-f)
// (Karney, Transverse Mercator with an accuracy of a few nanometers, 2011,
// equations 35 and 36).
const (
	n1 = Flattening / (2 - Flattening)
	n2 = n1 * n1
	n3 = n2 * n1
	n4 = n3 * n1
	n5 = n4 * n1
	n6 = n5 * n1

	rectifying = SemiMajorAxis / (1 + n1) * (1 + n2/4 + n4/64 + n6/256)
)

var (
	forward = [6]float64{
		n1/2 - 2./3*n2 + 5./16*n3 + 41./180*n4 - 127./288*n5 + 7891./37800*n6,
		13./48*n2 - 3./5*n3 + 557./1440*n4 + 281./630*n5 - 1983433./1935360*n6,
		61./240*n3 - 103./140*n4 + 15061./26880*n5 + 167603./181440*n6,
		49561./161280*n4 - 179./168*n5 + 6601661./7257600*n6,
		34729./80640*n5 - 3418889./1995840*n6,
		212378941. / 319334400 * n6,
	}
	backward = [6]float64{
		n1/2 - 2./3*n2 + 37./96*n3 - 1./360*n4 - 81./512*n5 + 96199./604800*n6,
		1./48*n2 + 1./15*n3 - 437./1440*n4 + 46./105*n5 - 1118711./3870720*n6,
		17./480*n3 - 37./840*n4 - 209./4480*n5 + 5569./90720*n6,
		4397./161280*n4 - 11./504*n5 - 830251./7257600*n6,
		4583./161280*n5 - 108847./3991680*n6,
		20648693. / 638668800 * n6,
	}
)

const eccentricity = 0.0818191908426214957 // e, sqrt(f(2-f))

// ZoneOf gives the zone in which a place is mapped, with the exceptions of
// Norway and Svalbard.
func ZoneOf(p Point) (Zone, error) {
	if !p.Valid() {
		return Zone{}, fmt.Errorf("find the UTM zone: %v is no place on Earth", p)
	}
	if p.Lat < -80 || p.Lat > 84 {
		return Zone{}, fmt.Errorf("find the UTM zone: latitude %.4f lies outside 80S to 84N, where UTM ends", p.Lat)
	}
	n := min(int(math.Floor((p.Lon+180)/6))+1, 60)
	switch {
	case p.Lat >= 56 && p.Lat < 64 && p.Lon >= 3 && p.Lon < 12:
		n = 32
	case p.Lat >= 72 && p.Lon >= 0 && p.Lon < 42:
		n = 31 + 2*int((p.Lon+3)/12)
	}
	return Zone{Number: n, South: p.Lat < 0}, nil
}

// CentralMeridian is the longitude of the zone's middle, in degrees.
func (z Zone) CentralMeridian() float64 { return float64(6*z.Number - 183) }

func (z Zone) String() string {
	if z.South {
		return fmt.Sprintf("%dS", z.Number)
	}
	return fmt.Sprintf("%dN", z.Number)
}

// Project places p on the zone's plane. Inside the zone and six degrees beyond
// it is right to well under a millimetre; it does not allocate.
func (z Zone) Project(p Point) XY {
	xi, eta := z.sphere(p)
	x, y := eta, xi
	for j, a := range forward {
		k := float64(2 * (j + 1))
		y += a * math.Sin(k*xi) * math.Cosh(k*eta)
		x += a * math.Cos(k*xi) * math.Sinh(k*eta)
	}
	xy := XY{X: utmFalseEasting + utmScale*rectifying*x, Y: utmScale * rectifying * y}
	if z.South {
		xy.Y += utmFalseNorth
	}
	return xy
}

// sphere gives the spherical transverse Mercator coordinates of the conformal
// latitude (Karney 2011, equations 7 to 10).
func (z Zone) sphere(p Point) (xi, eta float64) {
	sin, cos := math.Sincos(radians(wrap(p.Lon - z.CentralMeridian())))
	tau := conformal(math.Tan(radians(p.Lat)))
	return math.Atan2(tau, cos), math.Asinh(sin / math.Hypot(tau, cos))
}

// conformal turns the tangent of the latitude into that of the conformal
// latitude.
func conformal(tau float64) float64 {
	h := math.Hypot(1, tau)
	sigma := math.Sinh(eccentricity * math.Atanh(eccentricity*tau/h))
	return tau*math.Hypot(1, sigma) - sigma*h
}

// Unproject is the place of xy on the zone's plane.
func (z Zone) Unproject(xy XY) Point {
	if z.South {
		xy.Y -= utmFalseNorth
	}
	y, x := xy.Y/(utmScale*rectifying), (xy.X-utmFalseEasting)/(utmScale*rectifying)
	xi, eta := y, x
	for j, b := range backward {
		k := float64(2 * (j + 1))
		xi -= b * math.Sin(k*y) * math.Cosh(k*x)
		eta -= b * math.Cos(k*y) * math.Sinh(k*x)
	}
	sinh, cos := math.Sinh(eta), math.Cos(xi)
	tau := geographic(math.Sin(xi) / math.Hypot(sinh, cos))
	lon := z.CentralMeridian() + degrees(math.Atan2(sinh, cos))
	return Point{Lat: degrees(math.Atan(tau)), Lon: wrap(lon)}
}

// geographic turns the tangent of the conformal latitude into that of the
// latitude by Newton's method (Karney 2011, equations 19 to 21); three steps
// reach the last bit.
func geographic(conf float64) float64 {
	const e2 = eccentricity * eccentricity
	tau := conf / (1 - e2)
	for range 4 {
		t := conformal(tau)
		tau += (conf - t) / math.Hypot(1, t) * (1 + (1-e2)*tau*tau) / ((1 - e2) * math.Hypot(1, tau))
	}
	return tau
}

// Convergence is the bearing of grid north at p, in degrees: a true bearing is
// the grid bearing plus the convergence.
func (z Zone) Convergence(p Point) float64 {
	c, _ := z.distort(p)
	return c
}

// Scale is how many metres on the plane a metre on the ground takes at p.
func (z Zone) Scale(p Point) float64 {
	_, s := z.distort(p)
	return s
}

// distort gives the convergence and the scale (Karney 2011, equations 23 to 28).
func (z Zone) distort(p Point) (convergence, scale float64) {
	xi, eta := z.sphere(p)
	re, im := 1., 0.
	for j, a := range forward {
		k := float64(2 * (j + 1))
		re += k * a * math.Cos(k*xi) * math.Cosh(k*eta)
		im += k * a * math.Sin(k*xi) * math.Sinh(k*eta)
	}
	lam := radians(wrap(p.Lon - z.CentralMeridian()))
	tau := math.Tan(radians(p.Lat))
	conf := conformal(tau)
	sin, cos := math.Sincos(lam)
	convergence = degrees(math.Atan2(conf*sin, cos*math.Hypot(1, conf)) + math.Atan2(im, re))
	sinLat := tau / math.Hypot(1, tau)
	scale = utmScale * rectifying / SemiMajorAxis * math.Hypot(re, im) *
		math.Sqrt(1-eccentricity*eccentricity*sinLat*sinLat) * math.Hypot(1, tau) / math.Hypot(conf, cos)
	return convergence, scale
}

func radians(d float64) float64 { return d * (math.Pi / 180) }
func degrees(r float64) float64 { return r * (180 / math.Pi) }

// wrap brings a longitude into [-180, 180).
func wrap(d float64) float64 {
	return d - 360*math.Floor((d+180)/360)
}
