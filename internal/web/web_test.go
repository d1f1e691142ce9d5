package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vedette/frontier"
	"vedette/geo"
	"vedette/internal/access"
	"vedette/internal/feed"
	"vedette/internal/journal"
	"vedette/internal/picture"
	"vedette/track"
)

// roles are all there are, and one user of each.
var roles = access.Roles()

const password = "a long enough password"

// post is a server that runs, and what stands behind it.
type post struct {
	t       testing.TB
	server  *Server
	url     string
	picture *picture.Picture
	journal *journal.Journal
	users   *access.Store
	secrets map[string]string // tokens by role@group
	stop    func()
}

func openJournal(t testing.TB, dir string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(context.Background(), journal.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

var loadArea = sync.OnceValues(func() (*frontier.Area, error) {
	return frontier.Load(filepath.Join("..", "..", "examples", "al-qaim", "al-qaim.area.geojson"))
})

// start runs a server with users until the test ends.
func start(t testing.TB, with ...func(*Options)) *post {
	t.Helper()
	dir := t.TempDir()
	return startOn(t, openJournal(t, filepath.Join(dir, "journal")), filepath.Join(dir, "reports"), with...)
}

func startOn(t testing.TB, j *journal.Journal, dir string, with ...func(*Options)) *post {
	t.Helper()
	area, err := loadArea()
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	users, err := access.Open(access.Options{Path: filepath.Join(t.TempDir(), "access.json"), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { users.Close() })
	audit, err := access.OpenAudit(context.Background(), j.Events, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	p := &post{t: t, journal: j, users: users, secrets: map[string]string{}}
	p.picture = picture.New(picture.Options{Journal: j, Log: log})
	if err := p.picture.Restore(context.Background()); err != nil {
		t.Fatal(err)
	}
	opts := Options{Picture: p.picture, Journal: j, Area: area, Dir: dir, Users: users, Audit: audit, Rate: 1e6, Log: log}
	for _, w := range with {
		w(&opts)
	}
	if p.server, err = New(opts); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.url = "http://" + ln.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- p.picture.Run(ctx) }()
	go func() { ended <- p.server.Run(ctx, ln) }()
	p.stop = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-ended, <-ended); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(p.stop)
	return p
}

func open(o *Options) { o.Users, o.Open = nil, true }

// token gives that of the user of a role, in a group if one is named behind @.
func (p *post) token(who string) string {
	p.t.Helper()
	if p.server.opts.Open || who == "" || p.secrets[who] != "" {
		return p.secrets[who]
	}
	role, group, grouped := strings.Cut(who, "@")
	u := access.User{Name: strings.ReplaceAll(who, "@", "-"), Roles: []access.Role{access.Role(role)}}
	if grouped {
		u.Groups = []string{group}
	}
	err := p.users.Add(context.Background(), u, "")
	if err == nil {
		p.secrets[who], _, err = p.users.MakeToken(u.Name, "test", access.Granted(u.Roles...), time.Hour)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return p.secrets[who]
}

// said gives the audit trail as lines.
func (p *post) said() string {
	p.t.Helper()
	var b strings.Builder
	_, err := access.Verify(context.Background(), p.journal.Events, func(e access.Entry) error {
		how, _, _ := strings.Cut(e.How, " ")
		fmt.Fprintf(&b, "%s by %s: %s %s %s\n", e.Who, how, e.What, e.Object, e.Outcome)
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return b.String()
}

// answer is what came back.
type answer struct {
	*http.Response
	body []byte
}

func (a *answer) detail() string {
	var problem struct{ Detail string }
	json.Unmarshal(a.body, &problem)
	return problem.Detail
}

// ask sends a request with the token of a role's user, or with none.
func (p *post) ask(method, path, token, body string, with ...func(*http.Request)) *answer {
	p.t.Helper()
	r, err := http.NewRequest(method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if secret := p.token(token); secret != "" {
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, w := range with {
		w(r)
	}
	return p.send(r)
}

func (p *post) send(r *http.Request) *answer {
	p.t.Helper()
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return &answer{resp, b}
}

// want asks and holds the answer to a status.
func (p *post) want(status int, method, path, token, body string, with ...func(*http.Request)) *answer {
	p.t.Helper()
	a := p.ask(method, path, token, body, with...)
	if a.StatusCode != status {
		p.t.Fatalf("%s %s as %q: %s %.300s, want %d", method, path, token, a.Status, a.body, status)
	}
	return a
}

func (p *post) read(v any, path, token string) {
	p.t.Helper()
	a := p.want(http.StatusOK, "GET", path, token, "")
	if err := json.Unmarshal(a.body, v); err != nil {
		p.t.Fatalf("%s: %v\n%.300s", path, err, a.body)
	}
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// seen is a truck that a feed tells of.
func seen(id string, lon float64, with ...func(*track.Observation)) *track.Observation {
	now := time.Now().UTC()
	o := &track.Observation{
		Source: "tak", ID: id, Type: "a-u-G-E-V", Label: id, Fix: true, At: geo.Point{Lat: 34.4, Lon: lon},
		HAE: math.NaN(), CE: math.NaN(), LE: math.NaN(), Course: 90, Speed: math.NaN(),
		Time: now, Received: now, Stale: now.Add(time.Hour), Trust: track.Unauthenticated,
	}
	for _, w := range with {
		w(o)
	}
	return o
}

func inGroup(g string) func(*track.Observation) {
	return func(o *track.Observation) { o.Groups = []string{g} }
}
func ofType(typ string) func(*track.Observation) { return func(o *track.Observation) { o.Type = typ } }

func (p *post) offer(all ...*track.Observation) {
	p.t.Helper()
	for _, o := range all {
		if err := p.picture.Offer(context.Background(), o); err != nil {
			p.t.Fatal(err)
		}
	}
}

func ids(c Collection) string {
	var all []string
	for _, f := range c.Features {
		all = append(all, f.Properties.ID)
	}
	return strings.Join(all, " ")
}

func TestObjects(t *testing.T) {
	p := start(t)
	p.offer(seen("east", 41.2), seen("west", 40.8), seen("secret", 41.0, inGroup("north")),
		seen("boat", 50, ofType("a-f-S")), seen("lost", 0, func(o *track.Observation) { o.Fix = false }))
	for _, c := range []struct{ query, who, want string }{
		{"", "viewer", "east west boat lost"},
		{"", "viewer@south", "east west boat lost"},
		{"", "viewer@north", "east west secret boat lost"},
		{"?bbox=40.7,34,41.3,35", "viewer", "east west"},
		{"?bbox=41.1,34,40.9,35", "viewer", "east west boat"}, // across the 180th meridian
		{"?type=a-f", "viewer", "boat"},
		{"?source=ais", "viewer", ""},
		{"?since=2100-01-01T00:00:00Z", "viewer", ""},
		{"?limit=1", "viewer", "east"},
	} {
		var got Collection
		p.read(&got, "/api/v1/objects"+c.query, c.who)
		if ids(got) != c.want {
			t.Errorf("%s sees of %q: %s, want %s", c.who, c.query, ids(got), c.want)
		}
		if got.Truncated != (c.query == "?limit=1") {
			t.Errorf("%q: truncated is %v", c.query, got.Truncated)
		}
	}
	for _, query := range []string{"?bbox=1,2,3", "?bbox=a,b,c,d", "?limit=0", "?since=yesterday", "?boxx=1"} {
		if a := p.want(422, "GET", "/api/v1/objects"+query, "viewer", ""); !strings.Contains(a.detail(), "query.") {
			t.Errorf("%s: the detail %q does not name the parameter", query, a.detail())
		}
	}
}

func TestOneObject(t *testing.T) {
	p := start(t)
	p.offer(seen("a/b c", 41.2), seen("secret", 41.0, inGroup("north")))
	var got Feature
	p.read(&got, "/api/v1/objects/tak/a%2Fb%20c", "viewer")
	if got.Geometry == nil || got.Geometry.Coordinates[0] != 41.2 || got.Geometry.Coordinates[1] != 34.4 || *got.Properties.Course != 90 || got.Properties.Speed != nil {
		t.Errorf("got %+v", got)
	}
	for _, who := range []string{"viewer", "viewer@south"} {
		a := p.want(404, "GET", "/api/v1/objects/tak/secret", who, "")
		if b := p.want(404, "GET", "/api/v1/objects/tak/sekret", who, ""); strings.ReplaceAll(string(b.body), "sekret", "secret") != string(a.body) {
			t.Errorf("what is hidden and what is not there are told apart:\n%s\n%s", a.body, b.body)
		}
	}
	p.want(200, "GET", "/api/v1/objects/tak/secret", "viewer@north", "")
}

func TestAreaHoldsNoAssumptionsAboutIntruders(t *testing.T) {
	p := start(t)
	area, err := frontier.Read(bytes.NewReader(p.want(200, "GET", "/api/v1/area", "viewer", "").body))
	if err != nil {
		t.Fatal(err)
	}
	if len(area.Sites) == 0 || len(area.Barriers) == 0 || len(area.Protected) == 0 || len(area.Sources)+len(area.Exits) != 0 {
		t.Errorf("%d sites, %d barriers, %d protected places, %d sources, %d exits", len(area.Sites), len(area.Barriers), len(area.Protected), len(area.Sources), len(area.Exits))
	}
	var around struct {
		Features []struct{ Properties struct{ Code string } }
	}
	p.read(&around, "/api/v1/outlines", "viewer")
	codes := ""
	for _, f := range around.Features {
		codes += f.Properties.Code + " "
	}
	if !strings.Contains(codes, "IQ") || !strings.Contains(codes, "SY") || strings.Contains(codes, "FR") {
		t.Errorf("the countries around are %s", codes)
	}
}

func TestObservationsAreKeptOnceWhenSentTwice(t *testing.T) {
	p := start(t)
	const body = `{"observations":[
		{"id":"truck","type":"a-u-G","lat_deg":34.4,"lon_deg":41.1,"time":"2026-01-02T03:04:05Z","stale":"2100-01-01T00:00:00Z","props":{"colour":"white"}},
		{"type":"a-u-G","lat_deg":34.5,"lon_deg":41.1,"time":"2026-01-02T03:04:06Z"}]}`
	first := p.want(201, "POST", "/api/v1/observations", "operator@north", body)
	second := p.want(201, "POST", "/api/v1/observations", "operator@north", body)
	if !bytes.Equal(first.body, second.body) {
		t.Errorf("sent twice it has two ids: %s %s", first.body, second.body)
	}
	if n, err := p.journal.Contacts.Len(context.Background()); err != nil || n != 2 {
		t.Errorf("the journal holds %d positions (%v), want 2", n, err)
	}
	obj, ok := p.picture.Object(keyOf("http", "truck"))
	if !ok || obj.Trust != track.Token || obj.By != "operator-north" || strings.Join(obj.Groups, " ") != "north" || obj.Props["colour"] != "white" {
		t.Errorf("the picture has %+v", obj.Observation)
	}
}

func TestObservationsThatAreRefused(t *testing.T) {
	p := start(t)
	const good = `"type":"a-u-G","lat_deg":34.4,"lon_deg":41.1,"time":"2026-01-02T03:04:05Z"`
	p.want(201, "POST", "/api/v1/observations", "operator", `{"observations":[{"id":"mine",`+good+`}]}`)
	for _, c := range []struct {
		name, one, who string
		status         int
		mend           string
	}{
		{"a latitude of 123", `{"type":"a-u-G","lat_deg":123,"lon_deg":41.1,"time":"2026-01-02T03:04:05Z"}`, "operator", 422, "latitudes go to 90"},
		{"half a place", `{"type":"a-u-G","lat_deg":12,"time":"2026-01-02T03:04:05Z"}`, "operator", 422, "give both or neither"},
		{"an unknown field", `{"name":"x",` + good + `}`, "operator", 422, "unexpected property"},
		{"somebody's phone", `{"props":{"phone_number":"1"},` + good + `}`, "operator", 422, "only where they are is kept"},
		{"no type", `{"time":"2026-01-02T03:04:05Z"}`, "operator", 422, "type"},
		{"somebody else's identity", `{"id":"mine",` + good + `}`, "planner", 403, "spoken for by operator"},
		{"a group of others", `{"groups":["south"],` + good + `}`, "operator@north", 422, "name groups of the sender only"},
		{"no JSON", `{`, "operator", 400, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := p.want(c.status, "POST", "/api/v1/observations", c.who, `{"observations":[{`+good+`},`+c.one+`]}`)
			if !strings.Contains(a.detail(), c.mend) || a.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("the detail %q does not say %q", a.detail(), c.mend)
			}
		})
	}
	if n, _ := p.journal.Contacts.Len(context.Background()); n != 1 {
		t.Errorf("%d positions were kept, want the first only", n)
	}
	p.want(413, "POST", "/api/v1/observations", "operator", `{"observations":[{"id":"`+strings.Repeat("x", 2<<20)+`"}]}`)
	many := strings.Repeat(`{`+good+`},`, 501)
	p.want(422, "POST", "/api/v1/observations", "operator", `{"observations":[`+strings.TrimSuffix(many, ",")+`]}`)
}

func TestCallsForHelpEndWithAnOutcome(t *testing.T) {
	p := start(t)
	p.offer(seen("patrol-2", 41.1, ofType("b-a-o-tbl")), seen("hidden", 41.1, ofType("b-a-o-tbl"), inGroup("north")), seen("truck", 41.1))
	var calls Collection
	if p.read(&calls, "/api/v1/emergencies", "viewer"); ids(calls) != "patrol-2" || !calls.Features[0].Properties.Open {
		t.Fatalf("the calls are %+v", calls.Features)
	}
	const path = "/api/v1/emergencies/tak/patrol-2/close"
	p.want(403, "POST", path, "viewer", `{"outcome":"found and well"}`)
	p.want(422, "POST", path, "operator", `{"outcome":""}`)
	p.want(422, "POST", path, "operator", `{}`)
	p.want(404, "POST", "/api/v1/emergencies/tak/hidden/close", "operator", `{"outcome":"found and well"}`)
	p.want(409, "POST", "/api/v1/emergencies/tak/truck/close", "operator", `{"outcome":"found and well"}`)
	p.want(204, "POST", path, "operator", `{"outcome":"found and well"}`)
	p.want(409, "POST", path, "operator", `{"outcome":"found and well"}`)
	var after Collection
	if p.read(&after, "/api/v1/emergencies", "viewer"); after.Features[0].Properties.Open || after.Features[0].Properties.Closed != "operator: found and well" {
		t.Errorf("after it was closed: %+v", after.Features[0].Properties)
	}
	if want := "operator by token: close-call tak/patrol-2 found and well\n"; p.said() != want {
		t.Errorf("the audit trail says %q", p.said())
	}
}

func TestALoginThatCannotBeAuditedLetsNobodyIn(t *testing.T) {
	p := start(t)
	if err := p.users.Add(context.Background(), access.User{Name: "anna", Roles: []access.Role{access.Viewer}}, password); err != nil {
		t.Fatal(err)
	}
	p.journal.Close()
	a := p.want(503, "POST", "/api/v1/session", "", `{"name":"anna","password":"`+password+`"}`)
	if !strings.Contains(a.detail(), "audit trail") || a.Header.Get("Set-Cookie") != "" {
		t.Errorf("the detail is %q, the cookie %q", a.detail(), a.Header.Get("Set-Cookie"))
	}
}

// harbour is a feed that is silent, and takes what is posted for it.
type harbour struct{}

func (harbour) Health() []feed.Health {
	return []feed.Health{{Name: "harbour", Kind: "ais", State: feed.Silent, In: 7, Lag: 1500 * time.Millisecond}}
}

func (harbour) Post(_ context.Context, name, by string, body []byte) (feed.Posted, error) {
	switch {
	case name != "trackers":
		return feed.Posted{}, feed.ErrNoFeed
	case string(body) == "down":
		return feed.Posted{}, journal.ErrFailed
	case string(body) == "bad":
		return feed.Posted{Refused: []*track.Refusal{{Reason: track.BadType, Detail: "none"}}}, nil
	}
	return feed.Posted{Kept: len(body)}, nil
}

func TestDocumentsOfOthers(t *testing.T) {
	p := start(t, func(o *Options) { o.Feeds = harbour{} })
	for body, want := range map[string]int{"abc": 201, "bad": 422, "down": 503} {
		p.want(want, "POST", "/api/v1/feeds/trackers/observations", "operator", body)
	}
	p.want(404, "POST", "/api/v1/feeds/other/observations", "operator", "{}")
	p.want(413, "POST", "/api/v1/feeds/trackers/observations", "operator", strings.Repeat("x", 1<<20+1))
	p = start(t)
	p.want(404, "POST", "/api/v1/feeds/trackers/observations", "operator", "{}")
}

func TestStateAndFigures(t *testing.T) {
	p := start(t, func(o *Options) {
		o.Feeds = harbour{}
		o.Clients = func() []Client { return []Client{{Name: "HAWK-7", Protocol: "tak", Coalesced: 3}} }
	})
	if a := p.want(200, "GET", "/api/v1/feeds", "viewer", ""); !bytes.Contains(a.body, []byte(`"silent"`)) || !bytes.Contains(a.body, []byte(`"lag_s":1.5`)) {
		t.Errorf("feeds: %s", a.body)
	}
	if a := p.want(200, "GET", "/api/v1/clients", "operator", ""); !bytes.Contains(a.body, []byte(`"coalesced":3`)) {
		t.Errorf("clients: %s", a.body)
	}
	p.want(200, "GET", "/healthz", "", "")
	waitFor(t, func() bool { return p.ask("GET", "/readyz", "", "").StatusCode == 200 })
	if a := p.want(200, "GET", "/metrics", "admin", ""); !bytes.Contains(a.body, []byte(`vedette_http_requests_total{code="200",route="list-feeds"} 1`)) {
		t.Errorf("metrics: %s", a.body)
	}
	p.journal.Close()
	if a := p.want(503, "GET", "/readyz", "", ""); !strings.HasPrefix(string(a.body), "journal: closed") {
		t.Errorf("with its journal closed it says %s", a.body)
	}
	p.want(503, "POST", "/api/v1/observations", "operator", `{"observations":[{"type":"a-u-G","time":"2026-01-02T03:04:05Z"}]}`)
}

// waitFor waits until something is so.
func waitFor(t testing.TB, so func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it did not come about within 10 s")
		}
	}
}
