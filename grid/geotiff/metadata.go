package geotiff

import (
	"encoding/xml"
	"fmt"
	"html"
	"math"
	"slices"
	"strconv"
	"strings"
)

// item is one entry of the XML that GDAL keeps in its metadata tag. GDAL
// escapes the value once more than XML asks for.
type item struct {
	Name   string `xml:"name,attr"`
	Sample string `xml:"sample,attr,omitempty"`
	Role   string `xml:"role,attr,omitempty"`
	Domain string `xml:"domain,attr,omitempty"`
	Value  string `xml:",chardata"`
}

type gdalMetadata struct {
	XMLName xml.Name `xml:"GDALMetadata"`
	Items   []item   `xml:"Item"`
}

// band is what the metadata say of one band.
type band struct {
	name          string
	scale, offset float64
	unit          string
}

// readMetadata reads GDAL's metadata: of the whole file, and of its bands.
func readMetadata(d directory, bands int) (of map[string]string, each []band, err error) {
	each = make([]band, bands)
	for i := range each {
		each[i].scale = 1
	}
	text, err := d.text(tagGDALMetadata)
	if err != nil || text == "" {
		return nil, each, err
	}
	var m gdalMetadata
	if err := xml.Unmarshal([]byte(text), &m); err != nil {
		return nil, nil, fmt.Errorf("metadata: %w; drop them with gdal_translate -nomd in.tif out.tif", err)
	}
	of = map[string]string{}
	for _, it := range m.Items {
		it.Value = html.UnescapeString(it.Value)
		if it.Sample == "" {
			if it.Domain == "" {
				of[it.Name] = it.Value
			}
			continue
		}
		if i, err := strconv.Atoi(it.Sample); err == nil && i >= 0 && i < bands {
			if err := each[i].set(it); err != nil {
				return nil, nil, err
			}
		}
	}
	return of, each, nil
}

// set takes one entry about the band.
func (b *band) set(it item) error {
	var err error
	switch it.Role {
	case "description":
		b.name = it.Value
	case "unittype":
		b.unit = it.Value
	case "scale":
		b.scale, err = finite(it.Value)
	case "offset":
		b.offset, err = finite(it.Value)
	}
	if err != nil {
		return fmt.Errorf("metadata: %s of band %s: %w; set it with gdal_edit.py", it.Role, it.Sample, err)
	}
	return nil
}

func finite(text string) (float64, error) {
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
		err = fmt.Errorf("%q is no finite number", text)
	}
	return v, err
}

// readNoData reads the value that stands for a void; nil if none is named.
func readNoData(d directory) (*float64, error) {
	text, err := d.text(tagGDALNoData)
	if text = strings.TrimSpace(text); err != nil || text == "" {
		return nil, err
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, fmt.Errorf("nodata: %q is no number; set it with gdal_edit.py -a_nodata VALUE", text)
	}
	return &v, nil
}

// writeMetadata is the XML for a file's metadata and its bands' names and
// units, with the keys in order so that equal input gives equal files; none if
// empty.
func writeMetadata(o Options) (string, error) {
	var m gdalMetadata
	for k, v := range o.Metadata {
		m.Items = append(m.Items, item{Name: k, Value: html.EscapeString(v)})
	}
	slices.SortFunc(m.Items, func(a, b item) int { return strings.Compare(a.Name, b.Name) })
	ofBand := func(i int, name, role, value string) {
		if value != "" {
			m.Items = append(m.Items, item{Name: name, Sample: strconv.Itoa(i), Role: role, Value: html.EscapeString(value)})
		}
	}
	for i := range o.Bands {
		if i < len(o.BandNames) {
			ofBand(i, "DESCRIPTION", "description", o.BandNames[i])
		}
		ofBand(i, "UNITTYPE", "unittype", o.Unit)
	}
	if len(m.Items) == 0 {
		return "", nil
	}
	b, err := xml.MarshalIndent(m, "", "  ")
	return string(b) + "\n", err
}
