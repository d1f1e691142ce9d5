package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"vedette/track"
)

func mapping(t testing.TB, c Config) *Mapping {
	t.Helper()
	c.Kind = "json"
	m, err := NewMapping(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAMappingReadsAForeignDocument(t *testing.T) {
	m := mapping(t, Config{
		Type: "a-f-G-E-V", Items: "data.vehicles", TimeFormat: "unix_ms",
		Fields: map[string]string{
			"id": "unit.serial", "label": "unit.call", "lat_deg": "pos.1", "lon_deg": "pos.0", "hae_m": "alt", "time": "t",
			"speed_m_s": "kmh", "course_deg": "dir", "prop.fuel_pct": "fuel", "prop.depot": "$topic.1",
		},
		Scale: map[string]float64{"speed_m_s": 1 / 3.6},
	})
	found := m.Read("depot/north/7", []byte(`{"data":{"vehicles":[
		{"unit":{"serial":17,"call":"TRUCK 17","owner":"somebody"},"pos":[41.09,34.37],"alt":"212.5","t":1543147200500,"kmh":36,"dir":271,"fuel":80.5},
		{"unit":{"serial":18},"pos":[41.1,34.4]}]}}`))
	if len(found.Refused) > 0 || len(found.Observations) != 2 || found.Timed {
		t.Fatalf("%+v", found)
	}
	o := found.Observations[0]
	if o.ID != "17" || o.Label != "TRUCK 17" || o.Type != "a-f-G-E-V" || !o.Fix || o.At.Lat != 34.37 || o.At.Lon != 41.09 || o.HAE != 212.5 {
		t.Errorf("%+v", o)
	}
	if o.Speed != 10 || o.Course != 271 || o.Time.UnixMilli() != 1543147200500 || fmt.Sprint(o.Props) != "map[depot:north fuel_pct:80.5]" {
		t.Errorf("%+v", o)
	}
	if o := found.Observations[1]; !math.IsNaN(o.Speed) || !o.Time.IsZero() {
		t.Errorf("%+v", o)
	}
}

func TestOurOwnNamesAreStrict(t *testing.T) {
	m := mapping(t, Config{})
	good := `{"id":"a","type":"a-u-G","label":"A","lat_deg":34,"lon_deg":41,"hae_m":200,"ce_m":5,"le_m":9,"course_deg":10,"speed_m_s":2,"time":"2018-11-25T12:00:00Z","props":{"fuel":"full"}}`
	for _, c := range []struct {
		name, doc string
		want      track.Reason // empty: taken
	}{
		{"all fields", good, ""},
		{"a list", "[" + good + "]", ""},
		{"an end without a place", `{"id":"a","gone":true}`, ""},
		{"a place alone is a plot", `{"lat_deg":34,"lon_deg":41}`, ""},
		{"a misspelt field", `{"id":"a","lat":34,"lon_deg":41}`, NotMapped},
		{"no longitude", `{"id":"a","lat_deg":34}`, NoField},
		{"null is missing", `{"id":"a","lat_deg":34,"lon_deg":null}`, NoField},
		{"an end of nobody", `{"gone":true}`, NoField},
		{"a latitude in words", `{"lat_deg":"north","lon_deg":41}`, BadField},
		{"a latitude that is no number", `{"lat_deg":"NaN","lon_deg":41}`, BadField},
		{"a time in words", `{"lat_deg":34,"lon_deg":41,"time":"noon"}`, BadField},
		{"an identity that is a list", `{"id":["a"],"lat_deg":34,"lon_deg":41}`, BadField},
		{"properties in a list", `{"lat_deg":34,"lon_deg":41,"props":["a"]}`, BadField},
		{"an item that is no object", `[1]`, BadField},
		{"a number", `7`, BadDocument},
		{"nothing", ``, BadDocument},
		{"half a document", `{"id":`, BadDocument},
		{"two documents", good + good, BadDocument},
		{"too deep", strings.Repeat("[", 33) + strings.Repeat("]", 33), BadDocument},
		{"too many", "[" + strings.Repeat("1,", MaxItems) + "1]", BadDocument},
		{"too long", strings.Repeat(" ", MaxDocument) + "1", BadDocument},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := m.Read("", []byte(c.doc))
			if c.want == "" && (len(found.Refused) > 0 || len(found.Observations) != 1) || c.want != "" && (len(found.Refused) == 0 || found.Refused[0].Reason != c.want) {
				t.Errorf("%d observations, refused %+v, want %q", len(found.Observations), found.Refused, c.want)
			}
		})
	}
}

func TestABracketInATextIsNoDepth(t *testing.T) {
	doc := fmt.Appendf(nil, `{"label":"%s\"","lat_deg":34,"lon_deg":41}`, strings.Repeat("[", 64))
	if found := mapping(t, Config{}).Read("", doc); len(found.Observations) != 1 {
		t.Errorf("%+v", found)
	}
}

func TestPostedDocumentsAreKeptForAUser(t *testing.T) {
	s := start(t, &recorder{}, Config{Name: "drones", Kind: "json", Groups: []string{"Blue"}})
	s.waitState(t, Live)
	done, err := s.Post(context.Background(), "drones", "maria", []byte(`[{"id":"a","lat_deg":34,"lon_deg":41},{"id":"b","lat_deg":99,"lon_deg":41},{"id":"c"}]`))
	if err != nil || done.Kept != 1 || len(done.Refused) != 2 || done.Refused[0].Reason != NoField || done.Refused[1].Reason != track.BadPosition {
		t.Fatalf("%+v (%v)", done, err)
	}
	o, _ := s.sink.find("a")
	if o.Source != "drones" || o.Trust != track.Token || o.By != "maria" || s.sink.kept != 1 || fmt.Sprint(o.Groups) != "[Blue]" {
		t.Errorf("%+v", o)
	}
	if h := s.health(); h.In != 1 || h.Refused["position"] != 1 || h.Refused["no-field"] != 1 {
		t.Errorf("%+v", h)
	}
	if _, err := s.Post(context.Background(), "other", "maria", nil); !errors.Is(err, ErrNoFeed) {
		t.Errorf("%v", err)
	}
}

func TestAPostThatTheSinkCannotKeepIsAnError(t *testing.T) {
	full := errors.New("the disk is full")
	s := start(t, &recorder{refuse: func(*track.Observation) error { return full }}, Config{Name: "drones", Kind: "json"})
	if _, err := s.Post(context.Background(), "drones", "maria", jsonAt(1)); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
}

func FuzzMapping(f *testing.F) {
	f.Add("a/b", jsonAt(1))
	f.Add("a", []byte(`{"data":[{"p":[1,2],"t":1543147200}]}`))
	own := mapping(f, Config{})
	foreign := mapping(f, Config{Items: "data", TimeFormat: "unix_s", Fields: map[string]string{"id": "$topic.0", "lat_deg": "p.0", "lon_deg": "p.1", "time": "t", "prop.x": "x"}})
	f.Fuzz(func(t *testing.T, topic string, doc []byte) {
		for _, m := range []*Mapping{own, foreign} {
			found := m.Read(topic, bytes.Clone(doc))
			for _, o := range found.Observations {
				if o.Fix && (math.IsNaN(o.At.Lat) || math.IsNaN(o.At.Lon)) {
					t.Fatalf("a fix that is no number: %+v", o)
				}
			}
			if len(found.Observations)+len(found.Refused) > MaxItems {
				t.Fatalf("%d observations and refusals", len(found.Observations)+len(found.Refused))
			}
		}
	})
}
