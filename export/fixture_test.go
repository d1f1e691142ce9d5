package export

import (
	"image"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"vedette/coverage"
	"vedette/exposure"
	"vedette/frontier"
	"vedette/geo"
	"vedette/grid"
)

// The fixture is a made plan: a winding frontier of about 40 km, ten sites on
// rolling ground, what they see by a coarse line of sight, and something of
// every kind. Nothing in it is a real place.

const fixtureCell = 100 // metres

var zone37 = geo.Zone{Number: 37}

// fixture is the restricted plan. It is made once; nobody changes it.
var fixture = sync.OnceValue(func() Plan { return makeFixture(1, 4) })

// public is the fixture for the public.
func public() Plan {
	p := fixture()
	p.Provenance.Public = true
	return p
}

// makeFixture is a plan along a winding line whose vertices lie strideKM
// kilometres apart.
func makeFixture(seed uint64, strideKM float64) Plan {
	random := rand.New(rand.NewPCG(seed, 37))
	line := windingLine(random, strideKM)
	p := Plan{
		Area:       fixtureArea(line),
		Provenance: fixtureProvenance(),
		Notes:      []string{"Heights: made, cells of 100 m, no voids."},
	}
	frame := frameAround(line, 14e3)
	p.Ground = fractal(frame, seed)
	p.Result = look(frame, p.Area, p.Ground)
	p.Crossing, p.Priors = crossingsOf(p.Result, line), fixturePriors
	return p
}

func fixtureProvenance() Provenance {
	return Provenance{
		By: "Sgt. Test <test@example.org>", At: time.Date(2018, 11, 20, 6, 30, 0, 0, time.UTC), Software: "vedette 0.1.0",
		Area:    Input{Name: "made.area.geojson", SHA256: "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"},
		Terrain: []Input{{Name: "made terrain", Note: "through 42 spot heights"}},
		Seed:    7, Synthetic: true, Illustrative: true,
		NotForSiting: "Not for siting: the heights have a true resolution of 2 km.",
		Attribution:  []string{"© OpenStreetMap contributors, ODbL 1.0"},
	}
}

// windingLine runs from the north-east to the south-west, as the frontier at
// Al-Qaim does.
func windingLine(random *rand.Rand, strideKM float64) []geo.Point {
	at := geo.XY{X: 700e3, Y: 3832e3}
	var line []geo.Point
	for i := range 11 {
		line = append(line, plane{zone37}.point(at))
		b := (225 + 50*math.Sin(float64(i)*1.1) + 20*random.Float64()) * math.Pi / 180
		at.X += strideKM * 1000 * math.Sin(b)
		at.Y += strideKM * 1000 * math.Cos(b)
	}
	return line
}

// beside is a place so many kilometres along the line and off it, the own side
// being positive.
func beside(line []geo.Point, km, off float64) geo.Point {
	t := newTrace(plane{zone37}, line)
	a, b := t.plane.xy(t.at(km-.5)), t.plane.xy(t.at(km+.5))
	l := math.Hypot(b.X-a.X, b.Y-a.Y)
	c := t.plane.xy(t.at(km))
	return t.plane.point(geo.XY{X: c.X - (b.Y-a.Y)/l*off*1000, Y: c.Y + (b.X-a.X)/l*off*1000})
}

func along(line []geo.Point, from, to, off float64) []geo.Point {
	var out []geo.Point
	for km := from; km <= to; km += 1 {
		out = append(out, beside(line, km, off))
	}
	return out
}

func ring(line []geo.Point, km, off, radius float64) []geo.Point {
	c := plane{zone37}.xy(beside(line, km, off))
	var out []geo.Point
	for i := range 9 {
		b := float64(i) / 9 * 2 * math.Pi
		r := radius * 1000 * (1 + .3*math.Sin(3*b))
		out = append(out, plane{zone37}.point(geo.XY{X: c.X + r*math.Cos(b), Y: c.Y + r*math.Sin(b)}))
	}
	return out
}

func at[T any](v T) *T { return &v }

