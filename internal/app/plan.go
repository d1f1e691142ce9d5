// Package app joins the parts of Vedette into what its commands do: a plan in
// files, and a plan served on loopback.
package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"vedette/coverage"
	"vedette/crossing"
	"vedette/export"
	"vedette/exposure"
	"vedette/frontier"
	"vedette/geo"
	"vedette/terrain"
	"vedette/terrain/glo30"
	"vedette/viewshed"
)

// Source is an area and where it came from.
type Source struct {
	Area *frontier.Area
	Name string // of the file
	Sum  string // SHA-256 of its bytes, hexadecimal
	Dir  string // against which its DEM files are named
}

// OpenArea reads an area file.
func OpenArea(path string) (Source, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Source{}, fmt.Errorf("open the area: %w", err)
	}
	return ParseArea(text, filepath.Base(path), filepath.Dir(path))
}

// ParseArea reads the bytes of an area file called name.
func ParseArea(text []byte, name, dir string) (Source, error) {
	area, err := frontier.Read(bytes.NewReader(text))
	if err != nil {
		return Source{}, fmt.Errorf("%s:\n%w", name, err)
	}
	sum := sha256.Sum256(text)
	return Source{Area: area, Name: name, Sum: hex.EncodeToString(sum[:]), Dir: dir}, nil
}

// PlanSettings say how an area is planned. Zero values take the area's own.
type PlanSettings struct {
	Out        string    // folder for the products
	Cell       float64   // metres
	At         time.Time // one moment instead of day, night and dust
	Visibility float64   // metres, instead of the area's on a clear day
	DEM        []string  // instead of the area's terrain
	Mode       viewshed.Mode
	Movers     []string // how intruders move; none leaves the crossings out
	Public     bool     // leave dead ground out
	By         string   // who makes the products
	Made       time.Time
	Version    string
	Progress   func(stage string, done, total int)
}

func (s PlanSettings) stage(name string) func(done, total int) {
	return func(done, total int) {
		if s.Progress != nil {
			s.Progress(name, done, total)
		}
	}
}

// Planned is what a plan came to.
type Planned struct {
	Summary export.Summary
	Files   []string
}

// Plan computes what the line of an area sees and where it is weak, and writes
// the products.
func Plan(ctx context.Context, src Source, s PlanSettings) (*Planned, error) {
	edition := export.Edition{Public: s.Public, Crossings: len(s.Movers) > 0}
	if err := edition.Check(s.Out); err != nil { // before the work, not after it
		return nil, err
	}
	if s.Visibility > 0 {
		area := *src.Area
		area.Settings.VisibilityKM = s.Visibility / 1000
		src.Area = &area
	}
	ground, err := terrain.Open(ctx, src.Area, terrain.Options{
		DEM: s.DEM, BaseDir: src.Dir, Cell: s.Cell, Progress: s.stage("terrain"),
	})
	if err != nil {
		return nil, err
	}
	result, err := coverage.Compute(ctx, coverage.Plan{
		Area: src.Area, Terrain: ground, Conditions: conditions(src.Area, s),
		Mode: s.Mode, Progress: s.stage("sight"),
	})
	if err != nil {
		return nil, err
	}
	line, err := Cross(ctx, src.Area, ground, result, s)
	if err != nil {
		return nil, err
	}
	plan := export.Plan{
		Area: src.Area, Ground: ground.Ground, Result: result,
		Notes: notes(ground, s.Mode), Provenance: provenance(src, ground, s),
	}
	if line != nil {
		plan.Crossing, plan.Priors = line.Result(), crossing.Priors()
		plan.Notes = append(plan.Notes, beyondNotes(src.Area, line)...)
	}
	files, err := export.Write(ctx, s.Out, plan, func(file string, done, of int) { s.stage("products")(done, of) })
	if err != nil {
		return nil, err
	}
	return &Planned{Summary: plan.Figures(), Files: files}, nil
}

func conditions(area *frontier.Area, s PlanSettings) []exposure.Condition {
	set := area.Settings
	if !s.At.IsZero() {
		return []exposure.Condition{exposure.At(set, middle(area), s.At)}
	}
	return exposure.Standard(set)
}

// middle is the centre of the area's box.
func middle(area *frontier.Area) geo.Point {
	box := area.Settings.Box
	return geo.Point{Lat: (box[1] + box[3]) / 2, Lon: (box[0] + box[2]) / 2}
}

func provenance(src Source, ground *terrain.Terrain, s PlanSettings) export.Provenance {
	p := export.Provenance{
		By: s.By, At: s.Made, Software: "Vedette " + s.Version,
		Area:         export.Input{Name: src.Name, SHA256: src.Sum},
		Synthetic:    ground.Info.Synthetic,
		Illustrative: src.Area.Settings.Illustrative,
		NotForSiting: terrain.NotForSiting(ground.Info.TrueResolutionM),
		Public:       s.Public,
		Attribution:  src.Area.Settings.Attribution,
	}
	for _, name := range ground.Info.Sources {
		p.Terrain = append(p.Terrain, export.Input{Name: filepath.Base(name)})
	}
	if slices.ContainsFunc(ground.Info.Sources, glo30.Is) {
		p.Attribution = append(slices.Clone(p.Attribution), glo30.Attribution)
	}
	if made := src.Area.Settings.Terrain.Made; ground.Info.Synthetic && made != nil {
		p.Seed = made.Seed
	}
	return p
}

// notes says how the heights were made and sight computed.
func notes(ground *terrain.Terrain, mode viewshed.Mode) []string {
	info := ground.Info
	all := []string{
		fmt.Sprintf("Heights: posting %.0f m, true resolution %.0f m, on cells of %.0f m; interpolation: %s%s.",
			info.PostingM, info.TrueResolutionM, ground.Frame.DX, info.Resampling, interpolationError(info)),
		fmt.Sprintf("Sight was computed in the mode %q.", mode),
	}
	if info.Voids+info.Holes > 0 {
		all = append(all, fmt.Sprintf("%d cells without a height were filled from their neighbours; %d larger holes were left and count as neither seen nor unseen.", info.Voids, info.Holes))
	}
	return all
}

func interpolationError(info terrain.Info) string {
	if info.Synthetic {
		return ""
	}
	return fmt.Sprintf(", with an error (RMS) below %.1f m, measured by leaving every other post out", info.ResamplingRMSM)
}
