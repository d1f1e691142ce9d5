package export

import (
	"bytes"
	"fmt"
	"io"
	"math"

	"vedette/viewshed"
)

// The drawing of a profile, in pixels.
const (
	profileWide, profileHigh   = 960., 360.
	profileLeft, profileBottom = 64., 44.
	profileTop, profileRight   = 28., 16.
)

// ProfileSVG draws a line of sight over its terrain: the ground filled, what
// stands on it, the line, green up to where it is cut and red behind, and the
// places where it is cut first and where most is missing. Curvature is in the
// line: it sags below the straight one.
func ProfileSVG(w io.Writer, p viewshed.Profile) error {
	d := newProfileDrawing(p)
	b := &d.buf
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" role="img" aria-labelledby="title desc" font-family="sans-serif" font-size="12">`,
		profileWide, profileHigh)
	fmt.Fprintf(b, "\n<title id=\"title\">Line of sight over %.0f m</title>\n<desc id=\"desc\">%s</desc>\n", p.Length, verdict(p))
	fmt.Fprintf(b, "<rect width=\"%g\" height=\"%g\" fill=\"#fff\"/>\n", profileWide, profileHigh)
	d.axes()
	d.ground()
	d.sight()
	d.marks()
	fmt.Fprintf(b, "<text x=\"%g\" y=\"18\" font-size=\"14\">%s</text>\n</svg>\n", profileLeft, verdict(p))
	_, err := w.Write(b.Bytes())
	return err
}

// verdict is the profile in a sentence.
func verdict(p viewshed.Profile) string {
	if p.Clear {
		if p.Worst < 0 {
			return "Clear: nothing lies between."
		}
		return fmt.Sprintf("Clear: it passes %.1f m above what is nearest to it, at %.0f m.", p.Samples[p.Worst].Spare(), p.Samples[p.Worst].Distance)
	}
	return fmt.Sprintf("Cut at %.0f m; most is missing at %.0f m: %.1f m. Clear with the eye %.1f m or the target %.1f m higher.",
		p.Samples[p.Cut].Distance, p.Samples[p.Worst].Distance, -p.Samples[p.Worst].Spare(), p.RaiseEye, p.RaiseTarget)
}

type profileDrawing struct {
	viewshed.Profile
	buf       bytes.Buffer
	low, high float64
}

func newProfileDrawing(p viewshed.Profile) *profileDrawing {
	d := &profileDrawing{Profile: p, low: math.Inf(1), high: math.Inf(-1)}
	for _, s := range p.Samples {
		for _, z := range []float64{s.Ground, s.Screen, s.Sight} {
			if !math.IsNaN(z) {
				d.low, d.high = min(d.low, z), max(d.high, z)
			}
		}
	}
	room := max(d.high-d.low, 2) * .08
	d.low, d.high = d.low-room, d.high+room
	return d
}

func (d *profileDrawing) x(distance float64) float64 {
	return profileLeft + distance/max(d.Length, 1e-9)*(profileWide-profileLeft-profileRight)
}

func (d *profileDrawing) y(height float64) float64 {
	return profileHigh - profileBottom - (height-d.low)/(d.high-d.low)*(profileHigh-profileBottom-profileTop)
}

// axes draws grid lines with heights and distances.
func (d *profileDrawing) axes() {
	for _, h := range ticks(d.low, d.high, 6) {
		fmt.Fprintf(&d.buf, "<path d=\"M%.1f %.1fH%.1f\" stroke=\"#ddd\"/><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%g m</text>\n",
			profileLeft, d.y(h), profileWide-profileRight, profileLeft-6, d.y(h)+4, h)
	}
	for _, at := range ticks(0, d.Length, 8) {
		fmt.Fprintf(&d.buf, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%g m</text>\n", d.x(at), profileHigh-profileBottom+18, at)
	}
	fmt.Fprintf(&d.buf, "<text x=\"%.1f\" y=\"%.1f\">eye</text><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">target</text>\n",
		profileLeft, profileHigh-6, profileWide-profileRight, profileHigh-6)
}

// ticks are about n round numbers from low to high.
func ticks(low, high float64, n int) []float64 {
	raw := (high - low) / float64(n)
	unit := math.Pow(10, math.Floor(math.Log10(raw)))
	step := unit * 10
	for _, f := range []float64{1, 2, 5} {
		if f*unit >= raw {
			step = f * unit
			break
		}
	}
	var all []float64
	for v := math.Ceil(low/step) * step; v <= high; v += step {
		all = append(all, v)
	}
	return all
}

func (d *profileDrawing) ground() {
	d.area("#d9c9a3", func(s viewshed.Sample) float64 { return s.Screen })
	d.area("#b59f6b", func(s viewshed.Sample) float64 { return s.Ground })
}

// area fills what lies below a height; a void is a gap.
func (d *profileDrawing) area(colour string, height func(viewshed.Sample) float64) {
	base := profileHigh - profileBottom
	var open bool
	var last float64
	fmt.Fprintf(&d.buf, "<path fill=\"%s\" d=\"", colour)
	for _, s := range d.Samples {
		z := height(s)
		switch {
		case math.IsNaN(z) && open:
			fmt.Fprintf(&d.buf, "V%.1fZ", base)
			open = false
		case !math.IsNaN(z) && !open:
			fmt.Fprintf(&d.buf, "M%.1f %.1fV%.1f", d.x(s.Distance), base, d.y(z))
			open, last = true, d.x(s.Distance)
		case !math.IsNaN(z) && d.x(s.Distance) > last:
			fmt.Fprintf(&d.buf, "L%.1f %.1f", d.x(s.Distance), d.y(z))
			last = d.x(s.Distance)
		}
	}
	if open {
		fmt.Fprintf(&d.buf, "V%.1fZ", base)
	}
	d.buf.WriteString("\"/>\n")
}

// sight draws the line; what lies behind the first cut is also dashed, so that
// it does not depend on the colour.
func (d *profileDrawing) sight() {
	cut := len(d.Samples) - 1
	if d.Cut >= 0 {
		cut = d.Cut
	}
	d.line(d.Samples[:cut+1], `stroke="#1b7837"`)
	d.line(d.Samples[cut:], `stroke="#b2182b" stroke-dasharray="6 4"`)
}

func (d *profileDrawing) line(samples []viewshed.Sample, style string) {
	if len(samples) < 2 {
		return
	}
	fmt.Fprintf(&d.buf, "<path fill=\"none\" stroke-width=\"2\" %s d=\"", style)
	for i, s := range samples {
		fmt.Fprintf(&d.buf, "%c%.1f %.1f", "ML"[min(i, 1)], d.x(s.Distance), d.y(s.Sight))
	}
	d.buf.WriteString("\"/>\n")
}

// marks shows the first cut and the worst place.
func (d *profileDrawing) marks() {
	if d.Cut >= 0 {
		s := d.Samples[d.Cut]
		fmt.Fprintf(&d.buf, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"none\" stroke=\"#b2182b\" stroke-width=\"2\"><title>first cut, at %.0f m</title></circle>\n",
			d.x(s.Distance), d.y(s.Sight), s.Distance)
	}
	if d.Worst >= 0 {
		s := d.Samples[d.Worst]
		fmt.Fprintf(&d.buf, "<path stroke=\"#222\" d=\"M%.1f %.1fV%.1f\"><title>%.1f m between line and ground, at %.0f m</title></path>\n",
			d.x(s.Distance), d.y(s.Sight), d.y(s.Screen), s.Spare(), s.Distance)
	}
}
