// Command uigen fetches the map's library into the page: MapLibre GL JS, from
// npm, in the version that is written here.
//
//	go run ./internal/web/uigen internal/web/ui/lib
//
// With -if-npm it leaves the files alone, and says so, on a machine where npm is
// missing or cannot fetch.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
)

const source = "maplibre-gl@6.17.0"

// wanted are the files that the page needs, by their names in the package.
var wanted = map[string]string{
	"package/dist/maplibre-gl.mjs":        "maplibre-gl.mjs",
	"package/dist/maplibre-gl-worker.mjs": "maplibre-gl-worker.mjs",
	"package/dist/maplibre-gl.css":        "maplibre-gl.css",
	"package/LICENSE.txt":                 "maplibre-gl.LICENSE.txt",
}

// mapping is the comment that sends a browser's tools for a file that is not here.
var mapping = regexp.MustCompile(`(?m)^//# sourceMappingURL=.*\n?`)

func main() {
	log.SetFlags(0)
	ifNPM := flag.Bool("if-npm", false, "leave the files alone where npm cannot fetch")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("usage: uigen [-if-npm] folder")
	}
	archive, err := fetch()
	if err != nil && *ifNPM {
		log.Printf("%v; %s stays as it is", err, flag.Arg(0))
		return
	}
	if err == nil {
		err = unpack(archive, flag.Arg(0))
	}
	if err != nil {
		log.Fatal(err)
	}
}

// fetch gives the package's archive.
func fetch() ([]byte, error) {
	dir, err := os.MkdirTemp("", "uigen")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command("npm", "pack", "--silent", source)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("npm pack %s: %v: %s", source, err, bytes.TrimSpace(out))
	}
	archives, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(archives) != 1 {
		return nil, fmt.Errorf("npm pack %s made %d archives", source, len(archives))
	}
	return os.ReadFile(archives[0])
}

// unpack writes the wanted files into a folder.
func unpack(archive []byte, dir string) error {
	packed, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return fmt.Errorf("unpack %s: %w", source, err)
	}
	found := 0
	for files := tar.NewReader(packed); ; {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("unpack %s: %w", source, err)
		}
		name, ok := wanted[header.Name]
		if !ok {
			continue
		}
		text, err := io.ReadAll(files)
		if err != nil {
			return fmt.Errorf("unpack %s: %w", source, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), mapping.ReplaceAll(text, nil), 0o644); err != nil {
			return err
		}
		found++
	}
	if found != len(wanted) {
		return fmt.Errorf("%s has %d of the %d files that the page needs", source, found, len(wanted))
	}
	return nil
}
