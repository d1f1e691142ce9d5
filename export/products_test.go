package export

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// docs/products.md names every product, every layer and its columns, and every
// property of the summary.
func TestTheProductsPageNamesEverything(t *testing.T) {
	text, err := os.ReadFile("../docs/products.md")
	if err != nil {
		t.Fatal(err)
	}
	named := func(what, name string) {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/products.md does not name the %s `%s`", what, name)
		}
	}
	for _, f := range products {
		named("product", f.name)
	}
	for _, l := range fixture().layers() {
		named("layer", l.Name)
		if l.Name != "porosity" && !strings.HasPrefix(l.Name, "crossing") {
			continue // the columns of the others are those of the area file
		}
		for _, c := range l.Columns {
			name := c.Name
			if strings.HasPrefix(name, "asset2_") || strings.HasPrefix(name, "asset3_") {
				name = "asset1_" + name[len("asset2_"):]
			}
			named("column", name)
		}
	}
	var summary any
	if err := json.Unmarshal(restrictedFiles()["summary.json"], &summary); err != nil {
		t.Fatal(err)
	}
	for key := range keys(summary, map[string]bool{}) {
		named("property of the summary", key)
	}
}

// keys are the names of all members in a JSON value.
func keys(v any, into map[string]bool) map[string]bool {
	switch v := v.(type) {
	case map[string]any:
		for key, member := range v {
			into[key] = true
			keys(member, into)
		}
	case []any:
		for _, item := range v {
			keys(item, into)
		}
	}
	return into
}
