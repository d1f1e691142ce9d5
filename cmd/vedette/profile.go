package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"vedette/export"
	"vedette/geo"
	"vedette/grid"
	"vedette/terrain"
	"vedette/viewshed"
)

type profileCommand struct {
	DEM       []string `name:"dem" required:"" help:"Height files or folders (GeoTIFF, SRTM, DTED)." placeholder:"FILE" type:"path"`
	From      place    `required:"" help:"Where the eye is: lat,lon, UTM or MGRS." placeholder:"LAT,LON"`
	To        place    `required:"" help:"Where the target is." placeholder:"LAT,LON"`
	Height    float64  `help:"Height of the eye above the ground, metres." default:"2" placeholder:"M"`
	Target    float64  `help:"Height of the target above the ground, metres." default:"1.7" placeholder:"M"`
	Curvature float64  `help:"Curvature and refraction, as in viewshed." default:"0.85714"`
	SVG       string   `name:"svg" help:"Write the drawing to this file." placeholder:"FILE" type:"path"`
}

func (profileCommand) Help() string {
	return `Follows the line of sight over the terrain: the profile as text and, with --svg, as a drawing; where the
line is cut, and by how much the eye or the target would have to be higher.

Example:
  vedette profile --dem N34E041.hgt --from 34.43,41.02 --to 34.47,41.05 --height 12 --svg sight.svg`
}

// sightLine is what profile prints as JSON.
type sightLine struct {
	From         string    `json:"from"`
	To           string    `json:"to"`
	LengthM      float64   `json:"length_m"`
	Bearing      float64   `json:"bearing_deg"`
	Clear        bool      `json:"clear"`
	CutAtM       *float64  `json:"cut_at_m,omitempty"`   // first, from the eye
	WorstAtM     *float64  `json:"worst_at_m,omitempty"` // where most is missing, or least is left
	SpareM       *float64  `json:"spare_m,omitempty"`    // there, negative where cut
	RaiseEyeM    float64   `json:"raise_eye_m"`
	RaiseTargetM float64   `json:"raise_target_m"`
	DistanceM    []float64 `json:"distance_m"`
	GroundM      []float64 `json:"ground_m"`
	SightM       []float64 `json:"sight_m"`
	Warnings     []string  `json:"warnings"`
}

func (c profileCommand) Run(con *console) error {
	if c.From.Point == c.To.Point {
		return misuse("--to: the target stands where the eye is")
	}
	dem, err := terrain.OpenDEM(c.DEM)
	if err != nil {
		return err
	}
	defer dem.Close()
	profile, err := c.trace(con, dem)
	if err != nil {
		return err
	}
	if c.SVG != "" {
		if err := export.File(c.SVG, func(w io.Writer) error { return export.ProfileSVG(w, profile) }); err != nil {
			return err
		}
	}
	result := c.result(profile, dem)
	return con.print(result, func(w io.Writer) { c.text(w, result, profile) })
}

// trace follows the line on the DEM's own cells, or on its projection.
func (c profileCommand) trace(con *console, dem *terrain.DEM) (viewshed.Profile, error) {
	f := dem.Frame()
	zone, metric := f.CRS.Zone()
	if !metric {
		var err error
		if zone, err = geo.ZoneOf(c.From.Point); err != nil {
			return viewshed.Profile{}, err
		}
	}
	from, to := zone.Project(c.From.Point), zone.Project(c.To.Point)
	cell := f.DX
	if !metric {
		cell = math.Round(100*dem.Resolution()) / 100
	}
	box := grid.Frame{CRS: grid.UTM(zone), DX: cell, DY: cell}
	const rim = 3
	if metric {
		box.X0, box.Y0 = f.X0, f.Y0
	}
	west, north := math.Floor((min(from.X, to.X)-box.X0)/cell)-rim, math.Floor((box.Y0-max(from.Y, to.Y))/cell)-rim
	box.X0, box.Y0 = box.X0+west*cell, box.Y0-north*cell
	cols, rows := math.Ceil((max(from.X, to.X)-box.X0)/cell)+rim, math.Ceil((box.Y0-min(from.Y, to.Y))/cell)+rim
	if !(cols < 1e6 && rows < 1e6) {
		return viewshed.Profile{}, errors.New("the line is too long for these heights; take two places that lie closer")
	}
	box.Cols, box.Rows = int(cols), int(rows)
	heights, err := dem.Resample(con, box)
	if err != nil {
		return viewshed.Profile{}, err
	}
	return viewshed.Trace(viewshed.Surface{Ground: heights, Screen: heights},
		viewshed.Line{From: from, To: to, Eye: c.Height, Target: c.Target, Curvature: c.Curvature})
}

