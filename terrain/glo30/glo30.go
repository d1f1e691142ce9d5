// Package glo30 downloads tiles of the Copernicus GLO-30 height model: public
// cloud-optimised GeoTIFFs of one degree square.
//
// A download that breaks off is kept beside its file and goes on from there;
// what has come is checked against the server's MD5 where it gives one, and
// its SHA-256 is kept, so that a tile damaged on disk is noticed and fetched
// again. Tiles of open sea do not exist and are left out.
package glo30

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// DefaultBase is where the tiles are published.
const DefaultBase = "https://copernicus-dem-30m.s3.amazonaws.com"

// Attribution is what the data's licence asks for on every product.
const Attribution = "produced using Copernicus WorldDEM-30 © DLR e.V. 2010-2014 and © Airbus Defence and Space GmbH 2014-2018 provided under COPERNICUS by the European Union and ESA; all rights reserved"

// maxTile is more than any tile has: they have up to about 50 MB.
const maxTile = 200 << 20

// Tiles names the tiles that touch a box of degrees.
func Tiles(west, south, east, north float64) []string {
	var names []string
	for lat := math.Floor(south); lat < north; lat++ {
		for lon := math.Floor(west); lon < east; lon++ {
			names = append(names, name(int(lat), int(lon)))
		}
	}
	return names
}

// name is that of the tile whose south-west corner is given.
func name(lat, lon int) string {
	ns, ew := "N", "E"
	if lat < 0 {
		ns, lat = "S", -lat
	}
	if lon < 0 {
		ew, lon = "W", -lon
	}
	return fmt.Sprintf("Copernicus_DSM_COG_10_%s%02d_00_%s%03d_00_DEM", ns, lat, ew, lon)
}

// Is tells by its name whether a file is one of the tiles.
func Is(path string) bool {
	return strings.HasPrefix(filepath.Base(path), "Copernicus_DSM_COG_10_")
}

// Fetcher downloads tiles into a folder.
type Fetcher struct {
	Base     string // DefaultBase if empty
	Dir      string
	Client   *http.Client // http.DefaultClient if nil
	Progress func(done, total int64, tile string)
	// Wait is slept between tries, doubling each time; half a second if zero.
	Wait time.Duration
}

// tries is how often a request is made before giving up.
const tries = 5

// Item is what would be fetched of one tile.
type Item struct {
	Tile   string `json:"tile"`
	Bytes  int64  `json:"bytes"`            // still to fetch
	Cached bool   `json:"cached,omitempty"` // whole and checked, on disk
	Sea    bool   `json:"sea,omitempty"`    // does not exist
}

func (i Item) String() string {
	switch {
	case i.Cached:
		return i.Tile + ": on disk"
	case i.Sea:
		return i.Tile + ": open sea, no tile"
	}
	return fmt.Sprintf("%s: %.1f MB", i.Tile, float64(i.Bytes)/1e6)
}

// Plan says what Fetch would do, without fetching.
func (f *Fetcher) Plan(ctx context.Context, names []string) ([]Item, error) {
	var items []Item
	for _, name := range names {
		item := Item{Tile: name, Cached: f.cached(name)}
		if !item.Cached {
			res, err := f.ask(ctx, http.MethodHead, name, nil)
			if err != nil {
				return nil, f.failed(name, err)
			}
			res.Body.Close()
			item.Sea = res.StatusCode == http.StatusNotFound
			if !item.Sea {
				item.Bytes = max(0, res.ContentLength-f.partSize(name))
			}
		}
		items = append(items, item)
	}
	return items, nil
}

// Fetch downloads the tiles that are not there yet and gives the paths of all,
// without those of open sea.
func (f *Fetcher) Fetch(ctx context.Context, names []string) ([]string, error) {
	if err := os.MkdirAll(f.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("fetch heights: %w", err)
	}
	var paths []string
	for _, name := range names {
		if !f.cached(name) {
			sea, err := f.tile(ctx, name)
			if err != nil {
				return paths, f.failed(name, err)
			}
			if sea {
				continue
			}
		}
		paths = append(paths, f.path(name))
	}
	return paths, nil
}

// failed names the mend: to fetch the file by hand.
func (f *Fetcher) failed(name string, err error) error {
	return fmt.Errorf("fetch heights: %w; without a network, fetch %s elsewhere and put it into %s", err, f.url(name), f.Dir)
}

func (f *Fetcher) path(name string) string { return filepath.Join(f.Dir, name+".tif") }

func (f *Fetcher) url(name string) string {
	base := f.Base
	if base == "" {
		base = DefaultBase
	}
	return strings.TrimSuffix(base, "/") + "/" + name + "/" + name + ".tif"
}

// cached tells whether the tile is on disk as it was fetched. One that was put
// there by hand has no checksum yet and is taken as it is.
func (f *Fetcher) cached(name string) bool {
	if _, err := os.Stat(f.path(name)); err != nil {
		return false
	}
	want, err := os.ReadFile(f.path(name) + ".sha256")
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	got, sumErr := sum(f.path(name), sha256.New())
	return err == nil && sumErr == nil && strings.TrimSpace(string(want)) == got
}

