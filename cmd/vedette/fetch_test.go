package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestFetchedHeightsOfALocalServer fetches the two tiles of Al-Qaim from a
// server of the test's own, first without and then with --dry-run.
func TestFetchedHeightsOfALocalServer(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if !strings.Contains(r.URL.Path, "N34_00_E041") {
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader("a tile of heights"))
	}))
	defer server.Close()
	dir := t.TempDir()
	fetch := func(more ...string) string {
		var out, stderr strings.Builder
		args := append([]string{"terrain", "fetch", "../../examples/al-qaim/al-qaim.area.geojson", "--base", server.URL, "--dir", dir}, more...)
		if code := run(context.Background(), args, &out, &stderr); code != 0 {
			t.Fatalf("exit code %d: %s", code, stderr.String())
		}
		return out.String()
	}

	if out := fetch("--dry-run"); !strings.Contains(out, "E040_00_DEM: open sea") || !strings.Contains(out, "2 tiles") {
		t.Errorf("the dry run says:\n%s", out)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("the dry run wrote %v", entries)
	}
	out := fetch()
	tile := filepath.Join(dir, "Copernicus_DSM_COG_10_N34_00_E041_00_DEM.tif")
	if text, err := os.ReadFile(tile); err != nil || string(text) != "a tile of heights" {
		t.Errorf("the tile holds %q (%v)", text, err)
	}
	if !strings.Contains(out, tile) || !strings.Contains(out, "Copernicus WorldDEM-30") {
		t.Errorf("fetch says:\n%s", out)
	}
	before := asked
	if fetch(); asked != before+1 { // the sea is asked for again, the tile is not
		t.Errorf("%d requests for what is on disk", asked-before)
	}
}
