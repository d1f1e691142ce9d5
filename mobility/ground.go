package mobility

import (
	"image"
	"math"

	"vedette/frontier"
	"vedette/geo"
	"vedette/grid"
	"vedette/terrain"
)

// Side says on which side of the frontier a cell lies.
type Side uint8

// Outside is no part of the solved strip.
const (
	Outside Side = 0
	Far     Side = 1
	Own     Side = 2
)

const (
	sideBits          = Side(3)
	edged             = Side(4) // some arc from the cell crosses a work
	tileSide          = 128
	tileCells         = tileSide * tileSide
	tileShift, tileUp = 7, 14
)

// Node numbers a cell of the solved strip: cells lie in small tiles, so that
// most of a cell's neighbours are near it in memory, and a diagonal corridor
// costs what its tiles do.
type Node int32

// None is no cell.
const None Node = -1

// Ground is the solved strip as nodes: heights, ground classes, sides, and the
// works that arcs cross. It is the same for all movers and safe for concurrent
// reading.
type Ground struct {
	Frame  grid.Frame
	across int        // tiles in a row
	slot   []int32    // of each tile of the frame, -1 if it has no cell
	tiles  []tile     // in order of their slots
	cells  []cell     // by node
	edges  edges      //
	scale  float64    // grid metres in a metre
	zone   geo.Zone   //
	works  []work     //
	mixes  [][]passed // what an arc crosses: sets of works, each once; 0 is none
}

// cell is what a search reads of a node, together, since it reads all of it at
// once.
type cell struct {
	height float32 // metres
	class  uint8
	side   Side // with edged
}

type tile struct {
	at   image.Point // of its first cell
	near [9]int32    // slots around it, north-west first, -1 for none
	// steepest is the step of the steepest slope of an arc that stays in it.
	steepest int
}

// NewGround lays the strip out: the cells where distance, metres from the
// frontier and positive on the own side, is a number. It panics if the
// terrain's grid is not a UTM zone.
func NewGround(area *frontier.Area, t *terrain.Terrain, distance *grid.Tiled[float32]) *Ground {
	zone, ok := t.Frame.CRS.Zone()
	if !ok {
		panic("mobility: the grid is not in a UTM zone")
	}
	g := &Ground{Frame: t.Frame, zone: zone}
	g.scale = zone.Scale(area.Frontier.Line[len(area.Frontier.Line)/2])
	g.allot(distance)
	g.fill(t, distance)
	g.lay(area)
	g.findSteepest()
	g.works = worksOf(area, zone)
	g.findEdges()
	return g
}

// allot gives a slot to every tile that has a cell of the strip.
func (g *Ground) allot(distance *grid.Tiled[float32]) {
	g.across = (g.Frame.Cols + tileSide - 1) / tileSide
	down := (g.Frame.Rows + tileSide - 1) / tileSide
	g.slot = make([]int32, g.across*down)
	for i := range g.slot {
		g.slot[i] = -1
	}
	for r, d := range distance.Tiles() {
		for y := r.Min.Y; y < r.Max.Y; y += tileSide {
			for x := r.Min.X; x < r.Max.X; x += tileSide {
				if anyCell(d, (y-r.Min.Y)*grid.TileSide+x-r.Min.X) {
					g.slot[y/tileSide*g.across+x/tileSide] = 0
				}
			}
		}
	}
	for i := range g.slot {
		if g.slot[i] == 0 {
			g.slot[i] = int32(len(g.tiles))
			g.tiles = append(g.tiles, tile{at: image.Pt(i%g.across*tileSide, i/g.across*tileSide)})
		}
	}
	for i := range g.tiles {
		g.tiles[i].near = g.around(g.tiles[i].at)
	}
}

func anyCell(d []float32, from int) bool {
	for row := range tileSide {
		for _, v := range d[from+row*grid.TileSide:][:tileSide] {
			if v == v {
				return true
			}
		}
	}
	return false
}

func (g *Ground) around(at image.Point) (near [9]int32) {
	for i := range near {
		x, y := at.X/tileSide+i%3-1, at.Y/tileSide+i/3-1
		near[i] = -1
		if x >= 0 && y >= 0 && x < g.across && y*g.across+x < len(g.slot) {
			near[i] = g.slot[y*g.across+x]
		}
	}
	return near
}

// fill copies heights, classes and sides.
func (g *Ground) fill(t *terrain.Terrain, distance *grid.Tiled[float32]) {
	g.cells = make([]cell, g.Nodes())
	away, heights, classes := make([]float32, tileCells), make([]float32, tileCells), make([]uint8, tileCells)
	for i, tl := range g.tiles {
		r := image.Rectangle{Min: tl.at, Max: tl.at.Add(image.Pt(tileSide, tileSide))}
		t.Ground.Window(heights, r)
		t.Class.Window(classes, r)
		distance.Window(away, r)
		for k, d := range away {
			g.cells[i*tileCells+k] = cell{heights[k], classes[k], sideOf(d, heights[k])}
		}
	}
}

// knightly bounds how much steeper a knight's move can be than the steeper of
// the two king's moves that it is the sum of: (1 + sqrt 2) / sqrt 5.
const knightly = 1.08

