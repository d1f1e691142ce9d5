package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
)

// spent is time in seconds.
type spent struct {
	Wall, CPU float64
}

// pair is the same observer computed by us and by a peer, one right after the
// other.
type pair struct{ ours, theirs spent }

// spread is a median with the tenth and the ninetieth percentile.
type spread struct {
	P10    float64 `json:"p10"`
	Median float64 `json:"median"`
	P90    float64 `json:"p90"`
}

func spreadOf(v []float64) spread {
	v = slices.Sorted(slices.Values(v))
	at := func(p int) float64 { return v[(len(v)-1)*p/100] }
	return spread{at(10), at(50), at(90)}
}

func (s spread) String() string { return fmt.Sprintf("%.2f (%.2f-%.2f)", s.Median, s.P10, s.P90) }

// row is one of our ways against one peer on one terrain; times in
// milliseconds.
type row struct {
	Terrain  string `json:"terrain"`
	Way      string `json:"way"`
	Peer     string `json:"gdal"`
	Pairs    int    `json:"pairs"`
	OursCPU  spread `json:"ours_cpu_ms"`
	OursWall spread `json:"ours_wall_ms"`
	GDALCPU  spread `json:"gdal_cpu_ms"`
	GDALWall spread `json:"gdal_wall_ms"`
	Ratio    spread `json:"ratio_cpu"`    // GDAL's over ours, of each pair
	Elapsed  spread `json:"ratio_wall"`   // the same of elapsed time
	Differ   int    `json:"cells_differ"` // all observers together
}

func summarise(terrain, way, peer string, pairs []pair, differ int) row {
	of := func(f func(pair) float64) spread {
		v := make([]float64, len(pairs))
		for i, p := range pairs {
			v[i] = f(p)
		}
		return spreadOf(v)
	}
	return row{
		Terrain: terrain, Way: way, Peer: peer, Pairs: len(pairs), Differ: differ,
		OursCPU:  of(func(p pair) float64 { return p.ours.CPU * 1e3 }),
		OursWall: of(func(p pair) float64 { return p.ours.Wall * 1e3 }),
		GDALCPU:  of(func(p pair) float64 { return p.theirs.CPU * 1e3 }),
		GDALWall: of(func(p pair) float64 { return p.theirs.Wall * 1e3 }),
		Ratio:    of(func(p pair) float64 { return p.theirs.CPU / p.ours.CPU }),
		Elapsed:  of(func(p pair) float64 { return p.theirs.Wall / p.ours.Wall }),
	}
}

// report is the whole measurement.
type report struct {
	Machine  string     `json:"machine"`
	Peers    []Versions `json:"peers"`
	Settings settings   `json:"settings"`
	Rows     []row      `json:"rows"`
}

func (r report) print(to io.Writer) error {
	fmt.Fprintln(to, r.Machine)
	for _, p := range r.Peers {
		fmt.Fprintf(to, "GDAL %s in memory, Python %s, numpy %s\n", p.GDAL, p.Python, p.Numpy)
	}
	s := r.Settings
	fmt.Fprintf(to, "%d observers, %d rounds; eyes at %g m, target %g m, range %g m, curvature %g\n",
		s.Observers, s.Rounds, s.Height, s.Params.Target, s.Range, s.Params.Curvature)
	fmt.Fprintln(to, "milliseconds and ratios as median (10th-90th percentile); a ratio above 1 means that we are faster")
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "terrain\tours\tGDAL\tours CPU ms\tGDAL CPU ms\tGDAL/ours CPU\tours wall ms\tGDAL wall ms\tpairs\tcells that differ")
	for _, l := range r.Rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%v\t%v\t%v\t%.2f\t%.2f\t%d\t%d\n",
			l.Terrain, l.Way, l.Peer, l.OursCPU, l.GDALCPU, l.Ratio, l.OursWall.Median, l.GDALWall.Median, l.Pairs, l.Differ)
	}
	return w.Flush()
}

// machine names the processor, as far as the system tells it.
func machine() string {
	name := runtime.GOOS + "/" + runtime.GOARCH
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return name + ", " + runtime.Version()
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			name = strings.TrimSpace(value) + ", " + name
			break
		}
	}
	return fmt.Sprintf("%s, %d cores, %s", name, runtime.NumCPU(), runtime.Version())
}
