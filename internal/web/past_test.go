package web

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vedette/internal/history"
	"vedette/track"
)

// withHistory starts a server that keeps one.
func withHistory(t *testing.T) *post {
	t.Helper()
	h, err := history.Open(filepath.Join(t.TempDir(), "history.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, func(o *Options) { o.History = h })
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx, p.journal) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		p.stop()
		h.Close()
	})
	return p
}

func TestThePast(t *testing.T) {
	p := withHistory(t)
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for i := range 10 {
		at := func(o *track.Observation) {
			o.Time, o.Received = noon.Add(time.Duration(i)*time.Minute), noon.Add(time.Duration(i)*time.Minute)
			o.Stale = o.Time.Add(5 * time.Minute)
		}
		all := []*track.Observation{seen("truck", 41+float64(i)/100, at), seen("secret", 41.5, at, inGroup("north"))}
		if err := p.picture.Keep(context.Background(), all); err != nil {
			t.Fatal(err)
		}
	}
	const span = "from=2026-05-01T12:00:00Z&to=2026-05-01T12:10:00Z"
	waitFor(t, func() bool {
		var got Counts
		p.read(&got, "/api/v1/history/counts?buckets=2&"+span, "viewer@north")
		return fmt.Sprint(got.Counts) == "[10 10]"
	})
	var counts Counts
	if p.read(&counts, "/api/v1/history/counts?buckets=2&"+span, "viewer"); fmt.Sprint(counts.Counts) != "[5 5]" {
		t.Errorf("a viewer of no group counts %v", counts.Counts)
	}
	seenBy := func(query, who string) (all []float64, next string) {
		var got PastObjects
		p.read(&got, "/api/v1/history/objects?"+query, who)
		for _, f := range got.Features {
			all = append(all, f.Geometry.Coordinates[0])
		}
		return all, got.Next
	}
	first, next := seenBy(span+"&limit=6", "viewer")
	rest, end := seenBy(span+"&limit=6&after="+next, "viewer")
	if len(first) != 6 || len(rest) != 4 || rest[3] != 41.09 || end != "" {
		t.Errorf("in pages: %v, %v, then %q", first, rest, end)
	}
	if got, _ := seenBy(span+"&bbox=41.045,34,41.065,35", "viewer@north"); fmt.Sprint(got) != "[41.05 41.06]" {
		t.Errorf("in a box: %v", got)
	}
	if got, _ := seenBy("at=2026-05-01T12:03:30Z", "viewer"); fmt.Sprint(got) != "[41.03]" {
		t.Errorf("at a moment: %v", got)
	}
	var tracks struct {
		Features []struct {
			Geometry   struct{ Coordinates [][]float64 }
			Properties LineProperties
		}
	}
	if p.read(&tracks, "/api/v1/history/tracks?id=truck&"+span, "viewer"); len(tracks.Features) != 1 || len(tracks.Features[0].Geometry.Coordinates) != 10 || len(tracks.Features[0].Properties.Times) != 10 {
		t.Errorf("tracks: %+v", tracks)
	}
	if p.read(&tracks, "/api/v1/history/tracks?id=secret&"+span, "viewer"); len(tracks.Features) != 0 {
		t.Errorf("what is hidden has a track: %+v", tracks)
	}
	for query, mend := range map[string]string{
		"objects?from=2026-05-02T00:00:00Z&to=2026-05-01T00:00:00Z": "exchange them",
		"objects?bbox=1,2,3,400":                                    "outside", "objects?after=x": "from the page before", "counts?" + span + "&buckets=5000": "buckets",
		"counts?from=2000-01-01T00:00:00Z&to=2026-01-01T00:00:00Z": "a year", "counts": "from", "tracks?gap_s=0": "gap_s",
	} {
		if a := p.want(422, "GET", "/api/v1/history/"+query, "viewer", ""); !strings.Contains(a.detail(), mend) {
			t.Errorf("%s: the detail is %q", query, a.detail())
		}
	}
}

func TestWithoutAHistory(t *testing.T) {
	p := start(t)
	p.want(503, "GET", "/api/v1/history/objects", "viewer", "")
}
