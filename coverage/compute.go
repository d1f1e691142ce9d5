package coverage

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"vedette/exposure"
	"vedette/frontier"
	"vedette/geo"
	"vedette/grid"
	"vedette/terrain"
	"vedette/viewshed"
)

// Plan is what a coverage is computed from.
type Plan struct {
	Area       *frontier.Area
	Terrain    *terrain.Terrain
	Conditions []exposure.Condition // at most eight
	Mode       viewshed.Mode
	Progress   func(done, total int) // may be nil; called from several goroutines
}

func workers() int { return runtime.GOMAXPROCS(0) }

// Compute finds what the line of p sees. Sight does not depend on the light,
// so each sensor's viewshed is computed once, to its longest reach, and cut to
// its reach in each condition. It uses all cores; the same plan gives the same
// result on any number of them.
func Compute(ctx context.Context, p Plan) (*Result, error) {
	if len(p.Conditions) == 0 || len(p.Conditions) > 8 {
		return nil, fmt.Errorf("compute coverage: %d conditions; give one to eight", len(p.Conditions))
	}
	zone, ok := p.Terrain.Frame.CRS.Zone()
	if !ok {
		return nil, fmt.Errorf("compute coverage: the terrain's grid is %v; it must be a UTM zone", p.Terrain.Frame.CRS)
	}
	line := frontier.NewLine(p.Area.Frontier, zone.Project)
	set := p.Area.Settings
	strip, err := NewStrip(ctx, line, p.Terrain.Ground, Depth{Far: set.DepthFarKM * 1000, Own: set.DepthOwnKM * 1000})
	if err != nil {
		return nil, err
	}
	posts, err := posts(p, zone)
	if err != nil {
		return nil, err
	}
	res := &Result{Frame: p.Terrain.Frame, Strip: strip, Sites: make([]SiteView, len(posts))}
	if err := look(ctx, p, posts, res.Sites); err != nil {
		return nil, err
	}
	if res.Mutual, err = mutual(ctx, p, posts); err != nil {
		return nil, err
	}
	res.Views, err = tally(ctx, p, res)
	return res, err
}

// post is a site on the grid.
type post struct {
	site     *frontier.Site
	zone     geo.Zone
	at       geo.XY
	col, row int
	ground   float64
	eyes     float64 // above the ground
	turn     float64 // true bearing = grid bearing + turn
	stretch  float64 // grid metres in a metre on the ground
}

// posts places the sites on the grid, and reports all that cannot be placed.
func posts(p Plan, zone geo.Zone) ([]post, error) {
	crest := map[string]float64{}
	for _, b := range p.Area.Barriers {
		crest[b.ID] = b.HeightM
	}
	all := make([]post, len(p.Area.Sites))
	var wrong []error
	for i := range p.Area.Sites {
		site := &p.Area.Sites[i]
		at := zone.Project(site.At)
		col, row, ok := p.Terrain.Frame.Cell(at)
		ground := math.NaN()
		if ok {
			ground = float64(p.Terrain.Ground.At(col, row))
		}
		if math.IsNaN(ground) {
			wrong = append(wrong, fmt.Errorf("site %q at %v stands where the terrain has no height; move it, or give terrain that covers it", site.ID, site.At))
			continue
		}
		all[i] = post{
			site: site, zone: zone, at: at, col: col, row: row, ground: ground,
			eyes: site.HeightM + crest[site.On],
			turn: zone.Convergence(site.At), stretch: zone.Scale(site.At),
		}
	}
	return all, errors.Join(wrong...)
}

// look computes the view of every site.
func look(ctx context.Context, p Plan, posts []post, views []SiteView) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers())
	var done atomic.Int64
	scratch := sync.Pool{New: func() any { return new(viewshed.Computer) }}
	for i, post := range posts {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			c := scratch.Get().(*viewshed.Computer)
			defer scratch.Put(c)
			view, err := post.view(p, c)
			if err != nil {
				return fmt.Errorf("site %q: %w", post.site.ID, err)
			}
			views[i] = view
			if p.Progress != nil {
				p.Progress(int(done.Add(1)), len(posts))
			}
			return nil
		})
	}
	return group.Wait()
}