// findSteepest finds the steepest slope of every tile.
func (g *Ground) findSteepest() {
	for i := range g.tiles {
		cells := g.cells[i*tileCells:][:tileCells]
		steepest := 0.
		for k, c := range cells {
			for _, arc := range [4]int{0, 3, 5, 7} {
				col, row := k%tileSide+steps[arc].dx, k/tileSide+steps[arc].dy
				if col < 0 || col >= tileSide || row >= tileSide || c.side == Outside {
					continue
				}
				if to := cells[row*tileSide+col]; to.side != Outside {
					steepest = max(steepest, math.Abs(float64(to.height-c.height))/g.Metres(arc))
				}
			}
		}
		g.tiles[i].steepest = min(slopeSteps, int(math.Ceil(knightly*steepest*slopeSteps))+1)
	}
}

// sideOf is the side of a cell by its distance from the frontier; without a
// height or a distance it is outside.
func sideOf(distance, height float32) Side {
	switch {
	case distance != distance || height != height:
		return Outside
	case distance < 0:
		return Far
	}
	return Own
}

// lay puts water and roads over the ground classes; a road over water is a
// bridge.
func (g *Ground) lay(area *frontier.Area) {
	for _, w := range area.Waters {
		if w.Type == "lake" {
			grid.Inside(g.Frame, g.project(w.Ring), func(col, row int) { g.paint(col, row, Water) })
		} else if w.Type == "river" && w.WidthM >= g.Frame.DX {
			g.river(g.project(w.Line), w.WidthM/2)
		}
	}
	for _, r := range area.Roads {
		class := Track
		if r.Type == "paved" {
			class = Paved
		}
		line := g.project(r.Line)
		for i := 1; i < len(line); i++ {
			grid.Supercover(g.Frame, line[i-1], line[i], func(col, row int) { g.pave(col, row, class) })
		}
	}
}

// river paints the cells within half of a river's width.
func (g *Ground) river(line []geo.XY, half float64) {
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		long := math.Hypot(b.X-a.X, b.Y-a.Y)
		if long == 0 {
			continue
		}
		x, y := (b.X-a.X)/long*half, (b.Y-a.Y)/long*half
		ring := []geo.XY{{X: a.X - y, Y: a.Y + x}, {X: b.X - y, Y: b.Y + x}, {X: b.X + y, Y: b.Y - x}, {X: a.X + y, Y: a.Y - x}}
		grid.Inside(g.Frame, ring, func(col, row int) { g.paint(col, row, Water) })
	}
}

func (g *Ground) paint(col, row int, class uint8) {
	if n := g.Node(col, row); n != None {
		g.cells[n].class = class
	}
}

func (g *Ground) pave(col, row int, class uint8) {
	if n := g.Node(col, row); n != None && (g.cells[n].class == Water || g.cells[n].class == Bridge) {
		class = Bridge
	}
	g.paint(col, row, class)
}

func (g *Ground) project(line []geo.Point) []geo.XY {
	out := make([]geo.XY, len(line))
	for i, p := range line {
		out[i] = g.zone.Project(p)
	}
	return out
}

// Nodes is the number of nodes, those of cells outside the strip in its tiles
// among them.
func (g *Ground) Nodes() int { return len(g.tiles) * tileCells }

// Node is the node of a cell, or None outside the strip's tiles.
func (g *Ground) Node(col, row int) Node {
	if !image.Pt(col, row).In(g.Frame.Bounds()) {
		return None
	}
	s := g.slot[row/tileSide*g.across+col/tileSide]
	if s < 0 {
		return None
	}
	return Node(int(s)<<tileUp | row%tileSide<<tileShift | col%tileSide)
}

// Cell is the cell of a node.
func (g *Ground) Cell(n Node) (col, row int) {
	at := g.tiles[n>>tileUp].at
	return at.X + int(n)&(tileSide-1), at.Y + int(n)>>tileShift&(tileSide-1)
}

// Side is the side of a node.
func (g *Ground) Side(n Node) Side { return g.cells[n].side & sideBits }

// Height is that of a node in metres, NaN where none is known; Class its ground
// class, roads and water included.
func (g *Ground) Height(n Node) float32 { return g.cells[n].height }

// Class is described with Height.
func (g *Ground) Class(n Node) uint8 { return g.cells[n].class }

// At is the place of a node's centre.
func (g *Ground) At(n Node) geo.XY {
	col, row := g.Cell(n)
	return g.Frame.Center(col, row)
}

// Nearest is the node of the given side that is nearest to a place, and the
// metres to it; None if the strip has none. It looks at every cell.
func (g *Ground) Nearest(at geo.XY, side Side) (best Node, metres float64) {
	best, metres = None, math.Inf(1)
	for i := range g.cells {
		if g.Side(Node(i)) != side {
			continue
		}
		p := g.At(Node(i))
		if d := math.Hypot(p.X-at.X, p.Y-at.Y); d < metres {
			best, metres = Node(i), d
		}
	}
	return best, metres
}

// Zone is the UTM zone of the frame.
func (g *Ground) Zone() geo.Zone { return g.zone }

// BytesPerCell is the memory of a node on the ground: height, class and side,
// and what aligns them.
const BytesPerCell = 8
