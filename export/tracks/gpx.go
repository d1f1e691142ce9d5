package tracks

import (
	"bufio"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"

	"vedette/geo"
	"vedette/track"
)

// gpxWriter writes GPX 1.1: a waypoint for each plot, a track for each track, a
// segment for each piece of it. Heights are turned into heights above the geoid,
// which GPX means.
type gpxWriter struct {
	w     io.Writer
	about About
	ways  *ways
}

func (g *gpxWriter) Add(o *track.Observation) error { return g.ways.add(o) }

func (g *gpxWriter) Close(ctx context.Context) error {
	x := &gpxFile{w: bufio.NewWriterSize(g.w, 64<<10)}
	x.print(`<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="%s" xmlns="http://www.topografix.com/GPX/1/1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.topografix.com/GPX/1/1 http://www.topografix.com/GPX/1/1/gpx.xsd">
<metadata><name>Observations</name><desc>%s</desc><time>%s</time></metadata>
`, escaped(g.about.Software), escaped(g.description()), stamp(g.about.Made))
	for i := range g.ways.plots {
		x.point("wpt", &g.ways.plots[i])
	}
	for _, y := range g.ways.tracks {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		x.track(y)
	}
	x.print("</gpx>\n")
	if x.err != nil {
		return fmt.Errorf("write GPX: %w", x.err)
	}
	return x.w.Flush()
}

func (g *gpxWriter) description() string {
	lines := g.about.Lines()
	if n := g.ways.without; n > 0 {
		lines = append(lines, fmt.Sprintf("%d observations have no position and are left out.", n))
	}
	return strings.Join(lines, "\n")
}

// gpxFile writes elements. The first error stays.
type gpxFile struct {
	w   *bufio.Writer
	err error
}

func (x *gpxFile) print(format string, args ...any) {
	if x.err == nil {
		_, x.err = fmt.Fprintf(x.w, format, args...)
	}
}

func (x *gpxFile) track(y *way) {
	x.print("<trk><name>%s</name><src>%s</src><type>%s</type>\n", escaped(nameOf(&y.last)), escaped(y.last.Source), escaped(y.last.Type))
	for _, piece := range y.pieces {
		x.print("<trkseg>\n")
		for i := range piece {
			x.point("trkpt", &piece[i])
		}
		x.print("</trkseg>\n")
	}
	x.print("</trk>\n")
}

// point writes a point; its children stand in the order of the schema.
func (x *gpxFile) point(element string, o *track.Observation) {
	lon := o.At.Lon
	if lon == 180 { // which the schema leaves to -180
		lon = -180
	}
	x.print(`<%s lat="%s" lon="%s">`, element, decimal(o.At.Lat), decimal(lon))
	if !math.IsNaN(o.HAE) {
		x.print("<ele>%.2f</ele>", o.HAE-geo.Undulation(o.At))
	}
	x.print("<time>%s</time>", stamp(o.Time))
	if element == "wpt" {
		x.print("<name>%s</name><src>%s</src><type>%s</type>", escaped(nameOf(o)), escaped(o.Source), escaped(o.Type))
	}
	x.print("</%s>\n", element)
}

func nameOf(o *track.Observation) string {
	switch {
	case o.Label != "" && o.ID != "" && o.Label != o.ID:
		return o.Label + " (" + o.ID + ")"
	case o.Label != "":
		return o.Label
	}
	return o.ID
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder does not fail
	return b.String()
}
