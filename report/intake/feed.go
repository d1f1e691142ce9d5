package intake

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/mmcdole/gofeed"
	ext "github.com/mmcdole/gofeed/extensions"

	"vedette/geo"
)

// readFeed takes every item of an RSS, Atom or JSON feed as a document: its
// title and its content, or where it has none its description.
func readFeed(raw []byte, limits Limits) ([]Document, error) {
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("parse the feed: %w", err)
	}
	if len(feed.Items) > limits.Parts {
		return nil, fmt.Errorf("parse the feed: %d items are more than the limit of %d", len(feed.Items), limits.Parts)
	}
	var docs []Document
	for i, item := range feed.Items {
		d := feedItem(item)
		d.Publisher = feed.Title
		d.setPart("item", i, len(feed.Items))
		docs = append(docs, d)
	}
	return docs, nil
}

func feedItem(item *gofeed.Item) Document {
	content := item.Content
	if content == "" {
		content = item.Description
	}
	part := []byte("<h1>" + item.Title + "</h1>\n" + content)
	d := Document{Format: Feed, SHA256: sum(part), Charset: "utf-8", Title: item.Title, raw: part}
	d.setPage(string(part), Map{[]piece{{0, len(part), 0, len(part)}}})
	if len(d.Blocks) > 0 {
		d.Blocks[0].Headline = item.Title != ""
	}
	d.screen()
	if len(item.Authors) > 0 {
		d.Author = item.Authors[0].Name
	}
	if item.PublishedParsed != nil {
		d.Published = *item.PublishedParsed
	} else if item.UpdatedParsed != nil {
		d.Published = *item.UpdatedParsed
	}
	d.georss(item.Extensions)
	return d
}

// georss takes the points and polygons of GeoRSS simple, of GeoRSS GML and of
// the W3C's geo vocabulary.
func (d *Document) georss(all ext.Extensions) {
	for _, e := range all["georss"]["point"] {
		d.addPoints(e.Value)
	}
	for _, e := range all["georss"]["polygon"] {
		d.addArea(pairs(e.Value))
	}
	for _, where := range all["georss"]["where"] {
		for _, point := range where.Children["Point"] {
			for _, pos := range point.Children["pos"] {
				d.addPoints(pos.Value)
			}
		}
	}
	lat, long := all["geo"]["lat"], all["geo"]["long"]
	if len(lat) > 0 && len(long) > 0 {
		d.addPoints(lat[0].Value + " " + long[0].Value)
	}
}

func (d *Document) addPoints(text string) { d.Points = append(d.Points, pairs(text)...) }

// addArea takes a ring of three places or more that lie on Earth.
func (d *Document) addArea(ring []geo.Point) {
	if len(ring) >= 3 {
		d.Areas = append(d.Areas, ring)
	}
}

// pairs reads latitudes and longitudes in turn, with blanks or commas between.
// One that is no place on Earth ends it.
func pairs(text string) []geo.Point {
	fields := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' || r == '\t' || r == '\r' })
	var all []geo.Point
	for i := 0; i+1 < len(fields); i += 2 {
		lat, err1 := strconv.ParseFloat(fields[i], 64)
		lon, err2 := strconv.ParseFloat(fields[i+1], 64)
		p := geo.Point{Lat: lat, Lon: lon}
		if err1 != nil || err2 != nil || !p.Valid() {
			break
		}
		all = append(all, p)
	}
	return all
}
