package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// wire is a story of our own, as one agency sends it to several papers.
const wire = "AL-QAIM, Iraq (Wire) - Border guards stopped three pickups at the sand berm five kilometres north of Al-Qaim on Monday, " +
	"an officer said. The drivers turned back into Syria after a patrol reached the trench, Captain Omar Saleh said. " +
	"Nobody was hurt, and the road to the crossing stayed open through the evening, he added."

// paper serves feeds, and counts who asks for what.
type paper struct {
	items []string
	etag  string
	asked []string
}

func (p *paper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.asked = append(p.asked, r.URL.Path+" "+r.Header.Get("If-None-Match"))
	switch {
	case r.URL.Path == "/away":
		http.Redirect(w, r, "http://elsewhere.example/feed", http.StatusFound)
	case r.URL.Path == "/large":
		fmt.Fprint(w, strings.Repeat("x", 9<<20))
	case r.URL.Path == "/down":
		http.Error(w, "no", http.StatusServiceUnavailable)
	case r.Header.Get("If-None-Match") == p.etag && p.etag != "":
		w.WriteHeader(http.StatusNotModified)
	default:
		w.Header().Set("ETag", p.etag)
		fmt.Fprint(w, `<?xml version="1.0"?><rss version="2.0"><channel><title>Paper</title>`)
		for i, text := range p.items {
			fmt.Fprintf(w, "<item><title>Story %d of %s</title><description>%s</description></item>", i, r.URL.Path, text)
		}
		fmt.Fprint(w, "</channel></rss>")
	}
}

// watch asks a paper once and gives what was printed.
func watch(t *testing.T, server *httptest.Server, args ...string) (out, stderr string, code int) {
	t.Helper()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	all := []string{"report", "watch", "--once", "--allow", u.Host, "--area", "../../examples/al-qaim/al-qaim.area.geojson"}
	for _, a := range args {
		all = append(all, strings.ReplaceAll(a, "PAPER", server.URL))
	}
	var b, e strings.Builder
	code = run(context.Background(), all, &b, &e)
	return b.String(), e.String(), code
}

func TestAFeedTellsEveryStoryOnce(t *testing.T) {
	p := &paper{items: []string{wire}, etag: `"one"`}
	server := httptest.NewServer(p)
	defer server.Close()
	state := filepath.Join(t.TempDir(), "seen.json")
	first, stderr, code := watch(t, server, "PAPER/feed", "--state", state)
	if code != 0 || !strings.Contains(first, "Story 0 of /feed") || !strings.Contains(first, "claims;") {
		t.Fatalf("code %d\n%s\n%s", code, first, stderr)
	}
	if again, _, code := watch(t, server, "PAPER/feed", "--state", state); code != 0 || again != "" {
		t.Errorf("what has not changed is told again (code %d):\n%s", code, again)
	}
	if last := p.asked[len(p.asked)-1]; last != `/feed "one"` {
		t.Errorf("the second question was %q, want a conditional one", last)
	}
	p.items, p.etag = []string{wire, "Shepherds near Al-Qaim found a gap in the wire on Tuesday, the border police said."}, `"two"`
	if more, _, _ := watch(t, server, "PAPER/feed", "--state", state); strings.Contains(more, "Story 0") || !strings.Contains(more, "Story 1") {
		t.Errorf("of a feed with one more story were told:\n%s", more)
	}
}

func TestOneWireInTwoPapersIsOneSource(t *testing.T) {
	server := httptest.NewServer(&paper{items: []string{wire}})
	defer server.Close()
	out, _, code := watch(t, server, "--json", "PAPER/a", "PAPER/b")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 || len(lines) != 2 {
		t.Fatalf("code %d, %d stories", code, len(lines))
	}
	var second struct {
		CopyOf string `json:"copy_of"`
		Claims []any  `json:"claims"`
	}
	if err := json.Unmarshal([]byte(lines[1]), &second); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(second.CopyOf, "/a") || len(second.Claims) != 0 {
		t.Errorf("the copy says it copies %q and makes %d claims", second.CopyOf, len(second.Claims))
	}
}

func TestWatchingIsRefusedWithItsMend(t *testing.T) {
	p := &paper{}
	server := httptest.NewServer(p)
	defer server.Close()
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"a host that is not allowed", []string{"http://elsewhere.example/feed"}, 2, "--allow elsewhere.example"},
		{"a file", []string{"feed.xml"}, 2, "https://"},
		{"a redirect to another host", []string{"PAPER/away"}, 1, "--allow elsewhere.example"},
		{"an answer without end", []string{"PAPER/large"}, 1, "more than the limit"},
		{"a host that is down", []string{"PAPER/down"}, 1, "503"},
	} {
		_, stderr, code := watch(t, server, c.args...)
		if code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: code %d, %q; want %d and %q", c.name, code, stderr, c.code, c.want)
		}
	}
	var b, e strings.Builder
	if code := run(context.Background(), []string{"report", "watch", "https://a.example/f", "--allow", "a.example", "--every", "1s"}, &b, &e); code != 2 || !strings.Contains(e.String(), "too often") {
		t.Errorf("every second: code %d, %q", code, e.String())
	}
	for _, path := range p.asked {
		if strings.HasPrefix(path, "/feed") {
			t.Errorf("%s was asked, though nobody allowed it", path)
		}
	}
}