func (c profileCommand) result(p viewshed.Profile, dem *terrain.DEM) sightLine {
	_, bearing, _ := geo.Inverse(c.From.Point, c.To.Point)
	r := sightLine{
		From: c.From.String(), To: c.To.String(), LengthM: round(p.Length), Bearing: round(bearing), Clear: p.Clear,
		RaiseEyeM: round(p.RaiseEye), RaiseTargetM: round(p.RaiseTarget), Warnings: []string{},
	}
	if p.Cut >= 0 {
		r.CutAtM = new(round(p.Samples[p.Cut].Distance))
	}
	if p.Worst >= 0 {
		r.WorstAtM, r.SpareM = new(round(p.Samples[p.Worst].Distance)), new(round(p.Samples[p.Worst].Spare()))
	}
	for _, s := range p.Samples {
		if !math.IsNaN(s.Ground) {
			r.DistanceM = append(r.DistanceM, round(s.Distance))
			r.GroundM = append(r.GroundM, round(s.Ground))
			r.SightM = append(r.SightM, round(s.Sight))
		}
	}
	if w := terrain.NotForSiting(dem.Resolution()); w != "" {
		r.Warnings = append(r.Warnings, w)
	}
	return r
}

// round keeps centimetres.
func round(v float64) float64 { return math.Round(v*100) / 100 }

func (c profileCommand) text(w io.Writer, r sightLine, p viewshed.Profile) {
	for _, warning := range r.Warnings {
		fmt.Fprintln(w, "WARNING:", warning)
	}
	fmt.Fprintf(w, "from %s to %s: %.0f m, bearing %.1f°\n", r.From, r.To, r.LengthM, r.Bearing)
	drawProfile(w, p)
	switch {
	case !r.Clear:
		fmt.Fprintf(w, "CUT at %.0f m from the eye; most is missing at %.0f m: %.1f m\n", *r.CutAtM, *r.WorstAtM, -*r.SpareM)
		fmt.Fprintf(w, "it would be clear with the eye %.1f m higher, or the target %.1f m higher\n", r.RaiseEyeM, r.RaiseTargetM)
	case r.SpareM != nil:
		fmt.Fprintf(w, "CLEAR; it passes lowest at %.0f m, %.1f m above the ground\n", *r.WorstAtM, *r.SpareM)
	default:
		fmt.Fprintln(w, "CLEAR; nothing lies between")
	}
}

// The drawing's size in letters.
const (
	textCols = 72
	textRows = 14
)

// drawProfile draws the terrain (#) and the line of sight (*, or x where the
// terrain cuts it).
func drawProfile(w io.Writer, p viewshed.Profile) {
	low, high := math.Inf(1), math.Inf(-1)
	ground, sight := make([]float64, textCols), make([]float64, textCols)
	for i := range ground {
		ground[i] = math.Inf(-1)
	}
	for _, s := range p.Samples {
		i := min(textCols-1, int(s.Distance/p.Length*textCols))
		if !math.IsNaN(s.Screen) {
			ground[i] = max(ground[i], s.Screen)
			low, high = min(low, s.Screen), max(high, s.Screen)
		}
		sight[i] = s.Sight
		low, high = min(low, s.Sight), max(high, s.Sight)
	}
	for i := range textCols { // columns between samples take the one before
		if math.IsInf(ground[i], -1) && i > 0 {
			ground[i], sight[i] = ground[i-1], sight[i-1]
		}
	}
	step := max(high-low, 1) / (textRows - 1)
	level := func(h float64) int { return int(math.Round((h - low) / step)) }
	for row := textRows - 1; row >= 0; row-- {
		var line strings.Builder
		for i := range textCols {
			earth, ray := level(ground[i]) >= row, level(sight[i]) == row
			switch {
			case ray && sight[i] < ground[i]:
				line.WriteByte('x')
			case ray:
				line.WriteByte('*')
			case earth:
				line.WriteByte('#')
			default:
				line.WriteByte(' ')
			}
		}
		fmt.Fprintf(w, "%7.1f m |%s\n", low+float64(row)*step, strings.TrimRight(line.String(), " "))
	}
}
