package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"vedette/gazetteer"
	"vedette/geo"
	"vedette/outline"
	"vedette/report/locate"
)

// statement is a sentence that says where a known place lies.
type statement struct {
	ID, Text, Dir, Ref string
	ClaimKM            float64 `json:"claim_km"`
	RefLat             float64 `json:"ref_lat"`
	RefLon             float64 `json:"ref_lon"`
	Lat, Lon           float64
}

var winds = map[string]float64{"north": 0, "east": 90, "south": 180, "west": 270,
	"northeast": 45, "southeast": 135, "southwest": 225, "northwest": 315,
	"north-east": 45, "south-east": 135, "south-west": 225, "north-west": 315}

// locative measures statements "N km DIR of X".
func locative(dir string) ([]measure, error) {
	all, err := statements(filepath.Join(dir, "locative/locative_dev.jsonl"))
	if err != nil {
		return nil, err
	}
	g, err := gazetteer.Open()
	if err != nil {
		return nil, err
	}
	l := &locate.Locator{World: outline.Open(), Places: g}
	var parsed, directed, held int
	var areas, sectors []float64
	for _, s := range all {
		best, ok := matching(l.Regions(l.Read(s.Text)), s)
		areas = append(areas, best.AreaKM2)
		sectors = append(sectors, sectorKM2(s.ClaimKM))
		parsed += count(ok)
		directed += count(ok && best.Region.Bearing != nil && *best.Region.Bearing == winds[s.Dir])
		in := best.Ground.Contains(geo.Point{Lat: s.Lat, Lon: s.Lon})
		held += count(in)
	}
	n := float64(len(all))
	mine, theirs := mean(areas), mean(sectors)
	return []measure{
		{"distances parsed", "at least 98.0 %", percent("", float64(parsed)/n), float64(parsed)/n >= .98},
		{"directions", "at least 98.0 %", percent("", float64(directed)/n), float64(directed)/n >= .98},
		{"true point inside", "at least 90.0 %", percent("", float64(held)/n), float64(held)/n >= .9},
		{"mean area of the regions", fmt.Sprintf("at most %.0f km2", theirs), fmt.Sprintf("%.0f km2", mine), mine <= theirs},
	}, nil
}

// matching is the region of the statement's own distance and direction.
func matching(found []locate.Found, s statement) (locate.Found, bool) {
	best, ok := locate.Found{}, false
	for _, f := range found {
		if math.Abs(f.Distance.StatedKM[0]-s.ClaimKM) > .02*s.ClaimKM {
			continue
		}
		if !ok || f.Region.Bearing != nil && *f.Region.Bearing == winds[s.Dir] {
			best, ok = f, true
		}
	}
	return best, ok
}

func sectorKM2(d float64) float64 {
	lo, hi := max(0, .7*d-1), 1.3*d+1
	return math.Pi / 4 * (hi*hi - lo*lo)
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func statements(path string) ([]statement, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []statement
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var s statement
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, lines.Err()
}
