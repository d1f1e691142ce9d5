package web

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of routes in docs/http.md again")

func TestTheTableOfRoutesInTheDocsIsCurrent(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "http.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const head = "|---|---|---|\n"
	before, table, _ := strings.Cut(string(text), head)
	var want strings.Builder
	for _, r := range routes {
		if r.tag != "" {
			fmt.Fprintf(&want, "| %s %s | %s | %s |\n", r.method, r.path, r.need, r.summary)
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(before+head+want.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if table != want.String() {
		t.Error("the table is not that of the routes; run go test ./internal/web -run TableOfRoutes -update")
	}
}
