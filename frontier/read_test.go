package frontier

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"vedette/geo"
)

var update = flag.Bool("update", false, "write the golden files of this package anew")

// golden compares got with a file, which -update writes.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; got\n%s\nwant\n%s\nrun go test -update to accept", path, got, want)
	}
}

func matching(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	return paths
}

func TestEveryRefusalSaysWhereWhatAndHowToMendIt(t *testing.T) {
	for _, path := range matching(t, "*.bad.json") {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		t.Run(name, func(t *testing.T) {
			area, err := Load(path)
			var problems Problems
			if !errors.As(err, &problems) || area != nil {
				t.Fatalf("got %v, %v instead of problems", area, err)
			}
			for _, p := range problems {
				if p.Problem == "" || p.Mend == "" {
					t.Errorf("%#v is not whole", p)
				}
			}
			golden(t, filepath.Join("testdata", name+".err"), []byte(problems.Error()+"\n"))
		})
	}
}

func TestEveryGoodFileSurvivesWriting(t *testing.T) {
	for _, path := range matching(t, "*.good.json") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			area, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			survives(t, area)
		})
	}
}

// survives tells whether an area is the same after writing and reading, and
// written the same again.
func survives(t *testing.T, area *Area) {
	t.Helper()
	var first, second bytes.Buffer
	if err := Write(&first, area); err != nil {
		t.Fatal(err)
	}
	text := first.String()
	again, err := Read(&first)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if !reflect.DeepEqual(area, again) {
		t.Errorf("written and read it is\n%+v\nand was\n%+v", again, area)
	}
	if err := Write(&second, again); err != nil || second.String() != text {
		t.Errorf("written twice it differs (%v)", err)
	}
}

func TestLeftOutSettingsHaveTheirDefaults(t *testing.T) {
	area, err := Load("testdata/least.good.json")
	if err != nil {
		t.Fatal(err)
	}
	s := area.Settings
	got := []float64{s.CellM, s.TargetHeightM, s.Curvature, s.VisibilityKM, s.DustVisibilityKM, s.PostAvailability, s.HelicopterVisibilityKM}
	if want := []float64{30, 1.7, .85714, 20, 2, .65, 3}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if s.Parties[0].Relation != Unknown {
		t.Errorf("a party without a relation is %q", s.Parties[0].Relation)
	}
}

func TestTheReferencePageGivesTheDefaultsThatAreApplied(t *testing.T) {
	area, err := Load("testdata/least.good.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range membersOf(reflect.ValueOf(area.Settings)) {
		p, _ := propertyOf(reflect.TypeFor[Settings](), m.name)
		if p.without != "" && p.without != fmt.Sprint(m.value) {
			t.Errorf("%s: the page says %s, the reader gives %v", m.name, p.without, m.value)
		}
	}
}

func TestAZeroThatIsGivenIsNoDefault(t *testing.T) {
	area, err := Load("testdata/all-kinds.good.json")
	if err != nil {
		t.Fatal(err)
	}
	if area.Settings.Curvature != 0 {
		t.Errorf("the curvature is %v", area.Settings.Curvature)
	}
	if night := area.Sites[1].Sensors[1].NightRangeM; night == nil || *night != 0 {
		t.Errorf("the eye's range at night is %v", night)
	}
}

func TestLongitudeComesFirstInTheFileOnly(t *testing.T) {
	area, err := Load("testdata/least.good.json")
	if err != nil {
		t.Fatal(err)
	}
	if at := area.Frontier.Line[0]; at.Lat != 50.5 || at.Lon != 10.1 {
		t.Errorf("the line begins at %v", at)
	}
}

func TestAByteOrderMarkIsNoProblem(t *testing.T) {
	text, err := os.ReadFile("testdata/least.good.json")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Read(strings.NewReader("\ufeff" + string(text))); err != nil {
		t.Error(err)
	}
}

func TestAFileThatIsNotThereIsNoProblemOfItsContent(t *testing.T) {
	_, err := Load("testdata/none.json")
	var problems Problems
	if !errors.Is(err, os.ErrNotExist) || errors.As(err, &problems) {
		t.Errorf("got %v", err)
	}
}

func TestAReportIsBounded(t *testing.T) {
	_, err := Load("testdata/too-many-problems.bad.json")
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != maxProblems {
		t.Errorf("%d problems", len(problems))
	}
}

// bounded reads an area of one more feature, which must be refused with these
// words.
func bounded(t *testing.T, words, feature string) {
	t.Helper()
	text, err := os.ReadFile("testdata/least.good.json")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Read(strings.NewReader(strings.Replace(string(text), "\n]}", ",\n"+feature+"\n]}", 1)))
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("got %.300v, want %q", err, words)
	}
}

func TestHugeFilesAreRefused(t *testing.T) {
	t.Run("more than 64 MB", func(t *testing.T) {
		_, err := Read(strings.NewReader(strings.Repeat(" ", maxBytes+1)))
		if err == nil || !strings.Contains(err.Error(), "64 MB") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("more than 100 000 features", func(t *testing.T) {
		bounded(t, "features are more than 100000", strings.Repeat("{},", maxFeatures)+"{}")
	})
	t.Run("more than a million vertices", func(t *testing.T) {
		bounded(t, "more than 1000000 vertices", `{"type":"Feature","properties":{"kind":"road","id":"r","type":"track"},"geometry":{"type":"LineString","coordinates":[`+
			strings.Repeat("[1,1],", maxVertices)+`[1,1]]}}`)
	})
	t.Run("more than a thousand keys", func(t *testing.T) {
		var b strings.Builder
		for i := range maxKeys {
			fmt.Fprintf(&b, `"k%d":0,`, i)
		}
		bounded(t, "more than 1000 keys", `{`+b.String()+`"type":"Feature"}`)
	})
	t.Run("more than two million items", func(t *testing.T) {
		l := level{items: maxItems - 1}
		if what, _ := l.take(0.); what != "" {
			t.Errorf("the last that may be is refused: %s", what)
		}
		if what, mend := l.take(0.); what == "" || mend == "" {
			t.Error("one more is taken")
		}
	})
	t.Run("more than ten thousand sensors", func(t *testing.T) {
		bounded(t, "10001 are more than 10000", `{"type":"Feature","properties":{"kind":"site","id":"s","sensors":[`+strings.Repeat("{},", maxParts)+`{}]}}`)
	})
}

func TestALineThatTakesTooLongToCheckIsRefused(t *testing.T) {
	at := make([]geo.Point, 200)
	for i := range at { // diagonals side by side: all their boxes meet
		at[i] = geo.Point{Lon: 10.1 + float64(i)*1e-6 + float64(i%2)*.4, Lat: 50.1 + float64(i%2)*.8}
	}
	for _, c := range []struct {
		name string
		work int
		want string
	}{
		{"with work to spare it is taken", 0, ""},
		{"with little work left it is refused", maxWork - 1000, "too tangled"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rd := &reader{work: c.work, area: &Area{}}
			k, _ := kindOf("barrier")
			rd.course(&entry{kind: k}, line, at)
			if got := rd.problems().Error(); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// FuzzRead: no text makes the reader panic, and what it takes survives
// writing.
func FuzzRead(f *testing.F) {
	for _, pattern := range []string{"*.good.json", "*.bad.json"} {
		paths, _ := filepath.Glob(filepath.Join("testdata", pattern))
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		area, err := Read(bytes.NewReader(text))
		if err == nil {
			survives(t, area)
			return
		}
		var problems Problems
		if !errors.As(err, &problems) || len(problems) == 0 || len(problems) > maxProblems {
			t.Errorf("got %v", err)
		}
	})
}
