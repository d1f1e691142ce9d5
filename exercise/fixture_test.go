package exercise

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

func place(x, y float64) geo.Point {
	return zone.Unproject(geo.XY{X: middle.X + x, Y: middle.Y + y})
}

// scene is three kilometres of frontier from west to east, own in the south,
// each side 2 km deep, in cells of 50 m.
type scene struct {
	area   frontier.Area
	height func(x, y float64) float64
	others int
}

const (
	long  = 3000.
	depth = 2000.
	cell  = 50.
)

func newScene() *scene {
	s := new(scene)
	s.area.Settings = frontier.Settings{
		DepthFarKM: depth / 1000, DepthOwnKM: depth / 1000, TargetHeightM: 1.7, Curvature: .85714,
		VisibilityKM: 20, DustVisibilityKM: 2, PostAvailability: .65, HelicopterVisibilityKM: 3,
	}
	s.area.Frontier = frontier.Frontier{OwnSide: "right", Line: []geo.Point{place(-long/2+1, 0), place(long/2-1, 0)}}
	return s
}

// disk sees everything at one rate.
func disk(rate, availability float64) frontier.Site {
	return frontier.Site{
		Named: frontier.Named{ID: "disk"}, HeightM: 60, At: place(525, 25), Availability: &availability,
		Sensors: []frontier.Sensor{{Type: "thermal", Model: "disk", RangeM: 9000, RatePerS: rate}},
	}
}

// post is a base with one pickup that needs so many seconds to set out.
func post(x, y, setup float64) frontier.Base {
	return frontier.Base{Named: frontier.Named{ID: "post"}, At: place(x, y),
		Responders: []frontier.Responder{{Type: "pickup", Count: 1, AlarmS: setup / 2, MountS: setup / 2}}}
}

func (s *scene) terrain() *terrain.Terrain {
	const margin = 500
	f := grid.Frame{CRS: grid.UTM(zone), X0: middle.X - long/2 - margin, Y0: middle.Y + depth + margin, DX: cell, DY: cell}
	f.Cols, f.Rows = int((long+2*margin)/cell), int(2*(depth+margin)/cell)
	t := &terrain.Terrain{Frame: f, Ground: grid.NewTiled(f, float32(math.NaN())), Cover: grid.NewTiled[uint8](f, 0), Class: grid.NewTiled[uint8](f, 0)}
	for row := range f.Rows {
		for col := range f.Cols {
			h := 0.
			if at := f.Center(col, row); s.height != nil {
				h = s.height(at.X-middle.X, at.Y-middle.Y)
			}
			t.Ground.Set(col, row, float32(h))
		}
	}
	return t
}

// plan has one mode, on foot by day, and no kilometre yet.
func (s *scene) plan(t testing.TB) Plan {
	t.Helper()
	ter := s.terrain()
	cov, err := coverage.Compute(context.Background(), coverage.Plan{Area: &s.area, Terrain: ter, Conditions: exposure.Standard(s.area.Settings)[:1]})
	if err != nil {
		t.Fatal(err)
	}
	return Plan{
		Area: &s.area, Ground: mobility.NewGround(&s.area, ter, cov.Strip.Distance), Coverage: cov,
		ResponseSD: s.area.Settings.ResponseSDS, Modes: []Mode{{Mover: &mobility.Foot, Target: exposure.Person}},
		Runs: 4000, Others: s.others, Seed: 1,
	}
}

// south is the path due south through a place, from edge to edge.
func south(p *Plan, x float64) (path Path) {
	g := p.Ground
	for y := depth - cell/2; y > -depth; y -= cell {
		col, row, _ := g.Frame.Cell(geo.XY{X: middle.X + x, Y: middle.Y + y})
		if n := g.Node(col, row); n != mobility.None && g.Side(n) != mobility.Outside {
			path.Nodes = append(path.Nodes, n)
		}
	}
	const down = 3
	for range len(path.Nodes) - 1 {
		path.Arcs = append(path.Arcs, down)
	}
	return path
}

// walk is the seconds of a path south on level, open ground.
func walk(p *Plan, path Path) float64 {
	return float64(len(path.Arcs)) * cell / zone.Scale(p.Area.Frontier.Line[0]) / mobility.IrmischerClarke(false, 0)
}

// rough is a surface of random waves, some metres high.
func rough(seed uint64) func(x, y float64) float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	var waves [8][4]float64
	for i := range waves {
		size, a := 200+1800*r.Float64(), 2*math.Pi*r.Float64()
		waves[i] = [4]float64{2 * math.Pi / size * math.Cos(a), 2 * math.Pi / size * math.Sin(a), 2 * math.Pi * r.Float64(), size / 60}
	}
	return func(x, y float64) (h float64) {
		for _, w := range waves {
			h += w[3] * math.Sin(w[0]*x+w[1]*y+w[2])
		}
		return h
	}
}
