package mobility

import (
	"math"
	"math/rand/v2"

	"vedette/frontier"
	"vedette/geo"
	"vedette/grid"
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

// plain is ground of so many cells around the middle, and a frontier through
// it from west to east; its heights come from a function of metres east and
// north. Everything south of the frontier is own.
type plain struct {
	cols, rows int
	cell       float64
	height     func(x, y float64) float64
	area       frontier.Area
}

func (p *plain) ground() *Ground {
	f := grid.Frame{
		CRS: grid.UTM(zone), X0: middle.X - float64(p.cols)*p.cell/2, Y0: middle.Y + float64(p.rows)*p.cell/2,
		DX: p.cell, DY: p.cell, Cols: p.cols, Rows: p.rows,
	}
	t := &terrain.Terrain{Frame: f, Ground: grid.NewTiled(f, float32(math.NaN())), Class: grid.NewTiled[uint8](f, 0)}
	distance := grid.NewTiled(f, float32(math.NaN()))
	for row := range f.Rows {
		for col := range f.Cols {
			at := f.Center(col, row)
			h := 0.
			if p.height != nil {
				h = p.height(at.X-middle.X, at.Y-middle.Y)
			}
			t.Ground.Set(col, row, float32(h))
			distance.Set(col, row, float32(middle.Y-at.Y))
		}
	}
	if len(p.area.Frontier.Line) == 0 {
		p.area.Frontier = frontier.Frontier{OwnSide: "right", Line: []geo.Point{place(-1000, 0), place(1000, 0)}}
	}
	return NewGround(&p.area, t, distance)
}

// rough is a surface of random waves.
func rough(seed uint64) func(x, y float64) float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	type wave struct{ kx, ky, phase, high float64 }
	waves := make([]wave, 12)
	for i := range waves {
		long := 100 + 900*r.Float64()
		a := 2 * math.Pi * r.Float64()
		waves[i] = wave{2 * math.Pi / long * math.Cos(a), 2 * math.Pi / long * math.Sin(a), 2 * math.Pi * r.Float64(), long / 40}
	}
	return func(x, y float64) (h float64) {
		for _, w := range waves {
			h += w.high * math.Sin(w.kx*x+w.ky*y+w.phase)
		}
		return h
	}
}

func search(n *Net, backward bool) *Search {
	s := &Search{Net: n, Sides: Far | Own, Backward: backward, Shift: 10}
	s.Reset()
	return s
}

func (p *plain) node(g *Ground, x, y float64) Node {
	col, row, ok := g.Frame.Cell(geo.XY{X: middle.X + x, Y: middle.Y + y})
	if !ok {
		panic("outside")
	}
	return g.Node(col, row)
}