// view computes what one site sees in each condition.
func (o post) view(p Plan, c *viewshed.Computer) (SiteView, error) {
	reach := o.reach(p.Conditions)
	longest := 0.
	for _, r := range reach {
		for _, metres := range r {
			longest = max(longest, metres)
		}
	}
	window := o.window(p.Terrain.Frame, longest)
	v := SiteView{Site: o.site, GroundM: o.ground, Window: window, Seen: make([]uint8, window.Dx()*window.Dy())}
	if o.site.State == "down" || longest == 0 {
		return v, nil
	}
	surface := surface(p, window)
	for i, sensor := range o.site.Sensors {
		observer := o.observer(sensor, window, reach[i])
		if observer.MaxRange == 0 {
			continue
		}
		seen, err := c.Compute(surface, observer, o.params(p))
		if err != nil {
			return v, err
		}
		v.add(seen, disc{observer.Col, observer.Row, surface.Ground.DX, reach[i]})
	}
	return v, nil
}

func (o post) params(p Plan) viewshed.Params {
	return viewshed.Params{Mode: p.Mode, Target: p.Area.Settings.TargetHeightM, Curvature: p.Area.Settings.Curvature}
}

// reach gives for each sensor its reach in each condition, in grid metres.
func (o post) reach(conditions []exposure.Condition) [][]float64 {
	all := make([][]float64, len(o.site.Sensors))
	for i, sensor := range o.site.Sensors {
		for _, c := range conditions {
			all[i] = append(all[i], c.Reach(sensor)*o.stretch)
		}
	}
	return all
}

func (o post) window(f grid.Frame, reach float64) image.Rectangle {
	n := int(reach/f.DX) + 1
	return image.Rect(o.col-n, o.row-n, o.col+n+1, o.row+n+1).Intersect(f.Bounds())
}

func surface(p Plan, window image.Rectangle) viewshed.Surface {
	ground, screen, walls := p.Terrain.Window(window, p.Mode == viewshed.GDAL)
	return viewshed.Surface{Ground: ground, Screen: screen, Walls: walls}
}

func (o post) observer(s frontier.Sensor, window image.Rectangle, reach []float64) viewshed.Observer {
	v := viewshed.Observer{
		Col: o.col - window.Min.X, Row: o.row - window.Min.Y,
		Height: o.eyes, MinRange: s.MinRangeM * o.stretch,
	}
	for _, metres := range reach {
		v.MaxRange = max(v.MaxRange, metres)
	}
	if s.ArcFromDeg != nil && s.ArcToDeg != nil {
		v.ArcFrom, v.ArcTo = *s.ArcFromDeg-o.turn, *s.ArcToDeg-o.turn
	}
	if s.MinElevationDeg != nil || s.MaxElevationDeg != nil {
		v.MinElevation, v.MaxElevation = orElse(s.MinElevationDeg, -90), orElse(s.MaxElevationDeg, 90)
	}
	return v
}

func orElse(v *float64, otherwise float64) float64 {
	if v == nil {
		return otherwise
	}
	return *v
}

// disc tells how far a sensor reaches around its cell in each condition.
type disc struct {
	col, row int
	cell     float64
	reach    []float64
}

// add marks what a sensor sees with a bit for every condition it reaches in.
func (v *SiteView) add(seen *viewshed.Seen, d disc) {
	for row := range v.Window.Dy() {
		line := v.Seen[row*v.Window.Dx():][:v.Window.Dx()]
		for col := range line {
			if seen.At(col, row) {
				line[col] |= d.bits(col, row)
			}
		}
	}
}

func (d disc) bits(col, row int) (bits uint8) {
	away := math.Hypot(float64(col-d.col), float64(row-d.row)) * d.cell
	for i, reach := range d.reach {
		if away <= reach {
			bits |= 1 << i
		}
	}
	return bits
}
