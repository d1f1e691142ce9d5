package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"vedette": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "journalled": journalled, "freeport": freeport, "fill": fill, "ask": ask, "say": say,
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("EXAMPLES", exampleFolder(env.T()))
			return nil
		},
	})
}

// exits runs a program that must end with the exit code given: exits 2 vedette ...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if want := args[0]; strconv.Itoa(got) != want {
		ts.Fatalf("exit code %d, want %s", got, want)
	}
}

func exampleFolder(t testscript.T) string {
	dir, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

var command = regexp.MustCompile("`vedette ([^`]+)`")

// originCommands are the commands that docs/origin.md says work, each once, in
// the order that lets the later ones use what the earlier ones made.
func originCommands(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../docs/origin.md")
	if err != nil {
		t.Fatal(err)
	}
	var made, rest []string
	for line := range strings.Lines(string(text)) {
		for _, m := range command.FindAllStringSubmatch(line, -1) {
			switch {
			case strings.HasPrefix(m[1], "terrain make"):
				made = append(made, m[1])
			case !slices.Contains(rest, m[1]):
				rest = append(rest, m[1])
			}
		}
	}
	if len(made) == 0 || len(rest) < 4 {
		t.Fatalf("docs/origin.md names too few commands: %q %q", made, rest)
	}
	return append(made, rest...)
}

func TestCommandsOfTheOriginPageRun(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT RUN: whole plans take minutes under the race detector; test without -short")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	commands := originCommands(t)
	t.Chdir(t.TempDir())
	if err := os.Symlink(filepath.Join(root, "examples"), "examples"); err != nil {
		t.Fatal(err)
	}
	for _, line := range commands {
		args := strings.Fields(strings.ReplaceAll(line, `"`, ""))
		var out, stderr strings.Builder
		if code := run(context.Background(), args, &out, &stderr); code != 0 {
			t.Errorf("vedette %s: exit code %d\n%s", line, code, stderr.String())
		}
	}
}

func TestRowsOfTheOriginPageHaveAState(t *testing.T) {
	text, err := os.ReadFile("../../docs/origin.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 4 || strings.Contains(line, "---") || strings.Contains(cells[0], "phrase") {
			continue
		}
		rows++
		state := strings.TrimSpace(cells[3])
		known := slices.ContainsFunc([]string{"works", "partly", "not yet", "deliberately not"}, func(s string) bool {
			return strings.HasPrefix(state, s)
		})
		if !known {
			t.Errorf("%q has the state %q", strings.TrimSpace(cells[0]), state)
		}
	}
	if rows < 25 {
		t.Errorf("only %d rows", rows)
	}
}
