package terrain

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"vedette/frontier"
	"vedette/geo"
	"vedette/grid"
)

// Made is illustrative terrain: a smooth surface through spot heights, a
// valley along the rivers, wadis that run down to them, and fine relief. The
// same settings give the same heights on every platform, to a micrometre; no
// height is measured. Near a river the valley goes before the spot heights.
type Made struct {
	zone   geo.Zone
	set    frontier.MadeTerrain
	spline *spline
	rivers []river
	wadis  *drainage // nil without any
}

// NewMade prepares the made terrain that an area's settings describe.
func NewMade(area *frontier.Area) (*Made, error) {
	set := area.Settings.Terrain.Made
	if set == nil {
		return nil, errors.New("make terrain: the area's settings describe none (terrain.made)")
	}
	zone, err := zoneOf(area)
	if err != nil {
		return nil, fmt.Errorf("make terrain: %w", err)
	}
	m := &Made{zone: zone, set: *set}
	var spots []spot
	for _, s := range set.SpotHeights {
		spots = append(spots, spot{zone.Project(geo.Point{Lat: s[1], Lon: s[0]}), s[2]})
	}
	if m.spline, err = newSpline(spots); err != nil {
		return nil, fmt.Errorf("make terrain: %w", err)
	}
	for _, w := range area.Waters {
		if w.Type == "river" && len(w.Line) > 1 {
			m.rivers = append(m.rivers, m.newRiver(w))
		}
	}
	if set.WadiDepthM > 0 {
		if err := m.cutWadis(area, zone); err != nil {
			return nil, fmt.Errorf("make terrain: %w", err)
		}
	}
	return m, nil
}

// cutWadis lays the wadis over the area's box.
func (m *Made) cutWadis(area *frontier.Area, zone geo.Zone) error {
	f, err := frameOf(area, zone, area.Settings.CellM)
	if err != nil {
		return err
	}
	space := 1000 * m.set.WadiSpaceKM
	if space <= 0 {
		space = 3000
	}
	west, south, east, north := f.Extent()
	m.wadis = m.newDrainage(west, south, east, north, space/4)
	return nil
}

func (m *Made) String() string {
	return fmt.Sprintf("synthetic terrain through %d spot heights, seed %d, relief %g m", len(m.set.SpotHeights), m.set.Seed, m.set.ReliefM)
}

// Height is the ground's height in metres at a place of the area's UTM zone.
// It costs a logarithm for each spot height.
func (m *Made) Height(at geo.XY) float64 {
	h := m.spline.at(at)
	valley := 0. // 1 on the flood plain, 0 on the plateau
	for _, r := range m.rivers {
		h, valley = r.carve(at, h, valley)
	}
	open := 1 - valley
	h += float64(open * m.set.ReliefM * m.relief(at))
	h -= float64(open * m.set.WadiDepthM * m.wadi(at))
	return h
}

// Fill sets every cell of a raster in the area's UTM zone.
func (m *Made) Fill(dst *grid.Raster[float32]) {
	for row := range dst.Rows {
		line := dst.Row(row)
		for col := range line {
			line[col] = float32(m.Height(dst.Center(col, row)))
		}
	}
}

// The flood plain is flat this far from a river and ends as far again, metres.
const (
	floodPlain = 1200
	valleyEdge = 4500
)

// relief is noise of six octaves with a standard deviation of about one.
func (m *Made) relief(at geo.XY) float64 {
	wave := 1000 * m.set.ReliefKM
	if wave <= 0 {
		wave = 4000
	}
	sum, amp := 0., 1.
	for octave := range 6 {
		sum += float64(amp * m.noise(at.X/wave, at.Y/wave, int64(octave)))
		wave /= 2.03
		amp *= .52
	}
	return 2.4 * sum
}

// noise is gradient noise (Perlin 1985) with gradients hashed from the seed,
// between about -0.7 and 0.7.
func (m *Made) noise(x, y float64, layer int64) float64 {
	x0, y0 := math.Floor(x), math.Floor(y)
	fx, fy := x-x0, y-y0
	i, j := int64(x0), int64(y0)
	u, v := ease(fx), ease(fy)
	a := lerp(u, m.gradient(i, j, layer, fx, fy), m.gradient(i+1, j, layer, fx-1, fy))
	b := lerp(u, m.gradient(i, j+1, layer, fx, fy-1), m.gradient(i+1, j+1, layer, fx-1, fy-1))
	return lerp(v, a, b)
}

func ease(t float64) float64 {
	p := float64(t * t)
	return float64(p*t) * (float64(t*(float64(t*6)-15)) + 10)
}

func lerp(t, a, b float64) float64 { return a + float64(t*(b-a)) }