func fixtureArea(line []geo.Point) *frontier.Area {
	a := &frontier.Area{
		Settings: frontier.Settings{Name: "Made frontier", DepthFarKM: 8, DepthOwnKM: 8, CellM: fixtureCell,
			TargetHeightM: 1.7, Curvature: .85714, VisibilityKM: 20, DustVisibilityKM: 2, Illustrative: true},
		Frontier: frontier.Frontier{Named: frontier.Named{ID: "line", Name: "The line"}, OwnSide: "left", Line: line},
		Barriers: []frontier.Barrier{
			{Named: frontier.Named{ID: "berm-1", Name: "Long berm"}, Type: "berm", HeightM: 2.5, Topped: "wire",
				Openings: []frontier.Opening{{AtKM: 5, WidthM: 20}, {AtKM: 11, WidthM: 8, Breach: true}}, Line: along(line, 4, 22, .3)},
			{Named: frontier.Named{ID: "trench-1"}, Type: "trench", DepthM: 2, WidthM: 3, Line: along(line, 16, 26, .6)},
			{Named: frontier.Named{ID: "wire-1"}, Type: "wire", Line: along(line, 27, 36, .2)},
		},
		Bases: []frontier.Base{{Named: frontier.Named{ID: "b1", Name: "Barracks North"}, Type: "barracks", At: beside(line, 9, 6),
			Responders: []frontier.Responder{{Type: "pickup", Count: 3, AlarmS: 60}}},
			{Named: frontier.Named{ID: "b2", Name: "Barracks South"}, Type: "barracks", At: beside(line, 30, 5)}},
		Units: []frontier.Unit{{Named: frontier.Named{ID: "u1"}, Type: "army", Base: "b1", People: 30, At: beside(line, 9, 6)},
			{Named: frontier.Named{ID: "u2"}, Type: "police", Base: "b1"}},
		Patrols: []frontier.Patrol{{Named: frontier.Named{ID: "p1", Name: "Night patrol"}, Type: "pickup", Mode: "back_and_forth", SpeedKMH: 25,
			Start: "21:15", Line: along(line, 9, 30, 3)}},
		Roads: []frontier.Road{{Named: frontier.Named{ID: "r1", Name: "Highway 12"}, Type: "paved", Line: along(line, 2, 38, 5)},
			{Named: frontier.Named{ID: "r2"}, Type: "track", Line: along(line, 2, 38, 1.2)}},
		Waters: []frontier.Water{{Named: frontier.Named{ID: "w1", Name: "Great River"}, Type: "river", WidthM: 200,
			Line: []geo.Point{beside(line, 13, -13), beside(line, 15, -6), beside(line, 18, 0), beside(line, 17, 7), beside(line, 20, 13)}},
			{Named: frontier.Named{ID: "w2", Name: "Salt lake"}, Type: "lake", Ring: ring(line, 34, -5, .8)}},
		Bridges:   []frontier.Bridge{{Named: frontier.Named{ID: "br1", Name: "Old bridge"}, Over: "w1", At: beside(line, 17.3, 5)}},
		Gates:     []frontier.Gate{{Named: frontier.Named{ID: "g1", Name: "Main crossing"}, Hours: "06:00-18:00", At: beside(line, 24, 0)}},
		Grounds:   []frontier.Ground{{Named: frontier.Named{ID: "v1", Name: "Riverside"}, Class: "village", CoverHeightM: 4, Ring: ring(line, 15, 4.5, 1.2)}},
		Sources:   []frontier.Source{{Named: frontier.Named{ID: "s1"}, Ring: ring(line, 20, -7, 1)}},
		Exits:     []frontier.Exit{{Named: frontier.Named{ID: "e1"}, Ring: ring(line, 20, 7, 1)}},
		Zones:     []frontier.Zone{{Named: frontier.Named{ID: "z1"}, Type: "watch", Ring: ring(line, 25, 2, 1)}},
		Protected: []frontier.Protected{{Named: frontier.Named{ID: "c1", Name: "Clinic"}, Type: "clinic", At: beside(line, 15.5, 4)}},
		Controls:  []frontier.Control{{Named: frontier.Named{ID: "k1"}, Party: "x", Date: "2018-11-19", Source: "made", Ring: ring(line, 30, -6, 1.5)}},
	}
	names := []string{"Tower North", "Post <Ridge> & Co", "Tower Wadi", "Mast 4", "Riverside radar", "برج الجسر", "Tower Gate", "Post South-West Hill", "Tower 9", "Last post"}
	types := []string{"control_tower", "observation_post", "control_tower", "camera_mast", "radar", "control_tower", "control_tower", "observation_post", "control_tower", "observation_post"}
	kms := []float64{2, 5, 9, 13, 15, 18, 24, 28, 28.6, 37}
	for i, name := range names { // all of them near the line
		s := frontier.Site{Named: frontier.Named{ID: "site-" + string(rune('a'+i)), Name: name}, Type: types[i], HeightM: 12,
			At: beside(line, kms[i], .4+.5*float64(i%3)), Sensors: []frontier.Sensor{{Type: "binocular", RangeM: 6000}}}
		if types[i] == "observation_post" {
			s.HeightM = 3
			s.Sensors = []frontier.Sensor{{Type: "eye", RangeM: 4000, ArcFromDeg: at(200.0), ArcToDeg: at(20.0)}, {Type: "thermal", RangeM: 5000, NightRangeM: at(5000.0)}}
		}
		a.Sites = append(a.Sites, s)
	}
	a.Sites[9].State = "down"
	return a
}

