package export

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"slices"

	"vedette/coverage"
	"vedette/grid"
)

// The classes of a coverage map.
const (
	classOutside = iota // of the strip
	classDead           // in the strip, seen by nobody
	classOne            // seen by one site
	classTwo            // by two
	classMany           // by three or more
	classCount
)

// classOf is the class of a cell that so many sites see.
func classOf(count uint8) uint8 {
	switch {
	case count == coverage.NotSolved:
		return classOutside
	case count >= 3:
		return classMany
	}
	return classDead + count
}

// classes draws the coverage of a window with one pixel for step by step
// cells: the class that most of them have; of equals the less watched one.
func classes(count *grid.Tiled[uint8], window image.Rectangle, step int) *image.Paletted {
	out := image.NewPaletted(pixels(window, step), tint)
	cells := make([]uint8, step*window.Dx())
	for y := range out.Rect.Dy() {
		rows := rowsOf(window, step, y)
		count.Window(cells[:rows.Dx()*rows.Dy()], rows)
		for x := range out.Rect.Dx() {
			out.Pix[y*out.Stride+x] = majority(cells, rows, x*step, min(rows.Dx(), (x+1)*step))
		}
	}
	return out
}

// pixels is the size of a window of which step by step cells are one pixel.
func pixels(window image.Rectangle, step int) image.Rectangle {
	return image.Rect(0, 0, (window.Dx()+step-1)/step, (window.Dy()+step-1)/step)
}

// rowsOf is the cells of one row of pixels.
func rowsOf(window image.Rectangle, step, y int) image.Rectangle {
	top := window.Min.Y + y*step
	return image.Rect(window.Min.X, top, window.Max.X, min(window.Max.Y, top+step))
}

func majority(cells []uint8, rows image.Rectangle, from, to int) uint8 {
	var votes [classCount]int
	for y := range rows.Dy() {
		for _, c := range cells[y*rows.Dx():][from:to] {
			votes[classOf(c)]++
		}
	}
	best := classOutside
	for c := classDead; c < classCount; c++ {
		if votes[c] > votes[best] {
			best = c
		}
	}
	return uint8(best)
}

// stroke is the colour after the classes: the strokes over dead ground.
const stroke = classCount

// tint lies over the relief. Blues that darken with every pair of eyes, and
// orange with strokes for dead ground: told apart by the colour-blind (after
// Okabe and Ito, Color Universal Design, 2008) and on a grey printer.
var tint = color.Palette{
	classOutside: color.NRGBA{253, 252, 249, 140},
	classDead:    color.NRGBA{250, 205, 150, 70},
	classOne:     color.NRGBA{120, 180, 222, 125},
	classTwo:     color.NRGBA{44, 118, 178, 140},
	classMany:    color.NRGBA{8, 62, 125, 160},
	stroke:       color.NRGBA{186, 78, 10, 135},
}

// hatched enlarges a class picture so that it can carry strokes, and strokes
// its dead ground with the last colour of its palette. side is the side of a pixel on the map, in its units.
func hatched(m *image.Paletted, side float64) *image.Paletted {
	zoom := max(1, int(math.Round(1.6*side)))
	every := max(3, int(math.Round(7*float64(zoom)/side))) // units between strokes
	wide := max(1, int(math.Round(float64(zoom)/side)))
	last := uint8(len(m.Palette) - 1)
	out := image.NewPaletted(image.Rect(0, 0, m.Rect.Dx()*zoom, m.Rect.Dy()*zoom), m.Palette)
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			class := m.Pix[y/zoom*m.Stride+x/zoom]
			if class == classDead && (x+y)%every < wide {
				class = last
			}
			out.Pix[y*out.Stride+x] = class
		}
	}
	return out
}

// relief is a picture of the ground lit from the north-west.
type relief struct {
	image       *image.Gray
	exaggerated float64 // how much heights are raised, so that flat ground shows too
	low, high   float64 // metres
}

