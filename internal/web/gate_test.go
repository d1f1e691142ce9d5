package web

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"vedette/internal/access"
)

// document is what the API says of itself.
type document struct {
	Paths map[string]map[string]struct {
		OperationID string                `json:"operationId"`
		Permission  string                `json:"x-permission"`
		Security    []map[string][]string `json:"security"`
	} `json:"paths"`
}

func TestEveryRouteStandsInTheDocumentWithItsPermission(t *testing.T) {
	p := start(t)
	var doc document
	p.read(&doc, "/api/v1/openapi.json", "")
	named := map[string]bool{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			at := slices.IndexFunc(routes, func(r route) bool { return r.id == op.OperationID })
			if at < 0 {
				t.Fatalf("%s %s is in the document and not among the routes", method, path)
			}
			r := routes[at]
			named[r.id] = true
			if r.path != path || !strings.EqualFold(r.method, method) || op.Permission != string(r.need) || (len(op.Security) == 0) != (r.need == public) {
				t.Errorf("%s: the document says %s %s, permission %q, security %v; the route %s %s, %q", r.id, method, path, op.Permission, op.Security, r.method, r.path, r.need)
			}
		}
	}
	for _, r := range routes {
		if named[r.id] != (r.tag != "") {
			t.Errorf("%s is in the document: %v", r.id, named[r.id])
		}
		if r.need == "" {
			t.Errorf("%s has no permission", r.id)
		}
	}
}

func TestTheDocumentIsOpenAPI(t *testing.T) {
	p := start(t)
	doc, err := openapi3.NewLoader().LoadFromData(p.want(200, "GET", "/api/v1/openapi.json", "", "").body)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Error(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1.") {
		t.Errorf("it says it is OpenAPI %s", doc.OpenAPI)
	}
}

func TestAHandlerWithoutAPermissionCannotBeRegistered(t *testing.T) {
	defer func() {
		if got := fmt.Sprint(recover()); !strings.Contains(got, "has no permission") {
			t.Errorf("it panicked with %s", got)
		}
	}()
	newGate(&Server{opts: Options{Rate: 1, Clock: time.Now}}).HandleFunc("GET /api/v1/secret", nil)
}

// filled puts something in the place of each parameter of a path.
func filled(path string) string {
	return strings.NewReplacer("{$}", "", "{file...}", "index.html", "{source}", "tak", "{feed}", "x", "{id}", "x", "{z}", "1", "{x}", "0", "{y}", "0.mvt",
		"{report}", "r-"+strings.Repeat("0", 32), "{sha256}", "x").Replace(path)
}

// ask1 gives the status of a route's answer, without reading what may not end.
func (p *post) ask1(r route, token string) int {
	p.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.method, p.url+filled(r.path), nil)
	if err != nil {
		p.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		p.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestEveryRouteForEveryRole(t *testing.T) {
	p := start(t)
	for _, r := range routes {
		if got := p.ask1(r, ""); (got == 401) != (r.need != public) && r.id != "log-in" {
			t.Errorf("%s, which needs %s, answers %d to nobody", r.id, r.need, got)
		}
		if got := p.ask1(r, "somebody"); (got == 401) != (r.need != public) && r.id != "log-in" {
			t.Errorf("%s, which needs %s, answers %d to a wrong token", r.id, r.need, got)
		}
		for _, role := range roles {
			may := r.need == public || r.need == signedIn || slices.Contains(access.Granted(role), r.need)
			if got := p.ask1(r, p.token(string(role))); (got != 401 && got != 403) != may {
				t.Errorf("%s, which needs %s, answers %d to a %s", r.id, r.need, got, role)
			}
		}
	}
}

func TestWhatIsNotThere(t *testing.T) {
	p := start(t)
	for path, want := range map[string]int{"/nothing": 404, "/api/v1/nothing": 404, "/ui/nothing": 404, "/ui/": 404, "/ui/../web.go": 404, "/docs": 404, "/schemas/Feature.json": 404} {
		if a := p.want(want, "GET", path, "viewer", ""); a.detail() == "" {
			t.Errorf("%s has no detail: %s", path, a.body)
		}
	}
	if a := p.want(405, "DELETE", "/api/v1/objects", "viewer", ""); a.Header.Get("Allow") != "GET" {
		t.Errorf("Allow: %s", a.Header.Get("Allow"))
	}
}

func TestOthersPagesAndNamesAreKeptOff(t *testing.T) {
	p := start(t, open, func(o *Options) { o.Hosts = []string{"watch.example"} })
	host := func(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }
	for _, c := range []struct {
		name   string
		method string
		with   func(*http.Request)
		want   int
	}{
		{"a program on this machine", "GET", header("Accept", "*/*"), 200},
		{"localhost", "GET", host("localhost:1234"), 200},
		{"a name from the settings", "GET", host("WATCH.example:8080"), 200},
		{"::1", "GET", host("[::1]:8080"), 200},
		{"a name that somebody points here", "GET", host("evil.example:8080"), 421},
		{"an address that is not ours", "GET", host("192.0.2.1"), 421},
		{"no name", "GET", host("@"), 421},
		{"a page of another site that reads", "GET", header("Sec-Fetch-Site", "cross-site"), 403},
		{"our own page that writes", "POST", header("Sec-Fetch-Site", "same-origin"), 422},
		{"a page of another site that writes", "POST", header("Sec-Fetch-Site", "cross-site"), 403},
		{"a page of another port that writes", "POST", header("Sec-Fetch-Site", "same-site"), 403},
		{"an old browser on another site", "POST", header("Origin", "http://evil.example"), 403},
		{"a page without an origin", "POST", header("Origin", "null"), 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			path, body := "/api/v1/objects", ""
			if c.method == "POST" {
				path, body = "/api/v1/observations", `{"observations":[]}`
			}
			p.want(c.want, c.method, path, "", body, c.with)
		})
	}
}

