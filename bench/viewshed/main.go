// Command viewshed times our viewsheds against GDAL's library, which is called
// in memory, and prints how many times faster we are. Both take turns in the
// same run, so that a slow moment of the machine meets both.
//
//	go run ./viewshed --python /usr/bin/python3
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"

	"vedette/bench/relief"
	"vedette/grid"
	"vedette/viewshed"
)

// settings say what is measured.
type settings struct {
	Pythons   []string        `json:"-"`
	Rounds    int             `json:"rounds"`
	Observers int             `json:"observers"`
	Height    float64         `json:"height_m"`
	Range     float64         `json:"range_m"`
	Params    viewshed.Params `json:"params"`
	JSON      bool            `json:"-"`
}

func main() {
	var s settings
	pythons := flag.String("python", "python3", "Python interpreters with GDAL's module, separated by commas; each is measured")
	flag.IntVar(&s.Rounds, "rounds", 20, "how often every observer is computed by everybody")
	flag.IntVar(&s.Observers, "observers", 6, "observers on each terrain")
	flag.Float64Var(&s.Height, "height", 15, "height of the eyes, metres")
	flag.Float64Var(&s.Range, "range", 15000, "range, metres")
	flag.Float64Var(&s.Params.Target, "target", 1.7, "height of the target, metres")
	flag.Float64Var(&s.Params.Curvature, "curvature", 0.85714, "curvature and refraction, as GDAL's -cc")
	flag.BoolVar(&s.JSON, "json", false, "print JSON")
	flag.Parse()
	s.Pythons = strings.Split(*pythons, ",")
	if err := run(s); err != nil {
		fmt.Fprintln(os.Stderr, "viewshed:", err)
		os.Exit(1)
	}
}

func run(s settings) (err error) {
	if s.Rounds < 1 || s.Observers < 1 || s.Range <= 0 || s.Range > 15000 {
		return errors.New("rounds and observers must be at least 1, range above 0 and at most 15000")
	}
	runtime.GOMAXPROCS(1)
	var peers []*gdal
	for _, python := range s.Pythons {
		g, err := startGDAL(python)
		if err != nil {
			return err
		}
		defer g.stop()
		peers = append(peers, g)
	}
	r := report{Machine: machine(), Settings: s}
	for _, g := range peers {
		r.Peers = append(r.Peers, g.Versions)
	}
	for _, kind := range relief.Kinds {
		m := meeting{settings: s, peers: peers, ground: kind.Make()}
		if err := m.hold(); err != nil {
			return err
		}
		rows, err := m.rows(kind.Name)
		if err != nil {
			return err
		}
		r.Rows = append(r.Rows, rows...)
	}
	if s.JSON {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "\t")
		return e.Encode(r)
	}
	return r.print(os.Stdout)
}

// A contestant is one of our ways to compute.
type contestant struct {
	name   string
	mode   viewshed.Mode
	fresh  bool // without scratch memory kept from the call before
	rounds int  // at most so many; 0 is all
}

var contestants = []contestant{
	{name: "gdal", mode: viewshed.GDAL},
	{name: "gdal, fresh memory", mode: viewshed.GDAL, fresh: true},
	{name: "ray", mode: viewshed.Ray},
	{name: "exact", mode: viewshed.Exact, rounds: 2},
}

// meeting lets everybody compute the same observers on one ground.
type meeting struct {
	settings
	peers    []*gdal
	ground   *grid.Raster[float32]
	computer viewshed.Computer
}

func (m *meeting) hold() error {
	for _, g := range m.peers {
		if err := g.hold(m.ground); err != nil {
			return fmt.Errorf("give GDAL the terrain: %w", err)
		}
	}
	return nil
}

// rows measures: in every round, for every observer, first the peers, then
// we. The round before the first is for warming up and for comparing answers.
func (m *meeting) rows(terrain string) ([]row, error) {
	samples := map[[2]int][]pair{} // by peer and contestant
	differ := map[[2]int]int{}
	for round := -1; round < m.Rounds; round++ {
		for _, at := range relief.Observers(m.ground, m.Observers) {
			o := viewshed.Observer{Col: at[0], Row: at[1], Height: m.Height, MaxRange: m.Range}
			theirs, err := m.askPeers(o, round < 0)
			if err != nil {
				return nil, err
			}
			for c, way := range contestants {
				if way.rounds > 0 && round >= way.rounds {
					continue
				}
				ours, seen, err := m.time(way, o)
				if err != nil {
					return nil, err
				}
				for g, t := range theirs {
					key := [2]int{g, c}
					if round >= 0 {
						samples[key] = append(samples[key], pair{ours, spent{t.Wall, t.CPU}})
						continue
					}
					n, err := t.differ(seen)
					if err != nil {
						return nil, err
					}
					differ[key] += n
				}
			}
		}
	}
	var rows []row
	for g := range m.peers {
		for c, way := range contestants {
			key := [2]int{g, c}
			rows = append(rows, summarise(terrain, way.name, m.peers[g].GDAL, samples[key], differ[key]))
		}
	}
	return rows, nil
}

func (m *meeting) askPeers(o viewshed.Observer, keep bool) ([]gdalSeen, error) {
	answers := make([]gdalSeen, len(m.peers))
	for i, g := range m.peers {
		var err error
		if answers[i], err = g.see(o, m.Params, keep); err != nil {
			return nil, fmt.Errorf("ask GDAL %s: %w", g.GDAL, err)
		}
	}
	return answers, nil
}

// time computes one observer our way.
func (m *meeting) time(way contestant, o viewshed.Observer) (spent, *viewshed.Seen, error) {
	surface := viewshed.Surface{Ground: m.ground, Screen: m.ground}
	p := m.Params
	p.Mode = way.mode
	compute := m.computer.Compute
	if way.fresh {
		compute = viewshed.Compute
	}
	watch := startWatch()
	seen, err := compute(surface, o, p)
	return watch.stop(), seen, err
}
