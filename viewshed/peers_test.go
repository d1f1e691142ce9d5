package viewshed_test

import (
	"fmt"
	"image"
	"testing"

	"vedette/viewshed"
)

// mayDiffer is how far we may be from GDAL: a share of the cells of each
// terrain, and of all. GDAL reckons heights in double precision; where a
// horizon passes within the last bits of a cell, another order of operations
// may let it fall the other way.
const mayDiffer = 1e-5

// TestGDALModeSeesWhatGDALSees compares cell by cell with what gdal_viewshed
// said of the same bytes. With -record-peers it asks GDAL first.
func TestGDALModeSeesWhatGDALSees(t *testing.T) {
	if *recordPeers {
		record(t)
	}
	m := loadManifest(t)
	grounds := map[string]*peerGround{}
	byTerrain := map[string]*difference{}
	for i, a := range m.Answers {
		t.Run(a.Name, func(t *testing.T) {
			if a.peerCase != peerCases[i] {
				t.Fatalf("recorded for %+v, asked %+v; record it again with make peers", a.peerCase, peerCases[i])
			}
			if grounds[a.Terrain] == nil {
				grounds[a.Terrain] = buildPeer(t, m, a.Terrain)
				byTerrain[a.Terrain] = &difference{}
			}
			d := compareWithGDAL(t, grounds[a.Terrain], a)
			t.Log(d)
			byTerrain[a.Terrain].add(d)
		})
	}
	var all difference
	for name, d := range byTerrain {
		judge(t, name, *d)
		all.add(*d)
	}
	judge(t, "all together, "+m.GDAL, all)
}

func judge(t *testing.T, name string, d difference) {
	t.Helper()
	t.Logf("%s: %v", name, d)
	if d.share() > mayDiffer {
		t.Errorf("%s: more than %g of the cells differ", name, mayDiffer)
	}
}

// TestCoverageIsTheSumOfGDALsSingleViewsheds counts observers per cell.
func TestCoverageIsTheSumOfGDALsSingleViewsheds(t *testing.T) {
	m := loadManifest(t)
	s := m.Coverage.peerSum
	g := buildPeer(t, m, s.Terrain)
	theirs, err := readGzip(s.Name+".counts.gz", g.cols*g.rows)
	if err != nil {
		t.Fatal(err)
	}
	ours := make([]byte, len(theirs))
	for _, at := range s.Observers {
		c := s.peerCase
		c.Col, c.Row = at[0], at[1]
		seen := computeCase(t, g, c)
		for i := range ours {
			if seen(i%g.cols, i/g.cols) {
				ours[i]++
			}
		}
	}
	var d difference
	for i := range ours {
		d.count(image.Pt(i%g.cols, i/g.cols), ours[i] == theirs[i])
	}
	judge(t, s.Name, d)
}

func loadManifest(t *testing.T) peerManifest {
	t.Helper()
	m, err := readManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Answers) != len(peerCases) {
		t.Fatalf("%d answers recorded, %d cases asked; record them again with make peers", len(m.Answers), len(peerCases))
	}
	return m
}

// buildPeer makes a terrain and checks that it is the one GDAL saw.
func buildPeer(t *testing.T, m peerManifest, name string) *peerGround {
	t.Helper()
	for _, p := range peerTerrains {
		if p.name != name {
			continue
		}
		g := p.build()
		if sum := g.sha256(); sum != m.Terrains[name] {
			t.Fatalf("terrain %s has sha256 %s, GDAL was given %s; record it again with make peers", name, sum, m.Terrains[name])
		}
		return g
	}
	t.Fatalf("no terrain is called %q", name)
	return nil
}

// computeCase gives our answer to a case, for any cell.
func computeCase(t *testing.T, g *peerGround, c peerCase) func(col, row int) bool {
	t.Helper()
	seen, err := viewshed.Compute(
		viewshed.Surface{Ground: g.heights, Screen: g.heights},
		viewshed.Observer{Col: c.Col, Row: c.Row, Height: c.Height, MaxRange: c.Range},
		viewshed.Params{Mode: viewshed.GDAL, Target: c.Target, Curvature: c.Curvature})
	if err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	return func(col, row int) bool {
		return image.Pt(col, row).In(seen.Window) && seen.At(col, row)
	}
}

// compareWithGDAL goes through every cell in range, and through those beyond
// it that lie in GDAL's window: they are seen by neither.
func compareWithGDAL(t *testing.T, g *peerGround, a peerAnswer) difference {
	t.Helper()
	w := a.Window.rectangle()
	bits, err := readGzip(a.Name+".bits.gz", (w.Dx()*w.Dy()+7)/8)
	if err != nil {
		t.Fatal(err)
	}
	ours := computeCase(t, g, a.peerCase)
	d := difference{from: image.Pt(a.Col, a.Row)}
	for i := range w.Dx() * w.Dy() {
		at := w.Min.Add(image.Pt(i%w.Dx(), i/w.Dx()))
		agree := ours(at.X, at.Y) == (bits[i/8]>>(i%8)&1 == 1)
		if a.inRange(g, at) {
			d.count(at, agree)
		} else if !agree {
			t.Errorf("cell %v lies beyond the range, and we differ", at)
		}
	}
	return d
}

func (c peerCase) inRange(g *peerGround, at image.Point) bool {
	x, y := float64(at.X-c.Col)*g.dx, float64(at.Y-c.Row)*g.dy
	return x*x+y*y <= c.Range*c.Range
}

// difference counts the cells in which two answers differ, and of them those
// on a diagonal through the observer, where wedges meet.
type difference struct {
	from                     image.Point
	cells, differ, diagonals int
	first                    []image.Point
}

func (d *difference) count(at image.Point, agree bool) {
	d.cells++
	if agree {
		return
	}
	d.differ++
	if off := at.Sub(d.from); off.X == off.Y || off.X == -off.Y {
		d.diagonals++
	}
	if len(d.first) < 5 {
		d.first = append(d.first, at)
	}
}

func (d *difference) add(e difference) {
	d.cells += e.cells
	d.differ += e.differ
	d.diagonals += e.diagonals
}

func (d difference) share() float64 { return float64(d.differ) / float64(max(d.cells, 1)) }

func (d difference) String() string {
	s := fmt.Sprintf("%d of %d cells differ (%.2g), %d of them on diagonals", d.differ, d.cells, d.share(), d.diagonals)
	if len(d.first) > 0 {
		s += fmt.Sprintf("; the first at (col,row) %v", d.first)
	}
	return s
}