// frameAround is a frame of the fixture's cells around a line.
func frameAround(line []geo.Point, margin float64) grid.Frame {
	x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, q := range line {
		p := plane{zone37}.xy(q)
		x0, y0, x1, y1 = min(x0, p.X), min(y0, p.Y), max(x1, p.X), max(y1, p.Y)
	}
	f := grid.Frame{CRS: grid.UTM(zone37), DX: fixtureCell, DY: fixtureCell}
	f.X0, f.Y0 = math.Floor((x0-margin)/fixtureCell)*fixtureCell, math.Ceil((y1+margin)/fixtureCell)*fixtureCell
	f.Cols, f.Rows = int((x1+margin-f.X0)/fixtureCell), int((f.Y0-y0+margin)/fixtureCell)
	return f
}

// fractal is rolling ground: waves of halving length and height, each turned
// and shifted at random.
func fractal(f grid.Frame, seed uint64) *grid.Tiled[float32] {
	random := rand.New(rand.NewPCG(seed, 2))
	type wave struct{ kx, ky, phase, height float64 }
	var waves []wave
	for length := 24e3; length > 400; length /= 1.5 {
		for range 3 {
			b := random.Float64() * 2 * math.Pi
			k := 2 * math.Pi / length
			waves = append(waves, wave{k * math.Cos(b), k * math.Sin(b), random.Float64() * 7, math.Pow(length, 1.15) / 2600})
		}
	}
	t := grid.NewTiled(f, float32(math.NaN()))
	for row := range f.Rows {
		for col := range f.Cols {
			p, z := f.Center(col, row), 220.0
			for _, w := range waves {
				z += w.height * math.Sin(w.kx*p.X+w.ky*p.Y+w.phase)
			}
			t.Set(col, row, float32(z))
		}
	}
	return t
}

var fixtureConditions = []exposure.Condition{
	{Name: "day", SunElevation: 35, Visibility: 20e3},
	{Name: "night", SunElevation: -30, Visibility: 20e3},
	{Name: "dust", SunElevation: 35, Visibility: 2e3},
}

// look computes a coverage of the fixture: coarse, but of the right kind.
func look(f grid.Frame, a *frontier.Area, ground *grid.Tiled[float32]) *coverage.Result {
	r := &coverage.Result{Frame: f, Strip: stripOf(f, a)}
	for i := range a.Sites {
		r.Sites = append(r.Sites, watch(f, &a.Sites[i], ground))
	}
	for i := range r.Sites {
		r.Mutual = append(r.Mutual, make([]bool, len(r.Sites)))
		for j := range r.Sites {
			d := geo.Distance(a.Sites[i].At, a.Sites[j].At)
			r.Mutual[i][j] = i != j && d < 9000 && (i+j)%5 != 0
		}
	}
	for k, c := range fixtureConditions {
		r.Views = append(r.Views, addUp(r, k, c))
	}
	return r
}

func stripOf(f grid.Frame, a *frontier.Area) *coverage.Strip {
	t := newTrace(plane{zone37}, a.Frontier.Line)
	s := &coverage.Strip{Kilometres: int(math.Ceil(t.length())), KM: grid.NewTiled[int16](f, -1), Distance: grid.NewTiled(f, float32(math.NaN()))}
	for row := range f.Rows {
		for col := range f.Cols {
			km, off := nearest(t, f.Center(col, row))
			if math.Abs(off) <= 8000 {
				s.KM.Set(col, row, int16(min(int(km), s.Kilometres-1)))
				s.Distance.Set(col, row, float32(off))
			}
		}
	}
	return s
}

// nearest is the kilometre of the line nearest to p, and how far off it p is.
func nearest(t trace, p geo.XY) (km, off float64) {
	best := math.Inf(1)
	for i := 1; i < len(t.line); i++ {
		a, b := t.plane.xy(t.line[i-1]), t.plane.xy(t.line[i])
		ux, uy := b.X-a.X, b.Y-a.Y
		s := max(0, min(1, ((p.X-a.X)*ux+(p.Y-a.Y)*uy)/(ux*ux+uy*uy)))
		dx, dy := p.X-a.X-s*ux, p.Y-a.Y-s*uy
		if d := math.Hypot(dx, dy); d < best {
			best = d
			km = t.km[i-1] + s*(t.km[i]-t.km[i-1])
			off = math.Copysign(d, ux*dy-uy*dx) // left is the own side
		}
	}
	return km, off
}

