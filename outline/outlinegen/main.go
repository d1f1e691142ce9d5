// Command outlinegen makes outline/outline.bin: the countries of Natural Earth
// at 1:10 million, from the npm package world-atlas.
//
//	go run ./outline/outlinegen outline/outline.bin
//
// It fetches the package by npm in the version that is written here; --file
// takes its countries-10m.json instead. The same file gives the same bytes.
// With -if-npm it leaves the outlines alone, and says so, on a machine where
// npm is missing or cannot fetch.
package main

import (
	"archive/tar"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"golang.org/x/text/language"
)

const source = "world-atlas@2.0.2"

func main() {
	log.SetFlags(0)
	ifNPM := flag.Bool("if-npm", false, "leave the outlines alone where npm cannot fetch")
	file := flag.String("file", "", "countries-10m.json, instead of fetching it")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("usage: outlinegen [-if-npm] [-file countries-10m.json] outline.bin")
	}
	text, err := read(*file)
	if err != nil && *ifNPM {
		log.Printf("%v; %s stays as it is", err, flag.Arg(0))
		return
	}
	if err != nil {
		log.Fatal(err)
	}
	packed, err := pack(text)
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(flag.Arg(0), packed, 0o644); err != nil {
		log.Fatal(err)
	}
}

func read(file string) ([]byte, error) {
	if file != "" {
		return os.ReadFile(file)
	}
	dir, err := os.MkdirTemp("", "outlinegen")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command("npm", "pack", "--silent", source)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("npm pack %s: %v: %s", source, err, bytes.TrimSpace(out))
	}
	archives, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(archives) != 1 {
		return nil, fmt.Errorf("npm pack %s made %d archives", source, len(archives))
	}
	return member(archives[0], "package/countries-10m.json")
}

// member gives one file of a .tgz.
func member(archive, name string) ([]byte, error) {
	f, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s has no %s", archive, name)
		}
		if err != nil {
			return nil, err
		}
		if h.Name == name {
			return io.ReadAll(r)
		}
	}
}

type topology struct {
	Arcs      [][][2]int64
	Transform struct{ Scale, Translate [2]float64 }
	Objects   struct {
		Countries struct {
			Geometries []geometry
		}
	}
}

type geometry struct {
	Type       string
	ID         string
	Properties struct{ Name string }
	Arcs       json.RawMessage
}

func pack(text []byte) ([]byte, error) {
	var t topology
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, fmt.Errorf("parse the outlines: %w", err)
	}
	var b []byte
	for _, v := range t.Transform.Translate {
		b = binary.AppendVarint(b, int64(math.Round(v*1e9)))
	}
	for _, v := range t.Transform.Scale {
		b = binary.AppendVarint(b, int64(math.Round(v*1e12)))
	}
	b = binary.AppendUvarint(b, uint64(len(t.Arcs)))
	for _, arc := range t.Arcs {
		b = binary.AppendUvarint(b, uint64(len(arc)))
		for _, p := range arc {
			b = binary.AppendVarint(binary.AppendVarint(b, p[0]), p[1])
		}
	}
	b = binary.AppendUvarint(b, uint64(len(t.Objects.Countries.Geometries)))
	for _, g := range t.Objects.Countries.Geometries {
		var err error
		if b, err = g.append(b); err != nil {
			return nil, fmt.Errorf("%s: %w", g.Properties.Name, err)
		}
	}
	return squeeze(b)
}

func (g geometry) append(b []byte) ([]byte, error) {
	var polygons [][][]int64
	switch g.Type {
	case "MultiPolygon":
		if err := json.Unmarshal(g.Arcs, &polygons); err != nil {
			return nil, err
		}
	case "Polygon":
		polygons = make([][][]int64, 1)
		if err := json.Unmarshal(g.Arcs, &polygons[0]); err != nil {
			return nil, err
		}
	}
	b = appendText(appendText(b, g.code()), g.Properties.Name)
	b = binary.AppendUvarint(b, uint64(len(polygons)))
	for _, rings := range polygons {
		b = binary.AppendUvarint(b, uint64(len(rings)))
		for _, arcs := range rings {
			b = binary.AppendUvarint(b, uint64(len(arcs)))
			for _, k := range arcs {
				b = binary.AppendVarint(b, k)
			}
		}
	}
	return b, nil
}

// code is the two letters of a country's number in ISO 3166-1.
func (g geometry) code() string {
	if g.Properties.Name == "Kosovo" {
		return "XK"
	}
	n, err := strconv.Atoi(g.ID)
	if err != nil {
		return ""
	}
	region, err := language.EncodeM49(n)
	if err != nil {
		return ""
	}
	return region.String()
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func squeeze(b []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
