// Command passes times our least-cost passes with 16 neighbours against those
// of GRASS GIS, r.walk -k and r.cost -k, and prints how many times faster we
// are. Both take turns in the same run, so that a slow moment of the machine
// meets both; the costs that they find are compared too.
//
//	go run ./passes
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"vedette/bench/relief"
	"vedette/frontier"
	"vedette/geo"
	"vedette/grid"
	"vedette/mobility"
	"vedette/terrain"
)

// row is what one module came to on one ground, beside ours.
type row struct {
	Terrain string    `json:"terrain"`
	Module  string    `json:"module"`
	Ours    []float64 `json:"ours_s"`  // processor time of each round
	Peer    []float64 `json:"peer_s"`  // the same
	Start   float64   `json:"start_s"` // of the peer's, on a region of 9 cells
	Cells   int       `json:"cells"`
	Mean    float64   `json:"mean_difference"` // of the costs, as a share of the peer's
	Worst   float64   `json:"worst_difference"`
}

func main() {
	rounds := flag.Int("rounds", 3, "how often everybody takes a turn")
	asJSON := flag.Bool("json", false, "print JSON")
	flag.Parse()
	if err := run(*rounds, *asJSON); err != nil {
		fmt.Fprintln(os.Stderr, "passes:", err)
		os.Exit(1)
	}
}

func run(rounds int, asJSON bool) (err error) {
	if rounds < 1 {
		return errors.New("rounds must be at least 1")
	}
	runtime.GOMAXPROCS(1)
	g, err := startGRASS()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.stop()) }()
	var rows []row
	for _, kind := range relief.Kinds {
		ground := kind.Make()
		if err := g.hold(ground); err != nil {
			return err
		}
		for _, c := range contests {
			r, err := c.meet(g, ground, rounds)
			if err != nil {
				return err
			}
			r.Terrain = kind.Name
			rows = append(rows, r)
		}
	}
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(rows)
	}
	return report(os.Stdout, g.Version, rounds, rows)
}

// contest is a pass that both can make.
type contest struct {
	module string
	mover  mobility.Mover
	unit   float64 // seconds in one of the peer's units of cost
	shift  uint    // of our buckets: no larger than the least arc in milliseconds
}

var contests = []contest{
	{"r.walk", mover(func(slope float64) float64 { return mobility.Langmuir(1, slope) }), 1, 13},
	{"r.cost", mover(func(float64) float64 { return 1. / 30 }), 1, 9}, // a second a cell
}

func mover(pace func(slope float64) float64) mobility.Mover {
	return mobility.Mover{Name: "peer", Pace: func(_ uint8, slope float64) float64 { return pace(slope) },
		Delay: func(*frontier.Barrier) float64 { return 0 }}
}

// meet lets both take turns.
func (c contest) meet(g *grass, ground *grid.Raster[float32], rounds int) (row, error) {
	s, start := ours(c.mover, ground)
	s.Shift = c.shift
	at := ground.Center(ground.Cols/2, ground.Rows/2)
	place := fmt.Sprintf("%f,%f", at.X, at.Y)
	r := row{Module: c.module, Cells: len(ground.Data)}
	for i := range rounds + 1 { // one for warming up
		peer, err := g.pass(c.module, place)
		if err != nil {
			return r, err
		}
		before := processorTime()
		s.Reset()
		s.Seed(start, 0)
		s.Run()
		if i > 0 {
			r.Ours = append(r.Ours, (processorTime() - before).Seconds())
			r.Peer = append(r.Peer, peer.Seconds())
		}
	}
	costs, err := g.out(len(ground.Data))
	if err != nil {
		return r, err
	}
	r.compare(s, costs, c.unit)
	r.Start, err = c.starting(g, at)
	return r, err
}

// starting is the processor time of the module on next to nothing.
func (c contest) starting(g *grass, at geo.XY) (float64, error) {
	box := []string{fmt.Sprintf("n=%f", at.Y+45), fmt.Sprintf("s=%f", at.Y-45), fmt.Sprintf("e=%f", at.X+45), fmt.Sprintf("w=%f", at.X-45)}
	if _, err := g.run("g.region", box...); err != nil {
		return 0, err
	}
	t, err := g.pass(c.module, fmt.Sprintf("%f,%f", at.X, at.Y))
	if err != nil {
		return 0, err
	}
	_, err = g.run("g.region", "raster=heights")
	return t.Seconds(), err
}

// ours is our search over the same ground, and the node to start from.
func ours(m mobility.Mover, r *grid.Raster[float32]) (*mobility.Search, mobility.Node) {
	t := &terrain.Terrain{Frame: r.Frame, Ground: grid.NewTiled(r.Frame, float32(0)), Class: grid.NewTiled[uint8](r.Frame, 0)}
	distance := grid.NewTiled(r.Frame, float32(math.NaN()))
	for row := range r.Rows {
		for col := range r.Cols {
			t.Ground.Set(col, row, r.At(col, row))
			distance.Set(col, row, 1)
		}
	}
	zone, _ := r.CRS.Zone()
	at := zone.Unproject(r.Center(r.Cols/2, r.Rows/2))
	g := mobility.NewGround(&frontier.Area{Frontier: frontier.Frontier{Line: []geo.Point{at}}}, t, distance)
	return &mobility.Search{Net: mobility.NewNet(g, m, nil), Sides: mobility.Own}, g.Node(r.Cols/2, r.Rows/2)
}

// compare takes the difference of the costs. Ours are of metres on the ground,
// the peer's of metres on the grid: the scale is taken out.
func (r *row) compare(s *mobility.Search, costs []float64, unit float64) {
	g := s.Net.Ground
	scale := s.Net.Metres(0) / g.Frame.DX
	sum, n := 0., 0
	for i, want := range costs {
		if want <= 0 {
			continue
		}
		ms := s.Label[g.Node(i%g.Frame.Cols, i/g.Frame.Cols)]
		d := math.Abs(float64(ms)/1000/scale/(want*unit) - 1)
		sum, n, r.Worst = sum+d, n+1, max(r.Worst, d)
	}
	r.Mean = sum / float64(max(1, n))
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // RUSAGE_SELF cannot fail
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func report(out io.Writer, version string, rounds int, rows []row) error {
	fmt.Fprintf(out, "%s/%s, %d cores, %s; ours on one of them\n%s; %d rounds, one start in the middle\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), version, rounds)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "terrain\tpeer\tcells\tours CPU s\tpeer CPU s\tof it starting\tpeer/ours\tours M cells/s\tdifference of costs, mean and worst")
	for _, r := range rows {
		var ratios []float64
		for i := range r.Ours {
			ratios = append(ratios, (r.Peer[i]-r.Start)/r.Ours[i])
		}
		fmt.Fprintf(w, "%s\t%s -k\t%d\t%.2f\t%.2f\t%.2f\t%.1f (%.1f-%.1f)\t%.1f\t%.3f %% %.2f %%\n", r.Terrain, r.Module, r.Cells,
			median(r.Ours), median(r.Peer), r.Start, median(ratios), slices.Min(ratios), slices.Max(ratios),
			float64(r.Cells)/1e6/median(r.Ours), 100*r.Mean, 100*r.Worst)
	}
	return w.Flush()
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}
