package crossing

import (
	"cmp"
	"context"
	"maps"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

// resolve searches a mode again without each of the plan's Losses assets that
// matter most to it, and sets what the kilometres that list them are left with:
// without them an intruder goes other ways, which no candidate that was found
// with them shows.
func (l *Line) resolve(ctx context.Context, m *Mode) error {
	ids := m.matterMost(l.plan.Losses)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	without := make([][]float64, len(ids))
	views := len(l.plan.Coverage.Views)
	for i, id := range ids {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			gone := *l
			gone.out = maps.Clone(l.out)
			gone.out[id] = true
			without[i] = gone.leastOf(l.kindOf(m.Kind), m.View)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, id := range ids {
		m.take(id, without[i])
	}
	if n := len(l.plan.Kinds)*views + l.plan.Losses; l.plan.Progress != nil {
		l.plan.Progress(n, n)
	}
	return nil
}

func (l *Line) kindOf(name string) Kind {
	return l.plan.Kinds[slices.IndexFunc(l.plan.Kinds, func(k Kind) bool { return k.Mover.Name == name })]
}

// matterMost are the ids of the assets with the greatest losses of P(I), summed
// over the kilometres that list them.
func (m *Mode) matterMost(n int) []string {
	loss := map[string]float64{}
	for i := range m.Kilometres {
		k := &m.Kilometres[i]
		for _, a := range k.Assets {
			loss[a.ID] += k.PI - a.Without
		}
	}
	ids := slices.Collect(maps.Keys(loss))
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(cmp.Compare(loss[b], loss[a]), cmp.Compare(a, b)) })
	return ids[:min(n, len(ids))]
}

// take sets what the kilometres are left with once an asset is gone. A new
// search may miss a path that the old one found: the lower of the two holds.
func (m *Mode) take(id string, without []float64) {
	for i := range m.Kilometres {
		for k := range m.Kilometres[i].Assets {
			if a := &m.Kilometres[i].Assets[k]; a.ID == id {
				a.Without, a.Resolved = min(a.Without, without[i]), true
			}
		}
		slices.SortStableFunc(m.Kilometres[i].Assets, func(a, b Asset) int { return cmp.Compare(a.Without, b.Without) })
	}
}
