package locate

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/peterstace/simplefeatures/geom"

	"vedette/geo"
	"vedette/outline"
)

// Level is the share of true places that a Region is made to hold.
const Level = 0.9

// Region is where something is said to be: the ground that holds it with the
// probability Level, and how it came about.
type Region struct {
	Anchor   string      `json:"anchor,omitempty"` // what it is measured from, or what it is
	AnchorAt *geo.Point  `json:"-"`
	StatedKM *[2]float64 `json:"stated_km,omitempty"` // the distance as it is said, least and most
	LoKM     float64     `json:"lo_km"`               // the distances that the region spans
	HiKM     float64     `json:"hi_km"`
	Bearing  *float64    `json:"bearing_deg,omitempty"`
	Ground   Ground      `json:"polygon"`
	Level    float64     `json:"level"`
	AreaKM2  float64     `json:"area_km2"`
	Frontier *Offset     `json:"frontier,omitempty"` // how far from the frontier of the area
	Steps    []string    `json:"steps"`
	// Problem says why there is no ground: the text contradicts itself, or
	// what it measures from is not known.
	Problem string `json:"problem,omitempty"`
}

// Offset is how far ground lies from the frontier, and on which side.
type Offset struct {
	LeastKM float64 `json:"least_km"`
	MostKM  float64 `json:"most_km"`
	Side    string  `json:"side"` // own, far, or both
}

// Ground is a set of polygons. As JSON it is a GeoJSON MultiPolygon, to five
// decimals: about a metre.
type Ground []outline.Polygon

// MarshalJSON writes GeoJSON, whose order is longitude before latitude.
func (g Ground) MarshalJSON() ([]byte, error) {
	if len(g) == 0 {
		return []byte("null"), nil
	}
	polygons := make([][][][2]float64, len(g))
	for i, poly := range g {
		for _, ring := range poly {
			line := make([][2]float64, len(ring))
			for k, p := range ring {
				line[k] = [2]float64{round5(p.Lon), round5(p.Lat)}
			}
			polygons[i] = append(polygons[i], line)
		}
	}
	if len(polygons) == 1 {
		return json.Marshal(struct {
			Type        string         `json:"type"`
			Coordinates [][][2]float64 `json:"coordinates"`
		}{"Polygon", polygons[0]})
	}
	return json.Marshal(struct {
		Type        string           `json:"type"`
		Coordinates [][][][2]float64 `json:"coordinates"`
	}{"MultiPolygon", polygons})
}

func round5(v float64) float64 { return math.Round(v*1e5) / 1e5 }

// Contains tells whether p lies on the ground.
func (g Ground) Contains(p geo.Point) bool {
	for _, poly := range g {
		if poly.Contains(p) {
			return true
		}
	}
	return false
}

// KM2 is the area on the sphere of the Earth's own surface (radius 6371.0072
// km); against the ellipsoid it is right to half a percent.
func (g Ground) KM2() float64 {
	sum := 0.0
	for _, poly := range g {
		for i, ring := range poly {
			if i == 0 {
				sum += ringKM2(ring)
			} else {
				sum -= ringKM2(ring)
			}
		}
	}
	return sum
}

func ringKM2(r outline.Ring) float64 {
	const radius = 6371.0072
	sum := 0.0
	for i := 1; i < len(r); i++ {
		a, b := r[i-1], r[i]
		sum += (b.Lon - a.Lon) * math.Pi / 180 * (2 + math.Sin(a.Lat*math.Pi/180) + math.Sin(b.Lat*math.Pi/180))
	}
	return math.Abs(sum) * radius * radius / 2
}

// arcStep is the angle between the points of an arc, in degrees: at 5 degrees
// the chord lies 0.1 % of the radius inside it.
const arcStep = 5

