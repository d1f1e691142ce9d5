package viewshed_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
)

const peersFolder = "testdata/gdal"

// peerCase is one question to GDAL and to us.
type peerCase struct {
	Name      string  `json:"name"`
	Terrain   string  `json:"terrain"`
	Col       int     `json:"col"`
	Row       int     `json:"row"`
	Height    float64 `json:"height_m"`
	Target    float64 `json:"target_m"`
	Curvature float64 `json:"curvature"`
	Range     float64 `json:"range_m"`
}

var peerCases = []peerCase{
	{"mountains-tower", "mountains", 500, 500, 15, 1.7, 0.857, 15000},
	{"mountains-no-curvature", "mountains", 431, 562, 5, 0, 0, 15000},
	{"mountains-curvature-1", "mountains", 583, 400, 3, 3, 1, 15000},
	{"mountains-north-west-corner", "mountains", 0, 0, 30, 1.7, 0.75, 20000},
	{"mountains-east-edge", "mountains", 1000, 437, 10, 0, 1, 15000},
	{"mountains-whole", "mountains", 936, 385, 25, 3, 0.857, 45000},
	{"mountains-ragged-range", "mountains", 350, 700, 12, 1.7, 0.75, 7777.7},
	{"desert-tower", "desert", 500, 500, 15, 1.7, 0.857, 15000},
	{"desert-no-curvature", "desert", 311, 640, 5, 0, 0, 15000},
	{"desert-north-east-corner", "desert", 999, 1, 12, 3, 0.75, 30000},
	{"desert-eyes-of-a-man", "desert", 610, 290, 1.7, 1.7, 0.857, 12000},
	{"desert-curvature-1", "desert", 480, 530, 10, 0, 1, 15000},
	{"flat-tower", "flat", 500, 500, 15, 0, 0.857, 15000},
	{"flat-west-edge", "flat", 0, 500, 12, 1.7, 1, 15000},
	{"flat-eyes-on-the-ground", "flat", 503, 497, 0, 0, 0, 15000},
	{"flat-south-row", "flat", 641, 1000, 5, 3, 0.75, 15000},
	{"terraces-tower", "terraces", 500, 500, 15, 1.7, 0.857, 15000},
	{"terraces-no-curvature", "terraces", 520, 480, 10, 0, 0, 15000},
	{"terraces-south-west-corner", "terraces", 0, 1000, 30, 3, 0.75, 25000},
	{"oblong-tower", "oblong", 500, 400, 15, 1.7, 0.857, 11000},
	{"oblong-north-edge", "oblong", 700, 0, 30, 0, 1, 15000},
	{"holes-tower", "holes", 512, 576, 15, 1.7, 0.857, 15000},
	{"holes-east-edge", "holes", 999, 620, 20, 3, 0, 15000},
}

// peerSum is a question for how many observers see each cell.
type peerSum struct {
	peerCase           // of each observer, but for its place
	Observers [][2]int `json:"observers_col_row"`
}

var peerCoverage = peerSum{
	peerCase: peerCase{"mountains-coverage", "mountains", 0, 0, 12, 1.7, 0.857, 6000},
	Observers: [][2]int{
		{120, 180}, {210, 260}, {290, 300}, {360, 420}, {455, 430}, {520, 540},
		{600, 610}, {660, 700}, {745, 720}, {830, 800}, {900, 910}, {1000, 960},
	},
}

// peerAnswer is what GDAL said: the command, the window of its output and how
// many cells it saw there; the cells lie in a file of the case's name.
type peerAnswer struct {
	peerCase
	Command string `json:"command"`
	Window  window `json:"window"`
	Seen    int    `json:"seen"`
}

type window struct {
	Col  int `json:"col"`
	Row  int `json:"row"`
	Cols int `json:"cols"`
	Rows int `json:"rows"`
}

func (w window) rectangle() image.Rectangle {
	return image.Rect(w.Col, w.Row, w.Col+w.Cols, w.Row+w.Rows)
}

// peerManifest describes the recorded answers.
type peerManifest struct {
	GDAL     string            `json:"gdal"`
	Terrains map[string]string `json:"terrains_sha256"`
	Answers  []peerAnswer      `json:"answers"`
	Coverage struct {
		peerSum
		Seen int `json:"seen"` // sum of the counts
	} `json:"coverage"`
}

func readManifest() (m peerManifest, err error) {
	text, err := os.ReadFile(filepath.Join(peersFolder, "manifest.json"))
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(text, &m)
}

func (m peerManifest) write() error {
	text, err := json.MarshalIndent(m, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(peersFolder, "manifest.json"), append(text, '\n'), 0o644)
}

// pack keeps one bit per cell, the first cell in the lowest bit.
func pack(seen []byte) []byte {
	bits := make([]byte, (len(seen)+7)/8)
	for i, v := range seen {
		if v != 0 {
			bits[i/8] |= 1 << (i % 8)
		}
	}
	return bits
}

func writeGzip(name string, data []byte) error {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(peersFolder, name), b.Bytes(), 0o644)
}

// readGzip reads a file that holds exactly n bytes.
func readGzip(name string, n int) ([]byte, error) {
	f, err := os.Open(filepath.Join(peersFolder, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	data, err := io.ReadAll(io.LimitReader(r, int64(n)+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(data) != n {
		return nil, fmt.Errorf("%s: holds %d bytes, not %d; record it again with make peers", name, len(data), n)
	}
	return data, nil
}
