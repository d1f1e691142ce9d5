package glo30

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTilesOfABox(t *testing.T) {
	got := Tiles(40.7, 33.9, 41.35, 34.8)
	want := []string{
		"Copernicus_DSM_COG_10_N33_00_E040_00_DEM", "Copernicus_DSM_COG_10_N33_00_E041_00_DEM",
		"Copernicus_DSM_COG_10_N34_00_E040_00_DEM", "Copernicus_DSM_COG_10_N34_00_E041_00_DEM",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := Tiles(-63.3, -38.6, -62.9, -38.3); !slices.Equal(got, []string{"Copernicus_DSM_COG_10_S39_00_W064_00_DEM", "Copernicus_DSM_COG_10_S39_00_W063_00_DEM"}) {
		t.Errorf("in the south-west: %q", got)
	}
}

// shop is a server with one tile whose manners can be changed.
type shop struct {
	text     []byte
	etag     string
	breakAt  int // the connection breaks once after so many bytes; 0 never
	noRanges bool
	busy     int // so many requests are answered 503
	requests []string
}

const tile = "Copernicus_DSM_COG_10_N34_00_E041_00_DEM"

// cutter lets so many bytes through and then breaks the connection.
type cutter struct {
	http.ResponseWriter
	left int
}

func (c *cutter) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p[:min(len(p), c.left)])
	if c.left -= n; c.left == 0 && err == nil {
		c.ResponseWriter.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	return n, err
}

func open(t *testing.T, s *shop) *Fetcher {
	t.Helper()
	if s.text == nil {
		s.text = bytes.Repeat([]byte("heights "), 20_000)
	}
	if s.etag == "" {
		s.etag = fmt.Sprintf(`"%x"`, md5.Sum(s.text))
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serve(s, w, r) }))
	t.Cleanup(server.Close)
	return &Fetcher{Base: server.URL, Dir: t.TempDir(), Wait: time.Microsecond}
}

func serve(s *shop, w http.ResponseWriter, r *http.Request) {
	s.requests = append(s.requests, strings.TrimSpace(r.Method+" "+r.Header.Get("Range")))
	if s.busy > 0 {
		s.busy--
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return
	}
	if r.URL.Path != "/"+tile+"/"+tile+".tif" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("ETag", s.etag)
	if s.noRanges {
		r.Header.Del("Range")
	}
	if s.breakAt > 0 && r.Method == http.MethodGet {
		w = &cutter{w, s.breakAt}
		s.breakAt = 0
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(s.text))
}

func fetch(t *testing.T, f *Fetcher, s *shop) {
	t.Helper()
	paths, err := f.Fetch(context.Background(), []string{tile})
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(paths[0])
	if err != nil || !bytes.Equal(got, s.text) {
		t.Fatalf("the file is not the tile (%v)", err)
	}
	left, err := filepath.Glob(filepath.Join(f.Dir, "*.part*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q %v", left, err)
	}
}

func TestATileIsFetchedOnce(t *testing.T) {
	s := &shop{}
	f := open(t, s)
	fetch(t, f, s)
	fetch(t, f, s)
	if len(s.requests) != 1 {
		t.Errorf("requests: %q", s.requests)
	}
}

func TestABrokenDownloadGoesOnWhereItBroke(t *testing.T) {
	s := &shop{breakAt: 70_000}
	f := open(t, s)
	fetch(t, f, s)
	if len(s.requests) != 2 || s.requests[1] != "GET bytes=70000-" {
		t.Errorf("requests: %q", s.requests)
	}
}

func TestAChangedTileStartsOver(t *testing.T) {
	s := &shop{}
	f := open(t, s)
	if err := os.WriteFile(f.part(tile), []byte("old half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.part(tile)+".etag", []byte(`"old"`), 0o600); err != nil {
		t.Fatal(err)
	}
	fetch(t, f, s)
}

func TestAServerWithoutRangesIsReadFromTheStart(t *testing.T) {
	s := &shop{breakAt: 70_000, noRanges: true}
	fetch(t, open(t, s), s)
}

func TestABusyServerIsAskedAgain(t *testing.T) {
	s := &shop{busy: 3}
	fetch(t, open(t, s), s)
}

func TestADamagedFileIsFetchedAgain(t *testing.T) {
	s := &shop{}
	f := open(t, s)
	fetch(t, f, s)
	if err := os.WriteFile(f.path(tile), s.text[:100], 0o600); err != nil {
		t.Fatal(err)
	}
	fetch(t, f, s)
}

func TestAnETagThatIsNoMD5IsLeftAlone(t *testing.T) {
	s := &shop{etag: `"0123456789abcdef0123456789abcdef-4"`}
	fetch(t, open(t, s), s)
}

func TestAWrongChecksumIsRefused(t *testing.T) {
	s := &shop{etag: `"0123456789abcdef0123456789abcdef"`}
	f := open(t, s)
	_, err := f.Fetch(context.Background(), []string{tile})
	if err == nil || !strings.Contains(err.Error(), "MD5") || !strings.Contains(err.Error(), "put it into") {
		t.Errorf("error is %v", err)
	}
	if _, err := os.Stat(f.path(tile)); err == nil {
		t.Error("the wrong file was kept")
	}
}

func TestATileOfOpenSeaIsLeftOut(t *testing.T) {
	f := open(t, &shop{})
	paths, err := f.Fetch(context.Background(), Tiles(-30, 0, -29, 1))
	if err != nil || len(paths) != 0 {
		t.Errorf("%q, %v", paths, err)
	}
}

func TestAServerThatStaysBusyIsGivenUp(t *testing.T) {
	s := &shop{busy: 100}
	_, err := open(t, s).Fetch(context.Background(), []string{tile})
	if err == nil || !strings.Contains(err.Error(), "503") || len(s.requests) != tries {
		t.Errorf("%d requests, error %v", len(s.requests), err)
	}
}

func TestACancelledFetchCanGoOn(t *testing.T) {
	s := &shop{}
	f := open(t, s)
	ctx, cancel := context.WithCancel(context.Background())
	f.Progress = func(done, total int64, _ string) { cancel() }
	if _, err := f.Fetch(ctx, []string{tile}); !errors.Is(err, context.Canceled) {
		t.Fatalf("error is %v", err)
	}
	f.Progress = nil
	fetch(t, f, s)
}

func TestAPlanSaysWhatIsMissing(t *testing.T) {
	s := &shop{}
	f := open(t, s)
	names := append(Tiles(-30, 0, -29, 1), tile)
	items, err := f.Plan(context.Background(), names)
	if err != nil {
		t.Fatal(err)
	}
	if !items[0].Sea || items[1].Bytes != int64(len(s.text)) {
		t.Errorf("%v", items)
	}
	fetch(t, f, s)
	if items, err = f.Plan(context.Background(), names[1:]); err != nil || !items[0].Cached {
		t.Errorf("%v, %v", items, err)
	}
}
