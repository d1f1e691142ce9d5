package main

import (
	"bufio"
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"

	"vedette/grid"
	"vedette/viewshed"
)

//go:embed server.py
var server string

// gdal is a Python process with GDAL's library in it, which holds the same
// terrain as we do.
type gdal struct {
	Versions
	process *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

// Versions name what answers.
type Versions struct {
	GDAL   string `json:"version"`
	Python string `json:"python"`
	Numpy  string `json:"numpy"`
}

// startGDAL starts the interpreter, which must have the module osgeo.
func startGDAL(python string) (*gdal, error) {
	g := &gdal{process: exec.Command(python, "-c", server)}
	g.process.Stderr = os.Stderr
	var err error
	if g.in, err = g.process.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := g.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	g.out = bufio.NewReader(out)
	if err := g.process.Start(); err != nil {
		return nil, err
	}
	if err := g.ask(map[string]any{"do": "version"}, nil, &g.Versions); err != nil {
		return nil, errors.Join(fmt.Errorf("start GDAL: %s: %w; name a Python that has GDAL with --python (Debian: python3-gdal for /usr/bin/python3)", python, err), g.stop())
	}
	return g, nil
}

func (g *gdal) stop() error {
	g.in.Close()
	return g.process.Wait()
}

// ask sends a question, with data after it, and reads the answer.
func (g *gdal) ask(question map[string]any, data []byte, answer any) error {
	line, err := json.Marshal(question)
	if err != nil {
		return err
	}
	if _, err := g.in.Write(append(append(line, '\n'), data...)); err != nil {
		return err
	}
	if line, err = g.out.ReadBytes('\n'); err != nil {
		return err
	}
	var failed struct{ Error string }
	if err := json.Unmarshal(line, &failed); err != nil || failed.Error != "" {
		return errors.Join(err, errors.New(failed.Error))
	}
	return json.Unmarshal(line, answer)
}

// hold gives GDAL a terrain to look at.
func (g *gdal) hold(r *grid.Raster[float32]) error {
	data, err := binary.Append(nil, binary.LittleEndian, r.Data)
	if err != nil {
		return err
	}
	return g.ask(map[string]any{
		"do": "terrain", "bytes": len(data), "epsg": int(r.CRS), "cols": r.Cols, "rows": r.Rows,
		"x0": r.X0, "y0": r.Y0, "dx": r.DX, "dy": r.DY,
	}, data, &struct{}{})
}

// gdalSeen is GDAL's answer: its times, and if asked for what it saw, one bit
// per cell of its window.
type gdalSeen struct {
	Wall float64 `json:"wall_s"`
	CPU  float64 `json:"cpu_s"`
	Col  int     `json:"col"`
	Row  int     `json:"row"`
	Cols int     `json:"cols"`
	Rows int     `json:"rows"`
	Bits string  `json:"bits"`
}

func (g *gdal) see(o viewshed.Observer, p viewshed.Params, keep bool) (s gdalSeen, err error) {
	err = g.ask(map[string]any{
		"do": "see", "keep": keep, "col": o.Col, "row": o.Row, "height": o.Height,
		"range": o.MaxRange, "target": p.Target, "curvature": p.Curvature,
	}, nil, &s)
	return s, err
}

// differ counts the cells of GDAL's window that we see and it does not, or the
// other way round.
func (s gdalSeen) differ(ours *viewshed.Seen) (int, error) {
	bits, err := hex.DecodeString(s.Bits)
	if err != nil {
		return 0, err
	}
	if len(bits) < (s.Cols*s.Rows+7)/8 {
		return 0, errors.New("GDAL's answer is cut off")
	}
	n := 0
	for i := range s.Cols * s.Rows {
		at := image.Pt(s.Col+i%s.Cols, s.Row+i/s.Cols)
		if (at.In(ours.Window) && ours.At(at.X, at.Y)) != (bits[i/8]>>(i%8)&1 == 1) {
			n++
		}
	}
	return n, nil
}
