package feed

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// settings is the part of the settings file that holds feeds.
type settings struct {
	Feed []Config `toml:"feed"`
}

func parseSettings(t *testing.T, text string) []Config {
	t.Helper()
	var s settings
	dec := toml.NewDecoder(strings.NewReader(text)).DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return s.Feed
}

// Every refusal is a pair of files: settings, and what is said of them.
func TestWrongSettingsAreRefusedWithTheMend(t *testing.T) {
	files, err := filepath.Glob("testdata/settings/*.bad.toml")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".bad.toml"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(strings.TrimSuffix(path, ".toml") + ".err")
			if err != nil {
				t.Fatal(err)
			}
			_, err = NewRunner(parseSettings(t, string(text)), Options{Sink: &recorder{}})
			if err == nil || err.Error()+"\n" != string(want) {
				t.Errorf("got\n%v\nwant\n%s", err, want)
			}
		})
	}
}

var fenced = regexp.MustCompile("(?s)```toml\n(.*?)```")

// The examples of docs/feeds.md are settings that are taken.
func TestTheExamplesOfTheDocumentAreTaken(t *testing.T) {
	text, err := os.ReadFile("../../docs/feeds.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range fenced.FindAllStringSubmatch(string(text), -1) {
		feeds := parseSettings(t, m[1])
		if _, err := NewRunner(feeds, Options{Sink: &recorder{}, Dir: t.TempDir()}); err != nil || len(feeds) == 0 {
			t.Errorf("%v\n%s", err, m[1])
		}
		for _, f := range feeds {
			seen[f.Kind] = true
		}
	}
	for kind := range kinds() {
		if !seen[kind] {
			t.Errorf("docs/feeds.md has no example of %s", kind)
		}
	}
}

func TestEveryKeyIsDescribed(t *testing.T) {
	typ := reflect.TypeFor[Config]()
	for i := range typ.NumField() {
		f := typ.Field(i)
		key, doc := f.Tag.Get("toml"), f.Tag.Get("doc")
		if key == "" || !strings.HasSuffix(doc, ".") {
			t.Errorf("%s has the key %q and the description %q", f.Name, key, doc)
		}
		if strings.HasSuffix(key, "_s") != (f.Tag.Get("unit") == "s") {
			t.Errorf("%s: the key and the unit %q differ", key, f.Tag.Get("unit"))
		}
		for takes := range strings.SplitSeq(f.Tag.Get("for"), ",") {
			if _, known := kinds()[takes]; !known && takes != "" {
				t.Errorf("%s is for %q, which is no kind", key, takes)
			}
		}
	}
}

func TestTrustThatGoesWithoutSaying(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   string
	}{
		{Config{Kind: "ais", URL: "file:a.log"}, "local"},
		{Config{Kind: "cot", URL: "tls://server:8089"}, "certificate"},
		{Config{Kind: "mqtt", URL: "mqtts://broker:8883"}, "certificate"},
		{Config{Kind: "json"}, "token"},
		{Config{Kind: "cot", URL: "tcp://server:8087"}, ""},
		{Config{Kind: "ais", URL: "tcp://host:1"}, ""},
		{Config{Kind: "aircraft", URL: "https://host/aircraft.json"}, ""},
	} {
		if got := c.config.filled().Trust; got != c.want {
			t.Errorf("%s from %s: %q, want %q", c.config.Kind, c.config.URL, got, c.want)
		}
	}
}

func TestThePeersThatAPortTakesFrom(t *testing.T) {
	c := Config{Name: "harbour", Kind: "ais", URL: newCaller(t, "tcp-listen").url(), Trust: "unauthenticated", Allow: []string{"192.0.2.0/24"}}
	s := start(t, &recorder{}, c)
	s.waitState(t, Live)
	p := &caller{scheme: "tcp-listen", address: strings.TrimPrefix(c.URL, "tcp-listen://")}
	t.Cleanup(p.close)
	p.send(t, shipAt(t, 1))
	waitFor(t, "the refusal", func() bool { return s.health().Refused["peer-not-allowed"] > 0 })
	if len(s.sink.all()) > 0 {
		t.Error("taken from a peer that is not allowed")
	}
}

func TestNoMorePeersThanSeats(t *testing.T) {
	at := newCaller(t, "tcp-listen")
	s := start(t, &recorder{}, Config{Name: "harbour", Kind: "ais", URL: at.url(), Trust: "unauthenticated"})
	s.waitState(t, Live)
	for i := range maxPeers + 3 {
		p := &caller{scheme: at.scheme, address: at.address}
		t.Cleanup(p.close)
		p.send(t, shipAt(t, i))
		if i < maxPeers {
			s.waitID(t, mmsi(i))
		}
	}
	waitFor(t, "the refusals", func() bool { return s.health().Refused["too-many-peers"] == 3 })
}

func ExampleConfig_Check() {
	fmt.Println(Config{Name: "harbour", Kind: "ais", URL: "tcp://192.168.7.12:10110"}.Check())
	// Output: trust: ""; what comes over the air is vouched for by nobody: give trust = "unauthenticated"
}
