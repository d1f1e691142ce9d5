package viewshed

import (
	"errors"
	"fmt"
	"image"
	"math"

	"vedette/grid"
)

// check gives everything that is wrong with the arguments of a viewshed.
func check(s Surface, o Observer, p Params) error {
	if err := s.check(); err != nil {
		return err
	}
	return errors.Join(o.check(s.Ground), p.check())
}

func (s Surface) check() error {
	if s.Ground == nil || s.Screen == nil {
		return errors.New("viewshed: surface: ground or screen is missing; give the same raster twice where nothing stands on the ground")
	}
	f := s.Ground.Frame
	if s.Screen.Frame != f {
		return fmt.Errorf("viewshed: surface: ground is %s and screen is %s; lay both on the same frame", sides(f), sides(s.Screen.Frame))
	}
	if f.CRS.Geographic() {
		return fmt.Errorf("viewshed: surface: the frame is in degrees (%s); project it to metres, such as its UTM zone, first", f.CRS)
	}
	if !positive(f.DX) || !positive(f.DY) || f.Cols < 1 || f.Rows < 1 {
		return fmt.Errorf("viewshed: surface: a frame of %s has no cells; give sides and counts above zero", sides(f))
	}
	if n := f.Cols * f.Rows; len(s.Ground.Data) != n || len(s.Screen.Data) != n {
		return fmt.Errorf("viewshed: surface: %d ground and %d screen heights for %d cells; give one height for each cell", len(s.Ground.Data), len(s.Screen.Data), n)
	}
	return s.checkWalls()
}

func sides(f grid.Frame) string {
	return fmt.Sprintf("%d x %d cells of %g x %g m at %g, %g (%s)", f.Cols, f.Rows, f.DX, f.DY, f.X0, f.Y0, f.CRS)
}

func (s Surface) checkWalls() error {
	for i, w := range s.Walls {
		if sum := w.A.X + w.A.Y + w.B.X + w.B.Y + w.Height; !finite(sum) || w.Height < 0 {
			return fmt.Errorf("viewshed: surface: walls[%d]: from %g, %g to %g, %g with height %g m is no wall; give finite ends and a height of zero or more", i, w.A.X, w.A.Y, w.B.X, w.B.Y, w.Height)
		}
	}
	return nil
}

func (o Observer) check(ground *grid.Raster[float32]) error {
	if !image.Pt(o.Col, o.Row).In(ground.Bounds()) {
		return fmt.Errorf("viewshed: observer: column %d, row %d lies outside the %d x %d cells of the surface; place it inside", o.Col, o.Row, ground.Cols, ground.Rows)
	}
	if z := ground.At(o.Col, o.Row); !finite(float64(z)) {
		return fmt.Errorf("viewshed: observer: the ground at column %d, row %d is a void; fill it or move the observer", o.Col, o.Row)
	}
	if !finite(o.Height) || o.Height < 0 {
		return fmt.Errorf("viewshed: observer: height: %g m; give the height of the eyes above the ground, zero or more", o.Height)
	}
	if !positive(o.MaxRange) || !(o.MinRange >= 0 && o.MinRange <= o.MaxRange) {
		return fmt.Errorf("viewshed: observer: range: from %g to %g m; give zero or more, and then a larger one", o.MinRange, o.MaxRange)
	}
	return o.checkLook()
}

func (o Observer) checkLook() error {
	if !finite(o.ArcFrom) || !finite(o.ArcTo) {
		return fmt.Errorf("viewshed: observer: arc: from %g to %g; give bearings in degrees", o.ArcFrom, o.ArcTo)
	}
	if !(o.MinElevation >= -90 && o.MaxElevation <= 90 && o.MinElevation <= o.MaxElevation) {
		return fmt.Errorf("viewshed: observer: elevation: from %g to %g; give the lower of two angles between -90 and 90 degrees first", o.MinElevation, o.MaxElevation)
	}
	return nil
}

func (p Params) check() error {
	switch p.Mode {
	case "", Ray, GDAL, Exact:
	default:
		return fmt.Errorf("viewshed: mode: %q is unknown; use %s, %s or %s", p.Mode, Ray, GDAL, Exact)
	}
	if !finite(p.Target) || p.Target < 0 {
		return fmt.Errorf("viewshed: target: %g m; give its height above the ground, zero or more", p.Target)
	}
	return checkCurvature(p.Curvature)
}

func checkCurvature(cc float64) error {
	if !(cc >= 0 && cc <= 1) {
		return fmt.Errorf("viewshed: curvature: %g; give 0 (flat) to 1 (no refraction), 0.85714 for light, 0.75 for radio", cc)
	}
	return nil
}

func finite(v float64) bool   { return !math.IsNaN(v) && !math.IsInf(v, 0) }
func positive(v float64) bool { return v > 0 && finite(v) }
