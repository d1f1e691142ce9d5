// Command corpora measures how well reports are read, on public corpora that
// are no part of the project.
//
//	go run ./corpora --data ../../shared/data
//
// Where the folder is missing it says so, and that it did not run.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
)

// measurements are what is measured, each from files below the folder of data.
var measurements = []struct {
	name string
	run  func(dir string) error
}{
	{"places", places},
	{"bodies of pages", table(extraction)},
	{"headlines of other stories", table(headlines)},
	{"distances and directions", table(locative)},
	{"the article", table(theArticle)},
	{"unrelated articles", table(unrelated)},
}

func main() {
	log.SetFlags(0)
	data := flag.String("data", "../../shared/data", "folder of the corpora")
	flag.Parse()
	dir := filepath.Join(*data, "corpora")
	if _, err := os.Stat(dir); err != nil {
		fmt.Printf("not run: there is no folder %s\n", dir)
		return
	}
	for _, m := range measurements {
		fmt.Printf("== %s\n", m.name)
		if err := m.run(dir); err != nil {
			log.Fatalf("%s: %v", m.name, err)
		}
	}
}
