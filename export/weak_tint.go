package export

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"vedette/grid"
)

// tintScale is the classes of a raster: class 1 is the bad one, which is
// hatched, the others follow in order of value.
type tintScale struct {
	palette color.Palette // outside, bad, the others, strokes
	classOf func(v float32) uint8
	texts   []string // of bad and the others
}

// blues are the colours of n classes over the relief, from pale to dark.
func blues(n int) color.Palette {
	p := color.Palette{color.NRGBA{253, 252, 249, 140}, color.NRGBA{250, 205, 150, 70}}
	for i := range n {
		at := float64(i) / float64(n-1) * float64(len(ramp)-1)
		k := min(int(at), len(ramp)-2)
		mix := func(c int) uint8 { return uint8(ramp[k][c] + (ramp[k+1][c]-ramp[k][c])*(at-float64(k)) + .5) }
		p = append(p, color.NRGBA{mix(0), mix(1), mix(2), mix(3)})
	}
	return append(p, color.NRGBA{186, 78, 10, 135})
}

// ramp is pale green to dark blue: told apart by the colour-blind and on a grey
// printer (after ColorBrewer's YlGnBu).
var ramp = [][4]float64{{230, 243, 205, 165}, {134, 206, 188, 165}, {48, 132, 188, 170}, {10, 40, 104, 190}}

// minutes are the bounds of the classes of arrival.
var minutes = []float32{60, 30, 20, 15, 10, 5}

// arrivalScale darkens the sooner somebody comes.
var arrivalScale = tintScale{
	palette: blues(len(minutes) + 1),
	classOf: func(v float32) uint8 {
		if v != v {
			return classOutside
		}
		if math.IsInf(float64(v), 1) {
			return classDead
		}
		class := uint8(classDead + 1)
		for _, m := range minutes {
			if v < m*60 {
				class++
			}
		}
		return class
	},
	texts: []string{"nobody comes", "after an hour or more", "30 to 60 min", "20 to 30 min", "15 to 20 min", "10 to 15 min", "5 to 10 min", "under 5 min"},
}

// glimpses are the bounds of the classes of hazard: the chance that somebody
// is detected within a minute.
var glimpses = []float64{.01, .05, .2, .5}

// hazardScale darkens the likelier somebody is seen.
var hazardScale = tintScale{
	palette: blues(len(glimpses) + 1),
	classOf: func(v float32) uint8 {
		if v != v {
			return classOutside
		}
		p := 1 - math.Exp(-60*float64(v))
		if p < 1e-4 {
			return classDead
		}
		class := uint8(classDead + 1)
		for _, g := range glimpses {
			if p >= g {
				class++
			}
		}
		return class
	},
	texts: []string{"nobody sees him", "under 1 % in a minute", "1 to 5 %", "5 to 20 %", "20 to 50 %", "50 % and more"},
}

// tints draws the classes of a raster with one pixel for step by step cells:
// the class that most of them have; of equals the lower one.
func (s tintScale) tints(raster *grid.Tiled[float32], window image.Rectangle, step int) *image.Paletted {
	out := image.NewPaletted(pixels(window, step), s.palette)
	cells := make([]float32, step*window.Dx())
	for y := range out.Rect.Dy() {
		rows := rowsOf(window, step, y)
		raster.Window(cells[:rows.Dx()*rows.Dy()], rows)
		for x := range out.Rect.Dx() {
			out.Pix[y*out.Stride+x] = s.majority(cells, rows, x*step, min(rows.Dx(), (x+1)*step))
		}
	}
	return out
}

func (s tintScale) majority(cells []float32, rows image.Rectangle, from, to int) uint8 {
	var votes [16]int
	for y := range rows.Dy() {
		for _, v := range cells[y*rows.Dx():][from:to] {
			votes[s.classOf(v)]++
		}
	}
	best := classOutside
	for c := classDead; c < len(votes); c++ {
		if votes[c] > votes[best] {
			best = c
		}
	}
	return uint8(best)
}

// entries explain the tints, as they look over light ground.
func (s tintScale) entries() []entry {
	var out []entry
	for i, text := range s.texts {
		content := fmt.Sprintf(`<path fill="%s" d="M1 0H21V16H1Z"/>`, overPaper(s.palette[classDead+i]))
		if i == 0 {
			content += `<path class="dead-strokes" d="M1 7L8 0M1 14L15 0M5 16L21 0M12 16L21 7"/>`
		}
		out = append(out, entry{swatch(content), text})
	}
	return out
}

// overPaper is a tint as it looks over ground in the light.
func overPaper(c color.Color) string {
	const paper = 236.
	t := color.NRGBAModel.Convert(c).(color.NRGBA)
	a := float64(t.A) / 255
	mix := func(v uint8) uint8 { return uint8(float64(v)*a + paper*(1-a)) }
	return fmt.Sprintf("#%02x%02x%02x", mix(t.R), mix(t.G), mix(t.B))
}

// tinted is a map of a raster; nil without one.
func (c *cartographer) tinted(raster *grid.Tiled[float32], s tintScale, o overlay) (*figure, error) {
	if raster == nil {
		return nil, nil
	}
	uri, err := pngURI(hatched(s.tints(raster, c.window, c.step), c.scale*float64(c.step)))
	if err != nil {
		return nil, fmt.Errorf("draw %s: %w", o.id, err)
	}
	o.under = c.image(uri, "tint")
	svg, err := c.draw(o)
	if err != nil {
		return nil, err
	}
	return &figure{"", o.describe, svg, append(s.entries(), c.legend.entries()...)}, nil
}

// arrivalMap is the map of the first responder's time.
func arrivalMap(c *cartographer, w *weakness) (*figure, error) {
	f, err := c.tinted(w.worst.Arrival, arrivalScale, overlay{
		id: fmt.Sprintf("arrival-%d", c.number), title: capital(modeName(w.worst)) + ": how soon somebody comes",
		describe: "Minutes from the alarm until the first responder can stand there, from barracks, posts and patrols; a patrol counts at its worst place. The darker, the sooner. " +
			"Ground beyond the frontier is left out unless responders may go there.",
	})
	if f != nil {
		f.Title = "how soon somebody comes"
	}
	return f, err
}

// hazardMap is the map of the rate of detection.
func hazardMap(c *cartographer, w *weakness) (*figure, error) {
	f, err := c.tinted(w.worst.Hazard, hazardScale, overlay{
		id: fmt.Sprintf("hazard-%d", c.number), title: capital(modeName(w.worst)) + ": how likely he is seen",
		describe: "Chance that an intruder is detected within a minute in a place, each watcher counted by the share of time in which it watches. The darker, the likelier.",
	})
	if f != nil {
		f.Title = "how likely he is seen"
	}
	return f, err
}
