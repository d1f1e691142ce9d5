package export

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestHeMayBeSeenInTimeWhileAWorkHoldsHim(t *testing.T) {
	p := weakPath(weakFixture(), 10.4)
	p.Seconds = []float64{0, 100, 200, 300, 3900, 4000, 4100, 4200, 4300}
	p.Slack[3] = 3000
	if got := lastChance(p); got != 3300 {
		t.Errorf("from %g s on it is too late, want 3300", got)
	}
	if got := beforeFrontier(p); got != "10 min before the frontier" {
		t.Error(got)
	}
	rows := toldEvents(p)
	if i := slices.IndexFunc(rows, func(r toldEvent) bool { return strings.HasPrefix(r.What, "Critical") }); rows[i].Time != "0:55:00" || i == 2 {
		t.Errorf("the critical point is event %d, at %s", i, rows[i].Time)
	}
}

func TestTheSlackPanelShowsItsEnd(t *testing.T) {
	for _, c := range []struct {
		name      string
		values    []float64
		low, high float64
	}{
		{"plenty is cut", []float64{30000, 100, -1000}, -1000, 2000},
		{"never late", []float64{500, 400}, -150, 600},
		{"nobody comes", []float64{math.Inf(-1)}, -150, 600},
	} {
		if low, high := slackRange(c.values); low != c.low || high != c.high {
			t.Errorf("%s: %g to %g, want %g to %g", c.name, low, high, c.low, c.high)
		}
	}
}
