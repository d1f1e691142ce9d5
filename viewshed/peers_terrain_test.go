package viewshed_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"

	"vedette/geo"
	"vedette/grid"
)

// peerVoid is the height GDAL reads where a terrain has a hole: it gives holes
// no meaning of their own, so they are pits that hide nothing.
const peerVoid = -32768

// peerTerrain is made ground: fractal relief by diamond and square steps in
// whole numbers, so that every machine makes the same bytes.
type peerTerrain struct {
	name       string
	seed       uint64
	cols, rows int
	dx, dy     float64
	base       int64 // mean height, centimetres
	amplitude  int64 // of the coarsest step, centimetres
	decay      int64 // of the amplitude at each halving, thousandths
	metres     bool  // rounded down to whole metres and kept as int16
	holes      bool
}

var peerTerrains = []peerTerrain{
	{name: "mountains", seed: 1, cols: 1001, rows: 1001, dx: 30, dy: 30, base: 150000, amplitude: 110000, decay: 585},
	{name: "desert", seed: 2, cols: 1001, rows: 1001, dx: 30, dy: 30, base: 30000, amplitude: 3500, decay: 560},
	{name: "flat", seed: 3, cols: 1001, rows: 1001, dx: 30, dy: 30, base: 20000},
	{name: "terraces", seed: 4, cols: 1001, rows: 1001, dx: 30, dy: 30, base: 25000, amplitude: 6000, decay: 480, metres: true},
	{name: "oblong", seed: 5, cols: 1001, rows: 801, dx: 22.5, dy: 30, base: 80000, amplitude: 30000, decay: 550},
	{name: "holes", seed: 6, cols: 1001, rows: 1001, dx: 30, dy: 30, base: 60000, amplitude: 20000, decay: 530, metres: true, holes: true},
}

// peerGround is a built terrain, and the bytes that GDAL was given of it.
type peerGround struct {
	peerTerrain
	heights *grid.Raster[float32]
	raw     []byte
}

func (t peerTerrain) frame() grid.Frame {
	return grid.Frame{
		CRS: grid.UTM(geo.Zone{Number: 37}), X0: 500000, Y0: 3800000,
		DX: t.dx, DY: t.dy, Cols: t.cols, Rows: t.rows,
	}
}

func (t peerTerrain) build() *peerGround {
	g := &peerGround{peerTerrain: t, heights: grid.New[float32](t.frame())}
	relief := t.relief()
	var raw bytes.Buffer
	for row := range t.rows {
		line := make([]float32, t.cols)
		for col := range line {
			line[col] = t.height(relief[row*reliefSide+col], col, row)
		}
		raw.Write(t.encode(line))
		for col, z := range line {
			if z == peerVoid {
				z = float32(math.NaN())
			}
			g.heights.Set(col, row, z)
		}
	}
	g.raw = raw.Bytes()
	return g
}

func (t peerTerrain) height(cm int64, col, row int) float32 {
	switch {
	case t.holes && hash(t.seed, col/12, row/12)%40 == 0:
		return peerVoid
	case t.metres:
		return float32(cm / 100)
	}
	return float32(float64(cm) / 100)
}

func (t peerTerrain) encode(line []float32) []byte {
	if !t.metres {
		raw, _ := binary.Append(nil, binary.LittleEndian, line)
		return raw
	}
	var raw []byte
	for _, z := range line {
		raw = binary.LittleEndian.AppendUint16(raw, uint16(int16(z)))
	}
	return raw
}

func (g *peerGround) sha256() string {
	sum := sha256.Sum256(g.raw)
	return hex.EncodeToString(sum[:])
}

// reliefSide is a power of two and one, wide enough for every terrain.
const reliefSide = 1<<10 + 1

// relief makes heights in centimetres, reliefSide to a row.
func (t peerTerrain) relief() []int64 {
	h := make([]int64, reliefSide*reliefSide)
	amplitude := t.amplitude
	for _, at := range []int{0, reliefSide - 1, reliefSide * (reliefSide - 1), len(h) - 1} {
		h[at] = t.base
	}
	for step := reliefSide - 1; step > 1; step /= 2 {
		half := step / 2
		for row := half; row < reliefSide; row += step {
			for col := half; col < reliefSide; col += step {
				t.displace(h, spot{col, row}, diagonals(half), amplitude)
			}
		}
		for row := 0; row < reliefSide; row += half {
			for col := (row + half) % step; col < reliefSide; col += step {
				t.displace(h, spot{col, row}, sides(half), amplitude)
			}
		}
		amplitude = amplitude * t.decay / 1000
	}
	return h
}

type spot struct{ col, row int }

func diagonals(n int) [4]spot { return [4]spot{{-n, -n}, {n, -n}, {-n, n}, {n, n}} }
func sides(n int) [4]spot     { return [4]spot{{0, -n}, {-n, 0}, {n, 0}, {0, n}} }

// displace sets a height to the mean of its neighbours and a random step.
func (t peerTerrain) displace(h []int64, at spot, around [4]spot, amplitude int64) {
	var sum, n int64
	for _, d := range around {
		col, row := at.col+d.col, at.row+d.row
		if col >= 0 && row >= 0 && col < reliefSide && row < reliefSide {
			sum += h[row*reliefSide+col]
			n++
		}
	}
	noise := int64(hash(t.seed, at.col, at.row)>>48) - 1<<15
	h[at.row*reliefSide+at.col] = sum/n + amplitude*noise>>15
}

// hash mixes a seed and a place (the finaliser of SplitMix64, Steele et al.
// 2014).
func hash(seed uint64, col, row int) uint64 {
	z := seed ^ uint64(col)<<20 ^ uint64(row)<<42
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
