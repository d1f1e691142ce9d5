package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"vedette/grid"
)

// grass is a GRASS GIS location of its own in a temporary folder, whose modules
// are run directly, so that their processor time is known to the process.
type grass struct {
	Version string
	dir     string
	env     []string
	base    string
}

func startGRASS() (*grass, error) {
	base, err := exec.Command("grass", "--config", "path").Output()
	if err != nil {
		return nil, fmt.Errorf("grass is not there (Debian: apt-get install grass-core): %w", err)
	}
	version, err := exec.Command("grass", "--config", "version").Output()
	if err != nil {
		return nil, fmt.Errorf("ask grass for its version: %w", err)
	}
	dir, err := os.MkdirTemp("", "passes-")
	if err != nil {
		return nil, err
	}
	g := &grass{Version: "GRASS GIS " + strings.TrimSpace(string(version)), dir: dir, base: strings.TrimSpace(string(base))}
	rc := filepath.Join(dir, "rc")
	g.env = append(os.Environ(), "GISBASE="+g.base, "GISRC="+rc, "LD_LIBRARY_PATH="+filepath.Join(g.base, "lib"), "GRASS_VERBOSE=-1", "GRASS_OVERWRITE=1")
	if out, err := exec.Command("grass", "-e", "-c", "EPSG:32637", filepath.Join(dir, "location")).CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("make a location: %w\n%s", err, out), g.stop())
	}
	text := fmt.Sprintf("GISDBASE: %s\nLOCATION_NAME: location\nMAPSET: PERMANENT\n", dir)
	return g, os.WriteFile(rc, []byte(text), 0o600)
}

func (g *grass) stop() error { return os.RemoveAll(g.dir) }

// run runs a module and gives its processor time, of user and system together.
func (g *grass) run(module string, args ...string) (time.Duration, error) {
	c := exec.Command(filepath.Join(g.base, "bin", module), args...)
	c.Env = g.env
	out, err := c.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%s %s: %w\n%s", module, strings.Join(args, " "), err, out)
	}
	return c.ProcessState.UserTime() + c.ProcessState.SystemTime(), nil
}

// hold gives GRASS the heights, no friction, and a cost of one for each cell.
func (g *grass) hold(r *grid.Raster[float32]) error {
	raw := filepath.Join(g.dir, "heights")
	bytes := make([]byte, 4*len(r.Data))
	for i, h := range r.Data {
		binary.LittleEndian.PutUint32(bytes[4*i:], math.Float32bits(h))
	}
	if err := os.WriteFile(raw, bytes, 0o600); err != nil {
		return err
	}
	west, south, east, north := r.Extent()
	edge := func(name string, v float64) string { return fmt.Sprintf("%s=%f", name, v) }
	for _, step := range [][]string{
		{"r.in.bin", "-f", "input=" + raw, "output=heights", "bytes=4", "order=little",
			edge("west", west), edge("south", south), edge("east", east), edge("north", north),
			fmt.Sprintf("rows=%d", r.Rows), fmt.Sprintf("cols=%d", r.Cols)},
		{"g.region", "raster=heights"},
		{"r.mapcalc", "expression=none=0.0"},
		{"r.mapcalc", "expression=one=1.0"},
	} {
		if _, err := g.run(step[0], step[1:]...); err != nil {
			return err
		}
	}
	return nil
}

// pass runs a least-cost pass from a place.
func (g *grass) pass(module, start string) (time.Duration, error) {
	args := []string{"-k", "output=out", "start_coordinates=" + start, "memory=4000"}
	if module == "r.walk" {
		return g.run(module, append(args, "elevation=heights", "friction=none")...)
	}
	return g.run(module, append(args, "input=one")...)
}

// out reads the costs of the last pass.
func (g *grass) out(n int) ([]float64, error) {
	raw := filepath.Join(g.dir, "costs")
	if _, err := g.run("r.out.bin", "-f", "input=out", "output="+raw, "bytes=8", "null=-1", "order=little"); err != nil {
		return nil, err
	}
	bytes, err := os.ReadFile(raw)
	if err != nil {
		return nil, err
	}
	if len(bytes) != 8*n {
		return nil, fmt.Errorf("r.out.bin wrote %d bytes for %d cells", len(bytes), n)
	}
	costs := make([]float64, n)
	for i := range costs {
		costs[i] = math.Float64frombits(binary.LittleEndian.Uint64(bytes[8*i:]))
	}
	return costs, nil
}