// sector is the ground between two distances from a place, within half
// degrees of a bearing; half 180 is the whole ring. Distances in kilometres.
func sector(at geo.Point, lo, hi, bearing, half float64) Ground {
	if half >= 180 {
		poly := outline.Polygon{arc(at, hi, 0, 360)}
		if lo > 0 {
			poly = append(poly, arc(at, lo, 360, 0))
		}
		return Ground{poly}
	}
	ring := arc(at, hi, bearing-half, bearing+half)
	if lo > 0 {
		ring = append(ring, arc(at, lo, bearing+half, bearing-half)...)
	} else {
		ring = append(ring, at)
	}
	return Ground{{append(ring, ring[0])}}
}

// arc is the line at a distance from a place between two bearings.
func arc(at geo.Point, km, from, to float64) outline.Ring {
	n := int(math.Ceil(math.Abs(to-from)/arcStep - 1e-9))
	ring := make(outline.Ring, 0, n+1)
	for i := 0; i <= n; i++ {
		azimuth := math.Mod(from+(to-from)*float64(i)/float64(n)+720, 360)
		if i == n && math.Abs(to-from) == 360 {
			ring = append(ring, ring[0])
			break
		}
		p, _ := geo.Direct(at, azimuth, km*1000)
		ring = append(ring, p)
	}
	return ring
}

// clip gives the part of the ground that lies on other ground.
func (g Ground) clip(other Ground) (Ground, error) {
	if len(g) == 0 || len(other) == 0 {
		return nil, nil
	}
	a, err := g.geometry()
	if err != nil {
		return nil, err
	}
	b, err := other.geometry()
	if err != nil {
		return nil, err
	}
	both, err := geom.Intersection(a, b)
	if err != nil {
		return nil, fmt.Errorf("cut ground: %w", err)
	}
	return groundOf(both), nil
}

// box is the smallest box around the ground.
func (g Ground) box() (west, south, east, north float64) {
	west, south, east, north = math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, poly := range g {
		for _, p := range poly[0] {
			west, south, east, north = min(west, p.Lon), min(south, p.Lat), max(east, p.Lon), max(north, p.Lat)
		}
	}
	return west, south, east, north
}

func (g Ground) geometry() (geom.Geometry, error) {
	polygons := make([]geom.Polygon, len(g))
	for i, poly := range g {
		rings := make([]geom.LineString, len(poly))
		for k, ring := range poly {
			xy := make([]float64, 0, 2*len(ring))
			for _, p := range ring {
				xy = append(xy, p.Lon, p.Lat)
			}
			rings[k] = geom.NewLineString(geom.NewSequence(xy, geom.DimXY))
		}
		polygons[i] = geom.NewPolygon(rings)
	}
	all := geom.NewMultiPolygon(polygons).AsGeometry()
	if err := all.Validate(); err != nil {
		return geom.Geometry{}, fmt.Errorf("ground: %w", err)
	}
	return all, nil
}

// groundOf takes the polygons of a geometry; lines and points are no ground.
func groundOf(g geom.Geometry) Ground {
	var out Ground
	switch g.Type() {
	case geom.TypePolygon:
		out = appendPolygon(out, g.MustAsPolygon())
	case geom.TypeMultiPolygon:
		all := g.MustAsMultiPolygon()
		for i := range all.NumPolygons() {
			out = appendPolygon(out, all.PolygonN(i))
		}
	case geom.TypeGeometryCollection:
		all := g.MustAsGeometryCollection()
		for i := range all.NumGeometries() {
			out = append(out, groundOf(all.GeometryN(i))...)
		}
	}
	return out
}

func appendPolygon(out Ground, p geom.Polygon) Ground {
	if p.IsEmpty() {
		return out
	}
	var poly outline.Polygon
	for _, ring := range p.DumpRings() {
		seq := ring.Coordinates()
		line := make(outline.Ring, seq.Length())
		for i := range line {
			xy := seq.GetXY(i)
			line[i] = geo.Point{Lat: xy.Y, Lon: xy.X}
		}
		poly = append(poly, line)
	}
	return append(out, poly)
}
