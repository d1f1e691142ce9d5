package viewshed_test

import (
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var recordPeers = flag.Bool("record-peers", false, "ask gdal_viewshed again and keep its answers in "+peersFolder)

// recorder asks GDAL, with a folder for the files that pass between.
type recorder struct {
	t       *testing.T
	folder  string
	grounds map[string]*peerGround
}

// record asks GDAL every question and replaces all that is kept of it.
func record(t *testing.T) {
	r := recorder{t: t, folder: t.TempDir(), grounds: map[string]*peerGround{}}
	m := peerManifest{GDAL: r.version(), Terrains: map[string]string{}}
	for _, p := range peerTerrains {
		g := p.build()
		r.grounds[p.name] = g
		m.Terrains[p.name] = g.sha256()
		r.write(p.name+".dat", g.raw)
		r.write(p.name+".hdr", []byte(g.header()))
	}
	for _, c := range peerCases {
		a, seen := r.ask(c)
		r.keep(c.Name+".bits.gz", pack(seen))
		m.Answers = append(m.Answers, a)
	}
	m.Coverage.peerSum = peerCoverage
	counts := r.sum(peerCoverage)
	r.keep(peerCoverage.Name+".counts.gz", counts)
	for _, n := range counts {
		m.Coverage.Seen += int(n)
	}
	r.check(m.write())
}

func (r recorder) check(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r recorder) write(name string, data []byte) {
	r.check(os.WriteFile(filepath.Join(r.folder, name), data, 0o644))
}

func (r recorder) keep(name string, data []byte) { r.check(writeGzip(name, data)) }

// version refuses a GDAL before 3.10: there the cells in the rows next to the
// observer have the bare ground under it for a horizon, so that a mast on a
// summit stands behind its own hill (3 % of the cells of
// "mountains-curvature-1" in 3.6.2).
func (r recorder) version() string {
	out, err := exec.Command("gdalinfo", "--version").Output()
	if err != nil {
		r.t.Fatalf("record: gdalinfo: %v; install GDAL's programs (Debian: gdal-bin)", err)
	}
	var major, minor int
	if _, err := fmt.Sscanf(string(out), "GDAL %d.%d", &major, &minor); err != nil {
		r.t.Fatalf("record: gdalinfo: no version in %q: %v", out, err)
	}
	if major < 3 || major == 3 && minor < 10 {
		r.t.Fatalf("record: %s hides ground next to the observer; use GDAL 3.10 or newer (Debian 13 has 3.10.3)", out)
	}
	return strings.TrimSpace(string(out))
}

// header describes the raw heights in the format of ENVI.
func (g *peerGround) header() string {
	kind := 4 // float32
	if g.metres {
		kind = 2 // int16
	}
	f := g.heights.Frame
	return fmt.Sprintf("ENVI\nsamples = %d\nlines = %d\nbands = 1\nheader offset = 0\n"+
		"file type = ENVI Standard\ndata type = %d\ninterleave = bsq\nbyte order = 0\n"+
		"map info = {UTM, 1, 1, %v, %v, %v, %v, 37, North, WGS-84, units=Meters}\n",
		g.cols, g.rows, kind, f.X0, f.Y0, f.DX, f.DY)
}

// ask runs gdal_viewshed and gives 255 for every cell that it saw.
func (r recorder) ask(c peerCase) (peerAnswer, []byte) {
	g := r.grounds[c.Terrain]
	at := g.heights.Center(c.Col, c.Row)
	args := []string{"-q", "-of", "ENVI"}
	for _, a := range []struct {
		flag  string
		value float64
	}{{"-ox", at.X}, {"-oy", at.Y}, {"-oz", c.Height}, {"-tz", c.Target}, {"-md", c.Range}, {"-cc", c.Curvature}} {
		args = append(args, a.flag, strconv.FormatFloat(a.value, 'f', -1, 64))
	}
	args = append(args, c.Terrain+".dat", "seen.dat")
	run := exec.Command("gdal_viewshed", args...)
	run.Dir = r.folder
	if out, err := run.CombinedOutput(); err != nil {
		r.t.Fatalf("record %s: %v: %s", c.Name, err, out)
	}
	seen, err := os.ReadFile(filepath.Join(r.folder, "seen.dat"))
	r.check(err)
	a := peerAnswer{peerCase: c, Command: "gdal_viewshed " + strings.Join(args, " "), Window: r.window(g)}
	if len(seen) != a.Window.Cols*a.Window.Rows {
		r.t.Fatalf("record %s: %d bytes for %+v", c.Name, len(seen), a.Window)
	}
	for _, v := range seen {
		if v == 255 {
			a.Seen++
		}
	}
	return a, seen
}

// window reads where GDAL's last answer lies on its terrain.
func (r recorder) window(g *peerGround) window {
	text, err := os.ReadFile(filepath.Join(r.folder, "seen.hdr"))
	r.check(err)
	number := func(pattern string) float64 {
		found := regexp.MustCompile(pattern).FindSubmatch(text)
		if found == nil {
			r.t.Fatalf("record: no %s in GDAL's header:\n%s", pattern, text)
		}
		v, err := strconv.ParseFloat(string(found[1]), 64)
		r.check(err)
		return v
	}
	f := g.heights.Frame
	west := number(`map info = \{UTM, 1, 1, ([0-9.]+),`)
	north := number(`map info = \{UTM, 1, 1, [0-9.]+, ([0-9.]+),`)
	return window{
		Col: int(math.Round((west - f.X0) / f.DX)), Row: int(math.Round((f.Y0 - north) / f.DY)),
		Cols: int(number(`samples *= (\d+)`)), Rows: int(number(`lines *= (\d+)`)),
	}
}

// sum counts, on the whole terrain, in how many of GDAL's answers a cell is seen.
func (r recorder) sum(s peerSum) []byte {
	g := r.grounds[s.Terrain]
	counts := make([]byte, g.cols*g.rows)
	for _, at := range s.Observers {
		c := s.peerCase
		c.Col, c.Row = at[0], at[1]
		a, seen := r.ask(c)
		for i, v := range seen {
			if v == 255 {
				counts[(a.Window.Row+i/a.Window.Cols)*g.cols+a.Window.Col+i%a.Window.Cols]++
			}
		}
	}
	return counts
}
