package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"vedette/geo"
)

// maxObservers bounds an observers file.
const maxObservers = 100_000

// observerColumns are what an observers file may hold.
var observerColumns = []string{"lat", "lon", "x", "y", "height_m", "range_m", "arc_from_deg", "arc_to_deg"}

// readObservers reads a CSV file with a header line. What a line leaves empty
// is as in otherwise.
func readObservers(path string, otherwise watcher) ([]watcher, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the observers: %w", err)
	}
	defer f.Close()
	all, err := parseObservers(f, otherwise)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return all, nil
}

func parseObservers(r io.Reader, otherwise watcher) ([]watcher, error) {
	lines := csv.NewReader(r)
	lines.TrimLeadingSpace = true
	header, err := lines.Read()
	if err != nil {
		return nil, fmt.Errorf("read the header: %w; the first line names the columns, like lat,lon,height_m,range_m", err)
	}
	for i, name := range header {
		header[i] = strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))
		if !slices.Contains(observerColumns, header[i]) {
			return nil, fmt.Errorf("column %q is unknown; the columns are %s", header[i], strings.Join(observerColumns, ", "))
		}
	}
	var all []watcher
	for n := 2; ; n++ {
		fields, err := lines.Read()
		switch {
		case errors.Is(err, io.EOF) && len(all) == 0:
			return nil, errors.New("there are no observers; give a line for each under the header")
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, err
		case len(all) == maxObservers:
			return nil, fmt.Errorf("more than %d observers; split the file", maxObservers)
		}
		w, err := parseObserver(header, fields, otherwise)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		all = append(all, w)
	}
}

func parseObserver(header, fields []string, w watcher) (watcher, error) {
	given := map[string]float64{}
	for i, text := range fields {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return w, fmt.Errorf("%s: %q is not a number", header[i], text)
		}
		given[header[i]] = v
	}
	return w.with(given)
}

// with gives the observer its place and whatever else its line holds.
func (w watcher) with(given map[string]float64) (watcher, error) {
	has := func(name string) bool { _, ok := given[name]; return ok }
	switch {
	case has("lat") && has("lon"):
		w.at = &geo.Point{Lat: given["lat"], Lon: given["lon"]}
		if !w.at.Valid() {
			return w, fmt.Errorf("lat, lon: %g, %g is no place on Earth; latitude comes first", w.at.Lat, w.at.Lon)
		}
	case has("x") && has("y"):
		w.xy = geo.XY{X: given["x"], Y: given["y"]}
	default:
		return w, errors.New("the place is missing; give lat and lon, or x and y")
	}
	if has("height_m") {
		w.height = given["height_m"]
	}
	if has("range_m") {
		w.reach = given["range_m"]
	}
	if has("arc_from_deg") != has("arc_to_deg") {
		return w, errors.New("an arc has two ends; give arc_from_deg and arc_to_deg")
	}
	w.arc, w.from, w.to = has("arc_from_deg"), given["arc_from_deg"], given["arc_to_deg"]
	switch {
	case w.height < 0:
		return w, fmt.Errorf("height_m: %g is below the ground", w.height)
	case w.reach <= 0:
		return w, fmt.Errorf("range_m: %g is not a distance in metres", w.reach)
	}
	return w, nil
}
