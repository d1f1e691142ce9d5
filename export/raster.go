package export

import (
	"context"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"strings"

	"vedette/coverage"
	"vedette/grid/geotiff"
)

// Coverage writes how many sites see each cell of the strip: a GeoTIFF of
// bytes with one band for each condition, 255 outside the strip.
func Coverage(ctx context.Context, p Plan, w io.Writer) error {
	void := float64(coverage.NotSolved)
	o := geotiff.Options{
		Bands:       len(p.Result.Views),
		NoData:      &void,
		Description: "Number of sites that see a cell; 0 is dead ground, 255 lies outside the strip",
		Metadata:    p.tags(),
	}
	for _, v := range p.Result.Views {
		o.BandNames = append(o.BandNames, "sites that see a cell: "+v.Condition.Name)
	}
	return geotiff.Write(w, p.Result.Frame, o, func(dst []uint8, band int, r image.Rectangle) error {
		p.Result.Views[band].Count.Window(dst, r)
		return ctx.Err()
	})
}

// SeenBy writes who sees what: a GeoTIFF of bytes with one band for each site.
// Bit i of a value, the lowest being bit 0, is set where the site sees the
// cell in condition i; the tag CONDITIONS names them. It reaches beyond the
// strip, as far as each site does.
func SeenBy(ctx context.Context, p Plan, w io.Writer) error {
	tags := p.tags()
	var bits []string
	for i, v := range p.Result.Views {
		bits = append(bits, fmt.Sprintf("bit %d (value %d): %s", i, 1<<i, v.Condition.Name))
	}
	tags["CONDITIONS"] = strings.Join(bits, "; ")
	o := geotiff.Options{
		Bands:       len(p.Result.Sites),
		Description: "What each site sees, one band for each; " + tags["CONDITIONS"],
		Metadata:    tags,
	}
	for _, s := range p.Result.Sites {
		o.BandNames = append(o.BandNames, title(s.Site.Named))
	}
	if o.Bands == 0 { // an area without sites: nothing is seen
		o.Bands, o.BandNames = 1, []string{"no sites"}
	}
	return geotiff.Write(w, p.Result.Frame, o, func(dst []uint8, band int, r image.Rectangle) error {
		clear(dst)
		if band < len(p.Result.Sites) {
			copySeen(dst, r, p.Result.Sites[band])
		}
		return ctx.Err()
	})
}

// copySeen copies the part of a site's window that lies in r.
func copySeen(dst []uint8, r image.Rectangle, s coverage.SiteView) {
	both := r.Intersect(s.Window)
	for y := both.Min.Y; y < both.Max.Y; y++ {
		from := (y-s.Window.Min.Y)*s.Window.Dx() + both.Min.X - s.Window.Min.X
		to := (y-r.Min.Y)*r.Dx() + both.Min.X - r.Min.X
		copy(dst[to:to+both.Dx()], s.Seen[from:])
	}
}

// tags are the markings of a GeoTIFF.
func (p Plan) tags() map[string]string {
	v := p.Provenance
	whole, err := json.Marshal(v)
	if err != nil { // a year that JSON cannot hold
		whole = nil
	}
	return map[string]string{
		"MARKING":     v.Marking(),
		"PROVENANCE":  v.Origin(),
		"ORIGIN_JSON": string(whole),
		"WARNINGS":    strings.Join(v.Warnings(), " "),
		"ATTRIBUTION": strings.Join(v.Attribution, "; "),
		"AREA":        p.Area.Settings.Name,
	}
}
