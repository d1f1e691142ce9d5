package export

import (
	"context"
	"fmt"
	"image"
	"io"
	"math"

	"vedette/crossing"
	"vedette/grid/geotiff"
	"vedette/response"
)

// nobody is what arrival.tif holds where no responder ever comes: many GIS
// programs cannot show an infinite number, and no arrival is below zero.
const nobody = -1

// Exposure writes how soon an intruder is detected on each cell: a GeoTIFF of
// float32 with one band for each mode, NaN outside the strip.
func Exposure(ctx context.Context, p Plan, w io.Writer) error {
	r := p.crossings()
	tags := p.tags()
	tags["UNITS"] = "1/s"
	tags["VALUES"] = "Mean rate of detection of an intruder who is there: every watcher by the share of time in which it watches, a radar as for one " +
		"who comes nearer or goes away fast enough, and the reports of inhabitants on the own side. NaN outside the strip."
	o := geotiff.Options{
		Bands: len(r.Modes), NoData: notANumber(), Unit: "1/s", Resample: geotiff.Average,
		Description: "Rate of detection in 1/s, by kind of intruder and condition; NaN outside the strip", Metadata: tags,
	}
	for i := range r.Modes {
		o.BandNames = append(o.BandNames, "rate of detection: "+nameOf(&r.Modes[i]).String())
	}
	return geotiff.Write(w, p.Result.Frame, o, func(dst []float32, band int, r image.Rectangle) error {
		p.Crossing.Modes[band].Hazard.Window(dst, r)
		return ctx.Err()
	})
}

// Arrival writes when the first responder stands on each cell: a GeoTIFF of
// float32 with one band for each condition, in seconds after the alarm, nobody
// where none ever comes, and NaN where responders do not go. It is the same for
// all kinds of intruder.
func Arrival(ctx context.Context, p Plan, w io.Writer) error {
	conditions := conditionsOf(p.crossings())
	tags := p.tags()
	tags["UNITS"] = "s"
	tags["VALUES"] = fmt.Sprintf("Seconds from the alarm until the first responder stands there; -1: nobody ever comes, or only by a way of more than %d s; "+
		"NaN: outside the strip, or beyond the frontier where responders do not go (pursuit).", response.Horizon)
	o := geotiff.Options{
		Bands: len(conditions), NoData: notANumber(), Unit: "s",
		Description: "Seconds until the first responder is there, by condition; -1 where nobody comes, NaN where responders do not go", Metadata: tags,
	}
	for _, m := range conditions {
		o.BandNames = append(o.BandNames, "arrival of the first responder: "+m.Condition.Name)
	}
	return geotiff.Write(w, p.Result.Frame, o, func(dst []float32, band int, r image.Rectangle) error {
		arrivals(dst, conditions[band], r)
		return ctx.Err()
	})
}

// conditionsOf is a mode of each condition, in their order.
func conditionsOf(r *crossing.Result) (modes []*crossing.Mode) {
	seen := map[int]bool{}
	for i := range r.Modes {
		if m := &r.Modes[i]; !seen[m.View] {
			modes, seen[m.View] = append(modes, m), true
		}
	}
	return modes
}

// arrivals copies the cells of r, with nobody for the infinite.
func arrivals(dst []float32, m *crossing.Mode, r image.Rectangle) {
	m.Arrival.Window(dst, r)
	never := float32(math.Inf(1))
	for i, t := range dst {
		if t == never {
			dst[i] = nobody
		}
	}
}

func notANumber() *float64 {
	nan := math.NaN()
	return &nan
}