// watch marches from a site to every cell in its reach.
func watch(f grid.Frame, s *frontier.Site, ground *grid.Tiled[float32]) coverage.SiteView {
	col, row, _ := f.Cell(plane{zone37}.xy(s.At))
	reach := 60
	v := coverage.SiteView{Site: s, Window: image.Rect(col-reach, row-reach, col+reach+1, row+reach+1).Intersect(f.Bounds()), GroundM: float64(ground.At(col, row))}
	v.Seen = make([]uint8, v.Window.Dx()*v.Window.Dy())
	if s.State == "down" {
		return v
	}
	for y := v.Window.Min.Y; y < v.Window.Max.Y; y++ {
		for x := v.Window.Min.X; x < v.Window.Max.X; x++ {
			d := math.Hypot(float64(x-col), float64(y-row)) * fixtureCell
			if clearSight(ground, col, row, x, y, s.HeightM) {
				v.Seen[(y-v.Window.Min.Y)*v.Window.Dx()+x-v.Window.Min.X] = reaches(s, d)
			}
		}
	}
	return v
}

// reaches are the bits of the conditions in which a site sees so far.
func reaches(s *frontier.Site, d float64) (bits uint8) {
	day, night := s.Sensors[0].RangeM, s.Sensors[0].RangeM/3
	if n := s.Sensors[len(s.Sensors)-1].NightRangeM; n != nil {
		night = *n
	}
	for i, r := range []float64{day, night, min(day, 1800)} {
		if d <= r {
			bits |= 1 << i
		}
	}
	return bits
}

func clearSight(ground *grid.Tiled[float32], col, row, x, y int, height float64) bool {
	eye := float64(ground.At(col, row)) + height
	n := max(abs(x-col), abs(y-row))
	target := float64(ground.At(x, y)) + 1.7
	for i := 1; i < n; i++ {
		f := float64(i) / float64(n)
		z := float64(ground.At(col+int(math.Round(f*float64(x-col))), row+int(math.Round(f*float64(y-row)))))
		if z > eye+f*(target-eye) {
			return false
		}
	}
	return true
}

func abs(i int) int { return max(i, -i) }

// addUp counts who sees what in condition k.
func addUp(r *coverage.Result, k int, c exposure.Condition) coverage.View {
	v := coverage.View{Condition: c, Count: grid.NewTiled[uint8](r.Frame, coverage.NotSolved)}
	t := r.Strip
	for i := range t.Kilometres {
		v.ByKM = append(v.ByKM, coverage.Share{From: float64(i), To: float64(i + 1)})
	}
	for d := -8; d < 8; d += 2 {
		v.ByDistance = append(v.ByDistance, coverage.Share{From: float64(d), To: float64(d + 2)})
	}
	losses := make([]coverage.Loss, len(r.Sites))
	cut := make([]map[int]int, len(r.Sites))
	for i := range losses {
		losses[i].Site, cut[i] = i, map[int]int{}
	}
	for row := range r.Frame.Rows {
		for col := range r.Frame.Cols {
			km := int(t.KM.At(col, row))
			if km < 0 {
				continue
			}
			seers := seersOf(r, k, col, row)
			v.Count.Set(col, row, uint8(len(seers)))
			band := min(7, int((float64(t.Distance.At(col, row))/1000+8)/2))
			for _, s := range []*coverage.Share{&v.Whole, &v.ByKM[km], &v.ByDistance[band]} {
				s.Cells++
				s.Seen += min(1, len(seers))
				s.Twice += len(seers) / 2 / max(1, len(seers)/2)
			}
			if len(seers) == 1 {
				losses[seers[0]].Cells++
				cut[seers[0]][km]++
			}
		}
	}
	v.Loss = sortLosses(losses, cut)
	return v
}

func seersOf(r *coverage.Result, k, col, row int) []int {
	var seers []int
	for i, s := range r.Sites {
		if p := image.Pt(col, row); p.In(s.Window) && s.Seen[(row-s.Window.Min.Y)*s.Window.Dx()+col-s.Window.Min.X]>>k&1 == 1 {
			seers = append(seers, i)
		}
	}
	return seers
}

func sortLosses(losses []coverage.Loss, cut []map[int]int) []coverage.Loss {
	for i := range losses {
		for km, n := range cut[i] {
			if n > losses[i].WorstCut || n == losses[i].WorstCut && km < losses[i].WorstKM {
				losses[i].WorstKM, losses[i].WorstCut = km, n
			}
		}
	}
	slices.SortStableFunc(losses, func(a, b coverage.Loss) int { return b.Cells - a.Cells })
	return losses
}
