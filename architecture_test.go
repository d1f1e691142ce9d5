// Package house_test holds the sources and the documents to what they promise:
// ARCHITECTURE.md's ranks and modules, links that lead somewhere, and the
// manner of docs/decisions.
package house_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "vedette"

// source is one Go file that is not a test.
type source struct {
	dir, path string
	file      *ast.File
}

// sources parses every Go file of the module, leaving out tests and modules of
// their own (bench/, tools/).
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	fset := token.NewFileSet()
	walk(t, func(path string) {
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return
		}
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, source{filepath.ToSlash(filepath.Dir(path)), path, file})
	})
	if len(all) == 0 {
		t.Fatal("no sources found")
	}
	return all
}

// walk visits every file of the module.
func walk(t *testing.T, visit func(path string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return enter(path, d.Name())
		}
		visit(filepath.ToSlash(path))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// enter skips hidden folders, test data, what is built, and other modules.
func enter(path, name string) error {
	if path == "." {
		return nil
	}
	if strings.HasPrefix(name, ".") || slices.Contains([]string{"testdata", "out", "dist", "bin", "node_modules"}, name) {
		return filepath.SkipDir
	}
	if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil {
		return filepath.SkipDir
	}
	return nil
}

// table reads the rows of the table of ARCHITECTURE.md whose first heading is
// given.
func table(t *testing.T, heading string) [][]string {
	t.Helper()
	return tableIn(t, "ARCHITECTURE.md", heading)
}

// tableIn reads the rows of all tables of a document whose first heading is
// given.
func tableIn(t *testing.T, path, heading string) [][]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	in := false
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case !strings.HasPrefix(line, "|"):
			in = false
		case cells[0] == heading:
			in = true
		case in && !strings.HasPrefix(cells[0], "--"):
			rows = append(rows, cells)
		}
	}
	if len(rows) == 0 {
		t.Fatalf("%s has no table headed %q", path, heading)
	}
	return rows
}

func ranks(t *testing.T) map[string]int {
	ranks := map[string]int{}
	for _, row := range table(t, "rank") {
		rank, err := strconv.Atoi(row[0])
		if err != nil {
			t.Fatalf("ARCHITECTURE.md: rank %q is no number", row[0])
		}
		ranks[row[1]] = rank
	}
	return ranks
}

func generator(s source) bool {
	return s.file.Name.Name == "main" && !strings.HasPrefix(s.dir, "cmd/")
}

func imports(s source) []string {
	var paths []string
	for _, spec := range s.file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		paths = append(paths, path)
	}
	return paths
}

func TestPackagesImportOnlySmallerRanks(t *testing.T) {
	ranks := ranks(t)
	seen := map[string]bool{}
	for _, s := range sources(t) {
		if generator(s) {
			continue
		}
		seen[s.dir] = true
		mine, known := ranks[s.dir]
		if !known {
			t.Errorf("%s: package %s is missing from ARCHITECTURE.md; give it a rank", s.path, s.dir)
			continue
		}
		for _, path := range imports(s) {
			other, ours := strings.CutPrefix(path, module+"/")
			if !ours {
				continue
			}
			if rank, known := ranks[other]; !known || rank >= mine {
				t.Errorf("%s (rank %d) imports %s (rank %d, in the table: %v)", s.path, mine, other, rank, known)
			}
		}
	}
	for dir := range ranks {
		if !seen[dir] {
			t.Errorf("ARCHITECTURE.md names package %s, which does not exist", dir)
		}
	}
}

func TestModulesAreUsedWhereTheTableSays(t *testing.T) {
	users := map[string][]string{}
	for _, row := range table(t, "module") {
		users[row[0]] = strings.Split(row[1], ", ")
	}
	used := map[string][]string{}
	for _, s := range sources(t) {
		for _, path := range imports(s) {
			if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") {
				continue // the standard library, or ours
			}
			mod, ok := moduleOf(path, users)
			if !ok {
				t.Errorf("%s imports %s, which ARCHITECTURE.md does not list", s.path, path)
				continue
			}
			if !generator(s) && !slices.Contains(users[mod], s.dir) {
				t.Errorf("%s imports %s, which ARCHITECTURE.md gives to %v only", s.path, path, users[mod])
			}
			used[mod] = append(used[mod], s.dir)
		}
	}
	for mod, dirs := range users {
		for _, dir := range dirs {
			if !slices.Contains(used[mod], dir) {
				t.Errorf("ARCHITECTURE.md says %s uses %s; it does not", dir, mod)
			}
		}
	}
}

func moduleOf(path string, users map[string][]string) (string, bool) {
	for mod := range maps.Keys(users) {
		if path == mod || strings.HasPrefix(path, mod+"/") {
			return mod, true
		}
	}
	return "", false
}

func TestNoInitAndNoCatchAllPackages(t *testing.T) {
	for _, s := range sources(t) {
		switch filepath.Base(s.dir) {
		case "util", "utils", "common", "helper", "helpers", "manager", "misc":
			t.Errorf("%s: name the package for what it gives", s.dir)
		}
		for _, decl := range s.file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s has an init function; let the caller start things", s.path)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	said := map[string]bool{}
	for _, s := range sources(t) {
		said[s.dir] = said[s.dir] || s.file.Doc != nil
	}
	for dir, ok := range said {
		if !ok {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

var (
	link       = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)
	lineNumber = regexp.MustCompile(`\.go:\d+`)
)

func TestLinksInDocumentsLeadSomewhere(t *testing.T) {
	walk(t, func(path string) {
		if !strings.HasSuffix(path, ".md") {
			return
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s links to %s, which does not exist", path, m[1])
			}
		}
		if m := lineNumber.FindString(string(text)); m != "" {
			t.Errorf("%s cites the line number %s, which will rot; name the function", path, m)
		}
	})
}

func TestEveryDecisionIsListed(t *testing.T) {
	list, err := os.ReadFile("docs/decisions/README.md")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir("docs/decisions")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "README.md" && !strings.Contains(string(list), "("+e.Name()+")") {
			t.Errorf("docs/decisions/%s is not in the list of docs/decisions/README.md", e.Name())
		}
	}
}
