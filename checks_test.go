package house_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// held is a test and its package in docs/check-values.md.
var held = regexp.MustCompile("`((?:Test|Example)\\w+)` \\(([\\w/]+)\\)")

func TestEveryCheckValueIsHeldByATestThatExists(t *testing.T) {
	tests := testFunctions(t)
	for _, row := range tableIn(t, "docs/check-values.md", "value") {
		if len(row) != 3 || row[0] == "" || row[2] == "" {
			t.Errorf("docs/check-values.md: give a value, its tests and the digits: %q", row)
			continue
		}
		named := held.FindAllStringSubmatch(row[1], -1)
		if len(named) == 0 || strings.Count(row[1], "`") != 2*len(named) {
			t.Errorf("docs/check-values.md: %q: name tests as `TestName` (package), with commas between", row[1])
		}
		for _, m := range named {
			if !tests[m[2]+"."+m[1]] {
				t.Errorf("docs/check-values.md: %q: package %s has no %s", row[0], m[2], m[1])
			}
		}
	}
}

// testFunctions are the functions in the tests of the module, as package.Name.
func testFunctions(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	fset := token.NewFileSet()
	walk(t, func(path string) {
		if !strings.HasSuffix(path, "_test.go") {
			return
		}
		file, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil {
				found[filepath.ToSlash(filepath.Dir(path))+"."+fn.Name.Name] = true
			}
		}
	})
	return found
}
