package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:generate go run ./uigen -if-npm ui/lib

// files are the page. Its files need no build step; ui/lib is MapLibre.
//
//go:embed ui
var files embed.FS

func (s *Server) registerPage() {
	all := &assets{known: map[string]*asset{}}
	s.raw("page", func(w http.ResponseWriter, r *http.Request) { all.serve(w, r, "index.html") }, nil)
	s.raw("page-file", func(w http.ResponseWriter, r *http.Request) { all.serve(w, r, r.PathValue("file")) }, nil)
}

// assets are files of the page as they are sent, made when they are first asked
// for.
type assets struct {
	mu    sync.Mutex
	known map[string]*asset
}

type asset struct {
	etag          string
	plain, packed []byte
}

// get gives a file, nil where there is none.
func (a *assets) get(name string) *asset {
	a.mu.Lock()
	defer a.mu.Unlock()
	if known := a.known[name]; known != nil {
		return known
	}
	plain, err := fs.ReadFile(files, "ui/"+name)
	if err != nil {
		return nil // also for a name that is none
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(plain) // into memory, which does not fail
	z.Close()
	sum := sha256.Sum256(plain)
	a.known[name] = &asset{hex.EncodeToString(sum[:16]), plain, packed.Bytes()}
	return a.known[name]
}

// serve answers with a file of the page. They hold no data, so a browser may keep
// them, but asks each time whether they are still the same.
func (a *assets) serve(w http.ResponseWriter, r *http.Request, name string) {
	file := a.get(name)
	if file == nil {
		problem(w, http.StatusNotFound, "the page has no such file")
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Type", pageTypes[path.Ext(name)])
	h.Set("Vary", "Accept-Encoding")
	content, etag := file.plain, file.etag
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		content, etag = file.packed, etag+"-gzip"
	}
	h.Set("ETag", `"`+etag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// pageTypes are those of the page's files, whatever the machine thinks of them.
var pageTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8",
	".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
}
