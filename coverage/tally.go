package coverage

import (
	"cmp"
	"context"
	"image"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"vedette/grid"
)

// tally counts who sees each cell of the strip, tile by tile, and adds up the
// shares of every condition.
func tally(ctx context.Context, p Plan, res *Result) ([]View, error) {
	views := make([]View, len(p.Conditions))
	sums := make([]sum, len(views))
	set := p.Area.Settings
	bands := bands{far: int(math.Ceil(set.DepthFarKM)), own: int(math.Ceil(set.DepthOwnKM))}
	for i, c := range p.Conditions {
		views[i] = View{Condition: c, Count: grid.NewTiled[uint8](res.Frame, NotSolved)}
		sums[i] = newSum(res, bands)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers())
	for i := range views {
		group.Go(func() error {
			for r, km := range res.Strip.KM.Tiles() {
				if err := ctx.Err(); err != nil {
					return err
				}
				t := tile{res: res, condition: i, at: r, km: km, bands: bands}
				t.count(views[i].Count.Tile(r.Min.X, r.Min.Y), &sums[i])
			}
			sums[i].finish(&views[i], bands, res.Strip.Length/1000)
			return nil
		})
	}
	return views, group.Wait()
}

// bands are the kilometres on either side of the frontier.
type bands struct {
	far, own int
}

func (b bands) of(distance float32) int {
	i := b.far + int(math.Floor(float64(distance)/1000))
	return min(max(i, 0), b.far+b.own-1)
}

// sum adds up what is seen in one condition.
type sum struct {
	km, band []Share
	alone    [][]int // for each site, the cells of each kilometre that it alone sees
}

func newSum(res *Result, b bands) sum {
	s := sum{km: make([]Share, res.Strip.Kilometres), band: make([]Share, b.far+b.own)}
	for range res.Sites {
		s.alone = append(s.alone, make([]int, res.Strip.Kilometres))
	}
	return s
}

// tile is one tile of the strip in one condition.
type tile struct {
	res       *Result
	condition int
	at        image.Rectangle
	km        []int16
	bands     bands
}

const side = grid.TileSide

// count fills the counts of a tile and adds it to the sums.
func (t tile) count(count []uint8, s *sum) {
	last := t.seers(count)
	distance := t.res.Strip.Distance.Tile(t.at.Min.X, t.at.Min.Y)
	for row := range t.at.Dy() {
		for col := range t.at.Dx() {
			i := row*side + col
			if t.km[i] < 0 {
				count[i] = NotSolved
				continue
			}
			s.add(int(t.km[i]), t.bands.of(distance[i]), count[i])
			if count[i] == 1 {
				s.alone[last[i]][t.km[i]]++
			}
		}
	}
}

// seers counts the sites that see each cell, and gives the last of them.
func (t tile) seers(count []uint8) (last []uint16) {
	clear(count)
	last = make([]uint16, side*side)
	for n := range t.res.Sites {
		v := &t.res.Sites[n]
		part := v.Window.Intersect(t.at)
		for row := part.Min.Y; row < part.Max.Y; row++ {
			seen := v.Seen[(row-v.Window.Min.Y)*v.Window.Dx()+part.Min.X-v.Window.Min.X:][:part.Dx()]
			at := (row-t.at.Min.Y)*side + part.Min.X - t.at.Min.X
			for i, bits := range seen {
				if bits>>t.condition&1 != 0 && count[at+i] < NotSolved-1 {
					count[at+i]++
					last[at+i] = uint16(n)
				}
			}
		}
	}
	return last
}

func (s *sum) add(km, band int, count uint8) {
	s.km[km].add(count)
	s.band[band].add(count)
}

func (s *Share) add(count uint8) {
	s.Cells++
	if count > 0 {
		s.Seen++
	}
	if count > 1 {
		s.Twice++
	}
}

// finish names the stretches; the last kilometre ends with the frontier.
func (s *sum) finish(v *View, b bands, length float64) {
	for i := range s.km {
		s.km[i].From, s.km[i].To = float64(i), min(float64(i+1), length)
		v.Whole.Cells += s.km[i].Cells
		v.Whole.Seen += s.km[i].Seen
		v.Whole.Twice += s.km[i].Twice
	}
	v.Whole.To = length
	for i := range s.band {
		s.band[i].From, s.band[i].To = float64(i-b.far), float64(i-b.far+1)
	}
	v.ByKM, v.ByDistance, v.Loss = s.km, s.band, s.losses()
}

// losses ranks the sites by the ground that they alone see; ties keep the
// order of the area.
func (s *sum) losses() []Loss {
	all := make([]Loss, len(s.alone))
	for i, perKM := range s.alone {
		all[i] = Loss{Site: i}
		for km, cells := range perKM {
			all[i].Cells += cells
			if cells > all[i].WorstCut {
				all[i].WorstKM, all[i].WorstCut = km, cells
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Loss) int { return cmp.Compare(b.Cells, a.Cells) })
	return all
}