// shade draws the heights of a window with one pixel for step by step cells.
// Each pixel has the mean height of its cells.
func shade(ground *grid.Tiled[float32], window image.Rectangle, step int) relief {
	heights := means(ground, window, step)
	r := relief{image: image.NewGray(image.Rect(0, 0, heights.Cols, heights.Rows))}
	r.low, r.high = extremes(heights.Data)
	r.exaggerated = exaggeration(heights)
	for y := range heights.Rows {
		for x := range heights.Cols {
			dx, dy := gradient(heights, x, y)
			r.image.Pix[y*r.image.Stride+x] = tone(dx*r.exaggerated, dy*r.exaggerated)
		}
	}
	return r
}

// means is the mean height of step by step cells, NaN where all are void.
func means(ground *grid.Tiled[float32], window image.Rectangle, step int) *grid.Raster[float32] {
	size := pixels(window, step)
	f := ground.Frame.Window(window)
	f.DX, f.DY, f.Cols, f.Rows = f.DX*float64(step), f.DY*float64(step), size.Dx(), size.Dy()
	out := grid.New[float32](f)
	cells := make([]float32, step*window.Dx())
	for y := range f.Rows {
		rows := rowsOf(window, step, y)
		ground.Window(cells[:rows.Dx()*rows.Dy()], rows)
		for x := range f.Cols {
			out.Set(x, y, mean(cells, rows, x*step, min(rows.Dx(), (x+1)*step)))
		}
	}
	return out
}

func mean(cells []float32, rows image.Rectangle, from, to int) float32 {
	sum, n := float64(0), 0
	for y := range rows.Dy() {
		for _, z := range cells[y*rows.Dx():][from:to] {
			if z == z { // no void
				sum += float64(z)
				n++
			}
		}
	}
	if n == 0 {
		return float32(math.NaN())
	}
	return float32(sum / float64(n))
}

func extremes(heights []float32) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, z := range heights {
		if z == z {
			low, high = min(low, float64(z)), max(high, float64(z))
		}
	}
	return low, high
}

// gradient is the slope to the east and to the south, by central differences.
// It is NaN beside a void.
func gradient(h *grid.Raster[float32], x, y int) (dx, dy float64) {
	w, e := max(x-1, 0), min(x+1, h.Cols-1)
	n, s := max(y-1, 0), min(y+1, h.Rows-1)
	dx = float64(h.At(e, y)-h.At(w, y)) / (float64(max(e-w, 1)) * h.DX)
	dy = float64(h.At(x, s)-h.At(x, n)) / (float64(max(s-n, 1)) * h.DY)
	return dx, dy
}

// exaggeration raises the relief until one slope in twenty is a steep 20
// degrees, and never lowers it.
func exaggeration(h *grid.Raster[float32]) float64 {
	var slopes []float64
	for y := 0; y < h.Rows; y += 3 {
		for x := 0; x < h.Cols; x += 3 {
			dx, dy := gradient(h, x, y)
			if s := math.Hypot(dx, dy); s == s {
				slopes = append(slopes, s)
			}
		}
	}
	if len(slopes) == 0 {
		return 1
	}
	slices.Sort(slopes)
	steep := slopes[len(slopes)*19/20]
	if steep < 1e-4 {
		return 1
	}
	return math.Round(min(60, max(1, math.Tan(20*math.Pi/180)/steep)))
}

// tone is the grey of a slope under light from the north-west, 45 degrees
// high: flat ground is light, so that tints and lines can be read over it.
func tone(dx, dy float64) uint8 {
	const flat, dark, light = 226, 96, 252
	lit := (1 + (dx+dy)/math.Sqrt2) / math.Sqrt2 / math.Sqrt(1+dx*dx+dy*dy)
	if lit != lit { // void
		return light
	}
	even := math.Sqrt2 / 2
	if lit < even {
		return uint8(dark + (flat-dark)*max(0, lit)/even)
	}
	return uint8(flat + (light-flat)*(lit-even)/(1-even))
}

// pngURI and jpegURI give a picture as the address of an <image>.
func pngURI(m image.Image) (string, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return "", err
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

func jpegURI(m image.Image) (string, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 72}); err != nil {
		return "", err
	}
	return "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(b.Bytes()), nil
}
