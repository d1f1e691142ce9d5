package export

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// margins draws what stands outside the neat line: title, marking, ticks of
// latitude and longitude, scale, north, and where the map comes from.
func (c *cartographer) margins(d *drawing, title string) {
	f, v := c.frame, c.plan.Provenance
	d.add(`<rect class="neat" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`, f.x0, f.y0, f.x1-f.x0, f.y1-f.y0)
	d.add(`<text class="heading" x="%.1f" y="19">%s</text>`, f.x0, esc(title))
	d.add(`<text class="marking" x="%.1f" y="19" text-anchor="end">%s</text>`, f.x1, v.Marking())
	d.add("<g class=\"ticks\">%s</g>\n", c.ticks())
	c.scaleBar(d)
	c.north(d)
	y := f.y1 + 44
	d.add(`<text class="small" x="%.1f" y="%.1f">%s</text>`, f.x0, y, esc(strings.Join(v.Attribution, " · ")))
	d.add(`<text class="small" x="%.1f" y="%.1f">%s</text>`, f.x0, y+14, esc(c.credit()))
}

// credit is the last line of a map, cut to its width.
func (c *cartographer) credit() string {
	v := c.plan.Provenance
	parts := []string{orUnnamed(v.By) + ", " + v.At.UTC().Format("2006-01-02 15:04 UTC"), v.Software}
	if v.Synthetic {
		parts = append(parts, "synthetic terrain")
	}
	if v.Illustrative {
		parts = append(parts, "illustrative posts")
	}
	if v.NotForSiting != "" {
		parts = append(parts, "not for siting")
	}
	return strings.Join(parts, " · ")
}

// graticuleSteps are the distances between the lines of latitude and
// longitude, degrees.
var graticuleSteps = []float64{.01, .02, .05, .1, .2, .5, 1, 2, 5}

// graticuleStep gives four lines or so across the longer side.
func (c *cartographer) graticuleStep() float64 {
	south, north, west, east := c.bounds()
	span := max(north-south, east-west)
	for _, s := range graticuleSteps {
		if span/s <= 7 {
			return s
		}
	}
	return 10
}

// bounds is a box in degrees that holds the map, a little larger.
func (c *cartographer) bounds() (south, north, west, east float64) {
	south, north, west, east = 90, -90, 180, -180
	mx, my := (c.frame.x0+c.frame.x1)/2, (c.frame.y0+c.frame.y1)/2
	for _, x := range []float64{c.frame.x0, mx, c.frame.x1} {
		for _, y := range []float64{c.frame.y0, my, c.frame.y1} {
			p := c.point(x, y)
			south, north = min(south, p.Lat), max(north, p.Lat)
			west, east = min(west, p.Lon), max(east, p.Lon)
		}
	}
	dy, dx := (north-south)/50, (east-west)/50
	return south - dy, north + dy, west - dx, east + dx
}

// multiples are the multiples of step between two values.
func multiples(from, to, step float64) []float64 {
	var out []float64
	for i := math.Ceil(from / step); i*step <= to; i++ {
		out = append(out, i*step)
	}
	return out
}

// graticule draws lines of latitude and longitude.
func (c *cartographer) graticule(d *drawing) {
	south, north, west, east := c.bounds()
	step := c.graticuleStep()
	for _, lon := range multiples(west, east, step) {
		d.add(`<path class="graticule" d="%s"/>`, c.path(meridian(lon, south, north)))
	}
	for _, lat := range multiples(south, north, step) {
		d.add(`<path class="graticule" d="%s"/>`, c.path(parallel(lat, west, east)))
	}
}

// ticks labels the lines of the graticule where they leave the map.
func (c *cartographer) ticks() string {
	var d drawing
	south, north, west, east := c.bounds()
	step := c.graticuleStep()
	for _, lon := range multiples(west, east, step) {
		if x, ok := c.crossing(meridian(lon, south, north), false); ok && x > c.frame.x0+22 && x < c.frame.x1-22 {
			d.add(`<text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, x, c.frame.y0-6, degrees(lon, step, "E", "W"))
		}
	}
	for _, lat := range multiples(south, north, step) {
		if y, ok := c.crossing(parallel(lat, west, east), true); ok && y > c.frame.y0+22 && y < c.frame.y1-22 {
			d.add(`<text transform="translate(%.1f %.1f) rotate(-90)" text-anchor="middle">%s</text>`, c.frame.x0-6, y, degrees(lat, step, "N", "S"))
		}
	}
	return d.String()
}

// degrees writes a latitude or longitude with the decimals of its step.
func degrees(v, step float64, positive, negative string) string {
	decimals := max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	if v < 0 {
		positive, v = negative, -v
	}
	return strconv.FormatFloat(v, 'f', decimals, 64) + "° " + positive
}

// scaleBar draws a bar of round length, about a fifth of the map.
func (c *cartographer) scaleBar(d *drawing) {
	perKM := 1000 / c.plan.Result.Frame.DX * c.scale
	km := roundLength((c.frame.x1 - c.frame.x0) / 5 / perKM)
	x, y, half := c.frame.x0, c.frame.y1+14, km*perKM/2
	d.add(`<g class="scale"><rect class="full" x="%.1f" y="%.1f" width="%.1f" height="5"/><rect x="%.1f" y="%.1f" width="%.1f" height="5"/>`,
		x, y, half, x+half, y, half)
	d.add(`<text x="%.1f" y="%.1f">%s km</text></g>`, x+2*half+6, y+7, strconv.FormatFloat(km, 'g', -1, 64))
	cell := fmt.Sprintf("cells of %.0f m", c.plan.Result.Frame.DX)
	if c.step > 1 {
		cell += fmt.Sprintf(", %d by %[1]d to a pixel", c.step)
	}
	d.add(`<text class="small" x="%.1f" y="%.1f" text-anchor="end">%s · %s · relief × %.0f</text>`, c.frame.x1-26, y+7,
		utmName(c.plane.zone), cell, c.relief.exaggerated)
}

// roundLength is the largest 1, 2 or 5 times a power of ten not above v.
func roundLength(v float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{5, 2} {
		if v/p >= m {
			return m * p
		}
	}
	return p
}

// north draws the arrow to true north; up is grid north.
func (c *cartographer) north(d *drawing) {
	x, y := c.frame.x1-9, c.frame.y1+20
	turn := -c.plane.convergence(c.point((c.frame.x0+c.frame.x1)/2, (c.frame.y0+c.frame.y1)/2))
	d.add(`<g class="north" transform="translate(%.1f %.1f) rotate(%.1f)"><title>True north, %.1f degrees from the map's up</title>`, x, y, turn, turn)
	d.add(`<path d="M0 -13L4 7L0 4L-4 7Z"/><text y="19" text-anchor="middle">N</text></g>`)
}