func sum(path string, h hash.Hash) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	if _, err := io.Copy(h, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (f *Fetcher) part(name string) string { return f.path(name) + ".part" }

func (f *Fetcher) partSize(name string) int64 {
	info, err := os.Stat(f.part(name))
	if err != nil {
		return 0
	}
	return info.Size()
}

// tile fetches one tile, going on where an earlier try broke off.
func (f *Fetcher) tile(ctx context.Context, name string) (sea bool, err error) {
	for try := 0; ; try++ {
		etag, sea, err := f.more(ctx, name)
		if err == nil && !sea {
			return false, f.finish(name, etag)
		}
		if err == nil || !again(err) || try == tries-1 {
			return sea, err
		}
		if err := f.sleep(ctx, try); err != nil {
			return false, err
		}
	}
}

// broken is a failure after which it is worth trying again.
type broken struct{ error }

func (b broken) Unwrap() error { return b.error }

func again(err error) bool {
	var b broken
	return errors.As(err, &b)
}

func (f *Fetcher) sleep(ctx context.Context, try int) error {
	wait := f.Wait
	if wait == 0 {
		wait = 500 * time.Millisecond
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait << try):
		return nil
	}
}

// more fetches what is missing of a tile into its part file.
func (f *Fetcher) more(ctx context.Context, name string) (etag string, sea bool, err error) {
	header := http.Header{}
	have := f.partSize(name)
	if old, err := os.ReadFile(f.part(name) + ".etag"); err == nil && have > 0 {
		header.Set("Range", fmt.Sprintf("bytes=%d-", have))
		header.Set("If-Range", string(old))
	} else {
		have = 0
	}
	res, err := f.ask(ctx, http.MethodGet, name, header)
	if err != nil {
		return "", false, err
	}
	defer res.Body.Close()
	etag = res.Header.Get("ETag")
	switch res.StatusCode {
	case http.StatusNotFound:
		return "", true, nil
	case http.StatusOK:
		have = 0 // a new version, or a server without ranges
	case http.StatusRequestedRangeNotSatisfiable: // the part is whole already, or too long
		return "", false, broken{errors.Join(errors.New("the server has another size"), os.Remove(f.part(name)))}
	}
	total := have + res.ContentLength
	if res.ContentLength < 0 || total > maxTile {
		return "", false, fmt.Errorf("the server announces %d bytes; a tile has up to %d", total, maxTile)
	}
	return etag, false, f.save(ctx, name, have, total, etag, res.Body)
}

// save writes the body behind the first have bytes of the part file.
func (f *Fetcher) save(ctx context.Context, name string, have, total int64, etag string, body io.Reader) error {
	if err := os.WriteFile(f.part(name)+".etag", []byte(etag), 0o644); err != nil {
		return err
	}
	file, err := os.OpenFile(f.part(name), os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := file.Truncate(have); err != nil {
		return err
	}
	if _, err := file.Seek(have, io.SeekStart); err != nil {
		return err
	}
	counter := &meter{f: f, name: name, done: have, total: total}
	n, err := io.Copy(io.MultiWriter(file, counter), io.LimitReader(body, total-have))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil || have+n < total {
		return broken{fmt.Errorf("the connection broke after %d of %d bytes", have+n, total)}
	}
	return file.Sync()
}

type meter struct {
	f           *Fetcher
	name        string
	done, total int64
}

func (m *meter) Write(p []byte) (int, error) {
	m.done += int64(len(p))
	if m.f.Progress != nil {
		m.f.Progress(m.done, m.total, m.name)
	}
	return len(p), nil
}

// plainMD5 is an ETag that is the MD5 of the file; that of an upload in parts
// is not.
var plainMD5 = regexp.MustCompile(`^"([0-9a-f]{32})"$`)

// finish checks the part file and gives it its name.
func (f *Fetcher) finish(name, etag string) error {
	part := f.part(name)
	if m := plainMD5.FindStringSubmatch(etag); m != nil {
		got, err := sum(part, md5.New())
		if err != nil {
			return err
		}
		if got != m[1] {
			return errors.Join(fmt.Errorf("%s: its MD5 is %s, the server says %s", name, got, m[1]), f.clean(name))
		}
	}
	digest, err := sum(part, sha256.New())
	if err != nil {
		return err
	}
	if err := os.WriteFile(f.path(name)+".sha256", []byte(digest+"\n"), 0o644); err != nil {
		return err
	}
	if err := os.Rename(part, f.path(name)); err != nil {
		return err
	}
	return os.Remove(part + ".etag")
}

func (f *Fetcher) clean(name string) error {
	return errors.Join(os.Remove(f.part(name)), os.Remove(f.part(name)+".etag"))
}

// ask makes one request; a busy server and a broken connection are worth
// another.
func (f *Fetcher) ask(ctx context.Context, method, name string, header http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, f.url(name), nil)
	if err != nil {
		return nil, err
	}
	for k, v := range header {
		req.Header[k] = v
	}
	client := f.Client
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, broken{err}
	}
	switch res.StatusCode {
	case http.StatusOK, http.StatusPartialContent, http.StatusNotFound, http.StatusRequestedRangeNotSatisfiable:
		return res, nil
	}
	res.Body.Close()
	err = fmt.Errorf("%s: the server answers %s", f.url(name), res.Status)
	if res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests {
		return nil, broken{err}
	}
	return nil, err
}
