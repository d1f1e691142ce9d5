// Package export writes what was found as files that people and other
// programs open: a report as one HTML page, rasters as GeoTIFF, layers as
// GeoPackage and GeoJSON, figures as JSON, a line of sight as text and SVG.
//
// It takes a Plan: the area, the ground heights and the coverage on one metric
// grid, and where all of it comes from. Every product carries its marking
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

	"vedette/coverage"
	"vedette/crossing"
	"vedette/exposure"
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
	Priors     []exposure.Prior // what the crossings rest on and nobody measured
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
	if p.Provenance.At.IsZero() {
		errs = append(errs, errors.New("plan.provenance.at: is missing; give the time at which the plan was made"))
	}
	return errors.Join(errs...)
}

// product is one file of a plan.
type product struct {
	name       string
	restricted bool // not written for the public
	write      func(ctx context.Context, p Plan, w io.Writer) error
}

var products = []product{
	{"summary.json", false, func(_ context.Context, p Plan, w io.Writer) error { return p.Figures().Write(w) }},
	{"plan.geojson", false, func(_ context.Context, p Plan, w io.Writer) error { return GeoJSON(w, p) }},
	{"plan.gpkg", false, GeoPackage},
	{"coverage.tif", true, Coverage},
	{"seen-by.tif", true, SeenBy},
	{"report.html", false, Report},
}

// Write writes all products of p into dir, which is made if need be, and gives
// their paths. progress, which may be nil, is called before each file. A
// public plan is not written beside restricted products of an earlier one.
func Write(ctx context.Context, dir string, p Plan, progress func(file string, done, of int)) ([]string, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the products: %w", err)
	}
	todo, err := p.products(dir)
	if err != nil {
		return nil, err
	}
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

// products are the files that p may have in dir.
func (p Plan) products(dir string) ([]product, error) {
	if !p.Provenance.Public {
		return products, nil
	}
	var open []product
	for _, f := range products {
		if !f.restricted {
			open = append(open, f)
			continue
		}
		if _, err := os.Lstat(filepath.Join(dir, f.name)); err == nil {
			return nil, fmt.Errorf("%s: holds the restricted %s; give the public edition a folder of its own", dir, f.name)
		}
	}
	return open, nil
}
