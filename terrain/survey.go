package terrain

import (
	"context"
	"fmt"
	"image"
	"math"
	"strings"

	"vedette/grid"
	"vedette/grid/geotiff"
	"vedette/grid/hgt"
)

// Survey is what one height file holds.
type Survey struct {
	File      string   `json:"file"`
	Format    string   `json:"format"`
	CRS       string   `json:"crs"`
	Cols      int      `json:"cols"`
	Rows      int      `json:"rows"`
	PostingXM float64  `json:"posting_x_m"`
	PostingYM float64  `json:"posting_y_m"`
	West      float64  `json:"west"`
	South     float64  `json:"south"`
	East      float64  `json:"east"`
	North     float64  `json:"north"`
	LowestM   float64  `json:"lowest_m"`
	HighestM  float64  `json:"highest_m"`
	Voids     int      `json:"voids"`
	Notes     []string `json:"notes"`
	Warning   string   `json:"warning,omitempty"`
}

// Survey reads every file from end to end, in pieces.
func (d *DEM) Survey(ctx context.Context) ([]Survey, error) {
	var all []Survey
	for i, path := range d.paths {
		s, err := survey(ctx, path, d.sources[i])
		if err != nil {
			return nil, fmt.Errorf("survey %s: %w", path, err)
		}
		all = append(all, s)
		release(d.sources[i])
	}
	return all, nil
}

func survey(ctx context.Context, path string, src grid.Source) (Survey, error) {
	f := src.Frame()
	s := Survey{File: path, CRS: f.CRS.String(), Cols: f.Cols, Rows: f.Rows, Notes: []string{}}
	s.Format, s.Notes = formatOf(src)
	s.PostingXM, s.PostingYM = posting(f)
	s.West, s.South, s.East, s.North = f.Extent()
	s.Warning = NotForSiting(max(s.PostingXM, s.PostingYM))
	low, high := math.Inf(1), math.Inf(-1)
	const side = 1024
	var buf []float32
	for row := 0; row < f.Rows; row += side {
		for col := 0; col < f.Cols; col += side {
			r := image.Rect(col, row, col+side, row+side).Intersect(f.Bounds())
			buf = append(buf[:0], make([]float32, r.Dx()*r.Dy())...)
			if err := src.Read(buf, r); err != nil {
				return s, err
			}
			for _, h := range buf {
				if h != h {
					s.Voids++
					continue
				}
				low, high = min(low, float64(h)), max(high, float64(h))
			}
			if err := ctx.Err(); err != nil {
				return s, err
			}
		}
	}
	if low <= high {
		s.LowestM, s.HighestM = low, high
		s.Notes = append(s.Notes, doubtful(low, high)...)
	}
	return s, nil
}

// doubtful says what about a range of heights cannot be: no ground lies below
// the Dead Sea's shore or above Everest.
func doubtful(low, high float64) []string {
	if low >= -450 && high <= 8850 {
		return nil
	}
	return []string{fmt.Sprintf("heights from %.0f to %.0f m are not possible on Earth; the file may be in feet (convert it with gdal_calc, or set its vertical unit) or name no void value (gdal_translate -a_nodata)", low, high)}
}

func formatOf(src grid.Source) (string, []string) {
	switch s := src.(type) {
	case *hgt.File:
		return s.Info().Format, []string{}
	case *geotiff.File:
		info := s.Info()
		words := []string{"GeoTIFF"}
		if info.COG {
			words[0] = "cloud-optimised GeoTIFF"
		}
		words = append(words, info.Sample, info.Compression)
		return strings.Join(words, ", "), append([]string{}, info.Notes...)
	}
	return "raster", []string{}
}
