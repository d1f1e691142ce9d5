package gazetteer

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the messages of bad packs again")

func TestBadPacksAreRefusedWithTheirMessage(t *testing.T) {
	paths, err := filepath.Glob("testdata/pack/*.bad.jsonl")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			p, err := ReadPack(bytes.NewReader(text))
			if err == nil || p != nil {
				t.Fatal("it was read")
			}
			golden := strings.TrimSuffix(path, ".jsonl") + ".err"
			if *update {
				if err := os.WriteFile(golden, []byte(err.Error()+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, readErr := os.ReadFile(golden)
			if readErr != nil {
				t.Fatal(readErr)
			}
			if err.Error()+"\n" != string(want) {
				t.Errorf("got:\n%v\nwant:\n%s", err, want)
			}
		})
	}
}

func TestAPackComesBeforeTheWorld(t *testing.T) {
	p, err := OpenPack("testdata/pack/all.good.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	world := world0(t)
	g := world.With(p)
	for _, name := range []string{"Husaybah", "husaiba", "حصيبة"} {
		found := g.Find(name)
		if len(found) == 0 || found[0].Name != "Husaybah" || found[0].At.Lat != 34.405 {
			t.Errorf("%s: %v", name, found)
		}
	}
	if found := world.Find("Husaybah"); slices.ContainsFunc(found, func(p Place) bool { return p.At.Lat == 34.405 }) {
		t.Error("With changed the gazetteer that it was asked of")
	}
	if begins, whole := g.Reach("old"); !begins || whole {
		t.Errorf("old: begins %v, whole %v", begins, whole)
	}
	if all := g.Propose("Old Kitadell"); len(all) == 0 || all[0].Kind != Section || all[0].Population != 120 || all[0].ID != 7 {
		t.Errorf("Old Kitadell: %v", all)
	}
}

func TestTheExamplePackIsGood(t *testing.T) {
	path := PackBeside("../examples/al-qaim/al-qaim.area.geojson")
	p, err := OpenPack(path)
	if err != nil {
		t.Fatal(err)
	}
	g := world0(t).With(p)
	for _, name := range []string{"Baghouz", "الباغوز", "عكاشات", "Al-Tanf"} {
		if found := g.Find(name); len(found) == 0 {
			t.Errorf("%s is not found", name)
		}
	}
}

func TestOpenPackNamesTheFile(t *testing.T) {
	for _, path := range []string{"testdata/no-such.jsonl", "testdata/pack/no-lon.bad.jsonl"} {
		if _, err := OpenPack(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
	long := strings.NewReader(`{"name":"` + strings.Repeat("a", maxLine) + `"}`)
	if _, err := ReadPack(long); err == nil || !strings.Contains(err.Error(), "line 1: it is longer") {
		t.Errorf("a long line: %v", err)
	}
}

func TestPackBeside(t *testing.T) {
	for _, c := range [][2]string{{"a/b.area.geojson", "a/b.places.jsonl"}, {"b.geojson", "b.places.jsonl"}, {"b", "b.places.jsonl"}} {
		if got := PackBeside(c[0]); got != c[1] {
			t.Errorf("%s: %s", c[0], got)
		}
	}
}

func FuzzReadPack(f *testing.F) {
	paths, _ := filepath.Glob("testdata/pack/*.jsonl")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ReadPack(bytes.NewReader(text))
		if err != nil {
			return
		}
		for _, place := range p.places {
			if !place.At.Valid() {
				t.Fatalf("%v is not on the Earth", place)
			}
			key := Fold(place.Name)
			if !slices.ContainsFunc(p.candidates(key), func(c Candidate) bool { return c.Place == place }) {
				t.Fatalf("%q is not found by its name", place.Name)
			}
			if _, whole := p.reach(key); !whole {
				t.Fatalf("%q is not reached", key)
			}
		}
	})
}
