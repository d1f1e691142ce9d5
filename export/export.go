// Package export writes what was found as files that people and other
// programs open: a report as one HTML page, rasters as GeoTIFF, layers as
// GeoPackage and GeoJSON, figures as JSON, a line of sight as text and SVG.
// docs/products.md lists them.
//
// It takes a Plan: the area, the ground heights, the coverage and, if they were
// computed, the weakest crossings on one metric grid, and where all of it comes
// from. Every product carries its marking
// (restricted, unless it is public), who made it, when and from what, and the
// attribution of its data. In a public plan nothing is written from which dead
// ground could be read: no cells, no kilometres, no places of posts.
//
// Files are readable by their owner only and appear whole or not at all. The
// same plan gives the same bytes; the time is the plan's. Distances in files
// are metres or kilometres, as their names say.
package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"vedette/coverage"
	"vedette/crossing"
	"vedette/frontier"
	"vedette/grid"
)

// Plan is what the products are made of. Nothing in it is changed.
type Plan struct {
	Area   *frontier.Area
	Result *coverage.Result
	// Ground is the heights on the frame of Result, NaN where there are none.
	Ground *grid.Tiled[float32]
	// Notes are sentences that the report adds to its assumptions: about the
	// heights (posting, voids) and about this computation. The public sees them.
	Notes      []string
	Provenance Provenance
	Crossing   *crossing.Result // nil leaves the crossings out
	Priors     []frontier.Prior // what the crossings rest on and nobody measured
}

// Check reports everything that a plan lacks.
func (p Plan) Check() error {
	if p.Area == nil || p.Result == nil || p.Result.Strip == nil || p.Ground == nil {
		return errors.New("plan: area, result, strip or ground is missing; compute the coverage first")
	}
	var errs []error
	if p.Ground.Frame != p.Result.Frame {
		errs = append(errs, fmt.Errorf("plan.ground: its frame %+v is not that of the result %+v; use one grid", p.Ground.Frame, p.Result.Frame))
	}
	if _, ok := p.Result.Frame.CRS.Zone(); !ok {
		errs = append(errs, fmt.Errorf("plan.result.frame: %v is no UTM zone; compute on a metric grid", p.Result.Frame.CRS))
	}
	if len(p.Result.Views) == 0 {
		errs = append(errs, errors.New("plan.result.views: there are none; give at least one condition"))
	}
	errs = append(errs, p.checkCrossing())
	if p.Provenance.At.IsZero() {
		errs = append(errs, errors.New("plan.provenance.at: is missing; give the time at which the plan was made"))
	}
	return errors.Join(errs...)
}

// checkCrossing reports what the crossings lack, if there are any.
func (p Plan) checkCrossing() error {
	r := p.crossings()
	if r == nil {
		return nil
	}
	if r.Worst < 0 || r.Worst >= len(r.Modes) {
		return fmt.Errorf("plan.crossing.worst: %d is none of its %d modes", r.Worst, len(r.Modes))
	}
	for i, m := range r.Modes {
		if m.Hazard == nil || m.Arrival == nil || m.Hazard.Frame != p.Result.Frame || m.Arrival.Frame != p.Result.Frame {
			return fmt.Errorf("plan.crossing.modes[%d]: its rasters are missing or not on the frame of the result; use one grid", i)
		}
	}
	return nil
}

// product is one file of a plan.
type product struct {
	name  string
	class class
	write func(ctx context.Context, p Plan, w io.Writer) error
}

// class is what kind of plan a product is written of.
type class uint8

const (
	anybodys    class = iota // of every plan
	restricted               // not for the public
	ofCrossings              // not for the public, and only where crossings were computed
)

var products = []product{
	{"summary.json", anybodys, func(_ context.Context, p Plan, w io.Writer) error { return p.Figures().Write(w) }},
	{"plan.geojson", anybodys, func(_ context.Context, p Plan, w io.Writer) error { return GeoJSON(w, p) }},
	{"plan.gpkg", anybodys, GeoPackage},
	{"coverage.tif", restricted, Coverage},
	{"seen-by.tif", restricted, SeenBy},
	{"exposure.tif", ofCrossings, Exposure},
	{"arrival.tif", ofCrossings, Arrival},
	{"porosity.geojson", ofCrossings, Porosity},
	{"crossings.geojson", ofCrossings, Crossings},
	{"report.html", anybodys, Report},
}

// Write writes all products of p into dir, which is made if need be, and gives
// their paths. progress, which may be nil, is called before each file. Nothing
// is written beside products of an earlier plan that would stay: see
// Edition.Check.
func Write(ctx context.Context, dir string, p Plan, progress func(file string, done, of int)) ([]string, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	if err := p.edition().Check(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the products: %w", err)
	}
	todo := p.edition().products()
	var paths []string
	for i, f := range todo {
		if err := ctx.Err(); err != nil {
			return paths, err
		}
		if progress != nil {
			progress(f.name, i, len(todo))
		}
		path := filepath.Join(dir, f.name)
		if err := File(path, func(w io.Writer) error { return f.write(ctx, p, w) }); err != nil {
			return paths, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// edition is which products p has.
func (p Plan) edition() Edition {
	return Edition{Public: p.Provenance.Public, Crossings: p.crossings() != nil}
}

// Edition is which products a plan has.
type Edition struct {
	Public    bool // what anybody may see, and nothing else
	Crossings bool // the weakest crossings, which the public edition never has
}

func (e Edition) has(c class) bool {
	switch c {
	case restricted:
		return !e.Public
	case ofCrossings:
		return e.Crossings && !e.Public
	}
	return true
}

// products are the files of the edition.
func (e Edition) products() []product {
	return slices.DeleteFunc(slices.Clone(products), func(f product) bool { return !e.has(f.class) })
}

// Check refuses a folder that holds products of another plan which this edition
// does not write over: they would pass for a part of it, or reach the public. A
// folder that does not exist is fine.
func (e Edition) Check(dir string) error {
	var stale []string
	for _, f := range products {
		if e.has(f.class) {
			continue
		}
		if _, err := os.Lstat(filepath.Join(dir, f.name)); err == nil {
			stale = append(stale, f.name)
		}
	}
	switch {
	case len(stale) == 0:
		return nil
	case e.Public:
		return fmt.Errorf("%s: holds the restricted %s; give the public edition a folder of its own", dir, list(stale))
	}
	return fmt.Errorf("%s: holds %s of an earlier plan with crossings, and this plan has none; give it a folder of its own, or remove them", dir, list(stale))
}