// diagonals are eight directions of unit length.
var diagonals = [8][2]float64{{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {.70710678, .70710678}, {-.70710678, .70710678}, {.70710678, -.70710678}, {-.70710678, -.70710678}}

func (m *Made) gradient(i, j, layer int64, dx, dy float64) float64 {
	g := diagonals[hash(uint64(i), uint64(j), uint64(layer), uint64(m.set.Seed))>>61]
	return float64(g[0]*dx) + float64(g[1]*dy)
}

// hash mixes four numbers (the finaliser of splitmix64, Steele and others 2014).
func hash(values ...uint64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, v := range values {
		h = (h ^ v) * 0xbf58476d1ce4e5b9
		h = (h ^ h>>27) * 0x94d049bb133111eb
		h ^= h >> 31
	}
	return h
}

type spot struct {
	at     geo.XY
	height float64
}

// spline is a thin-plate spline (Duchon 1977) through spot heights.
type spline struct {
	spots  []spot
	weight []float64
	plane  [3]float64
	origin geo.XY
	// The box of the spots, in which the spline is held: beyond it would rise and
	// fall without end.
	low, high geo.XY
}

func newSpline(spots []spot) (*spline, error) {
	n := len(spots)
	if n < 3 {
		return nil, fmt.Errorf("spot_heights: %d are too few; give three or more, as [longitude, latitude, metres]", n)
	}
	s := &spline{spots: spots, origin: spots[0].at, low: spots[0].at, high: spots[0].at}
	for _, p := range spots {
		s.low = geo.XY{X: min(s.low.X, p.at.X), Y: min(s.low.Y, p.at.Y)}
		s.high = geo.XY{X: max(s.high.X, p.at.X), Y: max(s.high.Y, p.at.Y)}
	}
	size := n + 3
	rows := make([][]float64, size)
	for i := range rows {
		rows[i] = make([]float64, size+1)
	}
	for i, a := range spots {
		x, y := s.local(a.at)
		for j, b := range spots {
			bx, by := s.local(b.at)
			rows[i][j] = bend(x-bx, y-by)
		}
		for k, v := range []float64{1, x, y} {
			rows[i][n+k], rows[n+k][i] = v, v
		}
		rows[i][size] = a.height
	}
	solved, err := solve(rows)
	if err != nil {
		return nil, fmt.Errorf("spot_heights: %w", err)
	}
	s.weight = solved[:n]
	copy(s.plane[:], solved[n:])
	return s, nil
}

// local gives kilometres from the first spot, to keep the system well scaled.
func (s *spline) local(p geo.XY) (x, y float64) {
	return (p.X - s.origin.X) / 1000, (p.Y - s.origin.Y) / 1000
}

func bend(dx, dy float64) float64 {
	r2 := float64(dx*dx) + float64(dy*dy)
	if r2 == 0 {
		return 0
	}
	return r2 * math.Log(r2)
}

func (s *spline) at(p geo.XY) float64 {
	p = geo.XY{X: min(max(p.X, s.low.X), s.high.X), Y: min(max(p.Y, s.low.Y), s.high.Y)}
	x, y := s.local(p)
	h := s.plane[0] + float64(s.plane[1]*x) + float64(s.plane[2]*y)
	for i, spot := range s.spots {
		sx, sy := s.local(spot.at)
		h += float64(s.weight[i] * bend(x-sx, y-sy))
	}
	return h
}

// solve is Gauss's elimination with the largest pivot; rows hold the right
// side last.
func solve(rows [][]float64) ([]float64, error) {
	n := len(rows)
	for i := range n {
		best := i
		for j := i + 1; j < n; j++ {
			if math.Abs(rows[j][i]) > math.Abs(rows[best][i]) {
				best = j
			}
		}
		rows[i], rows[best] = rows[best], rows[i]
		if math.Abs(rows[i][i]) < 1e-9 {
			return nil, errors.New("two lie at the same place, or all on one line; spread them over the area")
		}
		for j := i + 1; j < n; j++ {
			f := rows[j][i] / rows[i][i]
			for k := i; k <= n; k++ {
				rows[j][k] -= float64(f * rows[i][k])
			}
		}
	}
	x := make([]float64, n)
	for i := n - 1; i >= 0; i-- {
		sum := rows[i][n]
		for k := i + 1; k < n; k++ {
			sum -= float64(rows[i][k] * x[k])
		}
		x[i] = sum / rows[i][i]
	}
	return x, nil
}

// river is a course with the level of its water.
type river struct {
	course []geo.XY
	level  []float64
}

// newRiver takes the water's level from the smooth surface and lets it only
// fall downstream.
func (m *Made) newRiver(w frontier.Water) river {
	var r river
	for _, p := range w.Line {
		xy := m.zone.Project(p)
		r.course = append(r.course, xy)
		r.level = append(r.level, m.spline.at(xy))
	}
	if r.level[0] < r.level[len(r.level)-1] {
		slices.Reverse(r.course)
		slices.Reverse(r.level)
	}
	for i := 1; i < len(r.level); i++ {
		r.level[i] = min(r.level[i], r.level[i-1])
	}
	return r
}

// carve brings the ground to the river's flood plain: the river only falls,
// even where the surface through the spot heights does not.
func (r river) carve(at geo.XY, h, valley float64) (float64, float64) {
	d, level := r.nearest(at)
	if d >= valleyEdge {
		return h, valley
	}
	t := ease(max(0, (d-floodPlain)/(valleyEdge-floodPlain)))
	plain := level + 2 + d/floodPlain
	return lerp(t, plain, h), max(valley, 1-t)
}

// nearest gives the distance to the course and the water's level there.
func (r river) nearest(at geo.XY) (distance, level float64) {
	distance = math.Inf(1)
	for i := 1; i < len(r.course); i++ {
		if d, t := along(at, r.course[i-1], r.course[i]); d < distance {
			distance, level = d, lerp(t, r.level[i-1], r.level[i])
		}
	}
	return distance, level
}