func TestEveryAnswerIsProtected(t *testing.T) {
	p := start(t)
	for _, path := range []string{"/", "/ui/index.html", "/api/v1/objects", "/nothing", "/healthz"} {
		h := p.ask("GET", path, "", "").Header
		for name, want := range map[string]string{
			"Content-Security-Policy": "frame-ancestors 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "X-Frame-Options": "DENY", "Cache-Control": "no-",
		} {
			if !strings.Contains(h.Get(name), want) {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		if csp := h.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.Contains(csp, "script-src 'self'") {
			t.Errorf("%s: the policy is %q", path, csp)
		}
	}
}

func TestASessionFromLoginToLogout(t *testing.T) {
	p := start(t)
	if err := p.users.Add(context.Background(), access.User{Name: "anna", Roles: []access.Role{access.Operator}}, password); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{`{"name":"anna","password":"wrong wrong wrong"}`, `{"name":"nobody","password":"` + password + `"}`} {
		p.want(401, "POST", "/api/v1/session", "", bad)
	}
	in := p.want(200, "POST", "/api/v1/session", "", `{"name":"anna","password":"`+password+`"}`)
	set := in.Header.Get("Set-Cookie")
	for _, want := range []string{"vedette=", "HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(set, want) {
			t.Errorf("the cookie %q lacks %s", set, want)
		}
	}
	pair, _, _ := strings.Cut(set, ";")
	cookie := header("Cookie", pair)
	var me Me
	if err := json.Unmarshal(p.want(200, "GET", "/api/v1/me", "", "", cookie).body, &me); err != nil || me.CSRF == "" || me.Name != "anna" || me.Open {
		t.Fatalf("me is %+v (%v)", me, err)
	}
	const body = `{"observations":[{"type":"a-u-G","time":"2026-01-02T03:04:05Z"}]}`
	p.want(403, "POST", "/api/v1/observations", "", body, cookie)
	p.want(403, "POST", "/api/v1/observations", "", body, cookie, header("X-CSRF-Token", csrf("another")))
	p.want(201, "POST", "/api/v1/observations", "", body, cookie, header("X-CSRF-Token", me.CSRF))
	p.want(403, "DELETE", "/api/v1/session", "", "", cookie)
	out := p.want(204, "DELETE", "/api/v1/session", "", "", cookie, header("X-CSRF-Token", me.CSRF))
	if !strings.Contains(out.Header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("the cookie stays: %s", out.Header.Get("Set-Cookie"))
	}
	p.want(401, "GET", "/api/v1/me", "", "", cookie)
	want := "anna by password: log-in 127.0.0.1 refused\nnobody by password: log-in 127.0.0.1 refused\n" +
		"anna by session: log-in 127.0.0.1 done\nanna by session: log-out 127.0.0.1 done\n"
	if p.said() != want {
		t.Errorf("the audit trail says\n%s", p.said())
	}
	var trail struct {
		Entries []access.Entry
		Last    uint64
	}
	if p.read(&trail, "/api/v1/audit?after=1&limit=2", "auditor"); len(trail.Entries) != 2 || trail.Entries[0].Who != "nobody" || trail.Last != 4 {
		t.Errorf("the auditor reads %+v", trail)
	}
}

func TestTooManyLogins(t *testing.T) {
	p := start(t)
	var a *answer
	for range 50 {
		if a = p.ask("POST", "/api/v1/session", "", `{"name":"anna","password":"wrong wrong wrong"}`); a.StatusCode != 401 {
			break
		}
	}
	if a.StatusCode != 429 || a.Header.Get("Retry-After") == "" {
		t.Errorf("after many logins that failed: %s %v", a.Status, a.Header)
	}
}

func TestOpenToThisMachine(t *testing.T) {
	p := start(t, open)
	var me Me
	if p.read(&me, "/api/v1/me", ""); me.Name != "local" || !me.Open || me.How != "console" {
		t.Errorf("me is %+v", me)
	}
	p.offer(seen("secret", 41, inGroup("north")))
	var all Collection
	if p.read(&all, "/api/v1/objects", ""); ids(all) != "secret" {
		t.Errorf("the local person sees %q", ids(all))
	}
	p.want(409, "POST", "/api/v1/session", "", `{"name":"viewer","password":"right"}`)
	p.want(409, "DELETE", "/api/v1/session", "", "")
}

func TestEachMayAskOnlySoFast(t *testing.T) {
	now := time.Now()
	p := start(t, func(o *Options) { o.Rate, o.Clock = 5, func() time.Time { return now } })
	for range 10 {
		p.want(200, "GET", "/api/v1/me", "viewer", "")
	}
	if a := p.want(429, "GET", "/api/v1/me", "viewer", ""); a.Header.Get("Retry-After") == "" || !strings.Contains(a.detail(), "send less often") {
		t.Errorf("%v %s", a.Header, a.body)
	}
	p.want(200, "GET", "/api/v1/me", "operator", "") // others are not held up
	for range 8 {
		p.ask("GET", "/api/v1/me", "operator", "")
	}
	if a := p.want(429, "GET", "/api/v1/me", "planner", ""); a.Header.Get("Retry-After") == "" { // but one address has a bound too
		t.Error("no Retry-After")
	}
}

func TestALimiterRemembersBoundedlyMany(t *testing.T) {
	now := time.Now()
	l := newLimiter(1, func() time.Time { return now })
	for i := range 3 * remembered {
		l.allow(fmt.Sprint(i))
	}
	if len(l.known) != remembered || l.order.Len() != remembered {
		t.Errorf("it remembers %d", len(l.known))
	}
}

func TestWhatWasNotReadIsNoRequest(t *testing.T) {
	p := start(t)
	c, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	hidden := "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
	body := strings.Repeat("x", 1<<20+1) + strings.Repeat(hidden, 20_000)
	secret := p.token("operator")
	go fmt.Fprintf(c, "POST /api/v1/observations HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", secret, len(body), body)
	in := bufio.NewReader(c)
	resp, err := http.ReadResponse(in, nil)
	if err != nil || resp.StatusCode != 413 {
		t.Fatalf("%v, %v", resp, err)
	}
	io.Copy(io.Discard, resp.Body)
	if rest, _ := io.ReadAll(in); bytes.Contains(rest, []byte("HTTP/1.1 200")) {
		t.Error("what stood in a body was answered as a request")
	}
}

func TestTiles(t *testing.T) {
	p := start(t)
	p.offer(seen("truck", 41.1), seen("secret", 41.1, inGroup("north")), seen("far", -100))
	if b := p.want(200, "GET", "/api/v1/tiles/4/9/6.mvt", "viewer", "").body; !bytes.Contains(b, []byte("truck")) || bytes.Contains(b, []byte("secret")) || bytes.Contains(b, []byte("far")) {
		t.Errorf("the tile holds %q", b)
	}
	if b := p.want(200, "GET", "/api/v1/tiles/0/0/0.mvt", "viewer@north", "").body; !bytes.Contains(b, []byte("secret")) || !bytes.Contains(b, []byte("far")) {
		t.Errorf("the tile of the world holds %q", b)
	}
	for _, bad := range []string{"0/0/0", "0/1/0.mvt", "25/0/0.mvt", "-1/0/0.mvt", "a/b/c.mvt", "4/9/6.png", url.PathEscape("4/9") + "/6/1.mvt"} {
		p.want(404, "GET", "/api/v1/tiles/"+bad, "viewer", "")
	}
}
