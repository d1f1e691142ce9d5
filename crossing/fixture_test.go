package crossing

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"vedette/coverage"
	"vedette/exposure"
	"vedette/frontier"
	"vedette/geo"
	"vedette/grid"
	"vedette/mobility"
	"vedette/terrain"
)

var (
	zone   = geo.Zone{Number: 37}
	middle = geo.XY{X: 500_000, Y: 3_800_000}
)

// place is so many metres east and north of the middle.
func place(x, y float64) geo.Point {
	return zone.Unproject(geo.XY{X: middle.X + x, Y: middle.Y + y})
}

// stage is a made stretch of frontier: level or not, from west to east, own in
// the south, between x of -long/2 and long/2 metres.
type stage struct {
	long, depth, cell float64
	height            func(x, y float64) float64
	area              frontier.Area
	conditions        []exposure.Condition
	kinds             []Kind
}

func newStage(long, depth, cell float64) *stage {
	s := &stage{long: long, depth: depth, cell: cell, kinds: []Kind{OnFoot}}
	s.area.Settings = frontier.Settings{
		DepthFarKM: depth / 1000, DepthOwnKM: depth / 1000, TargetHeightM: 1.7, Curvature: .85714,
		VisibilityKM: 20, DustVisibilityKM: 2, PostAvailability: .65, HelicopterVisibilityKM: 3, ResponseSDS: 60,
	}
	s.area.Frontier = frontier.Frontier{OwnSide: "right", Line: []geo.Point{place(-long/2+1, 0), place(long/2-1, 0)}} // a metre on the grid is more on the ground
	s.conditions = exposure.Standard(s.area.Settings)[:1]
	return s
}

// disk is a site that sees at one rate within a radius, with nobody in its way.
func disk(id string, x, y, radius, rate, availability float64) frontier.Site {
	return frontier.Site{
		Named: frontier.Named{ID: id}, HeightM: 50, At: place(x, y), Availability: &availability,
		Sensors: []frontier.Sensor{{Type: "thermal", Model: "disk", RangeM: radius, RatePerS: rate}},
	}
}

// post is a base with one pickup that needs so many seconds to set out.
func post(id string, x, y, setup float64) frontier.Base {
	return frontier.Base{Named: frontier.Named{ID: id}, At: place(x, y), Responders: []frontier.Responder{{Type: "pickup", Count: 1, AlarmS: setup / 2, MountS: setup / 2}}}
}

func (s *stage) plan(t testing.TB) Plan {
	t.Helper()
	const margin = 500
	f := grid.Frame{CRS: grid.UTM(zone), X0: middle.X - s.long/2 - margin, Y0: middle.Y + s.depth + margin, DX: s.cell, DY: s.cell}
	f.Cols, f.Rows = int((s.long+2*margin)/s.cell), int(2*(s.depth+margin)/s.cell)
	ter := &terrain.Terrain{Frame: f, Ground: grid.NewTiled(f, float32(math.NaN())), Cover: grid.NewTiled[uint8](f, 0), Class: grid.NewTiled[uint8](f, 0)}
	for row := range f.Rows {
		for col := range f.Cols {
			h := 0.
			if at := f.Center(col, row); s.height != nil {
				h = s.height(at.X-middle.X, at.Y-middle.Y)
			}
			ter.Ground.Set(col, row, float32(h))
		}
	}
	cov, err := coverage.Compute(context.Background(), coverage.Plan{Area: &s.area, Terrain: ter, Conditions: s.conditions})
	if err != nil {
		t.Fatal(err)
	}
	return Plan{Area: &s.area, Ground: mobility.NewGround(&s.area, ter, cov.Strip.Distance), Coverage: cov, Kinds: s.kinds, Draws: 20}
}

func (s *stage) solve(t testing.TB) *Line {
	t.Helper()
	l, err := Solve(context.Background(), s.plan(t))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// rough is a surface of random waves, some metres high.
func rough(seed uint64) func(x, y float64) float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	type wave struct{ kx, ky, phase, high float64 }
	waves := make([]wave, 12)
	for i := range waves {
		long := 200 + 1800*r.Float64()
		a := 2 * math.Pi * r.Float64()
		waves[i] = wave{2 * math.Pi / long * math.Cos(a), 2 * math.Pi / long * math.Sin(a), 2 * math.Pi * r.Float64(), long / 60}
	}
	return func(x, y float64) (h float64) {
		for _, w := range waves {
			h += w.high * math.Sin(w.kx*x+w.ky*y+w.phase)
		}
		return h
	}
}

// random is a small area with everything in it, from a seed.
func random(seed uint64, cell float64) *stage {
	r := rand.New(rand.NewPCG(seed, 2))
	s := newStage(3000, 2500, cell)
	s.height = rough(seed)
	between := func(low, high float64) float64 { return low + r.Float64()*(high-low) }
	for i := range 4 {
		id := string(rune('a' + i))
		site := disk(id, between(-1500, 1500), between(-1500, 500), between(600, 1800), between(.001, .01), between(.4, 1))
		site.HeightM = between(3, 15)
		if i%2 == 0 {
			site.Sensors[0].Model, site.Sensors[0].CubeM3PerS = "cube", between(1e5, 1e6)
		}
		s.area.Sites = append(s.area.Sites, site)
	}
	s.area.Bases = []frontier.Base{post("near", between(-1000, 1000), between(-1500, -500), between(200, 600)), post("other", between(-1500, 1500), -2200, between(100, 900))}
	s.area.Barriers = []frontier.Barrier{{Named: frontier.Named{ID: "berm"}, Type: "berm", HeightM: 2, PDetect: between(0, .6),
		Line: []geo.Point{place(-1600, between(-300, -100)), place(0, between(-300, -100)), place(1600, between(-300, -100))}}}
	return s
}
