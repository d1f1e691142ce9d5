package web

import (
	"embed"
	"io/fs"
	"net/http"
	"strings"
)

//go:generate go run ./uigen -if-npm ui/lib

// files are the page. Its files need no build step; ui/lib is MapLibre.
//
//go:embed ui
var files embed.FS

func (s *Server) registerPage() {
	s.raw("page", func(w http.ResponseWriter, r *http.Request) { serveFile(w, r, "index.html") }, nil)
	s.raw("page-file", func(w http.ResponseWriter, r *http.Request) { serveFile(w, r, r.PathValue("file")) }, nil)
}

// serveFile answers with a file of the page. They hold no data, so a browser may
// keep them, but asks each time whether they are still the same.
func serveFile(w http.ResponseWriter, r *http.Request, name string) {
	name = "ui/" + name
	if info, err := fs.Stat(files, name); err != nil || info.IsDir() {
		problem(w, http.StatusNotFound, "the page has no such file")
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	if strings.HasSuffix(name, ".mjs") || strings.HasSuffix(name, ".js") {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8") // whatever the machine thinks of .mjs
	}
	http.ServeFileFS(w, r, files, name)
}
