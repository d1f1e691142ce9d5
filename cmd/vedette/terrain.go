package main

import (
	"errors"
	"fmt"
	"image"
	"io"
	"math"
	"os"
	"path/filepath"

	"vedette/grid"
	"vedette/grid/geotiff"
	"vedette/internal/app"
	"vedette/terrain"
	"vedette/terrain/glo30"
)

type terrainCommands struct {
	Info  terrainInfo  `cmd:"" help:"Say what height files are worth."`
	Make  terrainMake  `cmd:"" help:"Make illustrative terrain for an area from its spot heights."`
	Fetch terrainFetch `cmd:"" help:"Download the Copernicus GLO-30 heights of an area."`
}

type terrainInfo struct {
	Files []string `arg:"" help:"Height files or folders (GeoTIFF, SRTM, DTED)." placeholder:"FILE" type:"path"`
}

func (terrainInfo) Help() string {
	return `Prints the reference system, the posting in metres, extent, lowest and highest height and voids of each
file, and a warning where it is too coarse for siting.

Example:
  vedette terrain info N34E041.hgt.gz`
}

func (c terrainInfo) Run(con *console) error {
	dem, err := terrain.OpenDEM(c.Files)
	if err != nil {
		return err
	}
	defer dem.Close()
	all, err := dem.Survey(con)
	if err != nil {
		return err
	}
	return con.print(all, func(w io.Writer) {
		for _, f := range all {
			printSurvey(w, f)
		}
	})
}

func printSurvey(w io.Writer, f terrain.Survey) {
	fmt.Fprintf(w, "%s\n  %s, %s\n", f.File, f.Format, f.CRS)
	fmt.Fprintf(w, "  %d x %d posts, %.1f by %.1f m apart\n", f.Cols, f.Rows, f.PostingXM, f.PostingYM)
	fmt.Fprintf(w, "  %.6g to %.6g east, %.6g to %.6g north\n", f.West, f.East, f.South, f.North)
	if f.Voids == f.Cols*f.Rows {
		fmt.Fprintln(w, "  no heights: every post is a void")
	} else {
		fmt.Fprintf(w, "  heights %.1f to %.1f m, %d voids\n", f.LowestM, f.HighestM, f.Voids)
	}
	for _, note := range f.Notes {
		fmt.Fprintln(w, "  note:", note)
	}
	if f.Warning != "" {
		fmt.Fprintln(w, "  WARNING:", f.Warning)
	}
}

type terrainMake struct {
	Area string  `arg:"" help:"The area file; its settings describe the terrain (terrain.made)." placeholder:"AREA"`
	Out  string  `required:"" help:"The GeoTIFF to write." placeholder:"FILE" type:"path"`
	Cell float64 `help:"Side of a cell in metres, instead of the area's." placeholder:"M"`
}

func (terrainMake) Help() string {
	return `Makes terrain from the area's spot heights, rivers and seed. It is illustrative, no measured terrain, and
the file says so.

Example:
  vedette terrain make examples/al-qaim/al-qaim.area.geojson --out made.tif`
}

// made is what terrain make prints as JSON.
type made struct {
	Out       string `json:"out"`
	CRS       string `json:"crs"`
	Cols      int    `json:"cols"`
	Rows      int    `json:"rows"`
	Synthetic bool   `json:"synthetic"`
	From      string `json:"from"`
}

func (c terrainMake) Run(con *console) error {
	if c.Cell < 0 {
		return misuse("--cell: %g is not a length in metres", c.Cell)
	}
	src, err := app.OpenArea(c.Area)
	if err != nil {
		return err
	}
	m, err := terrain.NewMade(src.Area)
	if err != nil {
		return err
	}
	frame, err := terrain.FrameOf(src.Area, c.Cell)
	if err != nil {
		return err
	}
	p := newProgress(con.err)
	err = geotiff.WriteFile(c.Out, frame, geotiff.Options{
		Description: "SYNTHETIC: " + m.String(), Resample: geotiff.Average,
		Metadata: map[string]string{"SYNTHETIC": "yes", "AREA": src.Area.Settings.Name},
	}, func(dst []float32, _ int, r image.Rectangle) error {
		p.step("terrain", r.Max.Y, frame.Rows)
		m.Fill(&grid.Raster[float32]{Frame: frame.Window(r), Data: dst})
		return con.Err()
	})
	p.end()
	if err != nil {
		return err
	}
	result := made{c.Out, frame.CRS.String(), frame.Cols, frame.Rows, true, m.String()}
	return con.print(result, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %d x %d cells of %g m, %s\n  SYNTHETIC: %s; no height was measured\n",
			c.Out, frame.Cols, frame.Rows, frame.DX, result.CRS, result.From)
	})
}

type terrainFetch struct {
	Area   string `arg:"" help:"The area file." placeholder:"AREA"`
	Dir    string `help:"Folder for the tiles; by default one in your cache folder, shared by all areas." placeholder:"DIR" type:"path"`
	Base   string `help:"Where the tiles are." default:"${glo30}" placeholder:"URL"`
	DryRun bool   `help:"Say what would be fetched, and how much, and stop."`
}

func (terrainFetch) Help() string {
	return `Downloads the Copernicus GLO-30 tiles (30 m, free) that cover the area, keeps what a broken download had,
and checks what came.

Example:
  vedette terrain fetch examples/al-qaim/al-qaim.area.geojson --dry-run`
}

// fetched is what terrain fetch prints as JSON.
type fetched struct {
	Tiles       []glo30.Item `json:"tiles"`
	Files       []string     `json:"files"`
	Attribution string       `json:"attribution"`
}

func (c terrainFetch) Run(con *console) error {
	src, err := app.OpenArea(c.Area)
	if err != nil {
		return err
	}
	dir, err := c.folder()
	if err != nil {
		return err
	}
	p := newProgress(con.err)
	box := src.Area.Settings.Box
	fetcher := &glo30.Fetcher{Base: c.Base, Dir: dir, Progress: func(done, total int64, tile string) {
		p.step(tile, int(done>>10), int(max(total>>10, 1)))
	}}
	const second = 1. / 3600 // the posts of a tile's south and east edge are its neighbours'
	names := glo30.Tiles(box[0]-second, box[1]-second, box[2]+second, box[3]+second)
	if c.DryRun {
		return c.plan(con, fetcher, names)
	}
	files, err := fetcher.Fetch(con, names)
	p.end()
	if err != nil {
		return err
	}
	return con.print(fetched{Files: files, Attribution: glo30.Attribution}, func(w io.Writer) {
		for _, f := range files {
			fmt.Fprintln(w, f)
		}
		fmt.Fprintf(w, "\nUse them with: vedette plan %s --dem %s --out out/\n%s\n", c.Area, dir, glo30.Attribution)
	})
}

func (c terrainFetch) plan(con *console, f *glo30.Fetcher, names []string) error {
	items, err := f.Plan(con, names)
	if err != nil {
		return err
	}
	return con.print(fetched{Tiles: items, Attribution: glo30.Attribution}, func(w io.Writer) {
		total := int64(0)
		for _, item := range items {
			fmt.Fprintln(w, item)
			total += item.Bytes
		}
		fmt.Fprintf(w, "%d tiles, %.1f MB to fetch\n", len(items), math.Ceil(float64(total)/1e5)/10)
	})
}

func (c terrainFetch) folder() (string, error) {
	if c.Dir != "" {
		return c.Dir, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", errors.Join(errors.New("there is no cache folder; give one with --dir"), err)
	}
	return filepath.Join(cache, "vedette", "glo30"), nil
}
