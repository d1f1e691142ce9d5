package main

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"vedette/internal/admin"
)

// TestWhileTheServerRunsTheCommandsSaySo holds a data folder as the server does.
func TestWhileTheServerRunsTheCommandsSaySo(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	_, stop, err := admin.Open(t.Context(), data, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"users list", "users add anna --role viewer", "users token list anna", "ca init", "ca list",
		"ca revoke anna --reason lost", "audit verify", "audit list",
	} {
		var out, stderr strings.Builder
		code := run(t.Context(), append(strings.Fields(line), "--data", data), &out, &stderr)
		if code != 1 || !strings.Contains(stderr.String(), "the server is running") || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("vedette %s: exit code %d\n%s", line, code, stderr.String())
		}
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	var out, stderr strings.Builder
	if code := run(t.Context(), []string{"ca", "init", "--data", data}, &out, &stderr); code != 0 {
		t.Errorf("afterwards: exit code %d\n%s", code, stderr.String())
	}
}
